"""From options to what was said of a network: the file first, then the flags over it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rnncalc import files, readers
from rnncalc.errors import FileError, RnncalcError, located
from rnncalc.readers.config import Said

FLAGS = {
    "W_x": ("--wx", ("W_x",)),
    "W_h": ("--wh", ("W_h",)),
    "bias": ("--bias", ("bias",)),
    "bias_h": ("--bias-h", ("bias_h",)),
    "h0": ("--h0", ("h0",)),
    "activation": ("--activation", ("activation",)),
    "bias_y": ("--bias-y", ("output", "bias")),
    "activation_y": ("--activation-y", ("output", "activation")),
    "W_y": ("--wy", ("output", "W_y")),
    "mode": ("--mode", ("mode",)),
    "timesteps": ("--timesteps", ("timesteps",)),
    "feedback": ("--feedback", ("feedback",)),
    "dtype": ("--dtype", ("dtype",)),
    "x": ("--x", ("x",)),
}
"""Option to the flag that errors name, and the config's key that it stands for."""


def described(options: dict[str, Any]) -> Said:
    """What file and flags say of the network and its input; flags win.

    Errors: RnncalcError for two sources of one thing, and whatever the file is refused for.
    """
    source = options["model"]
    if source and options["config"]:
        raise RnncalcError("MODEL and --config both name a network: leave one out")
    source = source or options["config"]
    _refuse_split_list(source)
    said = readers.read(source) if source else Said()
    for option, (flag, way) in FLAGS.items():
        if options[option] is not None:
            said.set(way, options[option], flag)
    if options["state"]:
        _continue(said, Path(options["state"]))
    if not source and not said.flags:
        raise RnncalcError("which network? Give --wx and --wh, or a file. See: rnncalc run --help")
    return said


def _continue(said: Said, path: Path) -> None:
    """Take h0 from the final state of an earlier run's npz."""
    from rnncalc import npy

    if "h0" in said.data:
        raise RnncalcError("--state and h0 both give the initial state: leave one out")
    key = f"{said.data.get('name') or 'layer0'}.forward.final.h"
    if path.suffix.lower() != ".npz":
        raise FileError(f"--state {files.shown(path)}: an .npz file was expected, as -o wrote it")
    with located("--state"):
        said.set(("h0",), npy.read_npz(path, [key])[key], "--state")


def _refuse_split_list(source: str | None) -> None:
    if source and re.fullmatch(r"-?[\d.]+([eE]-?\d+)?", source) and not Path(source).exists():
        message = f"{source} is a number where a file was expected"
        raise RnncalcError(f"{message}. PowerShell splits 1,2,3 into words: write '1,2,3'")
