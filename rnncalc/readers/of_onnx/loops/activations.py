"""Which activations a step of a recurrence applies, and to which sums.

An activation is recognised by its numbers: what a graph makes of one sum alone, in however many
operators, is compared with the functions that are known.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import field, replace

import numpy as np

from rnncalc.array import Array
from rnncalc.conventions.onnx_activations import decimal
from rnncalc.data import dataclass
from rnncalc.equations.activations import ACTIVATIONS, Activation
from rnncalc.readers.of_onnx.loops.sums import Leaf, Sum
from rnncalc.readers.of_onnx.operators.table import ELEMENTWISE

ALIKE = 2e-7
"""How far the numbers of a function may be off: 1 / 6 in float32 is off by 5e-9."""

NEAR = 100
FAR = np.geomspace(10, 1e6, 16)
PLACES = np.concatenate([np.linspace(-8.3, 8.3, 97), np.geomspace(1e-3, 1, 9), FAR, -FAR, [0.0]])
"""Where functions are compared: what is cut off at some bound is none of them."""


@dataclass(frozen=True)
class AppliedFunction:
    """An activation that is applied to a sum.

    Attributes:
        activation: which.
        complement: whether 1 minus it is what the graph goes on with.
        shift: whether the numbers that were added to the whole sum are a bias before it.
    """

    activation: Activation
    complement: bool = False
    shift: float = 0.0


@dataclass
class Gate:
    """A sum with matrices, and the functions that are applied to it."""

    sum: Sum
    functions: list[AppliedFunction] = field(default_factory=list)


def gates(outputs: Iterable[Sum], leaves: Iterable[str] = ()) -> dict[Hashable, Gate]:
    """The sums with matrices that outputs are made of, by their keys.

    Args:
        leaves: the inputs of the step that count as such sums too.
    """
    found = _Search(frozenset(leaves))
    for one in outputs:
        found.exit(one)
    return found.gates


class _Search:
    """The way down from the outputs."""

    def __init__(self, leaves: frozenset[str]) -> None:
        self.leaves = leaves
        self.gates: dict[Hashable, Gate] = {}
        self.bases: dict[Hashable, Sum | None] = {}
        self.seen: set[Hashable] = set()

    def exit(self, one: Sum) -> None:
        """Something goes on with this: a function of one sum, or one that is none."""
        if (one.key, one.offset) in self.seen:
            return
        self.seen.add((one.key, one.offset))
        base = self.base(one)
        if base is None:
            for atom, _ in one.terms:
                self.inside(atom)
            return
        new = base.key not in self.gates
        gate = self.gates.setdefault(base.key, Gate(base))
        gate.functions += [f for f in self.functions(one, base) if f not in gate.functions]
        if new:
            for atom, _ in base.terms:
                self.inside(atom)

    def inside(self, atom: Leaf) -> None:
        """What an atom is made of."""
        if atom.key in self.seen:
            return
        self.seen.add(atom.key)
        for one in atom.inputs:
            if isinstance(one, Sum):
                self.exit(one)

    def base(self, one: Sum) -> Sum | None:
        """The sum with matrices that something is made of alone."""
        if one.multiplied:
            return replace(one, offset=0.0)
        if one.biases:
            return None
        return _same(self._base(atom) for atom, _ in one.terms)

    def _base(self, atom: Leaf) -> Sum | None:
        if atom.key not in self.bases:
            self.bases[atom.key] = None
            if atom.op in ELEMENTWISE and all(isinstance(i, Sum) or np.size(i) == 1
                                              for i in atom.inputs):  # fmt: skip
                sums = (one for one in atom.inputs if isinstance(one, Sum))
                self.bases[atom.key] = _same(map(self.base, sums))
            elif atom.name in self.leaves:
                self.bases[atom.key] = Sum(((atom, None),), size=atom.size)
        return self.bases[atom.key]

    def functions(self, one: Sum, base: Sum) -> Iterator[AppliedFunction]:
        """The known functions that this one may be of its base."""
        shift = _shift(one)
        for moved in dict.fromkeys((0.0, shift)):
            numbers = self.numbers(one, PLACES - moved, {})
            for complement in (False, True):
                given = 1 - numbers if complement else numbers
                for activation in matching(given):
                    if not (complement and activation.name in ("linear", "affine")):
                        yield AppliedFunction(activation, complement, moved)

    def numbers(self, one: Sum, places: Array, made: dict[Hashable, Array]) -> Array:
        """What is computed at these places of its base; ``made`` is what is known already."""
        if one.multiplied:
            return places + one.offset
        result = np.full(places.shape, one.offset)
        for atom, _ in one.terms:
            if atom.key not in made:
                made[atom.key] = self.made(atom, places, made)
            result = result + made[atom.key]
        return result

    def made(self, atom: Leaf, places: Array, made: dict[Hashable, Array]) -> Array:
        """What an atom is at these places."""
        if atom.name in self.leaves:
            return places
        given = [
            self.numbers(i, places, made) if isinstance(i, Sum) else np.reshape(i, ())
            for i in atom.inputs
        ]
        with np.errstate(all="ignore"):
            return np.asarray(ELEMENTWISE[atom.op](given, atom.attributes))


def _same(found: Iterable[Sum | None]) -> Sum | None:
    """The only base; None where there are several, or none."""
    bases = list(found)
    keys = {None if one is None else one.key for one in bases}
    return bases[0] if len(keys) == 1 else None


def _shift(one: Sum) -> float:
    """What is added to a whole base before anything else is done with it."""
    if one.multiplied:
        return one.offset
    sums = [i for atom, _ in one.terms for i in atom.inputs if isinstance(i, Sum)]
    return _shift(sums[0]) if len(sums) == 1 else 0.0


USUAL = [
    Activation(name)
    for name, known in ACTIVATIONS.items()
    if not known.together and None not in known.defaults.values()
]
"""Those that need no parameter, or have a default, of each number alone."""


def matching(numbers: Array) -> Iterator[Activation]:
    """The activation whose numbers at PLACES these are; nothing where none is."""
    for activation in _candidates(numbers):
        if agrees(activation, numbers):
            yield activation
            return


def agrees(activation: Activation, numbers: Array, within: float = ALIKE) -> bool:
    """Whether numbers at PLACES are those of an activation.

    Far out a graph may give an infinity on its way to a number: log(sigmoid(a)) of a = -1000.
    """
    with np.errstate(all="ignore"):
        ours = activation(PLACES)
        close = np.isclose(numbers, ours, rtol=within, atol=within)
    return bool(np.all(close | (np.isinf(numbers) & (np.abs(PLACES) > NEAR))))


def _candidates(numbers: Array) -> Iterator[Activation]:
    yield from USUAL
    yield from _with_parameters(numbers)


def _with_parameters(numbers: Array) -> Iterator[Activation]:
    """Those whose parameters are read off numbers at two places."""
    low, high = int(np.argmin(PLACES)), int(np.argmax(PLACES))
    zero = len(PLACES) - 1
    if not np.all(np.isfinite(numbers)):
        return
    slope = float(numbers[low] / PLACES[low])
    yield Activation("leaky_relu", {"alpha": decimal(slope)})
    yield Activation("elu", {"alpha": decimal(float(numbers[low]) / math.expm1(PLACES[low]))})
    middle = float(numbers[zero])
    rise = (float(numbers[high]) - middle) / float(PLACES[high])
    yield Activation("affine", {"alpha": decimal(rise), "beta": decimal(middle) + 0.0})  # -0 is 0
