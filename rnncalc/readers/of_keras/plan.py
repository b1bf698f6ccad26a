"""``PartPlan``: what a layer of Keras becomes, and where its weights are that it has not yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from rnncalc.containers.tensor import Tensor
from rnncalc.conventions import keras_options
from rnncalc.conventions.keras_versions import DEFAULT, Default
from rnncalc.errors import KeyPath, RnncalcError
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_keras.config import Spec, described


def why_assumed(spec: Spec) -> str:
    """Why something of a layer has to be assumed."""
    return "its config does not say it" if spec.known else "the file holds weights only"


class Size(NamedTuple):
    """How long an axis of an array is, as the config says it: ``units 4``; None where not."""

    array: str
    axis: int
    length: int | None
    word: str


class Holder(NamedTuple):
    """Some weights of a layer.

    Attributes:
        group: where they lie below the layer's group in a file of Keras 3.
        names: what they are, in their order.
        path: where they belong in the part's block.
        fused: whether they are those of a layer of cuDNN.
        optional: whether the last of them may be missing.
        sizes: the lengths of axes as the config says them.
        reset_after: of a GRU, where nothing in the file tells it.
        kept: the type in which the config says that they are kept; nothing where it does not.
        made: what makes our arrays of them, where they are not the same.
    """

    group: str
    names: tuple[str, ...]
    path: KeyPath = ()
    fused: bool = False
    optional: bool = False
    sizes: Sequence[Size] = ()
    reset_after: Default = Default(True, DEFAULT)
    kept: str = ""
    made: Callable[[dict[str, Tensor]], dict[str, Tensor]] = lambda arrays: arrays


def kept(spec: Spec) -> str:
    """The type in which a layer keeps its weights, as its config says it."""
    return keras_options.policy(spec.config)[1]


class PartPlan(NamedTuple):
    """A part, and where its weights are."""

    part: Part
    holders: list[Holder]


class RefusedError(RnncalcError):
    """A layer that cannot be computed: the rest of a sentence that begins with its name."""


def inner(spec: Spec, key: str) -> Spec:
    """The layer or cell inside a wrapper."""
    given = spec.config.get(key)
    if isinstance(given, list) and key == "cell":  # RNN([...]) in old files
        given = {"class_name": "StackedRNNCells", "config": {"cells": given}}
    return spec_of(given, spec)


def spec_of(given: Any, around: Spec) -> Spec:
    """A layer or cell that another one describes.

    Errors: RefusedError for what is no description; RnncalcError for its options.
    """
    if not isinstance(given, Mapping) or not isinstance(given.get("config"), Mapping):
        raise RefusedError("wraps something that its config does not describe")
    spec = described(given, around)
    keras_options.check(spec.kind, spec.config)
    return spec
