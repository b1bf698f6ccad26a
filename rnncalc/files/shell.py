"""How a message writes words that are to be typed: as the shells of this system take them.

On Windows double quotes: cmd.exe knows no others, and PowerShell takes them, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rnncalc.files import WINDOWS

PLAIN = re.compile(r"[\w.:\\/+=-]+", re.ASCII)
"""What no shell of Windows changes; of ``1,2`` PowerShell makes two words."""


def word(text: str) -> str:
    """A word, in quotes where it needs them."""
    if WINDOWS:
        return text if PLAIN.fullmatch(text) else '"{}"'.format(text.replace('"', '\\"'))
    import shlex

    return shlex.quote(text)


def line(words: Iterable[str]) -> str:
    """A command."""
    return " ".join(map(word, words))
