"""A check as a page for CI artefacts: the verdict in words, the difference as a picture.

One self-contained file without scripts, whose policy forbids it to ask for anything; every text is
escaped.
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html import escape
from typing import IO

from rnncalc.checking.verdict import Checked
from rnncalc.errors import RnncalcError
from rnncalc.pictures import difference
from rnncalc.pictures.request import PictureRequest
from rnncalc.writers.check import sentences, to_text
from rnncalc.writers.picture import to_figure
from rnncalc.writers.style import Style

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font-family: system-ui, sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; }}
h1 {{ font-size: 1.3em; border-left: 0.4em solid {color}; padding-left: 0.5em; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.4; }}
svg {{ width: 100%; height: auto; }}
</style>
</head>
<body>
<h1>{title}</h1>
{picture}
<pre>
{words}
</pre>
</body>
</html>
"""

WIDTH = 100
"""Letters of a line."""

COLORS = {True: "#1a7f37", False: "#c0392b"}


def write(checked: Checked, style: Style, out: IO[bytes]) -> None:
    """Write the page."""
    words = to_text.text(checked, replace(style, width=WIDTH, encoding="utf-8"))
    page = PAGE.format(
        title=escape(sentences.verdict(checked)), color=COLORS[checked.agrees],
        picture=_picture(checked), words=escape(words),
    )  # fmt: skip
    out.write(page.encode("utf-8"))


def _picture(checked: Checked) -> str:
    """The difference as SVG; where there is none to draw, or nothing to draw it with, why."""
    drawn = io.BytesIO()
    try:
        to_figure.draw(difference.make(checked), PictureRequest(), "svg", drawn)
    except RnncalcError as error:
        return f"<p>No picture: {escape(str(error))}.</p>"
    return re.sub(r"^.*?(?=<svg)", "", drawn.getvalue().decode("utf-8"), count=1, flags=re.DOTALL)
