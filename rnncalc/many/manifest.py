"""The manifest: what a run over many sequences is, and which of them are there, with checksums.

A file of lines, of JSON: the first says of which model, inputs and options the run is; every other
names sequences that are whole, and the SHA-256 of each. Lines are only added, each in one write
after what it speaks of is there; a line that a crash cut off counts for nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from rnncalc import __version__, files
from rnncalc.errors import FileError, printable

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


NUMBER = re.compile("[0-9]{1,12}")


class Manifest:
    """Which sequences are there.

    Attributes:
        path: its file.
        about: its first line.
        done: the checksum of each sequence that was there before, by number.
    """

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self.path, self.about = path, {**FORMAT, **about}
        self.done: dict[int, str] = {}
        self._file: IO[bytes] | None = None

    def read(self) -> None:
        """Go on with what is there, if anything is.

        Errors: FileError where it is of another run, and in what the two differ.
        """
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        _, *others = lines
        self._refuse_other(_object(lines[0]))
        for line in others:
            done = _object(line).get("sha256")
            if isinstance(done, dict):
                self.done |= {int(n): str(one) for n, one in done.items() if NUMBER.fullmatch(n)}

    def _refuse_other(self, there: Mapping[str, Any]) -> None:
        if there.get("format") != FORMAT["format"]:
            raise FileError(f"{files.shown(self.path)}: is no manifest of rnncalc")
        for key, ours in self.about.items():
            theirs = there.get(key)
            if theirs != ours:
                said = f": {_text(theirs, ours)} there, {_text(ours, theirs)} here"
                long = isinstance(ours, str) and len(ours) == len(digest(b""))
                what = f"{NAMES.get(key, f'another {key}')}{'' if long else said}"
                raise FileError(f"--resume: {files.shown(self.path)} is of a run with {what}")

    def begin(self) -> None:
        """Write it anew, with what is done so far, and be ready to add to it."""
        with files.replacing(self.path) as out:
            out.write(_line(self.about))
            if self.done:
                out.write(_line({"sha256": {str(n): one for n, one in self.done.items()}}))
        self._file = open(self.path, "ab", buffering=0)  # noqa: SIM115

    def add(self, done: Mapping[int, str]) -> None:
        """Note that sequences are there. Where the machine dies before the disk has them, their
        checksums tell."""
        assert self._file is not None
        data = _line({"sha256": {str(number): one for number, one in done.items()}})
        end = self._file.tell()
        if self._file.write(data) != len(data):  # the disk is full
            self._file.truncate(end)
            raise OSError(28, os.strerror(28))

    def close(self) -> None:
        """No more is added."""
        if self._file is not None:
            self._file.close()


def _line(words: Mapping[str, Any]) -> bytes:
    return json.dumps(words, separators=(",", ":")).encode() + b"\n"


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


def _feed(found: Any, data: Any) -> None:
    if isinstance(data, bytes):
        found.update(data)
    elif isinstance(data, np.ndarray) and data.dtype != object:
        found.update(f"{data.dtype.str}{data.shape}".encode())
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
