"""What two networks must have in common, whatever becomes of it: weights bit by bit, functions.

What they compute may differ in the last bits where numbers lie otherwise in memory: a product is
then added up in another order. Their weights may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from rnncalc.array import Array
from rnncalc.converting.joining import joined
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.errors import RnncalcError, printable
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model, cast
from rnncalc.model.stateless import Stateless

GRID = np.linspace(-8, 8, 161)[:, None]
"""Where functions are compared."""


def refuse_others(model: Model, back: Model, *, biases: bool) -> None:
    """Errors: RnncalcError where a weight or a function is another one in what was read back.

    Args:
        biases: whether those are compared, too, and have not been added up.
    """
    ways = _ways(model), _ways(back)
    if len(ways[0]) != len(ways[1]):
        raise RnncalcError(f"it has {len(ways[1])} directions in all layers, not {len(ways[0])}")
    for (name, ours), (_, theirs) in zip(*ways, strict=True):
        names = {*ours.weights, *theirs.weights}
        names = {key for key in names if biases or not key.startswith("bias")}
        _refuse_arrays(name, ours.weights, theirs.weights, names, model.dtype)
        _refuse_arrays(name, _states(ours), _states(theirs), ("h0", "c0"), model.dtype)
        _refuse_settings(name, ours, theirs)
    heads = _heads(model), _heads(back)
    alike = len(heads[0]) == len(heads[1])  # else only what they compute can be compared
    for one, other in zip(*heads, strict=True) if alike else ():
        names = {*one.operands, *other.operands} - {"epsilon"}
        _refuse_arrays(one.name, one.operands, other.operands, names, model.dtype)


def _states(one: Layer) -> dict[str, Array]:
    """The initial states that its cell has."""
    return {f"{s}0": np.asarray(getattr(one, f"{s}0")) for s in CELLS[one.cell].states}


def _refuse_settings(where: str, ours: Layer, theirs: Layer) -> None:
    """Errors: RnncalcError for a function that computes something else, and for other options."""
    kind = CELLS[ours.cell]
    for key in (*kind.functions, *kind.options, "clip"):
        one, other = getattr(ours, key), getattr(theirs, key)
        alike = one == other or (key in kind.functions and _alike(one, other))
        if not alike:
            raise RnncalcError(f"{printable(where)}.{key} is {other}, not {one}")


def _alike(one: Activation, other: Activation) -> bool:
    """Whether two functions compute the same, whatever they are called."""
    return np.allclose(one(GRID), other(GRID), rtol=1e-12, atol=1e-14)


def _ways(model: Model) -> list[tuple[str, Layer]]:
    """Every direction of every layer."""
    return [(layer.name, one) for layer in model.layers for one in layer.passes.values()]


def _heads(model: Model) -> list[Stateless]:
    """The layers without a state that have arrays."""
    model = joined(model)
    chains = [*(layer.chain for layer in model.layers), model.outputs]
    return [one for chain in chains for one in chain if one.takes]


def _refuse_arrays(
    where: str,
    ours: Mapping[str, Array],
    theirs: Mapping[str, Array],
    names: Iterable[str],
    dtype: str,
) -> None:
    """Errors: RnncalcError for an array that is another one; what is not there is 0."""
    for name in sorted(names):
        one, other = (
            None if name not in of else cast(name, of[name], dtype) for of in (ours, theirs)
        )
        if not _same(one, other):
            raise RnncalcError(f"{printable(where)}.{name} has other numbers")


def _same(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None:
        there = other if one is None else one
        return not np.any(there)
    equal = (one == other) & (np.signbit(one) == np.signbit(other))
    return one.shape == other.shape and bool(np.all(equal | (np.isnan(one) & np.isnan(other))))
