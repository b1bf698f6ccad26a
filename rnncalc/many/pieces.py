"""What is kept of a sequence: bytes of a format, or arrays; and what makes it of a trace."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers import FORMATS, LAST
from rnncalc.writers.result import to_npy
from rnncalc.writers.style import Style

Piece = bytes | tuple[bytes, bytes] | Array | Mapping[str, Array]


class Maker(Protocol):
    """Makes a piece; plain data, so that another process can do it, too."""

    def __call__(self, trace: Trace) -> Piece:
        """The piece of one sequence."""

    def several(self, trace: Trace, lengths: Sequence[int]) -> Sequence[Piece]:
        """Those of the sequences of a padded batch, at once; none where each is made alone.

        Errors: RnncalcError where not even one can be made.
        """
        return ()


@dataclass(frozen=True)
class OwnFile(Maker):
    """The bytes of a file that has this sequence alone, as ``run`` writes them."""

    format: str
    selection: Selection
    style: Style

    def __call__(self, trace: Trace) -> bytes:
        out, form = io.BytesIO(), FORMATS[self.format]
        write = form.writer.stream if form.streams else form.writer.write
        alone = replace(trace, label=None)
        write([alone] if form.streams else alone, self.selection, self.style, out)
        return out.getvalue()


@dataclass(frozen=True)
class Lines(Maker):
    """The lines of a sequence in a file of many: the line on top, if any, and the others."""

    format: str
    selection: Selection
    style: Style

    def __call__(self, trace: Trace) -> tuple[bytes, bytes]:
        form, out = LAST if self.format == LAST.name else FORMATS[self.format], io.BytesIO()
        form.writer.stream([trace], self.selection, self.style, out)
        head = getattr(form.writer, "head", None)
        top = head(trace, self.selection, self.style) if head else b""
        return top, out.getvalue()[len(top) :]


@dataclass(frozen=True)
class OneArray(Maker):
    """The one array that a .npy of this sequence would hold."""

    selection: Selection

    def __call__(self, trace: Trace) -> Array:
        return to_npy.shown(trace, self.selection)

    def several(self, trace: Trace, lengths: Sequence[int]) -> Sequence[Array]:
        if self.selection.steps is not None:  # each has its own last one
            return ()
        return _rows(to_npy.shown(trace, self.selection), lengths)


@dataclass(frozen=True)
class Arrays(Maker):
    """The arrays of a sequence that ``--show`` says, by the names that they have in an .npz."""

    selection: Selection

    def __call__(self, trace: Trace) -> dict[str, Array]:
        return {part.label(True): part.row for part in self.selection.parts(trace)}

    def several(self, trace: Trace, lengths: Sequence[int]) -> Sequence[dict[str, Array]]:
        if self.selection.steps is not None:
            return ()
        parts = self.selection.parts(trace)
        columns = [_rows(part.row, lengths) for part in parts]
        names = [part.label(True) for part in parts]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _rows(batch: Array, lengths: Sequence[int]) -> list[Array]:
    """Of (batch, [timesteps,] width) each sequence without its padding."""
    own = batch if len(lengths) == len(batch) else batch[: len(lengths)].copy()  # for no view of it
    return [row[:n] if batch.ndim > 2 else row for row, n in zip(own, lengths, strict=True)]
