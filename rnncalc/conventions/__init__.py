"""Whose names, gate order and orientation: one table per framework, whatever file it came in.

Inside rnncalc a gate's array has a name (``W_x.i``) and one row per unit. Here the stacked arrays
of a framework are cut into gates, and put together again.
"""

from __future__ import annotations

from rnncalc.conventions import (
    cudnn,
    equinox,
    flax,
    keras,
    matlab,
    onnx,
    papers,
    textbook,
    tf1,
    torch,
)
from rnncalc.conventions.convention import Convention, Symbol, names_in, symbols_of
from rnncalc.conventions.cutting import weights_of
from rnncalc.conventions.orders import TENSORS, exchange, misread, order_of, order_read
from rnncalc.conventions.recognition import convention_of, implied_options, stacked_order
from rnncalc.conventions.stacking import tensors_of
from rnncalc.conventions.textbook import OURS

CONVENTIONS: dict[str, Convention] = {
    one.name: one
    for one in (
        *(one.CONVENTION for one in (keras, torch, onnx, tf1, cudnn, equinox, flax, matlab)),
        *papers.CONVENTIONS,
        textbook.CONVENTION,
        textbook.COLUMNS,
    )
}
"""Every convention, by its name."""

__all__ = [
    "CONVENTIONS",
    "OURS",
    "TENSORS",
    "Convention",
    "Symbol",
    "convention_of",
    "exchange",
    "implied_options",
    "misread",
    "names_in",
    "order_of",
    "order_read",
    "stacked_order",
    "symbols_of",
    "tensors_of",
    "weights_of",
]
