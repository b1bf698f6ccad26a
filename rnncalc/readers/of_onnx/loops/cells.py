"""Which cell a step of a recurrence is: read off its sums, then held against its own numbers.

Every cell whose sums the step could be is tried, with its gates in every order. A step is taken for
a cell only if that computes the same for many inputs and states, small and large, and if no other
one does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import permutations, product
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.onnx.limits import Budget
from rnncalc.data import dataclass
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.equations.gates import in_columns, unclipped
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.loops.activations import AppliedFunction, Gate, gates
from rnncalc.readers.of_onnx.loops.sums import Leaf, Sum, Terms, leaf
from rnncalc.readers.of_onnx.operators.needed import leading
from rnncalc.readers.of_onnx.operators.table import computed

EXACT = 1e-12
"""How far numbers may be off, in float64."""
ROUNDED = 1e-6
"""Where the graph keeps the numbers of an activation in float32: 1 / 6."""

SYMMETRIC = ("sigmoid", "hard_sigmoid", "hard_sigmoid_old")
"""Activations of which 1 - f(a) = f(-a): what z and 1 - z exchanged comes to."""


class Samples(NamedTuple):
    """What the graph computes, by rows: inputs, states before them, states after them."""

    x: Array
    before: tuple[Array, ...]
    after: tuple[Array, ...]


class Match(NamedTuple):
    """A cell, its arrays by our names, its activations and options."""

    cell: str
    weights: dict[str, Array]
    functions: dict[str, Activation]
    options: dict[str, Any]


class Products(NamedTuple):
    """What is multiplied in a sum: by the input, by the state, by anything else; what is not."""

    x: list[Array]
    h: list[Array]
    others: list[Array]
    plain: list[Leaf]


def cell_of(found: Sequence[Gate], samples: Samples, budget: Budget) -> Match:
    """The cell whose sums these are.

    Args:
        found: the sums that the states are made of.
        samples: what the graph computes.
        budget: the work that may still be spent on the graph.

    Errors: RnncalcError with the reason where it is none, or where it could be several.
    """
    states = len(samples.before)
    candidates = hypotheses(found, states)
    kept: dict[tuple[Any, ...], Match] = {}
    tried = 0
    for candidate in candidates or ():
        tried += 1
        if holds(candidate, samples, budget):
            kept.setdefault(_same(candidate), candidate)
    if len(kept) == 1:
        return next(iter(kept.values()))
    if kept:
        raise RnncalcError("which of its gates is which can be told in more than one way")
    if tried:
        raise RnncalcError(
            "its matrices are those of a cell, and it computes something else than any cell"
        )
    if not all(gate.functions for gate in found):
        raise RnncalcError("it applies a function that is no activation that is known")
    if candidates is not None:
        raise RnncalcError("its matrices are those of a cell, and its activations of none")
    products = f"{len(found)} sums of products" if len(found) != 1 else "one sum of products"
    named = f"{states} states" if states != 1 else "one state"
    raise RnncalcError(f"it has {products} and {named}, as no RNN, GRU or LSTM has them")


Runner = Callable[[dict[str, Any], Sequence[Node], Mapping[str, str]], Mapping[str, Any]]
"""Goes through nodes: what there is before, and what is then called otherwise; all values."""


def in_terms(
    known: dict[str, Any], nodes: Sequence[Node], opaque: Mapping[str, str], budget: Budget
) -> Mapping[str, Any]:
    """All values behind nodes, as sums."""
    terms = Terms(known, budget, opaque)
    terms.run(nodes)
    return terms.known


def gates_of(
    nodes: Sequence[Node], known: Mapping[str, Any], after: Sequence[str], run: Runner
) -> list[Gate]:
    """The sums that activations are applied to; that of an LSTM's new c among them.

    Args:
        nodes: what computes the states.
        known: what they start from: constants, and leaves called ``x``, ``h``, ``c``.
        after: the names of the new states, h before c.
        run: goes through nodes.

    Errors: RnncalcError for what no cell is written with.
    """
    opaque = {after[1]: "c_new"} if len(after) > 1 else {}
    ends = [run(dict(known), nodes, opaque)[after[0]]]
    ends += [run(dict(known), leading(nodes, [name]), {})[name] for name in after[1:]]
    return list(gates(ends, ["c_new"]).values())


def products_of(gate: Gate) -> Products:
    """The parts of a sum."""
    parts = Products([], [], [], [])
    for atom, matrix in gate.sum.terms:
        if matrix is None:
            parts.plain.append(atom)
        else:
            {"x": parts.x, "h": parts.h}.get(atom.name, parts.others).append(matrix)
    return parts


def hypotheses(found: Sequence[Gate], states: int) -> Iterator[Match] | None:
    """The cells that sums could belong to, with their gates in every order; None where no cell has
    such sums."""
    parts = [(gate, products_of(gate)) for gate in found]
    both = [g for g, p in parts if len(p.x) == len(p.h) == 1 and not (p.others or p.plain)]
    mixed = [g for g, p in parts if len(p.x) == len(p.plain) == 1 and not (p.h or p.others)]
    inner = [g for g, p in parts if len(p.h) == 1 and not (p.x or p.others or p.plain)]
    reset = [g for g, p in parts if len(p.x) == len(p.others) == 1 and not (p.h or p.plain)]
    new = [g for g, p in parts if [atom.name for atom in p.plain] == ["c_new"]]
    counts = tuple(map(len, (both, mixed, inner, reset, new)))
    if counts == (1, 0, 0, 0, 0) and states == 1:
        return _rnn(both[0])
    if counts == (2, 1, 1, 0, 0) and states == 1:
        return _gru(both, mixed[0], inner[0], after=True)
    if counts == (2, 0, 0, 1, 0) and states == 1:
        return _gru(both, reset[0], reset[0], after=False)
    if counts == (4, 0, 0, 0, 1) and states == 2:
        return _lstm(both, new[0])
    return None


def _rnn(gate: Gate) -> Iterator[Match]:
    for function in gate.functions:
        if not function.complement:
            yield Match("rnn", _arrays(gate, "", function), {"activation": function.activation}, {})


def _gru(both: list[Gate], candidate: Gate, inner: Gate, *, after: bool) -> Iterator[Match]:
    for z, r in permutations(both):
        for of_z, of_r, of_n in product(z.functions, r.functions, candidate.functions):
            if of_z.activation != of_r.activation or of_n.complement:
                continue
            functions = {"activation": of_n.activation, "recurrent_activation": of_z.activation}
            weights = _arrays(z, ".z", of_z) | _arrays(r, ".r", of_r)
            weights |= _candidate(candidate, inner, of_n)
            yield Match("gru", weights, functions, {"reset_after": after})
            if of_z.activation.name in SYMMETRIC:
                turned = {k: -a if k.endswith(".z") else a for k, a in weights.items()}
                yield Match("gru", turned, functions, {"reset_after": after})


def _lstm(both: list[Gate], new: Gate) -> Iterator[Match]:
    for ordered in permutations(both):
        choices = [gate.functions for gate in (*ordered, new)]
        for i, f, g, o, of_c in product(*choices):
            same = len({str(one.activation) for one in (i, f, o)}) == 1
            if not same or g.complement or of_c.complement:
                continue
            functions = {
                "activation": g.activation, "recurrent_activation": i.activation,
                "state_activation": of_c.activation,
            }  # fmt: skip
            weights: dict[str, Array] = {}
            for gate, letter, function in zip(ordered, "ifgo", (i, f, g, o), strict=True):
                weights |= _arrays(gate, f".{letter}", function)
            yield Match("lstm", weights, functions, {})


def _arrays(gate: Gate, end: str, function: AppliedFunction) -> dict[str, Array]:
    """The matrices and biases of a sum that reads x and h."""
    parts = products_of(gate)
    arrays = {"W_x": parts.x[0], "W_h": parts.h[0]}
    for name, sides in (("bias", ("x", "")), ("bias_h", ("h",))):
        biases = [bias for side, bias in gate.sum.biases if side in sides]
        if name == "bias" and function.shift:
            biases.append(np.full(len(parts.x[0]), function.shift))
        if biases:
            arrays[name] = np.sum(biases, axis=0) if len(biases) > 1 else biases[0]
    return {name + end: array for name, array in arrays.items()}


def _candidate(gate: Gate, inner: Gate, function: AppliedFunction) -> dict[str, Array]:
    """The arrays of a GRU's candidate, whose recurrent product stands by itself."""
    parts, own = products_of(gate), products_of(inner)
    joined = list(gate.sum.biases) + (list(inner.sum.biases) if inner is not gate else [])
    of_x = [part for part in gate.sum.terms if part[1] is not None and part[0].name == "x"]
    whole = Gate(Sum((*of_x, (_STATE, (own.others or own.h)[0])), tuple(joined)))
    if inner is not gate:
        own_biases = tuple(("h", bias) for _, bias in inner.sum.biases)
        biases = (*((s or "x", b) for s, b in gate.sum.biases), *own_biases)
        whole = Gate(Sum(whole.sum.terms, biases))
    assert parts.x
    return _arrays(whole, ".n", function)


_STATE = leaf("h").terms[0][0]


def _same(found: Match) -> tuple[Any, ...]:
    """Equal for cells that are the same."""
    weights = tuple(sorted((name, array.tobytes()) for name, array in found.weights.items()))
    return found.cell, weights, str(found.functions), str(found.options)


def holds(found: Match, samples: Samples, budget: Budget) -> bool:
    """Whether a cell computes what the graph does."""
    weights = sum(array.size for array in found.weights.values())
    numbers = samples.x.size + len(samples.x) * weights // limits.PRODUCT
    budget.spend(calls=limits.TRIED, numbers=numbers)
    if any(len(array) != samples.after[0].shape[-1] for array in found.weights.values()):
        return False
    after = computed_by(found, samples)
    within = EXACT if _exact(found) else ROUNDED
    return all(
        ours.shape == theirs.shape
        and np.allclose(ours, theirs, rtol=within, atol=within, equal_nan=True)
        for ours, theirs in zip(after, samples.after, strict=True)
    )


def _exact(found: Match) -> bool:
    """Whether its activations are without numbers that a graph rounds."""
    return not any(one.name.startswith("hard") or one.parameters or one.name == "selu"
                   for one in found.functions.values())  # fmt: skip


def computed_by(found: Match, samples: Samples) -> list[Array]:
    """The states after a step of the cell, for every row of the samples."""
    kind = CELLS[found.cell]
    operands = kind.operands(in_columns(found.weights))
    options, bounds = {**kind.options, **found.options}, dict.fromkeys(kind.bounds, unclipped)
    given = [samples.x.T, *(state.T for state in samples.before)]
    with np.errstate(all="ignore"):
        values = kind.step(*given, **operands, **found.functions, **options, **bounds)
    return [values[state].T for state in kind.states]


SEED = 20260101
ROWS = 16
SCALES = (0.01, 0.5, 3.0, 40.0)
"""How large the inputs and states are for which a step is compared with a cell."""


@dataclass(frozen=True)
class CellStep:
    """One step of a recurrence, as a graph says it.

    Attributes:
        nodes: what computes it, in order.
        constants: the numbers that it reads.
        x, states: the names of its input and of the states before it, h before c.
        after: the names of the states after it, in the same order.
        budget: the work that may still be spent on its graph.
    """

    nodes: Sequence[Node]
    constants: Mapping[str, Array]
    x: str
    states: tuple[str, ...]
    after: tuple[str, ...]
    budget: Budget

    def gates(self, sizes: Mapping[str, int]) -> list[Gate]:
        """The sums that it is made of."""
        names = zip((self.x, *self.states), "xhc", strict=False)
        leaves = {name: leaf(ours, sizes[name]) for name, ours in names}
        known = {**self.constants, **leaves}
        return gates_of(self.nodes, known, self.after, partial(in_terms, budget=self.budget))


def samples_of(step: CellStep) -> Samples:
    """What the graph computes for inputs and states that are drawn."""
    sizes = widths(step)
    random = np.random.default_rng(SEED)
    scale = np.repeat(SCALES, ROWS)[:, None]
    drawn = {n: scale * random.standard_normal((len(scale), size)) for n, size in sizes.items()}
    values: dict[str, Array] = {**step.constants, **drawn}
    for node in step.nodes:
        given = [values[name] if name else None for name in node.inputs]
        values |= dict(zip(node.outputs, computed(node, given, step.budget), strict=False))
    given_states = tuple(drawn[name] for name in step.states)
    return Samples(drawn[step.x], given_states, tuple(values[name] for name in step.after))


def widths(step: CellStep) -> dict[str, int]:
    """How many columns the input and the states have, by the matrices that they meet."""
    sizes: dict[str, int] = {}
    copies = {name: name for name in (step.x, *step.states)}
    for node in step.nodes:
        if node.op == "Identity" and node.inputs[0] in copies:
            copies[node.outputs[0]] = copies[node.inputs[0]]
        if node.op in ("MatMul", "Gemm") and node.inputs[0] in copies:
            matrix = step.constants.get(node.inputs[1])
            shape = _shape(step, node.inputs[1]) if matrix is None else matrix.shape
            turned = node.attributes.get("transB", 0)
            sizes[copies[node.inputs[0]]] = shape[-1] if turned else shape[-2]
    if step.x not in sizes or step.states[0] not in sizes:
        raise RnncalcError("its input, or its state, is not multiplied with a matrix by itself")
    return {name: sizes.get(name, sizes[step.states[0]]) for name in (step.x, *step.states)}


def _shape(step: CellStep, name: str) -> tuple[int, ...]:
    """The shape of a matrix that is cut out of a constant."""
    values: dict[str, Array] = dict(step.constants)
    for node in step.nodes:
        if all(one in values or not one for one in node.inputs):
            given = [values[one] if one else None for one in node.inputs]
            values |= dict(zip(node.outputs, computed(node, given, step.budget), strict=False))
    if name not in values or values[name].ndim != 2:
        raise RnncalcError("it multiplies two things that both depend on the input")
    return values[name].shape
