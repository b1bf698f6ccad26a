"""Whose names, gate order and orientation: one table per framework, whatever file it came in.

Inside rnncalc a gate's array has a name (``W_x.i``) and one row per unit. Here the stacked arrays
of a framework are cut into gates, and put together again.
"""

from __future__ import annotations

from rnncalc.conventions import keras, onnx, torch
from rnncalc.conventions.convention import Convention, tensors_of, weights_of

CONVENTIONS: dict[str, Convention] = {
    "keras": keras.CONVENTION,
    "torch": torch.CONVENTION,
    "onnx": onnx.CONVENTION,
}
"""Every convention, by its name."""

__all__ = ["CONVENTIONS", "Convention", "tensors_of", "weights_of"]
