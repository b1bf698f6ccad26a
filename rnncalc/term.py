"""Symbols that remember how they were made: a cell run on them gives its formula.

A ``Term`` stands where a number or an array would stand in a cell's equations. It computes nothing;
``text`` writes what was done as people write it, ``latex`` as LaTeX does. A part that has a name
of its own is written by that name (``names``), so the caller decides how far a formula unfolds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rnncalc.cells.gates import NOTHING

if TYPE_CHECKING:
    from rnncalc.activations import Activation, Clip

Names = Mapping[int, str]
"""Which parts are written by a name: ``id(term)`` to the name."""

STRENGTH = {"+": 1, "-": 1, "*": 2, "@": 3}
"""How tightly an operation binds; names and functions bind tightest of all."""

SIGN = {"+": " + ", "-": " - ", "*": " * ", "@": " "}
LATEX_SIGN = {"+": " + ", "-": " - ", "*": r" \odot ", "@": r"\, "}


@dataclass(frozen=True, eq=False)
class Term:
    """A symbol (``kind`` "name"), a function of one part, or an operation on two.

    ``Term("name", "W_x") @ Term("name", "x_t")`` is written ``W_x x_t``.
    """

    kind: str
    label: str = ""
    parts: tuple[Term, ...] = ()

    def __add__(self, other: Any) -> Term:
        return NotImplemented if other is NOTHING else operation("+", self, other)

    def __radd__(self, other: Any) -> Term:
        return operation("+", other, self)

    def __sub__(self, other: Any) -> Term:
        return operation("-", self, other)

    def __rsub__(self, other: Any) -> Term:
        return operation("-", other, self)

    def __mul__(self, other: Any) -> Term:
        return NotImplemented if other is NOTHING else operation("*", self, other)

    def __matmul__(self, other: Any) -> Term:
        return operation("@", self, other)

    def into(self, function: Activation | Clip) -> Term:
        """This term as the argument of an activation; linear leaves no trace."""
        return self if function.name == "linear" else Term("function", str(function), (self,))

    @property
    def strength(self) -> int:
        return STRENGTH.get(self.kind, 4)


def symbol(name: str) -> Term:
    """A term that is written by its name."""
    return Term("name", name)


def operation(sign: str, left: Any, right: Any) -> Term:
    """Two terms, or a term and a number, joined."""
    return Term(sign, "", (_term(left), _term(right)))


def _term(value: Any) -> Term:
    return value if isinstance(value, Term) else symbol(f"{value:g}")


def text(term: Term, names: Names | None = None) -> str:
    """The term in plain text: ``tanh(W_x x_t + W_h h_{t-1} + bias)``."""
    return _written(term, names or {}, SIGN, str, "{0}({1})")


def latex(term: Term, names: Names | None = None) -> str:
    """The term as LaTeX mathematics."""
    return _written(term, names or {}, LATEX_SIGN, latex_name, r"{0}\left({1}\right)")


def latex_name(name: str) -> str:
    """A name of ours as LaTeX: words upright, what follows ``_`` below the line."""
    head, _, below = name.partition("_")
    head = head if len(head) == 1 or not head.isalpha() else rf"\mathrm{{{head}}}"
    return f"{head}_{{{below.strip('{}')}}}" if below else head


def _written(term: Term, names: Names, sign: Mapping[str, str], name: Any, call: str) -> str:
    if id(term) in names:
        return str(name(names[id(term)]))
    if term.kind == "name":
        return str(name(term.label))
    inner = [_written(part, names, sign, name, call) for part in term.parts]
    if term.kind == "function":
        return call.format(name(term.label), inner[0])
    for i, part in enumerate(term.parts):
        weaker = part.strength < term.strength or (i == 1 and term.kind == "-")
        if weaker and id(part) not in names and part.strength < 4:
            inner[i] = f"({inner[i]})"
    return sign[term.kind].join(inner)
