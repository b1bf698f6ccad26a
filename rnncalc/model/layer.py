"""Layer: one recurrent layer as plain data that is checked once, when it is made.

Its arrays are brought into shape by ``shapes.py``; what a cell may be given stands with the cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import CELLS, Cell
from rnncalc.equations.activations import Activation, activation
from rnncalc.equations.gates import Clip, unclipped
from rnncalc.equations.gru import UPDATES
from rnncalc.errors import RnncalcError, ShapeError, printable, suggestion
from rnncalc.model.chain import check_row, settle_backward
from rnncalc.model.checks import DIRECTIONS as DIRECTIONS
from rnncalc.model.checks import check_name, one_of, settle, truth
from rnncalc.model.shapes import Sizes, axes_of, fitted, initial
from rnncalc.model.stateless import Stateless, makes_row

if TYPE_CHECKING:
    import numpy.typing as npt

MERGES = ("concat", "sum", "mul", "ave", "none")
ORDERS = ("input", "processing")


@dataclass(frozen=True, eq=False)
class Layer:
    """One recurrent layer: its cell, its weights, its initial state; perhaps a second direction.

    Args:
        weights: by name, ``W_x`` (units, features), ``W_h`` (units, units), ``bias``, ``bias_h``
            (units); of gated cells per gate, ``W_x.z``. LSTM: peepholes ``P.i`` (units), projection
            ``W_r`` (projected, units). Numbers and lists stand for arrays of size 1 where only that
            fits; 0 stands for a bias of zeros.
        cell: ``rnn``, ``gru`` or ``lstm``.
        activation, recurrent_activation, state_activation: names (``"leaky_relu:alpha=0.3"``) or
            Activations; of the candidate, the gates, and the LSTM's c_t.
        reset_after: GRU: whether the reset gate comes after the recurrent product; default True.
        update: GRU: ``standard``, h = z h_prev + (1 - z) n, or ``inverted``, (1 - z) h_prev + z n.
        input_forget: LSTM: whether f = 1 - i; default False.
        clip: the bound of every pre-activation, as ONNX has it; None for none.
        cell_clip: LSTM: the bound of c, as TensorFlow 1 and TensorFlow Lite have it.
        h0, c0: initial states, (units) or (batch, units), or 0.
        name: what results call it.
        direction: ``forward``, or ``backward``: the layer reads the sequence from its end.
        order: of a backward layer's outputs: ``input`` time, or ``processing`` (Keras).
        backward: a second Layer that reads from the end; the outputs of the two are merged.
        merge: how: ``concat``, ``sum``, ``mul``, ``ave``, or ``none`` (two outputs).
        zero_output_for_mask: whether outputs of masked steps are 0 (Keras), not the last output.
        return_sequences: False: in many-to-one, y is taken of what each direction computed last.
        same_loop: whether it runs in the time loop of the layer before it, as the cells of Keras'
            RNN([...]) do: they read in one order, with one mask, and are merged behind the last.
        before: layers without a state that its input goes through first, one or several in a row.
        stacked: the order of the gates in the arrays that the weights were cut from (``rzn``);
            nothing where every gate had its own.

    Errors: ShapeError where the arrays do not fit each other; RnncalcError for what is missing,
    unknown, or not of this cell.
    """

    weights: Mapping[str, Any]
    cell: str = "rnn"
    activation: Activation | str | None = None
    recurrent_activation: Activation | str | None = None
    state_activation: Activation | str | None = None
    reset_after: bool | None = None
    update: str | None = None
    input_forget: bool | None = None
    clip: float | None = None
    cell_clip: float | None = None
    h0: npt.ArrayLike = 0.0
    c0: npt.ArrayLike | None = None
    name: str = "layer0"
    direction: str = "forward"
    order: str = "input"
    backward: Layer | None = None
    merge: str | None = None
    zero_output_for_mask: bool = False
    return_sequences: bool = True
    same_loop: bool = False
    before: Stateless | Sequence[Stateless] = ()
    stacked: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)
        one_of("cell", self.cell, CELLS)
        one_of("direction", self.direction, DIRECTIONS)
        one_of("order", self.order, ORDERS)
        self._settle_weights()
        self._settle_options()
        self._settle_directions()
        self._settle_before()

    def _settle_weights(self) -> None:
        kind, sizes = CELLS[self.cell], Sizes()
        known = kind.weights()
        _refuse_others(self.weights, known, kind)
        weights = {}
        for name in sorted(known, key=_order_of_fitting):
            if name in self.weights:
                weights[name] = fitted(name, self.weights[name], sizes)
            elif name.split(".")[0] in kind.required:
                axes = ", ".join(axes_of(name, sizes))
                raise RnncalcError(f"{name} is missing: ({axes})", about=(name.split(".")[0],))
        _refuse_partial(weights, kind)
        settle(self, weights={name: weights[name] for name in known if name in weights})
        settle(self, h0=initial("h0", self.h0, sizes))
        if "c" in kind.states:
            settle(self, c0=initial("c0", 0.0 if self.c0 is None else self.c0, sizes))
        elif self.c0 is not None:
            raise RnncalcError(f"a cell {self.cell} has no c0", about=("c0",))

    def _settle_options(self) -> None:
        kind = CELLS[self.cell]
        given: Any
        for name in ("activation", "recurrent_activation", "state_activation"):
            given = getattr(self, name)
            if name in kind.functions:
                default = kind.functions[name] or self.activation or "tanh"
                function = activation(default if given is None else given)
                if function.halves:
                    message = f"{name} {function} halves the width: only output and before may"
                    raise RnncalcError(message, about=(name,))
                settle(self, **{name: function})
            elif given is not None:
                raise RnncalcError(f"a cell {self.cell} has no {name}", about=(name,))
        for name in ("reset_after", "update", "input_forget"):
            given = getattr(self, name)
            if given is not None and name not in kind.options:
                raise RnncalcError(f"a cell {self.cell} has no {name}", about=(name,))
            settle(self, **{name: kind.options.get(name) if given is None else given})
        for name in ("reset_after", "input_forget", "zero_output_for_mask", "return_sequences"):
            truth(name, getattr(self, name))
        if "update" in kind.options:
            one_of("update", self.update, UPDATES)
        for name in ("clip", "cell_clip"):
            bound = getattr(self, name)
            if bound is not None and name not in kind.bounds:
                raise RnncalcError(f"a cell {self.cell} has no {name}", about=(name,))
            if bound == np.inf:
                settle(self, **{name: None})
            elif bound is not None and not bound > 0:
                raise RnncalcError(f"{name} is {bound:g}, expected more than 0", about=(name,))

    def _settle_directions(self) -> None:
        if self.order == "processing" and (self.direction == "forward" or self.backward):
            message = "order: processing is for a one-way backward layer"
            raise RnncalcError(message, about=("order",))
        if self.backward is None:
            if self.merge is not None:
                message = "merge is for a layer with forward and backward"
                raise RnncalcError(message, about=("merge",))
            return
        settle(self, merge=one_of("merge", self.merge or "concat", MERGES))
        if self.direction == "backward":
            raise RnncalcError("direction: backward and a backward: are one too many")
        for what in ("features", "state_size"):
            ours, theirs = getattr(self, what), getattr(self.backward, what)
            free = self.same_loop if what == "features" else self.merge in ("concat", "none")
            if ours != theirs and not free:
                message = f"forward has {ours} {what.replace('_', ' ')}, backward {theirs}"
                raise ShapeError(message, about=("backward",))

    def _settle_before(self) -> None:
        one = isinstance(self.before, Stateless)
        chain = (self.before,) if isinstance(self.before, Stateless) else tuple(self.before)
        places = ["before."] if one else [f"before[{i}]." for i in range(len(chain))]
        for row in filter(makes_row, chain):
            message = f"{row.name} makes one row of all timesteps: it may only stand in output"
            raise RnncalcError(message, about=("before",))
        check_row(chain, "before")
        if chain and self.same_loop:
            message = "before is for the first cell of a time loop: nothing stands between cells"
            raise RnncalcError(message, about=("before",))
        if self.backward and self.backward.before:
            raise RnncalcError("before is of a layer, not of one direction", about=("before",))
        settle_backward(chain, self.features, "W_x", places)
        settle(self, before=chain)

    @property
    def chain(self) -> tuple[Stateless, ...]:
        """What its input goes through first, as a tuple."""
        return tuple(self.before)  # type: ignore[arg-type]  # settled

    @property
    def gated(self) -> bool:
        """Whether its cell has gates."""
        return bool(CELLS[self.cell].gates)

    @property
    def units(self) -> int:
        """How many hidden units one direction has."""
        return int(next(iter(self.weights.values())).shape[0])

    @property
    def state_size(self) -> int:
        """How many numbers h of one direction has: the units, or what W_r projects them to."""
        return int(self.weights["W_r"].shape[0]) if "W_r" in self.weights else self.units

    @property
    def features(self) -> int:
        """How many numbers it takes a timestep."""
        return int(next(iter(self.weights.values())).shape[1])

    @property
    def takes(self) -> int:
        """How many numbers it takes from what is below: the first of ``before``, or its cell."""
        width = self.features
        for one in reversed(self.chain):
            width = one.needs(width)
        return width

    @property
    def entrance(self) -> str:
        """The array, or the layer of ``before``, that tells what it takes."""
        return next((one.name for one in self.chain if one.takes), "W_x")

    @property
    def width(self) -> int:
        """How many numbers it gives a timestep."""
        if self.backward and self.merge == "concat":
            return self.state_size + self.backward.state_size
        return self.state_size

    @property
    def settings(self) -> dict[str, Any]:
        """What the equations of its cell take besides arrays: functions, options, bounds."""
        kind = CELLS[self.cell]
        settings = {name: getattr(self, name) for name in (*kind.functions, *kind.options)}
        return settings | {
            name: Clip(bound) if (bound := getattr(self, name)) else unclipped
            for name in kind.bounds
        }

    @property
    def arrays(self) -> dict[str, Array]:
        """The weights; a bias that there is not is 0."""
        biases = CELLS[self.cell].names("bias")
        missing = [name for name in biases if name not in self.weights]
        return {**self.weights, **{name: np.zeros(self.units) for name in missing}}

    def turned(self, direction: str) -> bool:
        """Whether a direction goes from the last timestep of its arrays to the first."""
        return direction == "backward" and self.order == "input"

    @property
    def passes(self) -> dict[str, Layer]:
        """Its directions by name, forward before backward."""
        one_way = {self.direction: self}
        return one_way | {"backward": self.backward} if self.backward else one_way

    def __repr__(self) -> str:
        way = "bidirectional " if self.backward else "backward " * (self.direction == "backward")
        return f"<Layer {self.name}: {way}{self.cell}, {self.takes} -> {self.width}>"


def quantities(layer: Layer) -> list[str]:
    """What the layer's cell computes, in its order, per gate; biases and peepholes only where
    there are any."""
    kind = CELLS[layer.cell]
    per_gate = {"x_term", "h_term", "bias", "bias_h", "P_term", "a"}
    names = [
        full
        for name in kind.quantities
        for full in (kind.names(name) if name in per_gate else [name])
    ]
    given = {"bias", *layer.weights}
    optional = {n: n.replace("_term", "") for n in names if n.startswith(("bias", "P_term"))}
    return [name for name in names if optional.get(name, "bias") in given]


def _refuse_others(weights: Mapping[str, Any], known: list[str], kind: Cell) -> None:
    for name in map(str, weights):
        if name not in known:
            parts = [one for one in known if one.split(".")[0] == name.split(".")[0]]
            per_gate = f"It is given per gate: {', '.join(parts)}."
            hint = per_gate if len(parts) > 1 else suggestion(name, known)
            message = f"a cell {kind.name} has no '{printable(name)}'. {hint}"
            raise RnncalcError(message, about=(name,))


def _refuse_partial(weights: Mapping[str, Any], kind: Cell) -> None:
    """A bias or peephole of some gates, but not of all."""
    for weight in kind.optional:
        names = kind.names(weight)
        missing = [name for name in names if name not in weights]
        if 0 < len(missing) < len(names):
            message = f"{missing[0]} is missing: {weight} is given for other gates"
            raise RnncalcError(message, about=(weight,))


def _order_of_fitting(name: str) -> int:
    """Which arrays are brought into shape first: W_r and W_h tell the sizes."""
    return {"W_r": 0, "W_h": 1}.get(name.split(".")[0], 2)
