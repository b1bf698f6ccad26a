"""Numbers through layers without a state. Arrays are columns: ([timesteps,] width, batch)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.stateless import average, largest
from rnncalc.model.chain import cut
from rnncalc.model.model import Model
from rnncalc.model.stateless import Pooling, Row, Stateless, units_first
from rnncalc.running.inputs import Steps
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


def apply_outputs(
    model: Model, h: Array, last: Array | None, steps: Steps, precision: Precision
) -> Array:
    """y of h, (timesteps, width, batch).

    Args:
        last: in many-to-one what comes from the last step, (width, batch), where no layer makes
            one row of all of them.
    """
    chain, at = model.outputs, cut(model.outputs)
    if at is None:
        return apply_chain(chain, h if last is None else last, precision)
    row = chain[at]
    assert isinstance(row, Row)
    h = make_row(row, apply_chain(chain[:at], h, precision), steps)
    return apply_chain(chain[at + 1 :], h, precision)


def _operand(one: Stateless, name: str, precision: Precision) -> Array:
    """An array of a layer as a column; a matrix as it is."""
    key = {"b_y": "bias"}.get(name, name)
    array = precision.weight(f"{one.name}.{key}", one.operands[name])
    return array if array.ndim == 2 else array[:, None]
