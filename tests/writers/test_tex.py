"""LaTeX in a real TeX: it compiles, and no line is wider than the page."""

from __future__ import annotations

import io
import re
import shutil
import subprocess

import pytest
from golden_networks import golden, model_of
from special_networks import special

import rnncalc
from rnncalc.equations import CELLS

pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(not shutil.which("pdflatex"), reason="TeX is not installed"),
]

DOCUMENT = r"""\documentclass{article}
\usepackage{amsmath,longtable}
\allowdisplaybreaks
\begin{document}
BODY
\end{document}
"""
GOLDENS = [
    "keras/lstm_bidirectional_mask_many_to_one", "keras/cells_backwards",
    "keras/gru_softmax_softsign",
    "onnxruntime/lstm_peepholes_bidirectional_lengths", "torch/lstm_projection_2_layers_float64",
]  # fmt: skip
NAME = r"a_b ^~\%$&#{}<"
"""Of a layer: every sign that TeX takes for something."""


def networks() -> list[rnncalc.Trace]:
    """Wide ones, deep ones, those of special cells, and one with a strange name."""
    documents = [golden(name) for name in GOLDENS]
    steps = [{k: d[k] for k in ("lengths", "mask") if k in d} for d in documents]
    traces = [rnncalc.run(model_of(d), d["x"], **s) for d, s in zip(documents, steps, strict=True)]
    traces += [rnncalc.run(model) for model in [*special("lstm").values()][::2]]
    cell = {"W_x": 0.5, "W_h": 0.25}
    names = [NAME.replace("\\", ""), "other"]
    layers = [{**cell, "name": name} for name in names]
    return [*traces, rnncalc.run(rnncalc.load({"layers": layers, "x": [1, 1e-20, -3e300]}))]


def pages() -> str:
    """What run and explain write of all of them, with few digits and with all."""
    parts = []
    for trace in networks():
        for show, digits in (([], 6), (["all"], "full")):
            rnncalc.write(trace, out := io.BytesIO(), format="latex", show=show, digits=digits)
            parts.append(out.getvalue().decode())
        for depth, digits in (("terms", 6), ("products", "full")):
            explanation = rnncalc.explain(trace, 2, depth=depth, digits=digits)
            rnncalc.write(explanation, out := io.BytesIO(), format="latex")
            parts.append(out.getvalue().decode())
    for cell in CELLS:
        rnncalc.write(rnncalc.exercise(cell, units=2), out := io.BytesIO(), format="latex")
        parts.append(out.getvalue().decode())
    return "\n\n".join(parts)


def test_it_compiles_and_fits_the_page(tmp_path):
    """Every formula, table and line of arithmetic; a number is never cut."""
    (tmp_path / "page.tex").write_text(DOCUMENT.replace("BODY", pages()), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True)
    log = (tmp_path / "page.log").read_text(encoding="utf-8", errors="replace")

    assert re.findall(r"^! .*", log, re.MULTILINE) == []
    assert re.findall(r"Overfull .hbox.*", log) == []
    assert done.returncode == 0
