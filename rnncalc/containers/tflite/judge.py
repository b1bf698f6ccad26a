"""Whether a flatbuffer is one: every offset that is followed leads to what it claims.

The library follows offsets wherever they lead, and makes as many objects as a length claims. So the
tables that are read later are gone through first: each must lie in the file, with its list of
fields, and so must each of its texts and lists. What several tables share counts for each of them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from rnncalc.errors import FileError

IDENTIFIER = b"TFL3"
"""Stands behind the first offset of every file."""

MOST = 1_000_000
"""Tables and numbers in lists, all of which become objects. A network of ten thousand operators
has about half as many."""

Kind = int | str
"""Of a field: the bytes of a number, ``[4`` for a list of numbers of so many, ``bytes``, the name
of a table in TABLES, or ``[Name`` for a list of such tables."""

TABLES: Mapping[str, Mapping[int, Kind]] = {
    "Model": {0: 4, 1: "[OperatorCode", 2: "[SubGraph", 3: "bytes", 4: "[Buffer"},
    "OperatorCode": {0: 1, 1: "bytes", 2: 4, 3: 4},
    "SubGraph": {0: "[Tensor", 1: "[4", 2: "[4", 3: "[Operator", 4: "bytes"},
    "Tensor": {0: "[4", 1: 1, 2: 4, 3: "bytes", 4: "Quantization", 5: 1, 6: "Any", 7: "[4"},
    "Quantization": {2: "[4", 3: "[8", 4: 1, 5: "Any", 6: 4},
    "Operator": {0: 4, 1: "[4", 2: "[4", 3: 1, 4: "Options", 8: "[4", 9: 8, 10: 8, 11: 1},
    "Buffer": {0: "bytes", 1: 8, 2: 8},
    "Options": {},
    "Any": {},
}
"""The fields that are read, by their places in the schema."""

LISTS = {"ReshapeOptions": 0, "SqueezeOptions": 0}
"""The lists of numbers in options that are read: which field they are."""


class Judge:
    """Goes through the tables of a file.

    Args:
        data: the file.
    """

    def __init__(self, data: bytes) -> None:
        self.data, self.left = data, MOST

    def judge(self) -> None:
        """Errors: FileError for anything that leads out of the file."""
        if self.data[4:8] != IDENTIFIER:
            raise FileError("is not a TensorFlow Lite file: it does not say TFL3")
        self.table("Model", self._number("<I", 0))

    def table(self, name: str, at: int) -> None:
        """A table, and all that it leads to."""
        self._pay(1)
        fields = at - self._number("<i", at)
        length, size = self._number("<H", fields), self._number("<H", fields + 2)
        if length < 4 or size < 4 or fields + length > len(self.data) or at + size > len(self.data):
            self._refuse(name)
        for place, kind in TABLES[name].items():
            offset = self._number("<H", fields + 4 + 2 * place) if 4 + 2 * place < length else 0
            width = kind if isinstance(kind, int) else 4
            if offset and not 4 <= offset <= size - width:
                self._refuse(name)
            if offset and isinstance(kind, str):
                self._follow(name, at + offset, kind)

    def _follow(self, name: str, at: int, kind: str) -> None:
        """What a field leads to."""
        target = at + self._number("<I", at)
        inner = kind.removeprefix("[")
        if inner.isdigit() or inner == "bytes":
            self.numbers(name, target, 1 if inner == "bytes" else int(inner), inner)
        elif kind == inner:
            self.table(inner, target)
        else:
            self._tables(target, inner)

    def numbers(self, name: str, at: int, width: int, kind: str = "") -> None:
        """A list of numbers, or bytes, which become one object."""
        count = self._number("<I", at)
        self._pay(1 if kind == "bytes" else count)
        if at + 4 + count * width > len(self.data):
            self._refuse(name)

    def _tables(self, at: int, name: str) -> None:
        """A list of tables."""
        self.numbers(name, at, 4)
        for i in range(self._number("<I", at)):
            place = at + 4 + 4 * i
            self.table(name, place + self._number("<I", place))

    def _number(self, kind: str, at: int) -> int:
        if not 0 <= at <= len(self.data) - struct.calcsize(kind):
            raise FileError("is damaged or truncated: an offset leads out of the file")
        return int(struct.unpack_from(kind, self.data, at)[0])

    def _pay(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise FileError(f"has more than {MOST:,} tables and numbers in lists: no network has")

    def _refuse(self, name: str) -> None:
        raise FileError(f"is damaged or truncated: a part ({name}) does not fit into the file")
