"""Settings: ``--set NAME=VALUE`` puts another value in a network that has been read.

A name is a key of the config, with its layer (and direction) in front where several have it, the
letter of a gate behind it, and the index of one number: ``encoder.forward.W_x.i[0,2]``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from rnncalc.config import keys
from rnncalc.config.stateless import MAIN, keys_of
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.errors import RnncalcError, ShapeError, listed, located, printable, suggestion
from rnncalc.model import graph
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Stateless
from rnncalc.numbers import values

OF_NETWORK = (*keys.USE, "x", "lengths", "mask")
OF_LAYER = ("merge", *(key for key in keys.OF_PASSES if key != "direction"))
FIXED = ("name", "kind")
"""What says which layer it is, and of which kind: another one is another network."""
KINDS = tuple(key for key, called in MAIN.items() if called in FIXED)

TRUTHS = {"true": True, "false": False}
MOST_NAMED = 6
"""So many names stand in an error."""


class Setting(NamedTuple):
    """A value that may be set.

    Attributes:
        owners: what may stand before its key: nothing, the layer, the layer with its direction.
        key: ``W_x.i``, ``activation``.
        value: what it is now.
        put: makes the network in which it is another.
    """

    owners: tuple[str, ...]
    key: str
    value: Any
    put: Callable[[Model, Any], Model]

    @property
    def name(self) -> str:
        """Its name in full."""
        return ".".join(filter(None, [self.owners[-1], self.key]))

    @property
    def numbers(self) -> bool:
        """Whether it is an array."""
        return isinstance(self.value, np.ndarray)


def with_settings(model: Model, settings: Mapping[str, Any] | Iterable[str]) -> Model:
    """The network with other values, one after the other.

    Args:
        settings: ``"lstm.bias.f=1"`` each, or names with their values.

    Errors: RnncalcError for a name that nothing or several things have, and for a value that does
    not fit.
    """
    if isinstance(settings, Mapping):
        pairs = [(str(name), value, str(name)) for name, value in settings.items()]
    else:
        pairs = [(*_split(word), word) for word in settings]
    for name, value, word in pairs:
        with located(f"--set {printable(word, 100)}"):
            model = _with(model, name, value)
    return model


def _split(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not (name.strip() and equals and value.strip()):
        message = "NAME=VALUE was expected: W_h=1.1, lstm.bias.f=1"
        raise RnncalcError(f"--set {printable(word)}: {message}")
    return name.strip(), value.strip()


def _with(model: Model, name: str, given: Any) -> Model:
    name, index = _indexed(name)
    found = _meant(list(settable(model)), name)
    for setting in found:
        value = _value(setting, given, every_gate=name not in _names(setting))
        new = value if index is None else _placed(setting, index, value)
        model = setting.put(model, new)
    said = {(owner, setting.key) for setting in found for owner in setting.owners}
    assumed = tuple(one for one in model.assumptions if (one.layer, one.key) not in said)
    return replace(model, assumptions=assumed)


def _indexed(name: str) -> tuple[str, tuple[int, ...] | None]:
    """The name, and the index of one number of it."""
    match = re.fullmatch(r"(.*[^\W\d]\w*)\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\]", name, re.DOTALL)
    if not match:
        return name, None
    return match[1], tuple(map(int, match[2].split(",")))


def settable(model: Model) -> Iterator[Setting]:
    """All that may be set."""
    for key in OF_NETWORK:
        yield Setting(("",), key, getattr(model, key), partial(_network, key=key))
    if model.embedding:
        for key in ("weights", "mask_zero"):
            put = partial(_embedding, key=key)
            yield Setting(("embedding",), key, getattr(model.embedding, key), put)
    for index, layer in enumerate(model.layers):
        yield from _of_layer(index, layer, graph.taken(model.wiring, layer))
    for index, one in enumerate(model.stateless):
        yield from _of_stateless((one.name,), one, partial(_of_graph, index=index), keys_of(one))
    for index, one in enumerate(model.outputs):
        every = len(model.outputs) == 1
        owners = ("output", one.name) if every else (one.name, f"output[{index}]")
        yield from _of_stateless(tuple(dict.fromkeys(owners)), one, partial(_output, index=index))


def _of_layer(index: int, layer: Layer, taken: Collection[tuple[str, str]]) -> Iterator[Setting]:
    for key in OF_LAYER:
        if key != "merge" or layer.backward:
            put = partial(_layer, index=index, key=key)
            yield Setting(("", layer.name), key, getattr(layer, key), put)
    for way, one in layer.passes.items():
        kind = CELLS[one.cell]
        owners = ("", layer.name, *([f"{layer.name}.{way}"] if layer.backward else []))
        of = partial(Setting, owners)
        for key in (*kind.functions, *kind.options, *kind.bounds):
            put = partial(_direction, index=index, way=way, change=partial(_option, key=key))
            yield of(key, getattr(one, key), put)
        for key in (f"{state}0" for state in kind.states):
            put = partial(_state, index=index, way=way, key=key)
            yield of(key, None if (way, key) in taken else getattr(one, key), put)
        for key in kind.weights():
            value = one.weights.get(key)
            put = partial(_direction, index=index, way=way, change=partial(_weight, key=key))
            yield of(key, one.arrays.get(key) if value is None else value, put)
    for place, before in enumerate(layer.chain):
        put = partial(_before, index=index, place=place)
        yield from _of_stateless((before.name,), before, put)


def _of_stateless(
    owners: tuple[str, ...],
    one: Stateless,
    put: Callable[..., Model],
    called: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Setting]:
    for field in fields(one):  # type: ignore[arg-type]  # all are dataclasses
        if field.name not in FIXED:
            value = getattr(one, field.name)
            key = called.get(field.name, field.name)
            yield Setting(owners, key, value, partial(put, key=field.name))


def _meant(there: list[Setting], name: str) -> list[Setting]:
    """The settable of a name: one, or one option of all layers and directions that are meant.

    Errors: RnncalcError where there is none, and where numbers of several might be meant.
    """
    found = [one for one in there if name in _names(one)]
    gates = [one for one in there if name in {each.rpartition(".")[0] for each in _names(one)}]
    if not found and gates and all(one.key.count(".") for one in gates):
        found = gates
    if not found:
        _refuse_fixed(there, name)
        every = dict.fromkeys(each for one in there for each in _names(one))
        raise RnncalcError(f"there is no '{printable(name)}'. {suggestion(name, every)}")
    owners = {one.owners for one in found}
    if len(owners) > 1 and any(one.numbers or one.key in keys.STATES for one in found):
        more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        names = listed([printable(one.name) for one in found[:MOST_NAMED]])
        raise RnncalcError(f"{printable(name)} may be {names}{more}: name the one that is meant")
    return found


def _refuse_fixed(there: list[Setting], name: str) -> None:
    """Errors: RnncalcError for the key that tells of which kind a layer is."""
    owner, _, key = name.rpartition(".")
    owned = any(owner in one.owners for one in there)
    if owner and owned and (key in FIXED or key in KINDS):
        raise RnncalcError(f"{key} says which layer {printable(owner)} is: write it in the file")


def _names(one: Setting) -> list[str]:
    return [".".join(filter(None, [owner, one.key])) for owner in one.owners]


def _value(setting: Setting, given: Any, *, every_gate: bool) -> Any:
    """What a text stands for: numbers for an array, else a word, true or false, or a number."""
    if not isinstance(given, str):
        value = given
    elif setting.numbers or setting.key in ("x", "lengths", "mask", "P", "W_r"):
        value = values.parse(given)
    elif given in TRUTHS:
        value = TRUTHS[given]
    elif isinstance(setting.value, (str, Activation)) or setting.key in ("feedback", "merge"):
        value = given
    else:
        value = values.parse(given)
        value = value.item() if np.ndim(value) == 0 else value
    if every_gate and "." in setting.key and setting.numbers and np.any(np.asarray(value)):
        base = setting.name.rpartition(".")[0]
        raise RnncalcError(f"{base} has a part for each gate: name one ({setting.name}), or give 0")
    _refuse_misfit(setting, value)
    if isinstance(setting.value, tuple) and np.ndim(value):
        return tuple(map(_whole, np.ravel(value)))
    counts = type(setting.value) is int or setting.key == "timesteps"
    return _whole(value) if counts and np.ndim(value) == 0 else value


def _whole(value: Any) -> Any:
    """A number that is whole as an int."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _refuse_misfit(setting: Setting, value: Any) -> None:
    """Weights keep their shape; a batch may have a state for each sequence."""
    shape, new = np.shape(setting.value), np.shape(value)
    of_input = setting.key in ("x", "lengths", "mask", "h0", "c0")
    if setting.numbers and not of_input and new and math.prod(new) != math.prod(shape):
        raise ShapeError(f"it has shape {new}, {setting.name} has {shape}")


def _placed(setting: Setting, index: tuple[int, ...], value: Any) -> Any:
    """The array with another number at one place."""
    if not setting.numbers:
        raise RnncalcError(f"{setting.name} is no array: it has no [{_shown(index)}]")
    if np.ndim(value):
        raise RnncalcError(f"one number was expected for [{_shown(index)}]")
    array = np.array(setting.value, np.float64)
    try:
        fits = len(index) == array.ndim and np.ndim(array[index]) == 0
    except IndexError:
        fits = False
    if not fits:
        shape = f"{setting.name} has the shape {array.shape}, counted from 0"
        raise RnncalcError(f"there is no [{_shown(index)}]: {shape}")
    array[index] = value
    return array


def _shown(index: tuple[int, ...]) -> str:
    return ",".join(map(str, index))


def _network(model: Model, value: Any, key: str) -> Model:
    return replace(model, **{key: value})


def _embedding(model: Model, value: Any, key: str) -> Model:
    assert model.embedding
    return replace(model, embedding=replace(model.embedding, **{key: value}))


def _output(model: Model, value: Any, index: int, key: str) -> Model:
    outputs = list(model.outputs)
    outputs[index] = replace(outputs[index], **{key: value})  # type: ignore[type-var]
    return replace(model, output=outputs)


def _of_graph(model: Model, value: Any, index: int, key: str) -> Model:
    stateless = list(model.stateless)
    stateless[index] = replace(stateless[index], **{key: value})  # type: ignore[type-var]
    return _changed(model, stateless=tuple(stateless))


def _changed(model: Model, **parts: Any) -> Model:
    """The network with other parts: a graph that gave one row tells its mode anew."""
    if model.wiring and not model.shapes[model.results[0]].series:
        parts["mode"] = "many-to-many"
    return replace(model, **parts)


def _layer(model: Model, value: Any, index: int, key: str) -> Model:
    layers = list(model.layers)
    layers[index] = replace(layers[index], **{key: value})
    return _changed(model, layers=tuple(layers))


def _before(model: Model, value: Any, index: int, place: int, key: str) -> Model:
    chain = list(model.layers[index].chain)
    chain[place] = replace(chain[place], **{key: value})  # type: ignore[type-var]
    return _layer(model, tuple(chain), index, "before")


def _direction(
    model: Model, value: Any, index: int, way: str, change: Callable[[Layer, Any], Layer]
) -> Model:
    """The network with one direction of one layer changed."""
    layer = model.layers[index]
    if layer.backward and way == "backward":
        return _layer(model, change(layer.backward, value), index, "backward")
    layers = list(model.layers)
    layers[index] = change(layer, value)
    return _changed(model, layers=tuple(layers))


def _state(model: Model, value: Any, index: int, way: str, key: str) -> Model:
    """The network with another initial state, also where another layer gave it."""
    wiring = graph.untied(model.wiring, model.layers[index], [(way, key)])
    model = replace(model, wiring=wiring)
    return _direction(model, value, index, way, partial(_option, key=key))


def _option(layer: Layer, value: Any, key: str) -> Layer:
    """With another option; an LSTM's state_activation is its activation until one is set."""
    changes = {key: value}
    if key == "activation" and layer.state_activation == layer.activation:
        changes["state_activation"] = None
    return replace(layer, **changes)


def _weight(layer: Layer, value: Any, key: str) -> Layer:
    """With another array; the same array of the other gates is 0 where there was none."""
    base = key.split(".")[0]
    others = {name: 0 for name in CELLS[layer.cell].names(base) if name not in layer.weights}
    return replace(layer, weights={**layer.weights, **others, key: value})
