"""Attention of one head, of the parts that its operators are: products, a factor, a softmax."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from rnncalc.containers.tensor import Tensor
from rnncalc.readers.contents.part import Part

Block = dict[str, Any]

DOT = ("softmax", "rescaling", "join")
ADDITIVE = ("softmax", "flatten", "matrix", "tanh", "join")
"""What stands one behind the other, the last one first: to what a context is made with."""

ROLES = {
    ((2, 2), (2, 1)): (0, 1),
    ((1, 2), (1, 1)): (0, 1),
    ((2, 1), (1, 1)): (1, 0),
}
"""Of the axes that two products sum over, the scores' and the context's: which of what the scores
are made of is the query, and which the key. A query may be one row."""


class Reading(NamedTuple):
    """Who reads what in a graph.

    Attributes:
        named: the parts by their names.
        readers: how many read each.
        rows: what is read as one row.
    """

    named: Mapping[str, Part]
    readers: Counter[str]
    rows: Collection[str]


def attended(parts: Sequence[Part], results: Sequence[str], rows: Collection[str]) -> list[Part]:
    """The parts with an attention in place of those that are read by nobody but it.

    Args:
        results: the names of what the graph gives.
        rows: the names of what is read as one row.
    """
    readers = Counter([*results, *(name for part in parts for name in _read(part))])
    graph = Reading({part.name: part for part in parts}, readers, rows)
    made: dict[str, Part] = {}
    gone: set[str] = set()
    for part in parts:
        if part.block.get("join") != "dot":
            continue
        for keys, block_of in ((DOT, _dot), (ADDITIVE, _additive)):
            chain = _chain(part, keys, graph)
            if block := block_of(part, chain, graph) if chain else None:
                made[part.name] = replace(part, says="operators", block=block)
                gone.update(one.name for one in chain)
    return [made.get(part.name, part) for part in parts if part.name not in gone]


def _dot(part: Part, chain: Sequence[Part], graph: Reading) -> Block | None:
    """Scores that are products."""
    scores, value = chain[-1], _read(part)[1]
    axes = tuple(scores.block["axes"]), tuple(part.block["axes"])
    if scores.block["join"] != "dot" or axes not in ROLES:
        return None
    query, key = (_read(scores)[i] for i in ROLES[axes])
    if axes[1] == (1, 1) and query not in graph.rows:
        return None
    factor = next((one.block["rescaling"] for one in chain if "rescaling" in one.block), None)
    scale = {} if factor is None else {"scale": factor}
    return {"attention": "dot", **scale, "input": [query, value, *[key] * (key != value)]}


def _additive(part: Part, chain: list[Part], graph: Reading) -> Block | None:
    """Scores that a vector makes of the tanh of sums: of one row with each timestep."""
    value, (*_, vector, _, sums) = _read(part)[1], chain
    layers = [graph.named.get(name) for name in _read(sums)]
    dense = [one for one in layers if one and graph.readers[one.name] == 1 and _matrix(one)]
    keys = [one for one in dense if _read(one) == [value]]
    queries = [one for one in dense if one.name in graph.rows]
    v = _matrix(vector)
    if sums.block["join"] != "add" or not len(keys) == len(queries) == 1 or v is None:
        return None
    biases = [one.block["bias"] for one in dense if "bias" in one.block]
    if v.shape[0] != 1 or "bias" in vector.block or len(biases) > 1 or len(dense) != 2:
        return None
    if keys == queries or part.block["axes"] != [1, 1]:
        return None
    chain += dense
    block = {"attention": "additive", "W_q": _matrix(queries[0]), "W_k": _matrix(keys[0]),
             "v": v.made((v.size,), lambda a: a.reshape(-1))}  # fmt: skip
    block |= {"b": biases[0]} if biases else {}
    return {**block, "input": [*_read(queries[0]), value]}


def _matrix(part: Part) -> Tensor | None:
    """The weights of a dense layer without an activation, a row for each output."""
    if {*part.block} - {"weight", "kernel", "bias", "input"}:
        return None
    kernel: Tensor | None = part.block.get("kernel")
    turned = kernel and kernel.made(kernel.shape[::-1], lambda a: a.T)
    return turned or part.block.get("weight")


def _read(part: Part) -> list[str]:
    """The names that a part reads."""
    given = part.block.get("input", [])
    states = (one.get(key) for one in (part.block, *map(part.block.get, ("forward", "backward")))
              if one for key in ("h0", "c0"))  # fmt: skip
    own = [given] if isinstance(given, str) else list(given)
    return own + [one["layer"] for one in states if isinstance(one, dict)]


def _chain(part: Part, keys: Sequence[str], graph: Reading) -> list[Part]:
    """What leads to the first factor of a product, each read by nobody else; nothing where it is
    something else than these, of which a factor may be missing."""
    chain: list[Part] = []
    here = graph.named.get(_read(part)[0])
    for key in keys:
        if here is not None and key == "rescaling" and key not in here.block:
            continue
        if here is None or graph.readers[here.name] != 1 or not _is(here, key):
            return []
        chain.append(here)
        here = graph.named.get(_read(here)[0])
    return chain


def _is(part: Part, key: str) -> bool:
    """Whether a part is what a key says, and nothing besides."""
    own = {*part.block} - {"input", "axes"}
    if key == "matrix":
        return bool(own & {"kernel", "weight"}) and own <= {"kernel", "weight", "bias"}
    if key in ("softmax", "tanh"):
        return own == {"activation"} and part.block["activation"] == key
    return own == {key}
