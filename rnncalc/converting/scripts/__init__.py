"""Scripts that rebuild a network in a framework, and print what it gives for x.

Few numbers stand in the script; more of them in an npz file beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
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

BESIDE = 'NUMBERS = np.load(__file__ + ".npz")'
"""How a script reads the others."""


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
    numbers = [BESIDE] if beside else _inline(script.arrays)
    last = script.printed[batched]
    text = "\n".join([*script.head, *numbers, "", *script.lines, last, ""])
    contents = {out: text.encode()}
    contents |= {numbers_of(out): npz_bytes.content(script.arrays)} if beside else {}
    with ExitStack() as stack:  # both take their places, or none
        for path, content in contents.items():
            file = stack.enter_context(files.replacing(path, read=True))
            file.write(content)
            file.flush()
    return list(contents)


def numbers_of(out: Path) -> Path:
    """The file beside a script, whose name nobody else has."""
    return out.with_name(f"{out.name}.npz")


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
