"""A zarr group of many sequences: an array a quantity, padded with 0, the lengths beside."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import numpy as np

from rnncalc import __version__, files
from rnncalc.array import Array
from rnncalc.containers import zarr_store
from rnncalc.errors import FileError, located
from rnncalc.many.blocks import runs
from rnncalc.many.manifest import Manifest, digest
from rnncalc.many.pieces import Piece
from rnncalc.many.sinks import GOES_ON, Sink, writing
from rnncalc.many.sources import Label

SEQUENCES, STEPS = 64, 512
"""Of each chunk, at most."""

LENGTHS = "lengths"


class ZarrGroup(Sink):
    """Arrays of (sequences, [timesteps,] width); one grows in time where a sequence is longer."""

    resumes = True

    def __init__(
        self, path: Path, labels: Sequence[Label], about: Mapping[str, Any], *, resume: bool = False
    ) -> None:
        self.path, self.labels, self._mends = path, labels, resume
        self.manifest = Manifest(path.with_name(f"{path.name}.manifest.ndjson"), about)
        library = zarr_store.library("writing")
        with writing(path), self.manifest.taken():
            if path.exists() and not (resume and self.manifest.begun):
                goes = "is there: --resume goes on with an earlier run, or give another name"
                lost = "is there, without a manifest of an earlier run: give another name"
                raise FileError(f"-o {files.shown(path)}: {lost if resume else goes}")
            if resume and path.exists():
                self.manifest.read()
                with located(f"-o {files.shown(path)}"):
                    zarr_store.refuse_group(path)
            with _gone_on_failure(path):
                self.group = self._opened(library)
                self.done = self.manifest.there(self._digest)
                self.manifest.begin()

    def _opened(self, library: Any) -> Any:
        """The group; without the arrays of a run of which nothing was noted."""
        group = library.open_group(zarr_store.store(self.path), mode="a")
        if not self.manifest.noted:
            for name in [*group.array_keys()]:
                del group[name]
        group.attrs["generator"] = f"rnncalc {__version__}"
        if not isinstance(self.labels, range):
            group.attrs["sequences"] = [str(label) for label in self.labels]
        return group

    def _digest(self, span: range) -> str:
        """Of what is there of sequences."""
        with suppress(Exception):  # whatever damage does to the libraries below
            place = slice(span.start, span.stop)
            lengths = np.asarray(self.group[LENGTHS][place])
            arrays = {name: np.asarray(array[place]) for name, array in self.group.arrays()
                      if name != LENGTHS}  # fmt: skip
            return _digest([
                {name: rows[n][:length] if rows.ndim > 2 else rows[n]
                 for name, rows in arrays.items()}
                for n, length in enumerate(lengths)
            ])  # fmt: skip
        return ""

    def put(self, pieces: Mapping[int, Piece]) -> None:
        """Write the rows of a block."""
        arrays = {number: cast(Mapping[str, Array], piece) for number, piece in pieces.items()}
        with writing(self.path, GOES_ON):
            noted: dict[range, str] = {}
            for run in runs([*arrays], len(arrays)):
                rows = [arrays[number] for number in run]
                span = range(run[0], run[-1] + 1)
                self._put(span, rows)
                noted[span] = _digest(rows)
            self.manifest.add(noted)

    def _put(self, run: range, rows: Sequence[Mapping[str, Array]]) -> None:
        """Write sequences that follow each other."""
        place = slice(run.start, run.stop)
        for name in rows[0]:
            parts = [row[name] for row in rows]
            if parts[0].ndim == 1:
                self._array(name, parts[0].shape, parts[0].dtype)[place] = np.stack(parts)
                continue
            steps = max(map(len, parts))
            whole = np.zeros((len(run), steps, parts[0].shape[1]), parts[0].dtype)
            for here, part in zip(whole, parts, strict=True):
                here[: len(part)] = part
            array = self._array(name, whole.shape[1:], whole.dtype)
            array[place, :steps] = whole
            if self._mends and steps < array.shape[1]:
                array[place, steps:] = 0
        lengths = [max((len(one) for one in row.values() if one.ndim > 1), default=1)
                   for row in rows]  # fmt: skip
        self._array(LENGTHS, (), np.dtype(np.int64))[place] = np.array(lengths)

    def _array(self, name: str, shape: tuple[int, ...], dtype: Any) -> Any:
        """An array of the group, as long as it must be."""
        count = len(self.labels)
        if name not in self.group:
            steps = [min(shape[0], STEPS), *shape[1:]] if len(shape) > 1 else [*shape]
            chunks = (min(SEQUENCES, count), *steps)
            return self.group.create_array(
                name, shape=(count, *shape), chunks=chunks, dtype=dtype, fill_value=0
            )
        array = self.group[name]
        if len(shape) > 1 and shape[0] > array.shape[1]:
            array.resize((count, *shape))
        return array

    def close(self, *, whole: bool) -> None:
        """The manifest stays."""
        self.manifest.close()


@contextmanager
def _gone_on_failure(path: Path) -> Iterator[None]:
    """What is made there is taken back where the block fails, if nothing was there."""
    there = path.exists()
    try:
        yield
    except BaseException:
        if not there:
            shutil.rmtree(path, ignore_errors=True)
        raise


def _digest(rows: Sequence[Mapping[str, Array]]) -> str:
    return digest([{name: one[name] for name in sorted(one)} for one in rows])
