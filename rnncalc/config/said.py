"""``Said``: what was said of a network, and where: by a file, by flags that were laid over it.

It decides where an error belongs: to the flag, or to the key of the file, that it is about, and of
two that disagree to the second. Line, column and excerpt are put in front by ``document.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnncalc.containers.tensor import Tensor
from rnncalc.data import dataclass
from rnncalc.equations.activations import Activation, activation
from rnncalc.errors import (
    KeyPath,
    RnncalcError,
    ShapeError,
    dotted,
    located,
    printable,
    suggestion,
    unquoted,
)
from rnncalc.model.origin import Assumption, Entry
from rnncalc.numbers import values
from rnncalc.numbers.input_file import Source

if TYPE_CHECKING:
    from rnncalc.config.document import Document


@dataclass
class Words:
    """An input on the command line that is no numbers, and what is said where it is no names."""

    text: str
    error: RnncalcError


@dataclass
class Said:
    """What was said of a network, and where.

    Attributes:
        data: the keys of a config, nested as there.
        name: what errors call the source where it has no lines (``w.npz``), or nothing.
        document: the text that the data came from, if it came from one.
        flags: the path to each value that a flag gave, and the flag.
        alias: where a value stands that errors call by another name (Keras' ``output.kernel``).
        named: what a model file calls the tensor, or the layer, at a path.
        assumed, warnings: what a model file leaves unsaid, and what is known of such files.
        remedy: what may help where its layers do not fit each other.
        outputs: what a model file gives, where that is not only what its last layer gives.
        entry: how a model file takes x.
        picked: the layers of a config that are to run, in their order; all where none is named.
        settings: the values that take the place of what was said, as of ``with_settings``.
        columns: which columns of the table that x names are the features.
    """

    data: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    document: Document | None = None
    flags: dict[KeyPath, str] = field(default_factory=dict)
    alias: dict[KeyPath, KeyPath] = field(default_factory=dict)
    named: dict[KeyPath, str] = field(default_factory=dict)
    assumed: tuple[Assumption, ...] = ()
    warnings: list[str] = field(default_factory=list)
    remedy: str = ""
    entry: Entry | None = None
    picked: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    settings: Mapping[str, Any] | Sequence[str] = ()
    columns: Sequence[str] = ()

    def set(self, path: KeyPath, value: Any, flag: str) -> None:
        """Lay the value of a flag over what a file said; of a list of one over that one."""
        block: Any = self.data
        for place, (key, after) in enumerate(pairwise(path), start=1):
            if isinstance(key, int):
                block = block[key]
                continue
            if isinstance(block.get(key), list) and not isinstance(after, int):
                if len(block[key]) == 1:
                    self.set((*path[:place], 0, *path[place:]), value, flag)
                    return
                raise RnncalcError(f"{flag} is for one {key}, and the file has several")
            if not isinstance(block.get(key), (dict, list)):
                block[key] = {}
            block = block[key]
        block[path[-1]] = value
        self.flags[path] = flag

    def take_source(self) -> Source | None:
        """The input, if it is a file that has not been read yet; it is then not among the data."""
        return self.data.pop("x") if isinstance(self.data.get("x"), Source) else None

    def flagged(self, one: Assumption) -> bool:
        """Whether a flag said what would be assumed."""
        paths = [path for path in self.flags if path[-1] == one.key]
        return any(len(path) == 1 or self.named.get(path[:2]) == one.layer for path in paths)

    def at(self, path: KeyPath) -> Any:
        """The value that a path leads to, or None."""
        found: Any = self.data
        for key in path:
            if isinstance(found, dict):
                found = found.get(key)
            else:
                found = found[key] if isinstance(found, list) and isinstance(key, int) else None
        return found

    @contextmanager
    def located(self, *path: str | int) -> Iterator[None]:
        """Put the place in front of an error: of this block, or of its keys that it is about."""
        try:
            yield
        except RnncalcError as error:
            if error.placed:
                raise
            paths = [self._around(path, parsed(name)) for name in error.about] or [path]
            for name, found in zip(error.about, paths, strict=False):
                if error.message.startswith(name) and len(found) > len(parsed(name)):
                    whole = dotted(found[: -len(parsed(name))])
                    error.message = f"{whole}.{error.message}"
                    break
            raise self._placed(error, max(paths, key=self._order)) from None

    def _around(self, path: KeyPath, key: KeyPath) -> KeyPath:
        """The path to a key of a block, or of the nearest block around it that has it."""
        for end in range(len(path), -1, -1):
            if self.at((*path[:end], *key)) is not None or (*path[:end], *key) in self.alias:
                return (*path[:end], *key)
        return (*path, *key)

    def _placed(self, error: RnncalcError, path: KeyPath) -> RnncalcError:
        inner = [flag for given, flag in self.flags.items() if path and given[: len(path)] == path]
        if flag := self.flags.get(path) or (
            inner[0] if inner and not self.at_place(path) else None
        ):
            return _prefixed(error, flag)
        if self.document and (path or error.path):
            return self.document.placed(error, self.alias.get(path, path) + error.path)
        if self.remedy and isinstance(error, ShapeError):
            error.message = f"{error.message}. {self.remedy}"
        path, error.path = path + error.path, ()
        place, called = dotted(path), printable(self._called(path))
        if re.match(rf"{re.escape(place or ' ')}\b", error.message):
            error.message = called + error.message[len(place) :]
            return _prefixed(error, self.name)
        return _prefixed(error, ": ".join(filter(None, [self.name, called])))

    def _called(self, path: KeyPath) -> str:
        """What a model file calls what stands at a path, ``fc.activation``; else the path."""
        for end in range(len(path), 0, -1):
            if name := self.named.get(path[:end]):
                return ".".join(filter(None, [name, dotted(path[end:])]))
        return dotted(path)

    def at_place(self, path: KeyPath) -> bool:
        """Whether a path leads to a place in the text."""
        return bool(self.document and self.document.position(path))

    def _order(self, path: KeyPath) -> tuple[int, Any]:
        """Which of several was said last: in the file by its place, and flags after the file."""
        if path in self.flags:
            return 2, 0
        position = self.document.position(self.alias.get(path, path)) if self.document else None
        return (1, position) if position else (0, 0)

    def array(self, *path: str | int) -> Any:
        """The array at a path: numbers, text as on the command line, or the file that it names."""
        given = self.at(path)
        if isinstance(given, Tensor):
            try:
                return given.read()
            except RnncalcError as error:  # it names the tensor
                raise _prefixed(error, self.name) from None
        if not isinstance(given, (str, int, float, list, dict)):
            return given
        folder = self.document.folder if self.document else Path()
        columns = self.columns if path == ("x",) else ()
        with self.located(*path):
            if isinstance(given, dict):
                return self._file(given, folder, columns)
            if isinstance(given, str):
                with unquoted() if given.strip().startswith("@") else nullcontext():
                    return values.parse(given, folder, columns=columns)
            return values.array(given)

    def _file(self, given: dict[str, Any], folder: Path, columns: Sequence[str]) -> Any:
        name, key = given.get("file"), given.get("key")
        if not isinstance(name, str) or not isinstance(key, str | None):
            raise RnncalcError("numbers, or {file: NAME, key: NAME}, were expected")
        with unquoted():  # whoever wrote the config may not be who can read the file
            return values.read(name, key, folder, columns)

    def activation(self, *path: str | int) -> Activation | None:
        """The activation at a path; None where there is none."""
        given = self.at(path)
        with self.located(*path):
            return None if given is None else activation(given)


def parsed(name: str) -> KeyPath:
    """The path that a name means: ``output[1].W_y``."""
    found = re.findall(r"([^.\[\]]+)|\[(\d+)\]", name)
    return tuple(int(index) if index else part for part, index in found)


def _prefixed(error: RnncalcError, where: str) -> RnncalcError:
    with suppress(RnncalcError), located(where):
        raise error
    if not where:
        error.message = error.message.removeprefix(": ")
    error.placed = True
    return error


def pick(
    names: Sequence[str], there: Sequence[tuple[str, str]], flag: str = "--layers"
) -> list[int]:
    """Where the named parts stand among (name, path); ``encoder.`` names all that lies under it.

    Args:
        flag: what names them.

    Errors: RnncalcError for a name that there is not, or that is given twice.
    """
    places: list[int] = []
    for name in names:
        found = [i for i, pair in enumerate(there) if name in pair]
        under = name.rstrip(".") + "."
        found = found or [i for i, pair in enumerate(there) if pair[1].startswith(under)]
        if not found:
            hint = suggestion(name, dict.fromkeys(pair[1] for pair in there))
            raise RnncalcError(f"{flag}: there is no layer '{printable(name)}'. {hint}")
        if twice := set(found) & set(places):
            raise RnncalcError(f"{flag}: {printable(there[min(twice)][1])} is named twice")
        places += found
    return places
