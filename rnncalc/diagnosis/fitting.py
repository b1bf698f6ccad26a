"""Solving for numbers that are not known: a bias that was forgotten, a state that was not given.

Levenberg (1944) and Marquardt (1963): Gauss-Newton steps, damped where they do not lead down. The
derivatives are differences, for a job may be anything.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnncalc.activations import Array

STEP = 1e-6
ROUNDS, PATIENCE, SLOW = 60, 20, 0.5
"""So many rounds at most; after the first ones, ten must take away so much of what is left."""

GOOD = 1e-9
"""Residuals below this are as good as none."""

STARTS, SEED, SPREAD = 4, 20_260_203, 0.7
"""From so many places a search begins, the later ones drawn around the first."""

ENOUGH = 1e-5
"""Residuals below this tell that a search has arrived, and needs no other start."""

Evaluate = Callable[[Array], Array]
"""Parameters (groups, parameters) to numbers (groups, numbers)."""


def solved(evaluate: Evaluate, start: Array, target: Array) -> Array:
    """The parameters of each group that bring its numbers nearest to the target.

    Args:
        start: (groups, parameters).
        target: (groups, numbers).
    """
    generator = np.random.default_rng(SEED)
    best, cost = start, np.full(len(start), np.inf)
    for count in range(STARTS):
        begin = start + SPREAD * generator.standard_normal(start.shape) * (count > 0)
        found, left = _descended(evaluate, begin, target)
        best = np.where((left < cost)[:, None], found, best)
        cost = np.minimum(left, cost)
        if cost.max() < ENOUGH**2:
            break
    return best


def _descended(evaluate: Evaluate, parameters: Array, target: Array) -> tuple[Array, Array]:
    """The nearest place down from each start, and the sum of the squares that is left there."""
    damping, growth = np.full(len(parameters), 1e-3), np.full(len(parameters), 2.0)
    residual = _residual(evaluate, parameters, target)
    cost = (residual**2).sum(axis=1)
    costs = [cost]
    for count in range(ROUNDS):
        jacobian = _jacobian(evaluate, parameters, residual, target)
        step, promised = _step(jacobian, residual, damping)
        found = _residual(evaluate, parameters - step, target)
        new = np.nan_to_num((found**2).sum(axis=1), nan=np.inf)
        better = new < cost
        kept = (cost - new) / np.maximum(promised, 1e-300)
        damping *= np.where(better, np.maximum(1 / 3, 1 - (2 * kept - 1) ** 3), growth)
        growth = np.where(better, 2.0, 2 * growth)
        parameters = np.where(better[:, None], parameters - step, parameters)
        residual = np.where(better[:, None], found, residual)
        cost = np.where(better, new, cost)
        costs.append(cost)
        slow = count >= PATIENCE and (cost > SLOW * costs[-10]).all()
        if np.abs(residual).max() < GOOD or slow:
            break
    return parameters, cost


def _residual(evaluate: Evaluate, parameters: Array, target: Array) -> Array:
    return np.asarray(evaluate(parameters) - target)


def _jacobian(evaluate: Evaluate, parameters: Array, residual: Array, target: Array) -> Array:
    """(groups, numbers, parameters)."""
    columns = []
    for index in range(parameters.shape[1]):
        moved = parameters.copy()
        moved[:, index] += STEP
        columns.append((_residual(evaluate, moved, target) - residual) / STEP)
    return np.stack(columns, axis=-1)


def _step(jacobian: Array, residual: Array, damping: Array) -> tuple[Array, Array]:
    """The damped step, to be taken away, and how much of the cost it promises to take."""
    transposed = jacobian.swapaxes(1, 2)
    normal = transposed @ jacobian
    gradient = transposed @ residual[..., None]
    diagonal = np.maximum(np.diagonal(normal, axis1=1, axis2=2), 1e-12)
    damped = normal + damping[:, None, None] * np.apply_along_axis(np.diag, 1, diagonal)
    step = np.linalg.solve(damped, gradient)[..., 0]
    promised = step * (damping[:, None] * diagonal * step + gradient[..., 0])
    return np.asarray(step), np.asarray(promised.sum(axis=1))
