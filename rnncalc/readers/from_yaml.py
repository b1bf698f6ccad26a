"""YAML 1.2 and JSON that people write, from PyYAML's event stream: syntax is PyYAML's, numbers and
refusals are ours.

PyYAML's own loaders read ``1e-3`` as text, ``010`` as 8 and ``no`` as False, and accept duplicate
keys. Here numbers follow YAML 1.2; duplicate keys, anchors, aliases, tags, several documents and
deep nesting are refused. ``FILE:LINE:COLUMN:`` and the excerpt of an error are looked up here, only
when there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from rnncalc.digits import parsed
from rnncalc.errors import FileError, RnncalcError, dotted, excerpt, printable
from rnncalc.errors import Path as Way

DEEPEST = 64
"""How far lists and mappings may be nested."""

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
        self.data = self._read(None)

    @contextmanager
    def located(self, *way: str | int) -> Iterator[None]:
        """Put file, line, column and key in front of every RnncalcError that passes."""
        try:
            yield
        except RnncalcError as error:
            raise self.placed(error, (*way, *error.path)) from None

    def placed(self, error: RnncalcError, way: Way, *, at_key: bool = False) -> RnncalcError:
        """The error with its place and the line that it is on; ``way`` leads to the place."""
        message = error.message
        if way and not message.startswith(dotted(way)):
            message = f"{dotted(way)}: {message}"
        while way and not self.position(way, at_key=at_key):
            way = way[:-1]
        position = self.position(way, at_key=at_key)
        return self._at(position, message, type(error)) if position else error

    def position(self, way: Way, *, at_key: bool = False) -> Position | None:
        """Where the value (or the key) stands that the way leads to, or None if it is not here."""
        marks: dict[tuple[Way, bool], Position] = {}
        self._read(marks)
        return marks.get((way, at_key))

    def _read(self, marks: dict[tuple[Way, bool], Position] | None) -> Any:
        try:
            return _Reading(self, yaml.parse(self.text, Loader=LOADER), marks).document()
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
    """One pass over the events; with ``marks`` it notes where each value and key stands."""

    def __init__(self, document: Document, events: Iterator[Any], marks: Any) -> None:
        self.refuse = document.refuse
        self.events = events
        self.marks = marks

    def document(self) -> Any:
        """The data of the one document there is; None where the text is empty."""
        next(self.events)  # the stream begins
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        data = self.node(next(self.events), ())
        next(self.events)  # the document ends
        if not isinstance(event := next(self.events), yaml.StreamEndEvent):
            raise self.refuse(event.start_mark, "a second document: one file holds one network")
        return data

    def node(self, event: Any, way: Way) -> Any:
        mark = event.start_mark
        if self.marks is not None:
            self.marks[way, False] = mark.line, mark.column
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self.refuse(mark, "anchors (&) and aliases (*) are not read: write it out")
        if event.tag:
            raise self.refuse(mark, f"tags ({printable(event.tag)}) are not read: leave it out")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event) if event.implicit[0] else event.value
        if len(way) >= DEEPEST:
            raise self.refuse(mark, f"nested more than {DEEPEST} levels deep")
        is_list = isinstance(event, yaml.SequenceStartEvent)
        return self.sequence(way) if is_list else self.mapping(way)

    def sequence(self, way: Way) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, (*way, len(items))))
        return items

    def mapping(self, way: Way) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            mark = event.start_mark
            if not isinstance(event, yaml.ScalarEvent):
                raise self.refuse(mark, "a key must be a word")
            if event.value in items:
                raise self.refuse(mark, f"the key {printable(event.value)} stands here twice")
            self.node(event, way) if event.anchor or event.tag else None
            if self.marks is not None:
                self.marks[(*way, event.value), True] = mark.line, mark.column
            items[event.value] = self.node(next(self.events), (*way, event.value))
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
        if INTEGER.fullmatch(text) and len(text) <= 18:
            return int(text)
        try:
            return parsed(text)
        except RnncalcError as error:
            raise self.refuse(event.start_mark, error.message) from None
