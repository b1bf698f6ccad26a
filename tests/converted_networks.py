"""Every golden network, for tests that write them in other formats; each with what it came from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import golden_files
import golden_networks
import numpy as np

import rnncalc
from rnncalc import Model

EVERY = bool(os.environ.get("RNNCALC_EVERY"))
"""Whether all networks go to all targets, which takes minutes; else each goes to one of them."""

STATELESS = sorted(
    f"stateless/{path.stem}" for path in (golden_networks.GOLDEN / "stateless").glob("*.json")
)
CONFIGS = [*golden_networks.FILES, *STATELESS]
FILES = [
    name for name in golden_files.FILES
    if "expected" in golden_files.golden(name)
    and name.rpartition("/")[2] not in golden_files.NOT_READ
]  # fmt: skip
NAMES = [*CONFIGS, *(f"files/{name}" for name in FILES)]


@cache
def network(name: str) -> Model:
    """The network of a golden config, or of a golden model file as it is to be read."""
    if not name.startswith("files/"):
        return golden_networks.model_of(golden_networks.golden(name))
    name = name.removeprefix("files/")
    document = golden_files.golden(name)
    layers = document.get("layers") or []
    layers = layers.split(",") if isinstance(layers, str) else layers
    return rnncalc.load(golden_files.path(name), layers=layers, assume=document.get("assume", ()))


def with_input(name: str) -> Model:
    """The network of a golden with the input that its numbers were recorded of."""
    if name.startswith("files/"):
        document = golden_files.golden(name.removeprefix("files/"))
    else:
        document = golden_networks.golden(name)
    keys = ("lengths", "mask", *(("h0", "c0") if name.startswith("files/") else ()))
    told = {key: document[key] for key in keys if key in document}
    return replace(network(name), x=np.asarray(document["x"], float), **told)


def share(index: int, count: int) -> Iterator[str]:
    """The names that the target of this index gets."""
    yield from NAMES if EVERY else NAMES[index::count]
