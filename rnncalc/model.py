"""Model, Layer and Output: what a network is, as plain data that is checked once, when it is made.

Nobody checks a model after this file; what fits what stands in ``shapes.py``.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from rnncalc.activations import Activation, Array, activation
from rnncalc.cells import CELLS
from rnncalc.errors import RnncalcError, RnncalcWarning, ShapeError, printable, suggestion
from rnncalc.shapes import SHAPES, Sizes, fitted, initial, real

MODES = ("many-to-many", "many-to-one", "one-to-many")
FEEDBACKS = ("y", "x", "zeros")
LONGEST_NAME = 200
DTYPES = ("float64", "float32", "float16")


@dataclass(frozen=True, eq=False)
class Layer:
    """One recurrent layer: its cell, its weights, its initial state.

    Args:
        weights: ``W_x`` (units, features), ``W_h`` (units, units), and optionally ``bias`` and
            ``bias_h`` (units). Numbers and lists stand for arrays of size 1 where only that fits;
            0 stands for a bias of zeros.
        cell: ``rnn``.
        activation: a name (``"leaky_relu:alpha=0.3"``) or an Activation.
        h0: the initial state, (units) or (batch, units), or 0.
        name: what results call it.

    Errors: ShapeError where the arrays do not fit each other; RnncalcError for a weight that is
    missing or unknown.
    """

    weights: Mapping[str, Any]
    cell: str = "rnn"
    activation: Activation | str = "tanh"
    h0: npt.ArrayLike = 0.0
    name: str = "layer0"

    def __post_init__(self) -> None:
        _check_name(self.name)
        cell = CELLS[_one_of("cell", self.cell, CELLS)]
        sizes: Sizes = {}
        known = [name for name in SHAPES if name in cell.required + cell.optional]
        _refuse_others(self.weights, known, cell.name)
        weights = {}
        for name in sorted(known, key=lambda name: name != "W_h"):  # W_h is square: it tells units
            if name in self.weights:
                weights[name] = fitted(name, self.weights[name], sizes)
            elif name in cell.required:
                raise RnncalcError(f"{name} is missing: ({', '.join(SHAPES[name])})")
        _settle(self, weights=weights, activation=activation(self.activation))
        _settle(self, h0=initial(self.h0, sizes))

    @property
    def units(self) -> int:
        """How many hidden units it has."""
        return int(self.weights["W_x"].shape[0])

    @property
    def features(self) -> int:
        """How many numbers it takes a timestep."""
        return int(self.weights["W_x"].shape[1])

    def __repr__(self) -> str:
        return f"<Layer {self.name}: {self.cell}, {self.features} -> {self.units}>"


@dataclass(frozen=True, eq=False)
class Output:
    """The output layer y_t = activation(W_y h_t + b_y).

    Args:
        W_y: (outputs, units).
        bias: b_y, (outputs), or 0.
        activation: a name or an Activation; ``softmax`` is taken over the outputs.
    """

    W_y: Any
    bias: Any = 0.0
    activation: Activation | str = "linear"

    def __post_init__(self) -> None:
        if np.ndim(self.W_y) == 2:  # else Model knows the units that tell what is meant
            self.settle({})

    def settle(self, sizes: Sizes) -> None:
        """Bring the arrays into shape; ``sizes`` is what is known of units."""
        _settle(self, W_y=fitted("output.W_y", self.W_y, sizes))
        _settle(self, bias=fitted("output.bias", self.bias, sizes))
        _settle(self, activation=activation(self.activation))

    @property
    def outputs(self) -> int:
        """How many numbers y_t has."""
        return int(self.W_y.shape[0])


@dataclass(frozen=True, eq=False)
class Model:
    """A network: recurrent layers, an optional output layer, and how it is used.

    Args:
        layers: the recurrent layers, the first one next to the input.
        output: the output layer, or None.
        mode: ``many-to-many``, ``many-to-one`` (y of the last timestep only) or ``one-to-many``.
        timesteps: how many timesteps a one-to-many network runs.
        feedback: its input from t = 2 on: ``y`` (y_{t-1}), ``x`` (the same again) or ``zeros``.
        dtype: the arithmetic that ``run`` uses unless told otherwise.
        x: an input that came with the model, for ``run`` to use where it is given none.

    Errors: ShapeError, RnncalcError: what does not fit, by its name.
    """

    layers: tuple[Layer, ...]
    output: Output | None = None
    mode: str = "many-to-many"
    timesteps: int | None = None
    feedback: str | None = None
    dtype: str = "float64"
    x: Array | None = field(default=None)

    def __post_init__(self) -> None:
        _one_of("mode", self.mode, MODES)
        if self.feedback is not None and self.mode != "one-to-many":
            raise RnncalcError("feedback is for mode one-to-many", about=("feedback", "mode"))
        _settle(self, feedback=_one_of("feedback", self.feedback or "y", FEEDBACKS))
        _one_of("dtype", self.dtype, DTYPES)
        _settle(self, layers=tuple(self.layers))
        if len(self.layers) != 1:
            raise RnncalcError(f"a network has one recurrent layer here, not {len(self.layers)}")
        if self.output:
            self.output.settle({"units": (self.layers[-1].units, "W_h")})
        self._check_mode()

    def _check_mode(self) -> None:
        if self.mode != "one-to-many":
            if self.timesteps is not None:
                raise RnncalcError(
                    "timesteps is for mode one-to-many; else x tells how many",
                    about=("timesteps", "mode"),
                )
            return
        if self.timesteps is None or self.timesteps < 1:
            raise RnncalcError(
                "mode one-to-many needs timesteps: how many to run, 1 or more",
                about=("timesteps", "mode"),
            )
        if self.feedback != "y":
            return
        if not self.output:
            raise RnncalcError(
                "feedback y needs an output layer: give output.W_y, or use feedback x or zeros",
                about=("feedback", "mode"),
            )
        if self.output.outputs != self.features:
            counts = f"{self.output.outputs} outputs cannot be the next {self.features} features"
            raise ShapeError(f"feedback y: {counts}", about=("output.W_y", "W_x"))

    @property
    def features(self) -> int:
        """How many numbers the first layer takes a timestep."""
        return self.layers[0].features

    def __repr__(self) -> str:
        parts = [repr(layer)[1:-1] for layer in self.layers]
        if self.output:
            parts.append(f"output: {self.output.outputs}")
        return f"<Model {'; '.join(parts)}; {self.mode}, {self.dtype}>"


def checked_input(model: Model, given: npt.ArrayLike | None) -> tuple[Array, bool]:
    """The input as (batch, timesteps, features), and whether it came as a batch.

    Accepts one number, (timesteps), (timesteps, features) and (batch, timesteps, features).
    Errors: ShapeError that shows both readings where x does not fit W_x.
    """
    if given is None:
        raise RnncalcError("x is missing, the input: give -x on the command line or x: in a file")
    x, features = real("x", given), model.features
    if x.ndim < 2 and model.mode == "one-to-many" and x.size == features:
        x = x.reshape(1, features)
    elif x.ndim < 2 and features == 1:
        x = x.reshape(-1, 1)
    if x.ndim < 2 or x.shape[-1] != features:
        raise _misfit_input(x, features)
    if model.mode == "one-to-many" and x.shape[-2] != 1:
        raise ShapeError(f"x has {x.shape[-2]} timesteps, but mode one-to-many takes one")
    return x.reshape(-1, *x.shape[-2:]), x.ndim == 3


def initial_state(layer: Layer, batch: int) -> Array:
    """h_0 of every sequence, one column each: (units, batch)."""
    h0 = np.asarray(layer.h0)
    if h0.ndim == 2 and h0.shape[0] not in (1, batch):
        message = f"h0 has {h0.shape[0]} rows, one per sequence, but x has {batch}"
        raise ShapeError(message, about=("h0", "x"))
    return np.broadcast_to(h0, (batch, layer.units)).T


def quantities(layer: Layer) -> list[str]:
    """What the layer's cell computes, in its order; a second bias only where there is one."""
    names = CELLS[layer.cell].quantities
    return [name for name in names if name != "bias_h" or name in layer.weights]


def cast(name: str, array: Array, dtype: str) -> Array:
    """The array in another dtype.

    Errors: RnncalcError where a number is too large for it. Warns: where one becomes 0.
    """
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore", under="ignore"):
        result = array.astype(dtype)
    if not np.array_equal(np.isinf(result), np.isinf(array)):
        raise RnncalcError(f"{name} has numbers that are too large for {dtype}", about=(name,))
    if lost := np.count_nonzero(array) - np.count_nonzero(result):
        message = f"{lost} of the numbers of {name} are too small for {dtype}: they became 0"
        warnings.warn(message, RnncalcWarning, stacklevel=2)
    return result


def _settle(instance: object, **values: Any) -> None:
    for name, value in values.items():
        object.__setattr__(instance, name, value)


def _check_name(name: str) -> None:
    """Names stand in files, in archives and on terminals."""
    if not name or not name.isprintable() or len(name) > LONGEST_NAME or set(name) & set("/\\"):
        rule = f"expected 1 to {LONGEST_NAME} printable characters, no / or \\"
        raise RnncalcError(f"name '{printable(name)}': {rule}", about=("name",))


def _one_of(what: str, given: Any, known: Any) -> str:
    if given not in known:
        text = printable(str(given))
        hint = suggestion(text, known)
        raise RnncalcError(f"{what} '{text}' is not known. {hint}", about=(what,))
    return str(given)


def _refuse_others(weights: Mapping[str, Any], known: list[str], cell: str) -> None:
    for name in weights:
        if name not in known:
            hint = suggestion(str(name), known)
            raise RnncalcError(f"a cell {cell} has no '{printable(str(name))}'. {hint}")


def _misfit_input(x: Array, features: int) -> ShapeError:
    takes = f"W_x takes {_count(features, 'feature')}"
    if x.ndim < 2:
        both = f"{x.size} timesteps of 1 feature, or 1 timestep of {x.size} features"
        given = "is one number" if x.size == 1 else f"is a list: {both}"
        message = f"x {given}, but {takes}. Write rows: '1,2; 3,4' or [[1, 2], [3, 4]]"
        return ShapeError(message, about=("x", "W_x"))
    has = f"{_count(x.shape[-2], 'timestep')} of {_count(x.shape[-1], 'feature')}"
    message = f"x has {has}, but {takes}"
    if features == 1:
        message += ": for a list of timesteps write 1,2,3 or one number a line"
    elif x.shape[-2] == features:
        message += ": transposed? One row is one timestep"
    return ShapeError(message, about=("x", "W_x"))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
