"""What a trace is written as, in any format."""

from __future__ import annotations

import io

import rnncalc
from rnncalc.trace.selection import Selection
from rnncalc.writers import FORMATS
from rnncalc.writers.style import Style


def written(trace, form: str, **options) -> bytes:
    out = io.BytesIO()
    rnncalc.write(trace, out, format=form, **options)
    return out.getvalue()


def table(trace, show=(), **style) -> bytes:
    """A table on a terminal of another width, encoding or colour."""
    out = io.BytesIO()
    FORMATS["table"].writer.write(trace, Selection(show), Style(**style), out)
    return out.getvalue()
