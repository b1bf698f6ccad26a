"""Every cell and every shape of network against the goldens of the real frameworks.

A golden's config is in its framework's own names and layout; the conventions bring it into ours.
"""

from __future__ import annotations

import numpy as np
import pytest
from golden_networks import FILES, TOLERANCE, computed, differs, golden, model_of

import rnncalc
from rnncalc.conventions import CONVENTIONS, tensors_of, weights_of
from rnncalc.equations import CELLS


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


def test_every_format_writes_a_network():
    """A bidirectional LSTM below a GRU, padded: all formats agree on the GRU's last h."""
    import io

    import jsonschema
    import orjson

    from rnncalc.cli.schema import json_schema
    from rnncalc.writers import FORMATS

    document = golden("torch/lstm_2_layers_bidirectional_lengths_float64")
    trace = rnncalc.run(model_of(document), document["x"], lengths=document["lengths"])
    written = {}
    for name, form in FORMATS.items():
        out = io.BytesIO()
        show = [] if name == "npy" or form.every else ["all"]  # one array; all there is
        rnncalc.write(trace, out, format=name, show=show, digits="full")
        written[name] = out.getvalue()
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
