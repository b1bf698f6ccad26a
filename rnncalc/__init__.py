"""rnncalc: what a recurrent network computes, and why.

``load`` a network from a file or a mapping, ``run`` it on a sequence, look at the ``Trace``:

    >>> import rnncalc
    >>> model = rnncalc.load({"W_x": 0.32394445, "W_h": 1, "x": [1, 2, 3, 4, 5]})
    >>> rnncalc.run(model).h[-1]
    array([0.98896189])
"""

from __future__ import annotations

__version__ = "0.2.0"

TYPE_CHECKING = False  # typing itself is not imported: ``python -m`` looks in the working folder
if TYPE_CHECKING:
    from typing import Any

    from rnncalc.checking.check import check as check
    from rnncalc.checking.verdict import Checked as Checked
    from rnncalc.converting import convert as convert
    from rnncalc.errors import RnncalcError as RnncalcError
    from rnncalc.errors import RnncalcWarning as RnncalcWarning
    from rnncalc.explaining.exercise import exercise as exercise
    from rnncalc.explaining.explain import explain as explain
    from rnncalc.explaining.insight import Insight as Insight
    from rnncalc.explaining.insight import summary as summary
    from rnncalc.explaining.insight import why as why
    from rnncalc.inspecting.inspect import inspect as inspect
    from rnncalc.inspecting.inspect import matrix as matrix
    from rnncalc.many.run import run_many as run_many
    from rnncalc.model.layer import Layer as Layer
    from rnncalc.model.model import Model as Model
    from rnncalc.model.stateless import Flatten as Flatten
    from rnncalc.model.stateless import Function as Function
    from rnncalc.model.stateless import Normalization as Normalization
    from rnncalc.model.stateless import Output as Output
    from rnncalc.model.stateless import Pooling as Pooling
    from rnncalc.model.stateless import Prelu as Prelu
    from rnncalc.pictures.page import page as page
    from rnncalc.readers import load as load
    from rnncalc.running.recurrence import generate as generate
    from rnncalc.running.recurrence import part_of as part_of
    from rnncalc.running.recurrence import run as run
    from rnncalc.running.recurrence import stream as stream
    from rnncalc.running.side_by_side import side_by_side as side_by_side
    from rnncalc.running.together import together as together
    from rnncalc.trace.side_by_side import SideBySide as SideBySide
    from rnncalc.trace.trace import Step as Step
    from rnncalc.trace.trace import Trace as Trace
    from rnncalc.writers import write as write

HOMES = {
    "load": "readers",
    "run": "running.recurrence",
    "run_many": "many.run",
    "together": "running.together",
    "explain": "explaining.explain",
    "exercise": "explaining.exercise",
    "check": "checking.check",
    "inspect": "inspecting.inspect",
    "matrix": "inspecting.inspect",
    "convert": "converting",
    "stream": "running.recurrence",
    "part_of": "running.recurrence",
    "generate": "running.recurrence",
    "side_by_side": "running.side_by_side",
    "write": "writers",
    "page": "pictures.page",
    "why": "explaining.insight",
    "summary": "explaining.insight",
    "Insight": "explaining.insight",
    "Model": "model.model",
    "Layer": "model.layer",
    "Output": "model.stateless",
    "Normalization": "model.stateless",
    "Function": "model.stateless",
    "Pooling": "model.stateless",
    "Prelu": "model.stateless",
    "Flatten": "model.stateless",
    "Trace": "trace.trace",
    "SideBySide": "trace.side_by_side",
    "Checked": "checking.verdict",
    "Step": "trace.trace",
    "RnncalcError": "errors",
    "RnncalcWarning": "errors",
}
"""The public names and the modules that they live in; imported when somebody asks for them."""

__all__ = list(HOMES)


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module 'rnncalc' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"rnncalc.{HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*HOMES, "__version__"]
