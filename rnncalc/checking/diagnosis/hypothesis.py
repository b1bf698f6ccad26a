"""A Hypothesis: one mistake, as a change of a job, in words, with its remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rnncalc.checking.diagnosis.job import Job, KeyPath, Places
from rnncalc.model.layer import Layer


class Hypothesis(NamedTuple):
    """One mistake that may explain a difference.

    Attributes:
        id: of its cause.
        say: under which condition the expected numbers come out, after "when".
        remedy: where to look, or the line of code that sets it right on the other side, beside the
            command that there is here; or nothing.
        change: the job in which it is set right.
            Errors: RnncalcError where it does not apply.
        common: whether it is tried together with others, too.
        where: the part of the network that it is about, or nothing for all of it.
        rare: whether it is named behind others that give the same numbers.
        theirs: whether it is a mistake that only the other side can set right.
        gates: the words of ``convert --gates`` that set it right.
    """

    id: str
    say: str
    remedy: str
    change: Callable[[Job], Job]
    common: bool = True
    where: str = ""
    rare: bool = False
    theirs: bool = False
    gates: tuple[str, ...] = ()


Change = Callable[[Layer], Layer | None]
"""A direction of a layer, changed; None where the change does nothing."""


def in_layers(
    id: str, say: str, remedy: str, change: Change, places: Places, job: Job,
    *, common: bool = True, rare: bool = False, gates: tuple[str, ...] = (),
) -> Hypothesis:  # fmt: skip
    """A hypothesis about some directions of the layers."""
    where = name_of(job, places)
    sentence = f"{say} ({where})" if where else say

    def changed(this: Job) -> Job:
        return this.with_layers(change, places)

    common = common and not where
    return Hypothesis(id, sentence, remedy, changed, common, where, rare, gates=gates)


def name_of(job: Job, places: Places) -> str:
    """What people call a part of the network; nothing where it is all of it."""
    if set(places) == set(job.ways):
        return ""
    layers = job.model.layers
    words = [
        layers[index].name if len(layers[index].passes) == 1 else f"{layers[index].name}.{way}"
        for index, way in places
    ]
    whole = [index for index, _ in places]
    if len(places) > 1 and len({*whole}) == 1:
        return layers[whole[0]].name
    return ", ".join(words)


def places_of(job: Job) -> list[Places]:
    """The parts that a mistake may be in: everywhere that matters, one layer, one direction."""
    ways = leading(job)
    layers: dict[int, list[KeyPath]] = {}
    for way in ways:
        layers.setdefault(way[0], []).append(way)
    parts = [ways, *(tuple(each) for each in layers.values()), *((way,) for way in ways)]
    return list(dict.fromkeys(parts))


def leading(job: Job) -> Places:
    """The directions that the compared numbers come from: of a layer of a graph not all."""
    if not (job.model.wiring and job.part.layer):
        return job.ways
    wanted = {job.part.layer}
    for node in reversed(job.model.nodes):
        if any(one == node.name or one.startswith(f"{node.name}.") for one in wanted):
            wanted |= {node.name, *node.reads, *node.states.values()}
    return tuple(way for way in job.ways if job.model.layers[way[0]].name in wanted)


def has(job: Job, places: Places, name: str) -> bool:
    """Whether some of these layers have an array of this name."""
    return any(
        name in (full, full.split(".")[0]) for way in places for full in job.layer(way).weights
    )
