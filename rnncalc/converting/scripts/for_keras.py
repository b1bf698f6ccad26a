"""A network as a Keras script: a Sequential model, its weights, and its output for x."""

from __future__ import annotations

from collections.abc import Iterator

from rnncalc.array import Array
from rnncalc.converting.joining import joined
from rnncalc.converting.refusal import refuse_options
from rnncalc.converting.scripts.given import started
from rnncalc.converting.scripts.keras_layers import functions, masking, recurrent, stateless, used
from rnncalc.converting.scripts.keras_steps import called, turned
from rnncalc.converting.scripts.script import Script
from rnncalc.converting.to_keras import Entry, entries, heads_of, timed
from rnncalc.model.model import Model
from rnncalc.model.stateless import Flatten, Pooling

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


def _own(entry: Entry) -> list[Array]:
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
