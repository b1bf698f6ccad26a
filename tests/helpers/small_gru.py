"""A GRU of two units, all of whose weights differ, as a config and as a model."""

from __future__ import annotations

import rnncalc

NET = {
    "cell": "gru",
    "W_x": {"z": [[0.5, -0.2], [0.1, 0.7]], "r": [[0.3, 0.4], [-0.6, 0.2]],
            "n": [[0.9, -0.8], [0.35, 0.15]]},
    "W_h": {"z": [[0.1, 0.2], [0.3, -0.1]], "r": [[0.25, 0.05], [-0.15, 0.45]],
            "n": [[0.55, -0.35], [0.65, 0.12]]},
    "bias": {"z": [0.01, 0.02], "r": [0.03, -0.04], "n": [0.05, 0.06]},
}  # fmt: skip
MODEL = rnncalc.load(NET)
