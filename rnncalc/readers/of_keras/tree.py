"""Keras files that hold weights and no config: which layers there are, by groups, names and shapes.

What only a config could tell is left open (``Spec.known`` is False), so that it is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, permutations
from typing import Any

from rnncalc.containers.hdf5.tree import Group
from rnncalc.containers.natural_order import in_numbers
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions import keras as words
from rnncalc.conventions.keras_activations import ACTIVATION_LAYERS
from rnncalc.conventions.keras_versions import NEWER, Version
from rnncalc.equations import CELL_OF
from rnncalc.errors import FileError, printable
from rnncalc.readers.of_keras.config import Spec
from rnncalc.readers.of_keras.weights import LAYERS, numbered

NO_LAYERS = ("optimizer", "metrics", "vars", "seed_generator", "loss_tracker", "_metrics")
WITHOUT_ARRAYS = (*words.PASSED, *words.POOLINGS, *ACTIVATION_LAYERS, "Masking", "Flatten")
CLASSES = {
    called: name
    for name in (*WITHOUT_ARRAYS, "Embedding", "Dense", "PReLU", *words.NORMALIZATIONS)
    for called in (words.snake_case(name), name.lower())  # lower: Keras 1
} | {"input": "InputLayer"}
"""The names of groups and layers, without their numbers, that tell the class of a layer."""

UNSAID = "layer without arrays"
"""The class of a layer that has no arrays and of which nothing says what it computes."""

MOST_CELLS = 6


def specs(root: Group) -> list[Spec]:
    """The layers in a file of Keras 3 that has no config, group by group, by numbers in names."""
    return [spec for spec, _ in _within(root, "")]


def _within(group: Group, way: str) -> Iterator[tuple[Spec, Group]]:
    listed = way.rpartition("/")[2] in LAYERS
    for name in in_numbers(group.groups):
        if name in NO_LAYERS or (name.startswith("_") and name not in LAYERS):
            continue
        child, here = group.groups[name], f"{way}/{name}".lstrip("/")
        named = child.groups["vars"].attributes.get("name") if "vars" in child.groups else None
        called = name if listed else str(named or name)
        found = None if name in LAYERS else _layer(child, called)
        if found is None:
            yield from _within(child, here)
            continue
        kind, config = found
        path = ".".join(part for part in here.split("/") if part not in LAYERS)
        around, _, own = path.rpartition(".")
        path = f"{around}.{named or own}".lstrip(".")
        yield Spec(str(named or own), path, kind, config, here, NEWER, known=False), child


def _layer(group: Group, name: str) -> tuple[str, Mapping[str, Any]] | None:
    """The class of the layer that a group is, and what its inner layers are; None for none.

    Args:
        name: of its class, or its own where the group is an attribute of a model.
    """
    inner = group.groups
    if {"forward_layer", "backward_layer"} <= set(inner):
        pair = [_layer(inner[f"{way}_layer"], way) for way in ("forward", "backward")]
        if not all(pair):
            return None
        both = [{"class_name": one[0], "config": one[1]} for one in pair if one]
        return "Bidirectional", {"layer": both[0], "backward_layer": both[1]}
    if "cell" in inner:
        cell = inner["cell"]
        if "cells" in cell.groups:
            return "RNN", {"cell": {"class_name": "StackedRNNCells",
                                    "config": {"cells": _cells(cell.groups["cells"])}}}  # fmt: skip
        return _recurrent(_own(cell)), {}
    if "layer" in inner and (wrapped := _layer(inner["layer"], "")):
        return "TimeDistributed", {"layer": {"class_name": wrapped[0], "config": wrapped[1]}}
    arrays = _own(group)
    if arrays:
        return _stateless(name, arrays), {}
    if "vars" not in inner or any(name not in NO_LAYERS for name in inner):
        return None
    return class_named(name), {}


def class_named(name: str) -> str:
    """The class of a layer without arrays that has the name which Keras gives it, or none."""
    base = _base(name)
    known = CLASSES.get(base) or CLASSES.get(name)
    return known if known in WITHOUT_ARRAYS else UNSAID


def is_named(name: str, kind: str) -> bool:
    """Whether a layer has the name that Keras gives one of this class."""
    return CLASSES.get(_base(name)) == kind


def _base(name: str) -> str:
    """A name without the number that tells it from others: ``dropout`` of ``dropout_2``."""
    return re.sub(r"_[0-9]+$", "", name)


def _own(group: Group) -> list[Tensor]:
    return numbered(group.groups["vars"]) if "vars" in group.groups else []


def _recurrent(arrays: Sequence[Tensor]) -> str:
    """The class that a cell's matrices belong to."""
    if len(arrays) > 1 and arrays[0].ndim == arrays[1].ndim == 2:
        units, columns = arrays[1].shape
        if units and columns % units == 0 and columns // units in CELL_OF:
            return words.CLASSES[CELL_OF[columns // units]]
    shapes = ", ".join(str(one.shape) for one in arrays[:4]) or "nothing"
    where = printable(arrays[0].name, 200) if arrays else "a cell"
    raise FileError(f"{where}: arrays {shapes} are those of no cell that is computed here")


def _cells(group: Group) -> list[dict[str, Any]]:
    """The cells of a list in the order in which their widths follow each other."""
    names = in_numbers(group.groups)
    arrays = {name: _own(group.groups[name]) for name in names}
    orders = permutations(names) if len(names) <= MOST_CELLS else iter([tuple(names)])
    for order in orders:
        numbers = [arrays[name] for name in order]
        counters = [n for n in names if n in order] == names
        widths = [(one[0].shape[0], one[1].shape[0]) for one in numbers if len(one) > 1]
        fits = all(b[0] == a[1] for a, b in pairwise(widths))
        if counters and fits and _counted(order):
            return [{"class_name": f"{_recurrent(one)}Cell", "config": {}} for one in numbers]
    return [{"class_name": f"{_recurrent(arrays[name])}Cell", "config": {}} for name in names]


def _counted(order: Sequence[str]) -> bool:
    """Whether the cells of each class keep the order of their numbers."""
    for name in {one.rstrip("0123456789").rstrip("_") for one in order}:
        own = [one for one in order if one.rstrip("0123456789").rstrip("_") == name]
        if own != in_numbers(own):
            return False
    return True


def _stateless(name: str, arrays: Sequence[Tensor]) -> str:
    """The class of a layer without a state, by its group's name, else by its shapes."""
    base = name.rstrip("0123456789").rstrip("_")
    if base in CLASSES:
        return CLASSES[base]
    shapes = [one.shape for one in arrays]
    axes = [len(shape) for shape in shapes]
    if axes == [2, 1] and shapes[0][1] == shapes[1][0]:
        return "Dense"
    if axes == [2]:
        return "Embedding" if "emb" in base else "Dense"
    if axes in ([1, 1, 1, 1], [1, 1]) and len(set(shapes)) == 1:
        return "BatchNormalization" if len(axes) == 4 else "LayerNormalization"
    return f"layer with arrays {', '.join(map(str, shapes[:4]))}"


def listed(
    entries: Mapping[str, Sequence[Tensor]], version: Version
) -> tuple[list[Spec], dict[str, list[Tensor]]]:
    """The layers of an old file without a config, and the weights of each by its path.

    Args:
        entries: the layers in their order, and their weights in theirs.
    """
    found: list[Spec] = []
    weights: dict[str, list[Tensor]] = {}
    for name, tensors in entries.items():
        for path, own in apart(name, tensors).items():
            called = path.removeprefix(f"{name}.") if path != name else name
            spec = _listed(Spec(called, path, "", {}, "", version, False), own)
            if not own and _is_input(name, entries):
                spec = spec._replace(kind="InputLayer")
            found.append(spec)
            weights[path] = list(own)
    return found, weights


def release(version: Version, entries: Mapping[str, Sequence[Tensor]]) -> Version:
    """The release of an old file, as far as the biases of its GRUs tell: TensorFlow 1 or 2."""
    for tensors in entries.values():
        named = {_parts(tensor)[-1]: tensor for tensor in tensors}
        bias, kernel = named.get("bias"), named.get("recurrent_kernel")
        if bias and kernel and kernel.ndim == 2 and kernel.shape[1] == 3 * kernel.shape[0]:
            return version.beside(reset_after=bias.ndim == 2)
    return version


def _is_input(name: str, names: Iterable[str]) -> bool:
    """Whether it is what Keras calls the input in front of a layer: ``lstm_1_input``."""
    layer, _, number = name.rpartition("_input")
    return layer in names and (not number or re.fullmatch("_[0-9]+", number) is not None)


def apart(name: str, tensors: Sequence[Tensor]) -> dict[str, list[Tensor]]:
    """The weights of one entry: of a layer, or by layer where it is an inner model."""
    units: dict[str, list[Tensor]] = {}
    for tensor in tensors:
        parts = _parts(tensor)[:-1]
        inner = parts[parts.index(name) + 1 :] if name in parts else parts
        cell = bool(inner) and (_is_cell(inner[-1]) or inner[0].startswith(("forward", "backward")))
        layer = "" if (len(inner) < 2 and cell) or not inner or _wraps(inner) else inner[0]
        units.setdefault(f"{name}.{layer}".rstrip("."), []).append(tensor)
    return units or {name: []}


def _wraps(inner: Sequence[str]) -> bool:
    return inner[0].startswith(("forward", "backward", "stacked_rnn_cells"))


def _is_cell(name: str) -> bool:
    return name.rstrip("0123456789").rstrip("_").endswith("_cell")


def _parts(tensor: Tensor) -> list[str]:
    """The words of a weight's name: without the groups of the file, without ``:0``."""
    return tensor.name.partition(":")[0].split("/")


def _listed(spec: Spec, tensors: Sequence[Tensor]) -> Spec:
    """What the weights of a layer say of it."""
    if not tensors:
        return spec._replace(kind=class_named(spec.name))
    kinds = [_parts(tensor)[-1] for tensor in tensors]
    count = kinds.count("recurrent_kernel")
    if count == 0:
        return spec._replace(kind=_without_state(spec, kinds, tensors), config=_options(kinds))
    cells = [_cell(tensors, kinds, i) for i in range(count)]
    if count == 1:
        return spec._replace(kind=cells[0]["class_name"], config=cells[0]["config"])
    if any(part.startswith("backward") for part in _parts(tensors[-1])):
        half = [_loop(cells[: count // 2]), _loop(cells[count // 2 :])]
        both = {"layer": half[0], "backward_layer": half[1]}
        return spec._replace(kind="Bidirectional", config=both)
    return spec._replace(kind="RNN", config=_loop(cells)["config"])


def _without_state(spec: Spec, kinds: Sequence[str], tensors: Sequence[Tensor]) -> str:
    """The class of a layer without a state by its arrays' names, and its own."""
    base = spec.name.rstrip("0123456789").rstrip("_")
    if spec.version.first and [*kinds] == ["kernel"]:  # called W, whichever of the two it is
        return "Dense" if CLASSES.get(base) == "Dense" else "Embedding"
    known = _STATELESS.get(kinds[0], CLASSES.get(base, UNSAID))
    if known in MOST_AXES and tensors[0].ndim <= MOST_AXES[known]:
        return known
    return f"layer with arrays {', '.join(str(one.shape) for one in tensors[:4])}"


MOST_AXES = {"Dense": 2, "Embedding": 2, **dict.fromkeys(words.NORMALIZATIONS, 1)}
"""How many axes the first array of a layer without a state has."""

_STATELESS = {"kernel": "Dense", "embeddings": "Embedding"}


def _options(kinds: Sequence[str]) -> dict[str, Any]:
    """What the names of the weights say of a layer without a state."""
    if "kernel" in kinds:
        return {"use_bias": "bias" in kinds}
    return {"scale": "gamma" in kinds, "center": "beta" in kinds}


def _cell(tensors: Sequence[Tensor], kinds: Sequence[str], index: int) -> dict[str, Any]:
    """The i-th cell in a list of weights."""
    place = [i for i, kind in enumerate(kinds) if kind == "recurrent_kernel"][index]
    kind = _recurrent(tensors[place - 1 : place + 1])
    return {"class_name": kind, "config": {"use_bias": kinds[place + 1 : place + 2] == ["bias"]}}


def _loop(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """One cell as a layer, several as a layer with a list of them."""
    if len(cells) == 1:
        return cells[0]
    inner = [{**cell, "class_name": f"{cell['class_name']}Cell"} for cell in cells]
    stacked = {"class_name": "StackedRNNCells", "config": {"cells": inner}}
    return {"class_name": "RNN", "config": {"cell": stacked}}
