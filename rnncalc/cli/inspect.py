"""``rnncalc inspect``: which recurrent layers a model file holds, and what had to be assumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from rnncalc.cli import proposals
from rnncalc.cli.options import DEBUG, PATH, assume_option
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.parameters import ModelFile, Significant
from rnncalc.cli.requests import requested
from rnncalc.writers import INSPECTIONS, WEIGHTS


@click.command("inspect")
@click.argument("file", type=ModelFile())
@assume_option("What FILE leaves open.")
@click.option("--stats", is_flag=True, help="Smallest, largest, mean and spread of every array.")
@click.option(
    "--weights",
    metavar="NAME",
    shell_complete=proposals.arrays,
    help="One array, printed or to a file (.npy, .csv, .json): lstm.W_x.i, fc.weight.",
)
@click.option("-d", "--digits", type=Significant(), help="N digits, .N decimals, full or hex.")
@click.option("--json", "format", flag_value="json", type=str, help="All of it, as JSON.")
@PATH
@DEBUG
@requested(output=OutputRequest)
def inspect_command(
    file: str, output: OutputRequest, assume: tuple[str, ...], stats: bool, weights: str | None
) -> None:
    """Print the recurrent layers in FILE: cells, sizes, directions, activations, parameters; whose
    convention their weights follow, what the file leaves unsaid, what is left out.

    FILE is a model of Keras (.keras, .h5), weights of PyTorch (.pt, .pth), an .onnx, .tflite,
    .safetensors or .npz file, or a config. Its numbers are read for --stats and --weights only.

    \b
    Examples:
      rnncalc inspect model.keras
      rnncalc inspect weights.pt --stats
      rnncalc inspect weights.pt --weights lstm.W_h.f --digits full
      rnncalc inspect weights.pt --weights fc.weight -o fc.npy
    """
    from rnncalc.inspecting import inspect

    form = output.form(WEIGHTS if weights else INSPECTIONS, "--json")
    style = output.style(form)
    if weights:
        array = inspect.matrix(Path(file), weights, assume=assume)
        style = replace(style, digits=output.digits or "full")
        with output.opened() as out:
            form.writer.matrix(weights, array, style, out)
        return
    found = inspect.inspect(Path(file), assume=assume, statistics=stats)
    with output.opened() as out:
        form.writer.write(found, style, out)
