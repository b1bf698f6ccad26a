"""Keras' layers without a state: Dense, Embedding, Masking, normalizations, pooling and others."""

from __future__ import annotations

from collections.abc import Iterator

from rnncalc.conventions import keras_words as words
from rnncalc.errors import printable
from rnncalc.readers.of_keras.config import Spec
from rnncalc.readers.of_keras.made import DEFAULT, Holder, RefusedError
from rnncalc.readers.part import Part


def dense(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    """A Dense."""
    part.kind = "output"
    if "activation" in spec.config:
        part.block["activation"] = words.activation(spec.config["activation"], old=old)
    elif not spec.known:
        part.assume("activation", "linear", DEFAULT)
    names = ("kernel", "bias") if spec.config.get("use_bias", True) else ("kernel",)
    yield Holder("", names, optional=not spec.known)


def embedding(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    """An Embedding; what masks its steps."""
    part.kind = "embedding"
    if spec.known:
        part.block["mask_zero"] = bool(spec.config.get("mask_zero", False))
    else:
        part.assume("mask_zero", False, DEFAULT)
    yield Holder("", ("weights",))


def masking(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    """A Masking."""
    part.kind = "masking"
    if spec.known:
        part.block["masking"] = float(spec.config.get("mask_value", 0.0))
    else:
        part.assume("masking", 0.0, DEFAULT)
    yield from ()


def passed(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    """A layer that changes no number."""
    part.kind = "nothing"
    yield from ()


def normalization(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    """A LayerNormalization or BatchNormalization of the last axis."""
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


def pooling(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    """A global pooling."""
    part.kind = "output"
    if spec.config.get("data_format", "channels_last") != "channels_last":
        raise RefusedError("pools with data_format channels_first, which is not computed here")
    if spec.config.get("keepdims"):
        raise RefusedError("pools with keepdims: true, which is not computed here")
    part.block["pooling"] = words.POOLINGS[spec.kind]
    yield from ()


def flatten(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    """A Flatten."""
    part.kind = "output"
    part.block["flatten"] = True
    yield from ()


def activation(spec: Spec, part: Part, old: bool) -> Iterator[Holder]:
    """A layer that is an activation and nothing else."""
    part.kind = "output"
    if not spec.known:
        raise RefusedError(f"is a layer {spec.kind}, and a file of weights does not say which")
    part.block["activation"] = words.of_layer(spec.kind, spec.config, old=old)
    yield from ()
