"""Numbers of an ONNX model that lie in another file of its folder.

A model names that file, so the name is not trusted: nothing is read but regular files inside the
folder, by their real paths, that no other name leads to.
"""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers import raw
from rnncalc.containers.onnx.limits import LARGEST_OFFSET
from rnncalc.containers.onnx.wire import text
from rnncalc.errors import FileError, located, printable


@dataclass(frozen=True)
class Folder:
    """Where the files of a model are: the folder of the file that was opened."""

    path: Path

    def numbers(self, proto: Any, shape: tuple[int, ...], dtype: str) -> Callable[[], Array]:
        """What reads the numbers of a tensor that lies beside the model.

        Errors: FileError for a place that may not be read, or that does not hold the tensor.
        """
        says = {text(entry.key): text(entry.value) for entry in proto.external_data}
        start, count = _whole(says, "offset", 0), math.prod(shape)
        needed = count * raw.WIDTHS[dtype]
        if (length := _whole(says, "length", needed)) != needed:
            message = f"has shape {shape}, {needed:,} bytes, and a length of {length:,}"
            raise FileError(f"{message} in another file")
        location = says.get("location", "")
        with located(f"external data '{printable(location, 200)}'"):
            file = self._file(location)
            size = self._size(file)
            if start + needed > size:
                message = f"has {size:,} bytes, and the tensor ends at {start + needed:,}"
                raise FileError(message)
        place = raw.Place(start, dtype, "<", shape, raw.in_order(shape))
        return partial(self._read, file, place)

    def _file(self, location: str) -> Path:
        """The file that a model names. Errors: FileError where it is none inside the folder."""
        parts = PurePosixPath(location).parts
        windows = "\\" in location or ":" in location
        if not parts or "\0" in location or location.startswith("/") or ".." in parts or windows:
            raise FileError("is not the name of a file in the model's folder")
        try:
            root = self.path.resolve(strict=True)
            real = root.joinpath(*parts).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            raise FileError("there is no such file: it belongs into the model's folder") from None
        if root not in real.parents:
            raise FileError("is a link to somewhere outside the model's folder")
        return real

    def _size(self, file: Path) -> int:
        """Its size. Errors: FileError where it is no file, or has another name besides."""
        self._refuse_other(os.stat(file, follow_symlinks=False))  # before a pipe is opened
        with files.opened(file, again=True) as opened:
            self._refuse_other(os.fstat(opened.fileno()))
            return files.size(opened)

    def _refuse_other(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise FileError("is not a file")
        if status.st_nlink > 1:
            raise FileError("has another name besides (a hard link): copy it into the folder")

    def _read(self, file: Path, place: raw.Place) -> Array:
        with located(f"external data '{printable(file.name, 200)}'"):
            self._size(file)
            with files.opened(file, again=True) as opened:
                return raw.read(opened, place)


def _whole(says: dict[str, str], key: str, default: int) -> int:
    """A whole number in the words of a model."""
    word = says.get(key, "")
    if not word:
        return default
    if not (word.isascii() and word.isdigit() and len(word) < 20 and int(word) < LARGEST_OFFSET):
        raise FileError(f"has {key} '{printable(word)}' in another file: no whole number")
    return int(word)
