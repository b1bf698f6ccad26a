"""A network as a Keras script: a Sequential model, its weights, and its output for x."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnncalc.activations import Activation, Array
from rnncalc.converting.joining import joined
from rnncalc.converting.keras_tree import CLASSES, Entry, entries, heads_of, loop_name, refuse
from rnncalc.layer import Layer
from rnncalc.model import Model
from rnncalc.stateless import Flatten, Function, Normalization, Output, Pooling, Stateless

HEAD = ["from pathlib import Path  # noqa: F401", "", "import keras", "import numpy as np",
        "from keras import layers, ops  # noqa: F401", ""]  # fmt: skip
LAST = {
    True: "print(keras.ops.convert_to_numpy(network(NUMBERS['x'])).tolist())",
    False: "print(keras.ops.convert_to_numpy(network(NUMBERS['x']))[0].tolist())",
}
"""What a script ends with, for a batch and for one sequence."""

NAMES = {"exp": "exponential"}
FUNCTIONS = {
    "elu": "keras.activations.elu(a, {alpha})",
    "leaky_relu": "keras.activations.leaky_relu(a, {alpha})",
    "thresholded_relu": "ops.where(a > {alpha}, a, 0)",
    "scaled_tanh": "{alpha} * ops.tanh({beta} * a)",
    "affine": "{alpha} * a + {beta}",
    "hard_sigmoid_old": "ops.clip(0.2 * a + 0.5, 0, 1)",
    "scaled_hard_sigmoid": "ops.clip({alpha} * a + {beta}, 0, 1)",
}
"""The functions that Keras has under no name, or under one with other parameters."""


def drafted(model: Model) -> tuple[list[str], dict[str, Array]]:
    """The lines behind the numbers, and the numbers.

    Errors: RnncalcError for what Keras' layers do not compute.
    """
    model = joined(model)
    refuse(model)
    whole = [entry for entry in entries(model) if entry.arrays]
    arrays = {f"{entry.name}/{i}": array for entry in whole for i, array in enumerate(_own(entry))}
    steps = model.flattened
    shape = (
        f"({steps},), dtype='int32'" if model.embedding else f"({steps}, {model.layers[0].takes})"
    )
    lines = [
        *_functions(model),
        f'keras.config.set_floatx("{model.dtype}")  # of inputs; the policy is that of layers',
        f'keras.config.set_dtype_policy("{model.dtype}")',
        "network = keras.Sequential([",
        f"    keras.Input({shape}),",
        *[f"    {line}," for line in _layers(model)],
        "])",
        "for layer in network.layers:",
        "    names = [name for name in NUMBERS if name.rpartition('/')[0] == layer.name]",
        "    layer.set_weights([NUMBERS[name] for name in names])",
    ]
    return lines, arrays


def _own(entry: Entry) -> list[Array]:
    return list(entry.arrays.values())


def _layers(model: Model) -> Iterator[str]:
    """The layers in their order."""
    named = {id(one): name for name, one in heads_of(model).items()}
    if model.masking is not None:
        yield f"layers.Masking({float(model.masking)!r})"
    if model.embedding:
        ids, features = model.embedding.weights.shape
        masks = ", mask_zero=True" if model.embedding.mask_zero else ""
        yield f'layers.Embedding({ids}, {features}{masks}, name="embedding")'
    rows = any(isinstance(one, (Pooling, Flatten)) for one in model.outputs)
    single = model.mode == "many-to-one" and not rows
    for loop in model.loops:
        for one in loop[0].chain:
            yield _stateless(named[id(one)], one)
        final = loop[-1] is model.layers[-1]
        sequences = not (single and final and not loop[-1].return_sequences)
        yield _recurrent(loop, sequences)
        if single and final and sequences:
            yield "layers.Lambda(lambda h: h[:, -1])"
    for one in model.outputs:
        yield _stateless(named[id(one)], one)


def _recurrent(loop: tuple[Layer, ...], sequences: bool) -> str:
    """A layer, or a loop of cells; in both directions where there are two."""
    first, last = loop[0], loop[-1]
    name = loop_name(loop)
    options = ["return_sequences=True"] if sequences else []
    if first.zero_output_for_mask and not first.backward:
        options.append("zero_output_for_mask=True")
    if not first.backward:
        more = options + (["go_backwards=True"] if first.direction == "backward" else [])
        return _one_way(loop, [*more, f'name="{name}"'])
    forward = _one_way(loop, options)
    backward = tuple(layer.backward for layer in loop if layer.backward)
    other = _one_way(backward, [*options, "go_backwards=True"])
    merge = None if last.merge == "none" else last.merge
    options = [f"merge_mode={merge!r}", f"backward_layer={other}", f'name="{name}"']
    return f"layers.Bidirectional({forward}, {', '.join(options)})"


def _one_way(cells: tuple[Layer, ...], options: list[str]) -> str:
    if len(cells) == 1:
        return f"layers.{CLASSES[cells[0].cell]}({', '.join(_settings(cells[0]) + options)})"
    listed = [f"layers.{CLASSES[one.cell]}Cell({', '.join(_settings(one))})" for one in cells]
    return f"layers.RNN([{', '.join(listed)}], {', '.join(options)})".replace(", )", ")")


def _settings(one: Layer) -> list[str]:
    """Units, functions and options of a cell, where they are not Keras' defaults."""
    settings = [str(one.units)]
    for key, default in (("activation", "tanh"), ("recurrent_activation", "sigmoid")):
        function = getattr(one, key)
        if function is not None and str(function) != default:
            settings.append(f"{key}={spelled(function)}")
    settings += ["reset_after=False"] if one.reset_after is False else []
    biased = any(name.startswith("bias") for name in one.weights)
    return settings + ([] if biased else ["use_bias=False"])


def spelled(function: Activation) -> str:
    """An activation as Keras takes it: a name, or a function of the script."""
    return _own_name(function) or f'"{NAMES.get(function.name, function.name)}"'


def _own_name(function: Activation) -> str:
    """What the script calls a function that Keras has under no name; nothing for others."""
    usual = function.name == "elu" and function.parameters["alpha"] == 1
    if function.name not in FUNCTIONS or usual:
        return ""
    parts = [function.name, *(f"{float(p)!r}" for p in function.parameters.values())]
    return re.sub(r"\W", "_", "_".join(parts))


def _functions(model: Model) -> Iterator[str]:
    """The lines of functions that Keras has under no name."""
    used = [getattr(one, "activation", None) for one in heads_of(model).values()]
    for layer in model.layers:
        for one in layer.passes.values():
            used += [one.activation, one.recurrent_activation]
    named = {_own_name(one): one for one in used if isinstance(one, Activation) and _own_name(one)}
    for name, function in named.items():
        parameters = {key: repr(float(p)) for key, p in function.parameters.items()}
        yield "@keras.saving.register_keras_serializable()"
        yield f"def {name}(a):"
        yield f"    return {FUNCTIONS[function.name].format(**parameters)}"
        yield ""


def _stateless(name: str, one: Stateless) -> str:
    """A layer without a state."""
    if isinstance(one, Output):
        assert isinstance(one.activation, Activation)
        function = (
            "" if one.activation.name == "linear" else f", activation={spelled(one.activation)}"
        )
        return f'layers.Dense({one.outputs}{function}, name="{name}")'
    if isinstance(one, Normalization):
        kind = f"{one.kind.capitalize()}Normalization"
        return f'layers.{kind}(epsilon={float(one.epsilon)!r}, name="{name}")'
    if isinstance(one, Function):
        assert isinstance(one.activation, Activation)
        return f"layers.Activation({spelled(one.activation)})"
    if isinstance(one, Pooling):
        return f"layers.Global{'Max' if one.kind == 'max' else 'Average'}Pooling1D()"
    return "layers.Flatten()"
