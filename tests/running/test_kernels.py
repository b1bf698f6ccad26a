"""The kernels are the equations, and networks behave as their parts do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from drawn_layers import layers
from hypothesis import given
from hypothesis import strategies as st

import rnncalc
from rnncalc import Layer, Model
from rnncalc.equations import CELLS
from rnncalc.equations.activations import activation
from rnncalc.equations.gates import IDENTITY, NOTHING, Gates, flat
from rnncalc.running.kernels.sequential import step_of


def close(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Equal but for rounding, which is in proportion to the largest number: with a relu h grows."""
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12 * max(1, np.abs(theirs).max()))


@given(layers(), st.integers(1, 3))
def test_a_kernel_is_its_equations(layer, batch):
    """Gate by gate or stacked: the same numbers, over every cell and option."""
    kind = CELLS[layer.cell]
    rng = np.random.default_rng(1)
    operands: dict[str, Any] = {}
    for weight in kind.required + kind.optional:
        parts = {
            name: array[:, None] if (array := layer.weights[name]).ndim == 1 else array
            for name in kind.names(weight)
            if name in layer.weights
        }
        gated = kind.gates and weight not in kind.single
        cut = Gates({name.split(".")[1]: part for name, part in parts.items()}) if gated else None
        operands[weight] = (cut or parts[weight]) if parts else NOTHING
    if operands.get("W_r") is NOTHING:
        operands["W_r"] = IDENTITY
    settings_ = layer.settings
    x = rng.normal(size=(layer.features, batch))
    sizes = {"h": layer.state_size, "c": layer.units}
    states = [rng.normal(size=(sizes[state], batch)) for state in kind.states]
    slow = flat(kind.step(x, *states, **operands, **settings_))
    fast = step_of(layer.cell, layer.weights, settings_)(x, *states)

    assert slow.keys() == fast.keys()
    for name, expected in slow.items():
        np.testing.assert_allclose(fast[name], expected, rtol=0, atol=1e-13, err_msg=name)


@given(st.data())
def test_a_stack_is_its_layers_one_after_another(data):
    """The outputs of one are the input of the next."""
    below = data.draw(layers(features=2))
    above = data.draw(layers(features=below.width))
    x = np.random.default_rng(2).normal(size=(2, 4, 2))
    stack = rnncalc.run(Model([below, above]), x)
    alone = rnncalc.run(Model([above]), rnncalc.run(Model([below]), x).h)

    close(stack.h, alone.h)


@given(layers(features=2))
def test_backward_is_forward_on_the_flipped_input(layer):
    """A backward layer's outputs are those of a forward one, both with time turned around."""
    x = np.random.default_rng(3).normal(size=(2, 5, 2))
    back = rnncalc.run(Model([replace(layer, direction="backward")]), x)
    there = rnncalc.run(Model([layer]), x[:, ::-1])
    processing = replace(layer, direction="backward", order="processing")

    close(back.h, there.h[:, ::-1])
    turned = rnncalc.run(Model([processing]), x).h
    close(turned, there.h)


@given(layers(features=2), layers(features=2), st.lists(st.integers(1, 5), min_size=3, max_size=3))
def test_a_padded_sequence_is_the_sequence_alone(forward, backward, lengths):
    """With lengths each sequence is what it is alone, in both directions; pads are 0."""
    model = Model([replace(forward, backward=backward)])
    x = np.random.default_rng(4).normal(size=(3, 5, 2))
    together = rnncalc.run(model, x, lengths=lengths)
    for i, length in enumerate(lengths):
        alone = rnncalc.run(model, x[i, :length])
        close(together.h[i, :length], alone.h)
        np.testing.assert_array_equal(together.h[i, length:], 0)
        for way in ("forward", "backward"):
            ours = together.layers[0].directions[way].final["h"][i]
            theirs = alone.layers[0].directions[way].final["h"]
            close(ours, theirs)


@given(layers(features=2), layers(features=2), st.booleans(), st.data())
def test_a_batch_is_its_sequences_one_by_one(forward, backward, zeroed, data):
    """Each with its own initial states and its own mask, in both directions."""
    rng = np.random.default_rng(6)
    states = [
        {
            name: rng.normal(size=(3, getattr(one, f"{name}0").size))
            for name in CELLS[one.cell].states
        }
        for one in (forward, backward)
    ]
    masks = st.lists(st.integers(0, 1), min_size=4, max_size=4)
    mask = np.array(data.draw(st.lists(masks, min_size=3, max_size=3)))
    x = rng.normal(size=(3, 4, 2))

    def ran(which: Any) -> rnncalc.Trace:
        one, other = (
            replace(layer, **{f"{name}0": state[which] for name, state in given.items()})
            for layer, given in zip((forward, backward), states, strict=True)
        )
        model = Model([replace(one, backward=other, zero_output_for_mask=zeroed)])
        return rnncalc.run(model, x[which], mask=mask[which])

    together = ran(slice(None))
    for i in range(3):
        alone = ran(i)
        close(together.h[i], alone.h)
        for way, passed in alone.layers[0].directions.items():
            for name, final in passed.final.items():
                ours = together.layers[0].directions[way].final[name][i]
                close(ours, final)


@given(layers(features=2), st.integers(1, 4))
def test_every_cell_goes_on_from_its_state(layer, k):
    """x[:k], then x[k:] from the states after it, is x: the same bits."""
    x = np.random.default_rng(5).normal(size=(5, 2))
    whole, first = rnncalc.run(Model([layer]), x), rnncalc.run(Model([layer]), x[:k])
    rest = rnncalc.run(Model([going_on(layer, first)]), x[k:])

    parts = np.vstack([first.h, rest.h])
    np.testing.assert_array_equal(parts, whole.h)


@given(layers(features=2), st.integers(1, 3), st.lists(st.integers(4, 6), min_size=3, max_size=3))
def test_a_padded_batch_goes_on_from_its_state(layer, k, lengths):
    """Cut before the shortest sequence ends, with lengths: the same bits as in one run."""
    x = np.random.default_rng(7).normal(size=(3, 6, 2))
    whole = rnncalc.run(Model([layer]), x, lengths=lengths)
    first = rnncalc.run(Model([layer]), x[:, :k])
    rest = rnncalc.run(Model([going_on(layer, first)]), x[:, k:], lengths=np.subtract(lengths, k))

    np.testing.assert_array_equal(np.concatenate([first.h, rest.h], axis=1), whole.h)
    for name, final in whole.layers[0].forward.final.items():
        np.testing.assert_array_equal(rest.layers[0].forward.final[name], final)


@given(layers(features=2), st.integers(1, 4), st.integers(0, 2**15 - 1))
def test_a_masked_batch_goes_on_from_its_state(layer, k, bits):
    """Cut anywhere, with a mask, its outputs there 0: the same bits as in one run."""
    x = np.random.default_rng(8).normal(size=(3, 5, 2))
    mask = np.array(list(f"{bits:015b}"), int).reshape(3, 5)
    layer = replace(layer, zero_output_for_mask=True)
    whole = rnncalc.run(Model([layer]), x, mask=mask)
    first = rnncalc.run(Model([layer]), x[:, :k], mask=mask[:, :k])
    rest = rnncalc.run(Model([going_on(layer, first)]), x[:, k:], mask=mask[:, k:])

    np.testing.assert_array_equal(np.concatenate([first.h, rest.h], axis=1), whole.h)
    for name, final in whole.layers[0].forward.final.items():
        np.testing.assert_array_equal(rest.layers[0].forward.final[name], final)


def going_on(layer: Layer, done: rnncalc.Trace) -> Layer:
    """The layer with the states in which a run has left it."""
    final = done.layers[0].forward.final
    return replace(layer, **{f"{name}0": state for name, state in final.items()})


def test_the_activation_of_the_state_follows_the_candidate():
    """An LSTM's state_activation is its activation, unless told otherwise."""
    weights = {f"{w}.{g}": [[0.5]] for w in ("W_x", "W_h") for g in "ifgo"}

    assert Layer(weights, "lstm", activation="relu").state_activation == activation("relu")
    assert Layer(weights, "lstm", state_activation="relu").activation == activation("tanh")
