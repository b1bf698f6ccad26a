"""The fused recurrent operators: each direction becomes a node LSTM or RNN, with a ready block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncalc.conventions import tflite as words
from rnncalc.conventions.onnx_activations import decimal
from rnncalc.errors import printable
from rnncalc.readers.of_onnx.loops.nodes import StandIn
from rnncalc.readers.of_onnx.operators.table import OtherError
from rnncalc.readers.of_tflite.scope import Scope

NORMALIZED = "normalizes layers inside its cell, which is not computed here"
PROJ_CLIP = "clips what it projects at {:g} (proj_clip), which is not computed here"
PROJ_BIAS = "adds a bias to what it projects, which is not computed here"
AUXILIARY = "has a second input (aux_input), which is not computed here"
DIAGONAL = "has recurrent weights that are diagonals, which is not computed here"
PARTLY = "has {} of some gates, and not of others"
COUPLED = "{}, i = 1 - f"

Block = dict[str, Any]
ONE = "-"
"""In place of a gate's letter, where there are none."""


def recurrent(scope: Scope) -> None:
    """An operator of one direction or two. Errors: OtherError for what is not computed."""
    told, major = scope.told, bool(scope.told.get("TimeMajor"))
    if told.get("ProjClip"):
        raise OtherError(PROJ_CLIP.format(told["ProjClip"]))
    if told.get("DiagonalRecurrentTensors"):
        raise OtherError(DIAGONAL)
    if scope.has(words.AUXILIARY.get(scope.called, -1)):
        raise OtherError(AUXILIARY)
    if scope.called == "LSTM" and told.get("KernelType", 0):
        _basic(scope)
        return
    x, every = _sequence(scope, 0, major), words.DIRECTIONS[scope.called]
    given = []
    for operands, direction in zip(every, ("forward", "reverse"), strict=False):
        block = _block(scope, operands)
        given.append(_direction(scope, block, operands.states, x, direction))
    _give(scope, given, major)


def _sequence(scope: Scope, index: int, major: bool) -> str:
    """An input as (timesteps, batch, features)."""
    scope.refuse_whole(index)
    value = scope.value(index)
    if scope.called in words.ONE_STEP:
        return scope.add("Unsqueeze", value, axes=(0,))
    return value if major else scope.add("Transpose", value, perm=(1, 0, 2))


def _give(scope: Scope, given: list[str], major: bool) -> None:
    """What the directions give, as the operator does."""
    if scope.called in words.ONE_STEP:
        last = scope.add("Squeeze", given[0], axes=(0,))
        several = scope.operator.outputs[1:] if scope.operator else ()
        scope.give([""] * len(several) + [last])
        return
    if len(given) == 2 and scope.told.get("MergeOutputs"):
        given = [scope.add("Concat", *given, axis=2)]
    if not major:
        given = [scope.add("Transpose", one, perm=(1, 0, 2)) for one in given]
    scope.give(given)


def _direction(scope: Scope, block: Block, states: Sequence[int], x: str, direction: str) -> str:
    """The node of a direction; its outputs, (timesteps, batch, units)."""
    inputs = [x, "", "", "", "", *(_state(scope, index) for index in states)]
    op = block["cell"].upper()
    names = tuple(scope.shared.values.unique(f"{scope.name}.Y{key}") for key in ("", "_h", "_c"))
    called = scope.called if "coupled" not in block else COUPLED.format(scope.called)
    block.pop("coupled", None)
    scope.nodes.append(StandIn(
        op, scope.own(), tuple(inputs), names[: 1 + len(states)],
        {"direction": direction, "block": block}, called,
    ))  # fmt: skip
    return scope.add("Squeeze", names[0], axes=(1,))


def _state(scope: Scope, index: int) -> str:
    """An initial state; nothing where it is kept from call to call, and is 0 first."""
    if not scope.has(index) or scope.tensor(index).variable:
        return ""
    scope.refuse_whole(index)
    return scope.add("Unsqueeze", scope.value(index), axes=(0,))


def _block(scope: Scope, operands: words.Operands) -> Block:
    """The keys of a config for one direction."""
    kind = scope.told.get("FusedActivationFunction", 0)
    if kind not in words.ACTIVATIONS:
        raise OtherError(f"has a fused activation that is not known ({kind})")
    if any(map(scope.has, operands.norms)):
        raise OtherError(NORMALIZED)
    lstm = len(operands.states) == 2
    gates = words.GATES if lstm else ONE
    block: Block = {"cell": "lstm" if lstm else "rnn", "activation": words.ACTIVATIONS[kind]}
    for key, places in (("W_x", operands.W_x), ("W_h", operands.W_h), ("bias", operands.bias),
                        ("P", operands.P)):  # fmt: skip
        letters = zip(words.PEEPHOLES if key == "P" else gates, places, strict=False)
        block[key] = {gate: scope.stored(place) for gate, place in letters if scope.has(place)}
    block |= _projected(scope, operands)
    block |= {"cell_clip": decimal(clip)} if (clip := scope.told.get("CellClip")) else {}
    if lstm and "i" not in block["W_x"]:
        _couple(block)
    _fitting(block, gates)
    return _plain(block)


def _plain(block: Block) -> Block:
    """Arrays of the one block by themselves; peepholes only where there are any."""
    plain = {key: one[ONE] if isinstance(one, dict) and ONE in one else one
             for key, one in block.items()}  # fmt: skip
    return {key: one for key, one in plain.items() if one != {}}


def _projected(scope: Scope, operands: words.Operands) -> Block:
    """The projection, where there is one."""
    if scope.has(operands.bias_r) and scope.stored(operands.bias_r).read().any():
        raise OtherError(PROJ_BIAS)
    return {"W_r": scope.stored(operands.W_r)} if scope.has(operands.W_r) else {}


def _couple(block: Block) -> None:
    """The input gate of a coupled cell: 1 - sigmoid(a) is sigmoid(-a)."""
    for key in ("W_x", "W_h", "bias", "P"):
        if "f" in block[key]:
            forget = block[key]["f"]
            block[key] = {"i": forget.made(forget.shape, np.negative), **block[key]}
    block["coupled"] = True


def _fitting(block: Block, gates: str) -> None:
    """Errors: OtherError where shapes do not fit each other, or a gate has none."""
    for key in ("W_x", "W_h", "bias"):
        if set(block[key]) != set(gates):
            raise OtherError(PARTLY.format(key))
    if block["P"] and set(block["P"]) != set(words.PEEPHOLES):
        raise OtherError(PARTLY.format("peepholes"))
    units, features = (*block["W_x"][gates[-1]].shape, 0, 0)[:2]
    state = block["W_r"].shape[0] if "W_r" in block and block["W_r"].ndim == 2 else units
    expected = {"W_x": (units, features), "W_h": (units, state), "bias": (units,), "P": (units,)}
    for key, shape in expected.items():
        for one in block[key].values():
            if one.shape != shape or not one.size:
                name = printable(one.name, 200)
                raise OtherError(f"has {name} of shape {one.shape}, expected {shape}")
    if "W_r" in block and block["W_r"].shape != (state, units):
        raise OtherError(f"has a projection of shape {block['W_r'].shape}, expected (projected, "
                         f"{units})")  # fmt: skip


def _basic(scope: Scope) -> None:
    """A basic LSTM: one matrix over [x; h], of which each gate has some rows."""
    x, h, weights, bias, c = words.BASIC
    W, b = scope.stored(weights), scope.stored(bias)
    rows, width = (*W.shape, 0, 0)[:2]
    units = rows // 4
    features = width - units
    if W.ndim != 2 or rows % 4 or features < 1 or b.shape != (rows,):
        raise OtherError(f"has weights {W.shape} and biases {b.shape}, expected (4 * units, "
                         "features + units) and (4 * units)")  # fmt: skip
    block: Block = {"cell": "lstm", "W_x": {}, "W_h": {}, "bias": {}}
    for i, gate in enumerate(words.BASIC_ORDER):
        part = slice(i * units, (i + 1) * units)
        block["W_x"][gate] = W.made((units, features), _cut(part, slice(features)))
        block["W_h"][gate] = W.made((units, units), _cut(part, slice(features, None)))
        block["bias"][gate] = b.made((units,), _cut(part))
    for key in ("W_x", "W_h", "bias"):
        block[key] = {gate: block[key][gate] for gate in words.GATES}
    sequence = _direction(scope, block, (h, c), _sequence(scope, x, False), "forward")
    scope.give([scope.add("Squeeze", sequence, axes=(0,))])


def _cut(*parts: slice) -> Any:
    return lambda numbers: np.asarray(numbers[parts])
