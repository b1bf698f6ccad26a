"""ONNX' own node tests of recurrent operators, which the package onnx makes when asked."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

NAMES = [
    "test_simple_rnn_defaults",
    "test_simple_rnn_with_initial_bias",
    "test_rnn_seq_length",
    "test_simple_rnn_batchwise",
    "test_simple_rnn_reverse",
    "test_simple_rnn_bidirectional",
    "test_gru_defaults",
    "test_gru_with_initial_bias",
    "test_gru_seq_length",
    "test_gru_batchwise",
    "test_gru_reverse",
    "test_gru_bidirectional",
    "test_lstm_defaults",
    "test_lstm_with_initial_bias",
    "test_lstm_with_peepholes",
    "test_lstm_batchwise",
    "test_lstm_reverse",
    "test_lstm_bidirectional",
]


@cache
def cases() -> dict[str, Any]:
    """The node tests of recurrent operators, by name."""
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings():  # of NumPy, about the numbers of other operators' tests
        warnings.simplefilter("ignore")
        tests = load_model_tests(kind="node")
    return {
        test.name: test
        for test in tests
        if any(node.op_type in ("RNN", "GRU", "LSTM") for node in test.model.graph.node)
    }
