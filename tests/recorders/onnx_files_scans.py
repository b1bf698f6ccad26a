"""Which loops of cells PyTorch's newer exporter writes as a Scan: those of ``torch.scan``.

The body of such a loop is a function of somebody's own; here it runs one or two cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import onnx
import torch
from golden_file import Numbers
from onnx import helper
from onnx_files_recorder import batch_first
from onnx_files_words import BATCH, FEATURES, TIMESTEPS, Made
from torch import nn
from torch._higher_order_ops.scan import scan
from torch_frame import exported, filled


@dataclass(frozen=True)
class Scanned:
    """A loop, and how it is exported.

    Attributes:
        cells: those of each step, one behind the other, and their units.
        reverse: the sequence is read from its end.
        dense: a dense layer stands behind it.
        free: the batch and the timesteps are not fixed.
        axis: of the timesteps within the Scan; 1 is written into the file afterwards.
    """

    name: str
    cells: tuple[tuple[str, int], ...]
    reverse: bool = False
    dense: bool = False
    free: bool = False
    axis: int = 0


class Net(nn.Module):
    """Cells in a loop; (batch, timesteps, features)."""

    def __init__(self, case: Scanned) -> None:
        super().__init__()
        widths = [FEATURES, *(units for _, units in case.cells)]
        kinds = [getattr(nn, f"{kind}Cell") for kind, _ in case.cells]
        self.cells = nn.ModuleList(kind(widths[i], widths[i + 1]) for i, kind in enumerate(kinds))
        self.fc = nn.Linear(widths[-1], 2) if case.dense else nn.Identity()
        self.case = case

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The states at all timesteps."""
        x = x.transpose(0, 1)
        states = [
            [x.new_zeros(x.shape[1], units) for _ in range(1 + (kind == "LSTM"))]
            for kind, units in self.case.cells
        ]
        _, h = scan(self.step, states, x, reverse=self.case.reverse)
        return self.fc(h.transpose(0, 1))

    def step(self, states: Any, x: torch.Tensor) -> tuple[Any, torch.Tensor]:
        """One timestep."""
        found = []
        for cell, before in zip(self.cells, states, strict=True):
            after = cell(x, tuple(before) if len(before) > 1 else before[0])
            found.append(list(after) if len(before) > 1 else [after])
            x = found[-1][0]
        return found, x.clone()


def made(case: Scanned, numbers: Numbers) -> Made:
    """The file, and what it is asked; PyTorch computes what ONNX Runtime must agree with."""
    net = Net(case).eval()
    filled(net, numbers)
    x = numbers.values(BATCH, TIMESTEPS, FEATURES)
    given = torch.from_numpy(x)
    free = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    shapes = {"dynamic_shapes": (free,)} if case.free else {}
    model = exported(net, (given,), dynamo=True, **shapes)
    if case.axis:
        other_axis(model)
    out = batch_first(net(given).numpy(), "BTH")
    h = batch_first(replaced(net)(given).numpy(), "BTH")
    parts = [[None, "recurrent", kind.lower(), units] for kind, units in case.cells]
    parts += [[None, "output", None, None]] * case.dense
    feeds = {model.graph.input[0].name: x}
    return Made(model, feeds, x, "BTH", states=False, parts=parts, h=h, agrees=out)


def replaced(net: Net) -> Net:
    """The network without what stands behind its loop."""
    net.fc = nn.Identity()
    return net


def other_axis(model: onnx.ModelProto) -> None:
    """The sequence as it is, (batch, timesteps, features), goes into the Scan and comes out."""
    first, last = (n for n in model.graph.node if n.op_type == "Transpose")
    node = next(n for n in model.graph.node if n.op_type == "Scan")
    node.input[-1], node.output[-1] = first.input[0], last.output[0]
    for key in ("scan_input_axes", "scan_output_axes"):
        node.attribute.append(helper.make_attribute(key, [1]))
    model.graph.node.remove(first)
    model.graph.node.remove(last)


CASES = [
    Scanned("rnn", (("RNN", 4),), dense=True),
    Scanned("gru", (("GRU", 4),), free=True),
    Scanned("lstm", (("LSTM", 4),)),
    Scanned("gru_reverse", (("GRU", 4),), reverse=True),
    Scanned("lstm_then_rnn", (("LSTM", 4), ("RNN", 3)), dense=True),
    Scanned("lstm_batch_first", (("LSTM", 4),), axis=1),
]


def exports() -> Iterator[tuple[str, str, Scanned]]:
    """The name of the file, a sentence, and what is exported."""
    for case in CASES:
        cells = ", ".join(f"nn.{kind}Cell" for kind, _ in case.cells)
        parts = [f"torch.scan of {cells}"] + ["reverse"] * case.reverse
        parts += ["a dense layer behind"] * case.dense + ["any batch and time"] * case.free
        parts += ["axis 1"] * case.axis
        yield f"dynamo_scan_{case.name}", f"{', '.join(parts)}, dynamo=True, Scan.", case
