"""``rnncalc plot``: pictures of a run."""

from __future__ import annotations

from dataclasses import replace

import click

from rnncalc.cli.notes import Notes
from rnncalc.cli.options import NETWORK, PICTURE, options
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.requests import NetworkRequest, requested
from rnncalc.pictures.request import PictureRequest
from rnncalc.trace.selection import Selection
from rnncalc.writers import PICTURES


@click.command("plot", short_help="Draw a run: in the terminal, SVG, PNG or PDF.")
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
) -> None:
    """Draw what a network computes, with its numbers, in the terminal or into a file.

    MODEL and the input are given as for run. The file's suffix says the format: .svg, .png, .pdf.

    \b
    Examples:
      rnncalc plot -x 1,2,3,4,5 --wx 0.32394445 --wh 1
      rnncalc plot -x 1,2,3,4,5 --wx 0.32394445 --wh 1 -o steps.svg
      rnncalc plot model.yaml --kind heatmap --steps 1:20 -o heat.png
    """
    from rnncalc.cli import inputs

    form = output.form(PICTURES)
    request = replace(picture, selection=selection)
    trace = inputs.compute(inputs.describe(network), network, notes, selection.steps)
    with output.opened() as out:
        form.writer.write(trace, request, form.name, output.style(form), out)
