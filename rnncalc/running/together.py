"""Many sequences, each of its own length, and each with the bits that it has in any company.

Side by side in one batch a step of all of them costs little more than a step of one. But how a
product is summed may depend on the shape of its operands; so the shape that a sequence is computed
in follows from its own length alone: a batch of ``WIDTH`` places, of which some may be empty, and
of so many steps as its length rounded up to ``ROUND``, one step after the other; behind the longest
none is computed where that changes no bit. With whom it shares the batch, and in which order,
changes none either.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, TypeVar

import numpy as np

from rnncalc.array import Array
from rnncalc.errors import RnncalcError, RnncalcWarning
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model, cast
from rnncalc.model.stateless import Pooling, Stateless
from rnncalc.numbers.exact import digits_of
from rnncalc.running.inputs import checked_input, masks
from rnncalc.running.kernels.chunks import LONG_OF_MANY, SMALLEST
from rnncalc.running.kernels.operand import WIDEST
from rnncalc.running.precision import LARGE
from rnncalc.running.recurrence import run
from rnncalc.trace.sequence import sequence_of
from rnncalc.trace.trace import Trace

Numbers = TypeVar("Numbers", list[int], range)

WIDTH, NARROW = 64, 16
"""Sequences side by side; twice as many where no layer has more units than so many."""
ROUND = LONG_OF_MANY
"""Lengths are rounded up to it: fewer steps would go another way."""
LONGEST = SMALLEST
"""Longer ones go alone, in parallel over time; up to here there is but one chunk, whose states
nobody looks at before the end."""


class Batch(NamedTuple):
    """Sequences that were computed side by side; or a single one, alone.

    Attributes:
        numbers, lengths: of each of them, in the order of the first places of the batch.
        trace: of all places, padded behind the ends; or of the one; or what is wrong with it.
    """

    numbers: Sequence[int]
    lengths: list[int]
    trace: Trace | RnncalcError

    def each(self) -> Iterator[tuple[int, Trace | RnncalcError]]:
        """Each with its number, and a Trace of its own."""
        if isinstance(self.trace, RnncalcError) or not self.trace.batched:
            yield self.numbers[0], self.trace
            return
        for place, (number, length) in enumerate(zip(self.numbers, self.lengths, strict=True)):
            yield number, sequence_of(self.trace, place, length)


def together(
    model: Model,
    sequences: Sequence[Array] | Array,
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
    how: Any = {"dtype": dtype, "record": record, "sequential": sequential}
    done = dict(one for batch in batches(model, sequences, **how) for one in batch.each())
    return [done[number] for number in range(len(sequences))]


def batches(
    model: Model,
    sequences: Sequence[Array] | Array,
    *,
    dtype: str | None = None,
    record: Collection[str] | None = None,
    sequential: bool = False,
) -> Iterator[Batch]:
    """The same batch by batch, as they are computed; the arguments are those of ``together``."""
    how: dict[str, Any] = {"dtype": dtype, "record": record, "sequential": sequential}
    width, dtype = width_of(model), dtype or model.dtype
    beside = not sequential and goes_beside(model, dtype)
    whole = _of_one_length(model, sequences, dtype) if beside else None
    if whole is not None:
        for part in _cut(range(len(whole)), width):
            yield _beside(model, part, whole[part.start : part.stop], how)
        return
    groups: dict[int, dict[int, Array]] = defaultdict(dict)
    given: Iterable[tuple[int, Any]] = enumerate(sequences)
    for number, x in _short(model, sequences, dtype) if beside else given:
        if isinstance(x, RnncalcError):
            yield Batch([number], [0], x)
        elif beside and 0 < len(x) <= LONGEST:
            groups[-(-len(x) // ROUND)][number] = x
        else:
            yield Batch([number], [len(np.atleast_1d(x))], _alone(model, x, how))
    for rows in groups.values():
        for numbers in _cut([*rows], width):
            yield _beside(model, numbers, [rows[number] for number in numbers], how)


def width_of(model: Model) -> int:
    """How many sequences go side by side: decided by the model alone, whoever computes."""
    narrow = all(one.units <= NARROW for layer in model.layers for one in layer.passes.values())
    return 2 * WIDTH if narrow else WIDTH


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


def _alone(model: Model, x: Array, how: Mapping[str, Any]) -> Trace | RnncalcError:
    try:
        with _quiet():
            trace = run(model, x, **how)
        if trace.batched:
            raise _several(trace.x, x)
    except RnncalcError as error:
        return error
    return trace


def _beside(
    model: Model, numbers: Sequence[int], rows: Sequence[Array] | Array, how: Mapping[str, Any]
) -> Batch:
    """Sequences whose lengths round up to the same steps."""
    steps = max(ROUND, *map(len, rows))
    if not _needs_no_more(model, how):
        steps = -(-steps // ROUND) * ROUND
    lengths = np.zeros(width_of(model), int)
    lengths[: len(rows)] = [len(row) for row in rows]
    padded = {"lengths": lengths} if lengths.min() < steps else {}
    with _quiet():
        x = _padded(rows, lengths, steps) if padded else np.asarray(rows)
        trace = run(model, x, **{**how, **padded, "sequential": True})
    return Batch(numbers, lengths[: len(rows)].tolist(), trace)


def _padded(rows: Sequence[Array] | Array, lengths: Array, steps: int) -> Array:
    """Sequences in the first of the places of a batch, 0 behind their ends."""
    x = np.zeros((len(lengths), steps, *rows[0].shape[1:]), rows[0].dtype)
    for place, row in enumerate(rows):
        x[place, : len(row)] = row
    return x


def _needs_no_more(model: Model, how: Mapping[str, Any]) -> bool:
    """Whether no bit of a step depends on how many steps are computed behind it.

    States alone come step by step; other quantities, products of wide layers and of those without
    a state are made of many steps at once, in a shape that follows from their number.
    """
    record, dtype = how["record"], how["dtype"] or model.dtype
    if record is None or not {*record} <= {"x", "h", "c"} or model.stateless:
        return False
    layers = [one for layer in model.layers for one in layer.passes.values()]
    fewest = width_of(model) * ROUND * sum(one.units for one in layers)
    if dtype == "float32" and fewest <= LARGE:  # so few are computed in float64
        return False
    return max(one.features + one.units for one in layers) <= WIDEST


def _of_one_length(model: Model, sequences: Sequence[Array] | Array, dtype: str) -> Array | None:
    """The sequences of an array as rows that may go side by side; None where each is looked at."""
    if not isinstance(sequences, np.ndarray) or sequences.ndim != (2 if model.embedding else 3):
        return None
    with suppress(RnncalcError):  # each says for itself whether it fits
        rows, _ = _fitting(model, sequences, dtype)
        if 0 < rows.shape[1] <= LONGEST:
            return sequences if model.embedding else rows
    return None


def _short(
    model: Model, sequences: Sequence[Array] | Array, dtype: str
) -> Iterator[tuple[int, Array | RnncalcError]]:
    """Each with its number; as (timesteps, features), or (timesteps) ids, unless it is long."""
    for number, x in enumerate(sequences):
        if not 0 < len(np.atleast_1d(x)) <= LONGEST:
            yield number, x
            continue
        try:
            rows, batched = _fitting(model, x, dtype)
            if batched:
                raise _several(rows, x)
            yield number, np.ravel(x) if model.embedding else rows[0]
        except RnncalcError as error:
            yield number, error


def _fitting(model: Model, x: Array, dtype: str) -> tuple[Array, bool]:
    """(batch, timesteps, features) of the dtype, and whether it came so. Errors: as of ``run``."""
    rows, batched = checked_input(model, x)
    with _quiet():
        return cast("x", rows, dtype), batched


def _several(rows: Array, x: Array) -> RnncalcError:
    several = f"holds {len(rows):,} sequences"
    return RnncalcError(f"{several} (shape {np.shape(x)}), and one was expected")


@contextmanager
def _quiet() -> Iterator[None]:
    """No warning of numbers: whoever asks counts himself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RnncalcWarning)
        yield


def _cut(numbers: Numbers, size: int) -> Iterator[Numbers]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]
