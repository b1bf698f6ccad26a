"""Mistakes that lost numbers: a bias or a state that one side does not have is solved for.

Such a fit could bend a network to anything where there are few numbers, so every free number must
be paid for by what the expected numbers say (``Examination.convincing``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis.beside import Beside
from rnncalc.checking.diagnosis.claim import claim_of
from rnncalc.checking.diagnosis.examination import Examination
from rnncalc.checking.diagnosis.fitting import ROUNDS, Evaluate, solve, within
from rnncalc.checking.diagnosis.head import headed
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job, KeyPath, Places, reweight
from rnncalc.checking.diagnosis.states import GIVE, repeated
from rnncalc.checking.verdict import Claim
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError
from rnncalc.model.layer import Layer
from rnncalc.numbers.digits import whole

MOST = 256
"""So many numbers are solved for at most."""

LONG, HEAVY = 64, 500_000
"""Timesteps, and numbers times unknowns, beyond which computing all of them takes too long."""

TOGETHER, STEPS = 400_000, 256
"""So many numbers come out of one run at most; and so many timesteps, since biases that each
sequence has for itself are for short runs only."""

SHOWN, SIX = 4, 6
"""So many of them are written, with so many decimals at least."""


class Unknown(NamedTuple):
    """Numbers that are not known, and what a job becomes with them.

    Attributes:
        id, say, remedy: as of a hypothesis.
        also: what else would give the same numbers, in words.
        first: the first layer that they are of.
        start: where the search begins, (groups, numbers); one group, or one for each sequence.
        change: the job with the numbers in it, one row for all sequences or one for each.
        states: whether they are states, of which each sequence has its own anyway.
    """

    id: str
    say: str
    remedy: str
    start: Array
    change: Callable[[Job, Array], Job]
    states: bool = False
    also: str = ""
    first: int = 0


def claims(this: Examination) -> Iterator[Claim]:
    """What explains the numbers with some that were solved for."""
    if this.ours is None or this.reading is None:
        return
    whole = this.reading.scattered(this.theirs, np.nan)
    for unknown in _unknowns(this.job):
        if not 0 < unknown.start.size <= MOST or not this.convincing(unknown.start.size):
            continue
        short = _short(this, whole, *unknown.start.shape[::-1])
        if not this.affords("numbers to solve for", 2 * ROUNDS, short[0]):
            return
        if claim := _fitted(this, unknown, whole, *short):
            yield claim


def _fitted(
    this: Examination, unknown: Unknown, whole: Array, short: Job, target: Array
) -> Claim | None:
    """The claim, where the numbers that fit best bring everything."""
    groups = len(unknown.start)
    short, target = (groups == 1 and _forced(short, target)) or (short, target)
    if target.shape[1] > LONG and target.size * unknown.start.size > HEAVY:
        return None
    known = ~np.isnan(target)
    evaluate = _evaluation(short, unknown, known)
    with np.errstate(all="ignore"):
        found = solve(evaluate, unknown.start, np.where(known, target, 0).reshape(groups, -1))
        if np.any(this.tolerance.room) and whole.size * unknown.start.size <= HEAVY:
            found = _within(this, unknown, whole, found)
    this.tried += 1
    numbers = unknown.change(this.job, found).numbers(this.theirs.shape)
    if not this.meets(numbers):
        return None
    found, numbers = _rounded(this, unknown, found, numbers) or (found, numbers)
    one = Hypothesis(
        unknown.id, f"{unknown.say}{_listed(found)}{unknown.also}", unknown.remedy,
        lambda job: unknown.change(job, found),
    )  # fmt: skip
    return claim_of(this, one, this.left(numbers) or 0.0)


def _within(this: Examination, unknown: Unknown, whole: Array, found: Array) -> Array:
    """Numbers near those of the best fit that leave every expected one in its room."""
    assert this.reading is not None
    known = ~np.isnan(whole)
    bound = this.reading.scattered(np.asarray(this.tolerance.of(this.theirs)), 1.0)
    aim, near = (part.reshape(len(found), -1) for part in (np.where(known, whole, 0), bound))
    return within(_evaluation(this.job, unknown, known), found, aim, near)


def _rounded(
    this: Examination, unknown: Unknown, found: Array, best: Array | None
) -> tuple[Array, Array | None] | None:
    """The numbers with as few digits as bring everything, and what comes out."""
    for decimals in range(SIX, 18):
        few = np.round(found, decimals)
        numbers = unknown.change(this.job, few).numbers(this.theirs.shape)
        if this.enough(numbers, best):
            return few, numbers
    return None


def _evaluation(job: Job, unknown: Unknown, known: Array) -> Evaluate:
    """What comes out with sets of parameters; 0 where nothing is known to compare with."""
    short, beside = unknown.states or known.shape[1] < STEPS, Beside(job)
    together = max(1, TOGETHER // known.size) if short else 1

    def evaluate(parameters: Array) -> Array:
        parts = np.array_split(parameters, -(-len(parameters) // together))
        return np.concatenate([_together(beside, unknown, known, part) for part in parts])

    return evaluate


def _together(beside: Beside, unknown: Unknown, known: Array, parameters: Array) -> Array:
    """Every set with sequences of its own, all in one run: (sets, groups, numbers)."""
    sets, groups, count = parameters.shape
    rows = parameters[0]
    if sets > 1:
        each = np.broadcast_to(parameters.swapaxes(0, 1), (len(known), sets, count))
        rows = each.reshape(-1, count)
    try:
        changed = unknown.change(repeated(beside.job, sets), rows)
        values = beside.behind(changed, unknown.first, sets).series().values
    except (RnncalcError, ValueError):
        return np.full((sets, groups, known.size // groups), np.inf)
    each = values.reshape(len(known), sets, *known.shape[1:])
    return np.where(known[:, None], each, 0).swapaxes(0, 1).reshape(sets, groups, -1)


def _short(this: Examination, whole: Array, count: int, groups: int) -> tuple[Job, Array]:
    """As much of the input as it takes to solve for so many numbers."""
    if this.job.model.mode == "one-to-many":
        return this.job, whole  # its input is one timestep
    steps = _enough(this, whole.shape, count, groups)
    return headed(this.job, steps), whole[:, :steps]


def _forced(job: Job, whole: Array) -> tuple[Job, Array] | None:
    """Every step by itself, from the expected state before it: a search has no far way to go.

    That takes a cell whose state is its output; None for others.
    """
    layer, batch, steps = job.model.layers[-1], *whole.shape[:2]
    plain = job.name == "h" and job.ways == ((0, "forward"),) and layer.cell != "lstm"
    marked = job.model.lengths is not None or job.model.mask is not None
    if not plain or marked or np.isnan(whole).any() or job.model.mode != "many-to-many":
        return None
    first = np.broadcast_to(np.atleast_2d(layer.h0), (batch, whole.shape[2]))[:, None]
    before = np.concatenate([first, whole[:, :-1]], axis=1).reshape(batch * steps, -1)
    x = job.x.reshape(batch * steps, 1, -1)
    forced = job.with_input(x).with_states({(0, "forward"): (before, None)})
    return forced, whole.reshape(batch * steps, 1, -1)


def _enough(this: Examination, shape: tuple[int, ...], count: int, groups: int) -> int:
    """How many timesteps are enough to solve; all of them where the end matters."""
    if this.head is None or not this.head.steps or not this.forward:
        return int(this.job.x.shape[1])
    numbers = max(1, shape[0] // groups * shape[2])
    return int(max(8, 4 * -(-count // numbers)))


def _listed(found: Array) -> str:
    """The first of the numbers."""
    flat = found.ravel()
    shown = ", ".join(whole(float(one)) for one in flat[:SHOWN])
    return f" (solved for: {shown}{', ...' if len(flat) > SHOWN else ''})"


def _unknowns(job: Job) -> Iterator[Unknown]:
    yield from _initial(job)
    for places in _places(job):
        yield from _biases(job, places)


def _places(job: Job) -> list[Places]:
    """All layers, then each one alone."""
    indices = range(len(job.model.layers))
    each = [tuple(way for way in job.ways if way[0] == index) for index in indices]
    return list(dict.fromkeys([job.ways, *each]))


def _initial(job: Job) -> Iterator[Unknown]:
    """Another initial state, of each sequence its own."""
    sizes = [(way, state, _size(job.layer(way), state))
             for way in job.ways for state in CELLS[job.layer(way).cell].states]  # fmt: skip
    cuts = np.cumsum([size for _, _, size in sizes])
    if job.model.mode == "one-to-many":
        return

    def change(this: Job, parameters: Array) -> Job:
        parts = np.split(parameters, cuts[:-1], axis=1)
        states: dict[KeyPath, dict[str, Array]] = {}
        for (way, state, _), part in zip(sizes, parts, strict=True):
            states.setdefault(way, {})[state] = part if this.batched else part[0]
        return this.with_states({way: (one["h"], one.get("c")) for way, one in states.items()})

    start = np.zeros((len(job.x), int(cuts[-1])))
    say = "the recurrence starts from another state"
    also = "; or when the step that is computed first reads another x"
    yield Unknown("initial-state", say, GIVE, start, change, states=True, also=also)


def _size(layer: Layer, state: str) -> int:
    return layer.state_size if state == "h" else layer.units


def _biases(job: Job, places: Places) -> Iterator[Unknown]:
    """Biases that this network does not have."""
    layers = [job.layer(way) for way in places]
    where = "" if set(places) == set(job.ways) else f" in {job.model.layers[places[0][0]].name}"
    has = {name: any(_given(layer, name) for layer in layers) for name in ("bias", "bias_h")}
    if not has["bias"] and not has["bias_h"]:
        say = f"the biases that this network does not have are added{where}"
        yield _bias("bias-missing", say, job, places, ("bias",), inside=True)
    elif not has["bias_h"]:
        say = f"a second, recurrent bias is added{where}"
        yield _bias("recurrent-bias-missing", say, job, places, ("bias_h",))
    elif not has["bias"]:
        say = f"the input bias that this network does not have is added{where}"
        yield _bias("bias-missing", say, job, places, ("bias",))
    if has["bias"] and not has["bias_h"] and all(_after(layer) for layer in layers):
        say = f"a part of the candidate's bias stands behind the reset gate{where}"
        remedy = "keep both biases of a GRU with reset_after: their sum is not enough"
        yield _split(say, remedy, job, places)


def _given(layer: Layer, name: str) -> bool:
    arrays = (a for full, a in layer.weights.items() if full.split(".")[0] == name)
    return any(bool(np.any(array)) for array in arrays)


def _after(layer: Layer) -> bool:
    return layer.cell == "gru" and bool(layer.reset_after)


def _bias(
    cause: str, say: str, job: Job, places: Places, kinds: tuple[str, ...],
    *, inside: bool = False,
) -> Unknown:  # fmt: skip
    """Biases of these kinds; ``inside``: that behind a GRU's reset gate, too."""
    names: list[tuple[KeyPath, str]] = []
    for way in places:
        layer = job.layer(way)
        names += [(way, name) for kind in kinds for name in CELLS[layer.cell].names(kind)]
        names += [(way, "bias_h.n")] * (inside and _after(layer))
    remedy = "load the biases: bias in Keras, bias_ih and bias_hh in PyTorch, B in ONNX"
    return _added(cause, say, remedy, job, [(way, {name: 1.0}) for way, name in names])


def _split(say: str, remedy: str, job: Job, places: Places) -> Unknown:
    parts = [(way, {"bias_h.n": 1.0, "bias.n": -1.0}) for way in places]
    return _added("reset-variant", say, remedy, job, parts)


def _added(
    cause: str, say: str, remedy: str, job: Job, parts: list[tuple[KeyPath, dict[str, float]]]
) -> Unknown:
    """A vector for each part, added to some arrays of a direction with a factor each."""
    sizes = [job.layer(way).units for way, _ in parts]
    cuts = np.cumsum(sizes)

    def change(this: Job, parameters: Array) -> Job:
        columns = parameters[0] if len(parameters) == 1 else parameters.T
        vectors = np.split(columns, cuts[:-1])
        for (way, factors), vector in zip(parts, vectors, strict=True):
            this = this.with_layers(_plus(factors, vector), (way,))
        return this

    first = min(index for (index, _), _ in parts)
    return Unknown(cause, say, remedy, np.zeros((1, int(cuts[-1]))), change, first=first)


def _plus(factors: dict[str, float], vector: Array) -> Callable[[Layer], Layer]:
    def change(layer: Layer) -> Layer:
        zeros = np.zeros(layer.units)
        kinds = {name.split(".")[0] for name in factors}
        whole = {name: zeros for kind in kinds for name in CELLS[layer.cell].names(kind)}
        there = whole | dict(layer.weights)
        # Vectors may be (units, sequences): turned, a bias (units) is added to each of them.
        return reweight(
            layer, {name: (there[name].T + factors.get(name, 0.0) * vector.T).T for name in whole}
        )

    return change
