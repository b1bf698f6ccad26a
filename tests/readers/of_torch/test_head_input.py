"""What a head reads of the layer before it, where a file of weights leaves it open."""

from __future__ import annotations

import numpy as np
import pytest
from two_way_head import GIVES, X, state_dict

import rnncalc
from rnncalc import RnncalcError

WORDS = {
    "last": ["mode=many-to-one"],
    "own last": ["lstm.return_sequences=false"],
    "average": ["pooling=average"],
    "max": ["lstm.pooling=max", "mode=many-to-one"],
}


def headless():
    """The same without the head."""
    return {name: array for name, array in state_dict().items() if name.startswith("lstm.")}


def ran(words, **options):
    """What the network gives when this is said of it."""
    return rnncalc.run(rnncalc.load(state_dict(), assume=words, **options), X)


@pytest.mark.parametrize("reads", WORDS)
def test_the_head_reads_what_is_said(reads):
    """The numbers are PyTorch's; the ledger says that it is one row."""
    trace = ran(WORDS[reads])

    np.testing.assert_allclose(trace.y, GIVES[reads], atol=1e-7)
    ledger = {(one.layer, one.key): one.value for one in trace.model.assumptions}
    assert ledger["", "mode"] == "many-to-one"
    assert ledger.keys() >= {("fc", "activation")}


def test_layers_that_are_picked_keep_what_is_said():
    """--layers drops no pooling."""
    trace = ran(["pooling=average"], layers=["lstm", "fc"])

    np.testing.assert_allclose(trace.y, GIVES["average"], atol=1e-7)


def test_a_bare_layer_gives_one_row():
    """Without a head, too: both final states side by side."""
    trace = rnncalc.run(rnncalc.load(headless(), assume=["return_sequences=false"]), X)
    ways = trace.layers[0].directions

    finals = [ways[way].final["h"] for way in ("forward", "backward")]
    np.testing.assert_array_equal(trace.ended, np.concatenate(finals))


def test_arrays_with_the_names_of_a_config():
    """An npz file of rnncalc's own leaves it open as well; the last word counts."""
    rng = np.random.default_rng(3)
    shapes = {"W_x": (3, 2), "W_h": (3, 3)}
    arrays = {f"l.{way}.{name}": rng.uniform(-1, 1, shape)
              for way in ("forward", "backward") for name, shape in shapes.items()}  # fmt: skip
    arrays["output.W_y"] = rng.uniform(-1, 1, (2, 6))
    every = rnncalc.run(rnncalc.load(arrays), X)
    pooled = rnncalc.load(arrays, assume=["pooling=max", "l.pooling=average"])
    own = rnncalc.load(arrays, assume=["return_sequences=false"])

    np.testing.assert_allclose(rnncalc.run(pooled, X).y, every.y.mean(axis=0))
    last = np.concatenate([every.h[-1, :3], every.h[0, 3:]])
    np.testing.assert_allclose(rnncalc.run(own, X).y, arrays["output.W_y"] @ last)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["pooling=mean"], "There are: average, max"),
        (["pooling=max", "mode=many-to-many"], "lstm.pooling=max gives one row"),
        (["fc.pooling=max"], "Assumed here: layers, mode, fc.activation, lstm.return_sequences"),
        (["return_sequences=no"], "true or false was expected"),
        (["pooling=max", "return_sequences=false"], "pooling takes all timesteps"),
    ],
)
def test_what_cannot_be_said(words, expected):
    """Each refusal says why, or what there is."""
    with pytest.raises(RnncalcError, match=expected):
        rnncalc.load(state_dict(), assume=words)
