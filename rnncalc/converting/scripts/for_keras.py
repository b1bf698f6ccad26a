"""A network as a Keras script: a Sequential model, its weights, and its output for x.

Where a Sequential model cannot say it all, what happens to x stands there line by line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rnncalc.array import Array
from rnncalc.conventions.keras import CLASSES
from rnncalc.conventions.keras_activations import body, own_name, spelled
from rnncalc.converting.draft import Script
from rnncalc.converting.joining import joined
from rnncalc.converting.refusal import refuse_options, refused
from rnncalc.converting.scripts.given import started, starts
from rnncalc.converting.to_keras import WeightEntry, entries, heads_of, loop_name, timed
from rnncalc.converting.to_text import number
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.model.chain import cut
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import (
    Flatten,
    Function,
    Normalization,
    Output,
    Pooling,
    Prelu,
    Stateless,
)
from rnncalc.running.inputs import masks

HEAD = ["import keras", "import numpy as np",
        "from keras import layers, ops  # noqa: F401", ""]  # fmt: skip
PRINTED = {
    True: "print(keras.ops.convert_to_numpy(network(NUMBERS['x'])).tolist())",
    False: "print(keras.ops.convert_to_numpy(network(NUMBERS['x']))[0].tolist())",
}
"""What a script ends with, for a batch and for one sequence."""


def drafted(model: Model, *, recorded: bool = False) -> Script:
    """The script of a network: a Sequential model where that says all.

    Errors: RnncalcError for what Keras' layers do not compute.
    """
    model = joined(model)
    refuse_options(model, "Keras")
    lines = [
        *functions(model),
        f'keras.config.set_floatx("{model.dtype}")  # of inputs; the policy is that of layers',
        f'keras.config.set_dtype_policy("{model.dtype}")',
    ]
    lines += called(model, recorded) if recorded or _calls(model) else _sequential(model)
    whole = [entry for entry in entries(model) if entry.arrays]
    arrays = {f"{entry.name}/{i}": array for entry in whole for i, array in enumerate(_own(entry))}
    return Script(HEAD, lines, arrays, PRINTED)


def _calls(model: Model) -> bool:
    """Whether it takes more than a Sequential model."""
    given = any(getattr(model, key) is not None for key in ("lengths", "mask"))
    fed_back = model.mode == "one-to-many"
    halved = any(one.halves for one in used(model))  # Keras' layers expect as much as comes in
    return given or fed_back or halved or started(model) or any(map(turned, model.loops))


def _sequential(model: Model) -> list[str]:
    steps = model.flattened
    shape = (
        f"({steps},), dtype='int32'" if model.embedding else f"({steps}, {model.layers[0].takes})"
    )
    return [
        "network = keras.Sequential([",
        f"    keras.Input({shape}),",
        *[f"    {line}," for line in _layers(model)],
        "])",
        "for layer in network.layers:",
        "    names = [name for name in NUMBERS if name.rpartition('/')[0] == layer.name]",
        "    layer.set_weights([NUMBERS[name] for name in names])",
    ]


def _own(entry: WeightEntry) -> list[Array]:
    return list(entry.arrays.values())


def _layers(model: Model) -> Iterator[str]:
    """The layers in their order."""
    named = {id(one): name for name, one in heads_of(model).items()}
    if model.masking is not None:
        yield masking(model)
    if model.embedding:
        ids, features = model.embedding.weights.shape
        masks = ", mask_zero=True" if model.embedding.mask_zero else ""
        yield f'layers.Embedding({ids}, {features}{masks}, name="embedding")'
    rows = any(isinstance(one, (Pooling, Flatten)) for one in model.outputs)
    single = model.mode == "many-to-one" and not rows
    for loop in model.loops:
        for one in loop[0].chain:
            yield stateless(named[id(one)], one, timed(model, one))
        final = loop[-1] is model.layers[-1]
        sequences = not (single and final and not loop[-1].return_sequences)
        yield recurrent(loop, sequences)
        if single and final and sequences:
            yield 'layers.Lambda(lambda h: h[:, -1], name="last")'
    for one in model.outputs:
        yield stateless(named[id(one)], one, timed(model, one))


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
    heads = model.stateless if model.wiring else heads_of(model).values()
    found = [getattr(one, "activation", None) for one in heads]
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


Loop = tuple[Layer, ...]

READY = [
    "def ready(name, x):",
    "    layer = parts[name]",
    "    if not layer.built:",
    "        layer.build(tuple(x.shape))",
    "        own = [key for key in NUMBERS if key.rpartition('/')[0] == name]",
    "        layer.set_weights([NUMBERS[key] for key in own])",
    "    return layer",
]
"""A layer that has its weights as soon as x tells its shape."""


def called(model: Model, recorded: bool) -> list[str]:
    """The layers by name, and a function that calls them.

    Args:
        recorded: whether h and the final states are given, too.

    Errors: RnncalcError for what Keras' layers do not compute of masked or padded steps.
    """
    model = _zeroed(model)
    _refuse_masked(model)
    steps = _fed_back if model.mode == "one-to-many" else _through
    return [
        "parts = {",
        *(f"    {name!r}: {text}," for name, text in _parts(model)),
        "}",
        "", "",
        *READY,
        "", "",
        "def network(x):",
        *(f"    {line}" for line in (*_entrance(model), *steps(model, recorded))),
        "", "",
    ]  # fmt: skip


def _zeroed(model: Model) -> Model:
    """Lengths are a mask whose outputs are 0; what is computed last is held."""
    if model.lengths is None:
        return model
    layers = [replace(one, zero_output_for_mask=_sequences(model, (one,))) for one in model.layers]
    return replace(model, layers=tuple(layers))


def _refuse_masked(model: Model) -> None:
    for loop in model.loops:
        first = loop[0]
        if model.lengths is not None and first.order == "processing":
            what = "lengths: Keras' go_backwards begins with the padding"
            raise refused(first.name, what)
        masked = model.mask is not None or masks(model)
        wrong = first.zero_output_for_mask != _sequences(model, loop)
        if masked and first.backward and wrong:
            what = "zero_output_for_mask: Keras' Bidirectional has it with return_sequences alone"
            raise refused(first.name, what)


def _sequences(model: Model, loop: Loop) -> bool:
    """Whether a layer gives every timestep."""
    last = loop[-1]
    ends = last is model.layers[-1] and model.mode == "many-to-one"
    return not ends or last.return_sequences


def _parts(model: Model) -> Iterator[tuple[str, str]]:
    """Each layer by its name."""
    if model.masking is not None:
        yield "masking", masking(model)
    if model.embedding:
        ids, features = model.embedding.weights.shape
        masked = ", mask_zero=True" if model.embedding.mask_zero else ""
        yield "embedding", f"layers.Embedding({ids}, {features}{masked})"
    for loop in model.loops:
        yield loop_name(loop), recurrent(loop, _sequences(model, loop), states=True)
    for name, one in heads_of(model).items():
        yield name, stateless(name, one, timed(model, one))


def _entrance(model: Model) -> Iterator[str]:
    """What comes before the first recurrent layer."""
    yield f"states = {{{', '.join(map(_start, model.loops))}}}"
    first = "masking" if model.masking is not None else "embedding" if model.embedding else ""
    if model.lengths is not None:
        yield "mask = ops.convert_to_tensor(np.arange(x.shape[1]) < NUMBERS['lengths'][:, None])"
    elif model.mask is not None:
        yield "mask = ops.convert_to_tensor(NUMBERS['mask'])"
    else:
        yield f"mask = {f'ready({first!r}, x).compute_mask(x)' if masks(model) else None}"
    yield f"x = ready({first!r}, x)(x)" if first else "x = ops.convert_to_tensor(x)"


def _start(loop: Loop) -> str:
    """The initial states of a layer as it takes them, by its name."""
    if not any(map(starts, loop)):
        return f"{loop_name(loop)!r}: None"
    ways = range(len(loop[0].passes))
    cells = [[f"NUMBERS['{one.name}.{state}0'][{way}]" for state in CELLS[one.cell].states]
             for way in ways for one in loop]  # fmt: skip
    if len(loop) == 1:
        return f"{loop_name(loop)!r}: [{', '.join(state for cell in cells for state in cell)}]"
    listed = [cell[0] if len(cell) == 1 else f"[{', '.join(cell)}]" for cell in cells]
    return f"{loop_name(loop)!r}: [{', '.join(listed)}]"


def _through(model: Model, recorded: bool) -> Iterator[str]:
    """The whole input, layer after layer."""
    for loop in model.loops:
        yield from _recurrent(model, loop)
    if recorded:
        yield "h = x"
    at = cut(model.outputs)
    if model.mode == "many-to-one" and at is None and _sequences(model, model.loops[-1]):
        ends = "x = ops.stack([one[end - 1] for one, end in zip(x, NUMBERS['lengths'])])"
        yield "x = x[:, -1]" if model.lengths is None else ends
    yield from _heads(model, model.outputs)
    yield "return x, h, states" if recorded else "return x"


def _fed_back(model: Model, recorded: bool) -> Iterator[str]:
    """One-to-many: a step at a time."""
    yield "first, h, y = x, [], []"
    yield f"for _ in range({model.timesteps}):"
    for loop in model.loops:
        yield from (f"    {line}" for line in _recurrent(model, loop))
    yield "    h.append(x)"
    yield from (f"    {line}" for line in _heads(model, model.outputs))
    yield "    y.append(x)"
    if model.feedback != "y":
        yield f"    x = {_next(model)}"
    more = ", ops.concatenate(h, 1), states" if recorded else ""
    yield f"return ops.concatenate(y, 1){more}"


def _next(model: Model) -> str:
    """What is read next, where it is not y."""
    if model.feedback != "argmax":
        return "first" if model.feedback == "x" else "ops.zeros_like(first)"
    if model.embedding:
        return "ready('embedding', x)(ops.argmax(x, -1))"
    return f"ops.one_hot(ops.argmax(x, -1), {model.features})"


def _recurrent(model: Model, loop: Loop) -> Iterator[str]:
    """A layer, or a loop of cells, and the layers without a state in front of it."""
    yield from _heads(model, loop[0].chain)
    name, apart = loop_name(loop), loop[-1].merge == "none"
    gives = f"x, {'back, ' * apart}*states[{name!r}]"
    yield f"{gives} = ready({name!r}, x)(x, initial_state=states[{name!r}], mask=mask)"
    if apart:
        yield "x = ops.concatenate([x, back], -1)"
    if turned(loop) and _sequences(model, loop):
        yield "x = ops.flip(x, 1)"


def turned(loop: Loop) -> bool:
    """Whether outputs of go_backwards are meant in input order."""
    return loop[-1].direction == "backward" and loop[-1].order == "input"


def _heads(model: Model, chain: tuple[Stateless, ...]) -> Iterator[str]:
    """Layers without a state; only pooling knows of masks."""
    names = {id(one): name for name, one in heads_of(model).items()}
    for one in chain:
        pooled = one.kind if isinstance(one, Pooling) else ""
        if pooled == "max" and model.lengths is not None:
            yield "x = ops.where(mask[..., None], x, -np.inf)"
        more = ", mask=mask" if pooled == "average" else ""
        yield f"x = ready({names[id(one)]!r}, x)(x{more})"
