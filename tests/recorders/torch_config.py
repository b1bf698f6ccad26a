"""The same networks as configs of rnncalc, in PyTorch's own names and layout, without the ``_l0``
and ``_reverse`` of its keys: layers and directions have their places in a config.
"""

from __future__ import annotations

from typing import Any

from golden_file import Array
from torch import nn
from torch_words import CLASSES, FEATURES, Network


def config_of(
    network: Network, module: nn.Module, head: nn.Linear | None, table: nn.Embedding | None
) -> dict[str, Any]:
    """The network as a config of rnncalc: one cell at the top, or a list of layers."""
    layers: dict[str, dict[str, Any]] = {}
    for layer, direction, suffix in network.parts:
        block = layers.setdefault(layer, {"name": layer, **network.said})
        weights = weights_of(module, suffix)
        block.update({direction: weights} if network.directions == 2 else weights)
    config: dict[str, Any] = {"layers": list(layers.values())}
    if network.loop:
        (config,) = ({k: v for k, v in layer.items() if k != "name"} for layer in layers.values())
    if table:
        config = {"embedding": {"weights": table.weight.numpy()}, **config}
    if head:
        W_y, bias = head.weight.numpy(), head.bias.numpy()
        config["output"] = {"activation": network.output, "W_y": W_y, "bias": bias}
    return config | ({"mode": "many-to-one"} if network.many_to_one else {})


def weights_of(module: nn.Module, suffix: str) -> dict[str, Array]:
    """One direction of one layer: weight_ih, weight_hh, bias_ih, bias_hh, weight_hr."""
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
    parameters = dict(module.named_parameters())
    return {
        name: parameters[name + suffix].numpy() for name in names if name + suffix in parameters
    }


def textbook(config: dict[str, Any]) -> dict[str, Any]:
    """The config of a simple RNN in rnncalc's own names, its cell at the top."""
    (layer,) = config["layers"]
    names = {"W_x": "weight_ih", "W_h": "weight_hh", "bias": "bias_ih", "bias_h": "bias_hh"}
    weights = {ours: layer[theirs] for ours, theirs in names.items()}
    use = {key: config[key] for key in ("output", "mode") if key in config}
    return {"cell": "rnn", "activation": "tanh", **weights, **use}


def about(network: Network) -> str:
    """One sentence."""
    options = "".join(f", {key}={value!r}" for key, value in network.options.items())
    kind = f"{CLASSES[network.cell]}{'Cell' * network.loop}"
    parts = [f"nn.{kind}({FEATURES}, {network.units}{options})"]
    parts += ["nn.Embedding in front"] * network.embedding
    parts += ["initial states"] * network.states
    parts += [] if network.batched else ["no batch"]
    parts += ["packed sequences"] * bool(network.lengths)
    if network.output:
        parts.append(f"nn.Linear and {network.output} behind")
    if network.many_to_one:
        parts.append("y of each sequence's last timestep")
    return ", ".join(parts) + "."
