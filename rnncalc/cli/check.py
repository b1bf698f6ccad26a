"""``rnncalc check``: do the numbers agree, where not, and why not."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnncalc import files
from rnncalc.cli.grouped import Command
from rnncalc.cli.notes import Notes
from rnncalc.cli.options import CHECK, NETWORK, options
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.parameters import is_stdin, take_stdin
from rnncalc.cli.requests import NetworkRequest, requested
from rnncalc.errors import FileError, RnncalcError
from rnncalc.trace.selection import Selection
from rnncalc.writers import CHECKS, PICTURES, by_suffix

if TYPE_CHECKING:
    from rnncalc.checking.expected import Expected
    from rnncalc.checking.verdict import Checked
    from rnncalc.config.said import Said
    from rnncalc.trace.trace import Trace

FRAMEWORKS = ("keras", "torch", "onnxruntime")


@click.command("check", cls=Command)
@options(NETWORK, CHECK)
@requested(network=NetworkRequest, selection=Selection, output=OutputRequest, notes=Notes)
def check_command(
    network: NetworkRequest,
    selection: Selection,
    output: OutputRequest,
    notes: Notes,
    against: str | None,
    rtol: float | None,
    atol: float | None,
    decimals: int | None,
    plot: Path | None,
) -> int:
    """Say whether expected numbers agree, where they part first, and why.

    Why is a mistake, or two, that make the expected numbers come out.

    MODEL and the input are given as for run. --against is a file (npy, npz, csv, tsv, json, a
    result of rnncalc), numbers, or a framework that is installed: keras, torch, onnxruntime.
    Without it the test is run that convert --with-test stored in MODEL.

    \b
    Examples:
      rnncalc check model.keras -x data.csv --against expected.npy
      rnncalc check -x 1,2,3 --wx 0.32 --wh 1 --against 0.3131,0.7447,0.9374
      rnncalc check weights.pt -x data.npy --against torch --json
      rnncalc check net.npz

    Exit code 0: they agree; 1: they differ; 2: trouble.
    """
    from rnncalc.checking.check import check
    from rnncalc.cli import inputs
    from rnncalc.cli.invocation import invocation_of

    if against is not None and is_stdin(against):
        take_stdin(click.get_current_context(), "--against")
    form = output.form(CHECKS)
    figure = _figure(plot) if plot else ""
    said = inputs.describe(network)
    expected = _stored(said, network) if against is None else None
    trace = inputs.compute(said, network, notes)
    if against is not None:
        trace, expected = _expected(trace, against, selection, network)
    assert expected
    checked = check(
        trace, expected, show=_show(selection), of=selection.of, steps=selection.steps,
        units=selection.units, sequence=selection.sequence, rtol=rtol, atol=atol,
        decimals=decimals, invocation=invocation_of(said, network),
    )  # fmt: skip
    with output.opened() as out:
        form.writer.write(checked, output.style(form), out)
    if against is None and not checked:
        notes.say_test_unsaid(said)
    if plot:
        _draw(checked, plot, figure, notes)
    return int(not checked)


def _stored(said: Said, network: NetworkRequest) -> Expected:
    """The test that the file holds, whose input becomes that of the network.

    Errors: RnncalcError where there is none, and for another input beside it.
    """
    from rnncalc.checking.expected import Expected, type_of
    from rnncalc.readers import stored_test

    if not network.file:
        what = "what to compare with? --against WHAT says it"
        raise RnncalcError(f"{what}. See: rnncalc check --help")
    test, file = stored_test.of_said(said, network.file), files.shown(Path(network.file))
    if test is None:
        what = f"{file} holds no test. --against WHAT says what to compare with"
        raise RnncalcError(f"{what}; rnncalc convert FILE -o OUT --with-test stores one")
    for flag in ("x", "lengths", "mask"):
        if (flag,) in said.flags:
            raise RnncalcError(f"--{flag}: the test in {file} has its own input: leave it out, "
                               "or give --against")  # fmt: skip
        said.data.pop(flag, None)
    said.data["x"] = test.x
    named = {test.name: test.expected.astype(float)}
    return Expected(f"the test in {file}", None, named, type_of(test.expected))


def _figure(path: Path) -> str:
    """The format of a picture, by its suffix. Errors: FileError for one that means none."""
    form = by_suffix(PICTURES, path)
    if form is None or form.module != "picture.to_figure":
        raise FileError(f"--plot {files.shown(path)}: expected .svg, .png or .pdf")
    return form.name


def _draw(checked: Checked, path: Path, form: str, notes: Notes) -> None:
    """Draw how far numbers are apart; where there is nothing to draw, say so."""
    from rnncalc.writers.picture import to_figure

    picture = io.BytesIO()
    try:
        to_figure.write_difference(checked, form, picture)
    except FileError:
        raise
    except RnncalcError as error:
        notes.say(f"Note: --plot: {error}; {files.shown(path)} is not written.")
        return
    with files.replacing(path) as out:
        out.write(picture.getvalue())


def _show(selection: Selection) -> str | None:
    """The one quantity that is compared, where it is named."""
    if len(selection.show) > 1:
        raise RnncalcError(f"--show {','.join(selection.show)}: one quantity is compared at a time")
    return selection.show[0] if selection.show else None


def _expected(
    trace: Trace, against: str, selection: Selection, network: NetworkRequest
) -> tuple[Trace, Expected]:
    """The numbers of a file, typed in, or of a framework: that runs what is compared of ours."""
    if against in FRAMEWORKS:
        from rnncalc.checking import frameworks
        from rnncalc.checking.chosen import upto_layer

        upto, _ = upto_layer(trace, None, selection)
        path = None if selection.of else _whole_file(network)
        return upto, frameworks.expected(upto.model, against, path, show=_show(selection))
    from rnncalc.checking.expected_file import expected

    _refuse_word(against)
    return trace, expected(against)


def _refuse_word(against: str) -> None:
    """A word is no number: a framework that is not known."""
    from rnncalc.model.checks import one_of

    if re.fullmatch(r"[a-z_]{4,}", against.strip(), re.IGNORECASE) and not Path(against).exists():
        one_of("--against", against, (*FRAMEWORKS, "a file's name", "numbers"))


def _whole_file(network: NetworkRequest) -> Path | None:
    """The file that the network is, where no option makes another one of it."""
    changed = {way[0] for _, way, _ in network.flags} - {"x", "lengths", "mask", "dtype"}
    other = changed or network.state or network.layers or network.assume or network.set
    return Path(network.file) if network.file and not other else None
