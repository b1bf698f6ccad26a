"""Zarr arrays in a folder: what one claims is judged before it is opened, and each chunk before
it is unpacked.

What a chunk may have gone through is a short list: others may run code (a pickle is one of them),
or unpack to any size.
"""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from rnncalc import files
from rnncalc.containers.extra import needed
from rnncalc.containers.folder import Folder
from rnncalc.containers.zarr_chunks import PACKINGS, refuse_larger
from rnncalc.errors import FileError, innermost, printable

CODECS = {"bytes", "crc32c", "transpose", *PACKINGS}
"""Of version 3, by their names; the compressors of version 2 by their ids."""

TYPES = {f"{kind}{bits}" for kind in ("int", "uint", "float") for bits in (8, 16, 32, 64)} | {
    "bool"
}
TYPES_2 = re.compile("[<>|][iufb][1248]")
LARGEST_CHUNK = 128 * files.MIB
LARGEST_ROWS, MOST_CHUNKS = 512 * files.MIB, 10_000
"""What is read at once: the rows of one chunk, whole."""
MOST_ROWS = 1_000_000_000
LARGEST_METADATA = 1 << 20
OVERHEAD = 1 << 16
"""So many bytes may a chunk that did not get smaller be longer than its numbers."""
METADATA = ("zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata")


class Kept(NamedTuple):
    """How an array is kept: bytes of a chunk, and what packed it, if anything."""

    size: int
    packing: str


def library(doing: str) -> ModuleType:
    """Zarr itself. Errors: FileError where it is missing."""
    return needed("zarr", "zarr arrays", doing, extra="cluster", python=(3, 11))


def opened(path: Path, key: str | None = None) -> Any:
    """An array, by the name that it has in its group, or the only one.

    Errors: FileError, without the file's name, for what is none, or went through other codecs.
    """
    zarr = library("reading")
    if not path.is_dir():
        raise FileError("there is no such folder")
    folder = _array_in(path, key)
    kept(folder)
    try:
        return Rows(zarr.open_array(store=store(folder, read_only=True), mode="r"))
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise FileError(f"is no readable zarr array: {printable(str(error))}") from None


class Rows:
    """An array row by row: the chunks of a row are kept until another is asked for."""

    def __init__(self, array: Any) -> None:
        self.shape = tuple(array.shape)
        self._array, self._first = array, -1
        self._rows: Any = None

    def __getitem__(self, place: int | slice) -> Any:
        """A row, or rows behind each other. Errors: FileError for damage."""
        if isinstance(place, slice):
            return self._read(place)
        count = self._array.chunks[0]
        first = place - place % count
        if first != self._first:
            self._rows, self._first = self._read(slice(first, first + count)), first
        return self._rows[place - first]

    def _read(self, rows: slice) -> Any:
        try:
            return self._array[rows]
        except FileError:
            raise
        except Exception as error:  # whatever a damaged chunk does to the codecs
            raise FileError(f"is damaged: {innermost(error)}") from None


def store(folder: Path, *, read_only: bool = False) -> Any:
    """The folder as zarr's store, which gives files inside of it alone, and judged chunks."""
    from zarr.storage import LocalStore

    known: dict[Path, Kept] = {}

    class Judged(LocalStore):
        """Errors: FileError for a file that is none, or a chunk that would be larger."""

        async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
            if os.path.lexists(folder / key):
                _judge(folder, key, known)
            return await super().get(key, prototype, byte_range)

    return Judged(str(folder), read_only=read_only)


def refuse_group(path: Path) -> None:
    """Errors: FileError for a group that rnncalc would not have written."""
    for folder, names, others in os.walk(path):
        if any(os.path.islink(os.path.join(folder, name)) for name in (*names, *others)):
            raise FileError("has links in it")
    for one in sorted(path.iterdir()):
        if one.is_dir():
            kept(one)


def _judge(folder: Path, key: str, known: dict[Path, Kept]) -> None:
    """Errors: FileError for what is not to be read. ``known``: of the arrays of earlier chunks."""
    inside = Folder(folder)
    file = inside.file(key)
    size = inside.size(file)
    if file.name in METADATA:
        if size > LARGEST_METADATA:
            raise FileError("its metadata are damaged")
        return
    parts = Path(key).parts
    above = [folder.joinpath(*parts[:depth]) for depth in range(len(parts))]
    array = next(one for one in above if one in known or _is_array(one))
    if array not in known:
        known[array] = kept(array)
    whole, packing = known[array]
    if size > whole + OVERHEAD:
        raise FileError(f"chunk {printable(key)} is larger than its numbers are")
    if packing:
        refuse_larger(packing, file, whole)


def _array_in(path: Path, key: str | None) -> Path:
    """The folder of an array; nothing outside of ``path``."""
    folder = path / key if key else path
    if key and (".." in Path(key).parts or Path(key).is_absolute()):
        raise FileError(f"'{printable(key)}' is no name of an array in it")
    return folder


def _is_array(folder: Path) -> bool:
    """Whether its metadata are those of an array."""
    if (folder / ".zarray").is_file():
        return True
    about = folder / "zarr.json"
    return about.is_file() and _read(about).get("node_type") != "group"


def kept(folder: Path) -> Kept:
    """How an array is kept. Errors: FileError for what is none, or is not read."""
    for name, described in (("zarr.json", _described), (".zarray", _described_2)):
        if (about := folder / name).is_file():
            return described(_read(about))
    raise FileError("holds no zarr array there")


def _read(path: Path) -> dict[str, Any]:
    try:
        with files.opened(path) as file:
            words = json.loads(file.read(LARGEST_METADATA))
    except (ValueError, RecursionError):
        raise FileError("its metadata are damaged") from None
    if not isinstance(words, dict):
        raise FileError("its metadata are damaged")
    return words


def _described(about: dict[str, Any]) -> Kept:
    """By metadata of version 3."""
    if about.get("node_type") != "array":
        raise FileError("is a group of zarr: name one of its arrays, FILE.zarr:NAME")
    codecs = about.get("codecs")
    names = [one.get("name") for one in codecs if isinstance(one, dict)] if (
        isinstance(codecs, list)) else [None]  # fmt: skip
    kind, grid = about.get("data_type"), about.get("chunk_grid")
    if kind not in TYPES:
        raise FileError(f"holds {printable(str(kind))}, not real numbers")
    grid = grid.get("configuration") if isinstance(grid, dict) else None
    chunk = grid.get("chunk_shape") if isinstance(grid, dict) else None
    return _judged(about.get("shape"), chunk, np.dtype(kind).itemsize, names)


def _described_2(about: dict[str, Any]) -> Kept:
    """By metadata of version 2."""
    compressor, kind = about.get("compressor"), str(about.get("dtype"))
    names = [compressor.get("id")] if isinstance(compressor, dict) else []
    if about.get("filters"):
        raise FileError("went through filters of zarr 2, which are not undone")
    if not TYPES_2.fullmatch(kind):
        raise FileError(f"holds {printable(kind)}, not real numbers")
    return _judged(about.get("shape"), about.get("chunks"), np.dtype(kind).itemsize, names)


def _judged(shape: Any, chunk: Any, width: int, names: list[Any]) -> Kept:
    """Errors: FileError for sizes that are none, or too large to be read."""
    for name in names:
        if not isinstance(name, str) or name not in CODECS:
            raise FileError(f"went through {printable(str(name))}, which is not undone")
    packings = [name for name in names if name in PACKINGS]
    if len(packings) > 1:
        raise FileError("was packed more than once")
    if not _whole(chunk, 1) or math.prod(chunk) * width > LARGEST_CHUNK:
        raise FileError(f"is kept in chunks of more than {LARGEST_CHUNK // files.MIB} MiB, or none")
    if not _whole(shape, 0) or len(shape) != len(chunk) or not shape or shape[0] > MOST_ROWS:
        raise FileError("its metadata are damaged: it has no shape that can be")
    rows = (min(chunk[0], shape[0]), *shape[1:])
    chunks = math.prod(-(-a // b) for a, b in zip(rows, chunk, strict=True))
    if math.prod(rows) * width > LARGEST_ROWS or chunks > MOST_CHUNKS:
        most = f"{LARGEST_ROWS // files.MIB} MiB, and {MOST_CHUNKS:,} chunks"
        raise FileError(f"its sequences are too long: {most}, are read at once at most")
    return Kept(math.prod(chunk) * width, packings[0] if packings else "")


def _whole(lengths: Any, least: int) -> bool:
    """Whether these are lengths."""
    return isinstance(lengths, list) and all(type(n) is int and n >= least for n in lengths)
