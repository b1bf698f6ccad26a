"""PyTorch's activations: the modules that are one, and what a script writes for all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncalc.conventions import spelling
from rnncalc.conventions.spelling import Spelling, simple, unknown, written
from rnncalc.equations.activations import Activation
from rnncalc.errors import RnncalcError, printable

MODULES = {
    "Tanh": Spelling("tanh"),
    "Sigmoid": Spelling("sigmoid"),
    "ReLU": Spelling("relu"),
    "Identity": Spelling("linear"),
    "Softmax": Spelling("softmax"),
    "LogSoftmax": Spelling("log_softmax"),
    "Softmin": Spelling("softmin"),
    "GLU": Spelling("glu"),
    "Softplus": Spelling("softplus"),
    "Softsign": Spelling("softsign"),
    "LogSigmoid": Spelling("log_sigmoid"),
    "ELU": Spelling("elu", {"alpha": "alpha"}, {"alpha": 1}),
    "CELU": Spelling("celu", {"alpha": "alpha"}, {"alpha": 1}),
    "SELU": Spelling("selu"),
    "GELU": Spelling("gelu"),
    "SiLU": Spelling("silu"),
    "Mish": Spelling("mish"),
    "LeakyReLU": Spelling("leaky_relu", {"negative_slope": "alpha"}, {"alpha": 0.01}),
    "ReLU6": Spelling("relu6"),
    "Threshold": Spelling("threshold", {"threshold": "alpha", "value": "beta"}),
    "Hardsigmoid": Spelling("hard_sigmoid"),
    "Hardswish": Spelling("hard_silu"),
    "Hardtanh": Spelling("hard_tanh", {"min_val": "alpha", "max_val": "beta"},
                         {"alpha": -1, "beta": 1}),
    "Hardshrink": Spelling("hard_shrink", {"lambd": "alpha"}, {"alpha": 0.5}),
    "Softshrink": Spelling("soft_shrink", {"lambd": "alpha"}, {"alpha": 0.5}),
    "Tanhshrink": Spelling("tanh_shrink"),
}  # fmt: skip
"""The classes of ``torch.nn`` and their attributes; what takes all units has ``dim`` besides."""

OPERATORS = {
    "tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "ReLU", "softmax": "Softmax",
    "log_softmax": "LogSoftmax", "softplus": "Softplus", "log_sigmoid": "LogSigmoid", "elu": "ELU",
    "celu": "CELU", "selu": "SELU", "gelu": "GELU", "silu": "SiLU", "mish": "Mish",
    "leaky_relu": "LeakyReLU", "relu6": "ReLU6", "hardsigmoid": "Hardsigmoid",
    "hardswish": "Hardswish", "hardtanh": "Hardtanh", "hardshrink": "Hardshrink",
    "softshrink": "Softshrink", "_softmax": "Softmax", "_log_softmax": "LogSoftmax",
}  # fmt: skip
"""The operators of ``torch.ops.aten`` that compute these; their arguments have the same names."""

BESIDES = {
    **dict.fromkeys(("Softmax", "LogSoftmax", "Softmin", "GLU"), ("dim",)),
    "GELU": ("approximate",),
    "Softplus": ("beta", "threshold"),
    "RReLU": ("lower", "upper"),
}
"""Attributes that change a function, and that are no parameter of ours."""

EXPRESSIONS = {
    "sparsemax": "sparsemax({})",
    "sparsemax_old": "sparsemax_old({})",
    "hardmax": "nn.functional.one_hot({0}.argmax(-1), {0}.shape[-1]).to({0}.dtype)",
    "scaled_softplus": "nn.functional.softplus({}, {alpha})",
    "gelu_tanh": "nn.functional.gelu({}, approximate='tanh')",
    "scaled_silu": "{0} * torch.sigmoid({alpha} * {0})",
    "clipped_relu": "torch.where({0} > {theta}, {0}.clip(max={beta}), {alpha} * ({0} - {theta}))",
    "thresholded_relu": "nn.functional.threshold({}, {alpha}, 0)",
    "scaled_tanh": "{alpha} * torch.tanh({beta} * {})",
    "affine": "{alpha} * {} + {beta}",
    "exp": "torch.exp({})",
    "scaled_hard_sigmoid": "torch.clip({alpha} * {} + {beta}, 0, 1)",
    "hard_sigmoid_old": "torch.clip(0.2 * {} + 0.5, 0, 1)",
    "sparse_sigmoid": "torch.clip(0.5 * {} + 0.5, 0, 1)",
    "squareplus": "({0} + torch.sqrt({0} * {0} + {alpha})) / 2",
    "sparse_plus": "torch.where({0} < 1, torch.clip({0} + 1, min=0) ** 2 / 4, {0})",
    "step": "torch.heaviside({0}, torch.ones_like({0}))",
    "sign": "torch.sign({})",
}
"""How a script writes those that no module is."""

SPARSEMAX = [
    "    ranked = x.sort(-1, descending=True)[0]",
    "    sums, counts = ranked.cumsum(-1), torch.arange(1, x.shape[-1] + 1, dtype=x.dtype)",
]
HELPERS = {
    "sparsemax": [
        "def sparsemax(x):",
        *SPARSEMAX,
        "    return torch.relu(x - ((sums - 1) / counts).amax(-1, keepdim=True))",
    ],
    "sparsemax_old": [
        "def sparsemax_old(x):",
        *SPARSEMAX,
        "    support = ranked - (sums - 1) / counts > 0",
        "    tau = ((support * sums).sum(-1, keepdim=True) - 1) / support.sum(-1, keepdim=True)",
        "    return torch.relu(x - tau)",
    ],
}
"""What takes more than a line."""


def of_module(kind: str, attributes: Mapping[str, Any]) -> Any:
    """Our activation for a module of PyTorch, as a config has it.

    Args:
        kind: its class in ``torch.nn``.
        attributes: as it has them.

    Errors: RnncalcError for a module that is none, and for settings that change the function.
    """
    if kind == "RReLU":  # in use: the mean of its bounds
        return {"name": "leaky_relu", "alpha": (attributes["lower"] + attributes["upper"]) / 2}
    if kind not in MODULES:
        raise unknown(f"nn.{kind}")
    if attributes.get("dim") not in (None, -1):
        raise RnncalcError(
            f"is taken over dim {printable(str(attributes['dim']))}, not over the last"
        )
    if kind == "GELU" and attributes.get("approximate") == "tanh":
        return "gelu_tanh"
    if kind == "Softplus" and attributes.get("threshold", 20) < 20:
        raise RnncalcError("is a Softplus with a threshold below PyTorch's own")
    if kind == "Softplus" and attributes.get("beta", 1) != 1:
        return {"name": "scaled_softplus", "alpha": float(attributes["beta"])}
    return simple(MODULES[kind].read(attributes))


def settings(kind: str) -> tuple[str, ...]:
    """The attributes of a module that is an activation, on which its function depends."""
    own = tuple(MODULES[kind].arguments) if kind in MODULES else ()
    return own + BESIDES.get(kind, ())


def expression(one: Activation, of: str) -> str:
    """How a script writes an activation of something."""
    if found := written(MODULES, one):
        name, arguments = found
        settings = [f"{key}={value!r}" for key, value in arguments.items()]
        settings += ["dim=-1"] if one.definition.together else []
        return f"nn.{name}({', '.join(settings)})({of})"
    return spelling.expression(EXPRESSIONS, one, "torch.inf", of)
