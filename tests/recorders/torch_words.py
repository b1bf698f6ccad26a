"""The words in which a network of PyTorch is described.

``record_torch.py`` lists networks in them, ``torch_recorder.py`` runs what they say,
``torch_config.py`` says the same as a config of rnncalc.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CLASSES = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
FEATURES, OUTPUTS, TIMESTEPS, VOCABULARY = 3, 2, 5, 6


@dataclass(frozen=True)
class Network:
    """A module of PyTorch and how it is used.

    Attributes:
        options: keyword arguments of nn.RNN, nn.GRU, nn.LSTM or their cells.
        lengths: the sequences are packed, with these lengths.
        states: h0 (and c0) are given.
        output: the activation behind an nn.Linear.
        loop: an nn.RNNCell, GRUCell, LSTMCell, called step by step.
        textbook: the config in rnncalc's own names.
    """

    name: str
    cell: str
    options: Mapping[str, Any] = field(default_factory=dict)
    units: int = 4
    lengths: tuple[int, ...] = ()
    states: bool = False
    batched: bool = True
    output: str = ""
    many_to_one: bool = False
    embedding: bool = False
    loop: bool = False
    textbook: bool = False
    dtypes: tuple[str, ...] = ("float64", "float32")

    @property
    def directions(self) -> int:
        """1 or 2."""
        return 2 if self.options.get("bidirectional") else 1

    @property
    def parts(self) -> list[tuple[str, str, str]]:
        """Name, direction, and the end of PyTorch's keys, in the order of its states."""
        if self.loop:
            return [("layer0", "forward", "")]
        if self.textbook:
            return [("layer0", "forward", "_l0")]
        count = self.options.get("num_layers", 1)
        ways = [("forward", ""), ("backward", "_reverse")][: self.directions]
        return [
            (f"{self.cell}.{index}" if count > 1 else self.cell, direction, f"_l{index}{suffix}")
            for index in range(count)
            for direction, suffix in ways
        ]

    @property
    def said(self) -> dict[str, Any]:
        """What a config says of each layer besides its weights."""
        said: dict[str, Any] = {"cell": self.cell}
        if self.options.get("nonlinearity") == "relu":
            said["activation"] = "relu"
        if self.cell == "gru":
            said["reset_after"] = True
        return said | ({"merge": "concat"} if self.directions == 2 else {})
