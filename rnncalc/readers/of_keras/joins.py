"""Keras' layers that read several: Add, Concatenate, Dot and others, the kinds of attention."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnncalc.containers.tensor import Tensor
from rnncalc.conventions import keras as words
from rnncalc.errors import printable
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_keras.config import Spec
from rnncalc.readers.of_keras.plan import Holder, RefusedError, kept

SEQUENCE = 3
"""The axes of sequences of features, their batch among them."""


def join(spec: Spec, part: Part) -> Iterator[Holder]:
    """An Add, Concatenate, Multiply, Average, Maximum or Subtract."""
    part.kind = "output"
    part.block["join"] = words.JOINS[spec.kind]
    if spec.kind == "Concatenate":
        given = spec.config.get("axis", -1)
        axis = _axis(spec, given)
        if axis == 0 or axis is None:
            raise RefusedError(f"joins axis {printable(str(given))}, which is not computed here")
        if axis != len(spec.shape) - 1:
            part.block["axis"] = axis
    yield from ()


def dot(spec: Spec, part: Part) -> Iterator[Holder]:
    """A Dot of two axes."""
    part.kind = "output"
    axes = spec.config.get("axes", -1)
    part.block |= {"join": "dot", "axes": axes if isinstance(axes, list) else [axes, axes]}
    if spec.config.get("normalize"):
        part.block["normalize"] = True
    yield from ()


def _axis(spec: Spec, given: Any) -> int | None:
    """An axis counted from the first, the batch; None where that is not known."""
    given = given[0] if isinstance(given, list) and len(given) == 1 else given
    if not isinstance(given, int) or not spec.shape:
        return None
    axis = given + len(spec.shape) if given < 0 else given
    return axis if 0 <= axis < len(spec.shape) else None


def attention(spec: Spec, part: Part) -> Iterator[Holder]:
    """An Attention: Luong's dot product, or tanh of the sum."""
    part.kind = "output"
    _causal(spec, part)
    scaled = ("scale",) * bool(spec.config.get("use_scale", False))
    part.block["attention"] = "dot"
    if spec.config.get("score_mode") == "concat":
        part.block["attention"] = "additive"
        yield Holder("", (*scaled, "v"), kept=kept(spec))
    elif scaled:
        yield Holder("", scaled, kept=kept(spec))


def additive(spec: Spec, part: Part) -> Iterator[Holder]:
    """An AdditiveAttention, Bahdanau's without its two matrices."""
    part.kind = "output"
    _causal(spec, part)
    part.block["attention"] = "additive"
    if spec.config.get("use_scale", True):
        yield Holder("", ("v",), kept=kept(spec))


def _causal(spec: Spec, part: Part) -> None:
    if spec.config.get("causal") or spec.call.get("use_causal_mask"):
        part.block["causal"] = True


HEADS = {"query_dense": "q", "key_dense": "k", "value_dense": "v", "output_dense": "o"}
"""The groups of its weights in a file of Keras 3, and our letters."""


def heads(spec: Spec, part: Part) -> Iterator[Holder]:
    """A MultiHeadAttention over the timesteps."""
    part.kind = "output"
    _causal(spec, part)
    part.block["attention"] = "multihead"
    scale = 1 / np.sqrt(spec.config["key_dim"])
    part.block["scale"] = float(np.float32(scale))  # TensorFlow has it so in float64, too
    biased = spec.config.get("use_bias", True)
    for group, letter in HEADS.items():
        names = (f"W_{letter}", f"b_{letter}") if biased else (f"W_{letter}",)
        yield Holder(group, names, kept=kept(spec), made=_per_head(letter))


def _per_head(letter: str) -> Any:
    """Brings the arrays of Keras, (features, heads, size) or (heads, size, features), into ours."""

    def made(arrays: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: _turned(tensor, letter) for name, tensor in arrays.items()}

    return made


def _turned(tensor: Tensor, letter: str) -> Tensor:
    if tensor.ndim != SEQUENCE:
        return tensor
    order = (0, 2, 1) if letter == "o" else (1, 2, 0)
    shape = tuple(tensor.shape[i] for i in order)
    return tensor.made(shape, lambda a: np.transpose(a, order))
