"""Equations as JavaScript: printed from the terms that print text, LaTeX and MathML.

A cell run on symbols (``equations/symbols.py``) gives terms, an activation run on recorded numbers
(``equations/recorded.py``) too. Here a term becomes statements about arrays of numbers: what needs
all numbers at once (a matrix times a vector, a sum, a softmax) is a statement of its own, the rest
is arithmetic number by number. What the functions of NumPy are called there is ``WORDS``; those
that JavaScript lacks are in ``numbers.js``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from rnncalc.equations.activations import ACTIVATIONS, activation
from rnncalc.equations.recorded import REDUCTIONS, Recorded, formula
from rnncalc.equations.stateless import LEAKY, OVER_ALL, SQRT
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

WHOLE = ("cumsum", "sort", "slice")
"""Functions that need all numbers, and give as many or some of them."""

RESERVED = {"var": "var_"}
"""Names that mean something else there."""

NUMBER = re.compile(r"-?(\d.*|inf|nan)")
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
            self.sources[self.names[key]] = _function(label, size, several)
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
    taken = ", ".join(f"{json.dumps(name)}: {_word(name)}" for name in weights)
    head = [f"const {{{taken}}} = w;"] if weights else []
    last = ", ".join(f"{json.dumps(name)}: {value}" for name, value in named.items())
    body = "\n  ".join([*head, *lines.lines, f"return {{{last}}};"])
    return f"(w, {', '.join(map(_word, given))}) => {{\n  {body}\n}}"


class Statements:
    """The statements that compute terms, one after another.

    Args:
        functions: where what is called is printed.
        size: how many numbers functions of all units take.
    """

    def __init__(self, functions: Functions, size: int) -> None:
        self.functions, self.size = functions, size
        self.lines: list[str] = []
        self.symbols: dict[str, None] = {}
        self.known: dict[int, str] = {}
        self.terms: list[Term] = []  # they are known by their ids, and must outlive them

    def quantity(self, name: str, term: Term) -> str:
        """A term as an array (or a number) with a name of its own."""
        if id(term) in self.known or term.kind == "name":
            return self.whole(term)
        return self._hoisted(term, self._array(term), _word(name))

    def whole(self, term: Term) -> str:
        """A term as an array (or a number) that has a name."""
        if id(term) in self.known:
            return self.known[id(term)]
        if term.kind == "name":
            return self._symbol(term.label)
        return self._hoisted(term, self._array(term), f"v{len(self.known)}")

    def element(self, term: Term) -> str:
        """Number ``j`` of a term."""
        if id(term) not in self.known and not self._alone(term):
            return self._expression(term)
        text = self.whole(term)
        return f"{text}[j]" if self._several(term) else text

    def _symbol(self, name: str) -> str:
        if NUMBER.fullmatch(name):
            text = UNUSUAL.get(name, name.removesuffix(".0"))
            return f"({text})" if text.startswith("-") else text
        self.symbols[name] = None
        return _word(name)

    def _hoisted(self, term: Term, text: str, name: str) -> str:
        self.lines.append(f"const {name} = {text};")
        self.known[id(term)] = name
        self.terms.append(term)
        return name

    def _alone(self, term: Term) -> bool:
        """Whether a term is a statement of its own."""
        if term.kind == "function":
            return term.label in (*REDUCTIONS, *WHOLE, *OVER_ALL) or _together(term.label)
        return term.kind in ("name", "numbers", "@")

    def _array(self, term: Term) -> str:
        """What a statement computes."""
        if not self._alone(term):
            if not self._several(term):
                return self._expression(term)
            text = self._expression(term)
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

    def _expression(self, term: Term) -> str:
        parts = [self.element(part) for part in term.parts]
        if term.kind != "function":
            return f"({parts[0]} {term.kind} {parts[1]})"
        if term.label in WORDS and (isinstance(term, Recorded) or term.label == "clip"):
            return WORDS[term.label].format(*parts)
        name = self.functions.name(term.label, 0, several=len(parts) > 1)
        return f"{name}({', '.join(parts)})"

    def _several(self, term: Term) -> bool:
        """Whether a term is a number a unit, not one for all."""
        if isinstance(term, Recorded):
            return term.size > 0
        if term.kind == "name":
            return term.label not in SCALARS and not NUMBER.fullmatch(term.label)
        if term.label in OVER_ALL and term.kind == "function":
            return False
        return term.kind == "@" or any(map(self._several, term.parts))

    def _model(self, term: Term) -> str:
        """An array that is as long as a term is."""
        if id(term) in self.known or self._alone(term):
            return self.whole(term)
        return self._model(next(part for part in term.parts if self._several(part)))


def _function(label: str, size: int, several: bool) -> str:
    """A function as JavaScript: of one number, or of all together; of two where it has two."""
    names = ("a", "alpha") if several else ("a",)
    known = {LEAKY.name: LEAKY} if several else {SQRT.name: SQRT, **OVER_ALL}
    if label in known:
        return function_of(formula(known[label].function, size, {}, names), names)
    one = activation(label)
    return function_of(formula(one.definition.function, size, one.parameters), names)


def function_of(term: Term, given: Sequence[str]) -> str:
    """A formula as a JavaScript function of what it is about."""
    lines = Statements(Functions(), 0)
    result = lines.whole(term)
    taken = ", ".join(given)
    if not lines.lines[:-1] and id(term) in lines.known:
        return f"({taken}) => {lines.lines[0].split(' = ', 1)[1].rstrip(';')}"
    body = "\n  ".join([*lines.lines, f"return {result};"])
    return f"({taken}) => {{\n  {body}\n}}"


def _together(label: str) -> bool:
    word = label.split(":")[0]
    return word in ACTIVATIONS and ACTIVATIONS[word].together


def _word(name: str) -> str:
    """A name of ours as JavaScript's: ``W_x_i``, ``h_before``."""
    return re.sub(r"\{t[-+]1\}", "before", name).replace(".", "_")
