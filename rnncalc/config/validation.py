"""What a config may not say: a key that there is not, with a suggestion; a value of another type.

``schema.py`` says what there is, and is only loaded for a config.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rnncalc.config.keys import STATES, is_framework
from rnncalc.config.stateless import stateless_kind
from rnncalc.errors import KeyPath, RnncalcError, suggestion
from rnncalc.numbers.digits import too_large

WORDS = {
    "bool": "true or false",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "array": "a list",
    "object": "a block of keys",
    "null": "nothing",
}
"""What msgspec calls the types of values."""

Unknown = tuple[KeyPath, RnncalcError]
"""The path to a key that there is not, and what to say of it."""


def unknown(data: Mapping[str, Any]) -> Iterator[Unknown]:
    """Every key of a config that is not known, wherever it stands."""
    from rnncalc.config.schema import Config

    return _within(data, (), Config.__struct_encode_fields__)


def _within(block: Mapping[str, Any], path: KeyPath, known: Iterable[str]) -> Iterator[Unknown]:
    from rnncalc.config.schema import BLOCKS

    for key, value in block.items():
        if key not in known:
            yield (*path, key), RnncalcError(f"there is no such key. {_hint(str(key), known)}")
            continue
        several = isinstance(value, list) and key in BLOCKS
        for i, part in enumerate(value if several else [value]):
            if isinstance(part, Mapping):
                inner = _keys(part, path, key)
                yield from _within(part, (*path, key, i) if several else (*path, key), inner)


def _keys(value: Mapping[str, Any], path: KeyPath, key: str) -> Iterable[str]:
    """What may stand in a block, or instead of numbers: a file, the state or the whole of a layer,
    one entry per gate or input.
    """
    from rnncalc.config.schema import BLOCKS, GATED, GATES, OF_RECURRENT, FileRef, PartRef, StateRef

    files = FileRef.__struct_fields__
    if key == "layers" and stateless_kind(value) is None and "weights" not in value:
        return OF_RECURRENT
    if key in BLOCKS and path != ("x",) and not (key == "embedding" and path):
        fields: tuple[str, ...] = BLOCKS[key].__struct_encode_fields__
        return fields
    if key == "weights" and "embedding" not in path:
        return PartRef.__struct_fields__
    if key in STATES:
        return StateRef.__struct_fields__
    if {*value} & {*files}:
        return files
    return value if (key, path) == ("x", ()) else GATES if key in GATED else files


def _hint(key: str, known: Iterable[str]) -> str:
    """The key that may have been meant, or all of ours."""
    hint = suggestion(key, known)
    return (
        hint
        if hint.startswith("Did")
        else suggestion(key, [k for k in known if not is_framework(k)])
    )


def mistyped(data: Mapping[str, Any]) -> Unknown | None:
    """The first value of a wrong type, if there is one."""
    import msgspec

    from rnncalc.config.schema import Config

    try:
        msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        return _way(path.rstrip("`")), RnncalcError(_in_words(message))
    return None


def _in_words(message: str) -> str:
    """What msgspec says of a wrong type, in the words of people who write configs."""
    if message.startswith("Invalid enum value"):
        return f"{message[19:]} is another version; this rnncalc knows 1"
    if match := re.fullmatch(r"Expected `(.*?)`, got `(.*?)`", message):
        expected = [word for word in match[1].split(" | ") if word != "null"]
        if {"float", "array"} <= {*expected}:
            wanted = "a number, a list, a matrix or a file"
        else:
            wanted = " or ".join(WORDS.get(word, word) for word in expected)
        return f"expected {wanted}, not {WORDS.get(match[2], match[2])}"
    if match := re.fullmatch(r"Object missing required field `(.*?)`", message):
        return f"{match[1]} is missing"
    if message.endswith("out of range"):
        return too_large("a number")
    return message[0].lower() + message[1:].replace("`", "").replace("int >= 1", "1 or more")


def _way(path: str) -> KeyPath:
    """msgspec's ``.output.W_y[0]`` as a path."""
    parts = re.findall(r"\.(\w+)|\[(\d+)\]", path)
    return tuple(name or int(index) for name, index in parts)
