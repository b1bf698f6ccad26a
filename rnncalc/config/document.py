"""YAML 1.2 and JSON that people write, from PyYAML's event stream: syntax is PyYAML's, numbers and
refusals are ours.

PyYAML's own loaders read ``1e-3`` as text, ``010`` as 8 and ``no`` as False, and accept duplicate
keys. Here numbers follow YAML 1.2; duplicate keys, anchors, aliases, tags, several documents and
deep nesting are refused. ``FILE:LINE:COLUMN:`` and the excerpt of an error are looked up here, only
when there is one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from rnncalc.bounds import DEEPEST
from rnncalc.errors import FileError, KeyPath, RnncalcError, dotted, excerpt, printable
from rnncalc.numbers.digits import parsed

INTEGER = re.compile(r"[-+]?\d+", re.ASCII)
OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?", re.ASCII)
INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
SURROGATES = re.compile(r"\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}", re.ASCII)
"""A letter beyond the first 65,536, as JSON writes it; YAML has another way."""

Position = tuple[int, int]
"""Line and column, both from 0."""


class Place(NamedTuple):
    """Where a key and its value begin; an item of a list has no key but itself."""

    key: Position
    value: Position


def json_letter(pair: str) -> str:
    """The letter of an escaped surrogate pair."""
    halves = (
        bytes.fromhex(pair.replace("\\u", "")) if re.fullmatch(r"[\\u0-9a-fA-F]+", pair) else b""
    )
    return halves.decode("utf-16-be") if halves else pair


class Document:
    """The data of one YAML or JSON text, and where each part of it stands."""

    def __init__(self, text: str, name: str, folder: Path = Path()) -> None:
        self.text = SURROGATES.sub(lambda pair: json_letter(pair[0]), text)
        self.name = name
        self.folder = folder
        self._places: dict[KeyPath, list[Place]] = {}
        with self._syntax():
            self.data = _Reading(self).document()

    @contextmanager
    def located(self, *path: str | int) -> Iterator[None]:
        """Put file, line, column and key in front of every RnncalcError that passes."""
        try:
            yield
        except RnncalcError as error:
            raise self.placed(error, (*path, *error.path)) from None

    def placed(self, error: RnncalcError, path: KeyPath, *, at_key: bool = False) -> RnncalcError:
        """The error with its place and the line that it is on; ``path`` leads to the place."""
        message = error.message
        if path and not message.startswith(dotted(path)):
            message = f"{dotted(path)}: {message}"
        place = self._along(path)[-1]
        return self._at(place.key if at_key else place.value, message, type(error))

    def position(self, path: KeyPath) -> Position | None:
        """Where the value stands that the path leads to, or None if it is not here."""
        places = self._along(path)
        return places[-1].value if len(places) > len(path) else None

    def _along(self, path: KeyPath) -> list[Place]:
        """Where the whole stands, and each step of the path, as far as it leads."""
        if path not in self._places:
            with self._syntax():
                self._places[path] = list(_along(self.events(), path))
        return self._places[path]

    def events(self) -> Iterator[Any]:
        """The text as PyYAML understands it."""
        return yaml.parse(self.text, Loader=LOADER)

    @contextmanager
    def _syntax(self) -> Iterator[None]:
        try:
            yield
        except yaml.reader.ReaderError as error:
            before = self.text.encode()[: error.position].decode(errors="ignore")
            position = (before.count("\n"), len(before) - before.rfind("\n") - 1)
            message = f"the character U+{ord(self.text[len(before)]):04X} is not allowed"
            raise self._at(position, message) from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = printable(error.problem or "a mistake", 200)
            if "cannot start any token" in problem:
                problem += '; write "@data.csv" in quotes'
            while_ = f" ({printable(error.context, 200)})" if error.context else ""
            position = (mark.line, mark.column) if mark else (0, 0)
            raise self._at(position, f"not valid YAML or JSON: {problem}{while_}") from None

    def refuse(self, mark: Any, message: str) -> RnncalcError:
        """An error at a mark of the event stream."""
        return self._at((mark.line, mark.column), message)

    def _at(
        self, position: Position, message: str, kind: type[RnncalcError] = FileError
    ) -> RnncalcError:
        line, column = position
        lines = self.text.split("\n")
        if line >= len(lines):  # libyaml counts a line more at the end of a text
            line, column = len(lines) - 1, len(lines[-1])
        error = kind(f"{self.name}:{line + 1}:{column + 1}: {message}")
        error.excerpt = excerpt(lines[line], column)
        error.placed = True
        return error


class _Reading:
    """The data that the events stand for."""

    def __init__(self, document: Document) -> None:
        self.refuse = document.refuse
        self.events = document.events()

    def document(self) -> Any:
        """The data of the one document there is; None where the text is empty."""
        next(self.events)  # the stream begins
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        data = self.node(next(self.events), 0)
        next(self.events)  # the document ends
        if not isinstance(event := next(self.events), yaml.StreamEndEvent):
            raise self.refuse(event.start_mark, "a second document: one file holds one network")
        return data

    def node(self, event: Any, depth: int) -> Any:
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self.refuse(mark, "anchors (&) and aliases (*) are not read: write it out")
        if event.tag:
            raise self.refuse(mark, f"tags ({printable(event.tag)}) are not read: leave it out")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event) if event.implicit[0] else event.value
        if depth >= DEEPEST:
            raise self.refuse(mark, f"nested more than {DEEPEST} levels deep")
        is_list = isinstance(event, yaml.SequenceStartEvent)
        return self.sequence(depth + 1) if is_list else self.mapping(depth + 1)

    def sequence(self, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth))
        return items

    def mapping(self, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            mark = event.start_mark
            if not isinstance(event, yaml.ScalarEvent):
                raise self.refuse(mark, "a key must be a word")
            if event.value in items:
                raise self.refuse(mark, f"the key {printable(event.value)} stands here twice")
            self.node(event, depth) if event.anchor or event.tag else None
            items[event.value] = self.node(next(self.events), depth)
        return items

    def scalar(self, event: Any) -> Any:
        text = event.value
        if FLOAT.fullmatch(text):
            return self.number(event)
        if OTHER_BASE.fullmatch(text):
            return int(text, 0)
        if INFINITE.fullmatch(text):
            return float(text.replace(".", ""))
        return WORDS.get(text, text)

    def number(self, event: Any) -> int | float:
        text = event.value
        if len(text) <= 18 and INTEGER.fullmatch(text):
            return int(text)
        number = float(text)
        if number and math.isfinite(number):
            return number
        try:
            return parsed(text)
        except RnncalcError as error:
            raise self.refuse(event.start_mark, error.message) from None


def _along(events: Iterator[Any], path: KeyPath) -> Iterator[Place]:
    """The places of a path: first the whole, then each step that is there."""
    next(events), next(events)  # the stream and the document begin
    event = next(events)
    here = event.start_mark.line, event.start_mark.column
    yield Place(here, here)
    for step in path:
        found = _item(events, event, step)
        if found is None:
            return
        key, event = found
        value = event.start_mark.line, event.start_mark.column
        yield Place((key.line, key.column), value)


def _item(events: Iterator[Any], event: Any, step: str | int) -> tuple[Any, Any] | None:
    """Where the item of a list or mapping begins that a step leads to, and its first event."""
    is_list = isinstance(event, yaml.SequenceStartEvent)
    if not (is_list or isinstance(event, yaml.MappingStartEvent)):
        return None
    index = 0
    while not isinstance(first := next(events), (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
        event = first if is_list else next(events)
        if step == (index if is_list else first.value):
            return first.start_mark, event
        _skip(events, event)
        index += 1
    return None


def _skip(events: Iterator[Any], event: Any) -> None:
    """Go on behind the node that the event begins."""
    depth = int(isinstance(event, yaml.CollectionStartEvent))
    while depth:
        event = next(events)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
