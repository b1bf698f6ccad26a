"""Which layer a formula is: a normalization, or an activation, written out in operators.

Names and the order of the operators count for nothing. A layer is made of the formula's own
constants, and held against what the formula computes of rows, small and large.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import permutations, product
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.onnx_activations import decimal
from rnncalc.conventions.spelling import simple
from rnncalc.equations.activations import ACTIVATIONS, Activation
from rnncalc.errors import RnncalcError
from rnncalc.model.stateless import Normalization
from rnncalc.readers.of_onnx.loops.activations import PLACES, USUAL, agrees, matching
from rnncalc.readers.of_onnx.operators.axes import length_of
from rnncalc.readers.of_onnx.walk.formulas import MEANS, Formulas, distinct
from rnncalc.readers.of_onnx.walk.values import Formula

EXACT = 1e-9
"""How far numbers may be off, in float64, where operators come in another order."""
SCALES = np.array([1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0, 30.0, 1e3, 1e6])[:, None]
FEW = 8
"""So many features are looked at first, where each has its own numbers."""
ENDLESS = [(math.inf, math.inf)]
NOTHING = (1e-20, 1e-20)
"""An epsilon that adds nothing to 1 in any type: of a scale and a shift alone."""

Block = dict[str, Any]
Number = tuple[float, float]


def layer_of(formulas: Formulas, formula: Formula) -> Block | None:
    """The layer that a formula is, as a block of a config; None where it is none that is known."""
    try:
        with np.errstate(all="ignore"):
            return _layer_of(formulas, formula)
    except (RnncalcError, ValueError, ArithmeticError):
        return None


def _layer_of(formulas: Formulas, formula: Formula) -> Block | None:
    """Errors: RnncalcError where what it computes cannot be told."""
    constants = distinct(formulas.constants(formula))
    size = length_of(formula.flow.axes[-1])
    if max(Counter(one.size for one in constants).values(), default=0) > limits.MOST_ALIKE:
        return None
    if any(one.size > 1 for one in constants) or _has_means(formula):
        return _normalization(formulas, formula, constants, size)
    return _function(formulas, formula, constants)


def _has_means(formula: Formula) -> bool:
    return any(node.op in MEANS for node in formula.nodes)


def _function(formulas: Formulas, formula: Formula, constants: list[Tensor]) -> Block | None:
    """An activation: with the formula's own numbers, else one whose numbers are the same."""
    numbers = formulas.numbers(formula, PLACES[:, None])[:, 0]
    for one in USUAL:
        if agrees(one, numbers, EXACT):
            return {"activation": simple({"name": one.name, **one.parameters})}
    for name, raw, kept in _with_parameters(constants, formula):
        formulas.budget.spend(calls=5)
        if agrees(Activation(name, raw), numbers, EXACT):
            return {"activation": {"name": name, **kept}}
    for one in matching(numbers):
        return {"activation": simple({"name": one.name, **one.parameters})}
    return None


def _with_parameters(
    constants: Sequence[Tensor], formula: Formula
) -> Iterator[tuple[str, dict[str, float], dict[str, float]]]:
    """The functions that have parameters, with constants and attributes as these: as they are,
    and as the file means them.
    """
    values = [one for node in formula.nodes for one in node.attributes.values()]
    own = [(float(one), decimal(one)) for one in values if isinstance(one, float)]
    numbers = [*map(_number, constants[: limits.MOST_ALIKE]), *own[: limits.MOST_ALIKE]]
    finite = [pair for pair in numbers if np.isfinite(pair[0])]
    signed = [(sign * raw, sign * kept) for raw, kept in finite for sign in (1, -1)]
    for name, known in ACTIVATIONS.items():
        few = (
            signed
            if len(known.defaults) < limits.MANY_PARAMETERS
            else signed[: 2 * limits.MANY_PARAMETERS]
        )
        zero = (0.0, 0.0)
        tried = [one for one in dict.fromkeys([*few, (1.0, 1.0), zero]) if one != zero]
        ways = [
            [*tried, *[zero] * (key not in known.nonzero), *ENDLESS * (key in known.endless)]
            for key in known.defaults
        ]
        for given in product(*ways) if ways else ():
            raw, kept = (
                dict(zip(known.defaults, one, strict=True)) for one in zip(*given, strict=True)
            )
            yield name, raw, kept


def _number(constant: Tensor) -> Number:
    """One number, and the shortest that is the same in the type that the file keeps it in."""
    number = float(constant.read()[0])
    return number, number if constant.dtype == "float64" else decimal(number)


def _close(one: Array, other: Array) -> bool:
    return bool(np.allclose(one, other, rtol=EXACT, atol=EXACT))


def _normalization(
    formulas: Formulas, formula: Formula, constants: list[Tensor], size: Any
) -> Block | None:
    """A normalization whose numbers are those of the formula."""
    rows = np.random.default_rng(1).normal(0, 1, (len(SCALES), size)) * SCALES
    rows[:4] += rows[4:8, :1]
    numbers = formulas.numbers(formula, rows)
    vectors = [one for one in constants if one.size == size]
    scalars = [one for one in constants if one.size == 1 and one.read()[0] > 0]
    ways = _layers if _has_means(formula) else _batches
    for block in ways(vectors, list(map(_number, scalars)), size):
        formulas.budget.spend(calls=5, numbers=rows.size)
        epsilon, kept = block["epsilon"]
        if _computes(block | {"epsilon": epsilon}, rows, numbers):
            return block | {"epsilon": kept}
    return None


def _layers(vectors: list[Tensor], scalars: list[Number], size: int) -> Iterator[Block]:
    """Layer normalizations."""
    optional = [None, *vectors]
    for epsilon, gamma, beta in product(scalars, optional, optional):
        yield _block("layer", epsilon, gamma=gamma, beta=beta)


def _batches(vectors: list[Tensor], scalars: list[Number], size: int) -> Iterator[Block]:
    """Batch normalizations as they are stored; then a scale and a shift that they come to."""
    for mean, variance, gamma, beta in permutations([*vectors, None, None], 4):
        if mean is not None and variance is not None:
            for epsilon in scalars:
                yield _block("batch", epsilon, mean=mean, variance=variance,
                             gamma=gamma, beta=beta)  # fmt: skip
    zeros, ones = (Tensor(str(n), (size,), "float32", _filled(size, n), {}) for n in (0, 1))
    optional = [None, *vectors]
    for gamma, beta in product(optional, optional):
        yield _block("batch", NOTHING, mean=zeros, variance=ones, gamma=gamma, beta=beta)


def _filled(size: int, number: int) -> Any:
    return lambda: np.full(size, float(number))


def _block(kind: str, epsilon: Number, **arrays: Tensor | None) -> Block:
    given = {key: one for key, one in arrays.items() if one is not None}
    return {"normalization": kind, "epsilon": epsilon, **given}


def _computes(block: Block, rows: Array, numbers: Array) -> bool:
    """Whether a normalization computes these numbers: of a few features first."""
    arrays = {key: one.read() for key, one in block.items() if isinstance(one, Tensor)}
    if np.any(arrays.get("variance", np.zeros(1)) < 0):
        return False
    cuts = [slice(FEW)] * (block["normalization"] == "batch") + [slice(None)]
    return all(_same(block, arrays, rows, numbers, cut) for cut in cuts)


def _same(block: Block, arrays: Any, rows: Array, numbers: Array, cut: slice) -> bool:
    own = {key: array[cut] for key, array in arrays.items()}
    layer = Normalization(block["normalization"], block["epsilon"], **own)
    columns = {key: array[:, None] for key, array in layer.operands.items()}
    result = layer.step(rows[:, cut].T, columns, lambda function: function)
    return _close(numbers[:, cut], result.T)
