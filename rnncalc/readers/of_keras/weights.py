"""The weights of a Keras file, given to the parts that they belong to.

In a file of Keras 3 they lie in groups that are named after classes and numbered, in an old one in
groups that are named after layers, in a list with their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rnncalc.activations import Array
from rnncalc.errors import FileError, printable
from rnncalc.errors import Path as Way
from rnncalc.readers.containers.hdf5 import Group
from rnncalc.readers.containers.tensor import Tensor
from rnncalc.readers.of_keras.config import Spec
from rnncalc.readers.of_keras.made import DEFAULT, Holder, Made
from rnncalc.readers.part import Part

LAYERS = ("layers", "_layer_checkpoint_dependencies")
"""The group of a model's layers; TensorFlow 2.12 and 2.13 called it otherwise."""

THEIRS = {"mean": "moving_mean", "variance": "moving_variance", "weights": "embeddings"}
"""Keras' names of arrays where a config here has others."""

LATE = ("mean", "variance")
"""What is not trained, and stands behind what is in a list."""

GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def from_tree(made: Made, spec: Spec, root: Group) -> None:
    """Give a part its weights from the groups of Keras 3. Errors: FileError for missing ones."""
    for holder in made.holders:
        path = "/".join(filter(None, [spec.group, holder.group, "vars"]))
        group = down(root, path)
        there = numbered(group) if group else []
        _give(made.part, holder, there, path)


def down(root: Group, path: str) -> Group | None:
    """The group that a path leads to, in any dialect; None where there is none."""
    group: Group | None = root
    counted = False
    for name in path.split("/"):
        inner = group.groups if group else {}
        if name == "layers":
            found = next((key for key in LAYERS if key in inner), name)
        else:
            found = _kth(name, group) if counted and group else name
        group, counted = inner.get(found), name == "layers"
    return group


def nested(root: Group) -> Group:
    """The groups as they were meant, where Windows wrote a whole way into one name."""
    result = Group(root.name, root.attributes, {}, root.tensors)
    for name, group in root.groups.items():
        here = result
        *ways, last = name.split("\\")
        for way in ways:
            here = here.groups.setdefault(way, Group(f"{here.name}/{way}".lstrip("/"), {}, {}, {}))
        inner = nested(group)
        if earlier := here.groups.get(last):
            groups, tensors = inner.groups | earlier.groups, inner.tensors | earlier.tensors
            inner = Group(inner.name, inner.attributes | earlier.attributes, groups, tensors)
        here.groups[last] = inner
    return result


def _kth(name: str, group: Group) -> str:
    """The group of the k-th layer of a class: ``lstm_1`` is the second, whatever its number.

    TensorFlow 2.12 and 2.13 count some layers twice, which leaves gaps.
    """
    base, _, number = name.rpartition("_")
    base, k = (base, int(number)) if base and number.isdigit() else (name, 0)
    there = group.families.get(base, [])
    return there[k] if k < len(there) else name


def numbered(group: Group) -> list[Tensor]:
    """The arrays of a group ``vars`` by their numbers: 10 behind 9."""
    if odd := [name for name in group.tensors if not re.fullmatch(r"\d{1,6}", name, re.ASCII)]:
        raise FileError(f"{printable(group.name)} has an array '{printable(odd[0])}': no number")
    return [group.tensors[name] for name in sorted(group.tensors, key=int)]


def from_list(made: Sequence[Made], specs: Sequence[Spec], tensors: Sequence[Tensor]) -> None:
    """Give the parts of one entry of an old file their weights: of one layer, or an inner model.

    Errors: FileError where they are not those that the config asks for.
    """
    if len(made) > 1 and (apart := _by_layer(made, specs, tensors)):
        for one, spec, own in zip(made, specs, apart, strict=True):
            from_list([one], [spec], own)
        return
    slots = [
        (one, holder, name)
        for one in made
        for holder in one.holders
        for name in holder.names
    ]  # fmt: skip
    frozen = {id(one): spec.config.get("trainable") is False
              for one, spec in zip(made, specs, strict=True)}  # fmt: skip
    slots.sort(key=lambda slot: slot[2] in LATE or frozen[id(slot[0])])
    names = [slot[2] for slot in slots]
    there = [tensor.name.rpartition("/")[2].partition(":")[0] for tensor in tensors]
    if [THEIRS.get(name, name) for name in names] != there:
        where = ", ".join(printable(spec.path) for spec in specs)
        expected = ", ".join(THEIRS.get(name, name) for name in names) or "none"
        found = ", ".join(map(printable, there[:12])) or "none"
        raise FileError(f"{where} has the weights {found}; its config asks for {expected}")
    for one in made:
        for holder in one.holders:
            own = [tensor for tensor, slot in zip(tensors, slots, strict=True)
                   if slot[0] is one and slot[1] is holder]  # fmt: skip
            _give(one.part, holder, own, one.part.path)


def _by_layer(
    made: Sequence[Made], specs: Sequence[Spec], tensors: Sequence[Tensor]
) -> list[list[Tensor]]:
    """The weights of each layer of an inner model by its name in theirs; none where not told."""
    apart = [[t for t in tensors if spec.name in t.name.split("/")[:-1]] for spec in specs]
    wanted = [sum(len(holder.names) for holder in one.holders) for one in made]
    whole = sum(map(len, apart)) == len(tensors)
    return apart if whole and list(map(len, apart)) == wanted else []


def _give(part: Part, holder: Holder, there: Sequence[Tensor], where: str) -> None:
    """Put the arrays of a holder where they belong."""
    names = holder.names
    if holder.optional and len(there) == len(names) - 1:
        names = names[:-1]
    if len(there) != len(names):
        has = f"{len(there)} array{'s' * (len(there) != 1)}"
        expected = f"expected {len(names)}: {', '.join(names)}"
        why = "" if there else ". A model that was never called has no weights: call it, then save"
        raise FileError(f"{printable(where, 200)} has {has}, {expected}{why}")
    block = _block(part.block, holder.way)
    block |= unfused(part, block, dict(zip(names, there, strict=True)))
    gated = block.get("cell") == "gru" and "bias" not in block
    if gated and "reset_after" not in (block.keys() | part.block.keys()):
        part.assume("reset_after", True, f"{DEFAULT}, and without a bias no shape tells")


def _block(block: Any, way: Way) -> dict[str, Any]:
    for key in way:
        block = block[key]
    return block  # type: ignore[no-any-return]


def unfused(part: Part, block: dict[str, Any], arrays: dict[str, Tensor]) -> dict[str, Tensor]:
    """The arrays of a cell as Keras' own cells have them; those of cuDNN are told by their bias.

    A layer of cuDNN has two biases in a row, and its matrices gate by gate turned around
    (tf_keras, saving/legacy/hdf5_format.py, says how it reads them).
    """
    gates, bias = GATES.get(str(block.get("cell")), 0), arrays.get("bias")
    kernel = arrays.get("recurrent_kernel")
    if gates < 3 or bias is None or kernel is None or bias.shape != (2 * gates * kernel.shape[0],):
        return arrays
    part.says = f"{part.says.removeprefix('CuDNN')} of cuDNN"
    lstm = block["cell"] == "lstm"
    units = kernel.shape[0]
    shape = (gates * units,) if lstm else (2, gates * units)
    whole = arrays["kernel"]
    return {
        "kernel": whole.made(whole.shape, lambda k: _per_gate(k, gates, _refilled)),
        "recurrent_kernel": kernel.made(kernel.shape, lambda k: _per_gate(k, gates, np.transpose)),
        "bias": bias.made(shape, lambda b: b.reshape(2, -1).sum(0) if lstm else b.reshape(shape)),
    }


def _per_gate(stacked: Array, gates: int, function: Any) -> Array:
    return np.hstack([function(one) for one in np.hsplit(stacked, gates)])


def _refilled(kernel: Array) -> Array:
    """The numbers of a matrix, that were written row by row of its transpose."""
    return kernel.T.reshape(kernel.shape, order="F")


def left_out(root: Group) -> list[str]:
    """What a file of Keras 3 holds beside layers: an optimizer's state, metrics."""
    found = []
    for name, group in root.groups.items():
        count = sum(1 for _ in every(group))
        if name in ("optimizer", "metrics") and count:
            found.append(f"{name}: {count} arrays")
    return found


def every(group: Group) -> Iterator[Tensor]:
    """All arrays below a group."""
    yield from group.tensors.values()
    for inner in group.groups.values():
        yield from every(inner)
