"""``rnncalc exercise``: a sheet of steps to compute by hand, and its solution."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnncalc.cli.grouped import Choice, Command, Group, argument, option
from rnncalc.cli.options import (
    DEBUG,
    PATH,
    Decorator,
    digits_option,
    format_option,
    options,
)
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.parameters import NamesType, OutputFile
from rnncalc.cli.requests import requested
from rnncalc.errors import RnncalcError
from rnncalc.writers import EXERCISES, EXPLANATIONS

if TYPE_CHECKING:
    from rnncalc.trace.trace import Trace

CELLS = Choice(["rnn", "gru", "lstm"])
SMALL, FEW = click.IntRange(1, 4), click.IntRange(1, 20)

SHEET: list[Decorator] = [
    argument(Group.NETWORK, "kind", required=False, type=CELLS, help="The cell"),
    option(Group.NETWORK, "--cell", type=CELLS, implied="rnn", help="The same as KIND"),
    option(
        Group.NETWORK, "--units", type=SMALL, default=1, first=True, help="Hidden units; default 1."
    ),
    option(
        Group.NETWORK,
        "--features",
        type=SMALL,
        default=1,
        first=True,
        help="Numbers of x a timestep; default 1.",
    ),
    option(
        Group.NETWORK,
        "--timesteps",
        type=FEW,
        default=3,
        first=True,
        help="Rows to compute; default 3.",
    ),
    option(
        Group.NETWORK,
        "--seed",
        type=click.IntRange(0, 2**32),
        default=1,
        first=True,
        help="Other numbers; default 1.",
    ),
    option(
        Group.SHOW,
        "--blank",
        type=NamesType(),
        default=(),
        first=True,
        help="Numbers to leave out, to be found by hand: h,a.",
    ),
    format_option(EXERCISES),
    PATH,
    option(
        Group.LOOK,
        "--solution",
        type=OutputFile("the exercise"),
        first=True,
        help="Write every line of arithmetic: .md, .tex.",
    ),
    digits_option(".4"),
    DEBUG,
]
"""What to draw, and how the sheet looks."""


@click.command("exercise", cls=Command)
@options(SHEET)
@requested(output=OutputRequest)
def exercise_command(
    output: OutputRequest,
    kind: str | None,
    cell: str | None,
    units: int,
    features: int,
    timesteps: int,
    seed: int,
    blank: tuple[str, ...],
    solution: Path | None,
) -> None:
    """Print a small network with easy numbers, whose results are to be found.

    The same seed gives the same exercise. Of OUTPUT.xlsx a
    cell turns green when it is right.

    \b
    Examples:
      rnncalc exercise
      rnncalc exercise lstm --timesteps 2 -o sheet.tex --solution solution.tex
      rnncalc exercise --seed 7 --blank h -o sheet.xlsx
    """
    from rnncalc.explaining.exercise import exercise

    if kind and cell and kind != cell:
        raise RnncalcError(f"KIND is {kind}, --cell {cell}: leave one out")
    if solution and solution == output.path:
        raise RnncalcError("-o and --solution name one file: the solution has its own")
    output = replace(output, digits=output.digits or ".4")
    form, size = output.form(EXERCISES), {"units": units, "features": features}
    made = exercise(cell or kind or "rnn", **size, timesteps=timesteps, seed=seed, blank=blank)
    with output.opened() as out:
        form.writer.write(made, output.style(form), out)
    if solution:
        _solve(made.trace, replace(output, path=solution, format=None))


def _solve(trace: Trace, output: OutputRequest) -> None:
    """Write every line of arithmetic, as ``explain`` does."""
    from rnncalc.explaining.explain import explain
    from rnncalc.trace.selection import Selection

    form = output.form(EXPLANATIONS)
    style = output.style(form)
    explanation = explain(trace, None, digits=style.digits if form.people else "full")
    with output.opened() as out:
        form.writer.write(explanation, Selection(), style, out)
