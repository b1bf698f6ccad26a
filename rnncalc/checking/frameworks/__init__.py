"""The same network, run by Keras, PyTorch or ONNX Runtime, where they are installed.

A network becomes a script in the framework's own words (``by_keras`` ...); a process of its own
answers it (``process``); what it gives are ``Expected`` numbers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from rnncalc.checking.expected import Expected
from rnncalc.checking.frameworks.process import run_programs
from rnncalc.checking.frameworks.program import Answer, Program, finals
from rnncalc.converting.refusal import without_remedy
from rnncalc.converting.scripts.given import Given, given
from rnncalc.errors import RnncalcError, located, printable
from rnncalc.model.model import Model

TITLES = {"keras": "Keras", "torch": "PyTorch", "onnxruntime": "ONNX Runtime"}
"""The frameworks, by the names of their packages."""

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""What Keras may run on, the usual one first."""


SUFFIXES = {
    "keras": (".keras", ".h5", ".hdf5"),
    "torch": (".pt", ".pth", ".ckpt", ".bin", ".safetensors"),
    "onnxruntime": (".onnx",),
}
"""The files that a framework reads itself."""


def expected(
    model: Model, name: str, path: Path | None = None, *, show: str | None = None
) -> Expected:
    """What a framework computes of a network and its input.

    Args:
        model: with its input: x, lengths or mask, initial states.
        name: ``keras``, ``torch`` or ``onnxruntime``.
        path: the file that the network is all of, where there is one: where the framework can read
            it, it answers it itself.
        show: the quantity that is compared; by default what the network gives.

    Errors: RnncalcError where the framework is not installed, for what it does not compute, by its
    name, and where it fails.
    """
    with located(f"--against {name}"):
        if model.wiring:
            message = f"{TITLES[name]} is given layers in a row, this network is a graph of them"
            raise RnncalcError(f"{message}: compare with the numbers that it gives, --against FILE")
        more, this = environment(name), given(model)
        own, why = of_file(this, name, path, show)
        rebuilt = None
        try:
            rebuilt = program(this.model, name)
        except RnncalcError as error:
            if own is None:
                error.message = _renamed(error.message, model, this.model)
                raise
        answers = run_programs([one for one in (own, rebuilt) if one], more)
        if own and rebuilt and answers[0].error:
            why = f"{TITLES[name]} does not take the file: {answers[0].error}"
        return expected_of(this, name, answers[-1 if why else 0], why)


def _renamed(message: str, model: Model, plain: Model) -> str:
    """A message about a layer with the name that people know it by."""
    for ours, theirs in zip(model.layers, plain.layers, strict=True):
        if message.startswith(f"{theirs.name}: "):
            return printable(ours.name) + message[len(theirs.name) :]
    return message


def of_file(
    this: Given, name: str, path: Path | None, show: str | None
) -> tuple[Program | None, str]:
    """The file itself as a program; or why it is not run, where it might have been."""
    suffixes = SUFFIXES.get(name, ())
    if path is None or path.suffix.lower() not in suffixes or path.name.endswith(".weights.h5"):
        return None, ""
    gives = "y" if this.model.outputs else "h"
    if name != "torch" and show not in (None, gives):
        return None, f"the file itself gives {gives} alone"
    try:
        result: Program = import_module(f"rnncalc.checking.frameworks.by_{name}").of_file(
            this.model, path
        )
    except RnncalcError as error:
        return None, error.message
    return result, ""


def program(model: Model, name: str) -> Program:
    """What a framework is to compute, of a network whose input is settled (``given``).

    Errors: RnncalcError for what it does not compute, by its name.
    """
    try:
        result: Program = import_module(f"rnncalc.checking.frameworks.by_{name}").program(model)
    except RnncalcError as error:
        error.message = without_remedy(error.message)
        raise
    return result


def expected_of(this: Given, name: str, answer: Answer, why: str = "") -> Expected:
    """The numbers of a framework by the names that results give them, and how they came to be.

    Args:
        why: why the network was rebuilt, where a file of it might have been run.

    Errors: RnncalcError where it failed.
    """
    if answer.error:
        raise RnncalcError(f"{TITLES[name]} does not compute it: {answer.error}")
    results, model = answer.results, this.model
    keys = {"h": "h", "out": "y" if model.outputs else "h"}
    named = {keys[key]: results[key] for key in keys if key in results}
    named = named if this.batched else {key: array[0] for key, array in named.items()}
    for state in ("h", "c"):
        both = finals(results, state)
        if both is not None:
            named[f"final.{state}"] = both if this.batched else both[:, 0]
    dtype = str(results.get("computed in", results["out"].dtype))
    rebuilt = f" (rebuilt: {why})" if why else ""
    how = f"{_title(name, answer.versions)}: {answer.words}, {dtype}{rebuilt}"
    return Expected(name, None, named, dtype, how)


def _title(name: str, versions: Mapping[str, str]) -> str:
    """The framework and its version; of Keras what it answers on, too."""
    title = f"{TITLES[name]} {versions.get(name, '')}".strip()
    under = versions.get("backend", "")
    if name != "keras" or under not in BACKENDS:
        return title
    return f"{title} on {BACKENDS[under]} {versions.get(under, '')}".strip()


def environment(name: str) -> Mapping[str, str]:
    """Variables that a framework needs. Errors: RnncalcError where it is not installed."""
    if find_spec(name) is None:
        raise RnncalcError(f"{name} is not installed: pip install {name}")
    if name != "keras" or os.environ.get("KERAS_BACKEND") or find_spec("tensorflow"):
        return {}
    other = next((one for one in BACKENDS if find_spec(one)), None)
    if other is None:
        needs = "Keras answers on TensorFlow, JAX or PyTorch, and none is installed"
        raise RnncalcError(f"{needs}: pip install tensorflow")
    return {"KERAS_BACKEND": other}
