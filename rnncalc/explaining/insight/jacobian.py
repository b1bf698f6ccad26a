"""The Jacobians of a course, and their product over its steps: does the network remember x_1?

With the states of every step known, no step waits for another: the steps go into the columns of
dual numbers, some at a time.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnncalc.array import Array
from rnncalc.bounds import MOST_PRODUCTS, STEP, WIDEST_STATE
from rnncalc.data import dataclass
from rnncalc.equations.duals import Dual, constant, variables
from rnncalc.errors import RnncalcError, printable
from rnncalc.explaining.insight.course import Course
from rnncalc.numbers.digits import counted
from rnncalc.running.kernels.sequential import step_of

FORGOTTEN = 1e-3
"""A change of the state of which less than this is left is forgotten."""

ROOM, MOST = 1 << 21, 256
"""Numbers that are held at once, and steps."""

NORMED = 5
"""So many products of matrices is a step worth whose norms are computed, too."""

TRIES = 8
"""So often a direction is looked for that is not forgotten, before the norm is computed."""


class Effort:
    """How much is left of what may be computed in one call."""

    def __init__(self) -> None:
        self.left = MOST_PRODUCTS

    def spend(self, course: Course, steps: int, products: int = 1) -> None:
        """Count some steps of a course, of which each is worth so many products of matrices.

        Errors: RnncalcError where they are too much.
        """
        size = course.size
        self.left -= steps * (products * size**3 + STEP)
        if size <= WIDEST_STATE and self.left >= 0:
            return
        where = f"{printable(course.name)}.{course.direction}"
        what = f"{where}: how long a state of {size:,} numbers is remembered"
        if size > WIDEST_STATE:
            raise RnncalcError(f"{what} is not computed: at most {WIDEST_STATE:,} are followed")
        message = f"over {counted(course.steps, 'timestep')} is too much to compute"
        raise RnncalcError(f"{what} {message}: give fewer of them")


@dataclass(frozen=True, eq=False)
class Memory:
    """How much of a change is still felt after every step of a course.

    Attributes:
        norms: (steps), of dh_t/dh_{t-1}: by how much a change of h grows at most.
        of_h0: (steps), the norm of dh_t/dh_0, through all steps up to this one.
        of_x1: (steps), the norm of dh_t/dx_1, x_1 being what was read first.
        length: after how many steps the norm of the product of the whole state's Jacobians is
            below FORGOTTEN for the first time; None: never within these steps.
    """

    norms: Array
    of_h0: Array
    of_x1: Array
    length: int | None

    @property
    def felt(self) -> Array:
        """(steps): what is left of the effect that x_1 had at its own step; 0 if it had none."""
        with np.errstate(all="ignore"):
            return np.where(self.of_x1[:1] == 0, 0, self.of_x1 / self.of_x1[:1])

    def at(self, step: int) -> tuple[float, float, float]:
        """of_h0, of_x1 and what is felt, after one step."""
        return float(self.of_h0[step]), float(self.of_x1[step]), float(self.felt[step])


@np.errstate(all="ignore")
def memory(course: Course) -> Memory:
    """Go through a course, step by step."""
    Effort().spend(course, course.steps, NORMED)
    width, features = course.layer.state_size, course.x.shape[1]
    parts: list[list[Array]] = [[], [], []]
    count, length = 0, None
    for steps, carried in _carried(course, by_input(course)):
        products, read = np.split(carried, [-features], axis=2)
        of_h = steps[:, :width, :width], products[:, :width, :width], read[:, :width]
        for part, matrices in zip(parts, of_h, strict=True):
            part.append(norms(matrices))
        if length is None:
            here = (count + k for k, one in enumerate(products, 1) if forgotten(one))
            length = next(here, None)
        count += len(steps)
    step_norms, of_h0, of_x1 = (np.concatenate([*part, []]) for part in parts)
    return Memory(step_norms, of_h0, of_x1, length)


@np.errstate(all="ignore")
def memory_length(course: Course, effort: Effort) -> int | None:
    """``Memory.length`` alone: little is computed beyond it."""
    count = 0
    effort.spend(course, 0)  # before anything of a wide one is made
    for steps, carried in _carried(course):
        effort.spend(course, len(steps))
        length = next((k for k, product in enumerate(carried, 1) if forgotten(product)), None)
        if length is not None:
            return count + length
        count += len(steps)
    return None


def jacobians(course: Course, start: int = 0, stop: int | None = None) -> Array:
    """ds_t/ds_{t-1} of the state s (h, and c below it): (steps, state, state)."""
    steps = slice(start, stop)
    states = variables(*(state[steps].T for state in course.before.values()))
    return _stepped(course, constant(course.x[steps].T, states[0].tangent.shape[2]), states)


def by_input(course: Course, step: int = 0) -> Array:
    """ds_t/dx_t of one step, (state, features)."""
    return by_inputs(course, step, step + 1).reshape(-1, course.x.shape[1])


def by_inputs(course: Course, start: int, stop: int) -> Array:
    """ds_t/dx_t of several steps, (steps, state, features)."""
    rows = slice(start, stop)
    (x,) = variables(course.x[rows].T)
    states = [constant(state[rows].T, len(x)) for state in course.before.values()]
    return _stepped(course, x, states)


@np.errstate(all="ignore")
def felt_at_end(course: Course) -> tuple[Array, float]:
    """How much of each step is felt after the last one: the norm of dh_T/dx_t of each, (steps), and
    that of dh_T/dh_0."""
    Effort().spend(course, course.steps, NORMED)
    together = min(MOST, max(1, ROOM // (course.layer.units * 4 * course.size)))
    carry = np.eye(course.size)[: course.layer.state_size]
    felt = np.zeros(course.steps)
    for stop in range(course.steps, 0, -together):
        start = max(stop - together, 0)
        steps, read = jacobians(course, start, stop), by_inputs(course, start, stop)
        for k in reversed(range(stop - start)):
            felt[start + k] = norms((carry @ read[k])[None])[0]
            carry = carry @ steps[k]
    return felt, float(norms(carry[None, :, : course.layer.state_size])[0])


def norms(matrices: Array) -> Array:
    """The spectral norm of each, the largest factor by which it stretches: (..., rows, columns)."""
    scale = np.abs(matrices).max(axis=(-2, -1), initial=0)
    usable = np.isfinite(scale) & (scale > 0)
    parts = matrices[usable] / scale[usable][:, None, None]
    turned = parts.transpose(0, 2, 1)
    grams = parts @ turned if parts.shape[1] < parts.shape[2] else turned @ parts
    result: Array = scale.copy()
    result[usable] *= np.sqrt(np.linalg.eigvalsh(grams)[:, -1])
    return result


def forgotten(product: Array) -> bool:
    """Whether the norm is below FORGOTTEN; mostly seen without computing it."""
    if not np.abs(product).max() < FORGOTTEN:  # also NaN
        return False
    if np.linalg.norm(product) < FORGOTTEN:
        return True
    stretched = product[np.argmax((product**2).sum(axis=1))]
    for _ in range(TRIES):  # towards the direction that is stretched most
        stretched = stretched / np.linalg.norm(stretched)
        image = product @ stretched
        if np.linalg.norm(image) >= FORGOTTEN:
            return False
        stretched = product.T @ image
    return bool(norms(product[None])[0] < FORGOTTEN)


def _carried(course: Course, read: Array | None = None) -> Iterator[tuple[Array, Array]]:
    """Some steps at a time: the Jacobian of each, and the product of all up to it.

    Args:
        read: what is carried beside the product from the first step on, (state, columns).
    """
    together = min(MOST, max(1, ROOM // (course.layer.units * 4 * course.size)))
    carry = np.eye(course.size)
    for start in range(0, course.steps, together):
        steps = jacobians(course, start, start + together)
        carried: list[Array] = []
        for step in steps:
            carry = step @ carry
            if not start and not carried and read is not None:
                carry = np.hstack([carry, read])  # from its own step on, x_1 is carried along
            carried.append(carry)
        yield steps, np.stack(carried)


def _stepped(course: Course, x: Dual, states: list[Dual]) -> Array:
    """The derivatives of the states after each step, (steps, state, directions)."""
    one = course.layer
    with np.errstate(all="ignore"):
        after = step_of(one.cell, course.weights, one.settings)(x, *states)
    tangents = [after[name].tangent for name in course.before]  # type: ignore[attr-defined]
    return np.concatenate(tangents).transpose(1, 0, 2)
