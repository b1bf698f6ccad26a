"""The modules of PyTorch that have no state, by the names and shapes of their tensors.

nn.Linear, nn.LayerNorm, nn.BatchNorm1d, nn.PReLU; whether a matrix alone is one of them or an
nn.Embedding is left to ``embedding.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.torch import EPSILON, NOT_STORED
from rnncalc.errors import printable
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_torch.stage import Stage, other

AFFINE = {"weight": "gamma", "bias": "beta"}
RUNNING = {"running_mean": "mean", "running_var": "variance"}
"""Their names to ours: what a normalized row is scaled and moved by, and what was measured."""

SAME = "nn.GroupNorm has the same tensors"
SAME_ALONE = "nn.RMSNorm and nn.PReLU have the same tensor"
SECOND = (
    "{}: nn.PReLU has slopes along the second axis, the features of rows and of turned sequences; "
    "they are taken for those of the features"
)
NOT_LAYER_NORM = ("rms", "group")
"""What names say of tensors that may be nn.LayerNorm's."""


def layer(name: str, tensors: Mapping[str, Tensor]) -> Stage:
    """What a module is; ``other`` where it is none of those that can be computed."""
    shapes = {tensor.shape for tensor in tensors.values()}
    weight, bias = tensors.get("weight"), tensors.get("bias")
    vectors = len(shapes) == 1 and all(len(shape) == 1 for shape in shapes)
    if vectors and set(RUNNING) <= set(tensors) <= {*RUNNING, *AFFINE}:
        return _batch_norm(name, tensors)
    if weight is not None and set(tensors) <= set(AFFINE):
        if weight.ndim == 2 and (bias is None or bias.shape == weight.shape[:1]):
            return _linear(name, weight, bias)
        if vectors and bias is None and (weight.size == 1 or _named(name, ("prelu",))):
            return _prelu(name, weight)
        if vectors and not _named(name, NOT_LAYER_NORM):
            return _layer_norm(name, tensors)
    return other(name, {f"{name}.{key}" if name else key: t for key, t in tensors.items()})


def _linear(name: str, weight: Tensor, bias: Tensor | None) -> Stage:
    part = Part(name or "linear", "output", "nn.Linear")
    part.block = {"weight": weight, "name": part.name}
    part.block |= {} if bias is None else {"bias": bias}
    part.assume(
        "activation", "linear", "nn.Linear's own; a file of weights does not say what follows"
    )
    return Stage(name, [part], weight.shape[1], weight.shape[0])


def _named(name: str, words: tuple[str, ...]) -> bool:
    """Whether the module's own name has one of these words."""
    return any(word in name.rpartition(".")[2].lower() for word in words)


def _prelu(name: str, weight: Tensor) -> Stage:
    """One number alone, or one for each feature."""
    part = Part(name or "prelu", "output", "nn.PReLU")
    part.block = {"prelu": weight, "name": part.name}
    if weight.size > 1:
        part.warnings.append(SECOND.format(printable(part.name)))
    size = weight.size if weight.size > 1 else 0
    return Stage(name, [part], size, size)


def _layer_norm(name: str, tensors: Mapping[str, Tensor]) -> Stage:
    part = Part(name or "layer_norm", "output", "nn.LayerNorm")
    part.block = {AFFINE[key]: tensor for key, tensor in tensors.items()} | {"name": part.name}
    part.assume("normalization", "layer", SAME if "bias" in tensors else SAME_ALONE)
    return _norm(name, part, tensors["weight"].size)


def _batch_norm(name: str, tensors: Mapping[str, Tensor]) -> Stage:
    part = Part(name or "batch_norm", "output", "nn.BatchNorm1d")
    names = AFFINE | RUNNING
    part.block = {"normalization": "batch", "name": part.name}
    part.block |= {names[key]: tensor for key, tensor in tensors.items()}
    return _norm(name, part, tensors["running_mean"].size)


def _norm(name: str, part: Part, size: int) -> Stage:
    part.assume("epsilon", EPSILON, f"the default of {part.says}; {NOT_STORED}")
    return Stage(name, [part], size, size)
