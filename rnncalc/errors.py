"""Errors that a person can act on, and how a place is put in front of them.

Library code raises ``RnncalcError`` and its few kinds; who knows the place (a file, a flag, a key)
adds its name from outside with ``located``. Only ``cli/`` prints errors.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

KeyPath = tuple[str | int, ...]
"""The way to a value in nested data: ``("output", "W_y", 0)``."""

SHOWN = 60
"""How many characters of a text that somebody gave are repeated in a message."""


class RnncalcError(Exception):
    """Something that rnncalc cannot do, said in one to a few lines.

    Attributes:
        message: what is wrong and the remedy; ``located`` adds the place in front.
        path: the way from the value in question to the part that is wrong: ``(1, 0)``.
        about: the names that disagree, where the error is between several (``("W_h", "W_x")``).
        excerpt: the lines of the file that are shown below the message, or nothing.
        placed: whether the message names its place already.
    """

    def __init__(self, message: str, *, path: KeyPath = (), about: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.about = about
        self.excerpt = ""
        self.placed = False

    def __str__(self) -> str:
        return f"{self.message}\n{self.excerpt}" if self.excerpt else self.message


class ShapeError(RnncalcError):
    """Arrays whose shapes do not fit each other, or what they are said to be."""


class FileError(RnncalcError):
    """A file that cannot be read or written, or that does not hold what it should."""


class RnncalcWarning(UserWarning):
    """A result that deserves a second look; ``--strict`` makes it exit code 1."""


@contextmanager
def located(where: str) -> Iterator[None]:
    """Put ``where`` in front of every RnncalcError that passes: ``--x[1]: ...``."""
    try:
        yield
    except RnncalcError as error:
        error.message = f"{where}{indices(error.path)}: {error.message}"
        error.path = ()
        raise


def of_flag(message: str) -> RnncalcError:
    """An error that begins with the flag that it is about, which is its place."""
    error = RnncalcError(message)
    error.placed = True
    return error


_unquoted: ContextVar[bool] = ContextVar("unquoted", default=False)


@contextmanager
def unquoted() -> Iterator[None]:
    """Inside, messages repeat nothing of a file: somebody else than its reader named it."""
    before = _unquoted.set(True)
    try:
        yield
    finally:
        _unquoted.reset(before)


def quoted(text: str, limit: int = SHOWN) -> str:
    """Text from a file as a message repeats it, if it may."""
    return "what stands there" if _unquoted.get() else f"'{printable(text, limit)}'"


def may_quote() -> bool:
    """Whether a message may repeat what stands in a file."""
    return not _unquoted.get()


def first_of(error: BaseException) -> BaseException:
    """The error that all began with."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return error


def innermost(error: BaseException) -> str:
    """What the error says that all began with, safe for a terminal."""
    return printable(str(first_of(error)), 200)


def dotted(path: KeyPath) -> str:
    """The way to a value as people write it: ``layers[1].W_x``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)[1:]


def indices(path: KeyPath) -> str:
    """The end of a path as subscripts: ``[1][0]``."""
    return "".join(f"[{part}]" for part in path)


def printable(text: str, limit: int = SHOWN) -> str:
    """Text from outside, safe for a terminal: one line, no control characters, not too long."""
    shown = "".join(c if c.isprintable() else escaped(c) for c in text[:limit])
    return f"{shown}... ({len(text):,} characters)" if len(text) > limit else shown


def with_article(name: str) -> str:
    """What something is called that is one of many: ``an Add``, ``a Loop``."""
    return f"{'an' if name[:1] in tuple('AEIOU') else 'a'} {printable(name)}"


def escaped(character: str) -> str:
    """A control character by its number: ``\\x1b``."""
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


LISTED = 24
"""So many names are listed; a file may hold thousands."""

NAMED_OTHERWISE = {
    "b_y": "bias", "wx": "W_x", "wh": "W_h", "Wx": "W_x", "Wh": "W_h", "wy": "W_y", "Wy": "W_y",
    "b": "bias", "bh": "bias_h", "update_gate": "update", "inverted": "update",
    "W_ih": "weight_ih", "W_hh": "weight_hh", "b_ih": "bias_ih", "b_hh": "bias_hh",
    "transpose": "convention", "transposed": "convention", "columns": "convention",
    "fp64": "float64", "fp32": "float32", "fp16": "float16", "double": "float64", "half": "float16",
    "md": "markdown", "tex": "latex", "jsonl": "ndjson",
    "forget": "f", "cell": "c", "hidden": "h", "state": "h",
}  # fmt: skip
"""What others call it, or a flag does, to the name that we have."""


MOST_EDITS = 2
"""What is further from a word than so many edits was not meant by it."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """A sentence that names the known word nearest to this one, or them all if none is near."""
    known = list(known)
    if NAMED_OTHERWISE.get(word) in known:
        return f"Did you mean {NAMED_OTHERWISE[word]}?"
    return nearest(word, known) or f"There are: {listed(known)}."


def nearest(word: str, known: Iterable[str]) -> str:
    """A sentence that names the known word nearest to this one; empty if none is near."""
    there: dict[str, str] = {}
    for name in known:
        there.setdefault(name.lower(), name)
    given = word.lower()
    for most in range(MOST_EDITS + 1):
        near = [name for name in there if _near(given, name, most)]
        if near:  # of equally near ones that of the same letters
            name = max(near, key=lambda one: sorted(one) == sorted(given))
            return f"Did you mean {printable(there[name])}?"
    return ""


def _near(word: str, other: str, edits: int) -> bool:
    """Whether so few edits part them, and few for their length: two only from six letters on."""
    letters = max(len(word.lstrip("-")), len(other.lstrip("-")))
    few = edits < min(letters, max(2, letters // 3 + 1))
    return few and abs(len(word) - len(other)) <= edits and _within(word, other, edits)


def _within(word: str, other: str, edits: int) -> bool:
    """Whether a word becomes the other by so many edits: a letter more, less or another one, or two
    neighbours exchanged."""
    apart = (n for n, (one, two) in enumerate(zip(word, other, strict=False)) if one != two)
    same = next(apart, min(len(word), len(other)))
    word, other = word[same:], other[same:]
    if not (word and other and edits):
        return len(word) + len(other) <= edits
    ways = [(word[1:], other[1:]), (word[1:], other), (word, other[1:])]
    if word[:2] == other[1::-1]:
        ways.append((word[2:], other[2:]))
    return any(_within(*one, edits - 1) for one in ways)


def listed(names: Iterable[str]) -> str:
    """Names from outside, each safe for a terminal, with commas between; not all of very many."""
    several = list(names)
    if len(several) <= LISTED + 1:  # a single one is no longer than "1 more"
        return ", ".join(map(printable, several))
    return ", ".join([*map(printable, several[:LISTED]), f"{len(several) - LISTED:,} more"])


def width(text: str) -> int:
    """How many columns of a terminal the text takes: Hangul and Han letters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def excerpt(line: str, column: int) -> str:
    """A line of a file with a caret under its (0-based) column, cut to what a screen shows."""
    start = max(0, column - 40)
    shown = "".join(c if c.isprintable() else " " for c in line[start : start + 72])
    return f"    {shown}\n    {' ' * width(shown[: column - start])}^"
