"""Windows over time: which timesteps a convolution or a pooling reads for each that it gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rnncalc.array import Array
from rnncalc.data import NamedTuple
from rnncalc.errors import RnncalcError, ShapeError, printable

PADDINGS = ("valid", "same", "causal")

Padding = str | Sequence[int]
"""A word, or how many timesteps of nothing stand in front and behind."""


class Windows(NamedTuple):
    """Windows of ``size`` timesteps, ``dilation`` apart, beginning every ``strides`` timesteps.

    ``valid`` windows lie within the input; ``same`` ones are as many as timesteps / strides,
    rounded up, what is missing standing in front and behind (one more behind, as in TensorFlow);
    ``causal`` ones end at the timestep itself.
    """

    size: int
    strides: int = 1
    dilation: int = 1
    padding: Padding = "valid"

    @property
    def reach(self) -> int:
        """How many timesteps lie between the first of a window and the one behind its last."""
        return (self.size - 1) * self.dilation + 1

    def pads(self, timesteps: int) -> tuple[int, int]:
        """How many timesteps of nothing stand in front and behind."""
        if not isinstance(self.padding, str):
            before, behind = self.padding
            return before, behind
        if self.padding == "causal":
            return self.reach - 1, 0
        if self.padding == "valid":
            return 0, 0
        missing = max(
            (-(-timesteps // self.strides) - 1) * self.strides + self.reach - timesteps, 0
        )
        return missing // 2, missing - missing // 2

    def steps(self, name: str, timesteps: int) -> int:
        """How many windows there are. Errors: ShapeError where there is none."""
        has = sum(self.pads(timesteps)) + timesteps
        if has < self.reach:
            raise ShapeError(f"{name} reads {self.reach} timesteps for one, there are {has}")
        return (has - self.reach) // self.strides + 1

    def over(self, h: Array) -> Array:
        """What each place of the window reads: (size, windows, ...) of (timesteps, ...).

        It is a view of the input between zeros.
        """
        zeros = [np.zeros((n, *h.shape[1:]), h.dtype) for n in self.pads(len(h))]
        padded = np.concatenate([zeros[0], h, zeros[1]])
        views = sliding_window_view(padded, self.reach, axis=0)
        return np.moveaxis(views[:: self.strides, ..., :: self.dilation], -1, 0)

    def inside(self, timesteps: int) -> Array:
        """Which of these are timesteps, (size, windows), and not the nothing around them."""
        return self.over(np.ones(timesteps, bool))


def checked(windows: Windows) -> Windows:
    """The windows. Errors: RnncalcError for what none can be."""
    for what in ("size", "strides", "dilation"):
        count(what, getattr(windows, what))
    pads = windows.padding if isinstance(windows.padding, str) else tuple(windows.padding)
    two = len(pads) == 2 and all(type(n) is int and n >= 0 for n in pads)
    if pads in PADDINGS or (not isinstance(pads, str) and two):
        return windows._replace(padding=pads)
    what = f"{printable(repr(windows.padding))} is no padding"
    expected = "expected valid, same, causal or two numbers of timesteps"
    raise RnncalcError(f"{what}: {expected}", about=("conv1d", "padding"))


def count(what: str, given: object) -> int:
    """A number of things. Errors: RnncalcError where it is not whole, or below 1."""
    whole = isinstance(given, (int, np.integer)) and not isinstance(given, bool)
    if not isinstance(given, (int, np.integer)) or not whole or given < 1:
        raise RnncalcError(
            f"{what} is {printable(repr(given))}, expected a whole number, 1 or more", about=(what,)
        )
    return int(given)
