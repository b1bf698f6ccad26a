"""JSON in model files, as Python writes it (with NaN and Infinity), checked to be harmless."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from rnncalc import files
from rnncalc.errors import FileError, printable

LONGEST = 16 * files.MIB
"""Text becomes objects, which take up to twenty times its room."""

MOST_VALUES = 1_000_000
"""Each takes room and time, however short its text is; a layer of Keras has about a hundred."""

DEEPEST = 100
LONGEST_INTEGER = 20
"""Digits: any of 64 bits."""


class NotJsonError(FileError):
    """A text that breaks as JSON: it may be something that people write, a config."""


def parsed(data: bytes | str) -> dict[str, Any]:
    """The mapping that a JSON text is.

    Errors: FileError for damage, what is not UTF-8, too long, too much, too deep, said twice, no
        mapping, integers of more than LONGEST_INTEGER digits.
    """
    if len(data) > LONGEST:
        raise FileError(f"is longer than {LONGEST // files.MIB} MiB")
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        if sum(map(text.count, "{[,")) > MOST_VALUES:
            raise FileError(f"holds more than {MOST_VALUES:,} values")
        value = json.loads(text, object_pairs_hook=_mapping, parse_int=_integer)
    except UnicodeDecodeError:
        raise FileError("is not UTF-8") from None
    except RecursionError:
        raise FileError(f"is nested more than {DEEPEST} deep") from None
    except ValueError as error:
        raise NotJsonError(f"is not JSON: {printable(str(error), 120)}") from None
    if not isinstance(value, dict):
        raise FileError("is JSON, but no mapping")
    _refuse_depth(value)
    return value


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise FileError(f"says '{printable(counts.most_common(1)[0][0])}' twice")
    return mapping


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > LONGEST_INTEGER:
        raise FileError(f"holds an integer of {len(digits):,} digits")
    return int(digits)


def _refuse_depth(value: Any) -> None:
    """Also of texts that are none: half a character, which could never be printed."""
    level = [value]
    for _ in range(DEEPEST):
        inner = [part for part in level if isinstance(part, (dict, list))]
        texts = [part for part in level if isinstance(part, str)]
        texts += [key for part in inner if isinstance(part, dict) for key in part]
        for text in texts:
            if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
                raise FileError(f"holds text that is not Unicode: '{printable(text)}'")
        level = [v for part in inner for v in (part.values() if isinstance(part, dict) else part)]
        if not level:
            return
    raise FileError(f"is nested more than {DEEPEST} deep")
