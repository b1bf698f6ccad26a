"""HTML: the page to play with, which shows every kind of picture at once."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from rnncalc.errors import RnncalcError
from rnncalc.pictures.page import page
from rnncalc.pictures.page.network import opening

if TYPE_CHECKING:
    from rnncalc.pictures.request import PictureRequest
    from rnncalc.trace.trace import Trace
    from rnncalc.writers.style import Style


def write(trace: Trace, request: PictureRequest, form: str, style: Style, out: IO[bytes]) -> None:
    """Write the page of a run, open at what was chosen of it."""
    _refuse(request)
    if trace.model.wiring:
        raise RnncalcError(
            "a page is of layers in a row, and this network is a graph: --kind graph -o FILE.svg "
            "draws it, --of LAYER --kind unrolled, cell, heatmap ... one of its layers"
        )
    begin = opening(trace, request.selection, request.sequence(trace))
    rows = request.selection.rows(trace)
    text = page(
        trace, command=request.command, digits=request.rounding, begin=begin,
        steps=(rows[0], rows[-1]) if rows else None,
    )  # fmt: skip
    out.write(text.encode())


def _refuse(request: PictureRequest) -> None:
    """Errors: RnncalcError for what is for figures alone."""
    given = {"--kind": request.kind, "--blank": request.blank, "--width": request.width,
             "--theme": request.theme != "light"}  # fmt: skip
    for flag, value in given.items():
        if value in ("graph", "attention"):
            raise RnncalcError(f"--kind {value} is for figures: -o FILE.svg, .png or .pdf")
        if value:
            raise RnncalcError(
                f"{flag} is for figures: a page has every kind, and follows its reader's screen"
            )
