"""From an opened Keras file to ``Contents``: which of its kinds it is, what that kind leaves open.

``.keras``, ``.h5`` of a whole model or of weights, ``.weights.h5``. The files are opened in
``containers/``; the layers in them are made in ``of_keras/``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from rnncalc.errors import FileError, located, printable
from rnncalc.readers.containers.hdf5 import Group
from rnncalc.readers.containers.strict_json import parsed
from rnncalc.readers.containers.tensor import Tensor
from rnncalc.readers.contents import Contents, tensors
from rnncalc.readers.of_keras import config as keras_config
from rnncalc.readers.of_keras import tree as keras_tree
from rnncalc.readers.of_keras import weights as keras_weights
from rnncalc.readers.of_keras.config import Chain, Spec
from rnncalc.readers.of_keras.layers import made
from rnncalc.readers.of_keras.made import Made
from rnncalc.readers.ordering import ordered_by_widths
from rnncalc.readers.part import Assumption, Part

MODE = "a file of weights does not say whether the last layer gives its last output only"


def of_archive(
    name: str, config: Mapping[str, Any], metadata: Mapping[str, Any], root: Group | None
) -> Contents:
    """What a ``.keras`` file holds."""
    version = printable(str(metadata.get("keras_version", "of an unknown version")), 30)
    what = f"Keras {version}, .keras"
    if root is None:
        raise FileError("has a config, but no weights")
    root = keras_weights.nested(root)
    if not isinstance(_layers_in(config), list):
        return _own_class(name, what, str(config.get("class_name")), root)
    with _sound():
        chain = keras_config.chain(config)
        parts = _of_tree(chain.specs, root, old=_is_old(version))
    return _contents(name, what, parts, chain, keras_weights.left_out(root))


def _own_class(name: str, what: str, kind: str, root: Group) -> Contents:
    """A model whose code says how its layers follow each other, and whose file does not."""
    contents = _weights_only(name, f"{what} of the class {printable(kind)}", root)
    contents.warnings.append(
        f"{printable(kind)} is a class of its own, whose code is not in the file: its layers are "
        "taken to follow each other, with Keras' defaults"
    )
    return contents


def _is_old(version: str) -> bool:
    """Whether a version is one of Keras 1 or 2, which mean another function by hard_sigmoid."""
    return version.split(".")[0] in ("1", "2")


def _layers_in(config: Mapping[str, Any]) -> Any:
    inner = config.get("config")
    return inner.get("layers") if isinstance(inner, Mapping) else inner


def of_hdf5(name: str, root: Group) -> Contents:
    """What a ``.h5`` file holds, of whichever of its three kinds."""
    if "model_config" in root.attributes:
        return _whole_model(name, root)
    if "layer_names" in root.attributes or "layer_names0" in root.attributes:
        return _old_weights(name, root)
    if any(group in root.groups for group in (*keras_weights.LAYERS, "vars")):
        return _weights_only(name, "Keras, .weights.h5", root)
    there = ", ".join(map(printable, list(root.groups)[:8])) or "nothing"
    raise FileError(f"is no file of Keras that is known here: its groups are {there}")


def _whole_model(name: str, root: Group) -> Contents:
    """A model and its weights as Keras 2 wrote them, and Keras 3 still does."""
    version = printable(str(root.attributes.get("keras_version", "1")), 30)
    old = _is_old(version)
    with _sound():
        config = parsed(root.attributes["model_config"])
        chain = keras_config.chain(config)
        weights = root.groups.get("model_weights", root)
        parts = _of_lists(chain.specs, _entries(weights), old)
    left_out = ["optimizer_weights"] if "optimizer_weights" in root.groups else []
    return _contents(name, f"Keras {version}, .h5", parts, chain, left_out)


def _old_weights(name: str, root: Group) -> Contents:
    """Weights of layers in their order, without a config."""
    with _sound():
        specs, weights = keras_tree.listed(_entries(root))
        parts = [made(spec, old=True) for spec in specs]
        for one, spec in zip(parts, specs, strict=True):
            if one.part.kind != "other":
                keras_weights.from_list([one], [spec], weights[spec.path])
    version = printable(str(root.attributes.get("keras_version", "")), 30)
    contents = _contents(name, f"Keras {version}, .h5 of weights only", parts, Chain(specs), [])
    return _unsaid(contents, "the order in which the file lists them")


def _weights_only(name: str, what: str, root: Group) -> Contents:
    """Weights of Keras 3 without a config: even the order of the layers is not in the file."""
    with _sound():
        specs = keras_tree.specs(root)
        parts = _of_tree(specs, root, old=False)
    contents = _contents(name, what, parts, Chain(specs), keras_weights.left_out(root))
    names = [spec.group for spec in specs]
    standing = [_standing(*each) for each in zip(contents.parts, names, strict=True)]
    ordered, why = ordered_by_widths(standing)
    contents.parts = [one.part for one in ordered]
    return _unsaid(contents, why)


class _Standing(NamedTuple):
    """A part, and which widths it joins."""

    part: Part
    name: str
    kind: str
    takes: int | None
    gives: int | None


def _standing(part: Part, name: str) -> _Standing:
    """The widths of a part; of equal ones the groups' names, which are numbered, tell the order."""
    shapes = {way[-1]: tensor.shape for way, tensor in tensors(part.block)}  # the last cell's
    first = next((one.shape for way, one in tensors(part.block) if way[-1] == "kernel"), None)
    kernel, recurrent = shapes.get("kernel"), shapes.get("recurrent_kernel")
    takes, gives = (first[0], kernel[-1]) if first and kernel else (None, None)
    if recurrent:
        gives = recurrent[0] * (2 if part.block.get("merge") == "concat" else 1)
    if part.kind == "embedding":
        gives = shapes["weights"][-1]
    if "normalization" in part.block and shapes:
        takes = gives = next(iter(shapes.values()))[0]
    return _Standing(part, name, part.kind, takes, gives)


def _unsaid(contents: Contents, why: str) -> Contents:
    """The contents with what a config would have said of the whole."""
    names = ", ".join(printable(part.name) for part in contents.parts if part.kind != "nothing")
    contents.assumed += [
        Assumption("", "mode", "many-to-many", MODE),
        *([Assumption("", "layers", names, why)] if "," in names else []),
    ]
    return contents


def _of_tree(specs: Sequence[Spec], root: Group, old: bool) -> list[Made]:
    parts = [made(spec, old) for spec in specs]
    for one, spec in zip(parts, specs, strict=True):
        if one.part.kind != "other":
            keras_weights.from_tree(one, spec, root)
    return parts


def _of_lists(specs: Sequence[Spec], entries: Mapping[str, list[Tensor]], old: bool) -> list[Made]:
    """The parts with weights that stand under the names of layers, inner models under theirs."""
    parts = [made(spec, old) for spec in specs]
    for name, weights in entries.items():
        own = [i for i, spec in enumerate(specs) if spec.path.split(".")[0] == name]
        if others := [parts[i].part for i in own if parts[i].part.kind == "other"]:
            _refuse_beside(others[0], [parts[i].part for i in own if parts[i].holders])
        elif own:
            keras_weights.from_list([parts[i] for i in own], [specs[i] for i in own], weights)
    for one, spec in zip(parts, specs, strict=True):
        if one.holders and spec.path.split(".")[0] not in entries:
            raise FileError(f"has no weights of the layer {printable(spec.path)}")
    return parts


def _refuse_beside(other: Part, parts: Sequence[Part]) -> None:
    """In one list with the weights of a layer that is not known nobody can tell whose are whose."""
    for part in parts:
        part.kind, part.block, part.assumed = "other", {}, []
        part.problem = f"has its weights in one list with those of {printable(other.path)}, which "
        part.problem += "is not computed here"


def _entries(group: Group) -> dict[str, list[Tensor]]:
    """The layers of an old file in their order, and the weights of each in theirs."""
    entries: dict[str, list[Tensor]] = {}
    for name in group.texts("layer_names") or []:
        if name in entries:
            raise FileError(f"lists the layer {printable(name)} twice")
        if name not in group.groups:
            raise FileError(f"names the layer {printable(name)}, and has no weights of it")
        layer = group.groups[name]
        names = layer.texts("weight_names") or []
        entries[name] = [_tensor(layer, weight) for weight in names]
    return entries


def _tensor(layer: Group, name: str) -> Tensor:
    found = layer.tensor(name)
    if found is None:
        raise FileError(f"{printable(layer.name)} has no array '{printable(name)}'")
    return Tensor(name, found.shape, found.dtype, found.numbers)


def _contents(
    name: str, what: str, parts: Sequence[Made], chain: Chain, left_out: list[str]
) -> Contents:
    layers: list[Part] = [one.part for one in parts]
    return Contents(name, what, "keras", layers, chain.branches, left_out=left_out)


@contextmanager
def _sound() -> Iterator[None]:
    """A config that is not built as Keras builds them is damaged."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError) as error:
        told = printable(f"{type(error).__name__}: {error}", 100)
        raise FileError(f"the config of the model is damaged ({told})") from None


__all__ = ["located", "of_archive", "of_hdf5"]
