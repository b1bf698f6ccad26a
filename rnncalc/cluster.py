"""Dask: a model over its arrays, lazily; and engines for ``run_many`` (extra cluster).

``run(model, x)`` is for anybody's graph; ``run_many(..., engine=workers(4))`` has Dask compute the
blocks of the plain loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.extra import needed
from rnncalc.errors import RnncalcError
from rnncalc.many import cluster
from rnncalc.many.arrays import held
from rnncalc.many.compute import Job, compute
from rnncalc.many.loop import Engine
from rnncalc.many.manifest import digest
from rnncalc.many.pieces import Arrays
from rnncalc.many.run import alone
from rnncalc.model.model import Model
from rnncalc.trace.selection import Selection


def workers(count: int, **how: Any) -> Engine:
    """The engine of so many processes on this machine, for ``run_many``."""
    cluster.library()
    return partial(cluster.computed, partial(cluster.local, count, **how))


def scheduler(address: str, **how: Any) -> Engine:
    """The engine of a running scheduler, tcp:// or tls://, for ``run_many``."""
    cluster.refuse_address(address)
    cluster.library()
    return partial(cluster.computed, partial(cluster.connected, address, **how))


def run(
    model: Model, x: Any, *, show: Sequence[str] = (), dtype: str | None = None
) -> Mapping[str, Any]:
    """Run a model over a dask array, lazily: nothing is computed but one sequence of zeros.

    Args:
        x: (sequences, timesteps, features), or (sequences, timesteps) of ids; blocks are of
            sequences, the other axes are put together.
        show, dtype: as of ``run_many``.

    Returns:
        Arrays of dask by their names in an .npz: h, y, final.h; of the blocks of x, and with the
        bits that each sequence has in ``run_many``.
    """
    array, delayed = needed("dask.array", "with dask", "computing", extra="cluster"), _delayed()
    if any(np.isnan(size) for size in x.shape):
        raise RnncalcError(f"x has shape {x.shape}: compute its chunk sizes first")
    x = x.rechunk(dict.fromkeys(range(1, x.ndim), -1))
    model = alone(model)
    selection = Selection(show)
    job = Job(model, Arrays(selection), dtype, selection.recorded(model))
    sample = rows(job, np.zeros((1, *x.shape[1:])))
    sent = delayed(job, name=f"rnncalc-job-{digest(job)}", traverse=False)
    parts = [delayed(rows)(sent, part) for part in np.ravel(x.to_delayed())]
    return {
        name: array.concatenate([
            array.from_delayed(part[name], (count, *one.shape[1:]), one.dtype)
            for part, count in zip(parts, x.chunks[0], strict=True)
        ])
        for name, one in sample.items()
    }  # fmt: skip


def rows(job: Job, x: Array) -> dict[str, Array]:
    """The arrays of a block. Errors: RnncalcError for a sequence that cannot be computed."""
    done = compute(job, held(x, ids=job.model.reads_ids), range(len(x)))
    for message in done.failed.values():
        raise RnncalcError(message)
    pieces: list[Any] = [done.pieces[number] for number in range(len(x))]
    return {name: np.stack([piece[name] for piece in pieces]) for name in pieces[0]}


def _delayed() -> Any:
    from dask.delayed import delayed

    return delayed
