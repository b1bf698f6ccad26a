"""Networks of PyTorch, built, filled with numbers and run: nn.RNN, GRU, LSTM and their cells, an
Embedding in front, a Linear behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from golden_file import Array, Document, Numbers, document
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch_config import about, config_of, textbook
from torch_words import CLASSES, FEATURES, OUTPUTS, TIMESTEPS, VOCABULARY, Network

VERSIONS = {"torch": torch.__version__.partition("+")[0]}
HEADS = {"linear": nn.Identity(), "sigmoid": nn.Sigmoid(), "softmax": nn.Softmax(dim=-1)}

torch.set_num_threads(1)
torch.set_grad_enabled(False)


def recorded(network: Network, numbers: Numbers) -> Document:
    """Draw the numbers of a network, run it, and keep both."""
    module = drawn(made(network), numbers)
    head = drawn(nn.Linear(width(module), OUTPUTS), numbers) if network.output else None
    table = drawn(nn.Embedding(VOCABULARY, FEATURES), numbers) if network.embedding else None
    batch = (len(network.lengths) or 2,) if network.batched else ()
    x = numbers.ids(VOCABULARY, *batch, TIMESTEPS) if table else None
    x = numbers.values(*batch, TIMESTEPS, FEATURES) if x is None else x
    states = drawn_states(network, module, batch, numbers)

    expected = expectations(network, module, head, table, x, states)
    config = config_of(network, module, head, table)
    given = {"lengths": network.lengths or None, **states}
    if network.textbook:
        given = {"framework_config": config | states}
        config = textbook(config) | {"h0": states["h0"][0]}
    return document(numbers, VERSIONS, about(network), config, x, expected, **given)


def made(network: Network) -> nn.Module:
    """The module, as PyTorch initialises it."""
    if network.loop:
        make = getattr(nn, f"{CLASSES[network.cell]}Cell")
        return make(FEATURES, network.units, **network.options)
    make = getattr(nn, CLASSES[network.cell])
    return make(FEATURES, network.units, batch_first=True, **network.options)


def drawn(module: nn.Module, numbers: Numbers) -> nn.Module:
    """The module with weights and biases of ours."""
    module = module.to(getattr(torch, numbers.dtype))
    for parameter in module.parameters():
        parameter.copy_(torch.from_numpy(numbers.weights(*parameter.shape)))
    return module


def drawn_states(
    network: Network, module: nn.Module, batch: tuple[int, ...], numbers: Numbers
) -> dict[str, Array]:
    """h0 and c0 (layers * directions, batch, units), where the network is given them."""
    if not network.states:
        return {}
    parts = len(network.parts)
    states = {"h0": numbers.values(parts, *batch, width(module) // network.directions)}
    if network.cell == "lstm":
        states["c0"] = numbers.values(parts, *batch, network.units)
    return states


def width(module: nn.Module) -> int:
    """How many numbers of h it gives a timestep, of both directions together."""
    directions = 2 if getattr(module, "bidirectional", False) else 1
    return directions * (getattr(module, "proj_size", 0) or module.hidden_size)


def expectations(
    network: Network,
    module: nn.Module,
    head: nn.Linear | None,
    table: nn.Embedding | None,
    x: Array,
    states: Mapping[str, Array],
) -> dict[str, Array]:
    """What PyTorch computes, under rnncalc's names."""
    read = table(torch.from_numpy(x)) if table else torch.from_numpy(x)
    h, finals = ran(network, module, read, [torch.from_numpy(state) for state in states.values()])
    expected = {"h": h.numpy()}
    if head:
        y = HEADS[network.output](head(last(network, h) if network.many_to_one else h))
        expected["y"] = y.numpy()
    return expected | named(network, finals)


def ran(
    network: Network, module: nn.Module, x: torch.Tensor, states: list[torch.Tensor]
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The output sequence, and h_n (and c_n), both (layers * directions, batch, units)."""
    if network.loop:
        return looped(module, x, [state[0] for state in states])
    first = (tuple(states) if network.cell == "lstm" else states[0]) if states else None
    if not network.lengths:
        h, final = module(x, first)
    else:
        packed = pack_padded_sequence(x, network.lengths, batch_first=True, enforce_sorted=False)
        packed, final = module(packed, first)
        h, _ = pad_packed_sequence(packed, batch_first=True, total_length=TIMESTEPS)
    return h, list(final) if network.cell == "lstm" else [final]


def looped(
    module: nn.Module, x: torch.Tensor, states: list[torch.Tensor]
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The same of a cell, which PyTorch runs one step at a time."""
    sequence = []
    for x_t in x.unbind(1):
        state: Any = module(x_t, tuple(states) if len(states) == 2 else states[0])
        states = list(state) if len(states) == 2 else [state]
        sequence.append(states[0])
    return torch.stack(sequence, 1), [state[None] for state in states]


def last(network: Network, h: torch.Tensor) -> torch.Tensor:
    """The output at the last timestep of each sequence, as long as it is."""
    ends = [length - 1 for length in network.lengths] or [-1] * len(h)
    return torch.stack([sequence[end] for sequence, end in zip(h, ends, strict=True)])


def named(network: Network, finals: list[torch.Tensor]) -> dict[str, Array]:
    """The final states by layer and direction."""
    return {
        f"{layer}.{direction}.final.{letter}": final[index].numpy()
        for letter, final in zip("hc", finals, strict=False)
        for index, (layer, direction, _) in enumerate(network.parts)
    }
