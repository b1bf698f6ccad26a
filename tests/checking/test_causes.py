"""check says only what holds: rounding, slips, thin evidence, masks, gates, many layers."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import yaml
from typed_lstm import LSTM

import rnncalc
from rnncalc import Layer, Model, RnncalcError
from rnncalc.checking import diagnosis
from rnncalc.checking.diagnosis import axes, examination, gates
from rnncalc.checking.diagnosis.claim import near_claim

FLAGS = ("check", "-x", "1,2,3,4,5", "--wh", "1")
FIVE = "0.31306913,0.7447039,0.9374447,0.9772848,0.9889619"
"""What a framework prints for W_x 0.32394445, in float32."""

HARD = [[0.0133, -0.0252], [0.0179, -0.0345], [0.0195, -0.0381], [0.02, -0.0395], [0.0201, -0.04]]
"""Of the same LSTM with hard_sigmoid gates on zeros, by Keras, as it prints them."""


def ids(found: rnncalc.Checked) -> list[str]:
    """Of the causes that are claimed."""
    return [cause.id for cause in found.diagnosis.causes]


def lstm(**more: object) -> Model:
    """The LSTM above."""
    return rnncalc.load({**LSTM, **more})


def drawn(cell: str = "rnn", *, units: int = 3, features: int = 2, seed: int = 1, **more: object):
    """A layer whose weights all differ, with all of their digits."""
    rng = np.random.default_rng(seed)
    gates = {"rnn": "", "gru": "zrn", "lstm": "ifgo"}[cell]
    weights = {}
    for name, shape in (("W_x", (units, features)), ("W_h", (units, units)), ("bias", (units,))):
        names = [f"{name}.{gate}" for gate in gates] or [name]
        weights |= {each: rng.uniform(-1, 1, shape) for each in names}
    return Layer(weights, cell=cell, **more)


def ran(layer: Layer, timesteps: int = 6, **more: object) -> rnncalc.Trace:
    """A run on drawn input."""
    x = np.random.default_rng(9).normal(size=(timesteps, layer.features))
    return rnncalc.run(Model(layer, x=x, **more))


def test_a_hard_sigmoid_is_no_rounding():
    """Four decimals of small numbers are numbers of float16 anyway: they say nothing of it."""
    found = rnncalc.check(lstm(x=[[0, 0]] * 5), HARD)

    assert ids(found) == ["hard-sigmoid-variant"]


def test_a_weight_with_another_digit_is_told(cli):
    """W_x is 0.33 for 0.32394445: two decimals, and yet it was not rounded."""
    screen = cli(*FLAGS, "--wx", "0.33", "--against", FIVE)

    assert "cause: weight-value\n" in screen.text
    assert "when W_x is 0.3239444, not 0.33; " in screen.text
    assert "remedy: add --wx 0.3239444\n" in screen.text


def test_a_weight_that_was_rounded_is_told(cli):
    """W_x is 0.32 for 0.32394445, but 0.3 for it is 8 % off: another number."""
    rounded, other = (cli(*FLAGS, "--wx", w, "--against", FIVE).text for w in ("0.32", "0.3"))

    assert "cause: precision\n" in rounded
    assert "W_x is 0.3239444, which was rounded to 0.32" in rounded
    assert "cause: weight-value\n" in other


def test_numbers_with_the_noise_of_a_framework_tell_a_weight_too(cli):
    """Its tanh is off by a unit in the last place: so the weight is less certain, yet as right."""
    noisy = "0.31306913,0.7447039,0.9374446,0.97728485,0.98896194"
    rounded, other = (cli(*FLAGS, "--wx", w, "--against", noisy).text for w in ("0.3239", "0.33"))

    assert "cause: precision\n" in rounded
    assert "W_x is 0.3239444, which was rounded to" in rounded
    assert "cause: weight-value\n" in other


def test_one_number_among_right_ones_is_told(cli):
    """0.9952 for 0.9925 in the last step: two digits were exchanged, and what was meant."""
    words = ("--wx", "0.5", "--wh", "0.3", "--against", "0.4621,0.8140,0.9407,0.9794,0.9952")
    screen = cli("check", "-x", "1,2,3,4,5", *words)

    assert "differs: 1 of 5 numbers" in screen.text
    assert "cause: typo\n" in screen.text
    assert (
        "All numbers but one agree: h[0] at t = 5 is 0.99254 here, 0.9952 expected: two\n"
        "    digits are exchanged"
    ) in screen.text
    assert "remedy: write 0.9925: all the others agree\n" in screen.text


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_wrong_number_in_the_middle_is_a_slip(cell):
    """Those after it are not computed from it."""
    trace = ran(drawn(cell))
    theirs = np.float32(trace.h)
    theirs[2, 1] *= -1
    found = rnncalc.check(trace, theirs)

    assert ids(found) == ["typo"]
    assert "h[1] at t = 3 is" in found.diagnosis.causes[0].say


@pytest.mark.parametrize(("cell", "digits"), [("rnn", 2), ("rnn", 3), ("gru", 2)])
def test_noise_is_no_rounding(cell, digits):
    """Weights may have few digits: numbers that are off by themselves have no cause."""
    layer = drawn(cell)
    rounded = {name: np.round(array, digits) for name, array in layer.weights.items()}
    trace = ran(replace(layer, weights=rounded))
    noise = np.random.default_rng(2).normal(size=trace.h.shape) * 10.0**-digits / 3

    assert ids(rnncalc.check(trace, np.float32(trace.h + noise))) == []
    assert ids(rnncalc.check(trace, np.float32(trace.h * 1.004))) == []


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_rounded_weights_are_told_where_some_within_their_half_units_bring_all(digits):
    """Of weights that were moved further there are none."""
    layer = drawn(units=2)
    rounded = {name: np.round(array, digits) for name, array in layer.weights.items()}
    far = {name: array + 10.0**-digits for name, array in layer.weights.items()}
    ours = ran(replace(layer, weights=rounded), 12)

    found = rnncalc.check(ours, np.float32(ran(layer, 12).h))
    assert ids(found) == ["precision"]
    assert found.diagnosis.causes[0].left < 1e-5
    assert ids(rnncalc.check(ours, np.float32(ran(replace(layer, weights=far), 12).h))) == []


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_float16_is_told_where_it_was_computed_in(cell):
    """What is off as far, and no number of float16, was not."""
    trace = ran(drawn(cell))
    half = rnncalc.run(trace.model, dtype="float16").h
    found = rnncalc.check(trace, np.float32(half))

    assert ids(found) == ["precision"]
    assert "they are computed in float16" in found.diagnosis.causes[0].say
    if cell == "rnn":
        assert ids(rnncalc.check(trace, np.float32(half) * np.float32(1.0001))) == []


def test_seven_per_cent_are_not_float16():
    """Though every number is one of it."""
    trace = ran(drawn())

    assert ids(rnncalc.check(trace, np.float32(np.float16(trace.h * 1.07)))) == []


def test_what_leaves_float32s_rounding_is_a_cause():
    """Of float64, held to 1e-9: W_h transposed leaves 1e-8, and is claimed none the less."""
    trace = ran(drawn())
    (layer,) = trace.model.layers
    turned = replace(layer, weights={**layer.weights, "W_h": layer.weights["W_h"].T})
    noise = np.random.default_rng(3).uniform(-1e-8, 1e-8, trace.h.shape)
    found = rnncalc.check(trace, ran(turned).h + noise)

    assert found.comparison.dtype == "float64"
    assert ids(found) == ["recurrent-kernel-transposed"]
    assert 1e-9 < found.diagnosis.causes[0].left < 1e-7
    assert "No mistake" not in str(found)


def test_thin_evidence_is_called_that(cli):
    """Two numbers of four decimals fit: so few may be met by accident."""
    layer = drawn("lstm", units=1, activation="linear")
    x = [[0.4, -0.3], [0.7, 0.2]]
    theirs = rnncalc.run(Model(replace(layer, activation="tanh", state_activation="tanh"), x=x)).h
    found = rnncalc.check(Model(layer, x=x), np.round(theirs, 4))
    (near,) = [one for one in found.diagnosis.nearest if one.id == "activation"]

    assert ids(found) == []
    assert near.thin
    assert "No cause is sure: so few numbers may be met by accident.\n" in str(found)
    assert "\nThin evidence:\n" in str(found)
    assert "Nearest" not in str(found)


def test_ours_within_the_digits_given_need_no_mistake():
    """Whatever tolerance somebody asks for."""
    trace = ran(drawn())
    found = rnncalc.check(trace, np.float32(trace.h), rtol=0, atol=0)

    assert not found
    assert found.diagnosis.causes == ()
    assert found.diagnosis.pattern.startswith("No mistake was looked for: digits and types leave")


def anew(trace: rnncalc.Trace) -> np.ndarray:
    """Each step from nothing."""
    return np.concatenate(
        [rnncalc.run(replace(trace.model, x=np.asarray(trace.model.x)[t : t + 1])).h
         for t in range(trace.timesteps)]
    )  # fmt: skip


def turned(trace: rnncalc.Trace) -> np.ndarray:
    """Outputs of the sequence from its end, in that order."""
    return np.array(rnncalc.run(replace(trace.model, x=np.asarray(trace.model.x)[::-1])).h)


def transposed(trace: rnncalc.Trace) -> np.ndarray:
    """W_h is transposed."""
    (layer,) = trace.model.layers
    weights = {name: w.T if "W_h" in name else w for name, w in layer.weights.items()}
    return np.array(rnncalc.run(replace(trace.model, layers=(replace(layer, weights=weights),))).h)


def kept(trace: rnncalc.Trace) -> np.ndarray:
    """The second call with the state kept."""
    (layer,) = trace.model.layers
    final = {f"{state}0": array for state, array in trace.layers[0].forward.final.items()}
    return np.array(rnncalc.run(replace(trace.model, layers=(replace(layer, **final),))).h)


@pytest.mark.parametrize("masked", [None, 3])
@pytest.mark.parametrize("mistake", [anew, turned, transposed, kept])
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_a_masking_layer_hides_no_cause(cell, mistake, masked):
    """Whether it masks a step or none: the causes are those that there are without it."""
    layer = drawn(cell)
    x = np.random.default_rng(9).normal(size=(6, 2))
    plain = rnncalc.run(Model(layer, x=x))
    wanted = rnncalc.check(plain, np.float32(mistake(plain))).diagnosis.causes
    if masked is not None:
        x[masked] = -1
    trace = rnncalc.run(Model(layer, x=x, masking=-1.0))
    found = rnncalc.check(trace, np.float32(mistake(trace))).diagnosis.causes

    assert wanted
    assert [one.id for one in found] == [one.id for one in wanted]


def test_lengths_that_are_whole_hide_no_cause():
    """Where no step is padded."""
    trace = ran(drawn())
    plain = rnncalc.check(trace, np.float32(anew(trace)))
    marked = rnncalc.run(replace(trace.model, lengths=[6]))

    assert ids(rnncalc.check(marked, np.float32(anew(trace)))) == ids(plain) != []


def restacked(layer: Layer, stacked: str, read: str) -> Layer:
    """The weights of blocks in one order, read as another."""
    weights = {
        f"{name}.{gate}": layer.weights[f"{name}.{stacked[read.index(gate)]}"]
        for name in ("W_x", "W_h", "bias")
        for gate in read
    }
    return replace(layer, weights=weights)


@pytest.mark.parametrize("stacked", ["ifog", "gofi", "iofg", "oifg"])
def test_orders_of_gates_are_told_as_orders(stacked):
    """Those of frameworks, and those of nobody."""
    right = drawn("lstm")
    wrong = replace(restacked(right, stacked, "ifgo"), stacked="ifgo")
    (cause,) = rnncalc.check(ran(wrong), np.float32(ran(right).h)).diagnosis.causes

    there = " ".join(stacked)
    assert cause.id == "gate-order"
    assert f"the stacked gates are {there}" in cause.say
    assert "there, i f g o (" in cause.say


def test_the_order_here_is_that_of_the_file():
    """PyTorch's GRU is read as r z n, Keras' as z r n: exchanging both looks the same."""
    rng = np.random.default_rng(4)
    arrays = {"weight_ih": (6, 3), "weight_hh": (6, 2), "bias_ih": (6,), "bias_hh": (6,)}
    block = {name: rng.uniform(-1, 1, shape) for name, shape in arrays.items()}
    x = rng.normal(size=(5, 3))
    model = rnncalc.load({"cell": "gru", **block, "x": x})
    order = np.r_[2:4, 0:2, 4:6]
    theirs = rnncalc.run(
        rnncalc.load({"cell": "gru", **{name: a[order] for name, a in block.items()}, "x": x})
    ).h
    cause = rnncalc.check(model, np.float32(theirs)).diagnosis.causes[0]

    assert model.layers[0].stacked == "rzn"
    assert "the stacked gates are z r n" in cause.say
    assert "there, r z n (PyTorch" in cause.say


def stack(count: int, cell: str = "lstm", wrong: int | None = None) -> Model:
    """Many layers, one of them perhaps with W_h transposed."""
    layers = [drawn(cell, units=2, seed=seed) for seed in range(count)]
    if wrong is not None:
        one = layers[wrong]
        turned = {name: w.T if "W_h" in name else w for name, w in one.weights.items()}
        layers[wrong] = replace(one, weights=turned)
    return Model(layers, x=np.random.default_rng(9).normal(size=(5, 2)))


@pytest.mark.parametrize("count", [16, 64])
def test_many_layers_cost_no_more_than_a_bound(count, monkeypatch):
    """The runs of layers that a search takes are counted, and what was not tried is said."""
    monkeypatch.setattr(examination, "MOST_RUNS", 400)
    runs: list[list[Model]] = []  # of networks that go together in one list
    alone, together = diagnosis.job.run, diagnosis.beside.run_beside

    def one(model, **more):
        runs.append([model])
        return alone(model, **more)

    def several(models, record):
        runs.append(models)
        return together(models, record)

    monkeypatch.setattr(diagnosis.job, "run", one)
    monkeypatch.setattr(diagnosis.beside, "run_beside", several)
    found = rnncalc.check(stack(count), np.full((5, 2), 0.1234567))
    taken = [len(models[0].layers) * (1 + len(models) // 8) for models in runs]

    assert sum(taken) <= 5 * (400 + 16 * count)
    assert "mistakes in single layers" in found.diagnosis.cut
    assert "As the network is large, not all were tried: mistakes in single layers" in " ".join(
        str(found).split()
    )


def test_nothing_is_left_untried_where_it_may_be_found():
    """Neither in the last but one of many layers, nor in a wide layer over many steps."""
    right = rnncalc.run(stack(24, "rnn", 22)).h
    (cause,) = rnncalc.check(stack(24, "rnn"), np.float32(right)).diagnosis.causes

    assert cause.id == "recurrent-kernel-transposed"
    assert "layer0_22" in cause.say
    layer = drawn("lstm", units=64, features=8)
    turned = {name: w.T if "W_h" in name else w for name, w in layer.weights.items()}
    right = ran(replace(layer, weights=turned), 200).h

    assert ids(rnncalc.check(ran(layer, 200), np.float32(right))) == ["recurrent-kernel-transposed"]


def test_a_mistake_in_one_of_some_layers_is_found():
    """In the first, or in the last."""
    right = rnncalc.run(stack(4, "rnn")).h
    for wrong in (0, 3):
        causes = rnncalc.check(stack(4, "rnn", wrong), np.float32(right)).diagnosis.causes

        assert [one.id for one in causes] == ["recurrent-kernel-transposed"]
        assert f"layer0{f'_{wrong}' * bool(wrong)}" in causes[0].say


def test_a_backward_layer_begins_at_the_end():
    """What differs first is what is computed first."""
    layer = drawn(direction="backward")
    trace = ran(layer)
    theirs = np.array(trace.h)
    theirs[:-1] += np.random.default_rng(1).uniform(0.1, 0.2, theirs[:-1].shape)
    found = rnncalc.check(trace, np.float32(theirs))

    assert found.diagnosis.pattern.startswith(
        "The last timestep, which is read first, agrees, those computed after it do not: "
    )


def test_the_model_of_a_cause_gives_the_expected_numbers():
    """It is the network that is set right, with its input."""
    trace = ran(drawn())
    theirs = transposed(trace)
    (cause,) = rnncalc.check(trace, np.float32(theirs)).diagnosis.causes

    assert np.allclose(rnncalc.run(cause.model).h, theirs, atol=1e-12)


def test_json_says_what_is_thin_and_what_was_cut(cli, tmp_path, monkeypatch):
    """In the keys that the schema has."""
    monkeypatch.setattr(examination, "MOST_RUNS", 5)
    (tmp_path / "net.yaml").write_text(yaml.safe_dump(LSTM))
    np.save(tmp_path / "t.npy", np.full((5, 2), 0.1234567))
    words = ("check", str(tmp_path / "net.yaml"), "--against", str(tmp_path / "t.npy"), "--json")
    document = json.loads(cli(*words).text)

    assert document["precision"] == "float64"
    assert document["cut"][0] == "mistakes in single layers"


def test_tolerances_are_never_narrower_than_the_verdicts():
    """A cause is held to what the numbers are held to, and to what their types leave."""
    with pytest.raises(RnncalcError):
        rnncalc.check(ran(drawn()), np.zeros((6, 3)), rtol=-1)


def test_what_comes_near_is_a_whole_sentence():
    """It names its place once, and has no brackets with nothing in them."""
    trace = ran(drawn("lstm"))
    job = diagnosis.job_of(trace, "h")
    made = [*gates.hypotheses(job, job.ways), *axes.hypotheses(job, (6, 3))]
    said = [near_claim(one, 0.0).say for one in made]

    assert any("when in W_x and W_h the stacked gates are" in one for one in said)
    assert any("time and features of x were reshaped" in one for one in said)
    assert not [one for one in said if "()" in one or ":" in one]
