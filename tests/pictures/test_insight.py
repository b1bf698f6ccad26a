"""Saturation and memory: what is drawn is what differences of runs show."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_layers import layers
from hypothesis import given, settings
from hypothesis import strategies as st

import rnncalc
from rnncalc import Layer, Model, RnncalcError, pictures
from rnncalc.pictures.request import PictureRequest
from rnncalc.trace.selection import Selection


def drawn(model, kind, **part):
    """The data of a picture."""
    return pictures.of(rnncalc.run(model), PictureRequest(kind, Selection(**part)))


SMOOTH = {"activation": "tanh", "recurrent_activation": "sigmoid", "state_activation": "tanh"}


@settings(max_examples=10)
@given(layers(), st.booleans(), st.integers(0, 2**32 - 1))
def test_memory_is_what_a_small_change_of_the_input_does(layer, turned, seed):
    """The norm of dh_T/dx_t, by differences, for every t: of any cell, backwards, too."""
    options = {name: SMOOTH[name] for name in SMOOTH if getattr(layer, name) is not None}
    way = "backward" if turned else "forward"
    one = Layer(layer.weights, layer.cell, direction=way, reset_after=layer.reset_after,
                input_forget=layer.input_forget, **options)  # fmt: skip
    x = np.random.default_rng(seed).uniform(-1, 1, (4, layer.features))
    picture = drawn(Model(one, x=x), "memory")
    step, last = 1e-6, 0 if turned else -1
    norms = []
    for t in picture.t:
        changes = []
        for j in range(layer.features):
            pair = [x.copy(), x.copy()]
            pair[0][t - 1, j] += step
            pair[1][t - 1, j] -= step
            above, below = (rnncalc.run(Model(one, x=each)).h[last] for each in pair)
            changes.append((above - below) / (2 * step))
        norms.append(np.linalg.norm(np.array(changes).T, 2))

    np.testing.assert_allclose(picture.felt, np.array(norms) / max(norms), atol=1e-5)


def test_saturation_counts_the_steps_at_each_bound():
    """Two of four at 1, one at -1."""
    model = rnncalc.load({"W_x": 1, "W_h": 0, "x": [9, -9, 8, 0.5]})
    (one,) = drawn(model, "saturation").standings

    assert (one.name, one.low.tolist(), one.high.tolist()) == ("h", [0.25], [0.5])
    (part,) = drawn(model, "saturation", steps=slice(3, 5)).standings
    assert (part.low.tolist(), part.high.tolist()) == ([0.0], [0.5])


def test_what_has_no_bounds_has_no_saturation():
    """And memory is of the whole run."""
    model = rnncalc.load({"W_x": 1, "W_h": 0, "x": [1, 2], "activation": "relu"})
    with pytest.raises(RnncalcError, match="nothing in layer0 lies between two bounds"):
        drawn(model, "saturation")
    with pytest.raises(RnncalcError, match="memory is of all units over the whole run"):
        drawn(model, "memory", steps=1)
    with pytest.raises(RnncalcError, match="--show is for --kind heatmap and lines"):
        drawn(model, "memory", show=["h"])
