"""The frameworks' activations: each is read as the function that the framework itself computes.

``tests/golden/activations`` holds what Keras 3, Keras 2, PyTorch and ONNX Runtime give, every kink,
NaN and infinity among the numbers, in float32 and float64.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, existing
from every_activation import EVERY
from recorded_activations import DOCUMENTS, KERAS_2, KERAS_3, read

import rnncalc
from rnncalc import Prelu
from rnncalc.conventions import keras_activations, onnx_activations, torch_activations
from rnncalc.conventions.keras_versions import version
from rnncalc.equations.activations import ACTIVATIONS, activation
from rnncalc.errors import RnncalcError
from rnncalc.inspecting.inspect import inspect

CASES = [(file, index) for file, one in DOCUMENTS.items() for index in range(len(one["functions"]))]
EPSILON = {"float32": 6e-7, "float64": 2e-15}
IN_FLOAT32 = {
    "keras": ("gelu", "leaky_relu"),
    "onnx": ("gelu_tanh", "soft_shrink", "hard_shrink"),
}
"""What TensorFlow and ONNX Runtime compute with constants in float32, in float64 too."""
INFINITE_TIMES_NOTHING = {
    "torch_float32": ("gelu",), "tf_keras": ("thresholded_relu", "clipped_relu"),
}  # fmt: skip
"""Where a framework gives NaN for an infinity, as it multiplies it by 0, and ours has a limit."""


def numbers(given: list[Any], dtype: str) -> np.ndarray:
    return np.array([[float(one) for one in np.atleast_1d(row)] for row in given], dtype)


def title(case: tuple[str, int]) -> str:
    file, index = case
    says = DOCUMENTS[file]["functions"][index]["says"]
    return f"{file}-{index}-{next(iter(says.values())) if 'old' not in says else 'old'}"[:60]


@pytest.mark.parametrize("case", CASES, ids=title)
def test_a_function_is_the_framework_s_own(case):
    """To a few units in the last place; where the framework gives a number for NaN, ours is NaN."""
    file, index = case
    document, dtype = DOCUMENTS[file], DOCUMENTS[file]["dtype"]
    function = document["functions"][index]
    ours = activation(read(function["says"]))
    x = numbers(document["rows" if function["together"] else "x"], dtype)
    expected = numbers(function["expected"], dtype)
    with np.errstate(all="ignore"):
        values = ours(x)
        apart = np.abs(values - expected)

    assert values.dtype == dtype
    of_nan = np.isnan(x) if values.shape == x.shape else np.zeros_like(values, bool)
    assert np.isnan(values[of_nan]).all()
    coarse = any(name in file and ours.name in ones for name, ones in IN_FLOAT32.items())
    epsilon = EPSILON["float32" if coarse else dtype]
    near = np.abs(x[: len(values)]) + 1  # a difference of large numbers is as exact as they are
    close = np.isclose(values, expected, rtol=epsilon, atol=0, equal_nan=True)
    close |= apart <= epsilon * near
    if any(name in file and ours.name in ones for name, ones in INFINITE_TIMES_NOTHING.items()):
        close |= np.isinf(x) & np.isnan(expected)
    assert (close | of_nan).all(), (values[~close], expected[~close])


def test_every_function_of_keras_is_recorded():
    """No name of the tables is untested; what is recorded reads as most of ours."""
    recorded = [one["says"] for one in DOCUMENTS["keras_float64"]["functions"]]
    names = {says["activation"] for says in recorded if isinstance(says["activation"], str)}
    old = [one["says"]["activation"] for one in DOCUMENTS["tf_keras_float64"]["functions"]]

    assert names == {*keras_activations.READ, *keras_activations.ALSO} - {"threshold"}
    assert {one for one in old if isinstance(one, str)} == {*keras_activations.OLD, "swish"}


def test_every_module_and_operator_is_recorded():
    """Of PyTorch and of ONNX."""
    modules = {one["says"]["module"] for one in DOCUMENTS["torch_float64"]["functions"]}
    operators = {one["says"]["operator"] for one in DOCUMENTS["onnx_float32"]["functions"]}

    assert modules == {*torch_activations.MODULES, "RReLU"}
    assert operators == {*onnx_activations.OPERATORS, *onnx_activations.TOGETHER}


NETWORKS = ROOT / "tests" / "golden" / "activations" / "networks"
FIRST = "mish hard_silu relu6 hard_tanh:alpha=-0.75:beta=1.25 celu:alpha=1.75 elu:alpha=0.625 selu"
IN_NETWORKS = {
    "torch_0": f"{FIRST} gelu gelu_tanh",
    "torch_1": (
        "silu log_sigmoid softplus softsign tanh_shrink hard_sigmoid leaky_relu:alpha=0.375 "
        "affine:alpha=-1:beta=0 softmax log_softmax"  # nn.Softmin
    ),
    "torch_2": (
        "prelu hard_shrink:alpha=0.25 soft_shrink:alpha=0.25 scaled_softplus:alpha=2.5 softmax "
        "tanh relu sigmoid"
    ),
    "keras": (
        "squareplus:alpha=4 clipped_relu:alpha=0.25:beta=6:theta=0.5 "
        "clipped_relu:alpha=0:beta=1.5:theta=0 hard_tanh:alpha=-1:beta=1 sparsemax_old log_sigmoid "
        "prelu sparse_plus glu"
    ),
}
"""The activations behind dense layers and alone."""
LAST = {
    "torch_script_2": "leaky_relu:alpha=0.375",
    "torch_dynamo_2": "threshold:alpha=0.375:beta=-1.5",
}


@pytest.mark.filterwarnings("ignore::rnncalc.RnncalcWarning")
@pytest.mark.parametrize("path", existing("*.json", NETWORKS), ids=lambda path: path.stem)
def test_networks_with_many_activations(path):
    """As Keras saves them, as PyTorch exports them to ONNX by both exporters: read as they are
    called here, and computed to 2e-6.
    """
    pytest.importorskip("h5py" if path.stem == "keras" else "onnx", reason="is not installed")
    document = json.loads(path.read_text(encoding="utf-8"))
    suffix = ".keras" if path.stem == "keras" else ".onnx"
    model = rnncalc.load(path.with_suffix(suffix))
    said = ["prelu" if isinstance(one, Prelu) else str(one.activation) for one in model.outputs]
    names = [name for name in said if name != "linear"]
    kind = path.stem.replace("_script", "").replace("_dynamo", "")

    assert names == [*IN_NETWORKS[kind].split(), *filter(None, [LAST.get(path.stem)])]
    y = rnncalc.run(model, document["x"]).y
    np.testing.assert_allclose(y, document["expected"], rtol=0, atol=2e-6)


def test_a_keras_file_with_sparsemax_is_told():
    """Which of the two it is computed as."""
    pytest.importorskip("h5py", reason="h5py is not installed")
    (warning,) = inspect(NETWORKS / "keras.keras").warnings
    assert warning.startswith("dense_3: sparsemax is computed as Keras until 3.15.1 does")
    assert keras_activations.activation("sparsemax", version("3.16.0", "")) == "sparsemax"


WRONG = {
    "hard_sigmoid": lambda a: np.clip(0.2 * a + 0.5, 0, 1),
    "hard_silu": lambda a: a * np.clip(0.2 * a + 0.5, 0, 1),
    "relu6": lambda a: np.maximum(a, 0),
    "gelu": ACTIVATIONS["gelu_tanh"].function,
    "celu": lambda a, alpha: np.maximum(a, 0) + np.expm1(np.minimum(a, 0) / alpha),
    "soft_shrink": ACTIVATIONS["hard_shrink"].function,
    "sparsemax_old": ACTIVATIONS["sparsemax"].function,
    "glu": lambda a: a[len(a) // 2 :] / (1 + np.exp(-a[: len(a) // 2])),
    "clipped_relu": lambda a, alpha, beta, theta: np.where(
        a > theta, np.minimum(a, beta), alpha * a
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_planted_mistake_is_seen(name, monkeypatch):
    """Each function that people take for another is told from it by some recorded number."""
    monkeypatch.setattr(ACTIVATIONS[name], "function", WRONG[name])
    seen = 0
    for case in CASES:
        says = DOCUMENTS[case[0]]["functions"][case[1]]["says"]
        if activation(read(says)).name == name:
            try:
                test_a_function_is_the_framework_s_own(case)
            except AssertionError:
                seen += 1
    assert seen


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda: keras_activations.activation("threshold", KERAS_3), "no file says the arguments"),
        (lambda: keras_activations.activation("step", KERAS_3), "'step', which is not known here"),
        (lambda: keras_activations.activation("squareplus", KERAS_2), "which is not known here"),
        (lambda: keras_activations.of_layer("Softmax", {"axis": 1}, KERAS_3), "axis 1"),
        (lambda: keras_activations.of_layer("ReLU", {"max_value": "6"}, KERAS_3), "is no number"),
        (
            lambda: torch_activations.of_module("Softmax2d", {}),
            "'nn.Softmax2d', which is not known",
        ),
        (
            lambda: torch_activations.of_module("Softmax", {"dim": 1}),
            "over dim 1, not over the last",
        ),
        (lambda: torch_activations.of_module("Softplus", {"threshold": 2}), "threshold below"),
        (lambda: onnx_activations.of_operator("Gelu", {"approximate": "x"}), "approximation x"),
        (lambda: onnx_activations.of_operator("Selu", {"alpha": 1.5}), "other parameters"),
        (lambda: onnx_activations.of_operator("Shrink", {"bias": 0.25}), "neither 0 nor lambd"),
    ],
)
def test_what_is_another_function_is_refused(read, says):
    """By its name, or by the setting that makes it another."""
    with pytest.raises(RnncalcError, match=says):
        read()


@pytest.mark.parametrize("one", EVERY, ids=str)
def test_every_activation_can_be_written(one):
    """For scripts of Keras and PyTorch; a name that is written reads as the same function."""
    spelled = keras_activations.spelled(one)
    if spelled.startswith('"'):
        assert activation(keras_activations.activation(spelled.strip('"'), KERAS_3)) == one
    else:
        assert keras_activations.body(one)[-1].startswith("return ")
    assert "x" in torch_activations.expression(one, "x")
    if found := onnx_activations.operator(one):
        name, attributes = found
        together = onnx_activations.TOGETHER.get(name)
        assert activation(together or onnx_activations.of_operator(name, attributes)) == one
