"""``weights: {file: ..., layer: ...}``: layers of a config that stand in model files."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from conftest import ROOT

import rnncalc
from rnncalc.errors import RnncalcError

TAGGER = ROOT / "docs" / "models" / "tagger.pt"
WHOLE = """layers:
  - {name: words, input: x, weights: {file: tagger.pt, layer: embedding}}
  - {weights: {file: tagger.pt, layer: lstm}}
output: {weights: {file: tagger.pt, layer: fc}}
x: [3, 1, 4, 1]
"""


@pytest.fixture
def load(tmp_path):
    """A config beside the model file that it names."""
    shutil.copy(TAGGER, tmp_path)

    def loaded(text: str, **how):
        (tmp_path / "net.yaml").write_text(text)
        return rnncalc.load(tmp_path / "net.yaml", **how)

    return loaded


def test_the_layers_of_a_file_compute_what_the_file_does(load):
    """Its own network, spelled out: the same bits."""
    ours = rnncalc.run(load(WHOLE), dtype="float32")
    theirs = rnncalc.run(rnncalc.load(TAGGER), [3, 1, 4, 1])

    assert [layer.name for layer in ours.layers] == ["lstm"]
    assert ours.y.tobytes() == theirs.y.tobytes()


def test_what_is_assumed_of_a_layer_is_recorded(load):
    """By the name that the config gives it; what the config says is none."""
    told = [(one.layer, one.key) for one in load(WHOLE).assumptions]
    said = WHOLE.replace("output: {", "output: {activation: softmax, ")
    assumed = load(WHOLE, assume=["fc.activation=softmax"])

    assert told == [("fc", "activation")]
    assert load(said).assumptions == ()
    assert rnncalc.run(load(said)).y.tobytes() == rnncalc.run(assumed).y.tobytes()


def test_layers_of_an_npz_file(load, tmp_path):
    """With the names of a config, also of a network of one layer."""
    np.savez(tmp_path / "one.npz", W_x=[[0.5]], W_h=[[0.25]])
    np.savez(tmp_path / "two.npz", **{"a.W_x": [[0.5]], "a.W_h": [[0.25]], "output.W_y": [[3.0]]})
    text = """layers:
  - {name: a, weights: {file: one.npz, layer: layer0}}
  - {name: b, input: x, weights: {file: two.npz, layer: a}}
output: {input: [a, b], join: subtract, weights: {file: two.npz, layer: output}}
x: [1, 2]
"""

    assert np.all(rnncalc.run(load(text)).y == 0)


def test_what_a_file_has_not_is_said_at_the_block(load):
    """The file, the layer, and what there is."""
    twice = WHOLE.replace("layer: fc}", "layer: fc}, bias: 0")
    config = WHOLE.replace("file: tagger.pt, layer: fc", "file: net.yaml, layer: fc")
    nothing = WHOLE.replace("file: tagger.pt, layer: fc", "file: no.pt, layer: fc")
    for text, message in (
        (
            WHOLE.replace("layer: lstm", "layer: lstn"),
            r":3:15: layers\[1\]\.weights: layer: there is",
        ),
        (twice, r":4:55: output\.bias is said by tagger\.pt, too: leave it out"),
        (config, r":4:19: output\.weights: .*net\.yaml: is a config"),
        (nothing, r":4:19: output\.weights: .*no\.pt: there is no such file"),
    ):
        with pytest.raises(RnncalcError, match=message):
            load(text)


def test_several_layers_of_one_name_are_named_one_by_one(load, tmp_path):
    """A stacked module holds several."""
    rng = np.random.default_rng(1)
    shapes = {"weight_ih": (2, 2), "weight_hh": (2, 2), "bias_ih": (2,), "bias_hh": (2,)}
    shapes = {f"{key}_l{i}": shape for i in (0, 1) for key, shape in shapes.items()}
    np.savez(tmp_path / "two.npz", **{f"rnn.{k}": rng.normal(size=s) for k, s in shapes.items()})
    text = "layers:\n  - {weights: {file: two.npz, layer: rnn}}\nx: [[1, 2]]\n"
    both = """layers:
  - {weights: {file: two.npz, layer: rnn.0}}
  - {weights: {file: two.npz, layer: rnn.1}}
x: [[1, 2], [3, -1]]
"""
    with pytest.raises(RnncalcError, match=r"rnn is 2 layers, name one: rnn\.0, rnn\.1"):
        load(text)
    whole = rnncalc.load(tmp_path / "two.npz")

    assert np.array_equal(rnncalc.run(load(both)).h, rnncalc.run(whole, [[1, 2], [3, -1]]).h)
