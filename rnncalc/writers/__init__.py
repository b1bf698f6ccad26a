"""Results out: which writer makes which format, and what a file's suffix says.

Importing this costs nothing: a writer is imported when its format is asked for.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO

from rnncalc import files
from rnncalc.data import NamedTuple
from rnncalc.errors import FileError, RnncalcError, nearest, printable, suggestion
from rnncalc.numbers.digits import DEFAULT, Digits

if TYPE_CHECKING:
    from rnncalc.checking.verdict import Checked
    from rnncalc.explaining.exercise import Exercise
    from rnncalc.explaining.explanation import Explanation
    from rnncalc.inspecting.inspection import Inspection
    from rnncalc.trace.selection import Index, Selection
    from rnncalc.trace.side_by_side import SideBySide
    from rnncalc.trace.trace import Trace
    from rnncalc.writers.style import Style


class Format(NamedTuple):
    """One format: its name, the module that writes it, the suffixes that mean it, what it is for.

    Attributes:
        people: whether people read it: its numbers are rounded, its text is the terminal's.
        binary: whether it is not for terminals.
        whole: whether it is held in memory as a whole, so that huge results are refused.
        streams: whether it is written while it is computed, a Trace for every part.
        lines: whether it answers each line of a live input.
        states: whether it holds final states, so that every step is computed.
        summary: whether it has a place for what stands out.
        every: whether it takes the whole run, with every quantity.
        separator: what stands between its columns, if it has any.
    """

    name: str
    module: str
    suffixes: tuple[str, ...] = ()
    people: bool = False
    binary: bool = False
    whole: bool = False
    streams: bool = False
    lines: bool = False
    states: bool = False
    summary: bool = False
    every: bool = False
    separator: str = ","

    @property
    def writer(self) -> Any:
        """The module, imported when it is asked for."""
        return import_module(f"rnncalc.writers.{self.module}")

    def digits(self, asked: Digits | None) -> Digits:
        """The digits of its numbers where nobody asks for others."""
        return asked or (DEFAULT if self.people else "full")

    def style(self, digits: Digits | None, non_finite: str) -> Style:
        """How it is written where no terminal shows it."""
        from rnncalc.writers.style import Style

        return Style(self.digits(digits), non_finite, self.separator)


def _named(*formats: Format) -> dict[str, Format]:
    return {form.name: form for form in formats}


FORMATS = _named(
    Format("table", "result.to_table", (".txt",), people=True, summary=True),
    Format("json", "result.to_json", (".json",), whole=True, states=True, summary=True),
    Format("ndjson", "result.to_ndjson", (".ndjson", ".jsonl"), streams=True, lines=True),
    Format("csv", "result.to_csv", (".csv",), streams=True, lines=True),
    Format("tsv", "result.to_csv", (".tsv",), streams=True, lines=True, separator="\t"),
    Format("csv-wide", "result.to_csv_wide", streams=True, lines=True),
    Format("markdown", "result.to_markdown", (".md",), people=True, whole=True, summary=True),
    Format("latex", "result.to_latex", (".tex",), people=True, whole=True),
    Format("npz", "result.to_npz", (".npz",), binary=True, streams=True, states=True),
    Format("npy", "result.to_npy", (".npy",), binary=True, streams=True),
    Format("xlsx", "result.to_xlsx", (".xlsx",), binary=True, states=True, every=True),
)
"""The formats of a run; of these and of the others the first is the default."""

LAST = Format("--last", "result.to_last", streams=True)
"""What ``--last`` prints."""

DTYPES = _named(
    Format("table", "side_by_side.to_table", (".txt",), people=True),
    Format("json", "side_by_side.to_json", (".json",)),
    Format("ndjson", "side_by_side.to_ndjson", (".ndjson", ".jsonl")),
    Format("csv", "side_by_side.to_csv", (".csv",)),
    Format("tsv", "side_by_side.to_csv", (".tsv",), separator="\t"),
    Format("markdown", "side_by_side.to_markdown", (".md",), people=True),
)
"""The formats of a run in several dtypes."""

LAST_OF_EACH = Format("--last", "side_by_side.to_last")
"""What ``--last`` prints of it."""

EXPLANATIONS = _named(
    Format("text", "explanation.to_text", (".txt",), people=True),
    Format("markdown", "explanation.to_markdown", (".md",), people=True),
    Format("latex", "explanation.to_latex", (".tex",), people=True),
    Format("json", "explanation.to_json", (".json",)),
    Format("ndjson", "explanation.to_ndjson", (".ndjson", ".jsonl")),
)
CHECKS = _named(
    Format("text", "check.to_text", (".txt",), people=True),
    Format("markdown", "check.to_markdown", (".md",), people=True),
    Format("json", "check.to_json", (".json",)),
    Format("junit", "check.to_junit", (".xml",)),
    Format("html", "check.to_html", (".html",), people=True),
)
INSPECTIONS = _named(
    Format("text", "inspection.to_text", (".txt",), people=True),
    Format("markdown", "inspection.to_markdown", (".md",), people=True),
    Format("json", "inspection.to_json", (".json",)),
    Format("csv", "inspection.to_csv", (".csv",)),
    Format("tsv", "inspection.to_csv", (".tsv",), separator="\t"),
)
WEIGHTS = _named(
    *(INSPECTIONS[name] for name in ("text", "json", "csv", "tsv")),
    Format("npy", "inspection.to_npy", (".npy",), binary=True),
)
"""The formats of one array of a file."""

PICTURES = _named(
    Format("text", "picture.to_terminal", (".txt",), people=True, streams=True),
    Format("svg", "picture.to_figure", (".svg",), streams=True),
    Format("png", "picture.to_figure", (".png",), binary=True, streams=True),
    Format("pdf", "picture.to_figure", (".pdf",), binary=True, streams=True),
    Format("html", "picture.to_page", (".html", ".htm")),
)
"""The formats of a picture; each writer takes the run, or its parts, and the ``PictureRequest``."""

EXERCISES = _named(
    Format("markdown", "exercise.to_markdown", (".md", ".txt"), people=True),
    Format("latex", "exercise.to_latex", (".tex",), people=True),
    Format("html", "exercise.to_html", (".html", ".htm"), people=True),
    Format("xlsx", "exercise.to_xlsx", (".xlsx",), people=True, binary=True),
)
"""The formats of an exercise; its solution has those of an explanation."""

KINDS = {
    "Trace": FORMATS | {"last": LAST},
    "SideBySide": DTYPES | {"last": LAST_OF_EACH},
    "Explanation": EXPLANATIONS,
    "Checked": CHECKS,
    "Inspection": INSPECTIONS,
    "Exercise": EXERCISES,
}
"""What can be written, by the names of its types."""


def choose(
    formats: Mapping[str, Format], asked: str | None, path: Path | None, flag: str = "-f"
) -> Format:
    """The format that was asked for, else the one that a file's suffix means, else the default.

    Errors: RnncalcError for one that there is not; FileError for a suffix that means none.
    """
    if asked and asked not in formats:
        hint = suggestion(asked, formats)
        raise RnncalcError(f"{flag} '{printable(asked)}' is not known. {hint}")
    if asked or path is None:
        return formats[asked] if asked else next(iter(formats.values()))
    if found := by_suffix(formats, path):
        return found
    known = [suffix for form in formats.values() for suffix in form.suffixes]
    hint = nearest(path.suffix, known) or f"Give {flag}, or a suffix of: {', '.join(known)}"
    raise FileError(f"-o {files.shown(path)}: which format? {hint}")


def by_suffix(formats: Mapping[str, Format], path: Path) -> Format | None:
    """The format that a file's suffix means, if any."""
    suffix = path.suffix.lower()
    return next((form for form in formats.values() if suffix in form.suffixes), None)


def write(
    what: Trace | Iterator[Trace] | SideBySide | Explanation | Checked | Inspection | Exercise,
    to: str | os.PathLike[str] | IO[bytes] | TextIO,
    *,
    format: str | None = None,
    digits: Digits | None = None,
    non_finite: str = "string",
    show: Sequence[str] = (),
    steps: Index | None = None,
    units: Index | None = None,
    of: str = "",
    summary: bool = False,
    sequence: Index | None = None,
) -> None:
    """Write what a command prints: a run (or its parts, as ``stream`` gives them) or what was made
    of one: an explanation, a check, an inspection.

    Args:
        to: a file's name, whose suffix says the format (it is written whole or not at all), or what
            is open for text or bytes, as ``sys.stdout``.
        format: as of the command's ``-f``; by default as the suffix says, else for people.
        digits: significant digits, ``".4"`` for decimals, ``full`` or ``hex``; formats for
            programs have every digit, and an explanation has its own.
        non_finite: how JSON has NaN and infinities: string, null or error.
        show, steps, units, of, summary, sequence: which part of a run, as of ``rnncalc run``;
            steps, units and sequence are a number or a slice.

    Errors: RnncalcError for what there is not; FileError where the file cannot be written.
    """
    from rnncalc.trace.selection import Selection

    kind = "Trace" if isinstance(what, Iterator) else type(what).__name__
    if kind not in KINDS:
        raise RnncalcError(f"{kind} cannot be written; known are {', '.join(KINDS)}")
    path = files.output(to) if isinstance(to, (str, os.PathLike)) else None
    form = choose(KINDS[kind], format, path, "format")
    if isinstance(what, Iterator) and not form.streams:
        raise RnncalcError(f"{form.name} holds a whole run: give what run gives, not its parts")
    selection = Selection(show, steps, units, of, summary, sequence)
    refuse_misfit(form, selection)
    style = form.style(digits, non_finite)
    with files.replacing(path) if path else _open(to, form) as out:
        if isinstance(what, Iterator):
            stream(what, selection, style, form, out)
        elif form.streams:
            form.writer.stream([what], selection, style, out)
        elif kind in ("Trace", "SideBySide", "Explanation"):
            form.writer.write(what, selection, style, out)
        else:
            form.writer.write(what, style, out)


def refuse_misfit(form: Format, selection: Selection) -> None:
    """Errors: RnncalcError for a choice that has no place in a format."""
    if selection.summary and not form.summary:
        raise RnncalcError(f"--summary is for table, markdown and json, not for {form.name}")
    if form.every and (asked := selection.asked):
        message = f"{form.name} holds the whole run, each number made of those before it"
        raise RnncalcError(f"{message}: leave out {asked}")


@contextmanager
def _open(to: Any, form: Format) -> Iterator[IO[bytes]]:
    """What is open already, for bytes."""
    if not isinstance(to, io.TextIOBase):
        yield to
        return
    if form.binary:
        raise RnncalcError(f"{form.name} is not text: open the file for bytes, or give its name")
    out = io.BytesIO()
    yield out
    to.write(out.getvalue().decode())


def stream(
    traces: Iterable[Trace], selection: Selection, style: Style, form: Format, out: IO[bytes]
) -> None:
    """Write what is selected of a run that comes in parts, each as soon as it is there."""
    if form.streams:
        form.writer.stream(traces, selection, style, out)
        return
    for trace in traces:
        form.writer.write(trace, selection, style, out)
