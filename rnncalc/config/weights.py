"""The weights of a block of a config, in our names; a framework's are left to ``foreign``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.cells import CELLS
from rnncalc.errors import Path as Way
from rnncalc.errors import RnncalcError
from rnncalc.readers import keys
from rnncalc.readers.said import Said

ONNX_AXES = {"W": 3, "R": 3, "B": 2, "P": 2}
"""The axes of ONNX' arrays in a file: directions first."""

Part = tuple[int, int]
"""Which direction of how many, where arrays hold more than one."""

ONE: Part = (0, 1)


def weights(
    said: Said, way: Way, cell: str, options: Mapping[str, Any], part: Part
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The weights of a cell by our names, and the options that a framework's layout implies."""
    block = {key: value for key, value in said.at(way).items() if value is not None}
    with said.located(*way):
        if "convention" not in block and not any(map(keys.is_framework, block)):
            return _own(said, way, block, cell), {}
        from rnncalc.conventions import names_in
        from rnncalc.readers import foreign

        convention = foreign.convention_in(block)
        if convention is None:
            return _own(said, way, block, cell), {}
        theirs = names_in(convention)
        tensors = {key: said.array(*way, key) for key in block if key in theirs}
        return foreign.weights(convention, tensors, cell, options, part)


def _own(said: Said, way: Way, block: Mapping[str, Any], cell: str) -> dict[str, Any]:
    """Weights in our names; those of gates one by one. A bias of 0 is none."""
    weights: dict[str, Any] = {}
    for key in (key for key in keys.OWN if key in block):
        if isinstance(block[key], dict) and not block[key]:
            raise RnncalcError(f"{key} is empty: numbers were expected", about=(key,))
        if isinstance(block[key], dict) and "file" not in block[key]:
            gates = {f"{key}.{gate}": said.array(*way, key, gate) for gate in block[key]}
            weights |= {name: part for name, part in gates.items() if part is not None}
            continue
        whole = said.array(*way, key)
        zero = np.ndim(whole) == 0 and whole == 0
        if not (CELLS[cell].gates and key in ("bias", "bias_h") and zero):
            weights[key] = whole
    return weights
