"""Numbers, lists and matrices from text and from files, as the command line and configs give them.

``parse`` reads what a person types or pastes (``1,2,3``  ``1 2; 3 4``  JSON  ``@file``), ``read`` a
file, ``array`` the nested lists of JSON and YAML. What comes out is a float64 array of 0 to 4 axes;
what its axes mean is the business of ``model.py``. What fits two readings is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.bounds import LONGEST_RESULT, MOST_AXES
from rnncalc.errors import (
    FileError,
    KeyPath,
    RnncalcError,
    ShapeError,
    indices,
    located,
    may_quote,
    printable,
    quoted,
)
from rnncalc.numbers import keyed, packed, pasted, results, rows
from rnncalc.numbers.cells import columns_of, nothing, size
from rnncalc.numbers.digits import parsed as read_number
from rnncalc.numbers.digits import too_large

LINES = {".csv": ",", ".tsv": "\t", ".txt": None, ".md": None, ".ndjson": None, ".jsonl": None}
"""The files of lines, and what separates their columns; None: it is told by the first line."""

SUFFIXES = (*LINES, ".json", ".npy", ".npz", *keyed.TREES)
"""The data files that can be read; those of text may be packed by gzip (``x.csv.gz``)."""

BINARY = (".npy", ".npz", *keyed.TREES)
"""Those that are no text."""

FILE_NAME = re.compile(r"[\w.~/\\-]*\.[A-Za-z]{2}\w*")
"""What is a file's name rather than a mistyped number: ``x.cvs``."""

FORMAT = '"rnncalc.result"'


def parse(
    text: str, folder: Path = Path(), *, file: bool = False, columns: Sequence[str] = ()
) -> Array:
    """The numbers that a text stands for.

    Args:
        text: ``0.5``, ``1,2,3``, ``1 2; 3 4``, JSON, ``tensor(...)``, ``@w.csv``, ``@w.npz:key``,
            ``@w.json:key`` or ``-`` (stdin).
        folder: where the names of files start from.
        file: whether a file's name may stand without ``@``.
        columns: of a table in a file, those that are wanted.

    Returns:
        An array of 0 axes (a number), 1 (a list), 2 (a matrix) or up to 4 (JSON and files).

    Errors: RnncalcError with the part in question and the remedy.
    """
    text = text.strip()
    if text == "-" or (file and files.is_stream(Path(text))):
        return of_stream(files.path_of(text))
    if text.startswith("@"):
        return read(*keyed.file_and_key(text[1:]), folder=folder, columns=columns)
    if text.startswith(("{", '"')) or pasted.begins(text):
        return document(text)
    if looks_like_a_file(text):
        if not file:
            raise RnncalcError(f"'{printable(text)}' is not a number. To read a file, write @file")
        return read(*keyed.file_and_key(text), folder=folder)
    if file and len(text) < 500 and (Path(text).is_file() or FILE_NAME.fullmatch(text)):
        raise _unreadable(Path(text))
    return _typed(text)


def read(
    name: str, key: str | None = None, folder: Path = Path(), columns: Sequence[str] = ()
) -> Array:
    """The numbers in a file of data, or one of the arrays in it, which ``key`` names.

    Args:
        columns: of a table, those that are wanted.

    Errors: FileError with the file and the row and column, or the array, in question.
    """
    path = folder / name
    suffix = packed.suffix(Path(name))
    if files.is_stream(path) and suffix not in BINARY:  # which are no text
        return of_stream(path)
    if suffix not in SUFFIXES or (packed.is_packed(path) and suffix in BINARY):
        raise _unreadable(path)
    if suffix == ".npz":
        return _npz(path, key)
    if suffix in keyed.TREES:
        return keyed.read(path, key)
    if key is not None:
        return _of_key(path, suffix, key)
    if suffix == ".npy":
        from rnncalc.containers import npy

        return npy.read_npy(path)
    with packed.held(path) as file:
        return of_text(rows.Text(file, path, LINES.get(suffix), columns))


def _unreadable(path: Path) -> FileError:
    """What is said of a name whose suffix is none of ours: there may be no such file."""
    hint = f"cannot tell what is in it; known are {', '.join(SUFFIXES)}"
    return FileError(f"{files.shown(path)}: {hint if path.exists() else files.missing(path)}")


def _of_key(path: Path, suffix: str, key: str) -> Array:
    """One of the arrays in a JSON document, or of the quantities of a result."""
    if suffix != ".json":
        message = "a file of lines or one array has no keys: leave out"
        raise FileError(f"{files.shown(path)}: {message} {printable(key)}")
    with packed.held(path) as file:
        whole = rows.Text(file, path).whole(LONGEST_RESULT)
    with located(files.shown(path)):
        if named := _of_result(whole):
            found: Array = keyed.picked(named, key)
            return found
        part = keyed.picked(_loaded(whole), key)
        with located(printable(key)):
            return array(part)


def of_stream(path: Path) -> Array:
    """The numbers that stdin or a pipe gives: JSON, or a line per row. Errors: as of ``read``."""
    with packed.held(path) as file:
        return of_text(rows.Text(file, path))


def of_text(text: rows.Text) -> Array:
    """The numbers of an open text: JSON, a print, a result, or a line per row.

    Errors: as of ``read``.
    """
    if text.is_result:
        named = text.quantities()
        with located(files.shown(text.path)):
            return results.one(named, text.asked)
    strict = packed.suffix(text.path) == ".json"
    if not strict and (text.separator is not None or not text.is_document):
        return text.read()
    return of_document(text, text.whole())


def of_document(text: rows.Text, whole: str) -> Array:
    """The numbers of a text that was read: JSON, a result, a print. Errors: as of ``read``."""
    strict = packed.suffix(text.path) == ".json"
    with located(files.shown(text.path)):
        if named := _of_result(whole):
            return results.one(named, text.asked)
        return json(whole) if strict else document(whole)


def _of_result(text: str) -> dict[str, Array]:
    """The quantities of a JSON document that rnncalc wrote; none of another text."""
    import orjson

    if FORMAT not in text[:200]:
        return {}
    with suppress(orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return {name: array(part) for name, part in results.series(orjson.loads(text))}
    return {}


def is_lines(given: Any) -> bool:
    """Whether a value of a config names a file of lines: csv, tsv, or what is read as stdin is."""
    name = given.get("file") if isinstance(given, dict) else given
    if not isinstance(name, str) or not (isinstance(given, dict) or name.startswith("@")):
        return False
    path = Path(name.removeprefix("@"))
    return packed.suffix(path) in LINES or files.is_stream(path)


def array(data: Any, path: KeyPath = ()) -> Array:
    """Nested lists of numbers, as JSON and YAML give them, as a float64 array.

    Errors: RnncalcError whose path leads to what is ragged, empty or no number.
    """
    if not isinstance(data, list):
        return np.array(_scalar(data, path))
    if len(path) == MOST_AXES:
        raise RnncalcError(f"lists within lists, more than {MOST_AXES} deep", path=path)
    if not data:
        raise RnncalcError("an empty list: there must be numbers in it", path=path)
    if (plain := _plain(data, MOST_AXES - len(path))) is not None:
        return plain
    if not any(isinstance(item, list) for item in data):
        return np.array([_scalar(item, (*path, i)) for i, item in enumerate(data)])
    parts = [array(item, (*path, i)) for i, item in enumerate(data)]
    for i, part in enumerate(parts):
        if part.shape != parts[0].shape:
            first = f"{indices((*path, 0))} has {size(parts[0])}"
            raise ShapeError(f"{size(part)}, where {first}", path=(*path, i))
    return np.stack(parts)


def _plain(data: list[Any], axes: int) -> Array | None:
    """The array of numbers in lists of equal lengths, made at once; None where there is else."""
    level, shape = data, [len(data)]
    while set(map(type, level)) == {list} and len(shape) < axes:
        widths = set(map(len, level))
        if len(widths) > 1:
            return None
        shape.append(widths.pop())
        level = list(chain.from_iterable(level))
    if not level or not set(map(type, level)) <= {float, int}:
        return None
    with suppress(OverflowError):
        return np.array(level, np.float64).reshape(shape)
    return None


def _scalar(item: Any, path: KeyPath) -> float:
    try:
        if isinstance(item, str):
            return read_number(item)
        if isinstance(item, (int, float)) and not isinstance(item, bool):
            return float(item)
    except OverflowError:
        raise RnncalcError(too_large("a number"), path=path) from None
    except RnncalcError as error:
        error.path = path
        raise
    kind = "an object" if isinstance(item, dict) else _json_name(item)
    raise RnncalcError(f"{kind} where a number was expected", path=path)


def _json_name(item: Any) -> str:
    return {None: "null", True: "true", False: "false"}.get(item, printable(str(item)))


def _typed(text: str) -> Array:
    """What was typed: rows separated by ``;``, numbers by commas or blanks."""
    rows = text.replace("\n", ";").split(";")
    if len(rows) > 1 and not rows[-1].strip():
        rows.pop()
    if len(rows) > 1:
        return array([_row(row, i) for i, row in enumerate(rows)])
    numbers = _row(text, None)
    return np.array(numbers[0] if len(numbers) == 1 else numbers)


def _row(text: str, index: int | None) -> list[float]:
    way: KeyPath = () if index is None else (index,)
    text = text.strip()
    if not text:
        raise RnncalcError("nothing where a number was expected", path=way)
    if re.search(r"[^\s,]\s+[^\s,]", text) and re.search(r",\S", text):
        message = f"{quoted(text, 30)} has commas and blanks between numbers: use one of them"
        raise RnncalcError(f"{message} (and a point in 0.5)", path=way)
    numbers = []
    for i, part in enumerate(columns_of(text, None)):
        try:
            numbers.append(read_number(part) if part else nothing())
        except RnncalcError as error:
            error.path = (*way, i) if way or "," in text or " " in text else ()
            raise
    return numbers


def document(text: str) -> Array:
    """The numbers in brackets: JSON, or what somebody printed.

    Errors: as of ``json`` for what is JSON but for a fault, else as of ``pasted.nested``.
    """
    if '"' in text or not pasted.begins(text):
        return json(text)
    import orjson

    with suppress(orjson.JSONDecodeError):
        return array(orjson.loads(text))
    return array(pasted.nested(text))


def json(text: str) -> Array:
    """The numbers in a text of JSON. Errors: FileError where it breaks, as of ``array``."""
    return array(_loaded(text))


def _loaded(text: str) -> Any:
    """What a text of JSON holds. Errors: FileError where it breaks."""
    import orjson

    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        where = f"{place}: " if "\n" in text else ""
        near = text[max(0, error.pos - 10) : error.pos + 10]
        near = f"near {quoted(near)}" if may_quote() else place
        if "infinity" in error.msg:
            raise RnncalcError(f"{where}{too_large('a number')} ({near})") from None
        message = f"{where}not JSON: {error.msg.split(':')[0]} ({near})"
        message += ": write 0.5 for .5" if re.search(r"(^|[-\[,\s])\.\d", text) else ""
        message += '. Write "NaN" or "Infinity" in quotes' if re.search("NaN|Inf", near) else ""
        raise FileError(message) from None


def looks_like_a_file(text: str) -> bool:
    """Whether a text is a file's name rather than numbers."""
    name, _ = keyed.file_and_key(text)
    return packed.suffix(Path(name)) in SUFFIXES or bool(re.match(r"(\.{0,2}|~)[/\\]", text))


def _npz(path: Path, key: str | None) -> Array:
    from rnncalc.containers import npy

    if key is None:
        there, name = npy.there(npy.names(path)), files.shown(path)
        raise FileError(f"{name}: which array? Write {name}:KEY; {there}")
    return npy.read_npz(path, [key])[key]
