"""Arrays in npy and npz files, each checked before it is read.

A shape is believed only where the bytes for it are there, and nothing is unpickled: what a header
claims costs no memory. Arrays come out as float64.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np

from rnncalc import files
from rnncalc.activations import Array
from rnncalc.errors import FileError, located, printable

MOST_AXES = 3
BOMB = 100, 64 * files.MIB
"""A zip member that unpacks to more than so many times its size and more than so many bytes."""

DAMAGE = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OverflowError,
)  # fmt: skip
"""What the zip module raises on damaged archives."""


def read_npy(path: Path) -> Array:
    """The array in an npy file. Errors: FileError for damage, object arrays, no numbers."""
    with files.opened(path) as file:
        return _checked(file, path.stat().st_size)


def names(path: Path) -> list[str]:
    """The names of the arrays in an npz file."""
    with files.opened(path) as file, _zip(file) as archive:
        return [printable(name.removesuffix(".npy")) for name in archive.namelist()]


def read_npz(path: Path, keys: Iterable[str] | None = None) -> dict[str, Array]:
    """Arrays of an npz file by name (all of them without ``keys``), each checked before it is read.

    Errors: FileError for damage, an object array, a claim beyond the file, a missing key.
    """
    with files.opened(path) as file, _zip(file) as archive:
        members = {name.removesuffix(".npy"): name for name in archive.namelist()}
        arrays = {}
        for key in members if keys is None else keys:
            if key not in members:
                there = ", ".join(printable(name) for name in members)
                raise FileError(f"has no array '{printable(key)}'; there are: {there}")
            arrays[key] = _member(archive, archive.getinfo(members[key]))
        return arrays


def _zip(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except DAMAGE as error:
        raise FileError(f"is not an npz file: {printable(str(error))}") from None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Array:
    ratio, size = BOMB
    if info.file_size > size and info.file_size > ratio * info.compress_size:
        raise FileError(f"{printable(info.filename)} unpacks to {info.file_size:,} bytes: refused")
    with located(printable(info.filename)):
        try:
            with archive.open(info) as member:
                return _checked(member, info.file_size)
        except DAMAGE as error:
            raise FileError(f"damaged: {printable(str(error))}") from None


def _checked(file: IO[bytes], size: int) -> Array:
    """A float64 array of at most 3 axes from an npy file of ``size`` bytes.

    Its shape is believed only where the bytes for it are there; nothing in it is unpickled.
    """
    shape, fortran, dtype = _header(file)
    if dtype.kind not in "fiub":
        kind = "Python objects" if dtype.hasobject else f"{dtype.name}"
        raise FileError(f"holds {kind}, not real numbers")
    if len(shape) > MOST_AXES:
        raise FileError(f"has {len(shape)} axes, at most {MOST_AXES} were expected")
    count = math.prod(shape)
    if count == 0:
        raise FileError(f"is empty: shape {shape}")
    if min(shape) < 0 or count * dtype.itemsize > size:
        raise FileError(f"is truncated or damaged: no room for an array of shape {shape}")
    data = file.read(count * dtype.itemsize)
    if len(data) < count * dtype.itemsize:
        raise FileError(f"is truncated: {len(data)} of {count * dtype.itemsize} bytes")
    values = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    return np.ascontiguousarray(values, dtype=np.float64).reshape(shape)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        version = np.lib.format.read_magic(file)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(file)
        if version == (2, 0):
            return np.lib.format.read_array_header_2_0(file)
        raise ValueError(f"version {version}")
    except (MemoryError, RecursionError, OverflowError, OSError):
        raise FileError("is not a readable npy file: its header is damaged") from None
    except Exception as error:  # damaged headers raise TokenError, SyntaxError and more
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FileError(f"is not a readable npy file: {printable(first)}") from None
