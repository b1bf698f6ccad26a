"""Names that a spreadsheet takes, whatever a layer is called: of sheets and of ranges.

Only letters, digits and a few signs are left, so that no name is read as a formula or a place;
no name stands twice, whether its letters are large or small.
"""

from __future__ import annotations

import re
from itertools import count

LONGEST_SHEET = 31
"""UTF-16 units of a sheet's name, as spreadsheets count."""

LONGEST_PREFIX = 60


class Names:
    """Gives every sheet, and every layer's ranges, a name that nothing else has."""

    def __init__(self) -> None:
        self._taken: set[str] = {"history"}  # Excel's own
        self._prefixes: set[str] = set()

    def sheet(self, name: str) -> str:
        """A sheet's name: as the layer is called, as far as that may be."""
        plain = re.sub(r"[^\w .-]", "_", name).strip() or "_"
        plain = "".join(letter if ord(letter) < 1 << 16 else "_" for letter in plain)
        return _free(plain, self._taken, LONGEST_SHEET)

    def prefix(self, *name: str) -> str:
        """What stands in front of the names of a layer's weights: ``encoder.``."""
        plain = ".".join(re.sub(r"\W", "_", part, flags=re.ASCII) for part in name)
        plain = plain if re.match(r"[A-Za-z_]", plain) else f"_{plain}"
        return _free(plain, self._prefixes, LONGEST_PREFIX) + "."


def _free(name: str, taken: set[str], longest: int) -> str:
    """The name, cut, with a number behind it where something else has it."""
    for number in count():
        end = f"_{number}" if number else ""
        one = name[: longest - len(end)].strip() + end
        if one.casefold() not in taken:
            taken.add(one.casefold())
            return one
    raise AssertionError  # numbers do not end
