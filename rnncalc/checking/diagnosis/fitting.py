"""Solving for numbers that are not known: a bias that was forgotten, a state that was not given.

Levenberg (1944) and Marquardt (1963): Gauss-Newton steps, damped where they do not lead down;
Nielsen (1999) says by how much. The derivatives are differences, for a job may be anything. Sets of
parameters are evaluated together: the columns of one run cost hardly more than one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array

STEP = 1e-6
ROUNDS, PATIENCE, SLOW = 60, 20, 0.5
"""So many rounds at most; after the first ones, ten must take away so much of what is left."""

ENOUGH, LAST = 1e-5, 6
"""Residuals below this tell that a search has arrived; so many rounds then end it."""

STILL = 1e-10
"""Steps below this lead nowhere."""

LEAST = 1e-100
"""Slopes below this are none: products of them are numbers that processors are slow with."""

STARTS, SEED, SPREAD, FEW = 8, 20_260_203, 0.7, 64
"""A search that does not arrive begins anew in so many places around the first, all together,
where there are few parameters."""

FAR = 100
"""Times its bound that a number of the best fit may be off, to be brought within."""

Evaluate = Callable[[Array], Array]
"""Parameters (sets, groups, parameters) to numbers (sets, groups, numbers)."""


class Search(NamedTuple):
    """Where a search is.

    Attributes:
        parameters: (sets, groups, parameters).
        residual: (sets, groups, numbers), what is left.
        slopes: (sets, groups, numbers, parameters), how it moves.
        damping, growth: (sets, groups), of Nielsen's rule.
        stepped: (sets, groups), how far its last step led, or would have led.
    """

    parameters: Array
    residual: Array
    slopes: Array
    damping: Array
    growth: Array
    stepped: Array

    @property
    def cost(self) -> Array:
        """(sets, groups), the sum of the squares that is left."""
        return np.asarray(np.nan_to_num((self.residual**2).sum(axis=-1), nan=np.inf))


def solve(evaluate: Evaluate, start: Array, target: Array, *, near: bool = False) -> Array:
    """The parameters of each group that bring its numbers nearest to the target.

    Args:
        start: (groups, parameters).
        target: (groups, numbers).
        near: whether what is looked for is near the start, or nowhere.
    """
    search = _descend(evaluate, start[None], target)
    if not near and search.cost.max() > ENOUGH**2 and start.shape[1] <= FEW:
        generator = np.random.default_rng(SEED)
        around = start + SPREAD * generator.standard_normal((STARTS, *start.shape))
        others = _descend(evaluate, around, target)
        search = Search(*(np.concatenate(both) for both in zip(search, others, strict=True)))
    best = search.cost.argmin(axis=0)
    return np.asarray(search.parameters[best, np.arange(len(start))])


ROOM, CLOSER, WEIGHINGS = 0.9, 4, 100
"""So much of their room is used by numbers that are brought within it, in so many steps from one
linear problem to the next, each of which is weighed so many times."""


def within(evaluate: Evaluate, start: Array, target: Array, bound: Array) -> Array:
    """Parameters near the first ones that leave every number within its bound, if there are any.

    Numbers of few digits are within a bound, not near in the mean of their squares: it is the
    largest residual that counts.

    Args:
        start: (groups, parameters), of the best fit.
        target, bound: (groups, numbers).
    """
    found = start
    for _ in range(CLOSER):
        far = (evaluate(found[None])[0] - target) / bound
        if not ROOM < np.abs(far).max(initial=0.0) < FAR:
            break
        moved = found + STEP * np.eye(start.shape[1])[:, None]
        slopes = ((evaluate(moved) - target) / bound - far) / STEP  # (parameters, groups, numbers)
        if not np.isfinite(slopes).all():
            break
        steps = [_evened(slopes[:, i].T, far[i]) for i in range(len(start))]
        found = found - np.stack(steps)
    return found


def _evened(slopes: Array, far: Array) -> Array:
    """The step that makes the largest of linear residuals small.

    Lawson (1961): least squares, weighed again and again by what is left.
    """
    weights = np.ones(far.shape)
    best, least = np.zeros(slopes.shape[1]), np.abs(far).max(initial=0.0)
    for _ in range(WEIGHINGS):
        root = np.sqrt(weights)
        step = np.linalg.lstsq(slopes * root[:, None], far * root, rcond=None)[0]
        left = np.abs(far - slopes @ step)
        if left.max() < least:
            best, least = step, left.max()
        if least <= ROOM:
            break
        weights = weights * left / left.mean()
    return best


def _descend(evaluate: Evaluate, start: Array, target: Array) -> Search:
    """Down from each start, until one of each group has arrived, or none comes further."""
    sizes = np.ones(start.shape[:2])
    here = _looked(evaluate, start, target)
    search = Search(start, *here, sizes * 1e-3, sizes * 2, sizes * np.inf)
    costs, arrived = [search.cost], 0
    for count in range(ROUNDS):
        search = _next(evaluate, search, target)
        costs.append(search.cost)
        arrived += bool(search.cost.min(axis=0).max() < ENOUGH**2)
        slow = count >= PATIENCE and (costs[-1] > SLOW * costs[-10]).all()
        if arrived > LAST or slow or search.stepped.max() < STILL:
            break
    return search


def _next(evaluate: Evaluate, at: Search, target: Array) -> Search:
    """One round: where it leads down, a step."""
    step, promised = _step(at)
    trial = at.parameters - step
    stepped = np.abs(step).max(axis=-1)
    found = Search(trial, *_looked(evaluate, trial, target), at.damping, at.growth, stepped)
    better = found.cost < at.cost
    kept = (at.cost - found.cost) / np.maximum(promised, 1e-300)
    less = np.maximum(1 / 3, 1 - np.clip(2 * kept - 1, -1, 1) ** 3)
    return Search(
        np.where(better[..., None], trial, at.parameters),
        np.where(better[..., None], found.residual, at.residual),
        np.where(better[..., None, None], found.slopes, at.slopes),
        np.minimum(at.damping * np.where(better, less, at.growth), 1e12),
        np.where(better, 2.0, np.minimum(2 * at.growth, 1e12)),
        stepped,
    )


def _looked(evaluate: Evaluate, parameters: Array, target: Array) -> tuple[Array, Array]:
    """What is left, (sets, groups, numbers), and how it moves, (..., parameters)."""
    _, groups, count = parameters.shape
    moved = parameters + STEP * np.eye(count)[:, None, None]
    every = np.concatenate([parameters[None], moved]).reshape(-1, groups, count)
    here, *there = np.split(evaluate(every) - target, count + 1)
    slopes = np.stack([one - here for one in there], axis=-1) / STEP
    return here, np.where(np.abs(slopes) < LEAST, 0, slopes)


def _step(at: Search) -> tuple[Array, Array]:
    """The damped step, to be taken away, and how much of the cost it promises to take."""
    transposed = at.slopes.swapaxes(-1, -2)
    normal, gradient = transposed @ at.slopes, transposed @ at.residual[..., None]
    diagonal = np.maximum(np.diagonal(normal, axis1=-2, axis2=-1), 1e-12)
    scale = at.damping[..., None] * diagonal
    damped = normal + scale[..., None] * np.eye(diagonal.shape[-1])
    step = np.linalg.solve(damped, gradient)[..., 0]
    promised = step * (scale * step + gradient[..., 0])
    return np.asarray(step), np.asarray(promised.sum(axis=-1))
