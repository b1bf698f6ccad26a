"""The command line, and the formats (X1, X2, X3, X5)."""

from __future__ import annotations

import io
import json
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import orjson
import yaml

import rnncalc
from benchmarks.turns import Row, program, ratio
from rnncalc.trace.selection import Selection
from rnncalc.writers.result import to_json
from rnncalc.writers.style import Style

SEED = ["-x", "1,2,3,4,5", "--wx", "0.32394445", "--wh", "1"]
COMMANDS = {"--help": 0.6, "--version": 0.6, "--json": 1.3, "table": 1.65}
"""What is called, and its time ÷ ``python -c 'import numpy'`` that is aimed at."""


SCRIPTS = {
    "onnxruntime": (
        "import numpy as n, onnx, onnxruntime as o; from onnx import helper as h\n"
        "w = [onnx.numpy_helper.from_array(n.full((1, 1, 1), v, 'f'), k)"
        " for k, v in (('W', .32394445), ('R', 1))]\n"
        "g = h.make_graph([h.make_node('RNN', ['X', 'W', 'R'], ['Y'], hidden_size=1)], 'g',"
        " [h.make_tensor_value_info('X', 1, [5, 1, 1])],"
        " [h.make_tensor_value_info('Y', 1, None)], w)\n"
        "m = h.make_model(g, opset_imports=[h.make_opsetid('', 14)], ir_version=8)\n"
        "s = o.InferenceSession(m.SerializeToString())\n"
        "print(s.run(None, {'X': n.arange(1, 6, dtype='f').reshape(5, 1, 1)})[0].tolist())",
        0.80,
    ),
    "torch": (
        "import torch; r = torch.nn.RNN(1, 1, bias=False)\n"
        "r.load_state_dict({'weight_ih_l0': torch.tensor([[.32394445]]),"
        " 'weight_hh_l0': torch.tensor([[1.]])})\n"
        "print(r(torch.arange(1., 6.)[:, None])[0].tolist())",
        0.10,
    ),
    "keras": (
        "import keras, numpy as n; r = keras.layers.SimpleRNN(1, return_sequences=True)\n"
        "x = n.arange(1, 6, dtype='f').reshape(1, 5, 1); r.build(x.shape)\n"
        "r.set_weights([n.array([[.32394445]]), n.array([[1.]]), n.zeros(1)])\n"
        "print(n.asarray(r(x)).tolist())",
        1 / 24,
    ),
}
"""The seed job as a user of a framework writes it, and the ratio aimed at."""

LEAST = (
    "import click, numpy as n, json\nh, hs = n.zeros(1), []\n"
    "for x in range(1, 6): h = n.tanh(.32394445 * x + h); hs.append(h.tolist())\n"
    "print(json.dumps(hs))"
)
"""What no program that uses click and NumPy can do without."""
BESIDE_LEAST = "X1 `rnncalc --json` ÷ Python with click, NumPy and that loop"


def command_line(rounds: int) -> list[Row]:
    """X1: from start to exit, ÷ a Python that imports NumPy."""
    numpy = program([sys.executable, "-c", "import numpy"])
    rows = [
        Row(f"X1 `rnncalc {word}` ÷ `import numpy`", ratio(_called(word), numpy, rounds), aim)
        for word, aim in COMMANDS.items()
    ]
    least = program([sys.executable, "-c", LEAST])
    rows.append(Row(BESIDE_LEAST, ratio(_called("--json"), least, rounds), 1.06))
    for name, (script, aim) in SCRIPTS.items():
        if find_spec(name):
            theirs = program([sys.executable, "-c", script])
            times = ratio(_called("--json"), theirs, max(rounds // 2, 1))
            rows.append(
                Row(f"X1 `rnncalc --json` ÷ the same job as a script for {name}", times, aim)
            )
    return rows


def formats(rounds: int) -> list[Row]:
    """X2: a million float32 of h ÷ json.dumps of the same document, of the same lines."""
    model = rnncalc.Model([rnncalc.Layer({"W_x": np.eye(8), "W_h": np.eye(8)})], dtype="float32")
    trace = rnncalc.run(model, np.random.default_rng(1).normal(size=(125_000, 8)), record=("h",))
    h = trace.h
    lines = ratio(
        lambda: _written(trace, "ndjson"),
        lambda: [
            json.dumps({"t": t, "layer": "layer0", "direction": "forward", "h": row.tolist()})
            for t, row in enumerate(h, 1)
        ],
        rounds,
    )
    document = to_json.document(trace, Selection(["h"]), Style())
    whole = ratio(
        lambda: _written(trace, "json"),
        lambda: json.dumps(document, default=np.ndarray.tolist),
        rounds,
    )
    alone = ratio(
        lambda: _written(trace, "json"),
        lambda: orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY),
        rounds,
    )
    return [
        Row("X2 JSON of 10⁶ float32 ÷ json.dumps of the same document", whole, 0.10),
        Row("X2 JSON of 10⁶ float32 ÷ orjson alone of the same document", alone, 1.5),
        Row("X2 NDJSON, 8 a line, ÷ json.dumps of the same lines", lines, 0.20),
    ]


def told(rounds: int) -> list[Row]:
    """X5: 10⁴ steps of a simple cell explained as text ÷ its equations in f-strings."""
    x = np.random.default_rng(1).normal(size=(10_000, 1))
    model = rnncalc.load({"W_x": 0.32394445, "W_h": 1})
    trace = rnncalc.run(model, x)
    times = ratio(
        lambda: rnncalc.write(rnncalc.explain(trace, None, digits=6), io.BytesIO()),
        lambda: _by_hand(x[:, 0], 0.32394445, 1.0),
        rounds,
    )
    return [Row("X5 `explain` of 10⁴ steps as text ÷ the arithmetic in f-strings", times, 25)]


def _by_hand(x: Any, w_x: float, w_h: float) -> str:
    """Each step computed, and its lines with 6 digits."""
    h, lines = np.zeros(()), []
    for t, x_t in enumerate(x, 1):
        before, a = h, w_x * x_t + w_h * h
        h = np.tanh(a)
        lines += [
            f"t = {t}",
            f"  x_t     = {x_t:.6g}   (the input)",
            f"  h_{{t-1}} = {before:.6g}   (after t = {t - 1})",
            f"  a = {w_x:.6g}*{x_t:.6g} + {w_h:.6g}*{before:.6g} + 0 = {a:.6g}",
            f"  h = tanh({a:.6g}) = {h:.6g}",
        ]
    return "\n".join(lines)


def yaml_in(rounds: int) -> list[Row]:
    """X3: a network of 256 x 256 in YAML ÷ PyYAML's SafeLoader alone."""
    matrix = np.random.default_rng(1).normal(size=(256, 256)).round(6).tolist()
    text = f"W_x: {[row[:1] for row in matrix]}\nW_h: {matrix}\n"
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        times = ratio(lambda: rnncalc.load(file.name), lambda: yaml.safe_load(text), rounds)
    return [Row("X3 YAML 256 x 256 ÷ SafeLoader", times, 0.17)]


def _called(word: str) -> Callable[[], Any]:
    alone = word in ("--help", "--version")
    words = [word] if alone else SEED + [word] * (word != "table")
    return program([sys.executable, "-m", "rnncalc", *words])


def _written(trace: rnncalc.Trace, form: str) -> None:
    rnncalc.write(trace, io.BytesIO(), format=form, show=["h"])
