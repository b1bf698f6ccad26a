"""Whatever stands for an array works wherever an array does, and gives the same bits."""

from __future__ import annotations

import json
import subprocess
import sys
from array import array
from collections import deque
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas
import pytest
from processors import CORES, core

import rnncalc
from rnncalc import Layer, Model, Output, RnncalcError

W_X = [[0.5, -0.25], [0.125, 0.75], [0.25, -0.5]]
W_H = [[0.5, 0.0, 0.25], [-0.25, 0.5, 0.125], [0.75, 0.0, -0.5]]
BIAS = [0.0, 0.5, -0.5]
W_Y = [[1.0, -0.5, 0.25]]
X = [[1.0, 2.0], [0.5, -0.25], [0.0, 1.0], [-1.0, 0.5]]


class Torch:
    """What a tensor of PyTorch is to us: it gives its numbers to NumPy when it is made to."""

    requires_grad = True

    def __init__(self, numbers, dtype="") -> None:
        self.numbers = np.asarray(numbers)
        self.dtype = dtype or f"torch.{self.numbers.dtype}"

    def __array__(self, *_):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    def detach(self):
        raise AssertionError("numpy(force=True) does it")

    def float(self):
        sparse = self.dtype == "torch.sparse"
        return self if sparse else Torch(self.numbers.astype("float32"))

    def numpy(self, *, force):
        if self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        if self.dtype == "torch.sparse":
            raise TypeError("Use Tensor.to_dense() first.\nAnd so on.")
        return self.numbers


def tables(numbers):
    """A table of pandas for a matrix, a column of one for a list."""
    if np.ndim(numbers) == 2:
        return pandas.DataFrame(numbers, columns=list("abc")[: np.shape(numbers)[1]])
    return pandas.Series(numbers) if np.ndim(numbers) else numbers


def buffers(numbers):
    """What the standard library has for numbers in a row."""
    return array("d", numbers) if np.ndim(numbers) == 1 else [deque(row) for row in numbers]


KINDS = {
    "torch": Torch,
    "bfloat16": lambda numbers: Torch(numbers, "torch.bfloat16"),
    "tensors-in-lists": lambda numbers: [Torch(part) for part in numbers],
    "tensors-in-lists-in-lists": lambda numbers: (
        [[*map(Torch, np.ravel(p))] for p in numbers] if np.ndim(numbers) == 2 else Torch(numbers)
    ),
    "pandas": tables,
    "lists": list,
    "tuples": lambda numbers: tuple(map(tuple, numbers)) if np.ndim(numbers) == 2 else numbers,
    "buffers": buffers,
    "fortran": np.asfortranarray,
    "big-endian": lambda numbers: np.asarray(numbers, ">f8"),
    "objects": lambda numbers: np.asarray(numbers, object),
}


def networks(like):
    """What one kind of array is given as, in every place: runs of the same network."""
    weights = {"W_x": like(W_X), "W_h": like(W_H), "bias": like(BIAS)}
    layer = Layer(weights, h0=like(BIAS))
    output = Output(like(W_Y), bias=like([0.5]))
    yield rnncalc.run(Model((layer,), output=output), like(X))
    yield rnncalc.run(Model((Layer(weights),), output=output, x=like(X), h0=[like(BIAS)]))
    turned = [np.transpose(one).tolist() for one in (W_X, W_H)]
    keras = {"kernel": like(turned[0]), "recurrent_kernel": like(turned[1]), "bias": like(BIAS)}
    head = {"W_y": like(W_Y), "bias": like([0.5])}
    for block in (weights, keras, {"forward": keras}, {"layers": [weights]}):
        yield rnncalc.run(rnncalc.load({**block, "output": head, "x": like(X)}))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_array_works_everywhere(kind):
    """Tensors, tables, lists, any order of memory: weights, states, inputs, outputs."""
    for found, expected in zip(networks(KINDS[kind]), networks(np.array), strict=True):
        assert found.y.tobytes() == expected.y.tobytes()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "objects"])
def test_lengths_masks_and_expected_numbers_are_arrays_too(kind):
    """The same of what a run is given besides, and of what check compares with."""
    like, model = KINDS[kind], Model((Layer({"W_x": W_X, "W_h": W_H}),))
    lengths = rnncalc.run(model, [X, X], lengths=like([2.0, 4.0]))
    mask = rnncalc.run(model, X, mask=like([1.0, 0.0, 1.0, 1.0]))

    np.testing.assert_array_equal(lengths.h[0, 2:], 0)
    np.testing.assert_array_equal(mask.h[1], mask.h[0])
    assert rnncalc.check(mask, like(mask.h.astype("float32").tolist()), atol=1e-6).agrees


def test_one_number_is_one_number():
    """Tensors of no axes stand for settings, too."""
    given = {"W_x": Torch(0.5), "W_h": np.float32(0.25), "output": {"W_y": Torch(1.0)}}
    more = {"mode": np.array("one-to-many"), "timesteps": Torch(3), "x": Torch(1.0)}

    assert rnncalc.run(rnncalc.load({**given, **more})).h.shape == (3, 1)


@pytest.mark.parametrize("given", [[[1, None], [2, 3]], [[1, "2"], [2, 3]], None])
def test_none_and_text_are_no_numbers(given):
    """NumPy would take None for NaN, and read the texts."""
    layer = {"W_x": W_X, "W_h": W_H}
    with pytest.raises(RnncalcError, match=r"is not an array of real numbers: .* among them"):
        Layer({**layer, "W_x": np.array(given, object)})
    if given:
        with pytest.raises(RnncalcError, match="x is not an array of real numbers"):
            rnncalc.run(Model((Layer(layer),)), given)


REFUSED = {
    "W_x: Torch gives no numbers: Use Tensor.to_dense() first.": Torch(W_X, "torch.sparse"),
    "W_x is not an array of real numbers: complex128": Torch(np.array(W_X) * 1j),
    "W_x is not an array of real numbers: <U1": np.array([["a"]]),
    "W_x is not an array of real numbers: 'b' among them": pandas.DataFrame({"a": ["b"]}),
    "W_x is empty: shape (0, 2)": Torch(np.zeros((0, 2))),
    "W_x[1]: 1 number, where [0] has 2 numbers": [[1, 2], [3]],
    "W_x[1]: 3 numbers, where [0] has 2": [Torch([1, 2]), Torch([3, 4, 5])],
    "W_x: a number is too large for float64": 10**400,
    "W_x: expected a number, a list, a matrix or a file, not generator": (i for i in W_X),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_gives_no_numbers_is_refused_by_name(message):
    """With the reason that its package has, and with nothing of a validator's."""
    with pytest.raises(RnncalcError) as error:
        rnncalc.load({"W_x": REFUSED[message], "W_h": 1})

    assert str(error.value).startswith(message)
    assert not {"`", "$", "\n"} & {*str(error.value)}


def of_lstm(like, prefix="", units=3):
    """A state dict of nn.LSTM; all numbers differ."""
    rng = np.random.default_rng(5)
    shapes = {"weight_ih": (4 * units, 2), "weight_hh": (4 * units, units)}
    shapes |= {"bias_ih": (4 * units,), "bias_hh": (4 * units,)}
    numbers = {name: rng.standard_normal(shape).astype("f4") for name, shape in shapes.items()}
    return {f"{prefix}{name}_l0": like(one) for name, one in numbers.items()}


@pytest.fixture
def lstm():
    """What the network of the state dict gives, with its layout said by a config."""
    names = {name.removesuffix("_l0"): one for name, one in of_lstm(np.array).items()}
    config = {"cell": "lstm", **names, "x": X, "dtype": "float32"}
    return rnncalc.run(rnncalc.load(config)).h


@pytest.mark.parametrize("like", [Torch, np.array, np.ndarray.tolist], ids=str)
def test_a_state_dict_is_a_network(like, lstm):
    """PyTorch's names in a mapping are read as in a file, checkpoints and prefixes too."""
    plain, prefixed = of_lstm(like), of_lstm(like, "module.encoder.")
    checkpoint = {"epoch": 3, "model_state_dict": prefixed, "optimizer": {"state": {}}}
    for given in (plain, prefixed, checkpoint):
        found = rnncalc.run(rnncalc.load(given), X, dtype="float32")
        np.testing.assert_array_equal(found.h, lstm)

    model = rnncalc.load({**plain, "x": X})
    assert model.dtype == ("float64" if like is np.ndarray.tolist else "float32")
    assert [one.key for one in model.assumptions] == []


def test_a_cells_state_dict_is_a_network(lstm):
    """nn.LSTMCell has the names of a config; alone they are its state dict's."""
    names = {name.removesuffix("_l0"): one for name, one in of_lstm(Torch).items()}

    np.testing.assert_array_equal(rnncalc.run(rnncalc.load(names), X).h, lstm)


def test_layers_and_assumptions_of_a_state_dict():
    """load's other words work as for a file; what a state dict does not say is assumed."""
    rng = np.random.default_rng(6)
    given = {f"rnn.weight_{a}h_l0": rng.standard_normal((3, n)) for a, n in (("i", 2), ("h", 3))}
    given["fc.weight"], given["fc.bias"] = rng.standard_normal((2, 3)), np.zeros(2)
    model = rnncalc.load(given, layers=["rnn"], assume=["rnn.activation=relu"])

    assert (str(model.layers[0].activation), model.output) == ("relu", None)
    with pytest.raises(RnncalcError, match="there is no layer 'dense'"):
        rnncalc.load(given, layers=["dense"])


def test_the_arrays_of_an_npz_file_are_a_network(tmp_path):
    """numpy.load's mapping says what the file says."""
    path = tmp_path / "net.npz"
    np.savez(path, **{"gru.W_x.z": W_X, "gru.W_x.r": W_X, "gru.W_x.n": W_X,
                      "gru.W_h.z": W_H, "gru.W_h.r": W_H, "gru.W_h.n": W_H})  # fmt: skip
    with np.load(path) as arrays:
        model = rnncalc.load(arrays, assume=["activation=relu"])

    expected = rnncalc.load(path, assume=["activation=relu"])
    np.testing.assert_array_equal(rnncalc.run(model, X).h, rnncalc.run(expected, X).h)


def test_a_module_is_told_what_to_give():
    """load takes no module, and says what of it."""
    module = type("LSTM", (), {"state_dict": dict})()
    with pytest.raises(RnncalcError, match=r"not LSTM: write load\(module.state_dict\(\)\)"):
        rnncalc.load(module)


ORDERS = """
import sys
import numpy as np, rnncalc
rng = np.random.default_rng(1)
for gates in ("", "zrn", "ifgo"):
    weights = {}
    for name, shape in {"W_x": (32, 5), "W_h": (32, 32)}.items():
        for one in [f"{name}.{gate}" for gate in gates] or [name]:
            weights[one] = rng.standard_normal(shape) / 4
    x = rng.standard_normal((2, 9, 5))
    cell = {"": "rnn", "zrn": "gru", "ifgo": "lstm"}[gates]
    runs = []
    for order in (np.ascontiguousarray, np.asfortranarray):
        layer = rnncalc.Layer({name: order(one) for name, one in weights.items()}, cell=cell)
        runs.append(rnncalc.run(rnncalc.Model((layer,)), order(x)).h.tobytes())
    sys.exit(f"{cell} differs") if runs[0] != runs[1] else None
"""


@pytest.mark.parametrize("name", CORES)
def test_how_numbers_lie_in_memory_changes_no_bit(name):
    """Row by row or column by column, on processors that add up in different orders."""
    command = [sys.executable, "-c", ORDERS]
    done = subprocess.run(command, capture_output=True, text=True, env=core(name))

    assert done.returncode == 0, done.stderr


FRAMEWORKS = {
    "torch": (
        "import torch",
        "[torch.tensor, lambda a: torch.tensor(a, requires_grad=True),"
        " lambda a: torch.nn.Parameter(torch.tensor(a, dtype=torch.float64)),"
        " lambda a: torch.tensor(a, dtype=torch.bfloat16), lambda a: torch.tensor(a).half()]",
    ),
    "tensorflow": (
        "import tensorflow as tf",
        "[tf.constant, tf.Variable, lambda a: tf.constant(a, tf.bfloat16)]",
    ),
    "keras": ("import keras", "[lambda a: keras.Variable(np.array(a)), keras.ops.array]"),
    "jax": (
        "import jax.numpy as jnp",
        "[jnp.array, lambda a: jnp.array(a, jnp.bfloat16)]",
    ),
}
PROGRAM = """
import json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path[:0] = sys.argv[1:]
import numpy as np
{head}
import test_tensors
ours = [trace.y.tolist() for trace in test_tensors.networks(np.array)]
theirs = [[trace.y.tolist() for trace in test_tensors.networks(kind)] for kind in {kinds}]
print(json.dumps([ours == one for one in theirs]))
"""


@pytest.mark.frameworks
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_tensors_of_frameworks(framework):
    """Those that exist: with gradients, as variables, in half precision."""
    if find_spec(framework) is None:
        pytest.skip(f"{framework} not installed")
    head, kinds = FRAMEWORKS[framework]
    code = PROGRAM.format(head=head, kinds=kinds)
    here = Path(__file__).parent
    command = [sys.executable, "-W", "ignore", "-c", code, str(here), str(here / "helpers")]
    done = subprocess.run(command, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr[-2000:]
    assert set(json.loads(done.stdout)) == {True}
