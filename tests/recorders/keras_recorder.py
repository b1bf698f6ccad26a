"""Networks of Keras, built, filled with numbers and run, in Keras 3 and in Keras 2 (tf_keras).

``keras_config.py`` says the same networks as configs of rnncalc.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import tensorflow as tf
from golden_file import Array, Document, Numbers, document
from keras_config import CLASSES, Drawn, about, config_of, layer_name, textbook
from keras_words import Layer, Network

FEATURES, BATCH, TIMESTEPS, VOCABULARY = 2, 3, 5, 6

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


class Recorder:
    """Asks one of the two Kerases.

    Args:
        framework: ``keras`` or ``tf_keras``, the folder of its golden files.
        keras: its module.
        names: what rnncalc calls its activations, where the names differ.
    """

    def __init__(self, framework: str, keras: ModuleType, names: Mapping[str, Any]) -> None:
        self.framework = framework
        self.keras = keras
        self.names = names
        self.packages = (framework, "tensorflow")

    def documents(self, networks: Iterable[Network]) -> Iterator[tuple[str, Document]]:
        """Every network's golden file, by its name."""
        for network in networks:
            numbers = Numbers(self.framework, network.name, network.dtype)
            yield network.name, self.recorded(network, numbers)

    def recorded(self, network: Network, numbers: Numbers) -> Document:
        """Draw the numbers of a network, run it, and keep both."""
        layers = self.built(network)
        drawn = draw(network, layers, numbers)
        if network.stateful:
            load(network.layers[0], layers[0], drawn.weights[0])
            _, *states = layers[0](tf.constant(numbers.values(BATCH, TIMESTEPS, FEATURES)))
            drawn.states = [[[state.numpy() for state in states]]]
        expected = self.expected(network, layers, drawn)
        config = config_of(network, drawn, self.names)
        given = stacked(drawn.states)
        if network.textbook:
            given = {"framework_config": config | given}
            config = textbook(config) | {"h0": drawn.states[0][0][0]}
        if not network.mask_zero:
            given["mask"] = network.mask
        about_it = about(network)
        return document(numbers, self.packages, about_it, config, drawn.x, expected, **given)

    def built(self, network: Network) -> list[Any]:
        """The layers, each on top of the one before."""
        layers, width = [], FEATURES
        for index, layer in enumerate(network.layers):
            last = index == len(network.layers) - 1
            sequences = not (last and network.many_to_one and layer.merge)
            made = self.made(layer, return_sequences=sequences, return_state=True,
                             stateful=network.stateful, dtype=network.dtype)  # fmt: skip
            made.build((BATCH, TIMESTEPS, width))
            layers.append(made)
            width = layer.width
        return layers

    def made(self, layer: Layer, **use: Any) -> Any:
        """A layer as Keras makes it."""
        if layer.cells:
            cells = [self.simple(cell, "Cell") for cell in layer.cells]
            return self.keras.layers.RNN(cells, **layer.options, **use)
        forward = self.simple(layer, **use)
        if not layer.merge:
            return forward
        backward = None
        if layer.backward:
            _, (_, _, other) = layer.parts
            backward = self.simple(other, go_backwards=True, **use)
        return self.keras.layers.Bidirectional(
            forward, merge_mode=layer.merge, backward_layer=backward
        )

    def simple(self, layer: Layer, suffix: str = "", **use: Any) -> Any:
        """A layer of one direction, or a cell."""
        make = getattr(self.keras.layers, CLASSES[layer.cell] + suffix)
        return make(layer.units, **layer.options, **use)

    def expected(self, network: Network, layers: Sequence[Any], drawn: Drawn) -> dict[str, Array]:
        """What Keras computes, under rnncalc's names."""
        x, mask = self.read(network, drawn)
        finals: dict[str, Array] = {}
        states = drawn.states if network.states else [None] * len(layers)
        for index, (layer, made) in enumerate(zip(network.layers, layers, strict=True)):
            load(layer, made, drawn.weights[index])
            below = x
            x, *final = made(below, mask=mask, **given_to(layer, states[index]))
            finals |= named(layer_name(network, index), layer, final)
        if not network.heads:
            return {"h": x.numpy()} | finals
        if not network.many_to_one:
            return {"h": x.numpy(), "y": self.headed(network, drawn, x)} | finals
        if layer.merge:  # its last is the forward layer's last and the backward layer's last
            return {"y": self.headed(network, drawn, x)} | finals
        twin = self.made(layer, return_sequences=False)
        twin.build(tuple(below.shape))
        load(layer, twin, drawn.weights[-1])
        last = twin(below, mask=mask, **given_to(layer, states[-1]))
        return {"h": x.numpy(), "y": self.headed(network, drawn, last)} | finals

    def read(self, network: Network, drawn: Drawn) -> tuple[Any, Any]:
        """What the first layer reads, and the mask of all."""
        mask = None if network.mask is None else tf.constant(network.mask) > 0
        if drawn.table is None:
            return tf.constant(drawn.x), mask
        table = self.keras.layers.Embedding(*drawn.table.shape, mask_zero=network.mask_zero)
        table.build((BATCH, TIMESTEPS))
        table.set_weights([drawn.table])
        ids = tf.constant(drawn.x)
        return table(ids), table.compute_mask(ids)

    def headed(self, network: Network, drawn: Drawn, h: Any) -> Array:
        """The Dense layers behind."""
        for (activation, outputs), weights in zip(network.heads, drawn.heads, strict=True):
            dense = self.keras.layers.Dense(outputs, activation=activation)
            wrapped = self.keras.layers.TimeDistributed(dense) if network.timed else dense
            wrapped.build(tuple(h.shape))
            dense.set_weights(weights)
            h = wrapped(h)
        return h.numpy()

    def story(self) -> Document:
        """SimpleRNN(1) over 1 to 5: the numbers with which this project began."""
        numbers = Numbers(self.framework, "seed_story", "float32")
        layer = self.keras.layers.SimpleRNN(1, return_sequences=True, return_state=True)
        layer.build((1, 5, 1))
        W_x, W_h, bias = (np.array(value, np.float32) for value in ([[0.32394445]], [[1]], [0]))
        layer.set_weights([W_x, W_h, bias])
        x = np.arange(1, 6, dtype=np.float32)[:, None]
        h, final = (result.numpy()[0] for result in layer(tf.constant(x[None])))
        config = {"cell": "rnn", "activation": "tanh", "W_x": W_x, "W_h": W_h, "bias": bias}
        sentence = "SimpleRNN(1) over 1 to 5, without a batch: the numbers of the first example."
        expected = {"h": h, "layer0.forward.final.h": final}
        return document(numbers, self.packages, sentence, config, x, expected)


def draw(network: Network, layers: Sequence[Any], numbers: Numbers) -> Drawn:
    """All the numbers of a network."""
    weights = [
        [[numbers.weights(*w.shape) for w in half.get_weights()] for half in halves(layer, made)]
        for layer, made in zip(network.layers, layers, strict=True)
    ]
    heads, width = [], network.layers[-1].width
    for _, outputs in network.heads:
        heads.append([numbers.weights(width, outputs), numbers.weights(outputs)])
        width = outputs
    table = numbers.weights(VOCABULARY, FEATURES) if network.embedding else None
    x = numbers.values(BATCH, TIMESTEPS, FEATURES)
    if network.embedding:
        x = numbers.ids(VOCABULARY, BATCH, TIMESTEPS)
        x = x * np.array(network.mask) if network.mask_zero else x
    states = [
        [[numbers.values(BATCH, part.units) for _ in letters(part)] for _, _, part in layer.parts]
        for layer in network.layers
    ]
    return Drawn(weights, heads, table, x, states if network.states else [])


def halves(layer: Layer, made: Any) -> list[Any]:
    """Where the weights are: in the layer, in its two directions, or in its cells."""
    if layer.cells:
        return list(made.cell.cells)
    return [made.forward_layer, made.backward_layer] if layer.merge else [made]


def load(layer: Layer, made: Any, weights: Sequence[list[Array]]) -> None:
    """Give a layer its weights."""
    for half, arrays in zip(halves(layer, made), weights, strict=True):
        half.set_weights(arrays)


def letters(layer: Layer) -> str:
    """What a layer's state consists of."""
    return "hc" if layer.cell == "lstm" else "h"


def given_to(layer: Layer, states: list[list[Array]] | None) -> dict[str, Any]:
    """The argument of a call that gives a layer its initial states."""
    if states is None:
        return {}
    nested = tf.nest.map_structure(tf.constant, states)
    return {"initial_state": nested if layer.cells else tf.nest.flatten(nested)}


def named(name: str, layer: Layer, final: Any) -> dict[str, Array]:
    """The final states by part and letter."""
    arrays = iter(tf.nest.flatten(final))
    return {
        f"{name}{suffix}.{direction}.final.{letter}": next(arrays).numpy()
        for suffix, direction, part in layer.parts
        for letter in letters(part)
    }


def stacked(states: Sequence[list[list[Array]]]) -> dict[str, Any]:
    """h0 and c0 (layers * directions, batch, units)."""
    parts = [part for layer in states for part in layer]
    both = {"h0": [part[0] for part in parts], "c0": [part[1] for part in parts if part[1:]]}
    return {key: np.stack(arrays) for key, arrays in both.items() if arrays}
