"""The words in which a model file of PyTorch is described, and what stands in a network.

``record_torch_files.py`` lists files in them, ``torch_files_recorder.py`` runs and saves them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from golden_file import Numbers
from torch import nn

BATCH, TIMESTEPS, FEATURES, VOCABULARY = 2, 4, 3, 6


class Own(nn.Module):
    """A network of a class that only its writer has."""

    def __init__(self, **modules: nn.Module) -> None:
        super().__init__()
        self.kept = {"name": "own", "sizes": (3, 4)}
        for name, module in modules.items():
            setattr(self, name, module)


CONTAINERS = (Own, nn.Sequential, nn.ModuleList, nn.ModuleDict)

RECURRENT = (nn.RNNBase, nn.RNNCellBase)
STATELESS = (nn.Linear, nn.LayerNorm, nn.BatchNorm1d)
FUNCTIONS = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid", nn.Softmax: "softmax"}
"""Modules without weights, which a state dict does not tell of, and rnncalc's name for them."""

Leaf = tuple[str, nn.Module]


def state_dict(net: nn.Module, _: Numbers) -> Any:
    """What is saved where nothing else is said."""
    return net.state_dict()


@dataclass(frozen=True)
class Case:
    """One file.

    Attributes:
        make: the network; its leaves are run one after another.
        save: what is stored of it, and with numbers for what stands beside it.
        container: how it is stored: one of ``HOW``.
        suffix: how the file's name ends.
        dtype: what it is computed in.
        types: what the weights of some modules ("" is all) are rounded to and kept in.
        layers: the leaves that are run, in this order, where these are not all or their order is
            not the file's; in a result, the same words, with commas between.
        activations: functions that are called behind leaves.
        whole: whether the modules themselves are stored, with all that they say.
        assume: what has to be told besides what ``told`` finds.
    """

    name: str
    make: Callable[[], nn.Module]
    about: str = ""
    save: Callable[[nn.Module, Numbers], Any] = state_dict
    container: str = "zip"
    suffix: str = "pt"
    dtype: str = "float32"
    types: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    activations: Mapping[str, str] = field(default_factory=dict)
    assume: tuple[str, ...] = ()
    many_to_one: bool = False
    lengths: tuple[int, ...] = ()
    whole: bool = False

    @property
    def file(self) -> str:
        """Its name, with the suffix."""
        return f"{self.name}.{self.suffix}"


def net(**modules: nn.Module) -> nn.Module:
    """A network of modules, registered in this order."""
    whole = nn.Module()
    for name, module in modules.items():
        whole.add_module(name, module)
    return whole


def leaves(module: nn.Module, name: str = "") -> Iterator[Leaf]:
    """What is run of a network, by its path; a bare module has none."""
    if type(module) is not nn.Module and not isinstance(module, CONTAINERS):
        yield name, module
        return
    for child, part in module.named_children():
        yield from leaves(part, f"{name}.{child}" if name else child)


def wanted(case: Case, whole: nn.Module) -> list[Leaf]:
    """The leaves that are run, in their order."""
    found = list(leaves(whole))
    if not case.layers:
        return found
    return [
        leaf
        for layer in case.layers
        for leaf in found
        if leaf[0] == layer or leaf[0].startswith(f"{layer}.")
    ]


def cell_of(module: nn.Module) -> str:
    """rnn, gru or lstm."""
    kind = type(module).__name__.removeprefix("Parametrized").removesuffix("Cell")
    return kind.lower()


def called(name: str, module: nn.Module) -> str:
    """What results call a recurrent module: a bare one by its cell."""
    return name or cell_of(module)


def names_of(name: str, module: nn.Module) -> list[str]:
    """What results call each layer of a recurrent module."""
    count = getattr(module, "num_layers", 1)
    whole = called(name, module)
    return [f"{whole}.{index}" for index in range(count)] if count > 1 else [whole]


def parts(found: list[Leaf]) -> list[list[Any]]:
    """Name, kind, cell and units of what has weights."""
    lines: list[list[Any]] = []
    for name, module in found:
        if isinstance(module, RECURRENT):
            cell, units = cell_of(module), module.hidden_size
            lines += [[one, "recurrent", cell, units] for one in names_of(name, module)]
        elif isinstance(module, nn.Embedding):
            lines.append([name, "embedding", None, None])
        elif isinstance(module, STATELESS):
            lines.append([name, "output", None, None])
    return lines


def told(case: Case, found: list[Leaf]) -> list[str]:
    """What the file does not say and a reader would take to be otherwise."""
    lines, behind = [], ""
    for name, module in [] if case.whole else found:  # a whole module says it
        if getattr(module, "nonlinearity", "tanh") != "tanh":
            lines.append(f"{called(name, module)}.activation=relu")
        if type(module) in FUNCTIONS:
            lines.append(f"{behind}.activation={FUNCTIONS[type(module)]}")
        if getattr(module, "eps", 1e-5) != 1e-5:
            lines.append(f"{name}.epsilon={module.eps}")
        behind = name if isinstance(module, nn.Linear) else behind
    lines += [f"{name}.activation={function}" for name, function in case.activations.items()]
    lines += ["mode=many-to-one"] * case.many_to_one
    return [*lines, *case.assume]


def said(found: list[Leaf]) -> str:
    """The modules as PyTorch writes them."""
    lines = []
    for name, module in found:
        kind = type(module).__name__.removeprefix("Parametrized")
        inside = module.extra_repr().replace(", batch_first=True", "")
        lines.append(f"{name}: nn.{kind}({inside})" if name else f"nn.{kind}({inside})")
    return "; ".join(lines)


def functions(name: str) -> Callable[[torch.Tensor], torch.Tensor]:
    """An activation that a network calls itself."""
    return {"softmax": lambda x: torch.softmax(x, -1), "sigmoid": torch.sigmoid}.get(
        name, getattr(torch, name)
    )
