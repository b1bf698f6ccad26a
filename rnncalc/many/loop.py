"""The plain loop: block after block, computed here, kept as soon as it is whole."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import field
from typing import Any

from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, printable
from rnncalc.many.blocks import blocks
from rnncalc.many.compute import Done, Job, compute
from rnncalc.many.manifest import digest
from rnncalc.many.sinks import Sink
from rnncalc.many.sources import Source

NAMED = 5
"""So many of the sequences that have something are named."""
LONGEST = 1_000
"""So many letters has what is said of one: a name of 255 bytes leaves room for the remedy."""


@dataclass
class Report:
    """What came of a run.

    Attributes:
        count: how many sequences there are.
        before: how many of them were there already.
        done: how many were computed.
        failed: what is wrong with those of which there is nothing, by number.
        not_finite: how many numbers are NaN or infinite, of those that have any, by number.
        resumes: whether a manifest knows what is there, so that the others can be computed alone.
    """

    count: int
    before: int = 0
    done: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    not_finite: dict[int, int] = field(default_factory=dict)
    resumes: bool = True

    def add(self, done: Done) -> None:
        """Count a block."""
        self.done += len(done.pieces)
        self.failed |= done.failed
        self.not_finite |= done.not_finite

    def refuse_failed(self, remedy: str = "", *, named: bool = False) -> None:
        """Errors: RnncalcError where there are sequences of which there is nothing.

        Args:
            named: whether what is wrong with each was said already.
        """
        if not self.failed:
            return
        several = f"{len(self.failed):,} of {self.count:,} sequences could not be computed"
        first = [] if named else [*self.failed.values()][:NAMED]
        more = 0 if named else len(self.failed) - len(first)
        lines = [
            several,
            *(f"  {printable(one.splitlines()[0], LONGEST)}" for one in first),
            *([f"  and {more:,} more (-v names all)"] * bool(more)),
        ]
        raise RnncalcError("\n".join([*lines, *([remedy] if remedy else [])]))

    def warning(self, labels: Sequence[object]) -> str:
        """What is said where numbers are NaN or infinite; nothing where none are."""
        if not self.not_finite:
            return ""
        names = [printable(str(labels[number])) for number in [*self.not_finite][:NAMED]]
        more = len(self.not_finite) - len(names)
        rest = f" and {more:,} more" if more else ""
        has = "has" if len(self.not_finite) == 1 else "have"
        many = f"{len(self.not_finite):,} of {self.count:,} sequences {has}"
        return f"{many} NaN or infinite results: {', '.join(names)}{rest}"


Followed = Callable[[Iterator[Done], int], Iterable[Done]]
"""Hands blocks on, and may show how many sequences of so many are done."""


Engine = Callable[[Job, Source, Sink], Generator[Done, None, None]]
"""Computes the blocks of which something is missing, and gives them in order."""


def unseen(blocks: Iterator[Done], total: int) -> Iterable[Done]:
    """Nothing is shown."""
    return blocks


def loop(
    job: Job,
    source: Source,
    sink: Sink,
    followed: Followed = unseen,
    engine: Engine | None = None,
) -> Report:
    """Compute what the sink does not have yet, and keep it there.

    Args:
        followed: hands the blocks on as they are done.
        engine: computes them; by default this process does.

    Errors: FileError where something cannot be kept. What is wrong with a sequence stands in the
    report; the others are done.
    """
    refused = sink.refused
    report = Report(len(source.labels), before=len(sink.done), failed=dict(refused),
                    resumes=sink.resumes and not refused)  # fmt: skip
    whole, blocks = False, (engine or computed)(job, source, sink)
    try:
        for done in followed(blocks, report.count - report.before - len(refused)):
            sink.put(done.pieces)
            report.add(done)
        whole = not report.failed
    finally:
        blocks.close()
        sink.close(whole=whole)
    return report


def computed(job: Job, source: Source, sink: Sink) -> Generator[Done, None, None]:
    """The blocks of which something is missing, one after the other."""
    for numbers in missing(source.sizes, sink):
        yield compute(job, source, numbers)


def missing(sizes: Sequence[int], sink: Sink, most: int | None = None) -> Iterator[Sequence[int]]:
    """The numbers of each block of those that the sink lacks, and has a place for.

    Args:
        sizes: of all sequences, by their numbers.
        most: as of ``blocks``.
    """
    there, refused = sink.done, sink.refused
    numbers: Sequence[int] = range(len(sizes))
    if there or refused:
        numbers = [one for one in numbers if one not in there and one not in refused]
        sizes = [sizes[one] for one in numbers]
    for block in blocks(sizes, most):
        yield numbers[block.start : block.stop]


def about(job: Job, source: Source) -> dict[str, Any]:
    """What tells this run from another: its manifest says it, and ``--resume`` compares."""
    selection = getattr(job.maker, "selection", None)
    options = {
        "format": getattr(job.maker, "format", type(job.maker).__name__),
        "dtype": job.dtype or job.model.dtype,
        "sequential": job.sequential,
        "digits": str(getattr(getattr(job.maker, "style", None), "digits", "full")),
        "non_finite": getattr(getattr(job.maker, "style", None), "non_finite", "string"),
        "show": ",".join(selection.show) if selection else "",
        **{key: str(getattr(selection, key, "")) for key in ("steps", "units", "of")},
    }
    return {
        "options": options,  # first: another dtype makes another model of the same file
        "model": digest(job.model),
        "sequences": len(source.labels),
        "inputs": digest(source.identity),
    }
