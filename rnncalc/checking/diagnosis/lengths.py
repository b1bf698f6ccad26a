"""Mistakes about how long padded sequences are: other lengths, and a backward direction that reads
the padding first while the forward one stops in front of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.comparison import differ
from rnncalc.checking.diagnosis.examination import Examination
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job
from rnncalc.checking.layouts import Series
from rnncalc.checking.layouts import series as series_of
from rnncalc.errors import RnncalcError
from rnncalc.trace.trace import Trace

CAUSE = "padding"
MOST_STEPS, MOST_SHOWN = 48, 8
"""So many lengths are tried of each sequence, and those of so many sequences are said."""


def other(ends: Array, why: str) -> Hypothesis:
    """The sequences have other lengths."""
    some = [str(end) for end in ends[:MOST_SHOWN]]
    shown = ", ".join(some) + (", ..." if len(ends) > MOST_SHOWN else "")
    remedy = "give both sides the same lengths, in the order of the sequences"
    return Hypothesis(CAUSE, f"the lengths are {shown}{why}", remedy, marked(ends))


def marked(ends: Array | None, mask: Array | None = None) -> Callable[[Job], Job]:
    """The job with these lengths, or this mask, or neither."""
    given = None if mask is None else mask.astype(float)
    return lambda job: job.with_altered(lengths=ends, mask=given)


def solved(this: Examination) -> Iterator[Hypothesis]:
    """The length of each sequence that brings its one row: a last output, a final state."""
    job, reading = this.job, this.reading
    if reading is None or job.model.mask is not None or not _one_row(this):
        return
    batch, steps, _ = job.x.shape
    if steps > MOST_STEPS or not this.affords("other lengths", steps):
        return
    whole = reading.scattered(this.theirs, np.nan)
    room = this.tolerance.taken(lambda room: reading.scattered(room, 0.0))
    fits = np.zeros((steps, batch), bool)
    for length in range(1, steps + 1):
        found = _rows(job, np.full(batch, length))
        if found is None or found.shape != whole.shape:
            return
        wrong = differ(found, whole, room) & ~np.isnan(whole)
        fits[length - 1] = ~wrong.any(axis=(1, 2))
    ours = _ends(job)
    kept = fits[ours - 1, np.arange(batch)]
    ends = np.where(kept, ours, fits.argmax(axis=0) + 1)
    if fits.any(axis=0).all() and (changed := int((ends != ours).sum())):
        this.tried += steps ** min(changed, 12)  # so many lengths were looked at
        yield other(ends, "")


def _one_row(this: Examination) -> bool:
    """Whether there is one row of each sequence, and several sequences or lengths."""
    assert this.reading is not None
    model, series = this.job.model, this.reading.series
    alone = len(this.job.x) == 1 and model.lengths is None
    known = this.reading.scattered(np.ones(this.theirs.shape, bool), False).any(axis=(0, 2))
    return not alone and (series.final or series.single or known.sum() == 1)


def _rows(job: Job, ends: Array) -> Array | None:
    """What comes out with these lengths."""
    try:
        return marked(ends)(job).series().values
    except (RnncalcError, ValueError):
        return None


def _ends(job: Job) -> Array:
    """The lengths as they are."""
    given = job.model.lengths
    steps = np.full(len(job.x), job.x.shape[1])
    return steps if given is None else np.ravel(np.asarray(given)).astype(int)


def from_padding(ends: Array) -> Hypothesis:
    """The backward direction begins in the padding."""
    say = "the backward direction begins in the padding, the forward one ends before it"
    remedy = "pack the batch (pack_padded_sequence), or turn each sequence around within its length"

    def change(job: Job) -> Job:
        if not job.model.layers[-1].backward:
            raise RnncalcError("it goes one way")
        plain = marked(None)(job)
        if job.name.startswith("final."):
            return replace(plain, join=lambda trace: _finals(trace, job.name, ends))
        if not job.model.layers[-1].return_sequences and job.name == "h":
            return replace(plain, join=lambda trace: _own_last(trace, ends), whole=True)
        if job.model.mode == "many-to-one" and not job.model.layers[-1].return_sequences:
            raise RnncalcError("more comes behind it")
        whole = replace(plain.with_model(mode="many-to-many"), whole=True)
        return whole.turned(lambda this: this._replace(ends=ends))

    return Hypothesis(CAUSE, say, remedy, change, common=False, theirs=True)


def _finals(trace: Trace, name: str, ends: Array) -> Series:
    """Final states: of forward directions at the ends, of backward ones at the first timestep."""
    plain, state = series_of(trace, name), name[-1]
    ways = [pair for layer in trace.layers for pair in layer.directions.items()]
    values = plain.values.copy()
    for place, (way, one) in enumerate(ways[-values.shape[1] :]):
        if way == "forward":
            values[:, place] = _at(trace, one[state], ends)
    return plain._replace(values=values)


def _own_last(trace: Trace, ends: Array) -> Series:
    """The last output of each direction."""
    plain = series_of(trace, "h", whole=True)
    forward, backward = (trace.layers[-1].directions[way]["h"] for way in ("forward", "backward"))
    first = backward[:, 0] if trace.batched else backward[None, 0]
    values = np.concatenate([_at(trace, forward, ends), first], axis=-1)[:, None]
    return plain._replace(values=values, ends=None, single=True)


def _at(trace: Trace, values: Array, ends: Array) -> Array:
    """(batch, units) at the last timestep of each sequence."""
    rows = values if trace.batched else values[None]
    return np.asarray(rows[np.arange(len(rows)), ends - 1])
