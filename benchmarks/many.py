"""Many sequences (M): how many a core computes in a second, ours and the peers', each in its best
batch. What counts is the time that the core works; what it waits for, the disk's say, is not in it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from benchmarks.contest import Contestant, Contestants, checked
from benchmarks.jobs import Job
from benchmarks.turns import Row

TIMESTEPS = 100
COUNTS = {16: 8_192, 64: 1_024, 256: 256}
"""Units, and how many sequences go from file to file in one turn."""
BATCHES = (32, 64, 128, 256, 512)
"""How many at once: the fastest counts, of each peer its own."""
PEERS = {"torch": "PyTorch", "onnxruntime": "ONNX Runtime"}


class Taken(NamedTuple):
    """A contestant that is ready for so many sequences."""

    contestant: Contestant
    batch: int

    def a_second(self) -> float:
        """How many sequences it computes."""
        return self.batch / self.contestant.seconds("core")


def sequences(contestants: Contestants, rounds: int, *, quick: bool) -> list[Row]:
    """Ours ÷ each peer, in time for a sequence; the figures of both stand in the row's name."""
    ours = [contestants.one(name) for name in ("many", "ours")]
    peers = contestants.those(PEERS)
    sizes = [16] if quick else [*COUNTS]
    return [row for units in sizes for row in _rows(units, ours, peers, rounds)]


def _rows(
    units: int, ours: list[Contestant], peers: list[Contestant], rounds: int
) -> Iterator[Row]:
    loop, run = ours
    taken = [_take(loop, units, COUNTS[units]), _best(run, units)]
    taken += [_best(peer, units) for peer in peers]
    turns = [[one.a_second() for one in taken] for _ in range(rounds)]
    figures = [median(one) for one in zip(*turns, strict=True)]
    names = [".npy to .npy", f"`run`, batch {taken[1].batch}"]
    print(f"M {units}", *map(round, figures), file=sys.stderr, flush=True)
    for i, peer in enumerate(taken[2:], 2):
        theirs = f"{PEERS[peer.contestant.name]}, batch {peer.batch}: {figures[i]:,.0f}"
        for j, name in enumerate(names):
            what = f"M lstm H={units}, T={TIMESTEPS}, {name}: {figures[j]:,.0f} a core-second"
            ratio = median(turn[i] / turn[j] for turn in turns)
            yield Row(f"{what}, time ÷ {theirs}", ratio, 1)


def _take(one: Contestant, units: int, batch: int) -> Taken:
    checked(one, Job("M", "lstm", units, TIMESTEPS, {}, batch=batch))
    return Taken(one, batch)


def _best(one: Contestant, units: int) -> Taken:
    """In the batch in which it is fastest."""
    speeds = {batch: _take(one, units, batch).a_second() for batch in BATCHES}
    return _take(one, units, max(speeds, key=lambda batch: speeds[batch]))
