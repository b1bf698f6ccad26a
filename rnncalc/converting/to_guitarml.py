"""A network as GuitarML's programs, NeuralPi and Proteus keep one: the class ``SimpleRNN`` as JSON.

``model_data`` says its sizes and ``skip``, ``state_dict`` has its weights as PyTorch has them.
"""

from __future__ import annotations

from rnncalc.array import Array
from rnncalc.conventions.guitarml import CLASS, DENSE, RECURRENT, UNITS
from rnncalc.converting.draft import Draft
from rnncalc.converting.in_a_row import Row, forward_only, refuse_functions, row, with_bias
from rnncalc.converting.refusal import refused
from rnncalc.converting.stacked import bias_notes
from rnncalc.converting.to_text import finite, json_text
from rnncalc.converting.to_torch import recurrent, stateless
from rnncalc.errors import printable
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Output
from rnncalc.numbers.digits import counted

TITLE = f"GuitarML's {CLASS}"


def draft(model: Model, convention: str, suffix: str) -> Draft:
    """The JSON of a network.

    Errors: RnncalcError for what is no such network.
    """
    notes = forward_only(model, TITLE)
    found = row(model, TITLE)
    layers, dense = _parts(found)
    _refuse_skip(model, found.skip, len(dense.W_y))
    first = layers[0]
    said = {
        "model": CLASS, "input_size": model.features, "skip": found.skip,
        "output_size": len(dense.W_y), "unit_type": UNITS[first.cell], "num_layers": len(layers),
        "hidden_size": first.units, "bias_fl": True,
    }  # fmt: skip
    arrays: dict[str, Array] = {}
    for i, layer in enumerate(layers):
        arrays |= recurrent(with_bias(layer), RECURRENT, i, model.dtype)
    arrays |= stateless(DENSE, dense, model.dtype)
    state = {name: finite(name, array) for name, array in arrays.items()}
    content = f"{json_text({'model_data': said, 'state_dict': state})}\n".encode()
    notes = bias_notes(model, "torch") + notes
    says = f"JSON of {TITLE}, {counted(len(arrays), 'array')}"
    return Draft(content, says, tuple(notes), row=True)


def _refuse_skip(model: Model, skip: int, outputs: int) -> None:
    """Errors: RnncalcError for features of x that the class cannot add to so many outputs."""
    if skip > 1 and skip != outputs:
        what = f"{counted(skip, 'feature')} of x added to {counted(outputs, 'output')}"
        what += f": skip of {TITLE} is 1, or as many as there are outputs"
        raise refused(model.results[0], what)


def _parts(found: Row) -> tuple[list[Layer], Output]:
    """The layers of ``rec``, and ``lin``. Errors: RnncalcError where there are others."""
    *inner, last = found.places
    if not isinstance(last, Output):
        raise refused(last.name, f"no dense layer is behind it: {TITLE} ends in one")
    if str(last.activation) != "linear":
        what = f"activation {last.activation}: the dense layer of {TITLE} has none"
        raise refused(last.name, what)
    layers = [one for one in inner if isinstance(one, Layer)]
    for one in inner:
        if not isinstance(one, Layer):
            what = f"{type(one).__name__.lower()}: {TITLE} has recurrent layers and one dense layer"
            raise refused(one.name, what)
        refuse_functions(one, TITLE)
        if (one.cell, one.units) != (layers[0].cell, layers[0].units) or "W_r" in one.weights:
            what = f"{one.cell} of {one.units} units behind {printable(layers[0].name)}"
            raise refused(one.name, f"{what}: the layers of {TITLE} are all alike")
    return layers, last
