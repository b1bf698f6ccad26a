"""The cutting of many sequences into blocks: by the data alone, whoever computes them.

A block is what is read, computed and kept at once. Numbers do not depend on it (that is the
business of ``running/together.py``); memory does, and what a crash may lose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnncalc.running.together import WIDTH

SEQUENCES = 256
"""So many sequences at most: some batches of each length, and seconds of work."""
BYTES = 16 << 20
"""So many bytes as they stand in files at most, but always one sequence."""


def blocks(sizes: Sequence[int], most: int | None = None) -> Iterator[range]:
    """The places of the sequences of each block, in order.

    Args:
        most: so many sequences at most, where it is less than ``SEQUENCES``.
    """
    most = min(most or SEQUENCES, SEQUENCES)
    start = held = 0
    for number, size in enumerate(sizes):
        if number > start and (number - start == most or held + size > BYTES):
            many = number - start > WIDTH  # no batch with empty places
            stop = number - (number - start) % WIDTH if many else number
            yield range(start, stop)
            start, held = stop, sum(sizes[stop:number])
        held += size
    if sizes:
        yield range(start, len(sizes))


def runs(numbers: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    """Numbers that follow each other, together; so many at most."""
    start = 0
    for place in range(1, len(numbers) + 1):
        ends = place == len(numbers) or numbers[place] != numbers[place - 1] + 1
        if ends or place - start == most:
            yield numbers[start:place]
            start = place
