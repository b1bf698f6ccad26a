"""The fast ways are the equations: in order, in parallel over time, whole or in chunks."""

from __future__ import annotations

import tracemalloc
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn_layers import layers
from golden_networks import FILES, TOLERANCE, computed, differs, golden
from hypothesis import given
from hypothesis import strategies as st

import rnncalc
from rnncalc import Layer, Model
from rnncalc.equations import CELLS
from rnncalc.equations.activations import activation
from rnncalc.model.layer import quantities
from rnncalc.running import kernels
from rnncalc.running.kernels import Padding, chunks, fast, over_time, walk

TIMESTEPS = [1, 2, 255, 256, 257, 300, 389, 512, 1000, 1337]
EPS = {"float32": 2.0**-23, "float64": 2.0**-52}


class Case:
    """A layer and an input, as the door takes them."""

    def __init__(self, layer: Layer, timesteps: int, batch: int = 1, dtype: str = "float64"):
        kind, rng = CELLS[layer.cell], np.random.default_rng(timesteps)
        self.layer, self.names = layer, [*quantities(layer)]
        self.weights = {name: array.astype(dtype) for name, array in layer.weights.items()}
        self.settings = layer.settings
        self.x = rng.normal(size=(timesteps, layer.features, batch)).astype(dtype)
        sizes = {"h": layer.state_size, "c": layer.units}
        self.states = {s: rng.uniform(-1, 1, (sizes[s], batch)).astype(dtype) for s in kind.states}

    def swept(self, x: Any = None, states: Any = None, **how: Any) -> kernels.Sweep:
        x = self.x if x is None else x
        states = states or self.states
        with np.errstate(all="ignore"):
            return kernels.sweep(self.layer.cell, self.weights, self.settings, x, states, **how)

    def stepped(self, names: Any = ("h",)) -> kernels.Sweep:
        with np.errstate(all="ignore"):
            return kernels.step_by_step(
                self.layer.cell, self.weights, self.settings, self.x, self.states, {*names}, None
            )


@st.composite
def cases(
    draw, gains=(0.3, 1.0), activations=("relu", "tanh"), dtypes=("float32", "float64")
) -> Case:
    """Networks that have a fast form; of a gain up to 1 they forget, beyond they may be chaotic."""
    cell = draw(st.sampled_from(sorted(CELLS)))
    units, features = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    bound = draw(st.sampled_from(gains)) / units**0.5
    shapes = {"W_x": (units, features), "W_h": (units, units), "bias": (units,), "bias_h": (units,)}
    biases = [w for w in ("bias", "bias_h") if draw(st.booleans())]
    weights = {
        name: rng.uniform(-bound, bound, shapes[weight])
        for weight in ("W_x", "W_h", *biases)
        for name in CELLS[cell].names(weight)
    }
    options: dict[str, Any] = {"gru": {"reset_after": draw(st.booleans())}}.get(cell, {})
    options |= {"activation": draw(st.sampled_from(activations))} if cell == "rnn" else {}
    layer = Layer(weights, cell, **options)
    dtype = draw(st.sampled_from(dtypes))
    return Case(layer, draw(st.sampled_from(TIMESTEPS)), draw(st.integers(1, 3)), dtype)


def close(ours: Any, expected: Any, count: float) -> None:
    """Equal within some eps, of relu's sums within some of the largest; NaN and infinity alike."""
    finite = np.abs(expected[np.isfinite(expected)])
    scale = max(1.0, 8 * finite.max(initial=0) - 7)
    tolerance = count * EPS[str(expected.dtype)] * scale
    np.testing.assert_allclose(ours, expected, rtol=0, atol=tolerance)


WAYS = ("in order", "in segments")


@pytest.fixture
def forced(monkeypatch):
    """Make sequences of any length go one way."""

    def force(way: str) -> None:
        monkeypatch.setattr(chunks, "LONG", 1)
        cuts = {"in order": lambda *_, **__: None, "in segments": halves}
        monkeypatch.setattr(over_time, "cut_of", cuts[way])

    return force


def halves(form: Any, timesteps: int, *_: Any, **__: Any) -> over_time.Cut | None:
    """A sequence in two, whatever it costs."""
    return over_time.Cut(2, timesteps // 2, timesteps) if timesteps > 1 else None


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", FILES)
def test_every_golden_is_met_each_way(name, way, forced):
    """The frameworks' numbers come out of every way."""
    forced(way)
    document = golden(name)
    tolerance = TOLERANCE[document["dtype"]]

    assert not differs(document, computed(document), tolerance)


@given(cases())
def test_in_order_is_the_equations(case):
    """Ready calls and folded weights: the same numbers, but for rounding."""
    ours, expected = case.swept(sequential=True), case.stepped()

    close(ours.values["h"], expected.values["h"], 8)
    for name, final in expected.final.items():
        assert ours.final[name].dtype == final.dtype
        close(ours.final[name], final, 8)


@given(cases())
def test_segments_are_the_order(case):
    """In parallel over time: the same numbers, but for rounding."""
    ours, expected = case.swept(), case.swept(sequential=True)

    close(ours.values["h"], expected.values["h"], 8)
    for name, final in expected.final.items():
        close(ours.final[name], final, 8)


@given(cases(gains=(2.0, 8.0), activations=["tanh"], dtypes=["float32"]))
def test_a_steep_network_differs_by_its_own_rounding(case):
    """Where a step magnifies the roundings before it: by what the order itself is off."""
    ours, expected = case.swept().values["h"], case.swept(sequential=True).values["h"]
    exact = Case(case.layer, len(case.x), case.x.shape[2], "float64")
    exact.x = case.x.astype("float64")
    exact.weights = {name: array.astype("float64") for name, array in case.weights.items()}
    exact.states = {name: state.astype("float64") for name, state in case.states.items()}
    off = np.abs(expected - exact.swept(sequential=True).values["h"]).max()

    assert np.abs(ours - expected).max() <= 8 * EPS["float32"] + 8 * off


@given(cases(), st.data())
def test_what_is_not_finite_comes_out_alike(case, data):
    """NaN and infinity in the input, in any way."""
    t = data.draw(st.integers(0, len(case.x) - 1))
    case.x[t, 0, 0] = data.draw(st.sampled_from([np.nan, np.inf, -np.inf]))
    expected = case.stepped(case.names).values
    for sequential in (False, True):
        ours = case.swept(names=case.names, sequential=sequential).values
        for name, values in expected.items():
            close(ours[name], values, 16)


@given(cases(gains=(0.3, 1.0, 8.0)), st.data())
def test_what_is_recorded_changes_nothing(case, data):
    """A number is the same bits, whatever else is asked for."""
    everything = case.swept(names=case.names)
    some = data.draw(st.lists(st.sampled_from(case.names), unique=True))
    asked = case.swept(names=some)

    assert set(asked.values) == {*some, "h"} & set(everything.values)
    for name, values in asked.values.items():
        np.testing.assert_array_equal(values, everything.values[name])


@given(cases())
def test_what_is_recorded_is_the_equations(case):
    """Terms, gates and pre-activations of all steps at once are those of each step."""
    ours, expected = case.swept(names=case.names).values, case.stepped(case.names).values

    assert ours.keys() == expected.keys()
    for name, values in expected.items():
        assert ours[name].shape == values.shape
        close(ours[name], values, 24)


@given(cases(gains=(0.3, 1.0, 8.0)), st.sampled_from([1, 2, 3]))
def test_chunks_are_the_whole(case, count):
    """Chunk by chunk from the states before: the same bits as in one call."""
    layer, batch = case.layer, case.x.shape[2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "LARGEST", 512)
        patch.setattr(chunks, "SMALLEST", 300)
        chunk = count * kernels.chunk_of(layer.cell, layer.units, layer.features, batch)
        whole = case.swept(names=case.names)
        states, parts = case.states, []
        for start in range(0, len(case.x), chunk):
            part = case.swept(case.x[start : start + chunk], states, names=case.names)
            states = part.final
            parts.append(part.values)
    for name, values in whole.values.items():
        np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), values)
    for name, final in whole.final.items():
        np.testing.assert_array_equal(states[name], final)


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_chunks_of_a_long_sequence_are_the_whole(cell):
    """As a stream has them: two chunks, and what is left over."""
    layer = wide(cell, 16, 1.0)
    chunk = kernels.chunk_of(cell, 16, 16, 1)
    case = Case(layer, 2 * chunk + 333, 1, "float32")
    whole, states, parts = case.swept(), case.states, []
    for start in range(0, len(case.x), chunk):
        part = case.swept(case.x[start : start + chunk], states)
        states = part.final
        parts.append(part.values["h"])

    np.testing.assert_array_equal(np.concatenate(parts), whole.values["h"])


@pytest.mark.parametrize("hold", [True, False])
@given(cases(), st.data())
def test_what_is_padded_behind_is_as_if_it_had_not_been_computed(hold, case, data):
    """Behind its end a sequence keeps its state; what it shows is its last output, or 0."""
    ends = st.sampled_from([0, 1, len(case.x)]) | st.integers(0, len(case.x))
    lengths = [data.draw(ends) for _ in range(case.x.shape[2])]
    padding = Padding(np.arange(len(case.x))[:, None] < lengths, hold)
    ours = case.swept(names=case.names, padding=padding)
    with np.errstate(all="ignore"):
        expected = kernels.step_by_step(
            case.layer.cell, case.weights, case.settings, case.x, case.states,
            {*case.names}, padding,
        )  # fmt: skip

    assert {*ours.values} == {*expected.values}
    for name, values in expected.values.items():
        close(ours.values[name], values, 16)
    close(ours.last, expected.last, 16)
    for name, final in expected.final.items():
        close(ours.final[name], final, 16)


def test_padding_between_real_steps_goes_by_the_equations():
    """There a state is held that later steps read."""
    case = Case(wide("lstm", 3, 1.0, "float64"), 300, 9)
    padding = Padding(np.arange(300)[:, None] % 7 != np.arange(9), True)
    ours = case.swept(names=case.names, padding=padding)
    expected = kernels.step_by_step(
        "lstm", case.weights, case.settings, case.x, case.states, {*case.names}, padding
    )

    for name, values in expected.values.items():
        np.testing.assert_array_equal(ours.values[name], values)


@given(layers(), st.integers(1, 3))
def test_every_other_cell_goes_by_the_equations(layer, batch):
    """Activations, peepholes, projections, clip: what has no fast form is not changed."""
    case = Case(layer, 300, batch)
    form = fast.form_of(layer.cell, case.weights, case.settings, case.x.dtype)
    ours, expected = case.swept(names=case.names).values, case.stepped(case.names).values
    for name, values in expected.items():
        if form is None:
            np.testing.assert_array_equal(ours[name], values)
        else:
            close(ours[name], values, 64 * magnified(case, expected["h"]))


def magnified(case: Case, h: Any) -> float:
    """How many roundings one rounding of each input becomes, at least one: chaos has many."""
    signs = np.random.default_rng(0).choice([-1.0, 1.0], case.x.shape)
    nudged = copy(case)
    nudged.x = case.x * (1 + EPS["float64"] * signs)
    off = np.abs(nudged.stepped().values["h"] - h).max()
    return max(1.0, float(off) / EPS["float64"])


def wide(cell: str, units: int, gain: float, dtype: str = "float32") -> Layer:
    """A layer with as many features as units."""
    rng, bound = np.random.default_rng(units), gain / units**0.5
    shapes = {"W_x": (units, units), "W_h": (units, units), "bias": (units,)}
    names = {name: shape for w, shape in shapes.items() for name in CELLS[cell].names(w)}
    return Layer({n: rng.uniform(-bound, bound, shape) for n, shape in names.items()}, cell)


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("units", [16, 70, 130])
@pytest.mark.parametrize("cell", sorted(CELLS))
def test_wide_layers_are_their_equations(cell, units, reset_after):
    """Products ahead, products in blocks of rows, tiles of columns."""
    layer = wide(cell, units, 1.0)
    options = {"reset_after": reset_after} if cell == "gru" else {}
    case = Case(Layer(layer.weights, cell, **options), 1100, 1, "float32")
    expected = case.stepped().values["h"]

    close(case.swept(sequential=True).values["h"], expected, 16)
    close(case.swept().values["h"], expected, 16)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("cell", sorted(CELLS))
def test_of_the_widest_layers_products_with_x_are_made_ahead(cell, way, forced):
    """Of several columns, too."""
    forced(way)
    case = Case(wide(cell, 520, 1.0), 40, 2, "float32")

    close(case.swept().values["h"], case.stepped().values["h"], 32)


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_a_network_that_does_not_forget_goes_in_order(cell, monkeypatch):
    """After one look at it, and with the very bits of that order."""
    case = Case(wide(cell, 16, 12.0), 4000, 1, "float32")
    case.x *= 0.01
    steps = []
    block_of = walk.Walker.block
    monkeypatch.setattr(
        walk.Walker, "block", lambda *a: steps.append(a[1]) or block_of(*a), raising=True
    )
    ours = case.swept().values["h"]

    assert {*steps} == {over_time.LOOK, 4000}
    np.testing.assert_array_equal(ours, case.swept(sequential=True).values["h"])


def test_a_network_that_forgets_is_cut():
    """The fast way is taken where it should be."""
    case = Case(wide("lstm", 16, 1.0), 4000, 1, "float32")
    form = fast.form_of("lstm", case.weights, case.settings, case.x.dtype)
    outs = {"h": np.empty_like(case.x)}
    done, _ = over_time._in_parallel(walk.Walker(form), case.x, case.states, outs)

    assert done > 3900


def test_run_goes_in_order_when_told():
    """sequential=True is the order of the steps, in the library."""
    layer, x = wide("gru", 8, 1.0), np.random.default_rng(2).normal(size=(900, 8))
    case = Case(layer, 900)
    case.x, case.states = x[:, :, None], {"h": np.zeros((8, 1))}
    ordered = rnncalc.run(Model([layer]), x, sequential=True).h

    np.testing.assert_array_equal(ordered, case.swept(sequential=True).values["h"][..., 0])
    close(rnncalc.run(Model([layer]), x).h, ordered, 8)


def test_infinite_states_go_by_the_equations():
    """Infinity times the zeros of a folded matrix would be NaN."""
    case = Case(wide("gru", 2, 1.0), 300)
    case.states["h"][0] = np.inf

    np.testing.assert_array_equal(case.swept().values["h"], case.stepped().values["h"])


def test_an_empty_batch_goes_by_the_equations():
    """There is nothing to compute, and nothing to weigh."""
    case = Case(wide("rnn", 2, 1.0), 300, 0)

    assert case.swept().values["h"].shape == (300, 2, 0)


@pytest.mark.parametrize("batch", [1, 2])
def test_long_networks_are_the_equations(batch, monkeypatch):
    """A stack in both directions, with everything recorded: the same but for rounding."""
    below, above = wide("gru", 3, 1.0), wide("lstm", 6, 1.0)
    model = Model([replace(below, backward=below), replace(above, direction="backward")])
    x = np.random.default_rng(3).normal(size=(batch, 900, 3))
    ours = rnncalc.run(model, x)
    monkeypatch.setattr(chunks, "LONG", 10_000)
    expected = rnncalc.run(model, x)

    for layer, other in zip(ours.layers, expected.layers, strict=True):
        for way, passed in layer.directions.items():
            for name, values in passed.values.items():
                close(values, other.directions[way][name], 16)


def test_float16_goes_by_the_equations():
    """BLAS does not know it."""
    case = Case(wide("rnn", 2, 1.0), 300, 1, "float16")

    assert case.swept().values["h"].dtype == np.float16


def test_a_stream_needs_little_memory():
    """A million steps, chunk by chunk: a few MiB, however many there are."""
    layer = Layer({"W_x": 0.3, "W_h": 0.9}, activation=activation("tanh"))
    case = Case(layer, 1, 1, "float32")
    chunk = kernels.chunk_of("rnn", 1, 1, 1)
    states, x = case.states, np.ones((chunk, 1, 1), "float32")
    tracemalloc.start()
    for _ in range(1_000_000 // chunk):
        states = case.swept(x, states).final
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4 * 2**20
