"""How an inspection shows itself where Python prints it and in notebooks."""

from __future__ import annotations

import io

from rnncalc.inspecting.inspection import Inspection
from rnncalc.writers import html as pieces
from rnncalc.writers.inspection import to_text
from rnncalc.writers.markdown import block
from rnncalc.writers.style import Style


def text(inspection: Inspection) -> str:
    """As ``rnncalc inspect`` prints it."""
    to_text.write(inspection, Style(), out := io.BytesIO())
    return out.getvalue().decode().rstrip("\n")


def markdown(inspection: Inspection) -> str:
    """The same as a block of code."""
    return block(text(inspection).split("\n"))


def html(inspection: Inspection) -> str:
    """The same in lines."""
    return pieces.page([pieces.lines(text(inspection).split("\n"))])
