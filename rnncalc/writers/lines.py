"""Lines of text with their styles, for the terminal: folded to its width, coloured if it can."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import IO

from rnncalc.errors import width as columns
from rnncalc.writers.style import Style

NARROWEST = 40
"""Columns to which sentences are folded at least."""

SECOND = "\0"
"""Stands for the second column of a Hangul or Han letter while lines are folded."""

AT_ONCE = 100
"""So many lines are written together."""

CODES = {"bold": 1, "dim": 2, "italic": 3, "red": 31, "green": 32, "yellow": 33, "blue": 34,
         "magenta": 35, "cyan": 36}  # fmt: skip
"""The words of a style, and what terminals call them (ECMA-48)."""

Piece = tuple[str, str]
"""Text and its style, ``bold red``; or none."""


def write(lines: Iterable[Sequence[Piece]], style: Style, out: IO[bytes]) -> None:
    """Write lines while they are made, with their colours where the terminal has any."""
    show = _colored if style.color else plain
    texts = (f"{show(line)}\n" for line in lines)
    while several := "".join(islice(texts, AT_ONCE)):
        out.write(style.encoded(several))


def plain(line: Sequence[Piece]) -> str:
    """A line without its styles."""
    return "".join([text for text, _ in line]).rstrip()


def folded(
    sentence: str, width: int, *, indent: str = "", deeper: str = "  ", narrowest: int = NARROWEST
) -> list[str]:
    """A sentence in lines of the terminal's width, the later ones indented; no word is cut."""
    filled = "".join(f"{c}{SECOND}" if columns(c) > 1 else c for c in sentence)
    lines = textwrap.wrap(
        filled, max(width, narrowest), initial_indent=indent, subsequent_indent=indent + deeper,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return [line.replace(SECOND, "") for line in lines]


def _colored(line: Sequence[Piece]) -> str:
    return "".join(styled(text, name) if name else text for text, name in line).rstrip()


def styled(text: str, name: str) -> str:
    """Text between the codes of its style and of the end of it."""
    codes = ";".join(str(CODES[word]) for word in name.split())
    return f"\x1b[{codes}m{text}\x1b[0m"
