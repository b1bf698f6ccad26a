"""The real frameworks, asked now: the networks of the golden files with other numbers in them.

Each runs in a process of its own (``recorders/draw.py``), since two of them in one get in each
other's way, and is compared with what we compute of the same numbers.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import model_files
import numpy as np
import pytest
from conftest import ROOT, existing
from golden_networks import FILES, TOLERANCE, computed, differs, golden, read

pytestmark = pytest.mark.frameworks

DRAW = ROOT / "tests" / "recorders" / "draw.py"
NEEDED = {
    "torch": ("torch",),
    "keras": ("keras", "tensorflow"),
    "tf_keras": ("tf_keras", "tensorflow"),
    "onnxruntime": ("onnxruntime", "onnx"),
}
"""The packages that a recorder imports."""


def drawn(framework: str, folder: Path, *words: str, kind: str = "") -> dict[str, Any]:
    """What the framework computes of numbers drawn anew, by the names of the golden files."""
    if missing := [name for name in NEEDED[framework] if find_spec(name) is None]:
        pytest.skip(f"{' and '.join(missing)} not installed")
    command = [sys.executable, DRAW, framework + kind, words[0], folder, *words[1:]]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {
        path.relative_to(folder).with_suffix("").as_posix(): read(path)
        for path in sorted(folder.glob("*/*.json"))
    }


def different(documents: dict[str, Any], **how: Any) -> dict[str, list[str]]:
    """What we compute otherwise, by the names of files and of the numbers in them."""
    found = {
        name: differs(document, computed(document, **how), TOLERANCE[document["dtype"]])
        for name, document in documents.items()
    }
    return {name: wrong for name, wrong in found.items() if wrong}


@pytest.mark.parametrize("salt", ["one", "two", "three"])
@pytest.mark.parametrize("framework", NEEDED)
def test_equal_to_what_the_framework_computes_now(framework, salt, tmp_path):
    """Every cell, option, direction, mask and length: 1e-12 in float64, 2e-6 in float32."""
    documents = drawn(framework, tmp_path, salt)

    assert list(documents) == [name for name in FILES if name.startswith(f"{framework}/")]
    assert all(document["seed"] != golden(name)["seed"] for name, document in documents.items())
    assert different(documents) == {}


@pytest.mark.parametrize("framework", ["torch", "tf_keras", "onnxruntime"])
def test_equal_over_long_sequences(framework, tmp_path):
    """600 timesteps, whether every quantity is kept or only h."""
    documents = drawn(framework, tmp_path, "long", "120")

    assert all(600 in np.shape(document["x"]) for document in documents.values())
    assert different(documents) == {}
    assert different(documents, record=("h",)) == {}


@pytest.mark.parametrize("framework", ["torch", "keras", "tf_keras"])
def test_equal_to_model_files_that_are_saved_now(framework, tmp_path):
    """Every golden model file with other numbers in it, saved and computed by its framework."""
    drawn(framework, tmp_path, "now", kind="_files")
    folder = tmp_path / "files" / framework.removeprefix("tf_")
    documents = [model_files.document(path) for path in existing("*.json", folder)]
    expected = [(told, path) for told, path in documents if "expected" in told]

    assert len(expected) > 50
    for told, path in expected:
        assert model_files.differs(told, model_files.computed(told, path)) == [], path.name
