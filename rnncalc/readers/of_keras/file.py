"""From an opened Keras file to ``Contents``: which of its kinds it is, what that kind leaves open.

``.keras``, ``.h5`` of a whole model or of weights, ``.weights.h5``, an architecture (``to_json``).
The files are opened in ``containers/``; the layers in them are made in ``of_keras/``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from rnncalc.containers.hdf5.tree import Group
from rnncalc.containers.strict_json import parsed
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions import keras_options, keras_versions
from rnncalc.conventions.keras import MODELS, class_of
from rnncalc.conventions.keras_versions import Version
from rnncalc.errors import FileError, located, printable
from rnncalc.readers.contents.blocks import is_row
from rnncalc.readers.contents.contents import Contents, tensors
from rnncalc.readers.contents.ordering import NAMES, ordered_by_widths
from rnncalc.readers.contents.part import Assumption, Part
from rnncalc.readers.of_keras import config as keras_config
from rnncalc.readers.of_keras import graph as keras_graph
from rnncalc.readers.of_keras import lists as keras_lists
from rnncalc.readers.of_keras import tree as keras_tree
from rnncalc.readers.of_keras import weights as keras_weights
from rnncalc.readers.of_keras.config import LayerChain, Spec
from rnncalc.readers.of_keras.layers import plan_of
from rnncalc.readers.of_keras.operations import OPERATION
from rnncalc.readers.of_keras.outputs import outputs
from rnncalc.readers.of_keras.plan import PartPlan
from rnncalc.readers.of_keras.wired import called, wired

Plans = Callable[[list[Spec]], list[PartPlan]]

MODE = "a file of weights does not say whether the last layer gives its last output only"


def of_archive(
    name: str, config: Mapping[str, Any], metadata: Mapping[str, Any], root: Group | None
) -> Contents:
    """What a ``.keras`` file holds."""
    version = keras_versions.NEWER
    if "keras_version" in metadata:
        version = keras_versions.version(metadata["keras_version"], "keras_version")
    what = f"Keras {version.text or 'of an unknown version'}, .keras"
    if root is None:
        raise FileError("has a config, but no weights")
    root = keras_weights.nested(root)
    if _is_own(config):
        return _own_class(name, what, str(config.get("class_name")), root)
    left_out = keras_weights.left_out(root)
    with _sound():
        return _described(name, what, config, version, Weights(root), left_out)


def _foreign(config: Mapping[str, Any]) -> list[str]:
    """What is told of a model of somebody's own class that lists its layers."""
    kind = printable(class_of(config))
    code = "a class of its own, whose code is not in the file: its layers are taken to be all of it"
    return [] if kind in MODELS else [f"{kind} is {code}"]


def _is_own(config: Mapping[str, Any]) -> bool:
    """Whether a model is of a class that is none of Keras', and its config lists no layers."""
    inner = config.get("config")
    layers = inner.get("layers") if isinstance(inner, Mapping) else inner
    kind = config.get("class_name")
    ours = class_of(config) in MODELS or not isinstance(kind, str)
    return not ours and not isinstance(layers, list)


def _own_class(name: str, what: str, kind: str, root: Group) -> Contents:
    """A model whose code says how its layers follow each other, and whose file does not."""
    contents = _weights_only(name, f"{what} of the class {printable(kind)}", root)
    contents.warnings.append(
        f"{printable(kind)} is a class of its own, whose code is not in the file: its layers are "
        "taken to follow each other, with Keras' defaults"
    )
    return contents


def of_hdf5(name: str, root: Group) -> Contents:
    """What a ``.h5`` file holds, of whichever of its three kinds."""
    if "model_config" in root.attributes:
        return _whole_model(name, root)
    if keras_lists.is_listed(root):
        return _old_weights(name, root)
    groups = keras_weights.nested(root)
    if any(group in groups.groups for group in (*keras_weights.LAYERS, "vars")):
        return _weights_only(name, "Keras, .weights.h5", groups)
    there = ", ".join(map(printable, list(root.groups)[:8])) or "nothing"
    raise FileError(f"is no file of Keras that is known here: its groups are {there}")


def _whole_model(name: str, root: Group) -> Contents:
    """A model and its weights as Keras 1 and 2 wrote them, and Keras 3 still does."""
    version = _version(root)
    with _sound():
        config = parsed(root.attributes["model_config"])
        entries = keras_lists.entries(root.groups.get("model_weights", root))
        left_out = ["optimizer_weights"] if "optimizer_weights" in root.groups else []
        what = f"Keras {version.text or 1}, .h5"
        return _described(name, what, config, version, Weights(entries), left_out)


class Weights(NamedTuple):
    """Weights apart from a config: in lists by layer, in the groups of Keras 3, or by their names.

    Attributes:
        given: one of these.
        version: the Keras that wrote them, where they say it.
        left_out: what else is there.
    """

    given: keras_lists.Entries | Group | list[Tensor]
    version: Version | None = None
    left_out: Sequence[str] = ()

    def plans(self, chain: LayerChain) -> Plans:
        """What gives the layers of a config their weights."""
        if isinstance(self.given, Group):
            return partial(_of_tree, root=keras_weights.nested(self.given))
        if isinstance(self.given, dict):
            return partial(_of_lists, entries=self.given)
        names = {part for spec in chain.specs for part in spec.path.split(".")}
        return partial(_of_lists, entries=keras_lists.by_name(self.given, names))


def of_saved_model(
    name: str, what: str, model: Mapping[str, Any], version: Version, weights: Weights,
    layers: Sequence[Mapping[str, Any]],
) -> Contents:  # fmt: skip
    """What a SavedModel of Keras 2 is, whose configs are told beside its variables.

    Args:
        layers: the configs of its layers, where the model is of somebody's own class.
    """
    own = _is_own(model)
    config = {**model, "config": {"layers": layers}} if own else model
    with _sound():
        found = _described(name, what, config, version, weights, list(weights.left_out))
    return _ordered(found, [part.name for part in found.parts]) if own else found


def of_variables(
    name: str, what: str, entries: keras_lists.Entries, version: Version, why: str
) -> Contents:
    """What variables are that have Keras' names, and no config."""
    with _sound():
        contents = _undescribed(name, what, entries, version)
    return _assume_mode(_assume_order(contents, why))


def _described(
    name: str, what: str, config: Any, version: Version, weights: Weights, left_out: list[str]
) -> Contents:
    """A config and its weights: a row, or a graph."""
    chain = keras_config.chain(config, version)
    plans = weights.plans(chain)
    parts = plans(chain.specs)
    if isinstance(weights.given, Group) and all(one.part.kind != "other" for one in parts):
        keras_weights.refuse_unclaimed(keras_weights.nested(weights.given), chain.specs)
    contents = _contents(name, what, parts, chain, left_out)
    contents = _as_graph(contents, chain, config, version, plans)
    contents.warnings += _foreign(config)
    return contents


def of_architecture(name: str, beside: str, config: Mapping[str, Any], root: Group) -> Contents:
    """What an architecture is, as ``to_json`` writes it, with the weights of an ``.h5``.

    Args:
        beside: what that file is called.
    """
    listed = keras_lists.is_listed(root.groups.get("model_weights", root))
    weights = Weights(root, keras_versions.NEWER, keras_weights.left_out(root))
    if listed:
        with _sound():
            entries = keras_lists.entries(root.groups.get("model_weights", root))
        weights = Weights(entries, _version(root))
    return of_parts(name, beside, config, weights)


def of_parts(name: str, beside: str, config: Mapping[str, Any], weights: Weights) -> Contents:
    """What an architecture is, with weights from anywhere."""
    version = _architect(config) or weights.version or keras_versions.NEWER
    what = f"architecture of Keras {version.text or 3}, weights of {beside}"
    with _sound():
        return _described(name, what, config, version, weights, list(weights.left_out))


def _architect(config: Mapping[str, Any]) -> Version | None:
    """The Keras that wrote an architecture: the third names modules, and no number of its own."""
    said = config.get("keras_version", "3" if "module" in config else None)
    return None if said is None else keras_versions.version(said, "keras_version")


def _version(root: Group) -> Version:
    """The Keras that wrote an old file; the first ones wrote no number."""
    if "nb_layers" in root.attributes:
        return keras_versions.NUMBERED
    said = root.attributes.get("keras_version")
    return keras_versions.FIRST if said is None else keras_versions.version(said, "keras_version")


def _old_weights(name: str, root: Group) -> Contents:
    """Weights of layers in their order, without a config."""
    version = _version(root)
    what = f"Keras {version.text or 1}, .h5 of weights only"
    with _sound():
        contents = _undescribed(name, what, keras_lists.entries(root), version)
    return _assume_mode(_assume_order(contents, "the order in which the file lists them"))


def _undescribed(name: str, what: str, entries: keras_lists.Entries, version: Version) -> Contents:
    """Layers that are told by the names and shapes of their weights."""
    version = keras_tree.release(version, entries)
    specs, weights = keras_tree.listed(entries, version)
    parts = [plan_of(spec) for spec in specs]
    for one, spec in zip(parts, specs, strict=True):
        if one.part.kind != "other":
            keras_weights.from_list([one], [spec], weights[spec.path])
    return _contents(name, what, parts, LayerChain(specs), [])


def _weights_only(name: str, what: str, root: Group) -> Contents:
    """Weights of Keras 3 without a config: even the order of the layers is not in the file."""
    with _sound():
        specs = keras_tree.specs(root)
        parts = _of_tree(specs, root)
    contents = _contents(name, what, parts, LayerChain(specs), keras_weights.left_out(root))
    return _assume_mode(_ordered(contents, [spec.group for spec in specs]))


def _ordered(contents: Contents, names: Sequence[str]) -> Contents:
    """The contents with their parts as their widths fit, which is assumed.

    Args:
        names: what they are called in the file; where widths do not tell, these do.
    """
    standing = [_standing(*each) for each in zip(contents.parts, names, strict=True)]
    ordered, why = ordered_by_widths(standing)
    contents.parts = [one.part for one in ordered]
    lost = [one.part for one in ordered if one.kind == "output" and one.takes is None]
    if lost and len(ordered) > len(lost):
        paths = [printable(part.path) for part in lost]
        contents.branches = f"this file does not say where {', '.join(paths[:6])} runs"
    return _assume_order(contents, NAMES if lost else why)


def of_groups(name: str, what: str, root: Group) -> Contents:
    """Weights of Keras without a config whose layers run as their groups stand in ``layers``."""
    with located(name), _sound():
        places = [f"layers/{group}" for group in root.groups["layers"].groups]
        specs = sorted(keras_tree.specs(root), key=lambda spec: places.index(spec.group))
        parts = _of_tree(specs, root)
    return _assume_mode(_contents(name, what, parts, LayerChain(specs), []))


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


def _assume_order(contents: Contents, why: str) -> Contents:
    """The contents, whose parts are taken to follow each other as they stand."""
    names = ", ".join(printable(part.name) for part in contents.parts if part.kind != "nothing")
    contents.assumed += [Assumption("", "layers", names, why)] if "," in names else []
    return contents


def _assume_mode(contents: Contents) -> Contents:
    """The contents with what a config would have said of the last layer."""
    contents.assumed.insert(0, Assumption("", "mode", "many-to-many", MODE))
    return contents


def _as_graph(
    contents: Contents, chain: LayerChain, config: Any, version: Version, plans: Plans
) -> Contents:
    """The contents as a graph, where they are no row, or one whose mask is dropped on the way.

    Args:
        plans: makes parts of layers, with their weights.
    """
    row = not contents.branches and is_row(contents.parts)
    if row and (version.old or not any(spec.states for spec in chain.specs)):
        return contents
    try:
        graph = keras_graph.graph(config, version)
        if row and not any(call.unmasked for call in graph.calls):
            return contents
        specs = called(chain.specs, graph)
        parts = {spec.path: one.part for spec, one in zip(specs, plans(specs), strict=True)}
        return wired(contents, graph, parts)
    except FileError as error:
        layers = [part for part in contents.parts if not part.says.startswith(OPERATION)]
        return replace(contents, branches=error.message, parts=layers)


def _of_lists(specs: Sequence[Spec], entries: Mapping[str, list[Tensor]]) -> list[PartPlan]:
    parts = [plan_of(spec) for spec in specs]
    keras_lists.give(parts, specs, entries)
    return parts


def _of_tree(specs: Sequence[Spec], root: Group) -> list[PartPlan]:
    specs = keras_weights.at_home(specs, root)
    parts = [plan_of(spec) for spec in specs]
    for one, spec in zip(parts, specs, strict=True):
        if one.part.kind != "other":
            keras_weights.from_tree(one, spec, root)
    return parts


def _contents(
    name: str, what: str, parts: Sequence[PartPlan], chain: LayerChain, left_out: list[str]
) -> Contents:
    layers: list[Part] = [one.part for one in parts]
    found = Contents(name, what, "keras", layers, chain.branches, left_out=left_out)
    given = outputs(chain.outputs, {part.path: part for part in layers})
    return replace(found, warnings=list(_policies(parts, chain.specs)), outputs=given)


def _policies(parts: Sequence[PartPlan], specs: Sequence[Spec]) -> Iterator[str]:
    """Which layers compute in a type that their weights do not have."""
    names: dict[str, list[str]] = {}
    for one, spec in zip(parts, specs, strict=True):
        if one.part.kind in ("recurrent", "output"):
            computed, kept = keras_options.policy(spec.config)
            if computed != kept:
                names.setdefault(computed, []).append(printable(one.part.name))
    for half, layers in names.items():
        shown = ", ".join(layers[:8]) + (f" and {len(layers) - 8} more" if layers[8:] else "")
        message = f"{shown} compute{'s' * (len(layers) == 1)} in {half} (policy mixed_{half})"
        yield f"{message}; here that is done in the weights' float32"


@contextmanager
def _sound() -> Iterator[None]:
    """A config that is not built as Keras builds them is damaged."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError) as error:
        shown = printable(f"{type(error).__name__}: {error}", 100)
        raise FileError(f"the config of the model is damaged ({shown})") from None


__all__ = ["Weights", "of_architecture", "of_archive", "of_hdf5", "of_parts", "of_saved_model",
           "of_variables"]  # fmt: skip
