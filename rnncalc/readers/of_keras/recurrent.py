"""Keras' recurrent layers: SimpleRNN, GRU, LSTM, those of cuDNN, RNN of cells, Bidirectional."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rnncalc.conventions import keras as words
from rnncalc.conventions import keras_activations
from rnncalc.conventions.keras_versions import DEFAULT
from rnncalc.equations import CELLS
from rnncalc.errors import KeyPath, printable
from rnncalc.model.checks import Names
from rnncalc.readers.contents.part import Assumption, Part
from rnncalc.readers.of_keras.config import Spec, features
from rnncalc.readers.of_keras.plan import (
    Holder,
    RefusedError,
    Size,
    inner,
    kept,
    spec_of,
    why_assumed,
)

UNROLLED = (
    "{}: unrolled, backwards and with zero_output_for_mask, Keras on TensorFlow zeroes the wrong "
    "steps where a mask is given (not the masked ones, but those as far from the end)"
)
NO_CELL = "has the cell {}, which is not computed here"

JZS3 = "it has nine arrays; a JZS3 of Keras before 0.3 has the same"


def recurrent(spec: Spec, part: Part) -> Iterator[Holder]:
    """A SimpleRNN, GRU, LSTM, or one of cuDNN."""
    part.kind = "recurrent"
    holder = _cell(spec, part, part.block)
    yield holder._replace(group="cell")
    _whole(spec, part)


def _cell(spec: Spec, part: Part, block: dict[str, Any], path: KeyPath = ()) -> Holder:
    """Say the settings of a cell in its block; where its weights are."""
    config, kind = spec.config, spec.kind
    block["cell"] = words.CELLS[kind]
    fused = kind in words.FUSED
    if block["cell"] == "gru" and spec.version.number < (1, 0):
        part.assume("cell", "gru", JZS3)
    functions = ["activation"] + ["recurrent_activation"] * (block["cell"] != "rnn")
    for key in functions:
        if key in config:
            block[key] = keras_activations.activation(config[key], spec.version)
            part.warnings += keras_activations.doubtful(part.name, block[key], spec.version)
        elif not (fused or key in part.block):
            _default(spec, part, block, key)
    after = spec.version.reset_after
    if block["cell"] == "gru" and spec.known:
        block["reset_after"] = fused or bool(config.get("reset_after", after.value))
    names = words.WEIGHTS if config.get("use_bias", True) else words.WEIGHTS[:2]
    sizes = [Size("recurrent_kernel", 0, config.get("units"), "units"),
             Size("kernel", 0, features(spec), "features")]  # fmt: skip
    return Holder("", names, path, fused, not spec.known, sizes, after, kept(spec))


def _default(spec: Spec, part: Part, block: dict[str, Any], key: str) -> None:
    """Take the default of the version that wrote the file for a function that it does not say."""
    version = spec.version
    own = version.activation(block["cell"])
    default = own if key == "activation" else version.recurrent_activation
    part.assume(key, default.value, f"{default.why}; {why_assumed(spec)}")
    if default.why.startswith("doubtful"):
        part.warnings.append(f"{printable(part.name)}.{key}={default.value} is {default.why}")


def _whole(spec: Spec, part: Part, *, both: bool = False) -> None:
    """What a config says of a layer as a whole: direction, outputs at masked steps, sequences."""
    config, block = spec.config, part.block
    if both:
        block["zero_output_for_mask"] = bool(config.get("return_sequences", True))
        if config.get("unroll") and block["zero_output_for_mask"]:
            part.warnings.append(UNROLLED.format(f"{printable(part.name)}.backward"))
    else:
        block["zero_output_for_mask"] = bool(config.get("zero_output_for_mask", False))
        if "go_backwards" not in config and not spec.known:
            part.assume("direction", "forward", f"{DEFAULT}; {why_assumed(spec)}")
        if config.get("go_backwards"):
            block |= {"direction": "backward", "order": "processing"}
    if all(config.get(key) for key in ("unroll", "go_backwards", "zero_output_for_mask")):
        part.warnings.append(UNROLLED.format(printable(part.name)))
    if spec.known:
        block["return_sequences"] = bool(config.get("return_sequences", False))
    _begun(spec, part)


def _begun(spec: Spec, part: Part) -> None:
    """Initial states that inputs of the model give, and whoever runs it."""
    if not spec.states:
        return
    blocks = [part.block[way] for way in ("forward", "backward") if way in part.block]
    cells = [cell for block in blocks or [part.block] for cell in block.get("cells", [block])]
    kinds = [state for cell in cells for state in CELLS[cell["cell"]].states]
    if len(spec.states) != len(kinds):
        raise RefusedError(f"begins with {len(spec.states)} states, expected {len(kinds)}")
    for state in dict.fromkeys(kinds):
        names = [name for name, kind in zip(spec.states, kinds, strict=True) if kind == state]
        several = len(names) > 1
        given = f"the model's input{'s' * several} {', '.join(map(printable, names))}"
        why = f"{given} give{'s' * (not several)} it, --{state}0 does it here"
        part.assumed.append(Assumption(part.name, f"{state}0", 0, why))


def cells(spec: Spec, part: Part) -> Iterator[Holder]:
    """An RNN with a cell, or a list of them."""
    part.kind = "recurrent"
    holders = list(_loop(spec, part, part.block))
    part.says = f"RNN({_listed(spec)})"
    yield from holders
    _whole(spec, part)


def _loop(spec: Spec, part: Part, block: dict[str, Any], path: KeyPath = ()) -> Iterator[Holder]:
    """The cell of an RNN layer, or those of its list."""
    stacked = inner(spec, "cell")
    several = stacked.kind == "StackedRNNCells"
    if not several:
        if stacked.kind not in words.CELLS:
            raise RefusedError(
                f"has the cell {printable(stacked.kind)}, which is not computed here"
            )
        yield _cell(stacked, part, block, path)._replace(group="cell")
        return
    given_cells = stacked.config.get("cells")
    if not isinstance(given_cells, list) or not given_cells:
        raise RefusedError("has no list of cells")
    block["cells"] = []
    groups = Names()
    for i, given in enumerate(given_cells):
        one = spec_of(given, spec)._replace(shape=() if i else spec.shape)
        if one.kind not in words.CELLS:
            raise RefusedError(NO_CELL.format(printable(one.kind)))
        block["cells"].append({})
        group = f"cell/cells/{groups.unique(words.snake_case(one.kind))}"
        yield _cell(one, part, block["cells"][i], (*path, "cells", i))._replace(group=group)


def bidirectional(spec: Spec, part: Part) -> Iterator[Holder]:
    """A Bidirectional around any of them."""
    part.kind = "recurrent"
    forward = inner(spec, "layer")
    own = bool(spec.config.get("backward_layer"))
    backward = inner(spec, "backward_layer") if own else forward
    part.says = f"Bidirectional({_listed(forward)})"
    if forward.config.get("go_backwards"):
        raise RefusedError("has a forward layer with go_backwards: true, which is not read here")
    if own and spec.known and not backward.config.get("go_backwards"):
        raise RefusedError("has a backward layer with go_backwards: false")
    for way, one in (("forward", forward), ("backward", backward)):
        block = part.block.setdefault(way, {})
        group = f"{way}_layer/"
        if one.kind == "RNN":
            holders = list(_loop(one, part, block, (way,)))
        elif one.kind in words.LAYERS:
            holders = [_cell(one, part, block, (way,))._replace(group="cell")]
        else:
            raise RefusedError(f"has a {printable(one.kind)} in it, which is not computed here")
        yield from (holder._replace(group=group + holder.group) for holder in holders)
    counts = [len(part.block[way].get("cells", [0])) for way in ("forward", "backward")]
    if counts[0] != counts[1]:
        raise RefusedError(f"has {counts[0]} cells forward and {counts[1]} backward")
    if "merge_mode" in spec.config:
        part.block["merge"] = str(spec.config["merge_mode"] or "none")
    elif not spec.known:
        part.assume("merge", "concat", f"{DEFAULT}; {why_assumed(spec)}")
    _whole(forward._replace(known=spec.known, states=spec.states), part, both=True)


def _listed(spec: Spec) -> str:
    """What is inside: ``LSTM``, ``LSTMCell, GRUCell``."""
    if spec.kind != "RNN":
        return printable(spec.kind)
    stacked = inner(spec, "cell")
    cells = stacked.config.get("cells") if stacked.kind == "StackedRNNCells" else None
    return ", ".join(printable(str(c.get("class_name"))) for c in cells) if cells else stacked.kind
