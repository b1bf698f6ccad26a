"""Programs in a process of their own: no framework is loaded here, none of its words is printed.

One process runs many programs, since frameworks take seconds to load.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from rnncalc.checking.frameworks.program import Answer, Program
from rnncalc.errors import RnncalcError, printable
from rnncalc.files import leftovers

SHOWN = 160
"""How many characters of an error are shown."""

LIMIT = 3600
"""So many seconds may programs take."""

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": "-1"}
"""No messages; and processors alike, as accelerators round in ways of their own."""

RUNNER = Path(__file__).with_name("runner.py")


def run_programs(programs: Sequence[Program], more: Mapping[str, str]) -> list[Answer]:
    """What each program gives.

    Args:
        more: variables of the environment besides.

    Errors: RnncalcError where the process ends before it is through.
    """
    with leftovers.folder() as folder:
        for i, program in enumerate(programs):
            _place(folder, i).write_text(program.script, encoding="utf-8")
            for suffix, content in program.files.items():
                _place(folder, i).with_suffix(suffix).write_bytes(content)
        _process(folder, more)
        versions = json.loads((folder / "versions.json").read_text(encoding="utf-8"))
        words = enumerate(program.words for program in programs)
        return [_answer(_place(folder, i), these, versions) for i, these in words]


def _place(folder: Path, index: int) -> Path:
    return folder / f"program{index:05}.py"


def _process(folder: Path, more: Mapping[str, str]) -> None:
    command = [sys.executable, "-W", "ignore", str(RUNNER), str(folder)]
    env = {**QUIET, **os.environ, **_path(), **more}  # what somebody set is louder than QUIET
    nothing, pipe = subprocess.DEVNULL, subprocess.PIPE
    with (
        subprocess.Popen(
            command, env=env, cwd=folder, stdin=nothing, stdout=nothing, stderr=pipe
        ) as child,
        leftovers.going(child.kill),
    ):
        try:
            _, stderr = child.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise RnncalcError(f"no numbers after {LIMIT} seconds") from None
    if not (folder / "versions.json").exists():
        lines = stderr.decode(errors="replace").strip().splitlines()
        last = _one_line(lines[-1]) if lines else "it said nothing"
        raise RnncalcError(f"its process ended with code {child.returncode}: {last}")


def _path() -> dict[str, str]:
    """Where Python looks for modules, also from another folder."""
    path = os.environ.get("PYTHONPATH")
    if not path:
        return {}
    return {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, path.split(os.pathsep)))}


def _answer(script: Path, words: str, versions: Mapping[str, str]) -> Answer:
    error = script.with_suffix(".error")
    if error.exists():
        text = error.read_text(encoding="utf-8")
        return Answer({}, _one_line(text), words, versions)
    with np.load(script.with_suffix(".out.npz")) as arrays:
        return Answer({name: arrays[name] for name in arrays.files}, "", words, versions)


def _one_line(error: str) -> str:
    """An error without colours, safe for a terminal."""
    return printable(re.sub(r"\x1b\[[\d;]*m", "", error), SHOWN)
