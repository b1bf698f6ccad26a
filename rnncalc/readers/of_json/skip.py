"""``skip``: what networks of amplifiers and pedals add to their output, the input itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnncalc.containers.tensor import Tensor
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Part

SOURCE = "x"


def with_skip(contents: Contents, skip: int, features: int) -> Contents:
    """The row of a file, with the first ``skip`` features of its input added to what it gives."""
    if not skip:
        return contents
    parts = _in_a_row([part for part in contents.parts if part.kind != "nothing"])
    added = SOURCE
    if skip < features:
        parts.append(_first(skip, features))
        added = parts[-1].name
    last = contents.parts[-1].name
    whole = {"join": "add", "input": [last, added]}
    parts.append(Part("with_input", "output", "output + input", whole))
    return replace(contents, parts=parts, sources=[SOURCE], results=["with_input"])


def _in_a_row(parts: Sequence[Part]) -> list[Part]:
    """Parts that name what they read: each the one before it."""
    read = [SOURCE, *(part.name for part in parts)]
    return [replace(part, block={**part.block, "input": one})
            for part, one in zip(parts, read, strict=False)]  # fmt: skip


def _first(skip: int, features: int) -> Part:
    """The first features of the input, as a layer of ones and zeros that the file does not hold."""
    pick = np.eye(skip, features)
    ones = Tensor("skip", pick.shape, "float32", lambda: pick, {})
    block = {"weight": ones, "activation": "linear", "input": SOURCE}
    return Part("skip", "output", f"the first {skip} of {features} features", block)
