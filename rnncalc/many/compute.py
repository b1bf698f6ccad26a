"""One block: a pure function of a job, a source and numbers of sequences, to plain data.

Job, source and what comes out can be sent to another process; nothing here writes.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, RnncalcWarning
from rnncalc.many.pieces import Maker, Piece
from rnncalc.many.sources import Source, read_each
from rnncalc.model.model import Model
from rnncalc.running.together import Batch, batches
from rnncalc.trace.trace import Trace


@dataclass(frozen=True)
class Job:
    """What is done with every sequence.

    Attributes:
        model: the network, without an input.
        maker: makes of its trace what is kept of a sequence.
        dtype, record, sequential: as of ``run``.
    """

    model: Model
    maker: Maker
    dtype: str | None = None
    record: Collection[str] | None = None
    sequential: bool = False


@dataclass(frozen=True)
class Done:
    """What came of a block.

    Attributes:
        pieces: what is kept, by the number of the sequence.
        failed: what is wrong with those of which there is nothing, by number.
        not_finite: how many numbers are NaN or infinite, of those that have any.
    """

    pieces: dict[int, Piece]
    failed: dict[int, str]
    not_finite: dict[int, int]


def compute(job: Job, source: Source, numbers: Sequence[int]) -> Done:
    """Read, run and make the pieces of some sequences."""
    done = Done({}, {}, {})
    there, xs = _read(done, source, numbers)
    how: Any = {"dtype": job.dtype, "record": job.record, "sequential": job.sequential}
    for batch in batches(job.model, xs, **how):
        names = [there[place] for place in batch.numbers]
        for number, piece in zip(names, _at_once(job, batch), strict=False):
            done.pieces[number] = piece
        if names[-1] not in done.pieces:
            for number, (_, trace) in zip(names, batch.each(), strict=True):
                _made(done, job, number, source, trace)
    pieces, failed = dict(sorted(done.pieces.items())), dict(sorted(done.failed.items()))
    return replace(done, pieces=pieces, failed=failed)


def _read(
    done: Done, source: Source, numbers: Sequence[int]
) -> tuple[Sequence[int], Sequence[Array] | Array]:
    """The sequences that can be read, and their numbers; what is wrong with others is noted."""
    whole = source.read_all(numbers)
    if whole is not None:
        return numbers, whole
    read = read_each(source, numbers)
    done.failed.update((number, str(x)) for number, x in read.items() if isinstance(x, Exception))
    xs = {number: x for number, x in read.items() if not isinstance(x, Exception)}
    return [*xs], [*xs.values()]


def _at_once(job: Job, batch: Batch) -> Sequence[Piece]:
    """The pieces of all sequences of a batch; none where each must be looked at."""
    trace = batch.trace
    if isinstance(trace, RnncalcError) or not trace.batched or trace.not_finite():
        return ()
    own = replace(trace, mask=None, masks={})  # it is of the padding, which no piece has
    try:
        return job.maker.several(own, batch.lengths)
    except RnncalcError:  # each says so
        return ()


def _made(done: Done, job: Job, number: int, source: Source, trace: Trace | RnncalcError) -> None:
    """Add the piece of a sequence, or what is wrong with it."""
    try:
        if isinstance(trace, RnncalcError):
            raise trace
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RnncalcWarning)
            done.pieces[number] = job.maker(replace(trace, label=source.labels[number]))
        if count := trace.not_finite():
            done.not_finite[number] = count
    except RnncalcError as error:
        done.failed[number] = f"{source.places[number]}: {error}"
