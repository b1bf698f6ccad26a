"""Golden files as networks: what stands in one, what we compute of it, and where that differs.

A golden's config is in its framework's own names and layout, as configs may be written.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from conftest import ROOT, existing

import rnncalc
from rnncalc import Model

GOLDEN = ROOT / "tests" / "golden"
NO_NETWORKS = ("stateless", "layers", "mismatches", "activations", "options", "onnx_shapes",
               "generation", "json_models", "architectures", "tensorflow",
               "tflite_files")  # fmt: skip
"""The folders whose files are of something else, or are asked for elsewhere."""

FILES = sorted(
    path.relative_to(GOLDEN).with_suffix("").as_posix()
    for path in existing("*/*.json", GOLDEN)
    if path.parent.name not in NO_NETWORKS
)
TOLERANCE = {"float64": 1e-12, "float32": 2e-6, "float16": 5e-3}


def golden(name: str) -> dict[str, Any]:
    """A golden file, by the folder and the name of it."""
    return read(GOLDEN / f"{name}.json")


def read(path: Path) -> dict[str, Any]:
    """What stands in the file, its config as the framework has it."""
    document = json.loads(path.read_text(encoding="utf-8"))
    document["config"] = document.get("framework_config", document["config"])
    return document


def model_of(document: dict[str, Any]) -> Model:
    """The network of a golden, read as any config is."""
    states = {key: document[key] for key in ("h0", "c0") if key in document}
    return rnncalc.load({**document["config"], **states, "dtype": document["dtype"]})


def computed(
    document: dict[str, Any], model: Model | None = None, **how: Any
) -> dict[str, np.ndarray]:
    """What we compute, under the names of the golden's expected numbers."""
    steps = {key: document[key] for key in ("lengths", "mask") if key in document}
    trace = rnncalc.run(model or model_of(document), document["x"], **steps, **how)
    numbers = {"h": trace.h, "y": trace.y, "last": trace.last}
    for layer in trace.layers:
        for direction, way in layer.directions.items():
            for state, final in way.final.items():
                numbers[f"{layer.name}.{direction}.final.{state}"] = final
    return numbers


def differs(
    document: dict[str, Any], numbers: dict[str, np.ndarray], tolerance: float
) -> list[str]:
    """The names of the expected numbers that are not met."""
    return [
        name
        for name, expected in document["expected"].items()
        if not np.allclose(
            np.reshape(numbers[name], np.shape(expected)), expected, rtol=tolerance, atol=tolerance
        )
    ]
