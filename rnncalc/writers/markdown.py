"""Names in Markdown: one from a file that is not plain stands as code: no link, no HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rnncalc.errors import printable
from rnncalc.model.model import Model

PLAIN = re.compile(r"(?!www\.)(?!_)\w+([. -]\w+)*(?<!_)", re.IGNORECASE)
"""What no flavour of Markdown reads anything into, wherever it stands in a line."""


def safe(model: Model, lines: Iterable[str]) -> Iterator[str]:
    """The lines, of which those outside of code have the model's odd names as code."""
    odd = sorted((name for name in _names(model) if not PLAIN.fullmatch(name)), key=len)
    names = re.compile("|".join(map(re.escape, odd[::-1])) or "(?!)")  # longer ones first
    fenced = False
    for line in lines:
        fenced ^= line.startswith("```")
        inside = fenced or line.startswith("    ")
        yield line if inside else names.sub(lambda match: code(match[0]), line)


def _names(model: Model) -> set[str]:
    names = {layer.name for layer in model.layers}
    names |= {one.name for layer in model.layers for one in layer.chain}
    names |= {one.name for one in model.outputs}
    return names | {printable(name) for name in names}  # as sentences cut them


def code(text: str) -> str:
    """Text as code, whatever stands in it."""
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{ticks} {text} {ticks}" if "`" in text else f"{ticks}{text}{ticks}"
