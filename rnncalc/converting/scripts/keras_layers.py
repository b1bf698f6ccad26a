"""The layers of a Keras script, each as the call that makes it."""

from __future__ import annotations

from collections.abc import Iterator

from rnncalc.conventions.keras_functions import body, own_name, spelled
from rnncalc.conventions.keras_words import CLASSES
from rnncalc.converting.to_keras import heads_of, loop_name
from rnncalc.converting.to_text import number
from rnncalc.equations.activations import Activation
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Function, Normalization, Output, Pooling, Prelu, Stateless


def recurrent(loop: tuple[Layer, ...], sequences: bool, *, states: bool = False) -> str:
    """A layer, or a loop of cells; in both directions where there are two.

    Args:
        sequences, states: whether it gives every timestep, and its final states.
    """
    first, last = loop[0], loop[-1]
    name = loop_name(loop)
    options = ["return_sequences=True"] if sequences else []
    options += ["return_state=True"] if states else []
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


def used(model: Model) -> list[Activation]:
    """Every function that a network computes."""
    found = [getattr(one, "activation", None) for one in heads_of(model).values()]
    for layer in model.layers:
        for one in layer.passes.values():
            found += [one.activation, one.recurrent_activation]
    return [one for one in found if isinstance(one, Activation)]


def functions(model: Model) -> Iterator[str]:
    """The lines of functions that Keras has under no name."""
    named = {own_name(one): one for one in used(model) if own_name(one)}
    for name, function in named.items():
        yield "@keras.saving.register_keras_serializable()"
        yield f"def {name}(a):"
        yield from (f"    {line}" for line in body(function))
        yield ""


def masking(model: Model) -> str:
    """What masks steps by their numbers."""
    return f'layers.Masking({number(float(model.masking or 0), "python")}, name="masking")'


def stateless(name: str, one: Stateless, timed: bool) -> str:
    """A layer without a state.

    Args:
        timed: whether it is given every timestep.
    """
    if isinstance(one, Prelu):
        return f'layers.PReLU({"shared_axes=[1], " * timed}name="{name}")'
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
        return f'layers.Activation({spelled(one.activation)}, name="{name}")'
    if isinstance(one, Pooling):
        kind = "Max" if one.kind == "max" else "Average"
        return f'layers.Global{kind}Pooling1D(name="{name}")'
    return f'layers.Flatten(name="{name}")'
