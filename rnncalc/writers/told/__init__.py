"""Explanations out: a step as text, Markdown, LaTeX or JSON; one file per format."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rnncalc.errors import FileError
from rnncalc.files import shown

if TYPE_CHECKING:
    from rnncalc.explanation import Explanation
    from rnncalc.writers.view import View

FORMATS = {"text": "to_text", "markdown": "to_markdown", "latex": "to_latex", "json": "to_json"}
"""Every format, and the module that writes it."""

SUFFIXES = {".txt": "text", ".md": "markdown", ".tex": "latex", ".json": "json"}


def format_of(path: Path) -> str:
    """The format that a file's suffix means. Errors: FileError for a suffix that means none."""
    if name := SUFFIXES.get(path.suffix.lower()):
        return name
    known = ", ".join(SUFFIXES)
    raise FileError(f"-o {shown(path)}: which format? Give -f, or a suffix of: {known}")


def write(explanation: Explanation, view: View, form: str, out: IO[bytes]) -> None:
    """Write an explanation in a format."""
    module = import_module(f"rnncalc.writers.told.{FORMATS[form]}")
    module.write(explanation, view, out)
