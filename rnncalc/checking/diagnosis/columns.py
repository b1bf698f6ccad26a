"""Mistakes about columns: the features of x in another order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, permutations

from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job

CAUSE = "feature-order"

ALL, PAIRS = 4, 16
"""Of so many features every order is tried; of so many more, each two of them exchanged."""

Order = tuple[int, ...]
"""The places, from 0, of the columns here, as they come there."""


def hypotheses(job: Job) -> Iterator[Hypothesis]:
    """Every mistake of this kind."""
    for order in _orders(job.x.shape[-1]):
        listed = ", ".join(map(str, order))
        say = f"the features of x come in the order {_named(order)}"
        remedy = f"x[..., [{listed}]]: give both sides the same columns in the same order"
        yield Hypothesis(CAUSE, say, remedy, _ordered(order), common=False)


def _orders(features: int) -> Iterator[Order]:
    """What is tried: of few all; of more those that people make."""
    plain = tuple(range(features))
    if features <= ALL:
        yield from list(permutations(plain))[1:]  # the first is the order as it is
        return
    yield plain[::-1]
    yield (*plain[1:], 0)
    yield (plain[-1], *plain[:-1])
    for one, other in combinations(plain, 2) if features <= PAIRS else ():
        swapped = {one: other, other: one}
        yield tuple(swapped.get(place, place) for place in plain)


def _named(order: Order) -> str:
    """An order; of many places what is done."""
    plain = range(len(order))
    moved = [place for place in plain if order[place] != place]
    if len(order) <= ALL:
        return ", ".join(map(str, order))
    if order == tuple(plain[::-1]):
        return "from the last to the first"
    if len(moved) == 2:
        return f"with {moved[0]} and {moved[1]} exchanged"
    return "with the first one last" if order[-1] == 0 else "with the last one first"


def _ordered(order: Order) -> Callable[[Job], Job]:
    def change(job: Job) -> Job:
        x = job.x[..., list(order)]
        return job.with_input(x if job.batched else x[0])

    return change
