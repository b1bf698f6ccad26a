"""``rnncalc run``: every hidden state of a network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from rnncalc.cli.options import model_options, output_options
from rnncalc.cli.parameters import decimal_commas
from rnncalc.errors import RnncalcError

if TYPE_CHECKING:
    from rnncalc.activations import Array
    from rnncalc.model import Model
    from rnncalc.readers.said import Said
    from rnncalc.source import Source
    from rnncalc.trace import Trace
    from rnncalc.writers import Format
    from rnncalc.writers.view import View

LARGEST = 10**8
"""So many numbers at most as json, markdown or latex: those are held in memory as a whole."""


@click.command("run", short_help="Print every hidden state of a network.")
@model_options
@output_options
@click.option("--summary", is_flag=True, help="Saturated and dead units, gates, memory length.")
@click.pass_context
def run_command(context: click.Context, /, **options: Any) -> int:
    """Compute h_t = tanh(W_x x_t + W_h h_{t-1} + bias) and print every hidden state.

    MODEL is a config (YAML, JSON), a model file (.keras, .h5, .pt, .safetensors, .onnx, .npz), or -
    for a config on stdin; options win over what it says.

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
    from rnncalc.cli.inputs import described, network, source_of, tell_assumed
    from rnncalc.cli.outputs import form_of, written

    form, view = form_of(options)
    said = described(options)
    with source_of(said) as source:
        model = network(said, options["state"])
        tell_assumed(said, options)
        names = view.names(model)
        live = source is not None and form.lines and source.live
        if source is None or _whole(model, source, form, view, live):
            traces = _computed(model, source, names, form, options)
        else:
            traces = _parts(model, source, names, live, options)
        written(_told(said, traces, options), view, form, options["output"], live=live)


def _computed(
    model: Model, source: Source | None, names: list[str], form: Format, options: dict[str, Any]
) -> Iterator[Trace]:
    """A run of an input that is held in memory, when it is asked for."""
    from rnncalc.cli.inputs import whole_input
    from rnncalc.recurrence import run

    model = whole_input(model, source)
    record = None if options["summary"] else names  # it needs every quantity
    if form.whole or record is None:
        _refuse_huge(model, record)
    yield run(model, record=record, sequential=options["sequential"])


def _parts(
    model: Model, source: Source, names: list[str], live: bool, options: dict[str, Any]
) -> Iterator[Trace]:
    """A run part by part; of a live input as its lines come, one step after the other."""
    from rnncalc.cli.inputs import reading
    from rnncalc.cli.progress import shown
    from rnncalc.recurrence import part_of, stream

    def read() -> Iterator[Array]:
        with reading():
            yield from source.parts(part_of(model), ids=model.embedding is not None, live=live)

    sequential = live or options["sequential"]
    traces = stream(model, read(), record=names, sequential=sequential)
    return traces if live or options["quiet"] else shown(traces, source)


def _whole(model: Model, source: Source, form: Format, view: View, live: bool) -> bool:
    """Whether all of the input is needed before anything can be written."""
    from rnncalc.cli.door import say
    from rnncalc.cli.inputs import reading
    from rnncalc.recurrence import needs_all

    with reading():
        several = source.whole(ids=model.embedding is not None)
    why = needs_all(model)
    if why and live:
        say(f"Note: {why}; nothing is printed before its end.")
    return bool(why) or not form.streams or view.steps is not None or several


def _told(said: Said, traces: Iterable[Trace], options: dict[str, Any]) -> Iterator[Trace]:
    """The traces, their errors with their places; at the end, with -v, how they were computed."""
    from rnncalc.cli.door import say
    from rnncalc.digits import counted

    with said.located():
        for trace in traces:
            yield trace
    if options["verbose"]:
        rounded = "" if trace.arithmetic == trace.dtype else f", rounded once to {trace.dtype}"
        count = trace.start + trace.timesteps
        ordered = ", one step after the other" if options["sequential"] else ""
        told = f"{counted(count, 'timestep')} in {trace.arithmetic}{rounded}{ordered}"
        say(f"Computed {told}.")


def _refuse_huge(model: Model, names: list[str] | None) -> None:
    """Errors: RnncalcError where so many numbers of these quantities (None: all) are too many."""
    from rnncalc.inputs import checked_input
    from rnncalc.writers.view import quantities

    x, _ = checked_input(model, model.x)
    steps = model.timesteps or x.shape[1]
    units = sum(one.units for layer in model.layers for one in layer.passes.values())
    count = len(quantities(model) if names is None else names)
    numbers = x.shape[0] * steps * (model.features + count * units)
    if numbers > LARGEST:
        what = "for this format: use" if names else "for --summary: leave it out, and use"
        message = f"about {numbers:,} numbers are too many {what} -f ndjson or -f npy"
        raise RnncalcError(message)
