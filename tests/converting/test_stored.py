"""``convert --with-test`` and ``check FILE``: an input and its result, kept beside the weights."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from conftest import ROOT

import rnncalc
from rnncalc import RnncalcError
from rnncalc.converting import convert

MODELS = ROOT / "docs" / "models"
NETWORK = {
    "cell": "gru", "name": "gru", "dtype": "float32",
    "W_x": {"z": [[0.5], [0.25]], "r": [[-0.5], [0.75]], "n": [[0.1], [0.2]]},
    "W_h": {g: [[0.3 + i, -0.2], [0.4, 0.1 - i]] for i, g in enumerate("zrn")},
    "output": {"W_y": [[0.5, -0.75]], "bias": [0.25], "name": "dense"},
}  # fmt: skip
ROOMS = [
    ("net.yaml", "keras"), ("net.json", "textbook"), ("net.json", "rtneural"), ("net.npz", "torch"),
    ("net.json", "guitarml"), ("net.npz", "textbook"), ("net.safetensors", "torch"),
    ("net.safetensors", "textbook"), ("net.weights.h5", "keras"), ("net.onnx", "onnx"),
]  # fmt: skip
"""Where a test has room."""


def network(x=None):
    """A GRU and a dense layer."""
    model = rnncalc.load({**NETWORK})
    return replace(model, x=None if x is None else np.asarray(x))


def check(cli, found, *more):
    """``check FILE``, told what the file leaves unsaid."""
    return cli("check", str(found.path), *found.proof.flags, *more)


@pytest.mark.parametrize(("name", "to"), ROOMS)
def test_a_file_checks_itself(name, to, tmp_path, cli):
    """It agrees bit for bit, without a word of what to compare with."""
    found = convert(network(), tmp_path / name, to=to, test=True)

    done = check(cli, found, "--json")

    told = json.loads(done.out)
    assert (done.code, told["verdict"], told["compared"], told["max_abs"]) == (0, "agrees", 14, 0)
    assert told["against"] == f"the test in {found.path}"


def test_another_weight_is_seen(tmp_path, cli):
    """Exit code 1, and a failure in the report that CI shows."""
    found = convert(network(), tmp_path / "net.npz", test=True)
    done = check(cli, found, "--set", "gru.W_h.n[1,0]=2.5", "-f", "junit")

    assert (done.code, b"<failure" in done.out) == (1, True)


def test_what_the_file_leaves_unsaid_is_the_way_out(tmp_path, cli):
    """A check that differs without the flags of convert refers to them; no other does."""
    model = replace(network(), mode="many-to-one")
    weights = convert(model, tmp_path / "net.weights.h5", to="keras", test=True)
    config = convert(model, tmp_path / "net.yaml", test=True)
    change = ["--set", "gru.W_h.n[1,0]=2.5"]

    plain = cli("check", str(weights.path), "--assume", "gru.activation=relu")
    told, whole = check(cli, weights), cli("check", str(config.path), *change)

    says = "does not say all that its test was made with: add the flags that rnncalc convert"
    assert (plain.code, says in plain.err) == (1, True)
    assert (told.code, says in told.err) == (0, False)
    assert (whole.code, says in whole.err) == (1, False)


@pytest.mark.parametrize(("name", "to"), ROOMS)
def test_a_run_passes_it_over(name, to, tmp_path, cli):
    """The same numbers as of a file without one, and no word about it."""
    plain, tested = (
        convert(network(), tmp_path / f"{start}{name}", to=to, test=test)
        for start, test in (("", False), ("t", True))
    )
    runs = [cli("run", str(one.path), *one.proof.flags, "-x", "1 2 3", "--last", "-d", "full", "-q")
            for one in (plain, tested)]  # fmt: skip

    assert [run.code for run in runs] == [0, 0]
    assert runs[0].out == runs[1].out
    inspected = cli("inspect", str(tested.path), "--json")
    assert json.loads(inspected.out)["left_out"] in ([], ["test"])


@pytest.mark.parametrize("x", [[1, 2, 3], [[[1], [2]], [[3], [4]], [[5], [6]]]])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
def test_the_input_is_given_or_the_networks_own(x, mode, tmp_path, cli):
    """One sequence or a batch, every step or the last; the shapes are told."""
    model = replace(network(x), mode=mode)
    found = convert(model, tmp_path / "net.yaml", test=True)

    batch, steps = ([3], [2]) if np.ndim(x) == 3 else ([], [3])
    shape = (*batch, *(steps if mode == "many-to-many" else []), 1)
    assert found.draft.notes[-1].endswith(f"and y {shape}")
    assert check(cli, found).code == 0


def test_it_is_carried_over_or_a_word_is_said(tmp_path, cli):
    """--with-test takes the input of the test that FILE holds; without it that is left out."""
    first = convert(network(), tmp_path / "a.npz", to="torch", test=[[0.5], [0.25]])
    kept = cli("convert", str(first.path), "-o", str(tmp_path / "b.onnx"), "--with-test")
    left = cli("convert", str(first.path), "-o", str(tmp_path / "c.onnx"))

    assert "test: x (2, 1) and y (2, 1)" in kept.text
    assert f"To check it: rnncalc check {tmp_path / 'b.onnx'}" in kept.text
    assert cli("check", str(tmp_path / "b.onnx")).code == 0
    assert f"the test in {first.path} is left out" in left.err
    none = cli("check", str(tmp_path / "c.onnx"))
    assert (none.code, "c.onnx holds no test. --against WHAT says" in none.err) == (2, True)


def test_another_input_is_refused(tmp_path, cli):
    """The test has its own."""
    found = convert(network(), tmp_path / "a.npz", to="torch", test=True)
    done = check(cli, found, "-x", "1,2")

    assert (done.code, "--x: the test in" in done.err) == (2, True)


@pytest.mark.parametrize(("name", "to", "change", "test", "message"), [
    ("n.csv", None, {}, True, "a .csv file holds weights only"),
    ("n.json", "state-dict", {}, True, "a state dict holds weights only"),
    ("n.yaml", None, {}, np.zeros((100_001, 1)), "100,001 numbers are too many"),
    ("n.weights.h5", None, {}, np.ones((9_000, 1)) / 3, "too many for an attribute of HDF5"),
    ("n.yaml", None, {}, np.zeros((2, 3)), "x"),
    ("n.yaml", None, {}, [[np.nan]], "--with-test: x has NaN"),
    ("n.h", None, {"name": "test"}, True, "a layer is called test"),
    ("n.h", None, {"mode": "one-to-many", "timesteps": 3}, True, "results of other steps"),
    ("n.h", None, {"direction": "backward"}, True, "this one has n_run(const float *x"),
])  # fmt: skip
def test_where_there_is_no_room_it_is_refused(name, to, change, test, message, tmp_path):
    """By its name, and nothing is written."""
    model = rnncalc.load({**NETWORK, **change})
    with pytest.raises(RnncalcError) as caught:
        convert(model, tmp_path / name, to=to, test=test)

    assert message in str(caught.value)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("test", [
    '{"x": [1]}', '{"x": [1], "y": [1], "h": [1]}', '{"x": [1], "y": "a"}', "[]", "{", "7", "",
    '{"x": [[1], [2, 3]], "y": [1]}', '{"y": [1], "z": [1], "x": [1]}',
])  # fmt: skip
def test_a_damaged_test_is_refused(test, tmp_path, cli):
    """In one line that names the file; a run of the network does not care."""
    from safetensors.numpy import load_file, save_file

    found = convert(network(), tmp_path / "n.safetensors", test=True)
    save_file(load_file(found.path), found.path, metadata={"rnncalc.test": test})

    done = check(cli, found)

    assert done.code == 2
    assert len(done.err.splitlines()) == 1
    assert str(found.path) in done.err
    assert cli("run", str(found.path), "-x", "1,2", "-q").code == 0


@pytest.mark.parametrize(("x", "y", "message"), [
    (np.full((3, 1), np.nan), np.full((3, 1), np.nan), "is damaged: no NaN or inf was expected"),
    (np.zeros((3, 1)), np.array([[0.0], [np.inf], [0.0]]), "no NaN or inf was expected"),
    (np.zeros((100_001, 1)), np.zeros((100_001, 1)), "has 100,001 numbers in x, at most 100,000"),
])  # fmt: skip
def test_a_test_that_would_not_be_stored_is_not_run(x, y, message, tmp_path, cli):
    """NaN would agree with NaN, and what has no end would be computed."""
    found = convert(network(), tmp_path / "n.npz", to="torch", test=True)
    with np.load(found.path) as held:
        np.savez(found.path, **{**held, "test.x": x, "test.y": y})

    done = check(cli, found)

    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "n.npz: its stored test (test) " in done.err
    assert message in done.err


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_header_tests_itself(mode, dtype, tmp_path):
    """NAME_test() gives the largest difference, and NaN where there is one."""
    model = replace(network(), mode=mode)
    path = convert(model, tmp_path / "net.h", dtype=dtype, test=True).path
    header = path.read_text()
    first = header.index("{\n", header.index("net_gru_W_h_n[")) + 2
    number = header[first:].split(",")[0].strip()
    wrong, nan = (header.replace(number, other, 1) for other in ("9.5", "NAN"))
    found = []
    for text in (header, wrong, nan):
        path.write_text(text)
        (tmp_path / "t.c").write_text(
            '#include <stdio.h>\n#include "net.h"\nint main(void) '
            '{ printf("%g", (double)net_test()); return 0; }\n'
        )
        flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"]
        subprocess.run(["cc", *flags, "t.c", "-o", "t", "-lm"], cwd=tmp_path, check=True)
        found.append(float(subprocess.check_output([str(tmp_path / "t")])))

    assert found[0] <= 8 * np.finfo(dtype).eps
    assert found[1] > 1e-3
    assert np.isnan(found[2])
