"""The rounding of GPUs and TPUs: products whose operands have few bits, summed in float32.

TF32 keeps 10 bits; cuDNN computes recurrent layers so by default on NVIDIA GPUs since Ampere.
bfloat16 keeps 7; so do TPUs. No GPU was at hand: the rounding is emulated, of all products, and
claimed where it brings all numbers. Where every h is expected, each step goes on from the expected
one, which is what was rounded there: roundings then do not add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.comparison import differ
from rnncalc.checking.diagnosis.by_hand import Hand, Product, by_hand
from rnncalc.checking.diagnosis.examination import Examination
from rnncalc.checking.diagnosis.job import Job
from rnncalc.checking.verdict import Claim
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import alter
from rnncalc.model.layer import Layer
from rnncalc.model.stateless import Output

CAUSE = "precision"

LONGEST = 2_000
"""So many timesteps are gone through at most."""

MANTISSA = 23
"""Bits of float32 behind the first one."""

TF32_OFF = (
    'torch.backends.cudnn.rnn.fp32_precision = "ieee" in PyTorch (before 2.9 '
    "torch.backends.cudnn.allow_tf32 = False); "
    "tf.config.experimental.enable_tensor_float_32_execution(False) in TensorFlow"
)
BFLOAT16_OFF = (
    'torch.set_float32_matmul_precision("highest") in PyTorch; '
    'jax.config.update("jax_default_matmul_precision", "highest") in JAX, whose default on TPUs '
    "it is"
)


class Rounding(NamedTuple):
    """How the operands of products are rounded.

    Attributes:
        bits: so many are kept behind the first one.
        ties: where what lies in the middle goes: ``even``, ``away`` from 0; or ``cut``, where
            nothing is rounded up.
        say: what that is called.
        remedy: how it is turned off.
    """

    bits: int
    ties: str
    say: str
    remedy: str

    def of(self, array: Array) -> Array:
        """An array as it enters a product."""
        dropped = np.uint32(MANTISSA - self.bits)
        bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
        half = np.uint32(1) << (dropped - np.uint32(1))
        odd = (bits >> dropped) & np.uint32(1)
        if self.ties != "cut":
            bits = bits + (half if self.ties == "away" else half - np.uint32(1) + odd)
        return np.asarray(((bits >> dropped) << dropped).view(np.float32), np.float64)


FEW = "rounded to the 10 bits that TF32 and float16 have"
ROUNDINGS = (
    Rounding(10, "away", FEW, TF32_OFF),
    Rounding(10, "even", FEW, TF32_OFF),
    Rounding(10, "cut", "cut to the 10 bits that TF32 has", TF32_OFF),
    Rounding(7, "even", "rounded to bfloat16", BFLOAT16_OFF),
)

MOST_OFF, SHARE = 0.02, 0.125
"""So many of the numbers may be off by so much of the difference: where a number that is rounded
lies nearly in the middle, another order of a sum rounds it to the other side."""


def claims(this: Examination) -> Iterator[Claim]:
    """Whether the numbers are those of TF32."""
    forced = _forced(this)
    if not this.finite or not (this.small or forced) or this.job.x.shape[1] > LONGEST:
        return
    for hand in _hands(this.job, forced):
        if not this.affords("the rounding of GPUs"):
            return
        this.tried += 1
        try:
            numbers = by_hand(_rounded_head(this.job, hand), hand).numbers(this.theirs.shape)
        except (RnncalcError, ValueError):
            return
        if claim := _claim(this, hand, numbers):
            yield claim
            return


def _claim(this: Examination, hand: RoundedProducts, numbers: Array | None) -> Claim | None:
    """What is said where these numbers are the expected ones, or nearly all of them."""
    left, ours = this.left(numbers), this.left(this.ours)
    if numbers is None or left is None or ours is None or not this.convincing(0, left):
        return None
    off = int(differ(numbers, this.theirs, this.tolerance).sum())
    if off > MOST_OFF * numbers.size or (off and left > SHARE * ours):
        return None
    some = f"{numbers.size - off:,} of {numbers.size:,}" if off else "the"
    nearly = ", and the others nearly," if off else ""
    say = f"{some} expected numbers come out{nearly} when the operands of products are"
    return Claim(CAUSE, f"{say} {hand.rounding.say}", left, hand.rounding.remedy)


def _hands(job: Job, forced: Mapping[str, Array]) -> Iterator[RoundedProducts]:
    """Each rounding, of the recurrent layers alone, and of the output layer, too."""
    for head in (False, True) if job.name == "y" else (False,):
        for rounding in ROUNDINGS:
            yield RoundedProducts(rounding, head, forced)


class RoundedProducts(Hand):
    """A processor that rounds the operands of products.

    Args:
        rounding: how.
        head: whether the products of the output layer are such ones, too.
        forced: by the direction, the h that a step goes on from instead of its own, in the order
            in which the direction reads, (timesteps, units, batch).
    """

    def __init__(self, rounding: Rounding, head: bool, forced: Mapping[str, Array]) -> None:
        self.rounding, self.head, self.forced = rounding, head, forced

    def matrix(self, name: str, array: Array) -> Any:
        """A matrix whose products are rounded."""
        few = self.rounding.of(array)
        return Product(lambda other: few @ self.rounding.of(other))

    def states(self, layer: Layer, way: str, history: list[tuple[Array, ...]]) -> tuple[Any, ...]:
        """The last states, or the expected ones."""
        h, *c = history[-1]
        known = self.forced.get(way)
        last = h if known is None or len(history) == 1 else known[len(history) - 2]
        return last, *c

    def outputs(self, h: Array) -> Array:
        """What the output layer multiplies."""
        return self.rounding.of(h) if self.head else h


def _forced(this: Examination) -> dict[str, Array]:
    """Every h that is expected of one layer with all of its digits, by its directions."""
    job, reading = this.job, this.reading
    layer = job.model.layers[0]
    plain = job.name == "h" and len(job.model.layers) == 1
    if reading is None or reading.series.single or not plain or np.any(this.tolerance.room):
        return {}
    whole = reading.scattered(this.theirs, np.nan)
    ways = list(layer.passes)
    if np.isnan(whole).any() or (len(ways) > 1 and layer.merge != "concat"):
        return {}
    halves = np.split(whole.transpose(1, 2, 0), len(ways), axis=1)
    each = zip(ways, halves, strict=True)
    return {way: h[::-1] if layer.turned(way) else h for way, h in each}


def _rounded_head(job: Job, hand: RoundedProducts) -> Job:
    """The job with the weights of its output layer rounded, where they are."""
    if not hand.head:
        return job
    first, *others = job.model.outputs
    if not isinstance(first, Output) or others:
        raise RnncalcError("it is no single output layer")
    return job.with_altered(output=(alter(first, W_y=hand.rounding.of(first.W_y)),))
