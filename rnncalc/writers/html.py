"""HTML for notebooks: tables and code in the notebook's own colours; names are text, whatever they
have in them.

No style of ours reaches beyond a cell, and none has a colour: light and dark pages stay readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

LEFT = ' style="text-align:left"'


def page(parts: Iterable[str]) -> str:
    """Parts below each other; what looks like mathematics of TeX (``$x$``) is left as it is."""
    return f'<div class="tex2jax_ignore mathjax_ignore">{"".join(parts)}</div>'


def text(words: str) -> str:
    """Words as they are."""
    return escape(words)


def code(words: str) -> str:
    """Words that stand as code; nothing for none."""
    return f"<code>{escape(words)}</code>" if words else ""


def paragraph(html: str) -> str:
    """A paragraph of its own."""
    return f"<p>{html}</p>"


def items(html: Iterable[str]) -> str:
    """A list; nothing where there is nothing in it."""
    rows = "".join(f"<li>{one}</li>" for one in html)
    return f"<ul>{rows}</ul>" if rows else ""


def lines(rows: Iterable[str]) -> str:
    """Lines as they stand, each letter below the other."""
    return f"<pre{LEFT}>{escape(chr(10).join(rows))}</pre>"


def table(
    head: Sequence[str], rows: Iterable[Iterable[str]], caption: str = "", cell: str = LEFT
) -> str:
    """A table of cells that are HTML already, below plain heads and a caption."""
    title = paragraph(escape(caption)) if caption else ""
    top = "".join(f"<th{cell}>{escape(one)}</th>" for one in head)
    body = "".join(f"<tr>{''.join(f'<td{cell}>{one}</td>' for one in row)}</tr>" for row in rows)
    return f"{title}<table><tr>{top}</tr>{body}</table>"
