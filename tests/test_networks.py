"""Every cell and every shape of network against the goldens of the real frameworks.

A golden's config is in its framework's own names and layout; the conventions bring it into ours.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from golden_networks import FILES, TOLERANCE, computed, differs, golden, model_of

import rnncalc
from rnncalc import Layer, Model
from rnncalc.cells import CELLS
from rnncalc.conventions import CONVENTIONS, tensors_of, weights_of


@pytest.mark.parametrize("name", FILES)
def test_equal_to_the_framework(name):
    """h, y and final states: 1e-12 in float64, 2e-6 in float32."""
    document = golden(name)

    assert differs(document, computed(document), TOLERANCE[document["dtype"]]) == []


def test_there_are_goldens_of_every_framework():
    """At least 150 configurations; every cell, direction and kind of padding among them."""
    assert len(FILES) > 350
    assert {name.split("/")[0] for name in FILES} == {"torch", "keras", "tf_keras", "onnxruntime"}


@pytest.mark.parametrize("convention", ["keras", "torch", "onnx"])
@pytest.mark.parametrize("cell", CELLS)
def test_weights_go_through_a_convention_unchanged(convention, cell):
    """Ours, theirs, ours again: the same bits under the same names."""
    rng = np.random.default_rng(3)
    shapes = {"W_x": (4, 3), "W_h": (4, 4), "bias": (4,), "bias_h": (4,)}
    if cell != "gru" and convention == "keras":
        del shapes["bias_h"]
    weights = {n: rng.normal(size=s) for key, s in shapes.items() for n in CELLS[cell].names(key)}
    tensors = tensors_of(CONVENTIONS[convention], weights, cell)
    if (convention == "keras" and cell == "gru") or (convention == "keras" and "bias_h" in shapes):
        tensors["bias"] = tensors["bias"].reshape(2, -1)
    again = weights_of(CONVENTIONS[convention], tensors, cell)

    assert set(again) == set(weights)
    for name, array in weights.items():
        np.testing.assert_array_equal(again[name], array)


def test_what_a_convention_refuses():
    """A name that it lacks, an array that no cell of this kind has."""
    with pytest.raises(rnncalc.RnncalcError, match=r"torch has no 'weight_hi'\. Did you mean"):
        weights_of(CONVENTIONS["torch"], {"weight_hi": np.ones(3)}, "rnn")
    with pytest.raises(rnncalc.RnncalcError, match=r"weight_ih has shape \(5, 2\), expected"):
        weights_of(CONVENTIONS["torch"], {"weight_ih": np.ones((5, 2))}, "gru")


WRONG_ORDERS = [
    (cell, "".join(order))
    for cell, letters in (("gru", "zrn"), ("lstm", "ifgo"))
    for order in permutations(letters)
    if "".join(order) != letters
]


@pytest.mark.parametrize(("cell", "order"), WRONG_ORDERS)
def test_every_wrong_gate_order_is_seen(cell, order):
    """All 5 of the GRU and all 23 of the LSTM move the numbers of a golden."""
    document = golden(f"torch/{cell}_states_float64")
    model = model_of(document)
    right = CELLS[cell].gates
    layer = model.layers[0]
    moved = {
        f"{base}.{order[right.index(gate)]}": array
        for (base, gate), array in (
            (name.split("."), array) for name, array in layer.weights.items()
        )
    }
    wrong = Layer(moved, cell, h0=layer.h0, c0=layer.c0, name=layer.name)

    assert differs(document, computed(document, Model([wrong])), 1e-4)


def changed(document: dict[str, Any], **settings: Any) -> Model:
    """The golden's network with other settings of its first layer."""
    from dataclasses import replace

    model = model_of(document)
    first, *others = model.layers
    return replace(model, layers=(replace(first, **settings), *others))


def weights_with(document: dict[str, Any], change: Any) -> Model:
    layer = model_of(document).layers[0]
    return changed(document, weights=change(dict(layer.weights)))


def transposed(weights):
    return {n: a.T if n.startswith("W_h") else a for n, a in weights.items()}


def without(prefix):
    return lambda weights: {n: a for n, a in weights.items() if n.split(".")[0] != prefix}


def negated_z(weights):
    return {n: -a if n.endswith(".z") else a for n, a in weights.items()}


def zeroed(prefix):
    return lambda weights: {
        n: a * 0 if n.split(".")[0] == prefix else a for n, a in weights.items()
    }


PLANTED = {
    "W_h transposed (rnn)": ("torch/rnn_states_float64", transposed),
    "W_h transposed (gru)": ("torch/gru_states_float64", transposed),
    "W_h transposed (lstm)": ("torch/lstm_states_float64", transposed),
    "recurrent term missing": ("torch/gru_states_float64", zeroed("W_h")),
    "second bias dropped (rnn)": ("torch/rnn_states_float64", without("bias_h")),
    "second bias dropped (gru)": ("torch/gru_states_float64", without("bias_h")),
    "second bias dropped (lstm)": ("torch/lstm_states_float64", without("bias_h")),
    "z and 1 - z": ("torch/gru_states_float64", negated_z),
    "peepholes ignored": ("onnxruntime/lstm_peepholes_plain", zeroed("P")),
}


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_mistake_in_the_weights_is_seen(mistake):
    """Each planted mistake moves a golden's numbers."""
    name, change = PLANTED[mistake]
    document = golden(name)

    assert differs(document, computed(document, weights_with(document, change)), 1e-4)


SETTINGS = {
    "reset before, not after": ("torch/gru_states_float64", {"reset_after": False}),
    "reset after, not before": ("keras/gru_reset_before", {"reset_after": True}),
    "initial state ignored": ("torch/gru_states_float64", {"h0": 0.0}),
    "initial cell state ignored": ("torch/lstm_states_float64", {"c0": 0.0}),
    "direction ignored": ("onnxruntime/gru_reverse", {"direction": "forward"}),
    "processing order ignored": ("keras/gru_backwards", {"order": "input"}),
    "merge swapped": ("keras/gru_bidirectional", {"merge": "ave"}),
    "backward half dropped": ("keras/gru_bidirectional", {"backward": None, "merge": None}),
    "hard sigmoid new, not old": ("tf_keras/lstm_old", {"recurrent_activation": "hard_sigmoid"}),
    "clip ignored": ("onnxruntime/gru_clip", {"clip": None}),
    "input_forget ignored": ("onnxruntime/lstm_input_forget", {"input_forget": False}),
    "mask zeroes, not holds": ("keras/gru_mask", {"zero_output_for_mask": True}),
}


@pytest.mark.parametrize("mistake", SETTINGS)
def test_a_mistake_in_the_settings_is_seen(mistake):
    """Each setting read wrongly moves a golden's numbers."""
    name, settings = SETTINGS[mistake]
    document = golden(name)
    model = changed(document, **settings)

    numbers = computed(document, model)
    shapes = [name for name in document["expected"] if name not in numbers]
    wrong = [n for n in document["expected"] if n in numbers and n not in shapes]
    wrong = [n for n in wrong if numbers[n].shape != np.shape(document["expected"][n])]
    assert shapes or wrong or differs(document, numbers, 1e-4)


@pytest.mark.parametrize("key", ["mask", "lengths"])
def test_ignored_padding_is_seen(key):
    """Without its mask or lengths a golden is not met."""
    document = golden("keras/gru_mask" if key == "mask" else "torch/gru_lengths_float64")
    del document[key]

    assert differs(document, computed(document), 1e-4)


def test_every_format_writes_a_network():
    """A bidirectional LSTM below a GRU, padded: all formats agree on the GRU's last h."""
    import io

    import jsonschema
    import orjson

    from rnncalc.schema import json_schema
    from rnncalc.writers import FORMATS, write
    from rnncalc.writers.view import View

    document = golden("torch/lstm_2_layers_bidirectional_lengths_float64")
    trace = rnncalc.run(model_of(document), document["x"], lengths=document["lengths"])
    written = {}
    for form in FORMATS:
        out = io.BytesIO()
        write(trace, View(show=["all"], digits="full"), FORMATS[form], out)
        written[form] = out.getvalue()
    result = orjson.loads(written["json"])
    jsonschema.validate(result, json_schema("result"))

    np.testing.assert_array_equal(result["h"], trace.h)
    np.testing.assert_array_equal(result["mask"], trace.mask)
    np.testing.assert_array_equal(np.load(io.BytesIO(written["npy"])), trace.h)
    np.testing.assert_array_equal(np.load(io.BytesIO(written["npz"]))["h"], trace.h)
    shown = repr(float(trace.h[0, 0, 0])).encode()
    assert all(
        shown in written[form] for form in ("table", "ndjson", "csv", "csv-wide", "markdown")
    )
