"""What is known of the file that a network came from: what it leaves unsaid, how it takes x."""

from __future__ import annotations

from typing import Any

from rnncalc.array import Array
from rnncalc.data import NamedTuple

TIME, BATCH = "timesteps", "batch"


class Assumption(NamedTuple):
    """What a file does not say, and what is taken for it.

    Attributes:
        layer: whose it is; nothing where it is the network's (``mode``).
        key: the key of a config: ``activation``, ``merge``.
        value: what is taken: ``tanh``.
        why: where that comes from: ``nn.RNN's default; a state dict does not say it``.
    """

    layer: str
    key: str
    value: Any
    why: str


class Entry(NamedTuple):
    """The input of a graph.

    Attributes:
        name: what the graph calls it.
        axes: its axes in their order: ``timesteps``, ``batch``, and before no embedding
            ``features``.
        shape: their lengths; None where the graph leaves one open.
    """

    name: str
    axes: tuple[str, ...]
    shape: tuple[int | None, ...]

    @property
    def time_first(self) -> bool:
        """Whether it is none that comes as everywhere here: the batch first."""
        return self.axes[:2] == (TIME, BATCH)

    def batch_first(self, x: Array) -> Array:
        """An input with the batch in front: turned where it has the graph's own axes, time first,
        and cannot have the batch first, by the lengths that the graph fixes."""
        if not self.time_first or x.ndim != len(self.axes):
            return x
        own = self._fits(x.shape)
        return x.swapaxes(0, 1) if own and not self._fits((x.shape[1], x.shape[0])) else x

    def _fits(self, lengths: tuple[int, ...]) -> bool:
        """Whether timesteps and batch may be so many."""
        pairs = zip(self.shape[:2], lengths, strict=False)
        return all(fixed in (None, one) for fixed, one in pairs)
