"""Which goldens see what: names of golden files by framework, cell and what it was asked."""

from __future__ import annotations


def torch(what: str, cells: str = "rnn gru lstm", dtype: str = "float64") -> list[str]:
    """A golden of each cell."""
    return [f"torch/{cell}_{what}_{dtype}" for cell in cells.split()]


def keras(what: str, cells: str = "simple_rnn gru gru_reset_before lstm") -> list[str]:
    """A golden of each cell."""
    return [f"keras/{cell}_{what}" for cell in cells.split()]


def tf_keras(what: str, cells: str = "simple_rnn gru gru_reset_before lstm") -> list[str]:
    """A golden of each cell."""
    return [f"tf_keras/{cell}_{what}" for cell in cells.split()]


def onnx(what: str, cells: str = "rnn gru gru_reset_before lstm lstm_peepholes") -> list[str]:
    """A golden of each cell."""
    return [f"onnxruntime/{cell}_{what}" for cell in cells.split()]


EVERY_CELL = torch("states") + keras("states") + tf_keras("states") + onnx("forward")
SECOND_BIAS = torch("states") + keras("states", "gru") + onnx("forward")
RESET_AFTER = [*torch("states", "gru"), *keras("states", "gru"), *onnx("forward", "gru")]
RESET_BEFORE = [*keras("states", "gru_reset_before"), *onnx("forward", "gru_reset_before")]
LSTMS = [*torch("states", "lstm"), *keras("states", "lstm"), *onnx("forward", "lstm")]
PROJECTED = torch("states", "lstm_projection")
PEEPHOLES = onnx("forward", "lstm_peepholes") + onnx("reverse", "lstm_peepholes")
BOTH_WAYS = (
    torch("bidirectional_states") + keras("bidirectional") + tf_keras("bidirectional")
    + onnx("bidirectional")
)  # fmt: skip
MASKED = keras("mask") + keras("mask_states") + tf_keras("mask_states")
LENGTHS = torch("lengths") + torch("bidirectional_lengths") + onnx("forward_lengths")
BOTH_LENGTHS = torch("bidirectional_lengths") + onnx("bidirectional_lengths")
PADDED_STACKS = [*torch("2_layers_bidirectional_lengths"), "onnxruntime/stack_lengths"]
