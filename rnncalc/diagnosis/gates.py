"""Mistakes in the weights of a cell: gates in another order, matrices turned, biases, z."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import permutations

import numpy as np

from rnncalc.activations import Array
from rnncalc.cells import CELLS
from rnncalc.conventions import CONVENTIONS
from rnncalc.diagnosis.hypothesis import Hypothesis, in_layers, named
from rnncalc.diagnosis.job import Job, Way, reweighted
from rnncalc.layer import Layer

Weights = Mapping[str, Array]
Places = tuple[Way, ...]

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
    yield from _biases(job, places)
    if any(job.layer(way).cell == "gru" for way in places):
        say = "the update gate is 1 - z: h = (1 - z) * h_prev + z * n"
        remedy = "negate the weights and biases of z: W_z, U_z, b_z = -W_z, -U_z, -b_z"
        yield in_layers("update-gate-inverted", say, remedy, _inverted, places, job)


def _orders(job: Job, places: Places, cell: str) -> Iterator[Hypothesis]:
    """The gates in every other order.

    An order that no framework has is tried with other mistakes for three gates only, and for a
    part of the tensors in the whole network only.
    """
    gates = CELLS[cell].gates
    known, everywhere = _known(cell), not named(job, places)
    for taken in list(permutations(gates))[1:]:
        pairs = ((a, b) for b in known for a in known if _taken(a, b, gates) == taken)
        pair = next(pairs, None)
        for part, tensors in TENSORS.items():
            if part == "the recurrent bias" and not _has(job, places, "bias_h"):
                continue
            if part and pair is None and not everywhere:
                continue
            say, remedy = _order_said(gates, taken, pair, cell)
            say = f"{part or 'the weights'}: {say}" if part else say
            yield in_layers(
                "gate-order", say, remedy, _permuted(gates, taken, tensors), places, job,
                common=not part and (pair is not None or len(gates) == 3),
            )  # fmt: skip
    if cell == "lstm" and _has(job, places, "P.i"):
        for order in list(permutations("ifo"))[1:]:
            say = f"the peepholes P are stacked {' '.join(order)}, not i f o"
            change = _permuted("ifo", order, ("P",))
            yield in_layers("gate-order", say, "ONNX stacks P i o f", change, places, job)


def _known(cell: str) -> dict[str, str]:
    """The orders that frameworks have, and whose they are; that of most of them first."""
    orders: dict[str, list[str]] = {}
    for one in CONVENTIONS.values():
        if order := one.orders.get(cell):
            orders.setdefault(order, []).append(one.title)
    frequent = sorted(orders.items(), key=lambda item: -len(item[1]))
    return {order: ", ".join(titles) for order, titles in frequent}


def _taken(stacked: str, read: str, gates: str) -> tuple[str, ...]:
    """Which of our gates each is there, where ``stacked`` blocks are read as ``read`` here."""
    return tuple(read[stacked.index(gate)] for gate in gates)


def _order_said(
    gates: str, taken: tuple[str, ...], pair: tuple[str, str] | None, cell: str
) -> tuple[str, str]:
    names = _known(cell)
    usual = next(iter(names))
    if pair and usual in pair:
        stacked, read = pair
        say = f"the stacked gates are {' '.join(stacked)} ({names[stacked]}) there, "
        say += f"{' '.join(read)} ({names[read]}) here"
        whose = [f"{', '.join(order)} where it is of {names[order]}" for order in pair]
        remedy = f"cut the stack in the order of its maker: {'; '.join(whose)}"
    else:
        pairs = zip(gates, taken, strict=True)
        moved = ", ".join(f"{gate} is {other} here" for gate, other in pairs if gate != other)
        say = f"the gates are in another order: {moved}"
        say += f" (as in {names[pair[0]]} there, in {names[pair[1]]} here)" if pair else ""
        remedy = "cut the stack in the order of its maker: see the page of conventions"
    return say, remedy


def _permuted(
    gates: str, taken: tuple[str, ...], tensors: tuple[str, ...]
) -> Callable[[Layer], Layer | None]:
    def change(layer: Layer) -> Layer | None:
        arrays = layer.weights
        moved = {
            f"{tensor}.{gate}": arrays[f"{tensor}.{other}"]
            for tensor in tensors
            for gate, other in zip(gates, taken, strict=True)
            if f"{tensor}.{other}" in arrays
        }
        return reweighted(layer, moved) if moved else None

    return change


def _transposed(job: Job, places: Places) -> Iterator[Hypothesis]:
    kinds = (
        ("kernel-transposed", "W_x", "kernel, weight_ih, W"),
        ("recurrent-kernel-transposed", "W_h", "recurrent_kernel, weight_hh, R"),
    )
    for cause, name, theirs in kinds:
        remedy = f"transpose it ({theirs}): W = W.T, never reshape"
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
        return reweighted(layer, changed)

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
        return reweighted(layer, dict(zip(names, np.split(whole, len(names)), strict=True)))

    return change


FORGOTTEN = ("the recurrent bias is left out", "the recurrent bias counts twice")
"""What is done wrong with one of two biases, tried with other mistakes, too."""


def _biases(job: Job, places: Places) -> Iterator[Hypothesis]:
    both = _has(job, places, "bias") and _has(job, places, "bias_h")
    code = "load every bias once"
    for cause, say, remedy, change in (
        ("bias-missing", "all biases are left out", "load the bias, too", _scaled(0, 0)),
        ("bias-missing", "the input bias is left out", "load the bias, too", _scaled(0, 1)),
        ("recurrent-bias-missing", "the recurrent bias is left out",
         "load bias_hh (recurrent_bias), too", _scaled(1, 0)),
        ("bias-doubled", "the biases count twice", code, _scaled(2, 2)),
        ("bias-doubled", "the biases count half: they were added twice", code, _scaled(0.5, 0.5)),
        ("bias-doubled", "the input bias counts twice", code, _scaled(2, 1)),
        ("bias-doubled", "the input bias counts half", code, _scaled(0.5, 1)),
        ("bias-doubled", "the recurrent bias counts twice", code, _scaled(1, 2)),
        ("bias-doubled", "the recurrent bias counts half", code, _scaled(1, 0.5)),
        ("bias-doubled", "the input bias stands for both", code, _copied("bias", "bias_h")),
        ("bias-doubled", "the recurrent bias stands for both", code, _copied("bias_h", "bias")),
    ):  # fmt: skip
        if "biases" in say or both:
            one = say in FORGOTTEN
            common = "biases" in say or one
            yield in_layers(cause, say, remedy, change, places, job, common=common, rare=one)
    yield from _biases_of_a_new_layer(job, places)


def _biases_of_a_new_layer(job: Job, places: Places) -> Iterator[Hypothesis]:
    """The 1 that the forget gate begins with, on one side only."""
    say = "the biases of a new layer are added: 1 for the forget gate, 0 for the others"
    change = _forget(1.0, plain=True)
    yield in_layers("bias-missing", say, "load the bias, too", change, places, job, common=False)
    for more in (1.0, -1.0):
        say = f"{abs(more):g} is {'added to' if more > 0 else 'taken from'} the forget gate's bias"
        remedy = (
            "TensorFlow 1 adds forget_bias while it runs: add 1 to the bias once"
            if more > 0
            else "the file has it already (unit_forget_bias, bias_f): do not add 1 again"
        )
        yield in_layers("forget-bias", say, remedy, _forget(more), places, job)


def _has(job: Job, places: Places, name: str) -> bool:
    """Whether some of these layers have an array of this name."""
    return any(
        name in (full, full.split(".")[0]) for way in places for full in job.layer(way).weights
    )


def _scaled(bias: float, bias_h: float) -> Callable[[Layer], Layer | None]:
    """Both biases times a number each."""

    def change(layer: Layer) -> Layer | None:
        factors = {"bias": bias, "bias_h": bias_h}
        parts = {
            name: array * factors[name.split(".")[0]]
            for name, array in layer.weights.items()
            if name.split(".")[0] in factors
        }
        return reweighted(layer, parts) if parts else None

    return change


def _copied(source: str, target: str) -> Callable[[Layer], Layer | None]:
    """One bias for both, unless it is 0: then the other is left out."""

    def change(layer: Layer) -> Layer | None:
        names = CELLS[layer.cell].names(source)
        parts = {
            name.replace(source, target, 1): layer.weights[name]
            for name in names
            if name in layer.weights and name.replace(source, target, 1) in layer.weights
        }
        there = any(array.any() for array in parts.values())
        return reweighted(layer, parts) if there else None

    return change


def _forget(more: float, *, plain: bool = False) -> Callable[[Layer], Layer | None]:
    """Another bias of the forget gate; ``plain``: only where a layer has no biases."""

    def change(layer: Layer) -> Layer | None:
        if layer.cell != "lstm" or (plain and _biased(layer)):
            return None
        return reweighted(layer, {"bias.f": layer.arrays["bias.f"] + more})

    return change


def _biased(layer: Layer) -> bool:
    """Whether a layer has a bias that is not 0."""
    return any(name.startswith("bias") and array.any() for name, array in layer.weights.items())


def _inverted(layer: Layer) -> Layer | None:
    """z with the other sign: 1 - sigmoid(a) = sigmoid(-a), and so for every hard sigmoid."""
    if layer.cell != "gru":
        return None
    parts = {name: -array for name, array in layer.weights.items() if name.endswith(".z")}
    return reweighted(layer, parts)
