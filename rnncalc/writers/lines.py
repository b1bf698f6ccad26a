"""Lines of text with their styles, for the terminal: folded to its width, coloured if it can."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Sequence
from typing import IO

from rnncalc.writers.style import Style

NARROWEST = 40
"""Columns to which sentences are folded at least."""

Piece = tuple[str, str]
"""Text and its style, as Rich calls it."""


def write(lines: Iterable[Sequence[Piece]], style: Style, out: IO[bytes]) -> None:
    """Write lines, with their colours where the terminal has any."""
    text = _colored(lines) if style.color else "".join(f"{plain(line)}\n" for line in lines)
    out.write(style.encoded(text))


def plain(line: Sequence[Piece]) -> str:
    """A line without its styles."""
    return "".join(text for text, _ in line).rstrip()


def folded(sentence: str, width: int, *, indent: str = "", deeper: str = "  ") -> list[str]:
    """A sentence in lines of the terminal's width, the later ones indented; no word is cut."""
    return textwrap.wrap(
        sentence, max(width, NARROWEST), initial_indent=indent, subsequent_indent=indent + deeper,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _colored(lines: Iterable[Sequence[Piece]]) -> str:
    from rich.console import Console
    from rich.text import Text

    out = io.StringIO()
    console = Console(
        file=out, force_terminal=True, color_system="standard", highlight=False,
        legacy_windows=False, _environ={},
    )  # fmt: skip
    for line in lines:
        console.print(Text.assemble(*line), soft_wrap=True)
    return "".join(f"{row.rstrip()}\n" for row in out.getvalue().splitlines())
