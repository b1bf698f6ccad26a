"""One sequence of a batch, as if it had run alone: its own steps, and no padding behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.trace.trace import DirectionTrace, LayerTrace, Trace


def sequence_of(trace: Trace, number: int, timesteps: int) -> Trace:
    """A sequence of a batch that was padded behind its ends, in a trace of its own.

    Args:
        number: which one, from 0.
        timesteps: how many of its steps are real.
    """
    cut = _Cut(number, timesteps)
    return replace(
        trace,
        x=cut.array(trace.x),
        layers=tuple(cut.layer(layer) for layer in trace.layers),
        y=None if trace.y is None else cut.array(trace.y),
        ended=None if trace.ended is None else cut.array(trace.ended),
        inputs=cut.arrays(trace.inputs),
        outputs=cut.arrays(trace.outputs),
        stateless={name: cut.arrays(values) for name, values in trace.stateless.items()},
        batched=False,
        mask=None,
        masks={},
        ends=None,
    )


class _Cut:
    """Which sequence, and how many of its steps."""

    def __init__(self, number: int, timesteps: int) -> None:
        self.number, self.timesteps = number, timesteps

    def array(self, array: Array) -> Array:
        """(batch, [timesteps,] width) as ([timesteps,] width), no view of the whole batch."""
        own = array[self.number]
        return np.array(own[: self.timesteps] if own.ndim > 1 else own)

    def arrays(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        return {name: self.array(array) for name, array in arrays.items()}

    def layer(self, layer: LayerTrace) -> LayerTrace:
        """What a layer computed of it."""
        directions = {
            way: DirectionTrace(*map(self.arrays, (one.initial, one.values, one.final)))
            for way, one in layer.directions.items()
        }
        h, x, single = (
            None if one is None else self.array(one) for one in (layer.h, layer.x, layer.single)
        )
        return LayerTrace(layer.name, h, directions, x, single=single)
