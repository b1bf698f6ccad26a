"""What docs print of the code's own tables: equations, shapes, activations, conventions.

A page holds it between ``<!-- printed: equations lstm P -->`` and ``<!-- end -->``.
``RNNCALC_UPDATE=1 pytest`` writes what is printed now; the diff is the review.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from rnncalc import Flatten, Function, Layer, Normalization, Output, Pooling, Prelu
from rnncalc.checking.diagnosis import CAUSES
from rnncalc.conventions import (
    CONVENTIONS,
    Convention,
    Symbol,
    keras_activations,
    onnx_activations,
    symbols_of,
    torch_activations,
)
from rnncalc.conventions.convention import arrays_in, in_words, wordings
from rnncalc.conventions.spelling import Spelling
from rnncalc.equations import CELLS
from rnncalc.equations.activations import ACTIVATIONS, activation
from rnncalc.equations.attention import attend, combine
from rnncalc.equations.convolution import convolve
from rnncalc.equations.joins import JOINS
from rnncalc.equations.stateless import Named
from rnncalc.equations.symbols import latex, names_of, symbol, text
from rnncalc.explaining.formulas import equations, row, stateless
from rnncalc.model.attention import Attention, MultiHeadAttention
from rnncalc.model.shapes import SHAPES
from rnncalc.model.stateless import Rescaling, Row

PRINTED = re.compile(r"(<!-- printed: (\w+)([^\n]*?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def printed(kind: str, words: str) -> str:
    """The lines between the two comments."""
    tables = {"equations": formulas, "activations": activations, "functions": functions,
              "conventions": conventions, "convention": convention, "causes": causes}  # fmt: skip
    return tables[kind](*words.split()) + "\n"


def causes() -> str:
    """The table of all causes that a check may name."""
    lines = [f"| `{name}` | {one.say} | {one.pattern} |" for name, one in CAUSES.items()]
    return "\n".join(["| cause | what it is | how the numbers look |", "|---|---|---|", *lines])


def formulas(cell: str, *words: str) -> str:
    """A network's equations as text and as LaTeX that GitHub renders."""
    lines = {write: _lines(cell, words, write) for write in (text, latex)}
    aligned = " \\\\\n".join(line.replace(" = ", " &= ", 1) for line in lines[latex])
    return "\n".join(
        ["```text", *lines[text], "```", "", "```math",
         r"\begin{aligned}", aligned, r"\end{aligned}", "```"]
    )  # fmt: skip


def _lines(cell, words, write):
    given = [word for word in words if "=" not in word]
    options = dict(word.split("=") for word in words if "=" in word)
    if cell in ACROSS:
        parts = ACROSS[cell](*given)
        names = names_of(parts)
        return [
            f"{write(symbol(name))} = {write(part, {k: v for k, v in names.items() if v != name})}"
            for name, part in parts.items()
        ]
    if cell in BEHIND:
        one = BEHIND[cell](given, options)
        formula = row(one, "h") if isinstance(one, Row) else stateless(one, "h_t")
        y = "y" if isinstance(one, Row) else "y_t"
        return [f"{write(symbol(y))} = {write(formula)}"]
    kind = CELLS[cell]
    weights = {
        name: np.ones([1] * len(SHAPES[weight]))
        for weight in ("W_x", "W_h", "bias", *given)
        for name in kind.names(weight)
    }
    settings = {
        key: {"true": True, "false": False}.get(value, value) for key, value in options.items()
    }
    for name in {"clip", "cell_clip"} & settings.keys():
        settings[name] = float(settings[name])
    return equations(Layer(weights, cell, **settings), "forward", write)


def _normalization(given, options):
    arrays = {name: np.ones(1) for name in given[1:]}
    return Normalization(given[0], 1e-3, **arrays)


BEHIND = {
    "output": lambda given, options: Output([[1]], **options),
    "normalization": _normalization,
    "activation": lambda given, options: Function(*given),
    "pooling": lambda given, options: Pooling(*given),
    "prelu": lambda given, options: Prelu(np.ones(2)),
    "flatten": lambda given, options: Flatten(),
}
"""The layers without a state: how each is made of the words behind its name."""


def _convolution():
    reads = [symbol(name) for name in ("x_{t-1}", "x_t", "x_{t+1}")]
    weights = [symbol(f"W_y[{place}]") for place in range(3)]
    of = {"W_y": weights, "b_y": symbol("b_y"), "activation": Named("activation", abs)}
    return {"y_t": convolve(reads, **of)}


def _attention(kind, *arrays):
    one = Attention(kind, W_a=np.ones((1, 1)) if kind == "general" else None)
    scores = one.score(symbol("q_t"), symbol("k"), {name: symbol(name) for name in arrays})
    found = attend(scores, symbol("values"), softmax=activation("softmax"))
    return {f"{name}_t": part for name, part in found.items()}


def _heads():
    one = MultiHeadAttention(*np.ones((4, 2, 1, 1)))
    names = ("W_q", "W_k", "W_v", "b_q", "b_k", "b_v")
    of = {name: symbol(f"{name}[i]") for name in names}
    softmax = activation("softmax")
    found = one.head(symbol("q_t"), symbol("values"), symbol("k"), of, symbol("scale"), softmax)
    lines = {f"{name}_t.i": part for name, part in found.items()}
    contexts = [symbol(f"context_t.{i}") for i in range(2)]
    weights = [symbol(f"W_o[{i}]") for i in range(2)]
    return lines | {"y_t": combine(contexts, W_o=weights, b_o=symbol("b_o"))}


ACROSS = {
    "conv1d": _convolution,
    "attention": _attention,
    "multihead": _heads,
    "rescaling": lambda: {"y_t": stateless(Rescaling(2.0), "x_t")},
    "join": lambda kind: {"y_t": JOINS[kind](symbol("x1_t"), symbol("x2_t"))},
}
"""The layers that read several timesteps or inputs: every quantity by its equation."""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def activations() -> str:
    """Every activation: its formula and its parameters."""

    def parameters(defaults):
        return ", ".join(
            f"{k} {'(needed)' if v is None else f'= {v:g}'}" for k, v in defaults.items()
        )

    escaped = {name: known.formula.replace("|", r"\|") for name, known in ACTIVATIONS.items()}
    return table(
        ["activation", "of a", "parameters"],
        [[f"`{n}`", escaped[n], parameters(one.defaults)] for n, one in ACTIVATIONS.items()],
    )


def functions() -> str:
    """What each activation is called by the frameworks."""
    theirs = {
        "keras": {**keras_activations.READ, **keras_activations.LAYERS},
        "torch": torch_activations.MODULES,
        "onnx": {
            **onnx_activations.IN_NODES,
            **onnx_activations.OPERATORS,
            **{op: Spelling(ours) for op, ours in onnx_activations.TOGETHER.items()},
        },
    }

    def called(table, ours):
        names = [name for name, one in table.items() if one.ours == ours]
        return ", ".join(f"`{name}`" for name in names)

    rows = [[f"`{name}`", *(called(one, name) for one in theirs.values())] for name in ACTIVATIONS]
    head = ["activation", "Keras", "PyTorch, `nn.`", "ONNX"]
    return table(head, [row for row in rows if any(row[1:])])


def conventions() -> str:
    """All frameworks in one table."""
    head = ["", "GRU gates", "LSTM gates", "a matrix has", "biases of rnn, gru, lstm", "reset gate"]
    return table(head, map(_summary, CONVENTIONS.values()))


def _summary(one: Convention) -> list[str]:
    return [
        f"[{one.title}](#{one.title.lower().replace(' ', '-')})",
        _order(one, "gru"),
        _order(one, "lstm"),
        "one column per unit" if one.columns else "one row per unit",
        "; ".join(_biases(one, cell) for cell in CELLS),
        _reset(one),
    ]


def _order(one: Convention, cell: str) -> str:
    if any("{gate}" in name and "W_x" in s.ours for name, s in one.symbols.items()):
        return "apart"
    return " ".join(one.orders[cell])


def _biases(one: Convention, cell: str) -> str:
    """How many biases: ``1``, ``0 or 2``, ``1 and n's`` (a second one of the candidate)."""
    if cell not in one.orders:
        return "no such cell"
    symbols = symbols_of(one, cell).values()
    second = [n for s in symbols for n in arrays_in(s) if n.startswith("bias_h")]
    most = (
        "2" if len(second) == len(CELLS[cell].names("bias_h")) else "1 and n's" if second else "1"
    )
    biases = [s for s in symbols if "bias" in s.ours or "bias_h" in s.ours]
    if any(s.always for s in biases):
        return most
    together = any(s.paired or (len(s.ours) > 1 and not s.rows) for s in biases)
    return f"0 or {most}" if together or not second else "0, 1 or 2"


def _reset(one: Convention) -> str:
    if not one.both_variants:
        return "after" if one.reset_after else "before"
    if one.reset_after is None:
        return "before or after"
    return "after, or before" if one.reset_after else "before, or after"


def convention(name: str) -> str:
    """One framework: its arrays, what they are here, and their shapes for each cell."""
    one = CONVENTIONS[name]
    cells = [cell for cell in CELLS if cell in one.orders]
    heads = [f"{cell}: {' '.join(one.orders[cell])}".rstrip(": ") for cell in cells]
    rows = []
    for theirs, general in one.symbols.items():
        found = [_settled(one, theirs, cell) for cell in cells]
        row = [f"`{theirs}`", " and ".join(f"`{ours}`" for ours in general.ours)]
        rows.append([*row, *(_shape(general, settled) for settled in found)])
    return table(["array", "here", *heads], rows)


def _settled(one: Convention, theirs: str, cell: str) -> Symbol | None:
    """The array for a cell; of those per gate, the first."""
    gates = [one.letters.get(gate, gate) for gate in ("", *CELLS[cell].gates)]
    names = {theirs.format(gate=gate).rstrip(".") for gate in gates}
    general = one.symbols[theirs]
    symbols = symbols_of(one, cell) if not general.cells or cell in general.cells else {}
    return next((symbols[name] for name in symbols if name in names), None)


def _shape(general: Symbol, settled: Symbol | None) -> str:
    if settled is None:
        return ""
    order = f": {' '.join(general.order)}" if general.order else ""
    plus = {part.split(".")[-1]: value for part, value in settled.plus.items()}
    added = "".join(f"; {value:g} is added to {gate}" for gate, value in plus.items())
    return in_words(wordings(settled)) + order + (added if settled.order else "")
