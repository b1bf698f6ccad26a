"""``rnncalc convert``: the same weights in another format or convention, proved equal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rnncalc.cli.notes import Notes
from rnncalc.cli.options import (
    DATA,
    DEBUG,
    DTYPE,
    assume_option,
    layers_option,
    set_option,
    weights_option,
)
from rnncalc.cli.parameters import ModelFile, OutputFile
from rnncalc.cli.requests import requested
from rnncalc.errors import RnncalcError

if TYPE_CHECKING:
    from rnncalc.array import Array
    from rnncalc.config.said import Said
    from rnncalc.model.model import Model
    from rnncalc.numbers.input_file import Source

CONVENTIONS = ["textbook", "keras", "torch", "onnx", "state-dict", "rtneural", "guitarml"]
SCRIPTS = ["keras", "torch"]


@click.command("convert")
@click.argument("file", type=ModelFile())
@click.option("-o", "--output", "path", type=OutputFile(), required=True, help="Write there.")
@click.option("--to", type=click.Choice(CONVENTIONS), help="Whose names, gate order and layout.")
@click.option("--script", type=click.Choice(SCRIPTS), help="Write a script that runs the network.")
@click.option(
    "-x", "--x", type=DATA, metavar="VALUE", help="The input of a script, a config, or the test."
)
@click.option(
    "--with-test", is_flag=True, help="Store an input and what comes of it, for check FILE."
)
@layers_option("Only these layers, in this order.")
@assume_option("What FILE leaves open.")
@weights_option()
@set_option()
@click.option(
    "--gates",
    multiple=True,
    metavar="[NAME=]ORDER",
    help="In which order FILE stacks its gates, where not as its names say: iofg.",
)
@click.option("--dtype", type=DTYPE, help="Round the weights to it.")
@click.option("-q", "--quiet", is_flag=True, help="No warnings, nothing on stderr.")
@DEBUG
@requested(notes=Notes)
def convert_command(
    file: str,
    path: Path | None,
    notes: Notes,
    to: str | None,
    script: str | None,
    x: Array | Source | None,
    with_test: bool,
    layers: list[str],
    assume: tuple[str, ...],
    weights: str | None,
    set: tuple[str, ...],
    gates: tuple[str, ...],
    dtype: str | None,
) -> None:
    """Write the network in FILE in another format or convention. What was written is read back, and
    both networks run on random input: the command ends well only where all numbers are equal.

    The suffix of OUTPUT says the format: .yaml, .json, .npz, .csv, .safetensors, .weights.h5,
    .onnx, or .h, a C99 file that is compiled and run to prove it. Without --to it has the format's
    own convention: the textbook's, in .safetensors PyTorch's. A .json is a config, or by --to a
    state dict, or what audio plugins read.

    \b
    Examples:
      rnncalc convert model.keras -o model.safetensors
      rnncalc convert tagger.pt -o tagger.weights.h5
      rnncalc convert net.yaml -o net.onnx --dtype float32
      rnncalc convert model.keras -o net.h
      rnncalc convert model.keras -o plugin.json --to rtneural
      rnncalc convert tagger.pt -o tagger.py --script keras -x ids.csv
    """
    from rnncalc import converting, files, readers
    from rnncalc.converting.naming import as_modules
    from rnncalc.converting.regating import regated
    from rnncalc.converting.target import PROGRAMS, need_library

    if not path:
        raise RnncalcError("-o -: a file's name was expected, as its suffix says the format")
    if not script:
        need_library(path)  # before a large file is read
    said = readers.read(file, layers=layers, assume=assume, weights=weights)
    said.settings = set
    test = _test(said, file, path, with_test, x)
    model = regated(_with_input(said, path, x, test, script), gates)
    notes.say_assumed(said)
    if readers.container(readers.file_of(Path(file))) == "onnx":
        model = as_modules(model)
    files.refuse_read(path)
    if not script:
        if test is True and model.x is not None:
            test = model.x
        if with_test and (path.suffix.lower() not in readers.TEXT or to in PROGRAMS):
            model = replace(model, x=None)  # the test has it
        _tell(converting.convert(model, path, to=to, dtype=dtype, test=test), tested=with_test)
        return
    from rnncalc.converting.scripts import numbers_of, write

    files.refuse_read(numbers_of(path))
    if with_test:
        raise RnncalcError("--with-test is not for scripts: they print what they compute")
    if to:
        raise RnncalcError("--to is not for scripts: --script says whose they are")
    _tell_script(write(model, path, script, dtype=dtype), script, model)


def _test(said: Said, file: str, path: Path, wanted: bool, x: Any) -> Any:
    """Whether a test is stored, or of which input: that of the test which FILE holds, if any."""
    from rnncalc.files import shown
    from rnncalc.readers import stored_test

    held = stored_test.of_said(said, file)
    if held and not wanted:
        what = f"the test in {shown(Path(file))} is left out: --with-test stores one"
        click.echo(f"{shown(path)}: {what}", err=True)
    return held.x if held and wanted and x is None else wanted


def _with_input(
    said: Said, path: Path, x: Array | Source | None, test: Any, script: str | None
) -> Model:
    """The network, with the input that -x gives, which only scripts, configs and tests hold."""
    from rnncalc import readers
    from rnncalc.cli import inputs
    from rnncalc.running.inputs import checked_input

    if x is not None:
        if not script and test is False and path.suffix.lower() not in readers.TEXT:
            remedy = "a script does (--script), a .yaml or .json file, and a test (--with-test)"
            raise RnncalcError(f"--x: a {path.suffix} file holds no input; {remedy}")
        said.set(("x",), x, "--x")
    with inputs.source(said) as source:
        model = inputs.with_input(inputs.build(said), source)
    if x is not None:
        with said.located():
            checked_input(model, model.x)
    return model


def _tell(done: Any, *, tested: bool) -> None:
    """Say what was written, how equal it is, what became of its parts, and how it is read."""
    from rnncalc.errors import printable
    from rnncalc.files import shell, shown

    path = shown(done.path)
    click.echo(f"{path}: {done.draft.says}; {_proved(done.proof)}")
    for note in done.draft.notes:
        click.echo(f"  {note}")
    flags = () if isinstance(done.proof, str) else done.proof.flags
    file = f"./{done.path}" if str(done.path).startswith("-") else str(done.path)
    if flags:
        words = ["rnncalc", "run", file, *flags]
        click.echo(f"To read it: {printable(shell.line(words), 2000)}")
    if tested and done.path.suffix.lower() != ".h":
        words = ["rnncalc", "check", file, *flags]
        click.echo(f"To check it: {printable(shell.line(words), 2000)}")


def _proved(proof: Any) -> str:
    from rnncalc.numbers.digits import counted

    if isinstance(proof, str):
        return f"not proved: {proof}"
    sizes = f"{counted(proof.timesteps, 'timestep')}, {counted(proof.sequences, 'sequence')}"
    start = f"proved equal on random input ({sizes})"
    if proof.difference == 0:
        return f"{start}: the same bits"
    return f"{start}: largest difference {proof.difference:.1e}, from rounding"


def _tell_script(paths: list[Path], framework: str, model: Any) -> None:
    from rnncalc.converting.stacked import bias_notes
    from rnncalc.converting.update_gate import as_frameworks
    from rnncalc.files import shown

    script, *data = paths
    title = {"keras": "Keras", "torch": "PyTorch"}[framework]
    beside = f"; its numbers are in {shown(data[0])}" if data else ""
    click.echo(f"{shown(script)}: a script for {title}{beside}")
    for note in (*bias_notes(model, framework), *as_frameworks(model)[1]):
        click.echo(f"  {note}")
