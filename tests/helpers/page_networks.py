"""Small networks of every cell, option, direction and shape of use, for pages and their edits."""

from __future__ import annotations

from typing import Any

import numpy as np

GATES = {"rnn": "", "gru": "zrn", "lstm": "ifgo"}


class Drawn:
    """Numbers that all differ, the same every time."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def numbers(self, *shape: int) -> Any:
        """An array as lists."""
        return self.random.normal(0, 0.7, shape).round(4).tolist()

    def cell(self, cell: str, features: int, units: int, *, state: int = 0, **more: Any) -> Any:
        """The weights of one direction; ``state`` is the size of a projected h."""
        shapes = {"W_x": (units, features), "W_h": (units, state or units), "bias": (units,),
                  "bias_h": (units,)}  # fmt: skip
        weights: dict[str, Any] = {
            name: {gate: self.numbers(*shape) for gate in GATES[cell]} or self.numbers(*shape)
            for name, shape in shapes.items()
        }
        weights |= {"h0": self.numbers(state or units)}
        weights |= {"c0": self.numbers(units)} if cell == "lstm" else {}
        return weights | more


def networks() -> dict[str, dict[str, Any]]:
    """Every network by what it is."""
    d = Drawn(17)
    peepholes = {"P": {gate: d.numbers(3) for gate in "ifo"}}
    both = {"merge": "sum"}
    return {
        "rnn": {"cell": "rnn", **d.cell("rnn", 2, 3), "x": d.numbers(5, 2)},
        "one unit": {"W_x": 0.32394445, "W_h": 1, "x": [1, 2, 3, 4, 5]},
        "backward rnn": {
            "layers": [{"name": "b", "direction": "backward", "activation": "gelu", "clip": 0.8125,
                        **d.cell("rnn", 2, 2)}],
            "x": d.numbers(4, 2),
        },
        "processing order": {
            "layers": [{"cell": "gru", "direction": "backward", "order": "processing",
                        **d.cell("gru", 1, 2)}],
            "x": d.numbers(3, 5, 1), "lengths": [5, 0, 3],
        },
        "gru": {"cell": "gru", "recurrent_activation": "hard_sigmoid", **d.cell("gru", 2, 3),
                "x": d.numbers(5, 2)},
        "gru, update inverted": {"cell": "gru", "update": "inverted", **d.cell("gru", 1, 2),
                                 "x": d.numbers(4, 1)},
        "bidirectional gru, reset before": {
            "layers": [{"cell": "gru", "reset_after": False, **both,
                        "forward": d.cell("gru", 2, 2), "backward": d.cell("gru", 2, 2)}],
            "x": d.numbers(3, 4, 2), "lengths": [4, 2, 3],
        },
        "lstm": {"cell": "lstm", **d.cell("lstm", 2, 3), "x": d.numbers(5, 2)},
        "lstm, peepholes and clip": {
            "cell": "lstm", "clip": 0.625, **peepholes, **d.cell("lstm", 1, 3), "x": d.numbers(6, 1)
        },
        "lstm, projection": {
            "cell": "lstm", **d.cell("lstm", 2, 3, state=2, W_r=d.numbers(2, 3)),
            "x": d.numbers(4, 2),
        },
        "bidirectional lstm, coupled": {
            "layers": [{"name": "e", "cell": "lstm", "input_forget": True, "merge": "concat",
                        "state_activation": "softsign",
                        "forward": d.cell("lstm", 1, 2), "backward": d.cell("lstm", 1, 2)}],
            "x": d.numbers(2, 4, 1), "mask": [[1, 0, 1, 1], [0, 1, 1, 0]],
        },
        "stack to one": {
            "layers": [
                {"name": "a", "merge": "mul", "forward": d.cell("rnn", 2, 2),
                 "backward": d.cell("rnn", 2, 2), "zero_output_for_mask": True},
                {"name": "b", "cell": "gru", **d.cell("gru", 2, 3),
                 "before": [{"normalization": "layer", "epsilon": 0.001, "gamma": d.numbers(2)}]},
            ],
            "output": [
                {"pooling": "average"},
                {"W_y": d.numbers(4, 3), "bias": d.numbers(4), "activation": "softmax"},
                {"prelu": d.numbers(4)},
            ],
            "mode": "many-to-one", "x": d.numbers(2, 4, 2), "mask": [[1, 1, 0, 1], [1, 1, 1, 1]],
        },
        "masking": {
            "cell": "rnn", "masking": 0.5, **d.cell("rnn", 1, 2),
            "x": [[[0.25], [0.5], [1.0]], [[0.5], [2.0], [0.75]]],
        },
        "one to many": {
            "cell": "lstm", **d.cell("lstm", 2, 2), "mode": "one-to-many", "timesteps": 4,
            "output": {"W_y": d.numbers(2, 2), "bias": d.numbers(2), "activation": "tanh"},
            "x": d.numbers(1, 2),
        },
        "cells of one loop": {
            "layers": [{"merge": "ave",
                        "forward": {"cells": [d.cell("rnn", 2, 2), d.cell("rnn", 2, 3)]},
                        "backward": {"cells": [d.cell("rnn", 2, 2), d.cell("rnn", 2, 3)]}}],
            "x": d.numbers(4, 2),
        },
        "softmax of all units": {
            "cell": "gru", "activation": "softmax", "recurrent_activation": "sparsemax",
            **d.cell("gru", 2, 3), "x": d.numbers(4, 2),
        },
        "not finite": {
            "activation": "relu", **d.cell("rnn", 1, 2),
            "x": [[0.5], [float("nan")], [float("-inf")], [1.0]],
        },
        "float32": {
            "cell": "gru", "dtype": "float32", **d.cell("gru", 2, 2), "x": d.numbers(4, 2),
            "output": {"W_y": d.numbers(2, 2), "activation": "leaky_relu:alpha=0.3"},
        },
    }  # fmt: skip
