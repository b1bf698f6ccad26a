"""Where a result goes: in which format, to which place, on which terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import IO

from rnncalc import files, writers
from rnncalc.cli.program import colorful
from rnncalc.data import dataclass
from rnncalc.errors import FileError, RnncalcError, printable
from rnncalc.numbers.digits import Digits
from rnncalc.writers import Format
from rnncalc.writers.style import Style


@dataclass(frozen=True)
class OutputRequest:
    """Where a result goes, and how it looks there.

    Attributes:
        format: as it is called; None: what the file's suffix means, else the first that there is.
        path: of the file; None for stdout.
        digits, non_finite: of its numbers, as of ``Style``.
        color: of the terminal: auto, always or never.
        resume: whether an earlier run over many sequences goes on.
    """

    format: str | None = None
    path: Path | None = None
    digits: Digits | None = None
    non_finite: str = "string"
    color: str = "never"
    resume: bool = False

    @property
    def on_terminal(self) -> bool:
        """Whether it goes to a screen."""
        return not self.path and sys.stdout.isatty()

    def form(self, formats: Mapping[str, Format], flag: str = "-f") -> Format:
        """The format, before anything is computed.

        Errors: FileError for a suffix that means none, RnncalcError for bytes on a terminal.
        """
        form = writers.choose(formats, self.format, self.path, flag)
        if form.binary and self.on_terminal:
            raise RnncalcError(f"{form.name} is not for terminals: write it to a file with -o")
        return form

    def style(self, form: Format) -> Style:
        """How it is written; where people see it, as their terminal can show it."""
        style = form.style(self.digits, self.non_finite)
        if self.path or not form.people:
            return style
        import shutil

        width, encoding = shutil.get_terminal_size((80, 24)).columns, sys.stdout.encoding
        color = colorful(sys.stdout, self.color)
        return replace(
            style, width=width, color=color, encoding=encoding or "ascii", terminal=self.on_terminal
        )

    def opened(self) -> AbstractContextManager[IO[bytes]]:
        """The place, open: a file, which is written whole or not at all, or stdout."""
        return files.replacing(self.path) if self.path else files.stdout()

    def write_text(self, text: str, *suffixes: str) -> None:
        """Write text that is whole: no format, no numbers.

        Args: ``suffixes``, which a file's name may have, else any.

        Errors: FileError for a name that means another format.
        """
        suffix = self.path.suffix.lower() if self.path else ""
        if suffixes and suffix not in ("", *suffixes):
            what = f"what is written is {suffixes[0]}, not {printable(suffix)}"
            raise FileError(f"-o {files.shown(Path(str(self.path)))}: {what}")
        with self.opened() as out:
            out.write(text.encode())
