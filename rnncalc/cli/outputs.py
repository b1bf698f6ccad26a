"""From options to bytes: which format, what of it, to which place, on which terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from rnncalc import files, writers
from rnncalc.errors import RnncalcError
from rnncalc.numbers.digits import DEFAULT
from rnncalc.writers import FORMATS, LAST, SUFFIXES, Format
from rnncalc.writers.view import View

if TYPE_CHECKING:
    from rnncalc.trace.trace import Trace

SUMMARISED = ("table", "markdown", "json")
"""The formats that have a place for ``--summary``."""


def form_of(options: dict[str, Any]) -> tuple[Format, View]:
    """The format and the view that the options ask for, before anything is computed.

    Errors: RnncalcError for a suffix that means no format, for bytes on a terminal.
    """
    name, form = _format(options)
    if options.get("summary") and name not in SUMMARISED:
        asked = "--last" if options["last"] else name
        raise RnncalcError(f"--summary is for table, markdown and json, not for {asked}")
    if form.binary and not options["output"] and sys.stdout.isatty():
        raise RnncalcError(f"{name} is not for terminals: write it to a file with -o")
    view = View(
        show=[name for name in options["show"] if name],
        steps=options["steps"],
        units=options["units"],
        of=options["of"] or "",
        digits=options["digits"] or (DEFAULT if form.people else "full"),
        non_finite=options["non_finite"],
        every_row=options["steps"] is not None,
        summary=bool(options.get("summary")),
    )
    return form, replace(view, **terminal(options["color"], options["output"] or not form.people))


def written(
    traces: Iterable[Trace], view: View, form: Format, path: str | None, *, live: bool = False
) -> None:
    """Write a run, a Trace for each part of it, to a file, whole or not at all, or to stdout.

    Args:
        live: whether somebody waits for each part.
    """
    with opened(path) as out:
        writers.stream(_flushed(traces, out) if live else traces, view, form, out)


def opened(path: str | None) -> AbstractContextManager[IO[bytes]]:
    """Where output goes: a file, whole or not at all; stdout without one."""
    return files.replacing(Path(path)) if path else files.stdout()


def _flushed(traces: Iterable[Trace], out: IO[bytes]) -> Iterator[Trace]:
    """The traces; what was written of one is on its way before the next is computed."""
    for trace in traces:
        yield trace
        out.flush()


def _format(options: dict[str, Any]) -> tuple[str, Format]:
    name, path = options["form"], options["output"]
    by_suffix = Path(path).suffix.lower() in SUFFIXES if path else False
    if options["last"]:
        if options["show"] or options["steps"] is not None:
            raise RnncalcError("--last shows the last numbers only: leave out --show and --steps")
        if name or by_suffix:
            asked = f"-f {name}" if name else f"-o {files.shown(Path(path))}"
            raise RnncalcError(f"--last prints plain numbers, {asked} asks for another format")
        return "last", LAST
    name = name or (writers.format_of(Path(path)) if path else "table")
    return name, FORMATS[name]


def terminal(color: str, elsewhere: Any) -> dict[str, Any]:
    """What is known of the terminal: its width, whether it shows colour, its encoding.

    Nothing where the output goes elsewhere, or is not for people.
    """
    if elsewhere:
        return {}
    import shutil

    return {
        "width": shutil.get_terminal_size((80, 24)).columns,
        "color": color == "always" or (color == "auto" and _colorful()),
        "encoding": sys.stdout.encoding or "ascii",
    }


def _colorful() -> bool:
    """no-color.org and bixense.com/clicolors: NO_COLOR wins, then the force, then the terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("CLICOLOR_FORCE", "0") != "0" or os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
