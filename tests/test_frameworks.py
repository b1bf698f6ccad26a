"""The real frameworks, asked now: the networks of the golden files with other numbers in them.

Each runs in a process of its own (``golden/draw.py``), since two of them in one get in each other's
way, and is compared with what we compute of the same numbers.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest
from golden_networks import FILES, GOLDEN, TOLERANCE, computed, differs, read

pytestmark = pytest.mark.frameworks

NEEDED = {
    "torch": ("torch",),
    "keras": ("keras", "tensorflow"),
    "tf_keras": ("tf_keras", "tensorflow"),
    "onnxruntime": ("onnxruntime", "onnx"),
}
"""The packages that a recorder imports."""


@pytest.mark.parametrize("salt", ["one", "two", "three"])
@pytest.mark.parametrize("framework", NEEDED)
def test_equal_to_what_the_framework_computes_now(framework, salt, tmp_path):
    """Every cell, option, direction, mask and length: 1e-12 in float64, 2e-6 in float32."""
    if missing := [name for name in NEEDED[framework] if find_spec(name) is None]:
        pytest.skip(f"{' and '.join(missing)} not installed")
    command = [sys.executable, GOLDEN / "draw.py", framework, salt, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    paths = {path.relative_to(tmp_path).with_suffix("").as_posix(): path
             for path in tmp_path.glob("*/*.json") if "activations" not in path.stem}  # fmt: skip
    documents = {name: read(path) for name, path in paths.items()}
    different = {
        name: wrong
        for name, document in documents.items()
        if (wrong := differs(document, computed(document), TOLERANCE[document["dtype"]]))
    }

    assert sorted(documents) == [name for name in FILES if name.startswith(f"{framework}/")]
    assert different == {}
