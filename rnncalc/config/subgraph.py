"""Some layers of a graph, as ``--layers`` names them: they read each other, and one thing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnncalc.config.said import pick
from rnncalc.errors import RnncalcError, printable
from rnncalc.model.graph import Wire

Wires = Mapping[str, Wire]


def picked(
    names: Sequence[str], parts: Mapping[str, Any], inputs: tuple[str, ...]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Those layers of a graph, and its inputs that they read; what one other layer gives is x.

    Errors: RnncalcError for a layer that there is not, and for what reads one that is not named.
    """
    every: Wires = {wire.layer: wire for wire in parts["wiring"]}
    chosen = _chosen(names, every, inputs)
    outside = {
        source: wire.layer
        for wire in chosen.values()
        for source in (*wire.reads, *wire.states.values())
        if _giver(source, every) not in chosen
    }
    if outside and not outside.keys() & {*inputs}:
        chosen = _alone(chosen, every)
        inputs = ("x",)
    for source, reader in outside.items():
        if source not in inputs and (len(outside) > 1 or source in _states(chosen)):
            flag, what = ",".join(names), f"{printable(reader)} reads {printable(source)}"
            raise RnncalcError(f"--layers {flag}: {what}: name that layer, too")
    kept = {
        key: tuple(one for one in parts[key] if one.name in chosen)
        for key in ("layers", "stateless")
    }
    read = {_giver(source, every) for wire in chosen.values() for source in wire.reads}
    results = [one for one in parts["results"] if _giver(one, every) in chosen]
    ends = results or [name for name in chosen if name not in read]
    kept |= {"wiring": tuple(chosen.values()), "results": tuple(ends)}
    return kept, tuple(name for name in inputs if name in read)


def _chosen(names: Sequence[str], every: Wires, inputs: Sequence[str]) -> dict[str, Wire]:
    """The wires of the named layers; what joins the inputs of one comes with it."""
    places = pick(names, [(name, name) for name in every])
    chosen = {[*every][place] for place in places}
    there = {*chosen, *inputs}
    for name in [*chosen]:
        join = every.get(f"{name}.join")
        if join and all(_giver(source, every) in there for source in join.reads):
            chosen.add(join.layer)
    return {name: wire for name, wire in every.items() if name in chosen}


def _alone(chosen: Wires, every: Wires) -> dict[str, Wire]:
    """The wires, x in the place of what other layers give."""
    return {
        name: wire._replace(
            reads=tuple(one if _giver(one, every) in chosen else "x" for one in wire.reads)
        )
        for name, wire in chosen.items()
    }


def _states(wires: Wires) -> set[str]:
    return {source for wire in wires.values() for source in wire.states.values()}


def _giver(source: str, every: Wires) -> str:
    """The layer that gives what is called so, ``bi`` of ``bi.backward``; of an input itself."""
    name = source
    while name and name not in every:
        name = name.rpartition(".")[0]
    return name or source
