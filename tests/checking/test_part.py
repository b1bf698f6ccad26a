"""``check`` of a part: one layer, some sequences, timesteps, units; numbered as in the whole."""

from __future__ import annotations

from importlib import import_module

import jsonschema
import numpy as np
import orjson
import pytest
from written import written

import rnncalc
from rnncalc.checking.verdict import Diagnosis
from rnncalc.cli.schema import json_schema
from rnncalc.errors import RnncalcError

RNG = np.random.default_rng(160)
X = RNG.normal(size=(4, 5, 2))
LENGTHS = [5, 3, 4, 5]


def gates(rows: int, columns: int):
    return {gate: RNG.normal(size=(rows, columns)) for gate in "ifgo"}


def way(features: int):
    peepholes = {gate: RNG.normal(size=3) for gate in "ifo"}
    return {"W_x": gates(3, features), "W_h": gates(3, 3), "P": peepholes}


CONFIG = {
    "layers": [
        {"name": "enc", "cell": "lstm", "forward": way(2), "backward": way(2)},
        {"name": "dec", "cell": "gru",
         "W_x": {g: RNG.normal(size=(2, 6)) for g in "zrn"},
         "W_h": {g: RNG.normal(size=(2, 2)) for g in "zrn"}},
    ],
    "output": {"W_y": RNG.normal(size=(3, 2))},
}  # fmt: skip
MODEL = rnncalc.load({**CONFIG, "lengths": LENGTHS, "x": X})
TRACE = rnncalc.run(MODEL)
ENC, DEC = TRACE.layers

PARTS = [
    ({"sequence": 2}, np.s_[2:3]),
    ({"sequence": slice(1, 3)}, np.s_[1:3]),
    ({"steps": 4}, np.s_[:, 3:4]),
    ({"steps": slice(2, 5)}, np.s_[:, 1:4]),
    ({"units": slice(1, None)}, np.s_[..., 1:]),
    ({"sequence": -1, "steps": slice(-2, None), "units": 0}, np.s_[3:, 3:, :1]),
]
WHOSE = [
    ({}, TRACE.y, ("output", None)),
    ({"show": "h"}, DEC.h, ("dec", "forward")),
    ({"show": "z"}, DEC.forward["z"], ("dec", "forward")),
    ({"of": "enc"}, ENC.h, ("enc", "forward")),
    ({"of": "enc.backward", "show": "P_term.o"}, ENC.backward["P_term.o"], ("enc", "backward")),
    ({"of": "enc.backward"}, ENC.backward["h"], ("enc", "backward")),
    ({"of": "enc.forward", "show": "c"}, ENC.forward["c"], ("enc", "forward")),
]


@pytest.fixture(autouse=True)
def undiagnosed(request, monkeypatch):
    """What is compared is asked here, and not why it differs; but where that is the fact."""
    if "cause" not in request.node.name:
        monkeypatch.setattr(
            import_module("rnncalc.checking.check"), "diagnose", lambda *_: Diagnosis()
        )


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "part"])
@pytest.mark.parametrize(("part", "index"), PARTS, ids=str)
@pytest.mark.parametrize(
    ("what", "ours", "place"), WHOSE, ids=lambda one: "" if len(one) == 4 else str(one)
)
def test_only_the_part_is_compared(what, ours, place, part, index, whole):
    """All numbers of it count, and no other; where one differs is said as it is called in the
    whole. The expected numbers have the shape of the whole, or of the part."""
    there = ours[index]
    good, wrong = ours + 1.0, ours + 1.0  # outside of the part, all differ
    good[index] = wrong[index] = there
    flat = np.arange(ours.size).reshape(ours.shape)[index].ravel()
    at = np.unravel_index(flat[-1], ours.shape)
    wrong[at] += 0.5
    good, wrong = (good, wrong) if whole else (good[index], wrong[index])

    agrees, differs = (rnncalc.check(TRACE, one, **what, **part) for one in (good, wrong))
    assert agrees
    assert agrees.comparison.compared == there.size
    assert not differs
    assert differs.comparison.differ == 1
    first = differs.comparison.first
    assert (first.sequence, first.t - 1, first.unit) == at
    merged = what == {"of": "enc"} and at[-1] >= 3
    assert (first.layer, first.direction) == (("enc", "backward") if merged else place)
    assert (first.ours, first.theirs) == (ours[at], ours[at] + 0.5)


def test_every_timestep_of_many_to_one():
    """h of the last timestep is compared, or of all where all are expected, in some sequences."""
    trace = rnncalc.run(
        rnncalc.load({"W_x": [[0.5]], "W_h": 0.3, "mode": "many-to-one"}), X[..., :1]
    )
    every = trace.h
    for part in (
        {"sequence": slice(0, None)},
        {"sequence": 2},
        {"units": 0},
        {"steps": slice(2, 4)},
    ):
        assert rnncalc.check(trace, every, **part), part
    assert rnncalc.check(trace, every[:, -1], sequence=1).comparison.compared == 1
    assert rnncalc.check(trace, every[1], sequence=1).comparison.compared == 5


@pytest.mark.parametrize("state", ["h", "c"])
def test_final_states_of_a_layer(state):
    """Of one layer, both directions or one; of some sequences and units."""
    both = np.stack([ENC.forward.final[state], ENC.backward.final[state]])
    show = f"final.{state}"

    assert rnncalc.check(TRACE, both, of="enc", show=show)
    assert rnncalc.check(
        TRACE, both[:, 1:3, :2], of="enc", show=show, sequence=slice(1, 3), units=slice(0, 2)
    )
    assert rnncalc.check(TRACE, both[1], of="enc.backward", show=show)
    assert not rnncalc.check(TRACE, both[0], of="enc.backward", show=show)
    for way, state_, t in (("forward", both[0], 5), ("backward", both[1], 1)):
        first = rnncalc.check(TRACE, state_ + 1, of=f"enc.{way}", show=show).comparison.first
        assert (first.layer, first.direction, first.t) == ("enc", way, t)  # after it read that
    with pytest.raises(RnncalcError, match="has no timesteps: leave out --steps"):
        rnncalc.check(TRACE, both, of="enc", show=show, steps=1)


@pytest.mark.parametrize("form", ["npz", "json", "csv", "ndjson"])
def test_a_result_holds_every_part(form, tmp_path):
    """A file with every quantity of a run: each layer's are found by its name."""
    path = tmp_path / f"run.{form}"
    path.write_bytes(written(TRACE, form, show=["all"]))
    for what, ours, _ in WHOSE:
        if form == "ndjson" and what == {"of": "enc"}:
            continue  # it has no merged h
        found = rnncalc.check(TRACE, path, **what, units=1)
        assert found, (what, str(found))
        assert found.comparison.compared == ours[..., 0].size


def test_the_layer_of_another_model():
    """Layers are matched by their place, whatever they are called."""
    renamed = {
        **CONFIG,
        "layers": [{**one, "name": f"their{i}"} for i, one in enumerate(CONFIG["layers"])],
    }
    other = rnncalc.load({**renamed, "lengths": LENGTHS})
    for what, _, _ in WHOSE[1:]:
        assert rnncalc.check(MODEL, other, **what, sequence=1)
    changed = rnncalc.load({**renamed, "lengths": LENGTHS}, set=["their0.backward.P.o[1]=9"])
    assert rnncalc.check(MODEL, changed, of="enc.forward")
    assert not rnncalc.check(MODEL, changed, of="enc.backward")


def test_one_to_many_up_to_a_layer():
    """What an inner layer computed of what was fed back to it."""
    layers = [{**one, "W_x": {g: RNG.normal(size=(2, 2)) for g in "zrn"}, "name": name}
              for name in ("one", "two") for one in [CONFIG["layers"][1]]]  # fmt: skip
    model = rnncalc.load({"layers": layers, "mode": "one-to-many", "timesteps": 6, "feedback": "y",
                          "output": {"W_y": RNG.normal(size=(2, 2))}, "x": [[0.5, 1]]})  # fmt: skip
    trace = rnncalc.run(model)

    assert rnncalc.check(trace, trace.layers[0].h[2:4], of="one", steps=slice(3, 5))
    wrong = trace.layers[0].h.copy()
    wrong[4, 1] += 0.1
    assert rnncalc.check(trace, wrong, of="one").comparison.first.t == 5


def test_a_cause_is_found_in_a_part():
    """Gates in another order, by half of the timesteps of one sequence."""
    first = CONFIG["layers"][0]["forward"]
    order = dict(zip("ifgo", "fiog", strict=True))
    wrong = {key: {order.get(g, g): one for g, one in first[key].items()} for key in ("W_x", "W_h")}
    alone = {"W_x": first["W_x"], "W_h": first["W_h"], "cell": "lstm", "x": X}
    theirs = rnncalc.run(rnncalc.load({**alone, **wrong})).h
    found = rnncalc.check(rnncalc.load(alone), theirs[1:2, 2:], sequence=1, steps=slice(3, None))

    assert [one.id for one in found.diagnosis.causes] == ["gate-order"]
    assert found.comparison.first.t == 3


def test_a_cause_in_steps_of_h_below_a_single_y():
    """Of many-to-one, whose y has no such steps."""
    config = {"W_x": 0.5, "W_h": 0.3, "mode": "many-to-one", "output": {"W_y": 2}}
    x = [0.1, 0.7, -0.4, 0.9, 0.2, -0.8]
    theirs = rnncalc.run(rnncalc.load({**config, "activation": "sigmoid"}), x).h
    found = rnncalc.check(rnncalc.run(rnncalc.load(config), x), theirs, show="h", steps=slice(2, 6))

    assert [one.id for one in found.diagnosis.causes] == ["activation"]
    assert found.comparison.compared == 4


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"sequence": 4}, "--sequence '4': there are sequences 0 to 3"),
        ({"steps": 6}, "--steps '6': there are steps 1 to 5"),
        ({"units": 3}, "--units '3': there are units 0 to 2"),
        ({"of": "enk"}, "--of: there is no layer enk. Did you mean enc"),
        ({"of": "enc", "show": "y"}, "--show y is what the network gives, and of no layer"),
        ({"of": "dec", "show": "c"}, "only an lstm has it, and dec is none"),
    ],
)
def test_parts_that_there_are_not(part, message):
    """In the words of the options."""
    with pytest.raises(RnncalcError, match=message):
        rnncalc.check(TRACE, TRACE.y, **part)


def test_numbers_that_lack_the_part():
    """The last timestep alone does not say what the others are."""
    last = TRACE.at_end(TRACE.y)
    with pytest.raises(RnncalcError, match="holds the last timestep only, and not all that is"):
        rnncalc.check(TRACE, last, units=slice(0, 2), steps=slice(1, 3))


def test_what_is_said_of_a_part(cli, tmp_path):
    """The line, the keys of JSON, and how several quantities are refused."""
    np.save(tmp_path / "h.npy", ENC.backward["h"])
    (tmp_path / "net.json").write_bytes(
        orjson.dumps({**CONFIG, "lengths": LENGTHS, "x": X}, option=orjson.OPT_SERIALIZE_NUMPY)
    )
    words = ["check", str(tmp_path / "net.json"), "--against", str(tmp_path / "h.npy")]
    words += ["--of", "enc.backward", "--sequence", "1:3", "--steps", "2", "--units", "1:"]

    assert "compared: enc.backward, sequences 1 to 2, t = 2, units 1 to 2" in cli(*words).text
    said = orjson.loads(cli(*words, "--json").text)
    jsonschema.validate(said, json_schema("check"))
    assert said["compared"] == 4
    assert (said["of"], said["sequence"], said["t"], said["units"]) == (
        "enc.backward",
        [1, 2],
        [2],
        [1, 2],
    )
    assert "one quantity is compared at a time" in cli(*words, "--show", "h,c").err
