"""``rnncalc check``: do the numbers agree, where not, and why not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rnncalc.cli.notes import Notes
from rnncalc.cli.options import CHECK, NETWORK, options
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.parameters import is_stdin, take_stdin
from rnncalc.cli.requests import NetworkRequest, requested
from rnncalc.writers import CHECKS

if TYPE_CHECKING:
    from rnncalc.checking.expected import Expected
    from rnncalc.trace.trace import Trace

FRAMEWORKS = ("keras", "torch", "onnxruntime")


@click.command("check", short_help="Say whether numbers agree, where not, and why not.")
@options(NETWORK, CHECK)
@requested(network=NetworkRequest, output=OutputRequest, notes=Notes)
def check_command(
    network: NetworkRequest,
    output: OutputRequest,
    notes: Notes,
    against: str,
    show: str | None,
    rtol: float | None,
    atol: float | None,
    decimals: int | None,
) -> int:
    """Compare a run with expected numbers: whether they agree, where they part first, and which
    mistake, or which two, make the expected numbers come out.

    MODEL and the input are given as for run. --against is a file (npy, npz, csv, tsv, json, a
    result of rnncalc), numbers, or a framework that is installed: keras, torch, onnxruntime.

    \b
    Examples:
      rnncalc check model.keras -x data.csv --against expected.npy
      rnncalc check -x 1,2,3 --wx 0.32 --wh 1 --against 0.3131,0.7447,0.9374
      rnncalc check weights.pt -x data.npy --against torch --json

    Exit code 0: they agree; 1: they differ; 2: trouble.
    """
    from rnncalc.checking.check import check
    from rnncalc.cli import inputs
    from rnncalc.cli.invocation import invocation_of

    if is_stdin(against):
        take_stdin(click.get_current_context(), "--against")
    form = output.form(CHECKS)
    said = inputs.describe(network)
    trace = inputs.compute(said, network, notes)
    expected = _expected(trace, against, show, network)
    invocation = invocation_of(said, network)
    asked: dict[str, Any] = {"show": show, "rtol": rtol, "atol": atol, "decimals": decimals}
    checked = check(trace, expected, **asked, invocation=invocation)
    with output.opened() as out:
        form.writer.write(checked, output.style(form), out)
    return int(not checked)


def _expected(trace: Trace, against: str, show: str | None, network: NetworkRequest) -> Expected:
    """The numbers of a file, typed in, or of a framework."""
    if against in FRAMEWORKS:
        from rnncalc.checking import frameworks

        return frameworks.expected(trace.model, against, _whole_file(network), show=show)
    from rnncalc.checking.expected_file import expected

    _refuse_word(against)
    return expected(against)


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
