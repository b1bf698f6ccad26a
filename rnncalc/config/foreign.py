"""The weights of a block of a config in a framework's names, whose layout comes with them.

The layouts themselves stand in ``conventions/``; all of them are loaded for it.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.config import keys
from rnncalc.conventions import (
    CONVENTIONS,
    OURS,
    Convention,
    convention_of,
    implied_options,
    matlab,
    names_in,
    stacked_order,
    symbols_of,
    weights_of,
)
from rnncalc.errors import RnncalcError, RnncalcWarning, printable, suggestion

ASSUMED_AFTER = (
    "reset_after is not said, and computed as true (after the product), rnncalc's default; "
    "ONNX' linear_before_reset, 0 unless given, is reset_after: false"
)


def convention_in(block: Mapping[str, Any]) -> Convention | None:
    """Whose names the weights of a block have; None for ours.

    Errors: RnncalcError for names of two, and for arrays that the one does not have.
    """
    convention = _convention(block)
    _refuse_foreign(block, convention)
    if convention:
        _refuse_gates(block, convention)
    return convention


def in_order(convention: Convention | None, cell: str, gates: str) -> Convention:
    """A convention whose arrays hold the gates in another order.

    Errors: RnncalcError for what is no order of the gates, and where no array holds them all.
    """
    own = convention.orders.get(cell, "") if convention else ""
    if convention is None or not own or _stacked(convention, cell) != own:
        message = "gates is the order of gates in stacked arrays: there are none"
        raise RnncalcError(message, about=("gates",))
    if sorted(gates) != sorted(own):
        message = f"gates '{printable(gates)}': an order of {' '.join(own)} was expected"
        raise RnncalcError(message, about=("gates",))
    return convention._replace(orders={**convention.orders, cell: gates})


def _stacked(convention: Convention, cell: str) -> str:
    return stacked_order(convention, symbols_of(convention, cell), cell)


def by_our_names(
    convention: Convention,
    tensors: Mapping[str, Array],
    cell: str,
    options: Mapping[str, Any],
    share: tuple[int, int],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays by our names, and the options that the layout implies.

    Args:
        tensors: the arrays by the framework's names.
        options: those that were said, which the layout may not contradict.
        share: which direction is taken of how many that ONNX' arrays hold.
    """
    if convention.name == "onnx":
        tensors = {key: _one_direction(key, array, share) for key, array in tensors.items()}
    if convention.name == "matlab":
        tensors = matlab.upright(tensors)
    implied = implied_options(convention, tensors, cell)
    if convention.name == "onnx" and cell == "gru":
        if "reset_after" not in options:
            warnings.warn(ASSUMED_AFTER, RnncalcWarning, stacklevel=2)
        implied = {}
    _refuse_contradiction(options, implied)
    stacked = stacked_order(convention, tensors, cell)
    return weights_of(convention, tensors, cell), implied | {"stacked": stacked}


def _convention(block: Mapping[str, Any]) -> Convention | None:
    """Whose names the weights of a block have; None for ours."""
    name = block.get("convention")
    if name is None:
        found = convention_of(key for key in block if key in keys.OWN or keys.is_framework(key))
        _refuse_joined(block, found)
        return found
    if name not in CONVENTIONS:
        hint = suggestion(str(name), CONVENTIONS)
        message = f"convention '{printable(str(name))}' is not known. {hint}"
        raise RnncalcError(message, about=("convention",))
    return None if name in OURS else CONVENTIONS[name]


def _refuse_joined(block: Mapping[str, Any], found: Convention | None) -> None:
    """W_f without U_f: papers with one matrix for input and state do not say which comes first."""
    names = [key for key in block if found and found.name == "w-u" and key in names_in(found)]
    if (W := next((key for key in names if key[0] == "W"), "")) and "U" + W[1:] not in names:
        message = f"{W} without U{W[1:]}: one matrix over [h; x] is convention: stacked-hx"
        raise RnncalcError(f"{message}, over [x; h] stacked-xh", about=(W,))


def _refuse_foreign(block: Mapping[str, Any], convention: Convention | None) -> None:
    """Arrays of somebody else, beside those of a convention or ours."""
    known = names_in(convention) if convention else keys.OWN
    title = convention.title if convention else "rnncalc"
    for key in (key for key in block if key in keys.OWN or keys.is_framework(key)):
        if key not in known:
            whose = [n for n, one in CONVENTIONS.items() if key in names_in(one) and n not in OURS]
            hint = f"It is one of {', '.join(whose)}: give convention: {whose[0]}" if whose else ""
            message = f"{key} is no array of {title}. {hint or suggestion(key, known)}"
            raise RnncalcError(message, about=(key,))


def _refuse_gates(block: Mapping[str, Any], convention: Convention) -> None:
    for key in names_in(convention):
        if isinstance(block.get(key), dict) and "file" not in block[key]:
            message = f"{key} is given gate by gate; {convention.title} has one array for all"
            raise RnncalcError(message, about=(key,))


def _one_direction(key: str, array: Array, share: tuple[int, int]) -> Array:
    """One direction of ONNX' array: as it is, or a part of the axis of directions in front."""
    index, count = share
    there = len(array) if np.ndim(array) == keys.ONNX_AXES[key] else 1
    if there != count:
        message = f"{key} has {there} direction{'s' * (there != 1)}, expected {count}"
        raise RnncalcError(message, about=(key, "W"))
    if np.ndim(array) != keys.ONNX_AXES[key]:
        return array
    one: Array = array[index]
    return one


def _refuse_contradiction(options: Mapping[str, Any], implied: Mapping[str, Any]) -> None:
    for key, value in implied.items():
        if key in options and options[key] != value:
            message = f"{key} is said to be {options[key]}".lower()
            layout = f"the weights' layout says {value}".lower()
            raise RnncalcError(f"{message}, but {layout}", about=(key,))
