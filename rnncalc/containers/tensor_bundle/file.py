"""A checkpoint of TensorFlow (``NAME.index``, ``NAME.data-00000-of-00001``), as tensors by name.

The index is read whole, the numbers when asked for; their checksums are compared then.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers import raw
from rnncalc.containers.byte_range import ByteRange, exactly, whole
from rnncalc.containers.folder import Folder
from rnncalc.containers.protobuf import Message, message, varint
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.tensor_bundle.crc32c import crc32c, mask
from rnncalc.containers.tensor_bundle.table import table
from rnncalc.errors import FileError, located, printable

TYPES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string",
    8: "complex64", 9: "int64", 10: "bool", 11: "qint8", 12: "quint8", 13: "qint32",
    14: "bfloat16", 17: "uint16", 18: "complex128", 19: "float16", 22: "uint32", 23: "uint64",
}  # fmt: skip
"""TensorFlow's numbers of types (types.proto), and what people call them."""

LONGEST_INDEX = 64 * files.MIB
LONGEST_TEXT = 16 * files.MIB
"""A tensor that is one text: the tree of a model's objects."""

MOST_SHARDS = 1_000
BIG, VERSION = 1, 1


class Entry(NamedTuple):
    """What the index says of a tensor (BundleEntryProto)."""

    dtype: str
    shape: tuple[int, ...]
    shard: int
    start: int
    size: int
    crc: int


class Bundle(NamedTuple):
    """What a checkpoint holds: its tensors by name, and its texts, which are read one by one."""

    tensors: dict[str, Tensor]
    texts: dict[str, Callable[[], bytes]]


def bundle(prefix: Path, folder: Path | None = None) -> Bundle:
    """The tensors of the checkpoint whose files' names begin so.

    Args:
        folder: that of the model, in which all files are; None for the one they stand in.

    Errors: FileError, with the file's name, for files that are missing, damaged, links to outside
    of the folder, or hold what is not read.
    """
    inside = Folder(folder or prefix.parent)
    index = Path(f"{prefix}.index")
    with files.reading(index), files.opened(inside.member(index), again=True) as file:
        if files.size(file) > LONGEST_INDEX:
            raise FileError(f"is longer than {LONGEST_INDEX // files.MIB} MiB")
        data = file.read()
    with located(files.shown(index)):
        stored = table(data)
        count = _shards(stored.pop(b"", b""))
        entries = {_text(name): _entry(_text(name), value) for name, value in stored.items()}
        _refuse_shared(entries)
        used = sorted({entry.shard for entry in entries.values()})
        if used and used[-1] >= count:
            raise FileError(f"is damaged: it names part {used[-1]} of {count}")
    parts = {one: _part(inside, Path(f"{prefix}.data-{one:05d}-of-{count:05d}")) for one in used}
    tensors: dict[str, Tensor] = {}
    texts: dict[str, Callable[[], bytes]] = {}
    for name, entry in entries.items():
        source = parts[entry.shard]
        if entry.start + entry.size > source.size:
            where = f"{files.shown(source.path)}: is truncated"
            raise FileError(f"{where}: {printable(name, 200)} reaches beyond its end")
        held = ByteRange(source.path, entry.start, entry.size)
        if entry.dtype == "string" and not entry.shape:
            texts[name] = partial(_words, held, entry.crc)
        tensors[name] = Tensor(name, entry.shape, entry.dtype, partial(_numbers, held, entry))
    return Bundle(tensors, texts)


def _part(inside: Folder, path: Path) -> ByteRange:
    with located(files.shown(path)):
        inside.member(path)
    return whole(path)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


def _shards(header: bytes) -> int:
    """How many files hold the numbers (BundleHeaderProto)."""
    said = message(header)
    count = said.number(1)
    if said.number(2) == BIG:
        raise FileError("was written on a machine that puts the highest byte first: not read")
    if not 0 < count <= MOST_SHARDS:
        raise FileError(f"is damaged: it is {count} files, at most {MOST_SHARDS:,} are read")
    return count


def _entry(name: str, value: bytes) -> Entry:
    said = message(value)
    with located(printable(name, 200)):
        if said.every(7):
            raise FileError("is cut in slices (a partitioned variable), which is not read")
        dtype = TYPES.get(said.number(1), f"type {said.number(1)} of TensorFlow")
        entry = Entry(dtype, _shape(said), *(said.number(key) for key in (3, 4, 5, 6)))
        if min(entry.shard, entry.start, entry.size) < 0:
            raise FileError("is damaged: it lies before the beginning")
        size = math.prod(entry.shape) * raw.WIDTHS.get(dtype, 0)
        if size and size != entry.size:
            raise FileError(f"is damaged: {dtype} {entry.shape} are not {entry.size:,} bytes")
    return entry


def _shape(said: Message) -> tuple[int, ...]:
    """The lengths of the axes (TensorShapeProto)."""
    shape = tuple(axis.number(1) for one in said.inner(2) for axis in one.inner(2))
    if len(shape) > raw.MOST_AXES or any(length < 0 for length in shape):
        raise FileError(f"has {len(shape)} axes, or one without a length")
    return shape


def _refuse_shared(entries: dict[str, Entry]) -> None:
    places = sorted((one.shard, one.start, one.size, name) for name, one in entries.items())
    for (shard, start, size, name), (other, next_, wide, beside) in pairwise(places):
        if shard == other and start + size > next_ and size and wide:
            both = f"{printable(name, 200)} and {printable(beside, 200)}"
            raise FileError(f"{both} share their bytes")


def _numbers(source: ByteRange, entry: Entry) -> Array:
    """The numbers of a tensor. Errors: FileError where they are not those that were written."""
    raw.refuse(entry.dtype)
    with located(files.shown(source.path)), source.opened() as file:
        crc = 0
        for start in range(0, source.size, files.MIB):
            size = min(files.MIB, source.size - start)
            crc = crc32c(exactly(file, start, size), crc)
        _compare(crc, entry.crc)
        layout = raw.NumberLayout(0, entry.dtype, "<", entry.shape, raw.in_order(entry.shape))
        return raw.read(file, layout)  # type: ignore[arg-type]


def _words(source: ByteRange, crc: int) -> bytes:
    """The bytes of a tensor that is one text: its length, a checksum of that, and itself.

    Errors: FileError where it is another.
    """
    if source.size > LONGEST_TEXT:
        raise FileError(f"holds a text of more than {LONGEST_TEXT // files.MIB} MiB")
    with source.opened() as file:
        data = exactly(file, 0, source.size)
    length, at = varint(data, 0)
    if len(data) != at + 4 + length:
        raise FileError("is damaged: a text is longer or shorter than it says")
    width = 4 if length < 1 << 32 else 8  # as a number its length is part of what is checked
    _compare(crc32c(length.to_bytes(width, "little") + data[at:]), crc)
    return data[at + 4 :]


def _compare(crc: int, stored: int) -> None:
    if mask(crc) != stored:
        raise FileError("is damaged: the checksum of its numbers is another")
