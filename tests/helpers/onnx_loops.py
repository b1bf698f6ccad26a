"""Loops of ONNX as they are written down: a body that runs once for every timestep."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx_graph import Graph
from onnx_made import drawn

UNITS = 4
ZEROS = np.zeros((2, UNITS), np.float32)
FLOAT, INT, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL


class Body(Graph):
    """What runs once for every timestep: ``i`` is its number, ``X`` the sequence around it."""

    prefix = "in."

    def x(self, source="X", index="i"):
        """The timestep."""
        return self("Gather", source, index, axis=0)

    def sums(self, count=1, h="h", x=None):
        """So many sums of products with the timestep and the state."""
        x = x or self.x()
        found = []
        for _ in range(count):
            product = self("Add", self("MatMul", x, drawn(3, UNITS)), drawn(UNITS))
            found.append(self("Add", product, self("MatMul", h, drawn(UNITS, UNITS))))
        return found if count > 1 else found[0]


def looped(graph, step, *, states=("h",), scans=1, condition=None, most=None):
    """A Loop in a graph, of two sequences: its outputs.

    Args:
        step: gives the states after a step, and what is kept of it; else the first state is kept.
        scans: how often it is.
        condition: gives whether it goes on; it always does where nobody says so.
        most: how often it runs; where nobody says so, as long as it goes on.
    """
    body = Body(None)
    given = step(body)
    given = [given] if isinstance(given, str) else list(given)
    kept = given[len(states) :] or [body("Identity", given[0]) for _ in range(scans)]
    on = condition(body) if condition else body("Identity", "going")
    inner = helper.make_graph(
        body.nodes, "body",
        [_value("i", INT, ()), _value("going", BOOL, ()), *map(_value, states)],
        [_value(on, BOOL), *map(_value, (*given[: len(states)], *kept))],
        [numpy_helper.from_array(array, name) for name, array in body.arrays.items()],
    )  # fmt: skip
    trips = "" if most is None else most if isinstance(most, str) else np.array(most)
    count = len(states) + len(kept)
    given = graph("Loop", trips, np.array(True), *[ZEROS] * len(states), outputs=count,
                  name="loop", body=inner)  # fmt: skip
    return given if count > 1 else [given]


def _value(name, dtype=FLOAT, shape=None):
    return helper.make_tensor_value_info(name, dtype, shape)
