"""Equations as JavaScript: what a page's functions look like."""

from __future__ import annotations

from rnncalc import Layer
from rnncalc.equations.gates import flat
from rnncalc.explaining.formulas import symbolic
from rnncalc.pictures.page.javascript import Functions, step

WEIGHTS = {"W_x": [[0.5]], "W_h": [[0.25]]}


def printed(layer):
    """A step, and the functions that it calls."""
    functions, terms = Functions(), flat(symbolic(layer))
    wanted = {name: terms[name] for name in ("x_term", "a", "h")}
    return step(wanted, ["x_t", "h_{t-1}"], 1, functions), functions.sources


def test_a_step_is_printed_as_its_equations():
    """Products are statements of their own, the rest is arithmetic number by number."""
    source, functions = printed(Layer(WEIGHTS, activation="leaky_relu:alpha=0.3"))

    assert (
        source
        == """(w, x_t, h_before) => {
  const {"W_x": W_x, "W_h": W_h, "bias": bias} = w;
  const x_term = product(W_x, x_t);
  const v1 = product(W_h, h_before);
  const a = each(x_term, j => ((x_term[j] + v1[j]) + bias[j]));
  const h = each(a, j => f0(a[j]));
  return {"x_term": x_term, "a": a, "h": h};
}"""
    )
    assert functions == {"f0": "(a) => ((a > 0) ? a : (0.3 * a))"}


def test_a_bound_without_end_is_none():
    """Nothing lies beyond it."""
    source, _ = printed(Layer(WEIGHTS, clip=float("inf")))

    assert source == printed(Layer(WEIGHTS))[0]
    assert "Math.max" in printed(Layer(WEIGHTS, clip=2.0))[0]


def test_a_function_of_all_units_is_one_statement():
    """A softmax is taken of the whole vector, once a step."""
    source, functions = printed(Layer(WEIGHTS, activation="softmax"))

    assert "const h = f0(a);" in source
    assert "const v2 = sum(v1);" in functions["f0"]
