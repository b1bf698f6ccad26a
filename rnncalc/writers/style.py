"""How a result is written: its numbers, and what the terminal that shows it can do."""

from __future__ import annotations

from rnncalc.data import dataclass
from rnncalc.numbers import digits


@dataclass(frozen=True)
class Style:
    """How numbers and text look.

    Attributes:
        digits: of numbers in people's formats.
        non_finite: how JSON writes NaN and infinities: string, null or error.
        separator: what stands between the columns of a file of lines.
        width, color, encoding: of the terminal.
        terminal: whether a screen shows it, which holds only the ends of what is long.
    """

    digits: digits.Digits = digits.DEFAULT
    non_finite: str = "string"
    separator: str = ","
    width: int = 80
    color: bool = False
    encoding: str = "utf-8"
    terminal: bool = False

    def encoded(self, text: str) -> bytes:
        """Text for the terminal; what it cannot show, by its number."""
        return text.encode(self.encoding, "backslashreplace")

    @property
    def rounding(self) -> str:
        """To what numbers are rounded."""
        return digits.named(self.digits)

    def can_show(self, letters: str) -> bool:
        """Whether the terminal has these letters."""
        try:
            letters.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True
