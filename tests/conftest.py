"""What every test may use: the command line, run in this process or in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from rnncalc.cli import main

EVERY = bool(os.environ.get("RNNCALC_EVERY"))
"""Whether nothing is sampled: every recording goes through every test, draws are many. Minutes."""

settings.register_profile("few", deadline=None, max_examples=30)
settings.register_profile("many", deadline=None, max_examples=150)
settings.load_profile("many" if EVERY else "few")

ROOT = Path(__file__).parent.parent
SEED = ["--wx", "0.32394445", "--wh", "1"]
"""The weights of the first question."""

PLAIN = {"TERM": "xterm", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"}


def sampled(names: Iterable[Any], every: int) -> list[Any]:
    """Parameters of a test that is long over all names: all but one in ``every`` are slow."""
    marks = [() if i % every == 0 else (pytest.mark.slow,) for i in range(every)]
    return [pytest.param(name, marks=marks[i % every]) for i, name in enumerate(names)]


def existing(pattern: str, folder: Path = ROOT) -> list[Path]:
    """The files of a folder; a test over none of them would prove nothing."""
    paths = sorted(folder.glob(pattern))
    assert paths, f"{folder} has no {pattern}"
    return paths


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


class Terminal(io.TextIOWrapper):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def captured(
    *words: str,
    input: bytes = b"",
    encoding: str = "utf-8",
    merged: bool = False,
    terminal: bool = False,
) -> Screen:
    """Run a command line in this process, with streams of its own.

    Args:
        merged: stderr goes to stdout, too; ``terminal``: stdout is one.
    """
    real = sys.stdin, sys.stdout, sys.stderr
    out = io.BytesIO()
    err = out if merged else io.BytesIO()
    streams = (
        io.TextIOWrapper(io.BytesIO(input), "utf-8"),
        (Terminal if terminal else io.TextIOWrapper)(out, encoding),
        io.TextIOWrapper(err, "utf-8", "backslashreplace", write_through=True),
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
