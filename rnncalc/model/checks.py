"""How the frozen parts of a network are settled while they are made: fields set, words checked."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, TypeVar, cast

import numpy as np

from rnncalc.errors import RnncalcError, printable, suggestion

T = TypeVar("T")

DIRECTIONS = ("forward", "backward")
LONGEST_NAME = 200


def settle(instance: object, **values: Any) -> None:
    """Set the fields of a frozen instance, while it is made."""
    for name, value in values.items():
        object.__setattr__(instance, name, value)


def alter(instance: T, **values: Any) -> T:
    """A copy of a frozen instance whose new values need no check."""
    new = copy.copy(instance)
    for derived in vars(new).keys() - {one.name for one in fields(cast(Any, instance))}:
        del vars(new)[derived]  # it was of the values before
    settle(new, **values)
    return new


def truth(what: str, given: Any) -> None:
    """Errors: RnncalcError where what should be true or false is something else."""
    if given is not None and not isinstance(given, (bool, np.bool_)):
        message = f"{what} is {printable(repr(given))}, expected true or false"
        raise RnncalcError(message, about=(what,))


def one_of(what: str, given: Any, known: Any) -> str:
    """The word, if it is one of those known. Errors: RnncalcError with a suggestion."""
    if given not in known:
        text = printable(str(given))
        hint = suggestion(text, known)
        raise RnncalcError(f"{what} '{text}' is not known. {hint}", about=(what,))
    return str(given)


def check_name(name: str) -> None:
    """Names stand in files, in archives and on terminals, with the direction behind them."""
    if {*name.split(".")} & {*DIRECTIONS}:
        message = f"name '{printable(name)}': forward and backward are names of directions"
        raise RnncalcError(message, about=("name",))
    if not name or not name.isprintable() or len(name) > LONGEST_NAME or set(name) & set("/\\"):
        rule = f"expected 1 to {LONGEST_NAME} printable characters, no / or \\"
        raise RnncalcError(f"name '{printable(name)}': {rule}", about=("name",))


class Names:
    """Gives every name once: of equal ones the second gets _1 behind it, the third _2."""

    def __init__(self, taken: Iterable[str] = (), longest: int | None = None) -> None:
        self.taken, self.longest = set(taken), longest
        self._counts: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """The name, or the next one made of it that nothing else has."""
        one = name[: self.longest]
        while one in self.taken:
            self._counts[name] = self._counts.get(name, 0) + 1
            end = f"_{self._counts[name]}"
            one = name[: self.longest and self.longest - len(end)] + end
        self.taken.add(one)
        return one
