"""Numbers in JSON: every bit of them, and what JSON has no word for."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson

from rnncalc.array import Array
from rnncalc.errors import RnncalcError
from rnncalc.numbers.exact import Exact
from rnncalc.numbers.exact_arrays import finite

WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def dumps(document: Any) -> bytes:
    """The document as one line of JSON; arrays are written as they are, in their own precision."""
    return _safe(
        orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)
    )


def _safe(written: bytes) -> bytes:
    """The same JSON, safe for a terminal: what does not print, as a name may have it, by number."""
    if written.isascii() and b"\x7f" not in written:
        return written
    text = written.decode("utf-8")
    strange = [letter for letter in set(text) - {"\n"} if not letter.isprintable()]
    return text.translate({ord(letter): _by_number(letter) for letter in strange}).encode("utf-8")


def _by_number(letter: str) -> str:
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def json_array(array: Array, non_finite: str) -> Any:
    """The array if every number in it is finite; else lists, with words (or None) in them.

    Errors: RnncalcError where ``non_finite`` is ``error`` and there is a NaN or infinity.
    """
    if array.dtype == object:
        return np.vectorize(str, otypes=[object])(array).tolist() if array.size else array.tolist()
    if np.isfinite(array).all():
        return np.ascontiguousarray(array)
    refuse_non_finite(array, non_finite)
    return _with_words(array, non_finite)


def json_number(value: Any, non_finite: str) -> Any:
    """One number, as ``json_array`` writes it."""
    if isinstance(value, Exact):
        return str(value)
    refuse_non_finite(value, non_finite)
    return _with_words(np.asarray(value)[()], non_finite)


def refuse_non_finite(array: Array, non_finite: str) -> None:
    """Errors: RnncalcError where ``non_finite`` is ``error`` and there is a NaN or infinity."""
    if non_finite == "error" and not finite(array).all():
        raise RnncalcError("there are NaN or infinite numbers, and --non-finite error refuses them")


def _with_words(array: Array, non_finite: str) -> Any:
    if np.ndim(array):
        return [_with_words(part, non_finite) for part in array]
    if np.isfinite(array):
        return array
    return WORDS[str(array)] if non_finite == "string" else None


def row_texts(rows: Array) -> list[bytes]:
    """Each row of a matrix as text, commas between its numbers: every bit of them.

    A number that is whole has no point; NaN and infinity are ``nan`` and ``inf``.
    """
    if rows.dtype == object:
        return [",".join(map(str, row)).encode() for row in rows]
    text = orjson.dumps(np.ascontiguousarray(rows), option=orjson.OPT_SERIALIZE_NUMPY)[2:-1]
    texts = text.replace(b".0,", b",").replace(b".0]", b"]")[:-1].split(b"],[")
    finite = np.isfinite(rows)
    if not finite.all():
        for i in np.flatnonzero(~finite.all(axis=1)):
            cells = texts[i].split(b",")
            for j in np.flatnonzero(~finite[i]):
                cells[j] = str(rows[i, j]).encode()
            texts[i] = b",".join(cells)
    return texts


def json_rows(rows: Array, non_finite: str) -> list[bytes]:
    """What stands between the brackets of each row of a matrix as a JSON array."""
    if rows.dtype == object or not np.isfinite(rows).all():
        return [dumps(json_array(row, non_finite))[1:-2] for row in rows]
    text = orjson.dumps(np.ascontiguousarray(rows), option=orjson.OPT_SERIALIZE_NUMPY)
    return text[2:-2].split(b"],[")
