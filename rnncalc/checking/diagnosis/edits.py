"""Edits: what differs between two jobs, as the keys of a config and their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis.job import Job, KeyPath
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Pooling, Stateless

FUNCTIONS = ("activation", "recurrent_activation", "state_activation")
OPTIONS = ("reset_after", "update", "input_forget", "clip", "cell_clip")
OF_A_LAYER = ("direction", "order", "merge", "zero_output_for_mask", "return_sequences")
"""The keys of a direction, and those of a layer as a whole."""

WEIGHTS = ("W_y", "bias")
"""Those of an output layer."""

FEW = 2
"""So many gates are given by themselves, more together."""


class Edit(NamedTuple):
    """One thing that is another.

    Attributes:
        way: whose it is, where it is of a direction.
        key: what it is called in a config.
        value: what it becomes.
    """

    way: KeyPath | None
    key: str
    value: Any


class TooMuchError(Exception):
    """There is no short way to write a remedy."""


def edits(before: Job, after: Job) -> Iterator[Edit]:
    """What differs. Errors: TooMuchError where it is more than values."""
    old, new = before.model, after.model
    names = [layer.name for layer in new.layers]
    if before.turn is not after.turn or before.join is not after.join or old.wiring != new.wiring:
        raise TooMuchError
    if names != [layer.name for layer in old.layers]:
        if sorted(names) != sorted(layer.name for layer in old.layers):
            raise TooMuchError
        yield Edit(None, "layers", ",".join(names))
        return
    if old.mode != new.mode:
        yield Edit(None, "mode", new.mode)
    for key in ("x", "lengths", "mask"):
        one, other = getattr(old, key), getattr(new, key)
        if not _same(one, other):
            yield Edit(None, key, other)
    yield from _of_outputs(before, after)
    for way in before.ways:
        if way not in after.ways:
            yield from _of_whole(before, after, way[0])
            continue
        if way == before.ways[0] or way[0] != before.ways[before.ways.index(way) - 1][0]:
            yield from _of_whole(before, after, way[0])
        yield from _of_direction(way, before.layer(way), after.layer(way))
    yield from _of_states(before, after)


def _of_whole(before: Job, after: Job, index: int) -> Iterator[Edit]:
    old, new = before.model.layers[index], after.model.layers[index]
    for key in OF_A_LAYER:
        if getattr(old, key) != getattr(new, key):
            yield Edit((index, ""), key, getattr(new, key))


def _of_direction(way: KeyPath, old: Layer, new: Layer) -> Iterator[Edit]:
    for key in (*FUNCTIONS, *OPTIONS):
        if str(getattr(old, key)) != str(getattr(new, key)):
            yield Edit(way, key, getattr(new, key))
    was, stays = str(old.activation), str(old.state_activation) == str(new.state_activation)
    if stays and was == str(old.state_activation) != str(new.activation):  # which it would follow
        yield Edit(way, "state_activation", new.state_activation)
    names = dict.fromkeys(name.split(".")[0] for name in (*old.weights, *new.weights))
    for name in names:
        ours, theirs = (
            {full: array for full, array in one.weights.items() if full.split(".")[0] == name}
            for one in (old, new)
        )
        changed = [full for full in theirs if not _same(ours.get(full), theirs[full])]
        if len(changed) <= FEW and ours.keys() == theirs.keys():
            yield from (Edit(way, full, _block(full, {full: theirs[full]})) for full in changed)
        elif changed:
            yield Edit(way, name, _block(name, theirs))


def _block(name: str, arrays: dict[str, Array]) -> Any:
    """An array, the arrays of gates by their letters, or 0 for a bias of zeros."""
    if name in ("bias", "bias_h") and not any(array.any() for array in arrays.values()):
        return 0
    if list(arrays) == [name]:
        return arrays[name] + 0.0  # -0 is 0
    return {full.split(".")[1]: array for full, array in arrays.items()}


def _of_outputs(before: Job, after: Job) -> Iterator[Edit]:
    """Of each layer without a state, and whether all timesteps are pooled in front of them."""
    old, new = before.heads, after.heads
    pooled, pooling = (pooling_of(job.model.outputs) for job in (before, after))
    if pooled and not pooling:
        raise TooMuchError
    if pooling != pooled:
        yield Edit((len(before.model.layers) - 1, ""), "pooling", pooling)
    start, skip = bool(pooled), bool(pooling)
    for index, (one, other) in enumerate(zip(old[start:], new[skip:], strict=True), start):
        changed = [] if one is other else list(_of_output(one, other))
        owner = _owner(before.model, index) if changed else ""
        yield from (Edit(None, f"{owner}.{key}", value) for key, value in changed)


def pooling_of(outputs: Sequence[Stateless]) -> str:
    """How all timesteps are pooled before anything else is computed of them; or nothing."""
    first = outputs[0] if outputs else None
    return first.kind if isinstance(first, Pooling) else ""


def _of_output(old: Stateless, new: Stateless) -> Iterator[tuple[str, Any]]:
    """The keys of a layer without a state, and their values. Errors: TooMuchError for others."""
    if type(old) is not type(new):
        raise TooMuchError
    for key in (field.name for field in fields(old)):  # type: ignore[arg-type]  # a dataclass
        one, other = getattr(old, key), getattr(new, key)
        if _same(one, other):
            continue
        if key not in ("activation", *WEIGHTS):
            raise TooMuchError
        yield key, other


def _owner(model: Model, index: int) -> str:
    """What a layer without a state is called before its keys."""
    if len(model.outputs) == 1:
        return "output"
    name = (model.outputs or model.stateless)[index].name
    if named_once(model, name):
        return name
    if model.wiring:
        raise TooMuchError
    return f"output[{index}]"


def named_once(model: Model, name: str) -> bool:
    """Whether a name tells a layer from all others on the command line."""
    chains = (one for layer in model.layers for one in layer.chain)
    names = [layer.name for layer in model.layers]
    names += [one.name for one in (*chains, *model.stateless, *model.outputs)]
    return bool(name) and "=" not in name and names.count(name) == 1


def _of_states(before: Job, after: Job) -> Iterator[Edit]:
    """Initial states, of all directions together."""
    if before.ways != after.ways:
        return
    for key in ("h0", "c0"):
        ways = [way for way in before.ways if getattr(before.layer(way), key) is not None]
        old = [np.asarray(getattr(before.layer(way), key)) for way in ways]
        new = [np.asarray(getattr(after.layer(way), key)) for way in ways]
        if all(map(_same, old, new)):
            continue
        if len({array.shape for array in new}) != 1:
            raise TooMuchError
        plain = new[0] if len(new) == 1 else np.stack(new)
        yield Edit(None, key, plain if any(array.any() for array in new) else 0)


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(np.asarray(one), np.asarray(other))
