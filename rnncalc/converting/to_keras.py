"""A network as Keras' ``.weights.h5``: groups by class and number, names in their attributes.

Keras finds a layer's weights under ``layers/lstm``, the second one's under ``layers/lstm_1``,
whatever the layers are called; the attribute ``name`` says that.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.extra import needed
from rnncalc.conventions.keras import CLASSES, NORMALIZATIONS, POOLINGS, snake_case
from rnncalc.conventions.keras_activations import own_name
from rnncalc.converting.draft import Draft
from rnncalc.converting.joining import joined
from rnncalc.converting.naming import KERAS, heads
from rnncalc.converting.refusal import (
    lone_functions,
    refuse_differing,
    refuse_options,
    refused,
)
from rnncalc.converting.stacked import bias_notes, numbers, rounds, stacked
from rnncalc.equations.activations import Activation
from rnncalc.model.chain import cut
from rnncalc.model.checks import Names
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Flatten, Normalization, Output, Pooling, Prelu, Stateless
from rnncalc.numbers.digits import counted

TITLE = "a file of Keras' weights"


class WeightEntry(NamedTuple):
    """A layer as it lies in the file.

    Attributes:
        kind: its class.
        name: its own name.
        arrays: by the group below the layer's, and its place in ``vars``: ``cell``, 0.
        names: of groups below the layer's, as Keras calls what lies there.
    """

    kind: str
    name: str
    arrays: dict[tuple[str, int], Array]
    names: dict[str, str]


def draft(model: Model, convention: str, suffix: str) -> Draft:
    """The weights of a network in Keras 3's tree.

    Errors: RnncalcError for what Keras' layers do not compute, and for what no one can tell from
    weights.
    """
    model = joined(model)
    refuse(model)
    for chain in (*(layer.chain for layer in model.layers), model.outputs):
        lone_functions(chain, TITLE)
    refuse_differing(model, TITLE)
    listed = list(entries(model))
    count = sum(len(entry.arrays) for entry in listed)
    says = f"Keras' weights, {counted(count, 'array')} of {counted(len(listed), 'layer')}"
    notes = bias_notes(model, convention) + list(_notes(model))
    order = tuple(entry.name for entry in listed)
    rounded = rounds(model, convention)
    return Draft(_content(listed), says, tuple(notes), rounded, order=order, heads=heads_of(model))


def heads_of(model: Model) -> dict[str, Stateless]:
    """The layers without a state by their names; Keras' first Dense is called dense."""
    return heads(model, KERAS)


def refuse(model: Model) -> None:
    """Errors: RnncalcError for what Keras' layers do not compute."""
    refuse_options(model, "Keras")
    for layer in model.layers:
        if layer.direction == "backward" and layer.order == "input":
            what = "direction backward with outputs in input order"
            raise refused(layer.name, f"{what}: Keras' go_backwards gives them as it computes them")


def entries(model: Model) -> Iterator[WeightEntry]:
    """The layers in the order in which they run."""
    named = {id(one): name for name, one in heads_of(model).items()}
    if model.masking is not None:
        yield WeightEntry("Masking", "masking", {}, {})
    if model.embedding:
        table = numbers("embedding", model.embedding.weights, model.dtype)
        yield WeightEntry("Embedding", "embedding", {("", 0): table}, {})
    for loop in model.loops:
        for one in loop[0].chain:
            yield from stateless_entries(named[id(one)], one, model.dtype, timed(model, one))
        yield layer_entry(loop, model.dtype)
    for one in model.outputs:
        yield from stateless_entries(named[id(one)], one, model.dtype, timed(model, one))


def layer_entry(loop: tuple[Layer, ...], dtype: str) -> WeightEntry:
    """A layer with its cell or cells, in both directions where there are two."""
    first = loop[0]
    kind = CLASSES[first.cell] if len(loop) == 1 else "RNN"
    ways = {"": list(loop)}
    if first.backward:
        backward = [layer.backward for layer in loop if layer.backward]
        ways = {"forward_layer/": list(loop), "backward_layer/": backward}
    arrays: dict[tuple[str, int], Array] = {}
    names: dict[str, str] = {}
    for way, cells in ways.items():
        if way:
            names[way.rstrip("/")] = f"{way.partition('_')[0]}_{snake_case(kind)}"
        for group, cell in _groups(cells):
            own = stacked(cell, first.name, "keras", dtype)
            arrays |= {(way + group, place): array for place, array in enumerate(own.values())}
            names[way + group] = f"{snake_case(CLASSES[cell.cell])}_cell"
    return WeightEntry("Bidirectional" if first.backward else kind, loop_name(loop), arrays, names)


def loop_name(loop: tuple[Layer, ...]) -> str:
    """The name of a layer; of the cells of a loop without their numbers."""
    name = loop[0].name
    return name.removesuffix(".0") if len(loop) > 1 else name


def _groups(cells: list[Layer]) -> Iterator[tuple[str, Layer]]:
    """Where each cell's weights lie below its layer's group."""
    if len(cells) == 1:
        yield "cell", cells[0]
        return
    groups = Names()
    for cell in cells:
        yield f"cell/cells/{groups.unique(f'{snake_case(CLASSES[cell.cell])}_cell')}", cell


def timed(model: Model, one: Stateless) -> bool:
    """Whether a layer without a state is given every timestep."""
    at = cut(model.outputs)
    behind = model.outputs if at is None else model.outputs[at:]
    return model.mode != "many-to-one" or not any(one is each for each in behind)


def stateless_entries(name: str, one: Stateless, dtype: str, timed: bool) -> Iterator[WeightEntry]:
    """A layer without a state; an activation alone has no group that says anything."""
    if isinstance(one, Output):
        yield WeightEntry("Dense", name, _listed([np.transpose(one.W_y), one.bias], dtype), {})
    elif isinstance(one, Prelu):
        alpha = one.alpha[None] if timed else one.alpha  # shared by all timesteps
        yield WeightEntry("PReLU", name, _listed([alpha], dtype), {})
    elif isinstance(one, Normalization):
        kind = f"{one.kind.capitalize()}Normalization"
        neutral = {"gamma": np.ones(one.takes or 0), "beta": np.zeros(one.takes or 0)}
        given = {key: getattr(one, key) for key in NORMALIZATIONS[kind]}
        own = [neutral[key] if array is None else array for key, array in given.items()]
        yield WeightEntry(kind, name, _listed(own, dtype), {})
    elif isinstance(one, Pooling):
        kind = next(theirs for theirs, ours in POOLINGS.items() if ours == one.kind)
        yield WeightEntry(kind, name, {}, {})
    elif isinstance(one, Flatten):
        yield WeightEntry("Flatten", name, {}, {})


def _listed(arrays: list[Any], dtype: str) -> dict[tuple[str, int], Array]:
    return {("", place): numbers(str(place), array, dtype) for place, array in enumerate(arrays)}


def _content(entries: list[WeightEntry]) -> bytes:
    """The bytes of the HDF5 file."""
    h5py = needed("h5py", ".weights.h5", "writing")
    out = io.BytesIO()
    groups = Names()
    with h5py.File(out, "w") as file:
        file.create_group("vars").attrs["name"] = "sequential"
        for entry in entries:
            group = file.create_group(f"layers/{groups.unique(snake_case(entry.kind))}")
            for below, name in {"": entry.name, **entry.names}.items():
                group.require_group(f"{below}/vars".lstrip("/")).attrs["name"] = name
            for (below, place), array in entry.arrays.items():
                group.create_dataset(f"{below}/vars/{place}".lstrip("/"), data=array)
    return out.getvalue()


def _notes(model: Model) -> Iterator[str]:
    """What Keras 3 has under no name."""
    functions = [getattr(one, "activation", None) for one in heads_of(model).values()]
    for layer in model.layers:
        functions += [layer.activation, layer.recurrent_activation]
    used = {str(one): one for one in functions if isinstance(one, Activation)}
    for function, one in used.items():
        if own_name(one):
            yield f"{function}: Keras 3 has no such name; give its layers a function"
