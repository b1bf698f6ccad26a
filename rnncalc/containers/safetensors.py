"""Tensors in safetensors files: the library judges the file, numbers are read when asked for.

What the library lets pass and the format does not, is refused here: two tensors or two notes of one
name, anything before or behind the header's braces but spaces.
"""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers import raw
from rnncalc.containers.extra import needed
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import FileError, located, printable

LENGTH = 8
"""Bytes of the header's length, which stands before it."""

LONGEST_HEADER = 8 * files.MIB
"""The format allows 100 MB; the header of a network of thousands of tensors has less than one."""

MOST = 100_000
"""Tensors of one file."""

NOTES = "__metadata__"
KEYS = {"dtype", "shape", "data_offsets"}

TYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F8_E8M0": "float8_e8m0fnu",
    "C64": "complex64",
}  # fmt: skip
"""Their names of types, and those that people know."""


class Pairs(NamedTuple):
    """A JSON object, with duplicates."""

    pairs: list[tuple[str, Any]]

    def unique(self) -> dict[str, Any]:
        """It as a dict. Errors: FileError for two of one name."""
        result: dict[str, Any] = {}
        for name, value in self.pairs:
            if name in result:
                raise FileError(f"has two of the name '{printable(name)}'")
            result[name] = value
        return result


def tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors in the order of the header, and the notes beside them (``__metadata__``).

    Errors: FileError where the library is missing, for damage, for whatever the format forbids.
    """
    with files.opened(path) as file:
        library = needed("safetensors", ".safetensors")
        size = files.size(file)
        header = _header(file, size)
        _judge(library, path, file, header, size - LENGTH - len(header))
    with located(files.shown(path)):
        entries = _parsed(header)
        notes = entries.pop(NOTES, None)
        begin = LENGTH + len(header)
        found = {name: _tensor(path, name, entry, begin) for name, entry in entries.items()}
        return found, notes.unique() if notes else {}


def _header(file: IO[bytes], size: int) -> bytes:
    """The header's bytes; its length is judged before they are read."""
    length = int.from_bytes(file.read(LENGTH), "little")
    if size < LENGTH or length > size - LENGTH:
        message = "is truncated, or not a safetensors file"
        raise FileError(f"{message}: it has {size:,} bytes, and a header of {length:,} is claimed")
    if length > LONGEST_HEADER:
        raise FileError(f"has a header of {length:,} bytes, at most {LONGEST_HEADER:,} are read")
    header = file.read(length)
    if not header.startswith(b"{"):
        raise FileError("is not a safetensors file: its header does not begin with {")
    return header


def _judge(library: Any, path: Path, file: IO[bytes], header: bytes, room: int) -> None:
    """Let the library find holes, overlaps, claims beyond the file, types that are none.

    Args:
        room: how many bytes of numbers there are.
    """
    source = f"/dev/fd/{file.fileno()}" if path == files.STDIN else os.fspath(path)
    try:
        with library.safe_open(source, framework="numpy"):
            return
    except (library.SafetensorError, OSError, ValueError) as error:
        if files.scarce(error):
            raise
        why = str(error).removeprefix("Error while deserializing header: ")
        with suppress(ValueError, RecursionError):
            _refuse_claims(json.loads(header, object_pairs_hook=Pairs), room)
        raise FileError(f"is damaged: {printable(why, 200)}") from None


def _refuse_claims(header: Any, room: int) -> None:
    """Errors: FileError that names the tensor at which the bytes and what is said of them part."""
    entries = [(name, one) for name, one in header.unique().items() if name != NOTES]
    for name, entry in entries:
        with located(printable(name, 200)):
            _refuse_claim(entry, room)
    place = 0
    for name, entry in sorted(entries, key=lambda one: one[1].unique()["data_offsets"]):
        start, end = entry.unique()["data_offsets"]
        if start != place:
            what = "a hole is in front of" if start > place else "another one has some of"
            raise FileError(f"{printable(name, 200)}: is damaged: {what} its bytes")
        place = end
    if place < room:
        last = f"the last tensor, '{printable(name, 200)}'" if entries else "its header"
        raise FileError(f"is damaged: {room - place:,} bytes behind {last} belong to none")


def _refuse_claim(entry: Any, room: int) -> None:
    """Errors: FileError for what is said of one tensor and cannot be."""
    says = _described(entry)
    dtype, shape, offsets = says["dtype"], says["shape"], says["data_offsets"]
    if dtype not in TYPES:
        raise FileError(f"is damaged: there is no type '{printable(str(dtype))}'")
    for key, numbers in (("shape", shape), ("data_offsets", offsets)):
        few = isinstance(numbers, list) and len(numbers) <= raw.MOST_AXES
        if not few or any(type(n) is not int or n < 0 for n in numbers):
            shown = printable(json.dumps(numbers))
            raise FileError(f"is damaged: its {key} is {shown}, expected a few whole numbers")
    if len(offsets) != 2 or not offsets[0] <= offsets[1] <= room:
        message = f"its data_offsets are {printable(str(offsets))}, and there are {room:,} bytes"
        raise FileError(f"is damaged: {message}")
    size, claimed = offsets[1] - offsets[0], math.prod(shape) * raw.WIDTHS[TYPES[dtype]]
    if size != claimed:
        takes = f"{dtype} of shape {printable(str(shape))} takes {printable(f'{claimed:,}')} bytes"
        raise FileError(f"is damaged: {takes}, and it has {size:,}")


def _parsed(header: bytes) -> dict[str, Any]:
    """Its entries by name: of each tensor its type, shape and place, and of the notes their text.

    The library has found them to be so; this looks for what a dict would hide.
    """
    try:
        read = json.loads(header, object_pairs_hook=Pairs)
    except (ValueError, RecursionError):
        raise FileError("is damaged: its header is not JSON") from None
    entries: dict[str, Any] = read.unique()
    if len(entries) > MOST:
        raise FileError(f"has {len(entries):,} tensors, at most {MOST:,} are read")
    return entries


def _tensor(path: Path, name: str, entry: Any, begin: int) -> Tensor:
    with located(printable(name, 200)):
        says = _described(entry)
        shape, (start, _) = tuple(says["shape"]), says["data_offsets"]
        if len(shape) > raw.MOST_AXES:
            raise FileError(f"has {len(shape)} axes, at most {raw.MOST_AXES} are read")
    dtype = TYPES.get(says["dtype"], says["dtype"].lower())
    layout = raw.NumberLayout(begin + start, dtype, "<", shape, raw.in_order(shape))
    return Tensor(name, shape, dtype, partial(_numbers, path, layout))


def _described(entry: Any) -> dict[str, Any]:
    """What is said of a tensor. Errors: FileError for anything but the three things."""
    says = entry.unique() if isinstance(entry, Pairs) else {}  # the library takes a list for it
    if says.keys() != KEYS:
        raise FileError(f"is not described by {', '.join(sorted(KEYS))} and nothing else")
    return says


def _numbers(path: Path, layout: raw.NumberLayout) -> Array:
    with files.opened(path, again=True) as file:
        return raw.read(file, layout)
