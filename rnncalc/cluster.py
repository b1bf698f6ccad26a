"""Dask: a model over its arrays, lazily; and engines for ``run_many`` (extra cluster).

``run(model, x)`` is for anybody's graph; ``run_many(..., engine=workers(4))`` has Dask compute the
blocks of the plain loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.extra import needed
from rnncalc.errors import RnncalcError
from rnncalc.many import cluster
from rnncalc.many.arrays import checked_lengths, held, refuse_axes
from rnncalc.many.compute import Job, compute
from rnncalc.many.loop import Engine
from rnncalc.many.manifest import digest
from rnncalc.many.pieces import Arrays
from rnncalc.many.run import alone
from rnncalc.model.model import Model
from rnncalc.trace.selection import Selection

UNNUMBERED = " of a block"
"""What is said of a sequence whose number in the whole is not known."""


def workers(count: int, **how: Any) -> Engine:
    """The engine of so many processes on this machine, for ``run_many``."""
    cluster.library()
    cluster.library("cryptography")
    return partial(cluster.computed, partial(cluster.local, count, **how))


def scheduler(address: str, **how: Any) -> Engine:
    """The engine of a running scheduler, tcp:// or tls://, for ``run_many``."""
    cluster.refuse_address(address)
    cluster.library()
    return partial(cluster.computed, partial(cluster.connected, address, **how))


def run(
    model: Model, x: Any, *, show: Sequence[str] = (), lengths: Any = None, dtype: str | None = None
) -> Mapping[str, Any]:
    """Run a model over a dask array, lazily: nothing is computed but one sequence of zeros.

    Args:
        x: (sequences, timesteps, features), or (sequences, timesteps) of ids; blocks are of
            sequences, the other axes are put together.
        lengths: the true length of each sequence, of dask or not; results are 0 behind it.
        show, dtype: as of ``run_many``.

    Returns:
        Arrays of dask by their names in an .npz: h, y, final.h; of the blocks of x, and with the
        bits that each sequence has in ``run_many``.

    Errors: RnncalcError for what cannot be run; for a sequence that cannot, when it is computed.
    """
    array = needed("dask.array", "with dask", "computing", extra="cluster")
    model, selection = alone(model), Selection(show)
    x = _sequences(array, x, ids=model.reads_ids)
    job = Job(model, Arrays(selection), dtype, selection.recorded(model))
    forms = _forms(job, x.shape[1:])
    given = {"x": x}
    if not np.isnan(x.shape[0]):
        given["numbers"] = array.arange(x.shape[0], chunks=(x.chunks[0],))
    if lengths is not None:
        given["lengths"] = _lengths(array, lengths, x)
    signature, sizes = _signature([*given.values()], forms)
    found = array.apply_gufunc(
        partial(rows, [*given], forms), signature, *given.values(), job=_once(job),
        output_sizes=sizes, output_dtypes=[form.dtype for form in forms.values()],
    )  # fmt: skip
    return dict(zip(forms, found if len(forms) > 1 else [found], strict=True))


def rows(
    names: Sequence[str], forms: Mapping[str, Form], *arrays: Array, job: Job
) -> tuple[Array, ...] | Array:
    """The arrays of a block; where it is but one, that.

    Errors: RnncalcError for a sequence that cannot be computed.
    """
    given = dict(zip(names, arrays, strict=True))
    x, numbers = given["x"], given.get("numbers")
    whole = [np.zeros((len(x), *form.shape), form.dtype) for form in forms.values()]
    for place, piece in _pieces(job, x, given.get("lengths"), numbers).items():
        for name, into in zip(forms, whole, strict=True):
            into[place, : len(piece[name])] = piece[name]
    return tuple(whole) if len(whole) > 1 else whole[0]


def _pieces(
    job: Job, x: Array, lengths: Array | None = None, numbers: Array | None = None
) -> Mapping[int, Mapping[str, Array]]:
    """The arrays of each sequence of a block, by its place.

    Errors: RnncalcError for one that cannot be computed, with its number, if that is known.
    """
    if not len(x):
        return {}
    done = compute(job, held(x, ids=job.model.reads_ids, lengths=lengths), range(len(x)))
    for place, message in done.failed.items():
        which = f"sequence {place}{UNNUMBERED}" if numbers is None else f"sequence {numbers[place]}"
        raise RnncalcError(f"{which}: {message.partition(': ')[2]}")
    return cast(Mapping[int, Mapping[str, Array]], done.pieces)


class Form(NamedTuple):
    """Of one sequence's array."""

    shape: tuple[int, ...]
    dtype: Any


def _forms(job: Job, shape: tuple[int, ...]) -> dict[str, Form]:
    """What comes out of a sequence of such a shape, by name. Errors: RnncalcError where nothing."""
    try:
        piece = _pieces(job, np.zeros((1, *shape)))[0]
    except RnncalcError as error:  # what is wrong is so with every sequence
        raise RnncalcError(str(error).removeprefix(f"sequence 0{UNNUMBERED}: ")) from None
    return {name: Form(one.shape, one.dtype) for name, one in piece.items()}


def _sequences(array: Any, x: Any, *, ids: bool) -> Any:
    """The array, in blocks of whole sequences. Errors: RnncalcError for what is none."""
    if not isinstance(x, array.Array):
        kind = f"{type(x).__module__}.{type(x).__qualname__}"
        raise RnncalcError(f"x is a {kind}: make it an array of dask: dask.array.from_array(x)")
    if x.dtype.kind not in "biuf":
        raise RnncalcError(f"x holds {x.dtype}, not real numbers")
    refuse_axes(x.shape, ids=ids)
    if np.isnan(x.shape[1:]).any():
        sizes = "only the number of sequences may be unknown: x.compute_chunk_sizes() finds them"
        raise RnncalcError(f"x has shape {x.shape}: {sizes}")
    return x.rechunk(dict.fromkeys(range(1, x.ndim), -1))


def _lengths(array: Any, lengths: Any, x: Any) -> Any:
    """The lengths in the blocks of x. Errors: RnncalcError for those that cannot be its own."""
    if np.isnan(x.shape[0]):
        raise RnncalcError("lengths need x to have known sizes: x.compute_chunk_sizes() finds them")
    if not isinstance(lengths, array.Array):
        lengths = np.array(checked_lengths(lengths, x.shape))
    lengths = array.asarray(lengths)
    if lengths.shape != x.shape[:1]:
        raise RnncalcError(f"lengths has shape {lengths.shape}, expected {x.shape[:1]}")
    return lengths.rechunk((x.chunks[0],))


def _signature(given: Sequence[Any], forms: Mapping[str, Form]) -> tuple[str, dict[str, int]]:
    """Of a generalised ufunc: the axes of each array but for its sequences, and how long those are
    that come out."""
    axes = [[f"in{axis}" for axis in range(1, one.ndim)] for one in given]
    sizes: dict[str, int] = {}
    made = []
    for place, form in enumerate(forms.values()):
        made.append([f"out{place}_{axis}" for axis in range(len(form.shape))])
        sizes |= dict(zip(made[-1], form.shape, strict=True))
    taken, given_out = (",".join(f"({','.join(one)})" for one in part) for part in (axes, made))
    return f"{taken}->{given_out}", sizes


def _once(job: Job) -> Any:
    """The job as a task of its own, which each block asks for: it goes to a worker once."""
    from dask.delayed import delayed

    return delayed(job, name=f"rnncalc-job-{digest(job)}", traverse=False)
