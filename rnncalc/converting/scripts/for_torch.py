"""A network as a PyTorch script: an nn.Module, its state dict, and its output for x."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.conventions.torch import MODULES
from rnncalc.conventions.torch_functions import HELPERS
from rnncalc.converting.joining import joined
from rnncalc.converting.naming import heads
from rnncalc.converting.refusal import refuse_loops, refused
from rnncalc.converting.scripts.script import Script
from rnncalc.converting.scripts.torch_steps import LENGTHS, called
from rnncalc.converting.stacked import numbers
from rnncalc.converting.to_torch import TITLE, recurrent, refuse_cells, stateless
from rnncalc.equations.activations import Activation
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Normalization, Output, Prelu

HEAD = ["import numpy as np", "import torch",
        "from torch import nn", ""]  # fmt: skip
PRINTED = {
    True: "    print(network(torch.from_numpy(NUMBERS['x'])).tolist())",
    False: "    print(network(torch.from_numpy(NUMBERS['x']))[0].tolist())",
}
"""What a script ends with, for a batch and for one sequence."""


def drafted(model: Model, *, recorded: bool = False) -> Script:
    """The script of a network.

    Errors: RnncalcError for what PyTorch's modules do not compute.
    """
    model = joined(model)
    refuse_cells(model)
    if model.mask is not None:
        raise refused("mask", f"{TITLE} has no masks")
    if model.lengths is not None and not np.all(model.lengths):
        raise refused("lengths", f"one is 0: {TITLE}'s packed sequences have a timestep at least")
    refuse_loops(model, TITLE)
    made = ["        super().__init__()"]
    made += [f"        self.{name} = {text}" for name, text in _modules(model)]
    lines = [
        f"torch.set_default_dtype(torch.{model.dtype})",
        *_lengths(model), *_helpers(model),
        "", "",
        "class Network(nn.Module):",
        "    def __init__(self):", *made,
        "",
        "    def forward(self, x):", *[f"        {line}" for line in called(model, recorded)],
        "", "",
        "network = Network().eval()",
        "weights = {name: NUMBERS[name] for name in network.state_dict() if name in NUMBERS}",
        "weights = {name: torch.from_numpy(array) for name, array in weights.items()}",
        "missing, _ = network.load_state_dict(weights, strict=False)",
        'assert all(name.endswith("num_batches_tracked") for name in missing), missing',
        "with torch.no_grad():",
    ]  # fmt: skip
    return Script(HEAD, lines, _arrays(model), PRINTED)


def _lengths(model: Model) -> list[str]:
    return [] if model.lengths is None else LENGTHS


def _helpers(model: Model) -> Iterator[str]:
    """The functions of the script's own that its activations are written with."""
    found = [getattr(one, "activation", None) for one in heads(model).values()]
    for name in dict.fromkeys(one.name for one in found if isinstance(one, Activation)):
        if name in HELPERS:
            yield from ("", "", *HELPERS[name])


def _arrays(model: Model) -> dict[str, Array]:
    """The tensors of all modules."""
    found: dict[str, Array] = {}
    if model.embedding:
        found["embedding.weight"] = numbers("W", model.embedding.weights, model.dtype)
    for layer in model.layers:
        one_way = replace(layer, direction="forward", order="input")  # x is turned around it
        found |= recurrent(one_way, layer.name, 0, model.dtype)
    for name, one in heads(model).items():
        if isinstance(one, (Output, Normalization, Prelu)):
            found |= stateless(name, one, model.dtype)
    return found


def _modules(model: Model) -> Iterator[tuple[str, str]]:
    """Each module by its name."""
    if model.embedding:
        ids, features = model.embedding.weights.shape
        yield "embedding", f"nn.Embedding({ids}, {features})"
    for layer in model.layers:
        yield layer.name, _recurrent(layer)
    for name, one in heads(model).items():
        if isinstance(one, Output):
            yield name, f"nn.Linear({one.takes}, {one.outputs})"
        if isinstance(one, Prelu):
            yield name, f"nn.PReLU({one.takes or 1})"
        if isinstance(one, Normalization):
            kind = "LayerNorm" if one.kind == "layer" else "BatchNorm1d"
            yield name, f"nn.{kind}({one.takes}, eps={float(one.epsilon)!r})"


def _recurrent(layer: Layer) -> str:
    options = ["batch_first=True"]
    options += ["bidirectional=True"] if layer.backward else []
    options += [f"proj_size={layer.state_size}"] if "W_r" in layer.weights else []
    if layer.cell == "rnn":
        options.append(f'nonlinearity="{layer.activation}"')
    biased = any(name.startswith("bias") for one in layer.passes.values() for name in one.weights)
    options += [] if biased else ["bias=False"]
    return f"{MODULES[layer.cell]}({layer.features}, {layer.units}, {', '.join(options)})"
