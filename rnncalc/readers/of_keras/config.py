"""The layers that a Keras config describes, in the order in which they run.

Sequential models, functional ones that are a chain, models inside models. Nothing is made of what
a config says: classes are names here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rnncalc.conventions.keras_words import MODELS, snake_case
from rnncalc.errors import FileError, printable

MASKS = ("NotEqual", "Any")
"""The operations by which Keras 3 writes down the mask of a Masking or an Embedding."""

OWN_MODULES = ("keras", "tf_keras", "builtins")
DEEPEST = 20
MOST = 10_000
"""Layers of a model, those of inner models among them."""


class Spec(NamedTuple):
    """A layer as a config describes it.

    Attributes:
        name: its own.
        path: the names of the models around it and its own, with dots between.
        kind: its class: ``LSTM``.
        config: its settings.
        group: where its weights lie in a file of Keras 3: ``layers/sequential/layers/lstm``.
        known: whether the config is whole; else what it lacks is assumed.
        shape: what it was built for, as far as the config says.
    """

    name: str
    path: str
    kind: str
    config: Mapping[str, Any]
    group: str
    known: bool = True
    shape: tuple[Any, ...] = ()


class Chain(NamedTuple):
    """The layers of a model, and why they are no chain, if they are none."""

    specs: list[Spec]
    branches: str = ""


def chain(model: Any, path: str = "", group: str = "", depth: int = 0) -> Chain:
    """The layers of a model's config, those of inner models in place.

    Errors: FileError for what is no config of a model.
    """
    if depth > DEEPEST:
        raise FileError(f"models are nested more than {DEEPEST} deep")
    ordered, branches = _in_order(model, _entries(model))
    groups = dict(zip(map(id, ordered), _groups(ordered), strict=True))
    specs: list[Spec] = []
    for entry in ordered:
        config = entry.get("config")
        here = f"{group}layers/{groups[id(entry)]}"
        name = _name(entry)
        below = f"{path}{name}"
        if class_of(entry) in MODELS:
            inner = chain(entry, f"{below}.", f"{here}/", depth + 1)
            specs += inner.specs
            branches = branches or inner.branches
            continue
        built = entry.get("build_config") or {}
        shape = built.get("input_shape") if isinstance(built, dict) else None
        shape = tuple(shape) if isinstance(shape, list) else ()
        settings = config if isinstance(config, dict) else {}
        specs.append(Spec(name, below, class_of(entry), settings, here, True, shape))
    if len(specs) > MOST:
        raise FileError(f"the model has more than {MOST:,} layers")
    return Chain(specs, branches)


def _entries(model: Any) -> list[dict[str, Any]]:
    """The layers of one model as they stand in its config."""
    config = model.get("config") if isinstance(model, Mapping) else None
    entries = config.get("layers") if isinstance(config, Mapping) else config
    if not isinstance(entries, list):
        raise FileError("the config of the model lists no layers")
    if len(entries) > 3 * MOST:  # some are operations by which masks are written down
        raise FileError(f"the model has more than {MOST:,} layers")
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
            raise FileError("the config of the model has a layer without class_name")
    return [entry for entry in entries if not _is_mask(entry)]


def class_of(entry: Mapping[str, Any]) -> str:
    """Its class; of one that is not Keras' own with the module that it comes from."""
    kind, module = str(entry.get("class_name")), entry.get("module")
    own = str(module).split(".")[0] in OWN_MODULES or "keras" in str(module).split(".")
    return kind if module is None or own else f"{module}.{kind}"


def _is_mask(entry: Mapping[str, Any]) -> bool:
    """Whether it is an operation by which a mask is written down, and no layer."""
    module = entry.get("module")
    ours = module is None or "ops" in str(module).split(".")
    return entry["class_name"] in MASKS and ours and "inbound_nodes" in entry


def _own_mask(model: Mapping[str, Any], by_name: Mapping[str, dict[str, Any]]) -> bool:
    """Whether some mask is another one than that of a Masking or Embedding of the model."""
    known = []
    for name, entry in by_name.items():
        config = entry.get("config") or {}
        if entry["class_name"] == "Embedding" and config.get("mask_zero"):
            known.append((_sources(name, entry)[0], 0.0))
        if entry["class_name"] == "Masking":
            known.append((_sources(name, entry)[0], float(config.get("mask_value", 0.0))))
    masks = [one for one in model["config"]["layers"] if _is_mask(one)]
    compared = [one for one in masks if one["class_name"] == "NotEqual"]
    read = [(_sources(_name(one), one)[0], float(one["inbound_nodes"][0]["args"][1]))
            for one in compared]  # fmt: skip
    return any(one not in known for one in read)


def _name(entry: Mapping[str, Any]) -> str:
    config = entry.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    return str(name or entry.get("name") or snake_case(entry["class_name"]))


def _groups(entries: list[dict[str, Any]]) -> Iterator[str]:
    """Under which name each one's weights lie: its class, the second of a class with _1."""
    counts: dict[str, int] = {}
    for entry in entries:
        name = snake_case(entry["class_name"])
        counts[name] = counts.get(name, -1) + 1
        yield f"{name}_{counts[name]}" if counts[name] else name


def _in_order(
    model: Mapping[str, Any], entries: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], str]:
    """The layers as they run, and why they are no chain, if they are none."""
    if not any("inbound_nodes" in entry for entry in entries):
        return entries, ""
    by_name = {_name(entry): entry for entry in entries}
    readers: dict[str, list[str]] = {}
    for name, entry in by_name.items():
        sources, problem = _sources(name, entry)
        if problem:
            return entries, problem
        for source in sources:
            readers.setdefault(source, []).append(name)
    if _own_mask(model, by_name):
        return entries, "the model masks its steps by an operation of its own"
    starts = [name for name, entry in by_name.items() if not entry["inbound_nodes"]]
    if len(starts) != 1:
        return entries, f"the model has {len(starts)} inputs ({_listed(starts)})"
    ordered, here = [starts[0]], starts[0]
    while following := readers.get(here):
        if len(following) > 1:
            return entries, f"what {printable(here)} gives goes to {_listed(following)}"
        here = following[0]
        if here in ordered:
            return entries, f"{printable(here)} reads its own output"
        ordered.append(here)
    ends = _ends(model)
    if ends and ends != [here]:
        return entries, f"the model gives the outputs of {_listed(ends)}"
    return [by_name[name] for name in ordered], ""


def _sources(name: str, entry: Mapping[str, Any]) -> tuple[list[str], str]:
    """Which layers a layer reads, and why that is no chain, if it is none."""
    nodes = entry.get("inbound_nodes")
    if not isinstance(nodes, list) or len(nodes) > 1:
        return [], f"{printable(name)} is used more than once"
    found = [source for node in nodes for source in _read(node)]
    if len(found) > 1:
        return [], f"{printable(name)} reads {_listed(source for source, _ in found)}"
    if any(number for _, number in found):
        return [], f"{printable(name)} reads a state of {printable(found[0][0])}"
    return [source for source, _ in found], ""


def _read(node: Any) -> Iterator[tuple[str, int]]:
    """The (layer, number of its output) that one call reads, in the words of Keras 2 or 3.

    The mask is not among them: it comes from the Masking or Embedding in front.
    """
    if isinstance(node, dict):
        for key, part in (node.get("kwargs") or {}).items():
            if key != "mask":
                yield from _tensors(part)
        yield from _tensors(node.get("args"))
        return
    for call in node if isinstance(node, list) else []:
        if isinstance(call, list) and len(call) > 2 and isinstance(call[0], str):
            yield call[0], call[2]
            for key, part in (call[3] if len(call) > 3 else {}).items():
                if key != "mask" and isinstance(part, list):
                    yield str(key), 1


def _tensors(given: Any) -> Iterator[tuple[str, int]]:
    if isinstance(given, dict) and given.get("class_name") == "__keras_tensor__":
        history = given["config"]["keras_history"]
        yield str(history[0]), int(history[2])
    elif isinstance(given, (list, dict)):
        for part in given.values() if isinstance(given, dict) else given:
            yield from _tensors(part)


def _ends(model: Mapping[str, Any]) -> list[str]:
    """The layers whose outputs the model gives."""
    given = model["config"].get("output_layers") or []
    if given and isinstance(given, list) and isinstance(given[0], str):
        given = [given]
    return [str(one[0]) for one in given if isinstance(one, list) and one]


def _listed(names: Any) -> str:
    return ", ".join(printable(str(name)) for name in list(names)[:6])
