"""Which networks PyTorch exports, by both of its exporters, and what they are made into.

The older exporter (``dynamo=False``) writes nodes; the newer one writes GRU and LSTM as nodes, and
nn.RNN step by step ("unrolled"). What tells where it ran (stack traces, names of scopes) is taken
out of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import onnx
import torch
import torch_frame
from golden_file import Array, Numbers
from onnx_files_recorder import batch_first, parts_of
from onnx_files_words import BATCH, FEATURES, LENGTHS, TIMESTEPS, VOCABULARY, Made
from torch import nn
from torch_frame import filled, ran

UNITS = 4
Ends = Callable[[nn.Module, torch.Tensor, Any], torch.Tensor]


def both(h: torch.Tensor) -> torch.Tensor:
    """The last two states side by side: those of the last layer's two directions."""
    return torch.cat([h[-2], h[-1]], dim=1)


def hidden(states: Any) -> torch.Tensor:
    """h_n, of an LSTM too."""
    return states[0] if isinstance(states, tuple) else states


ENDS: dict[str, Ends] = {
    "": lambda net, h, states: h,
    "dense": lambda net, h, states: net.fc(h),
    "softmax": lambda net, h, states: torch.softmax(net.fc(h), -1),
    "relu_dense": lambda net, h, states: net.out(torch.relu(net.fc(h))),
    "last": lambda net, h, states: net.fc(h[:, -1]),
    "last_slice": lambda net, h, states: torch.sigmoid(net.fc(h[:, -1, :])),
    "last_time": lambda net, h, states: net.fc(h[-1]),
    "final": lambda net, h, states: net.fc(hidden(states)[-1]),
    "final_softmax": lambda net, h, states: torch.softmax(net.fc(hidden(states)[-1]), 1),
    "final_squeeze": lambda net, h, states: net.fc(hidden(states).squeeze(0)),
    "final_both": lambda net, h, states: net.fc(both(hidden(states))),
    "final_dropout": lambda net, h, states: net.fc(net.dropout(hidden(states)[-1])),
    "norm_dense": lambda net, h, states: net.fc(net.norm(h)),
    "last_norm": lambda net, h, states: net.fc(net.norm(h[:, -1])),
    "batch_norm": lambda net, h, states: net.fc(net.batch(h.transpose(1, 2)).transpose(1, 2)),
    "last_batch_norm": lambda net, h, states: net.fc(net.batch(h[:, -1])),
    "gelu_dense": lambda net, h, states: net.out(nn.functional.gelu(net.fc(h))),
    "silu": lambda net, h, states: nn.functional.silu(net.fc(h)),
}
"""What a network does behind its recurrent module."""


@dataclass(frozen=True)
class Torch:
    """A network, and how it is exported.

    Attributes:
        cell: the module: RNN, GRU, LSTM; ``options`` are its arguments.
        end: by name, what happens behind it.
        then: a second recurrent module behind it.
        axes: dimensions that are not fixed: batch, time.
        folded: constants are folded.
        packed: the sequences are packed, in the order of their lengths or not.
        opset: 0 for the exporter's own.
    """

    name: str
    cell: str
    options: Mapping[str, Any] = field(default_factory=dict)
    end: str = ""
    then: str = ""
    axes: tuple[str, ...] = ()
    folded: bool = True
    embedding: bool = False
    states: bool = False
    packed: str = ""
    dtype: str = "float32"
    opset: int = 0

    @property
    def batch_first(self) -> bool:
        """Whether the input is."""
        return bool(self.options.get("batch_first"))

    @property
    def last_only(self) -> bool:
        """Whether the output has no timesteps."""
        return self.end.startswith(("last", "final"))


class Net(nn.Module):
    """An embedding if wanted, a recurrent module or two, and an end."""

    def __init__(self, case: Torch) -> None:
        super().__init__()
        if case.embedding:
            self.embedding = nn.Embedding(VOCABULARY, FEATURES)
        self.rnn = getattr(nn, case.cell)(FEATURES, UNITS, **case.options)
        width = UNITS * (2 if case.options.get("bidirectional") else 1)
        if case.then:
            self.then = getattr(nn, case.then)(width, 3, batch_first=case.batch_first)
            width = 3
        inner = 5 if case.end in ("relu_dense", "gelu_dense") else 2
        if case.end:
            self.fc = nn.Linear(width, inner)
            self.out, self.norm = nn.Linear(inner, 2), nn.LayerNorm(width)
            self.dropout = nn.Dropout(0.5)
        if "batch_norm" in case.end:
            self.batch = nn.BatchNorm1d(width)
        self.case = case

    def forward(self, x: torch.Tensor, *more: torch.Tensor) -> torch.Tensor:
        """The end's result."""
        if self.case.embedding:
            x = self.embedding(x)
        if self.case.packed:
            h, states = self.packed(x, *more)
        else:
            h, states = self.rnn(x, *more_of(self.case, (x, *more)))
        if self.case.then:
            h, states = self.then(h)
        return ENDS[self.case.end](self, h, states)

    def packed(self, x: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, Any]:
        """The module on packed sequences."""
        return ran(self.rnn, x, lengths=lengths, enforce_sorted=self.case.packed == "sorted")


def more_of(case: Torch, inputs: tuple[torch.Tensor, ...]) -> tuple[Any, ...]:
    """The initial states among the inputs, as a module takes them: an LSTM takes a pair."""
    states = inputs[1:]
    return (states,) if case.cell == "LSTM" and states else states


def made(case: Torch, dynamo: bool, numbers: Numbers) -> Made:
    """The file, and what it is asked; PyTorch computes what ONNX Runtime must agree with."""
    net = Net(case).to(getattr(torch, case.dtype)).eval()
    filled(net, numbers)
    for name, buffer in net.named_buffers():
        drawn = numbers.weights(*buffer.shape)
        buffer.copy_(torch.from_numpy(abs(drawn) + 0.5 if "var" in name else drawn))
    ids = case.embedding
    x = (
        numbers.ids(VOCABULARY, BATCH, TIMESTEPS)
        if ids
        else numbers.values(BATCH, TIMESTEPS, FEATURES)
    )
    given, states = more(case, numbers)
    read = x if case.batch_first else x.swapaxes(0, 1)
    inputs = [np.ascontiguousarray(read), *states]
    tensors = tuple(map(torch.from_numpy, inputs))
    model = exported(case, net, tensors, dynamo)
    feeds = dict(zip([one.name for one in model.graph.input], inputs, strict=True))
    axes = "BH" if case.last_only else "BTH" if case.batch_first else "TBH"
    file = Made(model, feeds, x, axes, given)
    out = batch_first(net(*tensors).numpy(), axes)
    rows = net.embedding(tensors[0]) if ids else tensors[0]
    h = net.rnn(rows, *more_of(case, tensors))[0] if not case.packed else None
    if case.dtype == "float64":
        return replace(file, expected={"out": out, "h": batch_first(h.numpy(), axes)})
    if dynamo and case.cell == "RNN":
        sequence = batch_first(h.numpy(), "BTH" if case.batch_first else "TBH")
        file = replace(file, h=sequence, parts=unrolled_parts(case, model), states=False)
    if case.packed == "unsorted":  # the node's own outputs are in another order
        file = replace(file, h=None if case.last_only else out, states=False)
    parts = with_norm(model) if case.opset else file.parts
    return replace(file, agrees=out, parts=parts)


def more(case: Torch, numbers: Numbers) -> tuple[dict[str, Any], list[Array]]:
    """What is given besides x: for the document, and for the network."""
    if case.packed:
        lengths = sorted(LENGTHS, reverse=True) if case.packed == "sorted" else list(LENGTHS)
        return {"lengths": lengths}, [np.array(lengths, np.int64)]
    if not case.states:
        return {}, []
    ways = 2 if case.options.get("bidirectional") else 1
    count = ways * case.options.get("num_layers", 1)
    keys = ("h0", "c0") if case.cell == "LSTM" else ("h0",)
    given = {key: numbers.values(count, BATCH, UNITS) for key in keys}
    return given, list(given.values())


def exported(
    case: Torch, net: nn.Module, inputs: tuple[torch.Tensor, ...], dynamo: bool
) -> onnx.ModelProto:
    """What an exporter writes, without what tells where it ran."""
    names = ["x", "lengths"] if case.packed else ["x", "h0", "c0"]
    options: dict[str, Any] = {"input_names": names[: len(inputs)], "output_names": ["y"]}
    time, batch = (1, 0) if case.batch_first else (0, 1)
    free = {axis: name for name, axis in (("batch", batch), ("time", time)) if name in case.axes}
    if free and dynamo:
        dims = dict.fromkeys(free, torch.export.Dim.DYNAMIC)
        options["dynamic_shapes"] = (dims,)
    elif free:
        options["dynamic_axes"] = {"x": free}
    options |= {"opset_version": case.opset} if case.opset else {}
    if not dynamo:
        options["do_constant_folding"] = case.folded
    return torch_frame.exported(net, inputs, dynamo=dynamo, **options)


def with_norm(model: onnx.ModelProto) -> list[list[Any]]:
    """Before opset 17 a normalization is no node: it is written out in nodes below its name."""
    front, *behind = parts_of(model)
    return [front, ["norm", "output", None, None], *behind]


def unrolled_parts(case: Torch, model: onnx.ModelProto) -> list[list[Any]]:
    """No node tells the recurrent layers; they have no names."""
    heads = len({"relu_dense": "12", "norm_dense": "12", "": ""}.get(case.end, "1"))
    rows = list(parts_of(model))
    layers = [[None, "recurrent", "rnn", UNITS]] * int(case.options.get("num_layers", 1))
    return [*rows[: int(case.embedding)], *layers, *rows[len(rows) - heads :]]


FIRST = {"batch_first": True}
TWO = {"num_layers": 2}
WAYS = {"bidirectional": True}
RELU = {"nonlinearity": "relu"}
FREE = ("batch", "time")

ALIKE = [
    Torch("rnn", "RNN", FIRST, axes=FREE),
    Torch("rnn_relu", "RNN", {**FIRST, **RELU}, "dense"),
    Torch("rnn_bidirectional", "RNN", {**FIRST, **WAYS}, "softmax"),
    Torch("rnn_2_layers", "RNN", TWO, "last_time"),
    Torch("rnn_2_layers_bidirectional", "RNN", {**TWO, **WAYS}, "final_both"),
    Torch("rnn_embedding", "RNN", FIRST, "last", embedding=True),
    Torch("gru", "GRU"),
    Torch("gru_bidirectional", "GRU", {**FIRST, **WAYS}, axes=FREE),
    Torch("gru_2_layers", "GRU", {**FIRST, **TWO}, "last_slice"),
    Torch("gru_without_bias", "GRU", {**FIRST, "bias": False}, "final"),
    Torch("gru_embedding", "GRU", FIRST, "final_softmax", embedding=True, axes=FREE),
    Torch("gru_states", "GRU", {**TWO, **WAYS}, states=True),
    Torch("lstm", "LSTM", FIRST),
    Torch("lstm_bidirectional", "LSTM", WAYS, "softmax"),
    Torch("lstm_2_layers", "LSTM", {**FIRST, **TWO, "dropout": 0.5}, "final_dropout", axes=FREE),
    Torch("lstm_2_layers_bidirectional", "LSTM", {**FIRST, **TWO, **WAYS}, "relu_dense"),
    Torch("lstm_final_both", "LSTM", {**FIRST, **WAYS}, "final_both"),
    Torch("lstm_states", "LSTM", FIRST, states=True),
    Torch("lstm_norm", "LSTM", FIRST, "norm_dense"),
    Torch("lstm_then_gru", "LSTM", FIRST, "last", then="GRU", axes=FREE),
    Torch("lstm_batch_norm", "LSTM", FIRST, "batch_norm"),
    Torch("gru_last_batch_norm", "GRU", FIRST, "last_batch_norm", axes=FREE),
    Torch("gru_gelu", "GRU", FIRST, "gelu_dense"),
    Torch("lstm_silu", "LSTM", FIRST, "silu"),
]  # fmt: skip
"""Exported by both."""

OLDER = [
    Torch("rnn_unfolded", "RNN", {**WAYS}, "dense", folded=False),
    Torch("gru_unfolded", "GRU", FIRST, "last", folded=False),
    Torch("lstm_unfolded", "LSTM", FIRST, "final_squeeze", folded=False, axes=FREE),
    Torch("lstm_packed", "LSTM", FIRST, packed="sorted"),
    Torch("gru_packed", "GRU", {}, "dense", packed="sorted"),
    Torch("gru_packed_unsorted", "GRU", FIRST, packed="unsorted"),
    Torch("lstm_packed_unsorted", "LSTM", {**TWO, **WAYS}, packed="unsorted"),
    Torch("lstm_double", "LSTM", FIRST, dtype="float64"),
    Torch("gru_double", "GRU", {**FIRST, **WAYS}, dtype="float64"),
    Torch("lstm_norm_written_out", "LSTM", FIRST, "norm_dense", opset=13),
    Torch("gru_last_norm_written_out", "GRU", {**FIRST, **WAYS}, "last_norm", opset=16),
    Torch("rnn_double", "RNN", {**FIRST, **TWO}, dtype="float64"),
]  # fmt: skip


def exports() -> Iterator[tuple[str, str, Torch, bool]]:
    """The name of the file, a sentence, what is exported, and whether by the newer exporter."""
    for case in [*ALIKE, *OLDER]:
        yield f"torch_{case.name}", f"{said(case)}, dynamo=False.", case, False
    for case in ALIKE:
        case = replace(case, axes=case.axes[:1])  # it fixes the number of timesteps
        about = ", unrolled" if case.cell == "RNN" else ""
        yield f"dynamo_{case.name}", f"{said(case)}, dynamo=True{about}.", case, True


def said(case: Torch) -> str:
    """What is exported."""
    options = ", ".join(f"{key}={value}" for key, value in case.options.items())
    parts = ["an embedding"] * case.embedding + [f"nn.{case.cell}({options})"]
    parts += [f"nn.{case.then}"] * bool(case.then) + [f"end: {case.end}"] * bool(case.end)
    parts += ["h0 given"] * case.states + [f"packed, {case.packed}"] * bool(case.packed)
    parts += ["constants not folded"] * (not case.folded) + [f"opset {case.opset}"] * bool(
        case.opset
    )
    return ", ".join(parts + [f"any {' and '.join(case.axes)}"] * bool(case.axes))
