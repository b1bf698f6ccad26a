"""check: layouts, tolerance, verdict, where numbers part first; the command and the library."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from conftest import SEED
from normal_layers import drawn
from special_networks import special

import rnncalc
from rnncalc import Layer, Model, Output, RnncalcError
from rnncalc.checking.expected import TOLERANCES, Expected, type_of
from rnncalc.cli.schema import json_schema
from rnncalc.testing import assert_trace_equal

FIVE = "0.31306913,0.7447039,0.9374447,0.9772848,0.9889619"
"""What a framework prints for the README's network, in float32."""


def ran(*layers: Layer, batch: int | None = 2, timesteps: int = 4, **more: object):
    """The run of some layers on drawn input."""
    shape = (timesteps, layers[0].features)
    x = np.random.default_rng(9).normal(size=shape if batch is None else (batch, *shape))
    return rnncalc.run(Model(list(layers), x=x, **more))


@pytest.mark.parametrize(
    ("turn", "say"),
    [
        (lambda h: h, ""),
        (lambda h: h.swapaxes(0, 1), "time first, as PyTorch without batch_first"),
        (lambda h: h[:, -1], "the last timestep only"),
        (lambda h: h.swapaxes(0, 1)[:, None], "as ONNX' Y"),
        (lambda h: h[:, :, None], "as ONNX' Y with layout 1"),
    ],
)
def test_layouts_are_recognised_and_said(turn, say):
    """A batch of 2, 4 timesteps, 3 units: every order of axes that somebody writes."""
    trace = ran(drawn())
    found = rnncalc.check(trace, turn(trace.h))

    assert found.agrees
    assert found.comparison.layout == say
    assert found.comparison.quantity == "h"
    assert not rnncalc.check(trace, turn(trace.h) + 1e-3)


@pytest.mark.parametrize(
    ("turn", "say"),
    [
        (lambda h: h[None], "as a batch of one sequence"),
        (lambda h: h[-1], "the last timestep only"),
        (lambda h: h[:, None, None], "as ONNX' Y"),
    ],
)
def test_layouts_of_one_sequence(turn, say):
    """The axis of the sequences may be there or not."""
    trace = ran(drawn(), batch=None)
    found = rnncalc.check(trace, turn(trace.h))

    assert found.agrees
    assert found.comparison.layout == say


def test_final_states():
    """A stack of two directions: PyTorch's h_n and c_n, and Keras' halves side by side."""
    two = drawn("lstm", backward=drawn("lstm", seed=2))
    trace = ran(two)
    ways = trace.layers[0].directions
    h_n = np.stack([ways[way].final["h"] for way in ("forward", "backward")])
    c_n = np.stack([ways[way].final["c"] for way in ("forward", "backward")])

    assert rnncalc.check(trace, h_n).comparison.quantity == "final.h"
    assert rnncalc.check(trace, np.concatenate(h_n, axis=-1), show="final.h")
    assert rnncalc.check(trace, c_n, show="final.c")
    assert not rnncalc.check(trace, h_n, show="final.c")
    assert not rnncalc.check(trace, h_n[::-1])


def test_what_is_compared():
    """y where there is an output layer, else h; in many-to-one its last step."""
    trace = ran(drawn(), output=Output(np.ones((2, 3))))

    assert rnncalc.check(trace, trace.y).comparison.quantity == "y"
    assert rnncalc.check(trace, trace.h, show="h").agrees
    last = ran(drawn(), mode="many-to-one")
    assert rnncalc.check(last, last.last).agrees


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("float64", np.float64, "float64"),
        ("float64", np.float32, "float32"),
        ("float32", np.float64, "float32"),
        ("float32", np.float16, "float16"),
        ("float16", np.float32, "float16"),
    ],
)
def test_the_tolerance_follows_the_coarser_type(ours, theirs, expected):
    """By default; --rtol and --atol replace it, one by one."""
    trace = rnncalc.run(replace(ran(drawn()).model, dtype=ours))
    other = (trace.h + 1e-4).astype(theirs)
    other = other + np.pi * 1e-9 if theirs is np.float64 else other

    assert rnncalc.check(trace, other).comparison.tolerance == TOLERANCES[expected]
    assert rnncalc.check(trace, other, rtol=0.25).comparison.tolerance.rtol == 0.25
    assert rnncalc.check(trace, other, rtol=0.25).comparison.tolerance.atol == (
        TOLERANCES[expected].atol
    )


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (np.array([0.1, 0.2]), "float32"),
        (np.array([0.123456789012, 0.2]), "float64"),
        (np.float32([0.1, 0.7]), "float32"),
        (np.float32([0.1, 0.7]).astype(np.float64), "float32"),
        (np.float16([0.1]), "float16"),
        (np.array([1, 2, 3]), "float32"),
    ],
)
def test_the_type_of_numbers_is_seen(numbers, expected):
    """By their own type, or by how many digits they take."""
    assert type_of(numbers) == expected


def test_the_first_difference():
    """The smallest t, then sequence, then unit; the largest difference, how many differ."""
    trace = ran(drawn(), batch=3)
    theirs = trace.h.copy()
    for place in ((1, 2, 0), (2, 1, 2), (0, 3, 1)):
        theirs[place] += 0.25
    theirs[2, 1, 2] += 0.5
    found = rnncalc.check(trace, theirs).comparison

    first = found.first
    assert (first.sequence, first.t, first.layer, first.direction, first.unit) == (
        2, 2, "layer0", "forward", 2,
    )  # fmt: skip
    assert (found.compared, found.differ) == (36, 3)
    assert found.max_abs == pytest.approx(0.75)
    assert found.growth == pytest.approx([0, 0.75, 0.25, 0.25])


def test_the_first_difference_of_two_directions():
    """The unit is the index in the last axis; the direction says which half."""
    trace = ran(drawn(backward=drawn(seed=2)))
    theirs = trace.h.copy()
    theirs[1, 2, 4] += 1
    first = rnncalc.check(trace, theirs).comparison.first

    assert (first.direction, first.unit, first.t, first.sequence) == ("backward", 4, 3, 1)


def test_a_whole_result_says_where_it_really_begins():
    """The term that differs first, not only the state that shows it."""
    lstm = drawn("lstm")
    trace = ran(lstm)
    weights = {**lstm.weights, "bias.f": lstm.weights["bias.f"] + [0, 0.5, 0]}
    other = rnncalc.run(replace(trace.model, layers=(replace(lstm, weights=weights),)))
    first = rnncalc.check(trace, other).comparison.first

    assert (first.t, first.quantity, first.unit) == (1, "bias.f", 1)


def test_sizes_are_named():
    """What a difference as large may be."""
    trace = ran(drawn())

    def size(far: float) -> str:
        return rnncalc.check(trace, trace.h + far, rtol=0, atol=0).comparison.size

    assert size(1e-14) == "no more than float64 rounds"
    assert size(1e-8) == "no more than float32 rounds"
    assert size(1e-3) == "as float16 or TF32 rounds, or numbers of few digits"
    assert size(1e-2) == "as bfloat16 rounds, or numbers of two digits"
    assert size(0.5) == "more than rounding makes"


@pytest.mark.parametrize("scale", [1.0, 0.02, 1e-5])
def test_ten_per_cent_is_no_rounding(scale):
    """However small the numbers are; one in a thousand may be."""
    trace = ran(drawn(activation="linear"), timesteps=6)
    x = np.asarray(trace.model.x) * scale
    (layer,) = trace.model.layers
    weights = {name: w for name, w in layer.weights.items() if name != "bias"}
    trace = rnncalc.run(Model(replace(layer, weights=weights), x=x))

    def size(share: float) -> str:
        return rnncalc.check(trace, trace.h * share, rtol=0, atol=0).comparison.size

    assert size(1.1) == size(0.9) == "more than rounding makes"
    assert size(1.001) == "as float16 or TF32 rounds, or numbers of few digits"


def test_roundings_are_those_of_the_coarser_type():
    """float64 with float64, float32 or float16 on either side."""
    trace = ran(drawn())
    single, half = (rnncalc.run(trace.model, dtype=name) for name in ("float32", "float16"))

    def dtype(ours: rnncalc.Trace, theirs: rnncalc.Trace) -> str:
        found = rnncalc.check(ours, np.asarray(theirs.h) + 0.1, rtol=0, atol=0).comparison
        scale = np.array(np.abs(theirs.h + 0.1).max(), found.dtype)
        assert found.roundings == pytest.approx(found.max_abs / float(np.spacing(scale)))
        return found.dtype

    assert dtype(trace, trace) == "float64"
    assert dtype(trace, single) == dtype(single, trace) == "float32"
    assert dtype(single, half) == dtype(half, trace) == "float16"


def test_nan_agrees_with_nan_only():
    """Where both overflow they agree; where only theirs is NaN it is no number to compare with."""
    trace = ran(drawn())
    theirs = trace.h.copy()
    theirs[1, 2, 0] = np.nan

    with pytest.raises(RnncalcError, match=r"NaN at \[1, 2, 0\], where rnncalc computes"):
        rnncalc.check(trace, theirs)


def test_other_shapes_are_a_difference():
    """Nothing is compared, both shapes are kept."""
    trace = ran(drawn())
    found = rnncalc.check(trace, np.zeros((5, 7)))

    assert not found
    assert found.comparison.shapes == ((2, 4, 3), (5, 7))
    assert (found.comparison.compared, found.comparison.first) == (0, None)


def test_traces_files_and_models_are_taken(tmp_path):
    """The same outcome, whichever way the expected numbers come."""
    trace = ran(drawn())
    np.save(tmp_path / "h.npy", np.float32(trace.h))

    for theirs in (trace, trace.h, trace.h.tolist(), tmp_path / "h.npy", Expected("it", trace.h)):
        assert rnncalc.check(trace.model, theirs)
        assert rnncalc.check(trace, theirs)


def test_a_quantity_that_there_is_not():
    """Named, with what there is."""
    trace = ran(drawn())

    with pytest.raises(RnncalcError, match="--show z: layer0 has none"):
        rnncalc.check(trace, trace.h, show="z")
    with pytest.raises(RnncalcError, match="only an lstm has it"):
        rnncalc.check(trace, trace.h, show="c")
    with pytest.raises(RnncalcError, match=r"has no final\.c; there are: h"):
        rnncalc.check(ran(drawn("lstm")), Expected("it", named={"h": trace.h}), show="final.c")


@pytest.mark.parametrize("name", ["i", "a.f", "x_term.g", "h_term.o", "c", "final.c"])
def test_every_quantity_can_be_compared(name):
    """Gates, pre-activations and terms of the last layer, of both directions side by side."""
    layer = replace(drawn("lstm", name="two"), backward=drawn("lstm", seed=2), merge="sum")
    trace = ran(layer)
    ways = trace.layers[-1].directions.values()
    if name == "final.c":
        numbers = np.stack([way.final["c"] for way in ways])
    else:
        numbers = np.concatenate([way[name] for way in ways], axis=-1)
    assert rnncalc.check(trace, numbers, show=name)

    other = np.array(numbers)
    other[..., -1] += 0.1
    found = rnncalc.check(trace, other, show=name)
    direction = "forward" if name == "final.c" else "backward"
    assert (found.comparison.quantity, found.comparison.first.direction) == (name, direction)


def test_a_mistake_is_found_by_a_gate():
    """The numbers of one gate alone tell what is another."""
    layer = drawn("lstm")
    other = replace(layer, recurrent_activation="hard_sigmoid")
    model = Model(layer, x=np.random.default_rng(3).normal(size=(6, 2)))
    theirs = rnncalc.run(Model(other), model.x).layers[0].forward["i"]
    found = rnncalc.check(model, theirs, show="i")
    assert [one.id for one in found.diagnosis.causes] == ["hard-sigmoid-variant"]


def test_the_assertion_tells_the_diagnosis():
    """Nothing where numbers agree; else everything that ``check`` prints."""
    trace = ran(drawn())
    turned = replace(drawn(), weights={**drawn().weights, "W_h": drawn().weights["W_h"].T})
    other = rnncalc.run(replace(trace.model, layers=(turned,)))

    assert_trace_equal(trace, trace.h + 1e-15)
    with pytest.raises(AssertionError, match="W_h is transposed"):
        assert_trace_equal(trace, other.h)
    assert_trace_equal(trace, other.h, atol=10)


@pytest.mark.parametrize("wx", ["0.32394445", "0.3239"])
@pytest.mark.parametrize("against", [FIVE, "1,2,3", "0.3,0.2,0.5,0.9,0.1", "1e999999,1,1,1,1"])
def test_json_is_as_its_schema_says(cli, wx, against):
    """Agreeing, differing with and without causes, of another shape."""
    screen = cli(
        "check", "-x", "1,2,3,4,5", "--wx", wx, "--wh", "1", "--against", against, "--json"
    )
    if screen.code == 2:
        assert "too large" in screen.err
        return
    document = json.loads(screen.out)
    jsonschema.validate(document, json_schema("check"))

    assert screen.code == (document["verdict"] == "differs")


def test_numbers_of_the_same_run_agree_through_every_file(cli, tmp_path):
    """npy, npz, csv, tsv, json: what ``run`` writes, ``check`` reads."""
    for name in ("r.npz", "r.npy", "r.json"):
        path = str(tmp_path / name)
        assert cli("-x", "1,2,3", *SEED, "-o", path).code == 0
        assert cli("check", "-x", "1,2,3", *SEED, "--against", path).code == 0
        assert cli("check", "-x", "1,2,4", *SEED, "--against", path).code == 1
    (tmp_path / "r.csv").write_text("0.1\n0.2\n")
    assert cli("check", "-x", "1,2", *SEED, "--against", str(tmp_path / "r.csv")).code == 1


def test_an_output_file_stays_whole(cli, tmp_path):
    """Trouble leaves what was there."""
    path = tmp_path / "check.json"
    path.write_text("mine")
    code = cli("check", "-x", "1,2", *SEED, "--against", "no.npy", "-o", str(path)).code

    assert (code, path.read_text()) == (2, "mine")


def test_colour_changes_nothing_but_colour(cli):
    """The same words without and with it."""
    words = ("check", "-x", "1,2,3,4,5", "--wx", "0.3239", "--wh", "1", "--against", FIVE)
    plain, colored = (cli(*words, "--color", when).text for when in ("never", "always"))

    assert "\x1b[1;31mdiffers" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == plain


@pytest.mark.parametrize("name", ["stack", "feedback x"])
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_numbers_that_no_mistake_explains_differ_in_any_network(name, cell):
    """Layers of several cells, outputs fed back: what does not fit them is no explanation."""
    trace = rnncalc.run(special(cell)[name])
    noise = 3e-5 * np.cos(np.arange(trace.h.size)).reshape(trace.h.shape)
    found = rnncalc.check(trace, Expected("noise", None, {"h": trace.h + noise}), show="h")

    assert not found


def test_h_of_many_to_one_is_no_y():
    """With an output layer --show h compares h: of every timestep, or of the last."""
    trace = ran(drawn(), output=Output([[1.0, 2.0, 3.0]]), mode="many-to-one")

    assert rnncalc.check(trace, Expected("theirs", None, {"h": trace.h}, "float64"), show="h")
    last = Expected("theirs", None, {"h": trace.h[:, -1]}, "float64")
    assert rnncalc.check(trace, last, show="h")
    assert not rnncalc.check(trace, trace.y.repeat(3, axis=-1), show="h")


def test_final_states_of_several_sizes_are_the_last_ones():
    """Those of the last LSTM where another cell follows; of two directions the one that fits."""
    lower, upper = drawn("lstm", units=2), drawn("lstm", units=3, features=2, seed=2)
    above = drawn("gru", units=1, features=3, backward=drawn("gru", units=4, features=3))
    trace = ran(lower, upper, above)
    final = {"final.c": trace.layers[1].forward.final["c"][None],
             "final.h": trace.layers[2].backward.final["h"][None]}  # fmt: skip

    for show in final:
        assert rnncalc.check(trace, Expected("theirs", None, final, "float64"), show=show)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize(
    ("batch", "timesteps", "more"),
    [
        (None, 40, {}),
        (40, 6, {}),
        (40, 40, {}),
        (40, 6, {"lengths": [6, 4, 3, 5] * 10}),
        (40, 6, {"mask": np.tile([1.0, 0, 1, 1, 1, 0], (40, 1))}),
        (40, 6, {"mode": "many-to-one"}),
    ],
)
def test_a_part_that_is_computed_first_hides_no_cause(cell, batch, timesteps, more):
    """Long sequences and large batches: W_h transposed is named, other weights have no cause."""
    states = np.random.default_rng(3).normal(size=(batch or 1, 3))
    trace = ran(drawn(cell, h0=states), batch=batch, timesteps=timesteps, **more)
    (layer,) = trace.model.layers
    weights = {name: w.T if "W_h" in name else w for name, w in layer.weights.items()}
    other = drawn(cell, seed=7, h0=states).weights
    turned, unrelated = (
        rnncalc.run(replace(trace.model, layers=(replace(layer, weights=given),)))
        for given in (weights, other)
    )
    theirs = (np.float32(one.last if more.get("mode") else one.h) for one in (turned, unrelated))
    found, none = (rnncalc.check(trace, numbers).diagnosis.causes for numbers in theirs)

    assert found[0].id == "recurrent-kernel-transposed"
    assert none == ()


def test_one_large_number_excuses_no_small_error():
    """Rounding is judged number by number: 1e-4 beside 500 is rounding, beside 0.02 it is not."""
    trace = ran(drawn(activation="linear"), batch=None, timesteps=8)
    x = np.asarray(trace.model.x).copy()
    x[4] *= 500
    trace = rnncalc.run(replace(trace.model, x=x))
    assert np.abs(trace.h).max() > 100
    theirs = trace.h.copy()
    theirs[0] += 1e-4
    found = rnncalc.check(trace, np.float32(theirs))

    assert not found
    assert found.diagnosis.causes == ()


def test_a_wrong_order_and_a_forgotten_bias_are_named_together():
    """ONNX' order of the gates there, and no recurrent bias."""
    lstm = drawn("lstm")
    rng = np.random.default_rng(5)
    second = {f"bias_h.{gate}": rng.normal(size=3) for gate in "ifgo"}
    lstm = replace(lstm, weights={**lstm.weights, **second})
    trace = ran(lstm)
    theirs = {
        f"{name}.{gate}": lstm.weights[f"{name}.{other}"]
        for name in ("W_x", "W_h", "bias")
        for gate, other in zip("iofg", "ifgo", strict=True)
    }
    other = rnncalc.run(replace(trace.model, layers=(Layer(theirs, cell="lstm"),)))
    causes = rnncalc.check(trace, np.float32(other.h)).diagnosis.causes

    assert {cause.id for cause in causes} == {"gate-order", "recurrent-bias-missing"}
    assert causes[0].others == (causes[1].id,)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("part", ["both", "forward", "backward"])
def test_a_mistake_in_a_direction_of_a_long_sequence(cell, part):
    """The forward half is computed first; what is wrong in the other is found, too."""
    trace = ran(drawn(cell, backward=drawn(cell, seed=2)), batch=None, timesteps=40)
    (layer,) = trace.model.layers

    def turned(one: Layer) -> dict[str, np.ndarray]:
        return {name: w.T if "W_h" in name else w for name, w in one.weights.items()}

    other = layer
    if part != "backward":
        other = replace(other, weights=turned(layer))
    if part != "forward":
        other = replace(other, backward=replace(layer.backward, weights=turned(layer.backward)))
    theirs = rnncalc.run(replace(trace.model, layers=(other,))).h
    cause = rnncalc.check(trace, np.float32(theirs)).diagnosis.causes[0]

    assert cause.id == "recurrent-kernel-transposed"
    assert (f"layer0.{part}" in cause.say) == (part != "both")


def test_a_backward_half_in_the_order_of_its_computing():
    """Of a long sequence, whose forward half agrees."""
    trace = ran(drawn("gru", backward=drawn("gru", seed=2)), batch=None, timesteps=40)
    theirs = np.concatenate([trace.h[:, :3], trace.h[::-1, 3:]], axis=-1)
    causes = rnncalc.check(trace, np.float32(theirs)).diagnosis.causes

    assert [cause.id for cause in causes] == ["time-reversed"]
