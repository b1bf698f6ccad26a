"""From the names of a PyTorch state dict to layers, whatever container it came in.

``encoder.weight_ih_l0`` is of a module ``encoder``; what the modules are stands in the names and
shapes of their tensors, what the network does with them nowhere: that is assumed, and said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.torch import ATTENTION, QUANTIZED
from rnncalc.errors import FileError, printable
from rnncalc.readers.contents.ordering import REGISTERED, ordered_by_widths
from rnncalc.readers.contents.part import Assumption, Part
from rnncalc.readers.of_torch.derived import RAW, REMEDY, derived
from rnncalc.readers.of_torch.embedding import with_embeddings
from rnncalc.readers.of_torch.layers import layer
from rnncalc.readers.of_torch.recurrent import is_recurrent, recurrent
from rnncalc.readers.of_torch.stage import Stage, listed, other

MOST = 10_000
"""Modules of one network."""

COUNTED = "num_batches_tracked"
"""How many batches nn.BatchNorm has seen: no number depends on it once it is trained."""

MODE = "a file of weights does not say which steps the output layer reads"

MADE = r"(?:(.*?)\.)?parametrizations\."
"""How names begin that belong to a parametrization of a module."""

Modules = dict[str, dict[str, Tensor]]
"""The path of each module, and its tensors by their names in it."""


class TensorNames(NamedTuple):
    """What the names of a file tell.

    Attributes:
        parts: the layers, in the order in which they are taken to run.
        assumed: what the file does not say of the network as a whole.
        warnings: what is known of such files that may make numbers differ.
    """

    parts: list[Part]
    assumed: list[Assumption]
    warnings: list[str]


def parts(tensors: Mapping[str, Tensor], *, ordered: bool) -> TensorNames:
    """The layers that tensors with dotted names are the weights of.

    Args:
        tensors: by their names: ``lstm.weight_ih_l0``.
        ordered: whether they stand in the order in which the modules were registered, as in a
            state dict; safetensors sorts them.

    Errors: FileError where there are none or too many, and where a layer lacks a weight.
    """
    if not tensors:
        raise FileError("holds no tensors: the weights of a PyTorch module were expected")
    modules = _modules(derived(tensors))
    if len(modules) > MOST:
        raise FileError(f"holds {len(modules):,} modules, at most {MOST:,} are read")
    below = _below(modules)
    every = [_stage(name, own, below.get(name, {})) for name, own in modules.items()]
    stages = with_embeddings(every, ordered=ordered)
    stages, why = (stages, REGISTERED) if ordered else ordered_by_widths(stages)
    return TensorNames(
        [part for stage in stages for part in stage.parts], _assumed(stages, why), []
    )


def _modules(tensors: Mapping[str, Tensor]) -> Modules:
    """The tensors by the modules that they belong to, as these come in the file."""
    modules: Modules = {}
    for name, tensor in tensors.items():
        if name.rpartition(".")[2] == COUNTED:
            continue
        module = _owner(name, tensors)
        modules.setdefault(module, {})[name[len(module) + 1 if module else 0 :]] = tensor
    return modules


def _owner(name: str, tensors: Mapping[str, Tensor]) -> str:
    """The module that has a tensor; a parametrization's is that of the weight which it makes."""
    if "parametrizations." in name and (match := re.match(MADE, name)):
        return match[1] or ""
    module = name.rpartition(".")[0]
    around, _, last = module.rpartition(".")
    attention = any(f"{around}.{key}".lstrip(".") in tensors for key in ATTENTION)
    return around if last == "out_proj" and attention else module


def _below(modules: Modules) -> Modules:
    """The tensors of the modules inside each recurrent one, by their names in that.

    What lies in two recurrent modules is the inner one's, which is in the outer one itself.
    """
    below: Modules = {}
    around: list[str] = []
    for name in sorted(modules, key=lambda name: f"{name}." if name else ""):
        while around and not name.startswith(around[-1]):
            around.pop()
        if around:
            inner = name.removeprefix(around[-1])
            found = below.setdefault(around[-1].removesuffix("."), {})
            found |= {f"{inner}.{key}": tensor for key, tensor in modules[name].items()}
        if is_recurrent(modules[name]):
            around.append(f"{name}." if name else "")
    return below


def _stage(name: str, own: dict[str, Tensor], below: Mapping[str, Tensor]) -> Stage:
    if quantized := {key: one for key, one in own.items() if one.dtype in QUANTIZED}:
        kind = next(iter(quantized.values())).dtype
        return other(name, own, f"holds {listed(quantized)} of type {kind}: no weights")
    if raw := {key: one for key, one in own.items() if RAW.fullmatch(key)}:
        return other(name, own, f"holds {listed(raw)}: {REMEDY}")
    return recurrent(name, own, below) if is_recurrent(own) else layer(name, own)


def _assumed(stages: Sequence[Stage], why: str) -> list[Assumption]:
    """Their order, where there are several; and which steps the output layer reads."""
    computed = [stage for stage in stages if stage.kind != "other"]
    assumed = []
    if len(computed) > 1:
        names = ", ".join(printable(part.name) for stage in computed for part in stage.parts)
        assumed.append(Assumption("", "layers", names, why))
    kinds = [stage.kind for stage in computed]
    behind = kinds[::-1].index("recurrent") if "recurrent" in kinds else 0
    if "output" in kinds[len(kinds) - behind :]:
        assumed.append(Assumption("", "mode", "many-to-many", MODE))
    return assumed
