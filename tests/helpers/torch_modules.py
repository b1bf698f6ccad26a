"""A network as a list of PyTorch's modules, and a program that builds them and loads a state dict.

Written apart from the scripts of ``convert``: what it knows are PyTorch's classes, and that layers
of one module stand behind each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from rnncalc import Layer, Model, Prelu
from rnncalc.converting.joining import joined
from rnncalc.converting.naming import heads
from rnncalc.converting.to_torch import modules
from rnncalc.model.stateless import Normalization, Output, Stateless

KINDS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}

Step = tuple[str, str, list[Any], dict[str, Any]]
"""A class of ``torch.nn``, the module's name, what it is made with; ``function`` and ``last`` are
none."""


def numbered(model: Model) -> Model:
    """The network with layers ``net.0``, ``net.1``, which stand in one module where they fit."""
    named = [replace(layer, name=f"net.{i}") for i, layer in enumerate(model.layers)]
    return replace(model, layers=tuple(named))


def described(model: Model) -> list[Step]:
    """The modules in the order in which they run."""
    model = joined(model)
    named = {id(one): name for name, one in heads(model).items()}
    places = [module for module, _ in modules(model)]
    steps: list[Step] = []
    if model.embedding:
        steps.append(("Embedding", "embedding", list(model.embedding.weights.shape), {}))
    pairs = zip(places, model.layers, strict=True)
    for name, group in groupby(pairs, key=lambda pair: pair[0]):
        layers = [layer for _, layer in group]
        steps += [step for one in layers[0].chain for step in _stateless(named[id(one)], one)]
        steps.append(_recurrent(name, layers))
    if model.mode == "many-to-one":
        last = model.layers[-1]
        h_n = last.backward is not None and not last.return_sequences
        steps.append(("last", "h_n" if h_n else "output", [], {}))
    return steps + [step for one in model.outputs for step in _stateless(named[id(one)], one)]


def _recurrent(name: str, layers: list[Layer]) -> Step:
    first = layers[0]
    ways = [one for layer in layers for one in layer.passes.values()]
    options: dict[str, Any] = {
        "num_layers": len(layers),
        "bidirectional": first.backward is not None,
        "bias": any(key.startswith("bias") for one in ways for key in one.weights),
        "batch_first": True,
    }
    if first.cell == "rnn":
        options["nonlinearity"] = str(first.activation)
    if "W_r" in first.weights:
        options["proj_size"] = first.state_size
    return KINDS[first.cell], name, [first.features, first.units], options


def _stateless(name: str, one: Stateless) -> Iterator[Step]:
    if isinstance(one, Normalization):
        kind = "LayerNorm" if one.kind == "layer" else "BatchNorm1d"
        yield kind, name, [one.takes], {"eps": float(one.epsilon)}
    if isinstance(one, Prelu):
        yield "PReLU", name, [one.takes], {}
    if isinstance(one, Output):
        yield "Linear", name, [one.takes, one.outputs], {}
        parameters = [float(value) for value in one.activation.parameters.values()]
        yield "function", one.activation.name, parameters, {}


PROGRAM = """
import json, pathlib, sys
import numpy as np, torch
from safetensors.torch import load_file
from torch import nn

def sparsemax(a, every=False):
    ranked = a.sort(-1, descending=True)[0]
    sums, k = ranked.cumsum(-1), torch.arange(1, a.shape[-1] + 1)
    support = 1 + k * ranked > sums
    last = (support * (sums if every else ranked)).sum(-1, keepdim=True)
    return (a - (last - 1) / support.sum(-1, keepdim=True)).clip(0)

F = nn.functional
FUNCTIONS = {
    "linear": lambda a: a, "exp": torch.exp, "sign": torch.sign,
    "softmax": lambda a: a.softmax(-1), "log_softmax": lambda a: a.log_softmax(-1),
    "softmin": lambda a: (-a).softmax(-1), "log_sigmoid": F.logsigmoid,
    "sparsemax": sparsemax, "sparsemax_old": lambda a: sparsemax(a, True),
    "hardmax": lambda a: F.one_hot(a.max(-1)[1], a.shape[-1]).type_as(a),
    "hard_sigmoid": F.hardsigmoid, "hard_silu": F.hardswish, "hard_tanh": F.hardtanh,
    "hard_shrink": F.hardshrink, "soft_shrink": F.softshrink, "tanh_shrink": F.tanhshrink,
    "scaled_softplus": F.softplus, "scaled_silu": lambda a, alpha: F.silu(alpha * a) / alpha,
    "gelu_tanh": lambda a: F.gelu(a, approximate="tanh"),
    "clipped_relu": lambda a, alpha, beta, theta: (
        (a > theta) * a.clip(max=beta) + (a <= theta) * alpha * (a - theta)),
    "sparse_sigmoid": lambda a: F.hardtanh(a) / 2 + 0.5,
    "squareplus": lambda a, alpha: (a + (a ** 2 + alpha) ** 0.5) / 2,
    "sparse_plus": lambda a: (a >= 1) * a + (a.abs() < 1) * (a + 1) ** 2 / 4,
    "step": lambda a: (a >= 0).type_as(a),
    "hard_sigmoid_old": lambda a: (0.2 * a + 0.5).clip(0, 1),
    "thresholded_relu": lambda a, alpha: F.threshold(a, alpha, 0),
    "scaled_tanh": lambda a, alpha, beta: alpha * (beta * a).tanh(),
    "affine": lambda a, alpha, beta: alpha * a + beta,
    "scaled_hard_sigmoid": lambda a, alpha, beta: (alpha * a + beta).clip(0, 1),
}

def given(x, steps, whole):
    left, state = set(whole), None
    for kind, name, sizes, options in steps:
        if kind == "function":
            function = FUNCTIONS.get(name) or getattr(F, name)
            x = function(x, *sizes)
        elif kind == "last":
            state = state[0] if isinstance(state, tuple) else state
            x = x[:, -1] if name == "output" else torch.cat(tuple(state[-2:]), -1)
        else:
            module = getattr(nn, kind)(*sizes, **options).eval()
            own = {key: whole[key] for key in whole if key.rpartition(".")[0] == name}
            module.load_state_dict({key.rpartition(".")[2]: own[key] for key in own}, strict=True)
            left -= set(own)
            turned = kind in ("BatchNorm1d", "PReLU") and x.ndim == 3
            x = module(x.mT).mT if turned else module(x)
            x, state = x if isinstance(x, tuple) else (x, state)
    assert not left, left
    return x

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.safetensors")):
    whole = load_file(path)
    with np.load(path.with_suffix(".npz")) as beside:
        assert sorted(beside) == sorted(whole)
        assert all(np.array_equal(beside[name], whole[name].numpy()) for name in whole)
    dtype, steps = json.loads(path.with_suffix(".json").read_text())
    torch.set_default_dtype(getattr(torch, dtype))
    x = torch.from_numpy(np.load(path.with_suffix(".npy")))
    with torch.no_grad():
        np.save(path.with_suffix(".out.npy"), given(x, steps, whole).numpy())
"""
"""For every ``.safetensors``: the same arrays in the ``.npz``, loaded strictly, run on x."""
