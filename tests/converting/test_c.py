"""``convert -o net.h``: the C99 file computes what ``run`` computes, and is safe to include."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import numpy as np
import pytest
from every_activation import EVERY, SAME_WIDTH

import rnncalc
from rnncalc import Layer, Model, Output, RnncalcError
from rnncalc.converting import convert
from rnncalc.converting.to_c import proof
from rnncalc.converting.to_c.file import TYPES, draft
from rnncalc.equations import CELLS
from rnncalc.model.stateless import Function, Normalization, Prelu, Rescaling

RANDOM = np.random.default_rng(19)
NAMES = ((1, "a.b"), (3, "a-b"), (3, "a_b_W_x"))
TIMESTEPS = 3

needs_compiler = pytest.mark.skipif(proof.compiler() is None, reason="no C compiler")


def layer(cell: str, features: int = 2, *, h: int = 3, weights: tuple = (), **more) -> Layer:
    """A layer of 3 units whose weights all differ, with states that it begins with."""
    kind = CELLS[cell]
    shapes = {"W_x": (3, features), "W_h": (3, h), "W_r": (h, 3)}
    arrays = {
        name: RANDOM.normal(0, 0.4, shapes.get(weight, (3,)))
        for weight in ("W_x", "W_h", "bias", *weights)
        for name in kind.names(weight)
    }
    states = {f"{s}0": RANDOM.normal(0, 0.4, {"h": h, "c": 3}[s]) for s in kind.states}
    return Layer(arrays, cell=cell, **states, **more)


def head(outputs: int = 4, **more) -> Output:
    """A dense layer of 3 units."""
    return Output(RANDOM.normal(0, 0.4, (outputs, 3)), RANDOM.normal(0, 0.4, outputs), **more)


def numbers(size: int) -> np.ndarray:
    """Numbers above 0 that all differ."""
    return RANDOM.uniform(0.25, 1.75, size)


def networks() -> list[Model]:
    """Every cell with every option, every activation, every layer without a state."""
    lstm = {"weights": ("bias_h", "P"), "recurrent_activation": "hard_sigmoid"}
    rows = [
        layer("rnn"), layer("rnn", weights=("bias_h",), clip=0.4375, activation="linear"),
        layer("gru"), layer("gru", weights=("bias_h",), clip=0.8125),
        layer("gru", weights=("bias_h",), reset_after=False, update="inverted"),
        layer("gru", reset_after=False, recurrent_activation="hard_sigmoid"),
        layer("gru", update="inverted"), layer("gru", activation="softmax"),
        layer("lstm"), layer("lstm", **lstm), layer("lstm", **lstm, input_forget=True),
        layer("lstm", weights=("P",), clip=0.3125, state_activation="softsign"),
        layer("lstm", h=2, weights=("W_r", "P")), layer("lstm", input_forget=True),
        *(layer("rnn", activation=one) for one in SAME_WIDTH),
    ]  # fmt: skip
    chain = [Normalization("layer", 1e-3, numbers(2), numbers(2)), Function("sigmoid")]
    stored = {name: numbers(3) for name in Normalization.ARRAYS}
    outputs = [head(3), Normalization("batch", 1e-5, **stored), Prelu(numbers(3)), head(2)]
    return [
        *map(Model, rows),
        *(Model(layer("gru"), output=head(activation=one)) for one in EVERY),
        Model((layer("rnn", before=chain), layer("gru", 3), layer("lstm", 3)), output=outputs),
        Model(layer("rnn"), output=(Rescaling(0.5, 0.25), Normalization("layer", 1e-3))),
        Model(
            tuple(
                layer("rnn", n, name=name) for n, name in ((1, "a.b"), (3, "a-b"), (3, "a_b_W_x"))
            ),
            output=[head(3, name="step"), head(3, name='é"*;??'), head(1, name="max")],
        ),
    ]


def near(expected: np.ndarray, theirs: np.ndarray, eps: float) -> np.ndarray:
    """Which numbers are equal but for so much of the largest of them."""
    largest = np.abs(expected).max(initial=1, where=np.isfinite(expected))
    with np.errstate(invalid="ignore"):
        same = (theirs == expected) | (np.isnan(theirs) & np.isnan(expected))
        return same | (np.abs(theirs - expected) <= eps * largest)


def program(count: int) -> str:
    """C that prints what each of so many networks gives."""
    lines = ["#include <stdio.h>", *(f'#include "n{i}.h"' for i in range(count))]
    lines.append("int main(void) {\n    double given = 0;")
    for i in range(count):
        lines.append(
            f"    {{\n        n{i}_state state;\n        REAL x[N{i}_X], y[N{i}_Y];\n"
            f"        n{i}_start(&state);\n        for (int t = 0; t < {TIMESTEPS}; t++) {{\n"
            f"            for (int k = 0; k < N{i}_X; k++) {{\n"
            '                if (scanf("%lf", &given) != 1) return 1;\n'
            f"                x[k] = (REAL)given;\n            }}\n"
            f"            n{i}_step(&state, x, y);\n"
            f'            for (int k = 0; k < N{i}_Y; k++) printf("%a\\n", (double)y[k]);\n'
            "        }\n    }"
        )
    return "\n".join([*lines, "    return 0;\n}"])


@pytest.mark.slow
@needs_compiler
@pytest.mark.filterwarnings("ignore::rnncalc.errors.RnncalcWarning")  # log of less than 0
@pytest.mark.parametrize("dtype", TYPES)
def test_every_cell_option_and_function_is_computed(dtype, tmp_path):
    """Compiled without a warning, within two roundings of the largest number that ``run`` has."""
    models = [replace(one, dtype=dtype) for one in networks()]
    for i, model in enumerate(models):
        (tmp_path / f"n{i}.h").write_bytes(draft(model, "textbook", f"n{i}").content)
    (tmp_path / "main.c").write_text(program(len(models)))
    inputs = [RANDOM.standard_normal((TIMESTEPS, m.features)).astype(dtype) for m in models]
    command = [proof.compiler(), *proof.FLAGS, f"-DREAL={TYPES[dtype]}", "main.c", "-lm"]

    subprocess.run([*command, "-o", "all"], cwd=tmp_path, check=True)
    given = "\n".join(float(one).hex() for x in inputs for one in x.ravel())
    done = subprocess.run(
        [tmp_path / "all"], input=given, capture_output=True, text=True, check=True
    )

    printed = iter(map(float.fromhex, done.stdout.split()))
    for model, x in zip(models, inputs, strict=True):
        trace = rnncalc.run(model, x)
        expected = trace.h if trace.y is None else trace.y
        theirs = np.array([next(printed) for _ in range(expected.size)]).reshape(expected.shape)
        assert near(expected, theirs, 2 * np.finfo(dtype).eps).all(), model
    assert next(printed, None) is None


@needs_compiler
@pytest.mark.parametrize("dtype", TYPES)
def test_what_is_written_is_compiled_and_run(dtype, tmp_path):
    """Layers in front and behind, peepholes and names that are no identifiers, in one network."""
    lstm = layer("lstm", 3, weights=("bias_h", "P"), clip=0.75, name="b*; \u00df")
    model = Model((layer("gru", reset_after=False), lstm), output=head(activation="softmax"))

    done = convert(model, tmp_path / "7 x.h", dtype=dtype)

    assert 0 <= done.proof.difference <= 2 * np.finfo(dtype).eps
    assert "net7_x_step(net7_x_state *state" in (tmp_path / "7 x.h").read_text()


@needs_compiler
def test_a_wrong_number_is_not_written(tmp_path, monkeypatch):
    """The proof sees one weight that is another."""
    model = Model(layer("gru"))
    right = draft(model, "textbook", "trial").content
    first = repr(float(model.layers[0].weights["W_h.n"][0, 0])).encode()
    (tmp_path / "trial.h").write_bytes(right.replace(first, b"0.5"))

    with pytest.raises(RnncalcError, match="compiled, it gives other numbers"):
        proof.proved(model, tmp_path / "trial.h")


def test_without_a_compiler_nothing_is_proved(tmp_path, monkeypatch, cli):
    """It is written, and said so; a program of the working folder is no compiler."""
    (tmp_path / "cc").write_text("#!/bin/sh\ntouch called")
    (tmp_path / "cc").chmod(0o755)
    (tmp_path / "net.yaml").write_text("{W_x: 0.5, W_h: 0.25}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ":.")

    done = cli("convert", "net.yaml", "-o", "net.h")

    assert done.text == (
        "net.h: C99 in double, 4 arrays: net_start and net_step; "
        "not proved: no C compiler (cc, gcc or clang)\n"
    )
    assert not (tmp_path / "called").exists()


@needs_compiler
def test_numbers_that_are_none_are_kept(tmp_path):
    """Infinity and NaN among the weights."""
    model = Model(Layer({"W_x": [[float("inf")]], "W_h": [[float("nan")]]}))

    assert convert(model, tmp_path / "net.h").proof.difference == 0


REFUSED = {
    "layer0: two directions": {"backward": layer("rnn")},
    "layer0: direction backward": {"direction": "backward"},
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_only_goes_through_a_whole_sequence_is_refused(why, tmp_path):
    """By its name, and nothing is written."""
    with pytest.raises(RnncalcError, match=why):
        convert(Model(layer("rnn", **REFUSED[why])), tmp_path / "net.h")
    assert not list(tmp_path.iterdir())
