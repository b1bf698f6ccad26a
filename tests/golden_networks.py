"""Golden files as networks: what stands in one, what we compute of it, and where that differs.

A golden's config is in its framework's own names and layout; the conventions bring it into ours.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from conftest import ROOT

import rnncalc
from rnncalc import Layer, Model, Output
from rnncalc.conventions import CONVENTIONS, weights_of
from rnncalc.model import Embedding

GOLDEN = ROOT / "tests" / "golden"
FILES = sorted(
    path.relative_to(GOLDEN).with_suffix("").as_posix()
    for path in GOLDEN.glob("*/*.json")
    if not path.stem.startswith("activations")
)
TOLERANCE = {"float64": 1e-12, "float32": 2e-6, "float16": 5e-3}
OURS = ("W_x", "W_h", "bias", "bias_h")
THEIRS = [CONVENTIONS[name] for name in ("keras", "torch", "onnx")]
"""The conventions in which goldens are written, besides the textbook's."""
OPTIONS = (
    "activation", "recurrent_activation", "state_activation", "reset_after", "input_forget", "clip",
)  # fmt: skip
WHOLE = ("name", "direction", "order", "merge", "zero_output_for_mask", "return_sequences")


def golden(name: str) -> dict[str, Any]:
    """A golden file, by the folder and the name of it."""
    return read(GOLDEN / f"{name}.json")


def read(path: Path) -> dict[str, Any]:
    """What stands in the file, its config as the framework has it."""
    document = json.loads(path.read_text(encoding="utf-8"))
    document["config"] = document.get("framework_config", document["config"])
    return document


def one_way(block: dict[str, Any], cell: str, inherited: dict[str, Any]) -> dict[str, Any]:
    """Weights and options of a direction as Layer takes them."""
    for convention in THEIRS:
        tensors = {key: np.array(block[key]) for key in convention.symbols if key in block}
        if len(tensors) > 1:
            break
    else:
        tensors = {}
    weights = weights_of(convention, tensors, cell) if tensors else {}
    weights |= {key: block[key] for key in OURS if key in block and not tensors}
    options = {key: block[key] for key in OPTIONS if key in block}
    return {"weights": weights, "cell": cell, **inherited, **options}


def layers_of(block: dict[str, Any]) -> list[Layer]:
    """The layers of one block of a config; a list of cells becomes one layer each."""
    whole = {key: block[key] for key in WHOLE if key in block}
    if "cells" in block:
        zeroed = whole.pop("zero_output_for_mask", False)
        name = whole.pop("name")
        direction = {key: whole[key] for key in ("direction", "order") if key in whole}
        cells = block["cells"]
        return [
            Layer(
                **one_way(cell, cell["cell"], {}),
                name=f"{name}.{i}",
                zero_output_for_mask=zeroed and i == len(cells) - 1,
                **direction,
                same_loop=i > 0,
            )
            for i, cell in enumerate(cells)
        ]
    options = {key: block[key] for key in OPTIONS if key in block}
    if "forward" not in block:
        return [Layer(**one_way(block, block["cell"], {}), **whole)]
    backward = Layer(**one_way(block["backward"], block["cell"], options))
    forward = one_way(block["forward"], block["cell"], options)
    return [Layer(**forward, **whole, backward=backward)]


def output_of(block: dict[str, Any]) -> Output:
    """An output layer, in Keras' layout or in ours."""
    W_y = np.array(block["kernel"]).T if "kernel" in block else np.array(block["W_y"])
    return Output(W_y, block.get("bias", 0.0), block.get("activation", "linear"))


def model_of(document: dict[str, Any]) -> Model:
    """The network of a golden."""
    config = document["config"]
    blocks = config.get("layers") or [{"name": "layer0", "cell": "rnn", **config}]
    outputs = config.get("output") or []
    outputs = [outputs] if isinstance(outputs, dict) else outputs
    embedding = config.get("embedding")
    states = {key: document[key] for key in ("h0", "c0") if key in document}
    states |= {key: config[key] for key in ("h0", "c0") if key in config}
    return Model(
        [layer for block in blocks for layer in layers_of(block)],
        tuple(map(output_of, outputs)) or None,
        Embedding(**embedding) if embedding else None,
        mode=config.get("mode", "many-to-many"),
        dtype=document["dtype"],
        **states,
    )


def computed(document: dict[str, Any], model: Model | None = None) -> dict[str, np.ndarray]:
    """What we compute, under the names of the golden's expected numbers."""
    steps = {key: document[key] for key in ("lengths", "mask") if key in document}
    trace = rnncalc.run(model or model_of(document), document["x"], **steps)
    numbers = {"h": trace.h, "y": trace.y}
    for layer in trace.layers:
        for direction, way in layer.directions.items():
            for state, final in way.final.items():
                numbers[f"{layer.name}.{direction}.final.{state}"] = final
                if layer.name[-2] == ".":  # a cell of a list: the golden calls all of them backward
                    numbers.setdefault(f"{layer.name}.backward.final.{state}", final)
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
