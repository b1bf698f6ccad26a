"""The states in which an earlier run ended, as ``-o FILE.npz`` wrote them, and how to go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers import npy
from rnncalc.equations import CELLS
from rnncalc.errors import FileError, printable
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model


def continued(model: Model, path: Path) -> Model:
    """The model with the final states of an earlier run as its initial ones.

    Errors: FileError where the file lacks a layer's state; ShapeError where one does not fit.
    """
    if path.suffix.lower() != ".npz":
        raise FileError(f"{files.shown(path)}: an .npz file was expected, as -o wrote it")
    names = [key for layer in model.layers for key in _keys(layer).values()]
    there = npy.names(path)
    if missing := [name for name in names if name not in there]:
        message = f"{files.shown(path)}: has no array '{printable(missing[0])}'"
        finals = npy.listed(name for name in there if ".final." in name) or "none"
        raise FileError(f"{message}: layers are found by their names. Final states in it: {finals}")
    arrays = npy.read_npz(path, names)
    return replace(model, layers=tuple(_from(layer, arrays) for layer in model.layers))


def _keys(layer: Layer) -> dict[tuple[str, str], str]:
    """(direction, state) to the array that holds it."""
    return {
        (way, state): f"{layer.name}.{way}.final.{state}"
        for way, one in layer.passes.items()
        for state in CELLS[one.cell].states
    }


def _from(layer: Layer, arrays: dict[str, Array]) -> Layer:
    ways: dict[str, dict[str, Any]] = {way: {} for way in layer.passes}
    for (way, state), key in _keys(layer).items():
        ways[way][f"{state}0"] = arrays[key]
    backward = replace(layer.backward, **ways["backward"]) if layer.backward else None
    return replace(layer, backward=backward, **ways[layer.direction])
