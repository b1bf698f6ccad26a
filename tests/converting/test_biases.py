"""What becomes of biases: two that become one, one that becomes two; each is told in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rnncalc
from rnncalc import Layer, Model
from rnncalc.converting import convert

GATES = {"rnn": [""], "gru": [".z", ".r", ".n"], "lstm": [".i", ".f", ".g", ".o"]}
NAMES = {"b": "bias", "h": "bias_h"}
MOVED = "Keras has one bias: bias_h is the one bias"
PADDED = "Keras' GRU has two biases: one of them is 0"
SUM = "Keras has one bias: bias is the sum of bias and bias_h"
ZERO = "has two biases: the {} one is 0"
FIRST, SECOND = ZERO.format("first"), ZERO.format("second")

CASES = {
    "rnn to PyTorch": ("rnn", "b", ".safetensors", f"PyTorch {SECOND}", "b0"),
    "lstm to PyTorch": ("lstm", "b", ".npz", f"PyTorch {SECOND}", "b0"),
    "gru to PyTorch": ("gru", "h", ".npz", f"PyTorch {FIRST}", "0h"),
    "both to PyTorch": ("lstm", "bh", ".safetensors", "", "bh"),
    "rnn to Keras": ("rnn", "bh", ".weights.h5", SUM, "+"),
    "lstm to Keras": ("lstm", "bh", ".weights.h5", SUM, "+"),
    "the second to Keras": ("lstm", "h", ".weights.h5", MOVED, "h"),
    "gru to Keras": ("gru", "bh", ".weights.h5", "", "bh"),
    "gru of one to Keras": ("gru", "b", ".weights.h5", PADDED, "b0"),
    "reset before to Keras": ("gru before", "bh", ".weights.h5", SUM, "+"),
    "rnn to ONNX": ("rnn", "b", ".onnx", f"ONNX {SECOND}", "b0"),
    "reset before to ONNX": ("gru before", "h", ".onnx", f"ONNX {FIRST}", "0h"),
    "both to ONNX": ("gru", "bh", ".onnx", "", "bh"),
}  # fmt: skip
"""The cell, its biases, the target; what is told; the biases that are written, + their sum."""

RNG = np.random.default_rng(5)
NUMBERS = {(name, gate): RNG.standard_normal(3).astype("float32")
           for name in "bh" for gate in GATES["lstm"] + GATES["gru"] + GATES["rnn"]}  # fmt: skip


def layer(cell: str, biases: str) -> Layer:
    """2 features, 3 units, every bias another number."""
    kind, _, before = cell.partition(" ")
    gates = GATES[kind]
    weights = {f"W_x{gate}": np.eye(3, 2) for gate in gates}
    weights |= {f"W_h{gate}": np.eye(3) for gate in gates}
    weights |= {f"{NAMES[key]}{gate}": NUMBERS[key, gate] for key in biases for gate in gates}
    more = {"reset_after": not before} if kind == "gru" else {}
    return Layer(weights, cell=kind, name="net", **more)


def model(one: Layer) -> Model:
    return Model((one,), dtype="float32")


LSTM = layer("lstm", "bh")

ORDER = {
    ".safetensors": {"lstm": "ifgo", "gru": "rzn"},
    ".weights.h5": {"lstm": "ifgo", "gru": "zrn"},
    ".onnx": {"lstm": "iofg", "gru": "zrn"},
}
"""The frameworks' orders of the gates."""


def expected(cell: str, suffix: str, written: str) -> np.ndarray:
    """All biases of a file one after another."""
    kind = cell.partition(" ")[0]
    order = ORDER[".safetensors" if suffix == ".npz" else suffix].get(kind)
    parts = []
    for key in written:
        for gate in [f".{one}" for one in order] if order else [""]:
            both = NUMBERS["b", gate], NUMBERS["h", gate]
            parts.append(
                {"b": both[0], "h": both[1], "+": both[0] + both[1], "0": 0 * both[0]}[key]
            )
    return np.concatenate(parts)


def stored(path: Path) -> np.ndarray:
    """All biases of a file one after another, as the format's own library reads them."""
    import h5py
    import onnx
    from safetensors.numpy import load_file

    if path.name.endswith(".weights.h5"):
        with h5py.File(path) as file:
            (group,) = file["layers"].values()
            return np.ravel(group["cell/vars/2"])
    if path.suffix == ".onnx":
        constants = onnx.load(path).graph.initializer
        return np.ravel(
            *(onnx.numpy_helper.to_array(one) for one in constants if one.name == "net.B")
        )
    arrays = load_file(path) if path.suffix == ".safetensors" else dict(np.load(path))
    return np.concatenate([arrays["net.bias_ih_l0"], arrays["net.bias_hh_l0"]])


@pytest.mark.parametrize("what", CASES)
def test_what_becomes_of_biases(what, tmp_path):
    """It is told, the file has the biases at their gates, and the network is the same."""
    cell, biases, suffix, told, written = CASES[what]
    to = "torch" if suffix == ".npz" else None
    done = convert(model(layer(cell, biases)), tmp_path / f"net{suffix}", to=to)

    assert done.draft.notes == ((f"net: {told}",) if told else ())
    np.testing.assert_array_equal(stored(done.path), expected(cell, suffix, written))


def test_two_biases_become_one_and_one_becomes_two(tmp_path):
    """Both are told; the sum is that of the rounded numbers, rounded once."""
    one = convert(model(LSTM), tmp_path / "net.weights.h5")
    back = rnncalc.load(tmp_path / "net.weights.h5")
    two = convert(back, tmp_path / "net.safetensors")

    assert one.draft.notes == ("net: Keras has one bias: bias is the sum of bias and bias_h",)
    assert two.draft.notes == ("net: PyTorch has two biases: the second one is 0",)
    assert two.proof.difference == 0
    for gate in "ifgo":
        first, second = (np.float32(LSTM.weights[f"{name}.{gate}"]) for name in ("bias", "bias_h"))
        exact = first.astype(float) + second
        np.testing.assert_array_equal(back.layers[0].weights[f"bias.{gate}"], np.float32(exact))


def test_a_script_tells_of_biases(tmp_path, cli, monkeypatch):
    """Keras' script of two biases has their sum, and the screen says so."""
    monkeypatch.chdir(tmp_path)
    convert(model(LSTM), "net.safetensors")
    done = cli("convert", "net.safetensors", "-o", "net.py", "--script", "keras")

    assert done.text == f"net.py: a script for Keras\n  net: {SUM}\n"
