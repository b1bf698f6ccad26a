"""From options to what was said of a network: the file first, then the flags over it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rnncalc import readers
from rnncalc.errors import RnncalcError, located
from rnncalc.model import Model
from rnncalc.readers import config
from rnncalc.readers.said import Said

FLAGS = {
    "W_x": ("--wx", ("W_x",)),
    "W_h": ("--wh", ("W_h",)),
    "bias": ("--bias", ("bias",)),
    "bias_h": ("--bias-h", ("bias_h",)),
    "h0": ("--h0", ("h0",)),
    "c0": ("--c0", ("c0",)),
    "activation": ("--activation", ("activation",)),
    "bias_y": ("--bias-y", ("output", "bias")),
    "activation_y": ("--activation-y", ("output", "activation")),
    "W_y": ("--wy", ("output", "W_y")),
    "mode": ("--mode", ("mode",)),
    "timesteps": ("--timesteps", ("timesteps",)),
    "feedback": ("--feedback", ("feedback",)),
    "dtype": ("--dtype", ("dtype",)),
    "x": ("--x", ("x",)),
    "lengths": ("--lengths", ("lengths",)),
    "mask": ("--mask", ("mask",)),
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
            _refuse_inner(said, option, flag)
            said.set(way, options[option], flag)
    if not source and not said.flags:
        raise RnncalcError("which network? Give --wx and --wh, or a file. See: rnncalc run --help")
    return said


def _refuse_inner(said: Said, option: str, flag: str) -> None:
    """A flag for the one cell of a network that has several."""
    if option in ("W_x", "W_h", "bias", "bias_h", "activation"):
        for key in ("layers", "forward", "backward", "cells"):
            if said.data.get(key) is not None:
                message = f"{flag} is for a network of one cell, and the file has {key}"
                raise RnncalcError(f"{message}: write it there")


def network(said: Said, state: str | None) -> Model:
    """The model that was described, in the state in which an earlier run ended if one is named."""
    model = config.model(said)
    if state is None:
        return model
    if _states(said.data):
        raise RnncalcError("--state and h0 both give the initial state: leave one out")
    from rnncalc.readers.state import continued

    said.flags |= {("h0",): "--state", ("c0",): "--state"}
    with located("--state"):
        return continued(model, Path(state))


def _states(block: Any) -> bool:
    """Whether initial states stand anywhere in a config."""
    if isinstance(block, list):
        return any(map(_states, block))
    if not isinstance(block, dict):
        return False
    keys = ("layers", "cells", "forward", "backward")
    given = any(block.get(key) is not None for key in ("h0", "c0"))
    return given or any(_states(block.get(key)) for key in keys)


def _refuse_split_list(source: str | None) -> None:
    if source and re.fullmatch(r"-?[\d.]+([eE]-?\d+)?", source) and not Path(source).exists():
        message = f"{source} is a number where a file was expected"
        raise RnncalcError(f"{message}. PowerShell splits 1,2,3 into words: write '1,2,3'")
