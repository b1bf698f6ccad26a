"""Networks beside each other: each gives the numbers that it gives alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from layers_of_three import GATES, drawn_layer

import rnncalc
from rnncalc import Layer, Model
from rnncalc.model.stateless import Output
from rnncalc.running import beside

OPTIONS = {
    "plain": {},
    "bias_h": {"bias_h": (3,)},
    "functions": {"activation": "softsign"},
    "clip": {"clip": 0.4},
}
OF_CELLS = {
    "gru before": ("gru", {"reset_after": False}),
    "gru inverted": ("gru", {"update": "inverted"}),
    "lstm coupled": ("lstm", {"input_forget": True}),
    "lstm cell_clip": ("lstm", {"cell_clip": 0.2}),
}


def network(seed: int, cell: str, **options) -> Model:
    """A layer with a state, one of two directions, one that reads from the end, and y."""
    rng = np.random.default_rng(seed)
    first = drawn_layer(rng, cell, 2, h0=rng.normal(size=3), **options)
    both = drawn_layer(rng, cell, 3, backward=drawn_layer(rng, cell, 3, **options), **options)
    last = drawn_layer(rng, cell, 6, direction="backward", **options)
    output = Output(rng.normal(size=(2, 3)), rng.normal(size=2), "softmax")
    return Model([first, both, last], output=output, x=rng.normal(size=(4, 2)))


def equal(models: list[Model]) -> None:
    """What each gives beside the others is what it gives alone, h of every layer and y."""
    assert len({beside.structure(one) for one in models}) == 1
    trace = beside.run_beside(models, ("c", "h"))
    for i, model in enumerate(models):
        alone = rnncalc.run(model)
        count = len(trace.x) // len(models)
        own = slice(i * count, (i + 1) * count)
        pairs = [(trace.y, alone.y)] if alone.y is not None else []
        pairs += [(a.h, b.h) for a, b in zip(trace.layers, alone.layers, strict=True)]
        for together, by_itself in pairs:
            by_itself = by_itself if alone.batched else by_itself[None]
            np.testing.assert_allclose(together[own], by_itself, rtol=0, atol=1e-14)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("cell", GATES)
def test_each_gives_what_it_gives_alone(cell, options):
    """Weights, states, inputs are each one's own; one has other functions, one shares a layer."""
    models = [network(seed, cell, **options) for seed in range(3)]
    other = [replace(one, activation="relu", clip=0.7) for one in models[1].layers]
    models.append(replace(models[1], layers=(models[1].layers[0], *other[1:])))

    equal(models)


@pytest.mark.parametrize(("cell", "options"), OF_CELLS.values(), ids=OF_CELLS)
def test_options_of_cells(cell, options):
    """Those of all of them."""
    equal([network(seed, cell, **options) for seed in range(3)])


def test_batches_many_to_one_peepholes_and_projections():
    """A batch each, one row of y, and the weights that are not of every cell."""
    models = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        weights = dict(drawn_layer(rng, "lstm", 2).weights)
        weights |= {f"P.{gate}": rng.normal(size=3) for gate in "ifo"}
        weights |= {f"W_h{gate}": rng.normal(size=(3, 2)) for gate in GATES["lstm"]}
        one = Layer({**weights, "W_r": rng.normal(size=(2, 3))}, cell="lstm")
        x = rng.normal(size=(2, 4, 2))
        models.append(Model([one, drawn_layer(rng, "gru", 2)], mode="many-to-one", x=x))

    equal(models)


RNG = np.random.default_rng(1)
OTHERS = {
    "another option": {"layers": (drawn_layer(RNG, "gru", 2, reset_after=False),)},
    "another cell": {"layers": (drawn_layer(RNG, "rnn", 2),)},
    "another direction": {"layers": (drawn_layer(RNG, "gru", 2, direction="backward"),)},
    "another width": {"x": np.ones((5, 2))},
    "another mode": {"mode": "many-to-one"},
}


@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS)
def test_what_does_not_go_together(changes):
    """Whatever makes another structure is told apart."""
    model = Model(drawn_layer(np.random.default_rng(0), "gru", 2), x=np.ones((4, 2)))

    assert beside.structure(replace(model, **changes)) != beside.structure(model) is not None


@pytest.mark.parametrize("more", [{"lengths": [3]}, {"mask": [[1, 0, 1, 1]]}, {"masking": 0.0}])
def test_what_goes_alone(more):
    """Padded and masked sequences do, and those that are long enough for a fast form."""
    model = Model(drawn_layer(np.random.default_rng(0), "gru", 2), x=np.ones((1, 4, 2)), **more)

    assert beside.structure(model) is None
    assert beside.structure(Model(model.layers, x=np.ones((1, 400, 2)))) is None
