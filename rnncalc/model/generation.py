"""What a one-to-many network reads from t = 2 on, and the names of its ids: whether they fit it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from rnncalc.errors import RnncalcError, ShapeError, printable, quoted
from rnncalc.model.checks import one_of, settle
from rnncalc.numbers.digits import counted

Model = Any
"""A Model, which stands above this file."""

CHOOSING = ("argmax", "sample")
"""The feedbacks that choose an id from y, whose row is read next."""

FEEDBACKS = ("y", "x", "zeros", *CHOOSING)

SAMPLING = {"seed": 0, "temperature": 1.0}
"""What feedback sample has besides, and the defaults."""

USE = ("mode", "timesteps", "feedback", *SAMPLING)
"""The fields that say how a network is used."""

READS: dict[str, Any] = {"mode": "many-to-many", **dict.fromkeys(USE[1:])}
"""Those of a network that reads an input which is there."""

PROBABILITIES = ("softmax", "softmin", "sparsemax", "hardmax")
LOGITS = ("linear", "log_softmax")
"""The activations of y that are probabilities, and those whose softmax is."""

NUMBER: Any = (int, float, np.number)
LARGEST_SEED = 2**63 - 1


def settle_feedback(model: Model) -> None:
    """Fill in what is not said. Errors: RnncalcError for what has no place in the mode."""
    if model.feedback is not None and model.mode != "one-to-many":
        raise RnncalcError("feedback is for mode one-to-many", about=("feedback", "mode"))
    if model.mode == "one-to-many":
        settle(model, feedback=one_of("feedback", model.feedback or "y", FEEDBACKS))
    for key, default in SAMPLING.items():
        given = getattr(model, key)
        if model.feedback == "sample":
            settle(model, **{key: default if given is None else given})
        elif given is not None:
            raise RnncalcError(f"{key} is for feedback sample", about=(key, "feedback"))
    if model.feedback == "sample":
        _check_sampling(model.seed, model.temperature)
        settle(model, seed=int(model.seed))


def is_whole(given: Any) -> bool:
    """Whether it is a number, and a whole one."""
    return isinstance(given, NUMBER) and bool(given % 1 == 0)


def _check_sampling(seed: Any, temperature: Any) -> None:
    if not is_whole(seed) or not 0 <= seed <= LARGEST_SEED:
        message = f"seed is {printable(str(seed))}, expected a whole number from 0 on"
        raise RnncalcError(message, about=("seed",))
    if not isinstance(temperature, NUMBER) or not 0 < temperature < math.inf:
        zero = isinstance(temperature, NUMBER) and temperature == 0
        remedy = ": feedback argmax always takes the largest" if zero else ""
        message = f"temperature is {printable(str(temperature))}, expected more than 0{remedy}"
        raise RnncalcError(message, about=("temperature",))


def check_feedback(model: Model) -> None:
    """Errors: RnncalcError where y cannot be what is read next."""
    feedback = model.feedback
    if feedback in ("x", "zeros"):
        return
    if not model.outputs:
        others = "feedback x or zeros"
        message = f"feedback {feedback} needs an output layer: give output.W_y (--wy), or {others}"
        raise RnncalcError(message, about=("feedback", "mode"))
    outputs = model.widths[-1]
    if feedback == "y":
        if model.embedding:
            message = "feedback y: the embedding takes ids, and y is none"
            raise RnncalcError(f"{message}: feedback argmax or sample", about=("feedback", "mode"))
        if outputs != model.features:
            counts = f"{outputs} outputs cannot be the next {model.features} features"
            raise ShapeError(f"feedback y: {counts}", about=("output.W_y", "W_x"))
        return
    _check_choice(model, outputs or 0)


def _check_choice(model: Model, outputs: int) -> None:
    """Errors: where the ids of y have no rows, or nothing says with which probability one comes."""
    ids, what = _ids(model)
    if outputs > ids or (outputs < ids and not model.embedding):
        message = f"feedback {model.feedback}: {outputs} outputs cannot be the ids of {what}"
        raise ShapeError(message, about=("output.W_y", "W_x"))
    if model.feedback == "sample" and _of_y(model) not in (*PROBABILITIES, *LOGITS):
        message = "feedback sample: y is neither probabilities (activation softmax) nor logits"
        raise RnncalcError(f"{message} (linear, log_softmax)", about=("feedback", "output"))


def _ids(model: Model) -> tuple[int, str]:
    """How many ids there are that x may hold, or be the one-hot rows of."""
    if model.embedding:
        count = len(model.embedding.weights)
        return count, f"an embedding of {counted(count, 'row')}"
    return model.features, f"{counted(model.features, 'feature')}, one for each id"


def _of_y(model: Model) -> str:
    """The activation that makes y, or nothing."""
    function = getattr(model.outputs[-1], "activation", None)
    return getattr(function, "name", "")


def gives_logits(model: Model) -> bool:
    """Whether the softmax of y is what ids are drawn with."""
    return _of_y(model) in LOGITS


def names_of(given: Any) -> tuple[str, ...]:
    """The names of ids, id 0 first. Errors: RnncalcError for what is no name, or stands twice."""
    several = isinstance(given, Iterable) and not isinstance(given, (str, dict))
    names = tuple(given) if several else ()
    if not names:
        raise RnncalcError("vocab: names were expected, one for each id", about=("vocab",))
    places: dict[str, int] = {}
    for i, name in enumerate(names):
        if not isinstance(name, str):
            message = f"vocab[{i}] is {quoted(str(name))}, expected a name: write it in quotes"
            raise RnncalcError(message, about=("vocab",))
        if name in places:
            shown = f"{quoted(name)} is the name of the ids {places[name]} and {i}"
            raise RnncalcError(f"vocab: {shown}", about=("vocab",))
        places[name] = i
    return names


def check_vocab(model: Model) -> None:
    """Errors: ShapeError where there is not a name for each id that x may hold."""
    if model.vocab is None:
        return
    settle(model, vocab=names_of(model.vocab))
    if model.wiring:
        raise RnncalcError("vocab is for layers in a row: x of a graph is ids", about=("vocab",))
    ids, what = _ids(model)
    if len(model.vocab) != ids:
        message = f"vocab has {counted(len(model.vocab), 'name')}, x is of {what}"
        raise ShapeError(message, about=("vocab",))
