"""What ``convert`` tells of what it wrote: lines for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rnncalc import __version__, files
from rnncalc.converting.proof import Proof
from rnncalc.errors import printable
from rnncalc.numbers.digits import counted
from rnncalc.writers.numbers import dumps

LONGEST = 2000
"""So many letters of a command are printed."""


class Written(NamedTuple):
    """What was written.

    Attributes:
        paths: its files; the first is the one that was asked for.
        says: what stands in it.
        proof: how equal it is, or why nothing is proved.
        notes: what became of parts that it has otherwise, or not at all.
        read, check: the commands that read it and run its test, where there is something to say.
    """

    paths: tuple[Path, ...]
    says: str
    proof: Proof | str
    notes: tuple[str, ...] = ()
    read: str = ""
    check: str = ""


def text(written: Written) -> str:
    """As people read it."""
    return "".join(f"{line}\n" for line in _lines(written))


def _lines(written: Written) -> Iterator[str]:
    first, *beside = map(files.shown, written.paths)
    numbers = f"; its numbers are in {beside[0]}" if beside else ""
    proved = f"; {_proved(written.proof)}" if written.proof else ""
    yield f"{first}: {written.says}{numbers}{proved}"
    for note in written.notes:
        yield f"  {note}"
    if written.read:
        yield f"To read it: {printable(written.read, LONGEST)}"
    if written.check:
        yield f"To check it: {printable(written.check, LONGEST)}"


def _proved(proof: Proof | str) -> str:
    if isinstance(proof, str):
        return f"not proved: {proof}"
    sizes = f"{counted(proof.timesteps, 'timestep')}, {counted(proof.sequences, 'sequence')}"
    start = f"proved equal on random input ({sizes})"
    if proof.difference == 0:
        return f"{start}: the same bits"
    return f"{start}: largest difference {proof.difference:.1e}, from rounding"


def json(written: Written) -> bytes:
    """The document ``rnncalc.conversion``, version 1."""
    proof, sizes, unproved = written.proof, None, None
    if isinstance(proof, Proof):
        sizes = {name: getattr(proof, name) for name in ("timesteps", "sequences", "difference")}
    else:
        unproved = proof or "a script prints what it computes"
    return dumps({
        "format": "rnncalc.conversion", "version": 1, "generator": f"rnncalc {__version__}",
        "files": list(map(str, written.paths)), "says": written.says, "proof": sizes,
        "not_proved": unproved,
        "notes": list(written.notes), "read": written.read or None, "check": written.check or None,
    })  # fmt: skip
