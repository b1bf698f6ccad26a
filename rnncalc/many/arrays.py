"""Many sequences in one array, of which no more is read than the block that is computed."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers import npy
from rnncalc.data import dataclass
from rnncalc.errors import FileError, of_flag, printable
from rnncalc.many.manifest import digest
from rnncalc.many.sources import Label

SLICED = (".npy", ".zarr")
"""Whose arrays give many rows at once."""


@dataclass(frozen=True)
class Rows:
    """The rows of an array of (sequences, timesteps, features), or of ids (sequences, timesteps).

    Attributes:
        path, key: the file, and which of its arrays.
        shape: of the array.
        lengths: the true length of each sequence; none: all are as long as the array.
        folder: where the path begins, for a process whose working folder is another.
    """

    path: str
    key: str | None
    shape: tuple[int, ...]
    lengths: tuple[int, ...] = field(default=(), repr=False)
    folder: str = ""
    is_text = False

    @property
    def labels(self) -> Sequence[Label]:
        """Their numbers."""
        return range(self.shape[0])

    places = labels

    @property
    def sizes(self) -> Sequence[int]:
        """All alike."""
        return [int(np.prod(self.shape[1:])) * npy.WIDEST] * self.shape[0]

    @property
    def identity(self) -> str:
        """Its whole path, however it was typed, shape and lengths."""
        return f"{os.path.abspath(self._place)}:{self.key} {self.shape} {self.lengths}"

    def read(self, number: int) -> Array:
        """One row. Errors: FileError with the file's name."""
        with files.reading(self._place):
            row = _apart(_opened(str(self._place), self.key), number)
        length = self.lengths[number] if self.lengths else len(row)
        return np.array(row[:length], np.float64)

    def read_all(self, numbers: Sequence[int]) -> Array | None:
        """Rows behind each other at once, where all are of one length."""
        first, last = numbers[0], numbers[-1]
        several = Path(self.path).suffix.lower() in SLICED
        if not several or self.lengths or last - first >= len(numbers):
            return None
        with files.reading(self._place):
            return _apart(_opened(str(self._place), self.key), slice(first, last + 1))

    @property
    def _place(self) -> Path:
        return Path(self.folder, self.path)


def rows_of(path: str, key: str | None, *, ids: bool, lengths: Any = None) -> Rows:
    """The rows of the array in a file. Errors: FileError, RnncalcError for what has none."""
    _open.cache_clear()  # of a folder nothing tells that what is in it is other now
    with files.reading(Path(path)):
        shape = tuple(_opened(path, key).shape)
        refuse_axes(shape, ids=ids)
    return Rows(path, key, shape, checked_lengths(lengths, shape))


def axes(path: str) -> int:
    """How many axes the array in a file has. Errors: FileError with the file's name."""
    with files.reading(Path(path)):
        return len(_opened(path, None).shape)


def checked_lengths(lengths: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Errors: RnncalcError for lengths that the sequences cannot have."""
    if lengths is None:
        return ()
    given = np.ravel(lengths)
    if len(given) != shape[0]:
        has = "1 number" if len(given) == 1 else f"{len(given):,} numbers"
        raise of_flag(f"--lengths has {has}, expected {shape[0]:,}, one per sequence")
    wrong = given[(given < 1) | (given > shape[1]) | (given != np.floor(given))]
    if wrong.size:
        raise of_flag(f"--lengths has {wrong[0]:g}, expected 1 to {shape[1]} (timesteps)")
    return tuple(int(one) for one in given)


def _opened(path: str, key: str | None) -> Any:
    """The array, as long as its file is the same. Errors: FileError, without the file's name."""
    status = os.stat(path)
    return _open(path, key, (status.st_ino, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=1)
def _open(path: str, key: str | None, status: tuple[int, ...]) -> Any:
    """The array, of which no more is read than is asked for."""
    suffix = Path(path).suffix.lower()
    if suffix == ".zarr":
        from rnncalc.containers import zarr_store

        return zarr_store.opened(Path(path), key)
    return npy.mapped(Path(path)) if suffix == ".npy" else _dataset(Path(path), key)


def _apart(array: Any, place: int | slice) -> Array:
    """What is there, in memory of its own: what was mapped is given back, however much is read."""
    copy = np.array(array[place])
    if isinstance(array, np.memmap) and hasattr(mmap, "MADV_DONTNEED"):
        array._mmap.madvise(mmap.MADV_DONTNEED)  # type: ignore[attr-defined]
    return copy


def _dataset(path: Path, key: str | None) -> Any:
    """A dataset of an HDF5 file. Errors: FileError, without the file's name."""
    from rnncalc.containers.byte_range import whole
    from rnncalc.containers.hdf5.tree import tree_in

    root = tree_in(whole(path))
    tensor = root.tensor((key or "").strip("/"))
    if tensor is None or tensor.by_row is None:
        there = npy.there([*_names(root)])
        has = "which dataset? " if key is None else f"has no dataset '{printable(key)}'; "
        raise FileError(f"{has}write {path.name}:PATH; {there}")
    return tensor.by_row()


def _names(group: Any) -> Iterator[str]:
    for tensor in group.tensors.values():
        yield tensor.name
    for inner in group.groups.values():
        yield from _names(inner)


@dataclass(frozen=True)
class Held:
    """The sequences of an array that is in memory: typed, of an npz, of unequal length.

    Attributes:
        x: (sequences, timesteps, features), or (sequences, timesteps) of ids.
        lengths: the true length of each; none: all are as long as the array.
    """

    x: Array
    lengths: tuple[int, ...] = ()
    is_text = False

    @property
    def labels(self) -> Sequence[Label]:
        """Their numbers."""
        return range(len(self.x))

    places = labels

    @property
    def sizes(self) -> Sequence[int]:
        """All alike."""
        return [self.x[0].nbytes] * len(self.x)

    @property
    def identity(self) -> str:
        """What the numbers are."""
        return digest([self.x, self.lengths])

    def read(self, number: int) -> Array:
        """One row."""
        return np.array(self.x[number][: self.lengths[number] if self.lengths else None])

    def read_all(self, numbers: Sequence[int]) -> Array | None:
        """Rows at once, where all are of one length."""
        return None if self.lengths else self.x[list(numbers)]


def held(x: Array, *, ids: bool, lengths: Any = None) -> Held:
    """The sequences of an array. Errors: RnncalcError for one that has other axes."""
    refuse_axes(x.shape, ids=ids)
    return Held(x, checked_lengths(lengths, x.shape))


def refuse_axes(shape: tuple[int, ...], *, ids: bool) -> None:
    """Errors: FileError for a shape that is none of many sequences."""
    count, words = (2, "timesteps") if ids else (3, "timesteps, features")
    if len(shape) != count:
        raise FileError(f"has shape {shape}, expected (sequences, {words})")
    if not shape[0]:
        raise FileError(f"holds no sequences: its shape is {shape}")
