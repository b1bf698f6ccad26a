"""Names in Markdown: one from a file that is not plain stands as code: no link, no HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

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
    odd = {f"'{printable(name)}'" for name in model.vocab or () if not PLAIN.fullmatch(name)}
    return odd | names | {printable(name) for name in names}  # as sentences cut them


def code(text: str) -> str:
    """Text as code, whatever stands in it."""
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{ticks} {text} {ticks}" if "`" in text else f"{ticks}{text}{ticks}"


def block(lines: Iterable[str]) -> str:
    """Lines as a block of code."""
    return "\n".join(f"    {line}" for line in lines)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], narrowest: int = 4) -> list[str]:
    """The lines of a table, its numbers to the right; heads are safe already."""
    texts = list(rows)
    widths = [max(narrowest, *map(len, column)) for column in zip(head, *texts, strict=True)]
    rule = [f"{'-' * (width - 1)}:" for width in widths]
    return [_row(cells, widths) for cells in (head, rule, *texts)]


def _row(cells: Sequence[str], widths: list[int]) -> str:
    texts = [cell.replace("|", r"\|") for cell in cells]
    return f"| {' | '.join(map(str.rjust, texts, widths))} |"
