"""How a mistake is planted: in a golden's numbers, in its settings, or in the computation itself.

A plant takes what pytest patches with, and the golden; it gives the network to run instead of the
golden's own, where that is what it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from golden_networks import model_of

from rnncalc import Layer, Model
from rnncalc.equations import CELLS
from rnncalc.running.inputs import Steps

Golden = dict[str, Any]
Weights = dict[str, np.ndarray]
Plant = Callable[[pytest.MonkeyPatch, Golden], Model | None]
Mistakes = dict[str, tuple[Plant, list[str]]]
"""What was got wrong: how to plant it, and the goldens that must see it."""


def layers(change: Callable[[Layer], Layer]) -> Plant:
    """Every layer becomes another, and so does its backward layer."""

    def changed(layer: Layer) -> Layer:
        other = changed(layer.backward) if layer.backward else None
        return replace(change(layer), backward=other)

    return model(lambda right: replace(right, layers=tuple(map(changed, right.layers))))


def model(change: Callable[[Model], Model]) -> Plant:
    """The network becomes another."""
    return lambda patch, golden: change(model_of(golden))


def given(change: Callable[[Golden], Any]) -> Plant:
    """What the run is given becomes something else."""

    def plant(patch: pytest.MonkeyPatch, golden: Golden) -> None:
        change(golden)

    return plant


def weights(change: Callable[[Weights], Mapping[str, Any]]) -> Plant:
    """Every direction gets other weights."""
    return layers(lambda layer: replace(layer, weights=change(dict(layer.weights))))


def every(prefix: str, change: Callable[[np.ndarray], Any]) -> Plant:
    """The arrays of one name become others: of every gate, or of the gate in the name."""
    return weights(
        lambda old: {
            name: change(array) if name == prefix or name.split(".")[0] == prefix else array
            for name, array in old.items()
        }
    )


def settings(**values: Any) -> Plant:
    """Every direction gets other settings."""
    return layers(lambda layer: replace(layer, **values))


def whole(**values: Any) -> Plant:
    """Every layer gets other settings, but not its backward layer."""
    return model(
        lambda right: replace(
            right, layers=tuple(replace(layer, **values) for layer in right.layers)
        )
    )


def step(wrong: Callable[[Any], Any]) -> Plant:
    """Every cell computes something else; ``wrong`` is given the right equations."""

    def plant(patch: pytest.MonkeyPatch, golden: Golden) -> None:
        for name, kind in list(CELLS.items()):
            patch.setitem(CELLS, name, kind._replace(step=wrong(kind.step)))

    return plant


def function(owner: Any, name: str, wrong: Callable[[Any], Any]) -> Plant:
    """A function does something else; ``wrong`` is given the right one."""
    return lambda patch, golden: patch.setattr(owner, name, wrong(getattr(owner, name)))


def entry(table: Any, key: str, wrong: Callable[[Any], Any]) -> Plant:
    """A table has another entry; ``wrong`` is given the right one."""
    return lambda patch, golden: patch.setitem(table, key, wrong(table[key]))


def seen_steps(change: Callable[[Steps, str, Layer], Steps]) -> Plant:
    """A direction of a layer goes through other steps than it should."""
    from rnncalc.running import passes

    def wrong(right: Any) -> Any:
        def passed(layer: Any, way: str, read: Any, this: Any, states: Any) -> Any:
            other = read._replace(steps=change(read.steps, way, layer))
            return right(layer, way, other, this, states)

        return passed

    return function(passes, "_pass", wrong)


def replaced(other: Any) -> Callable[[Any], Any]:
    """Another function in place of the right one."""
    return lambda right: other
