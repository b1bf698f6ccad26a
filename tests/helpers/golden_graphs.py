"""Golden graphs: files whose layers are no row, and what their framework computes of each.

A document (``tests/recorders/record_graphs_keras.py`` ... write it) says ``file``, ``about``,
``dtype``, ``inputs`` by name, ``expected`` by the names of the outputs, in their order, and what
must be told besides (``assume``). Everything is batch-first.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from conftest import ROOT, existing

import rnncalc

FOLDER = ROOT / "tests" / "golden" / "graphs"
NAMES = [
    path.relative_to(FOLDER).with_suffix("").as_posix() for path in existing("*/*.json", FOLDER)
]
TOLERANCE = {"float64": 1e-12, "float32": 2e-6}


@cache
def golden(name: str) -> dict[str, Any]:
    """The document of a file."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def path(name: str) -> Path:
    """The file itself."""
    return FOLDER / Path(name).parent / golden(name)["file"]


def model_of(name: str) -> rnncalc.Model:
    """The network of a file."""
    return rnncalc.load(path(name), assume=golden(name).get("assume", ()))


def inputs_of(name: str) -> Any:
    """The input, or several by their names."""
    inputs = {key: np.array(values) for key, values in golden(name)["inputs"].items()}
    return inputs if len(inputs) > 1 else next(iter(inputs.values()))


def computed(name: str, model: rnncalc.Model | None = None) -> list[np.ndarray]:
    """What we compute, output by output."""
    trace = rnncalc.run(model or model_of(name), inputs_of(name))
    if trace.outputs:
        return list(trace.outputs.values())
    return [trace.last if trace.model.mode == "many-to-one" else trace.h]


def apart(name: str, numbers: list[np.ndarray]) -> list[str]:
    """The outputs that are not what the framework gave."""
    document = golden(name)
    expected, within = document["expected"], TOLERANCE[document["dtype"]]
    assert len(expected) == len(numbers)
    return [
        output
        for (output, theirs), ours in zip(expected.items(), numbers, strict=True)
        if np.shape(theirs) != np.shape(ours)
        or not np.allclose(ours, theirs, rtol=within, atol=within)
    ]
