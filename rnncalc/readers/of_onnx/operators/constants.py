"""Constants, and those that nodes make of them: shapes are known at once, numbers are read lazily.

They are made once, are no more than the file can mean, and are paid for. What an operator makes of
numbers is said in ``table.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.onnx.limits import Budget, OverspentError
from rnncalc.containers.onnx.tensor import type_of
from rnncalc.containers.tensor import Tensor
from rnncalc.data import dataclass
from rnncalc.errors import FileError
from rnncalc.readers.of_onnx.operators.axes import Length
from rnncalc.readers.of_onnx.operators.table import (
    ELEMENTWISE,
    OTHERS,
    SETTINGS_FROM,
    VIEWS,
    OtherError,
    constant,
    not_computed,
    outlines,
    results,
    tensor_of,
    type_in,
)

PRODUCTS = ("MatMul", "Gemm")
"""What is not made of constants: no exporter writes it."""


@dataclass(frozen=True, eq=False)
class Constant:
    """Numbers that stand in the file, or are made of such.

    Attributes:
        tensor: they, read when somebody asks.
        nested: how many constants are made on the way to them, one of the other.
        held: how many numbers are held at once while they are made.
        loose: whether axes that are 1 here have a length that only a run tells.
        lengths: what is known of the lengths of a loose one; nothing where that was not followed.
    """

    tensor: Tensor
    nested: int = 0
    loose: bool = False
    held: int = 0
    lengths: tuple[Length, ...] = ()

    def __post_init__(self) -> None:
        if self.nested > limits.NESTED:
            message = "is made of constants that are made of others, more than"
            raise OtherError(f"{message} {limits.NESTED} of them one behind the other")

    @property
    def outline(self) -> Array:
        """An array of its shape and type that takes no room."""
        return np.broadcast_to(np.zeros((), type_in(self.tensor.dtype)), self.tensor.shape)

    def few(self) -> Array:
        """Its numbers. Errors: OtherError where they are many, or others."""
        if self.tensor.size > limits.SMALL or self.loose:
            raise OtherError("has bounds or axes that are not a few numbers")
        return constant(self.tensor)


class Making:
    """Makes constants.

    Args:
        stored: how many numbers the file holds.
        budget: the work that may still be spent on the graph.
    """

    def __init__(self, stored: int, budget: Budget) -> None:
        self.most, self.budget = stored + limits.FROM_NOTHING, budget
        self.room = limits.KEPT

    def known(self, tensor: Tensor) -> Constant:
        """A constant that stands in the file."""
        numbers = self._once(tensor.numbers, tensor.size, tensor.size)
        return Constant(replace(tensor, numbers=numbers), held=tensor.size)

    def _once(
        self, make: Callable[[], Array], size: int, cost: int, calls: int = 1
    ) -> Callable[[], Array]:
        """What makes numbers, and has them for the next one who asks: as long as somebody holds
        them, and where there is room always.

        Args:
            size: how many.
            cost: how many numbers it takes to make them.
            calls: how many operators.
        """
        kept: list[Array] = []
        alive: WeakValueDictionary[str, Array] = WeakValueDictionary()

        def numbers() -> Array:
            if (there := alive.get("")) is not None:
                return there
            try:
                self.budget.spend(calls=calls, numbers=cost)
            except OverspentError as error:  # of a file that has been read, too
                raise FileError(str(error)) from None
            made = np.asarray(make())
            made.flags.writeable = False
            alive[""] = made
            if size <= self.room:
                self.room -= size
                kept.append(made)
            return made

        return numbers

    def made(
        self, name: str, shape: Sequence[int], function: Callable[..., Array], *of: Constant,
        dtype: str = "float32", view: bool = False, calls: int = 1,
    ) -> Constant:  # fmt: skip
        """A constant of this shape, made of the numbers of others.

        Args:
            view: whether it is some of them, which are not gone through.
            calls: how many operators it takes.
        """
        size = math.prod(shape)
        if size > self.most:
            raise OtherError(f"makes {size:,} numbers, more than the file can mean")
        loose, nested = any(one.loose for one in of), max((one.nested for one in of), default=0) + 1
        held = _held(of, size)
        if held > limits.HELD_AT_ONCE * self.most:
            raise OtherError(f"holds {held:,} numbers at once, more than the file can mean")
        cost = size if view else max(size, *(one.tensor.size for one in of), 1)

        def make() -> Array:
            made = np.asarray(function(*(constant(one.tensor) for one in of)), float)
            return made if view else _rounded(made, dtype)

        numbers = self._once(make, size, cost, calls)
        if size <= limits.SMALL:
            return kept(name, numbers(), dtype, loose)
        return Constant(Tensor(name, tuple(shape), dtype, numbers), nested, loose, held)

    def folded(self, node: Node, inputs: Sequence[Constant | None]) -> list[Constant]:
        """The outputs of a node, all of whose inputs are constants.

        Errors: OtherError where they are not computed here.
        """
        if node.op == "Constant":
            tensor = tensor_of(node)
            return [self.known(replace(tensor, name=tensor.name or node.outputs[0]))]
        if node.op == "Identity" and inputs[0]:
            return [inputs[0]]
        known = [one for one in inputs if one is not None]
        if node.op not in (ELEMENTWISE.keys() | OTHERS.keys()) - {*PRODUCTS}:
            raise not_computed(node, " of constants")
        if node.op == "Shape" and known[0].loose:
            raise OtherError("is about lengths that only a run tells")
        first = SETTINGS_FROM.get(node.op, len(inputs))
        given = [
            None if one is None else one.few() if i >= first else one.outline
            for i, one in enumerate(inputs)
        ]
        places = [i for i, one in enumerate(inputs) if one is not None]
        return [
            self.made(
                name, one.shape, partial(_piece, node, i, places), *known,
                dtype=_dtype(node, one, known), view=node.op in VIEWS, calls=len(node.outputs),
            )
            for i, (name, one) in enumerate(zip(node.outputs, outlines(node, given), strict=False))
        ]  # fmt: skip


def _piece(node: Node, index: int, places: Sequence[int], *numbers: Array) -> Array:
    """One of the outputs of a node."""
    given: list[Any] = [None] * (max(places, default=-1) + 1)
    for place, one in zip(places, numbers, strict=True):
        given[place] = one
    return results(node, given)[index]


def _dtype(node: Node, outline: Array, known: Sequence[Constant]) -> str:
    """The type of what a node makes: that of its first input with such numbers."""
    if node.op == "Cast":
        return type_of(int(node.attributes["to"]))
    if node.op == "ConstantOfShape":
        value = node.attributes.get("value")
        return value.dtype if isinstance(value, Tensor) else "float32"
    kinds = (one.tensor.dtype for one in known if type_in(one.tensor.dtype) == outline.dtype)
    return next(kinds, {"b": "bool", "i": "int64"}.get(outline.dtype.kind, "float32"))


def settings(inputs: Sequence[object]) -> list[Array | None]:
    """What the inputs behind the first tell an operator: axes, bounds, a shape.

    Errors: OtherError where that is not a few constants.
    """
    found: list[Array | None] = [None]
    for one in inputs[1:]:
        if one is not None and not isinstance(one, Constant):
            raise OtherError("has bounds or axes that depend on the input")
        found.append(None if one is None else one.few())
    return found


def _rounded(numbers: Array, dtype: str) -> Array:
    """Numbers as their type can hold them."""
    if dtype not in ("float16", "float32") and not dtype.startswith(("int", "uint")):
        return numbers
    with np.errstate(all="ignore"):
        return numbers.astype(dtype).astype(float)


def _held(of: Sequence[Constant], size: int) -> int:
    """How many numbers are held at once while so many are made of others, which come one by one."""
    most = there = 0
    for one in {id(one): one for one in of}.values():
        most = max(most, there + one.held)
        there += one.tensor.size
    return max(most, there + size)


def kept(name: str, numbers: Array, dtype: str, loose: bool = False) -> Constant:
    """A constant of few numbers, at hand."""
    numbers = np.array(numbers, np.float64)
    return Constant(Tensor(name, numbers.shape, dtype, lambda: numbers), 0, loose)
