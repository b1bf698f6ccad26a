"""The parts of a Keras model that is no row: one for each call, with the names of what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rnncalc.equations import CELLS
from rnncalc.errors import FileError, printable
from rnncalc.model.checks import Names
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_keras.config import Spec
from rnncalc.readers.of_keras.graph import Call, Graph, Value

WAYS = ("forward", "backward")
ROW = 2
"""The axes of rows, their batch among them."""

SOURCE = "x"
"""What the one input of a network is called."""


def called(specs: Sequence[Spec], graph: Graph) -> list[Spec]:
    """The layers that are called, in the order of the config, each as its first call has it."""
    calls = {call.spec.path: call.spec for call in reversed(graph.calls)}
    every = [calls.pop(spec.path) for spec in specs if spec.path in calls]
    return [*calls.values(), *every]


def wired(contents: Contents, graph: Graph, parts: Mapping[str, Part]) -> Contents:
    """The contents with a part for each call.

    Args:
        parts: those of the layers, by their paths.
    """
    read = {one.call for call in graph.calls for one in (*call.reads, *call.states)}
    sources = [i for i, call in enumerate(graph.calls) if not call.reads and i in read]
    names = _names(graph, {sources[0]: SOURCE} if len(sources) == 1 else {})
    own = [_part(call, parts[call.spec.path], names, name)
           for name, call in zip(names, graph.calls, strict=True)]  # fmt: skip
    every = [one for call, part in zip(graph.calls, own, strict=True)
             for one in _with_helpers(call, part)]  # fmt: skip
    return replace(
        contents, parts=every, branches="", outputs=[], sources=[names[i] for i in sources],
        rows=[names[i] for i in sources if _is_row(i, graph)],
        results=[_name(one, names) for one in graph.results],
    )  # fmt: skip


def _is_row(source: int, graph: Graph) -> bool:
    """Whether an input is one row, and no sequence of rows or of ids."""
    readers = [call.spec.kind for call in graph.calls if source in [one.call for one in call.reads]]
    return len(graph.calls[source].spec.shape) == ROW and "Embedding" not in readers


def _names(graph: Graph, known: Mapping[int, str]) -> list[str]:
    """The name of each call: that of its layer, of the second one ``lstm_1``."""
    names = Names(known.values())
    first = {call.spec.path: call.spec.name for call in graph.calls}
    first = {path: names.unique(name) for path, name in first.items()}
    return [known.get(i) or first.pop(call.spec.path, "") or names.unique(call.spec.name)
            for i, call in enumerate(graph.calls)]  # fmt: skip


def _name(value: Value, names: Sequence[str]) -> str:
    """What an output of a call is called."""
    ends = [value.way, f"final.{value.state}" if value.state else ""]
    return ".".join(filter(None, [names[value.call], *ends]))


def _part(call: Call, part: Part, names: Sequence[str], own: str) -> Part:
    """The part of a call; one that cannot be computed says why."""
    assumed = [one._replace(layer=own) if one.layer == part.name else one for one in part.assumed]
    if part.kind == "nothing":
        return part
    found = replace(part, name=own, block=_copied(part.block), assumed=assumed)
    if part.kind != "other":
        reads = [_name(one, names) for one in call.reads]
        found.block["input"] = reads[0] if len(reads) == 1 else reads
        _put_states(call, found.block, names)
    return found


def _with_helpers(call: Call, part: Part) -> Iterator[Part]:
    """The part; in front of it what drops a mask that it does not use, and around what is computed
    over the timesteps what exchanges the axes.
    """
    source, block = part.block.get("input"), part.block
    steps = [(part.name, block)]
    if call.unmasked:
        steps = [(f"{part.name}.unmasked", {"permute": [1, 2]}), *steps]
    elif "permute" in block and "activation" in block:
        turn = {"permute": block.pop("permute")}
        steps = [(f"{part.name}.turned", turn), (f"{part.name}.over", block), (part.name, turn)]
    for name, own in steps if source else [(part.name, block)]:
        kind = part.kind if own is block else "output"
        yield replace(part, name=name, kind=kind, block={**own, "input": source} if source else own)
        source = name


def _copied(block: Any) -> Any:
    """A block of its own, with the same arrays."""
    if isinstance(block, dict):
        return {key: _copied(value) for key, value in block.items()}
    return [_copied(value) for value in block] if isinstance(block, list) else block


def _put_states(call: Call, block: dict[str, Any], names: Sequence[str]) -> None:
    """Say whose states it begins with. Errors: FileError where these are not as many as it has."""
    if not call.states:
        return
    ways = [block[way] for way in WAYS if way in block] or [block]
    wanted = [(one, state) for cell in ways for one in cell.get("cells", [cell])
              for state in CELLS[one["cell"]].states]  # fmt: skip
    if len(call.states) != len(wanted):
        message = f"begins with {len(call.states)} states, expected {len(wanted)}"
        raise FileError(f"{printable(call.spec.path)} {message}")
    for value, (one, state) in zip(call.states, wanted, strict=True):
        one[f"{state}0"] = {"layer": _name(value, names)}
