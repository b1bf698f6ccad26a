"""A graph of ONNX as it is written down: whether its file gives what ONNX' evaluator does, or why
it is refused.
"""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper
from onnx_made import constants, proto, recurrent, saved, weights

import rnncalc
from rnncalc.errors import FileError

X = np.random.default_rng(7).normal(size=(2, 5, 3)).astype(np.float32)
BOTH = {"direction": "bidirectional"}


class Graph:
    """A graph as it is written down: every call adds a node, and gives its output's name."""

    prefix = ""

    def __init__(self, folder, **inputs):
        self.folder, self.inputs = folder, inputs or {"X": ("T", "B", 3)}
        self.nodes, self.arrays = [], {}

    def __call__(self, op, *given, outputs=1, name="", **attributes):
        """A node; arrays among its inputs become constants."""
        count = len(self.nodes)
        inputs = [one if isinstance(one, str) else self.constant(one) for one in given]
        names = [f"{self.prefix}{op}_{count}.{i}" for i in range(outputs)]
        self.nodes.append(
            helper.make_node(op, inputs, names, name or f"{self.prefix}{op}_{count}", **attributes)
        )
        return names[0] if outputs == 1 else names

    def constant(self, array):
        """A constant, and its name."""
        name = f"{self.prefix}constant_{len(self.arrays)}"
        self.arrays[name] = np.asarray(array)
        return name

    def cell(self, x="X", op="GRU", *, features=3, units=4, ways=1, states=(), **attributes):
        """A recurrent node: its Y and Y_h."""
        arrays = weights(op.lower(), units, features, ways) | dict(states)
        name = f"{op}_{len(self.nodes)}"
        outputs = [f"{name}.Y", f"{name}.Y_h"]
        attributes |= BOTH if ways == 2 else {}
        self.nodes.append(recurrent(name, arrays, x=x, op=op, outputs=outputs, **attributes))
        self.arrays |= constants(name, arrays)
        return outputs

    def saved(self, *outputs, **how):
        """The file."""
        model = proto(self.nodes, self.inputs, outputs, self.arrays, **how)
        return saved(self.folder, model)

    def expected(self, output, **inputs):
        """What ONNX' reference evaluator computes."""
        from onnx.reference import ReferenceEvaluator

        model = proto(self.nodes, self.inputs, [output], self.arrays)
        return ReferenceEvaluator(model).run(None, inputs)[0]


def result(path, x, **how):
    """What a file gives."""
    model = rnncalc.load(path)
    trace = rnncalc.run(model, x, **how)
    if trace.y is not None:
        return trace.y
    return trace.ended if model.single(model.given[0]) else trace.h


def refusal(graph, output, **how):
    """Why a file is refused, without its path."""
    path = graph.saved(output, **how)
    with pytest.raises(FileError) as error:
        rnncalc.load(path)
    return str(error.value).removeprefix(f"{path}: ")


def agrees(graph, output, *, back, x=X, front=(1, 0, 2), name="X", **how):
    """Whether a file gives what the evaluator does.

    Args:
        front, back: how its input, and its output, lie in comparison with ours.
    """
    given = np.transpose(x, front[: x.ndim])
    expected = graph.expected(output, **{name: given})
    ours = result(graph.saved(output, **how), x)
    np.testing.assert_allclose(np.transpose(ours, back), expected.reshape(
        np.transpose(ours, back).shape), rtol=1e-5, atol=1e-6)  # fmt: skip
