"""What frameworks' activations gave (``golden/activations``), and how each is read."""

from __future__ import annotations

import json
from typing import Any

from conftest import existing

from rnncalc.conventions import keras_activations, onnx_activations, torch_activations
from rnncalc.conventions.keras_versions import version

FILES = existing("tests/golden/activations/*.json")
DOCUMENTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
KERAS_2, KERAS_3 = version("2.15.0", ""), version("3.15.1", "")


def read(says: dict[str, Any]) -> Any:
    """Ours for what a file says."""
    if "activation" in says:
        return keras_activations.activation(
            says["activation"], KERAS_2 if "old" in says else KERAS_3
        )
    if "module" in says:
        return torch_activations.of_module(says["module"], says["attributes"])
    together = onnx_activations.TOGETHER.get(says["operator"])
    return together or onnx_activations.of_operator(says["operator"], says["attributes"])
