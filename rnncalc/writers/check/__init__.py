"""Checks out: a verdict and its causes as text, Markdown or JSON; one file per format."""

from __future__ import annotations

from importlib import import_module
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from rnncalc.checking.verdict import Checked
    from rnncalc.writers.view import View

FORMATS = {"text": "to_text", "markdown": "to_markdown", "json": "to_json"}
"""Every format, and the module that writes it."""

SUFFIXES = {".txt": "text", ".md": "markdown", ".json": "json"}


def write(checked: Checked, view: View, form: str, out: IO[bytes]) -> None:
    """Write a check in a format."""
    import_module(f"rnncalc.writers.check.{FORMATS[form]}").write(checked, view, out)
