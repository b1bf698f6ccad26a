"""State dicts for tests: the weights of a golden by PyTorch's names, and what is read of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.containers.tensor import Tensor
from rnncalc.readers.of_torch.names import TensorNames

WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")


def tensor(name: str, array: Any, dtype: str = "") -> Tensor:
    """A tensor that is read from an array."""
    array = np.asarray(array)
    return Tensor(name, array.shape, dtype or str(array.dtype), lambda: array)


def tensors(arrays: Mapping[str, Any]) -> dict[str, Tensor]:
    """Arrays as the tensors of a file."""
    return {name: tensor(name, array) for name, array in arrays.items()}


def drawn(**shapes: tuple[int, ...]) -> dict[str, Tensor]:
    """Tensors of these shapes whose numbers all differ; ``__`` stands for a dot."""
    rng = np.random.default_rng(7)
    named = {name.replace("__", "."): shape for name, shape in shapes.items()}
    return tensors({name: rng.uniform(-0.8, 0.8, shape) for name, shape in named.items()})


def gru(features: int, units: int, prefix: str = "") -> dict[str, tuple[int, ...]]:
    """The shapes of an nn.GRU, for ``drawn``."""
    shapes = {"weight_ih": (3 * units, features), "weight_hh": (3 * units, units)}
    shapes |= {"bias_ih": (3 * units,), "bias_hh": (3 * units,)}
    return {f"{prefix}{name}_l0": shape for name, shape in shapes.items()}


def of_config(config: Mapping[str, Any]) -> dict[str, Tensor]:
    """The state dict of a golden's network, in the order in which its modules are registered."""
    arrays: dict[str, Any] = {}
    if "embedding" in config:
        arrays["embedding.weight"] = config["embedding"]["weights"]
    module = "rnn." if "embedding" in config or "output" in config else ""
    if "layers" not in config:
        arrays |= {f"{module}{key}": config[key] for key in WEIGHTS if key in config}
    for number, block in enumerate(config.get("layers", [])):
        forward = block.get("forward", block)
        for end, one in (("", forward), ("_reverse", block.get("backward", {}))):
            given = {key: one[key] for key in WEIGHTS if key in one}
            arrays |= {f"{module}{key}_l{number}{end}": array for key, array in given.items()}
    if "output" in config:
        arrays |= {"fc.weight": config["output"]["W_y"], "fc.bias": config["output"]["bias"]}
    return tensors(arrays)


def config_of(names: TensorNames) -> dict[str, Any]:
    """The parts as the mapping of a config, with their numbers read."""
    config: dict[str, Any] = {"layers": []}
    for part in names.parts:
        block = read(part.block)
        if part.kind == "recurrent":
            config["layers"].append({"name": part.name, **block})
        elif part.kind == "output":
            config.setdefault("output", []).append(block)
        else:
            config[part.kind] = block
    return config


def read(value: Any) -> Any:
    """A block with arrays in place of tensors."""
    if isinstance(value, dict):
        return {key: read(part) for key, part in value.items()}
    return value.read() if isinstance(value, Tensor) else value


def tensors_in(value: Any) -> dict[str, Tensor]:
    """All tensors of a checkpoint by their names."""
    if isinstance(value, Tensor):
        return {value.name: value}
    parts = value.values() if isinstance(value, dict) else ()
    parts = value if isinstance(value, list) else parts
    return {name: one for part in parts for name, one in tensors_in(part).items()}
