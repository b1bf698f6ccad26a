"""Columns: of a long run the smallest and the largest value of every few timesteps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncalc.pictures import columns
from rnncalc.pictures.columns import Columns


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(0, 2**32 - 1))
def test_columns_are_the_extremes_of_their_steps_however_the_steps_came(sizes, seed):
    """In parts of any length: as many columns as fit, each of its own timesteps."""
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(sum(sizes), 2))
    real = draw.random(sum(sizes)) < 0.5
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "MOST", 16)
        made, start = Columns(2), 0
        for size in sizes:
            made.add(values[start : start + size], real[start : start + size])
            start += size

    every = made.every
    assert len(made.low) == -(-len(values) // every) <= 16
    assert every == 1 or len(values) > 16 * every // 2
    for column in range(len(made.low)):
        steps = slice(column * every, (column + 1) * every)
        assert (made.low[column] == values[steps].min(axis=0)).all()
        assert (made.high[column] == values[steps].max(axis=0)).all()
        assert made.real[column] == real[steps].any()
