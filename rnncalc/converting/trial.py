"""What a graph is tried on: random inputs, of as many timesteps as it takes."""

from __future__ import annotations

import numpy as np

from rnncalc.array import Array
from rnncalc.errors import ShapeError
from rnncalc.model.embedding import Embedding
from rnncalc.model.model import Model
from rnncalc.running.inputs import of_graph

SEED, TIMESTEPS = 20_260_101, 7
LONGEST, FEATURES = 65, 3
"""How many timesteps of a graph are tried at most, and its features where nothing tells."""


def trial_inputs(model: Model, batch: int) -> dict[str, Array]:
    """An input of each name, of as many timesteps as the graph takes.

    Errors: ShapeError where it takes none that were tried.
    """
    for timesteps in (TIMESTEPS, *range(1, LONGEST)):
        rng = np.random.default_rng(SEED)
        x = {name: _input(model, name, (batch, timesteps), rng) for name in model.inputs}
        try:
            of_graph(model, x, None, None, model.dtype)
        except ShapeError as error:
            why = error
        else:
            return x
    raise why


def _input(model: Model, name: str, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    tables = [node.layer for node in model.nodes
              if name in node.reads and isinstance(node.layer, Embedding)]  # fmt: skip
    if tables:
        ids = rng.integers(0, min(len(one.weights) for one in tables), shape).astype(float)
        ids[0, -1] = 0  # perhaps masked
        return ids
    width = model.shapes[name].width or FEATURES
    return rng.standard_normal((shape[0], width) if name in model.rows else (*shape, width))


def reads_ids(model: Model, name: str) -> bool:
    """Whether an input is read by an embedding."""
    return any(isinstance(node.layer, Embedding) for node in model.nodes if name in node.reads)
