"""``rnncalc explain``: the arithmetic of a step, with the numbers in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import click

from rnncalc.cli.grouped import Command
from rnncalc.cli.notes import Notes
from rnncalc.cli.options import EXPLANATION, NETWORK, options
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.requests import NetworkRequest, requested
from rnncalc.trace.selection import Selection, chosen
from rnncalc.writers import EXPLANATIONS

if TYPE_CHECKING:
    from rnncalc.explaining.explanation import ExplainedStep, Explanation
    from rnncalc.trace.trace import Trace

FEW = 4
"""Of a wider layer only the first unit is explained, unless others are asked for."""


@click.command("explain", cls=Command)
@options(NETWORK, EXPLANATION)
@requested(network=NetworkRequest, selection=Selection, output=OutputRequest, notes=Notes)
def explain_command(
    network: NetworkRequest,
    selection: Selection,
    output: OutputRequest,
    notes: Notes,
    depth: Literal["terms", "products"],
    every_product: bool,
    why: bool,
) -> None:
    """Print each equation of a timestep, with the numbers in it, and its result.

    MODEL and the input are given as for run. Every line is true as it is printed: its numbers give
    its result. Where rounding forbids that, there is no =. Of --steps all
    a terminal gets the first 40, a file and a pipe all.

    \b
    Examples:
      rnncalc explain -x 1,2,3,4,5 --wx 0.32394445 --wh 1 --step 2
      rnncalc example lstm | rnncalc explain - --step 3
      rnncalc explain net.yaml -x data.csv --step 2:4 --unit 0 --depth products
    """
    from rnncalc.cli import inputs
    from rnncalc.explaining.explain import explain

    form = output.form(EXPLANATIONS)
    style = output.style(form)
    steps = 1 if selection.steps is None else selection.steps
    trace = inputs.compute(inputs.describe(network), network, notes, steps)
    selection.names(trace.model)  # refuses what there is not
    layer, direction = selection.place(trace.model)
    if selection.steps is None:
        selection = replace(selection, steps=-1 if trace.single(layer) else 1)
    explanation = explain(
        trace, selection.rows(trace, "--step"), layer=layer or None, direction=direction or None,
        units=_units(trace, selection), sequence=selection.sequences(trace),
        show=selection.show, depth=depth, every_product=every_product,
        digits=style.digits if form.people else "full", why=why,
    )  # fmt: skip
    if not (notes.quiet or output.on_terminal):
        explanation = _followed(explanation)
    with output.opened() as out:
        form.writer.write(explanation, selection, style, out)


def _followed(explanation: Explanation) -> Explanation:
    """The same; how far it is made is shown."""
    from rnncalc.cli.progress import followed

    ts, before = explanation.t, {one: i for i, one in enumerate(explanation.sequences)}

    def done(step: ExplainedStep) -> int:
        return before[step.sequence] * len(ts) + step.t - ts[0] + 1

    made = explanation.made
    return replace(explanation, made=lambda: followed(made(), lambda: explanation.count, done))


def _units(trace: Trace, selection: Selection) -> list[int] | None:
    """The units that were asked for; of a wide layer the first one, unless all are asked for."""
    most = trace.widest(selection.place(trace.model)[0] or None)
    if selection.units is None:
        return None if most <= FEW else [0]
    return chosen(selection.units, most, 0, "--unit", "unit")
