"""A network as a PyTorch script: an nn.Module, its state dict, and its output for x."""

from __future__ import annotations

from collections.abc import Iterator

from rnncalc.activations import Activation, Array
from rnncalc.conventions.torch import MODULES
from rnncalc.converting.joining import joined
from rnncalc.converting.naming import heads
from rnncalc.converting.refusal import refuse_loops
from rnncalc.converting.stacked import numbers
from rnncalc.converting.state_dict import TITLE, recurrent, refuse, stateless
from rnncalc.layer import Layer
from rnncalc.model import Model
from rnncalc.stateless import Flatten, Function, Normalization, Output, Pooling, Stateless

HEAD = ["from pathlib import Path  # noqa: F401", "", "import numpy as np", "import torch",
        "from torch import nn", ""]  # fmt: skip
LAST = {
    True: "    print(network(torch.from_numpy(NUMBERS['x'])).tolist())",
    False: "    print(network(torch.from_numpy(NUMBERS['x']))[0].tolist())",
}
"""What a script ends with, for a batch and for one sequence."""

FUNCTIONS = {
    "tanh": "torch.tanh({})", "sigmoid": "torch.sigmoid({})", "relu": "torch.relu({})",
    "softmax": "torch.softmax({}, -1)", "softplus": "nn.functional.softplus({})",
    "softsign": "nn.functional.softsign({})", "elu": "nn.functional.elu({}, {alpha})",
    "selu": "torch.selu({})", "gelu": "nn.functional.gelu({})", "silu": "nn.functional.silu({})",
    "leaky_relu": "nn.functional.leaky_relu({}, {alpha})",
    "thresholded_relu": "nn.functional.threshold({}, {alpha}, 0)",
    "scaled_tanh": "{alpha} * torch.tanh({beta} * {})", "affine": "{alpha} * {} + {beta}",
    "exp": "torch.exp({})", "hard_sigmoid": "nn.functional.hardsigmoid({})",
    "hard_sigmoid_old": "torch.clip(0.2 * {} + 0.5, 0, 1)",
    "scaled_hard_sigmoid": "torch.clip({alpha} * {} + {beta}, 0, 1)",
    "log_softmax": "torch.log_softmax({}, -1)",
}  # fmt: skip


def drafted(model: Model) -> tuple[list[str], dict[str, Array]]:
    """The lines behind the numbers, and the numbers.

    Errors: RnncalcError for what PyTorch's modules do not compute.
    """
    model = joined(model)
    refuse(model)
    refuse_loops(model, TITLE)
    made, called = ["        super().__init__()"], list(_called(model))
    made += [f"        self.{name} = {text}" for name, text in _modules(model)]
    lines = [
        f"torch.set_default_dtype(torch.{model.dtype})",
        "", "",
        "class Network(nn.Module):",
        "    def __init__(self):", *made,
        "",
        "    def forward(self, x):", *[f"        {line}" for line in called],
        "        return x",
        "", "",
        "network = Network().eval()",
        "weights = {name: NUMBERS[name] for name in network.state_dict() if name in NUMBERS}",
        "weights = {name: torch.from_numpy(array) for name, array in weights.items()}",
        "missing, _ = network.load_state_dict(weights, strict=False)",
        'assert all(name.endswith("num_batches_tracked") for name in missing), missing',
        "with torch.no_grad():",
    ]  # fmt: skip
    return lines, _arrays(model)


def _arrays(model: Model) -> dict[str, Array]:
    """The tensors of all modules."""
    found: dict[str, Array] = {}
    if model.embedding:
        found["embedding.weight"] = numbers("W", model.embedding.weights, model.dtype)
    for layer in model.layers:
        found |= recurrent(layer, layer.name, 0, model.dtype)
    for name, one in heads(model).items():
        if isinstance(one, (Output, Normalization)):
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


def _called(model: Model) -> Iterator[str]:
    """What happens to x, line by line."""
    named = {id(one): name for name, one in heads(model).items()}
    if model.embedding:
        yield "x = self.embedding(x)"
    for layer in model.layers:
        for one in layer.chain:
            yield from _stateless(named[id(one)], one, timed=True)
        yield f"x, state = self.{layer.name}(x)"
    last = model.layers[-1]
    single = model.mode == "many-to-one"
    rows = any(isinstance(one, (Pooling, Flatten)) for one in model.outputs)
    if single and not rows:
        computed = "state[0]" if last.cell == "lstm" else "state"
        both = last.backward and not last.return_sequences
        yield f"x = torch.cat(tuple({computed}), -1)" if both else "x = x[:, -1]"
    timed = not single or rows
    for one in model.outputs:
        yield from _stateless(named[id(one)], one, timed=timed)
        timed = timed and not isinstance(one, (Pooling, Flatten))


def _stateless(name: str, one: Stateless, *, timed: bool) -> Iterator[str]:
    """A layer without a state; ``timed``: whether x still has timesteps."""
    if isinstance(one, Output):
        yield f"x = self.{name}(x)"
    if isinstance(one, (Output, Function)):
        assert isinstance(one.activation, Activation)
        if one.activation.name != "linear":
            parameters = {key: repr(float(p)) for key, p in one.activation.parameters.items()}
            yield f"x = {FUNCTIONS[one.activation.name].format('x', **parameters)}"
    elif isinstance(one, Normalization):
        turned = one.kind == "batch" and timed  # its features are the second axis
        yield f"x = self.{name}(x.mT).mT" if turned else f"x = self.{name}(x)"
    elif isinstance(one, Pooling):
        yield "x = x.amax(1)" if one.kind == "max" else "x = x.mean(1)"
    else:
        yield "x = x.flatten(1)"
