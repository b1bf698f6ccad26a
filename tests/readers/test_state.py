"""``--state enc.npz:encoder``: a layer begins where another one ended."""

from __future__ import annotations

import json

import numpy as np
import pytest

import rnncalc

RNG = np.random.default_rng(18)


def lstm(name: str, units: int, features: int, **more) -> dict:
    """A layer of drawn weights."""

    def gates(*shape: int) -> dict:
        return {gate: RNG.normal(size=shape).round(2).tolist() for gate in "ifgo"}

    weights = {"cell": "lstm", "W_x": gates(units, features), "W_h": gates(units, units)}
    return {"name": name, **weights, **more}


def both(name: str, units: int, features: int) -> dict:
    """A layer of two directions."""
    one, other = (lstm(name, units, features) for _ in range(2))
    ways = {way: {k: v for k, v in part.items() if k != "name"}
            for way, part in (("forward", one), ("backward", other))}  # fmt: skip
    return {"name": name, "merge": "concat", **ways}


ENCODER = {"layers": [both("encoder", 3, 2), lstm("top", 3, 6)], "x": [[1, 2], [0, 1], [2, -1]]}
DECODER = {"layers": [lstm("decoder", 3, 2)], "x": [[1, 0], [0, 1]]}
PAIR = {"layers": [both("lower", 3, 2), lstm("upper", 3, 6)], "x": [[1, 0], [0, 1]]}


@pytest.fixture
def begun(cli, tmp_path):
    """What a network computes when it begins where parts of the encoder ended."""
    enc, net = tmp_path / "enc.npz", tmp_path / "net.json"
    (tmp_path / "enc.json").write_text(json.dumps(ENCODER))
    assert cli(str(tmp_path / "enc.json"), "-o", str(enc)).code == 0

    def run(config: dict, names: str):
        net.write_text(json.dumps(config))
        return cli(str(net), "--state", f"{enc}:{names}", "--json")

    return run


def ended(layer: str, way: str, state: str) -> np.ndarray:
    """In which state the encoder ends."""
    trace = rnncalc.run(rnncalc.load(ENCODER))
    return next(one for one in trace.layers if one.name == layer)[way].final[state]


@pytest.mark.parametrize(
    ("names", "layer", "way"),
    [
        ("top", "top", "forward"),
        ("top.forward", "top", "forward"),
        ("encoder.backward", "encoder", "backward"),
        ("encoder.backward=decoder", "encoder", "backward"),
        (" encoder.forward = decoder.forward ", "encoder", "forward"),
    ],
)
def test_the_only_layer_begins_where_another_ended(begun, names, layer, way):
    """Both states of it, by the name of the layer, or of one direction."""
    found = json.loads(begun(DECODER, names).out)
    given = [{**DECODER["layers"][0], **{f"{s}0": ended(layer, way, s).tolist() for s in "hc"}}]

    np.testing.assert_array_equal(found["layers"][0]["forward"]["c0"], ended(layer, way, "c"))
    same = rnncalc.load(DECODER | {"layers": given})
    np.testing.assert_array_equal(found["h"], rnncalc.run(same).h)


def test_several_layers_are_named(begun):
    """Direction to direction, crossed where that is said; who is not named keeps its own."""
    names = "encoder.backward=lower.forward,encoder.forward=lower.backward"
    lower, upper = json.loads(begun(PAIR, names).out)["layers"]
    same = json.loads(begun(PAIR, "encoder=lower,top=upper").out)["layers"]

    np.testing.assert_array_equal(lower["forward"]["h0"], ended("encoder", "backward", "h"))
    np.testing.assert_array_equal(lower["backward"]["c0"], ended("encoder", "forward", "c"))
    assert upper["forward"]["h0"] == [0, 0, 0]
    np.testing.assert_array_equal(same[0]["backward"]["c0"], ended("encoder", "backward", "c"))
    np.testing.assert_array_equal(same[1]["forward"]["h0"], ended("top", "forward", "h"))


@pytest.mark.parametrize(
    ("config", "names", "message"),
    [
        (DECODER, "tops", "has no final states of tops. Did you mean top?"),
        (DECODER, "top=decodr", "there is no layer decodr here. Did you mean decoder?"),
        (DECODER, "encoder", "encoder has two directions, decoder one: write encoder.forward or"),
        (PAIR, "top=lower", "lower has two directions, top one: write lower.forward or .backward"),
        (PAIR, "top", "there are several layers (lower, upper): say for which, top=lower"),
        (PAIR, "top=upper,top=upper", "upper is given two states"),
        (
            {"layers": [lstm("decoder", 2, 2)], "x": [[1, 0]]},
            "top",
            "h0 is a list of 3, expected 2",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_said_by_its_name(begun, config, names, message):
    """Layers, directions and sizes, in one line."""
    done = begun(config, names)

    assert (done.code, done.out, done.err.strip().count("\n")) == (2, b"", 0)
    assert done.err.startswith("Error: --state: ")
    assert message in done.err


def test_an_lstm_needs_a_cell_state(cli, tmp_path):
    """A GRU's file has none."""
    state = tmp_path / "s.npz"
    np.savez(state, **{"top.forward.final.h": np.zeros(3)})
    (tmp_path / "net.json").write_text(json.dumps(DECODER))
    done = cli(str(tmp_path / "net.json"), "--state", f"{state}:top")

    assert done.code == 2
    assert "has no array 'top.forward.final.c': an lstm begins with c, too." in done.err
