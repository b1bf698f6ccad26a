"""``update: inverted``: h = (1 - z) h_prev + z n, as half of the papers write a GRU."""

from __future__ import annotations

import math

import numpy as np
import pytest

import rnncalc
from rnncalc.equations.gru import negated
from rnncalc.explaining.formulas import formulas

NUMBERS = {
    "W_x": {"z": 0.5, "r": -0.3, "n": 0.8}, "W_h": {"z": 0.7, "r": 0.2, "n": -0.4},
    "bias": {"z": 0.1, "r": 0.3, "n": -0.2},
}  # fmt: skip
X = [1.0, -2.0, 0.5, 3.0]


def gru(**more):
    return rnncalc.load({"cell": "gru", **NUMBERS, "x": X, **more})


def by_hand():
    """The page's own formula, number by number."""
    w, u, b = NUMBERS["W_x"], NUMBERS["W_h"], NUMBERS["bias"]
    h, found = 0.0, []
    for x in X:
        z, r = (1 / (1 + math.exp(-(w[k] * x + u[k] * h + b[k]))) for k in "zr")
        n = math.tanh(w["n"] * x + b["n"] + r * (u["n"] * h))
        h = (1 - z) * h + z * n
        found.append(h)
    return found


def test_the_pages_own_formula_is_computed():
    """And it is another network than the usual one."""
    h = rnncalc.run(gru(update="inverted")).h.ravel()

    np.testing.assert_allclose(h, by_hand(), rtol=0, atol=1e-15)
    assert np.abs(h - rnncalc.run(gru()).h.ravel()).max() > 0.1


def test_a_long_sequence_is_the_same_by_the_fast_form():
    """The fast form negates the weights of z: 1 - sigmoid(a) = sigmoid(-a)."""
    x = np.sin(np.arange(3000.0))[:, None]
    model = gru(update="inverted")
    slow, fast = (rnncalc.run(model, x, mask=m).h for m in (np.ones((1, 3000)), None))

    np.testing.assert_allclose(fast, slow, rtol=0, atol=1e-13)


def test_the_formula_is_printed_as_it_is_computed():
    """In every heading, in explain, in LaTeX: all read the one equation."""
    assert formulas(gru(update="inverted"))[-1] == "h_t = (1 - z_t) * h_{t-1} + z_t * n_t"
    *_, last = rnncalc.explain(rnncalc.run(gru(update="inverted"))).lines
    assert last.formula == "(1 - z)*h_{t-1} + z*n"


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".weights.h5", ".onnx"])
def test_convert_negates_the_weights_of_z(suffix, tmp_path):
    """Where a format cannot say it; what is read back is the same network."""
    model = gru(update="inverted")
    done = rnncalc.convert(model, tmp_path / f"net{suffix}")

    assert "the weights and biases of z are negated" in " ".join(done.draft.notes)
    back = rnncalc.load(tmp_path / f"net{suffix}")
    assert back.layers[0].update == "standard"
    ours = model.layers[0].weights["W_h.z"]
    np.testing.assert_array_equal(back.layers[0].weights["W_h.z"], -ours)
    np.testing.assert_allclose(rnncalc.run(back, X).h.ravel(), by_hand(), rtol=0, atol=1e-15)


def test_a_config_keeps_it(tmp_path):
    """A text says it, with the numbers as they were typed."""
    rnncalc.convert(gru(update="inverted"), tmp_path / "net.yaml")
    back = rnncalc.load(tmp_path / "net.yaml")

    assert back.layers[0].update == "inverted"
    assert back.layers[0].weights["W_h.z"] == 0.7


def test_gates_that_are_no_sigmoid_are_refused(tmp_path):
    """Their 1 - z is not theirs of negated weights to the last bit; a text says everything."""
    model = gru(update="inverted", recurrent_activation="hard_sigmoid_old")

    with pytest.raises(rnncalc.RnncalcError, match="update inverted with hard_sigmoid_old"):
        rnncalc.convert(model, tmp_path / "net.onnx")
    assert not (tmp_path / "net.onnx").exists()


@pytest.mark.parametrize("own", ["standard", "inverted"])
def test_check_names_it(own):
    """A network with the other formula: the cause, and the key that sets it right."""
    other = {"standard": "inverted", "inverted": "standard"}[own]
    checked = rnncalc.check(rnncalc.run(gru(update=own)), rnncalc.run(gru(update=other)).h)

    assert [one.id for one in checked.diagnosis.causes] == ["update-gate-inverted"]


def test_the_remedy_is_one_key(cli, tmp_path, monkeypatch):
    """In a config: update: inverted."""
    monkeypatch.chdir(tmp_path)
    rnncalc.convert(gru(), tmp_path / "net.yaml")
    np.save("theirs.npy", rnncalc.run(gru(update="inverted")).h)
    screen = cli("check", "net.yaml", "--against", "theirs.npy")

    assert screen.code == 1
    assert "remedy: in net.yaml write update: inverted" in screen.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"update": "flipped"}, "update 'flipped' is not known. There are: standard, inverted."),
        ({"inverted": True}, "there is no key inverted. Did you mean update"),
        ({"cell": "rnn", "W_x": 1, "W_h": 1, "bias": 0, "update": "inverted"}, "has no update"),
    ],
)
def test_other_words_lead_there(given, said):
    """What people may write instead is refused with what there is."""
    with pytest.raises(rnncalc.RnncalcError, match=said):
        gru(**given)


def test_negated_leaves_zeros_alone():
    """0 stays 0: a file has no -0 in it that nobody wrote."""
    weights = negated({"W_x.z": np.array([0.0, 2.0]), "W_x.r": np.array([1.0])})

    assert not np.signbit(weights["W_x.z"][0])
    assert weights["W_x.z"][1] == -2
    assert weights["W_x.r"][0] == 1
