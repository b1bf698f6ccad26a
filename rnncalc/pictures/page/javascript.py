"""Equations as JavaScript: printed from the terms that print text, LaTeX and MathML.

What becomes a statement is told by ``equations/statements.py``. What the functions of NumPy are
called here is ``WORDS``; those that JavaScript lacks are in ``numbers.js``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from rnncalc.equations import statements
from rnncalc.equations.recorded import Recorded
from rnncalc.equations.stateless import OVER_ALL
from rnncalc.equations.statements import NUMBER, definition
from rnncalc.equations.symbols import Term

WORDS = {
    "negative": "(-{0})", "absolute": "Math.abs({0})", "exp": "Math.exp({0})",
    "expm1": "Math.expm1({0})", "log": "Math.log({0})", "tanh": "Math.tanh({0})",
    "sqrt": "Math.sqrt({0})", "sign": "Math.sign({0})", "power": "Math.pow({0}, {1})",
    "maximum": "Math.max({0}, {1})", "minimum": "Math.min({0}, {1})",
    "clip": "Math.min(Math.max({0}, {1}), {2})", "where": "({0} ? {1} : {2})",
    "greater": "({0} > {1})", "less": "({0} < {1})", "equal": "({0} === {1})",
    "bitwise_or": "({0} || {1})", "isnan": "Number.isNaN({0})",
    "logaddexp": "logaddexp({0}, {1})", "heaviside": "heaviside({0}, {1})", "erfc": "erfc({0})",
}  # fmt: skip
"""NumPy's functions of single numbers."""

RESERVED = {"var": "var_"}
"""Names that mean something else there."""

UNUSUAL = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
SCALARS = ("epsilon",)
"""Operands that are one number for all units."""


class Functions:
    """The functions that equations call, each by a name of its own, as JavaScript."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}
        self.names: dict[tuple[str, int], str] = {}

    def name(self, label: str, size: int, *, several: bool) -> str:
        """What a function is called; it is printed when it is asked for first.

        Args:
            size: of how many numbers it is taken, where it takes them together; else 0.
            several: whether it has a second argument (PReLU's slopes).
        """
        key = (label, size)
        if key not in self.names:
            self.names[key] = f"f{len(self.names)}"
            self.sources[self.names[key]] = function_of(*definition(label, size, several))
        return self.names[key]

    @property
    def table(self) -> list[tuple[str, int, str]]:
        """Label, size and name of each, for whoever looks one up by its label."""
        return [(label, size, name) for (label, size), name in self.names.items()]


def step(outcome: Mapping[str, Term], given: Sequence[str], size: int, functions: Functions) -> str:
    """A function of weights and of vectors that computes named quantities.

    Args:
        outcome: each quantity by its name.
        given: the names of the vectors, in the order of the arguments.
        size: how many numbers functions of all units take.
    """
    lines = Statements(functions, size)
    named = {name: lines.quantity(name, term) for name, term in outcome.items()}
    weights = [name for name in lines.symbols if name not in given]
    taken = ", ".join(f"{json.dumps(name)}: {lines.word(name)}" for name in weights)
    head = [f"const {{{taken}}} = w;"] if weights else []
    last = ", ".join(f"{json.dumps(name)}: {value}" for name, value in named.items())
    body = "\n  ".join([*head, *lines.lines, f"return {{{last}}};"])
    return f"(w, {', '.join(map(lines.word, given))}) => {{\n  {body}\n}}"


class Statements(statements.Statements):
    """The statements that compute terms, one after another.

    Args:
        functions: where what is called is printed.
        size: how many numbers functions of all units take.
    """

    WORDS = WORDS

    def __init__(self, functions: Functions, size: int) -> None:
        super().__init__(functions)
        self.size = size

    def assign(self, name: str, term: Term, text: str) -> None:
        """A constant."""
        self.lines.append(f"const {name} = {text};")

    def number(self, label: str) -> str:
        """A number as JavaScript has it."""
        return UNUSUAL.get(label, label.removesuffix(".0"))

    def computed(self, term: Term) -> str:
        """What a statement computes."""
        if not self.alone(term):
            if not self.several(term):
                return self.expression(term)
            text = self.expression(term)
            return f"each({self._model(term)}, j => {text})"
        if term.kind == "numbers":
            return f"[{term.label}]"
        parts = [self.whole(part) for part in term.parts]
        if term.kind == "@":
            return f"product({', '.join(parts)})"
        name = RESERVED.get(term.label, term.label)
        if not isinstance(term, Recorded):
            name = self.functions.name(term.label, self.size, several=False)
        return f"{name}({', '.join(parts)})"

    def several(self, term: Term) -> bool:
        """Whether a term is a number a unit, not one for all."""
        if isinstance(term, Recorded):
            return term.size > 0
        if term.kind == "name":
            return term.label not in SCALARS and not NUMBER.fullmatch(term.label)
        if term.label in OVER_ALL and term.kind == "function":
            return False
        return term.kind == "@" or any(map(self.several, term.parts))

    def _model(self, term: Term) -> str:
        """An array that is as long as a term is."""
        if id(term) in self.known or self.alone(term):
            return self.whole(term)
        return self._model(next(part for part in term.parts if self.several(part)))


def function_of(term: Term, given: Sequence[str]) -> str:
    """A formula as a JavaScript function of what it is about."""
    lines = Statements(Functions(), 0)
    result = lines.whole(term)
    taken = ", ".join(given)
    if not lines.lines[:-1] and id(term) in lines.known:
        return f"({taken}) => {lines.lines[0].split(' = ', 1)[1].rstrip(';')}"
    body = "\n  ".join([*lines.lines, f"return {result};"])
    return f"({taken}) => {{\n  {body}\n}}"
