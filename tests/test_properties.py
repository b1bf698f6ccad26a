"""What holds for every network and for every input, however odd."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from ending import ends_well
from every_activation import SAME_WIDTH
from hypothesis import example, given
from hypothesis import strategies as st

import rnncalc
from rnncalc import Layer, Model
from rnncalc.equations import CELLS
from rnncalc.equations.activations import activation
from rnncalc.numbers.values import parse

FUNCTIONS = [one for one in SAME_WIDTH if one.name not in ("affine", "exp")]
"""Those by which h does not grow without bound."""


@st.composite
def networks(draw) -> tuple[Model, np.ndarray]:
    """A network of any size with random weights, and an input of 2 steps or more."""
    units, features = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    steps = draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    weights = {
        "W_x": rng.uniform(-1, 1, (units, features)),
        "W_h": rng.uniform(-1, 1, (units, units)),
        "bias": rng.uniform(-1, 1, units),
    }
    if draw(st.booleans()):
        weights["bias_h"] = rng.uniform(-1, 1, units)
    layer = Layer(
        weights, activation=draw(st.sampled_from(FUNCTIONS)), h0=rng.uniform(-1, 1, units)
    )
    return Model((layer,)), rng.normal(size=(steps, features))


@given(networks())
def test_a_run_is_the_equation_step_by_step(network):
    """Every h is the cell's equation of x_t and the h before it."""
    model, x = network
    layer = model.layers[0]
    trace = rnncalc.run(model, x)
    h = np.asarray(layer.h0)[:, None]
    for t, x_t in enumerate(x):
        bias_h = layer.weights.get("bias_h", np.zeros(layer.units))
        h = CELLS["rnn"].step(
            x_t[:, None],
            h,
            W_x=layer.weights["W_x"],
            W_h=layer.weights["W_h"],
            bias=layer.weights["bias"][:, None],
            bias_h=bias_h[:, None],
            activation=activation(layer.activation),
            clip=lambda a: a,
        )["h"]
        np.testing.assert_array_equal(trace.h[t], h[:, 0])


@given(networks(), st.data())
def test_a_run_in_two_parts_is_the_whole_run(network, data):
    """x[:k], then x[k:] from that state: the same bits."""
    model, x = network
    k = data.draw(st.integers(1, len(x) - 1))
    layer = model.layers[0]
    first = rnncalc.run(model, x[:k])
    final = first.layers[0].forward.final["h"]
    second = Model((Layer(layer.weights, activation=layer.activation, h0=final),))

    parts = np.vstack([first.h, rnncalc.run(second, x[k:]).h])
    np.testing.assert_array_equal(parts, rnncalc.run(model, x).h)


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_what_is_typed_is_what_is_read(numbers):
    """Every finite and infinite float64 goes through text unharmed, in every notation."""
    for text in (",".join(map(repr, numbers)), " ".join(map(float.hex, numbers)), None):
        words = ["Infinity" if v > 0 else "-Infinity" for v in numbers if np.isinf(v)]
        values = numbers if text else [v for v in numbers if np.isfinite(v)] + words
        read = parse(text or json.dumps(values))
        expected = [float(value) for value in values]
        np.testing.assert_array_equal(read, expected if read.ndim else expected[0])


ODD = st.text(
    st.sampled_from("012789.,; -+eExXp[]{}\"'@:_=\n\t\\/\u2212\uff11nainfN#&*!|>%\0\x1b\u202e"),
    max_size=30,
)


FLAGS = ["-x", "--wx", "--wh", "-b", "--h0", "-a", "--steps", "--units", "-d", "--show", "--wy"]


@given(st.sampled_from(FLAGS), ODD)
@example("-x", "-")
@example("-x", "@-")
@example("--wx", "@/dev/null.csv")
def test_no_text_as_a_value_ends_in_a_traceback(flag, text):
    """Whatever is typed."""
    ends_well(["-x", "1,2", "--wx", "1", "--wh", "1", f"{flag}", text, "-f", "json"])


@given(ODD | st.text(max_size=60))
@example("W_x: 1\nW_h: 1\nx: '-'\n")
@example("W_x: {file: '-'}")
@example("{W_x: 1, W_h: 1, x: 1, mode: [1]}")
def test_no_config_ends_in_a_traceback(text):
    """Whatever stands in a config."""
    ends_well(["-"], text.encode("utf-8", "surrogatepass"))


KEYS = ["W_x", "W_h", "bias", "bias_h", "h0", "x", "activation", "output", "mode", "name", "cell"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*KEYS, "timesteps", "dtype", "feedback"]), VALUES))
def test_no_json_config_ends_in_a_traceback(data):
    """Any value under any key."""
    ends_well(["-"], json.dumps({"W_x": 1, "W_h": 1, "x": [1]} | data).encode())


@given(st.binary(max_size=200), st.sampled_from([".csv", ".tsv", ".json", ".npy", ".npz", ".yaml"]))
def test_no_file_ends_in_a_traceback(content, suffix):
    """Whatever bytes stand in a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"f{suffix}"
        path.write_bytes(content)
        model = suffix in (".yaml", ".npz")
        ends_well([str(path)] if model else ["-x", str(path), "--wx", "1", "--wh", "1"])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    np.save(folder / "a.npy", np.arange(6.0).reshape(3, 2))
    np.savez_compressed(folder / "a.npz", W_x=np.ones((1, 1)), W_h=np.ones((1, 1)), x=[1.0, 2.0])
    return folder


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
@given(data=st.data())
def test_damaged_arrays(files, name, data):
    """A file with bytes changed, cut off or added."""
    content = bytearray((files / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]
    path = files / f"damaged-{os.getpid()}-{name}"
    path.write_bytes(content)
    words = ["-x", str(path), "--wx", "1 1", "--wh", "1"] if name == "a.npy" else [str(path)]
    ends_well(words)
