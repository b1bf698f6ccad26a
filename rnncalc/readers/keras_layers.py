"""From a layer of Keras, as its config describes it, to a part of a network; weights come later.

``Holder`` says where in a file the weights of a part lie, and where in its block they belong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from rnncalc.conventions import keras_words as words
from rnncalc.errors import Path as Way
from rnncalc.errors import RnncalcError, printable
from rnncalc.readers.keras_config import Spec, class_of
from rnncalc.readers.part import Part

DEFAULT = "Keras' default; the file holds weights only"
OLD_HARD_SIGMOID = (
    "{}: hard_sigmoid is computed as Keras 2 does, clip(0.2 x + 0.5, 0, 1); "
    "Keras 3 means another function by it, and gives other numbers for this file"
)


class Holder(NamedTuple):
    """Some weights of a layer.

    Attributes:
        group: where they lie below the layer's group in a file of Keras 3.
        names: what they are, in their order.
        way: where they belong in the part's block.
        fused: whether they are those of a layer of cuDNN.
        optional: whether the last of them may be missing.
    """

    group: str
    names: tuple[str, ...]
    way: Way = ()
    fused: bool = False
    optional: bool = False


class Made(NamedTuple):
    """A part, and where its weights are."""

    part: Part
    holders: list[Holder]


class RefusedError(RnncalcError):
    """A layer that cannot be computed: the rest of a sentence that begins with its name."""


def made(spec: Spec, old: bool) -> Made:
    """The part that a layer is.

    Args:
        old: whether the file is of Keras 1 or 2.
    """
    part = Part(spec.name, "other", spec.kind, path=spec.path)
    try:
        holders = list(_maker(spec.kind)(spec, part, old))
    except RnncalcError as error:
        return Made(Part(spec.name, "other", part.says, path=spec.path, problem=str(error)), [])
    return Made(part, holders)


def _maker(kind: str) -> Callable[[Spec, Part, bool], Iterator[Holder]]:
    """What makes a part of a class of layers."""
    if kind in words.LAYERS:
        return _recurrent
    if kind in words.PASSED:
        return _passed
    if kind in words.NORMALIZATIONS:
        return _normalization
    if kind in words.POOLINGS:
        return _pooling
    if kind in words.ACTIVATIONS:
        return _activation
    makers = {
        "RNN": _cells, "Bidirectional": _bidirectional, "TimeDistributed": _timed, "Dense": _dense,
        "Embedding": _embedding, "Masking": _masking, "Flatten": _flatten,
    }  # fmt: skip
    if kind not in makers:
        raise RefusedError(f"is a {printable(kind)}, which is not among the layers computed here")
    return makers[kind]


def _recurrent(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
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
    if config.get("time_major"):
        raise RefusedError("has time_major: true, which is not read here")
    if spec.known:
        block["return_sequences"] = bool(config.get("return_sequences", False))


def _cells(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    part.kind = "recurrent"
    holders = list(_loop(spec, part, part.block, old))
    part.says = f"RNN({_listed(spec)})"
    yield from holders
    _whole(spec, part)


def _loop(
    spec: Spec, part: Part, block: dict[str, Any], old: bool, way: Way = ()
) -> Iterator[Holder]:
    """The cell of an RNN layer, or those of its list."""
    inner = _inner(spec, "cell")
    several = inner.kind == "StackedRNNCells"
    if not several:
        if inner.kind not in words.CELLS:
            raise RefusedError(f"has the cell {printable(inner.kind)}, which is not computed here")
        yield _cell(inner, part, block, old, way)._replace(group="cell")
        return
    block["cells"] = []
    counts: dict[str, int] = {}
    for i, given in enumerate(inner.config.get("cells") or []):
        one = _spec_of(given, spec)
        if one.kind not in words.CELLS:
            raise RefusedError(f"has the cell {printable(one.kind)}, which is not computed here")
        block["cells"].append({})
        name = words.snake_case(one.kind)
        counts[name] = counts.get(name, -1) + 1
        group = f"{name}_{counts[name]}" if counts[name] else name
        holder = _cell(one, part, block["cells"][i], old, (*way, "cells", i))
        yield holder._replace(group=f"cell/cells/{group}")


def _bidirectional(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    part.kind = "recurrent"
    forward = _inner(spec, "layer")
    backward = _inner(spec, "backward_layer") if spec.config.get("backward_layer") else forward
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
    if "merge_mode" in spec.config:
        part.block["merge"] = spec.config["merge_mode"] or "none"
    elif not spec.known:
        part.assume("merge", "concat", DEFAULT)
    _policy(forward, part)
    _whole(forward._replace(known=spec.known), part, both=True)


def _timed(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    inner = _inner(spec, "layer")
    part.says = f"TimeDistributed({inner.kind})"
    if inner.kind in (*words.LAYERS, *words.POOLINGS, "RNN", "Bidirectional", "Flatten", "Masking"):
        raise RefusedError(f"is a TimeDistributed({inner.kind}), which is not computed here")
    holders = list(_maker(inner.kind)(inner, part, old))
    yield from (holder._replace(group=f"layer/{holder.group}".rstrip("/")) for holder in holders)


def _dense(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    part.kind = "output"
    if "activation" in spec.config:
        part.block["activation"] = words.activation(spec.config["activation"], old=old)
    elif not spec.known:
        part.assume("activation", "linear", DEFAULT)
    names = ("kernel", "bias") if spec.config.get("use_bias", True) else ("kernel",)
    yield Holder("", names, optional=not spec.known)


def _embedding(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    part.kind = "embedding"
    if spec.known:
        part.block["mask_zero"] = bool(spec.config.get("mask_zero", False))
    else:
        part.assume("mask_zero", False, DEFAULT)
    yield Holder("", ("weights",))


def _masking(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    part.kind = "masking"
    if spec.known:
        part.block["masking"] = float(spec.config.get("mask_value", 0.0))
    else:
        part.assume("masking", 0.0, DEFAULT)
    yield from ()


def _passed(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    part.kind = "nothing"
    yield from ()


def _normalization(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    part.kind = "output"
    config, batch = spec.config, spec.kind == "BatchNormalization"
    axis = config.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if axis not in (-1, (len(spec.shape) or 3) - 1):
        raise RefusedError(
            f"normalizes axis {printable(str(axis))}, and not the last, the features"
        )
    if config.get("rms_scaling") or config.get("renorm"):
        raise RefusedError("has rms_scaling or renorm, which is not computed here")
    part.block["normalization"] = "batch" if batch else "layer"
    if "epsilon" in config:
        part.block["epsilon"] = float(config["epsilon"])
    else:
        part.assume("epsilon", 1e-3, DEFAULT)
    left_out = [name for name, key in (("gamma", "scale"), ("beta", "center"))
                if not config.get(key, True)]  # fmt: skip
    names = [name for name in words.NORMALIZATIONS[spec.kind] if name not in left_out]
    if names:
        yield Holder("", tuple(names))


def _pooling(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    part.kind = "output"
    if spec.config.get("data_format", "channels_last") != "channels_last":
        raise RefusedError("pools with data_format channels_first, which is not computed here")
    if spec.config.get("keepdims"):
        raise RefusedError("pools with keepdims: true, which is not computed here")
    part.block["pooling"] = words.POOLINGS[spec.kind]
    yield from ()


def _flatten(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    part.kind = "output"
    part.block["flatten"] = True
    yield from ()


def _activation(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    part.kind = "output"
    part.block["activation"] = words.of_layer(spec.kind, spec.config, old=old)
    yield from ()


def _inner(spec: Spec, key: str) -> Spec:
    """The layer or cell inside a wrapper."""
    given = spec.config.get(key)
    if isinstance(given, list) and key == "cell":  # RNN([...]) in old files
        given = {"class_name": "StackedRNNCells", "config": {"cells": given}}
    return _spec_of(given, spec)


def _spec_of(given: Any, around: Spec) -> Spec:
    if not isinstance(given, Mapping) or not isinstance(given.get("config"), Mapping):
        raise RefusedError("wraps something that its config does not describe")
    return around._replace(kind=class_of(given), config=given["config"], shape=())


def _listed(spec: Spec) -> str:
    """What is inside: ``LSTM``, ``LSTMCell, GRUCell``."""
    if spec.kind != "RNN":
        return printable(spec.kind)
    inner = _inner(spec, "cell")
    cells = inner.config.get("cells") if inner.kind == "StackedRNNCells" else None
    return ", ".join(printable(str(c.get("class_name"))) for c in cells) if cells else inner.kind


def _policy(spec: Spec, part: Part) -> None:
    """Whether the layer computes in a type that its weights do not have."""
    given = spec.config.get("dtype")
    name = given.get("config", {}).get("name") if isinstance(given, Mapping) else given
    if isinstance(name, str) and name.startswith("mixed_"):
        half = name.removeprefix("mixed_")
        message = f"{printable(part.name)} computes in {printable(half)} (policy {printable(name)})"
        part.warnings.append(f"{message}; here it is computed in its weights' float32")
