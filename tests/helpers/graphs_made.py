"""Networks as graphs, made of drawn weights: encoder and decoder, branches, attention."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np

from rnncalc.equations import CELLS
from rnncalc.model.attention import Attention, MultiHeadAttention
from rnncalc.model.convolution import Conv1d
from rnncalc.model.graph import Wire
from rnncalc.model.joins import Join
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Output, Pooling, Stateless


class Maker:
    """Layers whose weights all differ."""

    def __init__(self, seed: int = 18) -> None:
        self.rng = np.random.default_rng(seed)

    def array(self, *shape: int) -> Any:
        """Drawn numbers."""
        return self.rng.normal(size=shape)

    def layer(self, name: str, units: int, features: int, cell: str = "lstm", **how: Any) -> Layer:
        """A recurrent layer."""
        kind = CELLS[cell]
        weights = {one: self.array(units, features) for one in kind.names("W_x")}
        weights |= {one: self.array(units, units) for one in kind.names("W_h")}
        weights |= {one: self.array(units) for one in kind.names("bias")}
        return Layer(weights, cell=cell, name=name, **how)

    def dense(self, name: str, outputs: int, units: int, function: str = "linear") -> Output:
        """A dense layer."""
        return Output(self.array(outputs, units), self.array(outputs), function, name)


def encoder_decoder() -> Model:
    """Two inputs, states that are handed over, two outputs."""
    make = Maker()
    return Model(
        (make.layer("enc", 3, 2), make.layer("dec", 3, 4)),
        stateless=(make.dense("first", 2, 3), Join("concat", name="both"),
                   make.dense("second", 2, 5)),
        wiring=(Wire("enc", ("a",)), Wire("dec", ("b",), {"h0": "enc", "c0": "enc"}),
                Wire("first", ("dec",)), Wire("both", ("dec", "first")),
                Wire("second", ("both",))),
        inputs=("a", "b"), results=("first", "second"),
    )  # fmt: skip


def branches() -> Model:
    """Two branches of one layer, joined; an output of one row, and one of every timestep."""
    make = Maker()
    two = make.layer("bi", 3, 4, backward=make.layer("back", 3, 4))
    return Model(
        (make.layer("stem", 4, 2, "gru"), two, make.layer("gru", 3, 4, "gru")),
        stateless=(Join("concat", name="both"), make.dense("hidden", 4, 9, "relu"),
                   Pooling("average", "pool"), make.dense("class", 2, 4, "softmax"),
                   make.dense("each", 2, 9)),
        wiring=(Wire("stem", ("x",)), Wire("bi", ("stem",)), Wire("gru", ("stem",)),
                Wire("both", ("bi", "gru")), Wire("hidden", ("both",)), Wire("pool", ("hidden",)),
                Wire("class", ("pool",)), Wire("each", ("both",))),
        results=("class", "each"),
    )  # fmt: skip


def attending(heads: int = 0, *, causal: bool = False) -> Model:
    """A decoder that attends to an encoder behind a convolution, with one score or with heads."""
    make = Maker()
    if heads:
        layer: Stateless = MultiHeadAttention(
            make.array(heads, 2, 3), make.array(heads, 2, 6), make.array(heads, 3, 6),
            make.array(heads, 6, 3), name="attention", causal=causal,
        )  # fmt: skip
    else:
        layer = Attention("general", W_a=make.array(3, 6), name="attention", causal=causal)
    enc = make.layer("enc", 3, 4, backward=make.layer("back", 3, 4))
    return Model(
        (enc, make.layer("dec", 3, 2)),
        stateless=(Conv1d(make.array(4, 2, 3), padding="same", activation="relu", name="conv"),
                   layer, Join("concat", name="joined"), make.dense("out", 5, 9, "softmax")),
        wiring=(Wire("conv", ("source",)), Wire("enc", ("conv",)),
                Wire("dec", ("target",), {"h0": "enc.backward", "c0": "enc.backward"}),
                Wire("attention", ("dec", "enc")), Wire("joined", ("dec", "attention")),
                Wire("out", ("joined",))),
        inputs=("source", "target"),
    )  # fmt: skip


def inputs(model: Model, timesteps: int = 5, batch: int = 0) -> dict[str, Any]:
    """An input for each, of so many timesteps, one less each."""
    make, sizes = Maker(7), count(timesteps, -1)
    front = (batch,) if batch else ()
    return {name: make.array(*front, next(sizes), model.shapes[name].width or 1)
            for name in model.inputs}  # fmt: skip
