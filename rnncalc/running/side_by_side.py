"""One network and one input in several dtypes, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rnncalc.bounds import MOST_HELD
from rnncalc.errors import RnncalcError, listed
from rnncalc.model.model import Model
from rnncalc.running.inputs import size_of
from rnncalc.running.recurrence import numbers_of, run
from rnncalc.trace.side_by_side import SideBySide

if TYPE_CHECKING:
    import numpy.typing as npt


def side_by_side(
    model: Model, x: npt.ArrayLike | None = None, *, dtypes: Sequence[str], **how: Any
) -> SideBySide:
    """Run a model in several dtypes; the last of them measures the others.

    Args:
        x: as of ``run``.
        dtypes: two or more, each once: ``("float16", "float32", "float64")``.
        how: what else ``run`` takes.

    Errors: those of ``run``; RnncalcError where dtypes are too few, or one stands there twice, or
    where all the numbers are too many to hold at once.
    """
    if len(dtypes) < 2 or len({*dtypes}) < len(dtypes):
        raise RnncalcError(f"two dtypes or more, each once, were expected, not {listed(dtypes)}")
    batch, timesteps = size_of(model, model.x if x is None else x)
    steps = how.get("until") or model.timesteps or timesteps
    count = len(dtypes) * numbers_of(model, batch, steps, how.get("record"))
    if count > MOST_HELD:
        message = f"{len(dtypes)} dtypes are about {count:,} numbers; at most {MOST_HELD:,} are"
        raise RnncalcError(f"{message} held at once: run them one by one, with -o")
    return SideBySide(tuple(run(model, x, dtype=dtype, **how) for dtype in dtypes))
