"""``rnncalc inspect``, ``--layers`` and ``--assume``: what a file holds, and what is made of it."""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from safetensors.numpy import save_file

import rnncalc
from rnncalc.cli import main
from rnncalc.containers.tensor import Tensor
from rnncalc.inspecting import inspect
from rnncalc.numbers import values
from rnncalc.readers.contents.assume import given
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Part

GOLDEN = ROOT / "tests" / "golden" / "files"
TAGGER = ROOT / "docs" / "models" / "tagger.pt"
SEED = ROOT / "docs" / "models" / "seed.keras"
RELU = GOLDEN / "torch" / "rnn_relu.pth"
PAIR = GOLDEN / "torch" / "encoder_decoder.pt"


def ran(capsys, *words):
    """Exit code, stdout and stderr of a command."""
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


def inspected(capsys, path, *words):
    """The JSON document of a file."""
    code, out, _ = ran(capsys, "inspect", path, "--json", *words)
    assert code == 0
    return json.loads(out)


@pytest.mark.parametrize(
    ("x_shape", "problem"),
    [
        ((3,), ""),
        ((3, 1), ""),
        ((2, 3), "weight_ih has shape (2, 3), expected (units, features) = (3, 2) "
                 "(units 3 as weight_hh says): transposed?"),
    ],
)  # fmt: skip
def test_shapes_are_fitted_as_run_fits_them(x_shape, problem, tmp_path, capsys):
    """A list is a matrix of one column; a misfit is said with the sizes and the remedy."""
    shapes = {"weight_ih_l0": x_shape, "weight_hh_l0": (3, 3), "bias_ih_l0": (3,)}
    arrays = {name: np.arange(1.0, 1 + np.prod(shape)).reshape(shape) / 9
              for name, shape in shapes.items()}  # fmt: skip
    path = tmp_path / "net.safetensors"
    save_file(arrays | {"bias_hh_l0": np.zeros(3)}, path)

    if problem:
        assert problem in ran(capsys, "inspect", path)[2]
        assert problem.removeprefix("weight_ih") in ran(capsys, "run", path, "-x", "1,2")[2]
    else:
        row = inspected(capsys, path)["layers"][0]
        read = rnncalc.load(path).layers[0].weights
        assert {one["name"]: tuple(one["shape"]) for one in row["arrays"]} == {
            name: array.shape for name, array in read.items()
        }


def test_the_document_says_all(capsys):
    """Whose file, which layers, their sizes, settings and arrays, what is assumed."""
    told = inspected(capsys, TAGGER)
    embedding, lstm, fc = told["layers"]

    assert (told["format"], told["version"], told["convention"]) == (
        "rnncalc.inspection",
        1,
        "torch",
    )
    assert (embedding["kind"], lstm["kind"], fc["kind"]) == ("embedding", "recurrent", "output")
    assert (lstm["cell"], lstm["features"], lstm["units"]) == ("lstm", 3, 4)
    assert lstm["directions"] == ["forward", "backward"]
    assert lstm["per_gate"] == dict.fromkeys("ifgo", 2 * (4 * 3 + 4 * 4 + 2 * 4))
    assert lstm["parameters"] == 4 * lstm["per_gate"]["i"]
    assert {"name": "backward.W_h.o", "shape": [4, 4]} in lstm["arrays"]
    assert [one["key"] for one in told["assumed"]] == ["layers", "mode", "activation"]


def test_statistics_are_those_of_the_gate(capsys):
    """min, max, mean and standard deviation of each of our arrays."""
    told = inspected(capsys, TAGGER, "--stats")
    row = next(one for one in told["layers"][1]["arrays"] if one["name"] == "forward.W_h.f")
    code, out, _ = ran(capsys, "inspect", TAGGER, "--weights", "lstm.forward.W_h.f")
    matrix = np.array([line.split() for line in out.splitlines()], np.float32).astype(float)

    assert code == 0
    assert matrix.shape == (4, 4)
    assert (row["min"], row["max"]) == (matrix.min(), matrix.max())
    np.testing.assert_allclose([row["mean"], row["std"]], [matrix.mean(), matrix.std()])


def test_weights_of_one_gate_are_those_of_the_model(capsys):
    """By the names of the textbook; a float32 is written so that it reads back as the same one."""
    model = rnncalc.load(SEED)
    for name, array in model.layers[0].weights.items():
        code, out, _ = ran(capsys, "inspect", SEED, "--weights", name, "--json")
        assert code == 0
        assert len(out) < 85
        assert np.array(json.loads(out)["values"], np.float32).tolist() == array.tolist()


def test_an_array_that_there_is_not(capsys):
    """One line that names those that there are."""
    code, out, err = ran(capsys, "inspect", TAGGER, "--weights", "W_x.i")

    assert (code, out) == (2, "")
    assert "lstm.forward.W_x.i, lstm.backward.W_x.i" in err


def test_a_config_can_be_inspected(capsys, tmp_path):
    """Its layers in our names, nothing assumed."""
    path = tmp_path / "net.yaml"
    path.write_text("{W_x: [[0.5], [0.2]], W_h: [[0.1, 0.3], [0.2, 0.4]], bias: 0}")
    told = inspected(capsys, path, "--stats")

    assert told["layers"][0]["arrays"][0] == {
        "name": "W_x", "shape": [2, 1], "min": 0.2, "max": 0.5, "mean": 0.35, "std": 0.15,
        "zeros": 0,
    }  # fmt: skip
    assert told["assumed"] == []


def test_the_other_direction_is_told_apart(capsys):
    """A backward layer of its own: what its equations have otherwise."""
    (_, layer) = inspected(capsys, GOLDEN / "keras" / "bidirectional_gru_other_reset.keras")[
        "layers"
    ]
    (_, other) = inspected(capsys, GOLDEN / "keras" / "bidirectional_other_backward.keras")[
        "layers"
    ]

    assert (layer["reset_after"], layer["backward"]) == (True, {"reset_after": False})
    assert other["backward"]["activation"] == "softsign"


def test_the_variant_of_a_gru_is_always_told(capsys):
    """Also where only the framework, or the rows of a bias, tell it."""
    files = {"torch/gru.pt": True, "keras/keras2_weights_gru_old.weights.h5": False}
    for name, after in files.items():
        assert inspected(capsys, GOLDEN / name)["layers"][0]["reset_after"] is after


def test_a_file_of_two_hundred_layers_stays_readable(capsys, tmp_path, monkeypatch):
    """A row for each; what is true of all stands once, and no sentence is wider than 80 columns."""
    monkeypatch.chdir(tmp_path)
    path = Path("deep.npz")
    arrays = {}
    for i in range(200):
        for one, shape in (("weight_ih", (6, 2)), ("weight_hh", (6, 2))):
            arrays[f"gru.{one}_l{i}"] = np.arange(12.0).reshape(shape) / (i + 1)
    np.savez(path, **arrays)
    code, out, _ = ran(capsys, "inspect", path)
    lines = out.splitlines()

    assert code == 0
    assert len(lines) < 215
    assert max(map(len, lines)) <= 80
    assert "gru.199" in out
    assert "gru.7 and 192 more" in " ".join(out.split())


def test_what_a_flag_says_is_not_assumed(capsys):
    """-a, --mode and --activation-y: no word of what would have been assumed."""
    words = ("--mode", "many-to-one", "--activation-y", "softmax")
    _, _, relu = ran(capsys, "run", RELU, "-x", "[[1, 2, 3]]", "--last", "-a", "relu")
    _, out, head = ran(capsys, "run", TAGGER, "-x", "1,2", "--last", *words)

    assert relu == ""
    assert "mode=" not in head
    assert "activation=" not in head
    assert sum(map(float, out.split(","))) == pytest.approx(1)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("fc.activation=rleu", "there is no activation 'rleu'. Did you mean relu?"),
        ("mode=many-to-oen", "mode 'many-to-oen' is not known. Did you mean many-to-one?"),
        ("bn.epsilon=small", "a number was expected"),
        ("lstm.reset_after=1", "true or false was expected"),
        ("cf.activation=relu", "there is no layer 'cf'"),
    ],
)
def test_a_value_that_no_key_has(word, message, capsys):
    """The error stands at --assume, whatever the file."""
    code, out, err = ran(capsys, "run", TAGGER, "-x", "1", "--assume", word)

    assert (code, out) == (2, "")
    assert f"Error: --assume {word}: {message}" in err


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull fetches it"),
        (b"<!doctype html>", "is a web page or XML"),
        (b"\x89PNG\r\n", "is a PNG picture"),
        (b"\x1f\x8b\x08", "is packed with gzip"),
        (b"PK\x03\x04" + bytes(60), "its end is missing"),
    ],
)
@pytest.mark.parametrize("name", ["m.pt", "m.keras", "m.h5", "m.safetensors", "m.bin"])
def test_what_is_no_model_file(name, start, message, capsys, tmp_path):
    """It is told by its first bytes, whatever its name says."""
    path = tmp_path / name
    path.write_bytes(start)
    code, out, err = ran(capsys, "inspect", path)

    assert (code, out) == (2, "")
    assert message in err


def test_a_file_without_recurrent_layers_says_what_it_has(capsys):
    """A transformer: exit code 0, its modules by name."""
    code, out, _ = ran(capsys, "inspect", GOLDEN / "torch" / "refused_transformer.pt")

    assert code == 0
    assert "No recurrent layer is in it." in out
    assert "linear1" in out


def test_assumptions_are_told_on_stderr_and_recorded(capsys):
    """``run`` names them, the Model keeps them; --quiet says nothing."""
    words = [RELU, "-x", "[[[1,2,3],[3,2,1]]]", "--json"]
    code, out, err = ran(capsys, "run", *words)
    quiet = ran(capsys, "run", *words, "--quiet")

    assert code == 0
    assert "rnn.activation=tanh" in err
    assert quiet[1:] == (out, "")
    [one] = [one for one in rnncalc.load(RELU).assumptions if one.key == "activation"]
    assert (one.layer, one.value) == ("rnn", "tanh")


def test_what_is_said_replaces_what_is_assumed(capsys):
    """--assume changes the numbers, and the line on stderr is gone."""
    x = [[[1.0, -2, 3], [3, 2, -1]]]
    tanh, relu = (rnncalc.load(RELU, assume=assume) for assume in ((), ["activation=relu"]))
    _, _, err = ran(capsys, "run", RELU, "-x", json.dumps(x), "--assume", "rnn.activation=relu")

    assert rnncalc.run(tanh, x).h.max() <= 1 < rnncalc.run(relu, x).h.max()
    assert "activation" not in err


@pytest.mark.parametrize(
    ("word", "layer", "key", "value"),
    [
        ("dense.activation=affine:alpha=0.5:beta=0.25", "dense", "activation",
         "affine:alpha=0.5:beta=0.25"),
        ("a=b.activation=leaky_relu:alpha=0.3", "a=b", "activation", "leaky_relu:alpha=0.3"),
        ("fc.0.activation = softmax", "fc.0", "activation", "softmax"),
        (" lead.reset_after=false", " lead", "reset_after", False),
        ("mode=many-to-one", "", "mode", "many-to-one"),
        ("lambda=x=nothing", "lambda=x", "nothing", "nothing"),
    ],
)  # fmt: skip
def test_what_a_word_assumes(word, layer, key, value):
    """The last dot before the key separates, whatever a layer is called, and whatever is said."""
    assert given(word)[1:] == (layer, key, value)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("lstm.merge=sum", "the file says it: lstm.merge is concat"),
        ("fc.nothing=1", "there is no such assumption. Assumed here: layers, mode, fc.activation"),
        ("activation", "KEY=VALUE or LAYER.KEY=VALUE was expected"),
        ("layers=fc,lstm", "the order of layers is said by --layers"),
        ("fc.activation=tahn", "Did you mean tanh?"),
    ],
)
def test_what_cannot_be_assumed(word, expected, capsys):
    """What the file says is not replaced; each refusal says why."""
    code, out, err = ran(capsys, "run", TAGGER, "-x", "3,1,4", "--assume", word)

    assert (code, out) == (2, "")
    assert expected in err


def test_layers_are_run_alone_and_in_the_order_given():
    """encoder alone gives what the whole network's encoder gave; fc without it does not fit."""
    whole = rnncalc.load(PAIR)
    x = np.linspace(-1, 1, 15).reshape(5, 3)
    alone = rnncalc.run(rnncalc.load(PAIR, layers=["encoder"]), x)

    assert [layer.name for layer in whole.layers] == ["encoder", "decoder"]
    np.testing.assert_array_equal(alone.h, rnncalc.run(whole, x).layers[0].h)
    assert alone.y is None
    with pytest.raises(rnncalc.RnncalcError, match="takes 3 features"):
        rnncalc.load(PAIR, layers=["decoder", "encoder"])


def test_layers_of_a_config(tmp_path):
    """The same for a config: by their names, and layer0 ... where they have none."""
    path = tmp_path / "net.yaml"
    path.write_text(
        "layers: [{W_x: .5, W_h: .1}, {name: b, W_x: .3, W_h: -.2}]\noutput: {W_y: 2}\nx: [1, 2]"
    )
    whole, first, last = (rnncalc.load(path, layers=names) for names in ((), ["layer0"], ["b"]))

    np.testing.assert_array_equal(rnncalc.run(first).h, rnncalc.run(whole).layers[0].h)
    assert [layer.name for layer in last.layers] == ["b"]
    assert last.output is None
    assert rnncalc.run(rnncalc.load(path, layers=["layer0", "b", "output"])).y.shape == (2, 1)
    with pytest.raises(rnncalc.RnncalcError, match="there is no layer 'c'"):
        rnncalc.load(path, layers=["c"])
    with pytest.raises(rnncalc.RnncalcError, match="then output layers"):
        rnncalc.load(path, layers=["output", "b"])


@pytest.mark.parametrize("command", ["run", "explain"])
def test_other_commands_take_model_files(command, capsys):
    """A model file stands where a config may."""
    code, out, _ = ran(capsys, command, SEED, "-x", "1,2,3")

    assert code == 0
    assert "0.204585" in out


BLOCKED = """
import sys
import zipfile
for name in ("torch", "tensorflow", "keras", "tf_keras", "onnxruntime", "onnx", *sys.argv[3:]):
    sys.modules[name] = None
from rnncalc.cli import main
from rnncalc.containers.tensor import Tensor
sys.exit(main(["run", sys.argv[1], "-x", sys.argv[2], "--last", "--quiet"]))
"""


@pytest.mark.parametrize(("path", "x"), [(SEED, "1,2,3"), (TAGGER, "3,1,4")])
def test_no_framework_is_needed(path, x):
    """With all of them blocked the numbers are there."""
    done = subprocess.run([sys.executable, "-c", BLOCKED, path, x], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize(
    ("path", "library", "code"),
    [
        (SEED, "h5py", 2),
        (GOLDEN / "torch" / "safe_prefix.safetensors", "safetensors", 2),
        (TAGGER, "h5py", 0),
        (TAGGER, "safetensors", 0),
    ],
    ids=str,
)
def test_a_missing_library_is_one_line(path, library, code):
    """The pip command where it is needed; .pt needs none of them."""
    command = [sys.executable, "-c", BLOCKED, path, "3,1,4", library]
    done = subprocess.run(command, capture_output=True, text=True)

    assert done.returncode == code
    if code:
        assert done.stderr.count("\n") == 1
        assert f"needs {library}: pip install 'rnncalc[models]'" in done.stderr


def peak(path):
    """The largest memory that ``inspect`` takes, in MiB."""
    code = (
        "import sys, resource; from rnncalc.cli import main; main(['inspect', sys.argv[1]]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=True)
    return int(done.stderr.splitlines()[-1]) / 1024


@pytest.mark.skipif(not hasattr(resource, "getrusage"), reason="needs getrusage")
def test_inspect_reads_no_weights(tmp_path):
    """Beside an embedding of 128 MiB an LSTM is inspected in as much memory as it takes alone."""
    shapes = {"lstm.weight_ih_l0": (12, 4), "lstm.weight_hh_l0": (12, 3)}
    shapes["embedding.weight"] = (1 << 23, 4)
    header, at = {}, 0
    for name, shape in shapes.items():
        size = 4 * shape[0] * shape[1]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    path = tmp_path / "large.safetensors"
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for start in range(0, at, 1 << 20):
            file.write(bytes(min(1 << 20, at - start)))
    small = GOLDEN / "torch" / "safe_prefix.safetensors"

    assert peak(path) < peak(small) + 24


def test_the_library_inspects_too():
    """``inspect.inspect`` gives as data what the command prints."""
    found = inspect.inspect(SEED)

    assert [one.name for one in found.recurrent] == ["rnn"]
    assert found.recurrent[0].parameters == 3
    assert found.what.startswith("Keras 3")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("keras2_lstm_old", "hard_sigmoid is computed as Keras 2 does"),
        ("mixed_float16", "gru, dense compute in float16 (policy mixed_float16)"),
        ("lstm", ""),
    ],
)
def test_what_is_known_of_a_file_is_warned_of(name, expected, capsys):
    """On stderr of run, and in inspect; --strict makes it exit code 1."""
    path = GOLDEN / "keras" / f"{name}.keras"
    x = json.loads(path.with_suffix(".json").read_text())["x"]
    code, _, err = ran(capsys, "run", path, "-x", json.dumps(x), "--last", "--strict")

    assert code == (1 if expected else 0)
    assert expected in err
    assert bool(expected) == bool(inspected(capsys, path)["warnings"])


def test_groups_that_windows_wrote(tmp_path):
    r"""``layers\lstm\cell\vars`` as the name of one group is the way through four."""
    h5py = pytest.importorskip("h5py")
    source = GOLDEN / "keras" / "lstm.keras"
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    there, here = io.BytesIO(members["model.weights.h5"]), io.BytesIO()
    with h5py.File(there) as old, h5py.File(here, "w") as new:
        found = []
        old.visititems(
            lambda name, one: found.append(name) if isinstance(one, h5py.Group) else None
        )
        for name in found:
            group = new.create_group(name.replace("/", "\\"))
            for key, one in old[name].items():
                if isinstance(one, h5py.Dataset):
                    group[key] = one[()]
    members["model.weights.h5"] = here.getvalue()
    path = tmp_path / "windows.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)

    for ours, theirs in zip(rnncalc.load(path).layers, rnncalc.load(source).layers, strict=True):
        for name, array in theirs.weights.items():
            np.testing.assert_array_equal(ours.weights[name], array)


def test_an_activation_in_a_file_of_weights_is_not_passed_over(tmp_path):
    """Its group tells that there is one, and not which: refused by name, not left out."""
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "w.weights.h5"
    path.write_bytes((GOLDEN / "keras" / "weights_lstm.weights.h5").read_bytes())
    with h5py.File(path, "a") as file:
        file.create_group("layers/activation/vars").attrs["name"] = "bend"

    with pytest.raises(rnncalc.RnncalcError, match="bend has no arrays, and a file of weights"):
        rnncalc.load(path)


GRAPH = """\
layers:
- {name: conv, conv1d: same, W_y: [[[1, 2, 3], [0, 1, -1]]], strides: 2, input: source}
- {name: enc, W_x: [[1], [3]], W_h: [[1, 2], [3, 5]]}
- {name: dec, input: target, h0: {layer: enc}, W_x: [[1], [3]], W_h: [[1, 2], [3, 5]]}
output: {W_y: [[1, 2]], activation: sigmoid}
x: {source: [[1, 2], [3, 4]], target: [[1]]}
"""


def test_a_graph_is_drawn(capsys, tmp_path):
    """Which layer reads what, whose states it begins with, and the shape of what it gives."""
    path = tmp_path / "graph.yaml"
    path.write_text(GRAPH)
    code, out, _ = ran(capsys, "inspect", path)

    assert code == 0
    assert (
        """
○    source                  (t, 2)
│ ○  target                  (t, 1)
■ │  conv    conv1d          (t, 1)  reads source
● │  enc     rnn             (t, 2)  reads conv
●─┘  dec     rnn             (t, 2)  reads target; h0 of enc
■    output  dense, sigmoid  (t, 1)  reads dec
□    y                       (t, 1)  gives output
"""
        in out
    )
    assert "conv (conv1d, W_y (1, 2, 3), bias (1), padding same, strides 2)" in out


def test_a_graph_is_told_as_json(capsys, tmp_path):
    """Each layer with what it reads; a row has none of these keys."""
    path = tmp_path / "graph.yaml"
    path.write_text(GRAPH)
    told = inspected(capsys, path)
    layers = {one["name"]: one for one in told["layers"]}

    assert (told["inputs"], told["outputs"]) == (
        {"source": "(t, 2)", "target": "(t, 1)"},
        ["output"],
    )
    assert layers["dec"]["reads"] == ["target"]
    assert layers["dec"]["states"] == {"h0": "enc.forward.final.h"}
    assert layers["conv"]["gives"] == "(t, 1)"
    assert not {"inputs"} & {*inspected(capsys, SEED)}
    assert "reads" not in inspected(capsys, SEED)["layers"][0]


def unread(name, *shape):
    """A tensor whose numbers nobody may read."""

    def numbers():
        raise AssertionError(name)

    return Tensor(name, shape, "float32", numbers)


def keras_lstm(name, units, features, **wired):
    """An LSTM of Keras as a part."""
    arrays = {
        "kernel": unread(f"{name}/kernel", features, 4 * units),
        "recurrent_kernel": unread(f"{name}/recurrent", units, 4 * units),
        "bias": unread(f"{name}/bias", 4 * units),
    }
    return Part(name, "recurrent", "LSTM", {"cell": "lstm", **arrays, **wired})


@pytest.mark.parametrize("width", [3, 4])
def test_the_graph_of_a_file_is_drawn_without_its_numbers(monkeypatch, width):
    """Shapes are enough; where they do not fit, it is said why it cannot be run."""
    dense = {"kernel": unread("dense/kernel", width, 5), "input": "dec"}
    states = {"h0": {"layer": "enc"}, "c0": {"layer": "enc"}}
    parts = [keras_lstm("enc", 3, 2, input="x"), keras_lstm("dec", 3, 2, input="x", **states),
             Part("dense", "output", "Dense", dense)]  # fmt: skip
    contents = Contents("m.keras", "Keras", "keras", parts, sources=["x"], results=["dense"])
    monkeypatch.setattr(inspect.readers, "contents_of", lambda path, kind: contents)
    found = inspect.inspect(TAGGER)
    boxes = {box.name: box for box in found.boxes}

    if width == 3:
        assert found.warnings == ()
        assert boxes["dec"].states == {"h0": "enc.forward.final.h", "c0": "enc.forward.final.c"}
        assert (boxes["dense"].reads, boxes["dense"].gives) == (("dec",), "(t, 5)")
    else:
        assert boxes == {}
        (why,) = found.warnings
        assert why.startswith("it cannot be run: ")
        assert "dense.W_y has shape (5, 4), expected (outputs, 3)" in why


@pytest.mark.parametrize("suffix", ["npy", "csv"])
@pytest.mark.parametrize("name", ["fc.weight", "fc.bias", "lstm.forward.W_h.f"])
def test_one_array_goes_to_a_file(name, suffix, tmp_path, cli):
    """It is read back as a value of the command line, bit for bit."""
    file, out = TAGGER, tmp_path / f"one.{suffix}"
    done = cli("inspect", str(file), "--weights", name, "-o", str(out))

    read = values.parse(f"@{out}").astype("float32")

    assert (done.code, done.out) == (0, b"")
    expected = inspect.matrix(file, name)
    assert expected.dtype == "float32"
    assert np.array_equal(read.reshape(expected.shape), expected)


def test_an_array_of_three_axes_has_rows_and_no_csv(tmp_path, cli):
    """As text every row is printed; a csv is refused with what holds it, and nothing is written."""
    (tmp_path / "n.yaml").write_text(
        "layers: [{name: c, input: x, conv1d: valid, W_y: [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]},"
        " {name: r, input: c, W_x: [[1, 2]], W_h: [[1]]}]"
    )
    words = ("inspect", str(tmp_path / "n.yaml"), "--weights", "c.W_y")

    assert cli(*words).text == "1  2\n3  4\n5  6\n7  8\n"
    refused = cli(*words, "-o", str(tmp_path / "w.csv"))
    assert (refused.code, refused.err.strip()) == (
        2, "Error: c.W_y has 3 axes (2, 2, 2), and a csv two: .npy and .json hold all"
    )  # fmt: skip
    assert not (tmp_path / "w.csv").exists()


def test_an_array_by_the_files_own_name_is_answered_with_those_of_its_layer(cli):
    """Which a matrix that is stacked gate by gate becomes; those of other layers are not listed."""
    there = json.loads(cli("inspect", str(TAGGER), "--json").out)["layers"]
    lstm = next(one for one in there if one["kind"] == "recurrent")
    told = cli("inspect", str(TAGGER), "--weights", lstm["held"][0]["name"])

    assert told.code == 2
    assert "what is read of that layer: " in told.err
    named = told.err.partition("that layer: ")[2].strip().split(", ")
    assert {f"{lstm['name']}.{one['name']}" for one in lstm["arrays"]} >= {*named[:24]}
    assert f"{lstm['name']}.forward.W_x.i" in named
