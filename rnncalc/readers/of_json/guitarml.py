"""What GuitarML's programs, NeuralPi and Proteus keep: ``model_data`` and a state dict.

It is one class, ``SimpleRNN``: ``rec`` is an nn.LSTM, nn.GRU or nn.RNN, ``lin`` an nn.Linear of
each timestep; ``skip`` features of the input are added to what that gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rnncalc.containers.json_arrays import with_arrays
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.guitarml import CLASS, DENSE, KNOWN, RECURRENT, UNITS
from rnncalc.conventions.torch import MODULES
from rnncalc.errors import FileError, listed, printable
from rnncalc.readers import from_arrays
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Assumption, Part
from rnncalc.readers.of_json.skip import with_skip

SKIP = 1, "the default of SimpleRNN"


def contents(data: Mapping[str, Any], name: str) -> Contents:
    """The network of such a file. Errors: FileError for another class, and contradictions."""
    said, state = data["model_data"], data["state_dict"]
    if not isinstance(said, Mapping) or not isinstance(state, Mapping):
        raise FileError("model_data and state_dict are expected to be mappings")
    if said.get("model", CLASS) != CLASS:
        kind = printable(str(said["model"]), 60)
        raise FileError(f"is a {kind}: of this format only {CLASS} is computed here")
    found = from_arrays.contents(with_arrays(state), name, f"JSON of GuitarML, {CLASS}")
    if found is None or not _is_simple(found.parts):
        there = listed(printable(str(key), 60) for key in list(state)[:8])
        raise FileError(f"holds {there}: a {CLASS} has rec.weight_ih_l0 … and lin.weight")
    _refuse_contradictions(said, found.parts)
    others = [printable(str(key), 60) for key in (*data, *said)
              if key not in (*KNOWN, "model_data", "state_dict")]  # fmt: skip
    parts = [replace(part, assumed=[]) for part in found.parts]  # the class says it
    row = replace(found, parts=parts, assumed=[], left_out=[*found.left_out, *others])
    return _skipping(row, said)


def _is_simple(parts: list[Part]) -> bool:
    """Whether these are the layers of the class."""
    *recurrent, last = parts
    inner = all("weight_ih" in one.block and one.path.startswith(RECURRENT) for one in recurrent)
    return bool(recurrent) and inner and "weight" in last.block and last.path == DENSE


def _skipping(row: Contents, said: Mapping[str, Any]) -> Contents:
    """The whole network; how many features are added is assumed where nothing says it."""
    sizes = _sizes(row.parts)

    def whole(one: Assumption) -> Contents:
        skip = _whole("skip", one.value)
        if skip > sizes["input_size"] or (skip > 1 and skip != sizes["output_size"]):
            raise FileError(f"skip {skip} does not fit input_size {sizes['input_size']} and "
                            f"output_size {sizes['output_size']}")  # fmt: skip
        found = with_skip(row, skip, sizes["input_size"])
        return replace(found, assumed=[one] if one.why else [], choices={"skip": whole})

    if "skip" in said:
        return replace(whole(Assumption("", "skip", said["skip"], "")), choices={})
    return whole(Assumption("", "skip", *SKIP))


def _whole(key: str, given: Any) -> int:
    """A number of ``model_data``. Errors: FileError for what is no whole number, 0 or more."""
    if isinstance(given, bool):
        given = int(given)
    if not isinstance(given, (int, float)) or given != given // 1 or given < 0:
        raise FileError(f"{key} is {printable(str(given), 40)}, a whole number was expected")
    return int(given)


def _sizes(parts: list[Part]) -> dict[str, int]:
    """What the arrays tell, by the words of ``model_data``."""
    first, last = parts[0].block["weight_ih"], parts[-1].block["weight"]
    return {"input_size": _wide(first), "hidden_size": _wide(parts[0].block["weight_hh"]),
            "output_size": last.shape[0], "num_layers": len(parts) - 1}  # fmt: skip


def _wide(tensor: Tensor) -> int:
    return tensor.shape[1] if tensor.ndim > 1 else 1


def _refuse_contradictions(said: Mapping[str, Any], parts: list[Part]) -> None:
    """Errors: FileError where ``model_data`` says another network than the arrays are."""
    for key, size in _sizes(parts).items():
        if key in said and _whole(key, said[key]) != size:
            shown = printable(str(said[key]), 40)
            raise FileError(f"model_data says {key} {shown}, and its arrays have {size}")
    unit, cell = said.get("unit_type"), parts[0].block["cell"]
    if unit is not None and unit != UNITS[cell]:
        shown = printable(str(unit), 40)
        raise FileError(f"model_data says unit_type {shown}, and its arrays are of {MODULES[cell]}")
    if said.get("bias_fl", bias := "bias" in parts[-1].block) != bias:
        shown = printable(str(said["bias_fl"]), 40).lower()
        raise FileError(f"model_data says bias_fl {shown}, and its arrays tell otherwise")
