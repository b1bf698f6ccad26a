"""The words in which a golden graph is described, whichever framework runs it, and its document.

A document says the file, its inputs by name and what the framework gives by the names of the
outputs. Batch, timesteps, features and units all differ, and so do weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from golden_file import Array, Document, Numbers, Recorded, head, refuse_dead

BATCH, TIMESTEPS, FEATURES, VOCABULARY = 3, 7, 2, 9

REAL = ((1, 1, 0, 1, 1, 1, 1, 0, 1), (1, 1, 1, 1, 0, 0, 0, 0, 0), (0, 1, 1, 1, 1, 0, 1, 1, 1))
"""Which steps are real where some are masked: a hole, a padded end, a padded start."""


@dataclass(frozen=True)
class Case:
    """One graph.

    Attributes:
        make: of a framework, the network.
        dtype: of its numbers.
        masked: the inputs with steps that are 0 throughout.
        steps: how many timesteps an input has that leaves them open, by its name.
        assume: what a reader must be told.
        way: ``row`` where a graph built by hand gives one row, without timesteps.
    """

    name: str
    about: str
    make: Callable[..., Any]
    dtype: str = "float32"
    masked: tuple[str, ...] = ()
    steps: Mapping[str, int] | None = None
    assume: tuple[str, ...] = ()
    way: str = ""

    def numbers(self, place: str) -> Numbers:
        """The random numbers of this file."""
        return Numbers(place, self.name, self.dtype)

    def drawn(self, numbers: Numbers, name: str, shape: tuple[int | None, ...], ids: bool) -> Array:
        """An input; its first open axis is time."""
        steps = (self.steps or {}).get(name, TIMESTEPS)
        sizes = (BATCH, *(steps if size is None else size for size in shape))
        array = numbers.ids(VOCABULARY, *sizes) if ids else numbers.values(*sizes)
        if name in self.masked:
            array[np.array(REAL)[:, : sizes[1]] == 0] = 0
        return array


class Collected(list[Case]):
    """Graphs by the functions that make them: the name, and the docstring as what it is about."""

    def __call__(self, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """A decorator; ``double`` makes the same in float64 besides."""

        def collect(make: Callable[..., Any]) -> Callable[..., Any]:
            about = (make.__doc__ or "").strip()
            more = {key: value for key, value in options.items() if key != "double"}
            self.append(Case(make.__name__, about, make, **more))
            if options.get("double"):
                self.append(Case(f"{make.__name__}_double", about, make, "float64", **more))
            return make

        return collect


def recorded(
    case: Case,
    numbers: Numbers,
    place: str,
    content: bytes,
    suffix: str,
    inputs: Mapping[str, Array],
    expected: Mapping[str, Array],
    *packages: str,
) -> Recorded:
    """The document of a file, and the file."""
    refuse_dead(f"{place}/{case.name}", expected)
    file = f"{case.name}.{suffix}"
    document: Document = {
        **head(numbers, case.about, *packages),
        "file": file,
        "dtype": case.dtype,
        **({"assume": case.assume} if case.assume else {}),
        "inputs": inputs,
        "expected": expected,
    }
    return document, {file: content}
