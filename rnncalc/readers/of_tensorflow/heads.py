"""What stands beside cells in a checkpoint of TensorFlow 1: matrices and biases, by shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rnncalc.containers.tensor import Tensor
from rnncalc.errors import printable
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_torch.stage import Stage, other

CUDNN = (
    "is one of {}'s layers, which keep their weights in an order of their own: "
    "not read from a checkpoint of TensorFlow 1"
)
ACTIVATION = "a file of weights does not say what follows a matrix and a bias"


def heads(rest: Mapping[str, Tensor], opaque: re.Pattern[str]) -> list[Stage]:
    """Dense layers, and whatever cannot be computed.

    Args:
        opaque: which names are those of layers that nobody can take apart here.
    """
    scopes: dict[str, dict[str, Tensor]] = {}
    for name, tensor in rest.items():
        scopes.setdefault(name.rpartition("/")[0], {})[name] = tensor
    stages = []
    for scope, own in scopes.items():
        if found := opaque.search(scope):
            whose = "cuDNN" if "cudnn" in found[0].lower() else found[0]
            stages.append(other(scope, own, CUDNN.format(whose)))
        elif pair := _pair(list(own.values())):
            stages.append(_dense(scope, *pair))
        else:
            stages += [other(name, {name: one}) for name, one in own.items()]
    return stages


def _pair(own: list[Tensor]) -> tuple[Tensor, Tensor] | None:
    """A matrix and a bias that fits its columns."""
    if len(own) != 2:
        return None
    bias, kernel = sorted(own, key=lambda one: one.ndim)
    fits = bias.ndim == 1 and kernel.ndim == 2 and bias.shape[0] == kernel.shape[1]
    return (kernel, bias) if fits else None


def _dense(scope: str, kernel: Tensor, bias: Tensor) -> Stage:
    name = scope.replace("/", ".") or printable(kernel.name, 60)
    part = Part(name, "output", "a matrix and a bias", path=scope or kernel.name)
    part.block = {"kernel": kernel, "bias": bias, "name": name}
    part.assume("activation", "linear", ACTIVATION)
    return Stage(name, [part], kernel.shape[0], kernel.shape[1])
