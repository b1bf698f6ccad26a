"""Arrays of Python by name: a state dict, a checkpoint around one, or what an npz file would hold.

They are read as the same names in a file are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncalc.array import like, plain, type_name
from rnncalc.config import keys
from rnncalc.config.arrays import said_of
from rnncalc.config.said import Said
from rnncalc.containers.tensor import Tensor
from rnncalc.model.shapes import real
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.of_torch.checkpoint import DEPTH, WRAPPERS
from rnncalc.readers.of_torch.file import STATE_DICT, of_state_dict


def contents(
    given: Mapping[str, Any], name: str = "the state dict", what: str = "PyTorch"
) -> Contents | None:
    """What a state dict holds, or a checkpoint around one; None for another mapping."""
    if not _is_state_dict(inside(given)):
        return None
    return of_state_dict(_stored(given, 0), name, what, ordered=True)


def inside(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The mapping in the middle of a checkpoint; the mapping itself where it is none."""
    while key := next((k for k in WRAPPERS if isinstance(given.get(k), Mapping)), None):
        given = given[key]
    return given


def said(given: Mapping[str, Any]) -> Said | None:
    """What arrays with a config's names and dots say, ``W_x.i``; None for another mapping."""
    stored = _stored(given, 0)
    dotted = any("." in key for key in stored)
    whole = all(isinstance(one, Tensor) for one in stored.values())
    return said_of(stored, "the arrays") if dotted and whole else None


def _is_state_dict(given: Mapping[str, Any]) -> bool:
    """Whether some name is PyTorch's alone; of a cell's names, whether no config's are beside."""
    found = [key for key in map(str, given) if STATE_DICT.fullmatch(key)]
    beside = keys.OURS.intersection(map(str, given)) - {*keys.INPUTS}
    return bool(found) and not (beside and all(map(keys.is_framework, found)))


def _stored(given: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """Dicts in dicts, their arrays as Tensors and everything else as it is."""
    if depth > DEPTH:
        return dict(given)
    return {str(key): _part(str(key), one, depth) for key, one in given.items()}


def _part(key: str, given: Any, depth: int) -> Any:
    if isinstance(given, Mapping):
        return _stored(given, depth + 1)
    if not (like(given) or isinstance(given, (int, float))):
        return given
    try:
        array = plain(given)
    except ValueError:
        return given
    if array.dtype.kind not in "fiubc":
        return given
    untyped = "" if key in keys.INPUTS else array.dtype.name  # a list as input widens no weights
    return Tensor(key, array.shape, type_name(given) or untyped, lambda: real(key, array))
