"""What is read of the last recurrent layer, where a file of weights leaves it open.

Every step is assumed (``mode=many-to-many``). Others may be said: the last step
(``mode=many-to-one``), what each direction computed last (``return_sequences=false``), the mean or
the maximum of all steps (``pooling=average``, ``pooling=max``). All but the first give one row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rnncalc.config.said import Said
from rnncalc.errors import RnncalcError, printable
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Assumption, Part

KEYS = ("return_sequences", "pooling")


def say(contents: Contents, layer: str, key: str, value: Any, why: str) -> bool:
    """Whether it is said of the last recurrent layer, and open; it is in its block then."""
    last = _last(contents)
    if key not in KEYS or last is None or not _means(last, layer):
        return False
    last.block[key] = value
    kept = [one for one in last.assumed if one.key != key]
    last.assumed = [*kept, Assumption(last.name, key, value, why)]
    return True


def say_of_arrays(said: Said, layer: str, key: str, value: Any, why: str) -> Assumption | None:
    """The same of the last layer of an npz file with a config's names, whose mode is its own."""
    last = (said.data.get("layers") or [said.data])[-1]
    name = last.get("name", "layer0")
    if key not in KEYS or layer not in ("", name):
        return None
    if key == "pooling":
        head = said.data.get("output") or []
        behind = [one for one in ([head] if isinstance(head, dict) else head) if key not in one]
        said.data["output"] = [{"pooling": value}, *behind]
    else:
        last[key] = value
    if value is not True:
        said.data["mode"] = "many-to-one"
    return Assumption(name, key, value, why)


def words(contents: Contents) -> Iterator[str]:
    """What may be said: ``lstm.return_sequences``, ``lstm.pooling``."""
    if last := _last(contents):
        yield from (f"{last.name}.{key}" for key in KEYS)


def settle(contents: Contents, said: str) -> None:
    """One row is mode many-to-one. Errors: RnncalcError where another mode was said.

    Args:
        said: why something is assumed that somebody said.
    """
    last = _last(contents)
    if last is None:
        return
    row = next((one for one in last.assumed if one.key in KEYS and one.value is not True), None)
    if row is None:
        return
    what = f"{row.key}={str(row.value).lower()} gives one row"
    for index, one in enumerate(contents.assumed):
        if one.key != "mode":
            continue
        if one.why == said and one.value != "many-to-one":
            word = f"--assume mode={one.value}"
            raise RnncalcError(f"{word}: {printable(row.layer)}.{what}: that is many-to-one")
        contents.assumed[index] = one._replace(value="many-to-one", why=said)


def _last(contents: Contents) -> Part | None:
    """The last recurrent layer, where the file does not say what is read of it."""
    if contents.convention != "torch" and not any(one.key == "mode" for one in contents.assumed):
        return None
    return next((part for part in reversed(contents.parts) if part.kind == "recurrent"), None)


def _means(part: Part, layer: str) -> bool:
    """Whether it is meant, by its own name, that of its module or none."""
    return layer in ("", part.name, part.path) or part.path.startswith(f"{layer}.")
