"""Names in the order of the numbers in them: ``lstm_2`` before ``lstm_10``."""

from __future__ import annotations

import re
from collections.abc import Iterable


def in_numbers(names: Iterable[str]) -> list[str]:
    """Names in the order of the numbers in them: ``lstm_2`` before ``lstm_10``."""
    return sorted(names, key=_pieces)


def _pieces(name: str) -> list[tuple[int, str]]:
    """The pieces of a name; a number by how long it is, then by its digits."""
    pieces = re.split(r"([0-9]+)", name)
    bare = [piece.lstrip("0") if i % 2 else piece for i, piece in enumerate(pieces)]
    return [(len(piece) if i % 2 else 0, piece) for i, piece in enumerate(bare)]
