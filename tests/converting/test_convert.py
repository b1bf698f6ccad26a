"""``rnncalc convert``: the same weights in another format or convention, proved equal."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from conftest import ROOT, sampled
from converted_networks import EVERY, NAMES, TARGETS, every, network, share, unexpected
from processors import CORES, core

import rnncalc
from rnncalc import Layer, Model, Output, RnncalcError
from rnncalc.converting import convert, proof, stacked, to_config
from rnncalc.converting.naming import as_modules
from rnncalc.converting.scripts import write
from rnncalc.equations.activations import Activation
from rnncalc.model.stateless import Function

IDS = [f"{suffix}-{to}" for suffix, to in TARGETS]

OWN = {".safetensors-torch": "torch/", ".weights.h5-keras": "keras/", ".onnx-onnx": "onnxruntime/"}
"""Whose networks a target has all of, but for what weights alone do not hold."""


def lstm(**more) -> Layer:
    """An LSTM of 2 features and 3 units whose weights all differ."""
    rng = np.random.default_rng(3)
    shapes = {"W_x": (3, 2), "W_h": (3, 3), "bias": (3,), "bias_h": (3,)}
    weights = {f"{n}.{g}": rng.standard_normal(s) for n, s in shapes.items() for g in "ifgo"}
    return Layer(more.pop("weights", {}) | weights, cell="lstm", name="lstm", **more)


def without(layer: Layer, *starts: str) -> Layer:
    """The layer without some of its weights."""
    kept = {name: one for name, one in layer.weights.items() if name.split(".")[0] not in starts}
    return replace(layer, weights=kept)


def projected() -> Layer:
    """The LSTM with h of two numbers."""
    weights = {k: v[:, :2] if k.startswith("W_h") else v for k, v in lstm().weights.items()}
    return Layer(weights | {"W_r": [[1.0, 2, 3], [4, 5, 6]]}, cell="lstm", name="lstm")


def gru(**more) -> Layer:
    """A GRU of 2 features and 3 units."""
    rng = np.random.default_rng(4)
    shapes = {"W_x": (3, 2), "W_h": (3, 3), "bias": (3,)}
    weights = {f"{n}.{g}": rng.standard_normal(s) for n, s in shapes.items() for g in "zrn"}
    return Layer(weights | more.pop("weights", {}), cell="gru", name="gru", **more)


def model(*layers: Layer, **more) -> Model:
    return Model(layers or (lstm(),), **{"dtype": "float32", **more})


@pytest.mark.parametrize("third", sampled(range(3), 3))
@pytest.mark.parametrize("index", range(len(TARGETS)), ids=IDS)
def test_recorded_networks_keep_their_bits(index, third, tmp_path):
    """Every golden network goes to every target and back with the same bits, or is refused by name.

    Where biases were added up they are within 64 units in the last place.
    """
    suffix, to = TARGETS[index]
    done, refused = [], {}
    for name in share(index, len(TARGETS))[third::3]:
        try:
            found = convert(network(name), tmp_path / f"net{suffix}", to=to)
        except RnncalcError as error:
            refused[name] = str(error)
            continue
        done.append(name)
        if suffix != ".onnx":
            limit = 64 * np.finfo(network(name).dtype).eps if found.draft.rounded else 0
            assert found.proof.difference <= limit, name

    assert unexpected(refused) == {}
    assert 2 * len(done) > len(refused)


@pytest.mark.parametrize(("target", "folder"), OWN.items(), ids=OWN)
def test_a_framework_has_its_own_networks(target, folder, tmp_path):
    """PyTorch's names hold every network of PyTorch; Keras' and ONNX' files theirs."""
    suffix, to = TARGETS[IDS.index(target)]
    apart = {"keras/": "in one layer|h0 is a list", "torch/": "nothing", "onnxruntime/": "nothing"}
    refused = {}
    step = 1 if EVERY else 5 if folder == "keras/" else 2
    for name in [one for one in NAMES if one.startswith(folder)][::step]:
        try:
            convert(network(name), tmp_path / f"net{suffix}", to=to)
        except RnncalcError as error:
            refused[name] = str(error)

    assert {n: text for n, text in refused.items() if not re.search(apart[folder], text)} == {}


BACK = [pair for pair in TARGETS if pair[0] in (".npz", ".safetensors", ".weights.h5", ".onnx")]


@pytest.mark.parametrize(("suffix", "to"), BACK)
def test_there_and_back(suffix, to, tmp_path):
    """What a target holds, read as convert tells, is written to a config with the same weights."""
    done = []
    for name in every(60, BACK.index((suffix, to))):
        start = network(name)
        try:
            found = convert(start, tmp_path / f"net{suffix}", to=to)
        except RnncalcError:
            continue
        if not found.draft.rounded:
            end = rnncalc.load(found.path, **read_as(found.proof.flags))
            end = rnncalc.load(convert(end, tmp_path / "end.yaml", dtype=start.dtype).path)
            assert differing(start, end) == [], name
            done.append(name)

    assert len(done) > 4


def read_as(flags: tuple[str, ...]) -> dict[str, list[str]]:
    """The words of ``load`` that flags of the command line say."""
    pairs = list(pairwise(flags))
    layers = [word.split(",") for flag, word in pairs if flag == "--layers"]
    assume = [word for flag, word in pairs if flag == "--assume"]
    return {"layers": layers[0] if layers else [], "assume": assume}


def differing(one: Model, other: Model) -> list[str]:
    """The weights that are not the same bits; a bias that is not there is 0."""
    wrong = []
    for ours, theirs in zip(one.layers, other.layers, strict=True):
        for first, second in zip(ours.passes.values(), theirs.passes.values(), strict=True):
            for key in {*first.weights, *second.weights}:
                left, right = (np.asarray(each.weights.get(key, 0.0)) for each in (first, second))
                if not np.all(left.astype(one.dtype) == right.astype(one.dtype)):
                    wrong.append(f"{ours.name}.{key}")
    for left, right in zip(one.outputs, other.outputs, strict=False):
        if isinstance(left, Output):
            pair = (each.W_y.astype(one.dtype) for each in (left, right))
            wrong += [] if np.array_equal(*pair) else [left.name]
    return wrong


CANNOT = {
    "peepholes in Keras": (
        model(lstm(weights={f"P.{g}": [1.0, 2.0, 3.0] for g in "ifo"})),
        ".weights.h5",
        "lstm: keras has no array for P.i of cell lstm. A .yaml or .json file says everything",
    ),
    "a projection in ONNX": (
        model(projected()),
        ".onnx",
        "lstm: onnx has no array for W_r of cell lstm. A .yaml or .json file says everything",
    ),
    "a reset-before GRU in PyTorch": (
        model(gru(reset_after=False)),
        ".safetensors",
        "gru: torch has the reset gate after the product, this gru before it. "
        "A .yaml or .json file says everything",
    ),
    "processing order in PyTorch": (
        model(lstm(direction="backward", order="processing")),
        ".safetensors",
        "lstm: direction backward: PyTorch has no layer that goes back only; "
        "a .yaml or .json file says everything",
    ),
    "merge sum in PyTorch": (
        model(lstm(backward=lstm(), merge="sum")),
        ".safetensors",
        "lstm: merge sum: PyTorch only puts directions side by side; "
        "a .yaml or .json file says everything",
    ),
    "another gate function in PyTorch": (
        model(lstm(recurrent_activation="hard_sigmoid")),
        ".safetensors",
        "lstm: nn.LSTM has recurrent_activation sigmoid, this layer hard_sigmoid; "
        "a .yaml or .json file says everything",
    ),
    "a function that ONNX' nodes lack": (
        model(lstm(activation="gelu")),
        ".onnx",
        "lstm: activation gelu: ONNX' recurrent nodes do not have it; "
        "a .yaml or .json file says everything",
    ),
    "a mask in ONNX": (
        model(masking=0.0),
        ".onnx",
        "masking: ONNX has no masks; a .yaml or .json file says everything",
    ),
    "a function that is nothing, in ONNX": (
        model(output=Function("linear")),
        ".onnx",
        "activation: linear stands alone, which is no node; "
        "a .yaml or .json file says everything",
    ),
    "two functions in arrays": (
        model(lstm(backward=lstm(activation="relu"))),
        ".npz",
        "lstm: activation tanh and relu in one layer: a file of arrays does not say which; "
        "a .yaml or .json file says everything",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CANNOT)
def test_what_a_target_cannot_express_is_refused_by_name(what, tmp_path):
    """The layer, the part and the way out stand in the message; nothing is written."""
    network, suffix, message = CANNOT[what]
    with pytest.raises(RnncalcError) as caught:
        convert(network, tmp_path / f"net{suffix}")

    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_in_what_is_written_is_found(tmp_path, monkeypatch):
    """Gates in another order, a transposed W_h, a forgotten bias: nothing is written."""
    real = stacked.tensors_of
    out = tmp_path / "net.npz"
    out.write_bytes(b"before")

    def order(arrays):
        return {k: np.roll(one, 3, axis=0) for k, one in arrays.items()}

    def turned(arrays):
        gates = np.split(arrays["weight_hh"], 4)
        return {**arrays, "weight_hh": np.concatenate([gate.T for gate in gates])}

    def forgotten(arrays):
        return {**arrays, "bias_hh": np.zeros_like(arrays["bias_hh"])}

    for mistake in (order, turned, forgotten):
        monkeypatch.setattr(stacked, "tensors_of", lambda *a, m=mistake, **k: m(real(*a, **k)))
        with pytest.raises(RnncalcError, match=r"has other numbers: nothing is written"):
            convert(model(), out, to="torch")
        assert out.read_bytes() == b"before"


def test_a_last_digit_is_seen(tmp_path, monkeypatch):
    """One weight of 60 that is off in its 14th digit is another network."""
    real = stacked.numbers

    def nudged(name, array, dtype):
        array = real(name, array, dtype).copy()
        if name == "weight_hh":
            array[0, 0] *= 1 + 1e-14
        return array

    monkeypatch.setattr(stacked, "numbers", nudged)
    with pytest.raises(RnncalcError, match=r"lstm.W_h.i has other numbers"):
        convert(model(dtype="float64"), tmp_path / "net.npz", to="torch")


def test_a_function_that_is_nearly_the_same_is_seen(tmp_path, monkeypatch):
    """Where arithmetic is coarse, functions are compared by what they compute, not by results."""
    monkeypatch.setattr(to_config, "named", lambda function: {"sigmoid": "hard_sigmoid_old"}.get(
        function.name, function.name))  # fmt: skip
    with pytest.raises(RnncalcError, match=r"lstm\.recurrent_activation is hard_sigmoid_old"):
        convert(model(dtype="float16"), tmp_path / "net.yaml")


@pytest.mark.parametrize(("off", "agrees"), [(2, True), (500, False)])
def test_results_may_differ_by_rounding(off, agrees, tmp_path, monkeypatch):
    """Processors add up in different orders: some units in the last place are no other network."""
    real, runs = proof._arrays, []

    def nudged(trace, **more):
        runs.append(trace)
        back = len(runs) % 2 == 0
        return (one + back * off * np.spacing(np.abs(one)) for one in real(trace, **more))

    monkeypatch.setattr(proof, "_arrays", nudged)
    if agrees:
        assert convert(model(dtype="float64"), tmp_path / "net.npz").proof.difference > 0
        return
    with pytest.raises(RnncalcError, match=r"gives other numbers \(largest .* nothing is written"):
        convert(model(dtype="float64"), tmp_path / "net.npz")


WIDE = """
import sys
import numpy as np
import rnncalc
from converted_networks import TARGETS
rng = np.random.default_rng(1)

def layer(cell, features, **more):
    gates = {"rnn": "", "gru": "zrn", "lstm": "ifgo"}[cell]
    shapes = {"W_x": (16, features), "W_h": (16, 16), "bias": (16,)}
    names = {f"{n}.{g}" if g else n: s for n, s in shapes.items() for g in gates or [""]}
    weights = {name: rng.standard_normal(shape) / 4 for name, shape in names.items()}
    return rnncalc.Layer(weights, cell=cell, name=f"{cell}_{features}", **more)

heads = rnncalc.Output(rng.standard_normal((5, 16)))
for cell in ("rnn", "gru", "lstm"):
    stack = layer(cell, 3, backward=layer(cell, 3)), layer(cell, 32)
    for suffix, to in TARGETS:
        path = f"{sys.argv[1]}/net{suffix}"
        found = rnncalc.convert(rnncalc.Model(stack, output=heads), path, to=to)
        assert found.proof.difference == 0, (cell, path, to)
"""


@pytest.mark.parametrize("name", CORES)
def test_every_layout_is_read_back_to_the_same_bits(name, tmp_path):
    """Networks of 16 units, whose products processors with AVX-512 add up in another order."""
    command = [sys.executable, "-c", WIDE, str(tmp_path)]
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "helpers")))
    env = {**core(name), "PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, env=env)

    assert done.returncode == 0, done.stderr


def test_numbers_keep_every_digit(tmp_path):
    """float32 as its own shortest digits, float64 as its; the file reads back to the same bits."""
    for dtype in ("float32", "float64"):
        one = model(dtype=dtype)
        text = convert(one, tmp_path / "net.yaml").path.read_text()
        first = one.layers[0].weights["W_x.i"].astype(dtype)[0, 0]
        back = rnncalc.load(tmp_path / "net.yaml")

        assert f"- [{first!s}, " in text
        for name, array in one.layers[0].weights.items():
            found = back.layers[0].weights[name].astype(dtype)
            assert found.tobytes() == array.astype(dtype).tobytes()


@pytest.mark.parametrize("suffix", [".yaml", ".json", ".npz"])
def test_numbers_that_are_none(suffix, tmp_path):
    """NaN and both infinities stand in text and arrays."""
    odd = Layer({"W_x": [[np.nan], [np.inf]], "W_h": [[0.5, -np.inf], [1e-300, -0.0]]})
    convert(Model((odd,)), tmp_path / f"net{suffix}")
    back = rnncalc.load(tmp_path / f"net{suffix}").layers[0]

    np.testing.assert_array_equal(back.weights["W_x"], odd.weights["W_x"])
    assert back.weights["W_h"].tobytes() == odd.weights["W_h"].tobytes()


@pytest.mark.parametrize("name", ["true", "no", "1e3", "a: b", "- x", "#c", "Wörter", 'q"u', "~"])
def test_any_name_is_text(name, tmp_path):
    """A layer may be called what YAML takes for something else."""
    named = Model((Layer({"W_x": 0.5, "W_h": 0.25}, name=name),))
    for suffix in (".yaml", ".json"):
        convert(named, tmp_path / f"net{suffix}")

        assert rnncalc.load(tmp_path / f"net{suffix}").layers[0].name == name


def test_everything_that_a_config_says_is_written(tmp_path):
    """Use, input, states, options: the same result document from both."""
    for name in ("keras/cells_states", "keras/lstm_bidirectional_mask_many_to_one",
                 "onnxruntime/lstm_clip_relu", "stateless/layer_between_float64"):  # fmt: skip
        one = network(name)
        two = rnncalc.load(convert(one, tmp_path / "net.yaml").path)
        for key in ("mode", "timesteps", "feedback", "dtype", "masking"):
            assert getattr(two, key) == getattr(one, key)
        for ours, theirs in zip(one.layers, two.layers, strict=True):
            assert theirs.settings.keys() == ours.settings.keys()
            for key in ("name", "cell", "merge", "order", "direction", "same_loop", "clip",
                        "return_sequences", "zero_output_for_mask", "reset_after"):  # fmt: skip
                assert getattr(theirs, key) == getattr(ours, key), key


@pytest.mark.parametrize(
    "suffix", [".yaml", ".json", ".npz", ".safetensors", ".weights.h5", ".onnx"]
)
def test_the_same_network_gives_the_same_bytes(suffix, tmp_path):
    """No time, no path, no order by chance."""
    for name in ("a", "b"):
        convert(model(lstm(backward=lstm())), tmp_path / f"{name}{suffix}")

    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_the_libraries_of_the_formats_read_them(tmp_path):
    """NumPy, safetensors and h5py find the arrays of PyTorch and Keras, in float32."""
    import h5py
    from safetensors.numpy import load_file

    convert(model(), tmp_path / "net.npz", to="torch")
    convert(model(), tmp_path / "net.safetensors")
    convert(model(), tmp_path / "net.weights.h5")
    with np.load(tmp_path / "net.npz") as archive:
        one = dict(archive)
    two = load_file(tmp_path / "net.safetensors")

    assert list(one) == [f"lstm.{n}_l0" for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    assert {array.dtype.name for array in one.values()} == {"float32"}
    assert {name: array.tobytes() for name, array in one.items()} == {
        name: array.tobytes() for name, array in two.items()
    }
    with h5py.File(tmp_path / "net.weights.h5") as file:
        cell = file["layers/lstm/cell/vars"]
        assert file["layers/lstm/vars"].attrs["name"] == "lstm"
        np.testing.assert_array_equal(cell["0"][:], one["lstm.weight_ih_l0"].T)


def test_layers_of_one_module_stand_in_one(tmp_path):
    """lstm.0 and lstm.1 are nn.LSTM(num_layers=2); another size is a module of its own."""
    two = network("torch/gru_3_layers_bidirectional_float32")
    named = [replace(layer, name=f"gru.{i}") for i, layer in enumerate(two.layers)]
    convert(replace(two, layers=tuple(named)), tmp_path / "net.npz", to="torch")
    with np.load(tmp_path / "net.npz") as archive:
        names = {name.partition("_")[0] + name[name.index("_l") :] for name in archive}

    assert names == {f"gru.weight_l{i}{way}" for i in range(3) for way in ("", "_reverse")} | {
        f"gru.bias_l{i}{way}" for i in range(3) for way in ("", "_reverse")
    }


def test_nodes_of_pytorch_become_its_modules(tmp_path, cli, monkeypatch):
    """A state dict, exported by PyTorch to ONNX, comes back with the same names and numbers."""
    monkeypatch.chdir(ROOT / "docs" / "models")
    for name in ("tagger.pt", "tagger-exported.onnx"):
        out = tmp_path / f"{name}.npz"
        assert cli("convert", name, "-o", str(out), "--to", "torch", "-q").code == 0
    one, other = (dict(np.load(path)) for path in sorted(tmp_path.iterdir()))

    assert "lstm.weight_hh_l0_reverse" in one
    assert one.keys() == other.keys()
    assert all(one[key].tobytes() == other[key].tobytes() for key in one)


def test_nodes_of_one_module_stand_in_one():
    """rnn.GRU and rnn.GRU_1 are the layers of rnn; names without operators stay."""
    named = [replace(gru(), name=name) for name in ("rnn.GRU", "enc.Rnn2", "node_gru__1")]
    wide = replace(gru(weights={f"W_x.{g}": np.ones((3, 3)) for g in "zrn"}), name="x")
    layers = (named[0], *(replace(wide, name=name) for name in ("rnn.GRU_1", "dec.2.GRU", "GRU_5")))

    assert [one.name for one in as_modules(Model(layers)).layers] == [
        "rnn.0",
        "rnn.1",
        "dec.2",
        "GRU_5",
    ]
    assert as_modules(Model((named[1],))).layers[0].name == "enc.Rnn2"


def test_a_module_of_several_layers_has_no_others_below_it(tmp_path):
    """net.2 does not fit into net with net.0 and net.1: then each is a module of its own."""
    first, second = gru(), gru(weights={f"W_x.{g}": np.ones((3, 3)) for g in "zrn"})
    third = Layer({"W_x": np.eye(2, 3), "W_h": np.eye(2)})
    layers = [replace(one, name=f"net.{i}") for i, one in enumerate((first, second, third))]
    convert(model(*layers), tmp_path / "net.npz", to="torch")
    with np.load(tmp_path / "net.npz") as archive:
        found = {name.rpartition(".")[0] for name in archive}

    assert found == {"net.0", "net.1", "net.2"}


SAID = [
    ({"cell": "rnn", "W_x": [[0.5]], "W_h": [[0.3]], "activation": "relu"}, ".safetensors", None),
    ({"cell": "gru", "reset_after": False, "W_x": dict.fromkeys("zrn", 0.5),
      "W_h": {"z": 0.1, "r": -0.7, "n": 0.9}, "bias": {"z": 0, "r": 0.3, "n": 0.1}}, ".npz", None),
    ({"W_x": [[0.5]], "W_h": [[0.3]], "output": {"W_y": [[2], [1]], "activation": "softmax"},
      "mode": "many-to-one"}, ".npz", None),
    ({"W_x": [[0.5]], "W_h": [[0.3]], "activation": "leaky_relu:alpha=0.123456789",
      "output": {"W_y": [[2]], "activation": "elu:alpha=0.5"}}, ".weights.h5", None),
    ({"layers": [{"cell": "rnn", "W_x": [[0.5]], "W_h": [[0.3]], "name": "b"},
                 {"cell": "rnn", "W_x": [[0.2]], "W_h": [[-0.9]], "name": "a"}]},
     ".safetensors", None),
]  # fmt: skip


@pytest.mark.parametrize(("config", "suffix", "to"), SAID)
def test_the_command_that_is_printed_reads_the_file_as_it_was_meant(
    config, suffix, to, tmp_path, cli, monkeypatch
):
    """What weights do not say stands in the command line that convert prints."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.json").write_text(json.dumps(config))
    ours = cli("run", "net.json", "-x", "1,-2,3", "--last")
    done = cli("convert", "net.json", "-o", f"out{suffix}")
    line = next(line for line in done.text.splitlines() if line.startswith("To read it: "))
    words = shlex.split(line.removeprefix("To read it: rnncalc "))
    theirs = cli(*words, "-x", "1,-2,3", "--last", "--dtype", "float64")

    assert done.code == 0
    assert "the same bits" in done.text
    assert theirs.text == ours.text


def test_the_screen(tmp_path, cli, monkeypatch):
    """What was written, how equal it is, what is told; the file is PyTorch's."""
    monkeypatch.chdir(tmp_path)
    done = cli("convert", str(ROOT / "docs" / "models" / "seed.keras"), "-o", "seed.npz",
               "--to", "torch")  # fmt: skip

    assert done.text == (
        "seed.npz: PyTorch's names, 4 arrays; proved equal on random input "
        "(7 timesteps, 2 sequences): the same bits\n"
        "  rnn: PyTorch has two biases: the second one is 0\n"
    )
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "x.pt"], "write .safetensors"),
        (["-o", "x.h5"], "Keras' weights are written as .weights.h5"),
        (["-o", "x.txt"], "known are .yaml, .yml, .json, .npz"),
        (["-o", "x.onnx", "--to", "keras"], "--to keras: a .onnx file is always onnx"),
        (["-o", "seed.keras"], "this file is being read"),
        (["-o", "-"], "a file's name was expected"),
        (["-o", "no/such/x.npz"], "there is no such folder"),
        (["-o", "x.onxx"], "is not written by convert: Did you mean .onnx?"),
        (["-o", "x.npz", "--script", "torch"], "a script's name ends in .py"),
        (["-o", "x.py", "--script", "torch", "--to", "torch"], "--to is not for scripts"),
        (["-o", "x.npz", "--assume", "rnn.activation=relu"], "the file says it"),
    ],
)
def test_what_is_wrong_with_a_command(words, message, tmp_path, cli, monkeypatch):
    """Exit code 2, a sentence, and nothing written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seed.keras").write_bytes((ROOT / "docs/models/seed.keras").read_bytes())
    done = cli("convert", "seed.keras", *words)

    assert (done.code, done.out) == (2, b"")
    assert message in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["seed.keras"]


def test_too_much_text_is_refused(tmp_path):
    """Configs are read up to 4 MiB: larger networks belong into arrays."""
    rng = np.random.default_rng(1)
    wide = Layer({"W_x": rng.standard_normal((500, 2)), "W_h": rng.standard_normal((500, 500))})
    with pytest.raises(RnncalcError, match=r"bytes of text are too many.*Write an \.npz"):
        convert(Model((wide,)), tmp_path / "net.yaml")


def test_dtype_rounds_first(tmp_path):
    """--dtype float32 writes float32, equal to a run in float32."""
    wide = model(dtype="float64")
    done = convert(wide, tmp_path / "net.safetensors", dtype="float32")
    x = np.random.default_rng(2).standard_normal((4, 2))

    assert done.proof.difference == 0
    ours = rnncalc.run(wide, x, dtype="float32").h
    assert rnncalc.run(rnncalc.load(done.path), x).h.tobytes() == ours.tobytes()


def test_what_is_no_weight_is_told(tmp_path):
    """Input and initial states stand in configs, and are told where they are left out."""
    stated = model(lstm(h0=[1, 2, 3]), x=[[1, 2], [3, 4]])
    notes = convert(stated, tmp_path / "net.safetensors").draft.notes
    arrays = convert(stated, tmp_path / "net.npz").draft.notes
    back = rnncalc.load(convert(stated, tmp_path / "net.yaml").path)

    assert notes[-2:] == (
        "x: left out, as a file of weights holds no input",
        "initial states: left out; they are given to the call (here --h0, --c0)",
    )
    assert arrays[-1] == notes[-2]
    np.testing.assert_array_equal(rnncalc.load(tmp_path / "net.npz").layers[0].h0, [1, 2, 3])
    np.testing.assert_array_equal(back.x, stated.x)


def test_the_proof_tries_states_and_masks():
    """Two inputs for a config, one of them masked; states are drawn anew for both networks."""
    first, second = proof.trial_runs(model(), masked=True)

    assert first.mask is None
    assert 0 < second.mask.mean() < 1
    assert np.all(proof._stated(model()).layers[0].c0 != 0)


def test_a_script_keeps_few_numbers_and_many_beside_it(tmp_path):
    """Up to 200 numbers stand in the script, else an npz lies beside it; both compile."""
    head = Output(np.arange(60.0).reshape(10, 6))
    small = write(model(without(gru(), "bias")), tmp_path / "small.py", "torch")
    large = write(model(lstm(backward=lstm()), output=head), tmp_path / "large.py", "keras")

    assert [path.name for path in small] == ["small.py"]
    assert [path.name for path in large] == ["large.py", "large.py.npz"]
    for path in (*small[:1], *large[:1]):
        compile(path.read_text(), path.name, "exec")
        assert max(map(len, path.read_text().splitlines())) < 2000


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (model(lengths=[3]), "lengths: it is of an input, and there is no x"),
        (model(x=np.ones((3, 2)), mask=[1, 0, 1]), "mask: PyTorch has no masks"),
        (model(gru(reset_after=False)), "torch has the reset gate after the product"),
    ],
)
def test_what_a_script_does_not_do_is_refused(network, message, tmp_path):
    """By name, and nothing is written."""
    with pytest.raises(RnncalcError, match=re.escape(message)):
        write(network, tmp_path / "net.py", "torch")

    assert list(tmp_path.iterdir()) == []


def test_activations_keep_the_digits_of_their_parameters(tmp_path):
    """``leaky_relu`` with nine digits, in a config."""
    slope = Activation("leaky_relu", {"alpha": 0.123456789})
    one = Model((Layer({"W_x": 0.5, "W_h": 1.0}, activation=slope),))
    back = rnncalc.load(convert(one, tmp_path / "net.yaml").path)

    assert back.layers[0].activation == slope


LIBRARIES = {".safetensors": "safetensors", ".weights.h5": "h5py", ".onnx": "onnx"}


@pytest.mark.parametrize("suffix", LIBRARIES)
def test_a_missing_library_is_told_before_the_network_is_read(suffix, monkeypatch, cli):
    """What installs it, before the file that is converted is looked at."""
    monkeypatch.setitem(sys.modules, LIBRARIES[suffix], None)
    done = cli("convert", "there-is-no-such.yaml", "-o", f"net{suffix}")

    said = f"writing {suffix} needs {LIBRARIES[suffix]}: pip install 'rnncalc[models]'"
    assert (done.code, done.out, done.err) == (2, b"", f"Error: {said}\n")


def sized(name, takes, units) -> Layer:
    """A simple recurrent layer of these widths."""
    rng = np.random.default_rng(units)
    shapes = {"W_x": (units, takes), "W_h": (units, units)}
    return Layer({key: rng.standard_normal(shape) for key, shape in shapes.items()}, name=name)


def test_layers_of_a_safetensors_file_run_in_the_order_that_was_meant(tmp_path):
    """Its library sorts the arrays by their names, so --layers tells the order of the layers."""
    network = Model((sized("second", 2, 3), sized("first", 3, 4)), output=Output([[1.0, 2, 3, 4]]))
    done = convert(network, tmp_path / "net.safetensors", to="textbook")
    x = [[1.0, 2], [3, 4]]

    assert done.proof.difference == 0
    assert done.proof.flags == ("--layers", "second,first,output")
    back = rnncalc.load(done.path, layers=("second", "first", "output"))
    assert rnncalc.run(back, x).y.tobytes() == rnncalc.run(network, x).y.tobytes()
    with pytest.raises(RnncalcError, match=r"The order of the layers is assumed: --layers first,"):
        rnncalc.load(done.path)
    with pytest.raises(RnncalcError, match=r"the order of layers is said by --layers"):
        rnncalc.load(done.path, assume=("layers=second",))


def test_layers_of_a_safetensors_file_are_assumed_in_the_order_of_the_numbers_in_their_names(
    tmp_path,
):
    """layer2 runs before layer10, and the ledger says so; one layer alone has no order."""
    names = [f"layer{i}" for i in (2, 10)]
    square = Model(tuple(sized(name, 3, 3) for name in names))
    done = convert(square, tmp_path / "net.safetensors", to="textbook")
    back = rnncalc.load(done.path)
    alone = convert(Model((sized("rnn", 2, 3),)), tmp_path / "alone.safetensors", to="textbook")

    assert done.proof.flags == ()
    assert [layer.name for layer in back.layers] == names
    assert ("", "layers", "layer2, layer10") in [one[:3] for one in back.assumptions]
    assert "layers" not in [one.key for one in rnncalc.load(alone.path).assumptions]


def test_more_numbers_than_a_protobuf_has(tmp_path, monkeypatch):
    """They are refused before they are written."""
    monkeypatch.setattr("rnncalc.converting.to_onnx.graph.LONGEST", 100)
    with pytest.raises(RnncalcError, match=r"^\d+ bytes of numbers are too many: an \.onnx file"):
        convert(model(), tmp_path / "net.onnx")
    assert not any(tmp_path.iterdir())


def test_a_normalization_without_a_scale_is_written_with_ones(tmp_path):
    """Keras' weights always have a gamma, and 1 changes nothing."""
    given = network("files/keras/batch_normalization_no_scale")

    assert convert(given, tmp_path / "n.weights.h5").proof.difference == 0


@pytest.mark.parametrize("mode", ["many-to-many", "many-to-one"])
def test_the_width_of_two_outputs_in_onnx(mode, tmp_path):
    """Two outputs (merge none) stand side by side, and the graph says so: onnx' checker agrees."""
    onnx = pytest.importorskip("onnx")
    ways = {"forward": {"W_x": [[0.5]], "W_h": [[0.25]]}, "backward": {"W_x": [[1]], "W_h": [[2]]}}
    model = rnncalc.load({"layers": [{**ways, "merge": "none"}], "mode": mode})
    rnncalc.convert(model, tmp_path / "both.onnx", dtype="float32")
    both = onnx.load(tmp_path / "both.onnx")

    onnx.checker.check_model(both, full_check=True)
    assert both.graph.output[0].type.tensor_type.shape.dim[-1].dim_value == 2
