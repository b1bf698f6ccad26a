"""Zarr arrays in a folder: the metadata of one is checked before it is opened.

What a chunk may have gone through is a short list: others may run code (a pickle is one of them).
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from rnncalc import files
from rnncalc.containers.extra import needed
from rnncalc.errors import FileError, innermost, printable

CODECS = {"bytes", "blosc", "gzip", "zstd", "crc32c", "transpose"}
"""Of version 3, by their names."""
COMPRESSORS = {"blosc", "gzip", "zlib", "zstd", "bz2", "lz4"}
"""Of version 2, by their ids."""

TYPES = {f"{kind}{bits}" for kind in ("int", "uint", "float") for bits in (8, 16, 32, 64)} | {
    "bool"
}
LARGEST_CHUNK = 128 * files.MIB
LARGEST_METADATA = 1 << 20


def opened(path: Path, key: str | None = None) -> Any:
    """An array, by the name that it has in its group, or the only one.

    Errors: FileError, without the file's name, for what is none, or went through other codecs.
    """
    zarr = needed("zarr", "zarr arrays", extra="cluster")
    if not path.is_dir():
        raise FileError("there is no such folder")
    folder = _array_in(path, key)
    for name, refuse in (("zarr.json", _refuse_codecs), (".zarray", _refuse_compressor)):
        if (about := folder / name).is_file():
            refuse(_read(about))
            break
    else:
        raise FileError("holds no zarr array there")
    try:
        return Rows(zarr.open_array(store=str(folder), mode="r"))
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise FileError(f"is no readable zarr array: {printable(str(error))}") from None


class Rows:
    """An array row by row: the chunks of a row are kept until another is asked for."""

    def __init__(self, array: Any) -> None:
        self.shape = tuple(array.shape)
        self._array, self._first = array, -1
        self._rows: Any = None

    def __getitem__(self, number: int) -> Any:
        """Row ``number``. Errors: FileError for damage."""
        count = self._array.chunks[0]
        first = number - number % count
        if first != self._first:
            try:
                self._rows = self._array[first : first + count]
            except Exception as error:  # whatever a damaged chunk does to the codecs
                raise FileError(f"is damaged: {innermost(error)}") from None
            self._first = first
        return self._rows[number - first]


def _array_in(path: Path, key: str | None) -> Path:
    """The folder of an array; nothing outside of ``path``."""
    folder = path / key if key else path
    if key and (".." in Path(key).parts or Path(key).is_absolute()):
        raise FileError(f"'{printable(key)}' is no name of an array in it")
    return folder


def _read(path: Path) -> dict[str, Any]:
    try:
        with files.opened(path) as file:
            words = json.loads(file.read(LARGEST_METADATA))
    except (ValueError, RecursionError):
        raise FileError("its metadata are damaged") from None
    if not isinstance(words, dict):
        raise FileError("its metadata are damaged")
    return words


def _refuse_codecs(about: dict[str, Any]) -> None:
    """Errors: FileError for version 3 metadata of what is not read."""
    if about.get("node_type") != "array":
        raise FileError("is a group of zarr: name one of its arrays, FILE.zarr:NAME")
    codecs = about.get("codecs")
    names = [one.get("name") for one in codecs if isinstance(one, dict)] if (
        isinstance(codecs, list)) else [None]  # fmt: skip
    _refuse_others(names, CODECS)
    grid = about.get("chunk_grid")
    grid = grid.get("configuration") if isinstance(grid, dict) else None
    _refuse_shape(grid.get("chunk_shape") if isinstance(grid, dict) else None)
    if about.get("data_type") not in TYPES:
        raise FileError(f"holds {printable(str(about.get('data_type')))}, not real numbers")


def _refuse_compressor(about: dict[str, Any]) -> None:
    """Errors: FileError for version 2 metadata of what is not read."""
    compressor = about.get("compressor")
    names = [compressor.get("id")] if isinstance(compressor, dict) else []
    if about.get("filters"):
        raise FileError("went through filters of zarr 2, which are not undone")
    _refuse_others(names, COMPRESSORS)
    _refuse_shape(about.get("chunks"))
    if str(about.get("dtype"))[1:2] not in tuple("iufb"):
        raise FileError(f"holds {printable(str(about.get('dtype')))}, not real numbers")


def _refuse_others(names: list[Any], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise FileError(f"went through {printable(str(name))}, which is not undone")


def _refuse_shape(chunk: Any) -> None:
    whole = isinstance(chunk, list) and all(type(one) is int and one > 0 for one in chunk)
    if not whole or math.prod(chunk) * 8 > LARGEST_CHUNK:
        raise FileError(f"is kept in chunks of more than {LARGEST_CHUNK // files.MIB} MiB, or none")
