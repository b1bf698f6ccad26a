"""A network as a PyTorch script: an nn.Module, its state dict, and its output for x.

The modules come first, then what happens to x, line by line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.conventions.torch import MODULES
from rnncalc.conventions.torch_activations import HELPERS, expression
from rnncalc.converting.draft import Script
from rnncalc.converting.joining import joined
from rnncalc.converting.naming import heads
from rnncalc.converting.refusal import refuse_loops, refused
from rnncalc.converting.scripts.given import started, starts
from rnncalc.converting.stacked import numbers
from rnncalc.converting.to_torch import TITLE, recurrent, refuse_cells, stateless
from rnncalc.equations.activations import Activation
from rnncalc.model.chain import cut
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Function, Normalization, Output, Pooling, Prelu, Stateless

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


LENGTHS = [
    "lengths = torch.from_numpy(NUMBERS['lengths'])",
    "", "",
    "def packed(x):",
    "    return nn.utils.rnn.pack_padded_sequence("
    "x, lengths, batch_first=True, enforce_sorted=False)",
    "", "",
    "def padded(x, timesteps):",
    "    return nn.utils.rnn.pad_packed_sequence("
    "x, batch_first=True, total_length=timesteps)[0]",
    "", "",
    "def past(x):",
    "    return (torch.arange(x.shape[1]) >= lengths[:, None])[..., None]",
    "", "",
    "def turned(x):",
    "    t, end = torch.arange(x.shape[1]), lengths[:, None]",
    "    t = torch.where(t < end, end - 1 - t, t)",
    "    return x.take_along_dim(t[..., None], 1)",
]  # fmt: skip
"""What a script of padded sequences can do besides."""


def called(model: Model, recorded: bool) -> Iterator[str]:
    """What happens to x.

    Args:
        recorded: whether h and the final states are given, too.
    """
    if model.embedding:
        yield "x = self.embedding(x)"
    keeps = recorded or started(model) or model.mode == "one-to-many"
    if keeps:
        yield f"states = {{{', '.join(map(_start, model.layers))}}}"
    if model.mode == "one-to-many":
        yield from _fed_back(model, recorded)
        return
    for layer in model.layers:
        yield from _layer(model, layer, keeps)
    if recorded:
        yield "h = x"
    yield from _outcome(model, keeps)
    yield "return x, h, states" if recorded else "return x"


def _fed_back(model: Model, recorded: bool) -> Iterator[str]:
    """One-to-many: a step at a time."""
    yield "first, h, y = x, [], []"
    yield f"for _ in range({model.timesteps}):"
    for layer in model.layers:
        yield from (f"    {line}" for line in _layer(model, layer, True))
    yield "    h.append(x)"
    for name, one in _named(model, model.outputs):
        yield from (f"    {line}" for line in _stateless(name, one, timed=True))
    yield "    y.append(x)"
    if model.feedback != "y":
        yield f"    x = {_next(model)}"
    yield (
        "return torch.cat(y, 1), torch.cat(h, 1), states" if recorded else "return torch.cat(y, 1)"
    )


def _next(model: Model) -> str:
    """What is read next, where it is not y."""
    if model.feedback != "argmax":
        return "first" if model.feedback == "x" else "torch.zeros_like(first)"
    if model.embedding:
        return "self.embedding(x.argmax(-1))"
    return f"nn.functional.one_hot(x.argmax(-1), {model.features}).to(x.dtype)"


def _start(layer: Layer) -> str:
    """The initial states of a layer by its name."""
    names = ("h0", "c0") if layer.cell == "lstm" else ("h0",)
    arrays = [f"torch.from_numpy(NUMBERS['{layer.name}.{name}'])" for name in names]
    text = f"({', '.join(arrays)})" if len(arrays) > 1 else arrays[0]
    return f"'{layer.name}': {text if starts(layer) else None}"


def _named(model: Model, chain: tuple[Stateless, ...]) -> Iterator[tuple[str, Stateless]]:
    names = {id(one): name for name, one in heads(model).items()}
    yield from ((names[id(one)], one) for one in chain)


def _layer(model: Model, layer: Layer, keeps: bool) -> Iterator[str]:
    """A recurrent layer, and those without a state in front of it."""
    for name, one in _named(model, layer.chain):
        yield from _stateless(name, one, timed=True)
    padded, backward = model.lengths is not None, layer.direction == "backward"
    turned = "x = turned(x)" if padded else "x = x.flip(1)"
    if backward:
        yield turned
    state = f"states['{layer.name}']" if keeps else "state"
    x = "packed(x)" if padded else "x"
    given = f"{x}, {state}" if keeps else x
    if padded:
        yield "timesteps = x.shape[1]"
    yield f"x, {state} = self.{layer.name}({given})"
    if padded:
        yield "x = padded(x, timesteps)"
    between = all(loop[-1] is not layer for loop in model.loops)  # cells of one loop share its time
    if backward and (layer.order == "input" or between):
        yield turned
    yield from _merged(layer)


MERGED = {"sum": "a + b", "mul": "a * b", "ave": "(a + b) / 2"}


def _merged(layer: Layer) -> Iterator[str]:
    """Two directions as one, where they do not stay side by side."""
    if layer.merge in MERGED:
        yield "a, b = x.chunk(2, -1)"
        yield f"x = {MERGED[layer.merge]}"


def _outcome(model: Model, keeps: bool) -> Iterator[str]:
    """From the last recurrent layer on."""
    at = cut(model.outputs)
    single = model.mode == "many-to-one"
    if single and at is None:
        yield from _last(model, keeps)
    timed = not single or at is not None
    for name, one in _named(model, model.outputs):
        yield from _stateless(name, one, timed=timed, padded=model.lengths is not None)
        timed = timed and one is not (None if at is None else model.outputs[at])


def _last(model: Model, keeps: bool) -> Iterator[str]:
    """What many-to-one takes: the last timestep, or what each direction computed last."""
    last = model.layers[-1]
    if last.return_sequences or (last.direction == "forward" and not last.backward):
        ends = "x = x[torch.arange(len(x)), lengths - 1]"
        yield "x = x[:, -1]" if model.lengths is None else ends
        return
    state = f"states['{last.name}']" if keeps else "state"
    yield f"x = torch.cat(tuple({state}{'[0]' * (last.cell == 'lstm')}), -1)"
    yield from _merged(last)


def _stateless(name: str, one: Stateless, *, timed: bool, padded: bool = False) -> Iterator[str]:
    """A layer without a state; ``timed``: whether x still has timesteps."""
    if isinstance(one, Output):
        yield f"x = self.{name}(x)"
    if isinstance(one, (Output, Function)):
        assert isinstance(one.activation, Activation)
        if one.activation.name != "linear":
            yield f"x = {expression(one.activation, 'x')}"
    elif isinstance(one, Normalization):
        yield _second(name, timed and one.kind == "batch")
    elif isinstance(one, Prelu):
        yield _second(name, timed and one.takes is not None)
    elif isinstance(one, Pooling):
        yield _pooled(one.kind, padded)
    else:
        yield "x = x.flatten(1)"


def _second(name: str, turned: bool) -> str:
    """A module, perhaps one that takes the second axis for the features."""
    return f"x = self.{name}(x.mT).mT" if turned else f"x = self.{name}(x)"


def _pooled(kind: str, padded: bool) -> str:
    """One row of all timesteps that are no padding."""
    if kind == "max":
        return f"x = x{'.masked_fill(past(x), -torch.inf)' * padded}.amax(1)"
    return "x = x.masked_fill(past(x), 0).sum(1) / lengths[:, None]" if padded else "x = x.mean(1)"
