"""``rnncalc convert``: the same weights in another format or convention, proved equal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rnncalc.cli.grouped import Choice, Command, Group, argument, option
from rnncalc.cli.notes import Notes
from rnncalc.cli.options import (
    ASSUME,
    COLOR,
    DEBUG,
    DTYPES,
    INPUT,
    LAYERS,
    QUIET,
    SET,
    VERBOSE,
    WEIGHTS,
    Decorator,
    gates,
    options,
)
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.parameters import ModelFile, OutputFile
from rnncalc.cli.requests import Named, requested
from rnncalc.errors import RnncalcError, printable

if TYPE_CHECKING:
    from rnncalc.array import Array
    from rnncalc.config.said import Said
    from rnncalc.converting import Converted
    from rnncalc.model.model import Model
    from rnncalc.numbers.input_file import Source
    from rnncalc.writers.conversion import Written

CONVENTIONS = ["textbook", "keras", "torch", "onnx", "state-dict", "rtneural", "guitarml"]
SCRIPTS = ["keras", "torch"]


CONVERSION: list[Decorator] = [
    argument(Group.NETWORK, "file", type=ModelFile(), help="A model file, a config, or - (stdin)."),
    INPUT,
    LAYERS,
    ASSUME,
    WEIGHTS,
    SET,
    option(
        Group.NETWORK,
        "--gates",
        multiple=True,
        metavar="[NAME=]ORDER",
        help="In which order FILE stacks its gates, where not as its names say: iofg.",
        more=gates,
    ),
    option(
        Group.WRITE,
        "-o",
        "--output",
        "path",
        type=OutputFile(),
        required=True,
        first=True,
        help="The file to write; its suffix says what: .yaml, .npz, .onnx.",
    ),
    option(
        Group.WRITE,
        "--to",
        type=Choice(CONVENTIONS),
        first=True,
        metavar="WHOSE",
        help="Whose names and layout",
    ),
    option(
        Group.WRITE,
        "--script",
        type=Choice(SCRIPTS),
        first=True,
        metavar="WHOSE",
        help="A script that runs the network in",
    ),
    option(
        Group.WRITE,
        "--with-test",
        is_flag=True,
        first=True,
        help="Store an input and what comes of it, for check FILE.",
    ),
    option(Group.WRITE, "--dtype", type=Choice(DTYPES), first=True, help="Round the weights to"),
    option(
        Group.LOOK,
        "--json",
        "format",
        flag_value="json",
        type=str,
        help="Say what was written, and what was proved, as JSON.",
    ),
    COLOR,
    QUIET,
    VERBOSE,
    DEBUG,
]
"""What to write, where, and of which network."""


@click.command("convert", cls=Command)
@options(CONVERSION)
@requested(output=OutputRequest, notes=Notes)
def convert_command(
    file: str,
    output: OutputRequest,
    notes: Notes,
    to: str | None,
    script: str | None,
    x: Array | Source | Named | None,
    with_test: bool,
    layers: list[str],
    assume: tuple[str, ...],
    weights: str | None,
    set: tuple[str, ...],
    gates: tuple[str, ...],
    dtype: str | None,
) -> None:
    """Write the network in FILE in another format or convention, proved equal.

    What was written is read back, and both networks run on random input: the command ends well only
    where all numbers are equal.

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
    from rnncalc import files, readers
    from rnncalc.converting.naming import as_modules
    from rnncalc.converting.regating import regated
    from rnncalc.converting.target import need_library
    from rnncalc.writers import conversion

    path = output.path
    if not path:
        raise RnncalcError("-o -: a file's name was expected, as its suffix says the format")
    if not script:
        need_library(path)  # before a large file is read
    said = readers.read(file, layers=layers, assume=assume, weights=weights)
    said.settings = set
    test = _test(said, file, path, with_test, x, notes)
    model = regated(_with_input(said, path, x, test, script), gates)
    notes.say_assumed(said)
    if readers.container(readers.file_of(Path(file))) == "onnx":
        model = as_modules(model)
    files.refuse_read(path)
    if script:
        _refuse_beside_script(with_test, to)
        written = _scripted(model, path, script, dtype)
    else:
        done = _converted(model, path, to, dtype, test)
        notes.say_written(done)
        written = _written(done, tested=with_test)
    click.echo(conversion.json(written) if output.format else conversion.text(written), nl=False)


def _refuse_beside_script(with_test: bool, to: str | None) -> None:
    """Errors: RnncalcError for what says how weights are stored."""
    if with_test:
        raise RnncalcError("--with-test is not for scripts: they print what they compute")
    if to:
        raise RnncalcError("--to is not for scripts: --script says whose they are")


def _test(said: Said, file: str, path: Path, wanted: bool, x: Any, notes: Notes) -> Any:
    """Whether a test is stored, or of which input: that of the test which FILE holds, if any."""
    from rnncalc.files import shown
    from rnncalc.readers import stored_test

    held = stored_test.of_said(said, file)
    if held and not wanted:
        what = f"the test in {shown(Path(file))} is left out: --with-test stores one"
        notes.say(f"{shown(path)}: {what}")
    return held.x if held and wanted and x is None else wanted


def _with_input(
    said: Said, path: Path, x: Array | Source | Named | None, test: Any, script: str | None
) -> Model:
    """The network, with the input that -x gives, which only scripts, configs and tests hold."""
    from rnncalc import readers
    from rnncalc.cli import inputs
    from rnncalc.running.inputs import checked_input

    if x is not None:
        if not script and test is False and path.suffix.lower() not in readers.TEXT:
            remedy = "a script does (--script), a .yaml or .json file, and a test (--with-test)"
            raise RnncalcError(f"--x: a {path.suffix} file holds no input; {remedy}")
        inputs.lay(said, x)
    with inputs.source(said) as source:
        model = inputs.with_input(inputs.build(said), source)
    if x is not None:
        with said.located():
            checked_input(model, model.x)
    return model


def _converted(model: Model, path: Path, to: str | None, dtype: str | None, test: Any) -> Converted:
    """Write the weights; a test has the input of the network in its place, but for text."""
    from rnncalc import converting, readers
    from rnncalc.converting.target import PROGRAMS

    if test is True and model.x is not None:
        test = model.x
    if test is not False and (path.suffix.lower() not in readers.TEXT or to in PROGRAMS):
        model = replace(model, x=None)
    return converting.convert(model, path, to=to, dtype=dtype, test=test)


def _written(done: Converted, *, tested: bool) -> Written:
    """What was written, how equal it is, and how it is read."""
    from rnncalc.files import shell
    from rnncalc.writers.conversion import Written

    flags = () if isinstance(done.proof, str) else done.proof.flags
    file = f"./{done.path}" if str(done.path).startswith("-") else str(done.path)
    commands = {"read": bool(flags), "check": tested and done.path.suffix.lower() != ".h"}
    words = {"read": "run", "check": "check"}
    told = {key: shell.line(["rnncalc", words[key], file, *flags])
            for key, wanted in commands.items() if wanted}  # fmt: skip
    notes = done.draft.notes
    if tested and flags:
        made = f"test: made with {printable(shell.line(flags), 300)}"
        notes = (*notes, f"{made}: that does not stand in the file, check must be told it")
    return Written((done.path,), done.draft.says, done.proof, notes, **told)


def _scripted(model: Model, path: Path, framework: str, dtype: str | None) -> Written:
    """Write a script that runs the network, and its numbers beside it."""
    from rnncalc import files
    from rnncalc.converting.scripts import numbers_of, write
    from rnncalc.converting.stacked import bias_notes
    from rnncalc.converting.update_gate import as_frameworks
    from rnncalc.writers.conversion import Written

    files.refuse_read(numbers_of(path))
    paths = write(model, path, framework, dtype=dtype)
    title = {"keras": "Keras", "torch": "PyTorch"}[framework]
    notes = (*bias_notes(model, framework), *as_frameworks(model)[1])
    return Written(tuple(paths), f"a script for {title}", "", notes)
