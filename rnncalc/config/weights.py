"""The weights of a block of a config, in our names; those of a framework: ``foreign.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.config import keys
from rnncalc.config.said import Said
from rnncalc.equations import CELLS
from rnncalc.errors import KeyPath, RnncalcError

Share = tuple[int, int]
"""Which direction of how many, where arrays hold more than one."""

ONE: Share = (0, 1)

COLUMNS = "columns"
"""The convention of our names with one column per unit."""


def weights(
    said: Said, path: KeyPath, cell: str, options: Mapping[str, Any], share: Share
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The weights of a cell by our names, and the options that a framework's layout implies."""
    block = {key: value for key, value in said.at(path).items() if value is not None}
    with said.located(*path):
        if not any(key in ("convention", "gates") or keys.is_framework(key) for key in block):
            return _own(said, path, block, cell), {}
        return _laid_out(said, path, block, cell, options, share)


def _laid_out(
    said: Said, path: KeyPath, block: Mapping[str, Any], cell: str, options: Mapping[str, Any],
    share: Share,
) -> tuple[dict[str, Any], dict[str, Any]]:  # fmt: skip
    """The same of a block that says, or whose names say, in whose layout its weights are."""
    from rnncalc.config import foreign
    from rnncalc.conventions import CONVENTIONS, names_in, weights_of

    theirs = "convention" in block or any(map(keys.is_framework, block))
    convention = foreign.convention_in(block) if theirs else None
    if "gates" in block:
        convention = foreign.in_order(convention, cell, block["gates"])
    if convention is None:
        own = _own(said, path, block, cell)
        columns = block.get("convention") == COLUMNS
        return weights_of(CONVENTIONS[COLUMNS], own, cell) if columns else own, {}
    known = names_in(convention)
    tensors = {key: said.array(*path, key) for key in block if key in known}
    return foreign.by_our_names(convention, tensors, cell, options, share)


def _own(said: Said, path: KeyPath, block: Mapping[str, Any], cell: str) -> dict[str, Any]:
    """Weights in our names; those of gates one by one. A bias of 0 is none."""
    weights: dict[str, Any] = {}
    for key in (key for key in keys.OWN if key in block):
        if isinstance(block[key], dict) and not block[key]:
            raise RnncalcError(f"{key} is empty: numbers were expected", about=(key,))
        if isinstance(block[key], dict) and "file" not in block[key]:
            gates = {f"{key}.{gate}": said.array(*path, key, gate) for gate in block[key]}
            weights |= {name: part for name, part in gates.items() if part is not None}
            continue
        whole = said.array(*path, key)
        zero = np.ndim(whole) == 0 and whole == 0
        everywhere = CELLS[cell].gates or block.get("convention") == COLUMNS
        if not (everywhere and key in ("bias", "bias_h") and zero):
            weights[key] = whole
    return weights
