"""A network as the JSON that RTNeural reads: layers in a row, each with its weights as Keras' are.

``in_skip``, which AIDA-X and others have beside them, adds the input to the output.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.conventions.rtneural import FUNCTIONS, RECURRENT, TITLE
from rnncalc.conventions.spelling import written
from rnncalc.converting.draft import Draft
from rnncalc.converting.in_a_row import forward_only, refuse_functions, row, with_bias
from rnncalc.converting.refusal import refused
from rnncalc.converting.stacked import bias_notes, numbers, rounds, stacked
from rnncalc.converting.to_text import finite, json_text
from rnncalc.errors import printable
from rnncalc.model.convolution import Conv1d
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Function, Output, Stateless
from rnncalc.numbers.digits import counted

Block = dict[str, Any]


def draft(model: Model, convention: str, suffix: str) -> Draft:
    """The JSON of a network.

    Errors: RnncalcError for what RTNeural has no layer for.
    """
    notes = forward_only(model, TITLE)
    places, skip = row(model, TITLE)
    block: Block = {"in_shape": [None, None, model.features]}
    if skip:
        if (skip, model.features, model.shapes[model.results[0]].width) != (1, 1, 1):
            what = f"{counted(skip, 'feature')} of x added"
            raise refused(model.results[0], f"{what}: in_skip is of 1 feature, and of 1 output")
        block["in_skip"] = 1
    block["layers"] = list(_layers(places, model))
    says = f"JSON of {TITLE}, {counted(len(places), 'layer')}"
    notes = bias_notes(model, "keras", TITLE) + notes
    content = f"{json_text(block)}\n".encode()
    return Draft(content, says, tuple(notes), rounds(model, "keras"), row=True)


def _layers(places: Sequence[Layer | Stateless], model: Model) -> Iterator[Block]:
    """Each layer: its type, settings and arrays."""
    width = model.features
    for one in places:
        if isinstance(one, Layer):
            block = _recurrent(one, model.dtype)
        elif isinstance(one, Output):
            arrays = [np.transpose(one.W_y), one.bias]
            block = _block("dense", one, len(one.W_y), arrays, model.dtype)
        elif isinstance(one, Conv1d):
            block = _convolution(one, model.dtype)
        elif isinstance(one, Function):
            block = _block("activation", one, width, [], model.dtype)
        else:
            kind = printable(type(one).__name__.lower())
            raise refused(one.name, f"{kind}: {TITLE} is written without such layers")
        width = block["shape"][-1]
        yield block


def _recurrent(layer: Layer, dtype: str) -> Block:
    if layer.cell not in RECURRENT:
        raise refused(layer.name, f"cell {layer.cell}: {TITLE} has {', '.join(RECURRENT)}")
    refuse_functions(layer, TITLE)
    if layer.reset_after is False:
        raise refused(layer.name, f"reset_after false: {TITLE}'s reset gate is after the product")
    arrays = [*stacked(with_bias(layer), layer.name, "keras", dtype).values()]
    return _block(RECURRENT[layer.cell], layer, layer.units, arrays, dtype)


def _convolution(one: Conv1d, dtype: str) -> Block:
    for key, wanted in (("padding", "causal"), ("strides", 1), ("groups", 1)):
        if getattr(one, key) != wanted:
            what = f"{key} {getattr(one, key)}: {TITLE}'s conv1d is written with {wanted}"
            raise refused(one.name, what)
    outputs, _, size = one.W_y.shape
    arrays = [one.W_y.transpose(2, 1, 0), one.bias]
    block = _block("conv1d", one, outputs, arrays, dtype)
    return block | {"kernel_size": [size], "dilation": [one.dilation], "groups": 1}


def _block(
    kind: str, one: Layer | Stateless, width: int, arrays: Sequence[Array], dtype: str
) -> Block:
    """What every layer has. Errors: RnncalcError for a function that RTNeural has not."""
    function = getattr(one, "activation")  # noqa: B009  # of all of these kinds
    found = written(FUNCTIONS, function)
    if found is None:
        raise refused(one.name, f"activation {function}: {TITLE} has {', '.join([*FUNCTIONS][1:])}")
    weights = [finite(one.name, numbers(kind, array, dtype)) for array in arrays]
    return {"type": kind, "activation": found[0], "shape": [None, None, width], "weights": weights}
