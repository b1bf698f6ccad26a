"""Keras' recurrent layers: SimpleRNN, GRU, LSTM, those of cuDNN, RNN of cells, Bidirectional."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rnncalc.conventions import keras_words as words
from rnncalc.errors import Path as Way
from rnncalc.errors import printable
from rnncalc.layer import MERGES
from rnncalc.readers.of_keras.config import Spec
from rnncalc.readers.of_keras.made import DEFAULT, Holder, RefusedError, inner, spec_of
from rnncalc.readers.part import Part

UNROLLED = (
    "{}: unrolled, backwards and with zero_output_for_mask, Keras 3 on TensorFlow zeroes the wrong "
    "steps where a mask is given (not the masked ones, but those as far from the end)"
)
NO_CELL = "has the cell {}, which is not computed here"
OLD_HARD_SIGMOID = (
    "{}: hard_sigmoid is computed as Keras 2 does, clip(0.2 x + 0.5, 0, 1); "
    "Keras 3 means another function by it, and gives other numbers for this file"
)


def recurrent(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    """A SimpleRNN, GRU, LSTM, or one of cuDNN."""
    part.kind = "recurrent"
    _policy(spec, part)
    holder = _cell(spec, part, part.block, old)
    yield holder._replace(group="cell")
    _whole(spec, part)


def _cell(spec: Spec, part: Part, block: dict[str, Any], old: bool, way: Way = ()) -> Holder:
    """Say the settings of a cell in its block; where its weights are."""
    config, kind = spec.config, spec.kind
    block["cell"] = words.CELLS[kind]
    fused = kind in words.FUSED
    functions = ["activation"] + ["recurrent_activation"] * (block["cell"] != "rnn")
    for key in functions:
        if key in config:
            block[key] = words.activation(config[key], old=old)
            if block[key] == "hard_sigmoid_old":
                part.warnings.append(OLD_HARD_SIGMOID.format(printable(part.name)))
        elif not (spec.known or fused or key in part.block):
            part.assume(key, "tanh" if key == "activation" else "sigmoid", DEFAULT)
    if block["cell"] == "gru" and spec.known:
        block["reset_after"] = fused or bool(config.get("reset_after", not old))
    names = words.WEIGHTS if config.get("use_bias", True) else words.WEIGHTS[:2]
    return Holder("", names, way, fused, optional=not spec.known)


def _whole(spec: Spec, part: Part, *, both: bool = False) -> None:
    """What a config says of a layer as a whole: direction, outputs at masked steps, sequences."""
    config, block = spec.config, part.block
    if both:
        block["zero_output_for_mask"] = bool(config.get("return_sequences", True))
    else:
        block["zero_output_for_mask"] = bool(config.get("zero_output_for_mask", False))
        if "go_backwards" not in config and not spec.known:
            part.assume("direction", "forward", DEFAULT)
        if config.get("go_backwards"):
            block |= {"direction": "backward", "order": "processing"}
    if all(config.get(key) for key in ("unroll", "go_backwards", "zero_output_for_mask")):
        part.warnings.append(UNROLLED.format(printable(part.name)))
    if config.get("time_major"):
        raise RefusedError("has time_major: true, which is not read here")
    if spec.known:
        block["return_sequences"] = bool(config.get("return_sequences", False))


def cells(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    """An RNN with a cell, or a list of them."""
    part.kind = "recurrent"
    holders = list(_loop(spec, part, part.block, old))
    part.says = f"RNN({_listed(spec)})"
    yield from holders
    _whole(spec, part)


def _loop(
    spec: Spec, part: Part, block: dict[str, Any], old: bool, way: Way = ()
) -> Iterator[Holder]:
    """The cell of an RNN layer, or those of its list."""
    stacked = inner(spec, "cell")
    several = stacked.kind == "StackedRNNCells"
    if not several:
        if stacked.kind not in words.CELLS:
            raise RefusedError(
                f"has the cell {printable(stacked.kind)}, which is not computed here"
            )
        yield _cell(stacked, part, block, old, way)._replace(group="cell")
        return
    given_cells = stacked.config.get("cells")
    if not isinstance(given_cells, list) or not given_cells:
        raise RefusedError("has no list of cells")
    block["cells"] = []
    counts: dict[str, int] = {}
    for i, given in enumerate(given_cells):
        one = spec_of(given, spec)
        if one.kind not in words.CELLS:
            raise RefusedError(NO_CELL.format(printable(one.kind)))
        block["cells"].append({})
        name = words.snake_case(one.kind)
        counts[name] = counts.get(name, -1) + 1
        group = f"{name}_{counts[name]}" if counts[name] else name
        holder = _cell(one, part, block["cells"][i], old, (*way, "cells", i))
        yield holder._replace(group=f"cell/cells/{group}")


def bidirectional(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    """A Bidirectional around any of them."""
    part.kind = "recurrent"
    forward = inner(spec, "layer")
    backward = inner(spec, "backward_layer") if spec.config.get("backward_layer") else forward
    part.says = f"Bidirectional({_listed(forward)})"
    if forward.config.get("go_backwards"):
        raise RefusedError("has a forward layer with go_backwards: true, which is not read here")
    for way, one in (("forward", forward), ("backward", backward)):
        block = part.block.setdefault(way, {})
        group = f"{way}_layer/"
        if one.kind == "RNN":
            holders = list(_loop(one, part, block, old, (way,)))
        elif one.kind in words.LAYERS:
            holders = [_cell(one, part, block, old, (way,))._replace(group="cell")]
        else:
            raise RefusedError(f"has a {printable(one.kind)} in it, which is not computed here")
        yield from (holder._replace(group=group + holder.group) for holder in holders)
    counts = [len(part.block[way].get("cells", [0])) for way in ("forward", "backward")]
    if counts[0] != counts[1]:
        raise RefusedError(f"has {counts[0]} cells forward and {counts[1]} backward")
    if "merge_mode" in spec.config:
        part.block["merge"] = _merge(spec.config["merge_mode"])
    elif not spec.known:
        part.assume("merge", "concat", DEFAULT)
    _policy(forward, part)
    _whole(forward._replace(known=spec.known), part, both=True)


def _merge(mode: Any) -> str:
    if mode is not None and mode not in MERGES:
        raise RefusedError(f"has the merge_mode {printable(str(mode))}, which is not known here")
    return "none" if mode is None else str(mode)


def _listed(spec: Spec) -> str:
    """What is inside: ``LSTM``, ``LSTMCell, GRUCell``."""
    if spec.kind != "RNN":
        return printable(spec.kind)
    stacked = inner(spec, "cell")
    cells = stacked.config.get("cells") if stacked.kind == "StackedRNNCells" else None
    return ", ".join(printable(str(c.get("class_name"))) for c in cells) if cells else stacked.kind


def _policy(spec: Spec, part: Part) -> None:
    """Whether the layer computes in a type that its weights do not have."""
    given = spec.config.get("dtype")
    name = given.get("config", {}).get("name") if isinstance(given, Mapping) else given
    if isinstance(name, str) and name.startswith("mixed_"):
        half = name.removeprefix("mixed_")
        message = f"{printable(part.name)} computes in {printable(half)} (policy {printable(name)})"
        part.warnings.append(f"{message}; here it is computed in its weights' float32")
