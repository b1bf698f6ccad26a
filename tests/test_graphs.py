"""Graphs of layers against the frameworks that wrote them, and planted mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import golden_graphs
import numpy as np
import pytest
from golden_graphs import FOLDER, NAMES, golden

from rnncalc import Model
from rnncalc.model import attention
from rnncalc.model.attention import Attending
from rnncalc.model.convolution import Conv1d
from rnncalc.model.embedding import Embedding
from rnncalc.model.graph import Wire
from rnncalc.model.joins import Join
from rnncalc.model.masking import Masking
from rnncalc.model.stateless import Function, Rescaling, Stateless

PLACES = (b"/home/", b"/tmp/", b"/usr/", b"site-packages", b"stack_trace", b'File "')


@pytest.mark.parametrize("name", NAMES)
def test_equal_to_the_framework(name):
    """Every output: 1e-12 in float64, 2e-6 in float32."""
    assert golden_graphs.apart(name, golden_graphs.computed(name)) == []


def test_there_are_graphs_of_every_framework():
    """Keras 3, Keras 2, tf2onnx, both exporters of PyTorch, and ONNX by hand."""
    starts = ["keras/", "tf_keras/", "onnx/tf_keras_", "onnx/keras_", "onnx/torch_script_",
              "onnx/torch_dynamo_", "onnx/"]  # fmt: skip
    kinds = Counter(next(start for start in starts if name.startswith(start)) for name in NAMES)

    assert [kinds[start] >= 7 for start in starts] == [True] * 7
    assert len(NAMES) >= 150


def test_every_document_has_a_small_file_that_does_not_say_where_it_was_made():
    """And there is no other file."""
    paths = [path for path in FOLDER.glob("*/*") if path.suffix != ".json"]

    assert {golden_graphs.path(name) for name in NAMES} == set(paths)
    assert all(path.stat().st_size < 40_000 for path in paths)
    for path in paths:
        content = path.read_bytes()
        assert not [place for place in PLACES if place in content], path.name


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_can_tell_mistakes(name):
    """Three sequences, whose results differ; all that is expected is finite."""
    for expected in golden(name)["expected"].values():
        array = np.array(expected)

        assert len(array) == 3
        assert np.isfinite(array).all()
        assert not np.allclose(array[0], array[1], rtol=0, atol=1e-3)


def rewired(model: Model, change: Callable[[Wire], Wire]) -> Model:
    """The network with other wires."""
    return replace(model, wiring=tuple(map(change, model.wiring)))


def remade(model: Model, kind: type[Stateless], /, **options: Any) -> Model:
    """The network with other options of all layers of a kind."""
    layers = (replace(one, **options) if isinstance(one, kind) else one for one in model.stateless)
    return replace(model, stateless=tuple(layers))


def exchanged(model: Model) -> Model:
    """What is joined is read in another order."""
    joins = {one.name for one in model.stateless if isinstance(one, Join)}
    return rewired(
        model,
        lambda wire: wire._replace(reads=wire.reads[::-1]) if wire.layer in joins else wire,
    )


def unscaled(model: Model) -> Model:
    """Scores as they are, also where attention is written out."""

    def without(one: Stateless) -> Stateless:
        if isinstance(one, Rescaling):
            return replace(one, scale=1.0)
        factor = isinstance(one, Function) and str(one.activation).startswith("affine")
        return replace(one, activation="linear") if factor else one

    model = remade(model, Attending, scale=1.0)
    return replace(model, stateless=tuple(map(without, model.stateless)))


def crossed(model: Model) -> Model:
    """h0 and c0, or the states of two directions, are each other's."""
    wires = (
        Wire(
            node.name,
            node.reads,
            dict(zip(node.states, [*node.states.values()][::-1], strict=True)),
        )
        for node in model.nodes
    )
    return replace(model, wiring=tuple(wires))


MISTAKES = {
    "branches exchanged": (
        exchanged,
        ["keras/joins", "keras/branches_concatenate", "keras/shared_lstm", "tf_keras/joins",
         "onnx/torch_script_siamese", "onnx/torch_dynamo_mean_max_last", "onnx/split_features"],
    ),
    "an unscaled score": (
        unscaled,
        ["keras/attention_self_scale", "keras/attention_masked", "keras/multihead_self",
         "keras/multihead_cross", "tf_keras/multihead_cross",
         "onnx/torch_script_self_attention", "onnx/torch_dynamo_multihead_self"],
    ),
    "causal for same": (
        lambda model: remade(model, Conv1d, padding="causal"),
        ["keras/conv_same_gru", "keras/conv_max_pooling", "keras/upsampling", "keras/deep_conv",
         "onnx/torch_script_conv_lstm"],
    ),
    "dilation forgotten": (
        lambda model: remade(model, Conv1d, dilation=1),
        ["keras/conv_causal_dilated_rnn", "keras/conv_groups_lstm"],
    ),
    "a causal mask forgotten": (
        lambda model: remade(model, Attending, causal=False),
        ["keras/attention_causal", "keras/multihead_causal"],
    ),
    "states not handed over": (
        lambda model: rewired(model, lambda wire: wire._replace(states={})),
        ["keras/encoder_decoder", "keras/encoder_decoder_embedded", "keras/state_of_a_dense",
         "keras/bidirectional_encoder", "onnx/states_between", "onnx/torch_script_luong",
         "onnx/keras_encoder_decoder", "onnx/torch_dynamo_encoder_decoder"],
    ),
    "states exchanged": (
        crossed,
        ["keras/encoder_decoder", "keras/bidirectional_decoder", "keras/bidirectional_encoder",
         "onnx/states_between"],
    ),
    "joined otherwise": (
        lambda model: remade(model, Join, kind="add"),
        ["keras/joins", "onnx/torch_script_gated"],
    ),
}  # fmt: skip
"""What is done to a network that was read, and goldens that see it, each of them."""


@pytest.mark.parametrize(
    ("mistake", "name"),
    [(key, name) for key, (_, names) in MISTAKES.items() for name in names],
)
def test_a_planted_mistake_is_seen(mistake, name):
    """Each mistake moves what the network gives beyond the tolerance."""
    model = MISTAKES[mistake][0](golden_graphs.model_of(name))

    assert golden_graphs.apart(name, golden_graphs.computed(name, model))


MASKED = {
    Stateless: ["keras/masked_skip"],
    Join: ["keras/masked_both"],
    Masking: ["keras/masked_pooling", "keras/attention_masked", "keras/masked_timesteps"],
    Embedding: ["keras/multihead_masked", "keras/encoder_decoder_embedded", "keras/masked_repeat",
                "keras/tokens_and_features"],
    Attending: ["keras/attention_query_masked"],
}  # fmt: skip
"""Layers that hand masks on, and goldens that see where they do not."""


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind, names in MASKED.items() for name in names],
)
def test_a_dropped_mask_is_seen(kind, name, monkeypatch):
    """All of the steps behind are taken for real ones, and the numbers are others."""
    model = golden_graphs.model_of(name)

    def all_real(_self: Stateless, _real: Any, read: Any, _operands: Any) -> np.ndarray:
        return np.ones((len(read[0]), read[0].shape[-1]), bool)

    monkeypatch.setattr(kind, "mask", all_real)

    assert golden_graphs.apart(name, golden_graphs.computed(name, model))


OVER_KEYS = ["keras/attention_self_scale", "keras/multihead_self", "tf_keras/attention_masked"]


@pytest.mark.parametrize("name", OVER_KEYS)
def test_a_wrong_axis_is_seen(name, monkeypatch):
    """Weights that are 1 in all over the queries are none over the keys."""
    over_keys = attention._softmax

    def over_queries(*seen: Any) -> Callable[[Any], Any]:
        function = over_keys(None, *seen[1:])
        return lambda scores: np.swapaxes(function(np.swapaxes(scores, -2, -1)), -2, -1)

    monkeypatch.setattr(attention, "_softmax", over_queries)

    assert golden_graphs.apart(name, golden_graphs.computed(name))
