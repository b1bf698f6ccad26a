"""``rnncalc exercise``: a sheet of steps to compute by hand, and its solution."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnncalc.cli.options import DEBUG, PATH, digits_option
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.parameters import NamesType, OutputFile
from rnncalc.cli.requests import requested
from rnncalc.errors import RnncalcError
from rnncalc.writers import EXERCISES, EXPLANATIONS

if TYPE_CHECKING:
    from rnncalc.trace.trace import Trace

CELLS = click.Choice(["rnn", "gru", "lstm"])
SMALL, FEW = click.IntRange(1, 4), click.IntRange(1, 20)


@click.command("exercise")
@click.argument("kind", required=False, type=CELLS)
@click.option("--cell", type=CELLS, help="The same as KIND; default rnn.")
@click.option("--units", type=SMALL, default=1, help="Hidden units; default 1.")
@click.option("--features", type=SMALL, default=1, help="Numbers of x a timestep; default 1.")
@click.option("--timesteps", type=FEW, default=3, help="Rows to compute; default 3.")
@click.option("--seed", type=click.IntRange(0, 2**32), default=1, help="Other numbers; default 1.")
@click.option(
    "--blank", type=NamesType(), default=(), help="What is to be found: h,a; default all."
)
@click.option("-f", "--format", type=click.Choice(list(EXERCISES)), help="Default: markdown.")
@PATH
@click.option(
    "--solution",
    type=OutputFile("the exercise"),
    help="Write every line of arithmetic: .md, .tex.",
)
@digits_option(".4")
@DEBUG
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
    """Draw a small network with numbers that are easy to compute with, and leave out its results.

    KIND is rnn (the default), gru or lstm. The same seed gives the same exercise. Of OUTPUT.xlsx a
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
