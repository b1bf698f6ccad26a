"""Measure everything, print it, write docs/benchmarks.md: ``python -m benchmarks [--quick]``."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack

from benchmarks import checks, limit, many, order, page, programs
from benchmarks.contest import Contestant, ratios
from benchmarks.jobs import FIGURES, PEERS, QUICK
from benchmarks.turns import Row


def main() -> None:
    """The whole measurement, or --quick: a part of it, printed and not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a part of it, within two minutes")
    quick = parser.parse_args().quick
    rounds = 3 if quick else 7
    jobs = QUICK if quick else FIGURES
    measured: dict[str, dict[str, float]] = {}
    versions: dict[str, str] = {}
    for threads in sorted({job.threads for job in jobs}):
        with ExitStack() as processes:
            ours = processes.enter_context(Contestant("ours", threads))
            peers, skipped = _peers(processes, threads)
            for job in (job for job in jobs if job.threads == threads):
                against = [peer for peer in peers if peer.name in job.aims]
                measured[job.name] = ratios(job, ours, against, rounds)
                _told(job.name, measured[job.name])
            versions |= {name: v for one in (ours, *peers) for name, v in one.versions.items()}
    figures = [(job, measured[job.name]) for job in jobs]
    text = page.written(figures, _others(quick, rounds), versions, skipped, rounds)
    print(text)
    if not quick:
        page.PAGE.write_text(text, encoding="utf-8")


def _peers(processes: ExitStack, threads: int) -> tuple[list[Contestant], dict[str, str]]:
    """Who can compete, and why the others cannot."""
    peers, skipped = [], {}
    for name in PEERS:
        try:
            peers.append(processes.enter_context(Contestant(name, threads)))
        except ChildProcessError as error:
            skipped[name] = str(error)
    return peers, skipped


def _others(quick: bool, rounds: int) -> list[Row]:
    timesteps = 1_000_000 if quick else 10_000_000
    return [
        *([] if quick else limit.limits(rounds)),
        *limit.in_order(rounds),
        *order.not_forgetting(rounds),
        *order.streaming(timesteps, rounds),
        *programs.command_line(rounds),
        *programs.formats(rounds),
        *programs.yaml_in(rounds),
        *programs.told(rounds),
        *order.accuracy(rounds),
        *many.sequences(rounds, quick=quick),
        *([] if quick else checks.checks()),
    ]


def _told(name: str, measured: dict[str, float]) -> None:
    words = [f"{peer} {value:.3g}" for peer, value in measured.items()]
    print(f"{name}: {', '.join(words)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
