"""Loops of PyTorch by hand: with an old state in them, and with operands that are rounded."""

from __future__ import annotations

from collections.abc import Callable

import torch
from mismatches_sources import Use, halves

Product = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def plain(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x W'."""
    return x @ weight.T


def of_ten_bits(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """The same as TF32 has it: operands rounded to 10 bits, the sum in float32."""
    return ten_bits(x) @ ten_bits(weight).T


def ten_bits(numbers: torch.Tensor) -> torch.Tensor:
    """The mantissa of 23 bits rounded to 10, what lies in the middle away from 0."""
    bits = numbers.contiguous().view(torch.int32)
    return ((bits + (1 << 12)) >> 13 << 13).view(torch.float32)


def of_brain(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """The same with operands of bfloat16."""
    return x.bfloat16().float() @ weight.bfloat16().float().T


def loop(product: Product = plain, *, mix: int = 1, products: int = 1) -> Use:
    """A layer step by step.

    Args:
        mix: how many steps ago the state was that a GRU mixes with its candidate.
        products: how many ago that is which is multiplied.
    """

    def use(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
        h = x.new_zeros(len(x), module.hidden_size)
        states, c = [h, h], h
        for row in x.unbind(1):
            a = product(row, module.weight_ih_l0) + module.bias_ih_l0
            b = product(states[-products], module.weight_hh_l0) + module.bias_hh_l0
            h, c = STEPS[type(module)](a, b, states[-mix], c)
            states.append(h)
        return torch.stack(states[2:], 1)

    return use


Pair = tuple[torch.Tensor, torch.Tensor]


def elman(a: torch.Tensor, b: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> Pair:
    """One step of nn.RNN."""
    return torch.tanh(a + b), c


def gru(a: torch.Tensor, b: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> Pair:
    """One step of nn.GRU."""
    (a_r, a_z, a_n), (b_r, b_z, b_n) = a.chunk(3, -1), b.chunk(3, -1)
    r, z = torch.sigmoid(a_r + b_r), torch.sigmoid(a_z + b_z)
    return (1 - z) * torch.tanh(a_n + r * b_n) + z * h, c


def lstm(a: torch.Tensor, b: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> Pair:
    """One step of nn.LSTM."""
    i, f, g, o = (a + b).chunk(4, -1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


STEPS = {torch.nn.RNN: elman, torch.nn.GRU: gru, torch.nn.LSTM: lstm}


def autocast(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Its outputs under torch.autocast, whose type is bfloat16 on a CPU."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return module(x)[0].float()


def gathered(lengths: tuple[int, ...]) -> Use:
    """The last outputs of padded sequences that nobody packed."""

    def use(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
        rows, ends = torch.arange(len(x)), torch.tensor(lengths) - 1
        return torch.cat([half[rows, ends] for half in halves(module, x)], -1)

    return use
