"""A bidirectional LSTM and a head, as a state dict of PyTorch, and what the head gives there.

Recorded with torch 2.13 in float64: ``fc(output[-1])``, ``fc(cat(h_n[-2], h_n[-1]))``,
``fc(output.mean(0))``, ``fc(output.max(0).values)``.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
WEIGHTS = {"weight_ih": (12, 2), "weight_hh": (12, 3), "bias_ih": (12,), "bias_hh": (12,)}
X = np.array([[1.5, -1.0], [-2.0, -1.0], [-1.4, -1.7], [-1.3, 0.6], [-0.6, -0.2]])

GIVES = {
    "last": [-0.10027241, -0.54449287],
    "own last": [-0.69238809, -0.62558931],
    "average": [-0.21340883, -0.75258932],
    "max": [-0.3784469, -0.80328982],
}
"""By what the head reads."""


def state_dict() -> dict[str, Array]:
    """The weights."""
    rng = np.random.default_rng(16)
    shapes = {f"lstm.{name}_l0{way}": shape for way in ("", "_reverse")
              for name, shape in WEIGHTS.items()}  # fmt: skip
    shapes |= {"fc.weight": (2, 6), "fc.bias": (2,)}
    return {name: np.round(rng.uniform(-1, 1, shape), 2) for name, shape in shapes.items()}
