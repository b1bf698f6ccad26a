"""Expected: the numbers that somebody else has, and the tolerance (rtol, atol) of their type.

Readers make it of files, ``frameworks/`` of a framework's run; ``comparison.py`` compares with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.containers import npy
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError
from rnncalc.model.model import Model
from rnncalc.numbers import printed
from rnncalc.trace.trace import Trace

DIGITS_OF_FLOAT32 = 9
"""So many significant digits tell any two float32 apart: longer numbers come from float64."""


OF_A_RESULT = re.compile(r"y(\..+)?|(.+\.)?h")
"""What a result has of what is compared; two directions that are not merged have no h."""


class Tolerance(NamedTuple):
    """How far numbers may be apart: ``atol + rtol * |expected| + room``.

    Attributes:
        room: half a unit of the last digit that is given, of each number or of all.
    """

    rtol: float
    atol: float
    room: Array | float = 0.0

    def of(self, expected: Array) -> Array:
        """The bound of each number."""
        return np.asarray(self.atol + self.rtol * np.abs(expected) + self.room)

    def taken(self, part: Callable[[Array], Array]) -> Tolerance:
        """That of a part of the numbers, which is taken from an array of their shape."""
        return self if np.ndim(self.room) == 0 else self._replace(room=part(np.asarray(self.room)))


TOLERANCES = {
    "float64": Tolerance(1e-9, 1e-12),
    "float32": Tolerance(1e-5, 1e-6),
    "float16": Tolerance(5e-3, 2e-3),
    "bfloat16": Tolerance(4e-2, 1.6e-2),
}
"""By the coarser of the two types: frameworks' float32 is 2e-7 off, their float16 up to 1.4e-3,
and bfloat16 has three bits less."""


@dataclass(frozen=True, eq=False)
class Expected:
    """Numbers to compare with.

    Attributes:
        against: what people call them: a file's name, a framework.
        array: of any shape; None where there are several, by name.
        named: as results of rnncalc name them: ``h``, ``y``, ``layer0.forward.h`` ...
        dtype: the type that they were computed in, as far as it can be seen.
        how: how they came to be, where somebody computed them.
        model: the network that computes them of our input, in place of arrays.
        decimals: how many all numbers have, where somebody says it.
        text: else what they were read from, where that is a text: each has the decimals that it
            has there.
    """

    against: str
    array: Array | None = None
    named: Mapping[str, Array] = field(default_factory=dict)
    dtype: str = "float32"
    how: str = ""
    model: Model | None = None
    decimals: float | None = None
    text: str = ""

    def decimals_of(self, numbers: Array) -> Array | float | None:
        """How many some of the numbers have, one for all of them or for each; infinite where one
        has all; None where they do not count."""
        if self.decimals is not None or not self.text:
            return self.decimals
        return printed.decimals(self.text, numbers)

    def one(self, name: str) -> Array:
        """The array that is compared. Errors: RnncalcError where there is none of that name."""
        if self.array is not None:
            return self.array
        if name in self.named:
            return self.named[name]
        if name.startswith("y.") and "y" in self.named:  # of one network's outputs the first
            return self.named["y"]
        if parts := self._parts(name):
            return np.stack(parts, axis=-2) if "final" in name else np.concatenate(parts, axis=-1)
        there = f"there are: {npy.listed(self.named)}"
        keyed = self.against.lower().endswith((".npz", ".json"))
        if keyed and not any(map(OF_A_RESULT.fullmatch, self.named)):
            message = f"which array? Write --against {self.against}:KEY; {there}"
            raise RnncalcError(f"{self.against}: {message}")
        raise RnncalcError(f"{self.against}: has no {name}; {there}")

    def of(self, layer: str, direction: str, *, last: bool) -> Expected:
        """What there is of a layer, or of a direction of it, by the names that the last one has.

        Args: ``last``, whether it is the last one.
        """
        if self.array is not None:
            return self
        start = ".".join(filter(None, [layer, direction]))
        own = {key: one for key, one in self.named.items() if key.startswith(f"{start}.")}
        short = {key.removeprefix(f"{start}."): one for key, one in own.items()}
        alone = {"h": self.named[start]} if start in self.named else {}
        network = self.named if last and not direction else {}
        return replace(self, named={**network, **alone, **own, **short})

    def _parts(self, name: str) -> list[Array]:
        """The arrays of both directions: of the last layer; of final states of all, if they fit."""
        layers: dict[str, list[Array]] = {}
        for key, array in self.named.items():
            if match := re.fullmatch(rf"(?:(.*)\.)?(forward|backward)\.{re.escape(name)}", key):
                layers.setdefault(match[1] or "", []).append(array)
        if not layers:
            return []
        every = [array for arrays in layers.values() for array in arrays]
        same = "final" in name and len({array.shape for array in every}) == 1
        return every if same else [*layers.values()][-1]


def of_trace(trace: Trace) -> Expected:
    """A run as expected numbers, every quantity by its name."""
    named = {"h": trace.h} | ({} if trace.y is None else {"y": trace.y})
    if len(trace.outputs) > 1:
        named |= {f"y.{name}": y for name, y in trace.outputs.items()}
    for name, values in trace.inside.items():
        named |= {f"{name}.{key}": array for key, array in values.items()}
    for layer in trace.layers:
        if layer.h is not None and len(layer.directions) > 1:
            named[f"{layer.name}.h"] = layer.h
        for way, one in layer.directions.items():
            named |= {f"{layer.name}.{way}.{name}": array for name, array in one.values.items()}
            named |= {f"{layer.name}.{way}.final.{s}": array for s, array in one.final.items()}
    if trace.exact:
        named = {name: array.astype(np.float64) for name, array in named.items()}
    dtype = "float64" if trace.exact else trace.dtype
    return Expected("the other run", None, named, dtype)


def type_of(array: Array) -> str:
    """The type that numbers were computed in: their own, or by how many digits they take."""
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        return array.dtype.name
    finite = array[np.isfinite(array)]
    shortest = (float(f"{one:.{DIGITS_OF_FLOAT32}g}") for one in finite.flat[:1000])
    short = all(text == one for text, one in zip(shortest, finite.flat, strict=False))
    with np.errstate(over="ignore"):
        exact = np.array_equal(finite, finite.astype(np.float32).astype(np.float64))
    return "float32" if short or exact else "float64"


def tolerance_of(
    ours: str, theirs: str, rtol: float | None = None, atol: float | None = None
) -> Tolerance:
    """What two types leave room for, or what somebody says in its place.

    Errors: RnncalcError for a tolerance that is none.
    """
    default = TOLERANCES[coarser(ours, theirs)]
    return Tolerance(
        default.rtol if rtol is None else _sound("rtol", rtol),
        default.atol if atol is None else _sound("atol", atol),
    )


def _sound(name: str, given: Any) -> float:
    """A tolerance that something can be held to."""
    if not isinstance(given, (int, float, np.floating)) or not 0 <= given < np.inf:
        raise RnncalcError(f"{name} is {given}; a number from 0 on was expected, as 1e-6")
    return float(given)


def coarser(ours: str, theirs: str) -> str:
    """The one of two types whose rounding counts."""
    return max(ours, theirs, key=lambda name: TOLERANCES[name])


MANTISSA = {"float64": 52, "float32": 23, "float16": 10, "bfloat16": 7}
SMALLEST = {"float64": -1022, "float32": -126, "float16": -14, "bfloat16": -126}
LARGEST = {"float64": 1024, "float32": 128, "float16": 16, "bfloat16": 128}
"""Of each type the bits of its mantissa, and its smallest and largest exponent."""


def spacing(numbers: Array, dtype: str) -> Array:
    """How far a number of a type is from the next one; infinite where it has none of that size."""
    _, exponents = np.frexp(numbers)
    exponents = np.maximum(exponents - 1, SMALLEST[dtype])
    gaps = np.ldexp(1.0, exponents - MANTISSA[dtype])
    return np.asarray(np.where(exponents < LARGEST[dtype], gaps, np.inf))


MOST_DECIMALS = 7


def decimals_of(array: Array) -> int | None:
    """How many digits behind the point all of the numbers have; None for more than seven.

    float32 that were rounded are told by what they are the nearest to.
    """
    finite = np.ravel(array)[np.isfinite(np.ravel(array))]
    if not finite.size:
        return None
    with np.errstate(over="ignore"):
        single = np.float32(finite)
    for count in range(MOST_DECIMALS + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            near = np.round(finite, count)
            # From 8 on, six decimals are all that float32 has: any of its numbers would do.
            few = count < 6 and np.array_equal(np.float32(near), single)
        if few or np.array_equal(near, finite):
            return count
    return None
