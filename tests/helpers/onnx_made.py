"""ONNX files made for tests: graphs of a few lines, and the golden networks as nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Arrays = Mapping[str, Any]
RANDOM = np.random.default_rng(29)

ROLES = {
    "rnn": ("activation",),
    "gru": ("recurrent_activation", "activation"),
    "lstm": ("recurrent_activation", "activation", "state_activation"),
}
"""What rnncalc calls ONNX' f, g and h."""
THEIRS: dict[str, tuple[str, dict[str, float]]] = {
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "relu": ("Relu", {}),
    "softsign": ("Softsign", {}),
    "softplus": ("Softplus", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "hard_sigmoid_old": ("HardSigmoid", {"alpha": 0.2, "beta": 0.5}),
    "elu": ("Elu", {"alpha": 1.0}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.01}),
    "thresholded_relu": ("ThresholdedRelu", {"alpha": 1.0}),
    "scaled_tanh": ("ScaledTanh", {}),
    "affine": ("Affine", {}),
}
OWN = {"recurrent_activation": "sigmoid", "activation": "tanh"}
KEYS = ("W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")


def drawn(*shape: int) -> np.ndarray:
    """Weights that all differ."""
    return RANDOM.normal(0, 0.6, shape).astype(np.float32)


def weights(
    cell: str = "lstm", units: int = 4, features: int = 3, ways: int = 1
) -> dict[str, np.ndarray]:
    """W, R and B of a node."""
    rows = {"rnn": 1, "gru": 3, "lstm": 4}[cell] * units
    return {
        "W": drawn(ways, rows, features),
        "R": drawn(ways, rows, units),
        "B": drawn(ways, 2 * rows),
    }


def recurrent(
    name: str, arrays: Arrays, *, x: str = "X", outputs: Sequence[str] = (), op: str = "LSTM",
    **attributes: Any,
) -> onnx.NodeProto:  # fmt: skip
    """A node; its inputs are called ``NAME.W`` ... unless an array is a name already."""
    inputs = [x] + [""] * len(KEYS)
    for place, key in enumerate(KEYS, 1):
        if key in arrays:
            inputs[place] = arrays[key] if isinstance(arrays[key], str) else f"{name}.{key}"
    while not inputs[-1]:
        inputs.pop()
    given = {"hidden_size": None, **attributes}
    if given["hidden_size"] is None:
        given["hidden_size"] = np.shape(arrays["R"])[-1]
    return helper.make_node(op, inputs, list(outputs or [f"{name}.Y"]), name, **given)


def constants(name: str, arrays: Arrays) -> dict[str, np.ndarray]:
    """The arrays of a node by the names that its inputs have."""
    return {f"{name}.{key}": one for key, one in arrays.items() if not isinstance(one, str)}


def proto(
    nodes: Sequence[onnx.NodeProto], inputs: Mapping[str, Any], outputs: Sequence[str],
    arrays: Arrays, *, opset: int = 22, producer: str = "tests", version: str = "1",
) -> onnx.ModelProto:  # fmt: skip
    """A model; the shapes of inputs may have names in them. Ids are inputs called ``ids``."""
    given = [
        helper.make_tensor_value_info(
            name, TensorProto.INT64 if name == "ids" else TensorProto.FLOAT, shape
        )
        for name, shape in inputs.items()
    ]
    shown = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    kept = [numpy_helper.from_array(np.asarray(one), name) for name, one in arrays.items()]
    graph = helper.make_graph(nodes, "graph", given, shown, kept)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], producer_name=producer
    )
    model.producer_version = version
    return model


def saved(folder: Path, model: onnx.ModelProto, name: str = "m.onnx") -> Path:
    """The file of a model."""
    (folder / name).write_bytes(model.SerializeToString())
    return folder / name


def golden(document: Mapping[str, Any]) -> onnx.ModelProto:
    """A golden network as a file: its nodes one behind the other, directions side by side."""
    nodes, arrays, x = [], {"joined": np.array([0, 0, -1])}, "X"
    lengths = document.get("lengths")
    states = {key: np.float32(document[key]) for key in ("h0", "c0") if key in document}
    for layer in document["config"]["layers"]:
        ways = [layer[way] for way in ("forward", "backward") if way in layer] or [layer]
        own = {key: np.float32([way[key] for way in ways]) for key in "WRBP" if key in ways[0]}
        if lengths:
            own["sequence_lens"] = np.array(lengths, np.int32)
        for key, theirs in (("h0", "initial_h"), ("c0", "initial_c")):
            if key in states and (key == "h0" or layer["cell"] == "lstm"):
                rows = states[key].reshape(-1, *states[key].shape[-2:])
                own[theirs], states[key] = rows[: len(ways)], rows[len(ways) :]
        name, op = layer["name"], layer["cell"].upper()
        said = attributes(layer, ways)
        nodes.append(recurrent(name, own, x=x, op=op, **said))
        nodes.append(helper.make_node("Transpose", [f"{name}.Y"], [f"{name}.T"], perm=(0, 2, 1, 3)))
        x = f"{name}.joined"
        nodes.append(helper.make_node("Reshape", [f"{name}.T", "joined"], [x]))
        arrays |= constants(name, own)
    features = np.shape(document["x"])[-1]
    return proto(nodes, {"X": ("T", "B", features)}, [x], arrays)


def attributes(layer: Mapping[str, Any], ways: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A layer of a config as the attributes of a node."""
    said: dict[str, Any] = {key: layer[key] for key in ("clip",) if key in layer}
    said |= {"input_forget": 1} if layer.get("input_forget") else {}
    said |= {"linear_before_reset": 1} if layer.get("reset_after") else {}
    if len(ways) == 2:
        said["direction"] = "bidirectional"
    elif layer.get("direction") == "backward":
        said["direction"] = "reverse"
    functions = [one for way in ways for one in functions_of({**layer, **way})]
    said["activations"] = [name for name, _ in functions]
    for key in ("alpha", "beta"):
        said[f"activation_{key}"] = [given[key] for _, given in functions if key in given]
    return {key: value for key, value in said.items() if value != []}


def functions_of(block: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, float]]]:
    """The activations of a direction in ONNX' order."""
    for role in ROLES[block["cell"]]:
        default = OWN.get(role) or block.get("activation", "tanh")
        given = block.get(role, default)
        given = {"name": given} if isinstance(given, str) else dict(given)
        theirs, known = THEIRS[given.pop("name")]
        yield theirs, known | given
