"""A recorded mismatch: what a framework computed, and the config of somebody with one mistake.

The networks are those of the recorders of each framework. A mistake is a change of what somebody
asks of rnncalc (``mismatches_mistakes.py``); which there are stands in ``mismatches_*.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from golden_file import Array, Document, Numbers

GIVEN = ("x", "lengths", "mask", "h0", "c0")


@dataclass
class Asked:
    """What somebody asks of rnncalc, with what it is held to.

    Attributes:
        config: the network with its input.
        expected: what the framework computed.
        results: all of its results, by the names of rnncalc.
        numbers: where more numbers may be drawn.
        show: which quantity is compared, where that is not the plain one.
    """

    config: dict[str, Any]
    expected: Array
    results: dict[str, Array]
    numbers: Numbers
    show: str = ""


Mistake = Callable[[Asked], None]
Source = Callable[[Numbers], Document]
"""Draws a network and lets its framework compute it: a golden file's document."""


@dataclass(frozen=True)
class Case:
    """One mismatch.

    Attributes:
        name: of its file.
        causes: the ids that are right, first the one that is expected first; of a pair both.
        source: the network.
        mistakes: what somebody did wrong.
        say: the same in words.
        equal: other ids that give the same numbers.
        why: the reason that they do.
        kind: single, pair, unrelated, agreeing.
    """

    name: str
    causes: tuple[str, ...]
    source: Source
    mistakes: tuple[Mistake, ...]
    say: str
    equal: tuple[str, ...] = ()
    why: str = ""
    kind: str = "single"
    dtype: str = "float32"


def single(cause: str, what: str, source: Source, mistake: Mistake, say: str, **more: Any) -> Case:
    """One mistake, called after its cause."""
    return Case(f"{cause.replace('-', '_')}_{what}", (cause,), source, (mistake,), say, **more)


def singles(cause: str, *lines: tuple[str, Source, Mistake, str]) -> list[Case]:
    """Mistakes of one cause."""
    return [single(cause, *line) for line in lines]


def documents(cases: Iterable[Case]) -> Iterator[tuple[str, Document]]:
    """The golden files, by their names."""
    for case in cases:
        yield case.name, recorded(case)


def recorded(case: Case) -> Document:
    """What stands in the file of a mismatch."""
    numbers = Numbers("mismatches", case.name, case.dtype)
    drawn = case.source(numbers)
    asked = asked_of(drawn, numbers)
    for mistake in case.mistakes:
        mistake(asked)
    document: Document = {
        "about": f"{drawn['about'][:-1]}: {case.say}.",
        "made": {**drawn["recorded_with"], "seed": numbers.seed},
        "kind": case.kind,
        "causes": case.causes,
        "equal": case.equal,
    }
    document |= {"why": case.why} if case.why else {}
    document |= {"config": asked.config, "expected": asked.expected}
    return document | ({"show": asked.show} if asked.show else {})


def asked_of(drawn: Document, numbers: Numbers) -> Asked:
    """The network as it should be given, with what is compared unless something else is said."""
    given = {key: drawn[key] for key in GIVEN if key in drawn}
    results = drawn["expected"]
    expected = results["y" if "y" in results else "h"]
    return Asked({**drawn["config"], **given}, expected, results, numbers)
