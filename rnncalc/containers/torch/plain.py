"""From what a pickle made to plain dicts and lists, with tensors called by the way to them.

What is shared in a pickle stands there as often as it is used, so that a short file may describe
an endless tree: its values are counted.
"""

from __future__ import annotations

from typing import Any

from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch.machine import Name, Pairs
from rnncalc.containers.torch.storages import Storage, View, whole
from rnncalc.errors import FileError, printable

MOST_VALUES = 500_000
MOST_TENSORS = 100_000
DEEPEST = 64
LONGEST_NAME = 1000
LONGEST_KEY = 8
"""Parts of a key that is a tuple."""


def plain(value: Any) -> dict[str, Any] | list[Any] | Tensor:
    """Dicts, lists, text, numbers, None and Tensors of what a pickle made.

    Errors: FileError for a lone value, too many of them, too deep ones, two of one name.
    """
    result = _Tree().made(value, ())
    if not isinstance(result, (dict, list, Tensor)):
        raise FileError(f"holds no weights, but one value: {printable(repr(result))}")
    return result


class _Tree:
    """What is left of the values and tensors that a file may have."""

    def __init__(self) -> None:
        self.values, self.tensors = MOST_VALUES, MOST_TENSORS

    def made(self, value: Any, path: tuple[str, ...]) -> Any:
        self.values -= 1
        if self.values < 0:
            raise FileError(f"holds more than {MOST_VALUES:,} values: refused")
        if len(path) > DEEPEST:
            raise FileError(f"is nested deeper than {DEEPEST} levels: refused")
        if isinstance(value, Pairs):
            return self.of_pairs(value, path)
        if isinstance(value, (list, tuple)):
            return [self.made(part, (*path, str(index))) for index, part in enumerate(value)]
        if isinstance(value, (View, Storage)):
            return self.tensor(value if isinstance(value, View) else whole(value), path)
        return value.name if isinstance(value, Name) else value

    def of_pairs(self, value: Pairs, path: tuple[str, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for pair in value.pairs:
            if not isinstance(pair, (list, tuple)) or len(pair) != 2:
                raise FileError("the pickle is damaged: a dict has something else than pairs")
            key = _key(pair[0])
            if key in result:
                raise FileError(f"has two of the name '{printable(key)}'")
            result[key] = self.made(pair[1], (*path, key))
        return result

    def tensor(self, view: View, path: tuple[str, ...]) -> Tensor:
        self.tensors -= 1
        if self.tensors < 0:
            raise FileError(f"holds more than {MOST_TENSORS:,} tensors: refused")
        if sum(map(len, path)) > LONGEST_NAME:
            message = f"has a tensor whose name is longer than {LONGEST_NAME:,} letters"
            start = ".".join(part[:LONGEST_NAME] for part in path)
            raise FileError(f"{message}: {printable(start)}")
        return view.named(".".join(path) or "tensor")


def _key(key: Any) -> str:
    """A key as text. Errors: FileError for one that is neither text nor a plain value."""
    if isinstance(key, str):
        return key
    parts = key if isinstance(key, tuple) else (key,)
    if len(parts) <= LONGEST_KEY and all(map(_short, parts)):
        return repr(key)
    raise FileError("has a dict with a key that is neither text nor a small number")


def _short(part: Any) -> bool:
    """Whether it is a plain value whose repr is short."""
    if isinstance(part, int):
        return part.bit_length() <= 64
    return part is None or isinstance(part, float) or (isinstance(part, str) and len(part) < 100)
