"""Blocks of a config that are layers of a model file: ``weights: {file: tagger.pt, layer: fc}``.

What a block says besides takes the place of what is assumed of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rnncalc.config import keys
from rnncalc.config.said import Said, pick
from rnncalc.config.stateless import JOINING, blocks_of
from rnncalc.errors import KeyPath, RnncalcError, printable, unquoted
from rnncalc.readers.contents.contents import Contents, tensors
from rnncalc.readers.contents.part import Part

BESIDE = ("name", "input", *JOINING)
"""What says where a block stands, and not what it is."""

OTHERS = ("layers", "output", "embedding")
"""The keys of other layers than a single one."""

Opened = Callable[[str], Contents | Said]
"""What a file holds, by its name in a config."""


def take(said: Said, opened: Opened) -> None:
    """Put the layers of model files in the place of ``weights``.

    Errors: RnncalcError, placed at the block.
    """
    for path, block in blocks_of(said.data):
        if path and (named := block.get("weights")) is not None:
            with said.located(*path, "weights"), unquoted():  # somebody else may have named it
                part = _part(opened(named["file"]), named["layer"])
            _put(said, path, block, part)


def _part(found: Contents | Said, layer: str) -> Part:
    if isinstance(found, Contents):
        return found.alone(layer)
    return _of_arrays(found, layer)


def _of_arrays(said: Said, layer: str) -> Part:
    """One of the layers of an npz file that has the names of a config."""
    data = said.data
    alone = {key: one for key, one in data.items() if key not in (*keys.INPUTS, *OTHERS)}
    blocks = data.get("layers") or ([{"name": "layer0", **alone}] if alone else [])
    there = {block["name"]: block for block in blocks}
    if "output" in data:
        there["output"] = {"name": "output", **data["output"]}
    if "embedding" in data:
        there["embedding"] = {"name": "embedding", "embedding": data["embedding"]["weights"]}
    pick([layer], [(name, name) for name in there], "layer")
    assumed = [one for one in said.assumed if one.layer == layer]
    return Part(layer, "recurrent", "arrays", dict(there[layer]), assumed=assumed)


def _put(said: Said, path: KeyPath, block: Mapping[str, Any], part: Part) -> None:
    own = {key: value for key, value in block.items() if value is not None and key != "weights"}
    assumed = {one.key for one in part.assumed}
    for key in own:
        if key in part.block and key not in (*BESIDE, *assumed):
            with said.located(*path):
                where = printable(block["weights"]["file"])
                raise RnncalcError(f"{key} is said by {where}, too: leave it out", about=(key,))
    whole = {**part.block, **own}
    around: Any = said.at(path[:-1])
    around[path[-1]] = whole
    said.named |= {(*path, *inside): tensor.name for inside, tensor in tensors(part.block)}
    said.warnings += part.warnings
    open_ = [one for one in part.assumed if one.key not in own]
    said.assumed += tuple(one._replace(layer=whole["name"]) for one in open_)
