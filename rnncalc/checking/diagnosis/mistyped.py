"""Mistyped numbers: what may have happened to a number on its way from a screen to a keyboard.

It is read backwards: of all that may have been meant, which one is the number that is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array

ANY = "0123456789"


class Slip(NamedTuple):
    """What happened to a number.

    Attributes:
        say: in words.
        meant: the number that was meant, as it should have been typed.
        among: in how many ways it may have been met.
    """

    say: str
    meant: str
    among: int


def slip(text: str, right: float, near: float) -> Slip | None:
    """The simplest slip that makes a text of what is right, if one does.

    Args:
        near: how near to what is right the number that was meant must be.
    """
    among = 0
    for say, variants in KINDS.items():
        meant = list(dict.fromkeys(one for one in variants(text) if one != text))
        among += len(meant)
        if found := [one for one in meant if abs(float(one) - right) <= near]:
            return Slip(say, found[0], among)
    return None


def _signs(text: str) -> Iterator[str]:
    yield text.removeprefix("-") if text.startswith("-") else f"-{text}"


def _exchanged(text: str) -> Iterator[str]:
    for i, j in combinations(_digits(text), 2):
        letters = [*text]
        letters[i], letters[j] = letters[j], letters[i]
        yield "".join(letters)


def _another(text: str) -> Iterator[str]:
    for i in _digits(text):
        yield from (text[:i] + digit + text[i + 1 :] for digit in ANY)


def _digits(text: str) -> list[int]:
    return [i for i, letter in enumerate(text) if letter in ANY]


KINDS: dict[str, Callable[[str], Iterator[str]]] = {
    "its sign is the other one": _signs,
    "two digits are exchanged": _exchanged,
    "one digit is another": _another,
}


def copied(ours: Array, theirs: Array, near: Array, at: tuple[int, int]) -> tuple[int, int] | None:
    """The sequence and the timestep of ours whose numbers stand in another row of theirs.

    Args:
        ours, theirs, near: (batch, timesteps, width); near: the tolerance of each.
        at: the sequence and the timestep of the row.
    """
    fits = (np.abs(ours - theirs[at]) <= near[at]).all(axis=-1)
    found = [(int(s), int(t)) for s, t in np.argwhere(fits) if (s, t) != at]
    return found[0] if found else None
