"""A run as what the page computes again: the network's config, and how to go through it.

The config is the one that ``convert`` writes, with the input in it, so a change in the page is a
change of a config. Beside it stands the plan: which statement computes what, from which arrays of
the config, and the formulas of which the page tells its lines of arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnncalc.config.settings import settable
from rnncalc.converting.to_config import config
from rnncalc.equations import CELLS
from rnncalc.equations.activations import activation
from rnncalc.equations.gates import flat
from rnncalc.equations.gru import INVERTED
from rnncalc.equations.recorded import formula
from rnncalc.equations.stateless import LEAKY, OVER_ALL, POOLED, SQRT
from rnncalc.equations.symbols import Names, Term, mathml, names_of, symbol
from rnncalc.explaining.formulas import (
    before_names,
    output_names,
    previous,
    stateless,
    symbolic,
)
from rnncalc.explaining.lines import SUMS, Scope, cell_formulas
from rnncalc.explaining.stateless import inside
from rnncalc.model.chain import cut
from rnncalc.model.layer import Layer, quantities
from rnncalc.model.model import Model
from rnncalc.model.stateless import Flatten, Pooling, Row, Stateless
from rnncalc.pictures.page.javascript import Functions, function_of, step
from rnncalc.running.passes import MERGE
from rnncalc.trace.quantity import INPUT
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace

Plan = dict[str, Any]

WHOLE = Scope([], None, (), "terms", "full")
INLINE = (*SUMS, "bias", "bias_h")
"""Quantities of which a line with its matrices shows the parts."""

KEYS = {"b_y": "bias"}
"""Operands whose name in a config is another."""


def replayed(trace: Trace) -> Model:
    """The network with the input that ran, and no embedding in front: the rows are the input."""
    model = trace.model
    x = np.array(trace.x)
    if model.masking is not None and trace.mask is not None:
        x[~trace.mask] = model.masking  # a run computes with 0 there
    marks: dict[str, Any] = {"lengths": None, "mask": None, "dtype": trace.dtype}
    if trace.ends is not None:
        marks["lengths"] = trace.ends
    elif trace.mask is not None and model.masking is None:
        marks["mask"] = trace.mask.astype(int)
    if model.timesteps:
        x = x[..., :1, :]
        marks["timesteps"] = trace.timesteps
    layers = tuple(_with_biases(layer) for layer in model.layers)
    return replace(model, layers=layers, embedding=None, entry=None, x=x, **marks)


def _with_biases(layer: Layer) -> Layer:
    """With a bias of zeros where there is none, which may be changed."""
    backward = layer.backward and replace(layer.backward, weights=layer.backward.arrays)
    return replace(layer, weights=layer.arrays, backward=backward)


class Network:
    """The plan of a network, and what it needs beside it.

    Attributes:
        model: as ``replayed`` gives it.
        config: its config, with the states that each direction began with.
        arrays: where in the config each array stands, and its name for ``--set``.
        codes: the statements, as JavaScript functions.
        functions: what they call.
        layers, outputs: the plan of each layer.
        before: how many timesteps ran before those of the trace.
    """

    def __init__(self, trace: Trace, before: int = 0) -> None:
        self.trace, self.model, self.before = trace, replayed(trace), before
        self.config = config(self.model, "textbook")
        self.arrays: list[Plan] = []
        self.codes: dict[str, str] = {}
        self.functions = Functions()
        ids = np.ndim(trace.model.x) if trace.model.x is not None else trace.x.ndim
        self._array(("x",), "x" if trace.model.embedding is None else "", axes=ids)
        self.layers = [
            self._layer(i, k) for i, loop in enumerate(self.model.loops) for k in range(len(loop))
        ]
        self.outputs = self._outputs()
        self._forget_doubtful()

    def _array(self, path: Sequence[Any], name: str, axes: int | None = None) -> int:
        """An array of the config, by its place among them.

        Args:
            name: what ``--set`` calls it; nothing where it cannot be set.
            axes: how many indices it has there, where it is not as many as here.
        """
        array: Plan = {"path": [*path], "name": name}
        self.arrays.append(array if axes is None else array | {"axes": axes})
        return len(self.arrays) - 1

    def _forget_doubtful(self) -> None:
        """Leave out names that ``--set`` takes for several arrays."""
        every = [
            ".".join(filter(None, [owner, one.key]))
            for one in settable(self.trace.model)
            for owner in one.owners
        ]
        for array in self.arrays:
            handed_on = self.before and array["name"].endswith(("h0", "c0"))
            if every.count(array["name"]) != 1 or handed_on:
                array["name"] = ""

    def _code(self, source: str) -> str:
        return self.codes.setdefault(source, f"c{len(self.codes)}")

    def _layer(self, index: int, cell: int) -> Plan:
        """The plan of one layer: cell ``cell`` of time loop ``index``."""
        loop = self.model.loops[index]
        layer, last = loop[cell], loop[-1]
        base = () if self.model.alone else ("layers", index)
        ways = {}
        for way, one in layer.passes.items():
            path = (*base, *((way,) if last.backward else ()))
            path += ("cells", cell) if len(loop) > 1 else ()
            ways[way] = self._direction(layer, way, one, path)
        names = before_names(layer)
        return {
            "name": layer.name,
            "cell": layer.cell,
            "merge": layer.merge,
            "join": self._merge(layer),
            "processing": layer.order == "processing",
            "sameLoop": layer.same_loop,
            "zeroOutput": layer.zero_output_for_mask,
            "sequences": layer.return_sequences,
            "before": [
                self._stateless(one, given, name, (*base, "before", i), one.name)
                for i, (one, given, name) in enumerate(
                    zip(layer.chain, [INPUT, *names], names, strict=False)
                )
            ],
            "ways": ways,
        }

    def _direction(self, layer: Layer, way: str, one: Layer, path: tuple[Any, ...]) -> Plan:
        kind, turned = CELLS[one.cell], layer.turned(way)
        owner = "" if self.model.alone else f"{layer.name}."
        owner += f"{way}." if layer.backward else ""
        traced = next(each for each in self.trace.layers if each.name == layer.name)
        block = self._block(path)
        weights = {
            name: self._array((*path, *name.split(".")), f"{owner}{name}") for name in one.arrays
        }
        for state in kind.states:
            block[f"{state}0"] = np.asarray(traced[way].initial[state])
        states = {
            s: self._array((*path, f"{s}0"), f"{owner}{s}0", np.ndim(getattr(one, f"{s}0")))
            for s in kind.states
        }
        given = ["x_t", *(previous(state, turned) for state in kind.states)]
        terms = flat(symbolic(one, turned=turned))
        named = {name: terms[name] for name in quantities(one) if name in terms}
        return {
            "step": self._code(step(named, given, one.units, self.functions)),
            "given": given,
            "turned": turned,
            "weights": weights,
            "states": states,
            "units": one.units,
            "size": one.state_size,
            "features": one.features,
            "gates": kind.gates,
            "inverted": one.update == INVERTED,
            "quantities": list(named),
            "lines": self._lines(one, turned),
            "function": self._curve(one),
        }

    def _curve(self, one: Layer) -> str:
        """The activation of its candidate, where it can be drawn as a curve: its name."""
        function = activation(one.activation or "tanh")
        if function.definition.together:
            return ""
        return self.functions.name(str(function), 0, several=False)

    def _lines(self, one: Layer, turned: bool) -> list[Any]:
        """What a step is told by, as ``explain`` does; and with every matrix in it."""
        lines = []
        for name, term, named in cell_formulas(one, WHOLE, turned=turned):
            small = {n: part for n, part in named.items() if n.split(".")[0] not in INLINE}
            line = self._line(name, term, names_of(named), one.units)
            lines.append([*line, *self._line(name, term, names_of(small), one.units)[1:]])
        return lines

    def _line(self, name: str, term: Term, names: Names, size: int) -> list[Any]:
        """A quantity, its formula as a tree and as MathML.

        Args:
            size: how many numbers functions of all units take.
        """
        shown = f"{mathml(symbol(name))}<mo>=</mo>{mathml(term, names)}"
        return [name, self._tree(term, names, size), shown]

    def _merge(self, layer: Layer) -> Plan | None:
        """How two directions become one; None where they stand beside each other."""
        if layer.merge not in ("sum", "mul", "ave"):
            return None
        given = ["forward.h", "backward.h"]
        term = MERGE[layer.merge](*map(symbol, given))
        code = step({"h": term}, given, layer.width, self.functions)
        return {
            "step": self._code(code),
            "given": given,
            "lines": [self._line("h", term, {}, layer.width)],
        }

    def _outputs(self) -> list[Plan]:
        chain, names = self.model.outputs, output_names(self.model)
        at = cut(chain)
        plans = []
        for i, (one, given, name) in enumerate(zip(chain, ["h", *names], names, strict=False)):
            owner = "output" if len(chain) == 1 else f"output[{i}]"
            timed = at is None or i <= at
            plans.append(self._stateless(one, given, name, ("output", i), owner, timed))
        return plans

    def _stateless(
        self, one: Stateless, given: str, name: str, path: tuple[Any, ...], owner: str,
        timed: bool = True,
    ) -> Plan:  # fmt: skip
        """The plan of a layer without a state."""
        plan: Plan = {"name": one.name, "title": str(one), "given": given, "gives": name}
        if isinstance(one, Flatten):
            return plan | {"row": "flatten"}
        if isinstance(one, Pooling):
            pooled = formula(POOLED[one.kind], 1, {}, ("h", "real"))
            source = function_of(pooled, ("h", "real"))
            return plan | {"row": one.kind, "step": self._code(source)}
        assert not isinstance(one, Row)
        of = f"{given}_t" if timed else given
        term = stateless(one, of)
        weights: Plan = {}
        for key, array in one.operands.items():
            if key == "epsilon":
                weights[key] = [float(array.astype(self.trace.dtype)[0])]
            else:
                place = "prelu" if key == "alpha" else KEYS.get(key, key)
                of_set = f"{owner}.{KEYS.get(key, key)}"
                weights[key] = self._array((*path, place), of_set)
        parts = dict(inside(term))
        size = one.takes or 0
        if getattr(one, "W_y", None) is not None:
            size = len(one.W_y)  # type: ignore[attr-defined]
        size = size or self._width(path)
        code = step({"y": term}, [of], size, self.functions)
        lines = [self._line(n, part, {}, size) for n, part in parts.items()]
        lines.append(self._line(name, term, names_of(parts), size))
        return plan | {
            "step": self._code(code), "symbol": of, "weights": weights, "lines": lines,
        }  # fmt: skip

    def _width(self, path: tuple[Any, ...]) -> int:
        """How many numbers a layer without arrays takes."""
        if path[0] == "output":
            widths = [self.model.layers[-1].width, *self.model.widths]
            return widths[path[-1]] or 0
        loop = self.model.loops[path[1] if path[0] == "layers" else 0]
        width = loop[0].features
        for one in reversed(loop[0].chain[path[-1] :]):
            width = one.needs(width)
        return width

    def _block(self, path: Iterable[Any]) -> Any:
        block: Any = self.config
        for key in path:
            block = block[key]
        return block

    def _tree(self, term: Term, names: Names, size: int) -> list[Any]:
        """A formula as JSON: what an operation or a function is of."""
        if id(term) in names:
            return ["v", names[id(term)]]
        if term.kind == "name":
            try:
                return ["n", _finite(float(term.label))]
            except ValueError:
                return ["s", term.label]
        parts = [self._tree(part, names, size) for part in term.parts]
        if term.kind != "function":
            return [term.kind, *parts]
        return ["f", *self._called(term, size), *parts]

    def _called(self, term: Term, size: int) -> list[Any]:
        """What a function is called here, how it is taken, and what is written of it."""
        word = term.label.split(":")[0]
        if term.label == "clip":
            return ["", "clip", "clip", ["-bound", "bound"]]
        if term.label in OVER_ALL and len(term.parts) == 1:
            return [self.functions.name(term.label, size, several=False), "all", word, []]
        if len(term.parts) > 1:
            name = self.functions.name(LEAKY.name, 0, several=True)
            return [name, "leaky", word, []]
        if term.label == SQRT.name:
            return [self.functions.name(term.label, 0, several=False), "each", word, []]
        return self._activation(term.label, word, size)

    def _activation(self, label: str, word: str, size: int) -> list[Any]:
        one = activation(label)
        settings = [f"{key}={value!r}" for key, value in one.parameters.items()]
        if one.definition.together:
            return [self.functions.name(label, size, several=False), "together", label, settings]
        return [self.functions.name(label, 0, several=False), "each", word, settings]


def document(network: Network, told: Mapping[str, Any]) -> Plan:
    """All that the page reads, but for the config."""
    trace, model = network.trace, network.model
    real = None if trace.mask is None else np.atleast_2d(trace.mask).astype(int).tolist()
    return {
        **told,
        "dtype": trace.dtype,
        "arithmetic": trace.arithmetic,
        "mode": model.mode,
        "feedback": model.feedback,
        "timesteps": trace.timesteps,
        "before": network.before,
        "features": model.features,
        "batch": len(trace.x) if trace.batched else None,
        "masking": None if model.masking is None else _finite(float(model.masking)),
        "real": real,
        "ends": None if trace.ends is None else [*map(int, trace.ends)],
        "layers": network.layers,
        "outputs": network.outputs,
        "arrays": network.arrays,
    }


def opening(trace: Trace, selection: Selection, sequence: int | None) -> Plan:
    """Where a page is opened: at the first of the timesteps, units and quantities that are chosen.

    Errors: RnncalcError for what there is not.
    """
    layer, way = selection.place(trace.model)
    names = [one.name for one in trace.model.layers]
    index = names.index(layer) if layer else 0
    steps, units = selection.rows(trace), selection.columns(trace)
    shown = selection.names(trace.model) if selection.show else []
    return {
        "t": steps[0] if steps else 1,
        "unit": units[0] if units else 0,
        "layer": index,
        "way": way or next(iter(trace.model.layers[index].passes)),
        "sequence": sequence or 0,
        "quantity": next((name for name in shown if name != "x"), "h"),
    }


def _finite(value: float) -> float | str:
    """A number as JSON has it; what it has no word for, as the page's language has it."""
    return value if np.isfinite(value) else str(value).replace("inf", "Infinity")


def weights_of(model: Model) -> int:
    """How many numbers a network has."""
    ways = [one for layer in model.layers for one in layer.passes.values()]
    chains = [*model.outputs, *(one for layer in model.layers for one in layer.chain)]
    arrays = [*(one.arrays for one in ways), *(one.operands for one in chains)]
    return sum(array.size for each in arrays for array in each.values())
