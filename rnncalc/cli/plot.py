"""``rnncalc plot``: pictures of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from rnncalc import files
from rnncalc.cli.grouped import Choice, Command, Group, option
from rnncalc.cli.notes import Notes
from rnncalc.cli.options import (
    COMMON,
    NETWORK,
    PART,
    PATH,
    Decorator,
    digits_option,
    format_option,
    options,
)
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.parameters import KindType, NamesType
from rnncalc.cli.requests import NetworkRequest, requested
from rnncalc.errors import RnncalcError
from rnncalc.files import shell
from rnncalc.pictures import KINDS
from rnncalc.pictures.request import PictureRequest
from rnncalc.trace.selection import Selection
from rnncalc.writers import PICTURES, Format

if TYPE_CHECKING:
    from rnncalc.model.model import Model
    from rnncalc.trace.trace import Trace

OF_PICTURES = ("-o", "--output", "-f", "--format", "--kind", "--theme", "--width", "--blank", "-d",
               "--digits", "--open")  # fmt: skip
"""Options that say nothing of the run."""


PICTURE: list[Decorator] = [
    option(
        Group.SHOW,
        "--kind",
        type=KindType(list(KINDS)),
        first=True,
        help="What it shows",
        more=lambda: "Default: lines of 1 unit, else heatmap.",
    ),
    format_option(PICTURES),
    PATH,
    option(
        Group.LOOK,
        "--open",
        "show_page",
        is_flag=True,
        first=True,
        help="Show the page, once it is written.",
    ),
    digits_option(4),
    option(
        Group.SHOW,
        "--blank",
        type=NamesType(),
        default=(),
        help="Numbers to leave out, to be found by hand: h,a.",
    ),
    option(
        Group.LOOK,
        "--theme",
        type=Choice(["light", "dark"]),
        default="light",
        help="Background",
    ),
    option(
        Group.LOOK,
        "--width",
        type=click.FloatRange(4, 200),
        metavar="CM",
        help="Width in centimetres; default what it takes.",
    ),
    *PART,
    *COMMON,
]
"""What to draw, how, and where."""


class Spoken(Command):
    """A command that remembers the words that it was called with."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["words"] = [*args]
        return super().parse_args(ctx, args)


@click.command("plot", cls=Spoken)
@options(NETWORK, PICTURE)
@requested(
    network=NetworkRequest, picture=PictureRequest, selection=Selection, output=OutputRequest,
    notes=Notes,
)  # fmt: skip
def plot_command(
    network: NetworkRequest,
    picture: PictureRequest,
    selection: Selection,
    output: OutputRequest,
    notes: Notes,
    *,
    show_page: bool,
) -> None:
    """Draw what a network computes, with its numbers: here, or into a file.

    MODEL and the input are given as for run. The file's suffix says the format: .svg, .png, .pdf;
    .html is a page that computes: every step, every number to change.

    \b
    Examples:
      rnncalc plot -x 1,2,3,4,5 --wx 0.32394445 --wh 1
      rnncalc plot -x 1,2,3,4,5 --wx 0.32394445 --wh 1 -o steps.svg
      rnncalc plot model.yaml --kind heatmap --steps 1:20 -o heat.png
      rnncalc plot model.keras --kind graph -o graph.svg
      rnncalc plot model.yaml -o page.html --open
    """
    form = output.form(PICTURES)
    if show_page and (form.name != "html" or not output.path):
        raise RnncalcError("--open shows a page: give -o FILE.html")
    request = replace(picture, selection=selection, command=_same_run())
    with _run(network, request, form, notes) as made, output.opened() as out:
        form.writer.write(made, request, form.name, output.style(form), out)
    if show_page and output.path and click.launch(str(output.path)):
        notes.say(f"Note: nothing here shows {files.shown(output.path)}: open it in a browser.")


@contextmanager
def _run(
    network: NetworkRequest, request: PictureRequest, form: Format, notes: Notes
) -> Iterator[Model | Trace | Iterator[Trace]]:
    """The run; of an input in a file or a pipe its parts, where the picture takes them; the network
    alone, where it needs no run."""
    from rnncalc.cli import inputs
    from rnncalc.running.recurrence import needs_all

    said, steps = inputs.describe(network), request.selection.steps
    if request.kind and not KINDS[request.kind].runs:
        notes.say_assumed(said)
        with said.located():
            model = inputs.build(said, network.state)
        yield model
        return
    streams = form.streams and (request.kind is None or KINDS[request.kind].streams)
    with inputs.source(said) as source:
        model = inputs.build(said, network.state)
        held = not streams or steps is not None or needs_all(model)
        if source is None or held or inputs.comes_whole(model, source):
            yield inputs.computed(said, inputs.with_input(model, source), network, notes, steps)
            return
        notes.say_assumed(said)
        how = {"record": None, "sequential": network.sequential}
        with said.located():
            yield iter(inputs.parts(model, source, notes, how))


def _same_run() -> str:
    """The command that prints the run, in the words that were given for the picture."""
    words = click.get_current_context().meta["words"]
    return shell.line(["rnncalc", "run", *_of_the_run(words)])


def _of_the_run(words: Sequence[str]) -> Iterator[str]:
    """The words without those of pictures."""
    rest = iter(words)
    for word in rest:
        name, equals, _ = word.partition("=")
        if name not in OF_PICTURES:
            yield word
        elif not equals and name != "--open":
            next(rest, None)
