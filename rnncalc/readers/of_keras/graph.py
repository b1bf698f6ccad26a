"""The calls of the layers of a Keras model: which reads what, those of inner models in place.

A layer that is called twice is computed twice, with the same weights. Only what the outputs need is
computed: what Keras 3 writes down of masks is compared with the masks that layers hand on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rnncalc.conventions.keras import CELLS as KERAS_CELLS
from rnncalc.conventions.keras import MODELS, NORMALIZATIONS, PASSED, WITHOUT_MASK, class_of
from rnncalc.conventions.keras_activations import ACTIVATION_LAYERS
from rnncalc.conventions.keras_versions import Version
from rnncalc.equations import CELLS
from rnncalc.errors import FileError, printable
from rnncalc.readers.of_keras.calls import Asked, asked
from rnncalc.readers.of_keras.config import (
    DEEPEST,
    MOST,
    Shape,
    Spec,
    begun,
    described,
    entries_of,
    given,
    groups_of,
)
from rnncalc.readers.of_keras.wiring import LOOPS, Entry, Place, name_of, places

MOST_READ = 30 * MOST
"""How many layers are looked at, and outputs read, in all calls together."""

MOST_MASKS = 100
"""How many masks of different origin may meet."""

Root = tuple[int, str, float]
"""What masks timesteps: where an output of a call has this value."""

OF_MASKS = ("NotEqual", "Any", "ExpandDims", "LogicalOr", "Concatenate", "ConvertToTensor")
OF_NO_MASK = ("ZerosLike", "OnesLike")
"""The operations of which Keras 3 makes masks; of the last but the shape is read."""

STEPWISE = (*PASSED, *ACTIVATION_LAYERS, *NORMALIZATIONS, "Dense", "TimeDistributed", "PReLU",
            "Rescaling", "LastTimestep")  # fmt: skip
"""The layers to whose numbers masks are no matter."""

NONE: frozenset[Root] = frozenset()
WAYS = ("forward", "backward")
AXES = (2, 3)
"""Those of rows and of sequences, their batch among them."""


class Value(NamedTuple):
    """An output of a call.

    Attributes:
        call: which one.
        way: the direction, where it gives that of one alone.
        state: ``h`` or ``c``, where it is a final state.
        shape: sequences first, as far as it is known.
        roots: what masks its timesteps.
        lost: whether that mask is not with it here.
    """

    call: int
    way: str = ""
    state: str = ""
    shape: Shape = ()
    roots: frozenset[Root] = NONE
    lost: bool = False


class Call(NamedTuple):
    """One use of a layer.

    Attributes:
        spec: the layer.
        reads, states: what it reads, and its initial states.
        unmasked: whether it computes all timesteps, though what it reads is masked: Keras 3 gives a
            layer the mask of its input only where that is all that it is given.
    """

    spec: Spec
    reads: Sequence[Value] = ()
    states: Sequence[Value] = ()
    unmasked: bool = False


class Graph(NamedTuple):
    """The calls of a model in an order in which they can be computed, and what it gives."""

    calls: list[Call]
    results: list[Value]


def graph(model: Any, version: Version) -> Graph:
    """The calls of all layers that the outputs of a model need.

    Errors: FileError for a call that is not computed here, by the layer's name.
    """
    walk = _Walk(version)
    return Graph(walk.calls, _Level(walk, model).run(None))


class _Walk:
    """The calls so far, and how much may still be looked at: inner models may be called often."""

    def __init__(self, version: Version) -> None:
        self.version, self.left = version, MOST_READ
        self.calls: list[Call] = []

    def add(self, call: Call, shape: Shape) -> Value:
        """Add a call; the first thing that it gives."""
        if len(self.calls) >= MOST:
            raise FileError(f"the model has more than {MOST:,} layers")
        self.calls.append(call)
        return Value(len(self.calls) - 1, shape=shape)

    def spend(self, count: int) -> None:
        """Errors: FileError where a file makes too much of little."""
        self.left -= count
        if self.left < 0:
            raise FileError(f"its calls read each other more than {MOST_READ:,} times")


class _Level:
    """The layers of one model while they are called."""

    def __init__(self, walk: _Walk, model: Any, path: str = "", group: str = "") -> None:
        if path.count(".") > DEEPEST:
            raise FileError(f"models are nested more than {DEEPEST} deep")
        self.walk, self.config = walk, model["config"]
        self.entries = {name_of(entry): entry for entry in entries_of(model)}
        walk.spend(len(self.entries))
        groups = groups_of(list(self.entries.values()))
        around, version = f"{group}layers/", walk.version
        self.specs = {name: Spec(name, f"{path}{name}", "", {}, f"{around}{own}", version)
                      for name, own in zip(self.entries, groups, strict=True)}  # fmt: skip
        self.found: dict[tuple[str, int], list[Value]] = {}
        self.every = self.entries | {name_of(one): one for one in _listed(self.config)}
        self.first = dict(_first(self.entries, self.config))

    def run(self, read: Sequence[Value] | None) -> list[Value]:
        """What the model gives, of what it reads; the inputs of the outermost one are calls."""
        if not any("inbound_nodes" in entry for entry in self.entries.values()):
            return self._row(read)
        names = places(self.config["input_layers"]) if read is not None else []
        for place, value in zip(names, read or (), strict=True):
            self.found[place.layer, place.node] = [value]
        self._call_all((one.layer, one.node) for one in places(self.config["input_layers"]))
        results = places(self.config["output_layers"])
        self._call_all([(one.layer, one.node) for one in results])
        return [self._value(one) for one in results]

    def _row(self, read: Sequence[Value] | None) -> list[Value]:
        """What the layers of a Sequential give, each reading the one before it."""
        values = list(read or ())
        for name, entry in self.entries.items():
            spec = described(entry, self.specs[name])
            if values and spec.kind == "InputLayer":
                continue
            if not values and spec.kind != "InputLayer":
                source = spec._replace(name="input", path="input", kind="InputLayer", config={})
                values = [self.walk.add(Call(source), begun(spec))]
            values = self._outputs(entry, Call(spec, values[:1]))
        return values

    def _call_all(self, wanted: Iterable[tuple[str, int]]) -> None:
        """Make these calls, and before them all whose outputs they need.

        Errors: FileError for a layer that needs its own output.
        """
        waiting, open_calls = list(wanted)[::-1], set()
        while waiting:
            here = waiting[-1]
            if here in self.found:
                waiting.pop()
                continue
            entry = self.entries[here[0]]
            call = asked(entry, here[1] - self.first.get(here[0], 0))
            self.walk.spend(1 + len(call.inputs) + len(call.states) + len(call.masks))
            missing = [(one.layer, one.node) for one in (*call.inputs, *call.states)
                       if (one.layer, one.node) not in self.found]  # fmt: skip
            if not missing:
                self.found[here] = self._made(entry, call)
            elif here in open_calls:
                raise FileError(f"{printable(here[0])} reads its own output")
            open_calls.add(here)
            waiting += missing[::-1]

    def _value(self, place: Place) -> Value:
        """The output that a place means."""
        there = self.found[place.layer, place.node]
        if place.number >= len(there):
            shown = f"output {place.number} of {printable(place.layer)}"
            raise FileError(f"{shown} is read, which is not known here")
        one = there[place.number]
        return one._replace(shape=place.shape or one.shape)

    def _made(self, entry: Entry, call: Asked) -> list[Value]:
        """What a call gives, once all that it reads is there."""
        spec = described(entry, self.specs[name_of(entry)])
        reads, states = ([self._value(one) for one in part] for part in (call.inputs, call.states))
        problem = call.problem or self._mask_problem(spec.kind, call, reads)
        if problem := problem or _rank_problem(spec, reads):
            raise FileError(f"{printable(spec.path)} {problem}")
        spec = spec._replace(call=call.options)
        unmasked = bool(states and not call.masks and reads[0].roots and not self.walk.version.old)
        return self._outputs(entry, Call(spec, reads, states, unmasked))

    def _outputs(self, entry: Entry, call: Call) -> list[Value]:
        """Add a call, or those of an inner model; what it gives."""
        spec, reads = call.spec, call.reads
        if spec.kind in MODELS:
            return _Level(self.walk, entry, f"{spec.path}.", f"{spec.group}/").run(reads)
        shape = reads[0].shape if reads else begun(spec)
        call = call._replace(spec=spec._replace(shape=shape))
        gives = self.walk.add(call, given(call.spec, [one.shape for one in reads]))
        if spec.kind in PASSED and reads:
            return [reads[0]]
        roots = _handed_on(spec, reads, bool(entry.get("operation")))
        lost = call.unmasked or any(one.lost for one in reads)
        if lost and spec.kind not in STEPWISE and not call.unmasked:
            message = "reads a mask that Keras hands on, but does not use where states are given"
            raise FileError(f"{printable(spec.path)} {message}, which is not computed here")
        gives = gives._replace(roots=roots, lost=lost and bool(roots))
        return list(_of_loop(spec, gives)) if spec.kind in LOOPS else [gives]

    def _mask_problem(self, kind: str, call: Asked, reads: Sequence[Value]) -> str:
        """Why a call cannot be computed as it is masked; nothing where it can."""
        if kind == "Softmax" and any(one.roots for one in reads):  # Keras adds it along features
            return "is a Softmax of timesteps that are masked, which is not computed here"
        if not call.masks or self._roots(call.masks) == NONE.union(*(one.roots for one in reads)):
            return ""
        return "is called with a mask of its own, which is not read here"

    def _roots(self, masks: Iterable[Place]) -> frozenset[Root] | None:
        """What masks are made of; None where they are of something else than a comparison."""
        waiting, seen, roots = list(masks), set(), set()
        while waiting:
            place = waiting.pop()
            self.walk.spend(1)
            entry = self.every[place.layer]
            if (place.layer, place.node) in seen:
                continue
            seen.add((place.layer, place.node))
            kind, nodes = entry["class_name"], entry.get("inbound_nodes")
            if kind in OF_NO_MASK:
                continue
            if kind not in OF_MASKS or not nodes or not isinstance(node := nodes[place.node], dict):
                return None
            if kind == "NotEqual":
                compared = places(node["args"][0])[0]
                if (compared.layer, compared.node) not in self.found:
                    return None
                roots.add(_root(self._value(compared), node["args"][1]))
            else:
                waiting += places([node.get("args"), node.get("kwargs")])
        return frozenset(roots)


def _first(entries: Mapping[str, Entry], config: Any) -> Iterator[tuple[str, int]]:
    """The number of the first call of inner models: Keras 2 counts one more, that made it."""
    inner = {name: entry for name, entry in entries.items() if class_of(entry) in MODELS}
    if not inner or not isinstance(config, Mapping):
        return
    nodes = [entry.get("inbound_nodes") or [] for entry in entries.values()]
    named = places([nodes, config.get("output_layers")])
    for name, entry in inner.items():
        last = max((one.node for one in named if one.layer == name), default=0)
        yield name, max(0, last + 1 - len(entry.get("inbound_nodes") or [0]))


def _listed(config: Any) -> list[Entry]:
    """All entries of a config: the operations that make masks, too."""
    return config["layers"] if isinstance(config, Mapping) else []


def _rank_problem(spec: Spec, reads: Sequence[Value]) -> str:
    """Why a layer cannot read what has more axes than sequences have; nothing where it can."""
    odd = next((one.shape for one in reads if one.shape and len(one.shape) not in AXES), None)
    if odd is None or spec.kind in ("Reshape", *PASSED, *MODELS):
        return ""
    shown = ", ".join("?" if size is None else str(size) for size in odd[1:])
    return f"reads ({printable(shown)}), and sequences are (timesteps, features)"


def _root(value: Value, masked: Any) -> Root:
    return value.call, f"{value.way}.{value.state}", float(masked)


def _handed_on(spec: Spec, reads: Sequence[Value], operation: bool) -> frozenset[Root]:
    """What masks the timesteps of what a layer gives; an operation hands no mask on."""
    if spec.kind == "Masking":
        return frozenset({_root(reads[0], spec.config.get("mask_value", 0.0))})
    if spec.kind == "Embedding":
        return frozenset({_root(reads[0], 0.0)}) if spec.config.get("mask_zero") else NONE
    whole = spec.kind == "Concatenate" or all(one.roots for one in reads)
    if operation or spec.kind in WITHOUT_MASK or not reads or not whole:
        return NONE
    if spec.kind.endswith("Attention"):
        return reads[0].roots
    roots = NONE.union(*(one.roots for one in reads))
    if len(roots) > MOST_MASKS:
        raise FileError(f"{printable(spec.path)} joins more than {MOST_MASKS} masks")
    return roots


def _of_loop(spec: Spec, gives: Value) -> Iterable[Value]:
    """All that a recurrent layer can give: its output, or one for each direction; its states."""
    both = spec.kind == "Bidirectional"
    layer: Any = {"class_name": spec.kind, "config": spec.config}
    layer = spec.config["layer"] if both else layer
    config = layer["config"]
    ways = WAYS if both else WAYS[bool(config.get("go_backwards")) :][:1]
    if not config.get("return_sequences"):
        gives = gives._replace(roots=NONE)
    if both and spec.config.get("merge_mode", "concat") is None:
        yield from (gives._replace(way=way) for way in ways)
    else:
        yield gives
    kind = config["cell"]["class_name"] if layer["class_name"] == "RNN" else layer["class_name"]
    if config.get("return_state") and kind in KERAS_CELLS:
        for way in ways:
            for state in CELLS[KERAS_CELLS[kind]].states:
                yield Value(gives.call, way, state, shape=(None, config.get("units")))
