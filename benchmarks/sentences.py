"""What follows from the figures, in sentences: none is there that they do not bear out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import fill

from benchmarks.figures import NAMES, Figure
from benchmarks.limit import DOUBLE
from benchmarks.programs import BESIDE_LEAST

Figures = Sequence[Figure]
ORDER = """Most of the distance comes from working in parallel over time ([how it is
fast](how-it-is-fast.md)), and that needs a network that forgets. A network that does not, or
`sequential=True`, goes one step after the other, and there compiled loops win: the rows "in
order"."""
WIDE = """A wide batch leaves nothing to put side by side: then ours is a loop over the same
products that everybody computes, and compiled gates and weights packed beforehand are ahead by what
the table says."""
REASONS: Sequence[tuple[Callable[[Figure], object], str]] = (
    (
        lambda figure: figure.row in ("K1", "K2-4") and figure.against,
        """**H = 1 to 16, one sequence** (K1 to K4): the aims were measured on bare kernels, the
        figures are those of `run`, which also checks shapes and dtypes, turns the input, makes a
        Trace and looks at all numbers for NaN.""",
    ),
    (
        lambda figure: figure.name.startswith("K6 rnn"),
        """**H = 256, simple cell** (K6): a product with 16 columns is no cheaper for each column
        than the product with one, whose weights lie in the cache; and a chunk that does not meet
        in 256 units is computed again in order. Tried, and no faster: 32 and 64 columns, blocks of
        32 steps, products with x made ahead.""",
    ),
    (
        lambda figure: figure.row in ("K8", "K9", "K10") and figure.against,
        """**Wide batches** (K8 to K10): NumPy reads and writes an array for each of its calls, a
        compiled step keeps the gates in registers.""",
    ),
    (
        lambda figure: figure.row == "K7",
        """**H = 1024** (K7): everybody streams the weights from memory; ONNX Runtime has packed
        them before. The limit counts reading W_h alone; the products with W_x come to it. GRU and
        LSTM of 300 steps go in order: finding out how long they remember would cost what segments
        save. Tried, and no faster: larger and smaller blocks of rows, and more of them.""",
    ),
    (
        lambda figure: figure.row == "K1" and not figure.against,
        """**A million steps ÷ limit** (K1): the limit counts products and tanh; a step of GRU and
        LSTM is seven or eight calls, each of which reads and writes its columns, and every segment
        runs on into the next until they meet.""",
    ),
    (
        lambda figure: figure.row == "f64",
        """**float64**: NumPy's tanh itself takes {double:.2g} times as long in double
        precision.""",
    ),
    (
        lambda figure: figure.row == "X1",
        """**Start-up** (X1): `rnncalc --json` takes {least:.3g} times what Python takes that loads
        click and NumPy and runs a loop; what rnncalc itself loads is told in [how it is
        fast](how-it-is-fast.md#starting).""",
    ),
    (
        lambda figure: figure.row == "M",
        """**Many sequences** (M): a compiled step keeps the gates in registers; and from file to
        file what counts is reading, checksums and writing, too.""",
    ),
)
"""Of which figures a sentence tells why they miss their aims."""


def ahead(figures: Figures) -> str:
    """Where a peer is faster, and how many times."""
    if not any(figure.against for figure in figures):
        return ""
    in_order = any(figure.row == "K11" and _slower(figure) for figure in figures)
    wide = any(figure.row in ("K8", "K9", "K10") and _slower(figure) for figure in figures)
    words = [ORDER] * in_order + [WIDE] * wide + ["Where a peer was faster in this measurement:"]
    lines = [_ahead(peer, [each for each in figures if each.against == peer]) for peer in NAMES]
    return f"## Where a peer wins\n\n{_filled(' '.join(words))}\n\n{''.join(lines)}"


def _ahead(peer: str, figures: Figures) -> str:
    listed = ", ".join(f"{each.name} {each.measured:.3g}" for each in figures if _slower(each))
    return f"- {NAMES[peer]}: {listed or ('nowhere' if figures else 'not measured')}.\n"


def _slower(figure: Figure) -> bool:
    return bool(figure.against) and figure.measured > 1


def reasons(figures: Figures) -> str:
    """Why an aim is missed, of those that are."""
    missed = [figure for figure in figures if figure.missed]
    further = {figure.name: figure.measured for figure in figures}
    numbers = {"double": further.get(DOUBLE), "least": further.get(BESIDE_LEAST)}
    lines = [
        _filled("- " + text.format(**numbers), subsequent_indent="  ")
        for concerns, text in REASONS
        if any(concerns(figure) for figure in missed)
    ]
    return "\n".join(["## Where the aim is missed, and why\n", *lines, ""]) if lines else ""


def _filled(text: str, **how: str) -> str:
    words = " ".join(text.split())
    return fill(words, 100, break_long_words=False, break_on_hyphens=False, **how)
