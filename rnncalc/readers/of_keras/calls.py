"""A call of a layer as functional Keras models write it down: what it reads, what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rnncalc.conventions.keras import class_of
from rnncalc.errors import printable
from rnncalc.readers.of_keras.wiring import (
    LOOPS,
    Entry,
    Place,
    changes_in_training,
    in_training,
    places,
)

READS = ("inputs", "sequences", "sequence", "query", "value", "key")
"""The arguments by which layers are given what they read, in our order."""

NAMES = {"MultiHeadAttention": ("query", "value", "key"),
         **dict.fromkeys(LOOPS, ("inputs", "initial_state"))}  # fmt: skip
"""What arguments without a name are; of other layers the first is ``inputs``."""

OPTIONS = ("use_causal_mask",)
HARMLESS = ("training", "return_attention_scores", "initial_state", "name", *OPTIONS)


class Asked(NamedTuple):
    """What a call reads.

    Attributes:
        inputs, states, masks: the outputs of other calls.
        options: what changes its numbers besides.
        problem: why it cannot be computed; nothing where it can.
    """

    inputs: list[Place]
    states: list[Place]
    masks: list[Place]
    options: Mapping[str, Any]
    problem: str = ""


def asked(entry: Entry, node: int) -> Asked:
    """What the call of a layer with this number reads."""
    nodes = entry.get("inbound_nodes") or []
    if not nodes and node == 0:
        return Asked([], [], [], {})
    kind, one = class_of(entry), nodes[node]
    given = _named(kind, one) if isinstance(one, dict) else _listed(kind, one)
    inputs = [place for key in READS for place in places(given.get(key))]
    states = places(given.get("initial_state"))
    masks = [place for key, part in given.items() if _is_mask(key) for place in places(part)]
    options = {key: given[key] for key in OPTIONS if given.get(key)}
    known = (*READS, *HARMLESS)
    others = [key for key, part in given.items()
              if key not in known and not _is_mask(key) and part not in (None, False)]  # fmt: skip
    problem = ""
    if in_training(one) and changes_in_training(entry):
        problem = "is called with training: true, as it is while it learns"
    elif others:
        problem = f"is called with {printable(others[0])}, which is not read here"
    return Asked(inputs, states, masks, options, problem)


def _is_mask(key: str) -> bool:
    return key in ("mask", "query_mask", "value_mask", "key_mask")


def _named(kind: str, node: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call in the words of Keras 3, by their names."""
    names, args = NAMES.get(kind, ("inputs",)), node.get("args") or []
    given = dict(zip(names, args, strict=False))
    more = {f"argument {i}": part for i, part in enumerate(args[len(names) :], start=len(names))}
    return given | more | (node.get("kwargs") or {})


def _listed(kind: str, node: Any) -> dict[str, Any]:
    """The same in the words of Keras 2: of a layer with states these stand behind its input."""
    calls = list(node.values()) if isinstance(node, dict) else list(node)
    options: dict[str, Any] = calls[0][3] if len(calls[0]) > 3 else {}
    if kind in LOOPS and len(calls) > 1:
        return {**options, "inputs": calls[:1], "initial_state": calls[1:]}
    return {**options, ("query" if kind == "MultiHeadAttention" else "inputs"): calls}
