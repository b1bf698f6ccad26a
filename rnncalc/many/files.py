"""A sequence a file: csv, tsv, txt, json, npy, ``npz:key``, and parquet where pyarrow is there."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.bounds import MOST_HELD
from rnncalc.containers.extra import needed
from rnncalc.data import dataclass
from rnncalc.errors import FileError, innermost, listed, printable
from rnncalc.many.sources import Label
from rnncalc.numbers import keyed, packed, values
from rnncalc.numbers.input_file import named
from rnncalc.numbers.unequal import Padded

PARQUET = ".parquet"
SUFFIXES = (*values.SUFFIXES, PARQUET)
BINARY = (*values.BINARY, PARQUET)


def is_pattern(word: str) -> bool:
    """Whether a word stands for the names of several files: ``data/*.csv``."""
    return glob.has_magic(word) and not os.path.exists(word)


def is_name(word: str) -> bool:
    """Whether a word names a file of numbers, or several."""
    name, _ = keyed.file_and_key(word.removeprefix("@"))
    return packed.suffix(Path(name)) in SUFFIXES and not files.is_stream(Path(name))


def are_sequences(word: str) -> bool:
    """Whether a word names a file of numbers, one of whole arrays, or several of any kind."""
    several = is_pattern(word) and (_below(word) or any(glob.iglob(word, recursive=True)))
    return several or is_name(word) or is_stored(word)


def _below(word: str) -> bool:
    """Whether nobody types it but as a pattern, be there such files or not: ``data/*``."""
    return "/*" in word or f"{os.sep}*" in word


STORED = re.compile(r"@?(.+\.(?:zarr|h5|hdf5))[/\\]?(?::(.*))?", re.IGNORECASE | re.DOTALL)


def place(word: str) -> tuple[str, str | None]:
    """The file, and which of its arrays, of what ``is_stored``."""
    match = STORED.fullmatch(word)
    assert match  # it is one
    return match[1], match[2]


def is_stored(word: str) -> bool:
    """Whether a word is for an array of a file that holds arrays of any size."""
    return bool(STORED.fullmatch(word))


def found(words: Sequence[str]) -> tuple[str, ...]:
    """The files that words name, in their order; of a pattern in the order of their letters.

    Errors: FileError where a pattern matches nothing, or a file is named twice.
    """
    names: list[str] = []
    for word in words:
        name, key = keyed.file_and_key(word.removeprefix("@"))
        if not is_pattern(name):
            names.append(word.removeprefix("@"))
            continue
        matching = sorted(filter(_is_meant, glob.glob(name, recursive=True)))
        if not matching:
            raise FileError(f"{files.shown(Path(word))}: no file has such a name")
        names += [one if key is None else f"{one}:{key}" for one in matching]
    if len({*names}) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise FileError(f"{files.shown(Path(twice))} is given twice")
    return tuple(names)


def _is_meant(name: str) -> bool:
    """Whether what a pattern matches is a sequence, readable or not; other folders are none.

    Errors: FileError for a pipe or device, which may never end.
    """
    if os.path.isfile(name) or not os.path.exists(name):  # a link that leads nowhere
        return True
    if os.path.isdir(name):
        return packed.suffix(Path(name)) in SUFFIXES
    raise FileError(f"{files.shown(Path(name))}: is no regular file: name the others without it")


@dataclass(frozen=True)
class Files:
    """One sequence a file.

    Attributes:
        paths: their names, ``data.npz:key`` where a file has several arrays.
        columns: of tables, which of them are the features; none: all.
        ids: whether they hold ids, one a line.
        features: how many features the network takes; 0: a table has those that it has.
        folder: where the paths begin, for a process whose working folder is another.
    """

    paths: tuple[str, ...]
    columns: tuple[str, ...] = ()
    ids: bool = False
    features: int = 0
    folder: str = ""

    @cached_property
    def places(self) -> Sequence[Label]:
        """The paths, as text of any system."""
        return [path.encode(errors="backslashreplace").decode() for path in self.paths]

    @cached_property
    def labels(self) -> Sequence[Label]:
        """The names without their folders; with them, where two would have the same."""
        names = [os.path.basename(str(place)) for place in self.places]
        return names if len({*names}) == len(names) else self.places

    @property
    def sizes(self) -> Sequence[int]:
        """In bytes of the files; of one that is not there 0: reading it says so."""
        return [_size(keyed.file_and_key(path)[0]) for path in self.paths]

    @property
    def is_text(self) -> bool:
        """Whether all of them are text."""
        names = (Path(keyed.file_and_key(path)[0]) for path in self.paths)
        return not any(packed.suffix(name) in BINARY for name in names)

    @property
    def identity(self) -> str:
        """Their whole paths, however they were typed, and how they are read."""
        paths = (os.path.abspath(os.path.join(self.folder, path)) for path in self.paths)
        return "\n".join([*paths, *self.columns, str(self.ids)])

    def read(self, number: int) -> Array:
        """One file. Errors: FileError, RnncalcError with its name."""
        word = os.path.join(self.folder, self.paths[number])
        name, key = keyed.file_and_key(word)
        path = Path(name)
        with files.remembered():
            if packed.suffix(path) == PARQUET:
                with files.reading(path):
                    return _parquet(path, self.columns)
            source = named(name)
            if source is None or key is not None:
                return values.read(name, key)
            source.columns = self.columns
            with source:
                x = source.read(ids=self.ids, of=self.features)
        if isinstance(x, Padded):
            raise FileError(f"{files.shown(path)}: holds several sequences; one was expected")
        return x

    def read_all(self, numbers: Sequence[int]) -> None:
        """Each is a file."""


def _size(name: str) -> int:
    try:
        return os.stat(name).st_size
    except OSError:
        return 0


def _parquet(path: Path, columns: Sequence[str]) -> Array:
    """The columns of a table, each a feature. Errors: FileError, without the file's name."""
    parquet = needed("pyarrow.parquet", "parquet files", package="pyarrow")
    if not path.is_file():
        raise FileError(files.missing(path))
    try:
        with parquet.ParquetFile(path) as file:
            about, names = file.metadata, file.schema_arrow.names
            for name in columns:
                if name not in names:
                    raise FileError(
                        f"there is no column {printable(name)}; there are: {listed(names)}"
                    )
            wanted = list(columns) or names
            if about.num_rows * len(wanted) > MOST_HELD:
                raise FileError(f"claims {about.num_rows:,} rows, too many to hold at once")
            table = file.read(columns=wanted)
            arrays = [table[name].to_numpy() for name in wanted]
    except (OSError, ValueError, TypeError, NotImplementedError) as error:  # pyarrow's are these
        raise FileError(f"is no readable parquet file: {innermost(error)}") from None
    for name, array in zip(wanted, arrays, strict=True):
        if array.dtype.kind not in "fiu":
            raise FileError(f"column {printable(name)} holds {array.dtype}, not numbers")
    if not arrays or not len(arrays[0]):
        raise FileError("is empty: there are no rows")
    return np.stack(arrays, axis=1).astype(np.float64)
