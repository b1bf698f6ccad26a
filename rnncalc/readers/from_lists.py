"""Arrays without names, as ``model.get_weights()`` gives them: the network that their shapes tell.

Keras has a row for each input, PyTorch one for each unit, and both list a layer's arrays one after
the other. Where the shapes fit one network of one of them, it is that, and this is an assumption;
where they fit several, nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from rnncalc.containers.hdf5.tree import Group
from rnncalc.containers.tensor import Tensor
from rnncalc.equations import CELL_OF
from rnncalc.errors import FileError, located
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Assumption

MOST = 200
"""Arrays of a list; each layer has two or three."""

UNNAMED = re.compile("arr_[0-9]{1,5}")
"""What NumPy calls an array that was saved without a name."""

CLASSES = {
    "keras": {"rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM", "dense": "Dense",
              "embedding": "Embedding"},
    "torch": {"rnn": "nn.RNN", "gru": "nn.GRU", "lstm": "nn.LSTM", "dense": "nn.Linear",
              "embedding": "nn.Embedding"},
}  # fmt: skip
FRAMEWORKS = {"keras": "Keras", "torch": "PyTorch"}
THEIR = {"keras": "Keras'", "torch": "PyTorch's"}
WHY = "the arrays have no names, and their shapes fit this one network of {}"
REMEDY = "Save them with names: numpy.savez(file, **model.state_dict()), or model.save('net.keras')"

Shape = tuple[int, ...]


class Listed(NamedTuple):
    """A layer of a list.

    Attributes:
        kind: a cell, ``dense`` or ``embedding``.
        arrays: how many it has in one direction.
        ways: how many directions.
        takes, gives: how many numbers a step of its input and output has.
    """

    kind: str
    arrays: int
    ways: int
    takes: int
    gives: int


Layers = tuple[Listed, ...]


def is_list(names: Sequence[str]) -> bool:
    """Whether arrays of an npz file were saved without names."""
    return bool(names) and all(map(UNNAMED.fullmatch, names))


def contents(tensors: Sequence[Tensor], name: str, what: str) -> Contents:
    """The network whose weights these arrays are, in their order.

    Errors: FileError where their shapes fit none, or several.
    """
    shapes = [tensor.shape for tensor in tensors]
    with located(name):
        fitting = [(whose, layers) for whose in CLASSES for layers in fits(shapes, whose)]
    if len(fitting) != 1:
        raise FileError(f"{name}: {_refusal(shapes, fitting)}")
    ((whose, layers),) = fitting
    make = _of_keras if whose == "keras" else _of_torch
    found = make(tensors, layers, name, f"{what} without names, by their shapes {THEIR[whose]}")
    why = WHY.format(FRAMEWORKS[whose])
    order = Assumption("", "layers", ", ".join(part.name for part in found.parts), why)
    found.assumed = [one for one in found.assumed if one.key != "layers"] + [order]
    return found


def _refusal(shapes: Sequence[Shape], fitting: Sequence[tuple[str, Layers]]) -> str:
    if not fitting:
        shown = ", ".join(map(str, shapes[:6])) + ", ..." * (len(shapes) > 6)
        holds = f"holds {len(shapes)} array{'s' * (len(shapes) > 1)} without names, {shown}"
        fit = "no network of Keras or PyTorch has these shapes one after the other"
        return f"{holds}: {fit}. {REMEDY}"
    readings = " or ".join(
        f"{THEIR[whose]} {', '.join(_shown(whose, layer) for layer in layers)}"
        for whose, layers in fitting[:2]
    )
    return f"its arrays have no names, and their shapes fit {readings}. {REMEDY}"


def _shown(whose: str, layer: Listed) -> str:
    """``Bidirectional(LSTM)(3 to 8)``."""
    kind = CLASSES[whose][layer.kind]
    both = f"bidirectional {kind}" if layer.ways > 1 else kind
    return f"{both} ({layer.takes} to {layer.gives})"


def fits(shapes: Sequence[Shape], whose: str) -> list[Layers]:
    """The networks of a framework with these shapes, two at most; each has a layer with a state."""
    if len(shapes) > MOST:
        raise FileError(
            f"holds {len(shapes):,} arrays without names, at most {MOST} are told apart"
        )
    if any(not 1 <= len(shape) <= 2 or 0 in shape for shape in shapes):
        return []
    own = [shape[::-1] if whose == "torch" else shape for shape in shapes]
    found = _networks(own, 0, None, whose == "keras", set())
    recurrent = (one for one in found if any(layer.kind in CELL_OF.values() for layer in one))
    return list(islice(recurrent, 2))


def _networks(
    shapes: Sequence[Shape], at: int, width: int | None, keras: bool, dead: set[tuple[int, int]]
) -> Iterator[Layers]:
    """Every row of layers from the array at a place on; ``width`` numbers come in."""
    if at == len(shapes):
        yield ()
    if (at, width or 0) in dead:
        return
    alive = False
    for layer in _layers(shapes, at, keras):
        if (width in (None, layer.takes) and layer.kind != "embedding") or at == 0:
            behind = at + layer.arrays * layer.ways
            for others in _networks(shapes, behind, layer.gives, keras, dead):
                alive = True
                yield (layer, *others)
    if not alive:
        dead.add((at, width or 0))


def _layers(shapes: Sequence[Shape], at: int, keras: bool) -> Iterator[Listed]:
    """The layers that may begin with the array at a place, in Keras' orientation."""
    padded: list[Shape] = [*shapes[at : at + 2], (), ()]
    first, second = padded[:2]
    if len(first) != 2:
        return
    if len(second) == 2 and second[0] and second[1] == first[1] and second[1] % second[0] == 0:
        gates, units = second[1] // second[0], second[0]
        for count in _counts(shapes[at + 2 : at + 4], gates, units, keras):
            if gates in CELL_OF:
                one = Listed(CELL_OF[gates], count, 1, first[0], units)
                yield one
                if list(shapes[at : at + count]) == list(shapes[at + count : at + 2 * count]):
                    yield one._replace(ways=2, gives=2 * units)
    if at == 0:
        rows, columns = first if keras else first[::-1]
        yield Listed("embedding", 1, 1, rows, columns)
    if second == first[1:]:
        yield Listed("dense", 2, 1, first[0], first[1])
    if at > 0:
        yield Listed("dense", 1, 1, first[0], first[1])


def _counts(behind: Sequence[Shape], gates: int, units: int, keras: bool) -> Iterator[int]:
    """How many arrays a recurrent layer may have: without biases, and with those that follow."""
    yield 2
    own = (gates * units,)
    if keras and behind and (behind[0] == own or (gates == 3 and behind[0] == (2, 3 * units))):
        yield 3
    if not keras and list(behind) == [own, own]:
        yield 4


TORCH = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
OWN = {"dense": ("weight", "bias"), "embedding": ("weight",)}


def _of_torch(tensors: Sequence[Tensor], layers: Layers, name: str, what: str) -> Contents:
    """The list with the names of a state dict."""
    from rnncalc.readers.of_torch.checkpoint import Unwrapped
    from rnncalc.readers.of_torch.file import named

    found: dict[str, Tensor] = {}
    for place, layer, arrays in _apart(tensors, layers):
        names = OWN.get(layer.kind, TORCH)
        for way, suffix in enumerate(("", "_reverse")[: layer.ways]):
            own = arrays[way * layer.arrays : (way + 1) * layer.arrays]
            end = "" if layer.kind in OWN else f"_l0{suffix}"
            found |= {f"{place}.{key}{end}": one for key, one in zip(names, own, strict=False)}
    return named(name, what, Unwrapped(found, [], []), ordered=True)


def _of_keras(tensors: Sequence[Tensor], layers: Layers, name: str, what: str) -> Contents:
    """The list as the groups of a file of weights."""
    from rnncalc.readers.of_keras.file import of_groups

    groups: dict[str, Group] = {}
    for place, layer, arrays in _apart(tensors, layers):
        if layer.kind in OWN:
            groups[place] = _group({"vars": _vars(arrays)})
            continue
        halves = arrays[: layer.arrays], arrays[layer.arrays :]
        cells = [_group({"cell": _group({"vars": _vars(half)})}) for half in halves[: layer.ways]]
        ways = dict(zip(("forward_layer", "backward_layer"), cells, strict=False))
        groups[place] = _group(ways) if layer.ways > 1 else cells[0]
    return of_groups(name, what, _group({"layers": _group(groups)}))


def _apart(
    tensors: Sequence[Tensor], layers: Layers
) -> Iterator[tuple[str, Listed, Sequence[Tensor]]]:
    """Each layer with a name of its own, and its arrays."""
    seen: dict[str, int] = {}
    at = 0
    for layer in layers:
        base = "simple_rnn" if layer.kind == "rnn" else layer.kind
        number = seen[base] = seen.get(base, -1) + 1
        behind = at + layer.arrays * layer.ways
        yield base + f"_{number}" * bool(number), layer, tensors[at:behind]
        at = behind


def _group(groups: Mapping[str, Group]) -> Group:
    return Group("", {}, dict(groups), {})


def _vars(arrays: Sequence[Tensor]) -> Group:
    return Group("", {}, {}, {str(place): one for place, one in enumerate(arrays)})
