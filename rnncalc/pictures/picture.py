"""What every picture has, whoever draws it: a name, a description, notes below it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, eq=False, kw_only=True)
class Picture:
    """A picture as data.

    Attributes:
        kind: which of ``KINDS``, or ``difference``.
        title: one line.
        description: what is to be seen, in sentences, for whoever does not see it.
        notes: what has to be said below it: what is rounded, what is left out.
    """

    kind: str
    title: str
    description: str
    notes: tuple[str, ...] = ()
