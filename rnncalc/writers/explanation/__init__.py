"""Explanations out: a step as text, Markdown, LaTeX or JSON; one file per format."""

from __future__ import annotations

from importlib import import_module
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from rnncalc.explaining.explanation import Explanation
    from rnncalc.writers.view import View

FORMATS = {"text": "to_text", "markdown": "to_markdown", "latex": "to_latex", "json": "to_json"}
"""Every format, and the module that writes it."""

SUFFIXES = {".txt": "text", ".md": "markdown", ".tex": "latex", ".json": "json"}


def write(explanation: Explanation, view: View, form: str, out: IO[bytes]) -> None:
    """Write an explanation in a format."""
    module = import_module(f"rnncalc.writers.explanation.{FORMATS[form]}")
    module.write(explanation, view, out)
