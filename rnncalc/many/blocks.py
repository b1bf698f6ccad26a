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


def blocks(sizes: Sequence[int]) -> Iterator[range]:
    """The numbers of the sequences of each block, in order."""
    start = held = 0
    for number, size in enumerate(sizes):
        if number > start and (number - start == SEQUENCES or held + size > BYTES):
            many = number - start > WIDTH  # no batch with empty places
            stop = number - (number - start) % WIDTH if many else number
            yield range(start, stop)
            start, held = stop, sum(sizes[stop:number])
        held += size
    if sizes:
        yield range(start, len(sizes))
