"""Recorded mismatches as people have them on a screen, and how many of them are explained.

The expected numbers of ``tests/golden/mismatches/`` are rounded, or cut, to some decimals. Every
third one is looked at: all of them take half an hour.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
from conftest import ROOT, existing

import rnncalc
from rnncalc.checking.expected import Expected, type_of

Array = np.ndarray
EVERY = 3
MISMATCHES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in existing("*.json", ROOT / "tests" / "golden" / "mismatches")
}
NAMES = [name for name, one in MISMATCHES.items() if one["kind"] != "agreeing"][::EVERY]


class Digits(NamedTuple):
    """How numbers were printed: with so many decimals or all, rounded or cut."""

    decimals: int | None
    cut: bool = False

    def __str__(self) -> str:
        if self.decimals is None:
            return "all digits"
        return f"{self.decimals} decimals{', cut' if self.cut else ''}"

    def of(self, numbers: Array) -> Expected:
        """The expected numbers, as text would give them."""
        if self.decimals is None:
            return Expected("a screen", numbers, dtype=type_of(numbers))
        scale = 10.0**self.decimals
        few = np.trunc(numbers * scale) / scale if self.cut else np.round(numbers, self.decimals)
        return Expected("a screen", few, decimals=np.array(float(self.decimals)))


DIGITS = [Digits(None), Digits(6), Digits(4), Digits(3), Digits(4, cut=True)]


class Found(NamedTuple):
    """What was named of a mismatch.

    Attributes:
        first: whether that is what is wrong, or of two mistakes whether both are.
        right: whether it is among what is named.
        false: whether something is named, and nothing of it is right.
    """

    first: bool
    right: bool
    false: bool


def found(name: str, digits: Digits) -> Found:
    """What ``check`` names."""
    one = MISMATCHES[name]
    expected = digits.of(np.array(one["expected"], float))
    said = rnncalc.check(rnncalc.load(one["config"]), expected, show=one.get("show"))
    ids = [claim.id for claim in said.diagnosis.causes]
    causes = one["causes"]
    if said.agrees:  # what was rounded by so much agrees to these digits: that is the right word
        return Found(*[causes == ["precision"]] * 2, causes != ["precision"])
    right = bool({*causes} & {*ids})
    first = {*causes} == {*ids} if one["kind"] == "pair" else ids[:1] == causes[:1] != []
    return Found(first, right, bool(ids) and not right)


GROUPS = [
    "one mistake", "one weight", "one expected number", "two mistakes",
    "rounded weights, float16, bfloat16", "other weights",
]  # fmt: skip
"""The rows of the table."""


def group(name: str) -> str:
    """The row of the table that a mismatch is in."""
    mistake, weight, number, two, rounded, other = GROUPS
    one = MISMATCHES[name]
    if one["kind"] != "single":
        return {"pair": two, "unrelated": other}[one["kind"]]
    kinds = {"typo": number, "weight-value": weight, "precision": rounded}
    return kinds.get(one["causes"][0], mistake)


def table(results: dict[tuple[str, Digits], Found]) -> str:
    """First, right and false of each group, by the digits."""
    rows = [["what is wrong", "of", *map(str, DIGITS)], ["---"] * (len(DIGITS) + 2)]
    for kind in sorted({*map(group, NAMES)}, key=GROUPS.index):
        names = [name for name in NAMES if group(name) == kind]
        rows.append([kind, str(len(names))])
        for digits in DIGITS:
            each = [results[name, digits] for name in names]
            rows[-1].append(" / ".join(str(sum(part)) for part in zip(*each, strict=True)))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
