"""The C99 file of a network: arrays by gate, a struct of states, ``start`` and ``step``.

No memory is asked for and nothing is called but ``math.h``. What a step computes is printed from
the equations that compute it here; names that come from elsewhere become identifiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from rnncalc.array import Array
from rnncalc.converting.draft import Draft
from rnncalc.converting.refusal import refuse_directions, refuse_masks, refused
from rnncalc.converting.to_c.language import Language, Statements, block, safe
from rnncalc.equations import CELLS
from rnncalc.equations.gates import flat
from rnncalc.equations.symbols import Term, text
from rnncalc.errors import RnncalcError
from rnncalc.explaining.formulas import equations, previous, stateless, symbolic
from rnncalc.model.layer import Layer, quantities
from rnncalc.model.model import Model, cast
from rnncalc.model.stateless import Row, Stateless
from rnncalc.numbers.digits import counted

TITLE = "a .h file"
TYPES = {"float32": "float", "float64": "double"}
A_LINE = 6
"""So many numbers stand in a line."""

MOST = 10**7
"""So many numbers may a network have: as text, each takes some 20 bytes."""

LONGEST = 15
"""So many characters of the file's name does every name in it begin with."""


def draft(model: Model, convention: str, stem: str) -> Draft:
    """The C99 file of a network.

    Args:
        stem: the file's name without ``.h``, with which every name in it begins.

    Errors: RnncalcError for what there is no C for.
    """
    refuse(model)
    network = Network(model, prefix_of(stem))
    says = f"C99 in {network.language.real}, {counted(len(network.arrays), 'array')}"
    says += f": {network.prefix}_start and {network.prefix}_step"
    return Draft(network.printed().encode(), says)


def prefix_of(stem: str) -> str:
    """What every name in a file begins with."""
    name = safe(stem).strip("_")[:LONGEST]
    return name if name and not name[0].isdigit() else f"net{name}"


def refuse(model: Model) -> None:
    """Errors: RnncalcError for what there is no C for, by its name."""
    if model.dtype not in TYPES:
        raise RnncalcError(f"dtype {model.dtype}: C has float and double; write --dtype float32")
    refuse_directions(model, TITLE)
    refuse_masks(model, TITLE)
    if model.embedding:
        raise refused("embedding", f"{TITLE} has no tables of ids")
    if model.mode == "one-to-many":
        raise refused("mode one-to-many", f"a step in {TITLE} takes an input")
    for layer in model.layers:
        if layer.backward:
            raise refused(layer.name, f"two directions: a step in {TITLE} only goes forward")
        if any(np.ndim(one) > 1 for one in (layer.h0, layer.c0) if one is not None):
            raise refused(layer.name, f"states of several sequences: {TITLE} has one sequence")
    for one in model.outputs:
        if isinstance(one, Row) or not one.stepwise:
            raise refused(one.name, f"it takes all timesteps, and a step in {TITLE} has one")
    numbers = sum(a.size for one in model.layers for a in one.arrays.values())
    numbers += sum(a.size for one in model.outputs for a in one.operands.values())
    if numbers > MOST:
        raise RnncalcError(f"{numbers} numbers are too many for {TITLE}: the most are {MOST}")


class Network:
    """A network as the parts of a C file.

    Attributes:
        arrays: each as text, by its name.
        fields: the states in the struct, and the array that each begins with.
        functions: a function for each layer.
        calls: the statements of a step.
    """

    def __init__(self, model: Model, prefix: str) -> None:
        self.model, self.prefix = model, prefix
        self.language = Language(prefix, model.dtype)
        self.real = self.language.real
        self.arrays: dict[str, str] = {}
        self.fields: dict[str, tuple[str, int]] = {}
        self.functions: list[str] = []
        self.calls: list[str] = []
        self.at, self.width = "x", model.layers[0].takes
        for layer in model.layers:
            for one in layer.chain:
                self._stateless(one)
            self._layer(layer)
        for one in model.outputs:
            self._stateless(one)
        self.calls.append(self.language.spoken(f"$p_copy({self.width}, {self.at}, y);"))

    def _layer(self, layer: Layer) -> None:
        """A function of x and the states, which it changes."""
        kind, name = CELLS[layer.cell], self.language.identifier(layer.name)
        before = [previous(state, False) for state in kind.states]
        sizes = {"h": layer.state_size, "c": layer.units}
        shapes = {"x_t": (layer.features,)}
        shapes |= {b: (sizes[s],) for b, s in zip(before, kind.states, strict=True)}
        lines = self._statements(name, layer.arrays, shapes)
        terms = flat(symbolic(layer))
        needed = set().union(*(_ids(terms[state]) for state in kind.states))
        named = [key for key in quantities(layer) if id(terms.get(key)) in needed]
        for key in sorted(named, key=lambda key: len(_ids(terms[key]))):  # parts come first
            lines.quantity(key, terms[key])
        for state in kind.states:
            lines.given(terms[state], lines.word(previous(state, False)))
        taken = [f"const {self.real} *x_t", *(f"{self.real} *{lines.word(b)}" for b in before)]
        self._function(name, taken, lines, equations(layer, "forward"))
        fields = []
        for state in kind.states:
            fields.append(f"{name.removeprefix(f'{self.prefix}_')}_{state}")
            start = np.broadcast_to(getattr(layer, f"{state}0"), sizes[state])
            self.fields[fields[-1]] = (self._array(name, f"{state}0", start), sizes[state])
        states = ", ".join(f"state->{field}" for field in fields)
        self.calls.append(f"{name}({self.at}, {states});")
        self.at, self.width = f"state->{fields[0]}", layer.state_size

    def _stateless(self, one: Stateless) -> None:
        """A function of what stands in front."""
        name = self.language.identifier(one.name)
        lines = self._statements(name, one.operands, {"x_t": (self.width,)})
        term = stateless(one, "x_t")
        lines.given(term, "out")
        taken = [f"const {self.real} *x_t", f"{self.real} *out"]
        self._function(name, taken, lines, [f"out = {text(term)}"])
        self.width = one.gives(self.width) or self.width
        local = f"v{len(self.calls)}"
        self.calls += [f"{self.real} {local}[{self.width}];", f"{name}({self.at}, {local});"]
        self.at = local

    def _statements(
        self, name: str, arrays: Mapping[str, Array], shapes: Mapping[str, tuple[int, ...]]
    ) -> Statements:
        names = {key: self._array(name, key, array) for key, array in arrays.items()}
        sizes = {key: array.shape for key, array in arrays.items()}
        return Statements(self.language, {**sizes, **shapes}, names)

    def _function(
        self, name: str, taken: list[str], lines: Statements, formulas: list[str]
    ) -> None:
        head = [f"/* {formula} */" for formula in formulas]
        function = block(f"static inline void {name}({', '.join(taken)}) {{", lines.lines)
        self.functions.append("\n".join([*head, function]))

    def _array(self, owner: str, key: str, array: Array) -> str:
        """The name of an array, which is printed."""
        whole = f"{owner.removeprefix(f'{self.prefix}_')}_{key}"
        name = self.language.identifier(whole)
        numbers = cast(key, np.asarray(array, float), self.model.dtype)
        size = " * ".join(map(str, array.shape))
        rows = numbers.reshape(-1, numbers.shape[-1])
        body = ",\n".join(f"    {line}" for row in rows for line in self._lines(row))
        self.arrays[name] = f"static const {self.real} {name}[{size}] = {{\n{body}\n}};"
        return name

    def _lines(self, row: Array) -> Iterator[str]:
        texts = [self.language.number(value) for value in row]
        for start in range(0, len(texts), A_LINE):
            yield ", ".join(texts[start : start + A_LINE])

    def printed(self) -> str:
        """The file."""
        p, upper = self.prefix, self.prefix.upper()
        copy = [
            self.language.spoken(f"$p_copy({size}, {array}, state->{field});")
            for field, (array, size) in self.fields.items()
        ]
        struct = [f"{self.real} {field}[{size}];" for field, (_, size) in self.fields.items()]
        state, x, y = f"{p}_state *state", f"const {self.real} *x", f"{self.real} *y"
        parts = [
            HEAD.format(p=p),
            f"#ifndef {upper}_H\n#define {upper}_H\n\n#include <math.h>",
            f"#define {upper}_X {self.model.features}\n#define {upper}_Y {self.width}",
            *self.arrays.values(),
            block("typedef struct {", struct) + f" {p}_state;",
            *self.language.printed(),
            *self.functions,
            block(f"static inline void {p}_start({state}) {{", copy),
            block(f"static inline void {p}_step({state}, {x}, {y}) {{", self.calls),
            "#endif",
        ]
        return "\n\n".join(parts) + "\n"


HEAD = """\
/* A recurrent network in C99, written by rnncalc convert.

   {p}_start(&state) begins a sequence; {p}_step(&state, x, y) computes one timestep of it.
   Matrices lie row by row; the formulas are those that rnncalc explain prints. */"""


def _ids(term: Term) -> set[int]:
    """A term and all that it is made of, by their ids."""
    return {id(term)}.union(*map(_ids, term.parts))
