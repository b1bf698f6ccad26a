"""TensorFlow Lite files that its converter does not write: one recurrent operator, by the schema.

Operands are named as in ``lstm_eval.cc`` and ``basic_rnn.cc`` of TensorFlow Lite.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from golden_file import Array, Numbers

F, U, P, T, B = 3, 4, 2, 5, 2
"""Features, units, projected units, timesteps, sequences."""


class File:
    """A file of one subgraph, operand by operand."""

    def __init__(self) -> None:
        import flatbuffers
        from tensorflow.lite.python import schema_py_generated as schema

        self.schema, self.builder = schema, flatbuffers.Builder(1024)
        self.model, self.graph = schema.ModelT(), schema.SubGraphT()
        self.model.version, self.model.description = 3, "made by hand"
        self.model.buffers = [schema.BufferT()]
        self.model.subgraphs, self.model.operatorCodes = [self.graph], []
        self.graph.tensors, self.graph.operators = [], []

    def tensor(self, name: str, shape: tuple[int, ...], numbers: Array | None = None,
               variable: bool = False) -> int:  # fmt: skip
        """A tensor; its place."""
        one = self.schema.TensorT()
        one.name, one.shape, one.type = name, list(shape), self.schema.TensorType.FLOAT32
        one.isVariable, one.buffer = variable, len(self.model.buffers)
        buffer = self.schema.BufferT()
        if numbers is not None:
            buffer.data = np.frombuffer(numbers.astype("<f4").tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        self.graph.tensors.append(one)
        return len(self.graph.tensors) - 1

    def operator(self, op: str, kind: str, inputs: list[int], outputs: list[int],
                 **options: Any) -> None:  # fmt: skip
        """An operator with its options."""
        code, one = self.schema.OperatorCodeT(), self.schema.OperatorT()
        number = getattr(self.schema.BuiltinOperator, op)
        code.builtinCode, code.deprecatedBuiltinCode, code.version = number, min(number, 127), 1
        self.model.operatorCodes.append(code)
        one.opcodeIndex = len(self.model.operatorCodes) - 1
        one.inputs, one.outputs = inputs, outputs
        told = getattr(self.schema, f"{kind}T")()
        for key, value in options.items():
            setattr(told, key, value)
        one.builtinOptions = told
        one.builtinOptionsType = getattr(self.schema.BuiltinOptions, kind)
        self.graph.operators.append(one)

    def bytes(self, inputs: list[int], outputs: list[int]) -> bytes:
        """The file."""
        self.graph.inputs, self.graph.outputs = inputs, outputs
        self.builder.Finish(self.model.Pack(self.builder), b"TFL3")
        return bytes(self.builder.Output())


def lstm_direction(
    file: File, numbers: Numbers, says: Mapping[str, Any], front: str, states: bool = True
) -> tuple[list[int], list[int]]:
    """The operands of one direction from its weights on: 17 of them, and the states."""
    state = P if says.get("projected") else U
    gates = ["input", "forget", "cell", "output"]

    def weights(name: str, *shape: int) -> int:
        return file.tensor(f"{front}{name}", shape, numbers.weights(*shape))

    def per_gate(name: str, *shape: int) -> list[int]:
        return [-1 if says.get("coupled") and gate == "input" else
                weights(name.format(gate), *shape) for gate in gates]  # fmt: skip

    places = per_gate("input_to_{}_weights", U, F) + per_gate("recurrent_to_{}_weights", U, state)
    peepholes = ["input", "forget", "output"]
    places += [
        weights(f"cell_to_{gate}_weights", U)
        if says.get("peepholes") and not (gate == "input" and says.get("coupled")) else -1
        for gate in peepholes
    ]  # fmt: skip
    places += per_gate("{}_gate_bias", U)
    places += [weights("projection_weights", P, U) if says.get("projected") else -1, -1]
    return places, [file.tensor(f"{front}output_state", (B, state), variable=True),
                    file.tensor(f"{front}cell_state", (B, U), variable=True)]  # fmt: skip


def lstm(numbers: Numbers, says: Mapping[str, Any]) -> bytes:
    """A UNIDIRECTIONAL_SEQUENCE_LSTM."""
    file, major = File(), bool(says.get("time_major"))
    x = file.tensor("x", (T, B, F) if major else (B, T, F))
    places, states = lstm_direction(file, numbers, says, "")
    state = P if says.get("projected") else U
    y = file.tensor("y", (T, B, state) if major else (B, T, state))
    file.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", "UnidirectionalSequenceLSTMOptions",
                  [x, *places, *states], [y], timeMajor=major,
                  fusedActivationFunction=says.get("activation", 4),
                  cellClip=says.get("cell_clip", 0.0))  # fmt: skip
    return file.bytes([x], [y])


def rnn(numbers: Numbers, says: Mapping[str, Any]) -> bytes:
    """A UNIDIRECTIONAL_SEQUENCE_RNN."""
    file, major = File(), bool(says.get("time_major"))
    x = file.tensor("x", (T, B, F) if major else (B, T, F))
    places = rnn_direction(file, numbers, "")
    y = file.tensor("y", (T, B, U) if major else (B, T, U))
    file.operator("UNIDIRECTIONAL_SEQUENCE_RNN", "SequenceRNNOptions", [x, *places], [y],
                  timeMajor=major, fusedActivationFunction=says.get("activation", 4))  # fmt: skip
    return file.bytes([x], [y])


def rnn_direction(file: File, numbers: Numbers, front: str) -> list[int]:
    """Weights, recurrent weights, bias and state."""
    return [file.tensor(f"{front}weights", (U, F), numbers.weights(U, F)),
            file.tensor(f"{front}recurrent_weights", (U, U), numbers.weights(U, U)),
            file.tensor(f"{front}bias", (U,), numbers.weights(U)),
            file.tensor(f"{front}hidden_state", (B, U), variable=True)]  # fmt: skip


def two_rnns(numbers: Numbers, says: Mapping[str, Any]) -> bytes:
    """A BIDIRECTIONAL_SEQUENCE_RNN."""
    file, merged = File(), bool(says.get("merge"))
    x = file.tensor("x", (B, T, F))
    places = [*rnn_direction(file, numbers, "fw_"), *rnn_direction(file, numbers, "bw_")]
    ys = [file.tensor("y", (B, T, 2 * U))] if merged else [
        file.tensor(f"y_{way}", (B, T, U)) for way in ("fw", "bw")]  # fmt: skip
    file.operator("BIDIRECTIONAL_SEQUENCE_RNN", "BidirectionalSequenceRNNOptions",
                  [x, *places, -1, -1, -1], ys, mergeOutputs=merged,
                  fusedActivationFunction=says.get("activation", 4))  # fmt: skip
    return file.bytes([x], ys)


def two_lstms(numbers: Numbers, says: Mapping[str, Any]) -> bytes:
    """A BIDIRECTIONAL_SEQUENCE_LSTM, perhaps with a second input of its own weights."""
    file = File()
    x = file.tensor("x", (B, T, F))
    forward, forward_states = lstm_direction(file, numbers, says, "fw_")
    backward, backward_states = lstm_direction(file, numbers, says, "bw_")
    y = file.tensor("y", (B, T, 2 * U))
    places = [x, *forward, *backward, *forward_states, *backward_states, *[-1] * 9]
    file.operator("BIDIRECTIONAL_SEQUENCE_LSTM", "BidirectionalSequenceLSTMOptions", places, [y],
                  mergeOutputs=True, fusedActivationFunction=4, timeMajor=False,
                  cellClip=says.get("cell_clip", 0.0))  # fmt: skip
    return file.bytes([x], [y])


def one_step(numbers: Numbers, says: Mapping[str, Any]) -> bytes:
    """An operator RNN: one timestep a call."""
    file = File()
    x = file.tensor("x", (B, F))
    places = rnn_direction(file, numbers, "")
    y = file.tensor("y", (B, U))
    file.operator("RNN", "RNNOptions", [x, *places], [y], fusedActivationFunction=4)
    return file.bytes([x], [y])


def basic(numbers: Numbers, says: Mapping[str, Any]) -> bytes:
    """An operator LSTM of the basic kind: one timestep a call, its states are kept."""
    file = File()
    x = file.tensor("x", (B, F))
    h, c = (file.tensor(name, (B, U), variable=True) for name in "hc")
    weights = file.tensor("weights", (4 * U, F + U), numbers.weights(4 * U, F + U))
    bias = file.tensor("biases", (4 * U,), numbers.weights(4 * U))
    outputs = [file.tensor(name, shape) for name, shape in (
        ("activ_out", (B, U)), ("state_out", (B, U)), ("concat_temp", (B, F + U)),
        ("activ_temp", (B, 4 * U)))]  # fmt: skip
    file.operator("LSTM", "LSTMOptions", [x, h, weights, bias, c], outputs, kernelType=1,
                  fusedActivationFunction=4)  # fmt: skip
    return file.bytes([x], outputs[:1])


MADE = {
    "lstm_plain": (lstm, {}),
    "lstm_time_major": (lstm, {"time_major": True}),
    "lstm_peepholes": (lstm, {"peepholes": True}),
    "lstm_projected": (lstm, {"projected": True}),
    "lstm_coupled": (lstm, {"coupled": True}),
    "lstm_coupled_peepholes_projected": (
        lstm, {"coupled": True, "peepholes": True, "projected": True}),
    "lstm_cell_clip": (lstm, {"cell_clip": 0.25}),
    "lstm_relu": (lstm, {"activation": 1}),
    "rnn_tanh": (rnn, {}),
    "rnn_relu6_time_major": (rnn, {"activation": 3, "time_major": True}),
    "rnn_both": (two_rnns, {"merge": True}),
    "lstm_both": (two_lstms, {"cell_clip": 10.0}),
    "rnn_one_step": (one_step, {}),
    "lstm_basic": (basic, {}),
}  # fmt: skip
"""Files by name: what makes them, and of what kind."""
