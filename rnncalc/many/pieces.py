"""What is kept of a sequence: bytes of a format, or arrays; and what makes it of a trace."""

from __future__ import annotations

import io
from collections.abc import Mapping
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


@dataclass(frozen=True)
class OwnFile:
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
class Lines:
    """The lines of a sequence in a file of many: the line on top, if any, and the others."""

    format: str
    selection: Selection
    style: Style

    def __call__(self, trace: Trace) -> tuple[bytes, bytes]:
        form, out = LAST if self.format == LAST.name else FORMATS[self.format], io.BytesIO()
        form.writer.stream([trace], self.selection, self.style, out)
        head = getattr(form.writer, "head", None)
        top = head(trace, self.selection) if head else b""
        return top, out.getvalue()[len(top) :]


@dataclass(frozen=True)
class OneArray:
    """The one array that a .npy of this sequence would hold."""

    selection: Selection

    def __call__(self, trace: Trace) -> Array:
        return to_npy.shown(trace, self.selection)


@dataclass(frozen=True)
class Arrays:
    """The arrays of a sequence that ``--show`` says, by the names that they have in an .npz."""

    selection: Selection

    def __call__(self, trace: Trace) -> dict[str, Array]:
        return {
            part.label(True): part.values[0] if part.single else part.values
            for part in self.selection.parts(trace)
        }
