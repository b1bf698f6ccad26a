"""Files of Keras 1 and 0, rewritten from those that Keras 2 writes of the same network.

Keras 1 had one array for each gate, in the order i c f o and z r h, and other words in its configs;
Keras 0 numbered its layers and their arrays and could keep weights alone. The numbers that are
expected of a file are those of the network that it was made of.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from rewriting import give_layers, hdf5

GATES = {4: ("ifco", "icfo"), 3: ("zrh", "zrh"), 1: ("", "")}
"""By how many gates a cell has: their order in a stacked array, and that of a file's arrays."""

LETTERS = ("W", "U", "b")
OTHERS = {"gamma:0": "gamma", "beta:0": "beta", "moving_mean:0": "running_mean",
          "moving_variance:0": "running_std"}  # fmt: skip

Arrays = list[tuple[str, Any]]


def first(version: str, *, gpu: bool = False) -> Callable[[bytes], bytes]:
    """A whole .h5 of a Sequential as Keras 1 wrote it.

    Args:
        version: that Keras'; 1.0 and 1.1 wrote none.
        gpu: whether the gates are stacked, as with ``consume_less="gpu"``.
    """

    def changed(new: Any, old: Any) -> None:
        model = json.loads(new.attrs["model_config"])
        make = sequential if model["class_name"] == "Sequential" else functional
        old.attrs["model_config"] = json.dumps(make(model["config"], gpu)).encode()
        if version:
            old.attrs["keras_version"] = version.encode()
        named(new["model_weights"], old.create_group("model_weights"), gpu)

    return hdf5(changed)


def sequential(config: dict[str, Any], gpu: bool) -> dict[str, Any]:
    """The config of a Sequential: the list of its layers, without an InputLayer."""
    start, *layers = config["layers"]
    told = [of_layer(layer, gpu) for layer in layers]
    told[0]["config"]["batch_input_shape"] = start["config"]["batch_input_shape"]
    return {"class_name": "Sequential", "config": told}


def functional(config: dict[str, Any], gpu: bool) -> dict[str, Any]:
    """The config of a functional model: what each layer reads, without arguments."""
    told = []
    for layer in config["layers"]:
        nodes = [[call[:3] for call in node] for node in layer["inbound_nodes"]]
        told.append({**of_layer(layer, gpu), "name": layer["name"], "inbound_nodes": nodes})
    return {"class_name": "Model", "config": {**config, "layers": told}}


def weights_first(*, gpu: bool = False) -> Callable[[bytes], bytes]:
    """Weights alone as Keras 1 wrote them."""
    return hdf5(lambda new, old: named(new, old, gpu))


def weights_numbered() -> Callable[[bytes], bytes]:
    """Weights alone as Keras 0 wrote them."""

    def changed(new: Any, old: Any) -> None:
        layers = list(new.attrs["layer_names"])
        old.attrs["nb_layers"] = len(layers)
        for i, layer in enumerate(layers):
            group = old.create_group(f"layer_{i}")
            arrays = arrays_of(new[layer], gpu=False)
            group.attrs["nb_params"] = len(arrays)
            for k, (_, array) in enumerate(arrays):
                group.create_dataset(f"param_{k}", data=array)

    return hdf5(changed)


def named(new: Any, old: Any, gpu: bool) -> None:
    """All layers, with one array for each gate."""
    give_layers(old, {layer: arrays_of(new[layer], gpu) for layer in new.attrs["layer_names"]})


def arrays_of(group: Any, gpu: bool) -> Arrays:
    """The arrays of a layer by the names that Keras 1 gave them."""
    lists: dict[str, dict[str, Any]] = {}
    for name in group.attrs["weight_names"]:
        *places, last = [part for part in name.split("/") if not part.endswith("_cell")]
        lists.setdefault(places[-1], {})[last] = group[name][()]
    return [one for layer, arrays in lists.items() for one in renamed(layer, arrays, gpu)]


def renamed(layer: str, arrays: dict[str, Any], gpu: bool) -> Iterator[tuple[str, Any]]:
    """``lstm_1_W_i:0`` for the first columns of the kernel of lstm_1."""
    if "recurrent_kernel:0" not in arrays:
        for name, array in arrays.items():
            letter = "b" if name == "bias:0" else OTHERS.get(name, "W")
            yield f"{layer}_{letter}:0", array
        return
    stacked = [arrays[f"{name}:0"] for name in ("kernel", "recurrent_kernel", "bias")]
    count = stacked[1].shape[1] // stacked[1].shape[0]
    there, order = GATES[count]
    if gpu or not there:
        yield from (
            (f"{layer}_{letter}:0", one) for letter, one in zip(LETTERS, stacked, strict=True)
        )
        return
    parts = [np.split(array, count, axis=-1) for array in stacked]
    for gate in order:
        for letter, part in zip(LETTERS, parts, strict=True):
            yield f"{layer}_{letter}_{gate}:0", part[there.index(gate)]


def of_layer(layer: dict[str, Any], gpu: bool) -> dict[str, Any]:
    """A layer in the words of Keras 1."""
    kind, config = layer["class_name"], layer["config"]
    told = {"name": config["name"], "trainable": True, **WORDS[kind](config, gpu)}
    return {"class_name": kind, "config": told}


def cell(config: dict[str, Any], gpu: bool) -> dict[str, Any]:
    """SimpleRNN, GRU, LSTM."""
    gates = (
        {"inner_activation": config["recurrent_activation"]}
        if "recurrent_activation" in config
        else {}
    )
    forget = {"forget_bias_init": "one"} if "unit_forget_bias" in config else {}
    kept = {key: config[key] for key in ("activation", "return_sequences", "go_backwards")}
    return {
        **kept, **gates, **forget, "output_dim": config["units"], "init": "glorot_uniform",
        "inner_init": "orthogonal", "stateful": False, "unroll": False, "input_length": None,
        "consume_less": "gpu" if gpu else "cpu", "W_regularizer": None, "U_regularizer": None,
        "b_regularizer": None, "dropout_W": 0.1, "dropout_U": 0.2,
    }  # fmt: skip


def dense(config: dict[str, Any], gpu: bool) -> dict[str, Any]:
    """Dense."""
    return {"output_dim": config["units"], "activation": config["activation"],
            "bias": config["use_bias"], "init": "glorot_uniform", "W_constraint": None}  # fmt: skip


def embedding(config: dict[str, Any], gpu: bool) -> dict[str, Any]:
    """Embedding."""
    kept = {key: config[key] for key in ("input_dim", "output_dim", "mask_zero")}
    return {**kept, "init": "uniform", "input_length": None, "dropout": 0.0, "input_dtype": "int32"}


def wrapped(config: dict[str, Any], gpu: bool) -> dict[str, Any]:
    """Bidirectional and TimeDistributed."""
    merge = {"merge_mode": config["merge_mode"]} if "merge_mode" in config else {}
    return {**merge, "layer": of_layer(config["layer"], gpu)}


def normalized(config: dict[str, Any], gpu: bool) -> dict[str, Any]:
    """BatchNormalization."""
    return {"epsilon": config["epsilon"], "mode": 0, "axis": -1, "momentum": 0.99,
            "gamma_regularizer": None, "beta_regularizer": None}  # fmt: skip


WORDS: dict[str, Callable[[dict[str, Any], bool], dict[str, Any]]] = {
    **dict.fromkeys(("SimpleRNN", "GRU", "LSTM"), cell),
    "Dense": dense,
    "Embedding": embedding,
    "Bidirectional": wrapped,
    "TimeDistributed": wrapped,
    "BatchNormalization": normalized,
    "InputLayer": lambda config, gpu: {
        "batch_input_shape": config["batch_input_shape"],
        "input_dtype": "float32",
        "sparse": False,
    },
    "Masking": lambda config, gpu: {"mask_value": config["mask_value"]},
    "Dropout": lambda config, gpu: {"p": config["rate"]},
    "Activation": lambda config, gpu: {"activation": config["activation"]},
}
"""What the config of each class said."""
