"""Keras' layers without a state: Dense, Embedding, Masking, normalizations, pooling and others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rnncalc.conventions import keras as words
from rnncalc.conventions import keras_activations
from rnncalc.conventions.keras_versions import DEFAULT
from rnncalc.equations.activations import activation as activation_of
from rnncalc.errors import printable
from rnncalc.readers.contents.part import Assumption, Part
from rnncalc.readers.of_keras.config import Spec, features
from rnncalc.readers.of_keras.plan import Holder, RefusedError, Size, kept, why_assumed
from rnncalc.readers.of_keras.tree import is_named

ONE_ARRAY = "it has one array W, as a Dense without bias has"
OF_STEPS = (1, -2, [1], [-2])
SEQUENCE = 3
"""The axes of sequences of features, their batch among them."""


def dense(spec: Spec, part: Part) -> Iterator[Holder]:
    """A Dense."""
    part.kind = "output"
    function_of(spec, part)
    names = ("kernel", "bias") if spec.config.get("use_bias", True) else ("kernel",)
    sizes = [Size("kernel", 0, features(spec), "features"),
             Size("kernel", 1, spec.config.get("units"), "units")]  # fmt: skip
    yield Holder("", names, optional=not spec.known, sizes=sizes, kept=kept(spec))


def embedding(spec: Spec, part: Part) -> Iterator[Holder]:
    """An Embedding; what masks its steps."""
    part.kind = "embedding"
    if spec.known:
        part.block["mask_zero"] = bool(spec.config.get("mask_zero", False))
    else:
        part.assume("mask_zero", False, f"{DEFAULT}; {why_assumed(spec)}")
        if (
            spec.version.number >= (1, 0)
            and spec.version.first
            and not is_named(spec.name, "Embedding")
        ):
            part.assumed.append(Assumption(spec.name, "kind", "embedding", ONE_ARRAY))
    sizes = [Size("weights", axis, spec.config.get(key), key)
             for axis, key in enumerate(("input_dim", "output_dim"))]  # fmt: skip
    yield Holder("", ("weights",), sizes=sizes, kept=kept(spec))


def masking(spec: Spec, part: Part) -> Iterator[Holder]:
    """A Masking."""
    part.kind = "masking"
    if spec.known:
        part.block["masking"] = float(spec.config.get("mask_value", 0.0))
    else:
        part.assume("masking", 0.0, f"{DEFAULT}; {why_assumed(spec)}")
    yield from ()


def passed(spec: Spec, part: Part) -> Iterator[Holder]:
    """A layer that changes no number."""
    part.kind = "nothing"
    yield from ()


def normalization(spec: Spec, part: Part) -> Iterator[Holder]:
    """A LayerNormalization or BatchNormalization of the last axis."""
    part.kind = "output"
    config, batch = spec.config, spec.kind == "BatchNormalization"
    if not _last(spec, axis := config.get("axis", -1)):
        raise RefusedError(
            f"normalizes axis {printable(str(axis))}, and not the last, the features"
        )
    part.block["normalization"] = "batch" if batch else "layer"
    if "epsilon" in config:
        part.block["epsilon"] = float(config["epsilon"])
    else:
        part.assume("epsilon", spec.version.epsilon, f"{DEFAULT}; {why_assumed(spec)}")
    left_out = [name for name, key in (("gamma", "scale"), ("beta", "center"))
                if not config.get(key, True)]  # fmt: skip
    names = [name for name in words.NORMALIZATIONS[spec.kind] if name not in left_out]
    if names:
        sizes = [Size(name, 0, features(spec), "features") for name in names]
        yield Holder("", tuple(names), sizes=sizes)


def _last(spec: Spec, axis: Any) -> bool:
    """Whether an axis is that of the features: the last of what the layer takes."""
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    return bool(axis == -1 or (spec.shape and axis == len(spec.shape) - 1))


def pooling(spec: Spec, part: Part) -> Iterator[Holder]:
    """A global pooling."""
    part.kind = "output"
    part.block["pooling"] = words.POOLINGS[spec.kind]
    yield from ()


def flatten(spec: Spec, part: Part) -> Iterator[Holder]:
    """A Flatten; of rows it changes nothing."""
    part.kind = "output"
    if spec.config.get("data_format") == "channels_first" and len(spec.shape) in (0, SEQUENCE):
        raise RefusedError("has data_format 'channels_first', which is not computed here")
    part.block["flatten"] = True
    yield from ()


def activation(spec: Spec, part: Part) -> Iterator[Holder]:
    """A layer that is an activation and nothing else."""
    part.kind = "output"
    if not spec.known and spec.kind != "Activation":
        default = activation_of(keras_activations.of_layer(spec.kind, {}, spec.version))
        part.assume("activation", str(default), f"{DEFAULT}; {why_assumed(spec)}")
        return
    config = dict(spec.config)
    if _last(spec, config.get("axis", 0)):
        config["axis"] = -1
    elif spec.kind == "Softmax" and len(spec.shape) == SEQUENCE and config["axis"] in OF_STEPS:
        config["axis"], part.block["permute"] = -1, [2, 1]  # there, and back again
    _function(spec, part, keras_activations.of_layer(spec.kind, config, spec.version))
    yield from ()


def prelu(spec: Spec, part: Part) -> Iterator[Holder]:
    """A PReLU, with one slope for each feature or for all of them."""
    part.kind = "output"
    shared = spec.config.get("shared_axes") or []
    if any(axis not in shared for axis in range(1, len(spec.shape) - 1)):
        raise RefusedError("has slopes of its own for every timestep (shared_axes without 1)")
    yield Holder("", ("prelu",))


def function_of(spec: Spec, part: Part) -> None:
    """Say the activation that a layer has besides its weights."""
    if "activation" in spec.config:
        _function(spec, part, keras_activations.activation(spec.config["activation"], spec.version))
    elif not spec.known:
        part.assume("activation", "linear", f"{DEFAULT}; {why_assumed(spec)}")


def _function(spec: Spec, part: Part, ours: Any) -> None:
    """Say the activation of a layer, and what is doubtful about it."""
    part.block["activation"] = ours
    part.warnings += keras_activations.doubtful(part.name, ours, spec.version)
