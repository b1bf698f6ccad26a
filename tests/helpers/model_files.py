"""Model files with what their frameworks compute of an input: read by rnncalc, and compared.

Each has a document beside it (``golden_files.py`` says what stands in one).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from golden_files import TOLERANCE

import rnncalc
from rnncalc import Model

Told = dict[str, Any]


def document(path: Path) -> tuple[Told, Path]:
    """A document, and the model file beside it."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return told, path.parent / told["file"]


def loaded(told: Told, path: Path) -> Model:
    """The network of a file, told what the document says that it has to be told."""
    layers = told["layers"].split(",") if "layers" in told else ()
    model = rnncalc.load(path, layers=layers, assume=told.get("assume", ()))
    states = {key: told[key] for key in ("h0", "c0") if key in told}
    return replace(model, **states)


def given(told: Told, path: Path) -> np.ndarray:
    """The input as the network reads it: Keras' Input is of float32, also before float64 layers."""
    x = np.asarray(told["x"])
    keras = path.suffix in (".keras", ".h5")
    return x.astype(np.float32) if keras and x.dtype.kind == "f" else x


def computed(told: Told, path: Path, model: Model | None = None) -> dict[str, np.ndarray]:
    """What we compute, by the names of what the framework computed."""
    model = model or loaded(told, path)
    steps = {key: told[key] for key in ("lengths", "mask") if key in told}
    trace = rnncalc.run(model, given(told, path), **steps)
    numbers = {"h": trace.h, "out": trace.h if trace.y is None else trace.y}
    if trace.y is None and model.mode == "many-to-one":
        numbers["out"] = trace.last
    for layer in trace.layers:
        for way, one in layer.directions.items():
            numbers |= {
                f"{layer.name}.{way}.{name}": one[name] for name in one.values if name == "h"
            }
            for state, final in one.final.items():
                numbers[f"{layer.name}.{way}.final.{state}"] = final
    return numbers


def called(name: str) -> str:
    """What we call a node of ONNX, whose names may have slashes."""
    return name.strip("/").replace("/", ".")


def differs(told: Told, numbers: dict[str, np.ndarray]) -> list[str]:
    """The names of the expected numbers that are not met."""
    wrong = []
    for name, expected in told["expected"].items():
        key, half, _ = called(name).partition("_float32")
        within = TOLERANCE["float32" if half else told["dtype"]]
        same = np.shape(numbers[key]) == np.shape(expected)
        if not (same and np.allclose(numbers[key], expected, rtol=within, atol=within)):
            wrong.append(name)
    return wrong
