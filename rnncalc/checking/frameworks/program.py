"""``Program``: what a framework is to compute; ``Answer``: what it gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.layouts import alike
from rnncalc.containers.npy import npz_bytes


class Program(NamedTuple):
    """A script and the files that it reads.

    Attributes:
        script: its text; it makes ``RESULTS``, a dict of arrays: ``out`` (y, or h where there is no
            output layer), ``h``, and ``final.h.0.1`` (of the second direction of layer 0).
        files: what stands beside it, by suffix: ``.npz``.
        words: what computes, in the framework's words: ``nn.LSTM``.
    """

    script: str
    files: Mapping[str, bytes]
    words: str


class Answer(NamedTuple):
    """What a program gave.

    Attributes:
        results: its arrays by name; nothing where it failed.
        error: why it failed, in one line.
        words: those of the program.
        versions: of the packages that were used, and what Keras ran on (``backend``).
    """

    results: Mapping[str, Array]
    error: str
    words: str
    versions: Mapping[str, str]


NUMBERS = 'NUMBERS = np.load(__file__.removesuffix(".py") + ".npz")'
"""How a script reads the arrays beside it."""


def beside(arrays: Mapping[str, Array]) -> dict[str, bytes]:
    """Arrays as a file beside a script."""
    return {".npz": npz_bytes(arrays)}


def finals(results: Mapping[str, Array], state: str) -> Array | None:
    """The final states of layers and directions, (layers * directions, batch, units)."""
    prefix = f"final.{state}."
    names = [name for name in results if name.startswith(prefix)]
    names.sort(key=lambda name: tuple(map(int, name.removeprefix(prefix).split("."))))
    return np.stack(alike([results[name] for name in names])) if names else None
