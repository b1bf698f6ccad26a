"""The states in which an earlier run ended, as ``-o FILE.npz`` wrote them, and how to go on.

They belong to layers of the same names, or to those that ``encoder`` or ``encoder=decoder`` names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers import npy
from rnncalc.equations import CELLS
from rnncalc.errors import FileError, RnncalcError, listed, printable, suggestion
from rnncalc.model import graph
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model

Places = dict[tuple[str, str], str]
"""(layer, direction) to the place in the file whose final states it begins with."""


def addressed(text: str) -> tuple[Path, str]:
    """A file, and what is said of its layers behind a colon: ``enc.npz:encoder=decoder``."""
    match = re.fullmatch(r"(.*?\.npz):(.*)", text, re.IGNORECASE | re.DOTALL)
    return (Path(match[1]), match[2]) if match else (Path(text), "")


def continued(model: Model, path: Path, names: str = "") -> Model:
    """The model with the final states of an earlier run as its initial ones.

    Args:
        names: whose states, for the only layer (``encoder``, ``encoder.backward``); or which are
            for which (``a=b,c=d``): other layers keep their own. Without, those of each layer's
            own name, but for what other layers give it.

    Errors: FileError where the file lacks a layer's state; RnncalcError for a layer that there is
    not; ShapeError where a state does not fit.
    """
    if path.suffix.lower() != ".npz":
        raise FileError(f"{files.shown(path)}: an .npz file was expected, as -o wrote it")
    there = npy.names(path)
    places = _mapped(model, names, path, there) if names else _own(model)
    keys = {
        (*place, state): f"{given}.final.{state}"
        for place, given in places.items()
        for state in CELLS[_layer(model, place[0]).passes[place[1]].cell].states
        if names or (place[1], f"{state}0") not in _taken(model, place[0])
    }
    if not keys:
        raise RnncalcError("every layer begins with states of other layers: there are none to give")
    if missing := [key for key in keys.values() if key not in there]:
        raise FileError(_lacking(path, missing[0], there, mapped=bool(names)))
    arrays = npy.read_npz(path, list(keys.values()))
    given = {(layer, way, f"{state}0"): arrays[key] for (layer, way, state), key in keys.items()}
    wiring = model.wiring
    for name, way, key in given:
        wiring = graph.untied(wiring, _layer(model, name), [(way, key)])
    layers = tuple(_with(layer, given) for layer in model.layers)
    return replace(model, layers=layers, wiring=wiring)


def _own(model: Model) -> Places:
    """Every direction goes on from what it ended in."""
    return {
        (layer.name, way): f"{layer.name}.{way}" for layer in model.layers for way in layer.passes
    }


def _mapped(model: Model, names: str, path: Path, there: Iterable[str]) -> Places:
    """What is said of layers. Errors: RnncalcError for one that there is not."""
    known = {name.rpartition(".final.")[0] for name in there if ".final." in name}
    found: Places = {}
    for pair in names.split(","):
        given, equals, wanted = (part.strip() for part in pair.partition("="))
        if not equals:
            wanted = _only(model, given)
        ways = _ways({f"{one.name}.{way}" for one in model.layers for way in one.passes}, wanted)
        if not ways:
            every = [layer.name for layer in model.layers]
            message = f"there is no layer {printable(wanted)} here"
            raise RnncalcError(f"{message}. {suggestion(wanted, every)}")
        sources = _ways(known, given)
        if not sources:
            message = f"{files.shown(path)}: has no final states of {printable(given)}"
            every = sorted({*known, *(name.rpartition(".")[0] for name in known)})
            raise FileError(f"{message}. {suggestion(given, every)}")
        new = _paired(ways, sources, wanted, given)
        if found.keys() & new.keys():
            raise RnncalcError(f"{printable(wanted)} is given two states: one begins with one")
        found |= new
    return found


def _only(model: Model, given: str) -> str:
    """The one layer that a name alone is for."""
    if len(model.layers) == 1:
        return model.layers[0].name
    layers = listed(layer.name for layer in model.layers)
    message = f"there are several layers ({layers}): say for which"
    raise RnncalcError(f"{message}, {printable(given)}={printable(model.layers[0].name)}")


def _ways(places: Iterable[str], name: str) -> list[str]:
    """The directions that a name means: its own, or those of the layer."""
    there = set(places)
    return [name] if name in there else [
        f"{name}.{way}" for way in ("forward", "backward") if f"{name}.{way}" in there
    ]  # fmt: skip


def _paired(ways: list[str], sources: list[str], wanted: str, given: str) -> Places:
    """Direction to direction; one to one, whichever they are."""
    if len(ways) != len(sources):
        more, other = (given, wanted) if len(sources) > len(ways) else (wanted, given)
        message = f"{printable(more)} has two directions, {printable(other)} one"
        raise RnncalcError(f"{message}: write {printable(more)}.forward or .backward")
    pairs = zip(ways, sources, strict=True)
    return {tuple(way.rpartition(".")[::2]): source for way, source in pairs}  # type: ignore[misc]


def _layer(model: Model, name: str) -> Layer:
    return next(layer for layer in model.layers if layer.name == name)


def _taken(model: Model, name: str) -> set[tuple[str, str]]:
    return graph.taken(model.wiring, _layer(model, name))


def _lacking(path: Path, name: str, there: Iterable[str], *, mapped: bool) -> str:
    """What is said where a state is missing."""
    message = f"{files.shown(path)}: has no array '{printable(name)}'"
    how = "an lstm begins with c, too" if mapped else "layers are found by their names"
    finals = npy.listed(one for one in there if ".final." in one) or "none"
    return f"{message}: {how}. Final states in it: {finals}"


def _with(layer: Layer, given: Mapping[tuple[str, str, str], Array]) -> Layer:
    """The layer with those of the states that are its."""
    ways: dict[str, dict[str, Any]] = {way: {} for way in layer.passes}
    for (name, way, key), array in given.items():
        if name == layer.name:
            ways[way][key] = array
    backward = replace(layer.backward, **ways["backward"]) if layer.backward else None
    return replace(layer, backward=backward, **ways[layer.direction])
