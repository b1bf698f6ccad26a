"""Where many sequences come from: what every source can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rnncalc.array import Array
from rnncalc.errors import RnncalcError

Label = str | int
"""What a sequence is called: its file's name, or its number in an array."""


class Source(Protocol):
    """Sequences by number, from 0; plain data, so that another process can read from it, too."""

    @property
    def labels(self) -> Sequence[Label]:
        """What each is called."""

    @property
    def places(self) -> Sequence[Label]:
        """What each is called where something is wrong with it: with the folders of its file."""

    @property
    def sizes(self) -> Sequence[int]:
        """About how many bytes each has, without reading it."""

    @property
    def is_text(self) -> bool:
        """Whether they come as text, so that results are text, too, where nobody says else."""

    @property
    def identity(self) -> str:
        """What tells this list of sequences from another, whatever numbers are in them."""

    def read(self, number: int) -> Array:
        """A sequence, (timesteps, features), or (timesteps) of ids or one feature.

        Errors: RnncalcError that names its file, and what is wrong there.
        """

    def read_all(self, numbers: Sequence[int]) -> Array | None:
        """Several of one length, as rows of an array; None where each is read for itself."""


def read_each(source: Source, numbers: Sequence[int]) -> dict[int, Array | RnncalcError]:
    """Some of them by number; an error in the place of each that cannot be read."""
    found: dict[int, Array | RnncalcError] = {}
    for number in numbers:
        try:
            found[number] = source.read(number)
        except RnncalcError as error:
            found[number] = error
    return found
