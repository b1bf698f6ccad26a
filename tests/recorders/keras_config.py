"""The same networks as configs of rnncalc, in Keras' own names and layout: kernel (features,
gates * units), recurrent_kernel (units, gates * units), bias.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from golden_file import Array
from keras_words import Layer, Network

CLASSES = {"rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}
WEIGHTS = ("kernel", "recurrent_kernel", "bias")
DEFAULTS = {"activation": "tanh", "recurrent_activation": "sigmoid"}


@dataclass
class Drawn:
    """The numbers of a network: by layer and part of it (a direction, a cell), in Keras' order."""

    weights: list[list[list[Array]]]
    heads: list[list[Array]]
    table: Array | None
    x: Array
    states: list[list[list[Array]]]


def config_of(network: Network, drawn: Drawn, names: Mapping[str, Any]) -> dict[str, Any]:
    """The whole network."""
    config: dict[str, Any] = {}
    if drawn.table is not None:
        config["embedding"] = {"weights": drawn.table}
        config["embedding"] |= {"mask_zero": True} if network.mask_zero else {}
    config["layers"] = [
        {"name": layer_name(network, index), **block(layer, drawn.weights[index], names)}
        for index, layer in enumerate(network.layers)
    ]
    if network.many_to_one and network.layers[-1].merge:
        config["layers"][-1].pop("zero_output_for_mask")
        config["layers"][-1]["return_sequences"] = False
    outputs = [
        {"activation": names.get(activation, activation), "kernel": kernel, "bias": bias}
        for (activation, _), (kernel, bias) in zip(network.heads, drawn.heads, strict=True)
    ]
    if outputs:
        config["output"] = outputs if len(outputs) > 1 else outputs[0]
    return config | ({"mode": "many-to-one"} if network.many_to_one else {})


def layer_name(network: Network, index: int) -> str:
    """Layers are named after their cells, as in Keras."""
    return "layer0" if network.textbook else f"{network.layers[index].cell or 'cells'}_{index}"


def block(layer: Layer, weights: Sequence[list[Array]], names: Mapping[str, Any]) -> dict[str, Any]:
    """One layer: its weights directly in it, by direction, or by cell."""
    cells = [part for _, _, part in layer.parts]
    options = [said(cell, names) for cell in cells]
    arrays = [dict(zip(WEIGHTS, part, strict=False)) for part in weights]
    if layer.cells:
        parts = [o | a for o, a in zip(options, arrays, strict=True)]
        return {**masked(layer), "cells": parts}
    if not layer.merge:
        return options[0] | masked(layer) | arrays[0]
    if options[0] == options[1]:
        forward, backward = arrays
        common = options[0]
    else:
        forward, backward = ({**o, **a} for o, a in zip(options, arrays, strict=True))
        common = {"cell": forward.pop("cell")}
        backward.pop("cell")
    return {
        **common,
        "merge": layer.merge,
        **masked(layer),
        "forward": forward,
        "backward": backward,
    }


def masked(layer: Layer) -> dict[str, Any]:
    """Direction, order and what comes out at a masked step."""
    options: dict[str, Any] = {}
    if layer.options.get("go_backwards"):
        options |= {"direction": "backward", "order": "processing"}
    if layer.merge or layer.options.get("zero_output_for_mask"):
        options["zero_output_for_mask"] = True
    return options


def said(layer: Layer, names: Mapping[str, Any]) -> dict[str, Any]:
    """What a config says of a cell besides its weights: what is not rnncalc's default."""
    options: dict[str, Any] = {"cell": layer.cell}
    for key, default in DEFAULTS.items():
        given = layer.options.get(key, default)
        if given != default:
            options[key] = names.get(given, given)
    if layer.cell == "gru":
        options["reset_after"] = layer.options["reset_after"]
    return options


def textbook(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config of a SimpleRNN and a Dense layer in rnncalc's own names and orientation."""
    (layer,), output = config["layers"], config["output"]
    return {
        "cell": "rnn",
        "activation": "tanh",
        "W_x": layer["kernel"].T,
        "W_h": layer["recurrent_kernel"].T,
        "bias": layer["bias"],
        "output": {
            "activation": output["activation"],
            "W_y": output["kernel"].T,
            "bias": output["bias"],
        },
    }


def about(network: Network) -> str:
    """One sentence."""
    parts = ["Embedding"] * network.embedding + [described(layer) for layer in network.layers]
    parts += ["stateful, after another input"] * network.stateful
    parts += ["initial states"] * network.states
    if network.mask:
        parts.append("mask_zero" if network.mask_zero else "mask")
    wrapped = "TimeDistributed " * network.timed
    parts += [f"{wrapped}Dense({outputs}, {name})" for name, outputs in network.heads]
    parts += ["return_sequences=False for y"] * network.many_to_one
    return ", ".join(parts) + "."


def described(layer: Layer) -> str:
    """One layer as Keras' users write it."""
    options = "".join(f", {key}={value!r}" for key, value in layer.options.items())
    if layer.cells:
        return f"RNN([{', '.join(map(described, layer.cells))}]{options})"
    inner = f"{CLASSES[layer.cell]}({layer.units}{options})"
    if not layer.merge:
        return inner
    other = "".join(f", backward {key}={value!r}" for key, value in layer.backward.items())
    return f"Bidirectional({inner}, {layer.merge!r}{other})"
