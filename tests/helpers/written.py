"""What a trace is written as, in any format."""

from __future__ import annotations

import io

from rnncalc.writers import FORMATS, LAST, write
from rnncalc.writers.view import View


def written(trace, form: str, **view) -> bytes:
    out = io.BytesIO()
    write(trace, View(**view), LAST if form == "last" else FORMATS[form], out)
    return out.getvalue()
