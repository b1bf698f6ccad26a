"""Numbers through layers without a state. Arrays are columns: ([timesteps,] width, batch)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.stateless import average, largest
from rnncalc.model.stateless import Pooling, Row, Stateless, units_first
from rnncalc.running.inputs import Flow, Steps
from rnncalc.running.precision import Precision

POOLED: dict[str, Callable[..., Array]] = {"average": average, "max": largest}
"""The equations of pooling."""


def apply_chain(chain: Iterable[Stateless], h: Array, precision: Precision) -> Array:
    """What the layers of a chain give, one after another."""
    for one in chain:
        operands = {name: _operand(one, name, precision) for name in one.operands}
        h = one.step(h, operands, units_first)
    return h


def make_row(one: Row, h: Array, steps: Steps) -> Array:
    """All timesteps as one, (width, batch): pooled or flattened."""
    if isinstance(one, Pooling) and one.kind == "last":
        return steps.last(h)
    if not isinstance(one, Pooling):
        return h.reshape(-1, h.shape[-1])
    real = real_steps(one, steps)
    real = np.ones((len(h), h.shape[-1]), bool) if real is None else real
    return POOLED[one.kind](h, real[:, None])


def real_steps(one: Row, steps: Steps) -> Array | None:
    """Which timesteps a row is made of, (timesteps, batch); None where all are.

    Keras' GlobalMaxPooling1D and Flatten know no mask; padding counts for no pooling.
    """
    whole = not isinstance(one, Pooling) or (steps.hold and one.kind == "max")
    return None if whole else steps.active


def apply(
    one: Stateless, read: Sequence[Flow], precision: Precision
) -> tuple[dict[str, Array], Flow]:
    """What a layer computes of what it reads, by name; and what it gives."""
    first = read[0]
    if isinstance(one, Row) and first.columns.ndim == 3:
        y = make_row(one, first.columns, first.steps)
        return {"y": y}, Flow(y)
    operands = {name: _operand(one, name, precision) for name in one.operands}
    columns, real = [flow.columns for flow in read], [flow.steps.active for flow in read]
    values = one.compute(columns, operands, real)
    return values, Flow([*values.values()][-1], _steps(one.mask(real, columns), read))


def _steps(real: Array | None, read: Sequence[Flow]) -> Steps:
    """The steps that a mask tells; those of what was read, where it tells the same."""
    if real is None:
        return Steps()
    for flow in read:
        if flow.steps.active is not None and np.array_equal(flow.steps.active, real):
            return flow.steps
    return Steps(real, hold=True)


def _operand(one: Stateless, name: str, precision: Precision) -> Array:
    """An array of a layer as a column; a matrix as it is."""
    key = {"b_y": "bias"}.get(name, name)
    array = precision.weight(f"{one.name}.{key}", one.operands[name])
    return array if array.ndim == 2 else array[:, None]
