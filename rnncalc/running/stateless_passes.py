"""Numbers through layers without a state. Arrays are columns: ([timesteps,] width, batch)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.gates import in_columns
from rnncalc.errors import RnncalcError
from rnncalc.model.stateless import Row, Stateless
from rnncalc.running.inputs import Flow, Steps
from rnncalc.running.precision import Precision


def make_row(one: Row, h: Array, steps: Steps) -> Array:
    """All timesteps as one, (width, batch): pooled or flattened."""
    return one.compute([h], {}, [real_steps(one, steps)])["y"]


def real_steps(one: Stateless, steps: Steps) -> Array | None:
    """Which timesteps count for a layer, (timesteps, batch); None where all do."""
    return steps.active if one.leaves_out(held=steps.hold) else None


def apply(
    one: Stateless, read: Sequence[Flow], precision: Precision
) -> tuple[dict[str, Array], Flow]:
    """What a layer computes of what it reads, by name; and what it gives."""
    operands = _operands(one, precision)
    columns, real = [flow.columns for flow in read], [flow.steps.active for flow in read]
    values = one.compute(columns, operands, [real_steps(one, flow.steps) for flow in read])
    given = [*values.values()][-1]
    mask = one.mask(real, columns, operands)
    if mask is None and given.ndim == 3:
        _refuse_ends(one, read)
    return values, Flow(given, _steps(mask, read))


def _refuse_ends(one: Stateless, read: Sequence[Flow]) -> None:
    """Masks may be dropped, as Keras does; where sequences end, nobody says that it is to."""
    for flow in read:
        active = flow.steps.active
        if active is not None and not flow.steps.hold and not active.all():
            message = f"{one.name} hands no lengths on: run each sequence alone, or give a mask"
            raise RnncalcError(f"{message}, which it drops as Keras does", about=(one.name,))


def _steps(real: Array | None, read: Sequence[Flow]) -> Steps:
    """The steps that a mask tells; those of what was read, where it tells the same."""
    if real is None:
        return Steps()
    for flow in read:
        if flow.steps.active is not None and np.array_equal(flow.steps.active, real):
            return flow.steps
    return Steps(real, hold=True)


def _operands(one: Stateless, precision: Precision) -> dict[str, Array]:
    """The arrays of a layer, vectors as columns."""
    names = {name: {"b_y": "bias"}.get(name, name) for name in one.operands}
    return in_columns(
        {n: precision.weight(f"{one.name}.{names[n]}", a) for n, a in one.operands.items()}
    )
