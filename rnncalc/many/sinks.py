"""Where the pieces of many sequences are kept: each whole or not at all, in a place of its own.

A folder has a file a sequence; a .npy a row a sequence, and has its name when all of them are
there; lines go out in order, and are kept by nobody.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import IO, Any, Protocol, cast

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.errors import FileError, printable
from rnncalc.files import leftovers
from rnncalc.many.blocks import runs
from rnncalc.many.manifest import Manifest, Numbers, array_head, digest, digest_of
from rnncalc.many.names import MANIFEST, PART, misfit, refuse_alike
from rnncalc.many.pieces import Piece
from rnncalc.many.regular import fresh, opened, write
from rnncalc.many.sources import Label

GOES_ON = "; --resume goes on"
"""What is said where a run ends before it is done."""
AT_ONCE = 1 << 18
"""So many bytes of rows are written at once, and the rest of a row."""


class Sink(Protocol):
    """Keeps pieces.

    Attributes:
        resumes: whether it knows in another run which are there.
        done: the numbers of the sequences that are there already.
    """

    resumes: bool
    done: Numbers

    @property
    def refused(self) -> Mapping[int, str]:
        """What is wrong with the sequences for which it has no place, by number."""
        return {}

    def put(self, pieces: Mapping[int, Piece]) -> None:
        """Keep the pieces of a block. Errors: FileError where there is no room for them."""

    def close(self, *, whole: bool) -> None:
        """Nothing more comes; ``whole``: and nothing is missing."""


class Printed(Sink):
    """Lines on stdout or in a file, in order; the line on top once."""

    resumes = False

    def __init__(self, out: IO[bytes], count: int) -> None:
        self.out, self._begun = out, False
        self.done = Numbers(count)

    def put(self, pieces: Mapping[int, Piece]) -> None:
        for piece in pieces.values():
            top, lines = cast(tuple[bytes, bytes], piece)
            self.out.write(lines if self._begun else top + lines)
            self._begun = True
        self.out.flush()

    def close(self, *, whole: bool) -> None:
        """Whoever opened it closes it."""


class Folder(Sink):
    """A file a sequence; ``names``: theirs, which may have folders."""

    resumes = True

    def __init__(
        self, path: Path, labels: Sequence[Label], names: Sequence[str], about: Mapping[str, Any],
        *, resume: bool = False,
    ) -> None:  # fmt: skip
        self.path, self.names, self.labels = path, names, labels
        self.manifest = Manifest(path / MANIFEST, about)
        with writing(path):
            if path.exists() and not path.is_dir():
                raise FileError(f"-o {files.shown(path)}: is a file, not a folder")
            path.mkdir(parents=True, exist_ok=True)
            self.most = os.pathconf(path, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
            with self.manifest.taken():
                if (path / MANIFEST.upper()).exists():
                    refuse_alike(names, labels)
                self._refuse_others(resume=resume)
                self.done = self.manifest.there(self._digest)
                self._make_folders()
                self.manifest.begin()

    def _refuse_others(self, *, resume: bool) -> None:
        """Errors: FileError for what is there, and no result of the run that goes on."""
        where = f"-o {files.shown(self.path)}"
        if resume and self.manifest.begun:
            self.manifest.read()
            for number, name in enumerate(self.names):
                ours = range(number, number + 1) in self.manifest.noted
                if not ours and os.path.lexists(self.path / name):
                    what = f"{printable(name)} is there, and is no result of the run that goes on"
                    raise FileError(f"{where}: {what}: move it, or give another folder")
        elif self.manifest.names or {*os.listdir(self.path)} - {MANIFEST}:
            goes = "--resume goes on with an earlier run, or give another folder"
            what = "there is no manifest of an earlier run: give another folder" if resume else goes
            raise FileError(f"{where}: this folder is not empty: {what}")

    def _make_folders(self) -> None:
        """Errors: FileError where one is a link, which leads to somebody else's files."""
        for folder in sorted({os.path.dirname(name) for name in self.names} - {""}):
            for inside in (*reversed(Path(folder).parents), Path(folder)):
                if (place := self.path / inside).is_symlink():
                    raise FileError(f"{files.shown(place)}: is a link: remove it")
                place.mkdir(exist_ok=True)

    @cached_property
    def refused(self) -> Mapping[int, str]:
        """Those whose file would have a name that there cannot be."""
        return {
            number: f"{self.labels[number]}: {why}, or -o FILE.zarr"
            for number, name in enumerate(self.names)
            if (why := misfit(os.path.basename(name), self.most))
        }

    def _digest(self, span: range) -> str:
        """Of the file of one; of several there is none."""
        name = self.names[span.start] if len(span) == 1 else ""
        with suppress(OSError, FileError), opened(self.path / name) as file:
            return digest_of(file, os.fstat(file.fileno()).st_size)
        return ""

    def put(self, pieces: Mapping[int, Piece]) -> None:
        """Every file has its name when it is whole; that it is ours is noted before."""
        with writing(self.path, GOES_ON), leftovers.going(self._drop):
            self.manifest.add({range(n, n + 1): digest(piece) for n, piece in pieces.items()})
            for number, piece in pieces.items():
                with fresh(self.path / PART) as file:
                    write(file, cast(bytes, piece))
                os.replace(self.path / PART, self.path / self.names[number])

    def _drop(self) -> None:
        """Nothing is left of a file that did not become whole, of an earlier run either."""
        with suppress(OSError):
            os.unlink(self.path / PART)

    def close(self, *, whole: bool) -> None:
        """The manifest stays."""
        self._drop()
        self.manifest.close()


class RowsFile(Sink):
    """One .npy of (sequences, [timesteps,] width): a row a sequence, written into its place."""

    resumes = True

    def __init__(
        self, path: Path, labels: Sequence[Label], about: Mapping[str, Any], *, resume: bool = False
    ) -> None:
        self.path, self.labels = path, labels
        self.part = path.with_name(f"{path.name}.part")
        self.manifest = Manifest(path.with_name(f"{path.name}.manifest.ndjson"), about)
        self._row: tuple[tuple[int, ...], Any] | None = None
        self._begin = 0
        self._out: IO[bytes] | None = None
        self.done = Numbers(len(labels))
        self._keeps = False  # whether there are rows to go on with
        with writing(path), self.manifest.taken():
            self._refuse_part(resume=resume)
            if resume:
                self.manifest.read()
            if self._goes_on(self.part):
                self._out = opened(self.part, os.O_RDWR)
            elif self._goes_on(self.path):
                if len(self.done) < len(labels):  # it is in the making again
                    os.replace(path, self.part)
            else:
                with suppress(FileNotFoundError):
                    self.part.unlink()
            self._keeps = len(self.done) > 0
            self.manifest.begin()

    def _refuse_part(self, *, resume: bool) -> None:
        """Errors: FileError for rows in the making that are not of the run that goes on."""
        if os.path.lexists(self.part) and not (resume and self.manifest.begun):
            what = f"-o {files.shown(self.path)}: {files.shown(self.part)} is there"
            if self.manifest.begun:
                goes = "--resume goes on with an earlier run, or give another name"
                raise FileError(f"{what}: {goes}")
            raise FileError(f"{what}, without a manifest of an earlier run: give another name")

    def _goes_on(self, path: Path) -> bool:
        """Whether such a file has rows that are what they were."""
        if not self.manifest.noted:
            return False
        with suppress(OSError, FileError), opened(path) as file:
            if not self._has_head(file):
                return False
            done = self.manifest.there(partial(self._digest, file))
            if not done:
                self._row = None
                return False
            self.done = done
            return True
        return False

    def _has_head(self, file: IO[bytes]) -> bool:
        """Whether a file begins as one of ours; what its rows are."""
        with suppress(Exception):  # whatever damage does to NumPy's parser
            assert np.lib.format.read_magic(file) == (1, 0)
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
            ours = shape[0] == len(self.labels) and min(shape) > 0 and not fortran
            if ours and dtype.kind in "fiu":
                self._row, self._begin = (shape[1:], dtype), file.tell()
                return True
        return False

    def _digest(self, file: IO[bytes], span: range) -> str:
        """Of rows that are there."""
        assert self._row is not None
        shape, dtype = self._row
        file.seek(self._place(span.start))
        return digest_of(file, len(span) * self._bytes, array_head(dtype, (len(span), *shape)))

    @property
    def _bytes(self) -> int:
        assert self._row is not None
        shape, dtype = self._row
        return math.prod(shape) * int(dtype.itemsize)

    def _place(self, number: int) -> int:
        return self._begin + number * self._bytes

    def put(self, pieces: Mapping[int, Piece]) -> None:
        """Write rows. Errors: FileError where one has another length than the others."""
        with writing(self.path, GOES_ON):
            if not pieces:
                return
            arrays = {n: np.ascontiguousarray(cast(Array, one)) for n, one in pieces.items()}
            out = self._opened(next(iter(arrays.values())))
            for number, array in arrays.items():
                self._refuse_other(number, array)
            noted: dict[range, str] = {}
            for run in runs([*arrays], AT_ONCE // self._bytes + 1):
                rows = np.stack([arrays[number] for number in run])
                out.seek(self._place(run[0]))
                write(out, rows.tobytes())
                noted[range(run[0], run[-1] + 1)] = digest(rows)
            self.manifest.add(noted)
            self._keeps = True

    def _opened(self, row: Array) -> IO[bytes]:
        """The file in the making; with the first row it is known what it will be."""
        if self._row is None:
            self._row = row.shape, row.dtype
            head = io.BytesIO()
            words = {"descr": np.lib.format.dtype_to_descr(row.dtype), "fortran_order": False,
                     "shape": (len(self.labels), *row.shape)}  # fmt: skip
            np.lib.format.write_array_header_1_0(head, words)
            self._begin = len(head.getvalue())
            self._out = fresh(self.part)
            write(self._out, head.getvalue())
        if self._out is None:
            self._out = opened(self.part, os.O_RDWR)
        return self._out

    def _refuse_other(self, number: int, row: Array) -> None:
        assert self._row is not None
        if row.shape != self._row[0]:
            had = f"{self.labels[number]} has shape {row.shape}, where others have {self._row[0]}"
            self._close()
            goes = "mended, --resume goes on; " * self._keeps
            for path in () if self._keeps else (self.part, self.manifest.path):
                path.unlink(missing_ok=True)
            message = f"-o {files.shown(self.path)}: {printable(had, 200)}"
            raise FileError(f"{message}: {goes}-o FOLDER/ and -o FILE.zarr take any lengths")

    def close(self, *, whole: bool) -> None:
        """It has its name when nothing is missing."""
        try:
            if whole and self._out:
                with writing(self.path, GOES_ON):
                    os.fsync(self._out.fileno())
                    self._out.close()
                    os.replace(self.part, self.path)
        finally:
            self._close()

    def _close(self) -> None:
        if self._out:
            self._out.close()
        self.manifest.close()


@contextmanager
def writing(path: Path, remedy: str = "") -> Iterator[None]:
    """Every failure inside is a FileError with the place that is written to."""
    try:
        yield
    except OSError as error:
        raise FileError(f"-o {files.shown(path)}: {files.reason(error)}{remedy}") from error
