"""The keys of a config, each group of them once; what types their values have: ``schema.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from rnncalc.equations import CELLS, Cell
from rnncalc.equations.gru import UPDATES
from rnncalc.model.generation import FEEDBACKS, SAMPLING
from rnncalc.model.layer import DIRECTIONS, MERGES, ORDERS
from rnncalc.model.model import DTYPES, MODES
from rnncalc.model.stateless import POOLINGS


def _of_cells(what: Callable[[Cell], Iterable[str]]) -> tuple[str, ...]:
    """What any cell has, each once."""
    return tuple(dict.fromkeys(word for cell in CELLS.values() for word in what(cell)))


OWN = _of_cells(lambda cell: (*cell.required, *cell.optional))
"""Our names of weights."""

FUNCTIONS = _of_cells(lambda cell: cell.functions)
OPTIONS = ("cell", *_of_cells(lambda cell: cell.options), *_of_cells(lambda cell: cell.bounds))
STATES = tuple(f"{state}0" for state in _of_cells(lambda cell: cell.states))
OF_CELL = (*OWN, *FUNCTIONS, *OPTIONS, *STATES, "convention", "gates")

OF_PASSES = ("direction", "order", "zero_output_for_mask", "return_sequences")
"""Which way a layer reads, and what of its outputs it gives."""

OF_LAYER = (*OF_CELL, *OF_PASSES, "merge", "name", "cells", "forward", "backward", "before")
USE = ("mode", "timesteps", "feedback", *SAMPLING, "masking", "dtype")
"""How a network is used."""

ONNX_AXES = {"W": 3, "R": 3, "B": 2, "P": 2}
"""The axes of ONNX' arrays in a file: directions first."""

INPUTS = ("x", "lengths", "mask", *STATES)
TEST, TESTED = "test", ("x", "y", "h")
"""A stored test, and what stands in one; a run passes it over."""

LISTS = ("layers", "cells", "before", "output")
"""The keys of lists of layers."""

OURS = frozenset((*OF_LAYER, *USE, *INPUTS, *LISTS, "embedding", "vocab", "rnncalc", "rows", TEST))
"""All keys of a config that are no framework's; ``schema.py`` says what they hold."""

CHOICES: dict[str, Iterable[str]] = {
    "cell": CELLS, "mode": MODES, "feedback": FEEDBACKS, "dtype": DTYPES, "direction": DIRECTIONS,
    "order": ORDERS, "merge": MERGES, "update": UPDATES,
    "join": ("concat", "add", "multiply", "average", "maximum", "subtract", "dot"),
    "conv1d": ("valid", "same", "causal"), "pooling": POOLINGS,
    "attention": ("dot", "general", "additive", "multihead"),
}  # fmt: skip
"""The keys whose values are words, and which there are."""


def is_framework(key: str) -> bool:
    """Whether a key is some framework's name of an array, and not also ours."""
    return key not in OURS and key in _theirs()


@cache
def _theirs() -> frozenset[str]:
    """Every framework's names of arrays."""
    from rnncalc.conventions import CONVENTIONS, OURS, names_in

    frameworks = [one for name, one in CONVENTIONS.items() if name not in OURS]
    return frozenset(name for one in frameworks for name in names_in(one))
