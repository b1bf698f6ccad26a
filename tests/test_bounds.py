"""What one text, one network, one run may cost: what is too much is refused by name, at once."""

from __future__ import annotations

import re
import tracemalloc

import numpy as np
import pytest
import yaml
from written import table

import rnncalc
from rnncalc import bounds
from rnncalc.config import document
from rnncalc.explaining import insight
from rnncalc.explaining.insight import jacobian
from rnncalc.numbers import values

CELL = "  - {W_x: 1, W_h: 1}\n"


@pytest.mark.parametrize(
    ("key", "block"),
    [("layers", CELL), ("cells", CELL), ("output", "  - {W_y: 1}\n"), ("before", "  - tanh\n")],
)
def test_more_layers_than_any_network_has(cli, key, block):
    """Each list is refused at its own key."""
    many = bounds.MOST_LAYERS + 1
    block = block.replace("tanh", "{activation: tanh}")
    own = "" if key in ("layers", "cells") else "W_x: 1\nW_h: 1\n"
    screen = cli("-", input=f"{own}x: 1\n{key}:\n{block * many}".encode())

    assert screen.code == 2
    assert f"{key}: 1,001 layers, at most 1,000 are computed" in screen.err


def test_layers_are_counted_together(cli, monkeypatch):
    """A list in every block of a list is no way around the bound."""
    monkeypatch.setattr("rnncalc.config.network.MOST_LAYERS", 8)
    layer = "  - {cells: [{W_x: 1, W_h: 1}, {W_x: 1, W_h: 1}]}\n"

    assert "9 layers, at most 8" in cli("-", input=f"layers:\n{layer * 3}x: 1\n".encode()).err
    assert cli("-", input=f"layers:\n{layer * 2}x: 1\n".encode()).code == 0


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("W_x: 1\nW_h: 1\nx: [1, 2, 3o]\n", "3:11: x[2]: '3o' is not a number"),
        ("W_x: 1\nW_h: 1\nx: [[1], [2], [3, 4]]\n", "3:15: x[2]: 2 numbers, where [0] has 1"),
        ("W_x: 1\nx: 1\nW_h: 1\nfoo: 3\n", "4:1: foo: there is no such key"),
        ("W_h: [[1, 2], [3, 4]]\nx: 1\nW_x: [[1], [2], [3]]\n", "3:6: W_x has shape (3, 1)"),
        ("layers:\n  - {W_x: 1, W_h: [1, 2]}\nx: 1\n", "2:19: layers[0].W_h is a list of 2"),
    ],
)
def test_a_mistake_is_found_in_few_readings(cli, monkeypatch, text, place):
    """The text is read once, and once more for each key that the error is about."""
    read = []
    parse = yaml.parse
    monkeypatch.setattr(yaml, "parse", lambda *given, **how: read.append(1) or parse(*given, **how))

    assert cli("-", input=text.encode()).err.startswith(f"Error: stdin:{place}")
    assert len(read) <= 3


def test_where_values_stand_is_not_held():
    """To find one place of a text costs no memory for the others."""
    config = document.Document(f"x: [{'0.5, ' * 20_000}1]\nlast: 3\n", "it")
    tracemalloc.start()
    try:
        assert config.position(("last",)) == (1, 6)
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", [";".join(["1"] * 50_000), f"[{','.join(['[1]'] * 50_000)}]"])
def test_many_short_rows_of_text(text):
    """No array is made for each row."""
    tracemalloc.start()
    try:
        assert values.parse(text).shape == (50_000, 1)
        assert tracemalloc.get_traced_memory()[1] < 200 * 50_000
    finally:
        tracemalloc.stop()


def wide(units: int, timesteps: int) -> rnncalc.Trace:
    """The run of a network that forgets nothing."""
    weights = {"W_x": np.ones((units, 1)), "W_h": np.eye(units), "activation": "linear"}
    return rnncalc.run(rnncalc.load({**weights, "x": np.ones(timesteps)}))


def test_how_long_a_wide_state_is_remembered(monkeypatch):
    """Refused by its width, before anything is made, or by the work of all steps together."""
    monkeypatch.setattr(jacobian, "WIDEST_STATE", 4)
    monkeypatch.setattr(jacobian, "MOST_PRODUCTS", 20 * (4**3 + bounds.STEP))
    start = "layer0.forward: how long a state of"

    assert insight.summary(wide(4, 20))[0].memory == [None]
    for explained in (insight.summary, lambda trace: insight.why(trace, 2)):
        with pytest.raises(rnncalc.RnncalcError, match=f"{start} 5 numbers is remembered is not"):
            explained(wide(5, 3))
        with pytest.raises(rnncalc.RnncalcError, match=f"{start} 4 numbers .* over 21 timesteps"):
            explained(wide(4, 21))


def test_all_layers_spend_from_one_effort(monkeypatch):
    """What two layers may not do each, they may not do together either."""
    monkeypatch.setattr(jacobian, "MOST_PRODUCTS", 15 * (1 + bounds.STEP))
    layer = {"W_x": 1, "W_h": 1, "activation": "linear"}
    one, two = (
        rnncalc.run(rnncalc.load({"layers": [layer] * count, "x": np.ones(10)})) for count in (1, 2)
    )

    assert insight.summary(one)[0].memory == [None]
    with pytest.raises(rnncalc.RnncalcError, match=r"^layer1\.forward: how long .* too much"):
        insight.summary(two)


@pytest.mark.parametrize(("units", "timesteps"), [(3, 100), (9, 70), (30, 20)])
def test_a_table_in_colour_is_the_same_table(units, timesteps):
    """Also with a head, a tail and several blocks; no line is longer than the terminal."""
    random = np.random.default_rng(1)
    shapes = {"W_x": (units, 2), "W_h": (units, units), "x": (timesteps, 2)}
    drawn = {key: random.normal(size=shape) for key, shape in shapes.items()}
    trace = rnncalc.run(rnncalc.load(drawn))
    plain, colored = (table(trace, width=70, color=color).decode() for color in (False, True))

    stripped = re.sub(r"\x1b\[[\d;]*m", "", colored)
    assert [line.rstrip() for line in stripped.splitlines()] == plain.splitlines()
    assert max(map(len, plain.splitlines())) <= 70
    assert "\u2026" not in plain
