"""Bytes in and bytes out: encodings and sizes on the way in, whole files or none on the way out.

It knows no format. A command remembers the files that it reads, so that it overwrites none of them.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from errno import EACCES, EBADF, EMFILE, ENFILE, ENOMEM, ENXIO
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from rnncalc import bounds
from rnncalc.bounds import MIB as MIB
from rnncalc.errors import FileError, located, nearest, printable
from rnncalc.files import descriptors, successor
from rnncalc.files.descriptors import STDIN as STDIN
from rnncalc.files.descriptors import is_pipe as is_pipe
from rnncalc.files.descriptors import is_stream as is_stream
from rnncalc.files.descriptors import path_of as path_of

SCARCE = (EMFILE, ENFILE, ENOMEM)
"""Errors of the operating system: too many open files, too little memory."""

MOST_NEIGHBOURS = 1000
"""So many files of a folder are looked at for the one that may be meant."""

WINDOWS = os.name == "nt"
"""There other things are permitted, and go by other names."""

_read: ContextVar[tuple[set[tuple[int, int]], ...]] = ContextVar("read", default=())
"""The device and inode of each file that was read, of every block that goes on."""


def shown(path: Path) -> str:
    """A file's name, safe to print; stdin by its name."""
    return "stdin" if path == STDIN else printable(str(path), 200)


@contextmanager
def remembered() -> Iterator[None]:
    """What is read inside is remembered until the end of it, so that it is not written to.

    A command is one such block. What a program reads by the library is forgotten at once: it may
    be written anew by the next call.
    """
    token = _read.set((*_read.get(), set()))
    try:
        yield
    finally:
        _read.reset(token)


@contextmanager
def opened(path: Path, *, again: bool = False) -> Iterator[BinaryIO]:
    """The file (or stdin) open for reading; every failure is a FileError with its name.

    Args:
        again: whether it was read before, so that whoever reads on puts the name in front.
    """
    with _failing() if again else reading(path), _open(path) as file:
        yield file


@contextmanager
def held(path: Path) -> Iterator[BinaryIO]:
    """The same for what is read by and by: only a failure to open it has the name in front."""
    with ExitStack() as stack:
        with reading(path):
            file = stack.enter_context(_open(path))
        yield file


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Every failure inside is a FileError with the file's name."""
    with located(shown(path)), _failing():
        yield


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(reason(error)) from error


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    if path == STDIN:
        if sys.stdin is None:
            raise FileError("is closed")
        _remember(sys.stdin)
        yield sys.stdin.buffer
        return
    with open(path, "rb") as file:
        _remember(file)
        yield file


def _remember(file: IO[Any]) -> None:
    with suppress(OSError, ValueError):  # a stream that is no file
        status = os.fstat(file.fileno())
        for block in _read.get()[-1:]:
            block.add((status.st_dev, status.st_ino))


def size(file: IO[Any]) -> int:
    """The size of an open file, or of bytes that are read as one.

    Errors: FileError for a device or pipe, which has none, and for a large file made of holes.
    """
    if isinstance(file, io.BytesIO):
        return len(file.getbuffer())
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise FileError("is a device or a pipe; a file was expected")
    ratio, most = bounds.BOMB
    if status.st_size > most and status.st_size > ratio * _kept(file, status.st_size // ratio):
        raise FileError(f"claims {status.st_size:,} bytes, of which next to none are on the disk")
    return status.st_size


def _kept(file: IO[Any], enough: int) -> int:
    """How many bytes the disk holds, counted up to ``enough``; a hole is read as zeros."""
    if not hasattr(os, "SEEK_HOLE"):
        return enough + 1
    place = kept = 0
    number = file.fileno()
    before = os.lseek(number, 0, os.SEEK_CUR)
    try:
        while kept <= enough:
            start = os.lseek(number, place, os.SEEK_DATA)
            place = os.lseek(number, start, os.SEEK_HOLE)
            kept += place - start
    except OSError as error:
        return kept if error.errno == ENXIO else enough + 1  # no more data, or no such question
    finally:
        os.lseek(number, before, os.SEEK_SET)
    return kept


def scarce(error: BaseException) -> bool:
    """Whether the machine has too little of something, which is no fault of the file."""
    return isinstance(error, MemoryError) or getattr(error, "errno", None) in SCARCE


def reason(error: OSError) -> str:
    """What an operating system's error means, as the rest of a sentence."""
    if isinstance(error, FileNotFoundError):
        return missing(error.filename)
    if isinstance(error, IsADirectoryError):
        return "is a folder, not a file"
    if error.errno == EBADF:
        return "this descriptor is not open, or not for that"
    said = error.strerror or printable(str(error))
    if not (WINDOWS and isinstance(error, PermissionError)):
        return said  # there a folder, and what another program has open, are not permitted
    if error.filename is not None and os.path.isdir(error.filename):
        return "is a folder, not a file"
    return f"{said}: has another program it open?"


def missing(path: str | Path | None) -> str:
    """That there is no such file, and which one beside its place may be meant."""
    return ". ".join(filter(None, ["there is no such file", meant(path)]))


def meant(path: str | Path | None) -> str:
    """A sentence that names the file that may be meant, in the same folder: its name is near, or
    goes on with a suffix; empty if there is none."""
    folder, name = os.path.split(path or "")
    beside: list[str] = []
    with suppress(OSError), os.scandir(folder or ".") as entries:
        beside = sorted({entry.name for entry in islice(entries, MOST_NEIGHBOURS)} - {name})
    whole = [one for one in beside if name and one.startswith(f"{name}.")]
    return nearest(name, beside) or (f"Did you mean {printable(whole[0])}?" if whole else "")


def read_text(path: Path) -> str:
    """The whole of a text file (or stdin), UTF-8 with or without BOM.

    Errors: FileError where it is not there, not UTF-8, or larger than LONGEST_TEXT.
    """
    with opened(path) as file:
        return text_of(file)


def text_of(file: IO[bytes], begun: bytes = b"", longest: int = bounds.LONGEST_TEXT) -> str:
    """The whole of an open text, of which ``begun`` was read already. Errors: as ``read_text``."""
    data = begun + file.read(max(longest + 1 - len(begun), 0))
    if len(data) > longest:
        size = f"{longest // MIB} MiB"
        raise FileError(f"more than {size} of text: keep the numbers in an .npy or .csv file")
    return decoded(data)


def decoded(data: bytes, line: int = 1, first: bool = True) -> str:
    """UTF-8 bytes as text; ``line`` is the number of their first line."""
    if (first and data.startswith((b"\xff\xfe", b"\xfe\xff"))) or b"\0" in data[:200]:
        message = "is not UTF-8 but UTF-16 or binary. In PowerShell write it with"
        raise FileError(f"{message} '| Out-File -Encoding utf8'")
    try:
        return data.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError as error:
        line += data[: error.start].count(b"\n")
        message = f"line {line}: byte 0x{data[error.start]:02x} is not UTF-8"
        raise FileError(f"{message}. Save the file as UTF-8") from None


@contextmanager
def stdout() -> Iterator[IO[bytes]]:
    """Stdout for bytes, all of them: an unbuffered one (python -u) may take but a part at once."""
    out = sys.stdout.buffer
    yield cast(IO[bytes], _Persistent(out)) if isinstance(out, io.RawIOBase) else out
    out.flush()


class _Persistent:
    """A raw stream that writes on until everything is written."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self.raw = raw

    def write(self, data: bytes) -> int:
        rest = memoryview(data)
        while rest:
            rest = rest[self.raw.write(rest) or 0 :]
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


def is_larger(path: Path, size: int) -> bool:
    """Whether there is such a file, of more bytes than these."""
    with suppress(OSError):
        return os.stat(path).st_size > size
    return False


class Folder(type(Path())):  # type: ignore[misc]
    """The path of a folder to write to, be there one or not."""


def names_folder(name: str | os.PathLike[str]) -> bool:
    """Whether a name is a folder's: it ends in a slash, or a dot, or there is such a folder."""
    return os.path.basename(os.fspath(name)) in ("", ".", "..") or os.path.isdir(name)


def output(name: str | os.PathLike[str]) -> Path:
    """The path that is written to. Errors: FileError for a folder's name, be there one or not."""
    if os.path.basename(os.fspath(name)) in ("", ".", ".."):
        where = printable(os.fspath(name), 200)
        raise FileError(f"-o {where}: is a folder's name; a file's was expected")
    return Path(name)


@contextmanager
def replacing(path: Path, *, read: bool = False) -> Iterator[IO[bytes]]:
    """A file to write to that takes the place of ``path`` when all went well, and only then.

    A symbolic link keeps pointing where it did; devices, pipes and open descriptors are written to.

    Args:
        read: whether it may be a file that was read before, of which nothing is needed any more.

    Errors: FileError where the file was read in this run, or cannot be written.
    """
    try:
        if not read:
            refuse_read(path)
        with descriptors.opened(path) as file:
            if file:
                yield file
            else:
                yield from _written(path, _status(path))
    except BrokenPipeError:
        raise
    except FileNotFoundError as error:
        raise FileError(f"-o {shown(path)}: there is no such folder: make it first") from error
    except OSError as error:
        raise FileError(f"-o {shown(path)}: {reason(error)}") from error


def refuse_read(path: Path, others: Iterable[str] = ()) -> None:
    """Errors: FileError where a file was read in this run, or is one of others, which will be."""
    with suppress(OSError):
        status = os.stat(path)
        known = any((status.st_dev, status.st_ino) in block for block in _read.get())
        if stat.S_ISREG(status.st_mode) and (known or any(_is(status, one) for one in others)):
            raise FileError(f"-o {shown(path)}: this file is being read; write to another one")


def _is(status: os.stat_result, name: str) -> bool:
    """Whether a name is that file's."""
    with suppress(OSError, ValueError):
        return os.path.samestat(status, os.stat(name))
    return False


def _status(path: Path) -> os.stat_result | None:
    """What is there already, behind links; None where nothing is."""
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _written(path: Path, status: os.stat_result | None) -> Iterator[IO[bytes]]:
    if status and not stat.S_ISREG(status.st_mode):
        with open(path, "wb") as file:
            yield file
        return
    if status and not os.access(path, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES))
    yield from successor.written(Path(os.path.realpath(path)), status)
