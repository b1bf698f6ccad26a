"""Numbers to compare with: typed in, in a file of any kind, in a result that rnncalc wrote."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.checking.expected import OF_A_RESULT, Expected, type_of
from rnncalc.config.arrays import is_weight
from rnncalc.containers import npy
from rnncalc.errors import FileError, RnncalcError, located, printable
from rnncalc.numbers import packed, printed, rows, values
from rnncalc.readers import load

FORMAT = "rnncalc.result"
MODELS = (".yaml", ".yml", ".keras", ".h5", ".hdf5", ".pt", ".pth", ".safetensors", ".onnx")
"""What another model is in; an npz or a JSON file is one by what it holds."""

TABLES = (b"t,", b"sequence,t,")
"""How the csv files of ``run`` begin."""

TYPED = "the numbers given"
"""What numbers without a file are called."""


def expected(text: str) -> Expected:
    """What ``--against`` means: a file's name, or numbers.

    Errors: FileError, RnncalcError: what cannot be read, and several arrays without a key.
    """
    name = text.strip().removeprefix("@")
    path, shown = Path(name), files.shown(Path(name))
    suffix = path.suffix.lower()
    if suffix in MODELS:
        return Expected(shown, model=load(path))
    if suffix == ".npz":
        arrays = _arrays(path)
        if _is_config(arrays):
            return Expected(shown, model=load(path))
        return _of_names(arrays, shown)
    if suffix == ".npy":
        return Expected(shown, npy.read_npy(path), dtype=_plain(npy.type_of(path)))
    if suffix == ".json" or files.is_stream(files.path_of(name)):
        data, whole = _read(files.path_of(name))
        if isinstance(data, dict):
            if _is_config(data):
                return Expected(shown, model=load(path))
            return _of_names(_result(data, shown), shown)
        return _of_text(shown, data, whole)
    _refuse_table(path, shown)
    with located("--against"):
        array = values.parse(text, file=True)
    if not (text.startswith("@") or values.looks_like_a_file(name)):
        return _of_text(TYPED, array, text)
    if packed.suffix(path) in (*values.LINES, ".json"):
        return _of_text(shown, array, _whole(path))
    return Expected(shown, array, dtype=type_of(array))


def _of_text(shown: str, array: Array, text: str) -> Expected:
    """Numbers that have as many decimals as the text that they were read from."""
    return Expected(shown, array, dtype=type_of(array), decimals=printed.decimals(text, array))


def _whole(path: Path) -> str:
    """A file of text; between semicolons, commas are those of decimals."""
    with packed.held(path) as file:
        text = rows.Text(file, path).whole()
    return text.replace(",", ".") if ";" in text else text


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


def _refuse_table(path: Path, shown: str) -> None:
    """A table of rnncalc has times and names in it, which are no numbers to compare with."""
    if path.suffix.lower() != ".csv" or not path.is_file():
        return
    with files.opened(path) as file:
        start = file.read(len(TABLES[-1]))
    if start.startswith(TABLES):
        message = f"{shown}: is a table of rnncalc, with timesteps and names in it"
        raise FileError(f"{message}: write the other run with -o FILE.npz or FILE.json")


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


def _arrays(path: Path) -> dict[str, tuple[Array, str]]:
    """Every array of an npz file, and its type."""
    headers = npy.headers(path)
    with located(files.shown(path)):
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
            return {name: (_exact(part, kind), kind) for name, part in _series(data)}
        except (KeyError, TypeError, AttributeError) as error:
            raise RnncalcError(f"is no whole result: {printable(str(error), 60)}") from None


def _exact(part: Any, kind: str) -> Array:
    """Numbers that were written in the fewest digits that tell those of their type apart."""
    with np.errstate(over="ignore"):
        return values.array(part).astype(kind).astype(np.float64)


def _series(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, data[name]) for name in ("x", "h", "y") if data.get(name) is not None)
    for layer in data["layers"]:
        name = str(layer["name"])
        if layer.get("h") is not None:
            yield f"{name}.h", layer["h"]
        for way in (way for way in ("forward", "backward") if layer.get(way)):
            parts = dict(layer[way])
            for state, final in parts.pop("final").items():
                yield f"{name}.{way}.final.{state}", final
            yield from ((f"{name}.{way}.{key}", part) for key, part in parts.items())
