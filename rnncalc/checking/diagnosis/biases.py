"""Mistakes in the biases of a cell: left out, counted twice, one for both, 1 in the forget gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rnncalc.checking.diagnosis.hypothesis import Hypothesis, has, in_layers
from rnncalc.checking.diagnosis.job import Job, Places, reweight
from rnncalc.equations import CELLS
from rnncalc.model.layer import Layer

LOAD = "or load the bias there, too"

FORGOTTEN = ("the recurrent bias is left out", "the recurrent bias counts twice")
"""What is done wrong with one of two biases, tried with other mistakes, too."""


def hypotheses(job: Job, places: Places) -> Iterator[Hypothesis]:
    """Every mistake of this kind in a part of a network."""
    both = has(job, places, "bias") and has(job, places, "bias_h")
    code = "every bias counts once"
    for cause, say, remedy, change in (
        ("bias-missing", "all biases are left out", LOAD, _scaled(0, 0)),
        ("bias-missing", "the input bias is left out", LOAD, _scaled(0, 1)),
        ("recurrent-bias-missing", "the recurrent bias is left out",
         "or load bias_hh there, too", _scaled(1, 0)),
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
    yield in_layers("bias-missing", say, LOAD, change, places, job, common=False)
    for more in (1.0, -1.0):
        say = f"{abs(more):g} is {'added to' if more > 0 else 'taken from'} the forget gate's bias"
        remedy = (
            "TensorFlow 1 adds forget_bias while it runs: add 1 to the bias once"
            if more > 0
            else "where a file has it already (unit_forget_bias), do not add 1 again"
        )
        yield in_layers("forget-bias", say, remedy, _forget(more), places, job)


def _scaled(bias: float, bias_h: float) -> Callable[[Layer], Layer | None]:
    """Both biases times a number each."""

    def change(layer: Layer) -> Layer | None:
        factors = {"bias": bias, "bias_h": bias_h}
        parts = {
            name: array * factors[name.split(".")[0]]
            for name, array in layer.weights.items()
            if name.split(".")[0] in factors
        }
        return reweight(layer, parts) if parts else None

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
        return reweight(layer, parts) if there else None

    return change


def _forget(more: float, *, plain: bool = False) -> Callable[[Layer], Layer | None]:
    """Another bias of the forget gate; ``plain``: only where a layer has no biases."""

    def change(layer: Layer) -> Layer | None:
        if layer.cell != "lstm" or (plain and _biased(layer)):
            return None
        return reweight(layer, {"bias.f": layer.arrays["bias.f"] + more})

    return change


def _biased(layer: Layer) -> bool:
    """Whether a layer has a bias that is not 0."""
    return any(name.startswith("bias") and array.any() for name, array in layer.weights.items())
