"""``rnncalc run``: every hidden state of a network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

import click

from rnncalc import files
from rnncalc.cli.grouped import Command
from rnncalc.cli.notes import Notes
from rnncalc.cli.options import NETWORK, RESULT, options
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.requests import ClusterRequest, NetworkRequest, requested
from rnncalc.errors import RnncalcError
from rnncalc.trace.selection import Selection, last_of
from rnncalc.writers import (
    DTYPES,
    FORMATS,
    LAST,
    LAST_OF_EACH,
    Format,
    by_suffix,
    refuse_misfit,
    stream,
)

MOST_BATCHED, BATCH_AXES = 1 << 26, 2
"""An array of more bytes, and of more axes than one sequence has, goes block by block."""

if TYPE_CHECKING:
    from rnncalc.config.said import Said
    from rnncalc.model.model import Model
    from rnncalc.numbers.input_file import Source
    from rnncalc.trace.trace import Trace


@click.command("run", cls=Command)
@options(NETWORK, RESULT)
@requested(
    network=NetworkRequest,
    selection=Selection,
    output=OutputRequest,
    cluster=ClusterRequest,
    notes=Notes,
)
def run_command(
    network: NetworkRequest,
    selection: Selection,
    output: OutputRequest,
    cluster: ClusterRequest,
    notes: Notes,
    last: bool,
) -> None:
    """Print every hidden state: h_t = tanh(W_x x_t + W_h h_{t-1} + bias).

    MODEL is a config (YAML, JSON), a model file (.keras, .h5, .pt, .safetensors, .onnx, .tflite,
    .npz), or - for a config on stdin; options win over what it says.

    \b
    Examples:
      rnncalc -x 1,2,3,4,5 --wx 0.32394445 --wh 1
      rnncalc run -x '1 0; 0 1' --wx '.5 -.2; .1 .4' --wh '.1 0; 0 .3' --json
      seq 5 | rnncalc -x - --wx 0.32394445 --wh 1 --last

    VALUE is 0.5, 1,2,3 (a list), '1 2; 3 4' (a matrix), JSON, @file.csv, @file.npz:key
    or - (stdin).
    """
    from rnncalc.cli import inputs

    if last:
        _refuse_beside_last(selection, output)
    if cluster.flag or _many_are_meant(network, output, last=last):
        from rnncalc.cli.many import run_many

        run_many(network, selection, output, cluster, notes, last=last)
        return
    if len(network.dtypes) > 1:
        _side_by_side(network, selection, output, notes, last=last)
        return
    form = _form(output, selection, last=last)
    said = inputs.describe(network, running=True)
    with inputs.source(said) as source:
        model = inputs.build(said, network.state)
        notes.say_assumed(said)
        how = {"record": selection.recorded(model), "sequential": network.sequential}
        live = source is not None and form.lines and source.live
        if source is None or _whole(model, source, form, selection, notes, live=live):
            model = inputs.with_input(model, source)
            notes.say_axes(model, said)
            traces = _computed(model, form, selection, notes, how)
        else:
            traces = inputs.parts(model, source, notes, how, live=live)
        traces = _located(said, traces, notes, sequential=network.sequential)
        if last and not selection.of:
            notes.say_first(model)
        with output.opened() as out:
            traces = _flushed(traces, out) if live else traces
            stream(traces, selection, output.style(form), form, out)


def _many_are_meant(network: NetworkRequest, output: OutputRequest, *, last: bool) -> bool:
    """Whether a run is over many sequences: it says so, or they are more than one batch holds."""
    if network.many or output.resume or isinstance(output.path, files.Folder):
        return True
    if output.path and output.path.suffix.lower() == ".zarr":
        return True
    path = getattr(network.x, "path", None)
    if path is None or path.suffix.lower() != ".npy" or not files.is_larger(path, MOST_BATCHED):
        return False
    from rnncalc.many.arrays import axes

    form = LAST if last else output.form(FORMATS)
    return axes(str(path)) > BATCH_AXES and (form.lines or form.name in ("npy", LAST.name))


def _side_by_side(
    network: NetworkRequest,
    selection: Selection,
    output: OutputRequest,
    notes: Notes,
    *,
    last: bool,
) -> None:
    """Compute in several dtypes, and print them beside each other."""
    from rnncalc.cli import inputs
    from rnncalc.running.side_by_side import side_by_side

    _refuse_single(output, selection)
    form = _form(output, selection, DTYPES, LAST_OF_EACH, last=last)
    said = inputs.describe(network, running=True)
    with inputs.source(said) as source:
        model = inputs.with_input(inputs.build(said, network.state), source)
    notes.say_assumed(said)
    notes.say_axes(model, said)
    until = last_of(None if last else selection.steps, model.timesteps) if model.timesteps else None
    with said.located():
        names = None if last else selection.recorded(model)
        how = {"record": names, "sequential": network.sequential, "until": until}
        both = side_by_side(model, dtypes=network.dtypes, **how)
    with output.opened() as out:
        form.writer.write(both, selection, output.style(form), out)


def _refuse_single(output: OutputRequest, selection: Selection) -> None:
    """Errors: RnncalcError for what shows a run in one dtype only."""
    asked = by_suffix(FORMATS, output.path) if output.path and not output.format else None
    name = asked.name if asked else output.format
    if name in FORMATS and name not in DTYPES:
        there = ", ".join(DTYPES)
        raise RnncalcError(f"several dtypes are printed as {there}; {name} holds one: run each")
    if selection.summary:
        raise RnncalcError("--summary is of a run in one dtype: leave it out, or give one --dtype")


def _form(
    output: OutputRequest,
    selection: Selection,
    formats: Mapping[str, Format] = FORMATS,
    plain: Format = LAST,
    *,
    last: bool,
) -> Format:
    """The format; ``--last`` is one, beside which no other has a place."""
    if last and output.path and by_suffix(FORMATS, output.path):
        raise _another_format(f"-o {files.shown(output.path)}")
    form = plain if last else output.form(formats)
    refuse_misfit(form, selection)
    return form


def _refuse_beside_last(selection: Selection, output: OutputRequest) -> None:
    """Errors: RnncalcError for what ``--last`` has no place for, of one sequence and of many."""
    if selection.show or selection.steps is not None:
        others = "others: --show NAMES --steps -1, without --last"
        raise RnncalcError(f"--last prints the last h, or y, and nothing else. For {others}")
    if output.format:
        raise _another_format(f"-f {output.format}")


def _another_format(asked: str) -> RnncalcError:
    return RnncalcError(f"--last prints plain numbers, {asked} asks for another format")


def _computed(
    model: Model, form: Format, selection: Selection, notes: Notes, how: dict[str, Any]
) -> Iterator[Trace]:
    """A run of an input that is held in memory, when it is asked for."""
    from rnncalc.running.inputs import size_of
    from rnncalc.running.recurrence import run

    if selection.summary or form.every:
        how = how | {"record": None}  # every quantity
    if model.timesteps:
        yield from _generated(model, form, selection, notes, how)
        return
    if form.whole or how["record"] is None:
        _refuse_huge(model, *size_of(model, model.x), how["record"])
    yield run(model, **how)


def _generated(
    model: Model, form: Format, selection: Selection, notes: Notes, how: dict[str, Any]
) -> Iterator[Trace]:
    """A run that makes its own input: part by part, or as far as it is shown."""
    from rnncalc.cli.progress import shown
    from rnncalc.running.inputs import checked_input
    from rnncalc.running.recurrence import generate, run

    x, batched = checked_input(model, model.x)
    if form.streams and selection.steps is None and not batched and not selection.finals:
        traces = generate(model, **how)
        yield from traces if notes.quiet else shown(traces, lambda: model.timesteps)
        return
    shows = None if form.states or selection.summary or selection.finals else selection.steps
    steps = last_of(shows, model.timesteps or 0)
    _refuse_huge(model, len(x), steps, how["record"])
    yield run(model, **how, until=steps)


def _whole(
    model: Model, source: Source, form: Format, selection: Selection, notes: Notes, *, live: bool
) -> bool:
    """Whether all of the input is needed before anything can be written."""
    from rnncalc.cli.inputs import comes_whole
    from rnncalc.running.recurrence import needs_all

    several = comes_whole(model, source)
    ends = "final states are those after the last timestep" if selection.finals else ""
    why = needs_all(model) or ends
    if why and live:
        notes.say(f"Note: {why}; nothing is printed before its end.")
    return bool(why) or not form.streams or selection.steps is not None or several


def _located(
    said: Said, traces: Iterable[Trace], notes: Notes, *, sequential: bool
) -> Iterator[Trace]:
    """The traces, their errors with their places; at the end how they were computed."""
    with said.located():
        for trace in traces:
            yield trace
    notes.say_computed(trace, sequential=sequential)


def _flushed(traces: Iterable[Trace], out: IO[bytes]) -> Iterator[Trace]:
    """The traces; what was written of one is on its way before the next is computed."""
    for trace in traces:
        yield trace
        out.flush()


def _refuse_huge(model: Model, batch: int, steps: int, record: list[str] | None) -> None:
    """Errors: RnncalcError where so many numbers are too many to hold."""
    from rnncalc.bounds import MOST_HELD
    from rnncalc.running.recurrence import numbers_of

    numbers = numbers_of(model, batch, steps, record)
    if numbers > MOST_HELD:
        what = "for this format: use" if record else "for --summary: leave it out, and use"
        message = f"about {numbers:,} numbers are too many {what} -f ndjson or -f npy"
        raise RnncalcError(message)
