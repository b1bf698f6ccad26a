"""Keras 1 and older: its words for options, its names of arrays, one array for each gate.

``lstm_1_W_i``, ``lstm_1_U_i``, ``lstm_1_b_i``, then c, f, o: the candidate second, in the order in
which they stand in files. Where memory was to be saved (``consume_less="gpu"``) they were stacked
as Keras 2 stacks them. The order of Keras 0 is the same, with numbers for names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS = {"output_dim": "units", "inner_activation": "recurrent_activation", "bias": "use_bias"}
"""Options that were called otherwise; an Embedding's ``output_dim`` is so still."""

TRAINED = (
    "init", "inner_init", "forget_bias_init", "beta_init", "gamma_init", "W_regularizer",
    "U_regularizer", "b_regularizer", "W_constraint", "U_constraint", "b_constraint", "dropout_W",
    "dropout_U", "consume_less", "cache_enabled", "custom_name",
)  # fmt: skip
"""Options of that time that change no number when a network is used."""

CLASSES = {"TimeDistributedDense": "Dense"}

SYMBOLS = {"W": "kernel", "U": "recurrent_kernel", "b": "bias"}
"""Its arrays by their letters, and Keras 2's names."""

OTHERS = {"gamma": "gamma", "beta": "beta", "running_mean": "moving_mean",
          "running_std": "moving_variance"}  # fmt: skip
"""Those of a BatchNormalization; what it calls std is the variance since Keras 1.0."""

STORED = {"lstm": "icfo", "gru": "zrh"}
"""The gates in the order in which their arrays stand in a file."""

STACKED = {"lstm": "ifco", "gru": "zrh"}
"""The gates in the order in which Keras 2 stacks them."""


def translated(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a layer in the words of Keras 2."""
    words = {} if kind == "Embedding" else WORDS
    return {words.get(key, key): value for key, value in config.items() if key not in TRAINED}
