"""One of several arrays in a file, by its key: ``w.json:lstm.bias``, ``big.h5:train/x``.

Files become trees of mappings, lists and tensors; a key leads down, a dot (in HDF5 a slash) at a
time, or by a name that has dots itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import NoneType
from typing import Any

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import FileError, located, may_quote, printable, suggestion

DEEPEST, MOST = 32, 1_000
"""How deep names are looked for, and how many, for those that an error tells."""


def _hdf5(path: Path) -> Any:
    from rnncalc.containers.hdf5.tree import Group, tree

    def mapping(group: Group) -> dict[str, Any]:
        return {**{name: mapping(one) for name, one in group.groups.items()}, **group.tensors}

    return mapping(tree(path))


def _safetensors(path: Path) -> Any:
    from rnncalc.containers.safetensors import tensors

    return tensors(path)[0]


def _torch(path: Path) -> Any:
    from rnncalc.containers.torch.file import checkpoint

    return checkpoint(path)


TREES: dict[str, Callable[[Path], Any]] = {
    ".h5": _hdf5, ".hdf5": _hdf5, ".safetensors": _safetensors, ".pt": _torch, ".pth": _torch,
}  # fmt: skip
"""What opens files that hold several arrays and no text."""

NAMED = re.compile(
    r"(?P<file>.*?\.npz|.*?\.json(?:\.gz)?|.*?\.safetensors|.*?\.pth?):(?P<key>[^\\/]*)"
    r"|(?P<tree>.*?\.(?:h5|hdf5)):(?P<way>[^\\]*)",
    re.IGNORECASE | re.DOTALL,
)
"""A file's name and the key behind its colon."""


def file_and_key(text: str) -> tuple[str, str | None]:
    """A file's name, and the key behind it where there is one."""
    found = NAMED.fullmatch(text)
    if found is None or found.lastgroup is None:
        return text, None
    return found["file"] or found["tree"], found[found.lastgroup]


def read(path: Path, key: str | None) -> Array:
    """The array of a file that is one of TREES. Errors: FileError for no such key."""
    tree, mark = TREES[path.suffix.lower()](path), "/" if path.suffix.lower()[1] == "h" else "."
    shown = files.shown(path)
    if key is None:
        raise FileError(f"{shown}: which array? Write {shown}:KEY; {_there(tree, mark)}")
    with located(shown):
        found = picked(tree, key, mark)
        if not isinstance(found, Tensor):
            raise FileError(f"{printable(key)} is no array")
        return found.read()


def picked(tree: Any, key: str, mark: str = ".") -> Any:
    """What lies under a key. Errors: FileError where there is nothing, or more than one array."""
    here, rest = tree, key.strip(mark)
    while rest:
        name = next((one for one in _heads(rest, mark) if _inside(here, one)), None)
        if name is None:
            break
        here = here[int(name)] if isinstance(here, list) else here[name]
        rest = rest[len(name) + 1 :]
    if rest or isinstance(here, Mapping) or not key.strip(mark):
        what = "has no array" if rest else "has several arrays under"
        raise FileError(f"{what} '{printable(key)}'{_near(tree, key, mark)}")
    return here


def _heads(key: str, mark: str) -> Iterator[str]:
    """The names with which a key may begin, the longest first."""
    parts = key.split(mark)[:DEEPEST]
    yield key
    for count in range(len(parts), 0, -1):
        yield mark.join(parts[:count])


def _inside(here: Any, name: str) -> bool:
    """Whether there is something of this name, or at this place of a list."""
    if isinstance(here, list):
        return re.fullmatch(r"\d{1,9}", name, re.ASCII) is not None and int(name) < len(here)
    return isinstance(here, Mapping) and name in here


def _near(tree: Any, key: str, mark: str) -> str:
    """What may have been meant, if a message may say it."""
    names = list(islice(_names(tree, "", mark), MOST))
    return f". {suggestion(key, names)}" if may_quote() and names else ""


def _there(tree: Any, mark: str) -> str:
    from rnncalc.containers import npy

    return npy.there(islice(_names(tree, "", mark), MOST))


def _names(tree: Any, way: str, mark: str, depth: int = 0) -> Iterator[str]:
    """The keys of all arrays."""
    inner: Any = ()
    if isinstance(tree, Mapping):
        inner = tree.items()
    elif isinstance(tree, list) and any(isinstance(one, Mapping) for one in tree):
        inner = enumerate(tree)
    elif not isinstance(tree, (str, bool, NoneType)):
        yield way
    if depth < DEEPEST:
        for name, one in inner:
            yield from _names(one, f"{way}{mark}{name}".lstrip(mark), mark, depth + 1)
