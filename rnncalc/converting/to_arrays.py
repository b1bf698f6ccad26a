"""Arrays by name in npz, safetensors, csv, json: a config's names with dots, or a state dict's."""

from __future__ import annotations

from collections.abc import Mapping

from rnncalc.array import Array
from rnncalc.containers.csv_arrays import csv_bytes
from rnncalc.containers.extra import needed
from rnncalc.containers.npy import npz_bytes
from rnncalc.conventions import CONVENTIONS
from rnncalc.converting import to_torch
from rnncalc.converting.draft import Draft
from rnncalc.converting.joining import joined
from rnncalc.converting.naming import heads
from rnncalc.converting.refusal import (
    refuse_differing,
    refuse_directions,
    refuse_loops,
    refuse_masks,
    refuse_options,
    refused,
)
from rnncalc.converting.stacked import bias_notes, numbers, rounds, stacked
from rnncalc.converting.to_config import DENSE, states
from rnncalc.converting.to_text import finite, json_text
from rnncalc.model.model import Model
from rnncalc.model.stateless import Output, Stateless
from rnncalc.numbers.digits import counted

ARRAYS = "a file of arrays"


def draft(model: Model, convention: str, suffix: str) -> Draft:
    """The arrays of a network in a container that holds nothing else.

    Errors: RnncalcError for what the names cannot express.
    """
    if convention == "torch":
        model = joined(model)
        arrays, notes, order = to_torch.arrays(model)
        named: dict[str, Stateless] = heads(model)
    else:
        arrays, notes, order = _dotted(model, convention)
        named = dict(zip(["output"], model.outputs, strict=False))
    content = CONTAINERS[suffix](arrays)
    says = f"{CONVENTIONS[convention].possessive} names, {counted(len(arrays), 'array')}"
    notes = bias_notes(model, convention) + notes
    rounded = rounds(model, convention)
    return Draft(content, says, tuple(notes), rounded, order=order, heads=named)


def _dotted(model: Model, convention: str) -> tuple[dict[str, Array], list[str], tuple[str, ...]]:
    """The arrays by the names of a config's keys: ``encoder.forward.W_h.z``."""
    _refuse(model, convention)
    notes = refuse_loops(model, ARRAYS)
    arrays: dict[str, Array] = {}
    if model.embedding:
        arrays["embedding.weights"] = numbers("W", model.embedding.weights, model.dtype)
    lone = model.alone and model.layers[0].name == "layer0"
    for layer in model.layers:
        for way, one in layer.passes.items():
            prefix = ("" if lone else f"{layer.name}.") + (f"{way}." if layer.backward else "")
            own = stacked(one, layer.name, convention, model.dtype)
            own |= {key: numbers(key, state, model.dtype) for key, state in states(one).items()}
            arrays |= {f"{prefix}{name}": array for name, array in own.items()}
    for head in model.outputs:
        assert isinstance(head, Output)
        W_y = numbers("W_y", head.W_y, model.dtype)
        weights = numbers("W_y", W_y.T, model.dtype) if convention == "keras" else W_y
        arrays[f"output.{DENSE[convention]}"] = weights
        arrays["output.bias"] = numbers("bias", head.bias, model.dtype)
    return arrays, notes, _order(model)


def _order(model: Model) -> tuple[str, ...]:
    """The parts as they run, for a container that does not keep the order of its arrays."""
    front = ["embedding"] if model.embedding else []
    return (*front, *(layer.name for layer in model.layers), *(["output"] if model.outputs else []))


def _refuse(model: Model, convention: str) -> None:
    refuse_directions(model, ARRAYS)
    refuse_options(model, ARRAYS)
    refuse_masks(model, ARRAYS)
    refuse_differing(model, ARRAYS)
    if convention != "keras":
        refuse_differing(model, ARRAYS, ("reset_after",))
    if len(model.outputs) > 1 or not all(isinstance(one, Output) for one in model.outputs):
        raise refused(model.outputs[0].name, f"{ARRAYS} has one dense layer as output at most")
    for layer in model.layers:
        if layer.name == "output" or (layer.name == "embedding" and model.embedding):
            what = f"a layer of this name: in {ARRAYS} it is the {layer.name} layer's"
            raise refused(layer.name, what)
        if layer.chain:
            raise refused(
                layer.name, f"{layer.chain[0].name} stands before it: {ARRAYS} cannot say it"
            )


def _safetensors(arrays: Mapping[str, Array]) -> bytes:
    """The bytes of the file, arrays in the order of their names."""
    library = needed("safetensors.numpy", ".safetensors", "writing")
    data: bytes = library.save(dict(arrays))
    return data


def _json(arrays: Mapping[str, Array]) -> bytes:
    """Lists of numbers by name, as ``json.dump`` of a state dict's lists writes them."""
    return f"{json_text({name: finite(name, one) for name, one in arrays.items()})}\n".encode()


CONTAINERS = {
    ".npz": npz_bytes, ".safetensors": _safetensors, ".csv": csv_bytes, ".json": _json,
}  # fmt: skip
