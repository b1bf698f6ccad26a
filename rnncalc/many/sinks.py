"""Where the pieces of many sequences are kept: each whole or not at all, in a place of its own.

A folder has a file a sequence; a .npy a row a sequence, and has its name when all of them are
there; lines go out in order, and are kept by nobody.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol, cast

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.errors import FileError, RnncalcError, printable
from rnncalc.many.manifest import Manifest, digest
from rnncalc.many.pieces import Piece
from rnncalc.many.sources import Label

MANIFEST = ".rnncalc-manifest.ndjson"
"""Its name in a folder."""


class Sink(Protocol):
    """Keeps pieces; ``resumes``: and knows in another run which are there."""

    resumes: bool

    @property
    def done(self) -> Mapping[int, object]:
        """The numbers of the sequences that are there already."""

    def put(self, pieces: Mapping[int, Piece]) -> None:
        """Keep the pieces of a block. Errors: FileError where there is no room for them."""

    def close(self, *, whole: bool) -> None:
        """Nothing more comes; ``whole``: and nothing is missing."""


class Printed:
    """Lines on stdout or in a file, in order; the line on top once."""

    resumes = False

    def __init__(self, out: IO[bytes]) -> None:
        self.out, self.done, self._begun = out, dict[int, object](), False

    def put(self, pieces: Mapping[int, Piece]) -> None:
        for piece in pieces.values():
            top, lines = cast(tuple[bytes, bytes], piece)
            self.out.write(lines if self._begun else top + lines)
            self._begun = True
        self.out.flush()

    def close(self, *, whole: bool) -> None:
        """Whoever opened it closes it."""


class Folder:
    """A file a sequence, with its label and the suffix of the format for a name."""

    resumes = True

    def __init__(
        self, path: Path, labels: Sequence[Label], suffix: str, about: Mapping[str, Any],
        *, resume: bool = False,
    ) -> None:  # fmt: skip
        self.path = path
        self.names = names_of(labels, suffix)
        self.manifest = Manifest(path / MANIFEST, about)
        with writing(path):
            if path.exists() and not path.is_dir():
                raise FileError(f"-o {files.shown(path)}: is a file, not a folder")
            path.mkdir(parents=True, exist_ok=True)
            if resume:
                self.manifest.read()
            elif any(path.iterdir()):
                what = "--resume goes on with an earlier run, or give another folder"
                raise FileError(f"-o {files.shown(path)}: this folder is not empty: {what}")
            self.manifest.done = {
                number: one for number, one in self.manifest.done.items()
                if number < len(self.names) and self._digest(number) == one
            }  # fmt: skip
            self.manifest.begin()

    @property
    def done(self) -> Mapping[int, object]:
        """Those whose file is there, and is what it was."""
        return self.manifest.done

    def _digest(self, number: int) -> str:
        with suppress(OSError):
            return digest((self.path / self.names[number]).read_bytes())
        return ""

    def put(self, pieces: Mapping[int, Piece]) -> None:
        """Every file has its name when it is whole."""
        with writing(self.path):
            for number, piece in pieces.items():
                target = self.path / self.names[number]
                part = self.path / f".{number}.part"
                try:
                    part.write_bytes(cast(bytes, piece))
                    os.replace(part, target)
                except OSError:
                    with suppress(OSError):
                        part.unlink()
                    raise
            self.manifest.add({number: digest(piece) for number, piece in pieces.items()})

    def close(self, *, whole: bool) -> None:
        """The manifest stays."""
        self.manifest.close()


def names_of(labels: Sequence[Label], suffix: str) -> list[str]:
    """The names of the files of results. Errors: RnncalcError where two would have the same."""
    if isinstance(labels, range):
        digits = len(str(len(labels) - 1))
        return [f"{number:0{digits}d}{suffix}" for number in labels]
    names: dict[str, Label] = {}
    for label in labels:
        base = os.path.basename(str(label)).removesuffix(".gz")
        key = base.rpartition(":")[2] if ".npz:" in base else ""
        stem = base.partition(":")[0] if key else base
        name = ".".join([os.path.splitext(stem)[0], *([key] if key else [])]) + suffix
        if name in names:
            both = f"{printable(str(names[name]))} and {printable(str(label))}"
            raise RnncalcError(f"the results of {both} would both be {printable(name)}: run each")
        names[name] = label
    return [*names]


class RowsFile:
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
        with writing(path):
            if resume:
                self.manifest.read()
            if not (resume and (self._goes_on(self.part) or self._is_whole())):
                self.manifest.done, self._row = {}, None
                with suppress(FileNotFoundError):
                    self.part.unlink()
            self.manifest.begin()

    @property
    def done(self) -> Mapping[int, object]:
        """Those whose row is there, and is what it was."""
        return self.manifest.done

    def _goes_on(self, path: Path) -> bool:
        """Whether there is such a file; which of its rows are what they were."""
        try:
            file = open(path, "rb")  # noqa: SIM115
        except OSError:
            return False
        with file, suppress(ValueError):
            np.lib.format.read_magic(file)
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            self._row, self._begin = (shape[1:], dtype), file.tell()
            done = {}
            for number, one in self.manifest.done.items():
                file.seek(self._place(number))
                row = np.frombuffer(file.read(self._bytes), dtype)
                if row.nbytes == self._bytes and digest(row.reshape(shape[1:])) == one:
                    done[number] = one
            self.manifest.done = done
            return True
        return False

    def _is_whole(self) -> bool:
        """Whether all is there under its own name."""
        return self._goes_on(self.path) and len(self.done) == len(self.labels)

    @property
    def _bytes(self) -> int:
        assert self._row is not None
        shape, dtype = self._row
        return int(np.prod(shape)) * int(dtype.itemsize)

    def _place(self, number: int) -> int:
        return self._begin + number * self._bytes

    def put(self, pieces: Mapping[int, Piece]) -> None:
        """Write rows. Errors: FileError where one has another length than the others."""
        with writing(self.path):
            if not pieces:
                return
            arrays = {n: np.ascontiguousarray(cast(Array, one)) for n, one in pieces.items()}
            with open(self._opened(next(iter(arrays.values()))), "r+b", buffering=0) as out:
                for number, array in arrays.items():
                    self._refuse_other(number, array)
                    out.seek(self._place(number))
                    _all_of(out, array)
            self.manifest.add({number: digest(piece) for number, piece in pieces.items()})

    def _opened(self, row: Array) -> Path:
        """The file in the making; with the first row it is known what it will be."""
        if self._row is None:
            self._row = row.shape, row.dtype
            head = io.BytesIO()
            words = {"descr": np.lib.format.dtype_to_descr(row.dtype), "fortran_order": False,
                     "shape": (len(self.labels), *row.shape)}  # fmt: skip
            np.lib.format.write_array_header_1_0(head, words)
            self._begin = len(head.getvalue())
            self.part.write_bytes(head.getvalue())
        return self.part

    def _refuse_other(self, number: int, row: Array) -> None:
        assert self._row is not None
        if row.shape != self._row[0]:
            had = f"{self.labels[number]} has shape {row.shape}, where others have {self._row[0]}"
            self.manifest.close()
            for path in (self.part, self.manifest.path):  # it can never be whole
                path.unlink(missing_ok=True)
            message = f"-o {files.shown(self.path)}: {printable(had, 200)}"
            raise FileError(f"{message}. -o FOLDER/ and -o FILE.zarr take any lengths")

    def close(self, *, whole: bool) -> None:
        """It has its name when nothing is missing."""
        self.manifest.close()
        if whole and self.part.exists():
            with writing(self.path), open(self.part, "rb") as file:
                os.fsync(file.fileno())
                os.replace(self.part, self.path)


def _all_of(out: IO[bytes], array: Array) -> None:
    """Write it all. Errors: OSError where the disk is full."""
    rest = memoryview(array.tobytes())
    while rest:
        rest = rest[out.write(rest) or 0 :]


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Every failure inside is a FileError with the place that is written to."""
    try:
        yield
    except OSError as error:
        raise FileError(f"-o {files.shown(path)}: {files.reason(error)}") from error
