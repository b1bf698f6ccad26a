"""Why a step chose the id that it chose, in a sentence."""

from __future__ import annotations

from rnncalc.explaining.choices import Choice, named
from rnncalc.explaining.explanation import ExplainedStep, Explanation
from rnncalc.model.generation import gives_logits
from rnncalc.model.model import Model
from rnncalc.numbers.digits import Digits, number, whole


def said(explanation: Explanation, step: ExplainedStep) -> list[str]:
    """The sentence about what a step chose; none of a step that chose nothing."""
    one = step.choice
    return [] if one is None else [sentence(explanation.trace.model, one, explanation.digits)]


def sentence(model: Model, one: Choice, digits: Digits) -> str:
    """Which id it is, who reads it, and why it is this one."""
    goes_on = "ends the run" if one.last else f"is read at t = {one.t + 1}"
    why = _largest(one, digits) if one.u is None else _drawn(model, one, digits)
    return f"{named(model, one.id)}, {goes_on}: {why}"


def _largest(one: Choice, digits: Digits) -> str:
    if one.next is None:
        return f"y = {number(one.value, digits)} is all there is"
    second, value = one.next
    if value == one.value:
        return f"y[{one.id}] = {number(value, digits)} is the first of the largest of y"
    ours, theirs = _apart((one.value, value), digits)
    return f"y[{one.id}] = {ours} is the largest of y, y[{second}] = {theirs} the next"


def _drawn(model: Model, one: Choice, digits: Digits) -> str:
    numbers = (one.u or 0.0, one.below or 0.0, one.upto or 0.0)
    u, below, upto = _apart(numbers, digits)
    before, sums = f"{_sum(one.id - 1)} = {below}", f"{_sum(one.id)} = {upto}"
    if numbers[0] >= numbers[2]:
        where = f"not less than {sums}, behind which no id has a probability"
    elif one.id == (model.widths[-1] or 0) - 1:
        where = f"not less than {before}, behind which is the last id"
    else:
        where = f"between {before} and {sums}" if one.id else f"less than {sums}"
    return f"u = {u} was drawn, {where}; p = {_formula(model)}"


def _sum(last: int) -> str:
    """The sum of the probabilities up to an id."""
    return f"p[0] + {'... + ' * (last > 1)}p[{last}]" if last > 0 else "p[0]"


def _formula(model: Model) -> str:
    """How the probabilities come from y."""
    temperature = whole(float(model.temperature or 1))
    parted = "" if model.temperature == 1 else f" / {temperature}"
    if gives_logits(model):
        return f"softmax(y{parted})"
    return f"softmax(log(y){parted})" if parted else "y / sum(y)"


def _apart(values: tuple[float, ...], digits: Digits) -> list[str]:
    """Numbers in so many digits that no two of them look equal that are not."""
    texts = [number(value, digits) for value in values]
    if len({*texts}) < len({*values}):
        return [number(value, "full") for value in values]
    return texts
