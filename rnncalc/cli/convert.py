"""``rnncalc convert``: the same weights in another format or convention, proved equal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rnncalc.cli import proposals
from rnncalc.cli.parameters import ModelFile, Names, Numbers, OutputFile

if TYPE_CHECKING:
    from rnncalc.config.said import Said
    from rnncalc.model.model import Model

CONVENTIONS = ["textbook", "keras", "torch", "onnx"]
SCRIPTS = ["keras", "torch"]


@click.command("convert", short_help="Write the same weights in another format or convention.")
@click.argument("file", type=ModelFile())
@click.option("-o", "--output", type=OutputFile(), required=True, help="Write there.")
@click.option(
    "--to", type=click.Choice(CONVENTIONS), help="Whose names, gate order and orientation."
)
@click.option("--script", type=click.Choice(SCRIPTS), help="Write a script that runs the network.")
@click.option(
    "-x", "--x", type=Numbers(file=True), metavar="VALUE", help="The input of a script or config."
)
@click.option(
    "--layers",
    type=Names(),
    default=(),
    shell_complete=proposals.layers,
    help="Only these layers, in this order.",
)
@click.option(
    "--assume",
    multiple=True,
    metavar="[LAYER.]KEY=VALUE",
    shell_complete=proposals.assumptions,
    help="What FILE leaves open.",
)
@click.option(
    "--gates",
    multiple=True,
    metavar="[NAME=]ORDER",
    help="In which order FILE stacks its gates, where not as its names say: iofg.",
)
@click.option(
    "--dtype", type=click.Choice(["float64", "float32", "float16"]), help="Round the weights to it."
)
@click.option("-q", "--quiet", is_flag=True, help="No warnings, nothing on stderr.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def convert_command(file: str, **options: Any) -> int:
    """Write the network in FILE in another format or convention. What was written is read back, and
    both networks run on random input: the command ends well only where all numbers are equal.

    The suffix of OUTPUT says the format: .yaml, .json, .npz, .safetensors, .weights.h5 or .onnx.
    Without --to it has the format's own convention: the textbook's, in .safetensors PyTorch's.

    \b
    Examples:
      rnncalc convert model.keras -o model.safetensors
      rnncalc convert tagger.pt -o tagger.weights.h5
      rnncalc convert net.yaml -o net.onnx --dtype float32
      rnncalc convert tagger.pt -o tagger.py --script keras -x ids.csv
    """
    from rnncalc.cli.door import warned

    return warned(lambda: _convert(file, options), quiet=options["quiet"], strict=False)


def _convert(file: str, options: dict[str, Any]) -> None:
    from rnncalc import converting, files, readers
    from rnncalc.cli.inputs import tell_assumed
    from rnncalc.converting.naming import as_modules
    from rnncalc.converting.regating import regated
    from rnncalc.converting.scripts import numbers_of
    from rnncalc.converting.target import need_library
    from rnncalc.errors import RnncalcError

    if not options["output"]:
        raise RnncalcError("-o -: a file's name was expected, as its suffix says the format")
    out, dtype = Path(options["output"]), options["dtype"]
    if not options["script"]:
        need_library(out)  # before a large file is read
    layers = [name for name in options["layers"] if name]
    said = readers.read(file, layers=layers, assume=options["assume"])
    model = regated(_with_input(said, out, options), options["gates"])
    tell_assumed(said, options)
    if readers.container(Path(file)) == "onnx":
        model = as_modules(model)
    for path in (out, numbers_of(out)) if options["script"] else (out,):
        files.refuse_read(path)
    if options["script"]:
        from rnncalc.converting.scripts import write

        if options["to"]:
            raise RnncalcError("--to is not for scripts: --script says whose they are")
        _tell_script(write(model, out, options["script"], dtype=dtype), options["script"], model)
        return
    _tell(converting.convert(model, out, to=options["to"], dtype=dtype))


def _with_input(said: Said, out: Path, options: dict[str, Any]) -> Model:
    """The network, with the input that -x gives, which only scripts and configs hold."""
    from rnncalc import readers
    from rnncalc.cli.inputs import network, source_of, whole_input
    from rnncalc.errors import RnncalcError
    from rnncalc.running.inputs import checked_input

    if options["x"] is not None:
        if not options["script"] and out.suffix.lower() not in readers.TEXT:
            remedy = "a script does (--script), and a .yaml or .json file"
            raise RnncalcError(f"--x: a {out.suffix} file holds no input; {remedy}")
        said.set(("x",), options["x"], "--x")
    with source_of(said) as source:
        model = whole_input(network(said, None), source)
    if options["x"] is not None:
        with said.located():
            checked_input(model, model.x)
    return model


def _tell(done: Any) -> None:
    """Say what was written, how equal it is, what became of its parts, and how it is read."""
    import shlex

    from rnncalc.errors import printable
    from rnncalc.files import shown

    path = shown(done.path)
    click.echo(f"{path}: {done.draft.says}; {_proved(done.proof)}")
    for note in done.draft.notes:
        click.echo(f"  {note}")
    if done.proof and done.proof.flags:
        file = f"./{done.path}" if str(done.path).startswith("-") else str(done.path)
        words = ["rnncalc", "run", file, *done.proof.flags]
        click.echo(f"To read it: {printable(shlex.join(words), 2000)}")


def _proved(proof: Any) -> str:
    from rnncalc.numbers.digits import counted

    if proof is None:
        return "not proved: rnncalc does not read such files"
    sizes = f"{counted(proof.timesteps, 'timestep')}, {counted(proof.sequences, 'sequence')}"
    start = f"proved equal on random input ({sizes})"
    if proof.difference == 0:
        return f"{start}: the same bits"
    return f"{start}: largest difference {proof.difference:.1e}, from rounding"


def _tell_script(paths: list[Path], framework: str, model: Any) -> None:
    from rnncalc.converting.stacked import bias_notes
    from rnncalc.files import shown

    script, *data = paths
    title = {"keras": "Keras", "torch": "PyTorch"}[framework]
    beside = f"; its numbers are in {shown(data[0])}" if data else ""
    click.echo(f"{shown(script)}: a script for {title}{beside}")
    for note in bias_notes(model, framework):
        click.echo(f"  {note}")
