"""Scripts that rebuild a network in a framework, and print what it gives for x.

Few numbers stand in the script; more of them in an npz file beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import files
from rnncalc.activations import Array
from rnncalc.converting import npz_bytes
from rnncalc.converting.refusal import refused
from rnncalc.digits import whole
from rnncalc.errors import FileError
from rnncalc.files import shown
from rnncalc.model import Model
from rnncalc.stateless import Stateless

MOST = 200
"""So many numbers stand in a script at most."""

TIMESTEPS, SEED = 5, 1


def write(model: Model, out: Path, framework: str, *, dtype: str | None = None) -> list[Path]:
    """Write a script for ``keras`` or ``torch``, and where it has many numbers an npz beside it.

    Returns: what was written, the script first.
    Errors: RnncalcError for what the framework does not compute, by its name.
    """
    if out.suffix != ".py":
        raise FileError(f"-o {shown(out)}: a script's name ends in .py")
    model = _plain(replace(model, dtype=dtype or model.dtype))
    module = import_module(f"rnncalc.converting.scripts.for_{framework}")
    lines, arrays = module.drafted(model)
    x, batched = _input(model)
    arrays = {**arrays, "x": x if batched else x[None]}
    beside = sum(array.size for array in arrays.values()) >= MOST
    numbers = _beside(out) if beside else _inline(arrays)
    text = "\n".join([*module.HEAD, *numbers, "", *lines, module.LAST[batched], ""])
    if beside:
        with files.replacing(out.with_suffix(".npz"), read=True) as file:
            file.write(npz_bytes.content(arrays))
    with files.replacing(out, read=True) as file:
        file.write(text.encode())
    return [out, out.with_suffix(".npz")] if beside else [out]


def _plain(model: Model) -> Model:
    """The network with names that are Python's, and nothing that a script does not say.

    Errors: RnncalcError for one-to-many, lengths, a mask, and initial states.
    """
    if model.mode == "one-to-many":
        raise refused("mode one-to-many", "scripts do not feed outputs back")
    if given := next((key for key in ("lengths", "mask") if getattr(model, key) is not None), None):
        raise refused(given, "scripts run whole sequences")
    for layer in model.layers:
        for one in layer.passes.values():
            if np.any(one.h0) or np.any(0.0 if one.c0 is None else one.c0):
                raise refused(layer.name, "initial states: scripts start from 0")
    layers = [
        replace(layer, name=_name(layer.name), before=tuple(map(_renamed, layer.chain)))
        for layer in model.layers
    ]
    outputs = tuple(map(_renamed, model.outputs))
    return replace(model, layers=tuple(layers), output=outputs or None)


def _renamed(one: Stateless) -> Stateless:
    return replace(one, name=_name(one.name))  # type: ignore[type-var]  # all are dataclasses


def _name(name: str) -> str:
    """A name as Python has them."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    return plain if re.match(r"[A-Za-z]", plain) else f"layer_{plain.strip('_')}"


def _input(model: Model) -> tuple[Array, bool]:
    """The input that came with the network, or a random one; whether it is a batch."""
    kind = "int64" if model.embedding else model.dtype
    if model.x is not None:
        x = np.asarray(model.x)
        batched = x.ndim == (2 if model.embedding else 3)
        return (x if batched or model.embedding else x.reshape(-1, model.features)).astype(
            kind
        ), batched
    rng, shape = np.random.default_rng(SEED), (2, model.flattened or TIMESTEPS)
    if model.embedding:
        return rng.integers(0, len(model.embedding.weights), shape), True
    return rng.standard_normal((*shape, model.features)).round(2).astype(kind), True


def _beside(out: Path) -> list[str]:
    name = out.with_suffix(".npz").name
    return [f'NUMBERS = np.load(Path(__file__).with_name("{name}"))']


def _inline(arrays: Mapping[str, Array]) -> list[str]:
    """The numbers by name, with all of their digits."""
    lines = ["NUMBERS = {"]
    for name, array in arrays.items():
        kind = "" if array.dtype == np.float64 else f', "{array.dtype.name}"'
        lines.append(f'    "{name}": np.array({listed(array)}{kind}),')
    return [*lines, "}"]


def listed(array: Any) -> str:
    """An array as nested lists."""
    if array.ndim == 0:
        return whole(array[()])
    return "[" + ", ".join(map(listed, array)) + "]"
