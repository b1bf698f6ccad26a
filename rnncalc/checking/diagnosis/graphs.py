"""Mistakes in a graph: states that are not handed over, layers that read others in another order.

What is inside of its recurrent layers is as in a row. What changes the input, its axes or its time
is not tried: the layers of a graph have timesteps of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations

from rnncalc.checking.diagnosis import directions, functions, states
from rnncalc.checking.diagnosis.hypothesis import Hypothesis, places_of
from rnncalc.checking.diagnosis.job import Job, Places
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError, printable
from rnncalc.model.attention import Attention
from rnncalc.model.checks import alter
from rnncalc.model.graph import Node, Wire
from rnncalc.model.layer import Layer

MOST_READ = 4
"""Of so many that a layer reads every order is tried."""

HAND = "hand the final states on: initial_state of the layer in Keras, (h_n, c_n) in PyTorch"


def hypotheses(
    job: Job, inside: Callable[[list[Places]], Iterator[Hypothesis]]
) -> Iterator[Hypothesis]:
    """Every mistake that a graph may have; ``inside`` makes those of recurrent layers."""
    yield from _states(job)
    yield from _handed(job)
    yield from inside(places_of(job)[:1])
    yield from functions.of_outputs(job)
    yield from _orders(job)
    yield from _scales(job)
    yield from states.of_graph(job)
    yield from directions.of_graph(job)
    yield from inside(places_of(job)[1:])


def _states(job: Job) -> Iterator[Hypothesis]:
    """The states that another layer hands over are not, or not each to its own."""
    for node in job.model.nodes:
        if not node.states:
            continue
        name = printable(node.name)
        say = f"{name} starts from 0: the states of another layer are not handed over to it"
        yield _rewired("initial-state", say, HAND, node._replace(states={}))
        for key in node.states if len(node.states) > 1 else ():
            rest = {one: source for one, source in node.states.items() if one != key}
            say = f"{key} of {name} is 0: only {', '.join(rest)} is handed over"
            yield _rewired("initial-state", say, HAND, node._replace(states=rest))
        if {*node.states} == {"h0", "c0"}:
            turned = {"h0": node.states["c0"], "c0": node.states["h0"]}
            say, remedy = f"h0 and c0 of {name} are exchanged", "the states are (h, c) here"
            yield _rewired("initial-state", say, remedy, node._replace(states=turned))


def _handed(job: Job) -> Iterator[Hypothesis]:
    """A layer that starts from 0 starts from the final states of one before it, of its width."""
    earlier: list[Layer] = []
    for node in job.model.nodes:
        target = node.layer
        if not isinstance(target, Layer):
            continue
        started = node.states or any(map(states.given, target.passes.values()))
        for source in () if started else earlier:
            if handed := _final_states(source, target):
                name = printable(source.name)
                say = f"{printable(node.name)} starts from the final states of {name}"
                remedy = _how_handed(handed, source, name)
                wired = node._replace(states=handed)
                yield _rewired("initial-state", say, remedy, wired)
        earlier.append(target)


def _how_handed(handed: Mapping[str, str], source: Layer, name: str) -> str:
    """What a config says of the states of a layer that come from another."""
    keys = ", ".join(key for key in handed if "." not in key)
    if len(source.passes) == 1:
        return f"{keys}: {{layer: {name}}} hands them over"
    first = next(iter(source.passes))
    remedy = f"{keys}: {{layer: {name}, direction: {first}}}"
    if any("." in key for key in handed):
        remedy = f"in forward {remedy}, in backward the same with direction: backward"
    return f"{remedy} hands them over"


def _final_states(source: Layer, target: Layer) -> dict[str, str]:
    """What each state of a layer starts from; nothing where the sizes or states are others."""
    sources, found = source.passes, {}
    if len(target.passes) > len(sources):
        return {}
    for way, one in target.passes.items():
        given = way if way in sources else next(iter(sources))
        sizes = [{"h": each.state_size, "c": each.units} for each in (one, sources[given])]
        for state in CELLS[one.cell].states:
            if state not in CELLS[source.cell].states or sizes[0][state] != sizes[1][state]:
                return {}
            second = "backward." if one is target.backward else ""
            found[f"{second}{state}0"] = f"{source.name}.{given}.final.{state}"
    return found


def _orders(job: Job) -> Iterator[Hypothesis]:
    """What reads several layers reads them in another order."""
    for node in job.model.nodes:
        if 1 < len(node.reads) <= MOST_READ:
            for order in dict.fromkeys(permutations(node.reads)):
                if order != node.reads:
                    say = f"{printable(node.name)} reads {', '.join(map(printable, order))}"
                    yield _rewired("layer-order", f"{say} in this order", "",
                                   node._replace(reads=order))  # fmt: skip


def _rewired(id: str, say: str, remedy: str, node: Node) -> Hypothesis:
    """A layer that reads something else, or starts from something else."""

    def change(job: Job) -> Job:
        if next(one for one in job.model.nodes if one.name == node.name)[2:4] == node[2:4]:
            raise RnncalcError("it changes nothing")
        wire = Wire(node.name, node.reads, node.states)
        wiring = [wire if one.layer == node.name else one for one in job.model.wiring]
        return job.with_model(wiring=tuple(wiring))

    return Hypothesis(id, say, remedy, change, where=node.name, theirs=True)


def _scales(job: Job) -> Iterator[Hypothesis]:
    """Scores of attention that are scaled, and not."""
    for node in job.model.nodes:
        one = node.layer
        if not isinstance(one, Attention) or one.kind == "additive":
            continue
        width = job.model.shapes[node.reads[-1]].width or 1
        for scale, factor in ((None, "not scaled"), (1 / math.sqrt(width), f"1 / sqrt({width})")):
            if scale != one.scale:
                here = "not scaled" if one.scale is None else f"scaled by {one.scale:g}"
                there = factor if scale is None else f"scaled by {factor}"
                say = f"the scores of {printable(one.name)} are {there}; here they are {here}"
                remedy = "scale: is a key of attention; Keras has use_scale, score_mode"
                yield Hypothesis("weight-value", say, remedy, _scaled(one, scale), where=one.name,
                                 theirs=True)  # fmt: skip


def _scaled(one: Attention, scale: float | None) -> Callable[[Job], Job]:
    def change(job: Job) -> Job:
        stateless = [
            alter(other, scale=scale) if other.name == one.name else other
            for other in job.model.stateless
        ]
        return job.with_altered(stateless=tuple(stateless))

    return change
