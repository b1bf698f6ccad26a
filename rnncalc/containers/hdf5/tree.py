"""HDF5 files as plain data: a tree of groups with their attributes and tensors.

What is in the tree is a framework's affair (Keras' names, ``weight_names``). The file is walked by
the HDF5 library in a process of its own; the numbers are read without it, one tensor at a time.
"""

from __future__ import annotations

import json
import re
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from rnncalc import files
from rnncalc.containers.byte_range import ByteRange, whole
from rnncalc.containers.extra import needed
from rnncalc.containers.hdf5 import numbers
from rnncalc.containers.hdf5.fork import run_forked
from rnncalc.containers.hdf5.walk import walk
from rnncalc.containers.natural_order import in_numbers
from rnncalc.containers.tensor import Tensor
from rnncalc.data import dataclass
from rnncalc.errors import FileError, located, printable

LIBRARY = "the HDF5 library"
DIGITS = re.compile("[0-9]+")
MOST_NAMES = 100_000


@dataclass(frozen=True)
class Group:
    """A group of an HDF5 file.

    Attributes:
        name: the way to it: ``layers/lstm/cell/vars``; nothing for the root.
        attributes: texts, numbers, truth values and lists of them, by name.
        groups, tensors: what is in it, by name, in the order of the file, which is alphabetical
            (``10`` before ``2``).
    """

    name: str
    attributes: dict[str, Any]
    groups: dict[str, Group]
    tensors: dict[str, Tensor]

    @cached_property
    def families(self) -> dict[str, list[str]]:
        """The groups in it whose names differ in a number at the end alone, in its order.

        ``lstm`` leads to ``lstm``, ``lstm_2`` and ``lstm_10``, ``lstm_2`` to itself.
        """
        found: dict[str, list[str]] = {}
        for name in in_numbers(self.groups):
            base, _, number = name.rpartition("_")
            for word in (name, base) if base and DIGITS.fullmatch(number) else (name,):
                found.setdefault(word, []).append(name)
        return found

    def group(self, path: str) -> Group | None:
        """The group at the end of a path from here (``layers/lstm``), if there is one."""
        here: Group | None = self
        for name in path.split("/") if path else ():
            here = here.groups.get(name) if here else None
        return here

    def tensor(self, path: str) -> Tensor | None:
        """The tensor at the end of a path from here (``lstm/kernel:0``), if there is one."""
        above, _, name = path.rpartition("/")
        group = self.group(above)
        return group.tensors.get(name) if group else None

    def texts(self, name: str) -> list[str] | None:
        """An attribute that is a list of texts, if it is there.

        Keras splits what is too long for HDF5 over attributes ``name0``, ``name1``, ...

        Errors: FileError where it is something else.
        """
        if name in self.attributes:
            parts = [self.attributes[name]]
        else:
            count = 0
            while f"{name}{count}" in self.attributes:
                count += 1
            parts = [self.attributes[f"{name}{index}"] for index in range(count)]
        texts = [text for part in parts for text in (part if isinstance(part, list) else [part])]
        where = f"attribute '{name}' of '{printable(self.name or '/', 200)}'"
        if not all(isinstance(text, str) for text in texts):
            raise FileError(f"{where} is not a list of names")
        if len(texts) > MOST_NAMES:
            raise FileError(f"{where} lists {len(texts):,} names, at most {MOST_NAMES:,} are read")
        return texts if parts else None


def tree(path: Path) -> Group:
    """The root group of an HDF5 file.

    Its tensors are checked to be there; each is read when its ``read`` is called.

    Errors: FileError, with the file's name, where it is none, is damaged, or holds anything that
        is not read: links, other files' numbers, filters, bombs.
    """
    source = whole(path)
    with located(files.shown(path)):
        return tree_in(source)


def tree_in(source: ByteRange) -> Group:
    """The root group of an HDF5 file that is a byte range of another. Errors: as ``tree``."""
    needed("h5py", "HDF5 files")
    try:
        words = json.loads(run_forked(partial(_walk, source), LIBRARY))
    except ValueError:  # the process went on with its memory in disorder
        raise FileError(f"is damaged: {LIBRARY} fails on it") from None
    places: list[Taken] = []
    root = _group(words, "", source, places)
    for (_, end, one), (start, _, other) in pairwise(sorted(places)):
        if start < end:
            raise FileError(f"{one} and {other} share their bytes")
    return root


def _walk(source: ByteRange) -> bytes:
    with source.opened() as file:
        return walk(file)


Taken = tuple[int, int, str]
"""Where some numbers of a tensor begin and end in the file, and its name."""


def _group(words: dict[str, Any], name: str, source: ByteRange, places: list[Taken]) -> Group:
    """A group of what the walk has said; ``places`` takes those of its tensors' numbers."""
    before = f"{name}/" if name else ""
    groups = {
        inner: _group(there, before + inner, source, places)
        for inner, there in words["groups"].items()
    }
    tensors = {}
    for inner, there in words["tensors"].items():
        shown = printable(before + inner, 200)
        with located(shown):
            held = numbers.places_of(there, source.size)
        places += [(at, at + size, shown) for at, size in held if size]
        read = partial(numbers.read, source, there)
        rows = partial(numbers.Rows, source, there)
        shape = tuple(there["shape"])
        tensors[inner] = Tensor(before + inner, shape, there["dtype"], read, by_row=rows)
    return Group(name, words["attributes"], groups, tensors)
