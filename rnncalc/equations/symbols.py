"""Symbols that remember how they were made: a cell run on them gives its formula.

A ``Term`` stands where a number or an array would stand in a cell's equations. It computes nothing;
``text`` writes what was done as people write it, ``latex`` and ``mathml`` for what draws it. A part
that has a name of its own is written by that name (``names``), so the caller decides how far a
formula unfolds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from rnncalc.data import NamedTuple, dataclass
from rnncalc.equations.activations import ACTIVATIONS, Activation
from rnncalc.equations.gates import NOTHING, Clip
from rnncalc.equations.stateless import Named
from rnncalc.numbers.digits import whole

Names = Mapping[int, str]
"""Which parts are written by a name: ``id(term)`` to the name."""

STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "@": 3}
"""How tightly an operation binds; names and functions bind tightest of all."""

MOST_KEPT = 1000
"""So many names are remembered as LaTeX: every step of a run has the same ones."""

GREEK = ("alpha", "gamma", "beta", "epsilon", "theta")
"""Names that are letters."""

LETTERS = {"alpha": "\u03b1", "gamma": "\u03b3", "beta": "\u03b2", "epsilon": "\u03b5",
           "theta": "\u03b8", "sigma": "\u03c3", "...": "\u2026"}  # fmt: skip
"""The letters themselves."""


@dataclass(frozen=True, eq=False)
class Term:
    """A symbol (``kind`` "name"), a function of its parts, or an operation on two.

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

    def __rmul__(self, other: Any) -> Term:
        return operation("*", other, self)

    def __truediv__(self, other: Any) -> Term:
        return operation("/", self, other)

    def __matmul__(self, other: Any) -> Term:
        return operation("@", self, other)

    def into(self, function: Activation | Clip | Named, *others: Any) -> Term:
        """This term as the first argument of a function; linear leaves no trace."""
        if function.name == "linear":
            return self
        return Term("function", str(function), (self, *map(_term, others)))

    @property
    def strength(self) -> int:
        return STRENGTH.get(self.kind, 4)


def symbol(name: str) -> Term:
    """A term that is written by its name."""
    return Term("name", name)


def operation(sign: str, left: Any, right: Any) -> Term:
    """Two terms, or a term and a number, joined."""
    return Term(sign, "", (_term(left), _term(right)))


def constant(value: float) -> Term:
    """A term that is a number, with every digit."""
    return symbol(whole(float(value)))


def _term(value: Any) -> Term:
    return value if isinstance(value, Term) else constant(value)


def names_of(parts: Mapping[str, Term]) -> dict[int, str]:
    """Each part by its name; by the first one where it has two."""
    return {id(part): name for name, part in reversed([*parts.items()])}


class Notation(NamedTuple):
    """How terms are written, in a language: all that it takes to print equations in another one.

    Attributes:
        sign: the sign of each operation between its two parts.
        name, function: what a name and a function are called.
        call: how a function is called: ``{0}`` of ``{1}``, its arguments.
        calls: how some are, by their names, in place of that: of the arguments ``{0}``, ``{1}`` ...
        brackets, comma: what stands around a part, and between two arguments.
    """

    sign: Mapping[str, str]
    name: Callable[[str], str]
    function: Callable[[str], str]
    call: str
    calls: Mapping[str, str]
    brackets: str = "({0})"
    comma: str = ", "


def text(term: Term, names: Names | None = None) -> str:
    """The term in plain text: ``tanh(W_x x_t + W_h h_{t-1} + bias)``."""
    return written(term, TEXT, names)


def product(term: Term, names: Names | None = None) -> str:
    """The term as arithmetic: ``tanh(W_x*x_t + W_h*h_{t-1} + bias)``."""
    return written(term, PRODUCT, names)


def latex(term: Term, names: Names | None = None) -> str:
    """The term as LaTeX mathematics."""
    return written(term, LATEX, names)


def mathml(term: Term, names: Names | None = None) -> str:
    """The term as MathML Core, which browsers draw; without the ``math`` around it."""
    return f"<mrow>{written(term, MATHML, names)}</mrow>"


@lru_cache(MOST_KEPT)
def latex_name(name: str) -> str:
    """A name of ours as LaTeX: words upright, what follows ``_`` and the gate below the line."""
    if re.fullmatch(r"-?\d.*", name):  # a constant
        return name
    if name == "...":
        return r"\ldots"
    head, *below = map(_upright, _pieces(name))
    return f"{head}_{{{','.join(below)}}}" if below else head


def _pieces(name: str) -> list[str]:
    """The head of a name, and what stands below the line: ``W``, ``x``, ``i`` of ``W_x.i``."""
    start, _, gate = name.partition(".")
    head, _, below = start.partition("_")
    return [head, *(part for part in (below.strip("{}"), gate) if part)]


@lru_cache(MOST_KEPT)
def latex_function(name: str) -> str:
    """A function's name as LaTeX, its parameters below the line."""
    word, *parameters = name.split(":")
    sign = (ACTIVATIONS[word].latex if word in ACTIVATIONS else "") or _upright(word)
    below = ", ".join(rf"\{one}" for one in parameters).replace("inf", r"\infty")  # \alpha=0.3
    return f"{sign}_{{{below}}}" if below else sign


def _upright(word: str) -> str:
    """A word of several letters as one, not as a product of letters."""
    if word in GREEK:
        return rf"\{word}"
    escaped = word.replace("_", r"\_")
    several = len(word) > 1 and word.replace("_", "").isalpha()
    return rf"\mathrm{{{escaped}}}" if several else escaped


def mathml_name(name: str) -> str:
    """A name of ours as MathML, what follows ``_`` and the gate below the line."""
    if re.fullmatch(r"-?\d.*", name):
        return f"<mn>{name}</mn>"
    pieces = (LETTERS.get(piece, piece.replace("-", "\u2212")) for piece in _pieces(name))
    head, *below = (f"<mi>{piece}</mi>" for piece in pieces)
    return f"<msub>{head}<mrow>{'<mo>,</mo>'.join(below)}</mrow></msub>" if below else head


def mathml_function(name: str) -> str:
    """A function's name as MathML, its parameters below the line."""
    word, *parameters = name.split(":")
    letter = ACTIVATIONS[word].latex.strip("\\") if word in ACTIVATIONS else ""
    sign = f"<mi>{LETTERS.get(letter, letter or word)}</mi>"
    below = ", ".join(LETTERS.get(word, word) + rest for word, rest in map(_split, parameters))
    return f"<msub>{sign}<mtext>{below}</mtext></msub>" if below else sign


def _split(parameter: str) -> tuple[str, str]:
    word, _, value = parameter.partition("=")
    return word, f" = {value}"


SUMS = {"+": " + ", "-": " - "}
TEXT = Notation({**SUMS, "*": " * ", "/": " / ", "@": " "}, str, str, "{0}({1})", {})
PRODUCT = TEXT._replace(sign={**SUMS, "*": "*", "/": "/", "@": "*"})
LATEX = Notation(
    {**SUMS, "*": r" \odot ", "/": " / ", "@": r"\, "},
    latex_name,
    latex_function,
    r"{0}\left({1}\right)",
    {"sqrt": r"\sqrt{{{0}}}", "transpose": r"{{\left({0}\right)}}^{{\top}}"},
)
MATHML = Notation(
    {"+": "<mo>+</mo>", "-": "<mo>\u2212</mo>", "*": "<mo>\u2299</mo>", "/": "<mo>/</mo>",
     "@": "<mspace width='.17em'/>"},
    mathml_name,
    mathml_function,
    "{0}<mo>(</mo>{1}<mo>)</mo>",
    {"sqrt": "<msqrt>{0}</msqrt>",
     "transpose": "<msup><mrow><mo>(</mo>{0}<mo>)</mo></mrow><mo>\u22a4</mo></msup>"},
    "<mrow><mo>(</mo>{0}<mo>)</mo></mrow>",
    "<mo>,</mo>",
)  # fmt: skip


def written(term: Term, style: Notation, names: Names | None = None) -> str:
    """The term in a notation, brackets where the order of operations needs them."""
    if id(term) in (names or {}):
        return style.name((names or {})[id(term)])
    if term.kind in ("name", "numbers"):
        return style.name(term.label)
    inner = [written(part, style, names) for part in term.parts]
    if term.kind == "function":
        if term.label in style.calls:
            return style.calls[term.label].format(*inner)
        return style.call.format(style.function(term.label), style.comma.join(inner))
    for i, part in enumerate(term.parts):
        weaker = part.strength < term.strength or (i == 1 and term.kind in "-/")
        if weaker and id(part) not in (names or {}) and part.strength < 4:
            inner[i] = style.brackets.format(inner[i])
    return style.sign[term.kind].join(inner)
