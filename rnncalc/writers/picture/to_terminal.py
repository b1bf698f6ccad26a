"""Text: a picture in the terminal, in the colours and letters that it has."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from rnncalc import pictures
from rnncalc.pictures import terminal
from rnncalc.pictures.request import PictureRequest
from rnncalc.pictures.terminal.screen import LETTERS, Screen
from rnncalc.writers.style import Style

if TYPE_CHECKING:
    from rnncalc.model.model import Model
    from rnncalc.trace.trace import Trace

COLORS = {"standard": 16, "windows": 16, "256": 256, "truecolor": 1 << 24}
"""How many colours each of Rich's systems has."""


def write(
    run: Model | Trace | Iterator[Trace],
    request: PictureRequest,
    form: str,
    style: Style,
    out: IO[bytes],
) -> None:
    """Write the picture of a run, or of a network, that is asked for."""
    from rich.console import Console

    made = io.StringIO()
    console = Console(
        file=made, force_terminal=style.color, color_system="auto" if style.color else None,
        width=style.width, highlight=False, markup=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    height = shutil.get_terminal_size((80, 24)).lines if style.terminal else None
    screen = Screen(
        style.width, height, COLORS.get(console.color_system or "", 0),
        style.can_show(LETTERS),
    )  # fmt: skip
    for row in terminal.rows(pictures.of(run, replace(request, plain=True)), screen):
        console.print(row)
    out.write(style.encoded(made.getvalue()))
