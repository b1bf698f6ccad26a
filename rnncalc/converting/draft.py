"""What is to be written: a file as bytes (``Draft``), a script in its parts (``Script``)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from rnncalc.array import Array
from rnncalc.model.stateless import Function, Normalization, Output, Prelu, Stateless

NOTHING: Mapping[str, Stateless] = MappingProxyType({})


OF_ROWS = (Output, Normalization, Prelu, Function)
"""The layers of one timestep that rows have, too: a target writes them in a graph as in a row."""


class Draft(NamedTuple):
    """A file that is not written yet.

    Attributes:
        content: its bytes.
        says: what stands in it: ``PyTorch's names, 12 arrays``.
        notes: what became of parts that the target has otherwise, or not at all.
        rounded: whether numbers were added up or shortened, so that the last bits may differ.
        whole: whether it says everything; else functions and use are told besides.
        order: the names of the layers as they run, where the file does not keep their order.
        turned: whether its layers may be read in another order of time, with the same outputs.
        heads: the layers without a state by the names that they have in it.
        row: whether it is a list of layers without our names: they are compared in their order.
    """

    content: bytes
    says: str
    notes: tuple[str, ...] = ()
    rounded: bool = False
    whole: bool = False
    order: tuple[str, ...] = ()
    turned: bool = False
    heads: Mapping[str, Stateless] = NOTHING
    row: bool = False


class Script(NamedTuple):
    """The parts of a script.

    Attributes:
        head: its imports.
        lines: what stands behind the numbers, ``NUMBERS``; they make ``network``.
        arrays: the numbers by name.
        printed: what it ends with, for a batch and for one sequence.
    """

    head: list[str]
    lines: list[str]
    arrays: Mapping[str, Array]
    printed: Mapping[bool, str]
