"""The lines of layers of a graph that read several timesteps, or several layers.

Each is told by its own equation, run on symbols: a convolution by the timesteps of its window,
attention by its scores, weights and context, a join by what it joins. What only puts numbers into
other places has no arithmetic: its lines say where they come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.activations import activation
from rnncalc.equations.gates import NOTHING
from rnncalc.equations.joins import JOINS
from rnncalc.equations.symbols import Term, latex, product, symbol
from rnncalc.explaining.arithmetic import Bindings, arithmetic
from rnncalc.explaining.explanation import Line
from rnncalc.explaining.lines import Owner, Scope, constant_line, line, lines_of
from rnncalc.explaining.stateless import pooled
from rnncalc.model.attention import (
    ATTEND,
    COMBINE,
    PER_HEAD,
    PROJECT,
    Attending,
    Attention,
    MultiHeadAttention,
)
from rnncalc.model.attention import DOT as SCORE
from rnncalc.model.convolution import CONVOLVE, Conv1d
from rnncalc.model.embedding import Embedding
from rnncalc.model.joins import Join
from rnncalc.model.masking import Masking
from rnncalc.model.model import cast
from rnncalc.model.reshaping import Repeat, Upsampling
from rnncalc.model.stateless import Pooling, Stateless
from rnncalc.model.windows import Windows

SOFTMAX = activation("softmax")

FEW_KEYS = 8
"""So many keys are shown with their numbers."""


class Read(NamedTuple):
    """What a layer reads.

    Attributes:
        values: ([timesteps,] width), all of it.
        real: which timesteps are real, (timesteps); None for all.
        source: what it is, in words: ``h of enc``.
    """

    values: Array
    real: Array | None
    source: str = ""

    def at(self, t: int) -> Array:
        """The row of timestep t, from 1; of one row that."""
        return self.values[t - 1] if self.values.ndim == 2 else self.values


class Telling(NamedTuple):
    """A timestep of a layer, as it is told.

    Attributes:
        inputs: by their names in formulas; ``origins``: where they come from.
        note: what is special, or nothing.
        lines: the arithmetic.
    """

    inputs: Mapping[str, Array]
    origins: Mapping[str, str]
    note: str
    lines: Iterator[Line]


def telling(
    one: Stateless,
    read: Sequence[Read],
    values: Mapping[str, Array],
    dtype: str,
    owner: Owner,
    scope: Scope,
) -> Telling:
    """How a timestep of a layer is told.

    Args:
        read: what it reads, all timesteps.
        values: its quantities of this timestep, (width).
    """
    arrays = {key: cast(f"{one.name}.{key}", array, dtype) for key, array in one.operands.items()}
    this = Step(one, read, values, arrays, owner, scope)
    if isinstance(one, Conv1d):
        return _convolution(this, one)
    if isinstance(one, Pooling) and one.windows:
        return _pooling(this, one, one.windows)
    if isinstance(one, Attention | MultiHeadAttention):
        return _attention(this, one)
    if isinstance(one, Join) and one.kind != "concat":
        return _join(this, one)
    return _placed(this)


class Step(NamedTuple):
    """What there is to tell of: the arguments of ``telling``, and the layer's arrays."""

    one: Stateless
    read: Sequence[Read]
    values: Mapping[str, Array]
    arrays: Mapping[str, Array]
    owner: Owner
    scope: Scope

    def lines(self, name: str, formula: Term, symbols: Mapping[str, Array]) -> Iterator[Line]:
        """The line of each unit of a quantity."""
        if self.scope.shows(name):
            yield from lines_of(formula, name, self.values, symbols, {}, self.owner, self.scope)

    def told(self, inputs: Mapping[str, Array], note: str, lines: Iterator[Line]) -> Telling:
        """Told of inputs that are all of what is read first."""
        return Telling(inputs, dict.fromkeys(inputs, self.read[0].source), note, lines)

    def each(self, inputs: Mapping[str, Read], note: str, lines: Iterator[Line]) -> Telling:
        """Told of inputs that are each of its own."""
        values = {name: read.at(self.owner.t) for name, read in inputs.items()}
        return Telling(values, {name: read.source for name, read in inputs.items()}, note, lines)

    def constants(self, name: str, text: str, *others: str) -> Iterator[Line]:
        """Lines without arithmetic: where the numbers come from.

        Args:
            text, others: of all units alike, or of each.
        """
        values = self.values[name]
        texts = [text, *others] if others else [text] * len(values)
        for unit in self.scope.of(len(values)):
            pair = texts[unit], rf"\text{{{texts[unit]}}}"
            yield constant_line(values, unit, name, pair, self.owner, self.scope)


def _window(windows: Windows, t: int, timesteps: int) -> Iterator[tuple[int, int]]:
    """Place and timestep (from 1) of what a step reads of its input, without what is around it."""
    start = (t - 1) * windows.strides - windows.pads(timesteps)[0]
    for place in range(windows.size):
        index = start + place * windows.dilation
        if 0 <= index < timesteps:
            yield place, index + 1


def _around(windows: Windows, inside: int) -> str:
    """What is said of the places of a window that lie outside."""
    out = windows.size - inside
    return f"{out} of the {windows.size} places of the window lie outside: they are 0" * bool(out)


def _convolution(this: Step, one: Conv1d) -> Telling:
    """The sum of a product for each timestep of the window."""
    series = this.read[0].values
    places = [*_window(one.windows, this.owner.t, len(series))]
    inputs = {f"x_{t}": series[t - 1] for _, t in places}
    weights = {f"W_y[{k}]": _whole(this.arrays["W_y"][..., k], one.groups) for k, _ in places}
    note = _around(one.windows, len(places))
    if not places:
        return this.told(inputs, note, this.constants("y", "activation(b_y)"))
    formula = CONVOLVE(
        [symbol(name) for name in inputs], W_y=[symbol(name) for name in weights],
        b_y=symbol("b_y"), activation=one.activation,
    )  # fmt: skip
    lines = this.lines("y", formula, {**inputs, **weights, "b_y": this.arrays["b_y"]})
    return this.told(inputs, note, lines)


def _whole(part: Array, groups: int) -> Array:
    """A matrix of groups, (outputs, features / groups), with zeros between the groups."""
    outputs, features = part.shape
    whole = np.zeros((groups, outputs // groups, groups, features), part.dtype)
    for group, rows in enumerate(part.reshape(groups, -1, features)):
        whole[group, :, group] = rows
    return whole.reshape(outputs, groups * features)


def _pooling(this: Step, one: Pooling, windows: Windows) -> Telling:
    """The numbers of a window's timesteps."""
    series = this.read[0].values
    times = [t for _, t in _window(windows, this.owner.t, len(series))]
    inputs = {f"x_{t}": series[t - 1] for t in times}
    if one.kind == "last":
        return this.told(inputs, "", this.lines("y", symbol(f"x_{times[-1]}"), inputs))
    label = {"average": "mean"}.get(one.kind, one.kind)
    formula = Term("function", label, tuple(map(symbol, inputs)))
    lines = pooled(
        formula, "y", series[np.array(times) - 1], this.values["y"], this.owner, this.scope
    )
    return this.told(inputs, "", lines)


def _join(this: Step, one: Join) -> Telling:
    """Number by number; masked numbers that a join leaves out are told as that."""
    t = this.owner.t
    inputs = {f"x{i}{_t(read)}": read for i, read in enumerate(this.read, 1)}
    formula = JOINS[one.kind](*map(symbol, inputs))
    if any(read.real is not None and not read.real[t - 1] for read in this.read):
        lines = this.constants("y", product(formula))
        return this.each(inputs, "masked numbers are not joined as others are", lines)
    wide = len(this.values["y"])
    symbols = {name: np.broadcast_to(read.at(t), wide) for name, read in inputs.items()}
    return this.each(inputs, "", this.lines("y", formula, symbols))


def _t(read: Read) -> str:
    """What stands behind the name of a timestep."""
    return "_t" if read.values.ndim == 2 else ""


def _placed(this: Step) -> Telling:
    """What only puts numbers into other places."""
    one, (first, *_) = this.one, this.read
    t, name = this.owner.t, [*this.values][-1]
    if isinstance(one, Embedding):
        lines = this.constants(name, f"row {int(first.at(t)[0])} of the table")
        return this.each({"x_t": first}, "", lines)
    if isinstance(one, Join):
        return _concatenated(this, one, name)
    if isinstance(one, Masking):
        kept = bool(np.array_equal(this.values[name], first.at(t)))
        return this.each({"x_t": first}, "" if kept else "this step is masked",
                         this.constants(name, "x_t" if kept else "0"))  # fmt: skip
    if isinstance(one, Repeat):
        return this.each({"x": first}, str(one), this.constants(name, "x"))
    if isinstance(one, Upsampling):
        source = (t - 1) // one.size + 1
        label = f"x_{source}"
        lines = this.constants(name, label)
        return this.told({label: first.values[source - 1]}, str(one), lines)
    sources = " and ".join(dict.fromkeys(read.source for read in this.read))
    lines = this.constants(name, str(one).partition(":")[0])
    return this.told({}, f"{one}, of {sources}", lines)


def _concatenated(this: Step, one: Join, name: str) -> Telling:
    """Numbers beside each other, or timesteps behind each other."""
    t, inputs = this.owner.t, {}
    if one.stepwise or this.read[0].values.ndim == 1:
        inputs = {f"x{i}{_t(read)}": read for i, read in enumerate(this.read, 1)}
        texts = [f"{label}[{unit}]" for label, read in inputs.items()
                 for unit in range(len(read.at(t)))]  # fmt: skip
        return this.each(inputs, str(one), this.constants(name, *texts))
    for i, read in enumerate(this.read, 1):
        if t <= len(read.values):
            label = f"x{i}_{t}"
            return Telling({label: read.at(t)}, {label: read.source}, f"{one}, of timesteps",
                           this.constants(name, label))  # fmt: skip
        t -= len(read.values)
    raise AssertionError("a timestep of what was joined")


def _attention(this: Step, one: Attention | MultiHeadAttention) -> Telling:
    """Scores of all keys, their softmax, and what is taken of the values."""
    query, value = this.read[:2]
    keys = this.read[2] if len(this.read) > 2 else value
    q = f"q{_t(query)}"
    inputs = {q: query.at(this.owner.t)}
    shown = this.scope.of(len(keys.values)) if len(keys.values) <= FEW_KEYS else ()
    asked = {f"k[{key}]": keys.values[key] for key in shown}
    seen = _seen(this, one, query, value, keys)
    note = f"k and values: the {len(seen)} timesteps of {value.source}"
    if keys is not value:
        note = f"k: the {len(seen)} timesteps of {keys.source}; values: of {value.source}"
    if blind := int(len(seen) - seen.sum()):
        note += f"; {blind} of them {'are' if blind > 1 else 'is'} not seen (masked, or later)"
    if isinstance(one, Attention):
        if query.real is not None and not query.real[this.owner.t - 1]:
            lines = this.constants("context", "0")
            return this.told(inputs, "a masked query: its context is 0", lines)
        lines = _one_head(this, one, inputs, keys.values, value.values, seen)
    else:
        lines = _heads(this, one, inputs, keys.values, value.values, seen)
    origins = {f"k[{key}]": f"{keys.source}, its timestep {key + 1}" for key in shown}
    return Telling({**inputs, **asked}, {q: query.source, **origins}, note, lines)


def _seen(this: Step, one: Attending, query: Read, value: Read, keys: Read) -> Array:
    """Which keys this query sees."""
    seen = np.ones(len(keys.values), bool)
    marks = [value] if isinstance(one, Attention) else [value, keys]
    for read in marks:
        seen = seen if read.real is None else seen & read.real
    if one.causal:
        seen &= np.arange(len(seen)) < this.owner.t
    blind = query.real is not None and not query.real[this.owner.t - 1]
    return np.zeros_like(seen) if blind else seen


def _one_head(
    this: Step, one: Attention, inputs: Mapping[str, Array], keys: Array, values: Array, seen: Array
) -> Iterator[Line]:
    symbols = {name: symbol(name) for name in this.arrays}
    symbols.setdefault("v", symbol("v"))
    if one.kind != "additive":
        symbols.pop("v")
    (q,) = inputs
    formulas = [one.score(symbol(q), key, symbols) for key in _symbols(keys)]
    hidden = keys.shape[1] if one.W_k is None else len(one.W_k)
    v = np.broadcast_to(this.arrays.get("v", np.ones(1)), hidden)
    arrays = {**this.arrays, "v": v, **inputs}
    yield from _scored(this, "scores", formulas, arrays, keys)
    scores = np.where(seen, this.values["scores"], one.unseen(this.values["scores"]))
    yield from _shared(this, "", scores, symbol("values"), {"values": values.T})


def _symbols(keys: Array) -> list[Term]:
    """Each key by its name."""
    return [symbol(f"k[{key}]") for key in range(len(keys))]


def _scored(
    this: Step, name: str, formulas: Sequence[Term], arrays: Mapping[str, Array], keys: Array
) -> Iterator[Line]:
    """The score of each key."""
    own = this.values[name]
    if this.scope.shows(name):
        for key in this.scope.of(len(own)):
            formula = formulas[key]
            texts = product(formula), latex(formula)
            bindings = Bindings({**arrays, f"k[{key}]": keys[key]}, {}, own.dtype, this.scope.most)
            working = arithmetic(formula, 0, own[key], bindings, this.scope.digits)
            yield line(this.owner, key, name, *texts, own[key], working, len(own))


def _shared(
    this: Step, head: str, scores: Array, value: Term, arrays: Mapping[str, Array]
) -> Iterator[Line]:
    """Weights and context of a head, of the scores as the softmax sees them."""
    names = {name: f"{name}{head}" for name in ("scores", "weights", "context")}
    found = ATTEND(symbol(names["scores"]), value, softmax=SOFTMAX)
    yield from this.lines(names["weights"], found["weights"], {names["scores"]: scores})
    context = value @ symbol(names["weights"])
    weights = {names["weights"]: this.values[names["weights"]]}
    yield from this.lines(names["context"], context, {**arrays, **weights})


def _heads(
    this: Step, one: MultiHeadAttention, inputs: Mapping[str, Array], keys: Array, values: Array,
    seen: Array,
) -> Iterator[Line]:  # fmt: skip
    (q,) = inputs
    for i in range(one.heads):
        own = {name: array[i] for name, array in this.arrays.items()
               if name in PER_HEAD}  # fmt: skip
        named = {f"{name}[{i}]": array for name, array in own.items()}
        terms = {name: symbol(f"{name}[{i}]") for name in own}
        read = [("q", symbol(q)), ("v", symbol("values")), *(("k", k) for k in _symbols(keys))]
        query, value, *projected = (
            PROJECT(x, W=terms[f"W_{letter}"], b=terms.get(f"b_{letter}", NOTHING))
            for letter, x in read
        )
        formulas = [SCORE(query, key, scale=symbol("scale")) for key in projected]
        arrays = {**inputs, **named, "scale": this.arrays["scale"]}
        yield from _scored(this, f"scores.{i}", formulas, arrays, keys)
        scores = this.values[f"scores.{i}"]
        scores = np.where(seen, scores, one.unseen(scores))
        columns = {name: array[:, None] if array.ndim == 1 else array
                   for name, array in named.items()}  # fmt: skip
        yield from _shared(this, f".{i}", scores, value, {**columns, "values": values.T})
    contexts = {f"context.{i}": this.values[f"context.{i}"] for i in range(one.heads)}
    outputs = {f"W_o[{i}]": this.arrays["W_o"][i] for i in range(one.heads)}
    bias = {name: this.arrays[name] for name in ("b_o",) if name in this.arrays}
    formula = COMBINE([*map(symbol, contexts)], W_o=[*map(symbol, outputs)],
                      b_o=symbol("b_o") if bias else NOTHING)  # fmt: skip
    yield from this.lines("y", formula, {**contexts, **outputs, **bias})
