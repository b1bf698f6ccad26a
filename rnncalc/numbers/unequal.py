"""Sequences of unequal length in one list: padded with 0 to the longest, their lengths known."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import NamedTuple
from rnncalc.errors import RnncalcError
from rnncalc.numbers import pasted
from rnncalc.numbers.values import array


class Padded(NamedTuple):
    """Sequences as one array (batch, timesteps, features), and their true lengths (batch)."""

    x: Array
    lengths: Array


def padded(data: Any) -> Padded | None:
    """Lists of rows as one array; None for another thing, and for sequences of equal length."""
    if not isinstance(data, list) or not all(isinstance(one, list) and one for one in data):
        return None
    if len(set(map(len, data))) == 1:
        return None
    try:
        sequences = [array(one, (i,)) for i, one in enumerate(data)]
    except RnncalcError:
        return None
    if {one.ndim for one in sequences} != {2} or len({one.shape[1] for one in sequences}) > 1:
        return None
    lengths = np.array([len(one) for one in sequences])
    x = np.zeros((len(sequences), lengths.max(), sequences[0].shape[1]))
    for place, one in zip(x, sequences, strict=True):
        place[: len(one)] = one
    return Padded(x, lengths.astype(float))


def padded_in(text: str) -> Padded | None:
    """The same of a text: JSON, or a print."""
    import orjson

    with suppress(orjson.JSONDecodeError):
        return padded(orjson.loads(text))
    with suppress(RnncalcError):
        return padded(pasted.nested(text))
    return None
