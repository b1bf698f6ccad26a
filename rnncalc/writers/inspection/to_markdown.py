"""What a model file holds, in Markdown: its recurrent layers as a table, the rest as a block.

Names come from strangers' files: odd ones stand as code, and sentences in a block of it.
"""

from __future__ import annotations

import io
from typing import IO

from rnncalc.inspecting.inspection import Inspection
from rnncalc.writers.inspection import to_text
from rnncalc.writers.markdown import PLAIN, block, code, table
from rnncalc.writers.style import Style


def write(inspection: Inspection, style: Style, out: IO[bytes]) -> None:
    """Write all that there is to say of a file."""
    lines = [f"**{_safe(inspection.file)}**: {_safe(inspection.what)}", ""]
    if recurrent := inspection.recurrent:
        rows = [[_safe(cell) for cell in to_text.row(one)] for one in recurrent]
        lines += [*table(to_text.HEAD, rows), ""]
    to_text.write_rest(inspection, style, rest := io.BytesIO())
    lines.append(block(rest.getvalue().decode().strip("\n").split("\n")))
    out.write("".join(f"{line}\n" for line in lines).encode())


def _safe(text: str) -> str:
    """Text in which no Markdown reads anything."""
    return text if not text or PLAIN.fullmatch(text.replace(", ", " ")) else code(text)
