"""Record the gradients that PyTorch's autograd computes of nn.RNN, GRU and LSTM.

    python tests/recorders/record.py gradients

Of every sequence and direction: dh_t/dh_0 (and dh_t/dc_0) of each timestep, and dh_t/dx_1, x_1
being what that direction reads first. The files stand in ``gradients/torch/``, apart from those
that hold a network and its outputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import golden_file
import torch
from golden_file import Array, Document, Numbers, document
from torch_config import about, config_of
from torch_recorder import drawn, drawn_states, made, ran
from torch_words import FEATURES, TIMESTEPS, Network

FOLDER = "gradients/torch"
BOTH = {"bidirectional": True}
LENGTHS = (3, 5, 2)

NETWORKS = [
    *(Network(cell, cell, states=True) for cell in ("rnn", "gru", "lstm")),
    *(
        Network(f"{cell}_bidirectional_lengths", cell, BOTH, lengths=LENGTHS, states=True)
        for cell in ("rnn", "gru", "lstm")
    ),
    Network("rnn_relu", "rnn", {"nonlinearity": "relu"}, states=True),
    Network("gru_without_bias", "gru", {"bias": False}, states=True),
    Network("lstm_projection", "lstm", {"proj_size": 3}, units=5, states=True),
    Network("lstm_projection_bidirectional", "lstm", {"proj_size": 3, **BOTH}, states=True),
]


def documents() -> Iterator[tuple[str, Document]]:
    """Every file by its name."""
    for network in NETWORKS:
        yield network.name, recorded(network, Numbers(FOLDER, network.name, "float64"))


def recorded(network: Network, numbers: Numbers) -> Document:
    """Draw the numbers of a network, and differentiate its outputs."""
    module = drawn(made(network), numbers)
    batch = (len(network.lengths) or 2,)
    x = numbers.values(*batch, TIMESTEPS, FEATURES)
    states = drawn_states(network, module, batch, numbers)
    given = [torch.from_numpy(array) for array in (x, *states.values())]

    def outputs(*arrays: torch.Tensor) -> torch.Tensor:
        return ran(network, module, arrays[0], list(arrays[1:]))[0]

    with torch.enable_grad():
        changes = torch.autograd.functional.jacobian(outputs, tuple(given))
    expected = {
        f"{direction}.{index}": gradients(network, way, index, changes)
        for way, (_, direction, _) in enumerate(network.parts)
        for index in range(batch[0])
    }
    config = config_of(network, module, None, None)
    said = {"lengths": network.lengths or None, **states}
    told = about(network).removesuffix(".") + ": gradients."
    return document(numbers, ["torch"], told, config, x, expected, **said)


def gradients(network: Network, way: int, index: int, changes: Any) -> dict[str, Array]:
    """Of one direction (the first or the second) and one sequence, ([timestep], units, inputs)."""
    by_x, *by_states = changes
    units = by_x.shape[2] // network.directions
    end = network.lengths[index] if network.lengths else TIMESTEPS
    rows = index, slice(end), slice(way * units, (way + 1) * units)
    first = end - 1 if way else 0
    named = {"dx1": by_x[rows][:, :, index, first].numpy()}
    for name, change in zip(("dh0", "dc0"), by_states, strict=False):
        named[name] = change[rows][:, :, way, index].numpy()
    return named


def record() -> int:
    """Write all files in place of the earlier ones; how many."""
    return golden_file.write(FOLDER, documents())
