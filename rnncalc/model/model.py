"""Model: a network as plain data that is checked once, when it is made.

Nobody checks a model after this file; what fits what stands in ``shapes.py``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError, RnncalcWarning, ShapeError, printable, suggestion
from rnncalc.faces import Shown
from rnncalc.model import graph
from rnncalc.model.chain import check_row, cut, flattened, settle_forward, widths
from rnncalc.model.checks import LONGEST_NAME, Names, one_of, settle
from rnncalc.model.embedding import Embedding as Embedding
from rnncalc.model.generation import check_feedback, check_vocab, is_whole, settle_feedback
from rnncalc.model.graph import Node, Wire
from rnncalc.model.layer import Layer
from rnncalc.model.origin import Assumption, Entry
from rnncalc.model.shapes import described, real
from rnncalc.model.stateless import Output as Output
from rnncalc.model.stateless import Pooling, Shape, Stateless
from rnncalc.numbers import exact_arrays
from rnncalc.numbers.exact import digits_of

if TYPE_CHECKING:
    import numpy.typing as npt

MODES = ("many-to-many", "many-to-one", "one-to-many")
DTYPES = ("float64", "float32", "float16")


@dataclass(frozen=True, eq=False)
class Model(Shown):
    """A network: recurrent layers, output layers, and how it is used.

    Args:
        layers: the recurrent layers, the first one next to the input.
        output: the output layer, or several layers without a state in a row, or None.
        embedding: a table in front that turns ids into features, or None.
        masking: steps at which every feature of x equals it are masked (Keras); None for none.
        mode: ``many-to-many``, ``many-to-one`` (y of the last timestep only) or ``one-to-many``.
        timesteps: how many timesteps a one-to-many network runs.
        feedback: its input from t = 2 on: ``y`` (y_{t-1}), ``x`` (the same again), ``zeros``, or
            the row of an id: the largest of y (``argmax``), or one that is drawn (``sample``).
        seed, temperature: of feedback sample: what draws, and how evenly (default 0 and 1).
        vocab: the names of the ids that x holds, and of those that are chosen from y; id 0 first.
        dtype: the arithmetic that ``run`` uses unless told otherwise; ``mp:50`` has 50 digits.
        x, lengths, mask: an input that came with the model (several by name), and which of its
            steps are real, for ``run`` to use where it is given none.
        h0, c0: initial states of all layers, (layers * directions, [batch,] units), forward before
            backward; they replace those of the layers.
        assumptions: what was taken for what a file does not say.
        entry: how the graph that it was read from takes x; an x with that graph's own axes that
            can have no others is turned.
        stateless: the layers without a state of a graph; those of a row stand in ``output`` and in
            ``before`` of its layers.
        wiring: what each layer of a graph reads; empty for a row.
        inputs: the names of the inputs.
        rows: those of them that are one row, without timesteps.
        results: the names of what a graph gives, by default of what its last layer gives.

    Attributes:
        shapes: what each layer of a graph gives, by name.

    Errors: ShapeError, RnncalcError: what does not fit, by its name.
    """

    layers: tuple[Layer, ...]
    output: Stateless | Sequence[Stateless] | None = None
    embedding: Embedding | None = None
    masking: float | None = None
    mode: str = "many-to-many"
    timesteps: int | None = None
    feedback: str | None = None
    seed: int | None = None
    temperature: float | None = None
    vocab: Sequence[str] | None = None
    dtype: str = "float64"
    x: Any = None
    lengths: npt.ArrayLike | None = None
    mask: npt.ArrayLike | None = None
    h0: npt.ArrayLike | None = None
    c0: npt.ArrayLike | None = None
    assumptions: tuple[Assumption, ...] = ()
    entry: Entry | None = None
    stateless: tuple[Stateless, ...] = ()
    wiring: tuple[Wire, ...] = ()
    inputs: tuple[str, ...] = ("x",)
    rows: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    shapes: Mapping[str, Shape] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        one_of("mode", self.mode, MODES)
        settle_feedback(self)
        checked_dtype(self.dtype)
        for key in ("x", "lengths", "mask"):
            if isinstance(given := getattr(self, key), Mapping) and key == "x":
                settle(self, x={name: real(name, one) for name, one in given.items()})
            elif not isinstance(given, np.ndarray | None):
                settle(self, **{key: real(key, given)})
        if isinstance(self.layers, Layer):
            settle(self, layers=(self.layers,))
        if not self.layers:
            raise RnncalcError("a network needs a recurrent layer")
        settle(self, layers=tuple(self._own_layers()), h0=None, c0=None)
        if self.entry and self.x is not None:
            settle(self, x=self.entry.batch_first(np.asarray(self.x)))
        if self.wiring:
            self._settle_graph()
        else:
            self._check_stack()
            self._settle_outputs()
        self._check_mode()
        check_vocab(self)

    def _own_layers(self) -> list[Layer]:
        """The recurrent layers with names and initial states of their own."""
        layers = list(self.layers)
        if not self.wiring:
            layers = [
                layer if layer.name == name else replace(layer, name=name)
                for layer, name in _distinct(layers)
            ]
        for i, above in enumerate(layers[1:]):
            if above.same_loop and above.backward:  # merged is what the last of the loop gives
                layers[i] = replace(layers[i], merge="none")
        for name, given in (("h0", self.h0), ("c0", self.c0)):
            if given is not None and any(wire.states for wire in self.wiring):
                message = f"{name} is of all layers, and some have states of others: give each its"
                raise RnncalcError(f"{message} own", about=(name,))
            if given is not None:
                layers = _with_states(layers, name, real(name, given))
        return layers

    def _settle_graph(self) -> None:
        """Nodes and shapes of a graph; what it gives, if nobody says so."""
        given = {"output": self.output, "embedding": self.embedding, "masking": self.masking}
        given["before"] = next((layer.chain for layer in self.layers if layer.chain), None)
        for key, value in given.items():
            if value is not None:
                message = f"{key} is of layers in a row: in a graph it is a layer of its own"
                raise RnncalcError(message, about=(key,))
        nodes = self.nodes
        recurrent = (node.layer for node in nodes if isinstance(node.layer, Layer))
        settle(self, layers=tuple(recurrent))  # as they are computed
        wanted = graph.widths(nodes, self.inputs)
        inputs = {name: Shape(wanted[name], name not in self.rows) for name in self.inputs}
        settle(self, shapes=graph.shapes(nodes, inputs, settled=False))
        ends = graph.given(nodes[-1].name, nodes[-1].layer)
        settle(self, results=tuple(self.results) or tuple(ends))
        for name in self.results:
            if name not in self.shapes:
                hint = suggestion(name, self.shapes)
                raise RnncalcError(f"there is no layer {printable(name)} to give. {hint}")
        if not self.shapes[self.results[0]].series:
            settle(self, mode="many-to-one")

    _room = "model"

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The layers in their places, in the order in which they are computed."""
        if not self.wiring:
            return tuple(graph.row(self.layers, self.outputs, self.mode, self.inputs))
        every: list[Layer | Stateless] = [*self.layers, *self.stateless]
        return tuple(graph.wired(every, self.wiring, self.inputs))

    @property
    def ids(self) -> frozenset[str]:
        """The names of what embeddings of a graph read: ids, and no features."""
        tables = [node for node in self.nodes if isinstance(node.layer, Embedding)]
        return frozenset(node.reads[0] for node in tables)

    @property
    def outputs(self) -> tuple[Stateless, ...]:
        """The output layers in a row; none where there is none."""
        if self.output is None:
            return ()
        return (self.output,) if isinstance(self.output, Stateless) else tuple(self.output)

    @property
    def widths(self) -> tuple[int | None, ...]:
        """How many numbers each output layer gives; None where only the timesteps tell."""
        if self.wiring:
            return tuple(self.shapes[name].width for name in self.results) if self.gives_y else ()
        return tuple(widths(self.outputs, self.layers[-1].width))

    @property
    def gives_y(self) -> bool:
        """Whether there is a y: a row without output layers, and a graph that gives but what a
        recurrent layer does, have only h."""
        if not self.wiring:
            return bool(self.outputs)
        recurrent = {name for one in self.layers for name in graph.given(one.name, one)}
        return len(self.results) > 1 or self.results[0] not in recurrent

    @property
    def last(self) -> Layer:
        """The recurrent layer whose h the network gives, or that comes last in front of y."""
        names = {name: one for one in self.layers for name in graph.given(one.name, one)}
        return names.get(self.results[0] if self.results else "", self.layers[-1])

    def single(self, name: str) -> bool:
        """Whether what it gives by a name is one row, and not one of every timestep."""
        if not self.wiring:
            return self.mode == "many-to-one"
        asked = self.mode == "many-to-one" and self.shapes[self.results[0]].series
        return asked or not self.shapes[name].series

    @property
    def ending(self) -> str:
        """The name of what many-to-one takes of the last recurrent layer; nothing where y is made
        of all timesteps, and in other modes."""
        if self.mode != "many-to-one" or cut(self.outputs) is not None:
            return ""
        if self.wiring:
            return "" if self.gives_y else self.results[0]
        return self.nodes[-1 - len(self.outputs)].name

    @property
    def given(self) -> tuple[str, ...]:
        """The names of what it gives, as those of nodes."""
        if self.results:
            return self.results
        last = self.nodes[-1]
        return tuple(graph.given(last.name, last.layer))

    @property
    def flattened(self) -> int | None:
        """How many timesteps the output layers take, where they flatten them and tell."""
        return flattened(self.outputs, self.layers[-1].width)

    @property
    def reads_ids(self) -> bool:
        """Whether its (first) input is ids."""
        return self.embedding is not None or self.inputs[0] in self.ids

    @property
    def alone(self) -> bool:
        """Whether it has but one layer, which goes one way."""
        return not self.wiring and sum(len(layer.passes) for layer in self.layers) == 1

    @property
    def loops(self) -> tuple[tuple[Layer, ...], ...]:
        """The layers by time loop: mostly one each, the cells of a list of cells together."""
        loops: list[tuple[Layer, ...]] = []
        for layer in self.layers:
            if layer.same_loop and loops:
                loops[-1] += (layer,)
            else:
                loops.append((layer,))
        return tuple(loops)

    def _check_stack(self) -> None:
        if self.embedding and self.embedding.weights.shape[1] != self.features:
            gives = self.embedding.weights.shape[1]
            message = f"the embedding gives {gives} features, {self.layers[0].name} takes"
            raise ShapeError(f"{message} {self.features}", about=("embedding.weights", "W_x"))
        if self.masking is not None and (self.embedding or np.isnan(self.masking)):
            why = "mask_zero masks ids" if self.embedding else "nothing equals NaN"
            raise RnncalcError(f"masking is {self.masking:g}: {why}", about=("masking",))
        for i, (below, layer) in enumerate(zip(self.layers, self.layers[1:], strict=False), 1):
            if layer.same_loop:
                _check_loop(below, layer)
                continue
            if below.merge == "none":
                message = f"{below.name} has two outputs (merge none): nothing can follow"
                raise RnncalcError(message, path=("layers", i))
            if below.width != layer.takes:
                taker = layer.name if layer.entrance == "W_x" else layer.entrance
                message = f"{below.name} gives {below.width}, {taker} takes {layer.takes}"
                raise ShapeError(f"{message} features", path=("layers", i))

    def _settle_outputs(self) -> None:
        last = self.layers[-1]
        if self.output and last.merge == "none":
            raise RnncalcError(f"{last.name} has two outputs (merge none): no output layer fits")
        several = not isinstance(self.output, Stateless)
        places = [f"output[{i}]." if several else "output." for i in range(len(self.outputs))]
        check_row(self.outputs, "output")
        settle_forward(self.outputs, last.width, "W_h", places)
        if (at := cut(self.outputs)) is None:
            return
        row = self.outputs[at]
        if self.mode != "many-to-one":
            message = f"{row.name} makes one row of all timesteps: that is mode many-to-one"
            raise RnncalcError(message, about=("output", "mode"))
        if cut(self.outputs[at + 1 :]) is not None:
            raise RnncalcError(f"behind {row.name} there are no timesteps", about=("output",))
        if not last.return_sequences:
            message = f"{row.name} takes all timesteps: {last.name} has return_sequences false"
            raise RnncalcError(message, about=("output", "return_sequences"))
        flattened(self.outputs, last.width)
        if isinstance(row, Pooling) and row.kind == "last":  # what many-to-one takes by itself
            settle(self, output=(*self.outputs[:at], *self.outputs[at + 1 :]) or None)

    def _check_mode(self) -> None:
        if self.mode == "one-to-many" and self.wiring:
            message = "mode one-to-many is for layers in a row: run what is in front on its own"
            raise RnncalcError(f"{message}, and go on from its states (--state)", about=("mode",))
        if self.mode != "one-to-many":
            if self.timesteps is not None:
                raise RnncalcError(
                    "timesteps is for mode one-to-many; else x tells how many",
                    about=("timesteps", "mode"),
                )
            return
        if any("backward" in layer.passes for layer in self.layers):
            message = "mode one-to-many goes forward: a backward direction needs the whole input"
            raise RnncalcError(message, about=("mode",))
        if not is_whole(self.timesteps) or (self.timesteps or 0) < 1:
            message = "mode one-to-many needs timesteps (--timesteps): how many to run, 1 or more"
            raise RnncalcError(message, about=("timesteps", "mode"))
        check_feedback(self)

    @property
    def features(self) -> int:
        """How many numbers x has a timestep; 0 where no layer of a graph tells."""
        return (self.shapes[self.inputs[0]].width or 0) if self.wiring else self.layers[0].takes

    def __repr__(self) -> str:
        parts = [repr(layer)[1:-1] for layer in self.layers]
        parts += [str(layer) for layer in (*self.outputs, *self.stateless)]
        return f"<Model {'; '.join(parts)}; {self.mode}, {self.dtype}>"


def checked_dtype(dtype: Any) -> str:
    """A dtype: one of ``DTYPES``, or ``mp:N``. Errors: RnncalcError for another."""
    return str(dtype) if digits_of(str(dtype)) else one_of("dtype", dtype, (*DTYPES, "mp:50"))


def cast(name: str, array: Array, dtype: str) -> Array:
    """The array in another dtype.

    Errors: RnncalcError where a number is too large for it, or NaN where it has none. Warns: where
    one becomes 0.
    """
    if digits := digits_of(dtype):
        return exact_arrays.array(name, array, digits)
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


def _distinct(layers: Iterable[Layer]) -> Iterator[tuple[Layer, str]]:
    """The layers and their names; equal ones get _1, _2."""
    names = Names(longest=LONGEST_NAME)
    for layer in layers:
        yield layer, names.unique(layer.name)


def _check_loop(below: Layer, layer: Layer) -> None:
    """Cells in one time loop read in one order, each direction its own way up."""
    if (*below.passes, below.order) != (*layer.passes, layer.order):
        raise RnncalcError(f"{below.name} and {layer.name} share a loop: one direction for both")
    for way, one in layer.passes.items():
        gives = below.passes[way].state_size
        if gives != one.features:
            message = f"{below.name} gives {gives} numbers, {layer.name} takes {one.features}"
            raise ShapeError(message)


def _with_states(layers: list[Layer], name: str, given: Any) -> list[Layer]:
    """The layers with their parts of h0 or c0, (layers * directions, [batch,] units).

    c0 is for the LSTMs among them; 0 is zeros for all.
    """
    every = [(i, way, one) for i, layer in enumerate(layers) for way, one in layer.passes.items()]
    ways = [(i, way) for i, way, one in every if name[0] in CELLS[one.cell].states]
    if not ways:
        raise RnncalcError(f"only an lstm has {name}, and there is none", about=(name,))
    if given.ndim == 0 and given == 0:
        given = [0.0] * len(ways)
    elif len(every) == 1:
        given = [given]
    elif given.ndim not in (2, 3) or len(given) != len(ways):
        message = f"{name} {described(given)}, expected ({len(ways)}, [batch,] units)"
        raise ShapeError(f"{message} (layers * directions first)", about=(name,))
    result = list(layers)
    for (i, way), part in zip(ways, given, strict=True):
        layer, state = result[i], {name: part}
        if way == "backward" and layer.backward:
            state = {"backward": replace(layer.backward, **state)}
        result[i] = replace(layer, **state)
    return result
