"""Small graphs that differ in what a result must have a place for, each with an input.

Several inputs and outputs, some of them one row; layers with timesteps of their own; states that
come from another layer; attention; masks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncalc import Layer, Model
from rnncalc.model.attention import Attention
from rnncalc.model.convolution import Conv1d
from rnncalc.model.graph import Wire
from rnncalc.model.joins import Join
from rnncalc.model.masking import Masking
from rnncalc.model.stateless import Output, Pooling

GATES = {"lstm": "ifgo", "gru": "zrn", "rnn": ""}

Network = tuple[Model, Any]


def layer(rng: np.random.Generator, name: str, cell: str, units: int, features: int,
          **options: Any) -> Layer:  # fmt: skip
    """A recurrent layer whose weights all differ."""
    weights = {}
    for gate in GATES[cell] or [""]:
        end = f".{gate}" if gate else ""
        weights[f"W_x{end}"] = rng.normal(size=(units, features))
        weights[f"W_h{end}"] = rng.normal(size=(units, units))
        weights[f"bias{end}"] = rng.normal(size=units)
    return Layer(weights, cell=cell, name=name, **options)


def translator(batch: tuple[int, ...] = ()) -> Network:
    """Encoder and decoder with inputs of different lengths: states, attention, a dense layer."""
    rng = np.random.default_rng(18)
    layers = layer(rng, "enc", "gru", 3, 2), layer(rng, "dec", "gru", 3, 4)
    stateless = (Attention("dot", name="att"), Join("concat", name="both"),
                 Output(rng.normal(size=(2, 6)), activation="softmax", name="tags"))  # fmt: skip
    wiring = (
        Wire("enc", ("source",)),
        Wire("dec", ("target",), {"h0": "enc"}),
        Wire("att", ("dec", "enc")),
        Wire("both", ("att", "dec")),
        Wire("tags", ("both",)),
    )
    model = Model(layers, stateless=stateless, wiring=wiring, inputs=("source", "target"))
    return model, {"source": rng.normal(size=(*batch, 5, 2)),
                   "target": rng.normal(size=(*batch, 4, 4))}  # fmt: skip


def branches(batch: tuple[int, ...] = (), *, turned: bool = False) -> Network:
    """Two outputs, of every timestep and one row (``turned``: the other way round)."""
    rng = np.random.default_rng(19)
    back = layer(rng, "bi", "rnn", 3, 3)
    layers = layer(rng, "low", "lstm", 3, 2), layer(rng, "bi", "rnn", 3, 3, backward=back)
    stateless = (Output(rng.normal(size=(2, 6)), name="each"), Pooling("average", name="mean"),
                 Output(rng.normal(size=(1, 6)), activation="sigmoid", name="whole"))  # fmt: skip
    wiring = (Wire("low", ("x",)), Wire("bi", ("low",)), Wire("each", ("bi",)),
              Wire("mean", ("bi",)), Wire("whole", ("mean",)))  # fmt: skip
    results = ("whole", "each") if turned else ("each", "whole")
    model = Model(layers, stateless=stateless, wiring=wiring, results=results)
    return model, rng.normal(size=(*batch, 5, 2))


def turned(batch: tuple[int, ...] = ()) -> Network:
    """The same, one row first."""
    return branches(batch, turned=True)


def described(batch: tuple[int, ...] = ()) -> Network:
    """An input that is one row beside a sequence, of which the last h counts."""
    rng = np.random.default_rng(20)
    words = layer(rng, "words", "lstm", 3, 2, return_sequences=False)
    stateless = Join("concat", name="both"), Output(rng.normal(size=(2, 7)), name="out")
    wiring = Wire("words", ("text",)), Wire("both", ("words", "facts")), Wire("out", ("both",))
    model = Model((words,), stateless=stateless, wiring=wiring, inputs=("text", "facts"),
                  rows=("facts",))  # fmt: skip
    return model, {"text": rng.normal(size=(*batch, 5, 2)), "facts": rng.normal(size=(*batch, 4))}


def windows(batch: tuple[int, ...] = ()) -> Network:
    """A convolution that leaves four of nine timesteps."""
    rng = np.random.default_rng(21)
    conv = Conv1d(rng.normal(size=(4, 2, 3)), strides=2, name="conv")
    wiring = Wire("conv", ("x",)), Wire("lstm", ("conv",)), Wire("out", ("lstm",))
    stateless = conv, Output(rng.normal(size=(2, 3)), name="out")
    model = Model((layer(rng, "lstm", "lstm", 3, 4),), stateless=stateless, wiring=wiring)
    return model, rng.normal(size=(*batch, 9, 2))


def masked(batch: tuple[int, ...] = ()) -> Network:
    """Timesteps that a layer inside masks; the network gives the h of the first of two layers."""
    rng = np.random.default_rng(22)
    layers = layer(rng, "lstm", "lstm", 3, 2), layer(rng, "beside", "gru", 2, 3)
    wiring = Wire("skip", ("x",)), Wire("lstm", ("skip",)), Wire("beside", ("lstm",))
    model = Model(layers, stateless=(Masking(0.0, name="skip"),), wiring=wiring,
                  results=("lstm",))  # fmt: skip
    x = rng.normal(size=(*batch, 5, 2))
    x[..., 3:, :] = 0
    return model, x


GRAPHS: dict[str, Callable[..., Network]] = {
    one.__name__: one for one in (translator, branches, turned, described, windows, masked)
}
