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
from rnncalc.cli.requests import ClusterRequest, NetworkRequest
from rnncalc.config.said import Words
from rnncalc.errors import RnncalcError, RnncalcWarning
from rnncalc.many import run
from rnncalc.many.compute import Done
from rnncalc.many.files import Named
from rnncalc.numbers.input_file import Source
from rnncalc.trace.selection import Selection


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
            resume=output.resume, followed=partial(_shown, notes),
            engine=cluster.engine(notes),
        )  # fmt: skip
    if message := report.warning(source.labels):
        warnings.warn(message, RnncalcWarning, stacklevel=2)
    if output.resume:
        notes.say(f"Sequences there already: {report.before:,}; computed now: {report.done:,}.")
    report.refuse_failed("The others are done; --resume computes these." * report.resumes)


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


def _shown(notes: Notes, blocks: Iterator[Done], total: int) -> Iterator[Done]:
    """The blocks; meanwhile how many sequences are done."""
    count = 0

    def counted() -> Iterator[Done]:
        nonlocal count
        for done in blocks:
            count += len(done.pieces) + len(done.failed)
            yield done

    if notes.quiet:
        return blocks
    return followed(counted(), lambda: total, lambda _: count, "sequences")
