"""``rnncalc explain``: the arithmetic of a step, with the numbers in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rnncalc.cli.options import explain_options, model_options
from rnncalc.cli.parameters import decimal_commas

if TYPE_CHECKING:
    from rnncalc.explaining.explanation import Explanation
    from rnncalc.trace.trace import Trace
    from rnncalc.writers.view import View

FEW = 4
"""Of a wider layer only the first unit is explained, unless others are asked for."""


@click.command("explain", short_help="Print the arithmetic of a step, with the numbers in it.")
@model_options
@explain_options
@click.pass_context
def explain_command(context: click.Context, /, **options: Any) -> int:
    """Print each equation of a timestep: in symbols, with the numbers in it, and the result.

    MODEL and the input are given as for run. Every line is true as it is printed: its numbers give
    its result. Where rounding forbids that, the sign is \u2248.

    \b
    Examples:
      rnncalc explain -x 1,2,3,4,5 --wx 0.32394445 --wh 1 --step 2
      rnncalc example lstm | rnncalc explain - --step 3
      rnncalc explain net.yaml -x data.csv --step 2:4 --unit 0 --depth products
    """
    from rnncalc.cli.door import warned

    with decimal_commas(context):
        return warned(lambda: _explain(options), quiet=options["quiet"], strict=options["strict"])


def _explain(options: dict[str, Any]) -> None:
    from rnncalc.cli.inputs import traced

    trace = traced(options, 1 if options["steps"] is None else options["steps"])
    explanation, view = _told(trace, options)
    _written(explanation, view, options)


def _told(trace: Trace, options: dict[str, Any]) -> tuple[Explanation, View]:
    """What was asked for, explained; and how it is shown."""
    from rnncalc.cli.outputs import terminal
    from rnncalc.explaining.explain import explain
    from rnncalc.numbers.digits import DEFAULT
    from rnncalc.writers.view import View, chosen

    form = _form(options)
    digits = "full" if form == "json" else options["digits"] or DEFAULT
    view = View(show=options["show"], of=options["of"] or "", digits=digits)
    view.names(trace.model)
    layer, direction = view.place(trace.model)
    steps = chosen(options["steps"], trace.length, 1, "--step", "step")
    times = [1] if options["steps"] is None else None if steps is None else steps.tolist()
    explanation = explain(
        trace, times, layer=layer or None, direction=direction or None,
        units=_units(trace, view, options["units"]), show=options["show"],
        depth=options["depth"], digits=digits, why=options["why"],
    )  # fmt: skip
    shown = {"non_finite": options["non_finite"]}
    return explanation, replace(view, **shown, **terminal(options["color"], options["output"]))


def _units(trace: Trace, view: View, asked: Any) -> list[int] | None:
    """The units that were asked for; of a wide layer the first one, unless all are asked for."""
    from rnncalc.writers.view import chosen

    model = trace.model
    layers = [one for one in model.layers if view.shows(model, one.name)]
    most = max(one.state_size for each in layers for one in each.passes.values())
    most = max([most, *(width or 0 for width in model.widths)])
    if asked is None:
        return None if most <= FEW else [0]
    units = chosen(asked, most, 0, "--unit", "unit")
    return None if units is None else [int(unit) for unit in units]


def _form(options: dict[str, Any]) -> str:
    from rnncalc.writers import format_of
    from rnncalc.writers.explanation import SUFFIXES

    if options["form"]:
        return str(options["form"])
    return format_of(Path(options["output"]), SUFFIXES) if options["output"] else "text"


def _written(explanation: Explanation, view: View, options: dict[str, Any]) -> None:
    from rnncalc.cli.outputs import opened
    from rnncalc.writers.explanation import write

    with opened(options["output"]) as out:
        write(explanation, view, _form(options), out)
