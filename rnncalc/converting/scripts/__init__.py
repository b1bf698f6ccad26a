"""Scripts that rebuild a network in a framework, and print what it gives for x.

Few numbers stand in the script; more of them in an npz file beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers.npy import npz_bytes
from rnncalc.converting.draft import Script
from rnncalc.converting.refusal import refuse_graph, refused
from rnncalc.converting.scripts.given import arrays, given
from rnncalc.converting.scripts.publishing import numbers_of, publish
from rnncalc.converting.to_text import flow
from rnncalc.errors import FileError
from rnncalc.files import shown
from rnncalc.model.model import Model

MOST = 200
"""So many numbers stand in a script at most."""


BESIDE = "NUMBERS = np.load(Path(__file__).with_name({!a}))"
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
    end = ["", *script.lines, script.printed[batched], ""]
    if sum(array.size for array in script.arrays.values()) < MOST:
        with files.replacing(out, read=True) as file:
            file.write("\n".join([*script.head, *_inline(script.arrays), *end]).encode())
        return [out]

    def text(name: str) -> bytes:
        head = ["from pathlib import Path", "", *script.head]
        return "\n".join([*head, BESIDE.format(name), *end]).encode()

    publish(out, text, npz_bytes(script.arrays))
    return [out, numbers_of(out)]


def drafted(model: Model, framework: str, *, recorded: bool = False) -> Script:
    """The script of a network whose input is settled (``given``).

    Args:
        recorded: whether ``network(x)`` gives more than its outcome: that, h and a dict of the
            final states.

    Errors: RnncalcError for what the framework does not compute, by its name.
    """
    if model.feedback == "sample":
        raise refused("feedback sample", "no framework draws the same numbers")
    if model.wiring:
        if framework != "keras":
            refuse_graph(model, "PyTorch's scripts")
        from rnncalc.converting.scripts.keras_graph import drafted as of_graph

        return of_graph(model)
    module = import_module(f"rnncalc.converting.scripts.for_{framework}")
    script: Script = module.drafted(model, recorded=recorded)
    return script._replace(arrays={**script.arrays, **arrays(model)})


def _inline(arrays: Mapping[str, Array]) -> list[str]:
    """The numbers by name, with all of their digits and their type."""
    lines = ["NUMBERS = {"]
    for name, array in arrays.items():
        lines.append(f'    "{name}": np.array({flow(array, "python")}, "{array.dtype.name}"),')
    return [*lines, "}"]


__all__ = ["drafted", "numbers_of", "write"]
