"""Keras' layers that make other timesteps of timesteps: convolutions, windows, arrangements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from rnncalc.containers.tensor import Tensor
from rnncalc.conventions import keras as words
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_keras.config import Spec, features
from rnncalc.readers.of_keras.plan import Holder, RefusedError, Size, kept
from rnncalc.readers.of_keras.stateless import function_of

Arrays = dict[str, Tensor]


def convolution(spec: Spec, part: Part) -> Iterator[Holder]:
    """A Conv1D."""
    _convolved(spec, part)
    groups, width = _one(spec, "groups"), features(spec)
    if groups > 1:
        part.block["groups"] = groups
    sizes = [Size("kernel", 0, _one(spec, "kernel_size"), "kernel_size"),
             Size("kernel", 1, width and width // groups, "features"),
             Size("kernel", 2, spec.config.get("filters"), "filters")]  # fmt: skip
    yield Holder("", ("kernel", *_bias(spec)), sizes=sizes, kept=kept(spec))


def by_channel(spec: Spec, part: Part) -> Iterator[Holder]:
    """A DepthwiseConv1D: every feature is a group of its own."""
    _convolved(spec, part)

    def whole(arrays: Arrays) -> Arrays:
        deep = arrays.pop("depthwise")
        size, part.block["groups"], many = deep.shape
        shape = (size, 1, deep.shape[1] * many)
        return {"kernel": deep.made(shape, lambda k: k.reshape(shape)), **arrays}

    yield Holder("", ("depthwise", *_bias(spec)), sizes=_deep(spec), kept=kept(spec), made=whole)


def separable(spec: Spec, part: Part) -> Iterator[Holder]:
    """A SeparableConv1D: one kernel, of that of each feature and of what mixes them."""
    _convolved(spec, part)
    names = ("depthwise", "pointwise", *_bias(spec))
    yield Holder("", names, sizes=_deep(spec), kept=kept(spec), made=_mixed)


def _mixed(arrays: Arrays) -> Arrays:
    deep, mixes = arrays.pop("depthwise"), arrays.pop("pointwise")
    size, width, many = deep.shape
    shape = (size, width, mixes.shape[-1])

    def numbers() -> Any:
        mixing = mixes.read().reshape(width, many, -1)
        return np.einsum("kim,imo->kio", deep.read(), mixing, optimize=False)

    return {"kernel": Tensor(deep.name, shape, deep.dtype, numbers), **arrays}


def _deep(spec: Spec) -> list[Size]:
    return [Size("depthwise", 0, _one(spec, "kernel_size"), "kernel_size"),
            Size("depthwise", 1, features(spec), "features"),
            Size("depthwise", 2, _one(spec, "depth_multiplier"), "depth_multiplier")]  # fmt: skip


def _convolved(spec: Spec, part: Part) -> None:
    """What all convolutions say of themselves."""
    part.kind = "output"
    part.block["conv1d"] = spec.config.get("padding") or "valid"
    for theirs, ours in (("strides", "strides"), ("dilation_rate", "dilation")):
        if (number := _one(spec, theirs)) > 1:
            part.block[ours] = number
    function_of(spec, part)


def _bias(spec: Spec) -> tuple[str, ...]:
    return ("bias",) if spec.config.get("use_bias", True) else ()


def windows(spec: Spec, part: Part) -> Iterator[Holder]:
    """A MaxPooling1D or AveragePooling1D."""
    part.kind = "output"
    size = _one(spec, "pool_size", 2)
    part.block |= {
        "pooling": words.WINDOWS[spec.kind], "size": size,
        "strides": _one(spec, "strides", size), "padding": spec.config.get("padding") or "valid",
    }  # fmt: skip
    yield from ()


def last(spec: Spec, part: Part) -> Iterator[Holder]:
    """The last timestep, as programs take it: ``x[:, -1]``."""
    part.kind = "output"
    part.block["pooling"] = "last"
    yield from ()


def upsampling(spec: Spec, part: Part) -> Iterator[Holder]:
    """An UpSampling1D."""
    part.kind = "output"
    part.block["upsampling"] = _one(spec, "size", 2)
    yield from ()


def repeat(spec: Spec, part: Part) -> Iterator[Holder]:
    """A RepeatVector."""
    part.kind = "output"
    part.block["repeat"] = int(spec.config["n"])
    yield from ()


def reshape(spec: Spec, part: Part) -> Iterator[Holder]:
    """A Reshape to sequences or to rows."""
    part.kind = "output"
    part.block["reshape"] = [*spec.config["target_shape"]]
    yield from ()


def permute(spec: Spec, part: Part) -> Iterator[Holder]:
    """A Permute of sequences."""
    part.kind = "output"
    part.block["permute"] = [*spec.config["dims"]]
    if sorted(part.block["permute"]) != [1, 2]:
        raise RefusedError(f"permutes the axes {part.block['permute']}, expected [2, 1]")
    yield from ()


def rescaling(spec: Spec, part: Part) -> Iterator[Holder]:
    """A Rescaling by one number."""
    part.kind = "output"
    part.block["rescaling"] = float(spec.config.get("scale", 1))
    if offset := float(spec.config.get("offset") or 0):
        part.block["offset"] = offset
    yield from ()


def _one(spec: Spec, key: str, default: int = 1) -> int:
    """A number of a config, which may stand in a list."""
    given = _alone(spec.config, key)
    return default if given is None else int(given)


def _alone(config: Mapping[str, Any], key: str) -> Any:
    given = config.get(key)
    return given[0] if isinstance(given, list) else given
