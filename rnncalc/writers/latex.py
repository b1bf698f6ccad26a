"""What every LaTeX text is made of: numbers, names, arrays, lines that a page has room for.

Widths are estimated, for a page of the class article in ten points; a broken line costs little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rnncalc.array import Array
from rnncalc.equations.symbols import latex_function, latex_name
from rnncalc.numbers.digits import Digits, number

NEEDED = r"% \usepackage{amsmath,longtable} and \allowdisplaybreaks"
"""What a document says that takes such a text."""

ROOM = 48
"""Characters of mathematics that a line has room for, of 345 points."""

TABLE = 60
"""Characters that the cells of a row have room for; each column takes ``GAP`` besides."""

GAP = 2.5

LARGEST = 6
"""So many rows and columns of a matrix are written; of a larger one its shape."""

BLANK = "______"
"""What is left out: a line to write on."""

SPECIAL = re.compile(r"[\\{}$&#^_~%]")
WORD = re.compile(r"[a-z_]+(?=\()")
POWER = re.compile(r"(\d)e([-+]?\d+)")
BREAK = re.compile(r"(?= [-+] )|(?<=, )|(?=\*\()")


def upright(text: str) -> str:
    """Text in mathematics."""
    signs = {"\\": r"\backslash", "^": r"\hat{}", "~": r"\sim"}
    return SPECIAL.sub(lambda match: signs.get(match[0], rf"\{match[0]}"), text)


def plain(text: str) -> str:
    """Text outside of mathematics, whatever stands in it."""
    signs = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    text = SPECIAL.sub(lambda match: signs.get(match[0], rf"\{match[0]}"), text)
    return text.replace("<", r"\textless{}").replace(">", r"\textgreater{}").replace('"', "''")


def figure(text: str) -> str:
    """A number in mathematics, or a line to write on."""
    if text == BLANK:
        return r"\rule{3em}{0.4pt}"
    if not re.search(r"\d", text):
        return "-" * text.startswith("-") + (r"\infty" if "inf" in text else r"\mathrm{nan}")
    if "x" in text:
        return rf"\texttt{{{text}}}"
    mantissa, _, power = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else text


def array(name: str, values: Array, digits: Digits) -> str:
    """An array with its numbers; of one that is too wide or too long its shape."""
    head = latex_name(name)
    if values.size == 1:
        return f"${head} = {figure(number(values.flat[0], digits))}$"
    if not values.any():
        return f"${head} = 0$"
    rows = [[number(value, digits) for value in row] for row in values.reshape(len(values), -1)]
    widest = max(sum(map(len, row)) + 2 * len(row) for row in rows)
    if len(rows) > LARGEST or len(rows[0]) > LARGEST or widest > ROOM - len(name):
        return f"${head}$ {values.shape}".replace(",)", ")")
    inside = r" \\ ".join(" & ".join(map(figure, row)) for row in rows)
    return rf"${head} = \begin{{pmatrix}} {inside} \end{{pmatrix}}$"


def arithmetic(numbers: str) -> list[str]:
    """Arithmetic as mathematics, in as many lines as it takes."""
    return [_mathematics(line) for line in _broken(numbers)]


def _broken(numbers: str) -> Iterator[str]:
    """Text in lines of ``ROOM``, each of which begins with a sign."""
    line = ""
    for part in BREAK.split(numbers):
        if line and len(line) + len(part) > ROOM:
            yield line.strip()
            line = ""
        line += part
    yield line.strip()


def _mathematics(numbers: str) -> str:
    """A dot for products, functions upright, powers of ten."""
    text = WORD.sub(lambda match: latex_function(match[0]) + " ", numbers)
    text = POWER.sub(lambda match: rf"{match[1]} \cdot 10^{{{int(match[2])}}}", text)
    text = re.sub(r"\b(alpha|beta|theta)=", r"\\\1 = ", text)
    return text.replace("*", r" \cdot ").replace("last output", r"\text{last output}")


def fitting(widths: Iterable[int], keys: int) -> Iterator[list[int]]:
    """Columns in tables that a page has room for; those that tell rows apart stand in each."""
    widths = list(widths)
    start = sum(widths[:keys]) + GAP * keys
    found, used = [*range(keys)], start
    for column in range(keys, len(widths)):
        if len(found) > keys and used + widths[column] + GAP > TABLE:
            yield found
            found, used = [*range(keys)], start
        found.append(column)
        used += widths[column] + GAP
    yield found
