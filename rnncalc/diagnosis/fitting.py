"""Solving for numbers that are not known: a bias that was forgotten, a state that was not given.

Levenberg (1944) and Marquardt (1963): Gauss-Newton steps, damped where they do not lead down. The
derivatives are differences, for a job may be anything.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnncalc.activations import Array

STEP = 1e-6
ROUNDS, PATIENCE, SLOW = 40, 15, 0.8
"""So many rounds at most; after the first ones each must take away so much of what is left."""

GOOD = 1e-9
"""Residuals below this are as good as none."""

Evaluate = Callable[[Array], Array]
"""Parameters (groups, parameters) to numbers (groups, numbers)."""


def solved(evaluate: Evaluate, start: Array, target: Array) -> Array:
    """The parameters of each group that bring its numbers nearest to the target.

    Args:
        start: (groups, parameters).
        target: (groups, numbers).
    """
    parameters, damping = start.copy(), np.full(len(start), 1e-3)
    residual = _residual(evaluate, parameters, target)
    cost = (residual**2).sum(axis=1)
    for count in range(ROUNDS):
        jacobian = _jacobian(evaluate, parameters, residual, target)
        trial = parameters - _step(jacobian, residual, damping)
        found = _residual(evaluate, trial, target)
        new = np.nan_to_num((found**2).sum(axis=1), nan=np.inf)
        better = new < cost
        damping = np.where(better, damping / 10, damping * 10)
        parameters = np.where(better[:, None], trial, parameters)
        residual = np.where(better[:, None], found, residual)
        left, cost = cost.sum(), np.where(better, new, cost)
        if np.abs(residual).max() < GOOD or (count >= PATIENCE and cost.sum() > SLOW * left):
            break
    return parameters


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


def _step(jacobian: Array, residual: Array, damping: Array) -> Array:
    transposed = jacobian.swapaxes(1, 2)
    normal = transposed @ jacobian
    gradient = transposed @ residual[..., None]
    diagonal = np.maximum(np.diagonal(normal, axis1=1, axis2=2), 1e-12)
    damped = normal + damping[:, None, None] * np.apply_along_axis(np.diag, 1, diagonal)
    return np.asarray(np.linalg.solve(damped, gradient)[..., 0])
