"""Model files of PyTorch: a network is built, filled with numbers, saved and run.

What the numbers of a file are is told by the same module that was saved; half precision is rounded
first, and then computed in float32.
"""

from __future__ import annotations

import golden_file
import torch
import torch_frame
from golden_file import Array, Numbers, Recorded, head
from torch import nn
from torch_files_containers import HOW, written
from torch_files_words import (
    BATCH,
    FEATURES,
    RECURRENT,
    TIMESTEPS,
    VOCABULARY,
    Case,
    Leaf,
    functions,
    names_of,
    parts,
    said,
    told,
    wanted,
)
from torch_frame import filled, final_steps, looped


def recorded(case: Case) -> Recorded:
    """Draw the numbers of a network, save it, run it."""
    numbers = Numbers("torch_files", case.name, case.dtype)
    torch.manual_seed(numbers.seed)  # a module stored whole may keep some of its first numbers
    net = drawn(case.make().to(getattr(torch, case.dtype)), numbers)
    for name, dtype in case.types.items():
        net.get_submodule(name).to(getattr(torch, dtype))
    stored = written(case.container, case.save(net, numbers), case.file)

    net.to(getattr(torch, case.dtype)).eval()
    run = wanted(case, net)
    x = drawn_x(case, run, numbers)
    expected = expectations(case, run, torch.from_numpy(x))
    start = head(
        numbers, f"{said(run)}{case.about and ', '}{case.about}, {HOW[case.container]}.", "torch"
    )
    given = {
        "stored": ", ".join(case.types.values()),
        "assume": told(case, run),
        "layers": ",".join(case.layers),
        "x": x,
        "lengths": case.lengths,
    }
    used = {key: value for key, value in given.items() if len(value)}
    document = {**start, "file": case.file, "dtype": case.dtype, **used}
    return {**document, "expected": expected, "parts": parts(run)}, {case.file: stored}


def drawn(net: nn.Module, numbers: Numbers) -> nn.Module:
    """The network with weights, biases and statistics of ours."""
    for module in filled(net, numbers).modules():
        if isinstance(module, nn.BatchNorm1d):
            size = module.num_features
            module.running_mean.copy_(torch.from_numpy(numbers.weights(size)))
            module.running_var.copy_(torch.from_numpy(abs(numbers.weights(size)) + 0.3))
            module.num_batches_tracked.fill_(12)
    return net


def drawn_x(case: Case, run: list[Leaf], numbers: Numbers) -> Array:
    """Ids for an embedding, features for whatever else comes first."""
    batch = len(case.lengths) or BATCH
    first = run[0][1]
    if isinstance(first, nn.Embedding):
        return numbers.ids(VOCABULARY, batch, TIMESTEPS)
    features = getattr(first, "input_size", getattr(first, "in_features", FEATURES))
    return numbers.values(batch, TIMESTEPS, features)


def expectations(case: Case, run: list[Leaf], x: torch.Tensor) -> dict[str, Array]:
    """What PyTorch computes: out, h, and the final states."""
    finals: dict[str, Array] = {}
    last = max((n for n, (_, module) in enumerate(run) if isinstance(module, RECURRENT)))
    h = x
    for number, (name, module) in enumerate(run):
        if isinstance(module, RECURRENT):
            x, states = ran(case, module, x)
            finals |= named(name, module, states)
        else:
            x = module(x.mT).mT if isinstance(module, nn.BatchNorm1d) and x.ndim == 3 else module(x)
        if name in case.activations:
            x = functions(case.activations[name])(x)
        refuse_dead(case, module, x)
        if number == last:
            h = x
            x = final_steps(x, case.lengths) if case.many_to_one else x
    return {"out": x.numpy(), "h": h.numpy(), **finals}


def ran(case: Case, module: nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The output sequence, and h_n (and c_n), both (layers * directions, batch, units)."""
    if isinstance(module, nn.RNNCellBase):
        empty = x.new_zeros(len(x), module.hidden_size)
        h, states = looped(module, x, [empty] * (1 + isinstance(module, nn.LSTMCell)))
        return h, [state[None] for state in states]
    h, states = torch_frame.ran(module, x, lengths=case.lengths)
    return h, list(states) if isinstance(states, tuple) else [states]


def named(name: str, module: nn.Module, states: list[torch.Tensor]) -> dict[str, Array]:
    """The final states by layer and direction."""
    ways = ("forward", "backward")[: 1 + getattr(module, "bidirectional", False)]
    return {
        f"{layer}.{way}.final.{letter}": state[index * len(ways) + side].numpy()
        for index, layer in enumerate(names_of(name, module))
        for side, way in enumerate(ways)
        for letter, state in zip("hc", states, strict=False)
    }


def refuse_dead(case: Case, module: nn.Module, x: torch.Tensor) -> None:
    """A relu that never opens would hide mistakes: another draw is needed (REDRAWN)."""
    relu = isinstance(module, nn.ReLU) or getattr(module, "nonlinearity", "") == "relu"
    if relu and not golden_file.SALT and not (x.flatten(0, -2) > 0).any(0).all():
        raise ValueError(f"torch_files/{case.name}: a relu is dead; put it into REDRAWN")
