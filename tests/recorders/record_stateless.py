"""Networks with layers without a state between and behind the recurrent ones, as Keras 3 runs them.

    python tests/recorders/record.py stateless

writes ``stateless/*.json``. Layers are built by Keras and drawn by name; what stands in a golden's
config is what a reader of the same model would say.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from golden_file import Array, Document, Numbers, document

os.environ["KERAS_BACKEND"] = "tensorflow"

PACKAGES = ("keras", "tensorflow")
FEATURES, BATCH, TIMESTEPS = 2, 3, 5
HOLES = ((1, 1, 0, 1, 0), (0, 1, 1, 1, 1), (1, 1, 1, 0, 0))

WEIGHTS = {
    "dense": ("kernel", "bias"),
    "layer": ("gamma", "beta"),
    "prelu": ("prelu",),
    "batch": ("gamma", "beta", "mean", "variance"),
    "rnn": ("kernel", "recurrent_kernel", "bias"),
}
"""The order of Keras' ``get_weights``."""

Words = tuple[Any, ...]
"""A layer: ``("dense", 3, "relu")``, ``("rnn", "gru", 4, {...})``, ``("pool", "max")`` ..."""


def dense(units: int, activation: str = "linear") -> Words:
    return "dense", units, activation


def rnn(cell: str, units: int, **options: Any) -> Words:
    return "rnn", cell, units, options


LAST = {"return_sequences": False}
NETWORKS: dict[str, tuple[Words, ...]] = {
    "dense_in_front": (dense(3, "relu"), rnn("lstm", 4)),
    "two_in_front": (dense(3, "tanh"), ("batch",), rnn("gru", 4)),
    "batch_between": (rnn("lstm", 3), ("batch",), rnn("gru", 4)),
    "layer_between": (rnn("gru", 4), ("layer",), rnn("rnn", 3)),
    "dense_between_bidirectional": (rnn("gru", 3, both="concat"), dense(2), rnn("lstm", 3)),
    "layer_behind": (rnn("gru", 4), ("layer",), dense(2, "softmax")),
    "softmax_alone": (rnn("lstm", 3), ("activation", "softmax")),
    "prelu_between": (("prelu",), rnn("gru", 4), ("prelu",), dense(3), ("prelu",), rnn("lstm", 3)),
    "prelu_many_to_one": (rnn("lstm", 4, **LAST), ("prelu", None), dense(2), ("prelu", None)),
    "prelu_shared": (rnn("gru", 4), ("prelu", [1, 2]), dense(6, "glu")),
    "relu_in_front": (("activation", "relu"), rnn("gru", 3)),
    "batch_many_to_one": (rnn("lstm", 4, **LAST), ("batch",), dense(2, "sigmoid")),
    "pooling_average": (rnn("gru", 4), ("pool", "average"), dense(2)),
    "pooling_max": (rnn("gru", 4), dense(3, "tanh"), ("pool", "max"), ("layer",), dense(2)),
    "pooling_average_mask": (rnn("gru", 4), ("pool", "average"), dense(2)),
    "pooling_max_mask": (rnn("gru", 4), ("pool", "max"), dense(2)),
    "flatten": (rnn("lstm", 3), ("flatten",), dense(4, "relu"), dense(2)),
    "flatten_mask": (rnn("lstm", 3), ("layer",), ("flatten",), dense(2)),
    "masking": (("masking", 0.5), dense(3, "relu"), ("layer",), rnn("lstm", 4)),
    "masking_pooling": (("masking", 0.0), rnn("gru", 4), ("batch",), ("pool", "average")),
    "dense_in_front_mask": (dense(3, "relu"), rnn("gru", 4), ("batch",), rnn("lstm", 3)),
    "last_bidirectional": (rnn("gru", 3, both="concat", **LAST),),
    "last_bidirectional_sum": (rnn("lstm", 3, both="sum", **LAST),),
    "last_bidirectional_mask": (rnn("gru", 3, both="concat", **LAST),),
    "last_zeroed_mask": (rnn("lstm", 3, zero_output_for_mask=True, **LAST),),
    "last_stack_backwards": (rnn("gru", 4), rnn("lstm", 3, go_backwards=True, **LAST)),
}
"""By name; ``_mask`` at the end: Keras is given the mask HOLES; ``last``: it has no output."""


def recurrent(
    layers: Any, cell: str, units: int, options: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """A SimpleRNN, a GRU or an LSTM, perhaps in both directions."""
    options = {"return_sequences": True, **options}
    merge = options.pop("both", None)
    kind = {"rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}[cell]
    block = {"cell": cell, "return_sequences": options["return_sequences"]}
    if options.get("zero_output_for_mask"):
        block["zero_output_for_mask"] = True
    if options.get("go_backwards"):
        block |= {"direction": "backward", "order": "processing"}
    made = kind(units, **options)
    return layers.Bidirectional(made, merge_mode=merge) if merge else made, block


LAYERS: dict[str, Callable[..., tuple[Any, dict[str, Any]]]] = {
    "dense": lambda layers, units, activation: (
        layers.Dense(units, activation=activation), {"activation": activation}),
    "layer": lambda layers: (
        layers.LayerNormalization(epsilon=0.02), {"normalization": "layer", "epsilon": 0.02}),
    "batch": lambda layers: (
        layers.BatchNormalization(epsilon=0.05), {"normalization": "batch", "epsilon": 0.05}),
    "activation": lambda layers, name: (layers.Activation(name), {"activation": name}),
    "prelu": lambda layers, shared=(1,): (
        layers.PReLU(shared_axes=shared and list(shared)), {}),
    "pool": lambda layers, kind: (
        getattr(layers, f"Global{kind.title()}Pooling1D")(), {"pooling": kind}),
    "flatten": lambda layers: (layers.Flatten(), {"flatten": True}),
    "masking": lambda layers, value: (layers.Masking(value), {"masking": value}),
    "rnn": recurrent,
}  # fmt: skip
"""How Keras makes a layer, and what its block of a config says."""


class Made:
    """One layer of Keras, its weights drawn, and its block of a config."""

    def __init__(self, keras: Any, words: Words, numbers: Numbers) -> None:
        self.kind = words[0]
        self.numbers = numbers
        self.layer, block = LAYERS[self.kind](keras.layers, *words[1:])
        self.block: dict[str, Any] = dict(block)

    def draw(self) -> None:
        """Give the layer weights that all differ, and the block the same."""
        shapes = [array.shape for array in self.layer.get_weights()]
        arrays = [self.numbers.weights(*shape) for shape in shapes]
        if self.kind == "batch":
            arrays[3] = np.abs(arrays[3]) + np.float32(0.1)
        if arrays:
            self.layer.set_weights(arrays)
        names = WEIGHTS.get(self.kind, ())
        if names and len(arrays) == 2 * len(names):  # two directions
            half = len(names)
            forward, backward = arrays[:half], arrays[half:]
            self.block |= {
                "merge": self.layer.merge_mode,
                "forward": dict(zip(names, forward, strict=True)),
                "backward": dict(zip(names, backward, strict=True)),
            }
            return
        self.block |= dict(zip(names, arrays, strict=True))


def config_of(made: list[Made]) -> dict[str, Any]:
    """The blocks where they belong: before a recurrent layer, or behind the last one."""
    config: dict[str, Any] = {"layers": [], "mode": "many-to-many"}
    waiting: list[dict[str, Any]] = []
    for one in made:
        if one.kind == "masking":
            config |= one.block
        elif one.kind == "rnn":
            config["layers"].append({**one.block, "before": waiting} if waiting else one.block)
            waiting = []
        else:
            waiting.append(one.block)
    if waiting:
        config["output"] = waiting
    single = not config["layers"][-1]["return_sequences"]
    if single or any("pooling" in block or "flatten" in block for block in waiting):
        config["mode"] = "many-to-one"
    return config


def network(keras: Any, name: str, words: tuple[Words, ...], dtype: str) -> dict[str, Any]:
    """What Keras computes of one network."""
    keras.config.set_floatx(dtype)
    numbers = Numbers("stateless", f"{name}_{dtype}", dtype)
    made = [Made(keras, one, numbers) for one in words]
    inputs = keras.Input((TIMESTEPS, FEATURES))
    model = keras.Sequential([inputs, *(one.layer for one in made)])
    for one in made:
        one.draw()
    x = masked(numbers.values(BATCH, TIMESTEPS, FEATURES), words[0])
    mask = np.array(HOLES, bool) if name.endswith("_mask") else None
    y = np.asarray(model(x, mask=mask))
    config = config_of(made)
    what = "y" if "output" in config else "last" if config["mode"] == "many-to-one" else "h"
    given = {} if mask is None else {"mask": mask.astype(int)}
    return document(numbers, PACKAGES, about(words), config, x, {what: y}, **given)


def masked(x: Array, first: Words) -> Array:
    """The input, where there is a Masking with steps that it masks, and one that it nearly does."""
    if first[0] == "masking":
        x[~np.array(HOLES, bool)] = first[1]
        x[0, 0, 0] = first[1]
    return x


def about(words: tuple[Words, ...]) -> str:
    """The layers in words."""
    return "; ".join(" ".join(str(word) for word in one if word not in ({}, None)) for one in words)


def documents() -> Iterator[tuple[str, Document]]:
    """Every network in float64 and in float32."""
    import keras

    for name, words in NETWORKS.items():
        for dtype in ("float64", "float32"):
            yield f"{name}_{dtype}", network(keras, name, words, dtype)
