"""``.keras`` archives: the config as data, the weights as a tree that is still in the file.

Nothing is unpacked to disk, and what a name in the archive points to is never followed.
"""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from rnncalc import files
from rnncalc.containers.byte_range import ByteRange, exactly
from rnncalc.containers.hdf5.tree import Group, tree_in
from rnncalc.containers.strict_json import LONGEST, parsed
from rnncalc.containers.zip_archive import begin, damage, opened_zip, refuse_bomb
from rnncalc.errors import FileError, located, printable

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

KIND = "a .keras archive"
CONFIG, METADATA = "config.json", "metadata.json"
WEIGHTS = "model.weights.h5"
NOT_READ = {
    "model.weights.npz": "Keras keeps Python objects (pickles) there, and cannot read them itself",
    "model.weights.json": "they are spread over several files",
}
"""Weights in other formats, and why they are not read."""

MOST_MEMBERS = 10_000
LARGEST_UNPACKED = 256 * files.MIB
"""Of compressed weights, which are held in memory; Keras stores them uncompressed."""

BLOCK = 1 << 20


class Archive(NamedTuple):
    """What a ``.keras`` file holds.

    Attributes:
        config: ``config.json``: the model.
        metadata: ``metadata.json``: the version of Keras; empty where there is none.
        weights: the root of ``model.weights.h5``; nothing where there is none.
    """

    config: dict[str, Any]
    metadata: dict[str, Any]
    weights: Group | None


def archive(path: Path, held: bytes | None = None) -> Archive:
    """What a ``.keras`` file holds; tensors are read when their ``read`` is called.

    Args:
        path: the file.
        held: the archive itself, where it stands in a pickle.

    Errors: FileError, with the file's name, for damage, bombs, weights in another format.
    """
    with files.opened(path) as file:
        return _read(path, file if held is None else io.BytesIO(held), held)


def _read(path: Path, file: IO[bytes], held: bytes | None) -> Archive:
    opened = opened_zip(file, KIND)
    members = _members(opened)
    if CONFIG not in members:
        raise FileError(f"is not {KIND}: it has no {CONFIG}")
    config = _mapping(opened, members[CONFIG])
    metadata = _mapping(opened, members[METADATA]) if METADATA in members else {}
    if WEIGHTS not in members:
        _refuse_others(members)
        return Archive(config, metadata, None)
    with located(WEIGHTS):
        data = _byte_range(path, file, opened, members[WEIGHTS])
        if held is not None and data.held is None:
            content = held[data.start : data.start + data.size]
            data = ByteRange(path, 0, data.size, content)
        return Archive(config, metadata, tree_in(data))


def _members(opened: ZipFile) -> dict[str, ZipInfo]:
    """By name. Errors: FileError for too many, for two of one name, for encrypted ones."""
    infos = opened.infolist()
    if len(infos) > MOST_MEMBERS:
        raise FileError(f"has {len(infos):,} members, at most {MOST_MEMBERS:,} were expected")
    members = {info.filename: info for info in infos}
    if len(members) < len(infos):
        raise FileError("has two members of one name")
    for name, info in members.items():
        if info.flag_bits & 1:
            raise FileError(f"{printable(name)} is encrypted")
    return members


def _refuse_others(members: dict[str, ZipInfo]) -> None:
    for name, reason in NOT_READ.items():
        if name in members:
            remedy = "Save the model in Keras with model.save('model.keras')"
            raise FileError(f"has its weights in {name}, which is not read: {reason}. {remedy}")


def _mapping(opened: ZipFile, info: ZipInfo) -> dict[str, Any]:
    with located(info.filename):
        return parsed(_unpacked(opened, info, LONGEST))


def _unpacked(opened: ZipFile, info: ZipInfo, most: int) -> bytes:
    """A member in memory; its checksum holds."""
    if info.file_size > most:
        raise FileError(f"unpacks to {info.file_size:,} bytes: at most {most:,} are read")
    refuse_bomb(info.file_size, info.compress_size)
    try:
        data = opened.read(info)
    except damage() as error:
        raise FileError(f"is damaged: {printable(str(error))}") from None
    if len(data) != info.file_size:
        raise FileError("is damaged: it is not as long as it should be")
    return data


def _byte_range(path: Path, file: IO[bytes], opened: ZipFile, info: ZipInfo) -> ByteRange:
    """Where the bytes of a member are: in the file if they are stored, which they usually are."""
    if info.compress_type:
        return ByteRange(path, 0, info.file_size, _unpacked(opened, info, LARGEST_UNPACKED))
    try:
        opened.open(info).close()  # checks its header, and that members do not overlap
    except damage() as error:
        raise FileError(f"is damaged: {printable(str(error))}") from None
    if info.file_size != info.compress_size:
        raise FileError("is damaged: it is stored, but its two sizes differ")
    data = ByteRange(path, begin(file, info.header_offset), info.file_size)
    _refuse_damage(file, data, info.CRC)
    return data


def _refuse_damage(file: IO[bytes], data: ByteRange, checksum: int) -> None:
    """Errors: FileError where the bytes are not those that were written."""
    found = 0
    for start in range(0, data.size, BLOCK):
        size = min(BLOCK, data.size - start)
        found = zlib.crc32(exactly(file, data.start + start, size), found)
    if found != checksum:
        raise FileError("is damaged: its checksum is wrong")
