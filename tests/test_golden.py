"""Numbers recorded from the real frameworks (``tests/recorders/record.py``), and planted mistakes.

A golden that a mistake passes proves nothing, so each mistake is planted and must be seen.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import ROOT

import rnncalc

GOLDEN = ROOT / "tests" / "golden"
TOLERANCE = {"float32": 1e-6, "float64": 1e-12}

FILES = [
    "torch/rnn_output_float64",
    "torch/rnn_output_float32",
    "torch/rnn_unbatched_float64",
    "torch/rnn_unbatched_float32",
    "keras/rnn_output_float32",
    "keras/seed_story",
]


def golden(name: str) -> dict:
    return json.loads((GOLDEN / f"{name}.json").read_text())


@pytest.mark.parametrize("name", FILES)
def test_equal_to_the_framework(name):
    """h and y of a network whose weights all differ: 1e-6 in float32, 1e-12 in float64."""
    file = golden(name)
    trace = rnncalc.run(rnncalc.load(file["config"]), file["x"], dtype=file["dtype"])
    for key, expected in file["expected"].items():
        ours = {"h": trace.h, "y": trace.y}.get(key)
        if key.endswith("final.h"):
            ours = trace.layers[0].forward.final["h"].reshape(np.shape(expected))
        np.testing.assert_allclose(ours, expected, rtol=0, atol=TOLERANCE[file["dtype"]])


PRINTED = [0.31306913, 0.7447039, 0.9374446, 0.97728485, 0.98896194]
"""What the student's framework printed; the recorded Keras has other last digits (its tanh has)."""


def test_the_seed_is_within_rounding_of_both_frameworks():
    """The first question: at most 1.2e-7 from what was printed then, and from what is recorded."""
    file = golden("keras/seed_story")
    h = rnncalc.run(rnncalc.load(file["config"]), file["x"], dtype="float32").h.ravel()

    for expected in (PRINTED, np.ravel(file["expected"]["h"])):
        np.testing.assert_allclose(h, np.float32(expected), rtol=0, atol=1.2e-7)


def transposed(config):
    config["W_h"] = np.transpose(config["W_h"])


def without(key):
    def mistake(config):
        del config[key]

    return mistake


def doubled(config):
    config["bias"] = np.multiply(config["bias"], 2)


def relu(config):
    config["activation"] = "relu"


def no_output_bias(config):
    del config["output"]["bias"]


def output_activation(config):
    config["output"]["activation"] = "linear"


def rows_swapped(config):
    config["W_x"] = config["W_x"][::-1]


MISTAKES = {
    "W_h transposed": transposed,
    "bias forgotten": without("bias"),
    "recurrent bias forgotten": without("bias_h"),
    "initial state ignored": without("h0"),
    "bias added twice": doubled,
    "another activation": relu,
    "output bias forgotten": no_output_bias,
    "output activation ignored": output_activation,
    "units in another order": rows_swapped,
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_seen(mistake):
    """Each mistake moves the numbers far beyond the tolerance."""
    file = golden("torch/rnn_output_float64")
    MISTAKES[mistake](file["config"])
    trace = rnncalc.run(rnncalc.load(file["config"]), file["x"])

    assert not np.allclose(trace.y, file["expected"]["y"], atol=1e-3)


def test_time_reversed_is_seen():
    """The order of the timesteps matters to the golden."""
    file = golden("torch/rnn_output_float64")
    trace = rnncalc.run(rnncalc.load(file["config"]), np.array(file["x"])[:, ::-1])

    assert not np.allclose(trace.h, file["expected"]["h"], atol=1e-3)
