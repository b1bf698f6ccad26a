"""Recurrent layers of three units whose weights all differ, drawn from a generator."""

from __future__ import annotations

import numpy as np

from rnncalc import Layer

GATES = {"rnn": ("",), "gru": (".z", ".r", ".n"), "lstm": (".i", ".f", ".g", ".o")}


def drawn_layer(rng: np.random.Generator, cell: str, features: int, **options) -> Layer:
    """Of three units; a second bias, where its shape is among the options."""
    shapes = {"W_x": (3, features), "W_h": (3, 3), "bias": (3,)}
    shapes |= {"bias_h": options.pop("bias_h")} if "bias_h" in options else {}
    weights = {f"{n}{g}": rng.normal(size=s) for n, s in shapes.items() for g in GATES[cell]}
    return Layer(weights, cell=cell, **options)
