"""The goldens see mistakes: each of those that people make is planted, and must move their numbers.

A golden that a mistake passes proves nothing. The mistakes stand in ``mistakes/``.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from golden_networks import computed, differs, golden
from mistakes import MISTAKES
from mistakes.goldens import BOTH_WAYS
from mistakes.planting import Plant, entry, layers, replaced, step, whole

from rnncalc.conventions import CONVENTIONS

FAR = 1e-4
"""How far a mistake must move a number: far beyond what rounding does."""


def seen(name: str, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The expected numbers of a golden that are not met once the mistake is planted."""
    document = golden(name)
    return differs(document, computed(document, plant(monkeypatch, document)), FAR)


@pytest.mark.parametrize(
    ("mistake", "name"),
    [(mistake, name) for mistake, (_, names) in MISTAKES.items() for name in names],
)
def test_a_mistake_is_seen(mistake, name, monkeypatch):
    """It moves the golden's numbers far beyond rounding."""
    plant, _ = MISTAKES[mistake]

    assert seen(name, plant, monkeypatch)


WRONG_ORDERS = [
    (name, cell, "".join(order))
    for name in ("torch", "keras", "onnx")
    for cell in ("gru", "lstm")
    for order in permutations(CONVENTIONS[name].orders[cell])
    if "".join(order) != CONVENTIONS[name].orders[cell]
]
ORDERED = {
    "torch": "torch/{}_states_float64",
    "keras": "keras/{}_states",
    "onnx": "onnxruntime/{}_forward",
}


@pytest.mark.parametrize(("convention", "cell", "order"), WRONG_ORDERS)
def test_every_wrong_gate_order_is_seen(convention, cell, order, monkeypatch):
    """All 5 of the GRU and all 23 of the LSTM, in each framework's own stack of gates."""
    plant = entry(CONVENTIONS[convention].orders, cell, replaced(order))

    assert seen(ORDERED[convention].format(cell), plant, monkeypatch)


@pytest.mark.parametrize("name", sorted({name for _, names in MISTAKES.values() for name in names}))
def test_without_a_mistake_nothing_is_seen(name, monkeypatch):
    """Planting alone, with nothing changed, leaves the numbers as they are."""
    assert seen(name, layers(lambda layer: layer), monkeypatch) == []
    assert seen(name, step(lambda right: right), monkeypatch) == []


@pytest.mark.parametrize("merge", ["sum", "mul", "ave"])
@pytest.mark.parametrize("name", BOTH_WAYS)
def test_a_merge_of_another_width_is_seen(name, merge):
    """What should lie side by side has twice the width of what is added, multiplied, averaged."""
    document = golden(name)
    wrong = computed(document, whole(merge=merge)(None, document))

    assert 2 * wrong["h"].shape[-1] == np.shape(document["expected"]["h"])[-1]
