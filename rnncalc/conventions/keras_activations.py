"""Keras' activations: its functions by name and version, its layers that are one, and what a script
writes.

Keras 2 and 3 mean different functions by ``hard_sigmoid``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rnncalc.conventions.keras import class_of
from rnncalc.conventions.keras_options import check
from rnncalc.conventions.keras_versions import Version
from rnncalc.conventions.spelling import Spelling, expression, simple, unknown, written
from rnncalc.equations.activations import Activation
from rnncalc.errors import RnncalcError, printable

FUNCTIONS = {
    **{name: Spelling(name) for name in (
        "relu", "relu6", "softmax", "log_softmax", "selu", "softplus", "softsign",
        "sparse_plus", "silu", "gelu", "glu", "tanh", "tanh_shrink", "sigmoid", "sparse_sigmoid",
        "log_sigmoid", "hard_sigmoid", "hard_silu", "linear", "mish",
    )},
    "exponential": Spelling("exp"),
    "hard_tanh": Spelling("hard_tanh", {}, {"alpha": -1, "beta": 1}),
    "elu": Spelling("elu", {"alpha": "alpha"}, {"alpha": 1}),
    "celu": Spelling("celu", {"alpha": "alpha"}, {"alpha": 1}),
    "leaky_relu": Spelling("leaky_relu", {"negative_slope": "alpha"}, {"alpha": 0.2}),
    "soft_shrink": Spelling("soft_shrink", {"threshold": "alpha"}, {"alpha": 0.5}),
    "hard_shrink": Spelling("hard_shrink", {"threshold": "alpha"}, {"alpha": 0.5}),
    "squareplus": Spelling("squareplus", {"b": "alpha"}, {"alpha": 4}),
    "threshold": Spelling("threshold", {"threshold": "alpha", "default_value": "beta"}),
}  # fmt: skip
"""The functions of Keras 3, and the arguments that a call of them may have; a name has none."""

ALSO = {"swish": "silu", "hard_swish": "hard_silu"}
"""What Keras calls them besides."""

LAST_OLD_SPARSEMAX = (3, 15)
READ = FUNCTIONS | {"sparsemax": Spelling("sparsemax_old")}
"""What files mean by a name; a script does not write one whose meaning changed."""

OLD = {
    **{name: FUNCTIONS[name] for name in (
        "relu", "relu6", "softmax", "log_softmax", "elu", "selu", "softplus", "softsign", "silu",
        "gelu", "tanh", "sigmoid", "exponential", "linear", "leaky_relu", "mish",
    )},
    "hard_sigmoid": Spelling("hard_sigmoid_old"),
}  # fmt: skip
"""Those of Keras 1 and 2; another name in their files is that of somebody's own function."""

LAYERS = {
    "LeakyReLU": Spelling("leaky_relu", {"alpha": "alpha", "negative_slope": "alpha"},
                          {"alpha": 0.3}),
    "ELU": Spelling("elu", {"alpha": "alpha"}, {"alpha": 1}),
    "ThresholdedReLU": Spelling("thresholded_relu", {"theta": "alpha"}, {"alpha": 1}),
    "ReLU": Spelling(
        "clipped_relu", {"negative_slope": "alpha", "max_value": "beta", "threshold": "theta"},
        {"alpha": 0, "beta": float("inf"), "theta": 0},
    ),
}  # fmt: skip
"""The layers that are a function of each number; ``Activation`` and ``Softmax`` are besides."""

ACTIVATION_LAYERS = ("Activation", "Softmax", *LAYERS)
"""All layers that are an activation and nothing else."""

EXPRESSIONS = {
    "softmin": "ops.softmax(-a)",
    "hardmax": "ops.one_hot(ops.argmax(a, -1), a.shape[-1], dtype=a.dtype)",
    "scaled_softplus": "ops.softplus({alpha} * a) / {alpha}",
    "gelu_tanh": "keras.activations.gelu(a, approximate=True)",
    "scaled_silu": "a * ops.sigmoid({alpha} * a)",
    "clipped_relu": "keras.activations.relu(a, {alpha}, {beta}, {theta})",
    "thresholded_relu": "ops.where(a > {alpha}, a, 0)",
    "scaled_tanh": "{alpha} * ops.tanh({beta} * a)",
    "affine": "{alpha} * a + {beta}",
    "scaled_hard_sigmoid": "ops.clip({alpha} * a + {beta}, 0, 1)",
    "hard_sigmoid_old": "ops.clip(0.2 * a + 0.5, 0, 1)",
    "hard_tanh": "ops.clip(a, {alpha}, {beta})",
    "step": "ops.cast(a >= 0, a.dtype)",
    "sign": "ops.sign(a)",
}
"""How a script writes those that Keras 3 has under no name, or under one for other numbers."""


IN_FLOAT32 = ("gelu", "gelu_tanh", "leaky_relu")
"""TensorFlow has the constants of these in float32, also where it computes in float64."""


def activation(given: Any, version: Version) -> Any:
    """Our activation for what a config has: a name, a serialised layer or function, or nothing.

    Errors: RnncalcError for one that is not known, or somebody's own.
    """
    if given is None:
        return "linear"
    if isinstance(given, Mapping):
        return _serialised(given, version)
    name = ALSO.get(str(given), str(given))
    if name == "hard_sigmoid" and version.old is None:
        message = f"has the activation {name}, which is another function in Keras 2 than in Keras 3"
        raise RnncalcError(f"{message}, and the file does not say which wrote it")
    if name == "sparsemax" and version.number > LAST_OLD_SPARSEMAX:
        return name
    found = (OLD if version.old else READ).get(name)
    if found is None:
        raise unknown(given)
    if any(ours not in found.defaults for ours in found.arguments.values()):
        raise RnncalcError(f"has the activation '{name}', which no file says the arguments of")
    return simple(found.read({}))


DOUBTFUL = {
    "hard_sigmoid_old": (
        "{}: hard_sigmoid is computed as Keras 2 does, clip(0.2 x + 0.5, 0, 1); "
        "Keras 3 means another function by it, and gives other numbers for this file"
    ),
    "sparsemax_old": (
        "{}: sparsemax is computed as Keras until 3.15.1 does, by which its numbers need not sum "
        "to 1; later versions compute sparsemax itself, and give other numbers for this file"
    ),
}


def doubtful(layer: str, ours: Any, version: Version) -> list[str]:
    """What is told of a layer's activation that versions of Keras mean different functions by;
    nothing of files that no other version opens.
    """
    known = str(ours) in DOUBTFUL and not version.first
    return [DOUBTFUL[ours].format(printable(layer))] if known else []


def _serialised(given: Mapping[str, Any], version: Version) -> Any:
    kind, config = given.get("class_name"), given.get("config")
    if kind == "function" and isinstance(config, str):
        if given.get("registered_name") not in (None, "function", config):
            raise RnncalcError(f"has an activation of its own, '{printable(config)}'")
        return activation(config, version)
    if isinstance(kind, str) and isinstance(config, Mapping):
        kind = class_of(given)
        check(kind, config)
        return of_layer(kind, config, version)
    raise RnncalcError(f"has an activation that is not known here: {printable(str(given))}")


def of_layer(kind: str, config: Mapping[str, Any], version: Version) -> Any:
    """The activation that a layer of its own is: ``Activation``, ``LeakyReLU``, ``Softmax`` ...

    Errors: RnncalcError for settings that change the function, and for other classes.
    """
    if kind == "Activation":
        return activation(config.get("activation"), version)
    if kind == "Softmax" and config.get("axis", -1) in (-1, [-1]):
        return "softmax"
    if kind in LAYERS:
        theirs = LAYERS[kind].arguments
        return _plainest(LAYERS[kind].read({key: _number(config.get(key)) for key in theirs}))
    setting = printable(f"axis {config['axis']}" if config.get("axis") else kind, 100)
    message = f"is a {printable(kind)} with settings that are not computed here"
    raise RnncalcError(f"{message}: {setting}")


def _number(given: Any) -> Any:
    """A number of a config, which Keras may have serialised."""
    config = given.get("config") if isinstance(given, Mapping) else None
    return config.get("value") if isinstance(config, Mapping) else given


PLAIN = {(0, float("inf"), 0): "relu", (0, 6, 0): "relu6"}


def _plainest(config: dict[str, Any]) -> Any:
    """A rectifier by the shortest of its names."""
    if config["name"] != "clipped_relu":
        return config
    alpha, beta, theta = (config[key] for key in ("alpha", "beta", "theta"))
    if (beta, theta) == (float("inf"), 0) and alpha:
        return {"name": "leaky_relu", "alpha": alpha}
    return PLAIN.get((alpha, beta, theta), config)


def spelled(one: Activation) -> str:
    """An activation as Keras takes it: a name in quotes, or a function of the script."""
    return own_name(one) or f'"{_named(one)}"'


def own_name(one: Activation) -> str:
    """What a script calls a function that Keras has under no name; nothing for others."""
    if _named(one):
        return ""
    parts = [one.name, *(f"{float(p)!r}" for p in one.parameters.values())]
    return re.sub(r"\W", "_", "_".join(parts).replace("-", "minus_"))


SPARSEMAX = [
    "ranked = ops.flip(ops.sort(a), -1)",
    "sums = ops.cumsum(ranked, -1)",
    "counts = ops.arange(1, a.shape[-1] + 1, dtype=a.dtype)",
]
BODIES = {
    "sparsemax": [
        *SPARSEMAX,
        "return ops.relu(a - ops.max((sums - 1) / counts, -1, keepdims=True))",
    ],
    "sparsemax_old": [
        *SPARSEMAX,
        "support = ops.cast(ranked - (sums - 1) / counts > 0, a.dtype)",
        "tau = ops.sum(support * sums, -1, keepdims=True) - 1",
        "return ops.relu(a - tau / ops.sum(support, -1, keepdims=True))",
    ],
}
"""Those that take more than one line."""


def body(one: Activation) -> list[str]:
    """What such a function does with ``a``."""
    return BODIES.get(one.name) or [f"return {_expression(one)}"]


def _expression(one: Activation) -> str:
    if found := written(FUNCTIONS, one):
        name, arguments = found
        more = "".join(f", {key}={value!r}" for key, value in arguments.items())
        return f"keras.activations.{name}(a{more})"
    return expression(EXPRESSIONS, one, "np.inf")


def _named(one: Activation) -> str:
    """Keras' own name, where it says all."""
    name, arguments = written(FUNCTIONS, one) or ("", {})
    return "" if arguments else name
