"""A network as the parts of a C file: arrays, a function for each layer, and what calls them.

A function computes one timestep, printed from the equations that compute it here. ``step`` calls
each once; ``run`` calls each for all timesteps before the next, with its numbers in the memory that
the caller gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.converting.to_c.language import Language, Statements, block
from rnncalc.converting.to_c.plan import Plan
from rnncalc.equations import CELLS
from rnncalc.equations.gates import flat
from rnncalc.equations.joins import JOINS
from rnncalc.equations.recorded import variable
from rnncalc.equations.stateless import Named
from rnncalc.equations.statements import NUMBER
from rnncalc.equations.symbols import Term, symbol, text
from rnncalc.explaining.formulas import equations, previous, stateless, symbolic
from rnncalc.model import graph
from rnncalc.model.convolution import CONVOLVE, Conv1d
from rnncalc.model.embedding import Embedding
from rnncalc.model.graph import Node
from rnncalc.model.joins import Join
from rnncalc.model.layer import Layer, quantities
from rnncalc.model.model import Model, cast
from rnncalc.model.reshaping import Repeat
from rnncalc.model.stateless import Pooling, Stateless, makes_row
from rnncalc.model.windows import Windows
from rnncalc.running.passes import MERGE

A_LINE = 6
"""So many numbers stand in a line."""

POOLED = {"average": "$p_average", "max": "$p_largest"}


class Flow(NamedTuple):
    """Where the numbers lie that a layer gives.

    Attributes:
        at: the first of them.
        width: how many a timestep has, or the one row.
        steps: how many timesteps there are; nothing for a row, and in ``step``, which has one.
        apart: how far one timestep is from the next.
    """

    at: str
    width: int
    steps: str = ""
    apart: int = 0

    def here(self, t: str = "t", beyond: int = 0) -> str:
        """The numbers of a timestep; those behind the first ones."""
        text = self.at
        if self.steps and self.apart:
            text += f" + {t}" + (f" * {self.apart}" if self.apart > 1 else "")
        return text + (f" + {beyond}" if beyond else "")


class Network:
    """A network as the parts of a C file.

    Attributes:
        arrays: each as text, by its name.
        fields: the states, and how many numbers each has.
        functions: a function for each layer.
        starts: the statements that give the states what they begin with.
        calls: the statements of ``step`` or ``run``.
        numbers: how many numbers the arrays have.
        steps: of numbers of timesteps with a name, how they are computed, and how many more than
            all timesteps they are at most.
        work: how many numbers ``run`` needs besides the states: once, and for every timestep.
        held, deepest: how many numbers ``step`` has on the stack, and at most a function of it.
    """

    def __init__(self, model: Model, plan: Plan, prefix: str) -> None:
        self.model, self.plan = model, plan
        self.language = Language(prefix, model.dtype)
        self.real = self.language.real
        self.ports = {
            one.key: one.name
            for one in plan.outputs
            if not plan.whole or one.series == plan.shapes[one.key].series
        }
        self.arrays: dict[str, str] = {}
        self.fields: dict[str, int] = {}
        self.functions: list[str] = []
        self.starts: list[str] = []
        self.calls: list[str] = []
        self.numbers = self.held = self.deepest = 0
        self.work = [0, 0]
        self.steps = {"timesteps": ("(timesteps)", 0)}
        every = str(plan.timesteps or "timesteps") if plan.whole else ""
        self.flows = {
            one.key: Flow(one.name, one.width, every if one.series else "", one.width)
            for one in plan.inputs
        }
        for node in plan.nodes:
            (self._layer if isinstance(node.layer, Layer) else self._stateless)(node)
        self._hand_out()

    def _room(self, width: int, steps: str = "", key: str = "") -> Flow:
        """Where something new is put: where the caller wants it, on the stack, or in ``work``."""
        if key in self.ports:
            return Flow(self.ports.pop(key), width, steps, width)
        name = self.language.locals.unique("v")
        if not self.plan.whole:
            self.calls.append(f"{self.real} {name}[{width}];")
            self.held += width
            return Flow(name, width)
        self.calls.append(f"{self.real} *const {name} = {self._worked(width, steps)};")
        return Flow(name, width, steps, width)

    def _worked(self, width: int, steps: str = "") -> str:
        """The next place in ``work``."""
        once, each = self.work
        at = [str(once)] * bool(once) + [f"{each} * timesteps"] * bool(each)
        if steps in self.steps:
            self.work[0] += width * self.steps[steps][1]
            self.work[1] += width
        else:
            self.work[0] += width * int(steps or 1)
        return " + ".join(["work", *at])

    def _say(self, line: str, steps: str = "") -> None:
        """A statement, once or for all timesteps."""
        line = self.language.spoken(line)
        self.calls.append(f"for (int t = 0; t < {steps}; t++) {line}" if steps else line)

    def _copy(self, source: str, width: int, to: str, steps: str = "") -> None:
        self._say(f"$p_copy({width}, {source}, {to});", steps)

    def _hand_out(self) -> None:
        """What the network gives that is not there yet."""
        for one in self.plan.outputs:
            flow = self.flows[one.key]
            if flow.at == one.name:
                continue
            series = flow.steps * one.series
            to = Flow(one.name, one.width, series, one.width)
            self._copy(flow.here("t" if series else f"({flow.steps} - 1)"), flow.width,
                       to.here(), series)  # fmt: skip

    def _layer(self, node: Node) -> None:
        """The directions of a layer, and what becomes of the two."""
        layer = node.layer
        assert isinstance(layer, Layer)
        steps = "" if node.single else self.flows[node.reads[0]].steps
        ways, names = [*layer.passes], [*graph.given(node.name, layer)]
        if len(ways) == len(names):
            for way, name in zip(ways, names, strict=True):
                to = self._room(layer.passes[way].state_size, steps, name) if steps else None
                self.flows[name] = self._pass(node, way, to)
            return
        to = self._room(layer.width, steps, node.name)
        self.flows[node.name] = to
        width = layer.state_size
        if layer.merge == "concat":
            parts = [to, to._replace(at=f"{to.at} + {width}")]
        else:
            parts = [self._room(width, steps) for _ in ways]
        given = [self._pass(node, *one) for one in zip(ways, parts, strict=True)]
        if layer.merge != "concat":
            one, other = variable("one", width), variable("other", width)
            self._joined(node.name, MERGE[layer.merge or ""](one, other), given, to)

    def _pass(self, node: Node, way: str, to: Flow | None) -> Flow:
        """One direction: its function, its states, and its call for every timestep."""
        layer = node.layer
        assert isinstance(layer, Layer)
        ways, size = [*layer.passes], layer.passes[way].state_size
        read = self.flows[node.reads[min(ways.index(way), len(node.reads) - 1)]]
        name = self._cell(f"{node.name}_{way}" if len(ways) > 1 else node.name, layer, way)
        states = self._states(node, way, name)
        back = f"({read.steps} - 1 - t)"
        turned = way == "backward" and not (layer.same_loop and layer.order == "processing")
        lines = [f"{name}({read.here(back if turned else 't')}, {', '.join(states)});"]
        if to and to.steps:
            here = to.here(back if layer.turned(way) else "t")
            lines.append(self.language.spoken(f"$p_copy({size}, {states[0]}, {here});"))
        if read.steps:
            lines = [block(f"for (int t = 0; t < {read.steps}; t++) {{", lines)]
        self.calls += lines
        if to and not to.steps:
            self._copy(states[0], size, to.at)
        return to or Flow(states[0], size)

    def _states(self, node: Node, way: str, name: str) -> list[str]:
        """The states of one direction by what C calls them; they begin with what they should."""
        layer, called = node.layer, []
        assert isinstance(layer, Layer)
        one = layer.passes[way]
        given = {key.rpartition(".")[2][0]: source for key, source in node.states.items()
                 if (key.rpartition(".")[0] or layer.direction) == way}  # fmt: skip
        for state in CELLS[one.cell].states:
            size = one.state_size if state == "h" else one.units
            field = self._field(name, state, size)
            called.append(field)
            if state in given:
                start = self.flows[given[state]].at
            else:
                array = np.broadcast_to(getattr(one, f"{state}0"), size)
                start = self._array(name, f"{state}0", array)
            begin = self.language.spoken(f"$p_copy({size}, {start}, {field});")
            (self.calls if self.plan.whole else self.starts).append(begin)
            self.flows[f"{node.name}.{way}.final.{state}"] = Flow(field, size)
        return called

    def _field(self, name: str, state: str, size: int) -> str:
        """A state: of the struct, or in ``work``."""
        short = f"{name.removeprefix(f'{self.language.prefix}_')}_{state}"
        field = self.language.locals.unique(f"n{short}" if short[0].isdigit() else short)
        self.fields[field] = size
        if not self.plan.whole:
            return f"state->{field}"
        self.calls.append(f"{self.real} *const {field} = {self._worked(size)};")
        return field

    def _cell(self, label: str, layer: Layer, way: str) -> str:
        """A function of x and the states, which it changes: one timestep of one direction."""
        one, name = layer.passes[way], self.language.identifier(label)
        kind = CELLS[one.cell]
        before = {state: previous(state, False) for state in kind.states}
        sizes = {"h": one.state_size, "c": one.units}
        shapes = {"x_t": one.features} | {before[state]: sizes[state] for state in kind.states}
        lines = self._statements(name, one.arrays, shapes)
        terms = flat(symbolic(one))
        needed = set().union(*(_ids(terms[state]) for state in kind.states))
        named = [key for key in quantities(one) if id(terms.get(key)) in needed]
        for key in sorted(named, key=lambda key: len(_ids(terms[key]))):  # parts come first
            lines.quantity(key, terms[key])
        for state in kind.states:
            lines.given(terms[state], lines.word(before[state]))
        taken = [f"const {self.real} *x_t"]
        taken += [f"{self.real} *{lines.word(one)}" for one in before.values()]
        self._function(name, taken, lines, equations(layer, way))
        return name

    def _stateless(self, node: Node) -> None:
        """A function of what it reads, and its call."""
        one = node.layer
        assert isinstance(one, Stateless)
        reads = [self.flows[name] for name in node.reads]
        shape = self.plan.shapes[node.name]
        if isinstance(one, Repeat):
            self.flows[node.name] = reads[0]._replace(steps=str(one.times), apart=0)
        elif makes_row(one):
            self.flows[node.name] = self._row(node, reads[0])
        elif isinstance(one, Conv1d | Pooling) and one.windows:
            self.flows[node.name] = self._windowed(node, one.windows, reads[0])
        else:
            steps = next((flow.steps for flow in reads if flow.steps), "")
            to = self._room(shape.width or reads[0].width, steps, node.name)
            self.flows[node.name] = to
            if isinstance(one, Embedding):
                self._embedding(one, reads[0], to)
            elif isinstance(one, Join):
                self._join(node, one, reads, to)
            else:
                self._each(node, one, reads[0], to)

    def _row(self, node: Node, read: Flow) -> Flow:
        """What makes one row of all timesteps."""
        one = node.layer
        if not read.steps:
            return read  # in step, what came last; of one row, itself
        if not isinstance(one, Pooling):
            to = self._room(read.width * int(read.steps), "", node.name)
            self._copy(read.here(), read.width, f"{to.at} + t * {read.width}", read.steps)
        elif one.kind == "last":
            return Flow(read.here(f"({read.steps} - 1)"), read.width)
        else:
            to = self._room(read.width, "", node.name)
            sizes = f"{read.steps}, {read.width}, {read.apart}"
            self._say(f"{POOLED[one.kind]}({sizes}, {read.at}, {to.at});")
        return to

    def _windowed(self, node: Node, windows: Windows, read: Flow) -> Flow:
        """What reads several timesteps for each that it gives."""
        one = node.layer
        steps, before = self._counted(windows, read.steps)
        to = self._room(self.plan.shapes[node.name].width or read.width, steps, node.name)
        first = f"t * {windows.strides} - {before}"
        if isinstance(one, Pooling):
            lines = [f"const int first = {first}, from = first < 0 ? 0 : first;",
                     f"const int end = first + {windows.size}, "
                     f"to = end < {read.steps} ? end : {read.steps};"]  # fmt: skip
            if one.kind == "last":
                lines.append(f"$p_copy({read.width}, {read.here('(to - 1)')}, {to.here()});")
            else:
                sizes = f"to - from, {read.width}, {read.apart}, {read.here('from')}"
                lines.append(f"{POOLED[one.kind]}({sizes}, {to.here()});")
        else:
            assert isinstance(one, Conv1d)
            name, zeros = self._convolution(node, one)
            at = f"const int at = {first} + k * {windows.dilation};"
            place = f"places[k] = 0 <= at && at < {read.steps} ? {read.here('at')} : {zeros};"
            lines = [f"const {self.real} *places[{windows.size}];",
                     block(f"for (int k = 0; k < {windows.size}; k++) {{", [at, place]),
                     f"{name}(places, {to.here()});"]  # fmt: skip
        self.calls.append(block(f"for (int t = 0; t < {steps}; t++) {{",
                                [self.language.spoken(line) for line in lines]))  # fmt: skip
        return to

    def _counted(self, windows: Windows, read: str) -> tuple[str, str]:
        """How many windows there are, and how many timesteps of nothing stand in front, as C."""
        if read.isdigit():
            return str(windows.steps("", int(read))), str(windows.pads(int(read))[0])
        steps, (told, more) = self.language.locals.unique("steps"), self.steps[read]
        apart, pads = windows.strides, windows.pads(1)
        left = 1 - apart if windows.padding == "same" else windows.reach - sum(pads) - apart
        if left + apart > 1:
            self.calls.append(f"if ({read} < {left + apart}) return;")
        count = "({0} " + (f"- {left}" if left >= 0 else f"+ {-left}") + f") / {apart}"
        self.calls.append(f"const int {steps} = {count.format(read)};")
        self.steps[steps] = f"({count.format(told)})", more + max(1 - apart - left, 0)
        if windows.padding != "same":
            return steps, str(pads[0])
        before = self.language.locals.unique("before")
        missing = f"({steps} - 1) * {apart} + {windows.reach} - {read}"
        self.calls.append(f"const int {before} = {missing} > 0 ? ({missing}) / 2 : 0;")
        return steps, before

    def _convolution(self, node: Node, one: Conv1d) -> tuple[str, str]:
        """A function of the places of a window; and what is read where nothing is."""
        name, size = self.language.identifier(node.name), one.W_y.shape[2]
        weights = {f"W_y.{k}": one.W_y[:, :, k] for k in range(size)}
        lines = self._statements(name, {**weights, "b_y": one.bias}, {})
        places = [f"x.{k}" for k in range(size)]
        lines.called_here = {**lines.called_here, **{x: f"x[{x[2:]}]" for x in places}}
        term = CONVOLVE(map(symbol, places), W_y=map(symbol, weights), b_y=symbol("b_y"),
                        activation=one.activation)  # fmt: skip
        lines.given(term, "out")
        taken = [f"const {self.real} *const *x", f"{self.real} *out"]
        self._function(name, taken, lines, [f"out = {text(term)}"])
        return name, self._array(name, "zeros", np.zeros(one.takes))

    def _each(self, node: Node, one: Stateless, read: Flow, to: Flow) -> None:
        """A layer that computes each timestep for itself."""
        name = self.language.identifier(node.name)
        lines = self._statements(name, one.operands, {"x_t": read.width})
        term = stateless(one, "x_t")
        lines.given(term, "out")
        taken = [f"const {self.real} *x_t", f"{self.real} *out"]
        self._function(name, taken, lines, [f"out = {text(term)}"])
        self._say(f"{name}({read.here()}, {to.here()});", to.steps)

    def _embedding(self, one: Embedding, read: Flow, to: Flow) -> None:
        """A row of a table; of an id that it does not have, NaN."""
        rows, columns = one.weights.shape
        table = self._array(self.language.identifier(one.name), "weights", one.weights)
        at = f"{read.at}[{'t' if read.steps else 0}]"
        row = f"$p_row({rows}, {columns}, {table}, {at}, {to.here()});"
        self._say(row, to.steps)

    def _join(self, node: Node, one: Join, reads: Sequence[Flow], to: Flow) -> None:
        """Several inputs as one."""
        if one.kind == "concat":
            at = 0
            for flow in reads:
                here = to._replace(at=f"{to.at} + {at}" if at else to.at).here()
                self._copy(flow.here(), flow.width, here, to.steps)
                at += flow.width
            return
        join = JOINS[one.kind]
        function: Callable[..., Any] = join.function if isinstance(join, Named) else join
        parts = [variable(f"x{i}", flow.width) for i, flow in enumerate(reads, 1)]
        self._joined(node.name, function(*parts), reads, to)

    def _joined(self, label: str, term: Any, reads: Sequence[Flow], to: Flow) -> None:
        """A function of several arrays, and its call."""
        name, names = self.language.identifier(label), [*dict.fromkeys(_names(term))]
        lines = Statements(self.language, {})
        lines.given(term, "out")
        taken = [*(f"const {self.real} *{one}" for one in names), f"{self.real} *out"]
        self._function(name, taken, lines, [f"out = {text(term)}"])
        given = [*(flow.here() for flow in reads), to.here()]
        self._say(f"{name}({', '.join(given)});", to.steps)

    def _statements(
        self, name: str, arrays: Mapping[str, Array], shapes: Mapping[str, int]
    ) -> Statements:
        names = {key: self._array(name, key, array) for key, array in arrays.items()}
        sizes = {key: array.shape for key, array in arrays.items()}
        return Statements(self.language, sizes | {k: (n,) for k, n in shapes.items()}, names)

    def _function(
        self, name: str, taken: list[str], lines: Statements, formulas: list[str]
    ) -> None:
        head = [f"/* {formula} */" for formula in formulas]
        function = block(f"static inline void {name}({', '.join(taken)}) {{", lines.lines)
        self.functions.append("\n".join([*head, function]))
        self.deepest = max(self.deepest, lines.held)

    def _array(self, owner: str, key: str, array: Array) -> str:
        """The name of an array, which is printed."""
        whole = f"{owner.removeprefix(f'{self.language.prefix}_')}_{key}"
        name = self.language.identifier(whole)
        numbers = cast(key, np.asarray(array, float), self.model.dtype)
        size = " * ".join(map(str, array.shape))
        rows = numbers.reshape(-1, numbers.shape[-1])
        body = ",\n".join(f"    {line}" for row in rows for line in self._lines(row))
        self.arrays[name] = f"static const {self.real} {name}[{size}] = {{\n{body}\n}};"
        self.numbers += numbers.size
        return name

    def _lines(self, row: Array) -> Iterator[str]:
        texts = [self.language.number(value) for value in row]
        for start in range(0, len(texts), A_LINE):
            yield ", ".join(texts[start : start + A_LINE])


def _ids(term: Term) -> set[int]:
    """A term and all that it is made of, by their ids."""
    return {id(term)}.union(*map(_ids, term.parts))


def _names(term: Term) -> Iterator[str]:
    """The arrays that a term is made of, in their order."""
    if term.kind == "name" and not NUMBER.fullmatch(term.label):
        yield term.label
    for part in term.parts:
        yield from _names(part)
