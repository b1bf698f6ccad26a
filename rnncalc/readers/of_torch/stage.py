"""``Stage``: what a module of PyTorch is as a part of a network, and which widths it joins."""

from __future__ import annotations

from collections.abc import Mapping

from rnncalc.containers.tensor import Tensor
from rnncalc.data import dataclass
from rnncalc.errors import printable
from rnncalc.readers.contents.part import Part

NAMED = 4
"""How many tensors of a module that cannot be computed are named."""


@dataclass
class Stage:
    """A module that has weights.

    Attributes:
        name: its path in the network; nothing where the network is this module.
        parts: its layers.
        takes: how many numbers a step of its input has, where that is known.
        gives: how many numbers a step of its output has, where that is known.
    """

    name: str
    parts: list[Part]
    takes: int | None = None
    gives: int | None = None

    @property
    def kind(self) -> str:
        """What its parts are: ``recurrent``, ``output``, ``embedding``, ``other``."""
        return self.parts[0].kind

    @property
    def alone(self) -> bool:
        """Whether it is a matrix and nothing else: nn.Linear without bias, or nn.Embedding."""
        block = self.parts[0].block
        return self.kind == "output" and "weight" in block and "bias" not in block


def other(name: str, tensors: Mapping[str, Tensor], why: str = "") -> Stage:
    """A module that cannot be computed: the rest of a sentence says why, or what it holds."""
    says = listed(tensors)
    problem = why or f"holds {says}: not a layer that can be computed"
    return Stage(name, [Part(name or next(iter(tensors)), "other", says, problem=problem)])


def listed(tensors: Mapping[str, Tensor]) -> str:
    """Tensors and their shapes: ``conv.weight (16, 3, 5), conv.bias (16,)``."""
    shown = [f"{printable(name)} {tensor.shape}" for name, tensor in tensors.items()]
    more = [f"{len(shown) - NAMED} more"] if len(shown) > NAMED else []
    return ", ".join(shown[:NAMED] + more)
