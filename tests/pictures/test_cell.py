"""One step of a cell: what stands on cards and wires adds up to what the run computed."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_layers import layers
from hypothesis import given, settings
from hypothesis import strategies as st
from svg_texts import texts

import rnncalc
from rnncalc import Layer, Model, RnncalcError, pictures
from rnncalc.pictures.request import PictureRequest
from rnncalc.trace.selection import Selection


def cell(model, *, steps=2, units=None, of="", **asked):
    """The data of the picture."""
    request = PictureRequest("cell", Selection(steps=steps, units=units, of=of), **asked)
    return pictures.of(rnncalc.run(model), request)


@settings(max_examples=20)
@given(layers(), st.integers(0, 2**32 - 1))
def test_cards_and_wires_add_up(layer, seed):
    """Of any cell, with any option: summands to a, wires to states, valves to products."""
    x = np.random.default_rng(seed).uniform(-1, 1, (3, layer.features))
    picture = cell(Model(layer, x=x), units=0)
    bound = layer.clip or np.inf

    for card in picture.cards:
        total = sum(term.value for term in card.terms)
        if card.total:
            assert np.clip(total, -bound, bound) == pytest.approx(card.total.value, abs=1e-12)
    for state in picture.states:
        assert sum(w.end.value for w in state.wires) == pytest.approx(state.result.value, abs=1e-12)
        for wire in state.wires:
            if wire.valves:
                carried = wire.function or wire.start
                through = carried.value * np.prod([valve.entry.value for valve in wire.valves])
                assert through == pytest.approx(wire.end.value, abs=1e-12)


def test_an_lstm_runs_through_its_gates():
    """c through f, g through i, tanh of c through o."""
    weights = {f"{w}.{g}": 0.1 * (i + 1) for w in ("W_x", "W_h") for i, g in enumerate("ifgo")}
    picture = cell(Model(Layer(weights, "lstm"), x=[1.0, 2.0, 3.0]))
    wires = [(s.name, w.source, w.function and w.function.label, [v.card for v in w.valves])
             for s in picture.states for w in s.wires]  # fmt: skip

    assert wires == [
        ("c", "", None, ["f"]), ("c", "g", None, ["i"]),
        ("h", "c", r"\tanh\left(c_{2}\right)", ["o"]),
    ]  # fmt: skip
    assert [card.name for card in picture.cards if card.gate] == ["i", "f", "o"]


def test_a_backward_layer_goes_on_from_the_step_behind():
    """h_{t+1} stands on its cards."""
    layer = Layer({"W_x": 0.5, "W_h": 0.25}, direction="backward")
    picture = cell(Model(layer, x=[1.0, 2.0, 3.0]))

    assert [label for label, _ in picture.inputs] == ["x_{2}", "h_{3}"]
    assert [term.label for term in picture.cards[0].terms][1] == r"W_{h}\, h_{3}"


def test_one_step_and_one_unit_are_shown():
    """Of several the first is named; a masked step has nothing to show."""
    model = rnncalc.load({"W_x": [[1], [1]], "W_h": [[0, 0], [0, 0]], "x": [[1], [2]]})
    with pytest.raises(RnncalcError, match="cell shows one unit: --unit 0"):
        cell(model, units=slice(0, 2))
    masked = rnncalc.load({"W_x": 1, "W_h": 1, "x": [[[1], [2]]], "mask": [[1, 0]]})
    with pytest.raises(RnncalcError, match="t = 2 is masked or padded"):
        cell(masked)


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_the_picture_has_its_numbers_as_text(cli, name):
    """Each gate's value and each state's."""
    pytest.importorskip("matplotlib")
    config = cli("example", name).out
    found = texts(cli("plot", "-", "--kind", "cell", "--step", "2", "-f", "svg", input=config).out)
    picture = cell(rnncalc.run(rnncalc.load(_written(config))).model)

    for one in (*picture.cards, *picture.states):
        assert one.result.text in found


def _written(config: bytes):
    """The mapping of a YAML text."""
    import yaml

    return yaml.safe_load(config)
