"""``rnncalc inspect``: which recurrent layers a model file holds, and what had to be assumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rnncalc.cli import proposals
from rnncalc.cli.options import OUTPUT_OPTION
from rnncalc.cli.parameters import DigitsType, ModelFile


@click.command("inspect", short_help="Print which recurrent layers a model file holds.")
@click.argument("file", type=ModelFile())
@click.option(
    "--assume",
    multiple=True,
    metavar="[LAYER.]KEY=VALUE",
    shell_complete=proposals.assumptions,
    help="What FILE leaves open.",
)
@click.option("--stats", is_flag=True, help="Smallest, largest, mean and spread of every array.")
@click.option(
    "--weights",
    metavar="NAME",
    shell_complete=proposals.arrays,
    help="Print one array: lstm.W_x.i, rnn.W_h, fc.weight.",
)
@click.option("-d", "--digits", type=DigitsType(), help="N significant digits, full or hex.")
@click.option("--json", "form", flag_value="json", type=str, help="All of it, as JSON.")
@OUTPUT_OPTION
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def inspect_command(file: str, weights: str | None, **options: Any) -> None:
    """Print the recurrent layers in FILE: cells, sizes, directions, activations, parameters; whose
    convention their weights follow, what the file leaves unsaid, what is left out.

    FILE is a model of Keras (.keras, .h5), weights of PyTorch (.pt, .pth), an .onnx,
    .safetensors or .npz file, or a config. Its numbers are read for --stats and --weights only.

    \b
    Examples:
      rnncalc inspect model.keras
      rnncalc inspect weights.pt --stats
      rnncalc inspect weights.pt --weights lstm.W_h.f --digits full
    """
    from rnncalc.inspecting import inspect

    options["form"] = _form(options)
    if weights:
        _matrix(file, weights, options)
        return
    found = inspect.inspect(
        Path(file), assume=options["assume"], statistics=options["stats"]
    )  # fmt: skip
    _write(found, options)


def _form(options: dict[str, Any]) -> str:
    """Text or JSON, by the flag or by the file's suffix."""
    from rnncalc.writers import format_of
    from rnncalc.writers.inspection import SUFFIXES

    path = options["output"]
    return options["form"] or (format_of(Path(path), SUFFIXES, "--json") if path else "text")


def _matrix(file: str, name: str, options: dict[str, Any]) -> None:
    """Print one array of the file."""
    from rnncalc.cli.outputs import opened
    from rnncalc.inspecting import inspect
    from rnncalc.writers.inspection.to_text import matrix
    from rnncalc.writers.numbers import dumps, json_array

    array = inspect.matrix(Path(file), name, assume=options["assume"])
    with opened(options["output"]) as out:
        if options["form"] == "json":
            out.write(dumps({"name": name, "values": json_array(array, "string")}))
        else:
            matrix(array, _view(options, "full"), out)


def _write(found: Any, options: dict[str, Any]) -> None:
    from rnncalc.cli.outputs import opened
    from rnncalc.numbers.digits import DEFAULT
    from rnncalc.writers.inspection import to_json, to_text

    with opened(options["output"]) as out:
        if options["form"] == "json":
            to_json.write(found, out)
        else:
            to_text.write(found, _view(options, DEFAULT), out)


def _view(options: dict[str, Any], default: Any) -> Any:
    from rnncalc.cli.outputs import terminal
    from rnncalc.writers.view import View

    return View(digits=options["digits"] or default, **terminal("never", options["output"]))
