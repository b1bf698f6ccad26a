"""Layers as hypothesis draws them: any cell, any of its options, all weights different."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from rnncalc import Layer
from rnncalc.equations import CELLS
from rnncalc.equations.gru import UPDATES

FUNCTIONS = ["tanh", "sigmoid", "relu", "softsign", "hard_sigmoid", "hard_sigmoid_old"]


@st.composite
def layers(draw, cell: str | None = None, features: int | None = None) -> Layer:
    """A layer of any cell with any of its options, all weights different."""
    kind = CELLS[cell or draw(st.sampled_from(sorted(CELLS)))]
    units = draw(st.integers(1, 4))
    features = features or draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    projected = units
    shapes: dict[str, tuple[int, ...]] = {"P": (units,), "bias": (units,), "bias_h": (units,)}
    weights = ["W_x", "W_h", *(w for w in kind.optional if draw(st.booleans()))]
    if "W_r" in weights:
        projected = draw(st.integers(1, 3))
    shapes |= {"W_x": (units, features), "W_h": (units, projected), "W_r": (projected, units)}
    arrays = {n: rng.uniform(-1, 1, shapes[w]) for w in weights for n in kind.names(w)}
    options: dict[str, Any] = {name: draw(st.sampled_from(FUNCTIONS)) for name in kind.functions}
    options |= {name: draw(st.booleans()) for name in kind.options if name != "update"}
    options |= {"update": draw(st.sampled_from(UPDATES))} if "update" in kind.options else {}
    states = {"h0": rng.uniform(-1, 1, projected)}
    states |= {"c0": rng.uniform(-1, 1, units)} if "c" in kind.states else {}
    clip = draw(st.sampled_from([None, 0.5]))
    return Layer(arrays, kind.name, clip=clip, **options, **states)
