"""``rnncalc inspect``: which recurrent layers a model file holds, and what had to be assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from rnncalc.cli import proposals
from rnncalc.cli.grouped import Command, Group, argument, option
from rnncalc.cli.notes import Notes
from rnncalc.cli.options import (
    ASSUME,
    COLOR,
    CSV,
    DEBUG,
    DIGITS,
    JSON,
    LAYERS,
    PATH,
    QUIET,
    VERBOSE,
    Decorator,
    format_option,
    gates,
    options,
)
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.parameters import ModelFile
from rnncalc.cli.requests import requested
from rnncalc.errors import RnncalcError
from rnncalc.writers import INSPECTIONS, WEIGHTS

INSPECTION: list[Decorator] = [
    argument(Group.NETWORK, "file", type=ModelFile(), help="A model file, or a config."),
    LAYERS,
    ASSUME,
    option(
        Group.SHOW,
        "--stats",
        is_flag=True,
        first=True,
        help="Smallest, largest, mean and spread of every array.",
    ),
    option(
        Group.SHOW,
        "--weights",
        metavar="NAME",
        shell_complete=proposals.arrays,
        first=True,
        help="One array, with every digit: lstm.W_x.i, fc.weight.",
        more=gates,
    ),
    format_option(INSPECTIONS | WEIGHTS),
    JSON,
    CSV,
    PATH,
    DIGITS,
    COLOR,
    QUIET,
    VERBOSE,
    DEBUG,
]
"""What to say of a file, how, and where."""


@click.command("inspect", cls=Command)
@options(INSPECTION)
@requested(output=OutputRequest, notes=Notes)
def inspect_command(
    file: str,
    output: OutputRequest,
    notes: Notes,
    layers: Sequence[str],
    assume: Sequence[str],
    stats: bool,
    weights: str | None,
) -> None:
    """Print which recurrent layers FILE holds, and what it leaves unsaid.

    Of each: cell, sizes, directions, activations, parameters. Of all: whose convention their
    weights follow, what had to be assumed, what is left out.

    FILE is a model of Keras (.keras, .h5), weights of PyTorch (.pt, .pth), an .onnx, .tflite,
    .safetensors or .npz file, or a config. Its numbers are read for --stats and --weights only.

    \b
    Examples:
      rnncalc inspect model.keras
      rnncalc inspect weights.pt --stats
      rnncalc inspect weights.pt --weights lstm.W_h.f --digits full
      rnncalc inspect weights.pt --weights fc.weight -o fc.npy
    """
    from rnncalc.inspecting import inspect

    _refuse_misfit(output.format, one_array=bool(weights))
    form = output.form(WEIGHTS if weights else INSPECTIONS)
    style = output.style(form)
    which = {"layers": layers, "assume": assume}
    if weights:
        array = inspect.matrix(Path(file), weights, **which)
        style = replace(style, digits=output.digits or "full")
        with output.opened() as out:
            form.writer.matrix(weights, array, style, out)
        return
    found = inspect.inspect(Path(file), **which, statistics=stats)
    notes.say_looked(found, every_number=stats)
    with output.opened() as out:
        form.writer.write(found, style, out)


def _refuse_misfit(form: str | None, *, one_array: bool) -> None:
    """Errors: RnncalcError for a format of one array where there is none, and the reverse."""
    if form and one_array and form not in WEIGHTS:
        raise RnncalcError(f"-f {form} tells of all layers: leave out --weights")
    if form and not one_array and form not in INSPECTIONS:
        raise RnncalcError(f"-f {form} holds one array: say which, with --weights NAME")
