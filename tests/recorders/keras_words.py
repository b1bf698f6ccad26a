"""The words in which a network of Keras is described, for Keras 3 and for Keras 2 (tf_keras).

``record_keras.py`` and ``record_tf_keras.py`` list networks in them, ``keras_recorder.py`` builds
and runs what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Mask = tuple[tuple[int, ...], ...]
Options = Mapping[str, Any]


@dataclass(frozen=True)
class Layer:
    """A recurrent layer.

    Attributes:
        cell: rnn, gru, lstm.
        options: keyword arguments of SimpleRNN, GRU, LSTM, or of their cells.
        merge: the merge_mode of a Bidirectional around it; "" for one direction.
        backward: what the options of Bidirectional's backward layer have instead.
        cells: the cells of RNN([...]), which then is the layer.
    """

    cell: str = ""
    options: Options = field(default_factory=dict)
    units: int = 4
    merge: str = ""
    backward: Options = field(default_factory=dict)
    cells: tuple[Layer, ...] = ()

    @property
    def width(self) -> int:
        """How many numbers it gives a timestep."""
        units = self.cells[-1].units if self.cells else self.units
        return 2 * units if self.merge == "concat" else units

    @property
    def parts(self) -> list[tuple[str, str, Layer]]:
        """What has a state of its own: the end of its name, its direction, its description."""
        way = "backward" if self.options.get("go_backwards") else "forward"
        if self.cells:
            return [(f".{index}", way, cell) for index, cell in enumerate(self.cells)]
        if not self.merge:
            return [("", way, self)]
        other = Layer(self.cell, {**self.options, **self.backward}, self.units)
        return [("", "forward", self), ("", "backward", other)]


@dataclass(frozen=True)
class Network:
    """Layers and how they are used.

    Attributes:
        mask: (batch, timesteps) of 0 and 1.
        states: initial states are given.
        heads: activation and outputs of each Dense layer behind.
        timed: the Dense layers are wrapped in TimeDistributed.
        many_to_one: the last layer has return_sequences=False.
        embedding: an Embedding in front; with ``mask_zero``, its id 0 is what the mask says.
        stateful: the layer has read another input before.
        textbook: the config in rnncalc's own names.
    """

    name: str
    layers: tuple[Layer, ...]
    mask: Mask | None = None
    states: bool = False
    heads: tuple[tuple[str, int], ...] = ()
    timed: bool = False
    many_to_one: bool = False
    embedding: bool = False
    mask_zero: bool = False
    stateful: bool = False
    textbook: bool = False
    dtype: str = "float32"


CELLS: Mapping[str, tuple[str, Options]] = {
    "simple_rnn": ("rnn", {}),
    "gru": ("gru", {"reset_after": True}),
    "gru_reset_before": ("gru", {"reset_after": False}),
    "lstm": ("lstm", {}),
}

PADDED: Mask = ((1, 1, 1, 0, 0), (1, 1, 1, 1, 1), (1, 0, 0, 0, 0))
HOLES: Mask = ((1, 1, 0, 1, 0), (0, 1, 1, 0, 1), (0, 0, 0, 0, 0))
"""The second row begins with 0, the third has nothing else."""


def asked(what: str, use: Mapping[str, Any]) -> list[Network]:
    """Every cell, asked one thing: options of the layer, its merge, or a word of Network."""
    networks = []
    rest = {key: value for key, value in use.items() if key not in ("options", "merge")}
    for kind, (cell, own) in CELLS.items():
        layer = Layer(cell, {**own, **use.get("options", {})}, merge=use.get("merge", ""))
        networks.append(Network(kind + what, (layer,), **rest))
    return networks


def functions(cell: str, *names: str) -> Layer:
    """A layer with these functions: the activation, and in a gated cell that of its gates."""
    keys = ("activation", "recurrent_activation")
    own = {"reset_after": True} if cell == "gru" else {}
    return Layer(cell, {**own, **dict(zip(keys, names, strict=False))})


def network(name: str, *layers: Layer, **use: Any) -> Network:
    """A network of these layers."""
    return Network(name, layers, **use)


def rnn(units: int = 4, merge: str = "", backward: Options | None = None, **options: Any) -> Layer:
    """A SimpleRNN."""
    return Layer("rnn", options, units, merge, backward or {})


def gru(units: int = 4, merge: str = "", backward: Options | None = None, **options: Any) -> Layer:
    """A GRU, in Keras' default form."""
    return Layer("gru", {"reset_after": True, **options}, units, merge, backward or {})


def lstm(units: int = 4, merge: str = "", backward: Options | None = None, **options: Any) -> Layer:
    """An LSTM."""
    return Layer("lstm", options, units, merge, backward or {})


def cells(*given: Layer, **options: Any) -> Layer:
    """RNN([...]): several cells in one loop over time."""
    return Layer(options=options, cells=given)
