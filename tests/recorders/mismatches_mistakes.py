"""Mistakes that people make when they carry weights over, as changes of a config.

Weights are in the names and the layout of their framework; so are the mistakes: blocks in another
order, a matrix transposed, a bias that nobody took along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from golden_file import Array
from mismatches_making import Asked, Mistake

Block = dict[str, Any]
Change = Callable[["Part"], None]


class Form(NamedTuple):
    """How a framework stacks the gates of its tensors."""

    W_x: str
    W_h: str
    biases: tuple[str, ...]
    axis: int
    orders: dict[str, str]


FORMS = (
    Form("weight_ih", "weight_hh", ("bias_ih", "bias_hh"), 0, {"gru": "rzn", "lstm": "ifgo"}),
    Form("kernel", "recurrent_kernel", ("bias",), -1, {"gru": "zrn", "lstm": "ifgo"}),
    Form("W", "R", ("B",), 0, {"gru": "zrn", "lstm": "iofg"}),
)


class Part(NamedTuple):
    """One direction of one layer: its weights, and how they are stacked."""

    cell: str
    block: Block
    form: Form

    @property
    def order(self) -> str:
        """The gates, one letter each."""
        return self.form.orders.get(self.cell, "h")

    def stacked(self, name: str, change: Callable[[list[Array]], list[Array]]) -> None:
        """Change the list of the gates' pieces of a tensor."""
        if name not in self.block:
            return
        array = np.asarray(self.block[name])
        whole = array.reshape(2, -1) if name == "B" else array
        axis = -1 if name == "B" else self.form.axis
        pieces = change(np.split(whole, len(self.order), axis))
        self.block[name] = np.concatenate(pieces, axis).reshape(array.shape)

    def gate(self, name: str, letter: str, change: Callable[[Array], Array]) -> None:
        """Change the piece of one gate."""
        at = self.order.index(letter)
        self.stacked(name, lambda pieces: [*pieces[:at], change(pieces[at]), *pieces[at + 1 :]])

    @property
    def two(self) -> tuple[Array, Array | None]:
        """The input bias, and the recurrent one where there are two."""
        found = [np.asarray(self.block[name]) for name in self.form.biases if name in self.block]
        if len(found) == 2:
            return found[0], found[1]
        (one,) = found
        halves = one.reshape(2, -1) if self.form.biases == ("B",) or one.ndim == 2 else one[None]
        return halves[0], halves[1] if len(halves) == 2 else None

    def give(self, bias: Array, bias_h: Array | None) -> None:
        """Both biases again, in the form in which they were."""
        if len(self.form.biases) == 2:
            both = zip(self.form.biases, (bias, bias_h), strict=True)
            self.block.update({name: array for name, array in both if array is not None})
            return
        (name,) = self.form.biases
        pair = bias if bias_h is None else np.stack([bias, bias_h])
        self.block[name] = pair.reshape(np.shape(self.block[name]))


def parts(config: Block) -> Iterator[tuple[int, str, Part]]:
    """Every direction of every layer: the layer's index, the direction, the part."""
    for index, layer in enumerate(config.get("layers", [config])):
        ways = [way for way in ("forward", "backward") if way in layer]
        for way in ways or ["forward"]:
            block = layer[way] if ways else layer
            form = next(one for one in FORMS if one.W_x in block)
            yield index, way, Part(layer["cell"], block, form)


def every(change: Change, *, layer: int | None = None, way: str = "") -> Mistake:
    """The change in all parts, in those of one layer, or of one direction."""

    def mistake(asked: Asked) -> None:
        for index, direction, part in parts(asked.config):
            if layer in (None, index) and way in ("", direction):
                change(part)

    return mistake


def reordered(order: str, names: str = "") -> Change:
    """The blocks are given in another order than the framework's; perhaps of some tensors only."""

    def change(part: Part) -> None:
        picked = [part.order.index(letter) for letter in order]
        every_name = {"x": (part.form.W_x,), "h": (part.form.W_h,), "b": part.form.biases}
        for letter in names or "xhb":
            for name in every_name[letter]:
                part.stacked(name, lambda pieces: [pieces[at] for at in picked])

    return change


def transposed(which: str) -> Change:
    """Every gate's W_x or W_h is transposed."""

    def change(part: Part) -> None:
        name = getattr(part.form, which)
        part.stacked(name, lambda pieces: [piece.T for piece in pieces])

    return change


def reshaped(which: str) -> Change:
    """The stacked matrix is reshaped where it should be transposed."""

    def change(part: Part) -> None:
        name = getattr(part.form, which)
        array = np.asarray(part.block[name])
        part.block[name] = array.reshape(array.shape[::-1]).T

    return change


def biases(change: Callable[[Array, Array | None], tuple[Array, Array | None]]) -> Change:
    """Both biases become others."""
    return lambda part: part.give(*change(*part.two))


def no_bias(part: Part) -> None:
    """No bias is taken along."""
    for name in part.form.biases:
        part.block.pop(name, None)


def without(name: str) -> Change:
    """A tensor is not taken along."""
    return lambda part: part.block.pop(name) is None or None  # type: ignore[func-returns-value]


no_recurrent_bias = biases(lambda bias, bias_h: (bias, bias_h * 0))
no_input_bias = biases(lambda bias, bias_h: (bias * 0, bias_h))
doubled = biases(lambda bias, bias_h: (bias * 2, None if bias_h is None else bias_h * 2))
summed_in_both = biases(lambda bias, bias_h: (bias + bias_h, bias + bias_h))
first_in_both = biases(lambda bias, bias_h: (bias, bias))
summed = biases(lambda bias, bias_h: (bias + bias_h, bias_h * 0))


def bias_of(letter: str, change: Callable[[Array], Array]) -> Change:
    """The (first) bias of one gate becomes another."""

    def give(part: Part) -> None:
        bias, bias_h = part.two
        pieces = np.split(bias, len(part.order))
        at = part.order.index(letter)
        pieces[at] = change(pieces[at])
        part.give(np.concatenate(pieces), bias_h)

    return give


def negated(letter: str) -> Change:
    """All weights of a gate have the other sign."""

    def change(part: Part) -> None:
        for name in (part.form.W_x, part.form.W_h, *part.form.biases):
            part.gate(name, letter, np.negative)

    return change


def rounded(function: Callable[[Array], Array]) -> Change:
    """All weights are rounded."""

    def change(part: Part) -> None:
        for name in (part.form.W_x, part.form.W_h, *part.form.biases):
            if name in part.block:
                array = np.asarray(part.block[name])
                part.block[name] = function(array).astype(array.dtype)

    return change


def textbook(part: Part) -> None:
    """The weights of a gated cell by the names of its gates, each (units, features)."""
    columns = part.form.axis == -1
    bias, bias_h = part.two if set(part.form.biases) & set(part.block) else (None, None)
    stacks = {"bias": bias, "bias_h": bias_h}
    for ours, theirs in (("W_x", part.form.W_x), ("W_h", part.form.W_h)):
        array = np.asarray(part.block.pop(theirs))
        stacks[ours] = array.T if columns else array
    for name in part.form.biases:
        part.block.pop(name, None)
    for name, stack in stacks.items():
        if stack is not None:
            pieces = np.split(stack, len(part.order))
            part.block[name] = dict(zip(part.order, pieces, strict=True))


def said(layer: int | None = None, **words: Any) -> Mistake:
    """A layer, or each, is said to have other options; None: an option is not said."""

    def mistake(asked: Asked) -> None:
        layers = asked.config.get("layers", [asked.config])
        for index, one in enumerate(layers):
            if layer in (None, index):
                one.update(words)
                for key in [key for key, value in words.items() if value is None]:
                    one.pop(key, None)

    return mistake


def output(**words: Any) -> Mistake:
    """The output layer is said to be another."""
    return lambda asked: asked.config["output"].update(words)


def left_out(*keys: str) -> Mistake:
    """Something at the top of the config is not given."""

    def mistake(asked: Asked) -> None:
        for key in keys:
            asked.config.pop(key, None)

    return mistake


def given(**words: Any) -> Mistake:
    """Something at the top of the config is given; a function makes it of what is asked."""

    def mistake(asked: Asked) -> None:
        for key, value in words.items():
            asked.config[key] = value(asked) if callable(value) else value

    return mistake


def numbers(change: Callable[[Array], Array]) -> Mistake:
    """The expected numbers are laid out, cut or rounded."""

    def mistake(asked: Asked) -> None:
        asked.expected = np.asarray(change(np.asarray(asked.expected)))

    return mistake


def compared(name: str, show: str = "") -> Mistake:
    """Another result is compared."""

    def mistake(asked: Asked) -> None:
        asked.expected, asked.show = asked.results[name], show

    return mistake


def shown(name: str) -> Mistake:
    """The quantity is named."""
    return lambda asked: setattr(asked, "show", name)


def both(*mistakes: Mistake) -> Mistake:
    """One after the other."""

    def mistake(asked: Asked) -> None:
        for one in mistakes:
            one(asked)

    return mistake
