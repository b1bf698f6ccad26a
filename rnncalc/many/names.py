"""What the files of results are called, in their folder: as what they are the results of."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from unicodedata import normalize

from rnncalc.errors import RnncalcError, printable
from rnncalc.files import WINDOWS
from rnncalc.many.sources import Label
from rnncalc.numbers.keyed import file_and_key

MANIFEST, PART = ".rnncalc-manifest.ndjson", ".rnncalc.part"
"""In a folder the name of the manifest, and of the one file that is in the making."""

NOT_IN_NAMES = re.compile(r'[<>:"|?*\\\x00-\x1f]')
"""What no name of a file has on Windows; a key of an npz may."""


def names_of(places: Sequence[Label], suffix: str) -> list[str]:
    """The names of the files of results, by the paths or numbers of the sequences.

    Where two would have the same, all stand in the folders that their inputs stand in, as far as
    these differ.

    Errors: RnncalcError where two would have the same even so.
    """
    if isinstance(places, range):
        digits = len(str(len(places) - 1))
        return [f"{number:0{digits}d}{suffix}" for number in places]
    words = [str(place) for place in places]
    names = [_name(word, suffix) for word in words]
    if len({*names}) < len(names):
        names = [*map(os.path.join, _folders(words), names)]
    _refuse_taken(names, words)
    return names


def _name(word: str, suffix: str) -> str:
    """Without the folders, and with another suffix; a key in an .npz is a part of it."""
    base = os.path.basename(word).removesuffix(".gz")
    file, key = file_and_key(base)
    return ".".join([os.path.splitext(file)[0], *([key] if key else [])]) + suffix


def _folders(words: Sequence[str]) -> list[str]:
    """The folders of all below the one that they have in common; nothing for that one."""
    folders = [os.path.dirname(os.path.abspath(word)) for word in words]
    try:
        common = os.path.commonpath(folders)
    except ValueError:  # on several drives
        return [""] * len(words)
    return ["" if one == common else os.path.relpath(one, common) for one in folders]


def _refuse_taken(names: Sequence[str], words: Sequence[str]) -> None:
    """Errors: RnncalcError for a name that two would have, or the manifest has."""
    count = Counter(names)
    folders = {os.path.dirname(name) for name in names}
    for name, word in zip(names, words, strict=True):
        if name == MANIFEST:
            where = printable(word)
            raise RnncalcError(f"the result of {where} would be {name}, which is the manifest's")
        if count[name] > 1 or name in folders:
            same = [printable(other) for one, other in zip(names, words, strict=True)
                    if one == name or one.startswith(f"{name}{os.sep}")]  # fmt: skip
            raise _twice(same[0], same[1], name)


def refuse_alike(names: Sequence[str], labels: Sequence[Label]) -> None:
    """Errors: RnncalcError for names that are one where capitals make no other."""
    seen: dict[str, Label] = {}
    for name, label in zip(names, labels, strict=True):
        alike = normalize("NFC", name).casefold()
        if alike in seen:
            both = printable(str(seen[alike])), printable(str(label))
            raise _twice(*both, f"{name}, as capitals make no other name there")
        seen[alike] = label


def _twice(one: str, other: str, name: str) -> RnncalcError:
    message = f"the results of {one} and {other} would both be {printable(name, 200)}"
    return RnncalcError(f"{message}: -o FILE.zarr, and lines (-f csv), tell them apart")


def misfit(name: str, most: int) -> str:
    """What is wrong with a name, and what helps; nothing where a file can have it.

    Args:
        most: how long it may be, in what the system counts.
    """
    if WINDOWS and (wrong := NOT_IN_NAMES.search(name)):
        return f"Windows has no file {printable(name)}: use another key without {wrong[0]!r}"
    size = len(name.encode("utf-16-le")) // 2 if WINDOWS else len(os.fsencode(name))
    if size <= most:
        return ""
    what = "letters" if WINDOWS else "bytes"
    has = f"the name of its result has {size} {what}, and at most {most} have a place"
    return f"{has}: give it a shorter name"
