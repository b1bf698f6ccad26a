"""For tests of other projects: an assertion whose failure says which mistake explains it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy.typing as npt

from rnncalc.checking.check import check
from rnncalc.checking.expected import Expected
from rnncalc.model.model import Model
from rnncalc.trace.selection import Index
from rnncalc.trace.trace import Trace


def assert_trace_equal(
    ours: Trace | Model,
    expected: npt.ArrayLike | Trace | Expected | Path,
    *,
    show: str | None = None,
    of: str = "",
    steps: Index | None = None,
    units: Index | None = None,
    sequence: Index | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    decimals: int | None = None,
) -> None:
    """Assert that a run has the expected numbers; what all of it means says ``rnncalc.check``.

    Errors: AssertionError, whose message is the diagnosis; RnncalcError for numbers that cannot be
    compared.
    """
    __tracebackhide__ = True
    options: dict[str, Any] = {"show": show, "rtol": rtol, "atol": atol, "decimals": decimals}
    options |= {"of": of, "steps": steps, "units": units, "sequence": sequence}
    checked = check(ours, expected, **options)
    if not checked:
        raise AssertionError(f"\n{checked}")
