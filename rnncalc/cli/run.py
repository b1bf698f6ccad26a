"""``rnncalc run``: every hidden state of a network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from rnncalc.cli.options import model_options, output_options
from rnncalc.cli.parameters import decimal_commas
from rnncalc.errors import RnncalcError

if TYPE_CHECKING:
    from rnncalc.array import Array
    from rnncalc.config.said import Said
    from rnncalc.model.model import Model
    from rnncalc.numbers.input_file import Source
    from rnncalc.trace.trace import Trace
    from rnncalc.writers import Format
    from rnncalc.writers.view import View


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
            traces = _computed(model, said, source, form, view, options)
        else:
            traces = _parts(model, source, names, live, options)
        written(_told(said, traces, options), view, form, options["output"], live=live)


def _computed(
    model: Model,
    said: Said,
    source: Source | None,
    form: Format,
    view: View,
    options: dict[str, Any],
) -> Iterator[Trace]:
    """A run of an input that is held in memory, when it is asked for."""
    from rnncalc.cli.inputs import tell_order, whole_input
    from rnncalc.running.inputs import checked_input
    from rnncalc.running.recurrence import run

    model = whole_input(model, source)
    tell_order(model, said, options)
    how: Any = {"record": view.names(model), "sequential": options["sequential"]}
    if view.summary:
        how["record"] = None  # it needs every quantity
    if model.timesteps:
        yield from _generated(model, form, view, how, quiet=options["quiet"])
        return
    if form.whole or view.summary:
        x, _ = checked_input(model, model.x)
        _refuse_huge(model, len(x), x.shape[1], how["record"])
    yield run(model, **how)


def _generated(model: Model, form: Format, view: View, how: Any, *, quiet: bool) -> Iterator[Trace]:
    """A run that makes its own input: part by part, or as far as it is shown."""
    from rnncalc.cli.progress import shown
    from rnncalc.running.inputs import checked_input
    from rnncalc.running.recurrence import generate, run
    from rnncalc.writers.view import last_of

    x, batched = checked_input(model, model.x)
    if form.streams and view.steps is None and not batched:
        traces = generate(model, **how)
        yield from traces if quiet else shown(traces, lambda: model.timesteps)
        return
    shows = None if form.states or view.summary else view.steps
    steps = last_of(shows, model.timesteps or 0)
    _refuse_huge(model, len(x), steps, how["record"])
    yield run(model, **how, until=steps)


def _parts(
    model: Model, source: Source, names: list[str], live: bool, options: dict[str, Any]
) -> Iterator[Trace]:
    """A run part by part; of a live input as its lines come, one step after the other."""
    from rnncalc.cli.inputs import reading
    from rnncalc.cli.progress import shown
    from rnncalc.running.recurrence import part_of, stream

    def read() -> Iterator[Array]:
        with reading():
            yield from source.parts(part_of(model), ids=model.embedding is not None, live=live)

    sequential = live or options["sequential"]
    traces = stream(model, read(), record=names, sequential=sequential)
    return traces if live or options["quiet"] else shown(traces, lambda: source.total)


def _whole(model: Model, source: Source, form: Format, view: View, live: bool) -> bool:
    """Whether all of the input is needed before anything can be written."""
    from rnncalc.cli.door import say
    from rnncalc.cli.inputs import reading
    from rnncalc.running.recurrence import needs_all

    with reading():
        several = source.whole(ids=model.embedding is not None)
    why = needs_all(model)
    if why and live:
        say(f"Note: {why}; nothing is printed before its end.")
    return bool(why) or not form.streams or view.steps is not None or several


def _told(said: Said, traces: Iterable[Trace], options: dict[str, Any]) -> Iterator[Trace]:
    """The traces, their errors with their places; at the end, with -v, how they were computed."""
    from rnncalc.cli.door import say
    from rnncalc.numbers.digits import counted

    with said.located():
        for trace in traces:
            yield trace
    if options["verbose"]:
        rounded = "" if trace.arithmetic == trace.dtype else f", rounded once to {trace.dtype}"
        count = trace.start + trace.timesteps
        ordered = ", one step after the other" if options["sequential"] else ""
        told = f"{counted(count, 'timestep')} in {trace.arithmetic}{rounded}{ordered}"
        say(f"Computed {told}.")


def _refuse_huge(model: Model, batch: int, steps: int, record: list[str] | None) -> None:
    """Errors: RnncalcError where so many numbers are too many to hold."""
    from rnncalc.bounds import MOST_HELD
    from rnncalc.running.recurrence import numbers_of

    numbers = numbers_of(model, batch, steps, record)
    if numbers > MOST_HELD:
        what = "for this format: use" if record else "for --summary: leave it out, and use"
        message = f"about {numbers:,} numbers are too many {what} -f ndjson or -f npy"
        raise RnncalcError(message)
