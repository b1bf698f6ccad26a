"""Conventions: every table against what its framework computes, there and back, and what misfits.

Keras, PyTorch and ONNX are held to their recorded numbers, the others to their own step
(``their_steps.py``). Each wrong table must be seen.
"""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import numpy as np
import pytest
import their_steps
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

import rnncalc
from rnncalc import Layer, Model, RnncalcError
from rnncalc.conventions import (
    CONVENTIONS,
    OURS,
    Convention,
    convention_of,
    implied_options,
    symbols_of,
    tensors_of,
    weights_of,
)
from rnncalc.equations import CELLS

PAIRS = [(name, cell) for name, one in CONVENTIONS.items() for cell in one.orders]
BIASES = {
    "keras": {"rnn": ["", "b"], "gru": ["", "b", "bd"], "lstm": ["", "b"]},
    "torch": ["", "bd"],
    "onnx": ["", "bd"],
    "tf1": ["b"],
    "cudnn": ["bd"],
    "equinox": {"gru": ["", "bn"], "lstm": ["", "b"]},
    "flax": {"rnn": ["b"], "gru": ["bn"], "lstm": ["b"]},
    **{key: ["", "b"] for key in ("w-u", "w-xh", "xw-hu", "xw-hw", "stacked-hx", "stacked-xh")},
    "matlab": {"gru": ["", "b", "bd"], "lstm": ["", "b"]},
    "columns": ["", "b", "d", "bd"],
    "textbook": ["", "b", "d", "bd"],
}
"""Which biases a framework keeps: b input, d recurrent, n the recurrent one of the candidate."""

PEEPHOLES = ("onnx", "tf1", "textbook", "columns")
PROJECTIONS = ("torch", "tf1", "textbook", "columns")


@st.composite
def kept(draw: st.DrawFn, name: str, cell: str) -> dict[str, np.ndarray]:
    """Weights of ours that the framework can keep as they are."""
    units, features = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    lstm = cell == "lstm"
    projected = (
        draw(st.integers(1, 3)) if lstm and name in PROJECTIONS and draw(st.booleans()) else 0
    )
    biases = BIASES[name] if isinstance(BIASES[name], list) else BIASES[name][cell]
    bias = draw(st.sampled_from(biases))
    shapes = {"W_x": (units, features), "W_h": (units, projected or units)}
    shapes |= {"bias": (units,)} if "b" in bias else {}
    shapes |= {"bias_h": (units,)} if set(bias) & set("dn") else {}
    shapes |= {"P": (units,)} if lstm and name in PEEPHOLES and draw(st.booleans()) else {}
    shapes |= {"W_r": (projected, units)} if projected else {}
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    exact = 1 / 64 if name == "tf1" else 0.3  # b_f - 1 + 1 is exact for these
    weights = {
        full: exact * rng.permutation(np.arange(1.0, 1.0 + np.prod(shape))).reshape(shape) + i
        for weight, shape in shapes.items()
        for i, full in enumerate(CELLS[cell].names(weight))
    }
    if "n" in bias:
        weights |= {f"bias_h.{gate}": np.zeros(units) for gate in "zr"}
    return weights


def same(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> bool:
    """The same names, and the same bits under each."""
    return ours.keys() == theirs.keys() and all(
        ours[name].shape == theirs[name].shape and ours[name].tobytes() == theirs[name].tobytes()
        for name in ours
    )


@pytest.mark.parametrize(("name", "cell"), PAIRS)
@given(data=st.data())
def test_there_and_back_bit_for_bit(name, cell, data):
    """Ours, theirs, ours, theirs: nothing changes."""
    weights = data.draw(kept(name, cell))
    tensors = tensors_of(CONVENTIONS[name], weights, cell)
    again = weights_of(CONVENTIONS[name], tensors, cell)

    assert same(again, weights)
    assert same(tensors_of(CONVENTIONS[name], again, cell), tensors)


@pytest.mark.parametrize(("name", "cell"), PAIRS)
def test_two_biases_become_one_where_there_is_one(name, cell):
    """Whatever biases there are, the framework's arrays compute the same."""
    rng = np.random.default_rng(5)
    kind = CELLS[cell]
    shapes = {"W_x": (3, 2), "W_h": (3, 3), "bias": (3,), "bias_h": (3,)}
    weights = {n: rng.normal(size=s) for key, s in shapes.items() for n in kind.names(key)}
    x = rng.normal(size=(5, 2))
    variants = {"gru": [True, False] if CONVENTIONS[name].both_variants else []}.get(cell, [None])
    for reset_after in variants or [CONVENTIONS[name].reset_after]:
        tensors = tensors_of(CONVENTIONS[name], weights, cell, reset_after=reset_after)
        again = weights_of(CONVENTIONS[name], tensors, cell)
        before, after = (
            rnncalc.run(Model([Layer(w, cell, reset_after=reset_after)]), x).h
            for w in (weights, again)
        )

        np.testing.assert_allclose(after, before, rtol=0, atol=1e-14)


def golden(name: str) -> dict[str, Any]:
    document = json.loads((ROOT / "tests" / "golden" / f"{name}.json").read_text())
    config = document.get("framework_config", document["config"])
    return document | {"block": config["layers"][0]}


def off(document: dict[str, Any], convention: Convention) -> float:
    """How far our h is from the recorded one, read by this convention; inf if it does not fit."""
    block = document["block"]
    cell = block["cell"]
    tensors = {
        name: np.array(block[name]) for name in symbols_of(convention, cell) if name in block
    }
    options = {key: block[key] for key in ("reset_after", "direction") if key in block}
    try:
        weights = weights_of(convention, tensors, cell)
    except RnncalcError:
        return np.inf
    states = {key: document[key] for key in ("h0", "c0") if key in document}
    model = Model([Layer(weights, cell, **options)], **states, dtype=document["dtype"])
    h = rnncalc.run(model, document["x"]).h
    return float(np.abs(h - np.reshape(document["expected"]["h"], h.shape)).max())


GOLDENS = [
    "keras/simple_rnn_states", "keras/gru_states", "keras/gru_reset_before_states",
    "keras/lstm_states", "torch/rnn_states_float64", "torch/gru_states_float64",
    "torch/lstm_states_float64", "torch/lstm_projection_states_float64",
    "onnxruntime/rnn_forward", "onnxruntime/gru_forward", "onnxruntime/lstm_peepholes_forward",
]  # fmt: skip


def convention_in(name: str) -> Convention:
    return CONVENTIONS[name.split("/")[0].replace("onnxruntime", "onnx")]


def mutants(convention: Convention, cell: str) -> dict[str, Convention]:
    """The convention with each mistake that its table can have and that a cell must show."""
    turned = {name: s._replace(axes=s.axes[::-1]) for name, s in convention.symbols.items()}
    found = {"orientation": convention._replace(columns=not convention.columns, symbols=turned)}
    symbols = {name: s for name, s in convention.symbols.items() if not s.cells or cell in s.cells}
    stacked = [s for name, s in symbols.items() if not s.order and "{gate}" not in name]
    for other in permutations(convention.orders[cell]) if stacked else ():
        orders = {**convention.orders, cell: "".join(other)}
        found[f"order {orders[cell]}"] = convention._replace(orders=orders)
    found.pop(f"order {convention.orders[cell]}", None)
    for name, symbol in symbols.items():
        changes = {
            "order": {"order": symbol.order[::-1]} if "{gate}" not in name else {},
            "biases": {"ours": symbol.ours[::-1]} if cell == "gru" and not symbol.joined else {},
            "constant": {"plus": {}} if cell == "lstm" else {},
        }
        for what, change in changes.items():
            if (wrong := symbol._replace(**change)) != symbol:
                table = {**convention.symbols, name: wrong}
                found[f"{what} of {name}"] = convention._replace(symbols=table)
    return found


@pytest.mark.parametrize("name", GOLDENS)
def test_a_table_is_right_and_every_wrong_one_is_seen(name):
    """The recorded numbers come out; with a gate moved or a matrix turned they do not."""
    document, convention = golden(name), convention_in(name)
    found = mutants(convention, document["block"]["cell"])
    if document["block"].get("reset_after") is False:
        del found["biases of bias"]  # before the product it is one which of them it is

    assert off(document, convention) < (1e-12 if document["dtype"] == "float64" else 2e-6)
    assert len(found) >= {"rnn": 1, "gru": 6, "lstm": 24}[document["block"]["cell"]]
    assert {what for what, wrong in found.items() if off(document, wrong) < 1e-3} == set()


def off_their_step(name: str, cell: str, convention: Convention) -> float:
    """How far our h is from what the framework's own step computes of its arrays."""
    arrays = their_steps.arrays(name, cell)
    x = np.random.default_rng(8).normal(size=(4, 2))
    options = implied_options(convention, arrays, cell)
    try:
        layer = Layer(weights_of(convention, arrays, cell), cell, **options)
    except RnncalcError:
        return np.inf
    states = [np.zeros(layer.state_size)] + [np.zeros(layer.units)] * (cell == "lstm")
    expected = their_steps.steps(name, cell, arrays, x, *states)
    return float(np.abs(rnncalc.run(Model([layer]), x).h - expected).max())


@pytest.mark.parametrize(("name", "cell"), their_steps.STEPS)
def test_a_table_gives_what_the_framework_computes(name, cell):
    """Its own step on its own arrays, and ours on what the table makes of them."""
    assert off_their_step(name, cell, CONVENTIONS[name]) < 1e-12
    found = mutants(CONVENTIONS[name], cell)

    assert {w for w, wrong in found.items() if off_their_step(name, cell, wrong) < 1e-3} == set()


def test_there_are_numbers_for_every_table():
    """Recorded, or from the framework's own step; ours need none."""
    recorded = {(convention_in(name).name, golden(name)["block"]["cell"]) for name in GOLDENS}
    ours = {(name, cell) for name in OURS for cell in CELLS}

    assert recorded | set(their_steps.STEPS) | ours == set(PAIRS)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_axes_and_orientation_of_a_table_agree(name):
    """``columns`` says what the words of the matrices say."""
    convention = CONVENTIONS[name]
    place = 0 if convention.columns else 1
    matrices = [one for one in convention.symbols.values() if set(one.ours) & {"W_x", "W_h"}]

    assert matrices
    for symbol in matrices:
        inner = symbol.axes[place]
        assert inner in ("features", "state", "features + state", "state + features")


def test_the_forget_bias_of_tensorflow_1():
    """1 is added on the way in and subtracted on the way out: exact from 1/2 on, else rounded."""
    convention, kernel = CONVENTIONS["tf1"], np.ones((3, 4))
    weights = weights_of(convention, {"kernel": kernel, "bias": np.array([0.0, 0, 0.5, 0])}, "lstm")
    assert weights["bias.f"] == [1.5]
    for bias, exact in ((1.1, True), (0.5, True), (7.3, True), (0.1, False)):
        ours = weights | {"bias.f": np.array([bias])}
        again = weights_of(convention, tensors_of(convention, ours, "lstm"), "lstm")["bias.f"]
        assert (again.item() == bias) is exact
        assert abs(again - bias) <= 2**-53


@pytest.mark.parametrize(
    ("name", "cell", "shapes", "expected"),
    [
        ("keras", "gru", {"bias": (2, 9)}, {"reset_after": True}),
        ("keras", "gru", {"bias": (9,)}, {"reset_after": False}),
        ("keras", "gru", {"kernel": (2, 9)}, {}),
        ("keras", "gru", {"bias": ()}, {}),
        ("keras", "lstm", {"bias": (12,)}, {}),
        ("torch", "gru", {}, {"reset_after": True}),
        ("torch", "lstm", {}, {}),
        ("onnx", "gru", {}, {"reset_after": False}),
        ("tf1", "gru", {}, {"reset_after": False}),
        ("cudnn", "gru", {}, {"reset_after": True}),
        ("equinox", "gru", {}, {"reset_after": True}),
        ("flax", "gru", {}, {"reset_after": True}),
        ("textbook", "gru", {}, {}),
        ("matlab", "gru", {"RecurrentWeights": (9, 3), "Bias": (18,)}, {"reset_after": True}),
        ("matlab", "gru", {"RecurrentWeights": (9, 3), "Bias": (9,)}, {}),
    ],
)
def test_what_a_layout_says_of_the_reset_gate(name, cell, shapes, expected):
    """Keras by the rows of the bias, the others always the same; nothing of other cells."""
    tensors = {key: np.ones(shape) for key, shape in shapes.items()}

    assert implied_options(CONVENTIONS[name], tensors, cell) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("kernel recurrent_kernel bias", "keras"),
        ("weight_ih weight_hh bias_ih bias_hh cell", "torch"),
        ("P W R", "onnx"),
        ("W_x W_h bias P", None),
        ("W_x.i P.i", None),
        ("bias", None),
        ("bias P", None),
        ("W_i U_i b_i W_f U_f", "w-u"),
        ("W_h U_h b_h", "w-u"),
        ("W_xh W_hh b_h", "w-xh"),
        ("InputWeights RecurrentWeights Bias", "matlab"),
        ("W_x W_h W_r bias", None),
        ("cell h0 x", None),
    ],
)
def test_whose_names(names, expected):
    """By the names that only one has; ``bias`` and ``P`` are of two."""
    found = convention_of(names.split())

    assert (found and found.name) == expected


@pytest.mark.parametrize(
    ("names", "about", "message"),
    [
        (
            "kernel weight_hh",
            "kernel weight_hh",
            "kernel is Keras', weight_hh is PyTorch's: give all",
        ),
        ("W_x R bias", "W_x R", "W_x is the textbook's, R is ONNX': give all weights in one"),
        ("bias W R", "W bias", "W is ONNX', bias is the textbook's or Keras': give all"),
        ("W_i U_i W_hf", "W_i W_hf", "W_i is W-and-U papers', W_hf is W_xh papers': give all"),
        ("P kernel bias", "kernel P", "kernel is Keras', P is the textbook's or ONNX': give all"),
    ],
)
def test_names_of_two_conventions_are_refused(names, about, message):
    """Both are named."""
    with pytest.raises(RnncalcError) as caught:
        convention_of(names.split())

    assert caught.value.about == tuple(about.split())
    assert caught.value.message.startswith(message)


MISFITS = [
    ("torch lstm", "weight_ih 2,12 weight_hh 12,3",
     "weight_ih has shape (2, 12), expected (4 * units, features) = (12, 2) "
     "(units 3 as weight_hh says): transposed?"),
    ("torch lstm", "weight_ih 12,2 weight_hh 3,12",
     "weight_hh has shape (3, 12), expected (4 * units, units) = (12, 3): transposed?"),
    ("torch lstm", "weight_ih 9,2 weight_hh 9,3",
     "weight_hh has shape (9, 3), expected (4 * units, units): 3 * 3 would be a gru"),
    ("torch lstm", "weight_ih 12,2 weight_hh 12,2 weight_hr 3,2",
     "weight_hr has shape (3, 2), expected (projected, units) = (2, 3) "
     "(projected 2 and units 3 as weight_hh says): transposed?"),
    ("torch gru", "weight_ih 12,2 weight_hh 9,3",
     "weight_ih has shape (12, 2), expected (3 * units, features) = (9, features) "
     "(units 3 as weight_hh says): 4 * 3 would be an lstm"),
    ("keras rnn", "kernel 2,12 recurrent_kernel 3,12",
     "recurrent_kernel has shape (3, 12), expected (units, units): 4 * 3 would be an lstm"),
    ("keras rnn", "kernel 2,3 recurrent_kernel 3,3 bias 2,3",
     "bias has shape (2, 3), expected (units) = (3) (units 3 as recurrent_kernel says)"),
    ("keras gru", "kernel 2,9 recurrent_kernel 3,9 bias 2,8",
     "bias has shape (2, 8), expected (3 * units) = (9) or (2, 3 * units) = (2, 9) "
     "(units 3 as recurrent_kernel says)"),
    ("onnx lstm", "W 12,2 R 12,3 B 12",
     "B is a list of 12, expected (8 * units) = (24) (units 3 as R says)"),
    ("tf1 lstm", "kernel 12,5 bias 12",
     "kernel has shape (12, 5), expected (features + units, 4 * units) = (5, 12): transposed?"),
    ("tf1 lstm", "kernel 3,12 bias 12",
     "kernel has shape (3, 12), expected (features + units, 4 * units)"),
    ("keras lstm", "kernel 2,12", "recurrent_kernel is missing: (units, 4 * units)"),
    ("keras gru", "recurrent_kernel 3,9", "kernel is missing: (features, 3 * units)"),
    ("tf1 gru", "gates/kernel 5,6 gates/bias 6 candidate/kernel 5,3",
     "candidate/bias is missing: (units)"),
    ("torch lstm", "weigth_ih 12,2", "torch has no 'weigth_ih'. Did you mean weight_ih?"),
    ("onnx gru", "W 9,2 R 9,3 P 9", "onnx has no 'P' for cell gru. There are: W, R, B."),
    ("keras lstm", "kernel 2,12 recurrent_kernel 3,12 bias 0", "bias is empty: shape (0,)"),
]  # fmt: skip


@pytest.mark.parametrize(("whose", "given", "message"), MISFITS, ids=lambda text: text[:40])
def test_what_does_not_fit_is_said_in_words(whose, given, message):
    """Both shapes, who says the sizes, and what may have been meant; about the array."""
    name, cell = whose.split()
    words = given.split()
    shapes = {
        key: tuple(map(int, s.split(","))) for key, s in zip(words[::2], words[1::2], strict=True)
    }
    with pytest.raises(RnncalcError) as caught:
        weights_of(CONVENTIONS[name], {key: np.ones(shape) for key, shape in shapes.items()}, cell)

    assert caught.value.message == message
    about = [key for key in shapes if key in message.split("expected")[0].replace("'", " ").split()]
    assert caught.value.about == tuple(about)


def test_numbers_and_lists_are_read_where_one_reading_fits():
    """One unit: a number; one feature: a list; 0: zeros."""
    weights = weights_of(
        CONVENTIONS["keras"], {"kernel": 0.5, "recurrent_kernel": 1, "bias": 0}, "rnn"
    )
    assert {name: array.tolist() for name, array in weights.items()} == {
        "W_x": [[0.5]], "W_h": [[1.0]], "bias": [0.0],
    }  # fmt: skip
    tensors = {"weight_ih": [1, 2, 3, 4, 5, 6], "weight_hh": np.ones((6, 2))}
    tensors |= {"bias_ih": 0, "bias_hh": 0}
    weights = weights_of(CONVENTIONS["torch"], tensors, "gru")
    assert weights["W_x.r"].tolist() == [[1], [2]]
    assert weights["bias.n"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("name", "cell", "weight", "message"),
    [
        ("keras", "lstm", "P.i", "keras has no array for P.i of cell lstm"),
        ("onnx", "lstm", "W_r", "onnx has no array for W_r of cell lstm"),
        ("equinox", "rnn", "bias", "equinox has no rnn"),
    ],
)
def test_weights_that_a_framework_cannot_keep_are_refused(name, cell, weight, message):
    """Nothing is left out silently."""
    weights = {n: np.ones((3, 3)) for key in ("W_x", "W_h") for n in CELLS[cell].names(key)}
    with pytest.raises(RnncalcError, match=message):
        tensors_of(CONVENTIONS[name], weights | {weight: np.ones(3)}, cell)


def test_a_gru_that_a_framework_does_not_compute_is_refused():
    """PyTorch resets after the product, TensorFlow 1 before it."""
    weights = {n: np.ones((3, 3)) for key in ("W_x", "W_h") for n in CELLS["gru"].names(key)}
    with pytest.raises(RnncalcError, match="torch has the reset gate after the product, this gru"):
        tensors_of(CONVENTIONS["torch"], weights, "gru", reset_after=False)
    with pytest.raises(RnncalcError, match="tf1 has the reset gate before the product, this gru"):
        tensors_of(CONVENTIONS["tf1"], weights, "gru", reset_after=True)


def test_half_a_cell_is_not_stored():
    """Every gate's W_x and W_h are needed."""
    weights = {name: np.ones((3, 3)) for name in CELLS["gru"].names("W_h")}
    with pytest.raises(RnncalcError, match=r"W_x\.z is missing"):
        tensors_of(CONVENTIONS["torch"], weights, "gru")


def blamed(name: str, tensors: dict[str, np.ndarray], cell: str) -> str | None:
    """The array that an error is about; None where the arrays make a layer."""
    try:
        weights = weights_of(CONVENTIONS[name], tensors, cell)
    except RnncalcError as error:
        return error.about[0]
    return Layer(weights, cell) and None


@pytest.mark.parametrize(("name", "cell"), PAIRS)
@settings(max_examples=30)
@given(data=st.data())
def test_whatever_the_shapes_it_is_a_layer_or_an_error(name, cell, data):
    """Arrays of any shapes are refused in words, or make a layer."""
    shapes = st.lists(st.integers(0, 12), max_size=3).map(tuple)
    tensors = {theirs: np.ones(data.draw(shapes)) for theirs in symbols_of(CONVENTIONS[name], cell)}

    assert blamed(name, tensors, cell) in {None, *tensors}


@pytest.mark.parametrize(("name", "cell"), PAIRS)
@settings(max_examples=30)
@given(data=st.data())
def test_whatever_nearly_fits_is_a_layer_or_an_error(name, cell, data):
    """Right arrays of which one is turned, cut or of another rank."""
    tensors = tensors_of(CONVENTIONS[name], data.draw(kept(name, cell)), cell)
    theirs = data.draw(st.sampled_from(sorted(tensors)))
    change = data.draw(st.sampled_from([np.transpose, np.ravel, np.atleast_2d, lambda a: a[:-1]]))

    assert blamed(name, tensors | {theirs: change(tensors[theirs])}, cell) in {None, *tensors}


def test_keras_rows_follow_the_reset_gate():
    """After the product two rows of biases, before it one that is the sum."""
    weights = {f"{name}.{gate}": np.full(2, value)
               for name, value in (("bias", 1.0), ("bias_h", 2.0)) for gate in "zrn"}  # fmt: skip
    weights |= {f"{name}.{gate}": np.ones((2, 2)) for name in ("W_x", "W_h") for gate in "zrn"}
    keras = CONVENTIONS["keras"]

    assert tensors_of(keras, weights, "gru", reset_after=True)["bias"].shape == (2, 6)
    assert tensors_of(keras, weights, "gru", reset_after=False)["bias"].tolist() == [3.0] * 6
