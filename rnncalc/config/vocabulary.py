"""``vocab``: the names of ids, from a config or a file, and an input that is given by names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.config.said import Said, Words
from rnncalc.errors import (
    FileError,
    KeyPath,
    RnncalcError,
    located,
    printable,
    suggestion,
    unquoted,
)
from rnncalc.model.generation import names_of
from rnncalc.numbers import values


def vocab(said: Said) -> tuple[str, ...] | None:
    """The names of ids. Errors: FileError, RnncalcError, placed at the key or flag."""
    given = said.data.get("vocab")
    if given is None:
        return None
    with said.located("vocab"):
        name = given.get("file") if isinstance(given, dict) else given
        if not isinstance(name, str):
            return names_of(given)
        flagged = ("vocab",) in said.flags
        folder = said.document.folder if said.document and not flagged else Path()
        path = folder / files.path_of(name.strip().removeprefix("@"))
        with located(files.shown(path)), nullcontext() if flagged else unquoted():
            return names_of(_read(path))


def _read(path: Path) -> Sequence[Any]:
    """The names in a file: one a line, a list of JSON, or a mapping of names to ids."""
    text = files.read_text(path)
    if path.suffix.lower() != ".json":
        lines = text.replace("\r\n", "\n").split("\n")
        return lines[:-1] if lines[-1] == "" else lines
    import json

    from rnncalc.containers import strict_json

    if text.lstrip().startswith("{"):
        return _by_id(strict_json.parsed(text))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileError(f"is not JSON: {printable(str(error), 120)}") from None
    return found if isinstance(found, list) else []


def _by_id(mapping: Mapping[str, Any]) -> list[str]:
    """The names in the order of their ids, which are all from 0 on."""
    names = {given: name for name, given in mapping.items() if type(given) is int}
    missing = next((i for i in range(len(mapping)) if i not in names), None)
    if missing is not None:
        raise FileError(f"has no name with the id {missing}: expected are 0 to {len(mapping) - 1}")
    return [names[i] for i in range(len(mapping))]


def named_input(said: Said, names: Sequence[str] | None) -> Array | None:
    """An input that is given by names: lists of them, or a word; None where it is numbers.

    A word is a name, or letters where all names are letters; what has a digit in it is numbers.
    On the command line there may be several, with commas or blanks between.
    Returns: ids where an embedding takes them, else a row of zeros with a 1 for each.
    Errors: RnncalcError for a name that there is not.
    """
    given = said.data.get("x")
    if isinstance(given, Words):
        if not names:
            raise given.error
        several = re.split(r"[,\s]+", given.text.strip())
        given = _spelled(given.text, names) or several
    elif isinstance(given, str) and names:
        given = _spelled(given, names)
    if not (names and isinstance(given, list) and _has_names(given)):
        return None
    with said.located("x"):
        ids = values.array(_ids(given, names))
    if said.data.get("embedding"):
        return ids
    rows = np.zeros((*ids.shape, len(names)))
    np.put_along_axis(rows, ids.astype(int)[..., None], 1, axis=-1)
    return rows


def _spelled(word: str, names: Sequence[str]) -> list[str] | None:
    """The names that a word is made of."""
    if any(c.isdigit() for c in word) or word[:1] in tuple("@-[{"):
        return None
    if word in names:
        return [word]
    letters = max(map(len, names)) == 1 and {*word} <= {*names}
    return [*word] if letters else None


def _has_names(given: Any) -> bool:
    return isinstance(given, str) or (isinstance(given, list) and any(map(_has_names, given)))


def _ids(given: list[Any], names: Sequence[str]) -> list[Any]:
    ids = {name: i for i, name in enumerate(names)}

    def found(part: Any, path: KeyPath) -> Any:
        if isinstance(part, list):
            return [found(one, (*path, i)) for i, one in enumerate(part)]
        if not isinstance(part, str):
            raise RnncalcError(f"{printable(str(part))} stands among names", path=path)
        if part not in ids:
            hint = suggestion(part, names)
            raise RnncalcError(f"there is no name '{printable(part)}'. {hint}", path=path)
        return ids[part]

    return [found(part, (i,)) for i, part in enumerate(given)]
