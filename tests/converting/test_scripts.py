"""Scripts of ``convert --script``: their numbers, their names, their input, their files."""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, sampled
from converted_networks import CALLED, WORDS, network

import rnncalc
from rnncalc import Layer, Model, RnncalcError
from rnncalc.converting.scripts import publishing, write

NETWORK = "{W_x: [[1, 2], [3, 4]], W_h: [[1, 2], [3, 4]], x: [[1, 2], [3, 4]]}"


def numbers(path: Path) -> dict[str, np.ndarray]:
    """What a script has for ``NUMBERS``, without its framework."""
    text = path.read_text()
    block = re.search(r"^NUMBERS = (\{.*?^\}|np\.load.*?$)", text, re.M | re.S)
    names = {"np": np, "Path": Path, "__file__": str(path)}
    return dict(eval(block[1], names).items())


def drawn(seed: int, units: int = 12) -> Model:
    """A network with so many numbers that they stand beside its script."""
    rng = np.random.default_rng(seed)
    weights = {"W_x": rng.standard_normal((units, units)), "W_h": np.eye(units)}
    return Model((Layer(weights),))


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_every_number_keeps_its_bits(framework, dtype, tmp_path):
    """Those that are none, the sign of zero, whole numbers as what they are of."""
    W_x = np.array([[np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, 1e-3, 0.1, 1 / 3]], dtype)
    model = Model((Layer({"W_x": W_x, "W_h": 1.0}),), x=np.ones((2, 9)), dtype=dtype)
    write(model, tmp_path / "net.py", framework)
    found = numbers(tmp_path / "net.py")
    name = {"torch": "layer0.weight_ih_l0", "keras": "layer0/0"}[framework]

    assert {array.dtype.name for array in found.values()} == {dtype}
    assert found[name].tobytes() == W_x.tobytes()


def test_masks_by_infinity_are_written(tmp_path):
    """Settings are numbers, too."""
    layer = Layer({"W_x": 1.0, "W_h": 1.0})
    write(Model((layer,), masking=np.inf, x=[1.0, 2.0]), tmp_path / "net.py", "keras")

    assert "layers.Masking(np.inf, " in (tmp_path / "net.py").read_text()


@pytest.mark.parametrize("name", CALLED, ids=WORDS)
@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_layers_of_any_name(framework, name, tmp_path):
    """Python's words, quotes, other scripts, equal ones: each layer has a name of its own."""
    write(network(name), tmp_path / "net.py", framework)
    text = (tmp_path / "net.py").read_text()
    compile(text, "net.py", "exec")
    pattern = {"torch": r"self\.(\w+) = nn", "keras": r"^    layers\..*name=\"(\w+)\"\),$"}
    found = re.findall(pattern[framework], text, re.M)

    assert len(found) == len(set(found)) == (5 if framework == "torch" else 7)
    assert text.isascii()


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".weights.h5", ".onnx", ".yaml"])
@pytest.mark.parametrize("name", sampled(CALLED, 3), ids=WORDS)
def test_layers_of_any_name_in_files(name, suffix, tmp_path):
    """The same networks are written and read back; one name has another meaning beside dots."""
    model = network(name)
    model = Model(model.layers, model.outputs[0], dtype="float32")
    path = tmp_path / f"net{suffix}"
    if model.layers[0].name == "output" and suffix == ".npz":
        with pytest.raises(RnncalcError, match="output: a layer of this name"):
            rnncalc.convert(model, path)
        return
    assert rnncalc.convert(model, path).proof.difference < 1e-6


def test_two_names_of_200_letters(tmp_path):
    """The second is cut for what is put behind it, and stays within what a name may be."""
    layers = [Layer({"W_x": 1.0, "W_h": 1.0}, name="n" * 200)] * 2

    assert [layer.name for layer in Model(layers).layers] == ["n" * 200, "n" * 198 + "_1"]


def consistent(out: Path, expected: list[np.ndarray]) -> int:
    """Which of these networks a script has, with all of its numbers."""
    found = numbers(out)["layer0.weight_ih_l0"]
    [which] = [i for i, one in enumerate(expected) if np.array_equal(one, found)]
    return which


def test_a_script_and_its_numbers_are_both_old_or_both_new(tmp_path, monkeypatch):
    """Before and after every single change of the folder; in the end two files are left."""
    out, models = tmp_path / "net.py", [drawn(1), drawn(2)]
    expected = [model.layers[0].weights["W_x"] for model in models]
    write(models[0], out, "torch")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    seen = []

    def watched(real):
        def call(*words):
            seen.append(consistent(out, expected))
            result = real(*words)
            seen.append(consistent(out, expected))
            return result

        return call

    for name in ("replace", "unlink"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    write(models[1], out, "torch")
    monkeypatch.undo()

    assert seen == sorted(seen)
    assert {0, 1} == {*seen}
    assert len(seen) > 8
    assert {path.name for path in tmp_path.iterdir()} == before.keys() == {"net.py", "net.py.npz"}
    assert out.read_bytes() == before["net.py"]
    write(models[0], out, "torch")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("at", range(1, 5))
def test_what_fails_on_the_way_leaves_a_script_with_its_numbers(at, tmp_path, monkeypatch):
    """At each rename, as on a full disk: nothing of what nobody reads is left."""
    out, models = tmp_path / "net.py", [drawn(1), drawn(2)]
    write(models[0], out, "torch")
    real, calls = os.replace, []

    def failing(*words):
        calls.append(words)
        if len(calls) == at:
            raise OSError(28, "No space left on device")
        real(*words)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(RnncalcError, match="No space left"):
        write(models[1], out, "torch")

    new = consistent(out, [model.layers[0].weights["W_x"] for model in models])
    assert new == (at > 2)
    assert len([*tmp_path.iterdir()]) == 2 + new


@pytest.mark.parametrize("letter", ["a", "한"])
def test_scripts_of_long_names(letter, tmp_path):
    """255 bytes in all; the numbers of two such scripts are not in one file."""
    stem = letter * (250 // len(letter.encode()))
    outs = [tmp_path / f"{stem}{end}.py" for end in ("1", "2")]
    for i, out in enumerate(outs):
        write(drawn(i), out, "torch")

    for i, out in enumerate(outs):
        assert consistent(out, [drawn(k).layers[0].weights["W_x"] for k in range(2)]) == i
        assert len(os.fsencode(publishing.numbers_of(out).name)) <= 255


def test_a_script_that_moved_with_its_numbers(tmp_path):
    """Called from anywhere, it finds them beside itself."""
    write(drawn(1), tmp_path / "net.py", "torch")
    (tmp_path / "there").mkdir()
    for name in ("net.py", "net.py.npz"):
        (tmp_path / name).rename(tmp_path / "there" / name)

    assert numbers(tmp_path / "there" / "net.py").keys() >= {"x"}


INPUTS = {
    "values": (["-x", "5 6; 7 8; 9 1"], [[[5, 6], [7, 8], [9, 1]]]),
    "csv": (["-x", "x.csv"], [[[0.5, -1], [2, 3]]]),
    "npy": (["-x", "x.npy"], [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]),
    "stdin": (["-x", "-"], [[[7, 8]]]),
}


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_the_input_of_a_script(framework, kind, cli, tmp_path, monkeypatch):
    """-x gives it, as it does to run, in place of the file's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK)
    (tmp_path / "x.csv").write_text("0.5,-1\n2,3\n")
    np.save(tmp_path / "x.npy", np.arange(8.0).reshape(2, 2, 2))
    words, expected = INPUTS[kind]
    done = cli("convert", "net.yaml", "-o", "net.py", "--script", framework, *words, input=b"7 8\n")

    assert done.code == 0, done.err
    np.testing.assert_array_equal(numbers(tmp_path / "net.py")["x"], expected)


def test_ids_as_the_input_of_a_script(cli, tmp_path):
    """Before an embedding they are whole numbers, of one sequence or several."""
    for text, expected in (("3,1,4", [[3, 1, 4]]), ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]])):
        words = ["-o", str(tmp_path / "tagger.py"), "--script", "torch", "-x", text]
        done = cli("convert", str(ROOT / "docs/models/tagger.pt"), *words)
        found = numbers(tmp_path / "tagger.py")["x"]

        assert done.code == 0, done.err
        assert (found.tolist(), found.dtype) == (expected, np.int64)


def test_the_input_of_a_config(cli, tmp_path):
    """A config holds it, too; a file of weights does not, and says so."""
    (tmp_path / "net.yaml").write_text(NETWORK)
    net, out = str(tmp_path / "net.yaml"), str(tmp_path / "out")
    assert cli("convert", net, "-x", "5 6; 7 8", "-o", f"{out}.json").code == 0
    np.testing.assert_array_equal(rnncalc.load(f"{out}.json").x, [[5, 6], [7, 8]])
    for suffix in (".npz", ".weights.h5", ".onnx", ".safetensors"):
        done = cli("convert", net, "-x", "5 6", "-o", out + suffix)
        last = suffix.rpartition(".")[2]
        assert (done.code, done.out) == (2, b"")
        assert done.err.startswith(f"Error: --x: a .{last} file holds no input; a script does")
    done = cli("convert", net, "-x", "5 6", "-o", f"{out}.yaml")
    assert (done.code, done.err.partition(", but")[0]) == (
        2,
        "Error: --x: x is a list: 2 timesteps of 1 feature, or 1 timestep of 2 features",
    )


WRONG = {
    "x has 1 timestep of 3 features, but W_x takes 2": {"x": [[1, 2, 3]]},
    "x has 3 timesteps of 2 features, but W_x takes 1": {"x": [[1, 2], [3, 4], [5, 6]], "W_x": 1},
    "lengths has 1 number, expected 2": {"x": np.ones((2, 3, 2)), "lengths": [3]},
    "mask has shape (2, 2), expected (2, 3)": {"x": np.ones((2, 3, 2)), "mask": [[1, 0], [1, 1]]},
}


@pytest.mark.parametrize("message", WRONG)
def test_an_input_that_a_run_refuses_is_refused(message, tmp_path):
    """In the same words; a script of it would compute something else."""
    given = {"W_x": [[1, 2]], "W_h": 1, **WRONG[message]}
    model = rnncalc.load({key: np.array(one) for key, one in given.items()})
    for does in (lambda: rnncalc.run(model), lambda: write(model, tmp_path / "net.py", "keras")):
        with pytest.raises(RnncalcError) as error, warnings.catch_warnings():
            does()
        assert str(error.value).startswith(message)
