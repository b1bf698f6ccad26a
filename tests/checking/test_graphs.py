"""Checking graphs: outputs and layers by name, the first layer that differs, and why."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from graph_networks import GRAPHS, branches, masked, translator

import rnncalc
from rnncalc import Model, RnncalcError
from rnncalc.checking.diagnosis.claim import near_claim
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.verdict import Diagnosis
from rnncalc.model.checks import alter
from rnncalc.model.graph import Wire

FILES = {"json": ".json", "npz": ".npz", "csv": ".csv", "csv-wide": ".csv", "ndjson": ".ndjson",
         "npy": ".npy", "markdown": ".md", "table": ".txt"}  # fmt: skip


def with_input(network) -> Model:
    model, x = network
    return replace(model, x=x)


OURS = with_input(translator())
ENC, DEC = OURS.layers


def exchanged(layer, one, other):
    """A layer with two of its gates exchanged."""
    letters = str.maketrans({one: other, other: one})
    names = {key: key[:-1] + key[-1].translate(letters) for key in layer.weights}
    return alter(layer, weights={names[key]: array for key, array in layer.weights.items()})


def turned(layer):
    """A layer whose W_h are transposed."""
    weights = {key: a.T if key.startswith("W_h") else a for key, a in layer.weights.items()}
    return alter(layer, weights=weights)


def without_states(model):
    wires = (Wire(one.layer, one.reads) for one in model.wiring)
    return replace(model, wiring=tuple(wires))


def reading(model, name, *reads):
    wires = (one._replace(reads=reads) if one.layer == name else one for one in model.wiring)
    return replace(model, wiring=tuple(wires))


def scaled(model, scale):
    layers = (alter(one, scale=scale) if one.name == "att" else one for one in model.stateless)
    return replace(model, stateless=tuple(layers))


@pytest.fixture
def undiagnosed(monkeypatch):
    """Nothing is looked for where numbers differ: it is not what the test is about."""
    monkeypatch.setattr(import_module("rnncalc.checking.check"), "diagnose", lambda *_: Diagnosis())


MISTAKES = {
    "gates of the encoder": (
        replace(OURS, layers=(exchanged(ENC, "z", "r"), DEC)), "gate-order", "(enc)"),
    "W_h of the decoder": (
        replace(OURS, layers=(ENC, turned(DEC))), "recurrent-kernel-transposed", "(dec)"),
    "states": (without_states(OURS), "initial-state", "dec starts from 0"),
    "order of a join": (
        reading(OURS, "both", "dec", "att"), "layer-order", "both reads dec, att in this order"),
    "scores": (
        scaled(OURS, 3**-0.5), "weight-value", "the scores of att are scaled by 1 / sqrt(3)"),
}  # fmt: skip


@pytest.mark.parametrize(("theirs", "cause", "say"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_graph_is_told(theirs, cause, say):
    """Of y alone: which mistake, and in which layer; nothing that a row alone could be told."""
    found = rnncalc.check(OURS, rnncalc.run(theirs).y)

    assert [one.id for one in found.diagnosis.causes] == [cause]
    assert say in found.diagnosis.causes[0].say
    assert "rnncalc" not in found.diagnosis.causes[0].remedy


def test_what_no_mistake_explains_has_no_cause():
    """Numbers of another network are explained by nothing, and no place is blamed."""
    found = rnncalc.check(OURS, np.random.default_rng(3).normal(size=(4, 2)))

    assert not found
    assert found.diagnosis.causes == ()


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("name", GRAPHS)
def test_a_result_agrees_with_its_run(name, form, tmp_path):
    """What each format holds of a graph is read back, and is what is compared."""
    model = with_input(GRAPHS[name]((2,)))
    trace = rnncalc.run(model)
    options = {"digits": "full"} if form in ("markdown", "table") else {}
    ways = [{}] if form == "npy" else [{}, {"show": ["all"]}]
    for number, show in enumerate(ways):
        path = tmp_path / f"run{number}{FILES[form]}"
        trace.save(path, format=form, **show, **options)

        assert rnncalc.check(model, path)


def test_the_first_layer_that_differs_is_named(undiagnosed):
    """Two graphs are compared layer by layer; layers without a state are layers, too."""
    other = scaled(OURS, 3**-0.5)
    found = rnncalc.check(OURS, other)

    assert [(one.name, one.agrees) for one in found.layers] == [
        ("enc", True), ("dec", True), ("att", False)]  # fmt: skip
    assert found.comparison.quantity == "context"
    assert found.comparison.first.layer == "att"
    assert rnncalc.check(OURS, OURS)


def test_layers_of_other_names_are_matched_by_their_order():
    """A graph whose layers are all called otherwise is compared in the order of computing."""
    called = {name: f"{name}2" for name in ("enc", "dec", "att", "both", "tags")}
    layers, stateless = (
        tuple(alter(one, name=called[one.name]) for one in every)
        for every in (OURS.layers, OURS.stateless)
    )
    wiring = tuple(
        Wire(called[one.layer], tuple(called.get(name, name) for name in one.reads),
             dict.fromkeys(one.states, "enc2"))
        for one in OURS.wiring
    )  # fmt: skip
    other = Model(layers, stateless=stateless, wiring=wiring, inputs=OURS.inputs)
    found = rnncalc.check(OURS, other)

    assert found
    assert [one.theirs for one in found.layers] == [*called]


def test_every_output_is_compared_by_its_name(tmp_path, undiagnosed):
    """The second output of a result may be what differs."""
    ours = with_input(branches())
    head = next(one for one in ours.stateless if one.name == "whole")
    others = tuple(alter(one, W_y=2 * head.W_y) if one is head else one for one in ours.stateless)
    path = tmp_path / "theirs.json"
    rnncalc.run(replace(ours, stateless=others)).save(path)
    found = rnncalc.check(ours, path)

    assert rnncalc.check(ours, path, show="y.each")
    assert not found
    assert found.layers[-1].name == "whole"


@pytest.mark.parametrize(
    ("asked", "of"),
    [({"show": "scores"}, "scores"), ({"show": "weights", "of": "att"}, "weights"),
     ({"of": "att"}, "context"), ({"of": "tags"}, "y")],
    ids=str,
)  # fmt: skip
def test_quantities_of_a_layer_without_a_state_are_compared(asked, of, undiagnosed):
    """Scores, weights and context, by their own name or by the layer's."""
    trace = rnncalc.run(OURS)
    layer = asked.get("of", "att")
    theirs = trace.stateless[layer][of]

    assert rnncalc.check(OURS, theirs, **asked)
    found = rnncalc.check(OURS, theirs + 0.25, **asked)
    assert found.comparison.quantity == of
    assert found.comparison.first.layer == layer


def test_a_layer_in_the_middle_is_compared_alone(undiagnosed):
    """--of the encoder compares its h, its gates and its final state."""
    trace = rnncalc.run(OURS)
    enc = trace.layers[0].forward

    assert rnncalc.check(OURS, enc["h"], of="enc")
    assert rnncalc.check(OURS, enc["z"], of="enc", show="z")
    assert rnncalc.check(OURS, enc.final["h"], of="enc", show="final.h")
    assert not rnncalc.check(OURS, enc["h"] + 0.5, of="enc")


def test_h_of_a_graph_that_gives_it_is_found_by_its_layer(tmp_path):
    """Another layer that is computed behind it is not taken for it."""
    ours = with_input(masked())
    trace = rnncalc.run(ours)

    assert rnncalc.check(ours, trace.layers[0].h)
    assert rnncalc.check(ours, trace.layers[1].h, of="beside")


def test_weights_that_were_written_alone_are_found(tmp_path):
    """By --show alone, by the key behind the colon; LAYER.QUANTITY is told how to be written."""
    path = tmp_path / "r.json"
    trace = rnncalc.run(OURS)
    trace.save(path, show=["weights"], of="att")
    assert rnncalc.check(OURS, path, show="weights").agrees
    assert rnncalc.check(OURS, Path(f"{path}:att.weights"), show="weights").agrees
    with pytest.raises(RnncalcError, match="write --of att --show weights"):
        rnncalc.check(OURS, path, show="att.weights")
    with pytest.raises(RnncalcError, match=r"has no other; there are: .*att\.weights"):
        rnncalc.check(OURS, Path(f"{path}:other"), show="weights")


def test_states_that_only_the_other_side_hands_over_are_told():
    """Ours starts from 0, theirs from the encoder's final states."""
    found = rnncalc.check(without_states(OURS), rnncalc.run(OURS).y)
    (cause,) = found.diagnosis.causes
    assert cause.id == "initial-state"
    assert "dec starts from the final states of enc" in cause.say
    assert "{layer: enc}" in cause.remedy


def test_what_comes_near_says_where():
    """Each says which layer it is about."""
    one, other = (
        Hypothesis("biases", "no bias", "", lambda job: job, where=w) for w in ("enc", "dec")
    )
    said = [near_claim(each, 0.1).say for each in (one, other)]
    assert said == [f"the numbers come nearer when no bias ({where})" for where in ("enc", "dec")]


def test_what_cannot_be_compared_is_refused():
    """A framework for a graph, an output that there is not, y of a recurrent layer."""
    for asked, why in (
        ({"expected": "keras"}, "Keras is given layers in a row"),
        ({"expected": np.ones(3), "show": "y.other"}, "there is no output layer"),
        ({"expected": np.ones(3), "show": "y", "of": "enc"}, "leave out --of"),
    ):
        with pytest.raises(RnncalcError, match=why):
            rnncalc.check(OURS, **asked)


def test_a_graph_is_compared_with_the_row_that_it_spells_out():
    """Either way round; the layers are called alike."""
    row = rnncalc.load({"W_x": 0.5, "W_h": 0.25, "output": {"W_y": 2}, "x": [1, 2, 3]})
    wiring = Wire("layer0", ("x",)), Wire("output", ("layer0",))
    same = Model(row.layers, stateless=row.outputs, wiring=wiring, x=row.x)
    names = [one.name for one in rnncalc.check(same, row).layers]

    assert rnncalc.check(same, row)
    assert rnncalc.check(row, same)
    assert names == ["layer0", "output"]


def test_the_remedy_names_the_directions_of_states():
    """Two directions have a state each, which their blocks say."""

    def config(**states):
        ways = [{"W_x": 0.5, "W_h": 0.3}, {"W_x": -0.4, "W_h": 0.2}]
        other = [{"W_x": 0.7, "W_h": 0.1}, {"W_x": 0.2, "W_h": 0.6}]
        other = [one | ({"h0": states[way]} if states else {})
                 for one, way in zip(other, ("forward", "backward"), strict=True)]  # fmt: skip
        layers = [dict(zip(("forward", "backward"), one, strict=True)) for one in (ways, other)]
        named = [
            {"name": name, "input": given, **layer}
            for name, given, layer in zip(("enc", "dec"), "st", layers, strict=True)
        ]
        return {"layers": named, "x": {"s": [1, 2, 3], "t": [0.5, -1]}}

    handed = {way: {"layer": "enc", "direction": way} for way in ("forward", "backward")}
    expected = rnncalc.run(rnncalc.load(config(**handed))).h
    (cause,) = rnncalc.check(rnncalc.run(rnncalc.load(config())), expected).diagnosis.causes

    assert cause.remedy == (
        "in forward h0: {layer: enc, direction: forward}, in backward the same with direction: "
        "backward hands them over"
    )
