"""SVG, PNG and PDF: a picture drawn by matplotlib; the same input gives the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import IO, TYPE_CHECKING, Any

from rnncalc import pictures
from rnncalc.errors import printable
from rnncalc.pictures import difference, figures
from rnncalc.pictures.picture import Picture
from rnncalc.pictures.request import PictureRequest
from rnncalc.trace.selection import Selection
from rnncalc.writers.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from rnncalc.checking.verdict import Checked
    from rnncalc.model.model import Model
    from rnncalc.trace.trace import Trace

UNDATED: dict[str, dict[str, Any]] = {
    "svg": {"Creator": None, "Date": None, "Format": None, "Type": None},
    "png": {"Software": "rnncalc"},
    "pdf": {"Creator": "rnncalc", "Producer": "rnncalc", "CreationDate": None},
}
"""What matplotlib would write of itself and of today."""

DOTS = 200
"""An inch of a PNG, and of images in the others."""

LONGEST = 400
"""Characters of a title."""


def write(
    run: Model | Trace | Iterator[Trace],
    request: PictureRequest,
    form: str,
    style: Style,
    out: IO[bytes],
) -> None:
    """Write the picture of a run, or of a network, that is asked for."""
    draw(pictures.of(run, request), request, form, out)


def draw(what: Picture, request: PictureRequest, form: str, out: IO[bytes]) -> None:
    """Write a picture that is there."""
    data = io.BytesIO()
    with figures.look(request.theme):
        made = figures.figure(what, request.width)
        metadata = {**UNDATED[form]}
        metadata |= {} if form == "svg" else {"Title": printable(what.title, LONGEST)}
        made.savefig(data, format=form, dpi=DOTS, metadata=metadata)
    out.write(_named(data.getvalue(), what) if form == "svg" else data.getvalue())


def plotted(
    trace: Trace, ax: Any, selection: Mapping[str, Any], asked: Mapping[str, Any]
) -> Axes | Figure:
    """What ``Trace.plot`` gives: the Axes of a picture, in matplotlib's style as it is."""
    what = pictures.of(trace, PictureRequest(selection=Selection(**selection), **asked))
    return figures.onto(what, ax)


def plotted_difference(checked: Checked, ax: Any) -> Axes | Figure:
    """What ``Checked.plot`` gives."""
    return figures.onto(difference.make(checked), ax)


def write_difference(checked: Checked, form: str, out: IO[bytes]) -> None:
    """Write how far a run and the expected numbers are apart."""
    draw(difference.make(checked), PictureRequest(), form, out)


def _named(svg: bytes, what: Picture) -> bytes:
    """An SVG with its title and description, for whoever does not see it."""
    title, description = escape(printable(what.title, LONGEST)), escape(what.description)
    named = f"<title>{title}</title>\n <desc>{description}</desc>"
    text = svg.decode("utf-8")
    return re.sub(r"(<svg[^>]*>)", lambda m: f"{m[1]}\n {named}", text, count=1).encode("utf-8")
