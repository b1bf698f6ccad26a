"""Networks of PyTorch, built, filled with numbers and run: nn.RNN, GRU, LSTM and their cells, an
Embedding in front, a Linear behind.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch_frame
from golden_file import Array, Document, Numbers, document
from torch import nn
from torch_config import about, config_of, textbook
from torch_frame import filled, final_steps, looped
from torch_words import CLASSES, FEATURES, OUTPUTS, TIMESTEPS, VOCABULARY, Network

HEADS = {"linear": nn.Identity(), "sigmoid": nn.Sigmoid(), "softmax": nn.Softmax(dim=-1)}


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
    return document(numbers, ["torch"], about(network), config, x, expected, **given)


def made(network: Network) -> nn.Module:
    """The module, as PyTorch initialises it."""
    if network.loop:
        make = getattr(nn, f"{CLASSES[network.cell]}Cell")
        return make(FEATURES, network.units, **network.options)
    make = getattr(nn, CLASSES[network.cell])
    return make(FEATURES, network.units, batch_first=True, **network.options)


def drawn(module: nn.Module, numbers: Numbers) -> nn.Module:
    """The module with weights and biases of ours."""
    return filled(module.to(getattr(torch, numbers.dtype)), numbers)


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
        read = final_steps(h, network.lengths) if network.many_to_one else h
        y = HEADS[network.output](head(read))
        expected["y"] = y.numpy()
    return expected | named(network, finals)


def ran(
    network: Network, module: nn.Module, x: torch.Tensor, states: list[torch.Tensor]
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The output sequence, and h_n (and c_n), both (layers * directions, batch, units)."""
    if network.loop:
        h, final = looped(module, x, [state[0] for state in states])
        return h, [state[None] for state in final]
    first = (tuple(states) if network.cell == "lstm" else states[0]) if states else None
    h, final = torch_frame.ran(module, x, first, network.lengths)
    return h, list(final) if network.cell == "lstm" else [final]


def named(network: Network, finals: list[torch.Tensor]) -> dict[str, Array]:
    """The final states by layer and direction."""
    return {
        f"{layer}.{direction}.final.{letter}": final[index].numpy()
        for letter, final in zip("hc", finals, strict=False)
        for index, (layer, direction, _) in enumerate(network.parts)
    }
