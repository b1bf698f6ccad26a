"""The functions that activations are made of, and their derivatives, as NumPy computes them.

Derivatives and distances are computed of the pre-activation a, never of the value: 1 - |tanh(a)|
keeps every digit where tanh(a) is 1 to the last bit. Where a function has a kink, its derivative is
PyTorch's. What takes all units together has them on axis 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.numbers.exact import Exact
from rnncalc.numbers.exact_arrays import at_most_0, fraction, isnan, log_of_1_and, root

SELU_ALPHA = 16732632423543772848170429916717, 10**31
SELU_SCALE = 10507009873554804934193349852946, 10**31
"""Klambauer et al. 2017, Self-Normalizing Neural Networks, appendix; as frameworks write them."""

GELU_CUBE = 44_715, 10**6
"""Hendrycks and Gimpel 2016, Gaussian Error Linear Units: the approximation by tanh."""


def erfc(a: Any) -> Any:
    return a.erfc() if isinstance(a, Exact) else math.erfc(a)  # type: ignore[attr-defined]


_erfc: Any = np.frompyfunc(erfc, 1, 1)


def kept(condition: Array, a: Array, other: Any) -> Array:
    """a where a condition holds, or where a is NaN; else the other."""
    return np.where(condition | isnan(a), a, np.full_like(a, other))


def tanh_slope(a: Array) -> Array:
    """1 - tanh(a)**2, without the difference."""
    q = np.exp(-2 * np.abs(a))
    return np.asarray(4 * q / (1 + q) ** 2)


def tanh_distance(a: Array) -> Array:
    """1 - |tanh(a)|, without the difference."""
    q = np.exp(-2 * np.abs(a))
    return np.asarray(2 * q / (1 + q))


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def sigmoid_slope(a: Array) -> Array:
    """s (1 - s)."""
    q = np.exp(-np.abs(a))
    return np.asarray(q / (1 + q) ** 2)


def softplus(a: Array) -> Array:
    return log_of_1_and(a)


def elu(a: Array, alpha: Any) -> Array:
    return np.where(a > 0, a, alpha * np.expm1(at_most_0(a)))


def elu_slope(a: Array, alpha: Any) -> Array:
    """1 above 0, alpha exp(a) below."""
    return np.where(a > 0, 1, alpha * np.exp(at_most_0(a)))


def selu(a: Array) -> Array:
    result: Array = fraction(a, *SELU_SCALE) * elu(a, fraction(a, *SELU_ALPHA))
    return result


def selu_slope(a: Array) -> Array:
    result: Array = fraction(a, *SELU_SCALE) * elu_slope(a, fraction(a, *SELU_ALPHA))
    return result


def leaky_relu(a: Array, alpha: Any) -> Array:
    return np.where(a > 0, a, alpha * a)


def celu(a: Array, alpha: float) -> Array:
    return np.maximum(a, 0) + alpha * np.expm1(at_most_0(a) / alpha)


def gelu(a: Array) -> Array:
    tail: Array = _erfc(a / -root(a, 2)).astype(a.dtype)
    return 0.5 * a * tail


def gelu_slope(a: Array) -> Array:
    """Phi(a) + a phi(a): the normal distribution and its density."""
    tail = _erfc(a / -math.sqrt(2))
    return np.asarray(0.5 * tail.astype(a.dtype) + a * np.exp(-a * a / 2) / math.sqrt(2 * math.pi))


def gelu_tanh(a: Array) -> Array:
    inner = root(a, 2, over_pi=True) * (a + fraction(a, *GELU_CUBE) * a**3)
    result: Array = 0.5 * a * (1 + np.tanh(inner))
    return result


def gelu_tanh_slope(a: Array) -> Array:
    """By the product rule; the inner derivative is that of a sum of a and its cube."""
    flat, cube = root(a, 2, over_pi=True), fraction(a, *GELU_CUBE)
    inner = flat * (a + cube * a**3)
    rise = flat * (1 + 3 * cube * a * a)
    return np.asarray(0.5 * (1 + np.tanh(inner)) + 0.5 * a * tanh_slope(inner) * rise)


def silu_slope(a: Array) -> Array:
    """s (1 + a (1 - s))."""
    return np.asarray(sigmoid(a) * (1 + a * sigmoid(-a)))


def mish_slope(a: Array) -> Array:
    """By the product rule; the derivative of softplus is sigmoid."""
    return np.asarray(np.tanh(softplus(a)) + a * sigmoid(a) * tanh_slope(softplus(a)))


def hard_silu_slope(a: Array) -> Array:
    """The parabola's between -3 and 3."""
    return np.where(a >= 3, 1, np.where(a <= -3, 0, a / 3 + 0.5))


def log_sigmoid(a: Array) -> Array:
    return np.asarray(-log_of_1_and(-a))


def squareplus(a: Array, alpha: float) -> Array:
    return np.asarray((a + np.sqrt(a * a + alpha)) / 2)


def sparse_plus(a: Array) -> Array:
    return np.where(a < 1, np.maximum(a + 1, 0) ** 2 / 4, a)


def clipped_relu(a: Array, alpha: float, beta: float, theta: float) -> Array:
    under = alpha * (a - theta) if alpha else kept(isnan(a), a, 0)
    return np.where(a > theta, np.minimum(a, beta), under)


def linear_between(a: Array, over: int, under: int) -> Array:
    """a times a fraction, and a half, between 0 and 1: the hard sigmoids."""
    result: Array = np.clip(a * fraction(a, over, under) + 0.5, 0, 1)
    return result


def within(a: Array, lower: float, upper: float) -> Array:
    """1 between two bounds, else 0: what a slope is there, whose ends are kinks."""
    return 1.0 * ((lower < a) & (a < upper))


def softmax(a: Array) -> Array:
    powers: Array = np.exp(a - a.max(axis=0))
    shares: Array = powers / powers.sum(axis=0)
    return shares


def softmax_pushed(a: Array, tangent: Array) -> Array:
    shares = softmax(a)[..., None]
    return np.asarray(shares * (tangent - (shares * tangent).sum(axis=0)))


def others(a: Array) -> Array:
    """1 - softmax(a), without the difference: what the other units have."""
    return np.asarray((1 - np.eye(len(a))) @ softmax(a))


def log_softmax(a: Array) -> Array:
    moved: Array = a - a.max(axis=0)
    logarithms: Array = moved - np.log(np.exp(moved).sum(axis=0))
    return logarithms


def log_softmax_pushed(a: Array, tangent: Array) -> Array:
    return np.asarray(tangent - (softmax(a)[..., None] * tangent).sum(axis=0))


def ranked(a: Array) -> tuple[Array, Array]:
    """The numbers from the largest to the smallest, summed up one after another; and the counts."""
    sums = np.cumsum(-np.sort(-a, axis=0), axis=0)
    return sums, np.arange(1, len(a) + 1, dtype=a.dtype).reshape(-1, *[1] * (a.ndim - 1))


def sparsemax(a: Array) -> Array:
    """Martins and Astudillo 2016: tau is the largest of (a_1 + ... + a_k - 1) / k."""
    sums, counts = ranked(a)
    tau: Array = ((sums - 1) / counts).max(axis=0)
    return np.asarray(np.maximum(a - tau, 0))


def sparsemax_pushed(a: Array, tangent: Array) -> Array:
    """Of those above tau, each moves it by its share."""
    above = 1.0 * (sparsemax(a) > 0)[..., None]
    return np.asarray(above * (tangent - (above * tangent).sum(axis=0) / above.sum(axis=0)))


def supported(a: Array) -> Array:
    """Which of the numbers, from the largest on, are above their tau."""
    sums, counts = ranked(a)
    return -np.sort(-a, axis=0) - (sums - 1) / counts > 0


def sparsemax_old(a: Array) -> Array:
    """Keras 3.8 to 3.15.1: tau is made of the sum of all sums (keras-team/keras#23425)."""
    support, (sums, _) = supported(a), ranked(a)
    tau: Array = (np.where(support, sums, 0).sum(axis=0) - 1) / support.sum(axis=0, dtype=a.dtype)
    return np.asarray(np.maximum(a - tau, 0))


def sparsemax_old_pushed(a: Array, tangent: Array) -> Array:
    """The largest number is in all sums, the next one in all but the first."""
    above = (sparsemax_old(a) > 0)[..., None]
    support = supported(a)
    often = np.flip(np.cumsum(np.flip(support, 0), axis=0), 0)[..., None]
    order = np.argsort(-a, axis=0, kind="stable")[..., None]
    moved = (often * np.take_along_axis(tangent, order, 0)).sum(axis=0)
    return np.asarray(above * (tangent - moved / support.sum(axis=0)[..., None]))


def own(pushed: Callable[[Array, Array], Array]) -> Callable[[Array], Array]:
    """The derivative of each unit's value by its own a, of what all units are taken to."""

    def slope(a: Array) -> Array:
        every = np.broadcast_to(np.eye(len(a))[:, None], (len(a), a.shape[-1], len(a)))
        return np.asarray(np.diagonal(pushed(a, every), axis1=0, axis2=2).T)

    return slope


def hardmax(a: Array) -> Array:
    places = np.arange(len(a)).reshape(-1, *[1] * (a.ndim - 1))
    largest = (places == a.argmax(axis=0)).astype(a.dtype)
    return np.where(isnan(a).any(axis=0), np.full_like(a, np.nan), largest)


def halves(a: Array) -> tuple[Array, Array]:
    """What a gated linear unit takes, and what gates it."""
    return a[: len(a) // 2], a[len(a) // 2 :]


def glu(a: Array) -> Array:
    taken, gate = halves(a)
    return taken * sigmoid(gate)


def glu_slope(a: Array) -> Array:
    """By what is taken; the gate's own is told by ``glu_pushed``."""
    return sigmoid(halves(a)[1])


def glu_pushed(a: Array, tangent: Array) -> Array:
    (taken, gate), (moved, turned) = halves(a), halves(tangent)
    steep = taken * sigmoid_slope(gate)
    return np.asarray(sigmoid(gate)[..., None] * moved + steep[..., None] * turned)
