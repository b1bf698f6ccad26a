"""Weights that PyTorch keeps as two tensors, made into one: ``weight_norm`` and pruning.

What other parametrizations (``spectral_norm``, one's own) compute is not known here: their tensors
keep their names, and the module that has them is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.tensor import Tensor

WEIGHT = r"(?:weight|bias)(?:_(?:ih|hh|hr)(?:_l[0-9]{1,4}(?:_reverse)?)?)?"
"""The names of weights that a module of PyTorch may have: ``weight``, ``weight_hh_l0_reverse``."""


RAW = re.compile(rf"parametrizations\..*|{WEIGHT}_(?:orig|mask|g|v|u)")
"""What a module has in place of a weight that is still to be made, and could not be here."""

REMEDY = (
    "of what makes a weight of others, only weight_norm and pruning are computed; "
    "torch.nn.utils.parametrize.remove_parametrizations(module, name) before saving leaves weights"
)


class Pair(NamedTuple):
    """Two tensors that a weight is made of.

    Attributes:
        name: what the first is called; its groups are module and weight.
        ends: how the names of both end.
        fit: whether the shape of the first fits that of the second, which is the weight's.
        make: the weight from the first and the second.
    """

    name: str
    ends: tuple[str, str]
    fit: Callable[[tuple[int, ...], tuple[int, ...]], bool]
    make: Callable[[Array, Array], Array]


def normed(g: Array, v: Array) -> Array:
    """``g * v / ||v||``, the norm over the axes that g does not have."""
    axes = tuple(axis for axis in range(v.ndim) if g.size == 1 or g.shape[axis] == 1)
    with np.errstate(divide="ignore", invalid="ignore"):  # of a row of zeros PyTorch makes NaN
        result: Array = v * (g / np.sqrt(np.sum(v * v, axis=axes, keepdims=True)))
    return result


def _lengths(g: tuple[int, ...], v: tuple[int, ...]) -> bool:
    """Whether g has a length for each slice of v, or one for all."""
    pairs = zip(g, v, strict=False)
    return not g or (len(g) == len(v) and all(one in (1, size) for one, size in pairs))


def _equal(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return one == other


PAIRS = (
    Pair(rf"((?:.+\.)?)parametrizations\.({WEIGHT})\.original0", ("original0", "original1"),
         _lengths, normed),
    Pair(rf"((?:.+\.)?)({WEIGHT})_g", ("_g", "_v"), _lengths, normed),
    Pair(rf"((?:.+\.)?)({WEIGHT})_mask", ("_mask", "_orig"), _equal, np.multiply),
)  # fmt: skip


def derived(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors, with one weight in place of the two that it is made of."""
    result: dict[str, Tensor] = {}
    used: set[str] = set()
    for name, tensor in tensors.items():
        found = _pair(name, tensors)
        if found is None:
            result[name] = tensor
            continue
        whole, second, pair = found
        result[whole] = _both(whole, tensor, tensors[second], pair.make)
        used.add(second)
    return {name: tensor for name, tensor in result.items() if name not in used}


def _pair(name: str, tensors: Mapping[str, Tensor]) -> tuple[str, str, Pair] | None:
    """What the weight is called that a tensor is the first of two of, and the second."""
    for pair in PAIRS:
        if not name.endswith(pair.ends[0]) or not (match := re.fullmatch(pair.name, name)):
            continue
        whole, second = match[1] + match[2], name.removesuffix(pair.ends[0]) + pair.ends[1]
        there = second in tensors and whole not in tensors
        if there and pair.fit(tensors[name].shape, tensors[second].shape):
            return whole, second, pair
    return None


def _both(
    name: str, first: Tensor, second: Tensor, function: Callable[[Array, Array], Array]
) -> Tensor:
    """A tensor made of two when it is read; in shape and type it is the second."""
    lengths = {} if function is np.multiply else first.held  # a mask is no parameter

    def numbers() -> Array:
        return function(first.read(), second.read())

    return Tensor(name, second.shape, second.dtype, numbers, {**lengths, **second.held})
