"""Equations as the statements of a programming language, one after another.

A cell run on symbols (``symbols.py``) gives terms, an activation run on recorded numbers
(``recorded.py``) too. Here a term becomes statements about arrays of numbers: what needs all
numbers at once (a matrix times a vector, a sum, a softmax) is a statement of its own, the rest is
arithmetic number by number. How a language writes them is for whoever speaks it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, Protocol

from rnncalc.equations.activations import ACTIVATIONS, activation
from rnncalc.equations.recorded import REDUCTIONS, Recorded, formula
from rnncalc.equations.stateless import LEAKY, OVER_ALL, SQRT
from rnncalc.equations.symbols import Term

WHOLE = ("cumsum", "sort", "slice")
"""Functions that need all numbers, and give as many or some of them."""

NUMBER = re.compile(r"-?(\d.*|inf|nan)")
"""Names that are numbers."""


class Called(Protocol):
    """The functions that equations call."""

    def name(self, label: str, size: int, *, several: bool) -> str:
        """What a function is called; it is printed when it is asked for first.

        Args:
            size: of how many numbers it is taken, where it takes them together; else 0.
            several: whether it has a second argument (PReLU's slopes).
        """


class Statements:
    """The statements that compute terms; each language has its own ``computed`` and ``assign``.

    Args:
        functions: where what is called is printed.
    """

    WORDS: ClassVar[Mapping[str, str]] = {}
    """NumPy's functions of single numbers in the language."""

    def __init__(self, functions: Called) -> None:
        self.functions = functions
        self.lines: list[str] = []
        self.symbols: dict[str, None] = {}
        self.known: dict[int, str] = {}
        self.terms: list[Term] = []  # they are known by their ids, and must outlive them

    def quantity(self, name: str, term: Term) -> str:
        """A term as an array (or a number) with a name of its own."""
        if id(term) in self.known or term.kind == "name":
            return self.whole(term)
        return self._hoisted(term, self.word(name))

    def whole(self, term: Term) -> str:
        """A term as an array (or a number) that has a name."""
        if id(term) in self.known:
            return self.known[id(term)]
        if term.kind == "name":
            return self._symbol(term.label)
        return self._hoisted(term)

    def element(self, term: Term) -> str:
        """One number of a term."""
        if id(term) not in self.known and not self.alone(term):
            return self.expression(term)
        text = self.whole(term)
        return f"{text}[{self.index(term)}]" if self.several(term) else text

    def expression(self, term: Term) -> str:
        """Arithmetic of single numbers."""
        parts = [self.element(part) for part in term.parts]
        if term.kind != "function":
            return f"({parts[0]} {term.kind} {parts[1]})"
        if term.label in self.WORDS and (isinstance(term, Recorded) or term.label == "clip"):
            return self.called(self.WORDS[term.label], parts)
        name = self.functions.name(term.label, 0, several=len(parts) > 1)
        return f"{name}({', '.join(parts)})"

    def alone(self, term: Term) -> bool:
        """Whether a term is a statement of its own."""
        if term.kind == "function":
            return term.label in (*REDUCTIONS, *WHOLE, *OVER_ALL) or together(term.label)
        return term.kind in ("name", "numbers", "@")

    def _symbol(self, name: str) -> str:
        if NUMBER.fullmatch(name):
            text = self.number(name)
            return f"({text})" if text.startswith("-") else text
        self.symbols[name] = None
        return self.word(name)

    def _hoisted(self, term: Term, name: str = "") -> str:
        text = self.computed(term)
        name = name or f"v{len(self.known)}"
        self.assign(name, term, text)
        self.known[id(term)] = name
        self.terms.append(term)
        return name

    def several(self, term: Term) -> bool:
        """Whether a term is a number a unit, not one for all."""
        raise NotImplementedError

    def computed(self, term: Term) -> str:
        """What a statement computes."""
        raise NotImplementedError

    def assign(self, name: str, term: Term, text: str) -> None:
        """The statement that gives a name to what is computed."""
        raise NotImplementedError

    def index(self, term: Term) -> str:
        """Which number of a term ``element`` is."""
        return "j"

    def called(self, word: str, parts: list[str]) -> str:
        """A function of ``WORDS`` with its arguments."""
        return word.format(*parts)

    def number(self, label: str) -> str:
        """A number of a formula."""
        raise NotImplementedError

    def word(self, name: str) -> str:
        """A name of ours: ``W_x_i``, ``h_before``."""
        return re.sub(r"\{t[-+]1\}", "before", name).replace(".", "_")


def definition(label: str, size: int, several: bool) -> tuple[Recorded, tuple[str, ...]]:
    """A function that equations call, as a formula of its arguments, whose names follow.

    Args:
        label, size, several: as ``Called.name`` takes them.
    """
    names = ("a", "alpha") if several else ("a",)
    known = {LEAKY.name: LEAKY} if several else {SQRT.name: SQRT, **OVER_ALL}
    if label in known:
        return formula(known[label].function, size, {}, names), names
    one = activation(label)
    return formula(one.definition.function, size, one.parameters), names


def together(label: str) -> bool:
    """Whether a function takes all numbers at once."""
    word = label.split(":")[0]
    return word in ACTIVATIONS and ACTIVATIONS[word].together
