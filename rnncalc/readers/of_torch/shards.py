"""Weights in several files (shards), and the index that says which tensor is in which of them.

``model.safetensors.index.json`` has a ``weight_map``. Of a shard alone, the index is found beside
it by its name; no file outside of their folder is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rnncalc import files
from rnncalc.containers.folder import Folder
from rnncalc.containers.natural_order import in_numbers
from rnncalc.containers.strict_json import LONGEST, parsed
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import FileError, listed, located, printable
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Assumption
from rnncalc.readers.of_torch.file import of_state_dict

MAP = "weight_map"
SHARD = re.compile(r"(.+)-([0-9]{5})-of-([0-9]{5})\.(safetensors|bin)")
FOUND = "found beside the shard by its name; it says in which files the other weights are"

MOST_TENSORS = 100_000
MOST_SHARDS = 200
KERAS = "is one of Keras' sharded weights, which are not read: save the model in one file"


def is_index(data: Mapping[str, Any]) -> bool:
    """Whether a mapping is what ``save_pretrained`` writes beside shards."""
    return isinstance(data.get(MAP), dict)


def contents(path: Path, data: Mapping[str, Any], name: str) -> Contents:
    """The network whose weights an index names.

    Args:
        path: the index; data: what is in it.
        name: what errors call the network.

    Errors: FileError for a shard that is not in the folder, and a tensor that is not in its shard.
    """
    found: dict[str, Tensor] = {}
    warnings, seen, count = [], set[Path](), 0
    shards = _by_shard(path, data[MAP])
    for location, wanted in shards.items():
        with located(f"{files.shown(path)}: shard '{printable(location, 200)}'"):
            file = _file(path.parent, location, seen)
        tensors = _tensors(file)
        if (count := count + len(tensors)) > MOST_TENSORS:
            raise FileError(
                f"{files.shown(path)}: its shards hold more than {MOST_TENSORS:,} tensors"
            )
        if missing := [key for key in wanted if key not in tensors]:
            lacks = f"does not hold {listed(missing)}, which {files.shown(path)} looks for in it"
            raise FileError(f"{files.shown(file)}: {lacks}")
        more = [key for key in tensors if key not in wanted]
        warnings += [_more(location, more)] if more else []
        found |= {key: tensor for key, tensor in tensors.items() if key in wanted}
    safe = file.suffix == ".safetensors"
    what = f"{'safetensors' if safe else 'torch.save'}, {len(shards)} shards, PyTorch's names"
    network = of_state_dict(found, name, what, ordered=not safe)
    network.warnings += warnings
    return network


def of_shard(path: Path, alone: Callable[[], Contents | None]) -> Contents | None:
    """The network that a shard is a part of, by the index beside it.

    Args:
        alone: what the shard holds itself, where there is no index.
    """
    if not (match := SHARD.fullmatch(path.name)):
        return alone()
    index = path.with_name(f"{match[1]}.{match[4]}.index.json")
    if not index.is_file():
        of = f"is shard {int(match[2])} of {int(match[3])}, and {printable(index.name)} is not"
        return _lonely(alone, f"{printable(path.name)} {of} beside it")
    with files.opened(index) as file:
        data = parsed(files.text_of(file, longest=LONGEST))
    if not is_index(data) or path.name not in data[MAP].values():
        where = f"{files.shown(index)}: is no index of {printable(path.name)}"
        raise FileError(f"{where}, which stands beside it")
    network = contents(index, data, files.shown(path))
    network.assumed.append(Assumption("", "index", index.name, FOUND))
    return network


def _lonely(alone: Callable[[], Contents | None], why: str) -> Contents | None:
    """What a shard holds itself; whatever comes of it, it is said that it is one of several."""
    try:
        found = alone()
    except FileError as error:
        error.message += f". {why}"
        raise
    if found:
        found.warnings.append(f"{why}: the others are left out")
    return found


def _by_shard(path: Path, says: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The names of the tensors by their shards, in the order of these. Errors: FileError."""
    with located(files.shown(path)):
        if not says or len(says) > MOST_TENSORS:
            there = f"names {len(says):,} tensors: 1 to {MOST_TENSORS:,} are read"
            raise FileError(f"its {MAP} {there}")
        shards: dict[str, dict[str, str]] = {}
        for key, location in says.items():
            if not isinstance(location, str):
                raise FileError(f"{MAP}: '{printable(key)}' is in no file: a name was expected")
            shards.setdefault(location, {})[key] = location
        if len(shards) > MOST_SHARDS:
            raise FileError(f"names {len(shards):,} shards, at most {MOST_SHARDS:,} are read")
        return {location: shards[location] for location in in_numbers(shards)}


def _file(folder: Path, location: str, seen: set[Path]) -> Path:
    """The file that an index names. Errors: FileError for one outside, and for one named before."""
    file = Folder(folder).file(location)
    Folder(folder).size(file)
    if file in seen:
        raise FileError("is named in two ways")
    seen.add(file)
    return file


def _tensors(file: Path) -> dict[str, Tensor]:
    """What a shard holds by its names."""
    if file.suffix == ".h5":
        raise FileError(f"{files.shown(file)}: {KERAS}")
    if file.suffix == ".safetensors":
        from rnncalc.containers.safetensors import tensors

        return tensors(file)[0]
    from rnncalc.containers.torch.file import checkpoint

    found = checkpoint(file)
    if not isinstance(found, dict):
        raise FileError(f"{files.shown(file)}: a part of a state dict was expected")
    return {key: value for key, value in found.items() if isinstance(value, Tensor)}


def _more(location: str, names: list[str]) -> str:
    there = f"holds tensors that the index leaves out: {listed(names)}"
    return f"{printable(location)} {there}"
