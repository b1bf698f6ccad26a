"""Through a graph, node by node: what each one's values are, and which parts of a network it makes.

Constants are folded, lengths are counted, what flows is followed. A node that is none of what is
computed becomes a part of the kind ``other``, and what it gives is lost.

Loops and unrolled recurrences that are cells have been put back as nodes before
(``loops/recurrences.py``); of the others there is a reason why they are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import NO_TENSOR, Graph, Node, OnnxModel
from rnncalc.conventions import onnx as words
from rnncalc.conventions.onnx_activations import OPERATORS
from rnncalc.errors import FileError, RnncalcError, printable, with_article
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx.operators.axes import Atom, Length, length_of, plain
from rnncalc.readers.of_onnx.operators.constants import Constant, Making
from rnncalc.readers.of_onnx.operators.lengths import asked, counted
from rnncalc.readers.of_onnx.operators.needed import leading
from rnncalc.readers.of_onnx.operators.table import OtherError, axis_of, not_computed, place
from rnncalc.readers.of_onnx.walk import directions, recurrent, turns
from rnncalc.readers.of_onnx.walk.attention import attending
from rnncalc.readers.of_onnx.walk.formulas import OPERATORS as OF_FEATURES
from rnncalc.readers.of_onnx.walk.formulas import Formulas
from rnncalc.readers.of_onnx.walk.heads import HEADS, in_operators, rescaled
from rnncalc.readers.of_onnx.walk.ids import wrapped
from rnncalc.readers.of_onnx.walk.joins import JOINS, einsum, join, product
from rnncalc.readers.of_onnx.walk.masks import masked
from rnncalc.readers.of_onnx.walk.names import NodeNames
from rnncalc.readers.of_onnx.walk.normalizations import layer_of
from rnncalc.readers.of_onnx.walk.sequences import SequenceReading, full
from rnncalc.readers.of_onnx.walk.sorting import ordered
from rnncalc.readers.of_onnx.walk.states import stacked, taken
from rnncalc.readers.of_onnx.walk.values import (
    Flow,
    Formula,
    Lost,
    Mask,
    Origin,
    Stack,
    Value,
    Wrapped,
    sources,
)
from rnncalc.readers.of_onnx.walk.windows import settled, windowed

DAMAGE = (
    ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""What attributes and shapes of a wrong kind end in."""

WITHIN = "has graphs of its own inside, which are not read"
MATRICES = {"MatMul": 1, "Gemm": 1, "Gather": 0}
"""Which input is a layer's matrix."""

Inputs = Sequence[Value | None]


class Walk:
    """A graph's values by name, and its parts in the order in which they come.

    Attributes:
        values: of everything that was computed so far.
        origins: the parts.
        reading: what its recurrent nodes read.
        whole: whether parts may be read by several and read several, and not one after the other.
        apart: whether two nodes of one direction stay two layers.
    """

    def __init__(
        self, model: OnnxModel, reasons: Mapping[str, str], *, whole: bool = False,
        apart: bool = False,
    ) -> None:  # fmt: skip
        graph, self.model, self.reasons = model.graph, model, reasons
        self.whole, self.apart = whole, apart
        held = (one.attributes.get("value") for one in graph.nodes if one.op == "Constant")
        stored = sum(getattr(one, "size", 0) for one in [*graph.constants.values(), *held])
        self.making = Making(stored, graph.budget)
        self.names, self.reading = NodeNames(), SequenceReading()
        self.origins: list[Origin] = []
        self.matrices: set[int] = set()
        self.listed: set[int] = set()
        self.values: dict[str, Value] = {
            **{name: self.making.known(one) for name, one in graph.constants.items()},
            **{name: _coming_in(graph, name, whole) for name in graph.inputs},
        }
        self.formulas = Formulas(graph)
        for node in leading(graph.nodes, graph.outputs):
            self._visit(node)
        for name in graph.outputs:
            self._settle(name)

    def _visit(self, node: Node) -> None:
        """Give the outputs of a node their values."""
        inputs = [self.values.get(name) if name else None for name in node.inputs]
        found: Sequence[Value]
        try:
            found = self._followed(node)
            inputs = inputs if found else [self._settle(name) for name in node.inputs]
            found = found or self._outputs(node, inputs)
        except FileError:
            raise
        except RnncalcError as error:
            found = (
                self._followed(node, error.message) or self._scaled(node, inputs)
                or self._other(node, inputs, error.message)
            )  # fmt: skip
        except DAMAGE:
            found = self._other(node, inputs, "has inputs or attributes that do not fit each other")
        named = zip(node.outputs, found, strict=False)
        self.values |= {name: self._kept(name, value) for name, value in named if name}
        for name in filter(None, node.outputs):
            self.values.setdefault(name, Lost(_from(inputs), node.name))

    def _kept(self, name: str, value: Value) -> Value:
        """A value; in a graph nothing more is said of the part of one that is read twice."""
        twice = self.formulas.readers[name] + (name in self.model.graph.outputs) > 1
        closed = self.whole and twice and isinstance(value, Flow) and not value.closed
        return replace(value, closed=True) if closed and isinstance(value, Flow) else value

    def _followed(self, node: Node, why: str = "") -> Sequence[Value]:
        """A formula that a node goes on with, or begins where it is no layer by itself."""
        named = {name: self.values.get(name) for name in node.inputs}
        begins = bool(why) or self.formulas.shared(node)
        if not begins and not any(isinstance(one, Formula) for one in named.values()):
            return []
        found = self.formulas.extended(node, named, why)
        return [found] if found else []

    def _scaled(self, node: Node, inputs: Inputs) -> Sequence[Value]:
        """Numbers times a factor, in whatever order their axes stand; nothing where it is none."""
        if not self.whole:
            return []
        scaled = rescaled(node, self.names.of(node), inputs)
        return [self._noted(scaled)] if scaled else []

    def _settle(self, name: str) -> Value | None:
        """A value, of which it must be known now which layer it comes from."""
        formula = self.values.get(name)
        if isinstance(formula, Formula):
            try:
                self.values[name] = self._layer(formula)
            except (RnncalcError, *DAMAGE):
                self.values[name] = self._unknown(formula)
        return self.values.get(name)

    def _layer(self, formula: Formula) -> Value:
        """What a formula is: a layer, else one behind what all but the last operator are."""
        *front, node = formula.nodes
        if not front and node.op in OPERATORS:
            name = self.names.of(node)
            return self._noted(HEADS[node.op](node, name, [formula.flow], self.model.opset))
        given = [formula.flow if name in formula.starts else self.values.get(name)
                 for name in node.inputs]  # fmt: skip
        if not front and (scaled := self._scaled(node, given)):
            return scaled[0]
        if block := layer_of(self.formulas, formula):
            return self._noted(in_operators(formula.flow, self.names.of_all(formula.nodes), block))
        inner = [name for name in node.inputs if isinstance(self.values.get(name), Formula)]
        if len(set(node.inputs) & formula.starts) + len(set(inner)) == 1 and front:
            before = self._settle(inner[0])
            if isinstance(before, Flow):
                last = self.formulas.extended(node, {inner[0]: before}, formula.why)
                if last:
                    return self._layer(last)
        return self._apart(formula) if self.whole and front else self._unknown(formula)

    def _apart(self, formula: Formula) -> Value:
        """What the last operator of a formula is behind the others: a layer, or a join."""
        node = formula.nodes[-1]
        named = {name: self._settle(name) for name in node.inputs}
        alone = self.formulas.extended(node, named, formula.why)
        if alone and len(alone.nodes) == 1:
            return self._layer(alone)
        return self._outputs(node, [named[name] for name in node.inputs])[0]

    def _unknown(self, formula: Formula) -> Value:
        """A formula that is no layer: its first operator is not computed."""
        first = formula.nodes[0]
        if any(one.part and one.part.path == first.name for one in self.origins):
            return Lost(sources(formula), printable(first.name))
        return self._other(first, [formula], formula.why or not_computed(first).message)[0]

    def _outputs(self, node: Node, inputs: Inputs) -> Sequence[Value]:
        if why := node.problem or self.reasons.get(node.name):
            raise OtherError(why)
        if any(isinstance(one, Graph) for one in node.attributes.values()):
            raise OtherError(WITHIN)
        if node.op in words.CELLS:
            return self._recurrent(node, inputs)
        if (ids := wrapped(node, inputs)) is not None:
            return [ids]
        if (mask := self._masked(node, inputs)) is not None:
            return [mask]
        if (found := ordered(node, inputs)) is not None:
            return found
        if any(isinstance(one, Wrapped) for one in inputs):
            raise not_computed(node)
        if self.whole and (made := windowed(node, self.names.of(node), inputs)) is not None:
            return [self._noted(made) if isinstance(made, Flow) else made]
        if self.whole and (seen := attending(node, self.names.of(node), inputs)) is not None:
            return [self._noted(seen) if isinstance(seen, Flow) else seen]
        if any(isinstance(one, Stack) for one in inputs):
            return taken(node, inputs)
        if node.op == "Concat" and (stack := stacked(node, inputs)):
            return [stack]
        flows = [one for one in inputs if isinstance(one, Flow)]
        lost = [one for one in inputs if isinstance(one, Lost)]
        if any(one.sources for one in lost) or (lost and not flows):
            return self._lost(node, inputs, lost)
        if lost:
            raise OtherError(f"is {with_article(node.title)} of what is not known: {lost[0].why}")
        if node.op == "Shape" and (lengths := _asked(inputs[0])):
            return [asked(node, lengths)]
        return self._flowing(node, inputs, flows) if flows else self._settled(node, inputs)

    def _masked(self, node: Node, inputs: Inputs) -> Value | None:
        """What a node makes of a mask; a Masking becomes a part."""
        first = inputs[0] if inputs else None
        if node.op == "ReverseSequence" and isinstance(first, Mask):
            return replace(first, flow=_reversed(node, first.flow, inputs))
        found = masked(node, inputs, lambda: self.names.of(node))
        return self._noted(found) if isinstance(found, Flow) else found

    def _settled(self, node: Node, inputs: Inputs) -> Sequence[Value]:
        """What does not depend on the input but for its lengths; of interest to whoever reads it,
        and so is what cannot be computed of it."""
        try:
            known = [one for one in inputs if one is None or isinstance(one, Constant)]
            if len(known) == len(inputs):
                return self.making.folded(node, known)
            return [counted(node, inputs)]
        except OtherError as error:
            why = f"{printable(node.name)} {error.message}"
            return [Lost(frozenset(), why)] * len(node.outputs)

    def _flowing(self, node: Node, inputs: Inputs, flows: list[Flow]) -> Sequence[Value]:
        """What a node makes of values that depend on the input."""
        first = flows[0]
        if node.op == "ReverseSequence":
            return [_reversed(node, first, inputs)]
        alone = node.op in OF_FEATURES and all(one is first for one in flows)  # perhaps a formula
        if self.whole and len(flows) == len(inputs) > 1 and not alone:
            return [self._noted(self._joined(node, flows))]
        if node.op in directions.MERGES and len(flows) == len(inputs) == 2:
            axis = axis_of(node, len(first.axes), -1)
            return [self._noted(directions.joined(node.op, axis, *flows))]
        if node.op in turns.TURNS and inputs[0] is first:
            try:
                found = turns.TURNS[node.op](node, first, inputs)
                if self.whole and node.op == "Reshape":
                    return [self._noted(settled(self.names.of(node), found[0]))]
                return found
            except OtherError:
                if first.link is None:  # perhaps a state, of which a layer has a part
                    return [Lost(sources(first), "")] * len(node.outputs)
                raise
        if node.op in HEADS:
            name = self.names.of(node)
            return [self._noted(HEADS[node.op](node, name, inputs, self.model.opset))]
        raise not_computed(node)

    def _joined(self, node: Node, flows: list[Flow]) -> Flow:
        """Several values as one: the directions of a layer, else what a part makes of them."""
        if node.op in directions.MERGES and len(flows) == 2:
            try:
                axis = axis_of(node, len(flows[0].axes), -1)
                return directions.joined(node.op, axis, *flows, apart=self.apart)
            except OtherError:
                pass
        if node.op == "MatMul":
            return product(node, self.names.of(node), flows)
        if node.op == "Einsum":
            return einsum(node, self.names.of(node), flows)
        if node.op in JOINS:
            return join(node, self.names.of(node), flows)
        raise not_computed(node, " of two values that depend on the input")

    def _noted(self, flow: Flow) -> Flow:
        """The flow, whose new parts are listed, each behind those that it reads."""
        waiting = [flow.link] if flow.link else []
        while waiting:
            link = waiting[-1]
            reads = [one.link for one in (link.reads, *link.others) if one.link]
            before = [one for one in reads if id(one.origin) not in self.listed]
            if id(link.origin) in self.listed or not before:
                waiting.pop()
                if id(link.origin) not in self.listed:
                    self.listed.add(id(link.origin))
                    self.origins.append(link.origin)
            else:
                waiting += before[:1]
        return flow

    def _other(self, node: Node, inputs: Inputs, why: str) -> Sequence[Value]:
        """A node that is not computed; what it gives is lost."""
        says = printable(node.title)
        problem = why if says in why else f"({says}) {why}"
        part = Part(self.names.of(node), "other", says, path=node.name, problem=problem)
        self.origins.append(Origin(part))
        return [Lost(_from(inputs), printable(node.name))] * len(node.outputs)

    def _lost(self, node: Node, inputs: Inputs, lost: list[Lost]) -> Sequence[Value]:
        """What is made of something lost: a layer with a matrix is one even so, for --layers."""
        why = next((one.why for one in lost if one.why), "")
        if not any(
            node.op in table for table in (turns.TURNS, HEADS, directions.MERGES, {"Shape"})
        ):
            return self._other(node, inputs, not_computed(node).message)
        at = MATRICES.get(node.op, 0)
        matrix = inputs[at] if node.op in MATRICES else None
        if isinstance(matrix, Constant) and id(matrix) not in self.matrices:
            self.matrices.add(id(matrix))
            why = why or printable(node.name)
            self._alone(node, list(inputs), at, matrix)
        elif node.op not in turns.TURNS:
            why = why or printable(node.name)
        return [Lost(_from(inputs), why)] * len(node.outputs)

    def _alone(self, node: Node, inputs: list[Value | None], at: int, matrix: Constant) -> None:
        """A layer with a matrix, whatever it reads."""
        width = matrix.tensor.shape[1 if node.attributes.get("transB") else 0]
        inputs[1 - at] = Flow(((Atom(),), (Atom(width),)) if at else ((Atom(),),), "")
        self._noted(HEADS[node.op](node, self.names.of(node), inputs, self.model.opset))

    def _recurrent(self, node: Node, inputs: Inputs) -> Sequence[Value]:
        """A recurrent node: its part, and Y, Y_h, Y_c."""
        named = dict(zip(words.INPUTS, inputs, strict=False))
        name = self.names.of(node)
        found = recurrent.recurrent_node(node, name, named, self.model.producer, self.model.opset)
        origin = Origin(found.part)
        values = self.reading.outputs(found, origin, named.get("X"))
        if values and isinstance(values[0], Flow):
            self._noted(values[0])
        else:
            self.origins.append(origin)
        return values or [Lost(_from(inputs), printable(node.name))] * len(node.outputs)


def _coming_in(graph: Graph, name: str, whole: bool) -> Value:
    """What comes in, as far as its axes are told."""
    dtype, shape = graph.inputs[name]
    if (
        shape is None
        and dtype != NO_TENSOR
        and any(node.op in words.CELLS and name == node.input(0) for node in graph.nodes)
    ):
        shape = (None, None, None)
    if shape is None or len(shape) > limits.MOST_AXES:
        return Lost(frozenset((name,)), "")
    return Flow(tuple((Atom(one),) for one in shape), name, graph=whole)


def _asked(value: Value | None) -> tuple[Length, ...]:
    """The lengths of a value, where only a run tells some of them; nothing where they are known."""
    if isinstance(value, Flow):
        return tuple(map(length_of, value.axes))
    return value.lengths if isinstance(value, Constant) else ()


def _from(inputs: Inputs) -> frozenset[str]:
    """The graph's inputs that values are made of; of very many the first ones."""
    every = list({id(one): sources(one) for one in inputs if one is not None}.values())
    found = frozenset().union(*every)
    if len(found) > limits.NAMED:
        return next((one for one in every if len(one) == limits.NAMED), None) or (
            frozenset(sorted(found)[: limits.NAMED])
        )
    return found


def _reversed(node: Node, flow: Flow, inputs: Inputs) -> Flow:
    """Every sequence from its end: all of its steps."""
    atoms = plain(flow.axes[place(int(node.attributes.get("time_axis", 0)), len(flow.axes))])
    if len(atoms) != 1 or not full(inputs[1], atoms[0]):
        raise OtherError("reverses sequences by lengths, or an axis that is none of the input's")
    return replace(flow, flipped=flow.flipped ^ set(atoms))
