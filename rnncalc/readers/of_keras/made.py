"""``Made``: what a layer of Keras becomes before it has its weights, and where these are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rnncalc.errors import Path as Way
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_keras.config import Spec, class_of
from rnncalc.readers.part import Part

DEFAULT = "Keras' default; the file holds weights only"


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


def inner(spec: Spec, key: str) -> Spec:
    """The layer or cell inside a wrapper."""
    given = spec.config.get(key)
    if isinstance(given, list) and key == "cell":  # RNN([...]) in old files
        given = {"class_name": "StackedRNNCells", "config": {"cells": given}}
    return spec_of(given, spec)


def spec_of(given: Any, around: Spec) -> Spec:
    """A layer or cell that another one describes.

    Errors: RefusedError for what is no description.
    """
    if not isinstance(given, Mapping) or not isinstance(given.get("config"), Mapping):
        raise RefusedError("wraps something that its config does not describe")
    return around._replace(kind=class_of(given), config=given["config"], shape=())
