"""One invocation each with its expected screen: ``tests/cases/*.txt``.

The first lines are the command, behind ``$ ``; then stdout; then stderr, each line behind ``! ``;
last the exit code. ``RNNCALC_UPDATE=1`` writes the files anew. ``keras/``, ``torch/``,
``graphs/``, ``tensorflow/`` and ``tflite/`` are the golden model files, ``models/`` those of the
docs.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT, existing
from replay import SHELLS, UPDATE, replay

FOLDERS = {
    "keras": ROOT / "tests" / "golden" / "files" / "keras",
    "torch": ROOT / "tests" / "golden" / "files" / "torch",
    "graphs": ROOT / "tests" / "golden" / "graphs" / "keras",
    "tensorflow": ROOT / "tests" / "golden" / "tensorflow",
    "tflite": ROOT / "tests" / "golden" / "tflite_files",
    "models": ROOT / "docs" / "models",
}
CASES = existing("tests/cases/*.txt")


def screen(command: str, folder: Path, whole: bool) -> str:
    """The case as it is now."""
    done = replay(command, folder, whole=whole)
    errors = "".join(f"! {line}\n" for line in done.stderr.splitlines())
    return f"$ {command}\n{done.stdout}{errors}[{done.returncode}]\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
@pytest.mark.parametrize("whole", SHELLS, ids=str)
def test_the_screen_is_as_expected(whole, path, tmp_path):
    """Screen and exit code are those of the file."""
    expected = path.read_text(encoding="utf-8")
    command = expected.splitlines()[0].removeprefix("$ ")
    for name, folder in FOLDERS.items():
        (tmp_path / name).symlink_to(folder, target_is_directory=True)
    now = screen(command, tmp_path, whole)
    if UPDATE:
        path.write_text(now, encoding="utf-8")
        return

    assert now == expected


def test_there_are_cases():
    """Not an empty folder by mistake."""
    assert len(CASES) > 40
