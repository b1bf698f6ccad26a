"""docs/benchmarks.md: the tables, and what they were measured with."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.jobs import PEERS, Job
from benchmarks.turns import Row

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
Measured = Sequence[tuple[Job, Mapping[str, float]]]
"""Each job, and our time ÷ that of each peer."""

NAMES = {
    "textbook": "textbook NumPy", "torch": "PyTorch", "onnxruntime": "ONNX Runtime",
    "keras": "Keras", "xla": "Keras XLA",
}  # fmt: skip
HEAD = """# Benchmarks

`python -m benchmarks` measures this page anew, `--quick` a part of it. A number is our time ÷ the
peer's: 0.1 is ten times as fast, 2 is half as fast. The figure that was aimed at stands beside it;
where it is missed, the number is **bold**. Every contestant is a process of its own with one
thread (but for the rows with two), they take turns, and a number is the median over the rounds; all
results are checked first, against a float64 recurrence (float32 within 2e-5, float64 within 1e-11).
Building, tracing and compiling are not counted. Ours is `rnncalc.run` as a user calls it, checks
and the `Trace` included; arrays of a batch are (batch, timesteps, features) for us and for Keras,
timesteps first for the others. H units and features, T timesteps, B batch (1 unless said); weights
U(±1/√H), inputs N(0, 1), every hidden state returned, float32 unless said. Of rows of a million
steps the peers compute 20,000, and times are compared per step. "In order" is `sequential=True`:
nothing in parallel over time. Before a turn of two threads there is a pause, until the threads of
the contestant before have gone to sleep. "÷ limit": our time ÷ what the arithmetic alone would take
NumPy if no step had to wait for the one before: copies in and out, products and activations of many
steps at once; for H=1024, reading W_h at each step.
"""
TAIL = """
## Where a peer wins

Most of the distance comes from working in parallel over time ([how it is
fast](how-it-is-fast.md)), and that needs a network that forgets. A network that does not, or
`sequential=True`, goes one step after the other, and there compiled loops win: the rows "in order".
A wide batch leaves nothing to put side by side: then ours is a loop over the same products that
everybody computes, and compiled gates and weights packed beforehand are ahead by what the table
says. Where a peer was faster in this measurement:

"""
WHY = """
## Where the aim is missed, and why

- **H = 1 to 16, one sequence** (K1 to K4): the aims were measured on bare kernels, the figures are
  those of `run`, which also checks shapes and dtypes, turns the input, makes a Trace and looks at
  all numbers for NaN. Of 10,000 steps that takes 29 % of the time with the simple cell of one unit,
  9 to 19 % with the others.
- **H = 256, simple cell** (K6): a product with 16 columns is no cheaper for each column than the
  product with one, whose weights lie in the cache; and of the chunks of a sequence about one in
  five does not meet to 4 eps in 256 units, and is computed again in order.
- **Wide batches** (K8 to K10) against compiled gates: NumPy reads and writes an array for each of
  its calls, a compiled step keeps the gates in registers.
- **H = 1024** (K7): everybody streams the weights from memory; ONNX Runtime has packed them before.
  The limit counts reading W_h alone; of the simple cell's 31 ms that is 19, the products with W_x
  are 7 more.
- **A million steps ÷ limit** (K1): the limit counts products and tanh; a step of GRU and LSTM is
  seven or eight calls, each of which reads and writes its columns, and every segment runs on into
  the next until they meet.
- **float64**: NumPy's tanh in double precision takes 1.7 ns a number in long arrays, in single 0.4.
- **Start-up** (X1): Python, click and NumPy are most of it; what rnncalc itself loads is told
  in [how it is fast](how-it-is-fast.md#starting).
"""


def written(
    figures: Measured,
    rows: Sequence[Row],
    versions: Mapping[str, str],
    skipped: Mapping[str, str],
    rounds: int,
) -> str:
    """The page as Markdown."""
    made_with = _made_with(versions, skipped, rounds)
    parts = [HEAD, made_with, _figures(figures), _rows(rows)]
    return "\n".join(parts) + TAIL + "".join(_ahead(figures, peer) for peer in PEERS) + WHY


def _ahead(figures: Measured, peer: str) -> str:
    """The networks for which a peer is faster, and how many times."""
    slower = [(job, measured[peer]) for job, measured in figures if measured.get(peer, 0) > 1]
    listed = ", ".join(f"{job.name} {times:.2g}" for job, times in slower)
    return f"- {NAMES.get(peer, peer)}: {listed or 'nowhere'}.\n"


def _figures(figures: Measured) -> str:
    heads = ["network", *(f"÷ {NAMES.get(peer, peer)}" for peer in PEERS)]
    lines = [heads, ["---"] + ["--:"] * len(PEERS)]
    for job, measured in figures:
        lines.append([job.name, *(_cell(measured.get(p), job.aims.get(p)) for p in PEERS)])
    return _table(lines)


def _rows(rows: Sequence[Row]) -> str:
    lines = [["measured", "figure", "aim"], ["---", "--:", "--:"]]
    for row in rows:
        figure = f"{row.measured:.3g}{row.unit}"
        figure = figure if row.met else f"**{figure}**"
        lines.append([row.name, figure, f"≤ {row.aim:g}{row.unit}"])
    return _table(lines)


def _cell(measured: float | None, aim: float | None) -> str:
    if measured is None or aim is None:
        return ""
    figure = f"{measured:.2g}" if measured <= aim else f"**{measured:.2g}**"
    return f"{figure} (≤ {aim:g})"


def _table(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def _made_with(versions: Mapping[str, str], skipped: Mapping[str, str], rounds: int) -> str:
    known = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    python = f"{platform.python_implementation()} {platform.python_version()}"
    text = f"Measured with {python}, {known}, on {_processor()}, in {rounds} rounds.\n"
    return text + "".join(f"Not measured: {name} ({why}).\n" for name, why in skipped.items())


def _processor() -> str:
    """The kind of processor: no name of a machine."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    pairs = [line.partition(":") for line in lines]
    values = {key.strip(): value.strip() for key, _, value in pairs}
    wide = " with AVX-512" if "avx512f" in values.get("flags", "").split() else ""
    return f"{values.get('model name', platform.machine())}, {platform.machine()}{wide}"
