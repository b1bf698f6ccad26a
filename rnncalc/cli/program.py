"""The program as people meet it: what it is called, and what it says on stderr.

Messages are a few clean lines, on a terminal folded to its width and coloured. In a pipe, a file or
a log every line is as long as it is: what reads it looks for words in lines.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

from rnncalc.errors import printable

PROGRAM = "rnncalc"
COMPLETION_VARIABLE = "_RNNCALC_COMPLETE"

LONGEST, MOST_LINES = 4000, 8
"""So many bytes and lines has the longest message."""

COLORS = {"Error:": "bold red", "Warning:": "bold yellow", "Note:": "bold cyan"}
"""The first word of a message, and how it looks."""

WHOLE = re.compile(r"(?<![^\s(])'[^']{1,60}'|(?<=^Error: )(?:[^:?'.]|\.(?! )){1,60}(?=:)")
"""What stays in one line though it has blanks: what is quoted, and a file's name in front, which
no sentence goes before."""

TIED = "\u00a0"
"""A blank at which no line ends."""

_color: ContextVar[str] = ContextVar("color", default="auto")


def heed(words: Sequence[str]) -> None:
    """Heed --color in the words of a command, some of which may be wrong."""
    given = re.findall(r"\0--color[=\0](\w+)", "\0".join(["", *words]))
    _color.set(given[-1] if given else "auto")


def say(text: str) -> None:
    """A message on stderr: clean lines, and not more than a screen of them."""
    lines = [printable(line, LONGEST) for line in text[:LONGEST].split("\n")[:MOST_LINES]]
    with suppress(OSError, ValueError):
        encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
        if is_terminal(sys.stderr):
            lines = [*_on_terminal(lines)]
        shown = "\n".join(lines).encode(encoding, "backslashreplace")[:LONGEST]
        print(shown.decode(encoding, "ignore"), file=sys.stderr, flush=True)


def _on_terminal(lines: Sequence[str]) -> Iterator[str]:
    """The lines as people see them; excerpts of files stay as they are."""
    import shutil

    from rnncalc.writers.lines import folded, styled

    width, colored = shutil.get_terminal_size((80, 24)).columns, colorful(sys.stderr)
    for line in lines:
        tied = WHOLE.sub(lambda found: found[0].replace(" ", TIED), line)
        parts = [line] if line[:1] in ("", " ") else folded(tied, width)
        for part in parts:
            first, blank, rest = part.replace(TIED, " ").partition(" ")
            color = COLORS.get(first) if colored else None
            yield f"{styled(first, color) if color else first}{blank}{rest}"


def colorful(stream: Any, when: str | None = None) -> bool:
    """Whether a stream gets colours: ``when`` or --color says so, else NO_COLOR, then the force,
    then the terminal (no-color.org, bixense.com/clicolors).
    """
    when = when or _color.get()
    if when != "auto" or os.environ.get("NO_COLOR"):
        return when == "always"
    if os.environ.get("CLICOLOR_FORCE", "0") != "0" or os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def is_terminal(stream: Any) -> bool:
    """Whether a person sees it; a stream that is closed shows nothing."""
    return stream is not None and not stream.closed and bool(stream.isatty())
