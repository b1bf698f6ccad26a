"""``Folder``: where the files of a model are, which it names itself, and is not trusted with.

Nothing is read but regular files inside the folder, by their real paths, that no other name leads
to. Which tensors are in them is not known here.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from rnncalc import files
from rnncalc.data import dataclass
from rnncalc.errors import FileError


@dataclass(frozen=True)
class Folder:
    """The folder of the file that was opened."""

    path: Path

    def file(self, location: str) -> Path:
        """The file that a model names. Errors: FileError where it is none inside the folder."""
        parts = PurePosixPath(location).parts
        windows = "\\" in location or ":" in location
        if not parts or "\0" in location or location.startswith("/") or ".." in parts or windows:
            raise FileError("is not the name of a file in the model's folder")
        return self._real(parts)

    def member(self, path: Path) -> Path:
        """A file of the model, by a path in the folder that no file says; it is one of its own.

        Errors: FileError where it is none inside the folder, or has another name besides.
        """
        file = self._real(path.relative_to(self.path).parts)
        self.size(file)
        return file

    def _real(self, parts: tuple[str, ...]) -> Path:
        try:
            root = self.path.resolve(strict=True)
            real = root.joinpath(*parts).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            raise FileError("there is no such file: it belongs into the model's folder") from None
        if root not in real.parents:
            raise FileError("is a link to somewhere outside the model's folder")
        return real

    def size(self, file: Path) -> int:
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
