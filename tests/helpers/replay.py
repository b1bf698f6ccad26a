"""Commands replayed: what docs and cases print is what the program prints.

A plain command runs in this process, which takes a tenth of the time; what needs a shell gets one,
and in .ci/run every command does. ``RNNCALC_UPDATE=1 pytest`` writes what was printed into the
docs and cases; the diff is the review.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import PLAIN, captured

UPDATE = os.environ.get("RNNCALC_UPDATE") == "1"
OTHER_TOOLS = ("cc", "jq", "mlr")
DRAWN = r"\.(svg|png|pdf)\b"
"""In a command that draws with matplotlib."""
SHELLS = [UPDATE, *([] if UPDATE else [pytest.param(True, marks=pytest.mark.slow)])]
"""Ways to replay: soon; and, slow, with a process for each command. An update takes its time."""


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command line in a folder, on a plain 80-column screen."""
    env = {key: value for key, value in os.environ.items() if "COLOR" not in key}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**env, **PLAIN, "PATH": path, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def plain(command: str) -> list[str] | None:
    """The words of a command behind ``rnncalc`` where it is nothing but words, or None."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    first, *words = lexer
    signs = any(re.fullmatch(r"[|&;<>()]+", word) for word in words)
    if first != "rnncalc" or signs or re.search(r"[$`*~#\\]", command):
        return None
    return words


def replay(
    command: str, folder: Path, *, whole: bool, merged: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a command line in a folder: through a shell, or in this process where that is the same.

    Args:
        whole: always through a shell.
        merged: whether stderr goes to stdout.
    """
    words = None if whole else plain(command)
    if words is None:
        return shell(f"exec 2>&1; {command}" if merged else command, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for key in [key for key in os.environ if "COLOR" in key]:
            patch.delenv(key)
        for key, value in PLAIN.items():
            patch.setenv(key, value)
        screen = captured(*words, merged=merged)
    return subprocess.CompletedProcess(command, screen.code, screen.text, screen.err)


def missing_tool(command: str) -> str | None:
    """The first tool or package that a command needs and this machine lacks."""
    tools = [tool for tool in OTHER_TOOLS if re.search(rf"(^|\| *){tool}\b", command)]
    if "--dtype" in command and "mp:" in command and not find_spec("mpmath"):
        return "mpmath"
    if re.search(r"rnncalc convert .* -o \S+\.h\b", command):
        tools.append("cc")
    return next((tool for tool in tools if not shutil.which(tool)), None)
