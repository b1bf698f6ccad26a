"""The weights of PyTorch under other names, in plain NumPy: rnncalc's own, Keras', ONNX'.

PyTorch stacks gates by rows, r z n and i f g o. Keras has columns, z r n and i f g o; ONNX has
rows, z r n and i o f g, and an axis of directions in front.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from golden_file import Array, Numbers
from torch import nn
from torch_files_words import cell_of

Arrays = dict[str, Array]

STACKED = {"rnn": "h", "gru": "rzn", "lstm": "ifgo"}
KERAS = {"rnn": "h", "gru": "zrn", "lstm": "ifgo"}
ONNX = {"rnn": "h", "gru": "zrn", "lstm": "iofg"}
OURS = {"weight_ih": "W_x", "weight_hh": "W_h", "bias_ih": "bias", "bias_hh": "bias_h"}
WAYS = {"forward": "_l0", "backward": "_l0_reverse"}


def gates(module: nn.Module, name: str) -> Arrays:
    """One stacked array cut into its gates."""
    letters = STACKED[cell_of(module)]
    parts = np.split(module.get_parameter(name).numpy(), len(letters))
    return dict(zip(letters, parts, strict=True))


def ways(module: Any) -> dict[str, str]:
    """The directions of a module, and how the names of their arrays end."""
    return WAYS if module.bidirectional else {"forward": WAYS["forward"]}


def own(net: nn.Module, _: Numbers) -> Arrays:
    """encoder.forward.W_h.z; a bare module's arrays have no layer in front."""
    arrays: Arrays = {}
    for layer, module in net.named_children() if type(net) is nn.Module else [("", net)]:
        if isinstance(module, nn.Linear):
            arrays |= {"output.W_y": module.weight.numpy(), "output.bias": module.bias.numpy()}
            continue
        for way, end in ways(module).items():
            places = [layer, way] if module.bidirectional else [layer]
            for theirs, ours in OURS.items():
                for gate, part in gates(module, theirs + end).items():
                    words = [*places, ours, *([gate] if gate != "h" else [])]
                    arrays[".".join(filter(None, words))] = part
    return arrays


def keras(net: nn.Module, _: Numbers) -> Arrays:
    """encoder.forward.kernel, recurrent_kernel, bias; two rows of biases for a GRU."""
    arrays: Arrays = {}
    for layer, module in net.named_children():
        for way, end in ways(module).items():
            place = f"{layer}.{way}." if module.bidirectional else f"{layer}."
            kernel, recurrent, bias, bias_h = (
                np.concatenate([gates(module, name + end)[gate] for gate in KERAS[cell_of(module)]])
                for name in OURS
            )
            arrays[f"{place}kernel"] = kernel.T
            arrays[f"{place}recurrent_kernel"] = recurrent.T
            two = cell_of(module) == "gru"
            arrays[f"{place}bias"] = np.stack([bias, bias_h]) if two else bias + bias_h
    return arrays


def onnx(net: nn.Module, _: Numbers) -> Arrays:
    """encoder.W, R, B of one direction, with the axis of directions in front."""
    arrays: Arrays = {}
    for layer, module in net.named_children():
        W, R, bias, bias_h = (
            np.concatenate([gates(module, f"{name}_l0")[gate] for gate in ONNX[cell_of(module)]])
            for name in OURS
        )
        both = np.concatenate([bias, bias_h])
        named = {"W": W[None], "R": R[None], "B": both[None]}
        arrays |= {f"{layer}.{name}": array for name, array in named.items()}
    return arrays
