"""Weights for other programs: what audio plugins read, a state dict as JSON, numbers as CSV."""

from __future__ import annotations

import json
from dataclasses import replace

import golden_networks
import numpy as np
import pytest
from conftest import ROOT, existing

import rnncalc
from rnncalc import Layer, Model, Output, RnncalcError
from rnncalc.converting import convert
from rnncalc.model.graph import Wire
from rnncalc.model.joins import Join
from rnncalc.model.stateless import Function

FOLDER = ROOT / "tests" / "golden" / "json_models"
GOLDEN = {path.stem: json.loads(path.read_text()) for path in existing("*.json", FOLDER)}


def told(document):
    """A network as its program reads it: an nn.Linear of each timestep is a dense layer there."""
    text = json.dumps(document, sort_keys=True)
    return json.loads(text.replace("time-distributed-dense", "dense"))


@pytest.mark.parametrize("name", GOLDEN)
def test_what_an_exporter_wrote_is_written_as_it_did(name, tmp_path):
    """Key by key, number by number, as PyTorch's class and RTNeural's exporter wrote them."""
    source = tmp_path / "in.json"
    source.write_text(json.dumps(GOLDEN[name]["model"]))
    to = name.split("_")[0].replace("state", "state-dict")

    found = convert(rnncalc.load(source), tmp_path / "out.json", to=to)

    written, wanted = told(json.loads(found.path.read_text())), told(GOLDEN[name]["model"])
    for layer, other in zip(written.get("layers", ()), wanted.get("layers", ()), strict=True):
        for key in ("activation",) if layer["type"] in ("lstm", "gru") else ():
            assert layer.pop(key) == other.pop(key) == "tanh"
    assert written == wanted
    assert found.proof.difference == 0


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def plugin(layer, x):
    """What RTNeural computes of a recurrent layer, sample by sample, as its sources do."""
    kernel, recurrent, bias = (np.array(array) for array in layer["weights"])
    units = layer["shape"][-1]
    h, c, found = np.zeros(units), np.zeros(units), []
    for x_t in x:
        if layer["type"] == "gru":  # z, r, candidate; a row of biases for each product
            left, right = x_t @ kernel + bias[0], h @ recurrent + bias[1]
            z, r = (sigmoid(left[i : i + units] + right[i : i + units]) for i in (0, units))
            candidate = np.tanh(left[2 * units :] + r * right[2 * units :])
            h = (1 - z) * candidate + z * h
        else:  # input, forget, candidate, output
            a = np.split(x_t @ kernel + h @ recurrent + bias, 4)
            c = sigmoid(a[1]) * c + sigmoid(a[0]) * np.tanh(a[2])
            h = sigmoid(a[3]) * np.tanh(c)
        found.append(h)
    return np.array(found)


@pytest.mark.parametrize(
    "name", ["lstm_float64", "gru_float64", "lstm_without_bias_float32", "gru_without_bias_float32"]
)
def test_a_plugin_computes_what_pytorch_did(name, tmp_path):
    """From PyTorch's gates to RTNeural's, with two biases or none."""
    golden = golden_networks.golden(f"torch/{name}")
    model = golden_networks.model_of(golden)
    document = json.loads(convert(model, tmp_path / "net.json", to="rtneural").path.read_text())
    x = np.asarray(golden["x"])

    found = [plugin(document["layers"][0], sequence) for sequence in x]

    exact = 1e-12 if golden["dtype"] == "float64" else 2e-6
    np.testing.assert_allclose(found, golden["expected"]["h"], rtol=exact, atol=exact)


def lstm(units=3, features=2, name="lstm", **more) -> Layer:
    """An LSTM whose weights all differ."""
    rng = np.random.default_rng(5)
    shapes = {"W_x": (units, features), "W_h": (units, units), "bias": (units,)}
    weights = {f"{n}.{g}": rng.standard_normal(s) for n, s in shapes.items() for g in "ifgo"}
    return Layer(more.pop("weights", {}) | weights, cell="lstm", name=name, **more)


DENSE = Output([[0.5, -0.25, 0.1]], 0.75, name="dense")
RNN = Layer({"W_x": [[0.5]], "W_h": [[0.25]]}, name="rnn")
GRU = {f"{n}.{g}": [[0.5]] for n in ("W_x", "W_h") for g in "zrn"}
NAN = lstm(weights={"bias_h.i": [np.nan, 0, 0]} | {f"bias_h.{g}": [0, 1, 2] for g in "fgo"})


@pytest.mark.parametrize(("to", "layers", "output", "message"), [
    ("rtneural", [RNN], None, "rnn: cell rnn: RTNeural has lstm, gru"),
    ("rtneural", [Layer(GRU, cell="gru", reset_after=False)], None, "layer0: reset_after false"),
    ("rtneural", [lstm(activation="relu")], None, "lstm: activation relu: RTNeural's lstm has"),
    ("rtneural", [lstm(recurrent_activation="hard_sigmoid")], None, "recurrent_activation hard_"),
    ("rtneural", [lstm(backward=lstm())], None, "lstm: direction backward: RTNeural"),
    ("rtneural", [lstm(weights={f"P.{g}": [1, 2, 3] for g in "ifo"})], None, "no array for P.i"),
    ("rtneural", [lstm()], replace(DENSE, activation="selu"), "dense: activation selu: RTNeural"),
    ("rtneural", [NAN], None, "lstm has NaN or infinity, and JSON has no such number"),
    ("guitarml", [lstm()], None, "lstm: no dense layer is behind it"),
    ("guitarml", [lstm()], replace(DENSE, activation="tanh"), "dense: activation tanh"),
    ("guitarml", [lstm()], (Function("tanh"), DENSE), "activation: function: GuitarML"),
    ("guitarml", [lstm(2, 2, "front"), lstm(3, 2)], DENSE, "lstm: lstm of 3 units behind front"),
    ("state-dict", [lstm(clip=1.0)], None, "lstm: clip 1"),
])  # fmt: skip
def test_what_a_program_has_not_is_refused_by_name(to, layers, output, message, tmp_path):
    """Whose layer, what of it, what the program has; nothing is written."""
    with pytest.raises(RnncalcError) as caught:
        convert(Model(layers, output=output), tmp_path / "net.json", to=to)

    assert message in str(caught.value)
    assert not [*tmp_path.iterdir()]


def test_a_skip_that_does_not_fit_is_refused(tmp_path):
    """Two features added to one output; plugins add one, or as many as there are outputs."""
    wires = Wire("lstm", ("x",)), Wire("dense", ("lstm",)), Wire("sum", ("dense", "x"))
    model = Model([lstm(features=2)], stateless=(DENSE, Join("add", name="sum")), wiring=wires)

    with pytest.raises(RnncalcError, match="sum: 2 features of x added to 1 output: skip of Gui"):
        convert(model, tmp_path / "net.json", to="guitarml")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(("name", "to", "message"), [
    ("net.yaml", "rtneural", "a .yaml file is always textbook or keras or torch or onnx; "
                             "write rtneural as .json"),
    ("net.csv", "guitarml", "write guitarml as .json"),
    ("net.json", "rtneuron", "there is no such convention. Did you mean rtneural"),
])  # fmt: skip
def test_where_a_program_has_no_file(name, to, message, tmp_path):
    """The suffix that it is written with is named."""
    with pytest.raises(RnncalcError) as caught:
        convert(Model([lstm()]), tmp_path / name, to=to)

    assert message in str(caught.value)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_csv_keeps_every_digit(dtype, tmp_path):
    """A number a line, those of a type by the digits that it takes; lines in any order."""
    model = Model([lstm()], output=DENSE, dtype=dtype)
    found = convert(model, tmp_path / "net.csv")
    head, *lines = found.path.read_text().splitlines()
    found.path.write_text("\n".join([head, *sorted(lines)]))

    again = rnncalc.load(found.path)

    assert (head, len(lines)) == ("name,row,column,value", 4 * 3 * (2 + 3 + 1) + 4)
    flags = () if dtype == "float64" else ("--dtype", dtype)
    assert found.proof.flags == flags
    for name, array in model.layers[0].weights.items():
        assert np.array_equal(again.layers[0].weights[name], array.astype(dtype)), name


@pytest.mark.parametrize(("line", "message"), [
    ("W_x,0,0", "line 2: name,row,column,value was expected"),
    ("W_x,,0,1", "line 2: name,row,column,value was expected"),
    ("W_x,-1,0,1", "line 2: name,row,column,value was expected"),
    ("W_x,0,0,one", "line 2: 'one' is not a number"),
    ("W_x,0,0,1\nW_x,0,0,2", "line 3: says W_x [0, 0] twice"),
    ("W_x,0,0,1\nW_x,1,1,2", "W_x has 2 numbers, and its rows and columns go to (2, 2)"),
    ("W_x,999999999,999999999,1", "some are missing"),
    ("W_x,0,0,1\nW_x,0,,1", "some are missing"),
    ("W_q,0,0,1", "there is no 'W_q' in a model"),
    ("", "has no arrays"),
    ('"W_x,0,0,1', "was expected"),
])  # fmt: skip
def test_a_csv_that_is_no_network_is_refused(line, message, tmp_path):
    """By its line, or by the array."""
    path = tmp_path / "net.csv"
    path.write_text(f"name,row,column,value\n{line}\n")

    with pytest.raises(RnncalcError) as caught:
        rnncalc.load(path)

    assert message in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(("name", "to"), [("net.csv", "textbook"), ("net.json", "rtneural")])
def test_check_takes_it_as_another_model(name, to, tmp_path, cli):
    """--against a file of weights runs it; a csv of numbers stays numbers."""
    source = convert(Model([lstm()]), tmp_path / "net.yaml").path
    other = convert(rnncalc.load(source), tmp_path / name, to=to).path

    done = cli("check", str(source), "-x", "1 2; 3 4; 5 6", "--against", str(other), "--json")

    assert (done.code, json.loads(done.out)["compared"]) == (0, 9)
