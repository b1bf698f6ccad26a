"""npy arrays that grow while a run goes on: their rows lie in a file of their own until the end."""

from __future__ import annotations

import io
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import numpy as np

from rnncalc.array import Array
from rnncalc.errors import RnncalcError

SMALL = 1 << 23
"""Bytes that stay in memory before a file is made."""
PIECE = 1 << 20


class Growing:
    """An array, ([batch,] rows, columns), that grows by rows; of a batch it comes whole."""

    def __init__(self) -> None:
        self.file = tempfile.SpooledTemporaryFile(max_size=SMALL)  # noqa: SIM115
        self.shape: tuple[int, ...] = ()
        self.dtype: np.dtype[np.float64] | None = None

    @classmethod
    @contextmanager
    def several(cls) -> Iterator[dict[str, Growing]]:
        """Arrays by name, made when they are first asked for; their files end with the block."""
        made: dict[str, Growing] = defaultdict(cls)
        try:
            yield made
        finally:
            for growing in made.values():
                growing.file.close()

    def add(self, rows: Array) -> None:
        """Put further rows below. Errors: RnncalcError for numbers of many digits."""
        if rows.dtype == object:
            message = "npz and npy hold numbers of at most 64 bits; all digits are in"
            raise RnncalcError(f"{message} -f json, csv or ndjson")
        self.file.write(np.ascontiguousarray(rows).data)
        grown = self.shape[0] if self.shape else 0
        self.shape = (grown + rows.shape[0], *rows.shape[1:])
        self.dtype = rows.dtype

    def write(self, out: IO[bytes]) -> None:
        """Write it as npy."""
        header = io.BytesIO()
        assert self.dtype is not None  # something was added
        description = np.lib.format.dtype_to_descr(self.dtype)
        np.lib.format.write_array_header_1_0(
            header, {"descr": description, "fortran_order": False, "shape": self.shape}
        )
        out.write(header.getvalue())
        self.file.seek(0)
        while piece := self.file.read(PIECE):
            out.write(piece)
