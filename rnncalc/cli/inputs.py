"""From options to what was said of a network: the file first, then the flags over it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import readers
from rnncalc.config.network import model as model_of
from rnncalc.config.said import Said
from rnncalc.errors import Path as Way
from rnncalc.errors import RnncalcError, RnncalcWarning, listed, located, printable
from rnncalc.model.model import Model
from rnncalc.numbers.digits import counted
from rnncalc.numbers.input_file import Source
from rnncalc.running.recurrence import run
from rnncalc.trace.trace import Trace
from rnncalc.writers.view import Part, last_of

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
    said = _read(source, options)
    for option in FLAGS:
        if options[option] is not None:
            _set(said, option, options[option])
    if not source and not said.flags:
        raise RnncalcError("which network? Give --wx and --wh, or a file. See: rnncalc run --help")
    return said


def _read(source: str | None, options: dict[str, Any]) -> Said:
    """What the file says, of the layers that were named; nothing without a file."""
    layers, assume = [name for name in options["layers"] if name], options["assume"]
    if source:
        return readers.read(source, layers=layers, assume=assume)
    if layers or assume:
        raise RnncalcError(f"--{'layers' if layers else 'assume'} is for a file: give MODEL")
    return Said()


def _set(said: Said, option: str, value: Any) -> None:
    """Lay a flag over the file; one for the cell itself goes to where the cell is described."""
    flag, way = FLAGS[option]
    if option not in ("W_x", "W_h", "bias", "bias_h", "activation"):
        said.set(way, value, flag)
        return
    cells = list(_cells(said.data, ()))
    if len(cells) > 1 and option != "activation":
        raise RnncalcError(f"{flag} is for a network of one cell, and the file has several")
    if len(cells) > 1 and any("activation" in block for _, block in cells):
        raise RnncalcError(
            f"{flag} is for a network of one cell, and the file says its activations"
        )
    for inner, _ in cells:
        said.set((*inner, *way), value, flag)


def _cells(block: dict[str, Any], way: Way) -> Iterator[tuple[Way, dict[str, Any]]]:
    """Where each cell of a config is described."""
    blocks: list[tuple[Way, Any]] = [((key,), block.get(key)) for key in ("forward", "backward")]
    for key in ("layers", "cells"):
        blocks += [((key, i), part) for i, part in enumerate(block.get(key) or [])]
    inside = [(inner, part) for inner, part in blocks if part is not None]
    if not inside:
        yield way, block
    for inner, part in inside:
        yield from _cells(part, (*way, *inner))


def network(said: Said, state: str | None) -> Model:
    """The model that was described, in the state in which an earlier run ended if one is named."""
    model = model_of(said)
    for message in said.warnings:
        warnings.warn(message, RnncalcWarning, stacklevel=2)
    if state is None:
        return model
    if flag := said.flags.get(("h0",)) or said.flags.get(("c0",)):
        raise RnncalcError(f"--state and {flag} both give the initial state: leave one out")
    from rnncalc.readers.state import continued

    said.flags |= {("h0",): "--state", ("c0",): "--state"}
    with located("--state"):
        return continued(model, Path(state))


MOST = 8
"""So many assumptions are named on stderr; ``inspect`` has them all."""


def tell_assumed(said: Said, options: dict[str, Any]) -> None:
    """Say on stderr what a model file leaves unsaid, and what is taken for it."""
    from rnncalc.cli.door import say
    from rnncalc.readers.contents.assume import SAID, shown

    assumed = [
        f"{printable('.'.join(filter(None, [one.layer, one.key])))}={shown(one.value)}"
        for one in said.assumed
        if one.why != SAID and not said.flagged(one)
    ]
    if assumed and not options["quiet"]:
        remedy = "--assume KEY=VALUE says otherwise, rnncalc inspect why"
        rest = f" and {len(assumed) - MOST} more" if len(assumed) > MOST else ""
        told = f"{', '.join(assumed[:MOST])}{rest}"
        say(f"Assumed, as {said.name} does not say it: {told} ({remedy}).")
    if said.outputs and not options["quiet"]:
        say(f"{said.name} gives {listed(said.outputs)}; -f npz has them by these names.")


def tell_order(model: Model, said: Said, options: dict[str, Any]) -> None:
    """Say on stderr how the axes of a batch are read, where the graph has another order."""
    from rnncalc.cli.door import say

    entry, x = model.entry, model.x
    if x is None or not entry or options["quiet"]:
        return
    if entry.time_first and np.ndim(x) == len(entry.axes):
        own = f"time first, ({', '.join(entry.axes)})"
        batch, timesteps, *_ = np.shape(x)
        read = f"{counted(batch, 'sequence')} of {counted(timesteps, 'timestep')}"
        say(f"Note: {said.name} takes {own}; here the batch is first: x is read as {read}.")


@contextmanager
def source_of(said: Said) -> Iterator[Source | None]:
    """The input, if it is a file that has not been read yet: open until the end of the block."""
    with ExitStack() as stack:
        source = said.take_source()
        if source:
            with reading():
                stack.enter_context(source)
        yield source


def whole_input(model: Model, source: Source | None) -> Model:
    """The model with all of an input that has not been read yet."""
    if source is None:
        return model
    with reading():
        return replace(model, x=source.read(ids=model.embedding is not None))


def traced(options: dict[str, Any], steps: Part | None = None) -> Trace:
    """The run of the network, with all of the input, that the options say.

    Args:
        steps: which timesteps are needed; of a network that makes its own input no others are run.
    """
    return ran(described(options), options, steps)


def ran(said: Said, options: dict[str, Any], steps: Part | None = None) -> Trace:
    """The run of a network that was described."""
    with source_of(said) as source:
        model = whole_input(network(said, options["state"]), source)
    tell_assumed(said, options)
    tell_order(model, said, options)
    until = last_of(steps, model.timesteps) if model.timesteps else None
    with said.located():
        return run(model, sequential=options["sequential"], until=until)


@contextmanager
def reading() -> Iterator[None]:
    """Errors of the input have a place of their own, which is not the config's."""
    try:
        with located("--x"):
            yield
    except RnncalcError as error:
        error.placed = True
        raise


def _refuse_split_list(source: str | None) -> None:
    if source and re.fullmatch(r"-?[\d.]+([eE]-?\d+)?", source) and not Path(source).exists():
        message = f"{source} is a number where a file was expected"
        raise RnncalcError(f"{message}. PowerShell splits 1,2,3 into words: write '1,2,3'")
