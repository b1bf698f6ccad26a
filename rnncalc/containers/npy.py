"""Arrays in npy and npz files, each checked before it is read.

A shape is believed only where the bytes for it are there, and nothing is unpickled: what a header
claims costs no memory. Arrays come out as float64.
"""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.bounds import MOST_AXES
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.zip_archive import damage, opened_zip, refuse_bomb
from rnncalc.errors import FileError, located, may_quote, printable

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MAGIC, VERSIONS = b"\x93NUMPY", (b"\1\0", b"\2\0")
"""How an npy file begins. Version 3.0 is for names of fields, which numbers do not have."""

WIDEST = 8
"""Bytes of a float64, which everything becomes."""

LONGEST_HEADER = 1 << 14
MOST = 10_000
"""Arrays of one npz file."""


def read_npy(path: Path) -> Array:
    """The array in an npy file. Errors: FileError for damage, object arrays, no numbers."""
    with files.opened(path) as file:
        return read(file)


def read(file: BinaryIO) -> Array:
    """The array in an open npy file. Errors: as of ``read_npy``, without the file's name."""
    size = files.size(file)
    file.seek(0)
    return _checked(file, size)


def shape_of(file: BinaryIO) -> tuple[int, ...]:
    """The shape of the array in an open npy file. Errors: as of ``read``."""
    size = files.size(file)
    file.seek(0)
    return _sound(file, size)[0]


def type_of(path: Path) -> str:
    """The type of the numbers in an npy file. Errors: FileError as of ``read_npy``."""
    with files.opened(path, again=True) as file:
        return _sound(file, files.size(file))[2].name


def parts(file: BinaryIO, count: int) -> Iterator[Array]:
    """The rows of an open npy file, ``count`` of them at a time; of one axis, its numbers.

    Errors: FileError as of ``read``.
    """
    size = files.size(file)
    file.seek(0)
    (rows, *columns), fortran, dtype = _sound(file, size)
    if fortran and columns:
        yield read(file)
        return
    row = math.prod(columns) * dtype.itemsize
    for start in range(0, rows, count):
        data = file.read(min(count, rows - start) * row)
        yield np.frombuffer(data, dtype).reshape(-1, *columns).astype(np.float64)


def mapped(path: Path) -> Array:
    """The array in an npy file, in its own type, of which only what is asked for is read.

    Errors: FileError as of ``read_npy``, without the file's name.
    """
    with files.opened(path, again=True) as file:
        shape, fortran, dtype = _sound(file, files.size(file))
        begin, order = file.tell(), "F" if fortran else "C"
        return np.memmap(file, dtype, "r", begin, shape, order)  # type: ignore[call-overload, no-any-return]


def names(path: Path) -> list[str]:
    """The names of the arrays in an npz file."""
    with files.opened(path) as file:
        return list(_members(opened_zip(file, "an npz file")))


def read_npz(path: Path, keys: Iterable[str] | None = None) -> dict[str, Array]:
    """Arrays of an npz file by name (all of them without ``keys``), each checked before it is read.

    Errors: FileError for damage, an object array, a claim beyond the file, a missing key.
    """
    with files.opened(path) as file:
        archive = opened_zip(file, "an npz file")
        members = _members(archive)
        arrays = {}
        for key in members if keys is None else keys:
            if key not in members:
                raise FileError(f"has no array '{printable(key)}'; {there(members)}")
            arrays[key] = _member(archive, members[key])
        return arrays


class Header(NamedTuple):
    """An array that is still in its file: shape, type, and what reads it."""

    shape: tuple[int, ...]
    dtype: str
    numbers: Callable[[], Array]


def headers(path: Path) -> dict[str, Header]:
    """The arrays of an npz file by name, each as far as it may be read.

    Errors: FileError as of ``read_npz``; where the numbers are read, without the file's name.
    """
    with files.opened(path) as file:
        archive = opened_zip(file, "an npz file")
        return {key: _described(path, archive, info) for key, info in _members(archive).items()}


def _described(path: Path, archive: ZipFile, info: ZipInfo) -> Header:
    with located(printable(info.filename)):
        try:
            with archive.open(info) as member:
                shape, _, dtype = _sound(member, info.file_size, info.compress_size)
        except damage() as error:
            raise FileError(f"damaged: {printable(str(error))}") from None
    return Header(shape, dtype.name, partial(_later, path, archive, info))


def _later(path: Path, archive: ZipFile, info: ZipInfo) -> Array:
    """The numbers of one array; the list of them all, which may be long, is read only once."""
    with files.opened(path, again=True) as file:
        archive.fp = file
        return _member(archive, info)


def there(names: Iterable[str]) -> str:
    """Which arrays there are, if a message may say it."""
    return f"there are: {listed(names)}" if may_quote() else "rnncalc inspect lists them"


def listed(words: Iterable[str], most: int = 12) -> str:
    """Names from a file, safe to print, and not too many of them."""
    shown = [printable(word) for word in words]
    return ", ".join(shown[:most]) + (f" and {len(shown) - most} more" if shown[most:] else "")


def _members(archive: ZipFile) -> dict[str, ZipInfo]:
    """The arrays by name. Errors: FileError for none, too many, two of one name, a bomb."""
    members: dict[str, ZipInfo] = {}
    if len(archive.infolist()) > MOST:
        raise FileError(f"has {len(archive.infolist()):,} arrays, at most {MOST:,} are read")
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        if name in members:
            raise FileError(f"has two arrays '{printable(name)}'")
        members[name] = info
    if not members:
        raise FileError("has no arrays")
    refuse_bomb(
        sum(info.file_size for info in members.values()),
        sum(info.compress_size for info in members.values()),
    )
    return members


def _member(archive: ZipFile, info: ZipInfo) -> Array:
    with located(printable(info.filename)):
        try:
            with archive.open(info) as member:
                return _checked(member, info.file_size, info.compress_size)
        except damage() as error:
            raise FileError(f"damaged: {printable(str(error))}") from None


def _checked(file: IO[bytes], size: int, packed: int | None = None) -> Array:
    """A float64 array of at most 4 axes from an npy file of ``size`` bytes (``packed`` in a zip).

    Its shape is believed only where the bytes for it are there; nothing in it is unpickled.
    """
    shape, fortran, dtype = _sound(file, size, packed)
    count = math.prod(shape)
    data = file.read(count * dtype.itemsize)
    if len(data) < count * dtype.itemsize:
        raise FileError(f"is truncated: {len(data)} of {count * dtype.itemsize} bytes")
    values = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    return np.array(values, dtype=np.float64, order="C")


def _sound(
    file: IO[bytes], size: int, packed: int | None = None
) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """The header of an array that may be read: real numbers, and the bytes for all of them."""
    shape, fortran, dtype, begin = _header(file)
    if dtype.kind not in "fiub" or dtype.itemsize > WIDEST:
        kind = "Python objects" if dtype.hasobject else f"{dtype.name}"
        raise FileError(f"holds {kind}, not real numbers of up to 64 bits")
    if len(shape) > MOST_AXES:
        raise FileError(f"has {len(shape)} axes, at most {MOST_AXES} were expected")
    count = math.prod(shape)
    if count == 0:
        raise FileError(f"is empty: shape {shape}")
    if any(length < 0 for length in shape):
        raise FileError(f"is truncated or damaged: shape {shape}")
    end = begin + count * dtype.itemsize
    if end > size:
        raise FileError(f"is truncated: {size - begin:,} of {end - begin:,} bytes")
    if end < size:
        message = f"goes on behind its array, by {size - end:,} bytes: several arrays in one file?"
        raise FileError(f"{message} numpy.savez(file, name=...) keeps several")
    if packed is not None:
        refuse_bomb(count * WIDEST, packed)
    return shape, fortran, dtype


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, Fortran order, dtype, and where the numbers begin; the length of the header is judged
    before it is read."""
    start = file.read(8)
    wide = start[6:7] == b"\2"
    length = file.read(4 if wide else 2)
    if start[:6] != MAGIC:
        raise FileError("is not an npy file")
    if start[6:] not in VERSIONS:
        version = ".".join(map(str, start[6:]))
        raise FileError(f"is an npy file of version {version}; of real numbers there are 1.0, 2.0")
    if int.from_bytes(length, "little") > LONGEST_HEADER:
        raise FileError("is not a readable npy file: its header is too long")
    text = io.BytesIO(length + file.read(int.from_bytes(length, "little")))
    read = np.lib.format.read_array_header_2_0 if wide else np.lib.format.read_array_header_1_0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shape, fortran, dtype = read(text)
    except Exception:  # damaged headers raise TokenError, SyntaxError, MemoryError and more
        raise FileError("is not a readable npy file: its header is damaged") from None
    if not all(type(length) is int for length in shape):
        raise FileError("is not a readable npy file: its header is damaged")
    begin = len(start) + len(length) + int.from_bytes(length, "little")
    return shape, fortran, dtype, begin


def tensors_of(path: Path) -> dict[str, Tensor]:
    """The arrays of an npz file, not read yet; whole numbers are as good as others by hand."""
    return {key: Tensor(key, shape, "float64" if "int" in dtype else dtype, numbers)
            for key, (shape, dtype, numbers) in headers(path).items()}  # fmt: skip


DAY, UNIX = (1980, 1, 1, 0, 0, 0), 3
"""When, and on which system, every npz file says that it was made."""


def entry(name: str) -> ZipInfo:
    """Where an array goes in an npz file: the same bytes at any time of day, and on Windows."""
    info = zipfile.ZipInfo(f"{name}.npy", date_time=DAY)
    info.create_system = UNIX
    return info


def npz_bytes(arrays: Mapping[str, Array]) -> bytes:
    """Arrays as an npz file, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, array in arrays.items():
            with archive.open(entry(name), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    return out.getvalue()
