"""Networks in configs and npz files: layers, gates, directions, cells, frameworks' names."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from golden_networks import golden, model_of

import rnncalc
from rnncalc.cli.example import KINDS
from rnncalc.errors import RnncalcError
from rnncalc.model.model import Model
from rnncalc.readers.state import continued

LSTM = """cell: lstm
W_x: {i: 0.5, f: -0.3, g: 0.8, o: 0.3}
W_h: {i: 0.1, f: 0.2, g: -0.4, o: 0.6}
bias: {i: 0.0, f: 1.0, g: 0.0, o: 0.1}
"""
BATCH = ["-x", "[[[1],[2],[3]],[[4],[5],[6]]]"]


def load(tmp_path, text: str) -> Model:
    (tmp_path / "net.yaml").write_text(text)
    return rnncalc.load(tmp_path / "net.yaml")


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_runs(cli, kind):
    """What ``rnncalc example`` prints is a config, and has an input of its own."""
    config = cli("example", kind).out
    done = cli("-", "--json", input=config)

    assert done.code == 0
    assert json.loads(done.out)["non_finite"] == 0
    assert cli("-", input=config).code == 0


def test_the_lstm_of_the_example_by_hand(cli):
    """Its first step, by the equations and a pocket calculator's functions."""
    values = json.loads(cli("-", "--json", "--show", "all", input=cli("example", "lstm").out).out)
    step = {name: rows[0][0] for name, rows in values["layers"][0]["forward"].items()
            if name not in ("h0", "c0", "final")}  # fmt: skip
    sigmoid = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
    c = sigmoid(0.5) * np.tanh(0.8)

    assert step["c"] == pytest.approx(c, abs=1e-15)
    assert step["h"] == pytest.approx(sigmoid(0.4) * np.tanh(c), abs=1e-15)
    assert step["a.f"] == pytest.approx(-0.3 + 1.0, abs=1e-15)


def test_weights_by_gate_and_stacked_are_the_same(tmp_path):
    """W_x.i ... in our names, kernel in Keras', weight_ih in PyTorch's, W in ONNX': one network."""
    x = [1.0, -2.0, 3.0]
    numbers = {key: [0.5, -0.3, 0.8, 0.3] for key in ("kernel",)}
    i, f, g, o = ([0.5, 0.1, 0.0], [-0.3, 0.2, 1.0], [0.8, -0.4, 0.0], [0.3, 0.6, 0.1])
    columns = [list(part) for part in zip(i, f, g, o, strict=True)]
    rows = [[[part[k]] for part in (i, f, g, o)] for k in range(2)]
    onnx = [[[part[k]] for part in (i, o, f, g)] for k in range(2)]
    bias = [part[2] for part in (i, o, f, g)]
    configs = [
        {"kernel": [columns[0]], "recurrent_kernel": [columns[1]], "bias": columns[2]},
        {
            "weight_ih": rows[0],
            "weight_hh": rows[1],
            "bias_ih": columns[2],
            "bias_hh": [0, 0, 0, 0],
        },
        {"W": onnx[0], "R": onnx[1], "B": [*bias, 0, 0, 0, 0]},
        {"W": [onnx[0]], "R": [onnx[1]], "B": [[*bias, 0, 0, 0, 0]]},
    ]
    ours = rnncalc.run(load(tmp_path, LSTM), x)

    assert numbers["kernel"] == columns[0]
    for config in configs:
        theirs = rnncalc.run(rnncalc.load({"cell": "lstm", **config}), x)
        np.testing.assert_array_equal(theirs.h, ours.h)


def test_onnx_arrays_hold_both_directions():
    """W, R, B, P with two directions in front are a bidirectional layer."""
    document = golden("onnxruntime/lstm_peepholes_bidirectional")
    (block,) = document["config"]["layers"]
    both = {
        key: [block["forward"][key], block["backward"][key]]
        for key in "WRBP"
        if key in block["forward"]
    }
    options = {k: v for k, v in block.items() if k not in ("forward", "backward")}
    states = {key: document[key] for key in ("h0", "c0") if key in document}
    joined = rnncalc.load({"layers": [{**options, **both}], "dtype": "float32", **states})

    expected = rnncalc.run(model_of(document), document["x"]).h
    np.testing.assert_array_equal(rnncalc.run(joined, document["x"]).h, expected)
    with pytest.raises(RnncalcError, match="R has 1 direction, expected 2"):
        rnncalc.load({"layers": [{**options, **both, "R": both["R"][:1]}]})


def test_a_framework_can_be_named(tmp_path):
    """TensorFlow 1 adds 1 to the forget gate while it runs; its names alone are also Keras'."""
    text = (
        "convention: tf1\ncell: lstm\nkernel: [[1, 2, 3, 4], [5, 6, 7, 8]]\nbias: [0, 0, 0.5, 0]\n"
    )
    weights = load(tmp_path, text).layers[0].weights

    assert weights["bias.f"] == 1.5
    assert (weights["W_x.g"], weights["W_h.f"]) == (2, 7)
    with pytest.raises(RnncalcError, match=r"4:13: convention 'tf2' is not known"):
        load(tmp_path, "cell: lstm\nkernel: 1\nbias: 1\nconvention: tf2\n")
    with pytest.raises(RnncalcError, match="kernel is no array of PyTorch"):
        load(tmp_path, "cell: lstm\nkernel: 1\nbias: 1\nconvention: torch\n")


def test_what_a_layout_says_about_the_reset_gate(tmp_path):
    """Two rows of biases are Keras' reset_after; a config that says otherwise is refused."""
    kernels = "cell: gru\nkernel: [[1, 2, 3]]\nrecurrent_kernel: [[4, 5, 6]]\n"

    assert load(tmp_path, kernels + "bias: [[1, 2, 3], [4, 5, 6]]").layers[0].reset_after
    assert not load(tmp_path, kernels + "bias: [1, 2, 3]").layers[0].reset_after
    with pytest.raises(RnncalcError, match=r"5:14: reset_after is said to be true, but"):
        load(tmp_path, kernels + "bias: [1, 2, 3]\nreset_after: true")
    onnx = "cell: gru\nW: [[1], [2], [3]]\nR: [[4], [5], [6]]\n"
    with pytest.warns(rnncalc.RnncalcWarning, match="linear_before_reset, 0 unless given"):
        assert load(tmp_path, onnx).layers[0].reset_after
    assert not load(tmp_path, onnx + "reset_after: false").layers[0].reset_after


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            "cell: lstm\nweight_ih: [[1, 2, 3, 4]]\nweight_hh: [[1], [2], [3], [4]]\n",
            "2:12",
            "weight_ih has shape (1, 4), expected (4 * units, features) = (4, 1)",
        ),
        ("cell: lstm\nW_x: {i: 1, f: 1, g: 1}\nW_h: {i: 1, f: 1, g: 1, o: 1}\n", "2:6", "W_x.o is"),
        ("cell: gru\nW_x: {z: 1, r: 1, n: 1, i: 1}\n", "2:28", "W_x.i: a cell gru has no 'W_x.i'"),
        ("cell: gru\nW_x: {z: 1, r: 1, n: 1, z: 1}\n", "2:25", "the key z stands here twice"),
        ("cell: gru\nkernel: 1\nweight_hh: 1\n", "3:12", "weight_hh: kernel is Keras'"),
        ("cell: gru\nkernel: [[1, 2, 3]]\n", "", "recurrent_kernel is missing"),
        (LSTM + "clip: 0\n", "5:7", "clip is 0, expected more than 0"),
        (LSTM + "reset_after: true\n", "5:14", "reset_after: a cell lstm has no reset_after"),
        (LSTM + "layers: []\n", "1:7", "cell: stands beside layers"),
        ("layers: []\n", "1:9", "layers: an empty list"),
        ("layers: 3\n", "1:9", "layers: expected a list, not a whole number"),
        ("layers: [{cells: []}]\n", "1:18", "layers[0].cells: an empty list"),
        ("layers: [{W_x: 1, W_h: 1, dropout: 1}]\n", "1:27", "layers[0].dropout: there is no"),
        ("layers: [{W_x: 1, W_h: 1, merge: sum}]\n", "1:34", "layers[0].merge is for a layer with"),
        ("layers: [{backward: {W_x: 1, W_h: 1}}]\n", "1:21", "layers[0].backward stands alone"),
        (
            "layers: [{merge: mean, forward: {W_x: 1, W_h: 1}, backward: {W_x: 1, W_h: 1}}]\n",
            "1:18",
            "layers[0].merge 'mean' is not known",
        ),
        (
            "layers: [{W_h: 1, forward: {W_x: 1, W_h: 1}, backward: {W_x: 1, W_h: 1}}]\n",
            "1:16",
            "layers[0].W_h stands beside forward: put it there",
        ),
        (
            "layers:\n- {W_x: 1, W_h: 1}\n- {W_x: [[1, 2]], W_h: 1}\n",
            "3:3",
            "layers[1]: layer0 gives 1, layer1 takes 2 features",
        ),
        (
            "layers:\n- {W_x: 1, W_h: 1}\n- {W_x: 1, W_h: [[1, 2]]}\n",
            "3:17",
            "layers[1].W_h has shape (1, 2), expected a square matrix",
        ),
        ("layers: [{W_x: 1, W_h: 1}]\nh0: [[1], [2]]\n", "2:5", "h0"),
        ("embedding: {weights: [[1], [2]]}\nW_x: [[1, 2]]\nW_h: 1\n", "2:6", "W_x: the embedding"),
        ("W_x: 1\nW_h: 1\nembedding: {}\n", "3:12", "embedding: "),
        ("W_x: 1\nW_h: 1\noutput: [{W_y: 1, kernel: 1}]\n", "3:10", "output[0]: output has W_y"),
    ],
)  # fmt: skip
def test_refusals_of_networks(tmp_path, text, place, message):
    """Each in one line with its place and key."""
    if "h0: [[1], [2]]" in text:
        text = text.replace("- {W", "- {W") + "x: [1]\n"
        with pytest.raises(RnncalcError, match="h0 has 2 rows, one per sequence, but x has 1"):
            rnncalc.run(load(tmp_path, text))
        return
    with pytest.raises(RnncalcError) as caught:
        load(tmp_path, text)

    place = f":{place}" if place else ""  # what is missing has none
    assert str(caught.value).startswith(f"{tmp_path}/net.yaml{place}: {message}")


def test_a_list_of_cells_is_one_loop(tmp_path):
    """RNN([LSTM, SimpleRNN]) reading backwards: its cells are layers of one loop, .0 and .1."""
    cells = f"cells:\n- {{{', '.join(LSTM.splitlines())}}}\n- {{W_x: 1, W_h: 1}}\n"
    text = f"name: rnn\ndirection: backward\n{cells}"
    model = load(tmp_path, text)

    assert [layer.name for layer in model.layers] == ["rnn.0", "rnn.1"]
    assert len(model.loops) == 1
    block = cells.replace("\n", "\n  ")
    two_ways = load(tmp_path, f"name: rnn\nforward:\n  {block}\nbackward:\n  {block}\n")
    trace = rnncalc.run(two_ways, [1, 2, 3])
    np.testing.assert_array_equal(trace.h[:, 1], rnncalc.run(model, [1, 2, 3]).h[:, 0])
    assert trace.layers[0].h is None
    uneven = f"forward:\n  {block}\nbackward: {{W_x: 1, W_h: 1}}\n"
    with pytest.raises(RnncalcError, match="2 cells forward, 1 backward"):
        load(tmp_path, uneven)


@pytest.mark.parametrize(
    "name", ["torch/lstm_2_layers_bidirectional_lengths_float64", "torch/lstm_projection_float64"]
)
def test_an_npz_holds_a_network(tmp_path, name):
    """PyTorch's names with _l0 and _reverse, and ours with layer and direction: the same h."""
    document = golden(name)
    model = model_of(document)
    lengths = document.get("lengths")
    expected = rnncalc.run(model, document["x"], lengths=lengths).h
    theirs, ours = {}, {}
    for k, block in enumerate(document["config"]["layers"]):
        for way, suffix in (("forward", ""), ("backward", "_reverse")):
            part = block.get(way, block if way == "forward" else {})
            keys = [key for key in part if key.startswith(("weight", "bias"))]
            theirs |= {f"lstm.{key}_l{k}{suffix}": part[key] for key in keys}
    for layer in model.layers:
        for way, one in layer.passes.items():
            ours |= {f"{layer.name}.{way}.{key}": array for key, array in one.weights.items()}
    for arrays in (theirs, ours):
        arrays |= {key: document[key] for key in ("h0", "c0") if key in document}
        np.savez(tmp_path / "net.npz", **arrays)
        again = rnncalc.load(tmp_path / "net.npz")
        assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
        np.testing.assert_array_equal(
            rnncalc.run(again, document["x"], lengths=lengths).h, expected
        )


def test_a_bare_framework_set_in_an_npz(tmp_path):
    """kernel and recurrent_kernel, W and R, weight_ih_l0: which cell it is stands in the shapes."""
    rng = np.random.default_rng(0)
    for gates, cell in ((1, "rnn"), (3, "gru"), (4, "lstm")):
        W_x, W_h = rng.normal(size=(gates * 3, 2)), rng.normal(size=(gates * 3, 3))
        sets = [
            {"kernel": W_x.T, "recurrent_kernel": W_h.T},
            {"weight_ih_l0": W_x, "weight_hh_l0": W_h},
            {"weight_ih": W_x, "weight_hh": W_h},
        ]
        for arrays in sets:
            np.savez(tmp_path / "n.npz", **arrays)
            assert rnncalc.load(tmp_path / "n.npz").layers[0].cell == cell
    assert rnncalc.load(tmp_path / "n.npz").layers[0].name == "layer0"


@pytest.mark.parametrize(
    "name", ["torch/gru_2_layers_states_float64", "torch/lstm_2_layers_states_float64"]
)
def test_a_stack_goes_on_from_its_state(cli, tmp_path, name):
    """-o s.npz of x[:k], then --state s.npz with x[k:]: the same bits as x, for every layer."""
    document = golden(name)
    (tmp_path / "net.json").write_text(json.dumps(document["config"]))
    config, state = str(tmp_path / "net.json"), str(tmp_path / "s.npz")
    x = np.array(document["x"])
    np.save(tmp_path / "a.npy", x[:, :2])
    np.save(tmp_path / "b.npy", x[:, 2:])
    whole = rnncalc.run(rnncalc.load(config), x)
    assert cli(config, "-x", str(tmp_path / "a.npy"), "-o", state).code == 0
    rest = cli(config, "-x", str(tmp_path / "b.npy"), "--state", state, "--json")

    np.testing.assert_array_equal(json.loads(rest.out)["h"], whole.h[:, 2:])


def test_the_state_of_both_directions_is_continued(tmp_path):
    """As a stateful Bidirectional does: each direction goes on from where it ended."""
    document = golden("torch/lstm_2_layers_bidirectional_lengths_float64")
    model = model_of(document)
    first = rnncalc.run(model, document["x"])
    arrays = {
        f"{layer.name}.{way}.final.{state}": value
        for layer in first.layers
        for way, direction in layer.directions.items()
        for state, value in direction.final.items()
    }
    np.savez(tmp_path / "s.npz", **arrays)
    on = continued(model, tmp_path / "s.npz")

    for layer, traced in zip(on.layers, first.layers, strict=True):
        np.testing.assert_array_equal(layer.backward.c0, traced.backward.final["c"])
        np.testing.assert_array_equal(layer.h0, traced.forward.final["h"])
    renamed = Model(tuple(replace(layer, name="other") for layer in model.layers[:1]))
    with pytest.raises(RnncalcError, match=r"s\.npz: has no array 'other\.forward\.final\.h'"):
        continued(renamed, tmp_path / "s.npz")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--lengths", "2,4"], "--lengths: lengths has 4, expected 0 to 3 (timesteps)"),
        (["--lengths", "2"], "--lengths: lengths has 1 number, expected 2, one per sequence"),
        (["--mask", "1,1"], "--mask: mask is a list of 2, expected (2, 3) (batch, timesteps)"),
        (["--mask", "1 1 2; 1 1 1"], "--mask: mask has numbers other than 0 and 1"),
        (["--mask", "1 1 1; 1 1 1", "--lengths", "1,1"], "--lengths: lengths and mask both say"),
        (["--h0", "1;2;3"], "--h0: h0 has 3 rows, one per sequence, but x has 2"),
        (["--c0", "1 2; 3 4"], "--c0: c0 has shape (2, 2), expected 1 (units), as W_h.i says"),
        (["--wx", "1"], "--wx: a cell lstm has no 'W_x'. It is given per gate: W_x.i, W_x.f"),
        (
            ["--of", "encoder"],
            "--of: there is no layer encoder. There are: layer0, layer0.forward.",
        ),
        (["--wy", "1", "--bias-y", "1 2"], "--bias-y: output.bias is a list of 2, expected 1"),
        (["--wy", "1", "--bias-y", "1,2"], "--bias-y 1,2 is a list of two numbers; for one number"),
    ],
)
def test_what_flags_get(cli, tmp_path, words, message):
    """One line that names the flag, exit code 2, nothing on stdout."""
    (tmp_path / "net.yaml").write_text(LSTM)
    done = cli(str(tmp_path / "net.yaml"), *BATCH, *words)

    assert (done.code, done.out) == (2, b"")
    assert re.sub(r"^Error: ", "", done.err).startswith(message)


def test_padded_steps_are_marked(cli, tmp_path):
    """In every format but npy and --last, which takes the last real step."""
    (tmp_path / "net.yaml").write_text(LSTM)
    words = [str(tmp_path / "net.yaml"), *BATCH, "--lengths", "3,2"]
    result = json.loads(cli(*words, "--json").out)

    assert result["mask"] == [[1, 1, 1], [1, 1, 0]]
    assert result["h"][1][2] == [0]
    for form in ("table", "markdown", "latex", "csv", "csv-wide", "ndjson"):
        assert "mask" in cli(*words, "-f", form).text
    assert cli(*words, "-o", str(tmp_path / "r.npz")).code == 0
    np.testing.assert_array_equal(np.load(tmp_path / "r.npz")["mask"], result["mask"])
    last = [float(line) for line in cli(*words, "--last").text.splitlines()]
    assert last == [result["h"][0][2][0], result["h"][1][1][0]]


def test_one_layer_or_direction_is_printed(cli, tmp_path):
    """--of encoder, --of encoder.backward: in every format only what belongs to it."""
    config = tmp_path / "net.yaml"
    config.write_bytes(cli("example", "bilstm").out)
    whole = json.loads(cli(str(config), "--json").out)
    part = json.loads(cli(str(config), "--json", "--of", "encoder.backward").out)

    assert part["h"] == whole["h"]
    assert "forward" not in part["layers"][0]
    assert part["layers"][0]["backward"] == whole["layers"][0]["backward"]
    npy = cli(str(config), "-f", "npy", "--of", "encoder.backward").out
    back = [row[1] for row in whole["h"]]
    (tmp_path / "h.npy").write_bytes(npy)
    assert np.load(tmp_path / "h.npy")[:, 0].tolist() == back
    assert float(cli(str(config), "--last", "--of", "encoder.backward").text) == back[-1]
    tidy = cli(str(config), "--csv", "--of", "encoder.backward").text.splitlines()
    assert all(",encoder,backward," in line for line in tidy[1:])
    wide = cli(str(config), "-f", "csv-wide", "--of", "encoder.backward").text
    assert wide.startswith("t,h[0]\n")


def test_a_step_knows_what_was_before(tmp_path):
    """h_prev and c_prev: also in a backward layer, behind masked steps, in processing order."""
    model = load(tmp_path, LSTM)
    trace = rnncalc.run(model, [[[1], [2], [3], [4]]], mask=[[0, 1, 0, 1]])

    assert trace.step(2)["h_prev"] == 0
    np.testing.assert_array_equal(trace.step(4)["c_prev"], trace.step(2)["c"])
    back = Model([replace(model.layers[0], direction="backward")])
    run = rnncalc.run(back, [1, 2, 3])
    np.testing.assert_array_equal(run.step(1)["h_prev"], run.h[1])
    turned = Model([replace(model.layers[0], direction="backward", order="processing")])
    run = rnncalc.run(turned, [1, 2, 3])
    np.testing.assert_array_equal(run.step(2)["h_prev"], run.h[0])
    assert (run.step(1)["x"], run.step(3)["x"]) == (3, 1)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("mode", ["many-to-many", "many-to-one"])
def test_a_sequence_of_a_batch_without_steps(mode, whole):
    """Its outputs are 0, what its layers give last too, its states stay the initial ones; the
    others are as without it.
    """
    gates = {"W_x": dict.fromkeys("ifgo", 0.5), "W_h": dict.fromkeys("ifgo", 0.3)}
    ways = {way: {"cell": "lstm", **gates, "h0": 0.7, "c0": 0.2} for way in ("forward", "backward")}
    layers = [{**ways, "return_sequences": whole}]
    output = {"W_y": [[2, 1]], "bias": 0.1}
    model = rnncalc.load({"layers": layers, "output": output, "mode": mode})
    x = np.array([[[1.0], [2]], [[3], [4]]])
    trace, alone = rnncalc.run(model, x, lengths=[0, 2]), rnncalc.run(model, x[1])

    np.testing.assert_array_equal(trace.h[0], 0)
    np.testing.assert_array_equal(trace.last[0], [0.1])
    np.testing.assert_array_equal(trace.mask, [[False, False], [True, True]])
    for way in trace.layers[0].directions.values():
        assert (way.final["h"][0], way.final["c"][0]) == (0.7, 0.2)
    np.testing.assert_array_equal(trace.h[1], alone.h)
    np.testing.assert_array_equal(trace.last[1], alone.last)


def test_an_embedding_that_is_picked_stands_in_front():
    """--layers names it like any other layer; it is no output layer."""
    config = {
        "embedding": {"weights": [[0.5], [-0.3]]},
        "layers": [{"name": "a", "W_x": 0.7, "W_h": 0.2}],
        "output": {"W_y": [[0.4]]},
        "x": [0, 1, 0],
    }
    picked = rnncalc.load(config, layers=["embedding", "a", "output"])

    assert rnncalc.run(picked).y.tolist() == rnncalc.run(rnncalc.load(config)).y.tolist()
