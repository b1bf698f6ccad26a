"""The entries of an old Keras file: layers in their order, the weights of each in a list.

Keras before 1.0 numbered both: ``layer_0``, ``param_0``.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from itertools import accumulate

from rnncalc.containers.hdf5.tree import Group
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import FileError, printable
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_keras.config import MOST, Spec
from rnncalc.readers.of_keras.first import modern
from rnncalc.readers.of_keras.plan import PartPlan
from rnncalc.readers.of_keras.weights import from_list

Entries = dict[str, list[Tensor]]


def is_listed(root: Group) -> bool:
    """Whether a file lists its layers."""
    return any(key in root.attributes for key in ("layer_names", "layer_names0", "nb_layers"))


def entries(group: Group) -> Entries:
    """The layers in their order, and the weights of each in theirs, under Keras 2's names.

    Errors: FileError for one that is listed twice, or is not there.
    """
    found: Entries = {}
    for name in _names(group):
        if name in found:
            raise FileError(f"lists the layer {printable(name)} twice")
        if name not in group.groups:
            raise FileError(f"names the layer {printable(name)}, and has no weights of it")
        layer = group.groups[name]
        found[name] = modern(name, [_tensor(layer, weight) for weight in _weights(layer)])
    return found


def by_name(variables: Sequence[Tensor], layers: Container[str]) -> Entries:
    """Variables as entries of the layers in whose names they stand, ``lstm/lstm_cell/kernel``.

    Args:
        layers: the names of layers, as far as they are known; another variable is of what its name
            begins with.
    """
    found: Entries = {}
    for one in variables:
        *around, _ = parts = one.name.partition(":")[0].split("/")
        layer = next((part for part in around if part in layers), parts[0])
        found.setdefault(layer, []).append(one)
    return found


def _names(group: Group) -> list[str]:
    names = group.texts("layer_names")
    return _numbered(group, "nb_layers", "layer") if names is None else names


def _weights(layer: Group) -> list[str]:
    names = layer.texts("weight_names")
    return _numbered(layer, "nb_params", "param") if names is None else names


def _numbered(group: Group, key: str, word: str) -> list[str]:
    """The names that an attribute counts: ``layer_0``, ``layer_1``."""
    count = group.attributes.get(key, 0)
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MOST:
        raise FileError(f"has {printable(str(count), 30)} as {key}, expected 0 to {MOST:,}")
    return [f"{word}_{i}" for i in range(count)]


def _tensor(layer: Group, name: str) -> Tensor:
    found = layer.tensor(name)
    if found is None:
        raise FileError(f"{printable(layer.name)} has no array '{printable(name)}'")
    return Tensor(name, found.shape, found.dtype, found.numbers)


def give(
    parts: Sequence[PartPlan], specs: Sequence[Spec], there: Mapping[str, list[Tensor]]
) -> None:
    """Give every part its weights: they stand under its name, those of inner models under theirs.

    Keras 1 had the layers of models inside a Sequential in one row with the others.

    Errors: FileError for weights that are missing, or of a layer that the config does not have.
    """
    owners: dict[str, list[int]] = {}
    for i, spec in enumerate(specs):
        above = accumulate(spec.path.split("."), "{}.{}".format)  # names may have dots, too
        entry = next((name for name in above if name in there), spec.name)
        owners.setdefault(entry, []).append(i)
    for name, weights in there.items():
        own = owners.get(name, [])
        if others := [parts[i].part for i in own if parts[i].part.kind == "other"]:
            _refuse_beside(others[0], [parts[i].part for i in own if parts[i].holders])
        elif own:
            from_list([parts[i] for i in own], [specs[i] for i in own], weights)
        elif weights:
            raise FileError(f"has weights of {printable(name)}, which its config does not have")
    for name, own in owners.items():
        if name not in there and any(parts[i].holders for i in own):
            raise FileError(f"has no weights of the layer {printable(specs[own[0]].path)}")


def _refuse_beside(other: Part, parts: Sequence[Part]) -> None:
    """In one list with the weights of a layer that is not known nobody can tell whose are whose."""
    for part in parts:
        part.kind, part.block, part.assumed = "other", {}, []
        part.problem = f"has its weights in one list with those of {printable(other.path)}, which "
        part.problem += "is not computed here"
