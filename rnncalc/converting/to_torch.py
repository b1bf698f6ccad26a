"""A network as PyTorch's state dict: ``lstm.weight_ih_l0_reverse``, ``fc.weight``.

Layers that one nn.LSTM(num_layers=...) may hold, and that are named so (``lstm.0``, ``lstm.1``),
stand in one module; every other layer is a module of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from rnncalc.array import Array
from rnncalc.conventions.torch import MODULES
from rnncalc.converting.naming import heads
from rnncalc.converting.refusal import (
    lone_functions,
    refuse_directions,
    refuse_loops,
    refuse_masks,
    refuse_options,
    refused,
)
from rnncalc.converting.stacked import numbers, stacked
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Normalization, Output, Prelu, Stateless

TITLE = "PyTorch"
FUNCTIONS = {"rnn": ("tanh", "relu"), "gru": ("tanh",), "lstm": ("tanh",)}
"""What the modules of each cell compute with."""

Named = tuple[dict[str, Array], list[str], tuple[str, ...]]


def arrays(model: Model) -> Named:
    """The tensors by name; what is told of them; the modules in the order in which they run.

    Errors: RnncalcError for what PyTorch's modules do not compute.
    """
    refuse(model)
    for chain in (*(layer.chain for layer in model.layers), model.outputs):
        lone_functions(chain, "a state dict")
    notes = refuse_loops(model, TITLE)
    found: dict[str, Array] = {}
    order: list[str] = []
    if model.embedding:
        found["embedding.weight"] = numbers("W", model.embedding.weights, model.dtype)
        order.append("embedding")
    named = {id(one): name for name, one in heads(model).items()}
    places = dict(zip((layer.name for layer in model.layers), modules(model), strict=True))
    for layer in model.layers:
        before = [(named[id(one)], one) for one in layer.chain]
        for name, one in before:
            found |= stateless(name, one, model.dtype)
        module, number = places[layer.name]
        found |= recurrent(layer, module, number, model.dtype)
        order += [name for name, _ in before] + [layer.name]
    for one in model.outputs:
        found |= stateless(named[id(one)], one, model.dtype)
        order.append(named[id(one)])
    return found, notes + _notes(model), tuple(order)


def refuse(model: Model) -> None:
    """Errors: RnncalcError for what PyTorch's modules do not compute by themselves."""
    refuse_directions(model, TITLE)
    for layer in model.layers:
        if layer.backward and layer.merge not in ("concat", "none"):
            raise refused(
                layer.name, f"merge {layer.merge}: {TITLE} only puts directions side by side"
            )
    refuse_cells(model)


def refuse_cells(model: Model) -> None:
    """Errors: RnncalcError for what PyTorch's modules do not compute whatever stands around."""
    refuse_options(model, TITLE)
    refuse_masks(model, TITLE)
    for layer in model.layers:
        _refuse_functions(layer)
        _refuse_unequal(layer)


def _refuse_functions(layer: Layer) -> None:
    for one in layer.passes.values():
        module = MODULES[one.cell]
        known = FUNCTIONS[one.cell]
        if str(one.activation) not in known:
            what = f"{module} has activation {' or '.join(known)}, this layer {one.activation}"
            raise refused(layer.name, what)
        if one.recurrent_activation is not None and str(one.recurrent_activation) != "sigmoid":
            what = f"{module} has recurrent_activation sigmoid, this layer"
            raise refused(layer.name, f"{what} {one.recurrent_activation}")


def _refuse_unequal(layer: Layer) -> None:
    """Both directions of a module have one size, one function, and biases or none."""
    other = layer.backward
    if other is None:
        return
    for what in ("cell", "units", "state_size", "activation"):
        ours, theirs = getattr(layer, what), getattr(other, what)
        if ours != theirs:
            found = f"{what.replace('_', ' ')} {ours} forward and {theirs} backward"
            raise refused(layer.name, f"{found}: {TITLE}'s directions are alike")


def modules(model: Model) -> list[tuple[str, int]]:
    """For each layer its module, and which layer of that it is."""
    layers = model.layers
    places: list[tuple[str, int]] = []
    run: list[Layer] = []
    for layer in layers:
        match = re.fullmatch(r"(.+)\.(\d+)", layer.name)
        if match and run and match[2] == str(len(run)) and _fits(run, layer, match[1]):
            run.append(layer)
            places.append((match[1], len(run) - 1))
            continue
        first = match is not None and match[2] == "0"
        run = [layer] if first else []
        places.append((match[1], 0) if match and first else (layer.name, 0))
    return _settled(places, model)


def _fits(run: list[Layer], layer: Layer, base: str) -> bool:
    """Whether a layer may stand in one module with those below it."""
    below = run[-1]
    alike = ("cell", "units", "state_size", "activation")
    same = all(getattr(below, what) == getattr(layer, what) for what in alike)
    biased = [any(key.startswith("bias") for key in one.weights) for one in (below, layer)]
    named = below.name == f"{base}.{len(run) - 1}"
    return (
        same
        and named
        and biased[0] == biased[1]
        and not layer.chain
        and ((below.backward is None) == (layer.backward is None))
    )


def _settled(places: list[tuple[str, int]], model: Model) -> list[tuple[str, int]]:
    """A module of one layer keeps the layer's whole name; so do those beside what does not fit."""
    names = [*heads(model), *(module for module, _ in places)]
    several = {module for module, number in places if number}
    several -= {base for base in several if any(name.startswith(f"{base}.") for name in names)}
    return [
        (module, number) if module in several else (layer.name, 0)
        for (module, number), layer in zip(places, model.layers, strict=True)
    ]


def recurrent(layer: Layer, module: str, number: int, dtype: str) -> dict[str, Array]:
    """The tensors of a layer, those of its second direction with ``_reverse``."""
    ways = layer.passes
    biased = any(key.startswith("bias") for one in ways.values() for key in one.weights)
    found: dict[str, Array] = {}
    for way, one in ways.items():
        own = stacked(one, layer.name, "torch", dtype)
        if biased and "bias_ih" not in own:  # both directions have biases or none
            own |= dict.fromkeys(("bias_ih", "bias_hh"), np.zeros_like(own["weight_ih"][:, 0]))
        end = f"_l{number}" + "_reverse" * (way == "backward")
        found |= {f"{module}.{name}{end}": array for name, array in own.items()}
    return found


def stateless(name: str, one: Stateless, dtype: str) -> dict[str, Array]:
    """The tensors of a layer without a state.

    Errors: RnncalcError for one that has none.
    """
    if isinstance(one, Output):
        return {
            f"{name}.weight": numbers("W_y", one.W_y, dtype),
            f"{name}.bias": numbers("bias", one.bias, dtype),
        }
    if isinstance(one, Prelu):
        return {f"{name}.weight": numbers("alpha", one.alpha, dtype)}
    if isinstance(one, Normalization):
        return dict(_normalization(name, one, dtype))
    raise refused(name, f"{one}: a state dict holds weights only, and this has none")


def _normalization(name: str, one: Normalization, dtype: str) -> Iterator[tuple[str, Array]]:
    """Scale and shift, be they 1 and 0; what was measured."""
    size = one.takes or 0
    for theirs, given, neutral in (("weight", one.gamma, 1.0), ("bias", one.beta, 0.0)):
        array = np.full(size, neutral) if given is None else given
        yield f"{name}.{theirs}", numbers(theirs, array, dtype)
    if one.kind == "batch":
        yield f"{name}.running_mean", numbers("mean", one.mean, dtype)
        yield f"{name}.running_var", numbers("variance", one.variance, dtype)


def _notes(model: Model) -> list[str]:
    """What is no weight, and how PyTorch has it."""
    notes = []
    for layer in model.layers:
        if layer.backward and not layer.return_sequences:
            notes.append(
                f"{layer.name}: what each direction computed last is h_n in PyTorch, "
                "not output[:, -1]"
            )
    for name, one in heads(model).items():
        if isinstance(one, Output) and str(one.activation) != "linear":
            notes.append(f"{name}: {one.activation} follows nn.Linear in the code")
    return notes
