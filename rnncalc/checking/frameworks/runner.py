"""What runs in a process of its own: every script of a folder, whose ``RESULTS`` are kept.

It is no part of the package there: it imports what the scripts import, and nothing of rnncalc.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

PACKAGES = ("keras", "tensorflow", "jax", "torch", "onnxruntime")
"""Whose versions are reported."""


def run(script: Path) -> None:
    """Run a script; keep its results, or the last line of its error."""
    names: dict[str, Any] = {"__file__": str(script), "__name__": "__main__"}
    try:
        exec(compile(script.read_text(encoding="utf-8"), script.name, "exec"), names)
        arrays: Any = {name: np.asarray(array) for name, array in names["RESULTS"].items()}
        np.savez(script.with_suffix(".out.npz"), **arrays)
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        text = f"{type(error).__name__}: {lines[0]}"
        script.with_suffix(".error").write_text(text, encoding="utf-8", errors="replace")


def main(folder: Path) -> None:
    """Run the scripts in their order, then write down the versions of what they used."""
    for script in sorted(folder.glob("program*.py")):
        run(script)
    used: dict[str, Any] = {name: sys.modules[name] for name in PACKAGES if name in sys.modules}
    versions = {name: str(getattr(module, "__version__", "")) for name, module in used.items()}
    if "keras" in used:
        versions["backend"] = used["keras"].backend.backend()
    (folder / "versions.json").write_text(json.dumps(versions), encoding="utf-8")


if __name__ == "__main__":
    here = str(Path(__file__).parent)  # it holds modules with the frameworks' names
    sys.path[:] = [one for one in sys.path if one != here]
    main(Path(sys.argv[1]))
