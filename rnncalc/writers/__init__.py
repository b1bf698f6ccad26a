"""Results out: which writer makes which format, and what a file's suffix says.

Importing this costs nothing: a writer is imported when its format is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from rnncalc.errors import FileError
from rnncalc.files import shown

if TYPE_CHECKING:
    from rnncalc.trace.trace import Trace
    from rnncalc.writers.view import View


class Format(NamedTuple):
    """One format: the module that writes it, the suffixes that mean it, and what it is for.

    Attributes:
        people: whether people read it: its numbers are rounded, its text is the terminal's.
        binary: whether it is not for terminals.
        whole: whether it is held in memory as a whole, so that huge results are refused.
        streams: whether it is written while it is computed, a Trace for every part.
        lines: whether it answers each line of a live input.
        states: whether it holds final states, so that every step is computed.
    """

    module: str
    suffixes: tuple[str, ...] = ()
    people: bool = False
    binary: bool = False
    whole: bool = False
    streams: bool = False
    lines: bool = False
    states: bool = False


FORMATS = {
    "table": Format("to_table", (".txt",), people=True),
    "json": Format("to_json", (".json",), whole=True, states=True),
    "ndjson": Format("to_ndjson", (".ndjson", ".jsonl"), streams=True, lines=True),
    "csv": Format("to_csv", (".csv",), streams=True, lines=True),
    "csv-wide": Format("to_csv_wide", streams=True, lines=True),
    "markdown": Format("to_markdown", (".md",), people=True, whole=True),
    "latex": Format("to_latex", (".tex",), people=True, whole=True),
    "npz": Format("to_npz", (".npz",), binary=True, streams=True, states=True),
    "npy": Format("to_npy", (".npy",), binary=True, streams=True),
}

LAST = Format("to_last", streams=True)
"""What ``--last`` prints."""

SUFFIXES = {suffix: name for name, form in FORMATS.items() for suffix in form.suffixes}


def format_of(path: Path, suffixes: Mapping[str, str] = SUFFIXES, flag: str = "-f") -> str:
    """The format that a file's suffix means. Errors: FileError for a suffix that means none."""
    if name := suffixes.get(path.suffix.lower()):
        return name
    known = ", ".join(suffixes)
    raise FileError(f"-o {shown(path)}: which format? Give {flag}, or a suffix of: {known}")


def write(trace: Trace, view: View, form: Format, out: IO[bytes]) -> None:
    """Write what the view shows of a trace, in a format."""
    stream([trace], view, form, out)


def stream(traces: Iterable[Trace], view: View, form: Format, out: IO[bytes]) -> None:
    """Write what the view shows of a run that comes in parts, each as soon as it is there."""
    module = import_module(f"rnncalc.writers.result.{form.module}")
    if form.streams:
        module.stream(traces, view, out)
        return
    for trace in traces:
        module.write(trace, view, out)
