"""Mistakes in what a cell computes: its activations, the place of the reset gate, the output's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rnncalc.checking.diagnosis.hypothesis import Change, Hypothesis, in_layers
from rnncalc.checking.diagnosis.job import Job, Places, reweight
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation, activation
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import alter
from rnncalc.model.layer import Layer

OF_STATES = (
    "tanh", "relu", "sigmoid", "linear", "softsign", "hard_sigmoid", "hard_sigmoid_old", "elu",
    "selu", "gelu", "silu", "softplus", "leaky_relu",
)  # fmt: skip
OF_GATES = ("sigmoid", "hard_sigmoid", "hard_sigmoid_old", "tanh", "relu", "linear", "softsign")
OF_OUTPUTS = ("linear", "softmax", "sigmoid", "tanh", "relu", "log_softmax", "softplus")
"""What is tried instead of each activation."""

COMMON = {
    "both": ("tanh", "relu", "sigmoid"),
    "activation": ("tanh", "relu", "sigmoid", "linear"),
    "state_activation": ("linear",),
    "recurrent_activation": ("sigmoid", "hard_sigmoid", "hard_sigmoid_old"),
    "output": ("linear", "softmax", "sigmoid"),
}
"""What is tried together with other mistakes, too."""

KEYS = {
    "activation": "the candidate",
    "state_activation": "c",
    "recurrent_activation": "the gates",
}
"""The functions of cells, and whose they are."""


def hypotheses(job: Job, places: Places) -> Iterator[Hypothesis]:
    """Every mistake of this kind in a part of a network."""
    lstm = any(job.layer(way).cell == "lstm" for way in places)
    for name in OF_STATES:
        every = ("activation", "state_activation") if lstm else ("activation",)
        yield _swapped(job, places, every, name)
        if lstm:
            yield from (_swapped(job, places, (key,), name) for key in every)
    if any(job.layer(way).gated for way in places):
        yield from (_swapped(job, places, ("recurrent_activation",), name) for name in OF_GATES)
    if any(job.layer(way).clip for way in places):
        say = "pre-activations are not clipped"
        yield in_layers("activation", say, "", _unclipped, places, job)
    if any(job.layer(way).cell == "gru" for way in places):
        yield from _resets(job, places)


def _swapped(job: Job, places: Places, keys: tuple[str, ...], name: str) -> Hypothesis:
    before = {
        str(getattr(job.layer(way), key))
        for way in places
        for key in keys
        if key in CELLS[job.layer(way).cell].functions
    }
    hard = "hard" in name or any("hard" in one for one in before)
    of = "" if len(keys) > 1 else f" of {KEYS[keys[0]]}"
    whose = of if any(job.layer(way).gated for way in places) else ""
    say = f"the activation{whose} is {name}, not {' and '.join(sorted(before))}"
    cause = "hard-sigmoid-variant" if hard else "activation"
    key = keys[0]
    common = name in COMMON["both" if len(keys) > 1 else key]
    change = _with(keys, activation(name))
    return in_layers(cause, say, "", change, places, job, common=common)


def _with(keys: tuple[str, ...], function: Activation) -> Change:
    def change(layer: Layer) -> Layer | None:
        there = [key for key in keys if key in CELLS[layer.cell].functions]
        if all(getattr(layer, key) == function for key in there):
            return None
        return alter(layer, **dict.fromkeys(there, function))

    return change


def _unclipped(layer: Layer) -> Layer | None:
    return alter(layer, clip=None) if layer.clip else None


def _resets(job: Job, places: Places) -> Iterator[Hypothesis]:
    """The reset gate at the other place; two biases that were added up, and not."""
    say = "the reset gate stands {} the recurrent product"
    where = {True: "before", False: "behind"}
    for after in (True, False):
        sentence = say.format(where[after])
        remedy = "it is reset_after in Keras, linear_before_reset in ONNX"
        change = _reset(after, not after)
        yield in_layers("reset-variant", sentence, remedy, change, places, job)
        sentence += ", and its biases are one sum"
        change = _reset(after, not after, summed=True)
        yield in_layers("reset-variant", sentence, remedy, change, places, job, common=False)
    say = "the candidate's two biases were added up: bias_h.n stands outside the reset gate"
    remedy = "keep both biases: the reset gate multiplies bias_hh of n (a GRU of two biases)"
    change = _reset(True, True, summed=True)
    yield in_layers("reset-variant", say, remedy, change, places, job)


def _reset(before: bool, after: bool, *, summed: bool = False) -> Change:
    """A GRU with ``reset_after`` as it was, and as it becomes."""

    def change(layer: Layer) -> Layer | None:
        if layer.cell != "gru" or bool(layer.reset_after) != before:
            return None
        inside = layer.weights.get("bias_h.n")
        if summed and inside is None:
            return None
        changed = alter(layer, reset_after=after)
        if not summed or inside is None:
            return changed
        merged = {"bias.n": layer.arrays["bias.n"] + inside, "bias_h.n": inside * 0}
        return reweight(changed, merged)

    return change


def of_outputs(job: Job) -> Iterator[Hypothesis]:
    """Another activation of each output layer, in a graph of each layer without a state."""
    outputs = job.heads
    for index, one in enumerate(outputs):
        if not isinstance(before := getattr(one, "activation", None), Activation):
            continue
        for name in OF_OUTPUTS:
            where = one.name if len(outputs) > 1 or job.model.wiring else ""
            whose = "the activation" if job.model.wiring else "the output's activation"
            say = f"{whose} is {name}, not {before}" + (where and f" ({where})")
            yield Hypothesis("output-activation", say, "", _output(index, name),
                             name in COMMON["output"], where)  # fmt: skip


def _output(index: int, name: str) -> Callable[[Job], Job]:
    def change(job: Job) -> Job:
        outputs = list(job.heads)
        one = outputs[index]
        if str(getattr(one, "activation", "")) == name:
            raise RnncalcError("it changes nothing")
        outputs[index] = alter(one, activation=activation(name))
        return job.with_heads(outputs)

    return change
