"""The networks of model files of Keras that are no mere Sequential of layers: functional models,
models inside models, and classes of somebody's own.
"""

from __future__ import annotations

from typing import Any

from keras_files_words import FEATURES, SEQUENCES, VOCABULARY, L, Lazy, Make, Sequential


def chain(*layers: Any, ids: bool = False, **options: Any) -> Make:
    """A functional model, one layer behind the other; with an Input in front."""

    def make(keras: Any) -> Any:
        shape, dtype = ((None,), "int32") if ids else ((None, FEATURES), None)
        start = keras.Input(shape, dtype=dtype)
        x = start
        for layer in layers:
            x = layer(keras)(x)
        return keras.Model(start, x, **options)

    return make


def inner(keras: Any, features: int, *layers: Lazy, **options: Any) -> Any:
    """A functional model for use in another one."""
    start = keras.Input((None, features))
    x = start
    for layer in layers:
        x = layer(keras)(x)
    return keras.Model(start, x, **options)


def functional(features: int, *layers: Lazy, **options: Any) -> Make:
    """The same, made when its Keras is known."""
    return lambda keras: inner(keras, features, *layers, **options)


def sequential(features: int, *layers: Any, **options: Any) -> Sequential:
    """A Sequential for use in another model."""
    return Sequential(*layers, shape=(None, features), **options)


def swapped(keras: Any) -> Any:
    """The layer called b is the first, a the second."""
    start = keras.Input((None, FEATURES))
    second = keras.layers.LSTM(2, name="a")
    first = keras.layers.LSTM(4, return_sequences=True, name="b")
    return keras.Model(start, second(first(start)))


def depths(keras: Any) -> Any:
    """An LSTM in the model, in a model in it, and in a model in that."""
    deepest = sequential(5, L.LSTM(3, **SEQUENCES), L.Dense(4), name="deepest")
    deep = sequential(4, L.LSTM(5, **SEQUENCES), deepest, name="deep")
    layers = [L.LSTM(4, **SEQUENCES), deep, L.LSTM(2, **SEQUENCES), L.Dense(1)]
    return chain(*layers)(keras)


def unused_branch(keras: Any) -> Any:
    """Layers that are called but not part of the model."""
    start = keras.Input((None, FEATURES))
    middle = keras.layers.GRU(4, return_sequences=True)(start)
    keras.layers.LSTM(5)(middle)
    return keras.Model(start, keras.layers.LSTM(2)(middle))


def masked_functional(keras: Any) -> Any:
    """A mask goes through a functional model by the tensors."""
    start = keras.Input((None,), dtype="int32", name="ids")
    x = keras.layers.Embedding(VOCABULARY, 3, mask_zero=True)(start)
    x = keras.layers.Dropout(0.4)(x)
    x = keras.layers.LSTM(4, return_sequences=True)(x)
    x = keras.layers.TimeDistributed(keras.layers.Dense(3, activation="relu"))(x)
    return keras.Model(start, keras.layers.GRU(2)(x))


def explicit_mask(keras: Any) -> Any:
    """A mask goes as an argument of the call: it stands in the config's inbound_nodes."""
    start = keras.Input((None,), dtype="int32", name="ids")
    embedding = keras.layers.Embedding(VOCABULARY, 3, mask_zero=True)
    x = embedding(start)
    mask = embedding.compute_mask(start)
    return keras.Model(start, keras.layers.LSTM(4)(x, mask=mask))


def two_outputs(keras: Any) -> Any:
    """A Bidirectional whose directions are not merged."""
    start = keras.Input((None, FEATURES))
    layer = keras.layers.Bidirectional(keras.layers.GRU(4), merge_mode=None)
    return keras.Model(start, list(layer(start)))


def two_outputs_of_steps(keras: Any) -> Any:
    """The same with all steps, and with the states."""
    start = keras.Input((None, FEATURES))
    layer = keras.layers.LSTM(4, return_sequences=True, return_state=True)
    both = keras.layers.Bidirectional(layer, merge_mode=None)
    return keras.Model(start, list(both(start)))


def states_besides(keras: Any) -> Any:
    """What a Dense makes of an LSTM, and the LSTM's states."""
    start = keras.Input((None, FEATURES))
    y, h, c = keras.layers.LSTM(4, return_sequences=True, return_state=True, name="lstm")(start)
    return keras.Model(start, [keras.layers.Dense(2)(y), h, c])


def states_alone(keras: Any) -> Any:
    """An encoder as it is cut out of a translator."""
    start = keras.Input((None, FEATURES))
    _, h, c = keras.layers.LSTM(4, return_state=True, name="lstm")(start)
    return keras.Model(start, [h, c])


def given_states(kind: str) -> Make:
    """A decoder as it is cut out of a translator: its states come in, and go out."""

    def make(keras: Any) -> Any:
        layer = keras.layers.LSTM(4, return_sequences=True, return_state=True, name="lstm")
        both = kind == "Bidirectional"
        layer = keras.layers.Bidirectional(layer, name="bidirectional") if both else layer
        start = keras.Input((None, FEATURES))
        states = [keras.Input((4,), name=f"state_{i}") for i in range(4 if both else 2)]
        y, *ends = layer(start, initial_state=states)
        return keras.Model([start, *states], [y, *ends])

    return make


def subclassed(keras: Any, package: str = "") -> Any:
    """A class that keeps layers as attributes: their groups come in the order of the attributes."""

    class Tagger(keras.Model):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.g = keras.layers.GRU(4, return_sequences=True, name="first")
            self.rnn = keras.layers.SimpleRNN(5, return_sequences=True, name="second")
            self.heads = [keras.layers.Dense(4, name="wide"), keras.layers.Dense(2, name="narrow")]

        def call(self, x: Any) -> Any:
            """One after the other."""
            for layer in (self.g, self.rnn, *self.heads):
                x = layer(x)
            return x

    if package:
        keras.saving.register_keras_serializable(package)(Tagger)
    Tagger.__module__ = "my_project"
    return Tagger()


def by_groups(keras: Any) -> Any:
    """The same class; its layers are called as the groups are in which Keras 2 keeps them."""
    model = subclassed(keras)
    for layer, name in zip([model.g, model.rnn, *model.heads], GROUPS, strict=True):
        layer._name = name
    return model


GROUPS = ("gru", "rnn", "dense", "dense_1")


def own_layer(keras: Any) -> Any:
    """A registered layer of somebody's own in front."""

    class Scaled(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            """Three times as much."""
            return 3 * x

    Scaled.__module__ = "my_project"
    keras.saving.register_keras_serializable("my_project")(Scaled)
    layers = [keras.Input((None, FEATURES)), Scaled(), keras.layers.LSTM(4)]
    return keras.Sequential(layers)


def own_cell(keras: Any) -> Any:
    """RNN(cell) with a registered cell of somebody's own."""

    class Decay(keras.layers.SimpleRNNCell):
        def call(self, x: Any, states: Any, training: bool = False) -> Any:
            """Half of what the cell gives."""
            output, states = super().call(x, states, training=training)
            return output / 2, states

    Decay.__module__ = "my_project"
    keras.saving.register_keras_serializable("my_project")(Decay)
    return keras.Sequential([keras.Input((None, FEATURES)), keras.layers.RNN(Decay(4))])


def anonymous(keras: Any) -> Any:
    """A Lambda: its byte code stands in the file."""
    function = eval(compile("lambda x: x * 2", "<lambda>", "eval"))
    layers = [keras.Input((None, FEATURES)), keras.layers.Lambda(function), keras.layers.LSTM(4)]
    return keras.Sequential(layers)


def own_activation(keras: Any) -> Any:
    """An activation of somebody's own."""

    def bent(x: Any) -> Any:
        return x / 2

    bent.__module__ = "my_project"
    keras.saving.register_keras_serializable("my_project")(bent)
    layers = [keras.Input((None, FEATURES)), keras.layers.SimpleRNN(4, activation=bent)]
    return keras.Sequential(layers)
