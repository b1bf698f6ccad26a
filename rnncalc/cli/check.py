"""``rnncalc check``: do the numbers agree, where not, and why not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rnncalc.cli.options import check_options, model_options
from rnncalc.cli.parameters import decimal_commas, is_stdin, take_stdin

if TYPE_CHECKING:
    from rnncalc.checking.expected import Expected
    from rnncalc.checking.verdict import Checked
    from rnncalc.trace.trace import Trace

FRAMEWORKS = ("keras", "torch", "onnxruntime")


@click.command("check", short_help="Say whether numbers agree, where not, and why not.")
@model_options
@check_options
@click.pass_context
def check_command(context: click.Context, /, **options: Any) -> int:
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
    from rnncalc.cli.door import warned

    if is_stdin(options["against"]):
        take_stdin(context, "--against")
    found: list[Checked] = []
    with decimal_commas(context):
        code = warned(
            lambda: found.append(_check(options)),
            quiet=options["quiet"],
            strict=options["strict"],
        )
    return code or int(not all(found))


def _check(options: dict[str, Any]) -> Checked:
    from rnncalc.checking.check import check
    from rnncalc.cli.inputs import described, ran
    from rnncalc.cli.invocation import invocation_of

    form = _form(options)
    said = described(options)
    trace = ran(said, options)
    expected = _expected(trace, options)
    asked = {key: options[key] for key in ("show", "rtol", "atol")}
    checked = check(trace, expected, **asked, invocation=invocation_of(said, options))
    _written(checked, form, options)
    return checked


def _expected(trace: Trace, options: dict[str, Any]) -> Expected:
    """The numbers of a file, typed in, or of a framework."""
    if options["against"] in FRAMEWORKS:
        from rnncalc.checking import frameworks

        path, show = _whole_file(options), options["show"]
        return frameworks.expected(trace.model, options["against"], path, show=show)
    from rnncalc.checking.expected_file import expected

    _refuse_word(options["against"])
    return expected(options["against"])


def _refuse_word(against: str) -> None:
    """A word is no number: a framework that is not known."""
    from rnncalc.model.checks import one_of

    if re.fullmatch(r"[a-z_]{4,}", against.strip(), re.IGNORECASE) and not Path(against).exists():
        one_of("--against", against, (*FRAMEWORKS, "a file's name", "numbers"))


def _whole_file(options: dict[str, Any]) -> Path | None:
    """The file that the network is, where no option makes another one of it."""
    from rnncalc.cli.inputs import FLAGS

    flags = ["state", *FLAGS.keys() - {"x", "lengths", "mask", "dtype"}]
    changed = any(options[key] is not None for key in flags)
    name = options["model"] or options["config"]
    other = changed or any(options["layers"]) or options["assume"]
    return Path(name) if name and not other else None


def _form(options: dict[str, Any]) -> str:
    from rnncalc.writers import format_of
    from rnncalc.writers.check import SUFFIXES

    if options["form"]:
        return str(options["form"])
    return format_of(Path(options["output"]), SUFFIXES) if options["output"] else "text"


def _written(checked: Checked, form: str, options: dict[str, Any]) -> None:
    from rnncalc.cli.outputs import opened, terminal
    from rnncalc.numbers.digits import DEFAULT
    from rnncalc.writers.check import write
    from rnncalc.writers.view import View

    view = View(digits=options["digits"] or DEFAULT, non_finite=options["non_finite"])
    elsewhere = options["output"] or form != "text"
    with opened(options["output"]) as out:
        write(checked, replace(view, **terminal(options["color"], elsewhere)), form, out)
