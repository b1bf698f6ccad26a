"""ONNX' own node tests of RNN, GRU and LSTM: what a backend must compute to call itself one.

They come with the package onnx, which makes them when asked.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx_node_tests import NAMES, cases

import rnncalc
from rnncalc import Layer, Model
from rnncalc.conventions import CONVENTIONS, weights_of

pytest.importorskip("onnx", reason="onnx is not installed")
pytestmark = pytest.mark.frameworks

WAYS = {
    "forward": ("forward",),
    "reverse": ("backward",),
    "bidirectional": ("forward", "backward"),
}
STATES = {"h0": "initial_h", "c0": "initial_c"}
ROLES = {
    "RNN": ("activation",),
    "GRU": ("recurrent_activation", "activation"),
    "LSTM": ("recurrent_activation", "activation", "state_activation"),
}
"""What we call ONNX' f, g and h."""
FUNCTIONS = {
    "Tanh": "tanh", "Sigmoid": "sigmoid", "Relu": "relu", "Softsign": "softsign",
    "Softplus": "softplus", "HardSigmoid": "hard_sigmoid_old", "Elu": "elu",
}  # fmt: skip
SUPPORTED = {
    "hidden_size", "direction", "layout", "activations", "clip", "input_forget",
    "linear_before_reset",
}  # fmt: skip


def attributes_of(node: Any) -> dict[str, Any]:
    """The attributes as Python's values."""
    from onnx.helper import get_attribute_value

    values = {each.name: get_attribute_value(each) for each in node.attribute}
    assert values.keys() <= SUPPORTED
    values["direction"] = values.get("direction", b"forward").decode()
    return values


def options_of(node: Any, attributes: dict[str, Any], index: int) -> dict[str, Any]:
    """What the attributes say of one direction, in our words."""
    roles = ROLES[node.op_type]
    given = [FUNCTIONS[name.decode()] for name in attributes.get("activations", ())]
    mine = given[index * len(roles) : (index + 1) * len(roles)]
    options: dict[str, Any] = dict(zip(roles, mine, strict=False))
    options["clip"] = attributes.get("clip")
    if node.op_type == "GRU":
        options["reset_after"] = bool(attributes.get("linear_before_reset", 0))
    if node.op_type == "LSTM":
        options["input_forget"] = bool(attributes.get("input_forget", 0))
    return options


def model_of(node: Any, attributes: dict[str, Any], tensors: dict[str, Any]) -> Model:
    """The node as a network of one layer."""
    cell = node.op_type.lower()
    first, *second = [
        {
            "weights": weights_of(
                CONVENTIONS["onnx"],
                {name: tensors[name][index] for name in "WRBP" if name in tensors},
                cell,
            ),
            "cell": cell,
            **options_of(node, attributes, index),
        }
        for index, _ in enumerate(WAYS[attributes["direction"]])
    ]
    backward = Layer(**second[0]) if second else None
    way = "backward" if attributes["direction"] == "reverse" else "forward"
    layer = Layer(**first, direction=way, backward=backward)
    states = {ours: tensors[theirs] for ours, theirs in STATES.items() if theirs in tensors}
    return Model([layer], dtype="float32", **states)


def outputs_of(node: Any, tensors: dict[str, Any]) -> dict[str, np.ndarray]:
    """Y, Y_h and Y_c as ONNX lays them out."""
    attributes = attributes_of(node)
    ways = WAYS[attributes["direction"]]
    batch_first = attributes.get("layout", 0) == 1
    if batch_first:
        for name in set(STATES.values()) & tensors.keys():
            tensors = {**tensors, name: tensors[name].swapaxes(0, 1)}
    x = tensors["X"] if batch_first else tensors["X"].swapaxes(0, 1)
    model = model_of(node, attributes, tensors)
    trace = rnncalc.run(model, x, lengths=tensors.get("sequence_lens"))
    batch, timesteps, _ = trace.h.shape
    Y = trace.h.reshape(batch, timesteps, len(ways), -1)
    outputs = {"Y": Y if batch_first else Y.transpose(1, 2, 0, 3)}
    for state in trace.layers[0].directions[ways[0]].final:
        finals = [trace.layers[0].directions[way].final[state] for way in ways]
        outputs[f"Y_{state}"] = np.stack(finals, axis=1 if batch_first else 0)
    return outputs


@pytest.mark.parametrize("name", NAMES)
def test_a_node_test_of_onnx_passes(name):
    """Every output that the test gives, a thousand times closer than it asks for."""
    test = cases()[name]
    (node,) = test.model.graph.node
    ((inputs, expected),) = test.data_sets
    tensors = dict(zip([given.name for given in test.model.graph.input], inputs, strict=True))
    assert set(tensors) == set(filter(None, node.input))
    outputs = outputs_of(node, tensors)
    names = [given.name for given in test.model.graph.output]

    assert names == list(filter(None, node.output))
    for output, numbers in zip(names, expected, strict=True):
        assert outputs[output].shape == numbers.shape
        np.testing.assert_allclose(outputs[output], numbers, rtol=1e-6, atol=test.atol)


def test_there_is_no_other_node_test():
    """Those of this list, and none that is new."""
    assert sorted(cases()) == sorted(NAMES)
