"""Which mismatches are recorded: networks of frameworks, carried over with one known mistake."""

from __future__ import annotations

from collections.abc import Iterator

import mismatches_apart
import mismatches_runs
import mismatches_shapes
import mismatches_slips
import mismatches_weights
from golden_file import Document
from mismatches_making import documents as recorded

MODULES = (
    mismatches_weights,
    mismatches_runs,
    mismatches_shapes,
    mismatches_slips,
    mismatches_apart,
)
CASES = [case for module in MODULES for case in module.CASES]


def documents() -> Iterator[tuple[str, Document]]:
    """Every mismatch, by its name."""
    yield from recorded(CASES)
