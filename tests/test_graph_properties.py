"""What holds for every graph of layers, however drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from drawn_graphs import graphs, rows
from hypothesis import given
from hypothesis import strategies as st

import rnncalc
from rnncalc import Model, Trace
from rnncalc.model.graph import Wire


def numbers(trace: Trace) -> dict[str, np.ndarray]:
    """All that was computed, by its name."""
    found = {
        f"{layer.name}.{way}.{name}": array
        for layer in trace.layers
        for way, one in layer.directions.items()
        for kind in (one.values, one.final)
        for name, array in kind.items()
    }
    found |= {f"outputs.{name}": array for name, array in trace.outputs.items()}
    return found | {
        f"{name}.{key}": array
        for name, values in trace.stateless.items()
        for key, array in values.items()
    }


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    """The same bits under the same names."""
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)


@given(rows(), st.booleans(), st.sampled_from(["float64", "float32", "float16"]))
def test_a_row_is_the_graph_that_nobody_spells_out(row, masked, dtype):
    """The same bits for every cell, option and direction, with a mask and without; the same y."""
    model, spelled, x = row
    given = {"mask": [[1, 0, 1, 1, 0], [0, 1, 1, 1, 1]]} if masked else {}
    ours, theirs = (rnncalc.run(one, x, dtype=dtype, **given) for one in (model, spelled))

    one, other = (numbers(trace) for trace in (ours, theirs))

    same(*({key: part[key] for key in part if "ward." in key} for part in (one, other)))
    np.testing.assert_array_equal(ours.h, theirs.h)
    assert (ours.y is None) == (theirs.y is None)
    if ours.y is not None:
        np.testing.assert_array_equal(ours.y, theirs.y)


@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_in_which_layers_are_named_changes_nothing(graph, random):
    """A graph says who reads whom; nodes in any order give the same bits."""
    model, x = graph
    parts = [list(part) for part in (model.layers, model.stateless, model.wiring)]
    for part in parts:
        random.shuffle(part)
    layers, stateless, wiring = map(tuple, parts)
    other = replace(model, layers=layers, stateless=stateless, wiring=wiring)

    same(numbers(rnncalc.run(model, x)), numbers(rnncalc.run(other, x)))


@given(graphs())
def test_a_graph_in_two_parts_is_the_whole_graph(graph):
    """What reads nothing but what the first layer gives runs on that, and gives the same bits."""
    model, x = graph
    known, wires = {"first"}, []
    for node in model.nodes:
        if node.name != "first" and known.issuperset(node.reads):
            known.add(node.name)
            wires.append(Wire(node.name, node.reads))
    layers = tuple(layer for layer in model.layers if layer.name in known - {"first"})
    stateless = tuple(layer for layer in model.stateless if layer.name in known)
    rest = Model(layers, stateless=stateless, wiring=tuple(wires), inputs=("first",))
    whole = rnncalc.run(model, x)
    expected = numbers(whole)

    for name, array in numbers(rnncalc.run(rest, whole.layers[0].h)).items():
        if not name.startswith("outputs."):
            np.testing.assert_array_equal(array, expected[name], err_msg=name)
