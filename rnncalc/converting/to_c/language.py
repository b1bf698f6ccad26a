"""Equations as C99: what becomes a statement is told by ``equations/statements.py``.

What the functions of NumPy are called there is ``WORDS``; what C lacks are ``HELPERS``, of which a
file gets those that it calls. In all of them ``$real`` is the type, ``$s`` what its functions and
numbers end with, ``$p`` what every name of the file begins with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from textwrap import indent

import numpy as np

from rnncalc.equations import statements
from rnncalc.equations.activations import activation
from rnncalc.equations.recorded import REDUCTIONS, Recorded
from rnncalc.equations.stateless import OVER_ALL
from rnncalc.equations.statements import NUMBER, definition, together
from rnncalc.equations.symbols import Term
from rnncalc.model.checks import Names

WORDS = {
    "negative": "(-{0})", "absolute": "fabs$s({0})", "exp": "exp$s({0})", "expm1": "expm1$s({0})",
    "log": "log$s({0})", "tanh": "tanh$s({0})", "sqrt": "sqrt$s({0})", "sign": "$p_sign({0})",
    "power": "pow$s({0}, {1})", "maximum": "$p_larger({0}, {1})",
    "minimum": "$p_smaller({0}, {1})", "clip": "$p_smaller($p_larger({0}, {1}), {2})",
    "where": "({0} ? {1} : {2})", "greater": "({0} > {1})", "less": "({0} < {1})",
    "equal": "({0} == {1})", "bitwise_or": "({0} || {1})", "isnan": "({0} != {0})",
    "logaddexp": "$p_logaddexp({0}, {1})", "heaviside": "$p_heaviside({0}, {1})",
    "erfc": "erfc$s({0})",
}  # fmt: skip
"""NumPy's functions of single numbers."""

ONE, OUT = "static inline $real $p_", "static inline void $p_"
HELPERS = {
    "larger": ONE + "larger($real a, $real b) {\n    return a > b || a != a ? a : b;\n}",
    "smaller": ONE + "smaller($real a, $real b) {\n    return a < b || a != a ? a : b;\n}",
    "sign": ONE + "sign($real a) {\n    return a != a ? a : ($real)((a > 0) - (a < 0));\n}",
    "heaviside": ONE + "heaviside($real a, $real at) {\n"
    "    return a != a ? a : a < 0 ? 0 : a > 0 ? 1 : at;\n}",
    "logaddexp": ONE + "logaddexp($real a, $real b) {\n"
    "    if (a == b) return a + log$s(2);\n"
    "    return $p_larger(a, b) + log1p$s(exp$s(-fabs$s(a - b)));\n}",
    "max": ONE + "max(int n, const $real *a) {\n    $real most = a[0];\n"
    "    for (int j = 1; j < n; j++) most = $p_larger(most, a[j]);\n    return most;\n}",
    "sum": ONE + "sum(int n, const $real *a) {\n    $real total = 0;\n"
    "    for (int j = 0; j < n; j++) total += a[j];\n    return total;\n}",
    "mean": ONE + "mean(int n, const $real *a) {\n    return $p_sum(n, a) / ($real)n;\n}",
    "var": ONE + "var(int n, const $real *a) {\n"
    "    const $real middle = $p_mean(n, a);\n    $real total = 0;\n"
    "    for (int j = 0; j < n; j++) total += (a[j] - middle) * (a[j] - middle);\n"
    "    return total / ($real)n;\n}",
    "any": ONE + "any(int n, const $real *a) {\n"
    "    for (int j = 0; j < n; j++) if (a[j] != 0) return 1;\n    return 0;\n}",
    "argmax": ONE + "argmax(int n, const $real *a) {\n    int best = 0;\n"
    "    for (int j = 1; j < n; j++) if (a[j] > a[best]) best = j;\n    return ($real)best;\n}",
    "cumsum": OUT + "cumsum(int n, const $real *a, $real *out) {\n    $real total = 0;\n"
    "    for (int j = 0; j < n; j++) out[j] = total += a[j];\n}",
    "sort": OUT + "sort(int n, const $real *a, $real *out) {\n"
    "    for (int j = 0; j < n; j++) {\n        int k = j;\n"
    "        for (; k > 0 && out[k - 1] > a[j]; k--) out[k] = out[k - 1];\n"
    "        out[k] = a[j];\n    }\n}",
    "average": OUT + "average(int n, int width, int apart, const $real *a, $real *out) {\n"
    "    for (int j = 0; j < width; j++) {\n        $real total = 0;\n"
    "        for (int t = 0; t < n; t++) total += a[t * apart + j];\n"
    "        out[j] = total / ($real)n;\n    }\n}",
    "largest": OUT + "largest(int n, int width, int apart, const $real *a, $real *out) {\n"
    "    for (int j = 0; j < width; j++) {\n        out[j] = n > 0 ? a[j] : -INFINITY;\n"
    "        for (int t = 1; t < n; t++) out[j] = $p_larger(out[j], a[t * apart + j]);\n    }\n}",
    "row": OUT + "row(int rows, int columns, const $real *w, int id, $real *out) {\n"
    "    for (int k = 0; k < columns; k++)\n"
    "        out[k] = 0 <= id && id < rows ? w[id * columns + k] : NAN;\n}",
    "product": OUT + "product(\n    int rows, int columns, const $real *w, const $real *x, "
    "$real *out) {\n    for (int j = 0; j < rows; j++) {\n        $real total = 0;\n"
    "        for (int k = 0; k < columns; k++) total += w[j * columns + k] * x[k];\n"
    "        out[j] = total;\n    }\n}",
    "copy": OUT + "copy(int n, const $real *a, $real *out) {\n"
    "    for (int j = 0; j < n; j++) out[j] = a[j];\n}",
}  # fmt: skip
"""What C lacks, as functions; one may call those above it."""

TAKEN = ("state", "start", "step", "run")
"""Ends of names that a file may have."""

LONGEST = 48
"""So many characters has a name behind its beginning: C99 tells names apart by 63."""

Sizes = Mapping[str, tuple[int, ...]]
"""The shape of each array that equations name."""


class Language:
    """C for numbers of one type, and the functions that are called, printed once each.

    Args:
        prefix: what every name of the file begins with.
        dtype: ``float32`` or ``float64``.

    Attributes:
        locals: the names inside of functions, which those of the file must not be.
        held: how many numbers the arrays of one function have at most.
    """

    def __init__(self, prefix: str, dtype: str) -> None:
        self.prefix, self.dtype = prefix, np.dtype(dtype)
        self.real, self.suffix = ("float", "f") if dtype == "float32" else ("double", "")
        self.identifiers = Names([*HELPERS, *TAKEN], LONGEST)
        self.locals = Names(["t", "timesteps", "work", "state"])
        self.helpers: dict[str, None] = {}
        self.sources: list[str] = []
        self.names: dict[tuple[str, int], str] = {}
        self.held = 0

    def identifier(self, name: str) -> str:
        """A name that nothing else in the file has, made of any name."""
        one = ""
        while not one or one in self.locals.taken:
            one = f"{self.prefix}_{self.identifiers.unique(safe(name))}"
        self.locals.taken.add(one)
        return one

    def spoken(self, text: str) -> str:
        """The text with type, endings and beginnings of names in it; what it calls is noted."""
        for name in re.findall(r"\$p_(\w+)", text):
            if name in HELPERS and name not in self.helpers:
                self.helpers[name] = None
                self.spoken(HELPERS[name])
        spoken = text.replace("$real", self.real).replace("$s", self.suffix)
        return spoken.replace("$p", self.prefix)

    def number(self, value: float) -> str:
        """A number with every digit that its type has."""
        kept = self.dtype.type(value)
        if not np.isfinite(kept):
            return "NAN" if np.isnan(kept) else "INFINITY" if kept > 0 else "-INFINITY"
        text = str(kept)
        return text + ("" if re.search(r"[.e]", text) else ".0") + self.suffix

    def name(self, label: str, size: int, *, several: bool) -> str:
        """What a function is called; it is printed when it is asked for first."""
        key = (label, size)
        if key not in self.names:
            self.names[key] = self.identifier(label.split(":")[0])
            self.sources.append(self._function(self.names[key], label, size, several))
        return self.names[key]

    def _function(self, name: str, label: str, size: int, several: bool) -> str:
        term, taken = definition(label, size, several)
        lines = Statements(self, dict.fromkeys(taken, (size,)) if size else {})
        if size:
            arguments = f"const {self.real} *a"
        else:
            arguments = ", ".join(f"{self.real} {one}" for one in taken)
        if term.size:
            lines.given(term, "out")
            head, end = f"static inline void {name}({arguments}, {self.real} *out)", []
        else:
            head = f"static inline {self.real} {name}({arguments})"
            end = [f"return {bare(lines.element(term))};"]
        self.held = max(self.held, lines.held)
        return block(f"{head} {{", [*lines.lines, *end])

    def printed(self) -> list[str]:
        """The functions that are called, those first that others call."""
        used = [name for name in HELPERS if name in self.helpers]
        return [self.spoken(HELPERS[name]) for name in used] + self.sources


class Statements(statements.Statements):
    """The statements that compute terms.

    Args:
        language: how they are written.
        sizes: the arrays that terms name; what is not among them is one number.
        names: what arrays are called that are no arguments.

    Attributes:
        locals: the names inside of functions, which those of the file must not be.
        held: how many numbers the arrays have that are declared.
    """

    WORDS = WORDS

    def __init__(
        self, language: Language, sizes: Sizes, names: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(language)
        self.language, self.sizes, self.called_here = language, sizes, names or {}
        self.held = 0

    def given(self, term: Term, out: str) -> None:
        """The statement that puts numbers where they are wanted."""
        size = self.size(term)
        if self.alone(term) or id(term) in self.known:
            copy = f"$p_copy({size}, {self.whole(term)}, {out});"
            self.lines.append(self.language.spoken(copy))
        else:
            self._each(out, size, self.expression(term))

    def assign(self, name: str, term: Term, text: str) -> None:
        """A number, or an array and what fills it."""
        real, size = self.language.real, self.size(term)
        if not size:
            self.lines.append(f"const {real} {name} = {bare(text)};")
        elif term.kind == "numbers":
            self.lines.append(f"static const {real} {name}[{size}] = {{{text}}};")
        elif term.label == "slice" and term.kind == "function":
            self.lines.append(f"const {real} *{name} = {text};")
        else:
            self._declared(name, size)
            if self.alone(term):
                self.lines.append(f"{text}, {name});")
            else:
                self._each(name, size, text)

    def _each(self, name: str, size: int, text: str) -> None:
        self.lines.append(f"for (int j = 0; j < {size}; j++) {name}[j] = {bare(text)};")

    def _declared(self, name: str, size: int) -> None:
        self.lines.append(f"{self.language.real} {name}[{size}];")
        self.held += size

    def computed(self, term: Term) -> str:
        """What a statement computes; of a call that fills an array, all but where to."""
        if not self.alone(term):
            return self.expression(term)
        if term.kind == "numbers":
            return ", ".join(map(self.number, term.label.split(",")))
        if term.label == "slice":
            return f"{self.whole(term.parts[0])} + {int(float(term.parts[1].label))}"
        parts = [self.whole(part) for part in term.parts]
        if term.kind == "@":
            rows, columns = self.sizes[term.parts[0].label]
            call = f"$p_product({rows}, {columns}, {', '.join(parts)}"
            return self.language.spoken(call)
        size = self.size(term.parts[0])
        if isinstance(term, Recorded):
            return self.language.spoken(f"$p_{term.label}({size}, {parts[0]}") + (
                ")" if term.label in REDUCTIONS else ""
            )
        name = self.language.name(term.label, size, several=False)
        return f"{name}({parts[0]}" + (")" if term.label in OVER_ALL else "")

    def size(self, term: Term) -> int:
        """How many numbers a term is; 0 where it is one for all."""
        if isinstance(term, Recorded):
            return term.size
        if term.kind == "name":
            return 0 if NUMBER.fullmatch(term.label) else self.sizes.get(term.label, (0,))[0]
        if term.kind == "@":
            return self.sizes[term.parts[0].label][0]
        if term.kind == "function" and term.label in OVER_ALL:
            return 0
        size = max(map(self.size, term.parts))
        return activation(term.label).gives(size) if together(term.label) else size

    def several(self, term: Term) -> bool:
        """Whether a term is an array."""
        return self.size(term) > 0

    def index(self, term: Term) -> str:
        """An array of one number stands beside all others."""
        return "0" if self.size(term) == 1 else "j"

    def called(self, word: str, parts: list[str]) -> str:
        """A function of ``WORDS`` with its arguments."""
        return self.language.spoken(word).format(*parts)

    def number(self, label: str) -> str:
        """A number of a formula."""
        return self.language.number(float(label))

    def word(self, name: str) -> str:
        """What an array or a quantity is called."""
        return self.called_here.get(name) or super().word(name)


def safe(name: str) -> str:
    """The letters, digits and lines below of a name; what is none becomes a line below."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def bare(text: str) -> str:
    """An expression without brackets around all of it."""
    depth = 0
    for place, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if not depth:
            return text[1:-1] if place == len(text) - 1 and text[0] == "(" else text
    return text


def block(head: str, lines: list[str]) -> str:
    """Statements in braces; long ones go on in the next line."""
    return "\n".join([head, *(indent(line, "    ") for line in lines), "}"])
