"""docs/benchmarks.md: what was measured, as tables, and with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.figures import NAMES, Figure, figures
from benchmarks.jobs import FIGURES, PEERS
from benchmarks.results import Result
from benchmarks.sentences import ahead, reasons

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

`python -m benchmarks` measures this page anew, `python -m benchmarks K7 X` those rows of it (`K7`,
and all that begin with X), `--quick` a part, which is printed only. A number is our time ÷ the
peer's: 0.1 is ten times as fast, 2 is half as fast. The figure that was aimed at stands beside it;
where it is missed, the number is **bold**. Every contestant is a process of its own with one
thread (but for the rows with two), they take turns, and a number is the median over the rounds; all
results are checked first, against a float64 recurrence (float32 within 2e-5, float64 within 1e-11).
Building, tracing and compiling are not counted. Ours is `rnncalc.run` as a user calls it, checks
and the `Trace` included; arrays of a batch are (batch, timesteps, features) for us and for Keras,
timesteps first for the others. H units and features, T timesteps, B batch (1 unless said); weights
U(±1/√H), inputs N(0, 1), every hidden state returned, float32 unless said. Of a million steps the
peers compute 20,000, and times are compared per step. "In order" is `sequential=True`: nothing in
parallel over time. Before a turn of two threads there is a pause, until the threads of the
contestant before have gone to sleep. "÷ limit": our time ÷ what the arithmetic alone would take
NumPy if no step had to wait for the one before: copies in and out, products and activations of many
steps at once; for H=1024, reading W_h at each step.
"""


def written(results: Mapping[str, Result]) -> str:
    """The page as Markdown."""
    all_figures = figures(results)
    tables = [_networks(all_figures), _further(all_figures)]
    parts = [HEAD, _made_with(results), *tables, ahead(all_figures), reasons(all_figures)]
    return "\n".join(part for part in parts if part)


def _networks(all_figures: Sequence[Figure]) -> str:
    heads = ["network", *(f"÷ {NAMES[peer]}" for peer in PEERS)]
    cells = {(each.name, each.against): _cell(each) for each in all_figures if each.against}
    names = [job.name for job in FIGURES if any(name == job.name for name, _ in cells)]
    lines = [[name, *(cells.get((name, peer), "") for peer in PEERS)] for name in names]
    return _table([heads, ["---"] + ["--:"] * len(PEERS), *lines]) if lines else ""


def _cell(figure: Figure) -> str:
    return f"{_shown(figure, 2)} (≤ {figure.aim:.3g})"


def _further(all_figures: Sequence[Figure]) -> str:
    lines = [
        [each.name, _shown(each, 3), "" if each.aim is None else f"≤ {each.aim:.3g}{each.unit}"]
        for each in all_figures
        if not each.against
    ]
    return _table([["measured", "figure", "aim"], ["---", "--:", "--:"], *lines]) if lines else ""


def _shown(figure: Figure, digits: int) -> str:
    text = f"{figure.measured:.{digits}g}{figure.unit}"
    return f"**{text}**" if figure.missed else text


def _table(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def _made_with(results: Mapping[str, Result]) -> str:
    """One sentence where all rows were measured alike; else which rows were measured how."""
    ways: dict[str, list[str]] = {}
    for row, result in results.items():
        ways.setdefault(f"{result.machine}, in {result.rounds} rounds", []).append(row)
    packages = {package for result in results.values() for package in result.versions.items()}
    known = ", ".join(f"{name} {version}" for name, version in sorted(packages))
    lines = [f"Measured with {known}."]
    for way, rows in ways.items():
        lines.append(f"{', '.join(rows) if len(ways) > 1 else 'All rows'}: {way}.")
    skipped = {each for result in results.values() for each in result.skipped.items()}
    lines += [f"Not measured: {NAMES[peer]} ({why})." for peer, why in sorted(skipped)]
    return "\n".join(lines) + "\n"
