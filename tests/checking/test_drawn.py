"""2,000 drawn networks with something wrong (``drawn_checks.py``): no wrong cause comes first.

Few units, numbers with few digits, as text or arrays, rounded or cut, slips, noise, other weights,
every mistake that is known.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import sampled
from drawn_checks import KINDS, Drawn, drawn

import rnncalc
from rnncalc.checking.verdict import Claim

SEEDS = range(2400)
"""So many draws give 2,000 networks in which the mistake shows."""

ALIKE = 0.05
"""How near two networks of few digits are that nothing of the sort tells apart."""


def explained(case: Drawn, causes: tuple[Claim, ...]) -> bool:
    """Whether what comes first is the mistake, or cannot be told from it.

    It cannot where the mistake is named beside it, where the network that it would be has the same
    numbers on other input, and where the first step read another x: it left another state.
    """
    first = causes[0]
    if case.right in [cause.id for cause in causes]:
        return True
    if case.theirs is None or first.model is None:
        return False
    if first.id == "initial-state" and np.array_equal(case.theirs.x[1:], case.ours.x[1:]):
        return "reads another x" in first.say
    x = np.random.default_rng(1).normal(size=(9, case.ours.x.shape[1]))
    one, other = (rnncalc.run(replace(m, x=x)).h for m in (first.model, case.theirs.model))
    near = 1e-4 if case.expected.dtype == np.float32 else ALIKE
    return bool(np.abs(one - other).max() <= near)


def checked(seed: int) -> tuple[Drawn, rnncalc.Checked] | None:
    """A network with something wrong, and what is said of it."""
    if (case := drawn(seed)) is None:
        return None
    given = case.ours.model, case.expected
    return (case, rnncalc.check(*given, decimals=case.decimals))


@pytest.mark.parametrize("seed", sampled(SEEDS, 100))
def test_no_wrong_cause_comes_first(seed):
    """What is claimed is what was done wrong; of noise and other weights nothing is."""
    if (found := checked(seed)) is None:
        pytest.skip("it does not show")
    case, said = found
    causes = said.diagnosis.causes

    assert not said.agrees
    assert not causes or explained(case, causes), f"{case.what}: {said}"


@pytest.mark.slow
def test_there_are_enough():
    """2,000 networks, every mistake among them."""
    found = list(filter(None, map(drawn, SEEDS)))
    kinds = {case.what for case in found}

    assert len(found) >= 2000
    assert kinds == set(KINDS)
