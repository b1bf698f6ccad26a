"""ONNX files that must be refused: what is no chain of layers, what is no file, what leads out of
the folder. None does harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import onnx
import torch
from golden_file import Numbers, Recorded
from onnx import TensorProto, helper
from onnx_files_around import cut, linear, reshaped, squeezed
from onnx_files_building import Making
from onnx_files_graph import Graph
from onnx_files_recorder import head
from onnx_files_words import BATCH, FEATURES, TIMESTEPS, Case
from onnxruntime_words import node
from torch import nn
from torch_frame import exported, filled

UNITS = 4
Build = Callable[[Making], tuple[str, int]]
"""What is built behind the input x (timesteps, batch, features); the output and its rank."""


def lstm(making: Making, x: str, width: int = FEATURES, name: str = "lstm") -> str:
    """An LSTM's whole sequence (timesteps, batch, units)."""
    y, *_ = making.recurrent(node("lstm"), name, x, width)
    return squeezed(making.graph, y, 1)


def no_recurrence(making: Making) -> tuple[str, int]:
    """Two dense layers."""
    g = making.graph
    inner = g.op("Relu", linear(g, making.numbers, "x", FEATURES, 5, "dense"))
    return linear(g, making.numbers, inner, 5, 2, "dense_1"), 3


def mixed_up(making: Making) -> tuple[str, int]:
    """Directions reshaped into the features without being brought beside them."""
    y, *_ = making.recurrent(node("lstm", "bidirectional"), "lstm", "x", FEATURES)
    shape = making.graph.whole("shape", TIMESTEPS, BATCH, -1)
    return making.graph.op("Reshape", y, shape, name="mixed_up"), 3


def softmax_over_time(making: Making) -> tuple[str, int]:
    """A softmax over the timesteps."""
    return making.graph.op("Softmax", lstm(making, "x"), axis=0, name="over_time"), 3


def every_second(making: Making) -> tuple[str, int]:
    """A recurrence reads every second step of another's."""
    value = cut(making.graph, lstm(making, "x"), 0, 2**31 - 1, 0, 2)
    return lstm(making, value, UNITS, "other"), 3


def second_step(making: Making) -> tuple[str, int]:
    """The output is the second timestep."""
    index = making.graph.initializer("one", np.array(1, np.int64))
    return making.graph.op("Gather", lstm(making, "x"), index, axis=0, name="second"), 2


def random_weights(making: Making) -> tuple[str, int]:
    """Weights that are drawn when the graph runs."""
    g = making.graph
    w = g.op("RandomNormal", shape=[1, UNITS, FEATURES], name="drawn")
    r = g.constant("R", making.numbers.weights(1, UNITS, UNITS))
    y, _ = g.node("RNN", ["x", w, r], ["Y", "Y_h"], "rnn", hidden_size=UNITS)
    return reshaped(g, y, 1), 3


def weights_given(making: Making) -> tuple[str, int]:
    """Weights that are inputs of the graph and have no value."""
    g = making.graph
    w = g.read("W", TensorProto.FLOAT, 1, UNITS, FEATURES)
    r = g.read("R", TensorProto.FLOAT, 1, UNITS, UNITS)
    y, _ = g.node("RNN", ["x", w, r], ["Y", "Y_h"], "rnn", hidden_size=UNITS)
    return reshaped(g, y, 1), 3


def own_operator(making: Making) -> tuple[str, int]:
    """An operator of somebody's own domain behind the recurrence."""
    value = making.graph.op("Sharpen", lstm(making, "x"), domain="com.example", name="sharpen")
    return value, 3


def own_lstm(making: Making) -> tuple[str, int]:
    """An LSTM of somebody's own domain: nobody but its author knows what it computes."""
    value = lstm(making, "x")
    making.graph.nodes[0].domain = "com.example"
    return value, 3


def own_function(making: Making) -> tuple[str, int]:
    """An unknown function of the recurrence's output."""
    return making.graph.op("Sin", lstm(making, "x"), name="sine"), 3


def unknown_activation(making: Making) -> tuple[str, int]:
    """A function that no specification knows."""
    value = lstm(making, "x")
    names = ["Sigmoid", "Mish", "Tanh"]
    making.graph.nodes[0].attribute.append(helper.make_attribute("activations", names))
    return value, 3


def scaled_tanh_bare(making: Making) -> tuple[str, int]:
    """ONNX has no default of its parameters."""
    value = lstm(making, "x")
    names = ["Sigmoid", "ScaledTanh", "Tanh"]
    making.graph.nodes[0].attribute.append(helper.make_attribute("activations", names))
    return value, 3


def affine_without_beta(making: Making) -> tuple[str, int]:
    """One of its two parameters is there."""
    value = lstm(making, "x")
    said = {"activations": ["Affine", "Tanh", "Tanh"], "activation_alpha": [0.5]}
    making.graph.nodes[0].attribute.extend(helper.make_attribute(*one) for one in said.items())
    return value, 3


def wrong_width(making: Making) -> tuple[str, int]:
    """W has more columns than x has features."""
    return lstm(making, "x", FEATURES + 1), 3


def cyclic(making: Making) -> tuple[str, int]:
    """Two nodes that wait for each other."""
    g = making.graph
    g.node("Identity", ["second"], ["first"], "one")
    g.node("Identity", ["first"], ["second"], "two")
    return lstm(making, "first"), 3


def missing_input(making: Making) -> tuple[str, int]:
    """A node reads what nothing writes."""
    return lstm(making, "nowhere"), 3


Line = tuple[str, str, str, Build]

GRAPHS: list[Line] = [
    ("no_recurrence", "two dense layers", "no recurrent", no_recurrence),
    ("mixed_up", "Y of two directions reshaped without a Transpose", "Reshape", mixed_up),
    ("softmax_over_time", "a Softmax over the timesteps", "Softmax", softmax_over_time),
    ("every_second", "an LSTM reads every second step of another", "Slice", every_second),
    ("second_step", "the second timestep is the output", "Gather", second_step),
    ("random_weights", "W comes out of RandomNormal", "RandomNormal", random_weights),
    ("weights_given", "W and R are inputs of the graph", "W", weights_given),
    ("own_operator", "an operator of the domain com.example", "Sharpen", own_operator),
    ("own_lstm", "an LSTM of the domain com.example", "com.example", own_lstm),
    ("own_function", "the sine of an LSTM's output", "Sin", own_function),
    ("unknown_activation", "an LSTM with the activation Mish", "Mish", unknown_activation),
    ("scaled_tanh_bare", "an LSTM with ScaledTanh, and no alpha", "ScaledTanh", scaled_tanh_bare),
    ("affine_without_beta", "an LSTM with Affine, and no beta", "beta", affine_without_beta),
    ("wrong_width", "W has a column too many", "W", wrong_width),
    ("cyclic", "two nodes that read each other", "first", cyclic),
    ("missing_input", "a node that reads what nothing writes", "nowhere", missing_input),
]


def graph(build: Build, name: str, weights: str = "initializers") -> tuple[Graph, Making]:
    """A graph in the making, built."""
    whole = Graph(22, "float32", weights, f"{name}.weights")
    making = Making(Case(name, ()), whole, Numbers("onnx_files", name, "float32"))
    making.input()
    whole.write(*build(making))
    return whole, making


def model(build: Build, name: str) -> onnx.ModelProto:
    """The file of a graph; a domain of somebody's own is named."""
    whole, _ = graph(build, name)
    made = whole.model(producer_name="golden")
    if any(node.domain for node in whole.nodes):
        made.opset_import.append(helper.make_opsetid("com.example", 1))
    return made


def sequence(making: Making) -> tuple[str, int]:
    """An LSTM and nothing else."""
    return lstm(making, "x"), 3


OUTSIDE = {
    "external_above": ("../torch/lstm.pt", "external data in the folder above"),
    "external_around": ("inside/../../torch/lstm.pt", "external data by way of a folder above"),
    "external_absolute": ("/weights/lstm.bin", "external data at an absolute path"),
    "external_link": ("external_link.weights", "external data in a link that leads out"),
    "external_missing": ("external_missing.weights", "external data that is not there"),
}
"""Where the weights are said to be."""


def external(name: str, location: str, **entries: int) -> onnx.ModelProto:
    """An LSTM whose weights are in another file."""
    whole, _ = graph(sequence, name, "external")
    made = whole.model(producer_name="golden")
    for tensor in made.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = location
            elif entry.key in entries:
                entry.value = str(entries[entry.key])
    return made


def projected(states: bool) -> onnx.ModelProto:
    """PyTorch's newer exporter writes an LSTM with proj_size as a node that cannot be run."""
    numbers = Numbers("onnx_files", "dynamo_projection", "float32")
    net = nn.LSTM(3, 5, proj_size=2, batch_first=True).eval()
    given = ((torch.ones(1, 3, 2), torch.ones(1, 3, 5)),) if states else ()
    return exported(filled(net, numbers), (torch.ones(3, 4, 3), *given), dynamo=True)


def contents() -> Iterator[tuple[str, str, str, bytes]]:
    """Name, sentence, what a message must say, and the bytes."""
    for name, about, says, build in GRAPHS:
        yield name, about, says, model(build, name).SerializeToString()
    for name, (location, about) in OUTSIDE.items():
        yield name, about, location, external(name, location).SerializeToString()
    short = external("external_short", "lstm_weights_external.weights", offset=100_000)
    yield ("external_short", "external data behind the end of its file",
           "lstm_weights_external.weights", short.SerializeToString())  # fmt: skip
    for name, states in (("dynamo_projection", False), ("dynamo_projection_states", True)):
        about = f"nn.LSTM(3, 5, proj_size=2), dynamo=True{', h0 and c0 given' * states}"
        yield name, about, "proj_size", projected(states).SerializeToString()
    whole = model(sequence, "truncated").SerializeToString()
    yield (
        "truncated",
        "an LSTM, cut after two thirds",
        "truncated.onnx",
        whole[: len(whole) * 2 // 3],
    )
    yield "empty", "no bytes", "empty.onnx", b""
    yield "text", "a text", "text.onnx", b"weights: none\n"


LINK = ("external_link.weights", "../torch/lstm.pt")
"""A link, and where it leads."""


def refused() -> dict[str, Recorded]:
    """Every document and its file, by its name."""
    recordings: dict[str, Recorded] = {}
    for name, about, says, content in contents():
        start = head(Numbers("onnx_files", name, "float32"), f"{about}.")
        document = {**start, "file": f"{name}.onnx", "refused": says}
        recordings[name] = document, {f"{name}.onnx": content}
    return recordings
