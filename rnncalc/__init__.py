"""rnncalc: what a recurrent network computes, and why.

``load`` a network from a file or a mapping, ``run`` it on a sequence, look at the ``Trace``:

    >>> import rnncalc
    >>> model = rnncalc.load({"W_x": 0.32394445, "W_h": 1, "x": [1, 2, 3, 4, 5]})
    >>> rnncalc.run(model).h[-1]
    array([0.98896189])
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # typing itself is not imported: ``python -m`` looks in the working folder
if TYPE_CHECKING:
    from typing import Any

    from rnncalc.checked import Checked as Checked
    from rnncalc.checking import check as check
    from rnncalc.converting import convert as convert
    from rnncalc.errors import RnncalcError as RnncalcError
    from rnncalc.errors import RnncalcWarning as RnncalcWarning
    from rnncalc.layer import Layer as Layer
    from rnncalc.model import Model as Model
    from rnncalc.prelu import Prelu as Prelu
    from rnncalc.readers import load as load
    from rnncalc.recurrence import run as run
    from rnncalc.stateless import Flatten as Flatten
    from rnncalc.stateless import Function as Function
    from rnncalc.stateless import Normalization as Normalization
    from rnncalc.stateless import Output as Output
    from rnncalc.stateless import Pooling as Pooling
    from rnncalc.telling import explain as explain
    from rnncalc.trace import Trace as Trace
    from rnncalc.traced import Step as Step

HOMES = {
    "load": "readers",
    "run": "recurrence",
    "explain": "telling",
    "check": "checking",
    "convert": "converting",
    "Model": "model",
    "Layer": "layer",
    "Output": "stateless",
    "Normalization": "stateless",
    "Function": "stateless",
    "Pooling": "stateless",
    "Prelu": "prelu",
    "Flatten": "stateless",
    "Trace": "trace",
    "Checked": "checked",
    "Step": "traced",
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
