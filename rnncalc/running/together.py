"""Many sequences, each of its own length, and each with the bits that it has in any company.

Side by side in one batch a step of all of them costs little more than a step of one. But how a
product is summed may depend on the shape of its operands; so the shape that a sequence is computed
in follows from its own length alone: a batch of ``WIDTH`` places, of which some may be empty, and
of so many steps as its length rounded up to ``ROUND``, one step after the other. With whom it
shares the batch, and in which order, changes no bit.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from rnncalc.array import Array
from rnncalc.errors import RnncalcError, RnncalcWarning
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model, cast
from rnncalc.model.stateless import Pooling, Stateless
from rnncalc.numbers.exact import digits_of
from rnncalc.running.inputs import checked_input, masks
from rnncalc.running.kernels.chunks import LONG_OF_MANY, SMALLEST
from rnncalc.running.recurrence import run
from rnncalc.trace.sequence import sequence_of
from rnncalc.trace.trace import Trace

WIDTH = 64
"""Sequences side by side."""
ROUND = LONG_OF_MANY
"""Lengths are rounded up to it: fewer steps would go another way."""
LONGEST = SMALLEST
"""Longer ones go alone, in parallel over time; up to here there is but one chunk, whose states
nobody looks at before the end."""


def together(
    model: Model,
    sequences: Sequence[Array],
    *,
    dtype: str | None = None,
    record: Collection[str] | None = None,
    sequential: bool = False,
) -> list[Trace | RnncalcError]:
    """Each sequence through the model, as a Trace of its own; an error in the place of one that
    cannot be computed.

    What is not computed side by side has the bits of ``run`` of it alone.

    Args:
        sequences: (timesteps, features) or (timesteps) each; ids before an embedding.
        dtype, record: as of ``run``.
        sequential: each alone, one step after the other, as ``run`` does it then.
    """
    how = {"dtype": dtype, "record": record, "sequential": sequential}
    done: dict[int, Trace | RnncalcError] = {}
    groups: dict[int, list[int]] = defaultdict(list)
    beside = not sequential and goes_beside(model, dtype or model.dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RnncalcWarning)  # whoever asks counts himself
        for number, x in enumerate(sequences):
            if beside and 0 < len(np.atleast_1d(x)) <= LONGEST:
                groups[-(-len(np.atleast_1d(x)) // ROUND) * ROUND].append(number)
            else:
                done[number] = _alone(model, x, how)
        for steps, numbers in groups.items():
            done |= _beside(model, {number: sequences[number] for number in numbers}, steps, how)
    return [done[number] for number in range(len(sequences))]


def goes_beside(model: Model, dtype: str) -> bool:
    """Whether padding behind the end of a sequence changes nothing of it."""
    if model.wiring or model.mode == "one-to-many" or masks(model) or digits_of(dtype):
        return False
    states = [np.asarray(state) for layer in model.layers for one in layer.passes.values()
              for state in (one.h0, one.c0) if state is not None]  # fmt: skip
    plain = all(_ends_with_it(node.layer) for node in model.nodes)
    return plain and all(state.ndim < 2 or len(state) == 1 for state in states)


def _ends_with_it(layer: Layer | Stateless) -> bool:
    """Whether a layer takes the end of a sequence for its end, and makes no other of it."""
    if isinstance(layer, Pooling):
        return layer.windows is None
    return isinstance(layer, Layer) or layer.stepwise


def _alone(model: Model, x: Array, how: Mapping[str, object]) -> Trace | RnncalcError:
    try:
        trace = run(model, x, **how)  # type: ignore[arg-type]
        if trace.batched:
            several = f"holds {len(trace.x):,} sequences"
            raise RnncalcError(f"{several} (shape {np.shape(x)}), and one was expected")
    except RnncalcError as error:
        return error
    return trace


def _beside(
    model: Model, sequences: Mapping[int, Array], steps: int, how: Mapping[str, object]
) -> dict[int, Trace | RnncalcError]:
    """Sequences whose lengths round up to the same steps, by their numbers."""
    done: dict[int, Trace | RnncalcError] = {}
    fit: dict[int, Array] = {}
    for number, x in sequences.items():
        try:
            fit[number] = _checked(model, x, str(how["dtype"] or model.dtype))
        except RnncalcError as error:
            done[number] = error
    for numbers in _cut([*fit], WIDTH):
        first = fit[numbers[0]]
        x = np.zeros((WIDTH, steps, *first.shape[1:]))
        lengths = np.zeros(WIDTH)
        for place, number in enumerate(numbers):
            lengths[place] = len(fit[number])
            x[place, : len(fit[number])] = fit[number]
        whole = run(model, x, lengths=lengths, **how | {"sequential": True})  # type: ignore[operator]
        for place, number in enumerate(numbers):
            done[number] = sequence_of(whole, place, len(fit[number]))
    return done


def _checked(model: Model, x: Array, dtype: str) -> Array:
    """A sequence as (timesteps, features), or (timesteps) ids. Errors: as of ``run``."""
    rows, batched = checked_input(model, x)
    if batched:
        several = f"holds {len(rows):,} sequences"
        raise RnncalcError(f"{several} (shape {np.shape(x)}), and one was expected")
    cast("x", rows, dtype)
    return np.ravel(x) if model.embedding else rows[0]


def _cut(numbers: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]
