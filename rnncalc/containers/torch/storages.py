"""Storages and the views of them: where the numbers of PyTorch's tensors lie in a file.

Every claim of a size is judged here, before anything is read; numbers are read when asked for.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers import raw
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.zip_archive import Stored
from rnncalc.data import dataclass
from rnncalc.errors import FileError, located, printable

CHECKED = 1 << 30
"""Bytes of the longest storage whose checksum is taken: it needs all of them, a view but a few."""

EXPANDED = 4, 1 << 16
"""A view with stride 0 may have so many times the numbers of its storage, or so many at least."""


@dataclass(eq=False)
class Storage:
    """A run of numbers in a file, which tensors are views of.

    Attributes:
        path: the file.
        key: what the file calls it.
        dtype: the type of its numbers, one of ``raw.WIDTHS``.
        count: how many numbers it has.
        order: ``<`` where the lowest byte comes first, ``>`` where the highest does.
        member: what it is in an archive; None where it stands in the file itself.
        start: the byte at which it begins in the file itself, or in ``held``.
        held: bytes of the pickle that it stands in, where they are no file's.
    """

    path: Path
    key: str
    dtype: str
    count: int
    order: str = "<"
    member: Stored | None = None
    start: int = -1
    held: bytes | None = None
    sound: bool = False

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.count * raw.WIDTHS[self.dtype]

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The file that it is in."""
        if self.held is not None:
            yield io.BytesIO(self.held)
            return
        with files.opened(self.path, again=True) as file:
            yield file

    def begin(self, file: IO[bytes]) -> int:
        """Where it begins. Errors: FileError for a wrong checksum, which is taken but once."""
        if self.member is None:
            return self.start
        if not self.sound and self.member.size <= CHECKED:
            for _ in self.member.blocks(file):
                pass
            self.sound = True
        return self.member.start(file)


@dataclass(frozen=True, eq=False)
class View:
    """A tensor without a name: which numbers of a storage it has.

    Attributes:
        storage: where they lie.
        dtype: what its bytes are taken for.
        offset: how many numbers come before its first one.
        shape: how many it has along each axis.
        strides: how many numbers further the next one along each axis lies.
        problem: why its numbers cannot be told; nothing where they can.
    """

    storage: Storage
    dtype: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    problem: str = ""

    def named(self, name: str) -> Tensor:
        """The tensor of this name."""
        return Tensor(name, self.shape, self.dtype, self.numbers)

    def numbers(self) -> Array:
        """Its numbers: float64, of its shape; of its storage, only the bytes between them are kept.

        The checksum of a storage of up to CHECKED bytes is taken when a view of it is first read.
        Errors: FileError for damage, for a type that is not read.
        """
        raw.refuse(self.dtype)
        if self.problem:
            raise FileError(self.problem)
        with self.storage.opened() as file:
            start = self.storage.begin(file) + self.offset * raw.WIDTHS[self.dtype]
            order = self.storage.order
            return raw.read(
                file, raw.NumberLayout(start, self.dtype, order, self.shape, self.strides)
            )


def whole(storage: Storage) -> View:
    """All numbers of a storage, as a tensor of one axis."""
    return View(storage, storage.dtype, 0, (storage.count,), (1,))


def view(storage: Any, dtype: str, offset: Any, shape: Any, strides: Any) -> View:
    """A view, judged. Errors: FileError for claims that are not numbers, or beyond the storage."""
    if not isinstance(storage, Storage) or not all(map(_lengths, (shape, strides, (offset,)))):
        raise FileError("is damaged: a tensor is described without storage, shape or strides")
    with located(f"a tensor of shape {printable(str(tuple(shape)), 100)}"):
        if len(shape) != len(strides):
            raise FileError(f"has {len(strides)} strides, {len(shape)} were expected")
        room = storage.size // raw.WIDTHS[dtype]
        span = raw.span(tuple(shape), tuple(strides))
        if offset + span > room and span:
            there = printable(f"{offset + span:,}", 30)
            raise FileError(f"reaches to number {there}, but its storage has {room:,}")
        times, least = EXPANDED
        if math.prod(shape) > max(times * room, least):
            message = f"repeats the {room:,} numbers of its storage too often"
            raise FileError(f"{message}. Save a copy: tensor.clone()")
    return View(storage, dtype, offset, tuple(shape), tuple(strides))


def _lengths(values: Any) -> bool:
    """Whether these are whole numbers, none of them negative, and not too many."""
    few = isinstance(values, (tuple, list)) and len(values) <= raw.MOST_AXES
    return few and all(type(n) is int and n >= 0 for n in values)
