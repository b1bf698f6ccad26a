"""Commands replayed through a shell: what docs and cases print is what the program prints.

``RNNCALC_UPDATE=1 pytest`` writes what was printed into the docs and cases; the diff is the review.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import PLAIN

UPDATE = os.environ.get("RNNCALC_UPDATE") == "1"
OTHER_TOOLS = ("jq", "mlr")


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


def missing_tool(command: str) -> str | None:
    """The first tool that a command needs and this machine lacks."""
    tools = [tool for tool in OTHER_TOOLS if re.search(rf"(^|\| *){tool}\b", command)]
    return next((tool for tool in tools if not shutil.which(tool)), None)
