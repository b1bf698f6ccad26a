"""How data shows itself where Python prints it: by a writer, which stands floors above the data.

Data imports nothing of what writes it: it names the writer here, which is then looked up.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def writer(name: str) -> Any:
    """A module of ``writers/``: ``check.to_text``."""
    return import_module(f"rnncalc.writers.{name}")
