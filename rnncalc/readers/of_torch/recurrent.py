"""The recurrent modules of PyTorch by the names of their weights: nn.RNN, nn.LSTMCell ...

``weight_hh_l1_reverse`` is of the second layer's backward direction; without ``_l1`` it is of a
module that computes one step. Which cell it is stands in the shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.torch import MODULES, NOT_STORED
from rnncalc.equations import CELL_OF
from rnncalc.errors import FileError, printable
from rnncalc.readers.contents.part import Assumption, Part
from rnncalc.readers.of_torch.stage import Stage, listed, other

PLACE = re.compile(
    r"(weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(?:_l(0|[1-9][0-9]{0,3})(_reverse)?)?"
)

Weights = dict[tuple[int, str], dict[str, Tensor]]
"""Number of the layer and direction, to the tensors that it has."""


def is_recurrent(tensors: Iterable[str]) -> bool:
    """Whether a module has weights of a recurrent one."""
    return any(map(PLACE.fullmatch, tensors))


def recurrent(name: str, tensors: Mapping[str, Tensor], below: Mapping[str, Tensor]) -> Stage:
    """The layers of a module; ``other`` where it has more than PyTorch's modules have.

    Args:
        tensors: by their names in the module.
        below: those of the modules inside it; PyTorch's have none.

    Errors: FileError where a weight is missing.
    """
    places = {key: match for key in tensors if (match := PLACE.fullmatch(key))}
    layered = any(match[2] for match in places.values())
    strange = [key for key in tensors if key not in places or layered != bool(places[key][2])]
    if name or not layered:  # what stands beside a bare nn.LSTM may have been put there by hand
        strange += below
    whole = {**tensors, **below}
    if strange:
        beside = listed({key: whole[key] for key in strange})
        problem = f"holds {beside} beside recurrent weights: no module of PyTorch does"
        return other(name, whole, problem)
    weights: Weights = {}
    for key, match in places.items():
        place = int(match[2] or 0), "backward" if match[3] else "forward"
        weights.setdefault(place, {})[match[1]] = tensors[key]
    _refuse_gaps(name, weights, layered)
    cell = _cell(weights[0, "forward"])
    if cell is None:
        key = "weight_hh_l0" if layered else "weight_hh"
        shape = tensors[key].shape
        problem = f"has {key} {shape}: its rows are not 1, 3 or 4 times its columns"
        return other(name, tensors, problem)
    return _stage(name, cell, weights, layered)


def _refuse_gaps(name: str, weights: Weights, layered: bool) -> None:
    """Layers, directions and matrices that must be there because others are."""
    ways = [way for way in ("forward", "backward") if any(place[1] == way for place in weights)]
    needed = ["weight_ih", "weight_hh"]
    needed += ["weight_hr"] if any("weight_hr" in one for one in weights.values()) else []
    for number in range(max(number for number, _ in weights) + 1):
        for way in dict.fromkeys(["forward", *ways]):
            there = weights.get((number, way), {})
            if missing := [key for key in needed if key not in there]:
                raise FileError(_missing(name, weights, missing[0], (number, way), layered))


def _missing(name: str, weights: Weights, key: str, place: tuple[int, str], layered: bool) -> str:
    """``lstm: weight_ih_l0 is missing, and weight_ih_l1 is there``."""
    same = [one for one in weights if one[1] == place[1]] or list(weights)
    last = max([one for one in same if key in weights[one]] or same)
    there = key if key in weights[last] else next(iter(weights[last]))
    absent, present = (
        one + _suffix(*where) * layered for one, where in ((key, place), (there, last))
    )
    where = f"{printable(name)}: " if name else ""
    return (
        f"{where}{absent} is missing, and {present} is there: the whole state_dict() was expected"
    )


def _suffix(number: int, way: str) -> str:
    return f"_l{number}" + "_reverse" * (way == "backward")


def _size(tensor: Tensor) -> tuple[int, int]:
    """Rows and columns; a list is one column."""
    rows, columns = tensor.shape if tensor.ndim == 2 else (tensor.size, 1)
    return rows, columns


def _cell(weights: Mapping[str, Tensor]) -> str | None:
    """The cell that has as many gates as the recurrent matrix has square blocks.

    One that lies the wrong way is told here too: whoever cuts it says that it is transposed.
    """
    if "weight_hr" in weights:
        return "lstm"
    long, short = sorted(_size(weights["weight_hh"]), reverse=True)
    fits = weights["weight_hh"].ndim <= 2 and short and long % short == 0
    return CELL_OF.get(long // short) if fits else None


def _stage(name: str, cell: str, weights: Weights, layered: bool) -> Stage:
    """The parts of a module, one for each layer."""
    own = name or cell
    count = max(number for number, _ in weights) + 1
    both = any(way == "backward" for _, way in weights)
    parts = []
    for i in range(count):
        numbered = f", layer {i + 1} of {count}" if count > 1 else ""
        says = MODULES[cell] + "Cell" * (not layered) + ", bidirectional" * both + numbered
        part = Part(f"{own}.{i}" if count > 1 else own, "recurrent", says)
        part.block = {"cell": cell, **_arrays(weights, i, both)}
        if cell == "rnn":
            _assume_tanh(part, own, layered)
        parts.append(part)
    first = weights[0, "forward"]
    state = _size(first["weight_hr"])[0] if "weight_hr" in first else min(_size(first["weight_hh"]))
    return Stage(name, parts, _size(first["weight_ih"])[1], state * (1 + both))


def _arrays(weights: Weights, number: int, both: bool) -> dict[str, Any]:
    """A layer's tensors, in the blocks of its directions where there are two."""
    if not both:
        return weights[number, "forward"]
    ways = {way: weights[number, way] for way in ("forward", "backward")}
    return {"merge": "concat", **ways}


def _assume_tanh(part: Part, module: str, layered: bool) -> None:
    """It is the module's, whose layers all have one: ``rnn.activation`` means them all."""
    part.block["activation"] = "tanh"
    why = f"the default of nn.RNN{'' if layered else 'Cell'}; {NOT_STORED}"
    part.assumed.append(Assumption(module, "activation", "tanh", why))
