"""A graph of layers as a Keras script: a Functional model, its weights, and its outputs for x."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from rnncalc.array import Array
from rnncalc.conventions.keras_activations import spelled
from rnncalc.converting.draft import OF_ROWS, Script
from rnncalc.converting.refusal import refuse_options, refused
from rnncalc.converting.scripts.for_keras import HEAD, functions, recurrent, stateless, turned
from rnncalc.converting.scripts.given import starts
from rnncalc.converting.stacked import numbers
from rnncalc.converting.to_keras import layer_entry, stateless_entries
from rnncalc.converting.to_text import number
from rnncalc.equations.activations import Activation
from rnncalc.model import graph
from rnncalc.model.attention import Attention, MultiHeadAttention
from rnncalc.model.checks import Names
from rnncalc.model.convolution import Conv1d
from rnncalc.model.embedding import Embedding
from rnncalc.model.graph import Node
from rnncalc.model.joins import Dot, Join
from rnncalc.model.layer import Layer
from rnncalc.model.masking import Masking
from rnncalc.model.model import Model
from rnncalc.model.reshaping import Permute, Repeat, Reshape, Upsampling
from rnncalc.model.stateless import (
    Normalization,
    Pooling,
    Rescaling,
    Stateless,
    makes_row,
)
from rnncalc.running import recurrence

JOINS = {"add": "Add", "multiply": "Multiply", "average": "Average", "maximum": "Maximum",
         "subtract": "Subtract"}  # fmt: skip

TAKEN = ("keras", "np", "layers", "ops", "network", "layer", "names", "name", "result", "one",
         "print", "NUMBERS", "Path")  # fmt: skip
"""Names that a script has already."""


def drafted(model: Model) -> Script:
    """The script of a graph whose inputs are there.

    Errors: RnncalcError for what Keras' layers do not compute, by its name.
    """
    refuse_options(model, "Keras")
    _refuse_masked_starts(model)
    walk = Walk(model)
    inputs = [walk.input(name) for name in model.inputs]
    layers = [line for node in model.nodes for line in walk.node(node)]
    lines = [
        *functions(model),
        f'keras.config.set_floatx("{model.dtype}")  # of inputs; the policy is that of layers',
        f'keras.config.set_dtype_policy("{model.dtype}")',
        *inputs, *layers,
        f"network = keras.Model([{', '.join(walk.values[name] for name in model.inputs)}], "
        f"[{', '.join(walk.ended(one) for one in model.results)}])",
        "for layer in network.layers:",
        "    names = [name for name in NUMBERS if name.rpartition('/')[0] == layer.name]",
        "    if names:",
        "        layer.set_weights([NUMBERS[name] for name in names])",
    ]  # fmt: skip
    return Script(HEAD, lines, {**walk.arrays, **input_arrays(model)}, printed(model))


def _refuse_masked_starts(model: Model) -> None:
    """Errors: RnncalcError for a mask beside the states of another layer, which Keras 3 drops."""
    started = [node for node in model.nodes if node.states]
    if not started or not any(one.masks for one in model.stateless):
        return
    masks = recurrence.run(model).masks
    for node in started:
        if node.reads[0] in masks:
            raise refused(node.name, "a mask beside initial_state: Keras 3 forgets the mask there")


def printed(model: Model) -> Mapping[bool, str]:
    """What a script ends with: a line for each output, for a batch and for one sequence."""
    named = ", ".join(f"NUMBERS['{name}']" for name in input_arrays(model))
    if len(model.results) == 1:
        value = f"print(keras.ops.convert_to_numpy(network([{named}]))"
    else:
        value = f"for one in network([{named}]):\n    print(keras.ops.convert_to_numpy(one)"
    return {True: f"{value}.tolist())", False: f"{value}[0].tolist())"}


def input_arrays(model: Model) -> dict[str, Array]:
    """The inputs by their names in a script: ``x``, or ``x.tokens``."""
    if len(model.inputs) == 1:
        return {"x": np.asarray(model.x)}
    return {f"x.{name}": np.asarray(model.x[name]) for name in model.inputs}


class Walk:
    """The lines of a script, node by node.

    Attributes:
        values: what inputs and layers give, by the name that it has in the script.
        arrays: weights by layer and place, ``lstm/0``.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.values: dict[str, str] = {}
        self.arrays: dict[str, Array] = {}
        self.names, self.layers = Names(taken=TAKEN), Names()
        self.named: dict[str, str] = {}

    def variable(self, name: str) -> str:
        """A name that Python has for it, which nothing else has."""
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        return self.names.unique(plain if re.match(r"[A-Za-z]", plain) else f"v_{plain.strip('_')}")

    def called(self, name: str) -> str:
        """A layer's name as Keras has them."""
        if name not in self.named:
            plain = re.sub(r"[^\w.]", "_", name, flags=re.ASCII)
            self.named[name] = self.layers.unique(plain if plain[0].isalpha() else f"layer_{plain}")
        return self.named[name]

    def input(self, name: str) -> str:
        """The line of an input."""
        x = np.asarray(self.model.x if len(self.model.inputs) == 1 else self.model.x[name])
        self.values[name] = variable = self.variable(name)
        kind = ", dtype='int32'" if name in self.model.ids else ""
        shape = tuple(int(size) for size in x.shape[1:])
        return f"{variable} = keras.Input({shape}{kind}, name={self.called(name)!r})"

    def put(self, name: str, arrays: Iterable[Array]) -> None:
        """Keep the weights of a layer."""
        for i, array in enumerate(arrays):
            self.arrays[f"{name}/{i}"] = array

    def own(self, array: Array, name: str) -> Array:
        """An array in the model's dtype."""
        return numbers(name, np.asarray(array), self.model.dtype)

    def ended(self, name: str) -> str:
        """What is given: in many-to-one the last timestep of a series."""
        ends = self.model.shapes[name].series and self.model.single(name)
        return f"{self.values[name]}[:, -1]" if ends else self.values[name]

    def node(self, node: Node) -> Iterator[str]:
        """The lines of a layer in its place."""
        if isinstance(node.layer, Layer):
            yield from self._recurrent(node, node.layer)
            return
        one, read = node.layer, [self.values[name] for name in node.reads]
        self.values[node.name] = variable = self.variable(node.name)
        *before, last = self._stateless(node, one, read)
        yield from before
        yield f"{variable} = {last}"

    def _recurrent(self, node: Node, layer: Layer) -> Iterator[str]:
        """A recurrent layer, what it gives, and its final states."""
        if layer.same_loop or len({*node.reads}) > 1:
            raise refused(node.name, "cells of one time loop are not written for a graph")
        if any(map(starts, layer.passes.values())) and not node.states:
            raise refused(node.name, "initial states of its own are not written for a graph")
        name = self.called(node.name)
        text = recurrent((layer,), not node.single, states=True)
        text = text.replace(f'name="{layer.name}"', f'name="{name}"')
        gives = [*graph.given(node.name, layer)]
        finals = [full for _, _, full in graph.finals(node.name, layer)]
        for value in (*gives, *finals):
            self.values[value] = self.variable(value)
        targets = ", ".join(self.values[value] for value in (*gives, *finals))
        more = self._initial(node, layer)
        yield f"{targets} = {text}({self.values[node.reads[0]]}{more})"
        if turned((layer,)) and not node.single:
            yield f"{self.values[node.name]} = ops.flip({self.values[node.name]}, 1)"
        self.put(name, layer_entry((layer,), self.model.dtype).arrays.values())

    def _initial(self, node: Node, layer: Layer) -> str:
        """The states that it starts from, where any comes from another layer."""
        if not node.states:
            return ""
        first, given = next(iter(layer.passes)), []
        for way, state, _ in graph.finals(node.name, layer):
            key = f"{state}0" if way == first else f"{way}.{state}0"
            source = node.states.get(key)
            if source is None and np.any(np.asarray(getattr(layer.passes[way], f"{state}0"))):
                raise refused(node.name, f"{key} of its own beside states of other layers")
            like = self.values[next(iter(node.states.values()))]
            given.append(self.values[source] if source else f"ops.zeros_like({like})")
        return f", initial_state=[{', '.join(given)}]"

    def _stateless(self, node: Node, one: Stateless, read: list[str]) -> list[str]:
        """Expressions of a layer without a state; of several lines the last is its value."""
        name, series = self.called(node.name), self.model.shapes[node.reads[0]].series
        if isinstance(one, OF_ROWS):
            for entry in stateless_entries(name, self._sized(node, one), self.model.dtype, series):
                self.put(name, entry.arrays.values())
            return [f"{stateless(name, one, series)}({read[0]})"]
        if makes_row(one) and isinstance(one, Pooling) and one.kind == "last":
            return [f"{read[0]}[:, -1]"]
        if makes_row(one):
            return [f"{stateless(name, one, series)}({read[0]})"]
        for kind, make in MADE.items():
            if isinstance(one, kind):
                return make(self, node, one, read, name)
        raise refused(node.name, f"{one}: Keras has no such layer")

    def _sized(self, node: Node, one: Stateless) -> Stateless:
        """A normalization without arrays tells no size: that of what it reads does."""
        if isinstance(one, Normalization) and one.takes is None:
            width = self.model.shapes[node.reads[0]].width or 0
            return Normalization(one.kind, one.epsilon, gamma=np.ones(width), name=one.name)
        return one


def _function(one: Activation | str) -> str:
    assert isinstance(one, Activation)
    return "" if one.name == "linear" else f", activation={spelled(one)}"


Read = list[str]


def _convolution(walk: Walk, node: Node, one: Conv1d, read: Read, name: str) -> list[str]:
    before, x, padding = [], read[0], one.padding
    if not isinstance(padding, str):
        x = walk.variable(f"{node.name}_padded")
        before = [f"{x} = layers.ZeroPadding1D({tuple(padding)})({read[0]})"]
        padding = "valid"
    options = f"strides={one.strides}, padding={padding!r}, dilation_rate={one.dilation}"
    groups = f", groups={one.groups}" * (one.groups > 1)
    outputs, _, size = one.W_y.shape
    walk.put(name, [walk.own(one.W_y.transpose(2, 1, 0), "W_y"), walk.own(one.bias, "bias")])
    return [
        *before,
        f"layers.Conv1D({outputs}, {size}, {options}{groups}{_function(one.activation)}, "
        f"name={name!r})({x})",
    ]


def _pooling(walk: Walk, node: Node, one: Pooling, read: Read, name: str) -> list[str]:
    windows = one.windows
    if windows is None or windows.padding not in ("valid", "same") or one.kind == "last":
        raise refused(node.name, f"{one} of padding {one.padding}: Keras has no such layer")
    kind = {"max": "Max", "average": "Average"}[one.kind]
    options = f"{windows.size}, strides={windows.strides}, padding={windows.padding!r}"
    return [f"layers.{kind}Pooling1D({options}, name={name!r})({read[0]})"]


def _join(walk: Walk, node: Node, one: Join, read: Read, name: str) -> list[str]:
    """Without a name of its own: Keras calls what joins masks by the same ones."""
    series = [walk.model.shapes[source].series for source in node.reads]
    if one.kind == "concat":
        axis = 1 if one.axis in (1, -2) and series[0] else -1
        return [f"layers.Concatenate(axis={axis})([{', '.join(read)}])"]
    return [f"layers.{JOINS[one.kind]}()([{', '.join(read)}])"]


def _dot(walk: Walk, node: Node, one: Dot, read: Read, name: str) -> list[str]:
    options = f"axes={tuple(one.both)}, normalize={one.normalize}"
    return [f"layers.Dot({options}, name={name!r})([{', '.join(read)}])"]


def _embedding(walk: Walk, node: Node, one: Embedding, read: Read, name: str) -> list[str]:
    walk.put(name, [walk.own(one.weights, "weights")])
    ids, features = one.weights.shape
    masks = ", mask_zero=True" * one.mask_zero
    return [f"layers.Embedding({ids}, {features}{masks}, name={name!r})({read[0]})"]


def _masking(walk: Walk, node: Node, one: Masking, read: Read, name: str) -> list[str]:
    return [f"layers.Masking({number(float(one.value), 'python')}, name={name!r})({read[0]})"]


def _rescaling(walk: Walk, node: Node, one: Rescaling, read: Read, name: str) -> list[str]:
    scale, offset = (np.asarray(array).tolist() for array in (one.scale, one.offset))
    return [f"{read[0]} * np.array({scale}, {walk.model.dtype!r}) + np.array({offset}, "
            f"{walk.model.dtype!r})"]  # fmt: skip


def _plain(text: Callable[[Stateless], str]) -> Callable[..., list[str]]:
    """A layer without arrays."""

    def make(walk: Walk, node: Node, one: Stateless, read: Read, name: str) -> list[str]:
        return [f"layers.{text(one)}, name={name!r})({read[0]})"]

    return make


def _projection(walk: Walk, name: str, source: str, weights: Array, bias: Array | None) -> str:
    """The expression of a dense layer in front of an attention."""
    walk.put(name, [walk.own(weights.T, name), *([] if bias is None else [walk.own(bias, name)])])
    more = ", use_bias=False" * (bias is None)
    return f"layers.Dense({len(weights)}{more}, name={name!r})({source})"


def _attention(walk: Walk, node: Node, one: Attention, read: Read, name: str) -> list[str]:
    query, value, key = (*read, read[1])[:3]
    if not walk.model.shapes[node.reads[0]].series:
        raise refused(node.name, "its query is one row: Keras' takes timesteps")
    lines: list[str] = []
    own: list[Array] = []
    kind, use_scale = "Attention", ""
    if one.kind == "additive":
        kind, use_scale = "AdditiveAttention", ", use_scale=False"
        scale = 1.0 if one.scale is None else one.scale
        query, key, lines = _additive(walk, node, one, (query, key), scale)
        if one.v is not None:
            own, use_scale = [walk.own(one.v, "v")], ""
    elif one.W_a is not None:
        made = walk.variable(f"{node.name}_query")
        lines = [f"{made} = {_projection(walk, f'{name}_query', query, one.W_a.T, None)}"]
        query = made
    if one.kind != "additive" and one.scale is not None:
        own, use_scale = [np.array(one.scale, walk.model.dtype)], ", use_scale=True"
    walk.put(name, own)
    causal = ", use_causal_mask=True" * one.causal
    return [*lines, f"layers.{kind}(name={name!r}{use_scale})([{query}, {value}, {key}]{causal})"]


def _additive(
    walk: Walk, node: Node, one: Attention, read: tuple[str, str], scale: float
) -> tuple[str, str, list[str]]:
    """Query and key of tanh(scale * (W_q q + W_k k + b)), the factor in the weights."""
    if scale != 1 and (one.W_q is None or one.W_k is None):
        raise refused(node.name, f"scale {scale:g} inside of tanh: Keras' attention has none")
    if one.b is not None and one.W_q is None and one.W_k is None:
        raise refused(node.name, "b without W_q and W_k: Keras' attention has none")
    values, lines = [], []
    biased = "query" if one.W_q is not None else "key"
    for what, source, weights in (("query", read[0], one.W_q), ("key", read[1], one.W_k)):
        if weights is None:
            values.append(source)
            continue
        bias = one.b * scale if one.b is not None and what == biased else None
        values.append(walk.variable(f"{node.name}_{what}"))
        name = f"{walk.called(node.name)}_{what}"
        lines.append(f"{values[-1]} = {_projection(walk, name, source, weights * scale, bias)}")
    return values[0], values[1], lines


def _heads(walk: Walk, node: Node, one: MultiHeadAttention, read: Read, name: str) -> list[str]:
    heads, hidden, _ = one.W_q.shape
    factor = {"q": (one.scale or 0) * hidden**0.5}  # Keras' own scale is 1 / sqrt(hidden)
    factor = {} if np.isclose(factor["q"], 1, rtol=1e-15, atol=0) else factor
    if not walk.model.shapes[node.reads[0]].series:
        raise refused(node.name, "its query is one row: Keras' takes timesteps")
    own: list[Array] = []
    biased = any(bias is not None for bias in (one.b_q, one.b_k, one.b_v, one.b_o))
    for letter in "qkv":
        weights, bias = getattr(one, f"W_{letter}"), getattr(one, f"b_{letter}")
        times = factor.get(letter, 1)
        own.append(walk.own(weights.transpose(2, 0, 1) * times, letter))
        if biased:
            bias = np.zeros(weights.shape[:2]) if bias is None else bias
            own.append(walk.own(bias * times, letter))
    own.append(walk.own(one.W_o.transpose(0, 2, 1), "o"))
    outputs = one.W_o.shape[1]
    own += [walk.own(np.zeros(outputs) if one.b_o is None else one.b_o, "o")] if biased else []
    walk.put(name, own)
    query, value, key = (*read, read[1])[:3]
    options = f"{heads}, {hidden}, {one.W_v.shape[1]}, output_shape={outputs}"
    more = ", use_bias=False" * (not biased)
    causal = ", use_causal_mask=True" * one.causal
    made = f"layers.MultiHeadAttention({options}{more}, name={name!r})"
    return [f"{made}({query}, {value}, {key}{causal})"]


MADE: dict[type[Stateless], Callable[..., list[str]]] = {
    Conv1d: _convolution, Pooling: _pooling, Join: _join, Dot: _dot, Embedding: _embedding,
    Masking: _masking, Rescaling: _rescaling, Attention: _attention, MultiHeadAttention: _heads,
    Repeat: _plain(lambda one: f"RepeatVector({one.times}"),  # type: ignore[attr-defined]
    Upsampling: _plain(lambda one: f"UpSampling1D({one.size}"),  # type: ignore[attr-defined]
    Reshape: _plain(lambda one: f"Reshape({tuple(one.target)}"),  # type: ignore[attr-defined]
    Permute: _plain(lambda one: f"Permute({tuple(one.order)}"),  # type: ignore[attr-defined]
}  # fmt: skip
"""How each layer without a state is written, but for those that rows have, too."""
