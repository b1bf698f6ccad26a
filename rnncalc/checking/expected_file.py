"""Numbers to compare with: typed in, in a file of any kind, in a result that rnncalc wrote."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import bounds, files
from rnncalc.array import Array
from rnncalc.checking.expected import OF_A_RESULT, Expected, type_of
from rnncalc.config import network
from rnncalc.config.arrays import is_weight
from rnncalc.containers import npy
from rnncalc.errors import FileError, RnncalcError, located, printable
from rnncalc.numbers import packed, results, rows, values
from rnncalc.readers import in_text, is_model, load
from rnncalc.readers.model_file import is_checkpoint

FORMAT = "rnncalc.result"
MODELS = (".yaml", ".yml", ".keras", ".h5", ".hdf5", ".pt", ".pth", ".safetensors", ".onnx",
          ".tflite", ".index", ".pb")  # fmt: skip
"""What another model is in; an npz, JSON or CSV file is one by what it holds."""

TYPED = "the numbers given"
"""What numbers without a file are called."""


def expected(text: str) -> Expected:
    """What ``--against`` means: a file's name, or numbers.

    Errors: FileError, RnncalcError: what cannot be read, and several arrays without a key.
    """
    name = text.strip().removeprefix("@")
    path, shown = Path(name), files.shown(Path(name))
    suffix = path.suffix.lower()
    if suffix in MODELS or _of_a_program(path, suffix) or _of_tensorflow(path):
        return Expected(shown, model=load(path))
    if suffix == ".npz":
        headers = npy.headers(path)
        if _is_config(headers):
            return Expected(shown, model=load(path))
        return _of_names(_arrays(headers, shown), shown)
    if suffix == ".npy":
        return Expected(shown, npy.read_npy(path), dtype=_plain(npy.type_of(path)))
    keyed = re.fullmatch(r"(.*\.json):([^\\/]*)", name, re.IGNORECASE | re.DOTALL)
    if keyed:
        return _of_key(Path(keyed[1]), keyed[2])
    if suffix == ".json" or files.is_stream(files.path_of(name)):
        data, whole = _read(files.path_of(name))
        if isinstance(data, Expected):
            return data
        if isinstance(data, dict):
            if _is_config(data):
                return Expected(shown, model=network.model(in_text(whole, files.path_of(name))))
            return _of_names(_result(data, shown), shown)
        return _of_text(shown, data, whole)
    with located("--against"):
        if packed.suffix(path) in values.LINES and path.is_file():
            return _of_lines(path, shown)
        array = values.parse(text, file=True)
    if not (text.startswith("@") or values.looks_like_a_file(name)):
        return _of_text(TYPED, array, text)
    return Expected(shown, array, dtype=type_of(array))


def _of_a_program(path: Path, suffix: str) -> bool:
    """Whether a text is a network of another program, or a CSV of weights."""
    return suffix in (".json", ".csv") and path.is_file() and is_model(path)


def _of_tensorflow(path: Path) -> bool:
    """Whether it is a folder with a SavedModel or a checkpoint."""
    return os.path.isdir(path) and is_checkpoint(path)


def _of_key(path: Path, key: str) -> Expected:
    """The array of a result that is named behind the colon: ``r.json:attention.weights``."""
    data, _ = _read(path)
    shown = files.shown(path)
    if not isinstance(data, dict):
        raise FileError(f"{shown}: has one array, and none is called {printable(key)}")
    arrays = _result(data, shown)
    if key not in arrays:
        raise FileError(f"{shown}: has no {printable(key)}; there are: {npy.listed(arrays)}")
    array, kind = arrays[key]
    return Expected(f"{shown}:{printable(key)}", array, dtype=kind)


def _of_text(shown: str, array: Array, text: str) -> Expected:
    """Numbers that have as many decimals as the text that they were read from."""
    return Expected(shown, array, dtype=type_of(array), text=text)


def _of_lines(path: Path, shown: str) -> Expected:
    """What a file of lines holds, which is read once: a result, or rows of numbers. The numbers of
    a very long one count as they are."""
    separator = values.LINES[packed.suffix(path)]
    with packed.held(path) as file:
        text = rows.Text(file, path, separator)
        if text.is_result:
            whole = text.whole(bounds.LONGEST_RESULT)
            with located(shown):
                return _of_table(results.read(whole), shown, whole)
        if path.stat().st_size > bounds.LONGEST_TEXT:
            array = values.of_text(text)
            return Expected(shown, array, dtype=type_of(array))
        whole = text.whole(bounds.LONGEST_RESULT)
        array = values.of_text(rows.Text(io.BytesIO(whole.encode()), path, separator))
    # between semicolons, commas are those of decimals
    return _of_text(shown, array, whole.replace(",", ".") if ";" in whole else whole)


def _is_config(names: Mapping[str, Any]) -> bool:
    """Whether it describes a network: a result, and arrays by other names, have no weights."""
    if "format" in names or any(map(OF_A_RESULT.fullmatch, names)):
        return False
    return "layers" in names or any(map(is_weight, names))


def _read(path: Path) -> tuple[Any, str]:
    """A document, or the numbers in a file of JSON, in stdin or a pipe; it is opened once.

    Returns: it, and the text that it is.
    """
    with located("--against"), files.held(path) as file:
        text = rows.Text(file, path)
        strict = path.suffix.lower() == ".json"
        if not strict and text.is_result:
            whole = text.whole(bounds.LONGEST_RESULT)
            with located(files.shown(path)):
                return _of_table(results.read(whole), files.shown(path), whole), whole
        is_document = text.is_document or strict
        whole = text.whole()
        if not is_document:
            return rows.Text(io.BytesIO(whole.encode()), path).read(), whole
        with located(files.shown(path)):
            data = _document(whole) or (values.json if strict else values.document)(whole)
            return data, whole


def _document(text: str) -> dict[str, Any] | None:
    """The object that a text of JSON is; None for a list, and for what is no JSON."""
    import orjson

    with suppress(orjson.JSONDecodeError):
        data = orjson.loads(text)
        return data if isinstance(data, dict) else None
    return None


def _of_table(named: Mapping[str, Array], shown: str, text: str) -> Expected:
    """A result as text, whose numbers have the decimals that stand there; ids are not compared."""
    arrays = {key: (one, type_of(one)) for key, one in named.items() if key not in ("id", "u")}
    found = _of_names(arrays, shown)
    return replace(found, text=text)


def _of_names(arrays: Mapping[str, tuple[Array, str]], shown: str) -> Expected:
    """One array, or several by their names. Errors: FileError where there is none."""
    named = {name: array for name, (array, _) in arrays.items()}
    if not named:
        raise FileError(f"{shown}: has no numbers to compare with: h or y was expected")
    coarsest = min((kind for _, kind in arrays.values()), key=_width)
    if len(named) == 1:
        return Expected(shown, next(iter(named.values())), dtype=coarsest)
    return Expected(shown, None, named, coarsest)


def _width(kind: str) -> int:
    return np.dtype(kind).itemsize


def _plain(kind: str) -> str:
    """A type as tolerances know it: whole numbers are exact."""
    return kind if kind in ("float16", "float32") else "float64"


def _arrays(headers: Mapping[str, npy.Header], shown: str) -> dict[str, tuple[Array, str]]:
    """Every array of an npz file, and its type."""
    with located(shown):
        return {name: (one.numbers(), _plain(one.dtype)) for name, one in headers.items()}


def _result(data: dict[str, Any], shown: str) -> dict[str, tuple[Array, str]]:
    """The arrays of a result, by the names that npz files give them.

    Errors: FileError for another document.
    """
    if data.get("format") != FORMAT:
        named = printable(str(data.get("format", "an object")), 40)
        raise FileError(f"{shown}: is {named}; a list of numbers or {FORMAT} was expected")
    with located(shown):
        try:
            kind = _plain(str(data["dtype"]))
            return {name: (_exact(part, kind), kind) for name, part in results.series(data)}
        except (KeyError, TypeError, AttributeError) as error:
            raise RnncalcError(f"is no whole result: {printable(str(error), 60)}") from None


def _exact(part: Any, kind: str) -> Array:
    """Numbers that were written in the fewest digits that tell those of their type apart."""
    with np.errstate(over="ignore"):
        return values.array(part).astype(kind).astype(np.float64)
