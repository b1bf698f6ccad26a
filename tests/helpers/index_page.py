"""What a package index shows of the project: the README, with links that lead somewhere from there.

An index has none of the files beside it. Where the project has an address (``Source`` among the
URLs of pyproject.toml), links and pictures lead there; as long as it has none, a link is its words
and the path that the page has in the source distribution, and pictures are left out.
"""

from __future__ import annotations

import re

PICTURE = re.compile(r'<picture>.*?<img alt="(.*?)" src="(.*?)">\n</picture>\n\n', re.DOTALL)
LINK = re.compile(r"\[([^]]+)\]\((?!https?:)([^)]+)\)")
SOURCE = re.compile(r'^Source = "(.*?)/?"$', re.MULTILINE)


def address(pyproject: str) -> str | None:
    """Where the project's files stand for everybody, if pyproject.toml names such a place."""
    found = SOURCE.search(pyproject)
    return found and found[1]


def index_page(readme: str, source: str | None) -> str:
    """The README as an index is to show it."""
    if source is None:
        return LINK.sub(r"\1 (`\2`)", PICTURE.sub("", readme))
    pictured = PICTURE.sub(rf"![\1]({source}/raw/HEAD/\2)\n\n", readme)
    return LINK.sub(rf"[\1]({source}/blob/HEAD/\2)", pictured)
