"""Which options the layers of Keras are asked for: where a layer of each class stands in a network,
what it is made with, and for each option other values than those that it has by default.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FEATURES, UNITS, STEPS, BATCH, VOCABULARY = 3, 4, 5, 2, 7

Layer = Any
Place = Callable[[Any, Layer], list[Layer]]
"""The layers of a network, of which one is looked at."""


def masked(keras: Any, layer: Layer) -> list[Layer]:
    """A recurrent layer, some of whose steps are masked."""
    return [keras.layers.Masking(0.0, name="masked"), layer]


def in_a_loop(keras: Any, cell: Layer) -> list[Layer]:
    """A cell."""
    return masked(keras, keras.layers.RNN(cell, return_sequences=True))


def in_a_list(keras: Any, cells: Layer) -> list[Layer]:
    """Several cells."""
    return in_a_loop(keras, cells)


def unmasked(keras: Any, layer: Layer) -> list[Layer]:
    """A layer behind a recurrent one, which cannot be given a mask."""
    return [keras.layers.LSTM(UNITS, return_sequences=True, name="front"), layer]


def behind(keras: Any, layer: Layer) -> list[Layer]:
    """A layer behind a recurrent one, some of whose steps are masked."""
    return [*masked(keras, keras.layers.LSTM(UNITS, return_sequences=True, name="front")), layer]


def in_front(keras: Any, layer: Layer) -> list[Layer]:
    """A layer in front of a recurrent one."""
    return [layer, keras.layers.LSTM(UNITS, return_sequences=True, name="back")]


LOOP = {"units": UNITS, "return_sequences": True}

SUBJECTS: dict[str, tuple[Place, dict[str, Any]]] = {
    **dict.fromkeys(("SimpleRNN", "GRU", "LSTM"), (masked, LOOP)),
    **dict.fromkeys(("SimpleRNNCell", "GRUCell", "LSTMCell"), (in_a_loop, {"units": UNITS})),
    "StackedRNNCells": (in_a_list, {"cells": ["LSTMCell", "GRUCell"]}),
    "RNN": (masked, {"cell": "GRUCell", "return_sequences": True}),
    "Bidirectional": (masked, {"layer": "GRU"}),
    "TimeDistributed": (behind, {"layer": "Dense"}),
    "Dense": (behind, {"units": 2}),
    "Embedding": (in_front, {"input_dim": VOCABULARY, "output_dim": FEATURES}),
    "Masking": (in_front, {}),
    **dict.fromkeys(("BatchNormalization", "LayerNormalization", "GlobalAveragePooling1D",
                     "GlobalMaxPooling1D", "Flatten"), (behind, {})),
    **dict.fromkeys(("Dropout", "SpatialDropout1D", "GaussianDropout", "AlphaDropout"),
                    (behind, {"rate": 0.4})),
    "GaussianNoise": (behind, {"stddev": 0.4}),
    **dict.fromkeys(("ActivityRegularization", "Identity", "LeakyReLU", "ELU", "ThresholdedReLU",
                     "ReLU"), (behind, {})),
    "Softmax": (unmasked, {}),
    "PReLU": (behind, {"shared_axes": [1]}),
    "Activation": (behind, {"activation": "relu"}),
}  # fmt: skip
"""Where a layer of each class stands, and what it is made with."""

TRUTHS = (True, False)

VALUES: dict[str, tuple[Any, ...]] = {
    "name": ("other",), "trainable": (False,),
    "dtype": ("float16", "float64", "mixed_float16"),
    **dict.fromkeys(("return_sequences", "return_state", "go_backwards", "stateful", "unroll",
                     "zero_output_for_mask", "use_bias", "unit_forget_bias", "reset_after",
                     "center", "scale", "synchronized", "renorm", "rms_scaling", "keepdims",
                     "mask_zero", "sparse", "time_major"), TRUTHS),
    "units": (3,), "activation": ("sigmoid", "hard_sigmoid", "leaky_relu", "softmax", "linear"),
    "recurrent_activation": ("hard_sigmoid", "relu"),
    **dict.fromkeys((f"{one}_initializer" for one in (
        "kernel", "recurrent", "bias", "beta", "gamma", "moving_mean", "moving_variance",
        "embeddings", "alpha")), ("ones",)),
    **dict.fromkeys((f"{one}_regularizer" for one in (
        "kernel", "recurrent", "bias", "beta", "gamma", "activity", "embeddings", "alpha")),
        ("l2",)),
    **dict.fromkeys((f"{one}_constraint" for one in (
        "kernel", "recurrent", "bias", "beta", "gamma", "embeddings", "alpha")), ("non_neg",)),
    "shared_axes": (None, [1, 2], [2]),
    **dict.fromkeys(("dropout", "recurrent_dropout", "rate", "stddev"), (0.7,)),
    "seed": (7,), "implementation": (1, 2), "use_cudnn": (False,),
    "merge_mode": ("sum", "mul", "ave", None), "backward_layer": ("GRU",), "weights": (),
    "cell": ("LSTMCell", "SimpleRNNCell"), "cells": (["GRUCell", "LSTMCell"], ["SimpleRNNCell"]),
    "layer": ("LSTM", "SimpleRNN"), "momentum": (0.5,), "epsilon": (0.1,),
    "axis": (1, 2, -2, [-1], [1, 2]), "renorm_clipping": ({"rmax": 1.5},),
    "renorm_momentum": (0.5,), "data_format": ("channels_first",), "input_dim": (),
    "output_dim": (2,), "mask_value": (-1.0, 0.5), "quantization_config": ("int8",),
    "lora_rank": (2,), "lora_alpha": (3.0,), "noise_shape": ((None, 1, None),), "l1": (0.1,),
    "l2": (0.1,), "negative_slope": (0.25,), "alpha": (0.25,), "theta": (0.25,),
    "max_value": (0.2, 6.0), "threshold": (0.1,), "input_length": (STEPS,),
    "batch_input_shape": (), "robust_masking": (True,), "dynamic": (),
}  # fmt: skip
"""Values that each option may have besides; of those without one there is none that a file has."""

OF_A_CLASS: dict[tuple[str, str], tuple[Any, ...]] = {
    ("TimeDistributed", "layer"): ("Activation", "LayerNormalization", "LSTM"),
}
"""The same where a class has others."""
