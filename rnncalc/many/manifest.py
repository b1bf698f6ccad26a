"""The manifest: what a run over many sequences is, and which of them are there, with checksums.

A file of lines, of JSON: the first says of which model, inputs and options the run is; every other
names sequences, ``4`` or ``0-255``, and the SHA-256 of their file or rows: whoever finds these with
that SHA-256 knows that they are whole. Lines are only added; one that a crash cut off counts for
nothing, and so does a manifest that names no sequence. The run that writes has it locked.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np

from rnncalc import __version__, files
from rnncalc.errors import FileError, printable
from rnncalc.many import regular

FORMAT = {"format": "rnncalc.manifest", "version": 1, "generator": f"rnncalc {__version__}"}

LIST = "another list of inputs"
NAMES = {
    "generator": "another version of rnncalc",
    "model": "another model",
    "inputs": LIST,
    "sequences": LIST,
    "options": "other options",
}
"""What another value of a key of the first line means."""


SPAN = re.compile("([0-9]{1,12})(?:-([0-9]{1,12}))?")
TRIED = 4
"""So many times all sequences are looked for at most, however many lines name the same ones."""

MOST, MOST_EACH = 1 << 20, 1000
"""So many bytes has a manifest at most, and so many more a sequence: each has its line some times.
"""


class Manifest:
    """Which sequences are there.

    Attributes:
        path: its file.
        about: its first line.
        begun: whether there was one before, of whichever run.
        names: whether that one has a line that names sequences.
        noted: the checksums of sequences that were there before, by their numbers.
    """

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self.path, self.about = path, {**FORMAT, **about}
        self.noted: dict[range, str] = {}
        self.begun = self.names = self._goes_on = False
        self._file: IO[bytes] | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Open and locked, from here on until it is closed; or, where the block fails, as it was.

        Errors: FileError where another run has it, or it is no manifest.
        """
        file = self._file = regular.opened(self.path, os.O_RDWR | os.O_CREAT)
        try:
            if not (regular.lock(file) and self._is(file)):
                message = "another run is writing there: wait for it, or give another -o"
                raise FileError(f"{files.shown(self.path)}: {message}")
            self._look(file)
            yield
        except BaseException:
            empty = os.fstat(file.fileno()).st_size == 0 and self._is(file)
            self.close()
            if empty:
                self.path.unlink()
            raise

    def _look(self, file: IO[bytes]) -> None:
        """See what is there. Errors: FileError where that is no manifest."""
        file.seek(0)
        first, end, rest = file.read(1 << 16).partition(b"\n")
        self.begun, self.names = bool(first), bool(rest)
        cut_off = not end and (HEAD.startswith(first) or first.startswith(HEAD))
        if first and not cut_off and _object(first).get("format") != FORMAT["format"]:
            raise FileError(f"{files.shown(self.path)}: is no manifest of rnncalc")

    def _is(self, file: IO[bytes]) -> bool:
        """Whether the name is still that file's."""
        with suppress(OSError):
            return os.path.samestat(os.fstat(file.fileno()), os.lstat(self.path))
        return False

    def _first(self) -> dict[str, Any]:
        assert self._file is not None
        self._file.seek(0)
        return _object(self._file.read(1 << 16).partition(b"\n")[0])

    def read(self) -> None:
        """Go on with what is there, if it names anything.

        Errors: FileError where it is of another run, and in what the two differ.
        """
        if not self.names:
            return
        assert self._file is not None
        self._refuse_other(self._first())
        if os.fstat(self._file.fileno()).st_size > MOST + MOST_EACH * self.about["sequences"]:
            raise FileError(f"{files.shown(self.path)}: is too large for a manifest of this run")
        self._file.seek(0)
        for line in self._file.read().split(b"\n")[1:]:
            done = _object(line).get("sha256")
            if isinstance(done, dict):
                self.noted |= {_span(found): str(done[found[0]])
                               for found in map(SPAN.fullmatch, done) if found}  # fmt: skip
        self._goes_on = True

    def there(self, digest: Callable[[range], str]) -> Numbers:
        """Which sequences are there, and are what they were: their ``digest`` is what is noted."""
        numbers, left = Numbers(self.about["sequences"]), TRIED * self.about["sequences"]
        for span, one in self.noted.items():
            if not span or span.stop > numbers.most:
                continue
            left -= len(span)
            if left >= 0 and digest(span) == one:
                numbers.add(span)
        return numbers

    def _refuse_other(self, there: Mapping[str, Any]) -> None:
        for key, ours in self.about.items():
            theirs = there.get(key)
            if theirs != ours:
                said = f": {_text(theirs, ours)} there, {_text(ours, theirs)} here"
                long = isinstance(ours, str) and len(ours) == len(digest(b""))
                what = f"{NAMES.get(key, f'another {key}')}{'' if long else said}"
                raise FileError(f"--resume: {files.shown(self.path)} is of a run with {what}")

    def begin(self) -> None:
        """Be ready to add to it; anew where it was not read."""
        assert self._file is not None
        if self._goes_on:
            if not self._ends():
                regular.write(self._file, b"\n")  # a crash cut off the last line
            return
        self._file.seek(0)
        self._file.truncate()
        self._write(self.about)

    def _ends(self) -> bool:
        assert self._file is not None
        self._file.seek(-1, os.SEEK_END)
        return self._file.read(1) == b"\n"

    def add(self, done: Mapping[range, str]) -> None:
        """Note the checksums of sequences. Where the machine dies before the disk has them, these
        tell."""
        if done:
            self._write({"sha256": {_name(n): one for n, one in done.items()}})

    def _write(self, words: Mapping[str, Any]) -> None:
        """Add a line, or nothing of it."""
        assert self._file is not None
        end = self._file.tell()
        try:
            regular.write(self._file, _line(words))
        except OSError:  # the disk is full
            self._file.truncate(end)
            raise

    def close(self) -> None:
        """No more is added."""
        if self._file is not None:
            self._file.close()


class Numbers:
    """Numbers of sequences, some of so many: a byte for each that there might be."""

    def __init__(self, most: int) -> None:
        self.most, self._there = most, bytearray(most)

    def add(self, span: range) -> None:
        """These, too."""
        self._there[span.start : span.stop] = b"\1" * len(span)

    def __contains__(self, number: int) -> bool:
        return bool(self._there[number])

    def __len__(self) -> int:
        return self._there.count(1)


def _span(found: re.Match[str]) -> range:
    return range(int(found[1]), int(found[2] or found[1]) + 1)


def _name(span: range) -> str:
    return f"{span[0]}-{span[-1]}" if len(span) > 1 else f"{span[0]}"


def _line(words: Mapping[str, Any]) -> bytes:
    return json.dumps(words, separators=(",", ":")).encode() + b"\n"


HEAD = _line({"format": FORMAT["format"]})[:-2]
"""So the first line begins, of every version."""


def _object(line: bytes) -> dict[str, Any]:
    """A line as an object; an empty one for what a crash cut off."""
    with suppress(ValueError, RecursionError):
        words = json.loads(line)
        return words if isinstance(words, dict) else {}
    return {}


def _text(one: Any, other: Any) -> str:
    """A value in words; of mappings where it differs from the other."""
    if isinstance(one, dict) and isinstance(other, dict):
        parts = [f"{key} {_text(value, None)}" for key, value in one.items()
                 if other.get(key) != value]  # fmt: skip
        return ", ".join(parts) or "nothing else"
    return f"'{printable(one)}'" if isinstance(one, str) else printable(str(one))


def digest(data: Any) -> str:
    """The SHA-256 of bytes or an array, or of plain data in which there are some."""
    found = hashlib.sha256()
    _feed(found, data)
    return found.hexdigest()


def digest_of(file: IO[bytes], size: int, head: bytes = b"") -> str:
    """The SHA-256 of so many bytes of a file, held a block at a time."""
    found = hashlib.sha256(head)
    while size and (data := file.read(min(size, 1 << 20))):
        found.update(data)
        size -= len(data)
    return "" if size else found.hexdigest()


@lru_cache(maxsize=64)
def array_head(dtype: Any, shape: tuple[int, ...]) -> bytes:
    """What stands before the bytes of an array in its digest."""
    return f"{dtype.str}{shape}".encode()


def _feed(found: Any, data: Any) -> None:
    if isinstance(data, bytes):
        found.update(data)
    elif isinstance(data, np.ndarray) and data.dtype != object:
        found.update(array_head(data.dtype, data.shape))
        found.update(np.ascontiguousarray(data).data)
    elif is_dataclass(data) and not isinstance(data, type):
        _feed(found, [type(data).__name__, *((one.name, getattr(data, one.name))
                                             for one in fields(data))])  # fmt: skip
    elif isinstance(data, Mapping):
        _feed(found, [*data.items()])
    elif isinstance(data, (list, tuple)):
        found.update(b"[%d" % len(data))
        for one in data:
            _feed(found, one)
    else:
        found.update(f"{type(data).__name__} {data!r};".encode(errors="backslashreplace"))
