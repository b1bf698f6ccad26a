"""Every golden network, and one for each function in each place: to be written in other formats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import golden_files
import golden_networks
import numpy as np
from conftest import EVERY, ROOT, existing
from every_activation import EVERY as EVERY_FUNCTION
from every_activation import NUMBERS

import rnncalc
from rnncalc import Layer, Model, Output
from rnncalc.equations.activations import Activation
from rnncalc.model.stateless import Function, Normalization, Pooling

STATELESS = sorted(f"stateless/{path.stem}" for path in existing("tests/golden/stateless/*.json"))
CONFIGS = [*golden_networks.FILES, *STATELESS]
FILES = [name for name in golden_files.FILES if "expected" in golden_files.golden(name)]
PLACES = ("layer", "head", "lone")
FUNCTIONS = [
    f"functions/{place}_{one.name}"
    for one in EVERY_FUNCTION
    for place in PLACES[1 if one.halves else 0 :]
]
NAMES = [*CONFIGS, *(f"files/{name}" for name in FILES), *FUNCTIONS]

TARGETS = [
    (".yaml", "textbook"),
    (".json", "keras"),
    (".yml", "torch"),
    (".json", "onnx"),
    (".npz", "textbook"),
    (".npz", "keras"),
    (".npz", "onnx"),
    (".npz", "torch"),
    (".safetensors", "torch"),
    (".safetensors", "textbook"),
    (".weights.h5", "keras"),
    (".onnx", "onnx"),
    (".csv", "textbook"),
    (".json", "state-dict"),
]
"""Where networks go: the suffix, and whose names it has."""

EXAMPLES = [f"examples/{path.stem}" for path in existing("rnncalc/examples/*.yaml")]
WORDS = (
    "class", "lambda", "None", "W_x.i", "a.b", "a b", "dense", "fc", "embedding", "output", "last",
    "flatten", "pooling", "activation", "masking", "input_layer", "sequential", "eval",
    "training", "x", "states", "network", "'quo\"te'", "x'); import os; ('", "1st",
    "한글", "été", "__init__", "-", " ", "{0}", "%s", "#", "a=b", "a,b", "n" * 200, "1" * 200,
)  # fmt: skip
CALLED = [f"called/{i}" for i in range(len(WORDS))]
"""Networks in which every layer is called by one of these words."""


@cache
def network(name: str) -> Model:
    """The network of a golden config, or of a golden model file as it is to be read."""
    if name.startswith("functions/"):
        return computing(*name.removeprefix("functions/").split("_", 1))
    if name.startswith("examples/"):
        return rnncalc.load(ROOT / f"rnncalc/{name}.yaml")
    if name.startswith("called/"):
        return called(WORDS[int(name.removeprefix("called/"))])
    if not name.startswith("files/"):
        return golden_networks.model_of(golden_networks.golden(name))
    name = name.removeprefix("files/")
    document = golden_files.golden(name)
    layers = document.get("layers") or []
    layers = layers.split(",") if isinstance(layers, str) else layers
    return rnncalc.load(golden_files.path(name), layers=layers, assume=document.get("assume", ()))


def with_input(name: str) -> Model:
    """The network of a golden with the input that its numbers were recorded of, or a drawn one."""
    if name.startswith("functions/"):
        return replace(network(name), x=np.random.default_rng(7).normal(size=(2, 4, 2)))
    if name.startswith("files/"):
        document = golden_files.golden(name.removeprefix("files/"))
    else:
        document = golden_networks.golden(name)
    keys = ("lengths", "mask", *(("h0", "c0") if name.startswith("files/") else ()))
    told = {key: document[key] for key in keys if key in document}
    return replace(network(name), x=np.asarray(document["x"], float), **told)


REFUSALS = (
    "keras has no array for (P.i|W_r)", "onnx has no array for W_r", "torch has no array for P.i",
    "torch has the reset gate after the product", "direction backward", "merge (sum|mul|ave):",
    "nn.(RNN|GRU|LSTM) has (recurrent_)?activation", "masking: ", "mask_zero: ", "clip ",
    "input_forget: ", "state_activation ", "in one layer: a file", "stands before it: a file",
    "one dense layer as output at most", "stands alone: ", "'s directions are alike",
    "not read back as this network, .*: .*h0 is a list", "share a loop: one direction for both",
    "a loop of 2 cells", "a state dict holds weights only", "do not have it",
    "units . forward and . backward", "activation .* forward and .* backward",
    "a node's directions", "ONNX has no operator for",
    "it is one of a graph",
)  # fmt: skip
"""What targets cannot express, as it is said."""


def computing(place: str, name: str) -> Model:
    """A network with this function in a layer, behind a dense layer, or alone in front of one."""
    function = Activation(name, NUMBERS.get(name, {}))
    rng = np.random.default_rng(len(name))
    units = 4 if function.halves else 3
    width = function.gives(units) if place == "lone" else units
    shapes = ((units, 2), (units, units), (4, width))
    W_x, W_h, W_y = (rng.uniform(-0.7, 0.7, shape) for shape in shapes)
    layer = Layer({"W_x": W_x, "W_h": W_h}, activation=function if place == "layer" else "tanh")
    outputs = {
        "layer": None,
        "head": Output(W_y, activation=function),
        "lone": (Function(function), Output(W_y)),
    }
    return Model((layer,), output=outputs[place])


def called(word: str) -> Model:
    """A network of two recurrent layers and five others, all called so."""
    rng = np.random.default_rng(len(word))

    def layer(gates: str, features: int, cell: str, **more) -> Layer:
        shapes = {"W_x": (3, features), "W_h": (3, 3), "bias": (3,)}
        weights = {f"{n}.{g}": rng.uniform(-0.7, 0.7, s) for g in gates for n, s in shapes.items()}
        return Layer(weights, cell=cell, name=word, **more)

    first = layer("ifgo", 2, "lstm", backward=layer("ifgo", 2, "lstm"))
    outputs = (
        Output(rng.uniform(-0.7, 0.7, (4, 3)), name=word),
        Normalization("layer", 1e-3, gamma=rng.uniform(0.5, 2, 4), name=word),
        Function("softsign", name=word),
        Pooling("max", name=word),
        Output(rng.uniform(-0.7, 0.7, (2, 4)), bias=[0.5, -0.25], name=word),
    )
    return Model((first, layer("zrn", 6, "gru")), output=outputs, mode="many-to-one")


def share(index: int, count: int) -> list[str]:
    """The names that the target of this index gets."""
    return NAMES if EVERY else NAMES[index::count]


def every(step: int, start: int = 0) -> list[str]:
    """One name in so many, or all of them."""
    return NAMES if EVERY else NAMES[start::step]


def unexpected(refused: Mapping[str, str]) -> dict[str, str]:
    """The networks that were refused with other words than those known."""
    known = re.compile("|".join(REFUSALS))
    return {name: text for name, text in refused.items() if not known.search(text)}
