"""Mistakes in the weights of a cell: gates in another order, matrices turned, z and 1 - z."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import permutations

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis.hypothesis import Hypothesis, has, in_layers, name_of
from rnncalc.checking.diagnosis.job import Job, Places, reweight
from rnncalc.conventions import CONVENTIONS, exchange, misread, order_of, order_read
from rnncalc.equations import CELLS
from rnncalc.equations.gru import INVERTED, STANDARD
from rnncalc.model.checks import alter
from rnncalc.model.layer import Layer

Weights = Mapping[str, Array]
TENSORS = {
    "": ("W_x", "W_h", "bias", "bias_h"),
    "W_x": ("W_x",),
    "W_h": ("W_h",),
    "the biases": ("bias", "bias_h"),
    "the recurrent bias": ("bias_h",),
    "W_x and W_h": ("W_x", "W_h"),
}
"""What may be stacked in another order: everything, or a part of it that was forgotten."""


def hypotheses(job: Job, places: Places) -> Iterator[Hypothesis]:
    """Every mistake of this kind in a part of a network."""
    cells = {job.layer(way).cell for way in places}
    if len(cells) == 1:
        yield from _orders(job, places, cells.pop())
    yield from _transposed(job, places)
    if any(job.layer(way).cell == "gru" for way in places):
        say = "the update gate is 1 - z: h = (1 - z) * h_prev + z * n"
        remedy = "negate the weights and biases of z on one side"
        yield in_layers("update-gate-inverted", say, remedy, _inverted, places, job)


def _orders(job: Job, places: Places, cell: str) -> Iterator[Hypothesis]:
    """The gates in every other order.

    An order that no framework has is tried with other mistakes for three gates only, and for a
    part of the tensors in the whole network only.
    """
    gates = CELLS[cell].gates
    known, everywhere = _known(cell), not name_of(job, places)
    for each in list(permutations(gates))[1:]:  # the first is the order as it is
        stacked, read = _pair(job, places, cell, each)
        usual = stacked in known and read in known
        whose = [f"{' '.join(one)}{_of(known, one)}" for one in (stacked, read)]
        say = f"the stacked gates are {whose[0]} there, {whose[1]} here"
        for part, tensors in TENSORS.items():
            if part == "the recurrent bias" and not has(job, places, "bias_h"):
                continue
            if part and not usual and not everywhere:
                continue
            yield in_layers(
                "gate-order", f"in {part} {say}" if part else say, CUT,
                _permuted(gates, each, tensors), places, job,
                common=not part and (usual or len(gates) == 3),
                gates=_words(job, places, each, tensors if part else ()),
            )  # fmt: skip
    if cell == "lstm" and has(job, places, "P.i"):
        for order in list(permutations("ifo"))[1:]:
            say = f"the peepholes P are stacked {' '.join(order)}, not i f o"
            change = _permuted("ifo", order, ("P",))
            yield in_layers("gate-order", say, "ONNX stacks P i o f", change, places, job)


CUT = "cut each stack in the order of its maker"


def _known(cell: str) -> dict[str, str]:
    """The orders that frameworks have, and whose they are; that of most of them first."""
    orders: dict[str, list[str]] = {}
    for one in CONVENTIONS.values():
        if (order := one.orders.get(cell)) and not one.letters and not one.twin:
            orders.setdefault(order, []).append(one.title)
    frequent = sorted(orders.items(), key=lambda item: -len(item[1]))
    return {order: ", ".join(titles) for order, titles in frequent}


def _of(known: Mapping[str, str], order: str) -> str:
    return f" ({known[order]})" if order in known else ""


def _pair(job: Job, places: Places, cell: str, each: tuple[str, ...]) -> tuple[str, str]:
    """The order there and the one here, where every gate is another one.

    Here it is that of the file, where gates were stacked in it; else of two frameworks, if that is
    how two of them differ; else ours.
    """
    gates, known = CELLS[cell].gates, _known(cell)
    read = {job.layer(way).stacked for way in places}
    if len(read) == 1 and (one := read.pop()):
        return order_of(each, one, gates), one
    pairs = ((a, b) for b in known for a in known if a != b and misread(a, b, gates) == each)
    return next(pairs, (order_of(each, gates, gates), gates))


def _words(
    job: Job, places: Places, each: tuple[str, ...], tensors: tuple[str, ...]
) -> tuple[str, ...]:
    """What ``convert --gates`` takes for it: an order for all, or for layers and arrays by name."""
    orders = {
        way: order_of(each, order_read(job.layer(way).cell, job.layer(way).stacked),
                        CELLS[job.layer(way).cell].gates)
        for way in places
    }  # fmt: skip
    if len({*orders.values()}) == 1 and not name_of(job, places):
        (order,) = {*orders.values()}
        return tuple(f"{tensor}={order}" for tensor in tensors) or (order,)
    names = [(f"{job.model.layers[index].name}.{way}", orders[index, way]) for index, way in places]
    return tuple(
        f"{name}{tensor}={order}" for name, order in names
        for tensor in ([f".{tensor}" for tensor in tensors] or [""])
    )  # fmt: skip


def _permuted(
    gates: str, each: tuple[str, ...], tensors: tuple[str, ...]
) -> Callable[[Layer], Layer | None]:
    def change(layer: Layer) -> Layer | None:
        moved = exchange(layer.weights, tensors, gates, each)
        return reweight(layer, moved) if moved else None

    return change


def _transposed(job: Job, places: Places) -> Iterator[Hypothesis]:
    kinds = (
        ("kernel-transposed", "W_x", "kernel, weight_ih, W"),
        ("recurrent-kernel-transposed", "W_h", "recurrent_kernel, weight_hh, R"),
    )
    for cause, name, theirs in kinds:
        remedy = f"W.T, never reshape ({theirs})"
        say = f"{name} is transposed"
        yield in_layers(cause, say, remedy, _each(name, np.transpose), places, job)
        for way, function in (("out", _reshaped), ("in", _unshaped)):
            say = f"{name} of each gate is reshaped instead of transposed"
            change = _each(name, function)
            yield in_layers(cause, say, remedy, change, places, job, common=False)
            for order in _orders_of(job, places):
                say = f"the stacked {name} is reshaped instead of transposed"
                change = _stack(name, order, out=way == "out")
                yield in_layers(cause, say, remedy, change, places, job, common=False)


def _orders_of(job: Job, places: Places) -> list[str]:
    """The orders in which the gates of these layers may have been stacked."""
    cells = {job.layer(way).cell for way in places}
    return [order for cell in cells for order in _known(cell)]


def _each(name: str, function: Callable[[Array], Array]) -> Callable[[Layer], Layer | None]:
    """Every gate's matrix of this name, changed; None where shapes do not allow it."""

    def change(layer: Layer) -> Layer | None:
        names = CELLS[layer.cell].names(name)
        changed = {one: function(layer.weights[one]) for one in names}
        if any(changed[one].shape != layer.weights[one].shape for one in names):
            return None
        return reweight(layer, changed)

    return change


def _reshaped(matrix: Array) -> Array:
    return matrix.reshape(matrix.shape[::-1]).T


def _unshaped(matrix: Array) -> Array:
    return matrix.T.reshape(matrix.shape)


def _stack(name: str, order: str, *, out: bool) -> Callable[[Layer], Layer | None]:
    """The gates' matrices stacked in an order, reshaped as a whole, and cut again."""

    def change(layer: Layer) -> Layer | None:
        names = [f"{name}.{gate}" for gate in order] or [name]
        if not all(one in layer.weights for one in names):
            return None
        stacked = np.concatenate([layer.weights[one] for one in names])
        whole = _reshaped(stacked) if out else _unshaped(stacked)
        return reweight(layer, dict(zip(names, np.split(whole, len(names)), strict=True)))

    return change


def _inverted(layer: Layer) -> Layer | None:
    """z and 1 - z exchanged."""
    if layer.cell != "gru":
        return None
    return alter(layer, update=STANDARD if layer.update == INVERTED else INVERTED)
