"""Layers without a state: dense, normalization, activations, PReLU, rescaling, pooling, flattening.

They stand behind the recurrent layers (``output``) and in front of one (``before``), in a row. They
are plain data, checked when they are made, and brought into shape where the layers around them are
known. What they compute are the equations of ``equations/stateless.py``, run by ``step``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from rnncalc.array import Array
from rnncalc.data import NamedTuple, dataclass
from rnncalc.equations import stateless as equations
from rnncalc.equations.activations import Activation, activation
from rnncalc.equations.gates import IDENTITY, NOTHING
from rnncalc.equations.stateless import LEAKY, MEAN, POOLED, SQRT, VARIANCE
from rnncalc.errors import RnncalcError, ShapeError
from rnncalc.model.checks import check_name, one_of, settle
from rnncalc.model.shapes import SHAPES, Sizes, fitted, frozen, real
from rnncalc.model.windows import Padding, Windows, checked

NORMALIZATIONS = ("layer", "batch")
POOLINGS = ("average", "max", "last")

DENSE: Callable[..., Any] = equations.dense
NORMALIZE: Callable[..., Any] = equations.normalize
PRELU: Callable[..., Any] = equations.prelu
RESCALE: Callable[..., Any] = equations.rescale
"""The equations, which are typed by what they are given."""

Wrap = Callable[[Any], Any]
"""What makes a function of units fit for the arrays at hand, or for symbols."""


class Shape(NamedTuple):
    """What a layer or an input gives.

    Attributes:
        width: how many numbers a timestep, or the one row, has; None where only a run tells.
        series: whether there are timesteps; else it is one row.
        timesteps: how many there are; None where only a run tells.
    """

    width: int | None
    series: bool = True
    timesteps: int | None = None


def shape_of(h: Array) -> Shape:
    """The shape of what stands in an array, as ``Stateless.compute`` reads it."""
    return Shape(h.shape[-2], h.ndim == 3, len(h) if h.ndim == 3 else None)


def units_first(function: Any) -> Any:
    """A function of units for arrays that have them on the last axis but one."""
    return lambda a: np.moveaxis(function(np.moveaxis(a, -2, 0)), 0, -2)


class Stateless:
    """What every layer without a state has; of most of it, nothing."""

    name: str

    masks: ClassVar[bool] = False
    """Whether what it reads tells which timesteps are real."""

    def settle(self, sizes: Sizes, where: str = "") -> None:
        """Bring the arrays into shape.

        Args:
            sizes: what is known of ``units`` (what it takes) and ``outputs`` (what it gives).
            where: what errors write in front of an array's name: ``output[1].``.
        """

    @property
    def takes(self) -> int | None:
        """How many numbers it takes, where its arrays tell."""
        return None

    def gives(self, width: int | None) -> int | None:
        """How many numbers it gives, of so many; None where that is not known."""
        return width

    def needs(self, width: int) -> int:
        """How many numbers it takes to give so many."""
        return self.takes or width

    @property
    def operands(self) -> dict[str, Array]:
        """The arrays of its equation, by their names there."""
        return {}

    @property
    def word(self) -> str:
        """What results call its kind."""
        return type(self).__name__.lower()

    @property
    def stepwise(self) -> bool:
        """Whether a timestep of what it gives is of that timestep alone."""
        return type(self).compute is Stateless.compute

    @property
    def quantities(self) -> tuple[str, ...]:
        """The names of what it computes; the last one is what it gives."""
        return ("y",)

    def step(self, h: Any, operands: Mapping[str, Any], wrap: Wrap) -> Any:
        """What it computes of h: of arrays as of symbols."""
        raise NotImplementedError

    def leaves_out(self, *, held: bool) -> bool:
        """Whether it leaves out timesteps that are not real, where ``compute`` is told of them.

        Args:
            held: whether they are masked, as in Keras, and not beyond the end of a sequence.
        """
        return True

    def shape(self, read: Sequence[Shape]) -> Shape:
        """What it gives, of what it reads: here the same timesteps, each on its own.

        Errors: ShapeError for what does not fit.
        """
        one = only(self.name, read)
        if None not in (self.takes, one.width) and self.takes != one.width:
            raise ShapeError(f"{self.name} takes {self.takes} numbers, not {one.width}")
        return one._replace(width=self.gives(self.takes or one.width))

    def makes(self, read: Sequence[Shape]) -> int:
        """How many numbers a sequence, where these are more than it reads; else 0."""
        made = numbers(self.shape(read)) or 0
        return made if made > max(numbers(of) or 0 for of in read) else 0

    def compute(
        self, read: Sequence[Array], operands: Mapping[str, Array], real: Sequence[Array | None]
    ) -> dict[str, Array]:
        """What it computes, by name; the last one is what it gives.

        Args:
            read: arrays of (timesteps, width, batch), or (width, batch) where it is one row.
            operands: those of ``operands``, in the arithmetic; vectors are columns, (size, 1).
            real: which timesteps of each array are real, (timesteps, batch); None for all, and
                for one row.
        """
        return {"y": self.step(read[0], operands, units_first)}

    def mask(
        self, real: Sequence[Array | None], read: Sequence[Array], operands: Mapping[str, Array]
    ) -> Array | None:
        """Which timesteps of what it gives are real, as Keras 3 hands masks on; None for all.

        Args:
            real, read, operands: as ``compute`` has them.
        """
        return real[0]


def series(name: str, read: Sequence[Shape]) -> Shape:
    """The one thing that a layer reads. Errors: ShapeError where it has no timesteps."""
    one = only(name, read)
    if not one.series:
        raise ShapeError(f"{name} reads timesteps: what stands in front gives one row")
    return one


def numbers(one: Shape) -> int | None:
    """How many numbers a sequence has there in all, where that is known."""
    if one.width is None or not one.series:
        return one.width
    return None if one.timesteps is None else one.width * one.timesteps


def only(name: str, read: Sequence[Shape]) -> Shape:
    """The one thing that a layer reads. Errors: ShapeError where there are more."""
    if len(read) != 1:
        raise ShapeError(f"{name} reads one layer, not {len(read)}")
    return read[0]


@dataclass(frozen=True, eq=False)
class Output(Stateless):
    """A dense layer, mostly the output layer y_t = activation(W_y h_t + b_y).

    Args:
        W_y: (outputs, units).
        bias: b_y, (outputs), or 0.
        activation: a name or an Activation; ``softmax`` is taken over the outputs.
    """

    W_y: Any
    bias: Any = 0.0
    activation: Activation | str = "linear"
    name: str = "output"

    def __post_init__(self) -> None:
        check_name(self.name)
        settle(self, activation=activation(self.activation), W_y=real("W_y", self.W_y))
        if self.W_y.ndim == 2:  # else the layers around it tell what is meant
            self.settle({})

    def settle(self, sizes: Sizes, where: str = "") -> None:
        """Bring the arrays into shape."""
        sizes = dict(sizes)
        for name in ("W_y", "bias"):
            axes = SHAPES[f"output.{name}"]
            settle(self, **{name: fitted(f"{where}{name}", getattr(self, name), sizes, axes)})
        halved(self.activation, self.outputs, f"{where}W_y gives", f"{where}W_y")

    @property
    def word(self) -> str:
        """As most call a layer of this equation."""
        return "dense"

    @property
    def outputs(self) -> int:
        """How many numbers W_y gives."""
        return int(self.W_y.shape[0])

    @property
    def takes(self) -> int | None:
        """The units of W_y; None where what stands in front is to tell."""
        return int(self.W_y.shape[1]) if self.W_y.ndim == 2 else None

    def gives(self, width: int | None) -> int | None:
        """The outputs of W_y, as many of them as the activation leaves."""
        assert isinstance(self.activation, Activation)
        return self.activation.gives(self.outputs)

    @property
    def operands(self) -> dict[str, Array]:
        """W_y and b_y."""
        return {"W_y": self.W_y, "b_y": self.bias}

    def step(self, h: Any, operands: Mapping[str, Any], wrap: Wrap) -> Any:
        """activation(W_y h + b_y)."""
        return DENSE(h, **operands, activation=wrap(self.activation))

    def __str__(self) -> str:
        return f"output: {self.gives(None)}"


@dataclass(frozen=True, eq=False)
class Normalization(Stateless):
    """gamma * (h_t - mean) / sqrt(variance + epsilon) + beta.

    Args:
        kind: ``layer``: mean and (biased) variance are those of the numbers of each step;
            ``batch``: they are stored.
        epsilon: more than 0; frameworks have different ones.
        gamma, beta: (units); None for 1 and 0.
        mean, variance: (units), of ``batch`` alone.
    """

    kind: str
    epsilon: float
    gamma: Any = None
    beta: Any = None
    mean: Any = None
    variance: Any = None
    name: str = "normalization"

    ARRAYS: ClassVar = ("gamma", "beta", "mean", "variance")

    def __post_init__(self) -> None:
        check_name(self.name)
        one_of("normalization", self.kind, NORMALIZATIONS)
        if not 0 < self.epsilon < math.inf:
            message = f"epsilon is {self.epsilon:g}, expected more than 0"
            raise RnncalcError(message, about=("epsilon",))
        for name in ("mean", "variance"):
            given = getattr(self, name) is not None
            if self.kind == "batch" and not given:
                message = f"normalization batch needs {name} (units), as it is stored"
                raise RnncalcError(message, about=("normalization",))
            if self.kind == "layer" and given:
                raise RnncalcError(f"normalization layer has no {name}", about=(name,))
        arrays = {name: getattr(self, name) for name in self.ARRAYS}
        settle(self, **{name: real(name, a) for name, a in arrays.items() if a is not None})
        if any(array.ndim for array in self._given.values()):
            self.settle({})
        if self.variance is not None and np.any(self.variance < 0):
            raise RnncalcError("variance has numbers below 0", about=("variance",))

    @property
    def _given(self) -> dict[str, Any]:
        """Its arrays, those first that tell a size: one number may stand for several zeros."""
        arrays = {name: getattr(self, name) for name in self.ARRAYS}
        given = {name: array for name, array in arrays.items() if array is not None}
        return dict(sorted(given.items(), key=lambda item: item[1].ndim == 0))

    def settle(self, sizes: Sizes, where: str = "") -> None:
        """Bring the arrays into shape: it gives as many numbers as it takes."""
        size = sizes.get("units") or sizes.get("outputs")
        known: Sizes = {"units": size} if size else {}
        for name, array in self._given.items():
            axes = SHAPES[f"output.{name}"]
            settle(self, **{name: fitted(f"{where}{name}", array, known, axes)})

    @property
    def takes(self) -> int | None:
        """As many as its arrays have."""
        return next((len(array) for array in self._given.values() if array.ndim), None)

    @property
    def operands(self) -> dict[str, Array]:
        """Those that there are, and epsilon."""
        return self._given | {"epsilon": np.array([float(self.epsilon)])}

    def step(self, h: Any, operands: Mapping[str, Any], wrap: Wrap) -> Any:
        """gamma * (h - mean) / sqrt(variance + epsilon) + beta."""
        of = {"gamma": IDENTITY, "beta": NOTHING, **operands, "sqrt": wrap(SQRT)}
        if self.kind == "layer":
            of |= {"mean": wrap(MEAN)(h), "variance": wrap(VARIANCE)(h)}
        return NORMALIZE(h, **of)

    def __str__(self) -> str:
        return f"{self.kind} normalization"


@dataclass(frozen=True, eq=False)
class Function(Stateless):
    """An activation alone; ``softmax`` is taken over the numbers of each step."""

    activation: Activation | str
    name: str = "activation"

    def __post_init__(self) -> None:
        check_name(self.name)
        settle(self, activation=activation(self.activation))

    @property
    def word(self) -> str:
        """An activation alone."""
        return "activation"

    def settle(self, sizes: Sizes, where: str = "") -> None:
        """It has no arrays; what it takes can be halved, where that must be."""
        if "units" in sizes:
            size, teller = sizes["units"]
            halved(self.activation, size, f"{teller} gives", f"{where}activation")

    def gives(self, width: int | None) -> int | None:
        """As many as it takes, but for what halves them."""
        assert isinstance(self.activation, Activation)
        return None if width is None else self.activation.gives(width)

    def needs(self, width: int) -> int:
        """As many as it gives, but for what halves them."""
        assert isinstance(self.activation, Activation)
        return width * 2 if self.activation.halves else width

    def step(self, h: Any, operands: Mapping[str, Any], wrap: Wrap) -> Any:
        """activation(h)."""
        return wrap(self.activation)(h)

    def __str__(self) -> str:
        return str(self.activation)


@dataclass(frozen=True, eq=False)
class Prelu(Stateless):
    """A leaky relu with a slope below 0 for each unit.

    Args:
        alpha: the slopes, (units); one number is that of all units.
    """

    alpha: Any
    name: str = "prelu"

    def __post_init__(self) -> None:
        check_name(self.name)
        array = np.asarray(self.alpha)
        if array.ndim > 1 and array.shape[-1] == array.size:  # as frameworks keep it
            settle(self, alpha=array.reshape(-1))
        if np.size(self.alpha) > 1:
            self.settle({})

    def settle(self, sizes: Sizes, where: str = "") -> None:
        """Bring the slopes into shape."""
        size, teller = sizes.get("units") or sizes.get("outputs") or (0, "")
        if size and np.size(self.alpha) == 1:
            settle(self, alpha=np.full(size, np.asarray(self.alpha).reshape(())))
        known: Sizes = {"units": (size, teller)} if size else {}
        settle(self, alpha=fitted(f"{where}prelu", self.alpha, known, SHAPES["output.alpha"]))

    @property
    def takes(self) -> int | None:
        """As many as it has slopes."""
        return int(np.size(self.alpha)) if np.size(self.alpha) > 1 else None

    @property
    def operands(self) -> dict[str, Array]:
        """The slopes."""
        return {"alpha": self.alpha}

    def step(self, h: Any, operands: Mapping[str, Any], wrap: Wrap) -> Any:
        """h where it is above 0, else alpha h: number by number, so nothing is to be wrapped."""
        return PRELU(h, **operands, leaky_relu=LEAKY)

    def __str__(self) -> str:
        return "prelu"


@dataclass(frozen=True, eq=False)
class Pooling(Stateless):
    """One row of all timesteps, or one timestep of each window.

    Of each unit the ``average``, the ``max``, or what is ``last``. Padded steps do not count.

    Args:
        kind: ``average``, ``max`` or ``last``.
        size: how many timesteps a window has; None: all are one window, and give one row.
        strides: from one window to the next; None: as many as a window has.
        padding: of windows, as of ``Windows``; what stands around the input counts for nothing.
    """

    kind: str
    name: str = "pooling"
    size: int | None = None
    strides: int | None = None
    padding: Padding = "valid"

    def __post_init__(self) -> None:
        check_name(self.name)
        one_of("pooling", self.kind, POOLINGS)
        if self.windows:
            settle(self, padding=checked(self.windows).padding)
        elif self.strides or self.padding != "valid":
            about = "strides" if self.strides else "padding"
            raise RnncalcError(f"{about} is of windows: give their size, too", about=(about,))

    @property
    def windows(self) -> Windows | None:
        """What it pools; None: all timesteps."""
        if self.size is None:
            return None
        strides = self.size if self.strides is None else self.strides
        return Windows(self.size, strides, padding=self.padding)

    def leaves_out(self, *, held: bool) -> bool:
        """Keras' GlobalMaxPooling1D and ``[:, -1]`` know no mask, and windows neither."""
        return not self.windows and (self.kind == "average" or not held)

    def shape(self, read: Sequence[Shape]) -> Shape:
        """One row, or as many timesteps as there are windows."""
        one = series(self.name, read)
        return windowed(self.windows, self.name, one) if self.windows else Shape(one.width, False)

    def makes(self, read: Sequence[Shape]) -> int:
        """What stands around a short input, too."""
        return around(self.windows, read[0]) if self.windows else 0

    def compute(
        self, read: Sequence[Array], operands: Mapping[str, Array], real: Sequence[Array | None]
    ) -> dict[str, Array]:
        """Pooled over all timesteps, or over each window."""
        (h,), (counted,) = read, real
        if self.windows:
            self.windows.steps(self.name, len(h))
            counted = self.windows.inside(len(h))[..., None]
            h = self.windows.over(h)
        elif counted is None:
            counted = np.ones((len(h), h.shape[-1]), bool)
        if self.kind == "last":
            last = len(h) - 1 - counted[::-1].argmax(axis=0)
            index = np.broadcast_to(last[None, ..., None, :], (1, *h.shape[1:]))
            return {"y": np.take_along_axis(h, index, axis=0)[0]}
        return {"y": POOLED[self.kind](h, counted[..., None, :])}

    def mask(
        self, real: Sequence[Array | None], read: Sequence[Array], operands: Mapping[str, Array]
    ) -> Array | None:
        """Keras' pooling hands no mask on."""
        return None

    def __str__(self) -> str:
        return f"{self.kind} pooling"


@dataclass(frozen=True, eq=False)
class Flatten(Stateless):
    """One row of all timesteps: their numbers one after another, timestep by timestep."""

    name: str = "flatten"

    def __post_init__(self) -> None:
        check_name(self.name)

    def gives(self, width: int | None) -> int | None:
        """As many as the timesteps tell."""
        return None

    def leaves_out(self, *, held: bool) -> bool:
        """Keras' Flatten knows no mask, and every timestep has its place."""
        return False

    def shape(self, read: Sequence[Shape]) -> Shape:
        """One row; how wide the timesteps tell."""
        return Shape(numbers(only(self.name, read)), series=False)

    def compute(
        self, read: Sequence[Array], operands: Mapping[str, Array], real: Sequence[Array | None]
    ) -> dict[str, Array]:
        """Its numbers one after another."""
        return {"y": read[0].reshape(-1, read[0].shape[-1])}

    def mask(
        self, real: Sequence[Array | None], read: Sequence[Array], operands: Mapping[str, Array]
    ) -> Array | None:
        """One row has no mask."""
        return None

    def __str__(self) -> str:
        return "flatten"


@dataclass(frozen=True, eq=False)
class Rescaling(Stateless):
    """scale * h_t + offset.

    Args:
        scale, offset: one number for all, or (units).
    """

    scale: Any
    offset: Any = 0.0
    name: str = "rescaling"

    def __post_init__(self) -> None:
        check_name(self.name)
        known: Sizes = {}
        for name in ("scale", "offset"):
            array = np.atleast_1d(real(name, getattr(self, name)))
            if array.size > 1:
                array = fitted(name, array, known, ("units",))
            settle(self, **{name: frozen(array.reshape(-1))})

    @property
    def takes(self) -> int | None:
        """As many as its arrays have, where they are not one number for all."""
        size = max(self.scale.size, self.offset.size)
        return size if size > 1 else None

    @property
    def operands(self) -> dict[str, Array]:
        """scale and offset."""
        return {"scale": self.scale, "offset": self.offset}

    def step(self, h: Any, operands: Mapping[str, Any], wrap: Wrap) -> Any:
        """scale * h + offset."""
        return RESCALE(h, **operands)

    def __str__(self) -> str:
        return "rescaling"


def windowed(windows: Windows, name: str, one: Shape) -> Shape:
    """A timestep for each window."""
    known = one.timesteps
    return one._replace(timesteps=None if known is None else windows.steps(name, known))


def around(windows: Windows, one: Shape) -> int:
    """How many numbers of nothing stand around it, where these are more than it has."""
    pads = sum(windows.pads(one.timesteps or 0))
    return pads * (one.width or 1) if pads > (one.timesteps or 0) else 0


def halved(function: Any, width: int, what: str, where: str) -> None:
    """Errors: ShapeError for an odd number of numbers that should be halved."""
    if function.halves and width % 2:
        message = f"{what} {width}: {function} takes two halves, an even number"
        raise ShapeError(message, about=(where,))


Row = Pooling | Flatten
"""What makes one row of all timesteps."""


def makes_row(one: Stateless) -> bool:
    """Whether it makes one row of all timesteps."""
    return isinstance(one, Flatten) or (isinstance(one, Pooling) and not one.windows)
