"""``rnncalc run`` over many sequences: what is asked for, and what is said of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import files
from rnncalc.cli import inputs
from rnncalc.cli.notes import Notes
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.progress import followed
from rnncalc.cli.requests import ClusterRequest, Named, NetworkRequest
from rnncalc.config.said import Words
from rnncalc.errors import RnncalcError, RnncalcWarning
from rnncalc.files.leftovers import going
from rnncalc.many import run
from rnncalc.many.compute import Done
from rnncalc.many.loop import Report
from rnncalc.numbers.input_file import Source
from rnncalc.trace.selection import Selection
from rnncalc.writers import LAST, Format


def run_many(
    network: NetworkRequest,
    selection: Selection,
    output: OutputRequest,
    cluster: ClusterRequest,
    notes: Notes,
    *,
    last: bool,
) -> None:
    """Compute them, keep what comes out, and say what failed."""
    _refuse_parts(network, selection, output, cluster)
    said = inputs.describe(replace(network, x=None, lengths=None, columns=()), running=True)
    model = inputs.build(said, network.state)
    given = _given(network.x)
    if isinstance(output.path, files.Folder) and np.ndim(given) < (2 if model.reads_ids else 3):
        _refuse_one(given, output.path)
    with inputs.reading():
        source = run.source_of(model, given, columns=network.columns, lengths=network.lengths)
    notes.say_assumed(said)
    form = run.format_of(output.path, "last" if last else output.format, source)
    to: Any = nullcontext(output.path) if output.path else files.stdout()
    with to as place:
        report = run.run_many(
            model, source, place, format="last" if last else form.name,
            show=selection.show, steps=selection.steps, units=selection.units, of=selection.of,
            digits=output.digits, non_finite=output.non_finite, sequential=network.sequential,
            resume=output.resume, followed=partial(_shown, notes, _resumes(output, form)),
            engine=cluster.engine(notes),
        )  # fmt: skip
    if message := report.warning(source.labels):
        warnings.warn(message, RnncalcWarning, stacklevel=2)
    if output.resume:
        notes.say(f"Sequences there already: {report.before:,}; computed now: {report.done:,}.")
    if notes.verbose:
        for one in report.failed.values():
            notes.say(one)
    report.refuse_failed(_remedy(report, output), named=notes.verbose)


def _resumes(output: OutputRequest, form: Format) -> bool:
    """Whether another run can go on with what is kept of one: lines are kept as a whole."""
    return isinstance(output.path, files.Folder) or not (form.lines or form is LAST)


def _remedy(report: Report, output: OutputRequest) -> str:
    """What is there where some could not be computed, and what computes those."""
    others = report.count - len(report.failed)
    if report.resumes:
        return f"{'The others are done; ' * bool(others)}--resume computes these."
    if not output.path:
        return ""
    name = files.shown(output.path)
    return f"{name} has the other {others:,}." if others else f"{name} is empty."


def _given(x: Any) -> Any:
    """What names the sequences, or holds them."""
    if isinstance(x, Words):
        raise x.error
    if isinstance(x, Named):
        return x.words[0] if len(x.words) == 1 else x.words
    return str(x.path) if isinstance(x, Source) else x


def _refuse_one(x: Any, path: Path) -> None:
    """Errors: RnncalcError for one sequence that is to go into a folder."""
    if isinstance(x, np.ndarray):
        where = f"-o {files.shown(path)}: is a folder"
        raise RnncalcError(
            f"{where}, for the results of many sequences, and -x is one: give a file"
        )


def _refuse_parts(
    network: NetworkRequest, selection: Selection, output: OutputRequest, cluster: ClusterRequest
) -> None:
    """Errors: RnncalcError for what is of one input, or where there is none."""
    if network.x is None or isinstance(network.x, dict):
        place = f"-o {files.shown(output.path or Path())}"
        flag = "--resume" if output.resume else cluster.flag or place
        raise RnncalcError(f"{flag} is for many sequences: give their files, -x 'data/*.csv'")
    if selection.sequence is not None:
        raise RnncalcError("--sequence is of a batch: of many sequences name those that you want")
    if selection.summary:
        raise RnncalcError("--summary is of one run: give one sequence")
    if network.mask is not None:
        raise RnncalcError("--mask is of one batch: many sequences have their own lengths")
    if len(network.dtypes) > 1:
        raise RnncalcError("--dtype: several are compared of one input: give one sequence")


def _shown(notes: Notes, resumes: bool, blocks: Iterator[Done], total: int) -> Iterator[Done]:
    """The blocks; meanwhile how many sequences are done, and if a signal ends it, how many are."""
    count = kept = 0
    over = False

    def counted() -> Iterator[Done]:
        nonlocal count, kept, over
        with going(stopped):
            try:
                for done in blocks:
                    count += len(done.pieces) + len(done.failed)
                    yield done
                    kept += len(done.pieces)
            finally:
                over = True

    def stopped() -> None:
        if resumes and not over:
            what = f"{kept:,} of {total:,} sequences were computed and are kept"
            notes.say(f"Stopped: {what}; --resume goes on.")

    if notes.quiet:
        return blocks
    return followed(counted(), lambda: total, lambda _: count, "sequences")
