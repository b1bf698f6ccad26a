"""``rnncalc run``: every hidden state of a network."""

from __future__ import annotations

from typing import Any

import click

from rnncalc.cli.options import model_options, output_options
from rnncalc.cli.parameters import decimal_commas
from rnncalc.errors import RnncalcError

LARGEST = 10**8
"""So many numbers at most as json, markdown or latex: those are held in memory as a whole."""


@click.command("run", short_help="Print every hidden state of a network.")
@model_options
@output_options
@click.pass_context
def run_command(context: click.Context, /, **options: Any) -> int:
    """Compute h_t = tanh(W_x x_t + W_h h_{t-1} + bias) and print every hidden state.

    MODEL is a YAML, JSON or npz file, or - for a config on stdin; options win over what it says.

    \b
    Examples:
      rnncalc -x 1,2,3,4,5 --wx 0.32394445 --wh 1
      rnncalc run -x '1 0; 0 1' --wx '.5 -.2; .1 .4' --wh '.1 0; 0 .3' --json
      seq 5 | rnncalc -x - --wx 0.32394445 --wh 1 --last

    VALUE is 0.5, 1,2,3 (a list), '1 2; 3 4' (a matrix), JSON, @file.csv, @file.npz:key
    or - (stdin).
    """
    from rnncalc.cli.door import warned

    with decimal_commas(context):
        return warned(lambda: _run(options), quiet=options["quiet"], strict=options["strict"])


def _run(options: dict[str, Any]) -> None:
    from rnncalc.cli.door import say
    from rnncalc.cli.inputs import described, network
    from rnncalc.cli.outputs import form_of, written
    from rnncalc.recurrence import run

    form, view = form_of(options)
    said = described(options)
    model = network(said, options["state"])
    names = view.names(model)
    with said.located():
        if form.whole:
            _refuse_huge(model, names)
        trace = run(model, record=names)
    if options["verbose"]:
        rounded = "" if trace.arithmetic == trace.dtype else f", rounded once to {trace.dtype}"
        steps = f"{trace.timesteps:,} timestep{'s' * (trace.timesteps != 1)}"
        told = f"{steps} in {trace.arithmetic}{rounded}"
        say(f"Computed {told}.")
    written(trace, view, form, options["output"])


def _refuse_huge(model: Any, names: list[str]) -> None:
    from rnncalc.inputs import checked_input

    x, _ = checked_input(model, model.x)
    steps = model.timesteps or x.shape[1]
    numbers = x.shape[0] * steps * (model.features + len(names) * model.layers[-1].units)
    if numbers > LARGEST:
        raise RnncalcError(
            f"about {numbers:,} numbers are too many for this format: use -f ndjson or -f npy"
        )
