"""A convolution over time: each timestep of what it gives is made of several of what it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import convolution as equations
from rnncalc.equations.activations import Activation, activation
from rnncalc.errors import ShapeError
from rnncalc.model.checks import check_name, settle
from rnncalc.model.shapes import Sizes, fitted, real
from rnncalc.model.stateless import Shape, Stateless, around, halved, series, windowed
from rnncalc.model.windows import Padding, Windows, checked, count

CONVOLVE: Callable[..., Any] = equations.convolve


@dataclass(frozen=True, eq=False)
class Conv1d(Stateless):
    """y_t = activation(sum_k W_y[k] x_{t + k} + b_y), of k the places of a window.

    Not turned, as in all frameworks: the first place of the window reads the earliest timestep.
    Masks are no matter: masked timesteps are read as they are, and none is handed on (Keras).

    Args:
        W_y: (outputs, features / groups, size), as in PyTorch.
        bias: b_y, (outputs), or 0.
        activation: a name or an Activation; ``softmax`` is taken over the outputs.
        padding, strides, dilation: as of ``Windows``.
        groups: so many parts of the features are read by as many parts of the outputs.
    """

    W_y: Any
    bias: Any = 0.0
    activation: Activation | str = "linear"
    padding: Padding = "valid"
    strides: int = 1
    dilation: int = 1
    groups: int = 1
    name: str = "conv1d"

    def __post_init__(self) -> None:
        check_name(self.name)
        settle(self, activation=activation(self.activation), W_y=real("W_y", self.W_y))
        count("groups", self.groups)
        self.settle({})
        settle(self, padding=checked(self.windows).padding)

    def settle(self, sizes: Sizes, where: str = "") -> None:
        """Bring the arrays into shape."""
        known = {"outputs": sizes["outputs"]} if "outputs" in sizes else {}
        axes = ("outputs", "features" if self.groups == 1 else "features / groups", "size")
        settle(self, W_y=fitted(f"{where}W_y", self.W_y, known, axes))
        settle(self, bias=fitted(f"{where}bias", self.bias, known, ("outputs",)))
        if (outputs := len(self.W_y)) % self.groups:
            message = f"{where}W_y gives {outputs} outputs, which {self.groups} groups cannot share"
            raise ShapeError(message, about=(f"{where}W_y", "groups"))
        if "units" in sizes and sizes["units"][0] != self.takes:
            size, teller = sizes["units"]
            message = f"{self.name} takes {self.takes} features, not {size}, as {teller} says"
            raise ShapeError(message, about=(f"{where}W_y", teller))
        halved(self.activation, outputs, f"{where}W_y gives", f"{where}W_y")

    @property
    def windows(self) -> Windows:
        """Which timesteps it reads."""
        return Windows(self.W_y.shape[2], self.strides, self.dilation, self.padding)

    @property
    def takes(self) -> int:
        """The features of all groups."""
        return int(self.W_y.shape[1]) * self.groups

    def gives(self, width: int | None) -> int | None:
        """The outputs of W_y, as many of them as the activation leaves."""
        assert isinstance(self.activation, Activation)
        return self.activation.gives(len(self.W_y))

    @property
    def operands(self) -> dict[str, Array]:
        """W_y and b_y."""
        return {"W_y": self.W_y, "b_y": self.bias}

    def shape(self, read: Sequence[Shape]) -> Shape:
        """As many timesteps as there are windows."""
        return windowed(self.windows, self.name, super().shape([series(self.name, read)]))

    def makes(self, read: Sequence[Shape]) -> int:
        """What stands around a short input, too."""
        return max(super().makes(read), around(self.windows, read[0]))

    def compute(
        self, read: Sequence[Array], operands: Mapping[str, Array], real: Sequence[Array | None]
    ) -> dict[str, Array]:
        """All timesteps at once: a product for each place of the window."""
        (h,) = read
        steps = self.windows.steps(self.name, len(h))
        places = self.windows.over(h)
        reads = (np.moveaxis(part, 1, 0).reshape(h.shape[1], -1) for part in places)
        weights = [self._of_groups(part) for part in np.moveaxis(operands["W_y"], 2, 0)]
        y = CONVOLVE(reads, W_y=weights, b_y=operands["b_y"], activation=self.activation)
        return {"y": np.moveaxis(y.reshape(-1, steps, h.shape[2]), 1, 0)}

    def _of_groups(self, part: Array) -> Any:
        part = np.ascontiguousarray(part)
        return part if self.groups == 1 else Grouped(part.reshape(self.groups, -1, part.shape[1]))

    def mask(
        self, real: Sequence[Array | None], read: Sequence[Array], operands: Mapping[str, Array]
    ) -> Array | None:
        """Keras' convolutions hand no mask on."""
        return None

    def __str__(self) -> str:
        return f"conv1d: {self.gives(None)}"


class Grouped:
    """A matrix that is nothing outside of its groups: (groups, outputs, features)."""

    def __init__(self, parts: Array) -> None:
        self.parts = parts

    def __matmul__(self, x: Array) -> Array:
        groups, _, features = self.parts.shape
        product = self.parts @ x.reshape(groups, features, -1)
        return product.reshape(-1, x.shape[-1])
