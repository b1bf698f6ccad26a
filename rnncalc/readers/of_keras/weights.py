"""The weights of a Keras file, given to the parts that they belong to.

In a file of Keras 3 they lie in groups that are named after classes and numbered, in an old one in
groups that are named after layers, in a list with their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.hdf5.tree import Group
from rnncalc.containers.tensor import Tensor
from rnncalc.equations import CELLS
from rnncalc.errors import FileError, KeyPath, printable
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_keras.config import Spec
from rnncalc.readers.of_keras.plan import Holder, PartPlan

LAYERS = ("layers", "_layer_checkpoint_dependencies")
"""The group of a model's layers; TensorFlow 2.12 and 2.13 called it otherwise."""

THEIRS = {"prelu": ("alpha",), "mean": ("moving_mean",), "variance": ("moving_variance",),
          "weights": ("embeddings", "kernel"), "depthwise": ("depthwise_kernel", "kernel"),
          "pointwise": ("pointwise_kernel",), "v": ("concat_score_weight", "scale"),
          **{f"W_{one}": ("kernel",) for one in "qkvo"},
          **{f"b_{one}": ("bias",) for one in "qkvo"}}  # fmt: skip
"""Keras' names of arrays where a config here has others; Keras 1 calls a table as any matrix."""

HALVES, WHOLE = ("float16", "bfloat16"), ("float32", "float64")
"""The types of arrays that Keras writes."""

DEEPEST = 64
"""Groups within groups."""

LATE = ("mean", "variance")
"""What is not trained, and stands behind what is in a list."""


def from_tree(plan: PartPlan, spec: Spec, root: Group) -> None:
    """Give a part its weights from the groups of Keras 3. Errors: FileError for missing ones."""
    for holder in plan.holders:
        path = "/".join(filter(None, [spec.group, holder.group, "vars"]))
        group = down(root, path)
        there = numbered(group) if group else []
        _give(plan.part, holder, there, path)


def at_home(specs: Sequence[Spec], root: Group) -> list[Spec]:
    """The layers; one that is part of several models with the group that has its arrays."""
    homes: dict[int | None, str] = {}
    for spec in specs:
        if spec.shared is not None and spec.shared not in homes:
            group = down(root, spec.group)
            if group is not None and any(every(group)):
                homes[spec.shared] = spec.group
    return [spec._replace(group=homes.get(spec.shared, spec.group)) for spec in specs]


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
    """The groups as they were meant, where Windows wrote a whole path into one name.

    Errors: FileError where two arrays are meant to be one.
    """
    groups = list(_groups(root))
    if not any("\\" in group.name for group in groups):
        return root
    result = Group("", {}, {}, {})
    for group in groups:
        here = _at(result, re.split(r"[/\\]", group.name) if group.name else [])
        here.attributes.update(group.attributes)
        for name, tensor in group.tensors.items():
            if name in here.tensors:
                raise FileError(f"has two arrays {printable(f'{here.name}/{name}', 200)}")
            here.tensors[name] = tensor
    return result


def _groups(group: Group) -> Iterator[Group]:
    """A group and all below it."""
    yield group
    for inner in group.groups.values():
        yield from _groups(inner)


def _at(group: Group, path: Sequence[str]) -> Group:
    """The group at the end of a path, made where there is none."""
    if len(path) > DEEPEST:
        raise FileError(f"has groups more than {DEEPEST} deep")
    for i, name in enumerate(path, start=1):
        group = group.groups.setdefault(name, Group("/".join(path[:i]), {}, {}, {}))
    return group


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


def from_list(plans: Sequence[PartPlan], specs: Sequence[Spec], tensors: Sequence[Tensor]) -> None:
    """Give the parts of one entry of an old file their weights: of one layer, or an inner model.

    Errors: FileError where they are not those that the config asks for.
    """
    if len(plans) > 1 and (by_layer := _by_layer(plans, specs, tensors)):
        for one, spec, own in zip(plans, specs, by_layer, strict=True):
            from_list([one], [spec], own)
        return
    slots = [
        (one, holder, name)
        for one in plans
        for holder in one.holders
        for name in holder.names
    ]  # fmt: skip
    frozen = {id(one): spec.config.get("trainable") is False
              for one, spec in zip(plans, specs, strict=True)}  # fmt: skip
    # Keras lists what is not trained behind all that is, of all layers.
    slots.sort(key=lambda slot: slot[2] in LATE or frozen[id(slot[0])])
    there = [tensor.name.rpartition("/")[2].partition(":")[0] for tensor in tensors]
    fits = len(slots) == len(there) and all(
        name in THEIRS.get(slot[2], (slot[2],)) for slot, name in zip(slots, there, strict=True)
    )
    if not fits:
        where = ", ".join(printable(spec.path) for spec in specs)
        asked = [THEIRS.get(slot[2], (slot[2],))[0] for slot in slots]
        expected, found = (", ".join(map(printable, names[:12])) or "none"
                           for names in (asked, there))  # fmt: skip
        raise FileError(f"{where} has the weights {found}; its config asks for {expected}")
    for one in plans:
        for holder in one.holders:
            own = [tensor for tensor, slot in zip(tensors, slots, strict=True)
                   if slot[0] is one and slot[1] is holder]  # fmt: skip
            _give(one.part, holder, own, one.part.path)


def _by_layer(
    plans: Sequence[PartPlan], specs: Sequence[Spec], tensors: Sequence[Tensor]
) -> list[list[Tensor]]:
    """The weights of each layer of an inner model by its name in theirs; none where not told."""
    apart = [[t for t in tensors if spec.name in t.name.split("/")[:-1]] for spec in specs]
    wanted = [sum(len(holder.names) for holder in one.holders) for one in plans]
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
    arrays = dict(zip(names, there, strict=True))
    _refuse_others(holder, arrays, printable(where, 200))
    block = _block(part.block, holder.path)
    block |= unfused(part, block, holder.made(arrays))
    gated = block.get("cell") == "gru" and "bias" not in block
    if gated and "reset_after" not in (block.keys() | part.block.keys()):
        default = holder.reset_after
        why = f"{default.why}; the file holds weights only, and without a bias no shape tells"
        part.assume("reset_after", default.value, why)


def _refuse_others(holder: Holder, arrays: Mapping[str, Tensor], where: str) -> None:
    """Errors: FileError for arrays that contradict the config."""
    for name, tensor in arrays.items():
        if holder.kept in HALVES and tensor.dtype in WHOLE:
            message = f"its config says dtype {holder.kept}, and its {name} is {tensor.dtype}"
            raise FileError(f"{where}: {message}")
    for name, axis, length, word in holder.sizes:
        shape = arrays[name].shape
        if length is not None and axis < len(shape) and shape[axis] != length:
            message = f"its config says {word} {length:g}, and its {name} has the shape {shape}"
            raise FileError(f"{where}: {message}")


def _block(block: Any, path: KeyPath) -> dict[str, Any]:
    for key in path:
        block = block[key]
    return block  # type: ignore[no-any-return]


def unfused(part: Part, block: dict[str, Any], arrays: dict[str, Tensor]) -> dict[str, Tensor]:
    """The arrays of a cell as Keras' own cells have them; those of cuDNN are told by their bias.

    A layer of cuDNN has two biases in a row, and its matrices gate by gate turned around
    (tf_keras, saving/legacy/hdf5_format.py, says how it reads them).
    """
    gates = CELLS[block["cell"]].blocks if "cell" in block else 0
    bias = arrays.get("bias")
    kernel = arrays.get("recurrent_kernel")
    if gates < 3 or bias is None or kernel is None or bias.shape != (2 * gates * kernel.shape[0],):
        return arrays
    part.says = f"{part.says.replace('CuDNN', '').removesuffix(' of cuDNN')} of cuDNN"
    part.forget("activation", "tanh")
    part.forget("recurrent_activation", "sigmoid")
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
    counts = {name: sum(1 for _ in every(group)) for name, group in root.groups.items()}
    return [f"{printable(name)}: {count} arrays" for name, count in counts.items()
            if count and name in ("optimizer", "metrics")]  # fmt: skip


def refuse_unclaimed(root: Group, specs: Sequence[Spec]) -> None:
    """Errors: FileError for arrays of a layer that the config does not have."""
    claimed = {id(down(root, spec.group)) for spec in specs}
    models = [root]
    for model in models:
        for layer in (one for key in LAYERS if key in model.groups
                      for one in model.groups[key].groups.values()):  # fmt: skip
            if id(layer) in claimed:
                continue
            if any(key in layer.groups for key in LAYERS):
                models.append(layer)
            elif any(every(layer)):
                message = "holds arrays of a layer that its config does not have"
                raise FileError(f"{printable(layer.name, 200)} {message}")


def every(group: Group) -> Iterator[Tensor]:
    """All arrays below a group."""
    for inner in _groups(group):
        yield from inner.tensors.values()
