"""Through a sequence a block at a time, its lanes side by side: the one loop over blocks.

A walk ends where its states are those that an earlier walk left: so segments meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.running.kernels.block import Block, Form, Lanes

STEPS = 16
"""Of a block of segments: soon over, so that segments that have met stop soon."""
LONGEST = 256
"""Steps of a block in order: beyond, the time between two blocks is not felt."""
AHEAD = 128
"""Steps of a block of a single column, at least: products with x are made ahead for all of them."""
BUFFERED = 65_536
"""Numbers of the buffers of a longer block: they stay in a core's own cache."""

States = Mapping[str, Array]
"""h (and c), each (units, segments, batch)."""


class Walker:
    """A form's blocks for lanes of any number, made once each."""

    def __init__(self, form: Form) -> None:
        self.form = form
        # Two ways to the same state differ by a few roundings, which a forgetting network damps;
        # the sums of a wide layer are off by more of them.
        self.tolerance = 4 * max(1, form.units / 64) ** 0.5 * float(np.finfo(form.dtype).eps)
        self._blocks: dict[tuple[int, Lanes], Block] = {}

    def block(self, timesteps: int, lanes: Lanes) -> Block:
        """Room for so many of the steps as the cache has place for."""
        room = BUFFERED // (5 * self.form.units * lanes.columns)
        shortest = AHEAD if lanes.columns == 1 else STEPS
        longest = STEPS if lanes.segments > 1 else min(max(room, shortest), LONGEST)
        key = min(longest, timesteps), lanes
        if key not in self._blocks:
            self._blocks[key] = self.form.block(*key)
        return self._blocks[key]

    def rooms(self, x: Array, states: States, outs: States) -> dict[str, Array]:
        """``outs``, and for a state that nobody asked for, room for the end of each block."""
        timesteps, _, *lanes = x.shape
        blocks = -(-timesteps // self.block(timesteps, Lanes(*lanes)).steps)
        return {
            name: outs[name] if name in outs else np.empty((blocks, len(state), *lanes), x.dtype)
            for name, state in states.items()
        }

    def walk(
        self, x: Array, states: States, rooms: States, *, check: float = 0
    ) -> tuple[bool, dict[str, Array]]:
        """Compute every step of every lane into the rooms.

        Args:
            x: (timesteps, features, segments, batch).
            states: before the first step.
            rooms: state to (timesteps or blocks, units, segments, batch).
            check: stop where the states are those that an earlier walk left in the rooms, or after
                so many steps in which they are not; 0: do not look.

        Returns:
            Whether they met, and the states at the end.
        """
        timesteps, _, *lanes = x.shape
        block = self.block(timesteps, Lanes(*lanes))
        block.start(states)
        for index, start in enumerate(range(0, timesteps, block.steps)):
            stop = min(start + block.steps, timesteps)
            block.run(x[start:stop])
            parts = {
                name: room[start:stop] if len(room) == timesteps else room[index : index + 1]
                for name, room in rooms.items()
            }
            met = check > 0 and self._met(block, parts, stop - start)
            for name, part in parts.items():
                block.after(name, stop - start, part)
            if met or 0 < check <= stop:
                break
            block.go_on(stop - start)
        return met, {name: room[-1] for name, room in rooms.items()}

    def _met(self, block: Block, parts: States, count: int) -> bool:
        """Whether the states after a block are those of an earlier walk."""
        for name, part in parts.items():
            new = np.empty_like(part[-1:])
            block.after(name, count, new)
            if not self.same(name, new[0], part[-1]).all():
                return False
        return True

    def same(self, name: str, new: Array, old: Array) -> Array:
        """Where a state is the same but for rounding; never where it is NaN."""
        scale: Any = 1.0
        if not self.form.bounded:
            scale = np.abs(old).max(axis=0)
        elif name == "c":
            scale = np.maximum(np.abs(old), 1)
        away = np.subtract(new, old)
        return np.asarray(np.abs(away, out=away) <= self.tolerance * scale)
