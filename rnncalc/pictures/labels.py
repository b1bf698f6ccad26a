"""How names and formulas stand in a picture: LaTeX mathematics in figures, plain in a terminal."""

from __future__ import annotations

from rnncalc.data import dataclass
from rnncalc.equations.symbols import Names, Term, latex, latex_name, text


@dataclass(frozen=True)
class Labels:
    """How labels are written.

    Attributes:
        plain: as plain text, which keeps t; else as LaTeX mathematics, with the number of the step.
    """

    plain: bool = False

    def formula(self, term: Term, names: Names | None = None) -> str:
        """A formula."""
        return text(term, names) if self.plain else latex(term, names)

    def name(self, name: str, t: int) -> str:
        """The name of a quantity at the step t."""
        return name if self.plain else self.at(latex_name(name), t)

    def before(self, state: str, t: int) -> str:
        """The name of a state at a step of that number."""
        return f"{state}_{t}" if self.plain else f"{state}_{{{t}}}"

    def function(self, term: Term, names: Names | None = None) -> str:
        """The name of the function that a term is."""
        return self.formula(term, names).split("(" if self.plain else r"\left(")[0]

    def at(self, label: str, t: int) -> str:
        """A label of the step t."""
        if self.plain:
            return label
        for word, number in (("t", t), ("t-1", t - 1), ("t+1", t + 1)):
            label = label.replace(f"_{{{word}}}", f"_{{{number}}}")
        return label
