"""Keras' releases as far as their numbers differ: what a default was, what ``hard_sigmoid`` meant.

Keras of many backends counts 0.1 to 2.3 (2.4 is TensorFlow's own), TensorFlow's to 2.2 with ``-tf``
behind the number, from 2.3 on without it in most releases, and Keras 3 counts on.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from rnncalc.errors import FileError, printable

NEWEST = 3
"""The last major release that is known here."""

WRITTEN = re.compile(r"(\d{1,3})(?:\.(\d{1,3}))?(?:[.\w+-]{0,30})", re.ASCII)


class Default(NamedTuple):
    """What a setting is where nothing says it, and whose default that is."""

    value: Any
    why: str


class Version(NamedTuple):
    """The Keras that wrote a file.

    Attributes:
        text: its number as the file has it; nothing where it has none.
        number: the first two parts of it.
        tensorflow: whether ``-tf`` stands behind it: TensorFlow 1 to 2.2.
    """

    text: str
    number: tuple[int, int]
    tensorflow: bool = False

    @property
    def old(self) -> bool | None:
        """Whether its hard_sigmoid is that of Keras 1 and 2; None where nothing tells."""
        return self.number < (3, 0) if self.text or self.first else None

    @property
    def first(self) -> bool:
        """Whether it is Keras 1 or older, with words of its own."""
        return self.number < (2, 0)

    @property
    def called(self) -> str:
        """It as sentences name it."""
        return "TensorFlow 1" if self.tensorflow else f"Keras {self.text or 1}"

    def activation(self, cell: str) -> Default:
        """The function of a cell's candidate."""
        if self.number < (1, 0) and cell != "lstm":
            return Default("tanh", "doubtful: the default of Keras 0.3.3; that of 0.3.0 is sigmoid")
        return Default("tanh", DEFAULT)

    @property
    def recurrent_activation(self) -> Default:
        """The function of the gates."""
        if self.number == (2, 2) and self.tensorflow:
            return Default("sigmoid", f"{DOUBTFUL} used hard_sigmoid_old")
        if self.number < ((2, 2) if self.tensorflow else (2, 3)):
            return Default("hard_sigmoid_old", f"the default of {self.called}")
        return Default("sigmoid", DEFAULT)

    @property
    def reset_after(self) -> Default:
        """Where the reset gate of a GRU is."""
        if self.number == (2, 2) and self.tensorflow:
            return Default(True, f"{DOUBTFUL} had it before the product")
        if self.number < ((2, 2) if self.tensorflow else (2, 4)):
            return Default(False, f"the default of {self.called}")
        return Default(True, DEFAULT)

    def beside(self, reset_after: bool) -> Version:
        """The release, told from where a GRU of the same file has its reset gate by default."""
        if self.number != (2, 2) or not self.tensorflow:
            return self
        return self._replace(number=(2, 3) if reset_after else (2, 1))

    @property
    def epsilon(self) -> float:
        """Of a normalization."""
        return 1e-5 if self.number < (1, 2) else 1e-3


DEFAULT = "Keras' default"
DOUBTFUL = "doubtful: the default of TensorFlow 2.0 and 2.1; 1.13 to 1.15, also called 2.2.4-tf,"


def version(given: Any, what: str) -> Version:
    """The release that a number stands for.

    Args:
        what: where it stands, for errors.

    Errors: FileError for what is no number of a release that is known here.
    """
    found = WRITTEN.fullmatch(given) if isinstance(given, str) else None
    if not found:
        raise FileError(f"{what} is {printable(repr(given), 40)}, which is no version of Keras")
    number = int(found[1]), int(found[2] or 0)
    if number[0] > NEWEST:
        message = f"what Keras {number[0]} means is not known here, only up to {NEWEST}"
        raise FileError(f"{what} is {printable(given, 40)}: {message}")
    return Version(given, number, given.endswith("-tf"))


FIRST = Version("", (1, 0))
"""Keras 1.0 and 1.1 wrote no number."""

NUMBERED = Version("0", (0, 3))
"""Keras before 1.0 wrote neither a number nor the names of layers."""

NEWER = Version("", (3, 0))
"""A ``.weights.h5`` has no number: it is of Keras 3, or of TensorFlow from 2.12 on."""
