"""A script and the file of its numbers take their places: at every moment both old, or both new."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from rnncalc import files
from rnncalc.files.leftovers import going
from rnncalc.files.successor import start

LONGEST = 255
"""So many bytes may a file's name have."""


def publish(out: Path, text: Callable[[str], bytes], numbers: bytes) -> None:
    """Put a script and its numbers in their places; at every moment both are old, or both new.

    A script says where its numbers are. While new ones take the place of old ones, a script is
    there that has them from somewhere else.

    Args:
        text: the script, by the name of the file of its numbers.
    """
    beside = numbers_of(out)
    there = all(path.is_file() and os.access(path, os.W_OK) for path in (out, beside))
    if not there:
        _written(out, text(beside.name), beside, numbers)
        return
    meanwhile = beside.with_name(_cut(out.name, f".{os.urandom(6).hex()}.npz"))
    with going(partial(_forget, meanwhile, out)):
        _written(out, text(meanwhile.name), meanwhile, numbers)
        with files.replacing(beside, read=True) as file:
            file.write(numbers)
        with files.replacing(out, read=True) as file:
            file.write(text(beside.name))


def _forget(numbers: Path, out: Path) -> None:
    """Remove numbers that the script does not, or no longer, read."""
    with suppress(OSError):
        if ascii(numbers.name).encode() not in out.read_bytes():
            numbers.unlink()


def _written(out: Path, script: bytes, beside: Path, numbers: bytes) -> None:
    """Both whole before any of them takes its place; the numbers first, which nothing names yet."""
    with files.replacing(out, read=True) as first, files.replacing(beside, read=True) as second:
        for file, content in ((first, script), (second, numbers)):
            file.write(content)
            file.flush()


def numbers_of(out: Path) -> Path:
    """The file beside a script, whose name nobody else has."""
    return out.with_name(_cut(out.name, ".npz"))


def _cut(name: str, suffix: str) -> str:
    """A name with a suffix; one that is too long for both is cut, and told from others like it."""
    whole = os.fsencode(name)
    if len(whole) + len(suffix) <= LONGEST:
        return name + suffix
    suffix = f".{zlib.crc32(whole):08x}{suffix}"
    return start(name, LONGEST - len(suffix)) + suffix
