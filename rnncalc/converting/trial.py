"""What a graph is tried on: random inputs, of a size that it takes."""

from __future__ import annotations

from itertools import product

import numpy as np

from rnncalc.array import Array
from rnncalc.errors import ShapeError
from rnncalc.model import graph
from rnncalc.model.embedding import Embedding
from rnncalc.model.model import Model
from rnncalc.model.stateless import Shape

SEED, TIMESTEPS = 20_260_101, 7
LONGEST, WIDEST, MOST_UNKNOWN = 65, 9, 3
"""So many timesteps, and features of an input where nothing tells, are not tried any more; nor are
several widths of so many inputs."""


def trial_inputs(model: Model, batch: int) -> dict[str, Array]:
    """An input of each name, of a size that the graph takes.

    Errors: ShapeError where it takes none that were tried.
    """
    tables = {name: _table(model, name) for name in model.inputs}
    known = {name: 1 if tables[name] else model.shapes[name].width for name in model.inputs}
    unknown = [name for name, width in known.items() if width is None]
    tries = range(1, WIDEST) if len(unknown) < MOST_UNKNOWN else (WIDEST,)
    for timesteps in (TIMESTEPS, *range(1, LONGEST)):
        for widths in product(tries, repeat=len(unknown)):
            sizes = known | dict(zip(unknown, widths, strict=True))
            shapes = {
                name: Shape(width, name not in model.rows, timesteps)
                for name, width in sizes.items()
            }
            try:
                graph.shapes(model.nodes, shapes)
            except ShapeError as error:
                why = error
            else:
                rng = np.random.default_rng(SEED)
                return {name: _input(shapes[name], batch, tables[name], rng) for name in shapes}
    raise why


def _table(model: Model, name: str) -> int:
    """How many ids an input may have; 0 where it has numbers."""
    readers = [node.layer for node in model.nodes if name in node.reads]
    return min((len(one.weights) for one in readers if isinstance(one, Embedding)), default=0)


def _input(shape: Shape, batch: int, table: int, rng: np.random.Generator) -> Array:
    series = (batch, shape.timesteps or TIMESTEPS)
    if table:
        ids = rng.integers(0, table, series).astype(float)
        ids[0, -1] = 0  # perhaps masked
        return ids
    return rng.standard_normal((*(series if shape.series else (batch,)), shape.width or 1))
