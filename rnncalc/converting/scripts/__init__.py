"""Scripts that rebuild a network in a framework, and print what it gives for x.

Few numbers stand in the script; more of them in an npz file beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import files
from rnncalc.activations import Array
from rnncalc.converting import npz_bytes
from rnncalc.converting.scripts.given import arrays, given
from rnncalc.converting.scripts.script import Script
from rnncalc.digits import whole
from rnncalc.errors import FileError
from rnncalc.files import shown
from rnncalc.model import Model

MOST = 200
"""So many numbers stand in a script at most."""


def write(model: Model, out: Path, framework: str, *, dtype: str | None = None) -> list[Path]:
    """Write a script for ``keras`` or ``torch``, and where it has many numbers an npz beside it.

    Returns: what was written, the script first.
    Errors: RnncalcError for what the framework does not compute, by its name.
    """
    if out.suffix != ".py":
        raise FileError(f"-o {shown(out)}: a script's name ends in .py")
    model, batched = given(replace(model, dtype=dtype or model.dtype))
    script = drafted(model, framework)
    beside = sum(array.size for array in script.arrays.values()) >= MOST
    numbers = _beside(out) if beside else _inline(script.arrays)
    last = script.printed[batched]
    text = "\n".join([*script.head, *numbers, "", *script.lines, last, ""])
    if beside:
        with files.replacing(out.with_suffix(".npz"), read=True) as file:
            file.write(npz_bytes.content(script.arrays))
    with files.replacing(out, read=True) as file:
        file.write(text.encode())
    return [out, out.with_suffix(".npz")] if beside else [out]


def drafted(model: Model, framework: str, *, recorded: bool = False) -> Script:
    """The script of a network whose input is settled (``given``).

    Args:
        recorded: whether ``network(x)`` gives more than its outcome: that, h and a dict of the
            final states.

    Errors: RnncalcError for what the framework does not compute, by its name.
    """
    module = import_module(f"rnncalc.converting.scripts.for_{framework}")
    script: Script = module.drafted(model, recorded=recorded)
    return script._replace(arrays={**script.arrays, **arrays(model)})


def _beside(out: Path) -> list[str]:
    name = out.with_suffix(".npz").name
    return [f'NUMBERS = np.load(Path(__file__).with_name("{name}"))']


def _inline(arrays: Mapping[str, Array]) -> list[str]:
    """The numbers by name, with all of their digits."""
    lines = ["NUMBERS = {"]
    for name, array in arrays.items():
        kind = "" if array.dtype == np.float64 else f', "{array.dtype.name}"'
        lines.append(f'    "{name}": np.array({listed(array)}{kind}),')
    return [*lines, "}"]


def listed(array: Any) -> str:
    """An array as nested lists."""
    if array.ndim == 0:
        return whole(array[()])
    return "[" + ", ".join(map(listed, array)) + "]"
