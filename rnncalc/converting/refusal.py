"""What a target cannot express, refused by its name; what it has by other means is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.errors import RnncalcError, printable
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Function, Stateless

REMEDY = "a .yaml or .json file says everything"
"""What to write instead, where something was to be written."""


def refused(name: str, what: str) -> RnncalcError:
    """The error for a part that a target cannot express: ``lstm: merge sum: PyTorch has ...``."""
    return RnncalcError(f"{printable(name)}: {what}; {REMEDY}")


def without_remedy(message: str) -> str:
    """The message where nothing was to be written."""
    return re.sub(rf"[;.] {REMEDY}$", "", message, flags=re.IGNORECASE)


def refuse_graph(model: Model, title: str) -> None:
    """Errors: RnncalcError for a graph, where only layers in a row can be written."""
    if model.wiring:
        what = f"it is one of a graph, and in {title} layers stand in a row"
        raise refused(model.layers[-1].name, what)


def refuse_directions(model: Model, title: str) -> None:
    """Errors: RnncalcError for a layer that only reads from the end."""
    for layer in model.layers:
        if layer.direction == "backward":
            raise refused(
                layer.name, f"direction backward: {title} has no layer that goes back only"
            )


def refuse_differing(
    model: Model, title: str, keys: tuple[str, ...] = ("activation", "recurrent_activation")
) -> None:
    """Errors: RnncalcError where the parts of a layer have other settings than its first.

    Arrays do not say functions, and what is told besides is told of a layer as a whole.
    """
    for loop in model.loops:
        first = loop[0]
        for one in (one for layer in loop for one in layer.passes.values()):
            for key in keys:
                ours, theirs = getattr(first, key), getattr(one, key)
                if None not in (ours, theirs) and ours != theirs:
                    what = f"{key} {ours} and {theirs} in one layer: {title} does not say which"
                    raise refused(first.name, what)


def refuse_options(model: Model, title: str) -> None:
    """Errors: RnncalcError for what only some files say: ``clip``, ``input_forget`` ..."""
    for layer in model.layers:
        for one in layer.passes.values():
            found = next(_unusual(one), None)
            if found:
                raise refused(layer.name, f"{found}: {title} cannot say it")


def _unusual(one: Layer) -> Iterator[str]:
    for name in CELLS[one.cell].bounds:
        if (bound := getattr(one, name)) is not None:
            hint = " (--set cell_clip=inf leaves it out)" if name == "cell_clip" else ""
            yield f"{name} {bound:g}{hint}"
    if one.input_forget:
        yield "input_forget"
    if "state_activation" in CELLS[one.cell].functions and one.state_activation != one.activation:
        yield f"state_activation {one.state_activation}"


def refuse_loops(model: Model, title: str) -> list[str]:
    """Cells of one time loop as layers one behind the other: the same, where they go one way.

    Returns: what is told of it. Errors: RnncalcError for two directions.
    """
    notes = []
    for loop in (loop for loop in model.loops if len(loop) > 1):
        if loop[0].backward:
            what = f"a loop of {len(loop)} cells in two directions: {title} has layers only"
            raise refused(loop[0].name, what)
        names = ", ".join(printable(layer.name) for layer in loop)
        notes.append(f"{names}: cells of one time loop become layers, which compute the same")
    return notes


def refuse_masks(model: Model, title: str) -> None:
    """Errors: RnncalcError for a network that masks steps by itself."""
    if model.embedding and model.embedding.mask_zero:
        raise refused("embedding", f"mask_zero: {title} has no masks")
    if model.masking is not None:
        raise refused("masking", f"{title} has no masks")


def lone_functions(chain: tuple[Stateless, ...], title: str) -> None:
    """Errors: RnncalcError for an activation alone, which has no array to be seen by."""
    for one in chain:
        if isinstance(one, Function):
            assert isinstance(one.activation, Activation)
            what = f"{one.activation} stands alone: {title} holds weights only"
            raise refused(one.name, what)


def omissions(model: Model, *, states: bool) -> Iterator[str]:
    """Input, lengths, mask, and initial states that are not 0.

    Args:
        states: whether the file holds the states.
    """
    given = [key for key in ("x", "lengths", "mask") if getattr(model, key) is not None]
    if given:
        yield f"{', '.join(given)}: left out, as a file of weights holds no input"
    if model.vocab is not None:
        yield "vocab: left out, as a file of weights holds no names (here --vocab FILE)"
    ways = [one for layer in model.layers for one in layer.passes.values()]
    if not states and any(_any(one.h0) or _any(one.c0) for one in ways):
        yield "initial states: left out; they are given to the call (here --h0, --c0)"


def _any(state: object) -> bool:
    return state is not None and bool(np.any(np.asarray(state)))
