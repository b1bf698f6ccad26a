"""The proof: what was written is read back, and both networks run on the same random input.

Weights and functions must be the same, bit for bit; every h, y and final state
within some units in the last place: where numbers lie otherwise in memory, a product is added up in
another order. What a file of weights does not
hold, ``--assume`` says as a person would.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from rnncalc import readers
from rnncalc.array import Array
from rnncalc.converting.assumptions import flags, words
from rnncalc.converting.draft import Draft
from rnncalc.converting.in_a_row import row
from rnncalc.converting.joining import joined
from rnncalc.converting.refusal import REMEDY, without_remedy
from rnncalc.converting.trial import SEED, TIMESTEPS, trial_inputs
from rnncalc.converting.update_gate import as_frameworks
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.errors import RnncalcError, printable
from rnncalc.model.generation import USE
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model, cast
from rnncalc.model.stateless import Normalization, Stateless
from rnncalc.running import recurrence
from rnncalc.running.inputs import masks
from rnncalc.trace.trace import Trace

REPORT = "nothing is written. Please report it"
SEQUENCES = 2

UNITS = 64
"""So many units in the last place results may differ by: processors add up in different orders."""


class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str:
        """It."""


N = TypeVar("N", bound=Named)


class Proof(NamedTuple):
    """What was found equal.

    Attributes:
        timesteps, sequences: the size of the random input.
        difference: the largest difference of any number; 0 where all bits are the same.
        flags: what the command line must say besides to read the file as it was meant.
    """

    timesteps: int
    sequences: int
    difference: float
    flags: tuple[str, ...]


class ProofRun(NamedTuple):
    """A random input, and a mask that may come with it."""

    x: Any
    mask: Array | None = None

    @property
    def named(self) -> Mapping[str, Array]:
        """The inputs by name."""
        return self.x if isinstance(self.x, Mapping) else {"x": self.x}


def proved(model: Model, path: Path, draft: Draft) -> Proof:
    """Read the file back and compare.

    Errors: RnncalcError where the numbers differ.
    """
    back, flags = _read(model, path, draft)
    _refuse_others(model if draft.whole else as_frameworks(model)[0], back, draft)
    found = [0.0]
    trials = list(trial_runs(model, masked=draft.whole))
    drawn = (False,) if draft.row else (False, True)
    for trial, stated in [(one, stated) for one in trials for stated in drawn]:
        traces = [quietly(_stated(one) if stated else one, trial, model) for one in (model, back)]
        ours, theirs = (
            [given(trace)] if draft.row else _arrays(trace, turned=draft.turned) for trace in traces
        )
        found += differences(ours, theirs)
    worst = max(found)
    if not worst <= UNITS * float(np.finfo(model.dtype).eps):
        message = f"what was read back gives other numbers (largest difference {worst:.3g})"
        raise RnncalcError(f"{message}: {REPORT}")
    shape = next(iter(trials[0].named.values())).shape
    return Proof(_timesteps(model) or shape[1], shape[0], worst, flags)


def _timesteps(model: Model) -> int | None:
    """How many timesteps of one-to-many are compared: each is made of the one before it."""
    return model.timesteps and min(model.timesteps, TIMESTEPS)


def _refuse_others(model: Model, back: Model, draft: Draft) -> None:
    refuse = _refuse_other_row if draft.row else refuse_other_weights
    try:
        refuse(model, back, biases=not draft.rounded)
    except RnncalcError as error:
        raise RnncalcError(
            f"what was read back is another network: {error.message}: {REPORT}"
        ) from error


def _read(model: Model, path: Path, draft: Draft) -> tuple[Model, tuple[str, ...]]:
    """What was written as a network, and the flags that it takes to read it so.

    Errors: RnncalcError where it is another one.
    """
    try:
        layers, assume = words(model, path, draft)
        back = readers.load(path, layers=layers, assume=assume)
        if draft.whole:
            return back, ()
        return used_alike(back, model, turned=draft.turned), flags(model, back, layers, assume)
    except RnncalcError as error:
        why = error.message.replace(str(path), "the file").partition(". --layers picks")[0]
        why = without_remedy(why)
        message = f"what was written is not read back as this network, so nothing is kept: {why}"
        raise RnncalcError(f"{message}; {REMEDY}") from error


def used_alike(back: Model, model: Model, *, turned: bool = False) -> Model:
    """The network of a file of weights, used as the other one is.

    How a network is used is no weight: which steps y is of, initial states, masks.

    Args:
        turned: whether layers may go the other way, through a sequence that is turned around.
    """
    ours, theirs = ([[*one.passes] for one in each.layers] for each in (back, model))
    if list(map(len, ours)) != list(map(len, theirs)) or not (turned or ours == theirs):
        names = ", ".join(printable(layer.name) for layer in model.layers)
        raise RnncalcError(f"its layers are not {names}")
    layers = [_used(*pair, turned) for pair in zip(back.layers, model.layers, strict=True)]
    return replace(
        back,
        layers=tuple(layers),
        **{key: getattr(model, key) for key in USE},
    )


def _used(back: Layer, layer: Layer, turned: bool) -> Layer:
    more = {
        "same_loop": layer.same_loop and not turned,
        "merge": layer.merge,
        "backward": back.backward,
    }
    if back.backward and layer.backward:
        more["backward"] = replace(back.backward, **_states(back.backward, layer.backward))
    return replace(
        back,
        **_states(back, layer),
        zero_output_for_mask=layer.zero_output_for_mask,
        return_sequences=layer.return_sequences,
        **more,  # type: ignore[arg-type]
    )


def _states(back: Layer, layer: Layer) -> dict[str, Any]:
    """Those that the file holds, else those of the network."""
    states = {"h0": (back.h0, layer.h0), "c0": (back.c0, layer.c0)}
    return {
        key: own if own is not None and np.any(np.asarray(own)) else given
        for key, (own, given) in states.items()
    }


def trial_runs(model: Model, *, masked: bool) -> Iterator[ProofRun]:
    """Inputs of a fixed seed; with a mask, too, where the file says what becomes of it."""
    rng = np.random.default_rng(SEED)
    single = model.mode == "one-to-many"
    states = [one for layer in model.layers for one in layer.passes.values()]
    batch = max([len(np.atleast_2d(one.h0)) for one in states] + [SEQUENCES])
    if model.wiring:
        yield ProofRun(trial_inputs(model, batch))
        return
    shape = batch, 1 if single else model.flattened or TIMESTEPS
    if model.embedding:
        x = rng.integers(0, len(model.embedding.weights), shape).astype(float)
        x[0, -1] = 0  # perhaps masked
    else:
        x = rng.standard_normal((*shape, model.features))
        if model.masking is not None:
            x[0, -1] = model.masking
    yield ProofRun(x)
    if masked and not single and not masks(model):
        yield ProofRun(x, rng.integers(0, 2, shape).astype(float))


def _stated(model: Model) -> Model:
    """The model with random initial states in place of its own."""
    rng = np.random.default_rng(SEED + 1)

    def drawn(layer: Layer) -> Layer:
        kind = CELLS[layer.cell]
        sizes = {"h": layer.state_size, "c": layer.units}
        return replace(layer, **{f"{s}0": rng.standard_normal(sizes[s]) for s in kind.states})  # type: ignore[arg-type]

    layers = {one.name: drawn(one) for one in _in_order(model, model.layers)}
    for name, layer in layers.items():
        if layer.backward:
            layers[name] = replace(layer, backward=drawn(layer.backward))
    return replace(model, layers=tuple(layers[one.name] for one in model.layers))


def quietly(model: Model, trial: ProofRun, original: Model) -> Trace:
    """A run in the original's arithmetic, without warnings."""
    model = replace(model, x=None, lengths=None, mask=None)
    x = trial.x if len(model.inputs) > 1 else next(iter(trial.named.values()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NaN of both is equal
        return recurrence.run(
            model, x, mask=trial.mask, dtype=original.dtype, record=("h",),
            until=_timesteps(model),
        )  # fmt: skip


def quietly_whole(model: Model, x: Array) -> Trace:
    """A run of all timesteps of an input, without lengths and masks, without warnings."""
    model = replace(model, x=None, lengths=None, mask=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return recurrence.run(model, x, record=("h",))


def differences(ours: Iterable[Array], theirs: Iterable[Array]) -> Iterator[float]:
    """The largest difference of each array, against 1 or the largest number of it."""
    for one, other in zip(ours, theirs, strict=True):
        if one.shape != other.shape:
            yield np.inf
        elif one.tobytes() != other.tobytes():
            equal = (one == other) | (np.isnan(one) & np.isnan(other))
            with np.errstate(all="ignore"):
                apart = np.where(equal, 0, np.abs(np.float64(one) - np.float64(other)))
            scale = np.max(np.abs(one), initial=1.0, where=np.isfinite(one))
            yield float(np.max(np.where(np.isnan(apart), np.inf, apart)) / scale)


def given(trace: Trace) -> Array:
    """What the network gives: y where there is an output layer, else h."""
    return trace.h if trace.y is None else trace.y


def _arrays(trace: Trace, *, turned: bool) -> Iterator[Array]:
    """All that is compared: outputs, y, the state of every layer and direction at every step.

    Args:
        turned: whether steps may lie the other way around: then outputs and final states only.
    """
    last = trace.last
    outputs = (last,) if turned and trace.model.mode == "many-to-one" else (trace.h, trace.y, last)
    yield from (one for one in outputs if one is not None)
    yield from (trace.outputs[name] for name in trace.model.results if name in trace.outputs)
    for layer in _in_order(trace.model, trace.layers):
        for way in layer.directions.values():
            if not turned:
                yield way["h"]
            yield from way.final.values()


GRID = np.linspace(-8, 8, 161)[:, None]
"""Where functions are compared."""


def refuse_other_weights(model: Model, back: Model, *, biases: bool) -> None:
    """Errors: RnncalcError where a weight or a function is another one in what was read back.

    Args:
        biases: whether those are compared, too, and have not been added up.
    """
    ways = _ways(model), _ways(back)
    if len(ways[0]) != len(ways[1]):
        raise RnncalcError(f"it has {len(ways[1])} directions in all layers, not {len(ways[0])}")
    for (name, here), (_, there) in zip(*ways, strict=True):
        _refuse_cell(name, here, there, model.dtype, biases=biases)
        _refuse_arrays(name, _initial(here), _initial(there), ("h0", "c0"), model.dtype)
    heads = _heads(model), _heads(back)
    alike = len(heads[0]) == len(heads[1])  # else only what they compute can be compared
    if model.wiring:
        alike = [one.name for one in heads[0]] == [one.name for one in heads[1]]
    for one, other in zip(*heads, strict=True) if alike else ():
        ours, theirs = _head(one), _head(other)
        _refuse_arrays(one.name, ours, theirs, {*ours, *theirs} - {"epsilon"}, model.dtype)


def _refuse_other_row(model: Model, back: Model, *, biases: bool) -> None:
    """The same of two rows, layer by layer, whatever these are called."""
    ours, theirs = row(model, "it"), row(back, "it")
    if [type(one) for one in ours.places] != [type(one) for one in theirs.places]:
        raise RnncalcError("its layers are of other kinds")
    if ours.skip != theirs.skip:
        raise RnncalcError(f"it adds {theirs.skip} features of x, not {ours.skip}")
    for one, other in zip(ours.places, theirs.places, strict=True):
        if isinstance(one, Layer) and isinstance(other, Layer):
            _refuse_cell(one.name, one, other, model.dtype, biases=biases)
        elif not isinstance(one, Layer) and not isinstance(other, Layer):
            arrays = one.operands, other.operands
            _refuse_arrays(one.name, *arrays, {*arrays[0], *arrays[1]}, model.dtype)


def _refuse_cell(name: str, here: Layer, there: Layer, dtype: str, *, biases: bool) -> None:
    """Errors: RnncalcError for a weight or a function of one direction that is another one."""
    names = {*here.weights, *there.weights}
    names = {key for key in names if biases or not key.startswith("bias")}
    _refuse_arrays(name, here.weights, there.weights, names, dtype)
    _refuse_settings(name, here, there)


def _head(one: Stateless) -> dict[str, Array]:
    """The arrays of a layer without a state; a scale that is not there is 1."""
    scaled = isinstance(one, Normalization) and one.takes
    return ({"gamma": np.ones(one.takes or 0)} if scaled else {}) | one.operands


def _initial(one: Layer) -> dict[str, Array]:
    """The initial states that its cell has."""
    return {f"{s}0": np.asarray(getattr(one, f"{s}0")) for s in CELLS[one.cell].states}


def _refuse_settings(where: str, ours: Layer, theirs: Layer) -> None:
    """Errors: RnncalcError for a function that computes something else, and for other options."""
    kind = CELLS[ours.cell]
    for key in (*kind.functions, *kind.options, *kind.bounds):
        one, other = getattr(ours, key), getattr(theirs, key)
        alike = one == other or (key in kind.functions and _alike(one, other))
        if not alike:
            raise RnncalcError(f"{printable(where)}.{key} is {other}, not {one}")


def _alike(one: Activation, other: Activation) -> bool:
    """Whether two functions compute the same, whatever they are called."""
    return np.allclose(one(GRID), other(GRID), rtol=1e-12, atol=1e-14)


def _ways(model: Model) -> list[tuple[str, Layer]]:
    """Every direction of every layer."""
    layers = _in_order(model, model.layers)
    return [(layer.name, one) for layer in layers for one in layer.passes.values()]


def _in_order(model: Model, layers: Iterable[N]) -> list[N]:
    """Layers of a row as they run, those of a graph by their names."""
    return sorted(layers, key=lambda one: one.name) if model.wiring else list(layers)


def _heads(model: Model) -> list[Stateless]:
    """The layers without a state that have arrays."""
    if model.wiring:
        return _in_order(model, model.stateless)
    model = joined(model)
    chains = [*(layer.chain for layer in model.layers), model.outputs]
    return [one for chain in chains for one in chain if one.takes]


def _refuse_arrays(
    where: str,
    ours: Mapping[str, Array],
    theirs: Mapping[str, Array],
    names: Iterable[str],
    dtype: str,
) -> None:
    """Errors: RnncalcError for an array that is another one; what is not there is 0."""
    for name in sorted(names):
        one, other = (
            None if name not in of else cast(name, of[name], dtype) for of in (ours, theirs)
        )
        if not _same(one, other):
            raise RnncalcError(f"{printable(where)}.{name} has other numbers")


def _same(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None:
        there = other if one is None else one
        return not np.any(there)
    equal = (one == other) & (np.signbit(one) == np.signbit(other))
    return one.shape == other.shape and bool(np.all(equal | (np.isnan(one) & np.isnan(other))))
