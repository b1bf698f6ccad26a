"""In which order the layers of one Keras model run, and what of them the model gives.

A functional model writes down what each layer reads, in the words of Keras 2 or 3. Read here are
chains: each layer reads the one before it. Initial states may come from inputs of the model, and
recurrent layers may give their states and outputs beside what the last layer gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from rnncalc.conventions.keras import LAYERS, MODELS, NOT_IN_USE, snake_case
from rnncalc.errors import printable

LOOPS = (*LAYERS, "RNN", "Bidirectional")
"""The layers that may be given initial states, and that may give several outputs."""

MASKS = ("NotEqual", "Any")
"""The operations by which Keras 3 writes down the mask of a Masking or an Embedding."""

Entry = dict[str, Any]
Output = tuple[str, int]
"""A layer's name and the number of one of its outputs."""


class Place(NamedTuple):
    """An output of a layer: of its call ``node`` the one with this number; its shape if said."""

    layer: str
    node: int
    number: int
    shape: tuple[Any, ...] = ()


class Wired(NamedTuple):
    """The layers of a model.

    Attributes:
        entries: in the order in which they run.
        branches: why they do not simply run one after the other; nothing where they do.
        states: by layer, the inputs of the model that are its initial states.
        outputs: what the model gives, where that is not only what its last layer gives.
    """

    entries: list[Entry]
    branches: str = ""
    states: Mapping[str, tuple[str, ...]] = {}
    outputs: tuple[Output, ...] = ()


class Reads(NamedTuple):
    """What a layer reads: in its call, and as its initial states; or why nobody can tell."""

    inputs: list[Output]
    states: list[Output]
    problem: str = ""


def wired(model: Mapping[str, Any], entries: list[Entry]) -> Wired:
    """The layers as they run, and why they are no chain, if they are none."""
    if not any("inbound_nodes" in entry for entry in entries):
        return Wired(entries)
    by_name = {name_of(entry): entry for entry in entries}
    reads = {name: _reads(name, entry) for name, entry in by_name.items()}
    given = {source for one in reads.values() for source, _ in one.states}
    starts = [name for name in by_name if not _called(by_name[name]) and name not in given]
    ordered, problem = _followed(reads, starts)
    outputs = _places(model["config"].get("output_layers") or [])
    problem = (
        next((one.problem for one in reads.values() if one.problem), "")
        or ("the model masks its steps by an operation of its own" if _own_mask(model, by_name)
            else "")
        or _states_problem(by_name, reads)
        or problem
        or _ends_problem(by_name, ordered, outputs)
    )  # fmt: skip
    if problem:
        return Wired(entries, problem)
    states = {name: tuple(source for source, _ in reads[name].states) for name in ordered}
    more = outputs if set(outputs) - {(ordered[-1], 0)} else ()
    return Wired([by_name[name] for name in ordered], "", states, tuple(more))


def name_of(entry: Mapping[str, Any]) -> str:
    """What a layer is called."""
    config = entry.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    return str(name or entry.get("name") or snake_case(entry["class_name"]))


def is_mask(entry: Mapping[str, Any]) -> bool:
    """Whether it is an operation by which a mask is written down, and no layer."""
    module = entry.get("module")
    ours = module is None or "ops" in str(module).split(".")
    return entry["class_name"] in MASKS and ours and "inbound_nodes" in entry


def _own_mask(model: Mapping[str, Any], by_name: Mapping[str, Entry]) -> bool:
    """Whether some mask is another one than that of a Masking or Embedding of the model."""
    known = []
    for name, entry in by_name.items():
        config = entry.get("config") or {}
        if entry["class_name"] == "Embedding" and config.get("mask_zero"):
            known.append((_reads(name, entry).inputs[0][0], 0.0))
        if entry["class_name"] == "Masking":
            known.append((_reads(name, entry).inputs[0][0], float(config.get("mask_value", 0.0))))
    masks = [one for one in model["config"]["layers"] if is_mask(one)]
    compared = [one for one in masks if one["class_name"] == "NotEqual"]
    read = [(_reads(name_of(one), one).inputs[0][0], float(one["inbound_nodes"][0]["args"][1]))
            for one in compared]  # fmt: skip
    return any(one not in known for one in read)


def _followed(reads: Mapping[str, Reads], starts: list[str]) -> tuple[list[str], str]:
    """The layers from the input on, each the one reader of the one before it."""
    if len(starts) != 1:
        return [], f"the model has {len(starts)} inputs ({_listed(starts)})"
    readers: dict[str, list[str]] = {}
    for name, one in reads.items():
        for source, _ in one.inputs:
            readers.setdefault(source, []).append(name)
    ordered, here = {starts[0]: None}, starts[0]
    while following := readers.get(here):
        if len(following) > 1:
            return [], f"what {printable(here)} gives goes to {_listed(following)}"
        here = following[0]
        if here in ordered:
            return [], f"{printable(here)} reads its own output"
        ordered[here] = None
    return list(ordered), ""


def _states_problem(by_name: Mapping[str, Entry], reads: Mapping[str, Reads]) -> str:
    """Why initial states are none that can be given; nothing where they can."""
    taken = {source for one in reads.values() for source, _ in one.inputs}
    for name, one in reads.items():
        for source, _ in one.states:
            if _called(by_name.get(source, {"inbound_nodes": [0]})):
                return f"{printable(name)} begins with a state of {printable(source)}"
            if source in taken:
                return f"{printable(source)} is read as a state, and otherwise, too"
            taken.add(source)
    return ""


def _ends_problem(by_name: Mapping[str, Entry], ordered: list[str], outputs: list[Output]) -> str:
    """Why what the model gives is not what a chain gives; nothing where it is."""
    known = [name for name in ordered if by_name[name]["class_name"] in LOOPS]
    names = dict.fromkeys(name for name, _ in outputs)
    if names and (ordered[-1] not in names or set(names) - {*known, ordered[-1]}):
        return f"the model gives the outputs of {_listed(names)}"
    return ""


def _called(entry: Mapping[str, Any]) -> bool:
    """Whether a layer reads something: an input reads nothing."""
    return bool(entry.get("inbound_nodes"))


def _reads(name: str, entry: Entry) -> Reads:
    """Which outputs of layers a layer reads, and why that is no chain, if it is none."""
    nodes = entry.get("inbound_nodes")
    if not isinstance(nodes, list) or len(nodes) > 1:
        return Reads([], [], f"{printable(name)} is used more than once")
    loop = entry["class_name"] in LOOPS
    found = [one for node in nodes for one in _read(node, loop)]
    inputs, states = ([place for place, state in found if state is kind] for kind in (False, True))
    problem = ""
    if any(map(in_training, nodes)) and changes_in_training(entry):
        problem = f"{printable(name)} is called with training: true, as it is while it learns"
    elif len(inputs) > 1:
        problem = f"{printable(name)} reads {_listed(source for source, _ in inputs)}"
    elif any(number for _, number in inputs):
        problem = (
            f"{printable(name)} reads another output of {printable(inputs[0][0])} than the first"
        )
    return Reads(inputs, states, problem)


def in_training(node: Any) -> bool:
    """Whether a layer is called as in training, in the words of either Keras."""
    if isinstance(node, dict):
        return any(one is True for one in node.get("args") or ()) or bool(
            (node.get("kwargs") or {}).get("training")
        )
    return any(bool(call[3].get("training")) for call in node if len(call) > 3)


def changes_in_training(entry: Any) -> bool:
    """Whether a layer, or one in it, computes something else in training: dropout, statistics."""
    if isinstance(entry, dict):
        if entry.get("class_name") in (*NOT_IN_USE, *MODELS):
            return True
        if entry.get("dropout") or entry.get("recurrent_dropout"):
            return True
    inside = entry.values() if isinstance(entry, dict) else entry
    return any(changes_in_training(part) for part in inside if isinstance(part, (dict, list)))


def _read(node: Any, loop: bool) -> Iterator[tuple[Output, bool]]:
    """The outputs that one call reads, and whether as an initial state, in either Keras' words.

    The mask is not among them: it comes from the Masking or Embedding in front.
    """
    if isinstance(node, dict):
        first, *more = node.get("args") or [None]
        yield from ((place, False) for place in _places(first))
        yield from ((place, loop) for place in _places(more))
        options = (node.get("kwargs") or {}).items()
    else:
        calls = [call for call in node if isinstance(call, list) and len(call) > 2]
        yield from (((call[0], call[2]), loop and i > 0) for i, call in enumerate(calls))
        options = [one for call in calls for one in (call[3] if len(call) > 3 else {}).items()]
    for key, part in options:
        if key != "mask":
            yield from ((place, loop and key == "initial_state") for place in _places(part))


def _places(given: Any) -> list[Output]:
    return [(place.layer, place.number) for place in places(given)]


def places(given: Any) -> list[Place]:
    """The outputs of layers that are named somewhere in an argument."""
    if isinstance(given, dict) and given.get("class_name") == "__keras_tensor__":
        history, shape = given["config"]["keras_history"], given["config"].get("shape")
        told = tuple(shape) if isinstance(shape, list) else ()
        return [Place(str(history[0]), int(history[1]), int(history[2]), told)]
    if isinstance(given, list) and len(given) > 2 and isinstance(given[0], str):
        numbers = given[1:3]
        return [Place(given[0], *numbers)] if all(isinstance(n, int) for n in numbers) else []
    inside: Iterable[Any] = given.values() if isinstance(given, dict) else ()
    inside = given if isinstance(given, list) else inside
    return [place for part in inside for place in places(part)]


def _listed(names: Any) -> str:
    return ", ".join(printable(str(name)) for name in list(names)[:6])
