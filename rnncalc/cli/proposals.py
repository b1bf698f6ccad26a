"""What a shell proposes for an unfinished word: files, activations, and the names in the file.

An error proposes nothing: nobody asked for a message yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from rnncalc.inspecting.inspection import Inspection

    Item = CompletionItem[Any]

FINALS = ("final.h", "final.c")

Proposals = Callable[[click.Context, click.Parameter, str], "list[Item]"]


PLAIN = re.compile(r"[\w.,:=+@%-]+")
"""Names that every shell takes as they are: what comes from a file must not become a command."""


def _item(value: str, **more: Any) -> Item:
    """One proposal, as Click hands it on to a shell."""
    from click.shell_completion import CompletionItem

    return CompletionItem(value, **more)


def names(there: Iterable[str], word: str, before: str = "") -> list[Item]:
    """The names that begin as the word does."""
    plain = [name for name in dict.fromkeys(there) if PLAIN.fullmatch(name)]
    return [_item(before + name) for name in plain if name.startswith(word)]


def several(there: Iterable[str], word: str) -> list[Item]:
    """Names with commas between: the last one."""
    done, comma, last = word.rpartition(",")
    rest = [name for name in there if name not in done.split(",")]
    return names(rest, last, done + comma)


def file(before: str = "") -> Item:
    """Names of files, which the shell knows best; ``before`` stands in front of them."""
    return _item(before, type="file")


def files(context: click.Context, parameter: click.Parameter, word: str) -> list[Item]:
    """Names of files."""
    return [file()]


def against(context: click.Context, parameter: click.Parameter, word: str) -> list[Item]:
    """Frameworks and files."""
    from rnncalc.cli.check import FRAMEWORKS

    return [*names(FRAMEWORKS, word), file()]


def activations(word: str) -> list[Item]:
    """Activations, each with its formula; behind the colon its parameters."""
    from rnncalc.equations.activations import ACTIVATIONS

    name, colon, given = word.partition(":")
    if not colon:
        there = {key: one for key, one in ACTIVATIONS.items() if key.startswith(word)}
        return [_item(key, help=one.formula) for key, one in there.items()]
    done, again, last = given.rpartition(":")
    settings = [f"{key}=" for key in ACTIVATIONS[name].defaults] if name in ACTIVATIONS else []
    return names(settings, last, f"{name}:{done}{again}")


def numbers(word: str, *, file_alone: bool) -> list[Item]:
    """Files, behind an ``@`` where a file's name alone is none."""
    if word.startswith("@"):
        return [file("@")]
    return [file()] if file_alone else []


def quantities(context: click.Context, parameter: click.Parameter, word: str) -> list[Item]:
    """What can be shown of the network, or of a simple one where no file is named."""
    return several(["x", *_computed(context), "y", *FINALS, "all"], word)


def compared(context: click.Context, parameter: click.Parameter, word: str) -> list[Item]:
    """What can be compared of the network."""
    return names([*_computed(context), "y", *FINALS], word)


def _computed(context: click.Context) -> list[str]:
    """The quantities of the network's cells."""
    from rnncalc.equations import CELLS

    found = inspection(context)
    cells = [one.cell for one in found.recurrent] or ["rnn"]
    attends = any("attention" in box.kind for box in found.boxes)
    inner = [name for cell in cells for name in CELLS[cell].quantities]
    return [*inner, *(("scores", "weights", "context") if attends else ())]


def layers(context: click.Context, parameter: click.Parameter, word: str) -> list[Item]:
    """The layers of the file."""
    return several([one.name for one in inspection(context).layers], word)


def places(context: click.Context, parameter: click.Parameter, word: str) -> list[Item]:
    """The recurrent layers of the file, the directions of those that have two, and all layers of a
    graph."""
    found = inspection(context)
    there = found.recurrent
    ways = [f"{one.name}.{way}" for one in there for way in one.directions]
    others = [box.name for box in found.boxes if box.kind not in ("input", "result", "recurrent")]
    return names([*(one.name for one in there), *ways, *others], word)


def assumptions(context: click.Context, parameter: click.Parameter, word: str) -> list[Item]:
    """What the file leaves unsaid; behind the ``=`` which values there are."""
    key, equals, value = word.partition("=")
    if equals:
        from rnncalc.readers.contents.assume import CHOICES, TRUE_OR_FALSE, TRUTHS

        key_only = key.rpartition(".")[2]
        known = TRUTHS if key_only in TRUE_OR_FALSE else CHOICES.get(key_only, ())
        several = activations(value) if key.endswith("activation") else names(known, value)
        return [_item(f"{key}={one.value}", help=one.help) for one in several]
    found = inspection(context)
    there = {".".join(filter(None, [one.layer, one.key])) + "=": one.why for one in found.assumed}
    if found.recurrent and any(one.key == "mode" for one in found.assumed):
        from rnncalc.readers.contents.reading import KEYS

        last = found.recurrent[-1].name
        there |= {f"{last}.{key}=": "the output layer reads one row" for key in KEYS}
    return [_item(one.value, help=there[one.value]) for one in names(there, word)]


def arrays(context: click.Context, parameter: click.Parameter, word: str) -> list[Item]:
    """The arrays of the file."""
    there = inspection(context).layers
    return names([f"{one.name}.{name}" for one in there for name in one.arrays], word)


def settings(context: click.Context, parameter: click.Parameter, word: str) -> list[Item]:
    """The arrays of the file, which may be set to others."""
    return [_item(f"{one.value}=") for one in arrays(context, parameter, word)]


def inspection(context: click.Context) -> Inspection:
    """What is in the file that was named before; nothing where none was, or it cannot be read."""
    from rnncalc.inspecting.inspect import inspect
    from rnncalc.inspecting.inspection import Inspection

    given = [context.params.get(key) for key in ("model", "config", "file")]
    words = [*given, *context.args]  # Click sorts nothing where an option still lacks its value
    with suppress(Exception):
        return inspect(next(path for path in map(_path, words) if path.is_file()))
    return Inspection("", "", "", "", ())


def _path(word: str | None) -> Path:
    """The file that a word would be for a shell."""
    return Path(word or "").expanduser()
