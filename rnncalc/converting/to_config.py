"""A network as the keys of a config: everything that a Model says, and nothing that it does not.

Arrays stay arrays; how they are written is the business of ``to_text.py``.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import numpy as np

from rnncalc.config.stateless import CLASSES, keys_of
from rnncalc.converting.stacked import numbers, stacked
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.equations.gru import INVERTED
from rnncalc.model.graph import Node
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import (
    Flatten,
    Function,
    Normalization,
    Output,
    Pooling,
    Prelu,
    Stateless,
)

Block = dict[str, Any]

DENSE = {"textbook": "W_y", "onnx": "W_y", "torch": "weight", "keras": "kernel"}
"""What a dense layer's weights are called by each convention."""


def config(model: Model, convention: str) -> Block:
    """The keys of a config that says the same network, weights in the convention's names."""
    if model.wiring:
        mode = {"mode": model.mode} if model.mode != "many-to-many" else {}
        return {"rnncalc": 1, **graph(model, convention), **mode, **_given(model)}
    layers = [_loop(loop, convention, model.dtype) for loop in model.loops]
    block: Block = {"rnncalc": 1}
    if model.embedding:
        block["embedding"] = {"weights": numbers("W", model.embedding.weights, model.dtype)}
        block["embedding"] |= {"mask_zero": True} if model.embedding.mask_zero else {}
    block |= {} if model.masking is None else {"masking": float(model.masking)}
    block |= layers[0] if _plain(model) else {"layers": layers}
    if model.outputs:
        block["output"] = [stateless(one, convention, model.dtype) for one in model.outputs]
    block |= {"mode": model.mode} if model.mode != "many-to-many" else {}
    block |= {"timesteps": model.timesteps, "feedback": model.feedback} if model.timesteps else {}
    if model.feedback == "sample":
        block |= {"seed": model.seed, "temperature": float(model.temperature or 1)}
    block |= {} if model.vocab is None else {"vocab": [*model.vocab]}
    return block | _given(model)


def _given(model: Model) -> Block:
    """The arithmetic, and the input that comes with it."""
    inputs = {key: getattr(model, key) for key in ("x", "lengths", "mask")}
    given = {key: one if isinstance(one, dict) else np.asarray(one)
             for key, one in inputs.items() if one is not None}  # fmt: skip
    if model.inputs != ("x",):
        x = model.x if isinstance(model.x, dict) else {}
        given["x"] = {name: x.get(name) for name in model.inputs}
    rows = {"rows": list(model.rows)} if model.rows else {}
    return {"dtype": model.dtype} | rows | given


def graph(model: Model, convention: str) -> Block:
    """The layers of a graph, each with what it reads, and what the graph gives."""
    loops = {loop[0].name: loop for loop in model.loops}
    later = {layer.name for loop in model.loops for layer in loop[1:]}
    nodes = {node.name: node for node in model.nodes}
    layers = []
    for node in nodes.values():
        if isinstance(node.layer, Layer):
            if node.name in later:
                continue
            block = _loop(loops[node.name], convention, model.dtype)
            _put_states(block, [nodes[layer.name] for layer in loops[node.name]])
        else:
            block = stateless(node.layer, convention, model.dtype)
        reads = node.reads[0] if len(node.reads) == 1 else list(node.reads)
        layers.append({"name": block["name"], "input": reads, **block})
    return {"layers": layers, "output": [{"input": name} for name in model.results]}


def _put_states(block: Block, cells: list[Node]) -> None:
    """Say in the block of a loop which states come from elsewhere."""
    for i, node in enumerate(cells):
        for key, source in node.states.items():
            way, _, state = key.rpartition(".")
            inner = block.get(way or "forward", block)
            inner = inner["cells"][i] if len(cells) > 1 else inner
            inner[state] = _whose(source, f".final.{state[0]}")


def _whose(source: str, final: str) -> Block:
    """The layer and direction of a final state; or one row by its name."""
    owner, _, way = source.removesuffix(final).rpartition(".")
    return {"layer": owner, "direction": way} if source.endswith(final) else {"layer": source}


def _plain(model: Model) -> bool:
    """Whether it is a single layer, which stands at the top."""
    return model.alone


def _loop(loop: tuple[Layer, ...], convention: str, dtype: str) -> Block:
    """The block of a layer, or of all cells of a time loop."""
    first, last = loop[0], loop[-1]
    block: Block = {"name": _common([layer.name for layer in loop])}
    block |= {"direction": "backward"} if first.direction == "backward" else {}
    block |= {"order": first.order} if first.order != "input" else {}
    block |= {"merge": last.merge} if last.backward else {}
    block |= {"zero_output_for_mask": True} if first.zero_output_for_mask else {}
    block |= {} if last.return_sequences else {"return_sequences": False}
    if first.chain:
        block["before"] = [stateless(one, convention, dtype) for one in first.chain]
    if not last.backward:
        return block | _cells(list(loop), loop, convention, dtype)
    backward = [layer.backward for layer in loop if layer.backward]
    block["forward"] = _cells(list(loop), loop, convention, dtype)
    return block | {"backward": _cells(backward, loop, convention, dtype)}


def _common(names: list[str]) -> str:
    """What the cells of a loop are called without their numbers."""
    match = re.fullmatch(r"(.+)\.0", names[0])
    return match[1] if match and len(names) > 1 else names[0]


def _cells(cells: list[Layer], loop: tuple[Layer, ...], convention: str, dtype: str) -> Block:
    """The keys of one cell, or a list of several."""
    blocks = [
        settings(cell)
        | _weights(cell, layer.name, convention, dtype)
        | states(cell)
        for cell, layer in zip(cells, loop, strict=True)
    ]  # fmt: skip
    return blocks[0] if len(blocks) == 1 else {"cells": blocks}


def settings(layer: Layer) -> Block:
    """Cell, functions and options of one direction."""
    kind = CELLS[layer.cell]
    block: Block = {"cell": layer.cell}
    for key in kind.functions:
        function = getattr(layer, key)
        if not (key == "state_activation" and function == layer.activation):
            block[key] = named(function)
    block |= {"reset_after": layer.reset_after} if "reset_after" in kind.options else {}
    block |= {"update": layer.update} if layer.update == INVERTED else {}
    block |= {"input_forget": True} if layer.input_forget else {}
    bounds = {key: getattr(layer, key) for key in kind.bounds}
    return block | {key: float(bound) for key, bound in bounds.items() if bound is not None}


def named(function: Activation) -> str | Block:
    """An activation as a config has it."""
    if not function.parameters:
        return function.name
    return {"name": function.name, **{k: float(v) for k, v in function.parameters.items()}}


def states(layer: Layer) -> Block:
    """The initial states that are not 0."""
    kind = CELLS[layer.cell]
    found = {f"{state}0": np.asarray(getattr(layer, f"{state}0")) for state in kind.states}
    return {key: one for key, one in found.items() if np.any(one)}


def _weights(layer: Layer, where: str, convention: str, dtype: str) -> Block:
    """The arrays of one direction; ours gate by gate."""
    arrays = stacked(layer, where, convention, dtype)
    block: Block = {}
    for key, array in arrays.items():
        name, _, gate = key.partition(".")
        if gate:
            block.setdefault(name, {})[gate] = array
        else:
            block[key] = array
    return block


def stateless(one: Stateless, convention: str, dtype: str) -> Block:
    """The block of a layer without a state."""
    name = {"name": one.name}
    if isinstance(one, Output):
        return name | _dense(one, convention, dtype)
    if isinstance(one, Function):
        assert isinstance(one.activation, Activation)
        return name | {"activation": named(one.activation)}
    if isinstance(one, Prelu):
        return name | {"prelu": numbers("alpha", one.alpha, dtype)}
    if isinstance(one, Pooling) and not one.windows:
        return name | {"pooling": one.kind}
    if isinstance(one, Flatten):
        return name | {"flatten": True}
    if not isinstance(one, Normalization):
        return name | _of_graph(one, convention, dtype)
    arrays = {key: getattr(one, key) for key in ("gamma", "beta", "mean", "variance")}
    given = {key: numbers(key, a, dtype) for key, a in arrays.items() if a is not None}
    return name | {"normalization": one.kind, "epsilon": float(one.epsilon)} | given


def _of_graph(one: Stateless, convention: str, dtype: str) -> Block:
    """The keys of a layer that stands in graphs alone: what is not as it is by default."""
    block: Block = {}
    for field, key in keys_of(one).items():
        value = getattr(one, field)
        default = next(each.default for each in fields(one) if each.name == field)  # type: ignore[arg-type]
        if isinstance(value, np.ndarray):
            value = numbers(key, value, dtype)
            transposed = key == "W_y" and convention == "keras"
            key = DENSE[convention] if key == "W_y" else key
            value = np.ascontiguousarray(value.T) if transposed else value
        elif isinstance(value, Activation):
            value = named(value)
        elif isinstance(value, tuple):
            value = list(value)
        told = key in CLASSES
        if field != "name" and value is not None and (told or not _equal(value, default)):
            block[key] = value
    return OF_CLASSES.get(type(one).__name__, {}) | block


def _equal(value: Any, default: Any) -> bool:
    return not isinstance(value, (np.ndarray, list)) and bool(value == default)


OF_CLASSES = {"Dot": {"join": "dot"}, "MultiHeadAttention": {"attention": "multihead"}}
"""The keys of layers whose classes are a kind of their own."""


def _dense(one: Output, convention: str, dtype: str) -> Block:
    W_y = numbers("W_y", one.W_y, dtype)
    weights = np.ascontiguousarray(W_y.T) if convention == "keras" else W_y
    block = {DENSE[convention]: weights, "bias": numbers("bias", one.bias, dtype)}
    assert isinstance(one.activation, Activation)
    return (
        block if one.activation.name == "linear" else block | {"activation": named(one.activation)}
    )
