"""The Python of the pages on export and on moving weights runs, and prints what stands below it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from conftest import ROOT

import rnncalc
from rnncalc.cli import main

pytestmark = pytest.mark.frameworks

PAGES = ("export.md", "move-weights.md")
PYTHON = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
CONVERT = re.compile(r"^\$ rnncalc (convert [^|<\n]*)$", re.MULTILINE)
NEEDED = {
    "torch": ("torch", "onnx"),
    "keras": ("keras", "tensorflow"),
    "onnxruntime": ("onnxruntime",),
}

RUN = """
import contextlib, io, json, os, sys, warnings
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.simplefilter("ignore")
printed = []
for code in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "page", "exec"), {"__name__": "__main__"})
    printed.append(out.getvalue())
print("PRINTED" + json.dumps(printed))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The models of the docs, and what the pages' own commands make of them."""
    path = tmp_path_factory.mktemp("pages")
    shutil.copytree(ROOT / "docs" / "models", path, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        for command in commands():
            assert main(command.split()) == 0
    return path


def commands() -> list[str]:
    text = (ROOT / "docs" / "move-weights.md").read_text(encoding="utf-8")
    found = [command for command in CONVERT.findall(text) if "before" not in command]
    assert len(found) >= 10
    return found


def blocks(framework: str) -> list[tuple[str, str]]:
    """The code of a framework on both pages, and what is printed below it."""
    found = []
    for page in PAGES:
        for code, text in PYTHON.findall((ROOT / "docs" / page).read_text(encoding="utf-8")):
            first = re.findall(r"^import (torch|keras|onnxruntime)$", code, re.MULTILINE)
            missing = 'format="onnx"' in code and find_spec("tf2onnx") is None
            if first == [framework] and not missing:
                found.append((code, text))
    return found


@pytest.mark.parametrize("framework", NEEDED)
def test_the_code_of_the_pages_runs(framework, folder):
    """Each block on its own, in a folder with the files of the pages; numbers to six digits."""
    if missing := [name for name in NEEDED[framework] if find_spec(name) is None]:
        pytest.skip(f"{' and '.join(missing)} not installed")
    ours = blocks(framework)
    done = subprocess.run(
        [sys.executable, "-c", RUN], input=json.dumps([code for code, _ in ours]),
        capture_output=True, text=True, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    printed = json.loads(done.stdout.partition("PRINTED")[2])

    assert any(text for _, text in ours)
    for (_, expected), found in zip(ours, printed, strict=True):
        if expected:
            numbers = [np.array(text.split(), float) for text in (expected, found)]
            np.testing.assert_allclose(*numbers, rtol=2e-6)


def test_what_the_pages_export_is_read(folder):
    """The files that the code above writes give the page's numbers; nothing is assumed of ONNX."""
    for name, expected in (("counter.onnx", 0.754069), ("exported.onnx", 0.584212)):
        if (folder / name).exists():  # tf2onnx, which writes the second one, may be missing
            trace = rnncalc.run(rnncalc.load(folder / name), [[1.0], [2.0], [3.0]])
            np.testing.assert_allclose(trace.last, [expected], rtol=2e-6)
    for name in ("model.pt", "model.safetensors"):
        if not (folder / name).exists():
            pytest.skip("torch not installed, which writes them")
        assert [layer.cell for layer in rnncalc.load(folder / name).layers] == ["gru"]
