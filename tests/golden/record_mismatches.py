"""Which mismatches are recorded: networks of frameworks, carried over with one known mistake."""

from __future__ import annotations

from collections.abc import Iterator

import mismatches_runs
import mismatches_shapes
import mismatches_weights
from golden_file import Document
from mismatches_making import documents as recorded

CASES = [*mismatches_weights.CASES, *mismatches_runs.CASES, *mismatches_shapes.CASES]


def documents() -> Iterator[tuple[str, Document]]:
    """Every mismatch, by its name."""
    yield from recorded(CASES)
