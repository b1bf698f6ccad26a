"""Configs as text: YAML and JSON, with every digit of every number."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.bounds import LONGEST_TEXT, MIB
from rnncalc.conventions import CONVENTIONS
from rnncalc.converting.draft import Draft
from rnncalc.converting.stacked import bias_notes, rounds
from rnncalc.converting.to_config import config
from rnncalc.errors import RnncalcError, printable
from rnncalc.model.model import Model
from rnncalc.numbers.digits import whole

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
TAKEN = ("true", "false", "null", "nan", "inf", "infinity")
"""Words that YAML takes for something else than text."""

UNUSUAL = {
    "yaml": {"nan": ".nan", "inf": ".inf", "-inf": "-.inf"},
    "json": {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'},
    "python": {"nan": "np.nan", "inf": "np.inf", "-inf": "-np.inf"},
}
"""How numbers that are none are written."""


def draft(model: Model, convention: str, suffix: str) -> Draft:
    """The config of a network as YAML or JSON.

    Errors: RnncalcError for what the convention has no array for, and for too large a network.
    """
    block = config(model, convention)
    kind = "json" if suffix == ".json" else "yaml"
    lines = [json_text(block)] if kind == "json" else list(_yaml(block, 0))
    content = ("\n".join(lines) + "\n").encode()
    if len(content) > LONGEST_TEXT:
        limit = f"configs are read up to {LONGEST_TEXT // MIB} MiB"
        raise RnncalcError(f"{len(content):,} bytes of text are too many: {limit}. Write an .npz")
    says = f"a config in {CONVENTIONS[convention].possessive} names"
    notes = tuple(bias_notes(model, convention))
    return Draft(content, says, notes, rounds(model, convention), whole=True)


def _yaml(block: dict[str, Any], depth: int) -> Iterator[str]:
    """The lines of a block of keys."""
    pad = "  " * depth
    for key, value in block.items():
        if isinstance(value, dict) and not {"name", "layer"} & {*value}:
            yield f"{pad}{key}:"
            yield from _yaml(value, depth + 1)
        elif isinstance(value, list) and isinstance(value[0], dict):
            yield f"{pad}{key}:"
            for part in value:
                first, *rest = [_scalar(part)] if isinstance(part, str) else _yaml(part, depth + 2)
                yield f"{pad}  - {first.strip()}"
                yield from rest
        elif isinstance(value, np.ndarray) and value.ndim > 1 and value.size > 1:
            yield f"{pad}{key}:"
            yield from (f"{pad}  - {flow(row, 'yaml')}" for row in value)
        else:
            yield f"{pad}{key}: {_scalar(value)}"


def _scalar(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_scalar(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_scalar, value))}]"
    if isinstance(value, np.ndarray):
        return flow(value, "yaml")
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and value.lower() not in TAKEN
        return value if plain else json.dumps(value)
    return number(value, "yaml") if isinstance(value, float) else str(value)


def json_text(value: Any) -> str:
    """A value, objects indented by the level, an array on one line."""
    if isinstance(value, dict):
        inner = ",\n".join(f"{json.dumps(key)}: {json_text(one)}" for key, one in value.items())
        return "{\n" + _indented(inner) + "\n}"
    if isinstance(value, list) and not (value and isinstance(value[0], dict)):
        return "[" + ", ".join(map(json_text, value)) + "]"
    if isinstance(value, list):
        return "[\n" + _indented(",\n".join(map(json_text, value))) + "\n]"
    if isinstance(value, np.ndarray):
        return flow(value, "json")
    return number(value, "json") if isinstance(value, float) else json.dumps(value)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))


def finite(name: str, array: Array) -> Array:
    """An array whose text tells its numbers, whatever type they are read in.

    Errors: RnncalcError for numbers that JSON has not.
    """
    if not np.all(np.isfinite(array)):
        raise RnncalcError(f"{printable(name)} has NaN or infinity, and JSON has no such number")
    return array.astype(np.float64)


def flow(array: Array, kind: str) -> str:
    """An array in brackets; of one number, that number; ``kind`` is one of ``UNUSUAL``."""
    if array.ndim == 0:
        return number(array[()], kind)
    return "[" + ", ".join(flow(part, kind) for part in array) + "]"


def number(value: Any, kind: str) -> str:
    """The shortest text that reads back to the same bits in the number's own type."""
    text = whole(value)
    return "-0.0" if text == "-0" else UNUSUAL[kind].get(text, text)  # -0 is a whole number
