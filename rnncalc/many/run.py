"""Many sequences in one call: from files or an array, to a folder, a .npy or lines."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.errors import RnncalcError, of_flag
from rnncalc.many import arrays
from rnncalc.many import files as sequences
from rnncalc.many.compute import Job
from rnncalc.many.loop import Engine, Followed, Report, about, loop, unseen
from rnncalc.many.names import names_of
from rnncalc.many.pieces import Arrays, Lines, Maker, OneArray, OwnFile
from rnncalc.many.sinks import Folder, Printed, RowsFile, Sink
from rnncalc.many.sources import Source
from rnncalc.model.model import Model
from rnncalc.numbers.digits import Digits
from rnncalc.numbers.keyed import file_and_key
from rnncalc.numbers.unequal import Padded
from rnncalc.trace.selection import Index, Selection
from rnncalc.writers import FORMATS, LAST, Format, by_suffix
from rnncalc.writers.style import Style

WHERE = "-o FOLDER/, FILE.npy, FILE.zarr, or lines: -f csv, tsv, csv-wide, ndjson, --last"
"""Where the results of many sequences may go."""

ZARR = Format("zarr", "", (".zarr",), binary=True)
"""What is written by the sink alone, as it is made for many sequences."""

Given = str | Sequence[str] | Array | Padded | Source


def run_many(
    model: Model,
    x: Given,
    to: str | os.PathLike[str] | IO[bytes],
    *,
    format: str | None = None,
    show: Sequence[str] = (),
    steps: Index | None = None,
    units: Index | None = None,
    of: str = "",
    digits: Digits | None = None,
    non_finite: str = "string",
    columns: Sequence[str] = (),
    lengths: Any = None,
    dtype: str | None = None,
    sequential: bool = False,
    resume: bool = False,
    followed: Followed = unseen,
    engine: Engine | None = None,
) -> Report:
    """Run a model on each of many sequences, block by block, in the memory of one block.

    Args:
        x: files of one sequence each, by a pattern (``data/*.csv``) or a list of names; or all in
            one array: the name of a .npy, or (sequences, timesteps, features) itself.
        to: a folder (``out/``), which gets a file a sequence; a .npy, which gets a row a sequence;
            a file of lines (csv, ndjson), or what is open for bytes.
        format: as of ``write``; of a folder by default csv for text and npy for arrays; ``last``
            for the last numbers alone.
        show, steps, units, of, digits, non_finite: which part of each, as of ``write``.
        columns: of tables, which of their columns are the features.
        lengths: the true length of each sequence of an array.
        dtype, sequential: as of ``run``.
        resume: go on with an earlier run: compute what is not there, or not what it was.
        followed: hands the blocks on as they are done.
        engine: computes them elsewhere: ``rnncalc.cluster.workers(4)``; by default this process.

    Returns:
        A Report: how many were computed, which failed and why, which are not finite.

    Errors: RnncalcError for what cannot be run or kept; a sequence that fails stands in the report.
    """
    model = alone(model)
    source = source_of(model, x, columns=columns, lengths=lengths)
    selection = Selection(show, steps, units, of)
    path = None if hasattr(to, "write") else target(to)
    if path is not None and not isinstance(path, files.Folder):
        files.refuse_read(path, _read_by(source))
    form = format_of(path, format, source)
    style = form.style(digits, non_finite)
    maker = _maker(path, form, selection, style)
    record = None if form.every else selection.recorded(model)
    job = Job(model, maker, dtype, record, sequential)
    with ExitStack() as stack:
        if isinstance(maker, Lines):
            if resume:
                kept = "-o FOLDER/, FILE.npy, FILE.zarr: lines are kept as a whole"
                raise RnncalcError(f"--resume is for {kept}")
            sink: Sink = Printed(stack.enter_context(_opened(path, to)), len(source.labels))
        else:
            sink = _sink(path or Path(), source, job, form, resume=resume)
        return loop(job, source, sink, followed, engine)


def _read_by(source: Source) -> Iterator[str]:
    """The files that a source reads from."""
    if isinstance(source, sequences.Files):
        yield from (file_and_key(one)[0] for one in source.paths)
    elif isinstance(source, arrays.Rows):
        yield source.path


def is_zarr(path: Path) -> bool:
    """Whether results go into a group of zarr, which is a folder of its own kind."""
    return path.suffix.lower() in ZARR.suffixes


def target(to: str | os.PathLike[str]) -> Path:
    """The path of a file, or of a folder."""
    return files.Folder(to) if files.names_folder(to) or isinstance(to, files.Folder) else (
        files.output(to)
    )  # fmt: skip


def _opened(path: Path | None, to: Any) -> AbstractContextManager[IO[bytes]]:
    if path is not None:
        return files.replacing(path)
    return nullcontext(to)


def alone(model: Model) -> Model:
    """The network without an input. Errors: RnncalcError for what only one input has."""
    if len(model.inputs) > 1:
        several = ", ".join(model.inputs)
        raise RnncalcError(f"the network has several inputs ({several}): run one at a time")
    if model.lengths is not None or model.mask is not None:
        which = "mask" if model.lengths is None else "lengths"
        raise RnncalcError(f"{which} in the config is of its own x: many sequences have their own")
    return replace(model, x=None)


def source_of(
    model: Model, x: Given, *, columns: Sequence[str] = (), lengths: Any = None
) -> Source:
    """The sequences of a name, a pattern, several names, or an array.

    Errors: RnncalcError for what has none, or has lengths of its own.
    """
    rows = _rows_of(model, x, lengths)
    if rows is not None and columns:
        raise of_flag("--columns is for tables: an array has its features in its last axis")
    if rows is not None:
        return rows
    if not isinstance(x, (str, list, tuple)):
        return x  # type: ignore[return-value]
    if lengths is not None:
        raise of_flag("--lengths: each file has its own length: leave it out")
    names = sequences.found([x] if isinstance(x, str) else x)
    return sequences.Files(names, tuple(columns), model.reads_ids, model.features)


def _rows_of(model: Model, x: Given, lengths: Any) -> Source | None:
    """The sequences of an array, in a file or here; None for anything else."""
    how: dict[str, Any] = {"ids": model.reads_ids, "lengths": lengths}
    if isinstance(x, str) and not sequences.is_pattern(x):
        word = x.removeprefix("@")
        if sequences.is_stored(word):
            return arrays.rows_of(*sequences.place(word), **how)
        if word.lower().endswith(".npy") and arrays.axes(word) > (1 if model.reads_ids else 2):
            return arrays.rows_of(word, None, **how)
    if isinstance(x, Padded):
        return arrays.held(x.x, ids=model.reads_ids, lengths=x.lengths)
    if isinstance(x, np.ndarray):
        return arrays.held(x, **how)
    return None


def format_of(path: Path | None, asked: str | None, source: Source) -> Format:
    """The format that is asked for, or that the place has.

    Errors: RnncalcError for one that has no place for many sequences.
    """
    if asked == "last":
        form: Format | None = LAST
    elif path and is_zarr(path):
        return ZARR
    elif isinstance(path, files.Folder):
        return FORMATS[asked or ("csv" if source.is_text else "npy")]
    else:
        form = FORMATS.get(asked or "") or (by_suffix(FORMATS, path) if path else None)
    if form is None or not (form.lines or form is LAST or (form.name == "npy" and path)):
        count = f"{len(source.labels):,} sequences"
        what = f"{form.name} has no place for {count}:" if form else f"where to with {count}?"
        if path and not form:
            name = files.shown(path)
            what = f"-o {name}: no format has this name; {name}/ is a folder. For {count}"
        raise RnncalcError(f"{what} give {WHERE}")
    return form


def _maker(path: Path | None, form: Format, selection: Selection, style: Style) -> Maker:
    """What is kept of each sequence."""
    if form is ZARR:
        return Arrays(selection)
    if isinstance(path, files.Folder) and form is not LAST:
        return OwnFile(form.name, selection, style)
    return OneArray(selection) if form.name == "npy" else Lines(form.name, selection, style)


def _sink(path: Path, source: Source, job: Job, form: Format, *, resume: bool) -> Sink:
    """Where what is whole is kept, and noted in a manifest."""
    said = about(job, source)
    if form is ZARR:
        from rnncalc.many.zarr_group import ZarrGroup

        return ZarrGroup(path, source.labels, said, resume=resume)
    if not isinstance(job.maker, OwnFile):
        return RowsFile(path, source.labels, said, resume=resume)
    if isinstance(source, sequences.Files) and any(
        Path(one).parent.resolve() == path.resolve() for one in source.paths
    ):
        raise RnncalcError(f"-o {files.shown(path)}: the inputs are there: give another folder")
    names = names_of(source.places, form.suffixes[0] if form.suffixes else ".csv")
    return Folder(path, source.labels, names, said, resume=resume)
