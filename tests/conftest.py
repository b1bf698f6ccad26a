"""What every test may use: the command line, run in this process or in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rnncalc.cli import main

ROOT = Path(__file__).parent.parent
SEED = ["--wx", "0.32394445", "--wh", "1"]
"""The weights of the first question."""

PLAIN = {"TERM": "xterm", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"}


@dataclass
class Screen:
    """What a command printed, and its exit code."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Screen]:
    """Run a command line in this process: ``cli("-x", "1", input=b"")``."""

    for name in ("NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")

    return captured


def captured(*words: str, input: bytes = b"", encoding: str = "utf-8") -> Screen:
    """Run a command line in this process, with streams of its own."""
    real = sys.stdin, sys.stdout, sys.stderr
    out, err = io.BytesIO(), io.BytesIO()
    streams = (
        io.TextIOWrapper(io.BytesIO(input), "utf-8"),
        io.TextIOWrapper(out, encoding),
        io.TextIOWrapper(err, "utf-8", "backslashreplace"),
    )
    sys.stdin, sys.stdout, sys.stderr = streams
    try:
        code = main(list(words))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        sys.stdin, sys.stdout, sys.stderr = real
    return Screen(code, out.getvalue(), err.getvalue().decode())


def process(
    *words: str, input: bytes = b"", python: tuple[str, ...] = (), **env: str
) -> subprocess.CompletedProcess[bytes]:
    """Run ``python -m rnncalc`` in a process of its own."""
    command = [sys.executable, *python, "-m", "rnncalc", *words]
    return subprocess.run(
        command, input=input, capture_output=True, env={**os.environ, **PLAIN, **env}, timeout=120
    )
