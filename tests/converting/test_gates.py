"""convert --gates: a file whose gates are stacked in another order than its names say."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from typed_lstm import LSTM

import rnncalc


def gates_of(cli, tmp_path, *words: str) -> dict:
    """The config that convert makes of the LSTM with --gates."""
    (tmp_path / "net.yaml").write_text(yaml.safe_dump(LSTM))
    screen = cli("convert", str(tmp_path / "net.yaml"), "-o", str(tmp_path / "f.yaml"), *words)
    assert screen.code == 0, screen.err
    return yaml.safe_load((tmp_path / "f.yaml").read_text())


def test_convert_cuts_in_another_order(cli, tmp_path):
    """Of all arrays, of one, or of one layer; c is what Keras calls g."""
    moved = dict(zip("iofg", "ifgo", strict=True))
    whole = gates_of(cli, tmp_path, "--gates", "iofg")
    one = gates_of(cli, tmp_path, "--gates", "layer0.W_h=iofc")

    for name in ("W_x", "W_h", "bias"):
        assert whole[name] == {gate: LSTM[name][moved[gate]] for gate in "ifgo"}
    assert one["W_h"] == whole["W_h"]
    assert (one["W_x"], one["bias"]) == (LSTM["W_x"], LSTM["bias"])


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("ifgx", "--gates ifgx: i f g o in some order were expected for layer0"),
        ("ifg", "--gates ifg: i f g o in some order"),
        ("layr0=iofg", "--gates layr0=iofg: there is no layer so named. Did you mean layer0?"),
        ("backward=iofg", "--gates backward=iofg: there are no gates"),
    ],
)
def test_an_order_that_is_none_is_refused(word, message, cli, tmp_path):
    """By what was expected."""
    (tmp_path / "net.yaml").write_text(yaml.safe_dump(LSTM))
    out = tmp_path / "f.yaml"
    screen = cli("convert", str(tmp_path / "net.yaml"), "-o", str(out), "--gates", word)

    assert screen.code == 2
    assert message in screen.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("cell", "order", "there"), [("gru", "zrn", "rzn"), ("lstm", "iofg", "ifgo")]
)
def test_a_stack_in_the_order_of_another_framework(cell, order, there, cli, tmp_path):
    """PyTorch's names over blocks in ONNX' order: the gates come to where they belong."""
    rng = np.random.default_rng(4)
    count = len(order)
    shapes = {"weight_ih": (count, 2, 3), "weight_hh": (count, 2, 2), "bias_ih": (count, 2)}
    blocks = {name: rng.uniform(-1, 1, shape) for name, shape in shapes.items()}
    right, wrong = (
        {name: np.concatenate([part[there.index(gate)] for gate in stack])
         for name, part in blocks.items()} for stack in (there, order)
    )  # fmt: skip
    right["bias_hh"] = wrong["bias_hh"] = np.zeros(count * 2)
    np.savez(tmp_path / "w.npz", **wrong)
    file = {name: {"file": "w.npz", "key": name} for name in wrong}
    (tmp_path / "net.yaml").write_text(yaml.safe_dump({"cell": cell, **file}))
    out = str(tmp_path / "f.yaml")
    screen = cli("convert", str(tmp_path / "net.yaml"), "-o", out, "--gates", order)
    assert screen.code == 0, screen.err

    x = rng.normal(size=(5, 3))
    expected = rnncalc.run(rnncalc.load({"cell": cell, **right, "x": x})).h
    assert np.array_equal(rnncalc.run(rnncalc.load(out), x).h, expected)
