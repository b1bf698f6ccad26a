"""MATLAB's lstmLayer and gruLayer (Deep Learning Toolbox): InputWeights, RecurrentWeights, Bias.

One row per unit, one bias over all gates. A gruLayer with ResetGateMode
recurrent-bias-after-multiplication has both biases one behind the other; one with a single bias
applies the reset gate after the recurrent product (after-multiplication, the default) or before.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnncalc.array import Array
from rnncalc.conventions.convention import Convention, Symbol

CONVENTION = Convention(
    name="matlab",
    title="MATLAB",
    symbols={
        "InputWeights": Symbol(("W_x",), ("gates * units", "features")),
        "RecurrentWeights": Symbol(("W_h",), ("gates * units", "state")),
        "Bias": Symbol(("bias", "bias_h"), ("gates * units",), rows=("gru",), flat=True),
    },
    orders={"gru": "rzn", "lstm": "ifgo"},
    both_variants=True,
)


def upright(tensors: Mapping[str, Array]) -> dict[str, Array]:
    """Biases as vectors: MATLAB has columns."""
    return {
        name: np.ravel(array) if np.ndim(array) == 2 and name == "Bias" else array
        for name, array in tensors.items()
    }
