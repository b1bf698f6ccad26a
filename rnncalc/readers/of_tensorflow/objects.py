"""The tree of objects in a checkpoint (``TrackableObjectGraph``): which variable is whose.

Every variable has the name that Keras gave it, ``lstm/lstm_cell/kernel``; a layer of which nothing
but its place is there has no variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from rnncalc.containers.protobuf import Message, message
from rnncalc.containers.tensor import Tensor
from rnncalc.data import dataclass
from rnncalc.errors import FileError, printable
from rnncalc.readers.of_keras.lists import Entries, by_name
from rnncalc.readers.of_keras.tree import apart

LAYER = re.compile(r"layer-\d+")
COUNTED = "layer_with_weights-"
BESIDE = ("keras_api", "signatures", "_all_variables", "serve")
"""What TensorFlow keeps of a model beside its layers, or a second time."""

OPTIMIZER = ("_iterations", "iter", "iterations")
SEED = "seed_generator_state"
MOST, DEEPEST = 200_000, 64


@dataclass
class Found:
    """What the tree holds.

    Attributes:
        variables: those of layers, in their order, by Keras' names.
        empty: the layers without variables, and before how many variables each stands.
        left_out: what else there is, by its name, and how many tensors it has.
        recent: whether objects say that they have values, which older trees do not.
        given: whether layers stand in it in their order; else only their variables do.
    """

    variables: list[Tensor] = field(default_factory=list)
    empty: list[tuple[int, str]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    recent: bool = False
    given: bool = False


def variables_of(graph: bytes, tensors: Mapping[str, Tensor]) -> Found:
    """The variables of a model. Errors: FileError for a damaged tree."""
    nodes = message(graph).inner(1)
    if not 0 < len(nodes) <= MOST:
        raise FileError(f"is damaged: its tree has {len(nodes):,} objects")
    walk = _Walk(nodes, tensors)
    walk.found.recent = any(node.every(5) for node in nodes)
    walk.down(0, ())
    return walk.found


class _Walk:
    """The way through the tree: every object once."""

    def __init__(self, nodes: list[Message], tensors: Mapping[str, Tensor]) -> None:
        self.nodes = nodes
        self.tensors = tensors
        self.seen: set[int] = set()
        self.known: dict[int, list[tuple[str, int]]] = {}
        self.optimizers: dict[int, bool] = {}
        self.edges = 0
        self.found = Found()

    def down(self, number: int, path: tuple[str, ...]) -> None:
        """Take what an object is, and what is below it."""
        self.seen.add(number)
        if len(path) > DEEPEST:
            raise FileError(f"is damaged: its objects are nested more than {DEEPEST} deep")
        own = list(self.variables(number))
        if own and len(path) < 2 and not own[0].ndim:  # a counter of steps, of saves
            self.beside(path, own)
            return
        before = len(self.found.variables)
        self.found.variables += own
        for name, child in self.children(number):
            if name in BESIDE or self.is_optimizer(child) or self.is_seed(child):
                self.beside((*path, name), list(self.below(child)))
            elif child not in self.seen:
                self.down(child, (*path, name))
        if path and LAYER.fullmatch(path[-1]):
            self.found.given = True
            if len(self.found.variables) == before:
                self.found.empty.append((before, ".".join(path)))

    def children(self, number: int) -> list[tuple[str, int]]:
        """The objects that one has, by their names; layers once."""
        if number not in self.known:
            self.known[number] = self.named(number)
            self.edges += len(self.known[number])
            if self.edges > MOST:
                raise FileError(f"is damaged: its tree has more than {MOST:,} branches")
        return self.known[number]

    def named(self, number: int) -> list[tuple[str, int]]:
        """The same, read for the first time."""
        pairs = [(one.text(2), one.number(1)) for one in self.nodes[number].inner(1)]
        if any(not 0 <= child < len(self.nodes) for _, child in pairs):
            raise FileError("is damaged: its tree names an object that is not there")
        layered = any(LAYER.fullmatch(name) for name, _ in pairs)
        return [one for one in pairs if not (layered and one[0].startswith(COUNTED))]

    def variables(self, number: int) -> Iterator[Tensor]:
        """The variable that an object is, under the name that Keras gave it."""
        for one in self.nodes[number].inner(2):
            key = one.text(3)
            if key not in self.tensors:
                raise FileError(f"is damaged: {printable(key, 200)} is not in it")
            held = self.tensors[key]
            if held.dtype != "string":
                name = one.text(2) or key.partition("/.ATTRIBUTES")[0]
                yield Tensor(name, held.shape, held.dtype, held.numbers)

    def is_optimizer(self, number: int) -> bool:
        """Whether an object keeps what it remembers of variables, or counts its steps."""
        if number not in self.optimizers:
            names = {name for name, _ in self.children(number)}
            slots = self.nodes[number].every(3)
            self.optimizers[number] = bool(slots or names.intersection(OPTIMIZER))
        return self.optimizers[number]

    def is_seed(self, number: int) -> bool:
        """Whether an object is the state of a generator of random numbers."""
        return any(one.name.endswith(SEED) for one in self.variables(number))

    def below(self, number: int) -> Iterator[Tensor]:
        """The variables below an object that were not seen before."""
        waiting = [number]
        while waiting:
            here = waiting.pop()
            if here not in self.seen:
                self.seen.add(here)
                yield from self.variables(here)
                waiting += [child for _, child in self.children(here)]

    def beside(self, path: tuple[str, ...], tensors: list[Tensor]) -> None:
        """Say what is left out."""
        if tensors:
            name = printable("/".join(path), 60)
            self.found.left_out[name] = self.found.left_out.get(name, 0) + len(tensors)


def entries_of(found: Found) -> Entries:
    """The layers in their order, and the variables of each; those without in their places."""
    variables = _without_model(found.variables)
    entries: Entries = {}
    empty = list(found.empty)
    for i, one in enumerate(variables):
        while empty and empty[0][0] <= i:
            entries[empty.pop(0)[1]] = []
        for name, own in by_name([one], ()).items():
            entries.setdefault(name, []).extend(own)
    return entries | {name: [] for _, name in empty}


def _without_model(variables: list[Tensor]) -> list[Tensor]:
    """The variables without the name of the model around all of them: ``sequential/lstm/...``."""
    firsts = {one.name.partition("/")[0] for one in variables}
    first = next(iter(firsts), "")
    if len(firsts) != 1 or first in apart(first, variables):
        return variables
    return [
        Tensor(one.name.partition("/")[2], one.shape, one.dtype, one.numbers) for one in variables
    ]
