"""The same network, run by Keras, PyTorch or ONNX Runtime, where they are installed.

A network becomes a script in the framework's own words (``by_keras`` ...); a process of its own
runs it (``process``); what it gives are ``Expected`` numbers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from rnncalc.converting.refusal import without_remedy
from rnncalc.converting.scripts.given import Given, given
from rnncalc.errors import RnncalcError, located
from rnncalc.expected import Expected
from rnncalc.frameworks.job import Job, Outcome, finals
from rnncalc.frameworks.process import ran
from rnncalc.model import Model

TITLES = {"keras": "Keras", "torch": "PyTorch", "onnxruntime": "ONNX Runtime"}
"""The frameworks, by the names of their packages."""

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""What Keras may run on, the usual one first."""


def expected(model: Model, name: str, path: Path | None = None) -> Expected:
    """What a framework computes of a network and its input.

    Args:
        model: with its input: x, lengths or mask, initial states.
        name: ``keras``, ``torch`` or ``onnxruntime``.
        path: the file that the network is all of, where there is one.

    Errors: RnncalcError where the framework is not installed, for what it does not compute, by its
    name, and where it fails.
    """
    with located(f"--against {name}"):
        more = environment(name)
        this = given(model)
        [outcome] = ran([job(this.model, name)], more)
        return told(this, name, outcome)


def job(model: Model, name: str) -> Job:
    """What a framework is to compute, of a network whose input is settled (``given``).

    Errors: RnncalcError for what it does not compute, by its name.
    """
    try:
        made: Job = import_module(f"rnncalc.frameworks.by_{name}").job(model)
    except RnncalcError as error:
        error.message = without_remedy(error.message)
        raise
    return made


def told(this: Given, name: str, outcome: Outcome) -> Expected:
    """The numbers of a framework by the names that results give them, and how they came to be.

    Errors: RnncalcError where it failed.
    """
    if outcome.error:
        raise RnncalcError(f"{TITLES[name]} does not compute it: {outcome.error}")
    results, model = outcome.results, this.model
    h, out = (
        array if this.batched else array[0] for array in map(results.__getitem__, ("h", "out"))
    )
    named = {"h": h} | {"y" if model.outputs else "h": out}
    for state in ("h", "c"):
        both = finals(results, state, len(model.layers[-1].passes))
        if both is not None:
            named[f"final.{state}"] = both if this.batched else both[:, 0]
    dtype = out.dtype.name
    how = f"{_title(name, outcome.versions)}: {outcome.words}, {dtype}"
    return Expected(name, None, named, dtype, how)


def _title(name: str, versions: Mapping[str, str]) -> str:
    """The framework and its version; of Keras what it runs on, too."""
    title = f"{TITLES[name]} {versions.get(name, '')}".strip()
    under = next((one for one in BACKENDS if name == "keras" and one in versions), None)
    return f"{title} on {BACKENDS[under]} {versions[under]}" if under else title


def environment(name: str) -> Mapping[str, str]:
    """Variables that a framework needs. Errors: RnncalcError where it is not installed."""
    if find_spec(name) is None:
        raise RnncalcError(f"{name} is not installed: pip install {name}")
    if name != "keras" or os.environ.get("KERAS_BACKEND") or find_spec("tensorflow"):
        return {}
    other = next((one for one in BACKENDS if find_spec(one)), None)
    if other is None:
        needs = "Keras runs on TensorFlow, JAX or PyTorch, and none is installed"
        raise RnncalcError(f"{needs}: pip install tensorflow")
    return {"KERAS_BACKEND": other}
