"""Networks of the three frameworks, and what may be done with them besides running them once."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime_recorder as onnx_side
import torch
import torch_config
import torch_recorder as torch_side
from golden_file import Array, Document, Numbers, document
from keras_words import Layer
from keras_words import Network as KerasNetwork
from mismatches_making import Source
from onnxruntime_words import Network as OnnxNetwork
from onnxruntime_words import Node
from torch_config import about, config_of
from torch_words import Network as TorchNetwork

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import keras_recorder as keras_side
import tensorflow as tf

Use = Callable[[torch.nn.Module, torch.Tensor], torch.Tensor]
KerasUse = Callable[[list[Any], Array], Array]
STEPS = 6


def pytorch(cell: str, *, steps: int = STEPS, features: int = 3, **use: Any) -> Source:
    """A module of PyTorch, as its golden files have it."""
    network = TorchNetwork("", cell, **use)

    def source(numbers: Numbers) -> Document:
        torch_side.TIMESTEPS = steps
        torch_side.FEATURES = torch_config.FEATURES = features
        return torch_side.recorded(network, numbers)

    return source


def used(
    use: Use, cell: str, *, rows: int = 2, steps: int = STEPS, features: int = 3, **more: Any
) -> Source:
    """A module of PyTorch that is called in a way of its own."""
    network = TorchNetwork("", cell, **more)

    def source(numbers: Numbers) -> Document:
        torch_side.FEATURES = torch_config.FEATURES = features
        module = torch_side.drawn(torch_side.made(network), numbers)
        x = numbers.values(rows, steps, features)
        h = use(module, torch.from_numpy(x)).numpy()
        config = config_of(network, module, None, None)
        return document(numbers, ["torch"], about(network), config, x, {"h": h})

    return source


def once(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Its outputs."""
    return module(x)[0]


def fresh(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Its biases are those of a new layer: 0, and 1 for an LSTM's forget gate."""
    for name, parameter in module.named_parameters():
        if name.startswith("bias"):
            parameter.zero_()
    units = module.hidden_size
    module.bias_ih_l0[units : 2 * units] = 1
    return once(module, x)


def last_states(which: int) -> Use:
    """h_n or c_n, (layers * directions, batch, units)."""

    def use(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
        _, state = module(x)
        return state[which] if isinstance(state, tuple) else state

    return use


def twice(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The second call, which goes on from the state of the first."""
    _, state = module(x)
    return module(x, state)[0]


def in_pieces(length: int) -> Use:
    """Every piece starts from zeros."""
    return lambda module, x: torch.cat([module(piece)[0] for piece in x.split(length, 1)], 1)


def in_a_row(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """One sequence after the other, each from the state of the one before."""
    rows, state = [], None
    for row in x:
        h, state = module(row[None], state)
        rows.append(h)
    return torch.cat(rows)


def time_first(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Without batch_first."""
    module.batch_first = False
    return module(x)[0]


def viewed(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Time-first by view, where it should be transposed."""
    module.batch_first = False
    batch, steps, features = x.shape
    return module(x.reshape(steps, batch, features))[0].transpose(0, 1)


def delayed(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Zeros in front, as a decoder gets its input."""
    return module(torch.cat([x[:, :1] * 0, x[:, :-1]], 1))[0]


def flipped(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The sequence is read from its end."""
    return module(x.flip(1))[0]


def flipped_back(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The sequence is read from its end, and the outputs are turned around again."""
    return module(x.flip(1))[0].flip(1)


def halves(module: torch.nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What the two directions give."""
    h, _ = module(x)
    forward, backward = h.chunk(2, -1)
    return forward, backward


def not_turned(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The backward outputs in the order in which they were computed."""
    forward, backward = halves(module, x)
    return torch.cat([forward, backward.flip(1)], -1)


def both_forward(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The second direction reads forward, too."""
    forward, _ = halves(module, x)
    _, second = halves(module, x.flip(1))
    return torch.cat([forward, second.flip(1)], -1)


def backward_first(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The halves the other way round."""
    return torch.cat(halves(module, x)[::-1], -1)


def own_last(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """What each direction computed last."""
    forward, backward = halves(module, x)
    return torch.cat([forward[:, -1], backward[:, 0]], -1)


def last_step(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The outputs of the last timestep, which the backward direction computes first."""
    return module(x)[0][:, -1]


def pooled(name: str) -> Use:
    """``mean`` or ``amax`` of all timesteps."""
    return lambda module, x: getattr(module(x)[0], name)(1)


def summed_ways(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Both directions, added."""
    forward, backward = halves(module, x)
    return forward + backward


def computed_in(name: str) -> Use:
    """The whole calculation in another type."""
    dtype = getattr(torch, name)

    def use(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
        return copy.deepcopy(module).to(dtype)(x.to(dtype))[0].float()

    return use


def keras_net(
    *layers: Layer, mask: Any = None, use: KerasUse | None = None, steps: int = STEPS,
    features: int = 2, zeros: bool = False, **more: Any,
) -> Source:  # fmt: skip
    """Layers of Keras 3.

    Args:
        use: what is done with the layers, where they are not called one after the other.
        zeros: whether x is 0 where the mask is.
    """
    network = KerasNetwork("", layers, mask=mask, **more)

    def source(numbers: Numbers) -> Document:
        keras_side.TIMESTEPS, keras_side.FEATURES = steps, features
        recorder = Recorder("keras", keras, {})
        recorder.use, recorder.zeros = use, zeros
        return recorder.recorded(network, numbers)

    return source


class Recorder(keras_side.Recorder):
    """Keras, whose layers may be used otherwise."""

    use: KerasUse | None = None
    zeros = False

    def read(self, network: KerasNetwork, drawn: Any) -> tuple[Any, Any]:
        """What the first layer reads; 0 where it is masked, if that is wanted."""
        if self.zeros:
            drawn.x = drawn.x * np.float32(network.mask)[..., None]
        return super().read(network, drawn)

    def expected(self, network: KerasNetwork, layers: Any, drawn: Any) -> dict[str, Array]:
        """What Keras computes."""
        plain = super().expected(network, layers, drawn)
        return plain if self.use is None else {"h": self.use(list(layers), drawn.x)}


def called_twice(layers: list[Any], x: Array) -> Array:
    """The second call of stateful layers."""
    for layer in layers:
        layer.reset_state()
    for _ in range(2):
        h = tf.constant(x)
        for layer in layers:
            h = layer(h)[0]
    return h.numpy()


def onnx(
    *nodes: Node, steps: int = STEPS, features: int = 2, **more: Any
) -> Source:  # fmt: skip
    """Nodes that ONNX Runtime runs."""
    network = OnnxNetwork("", nodes, **more)

    def source(numbers: Numbers) -> Document:
        onnx_side.TIMESTEPS, onnx_side.FEATURES = steps, features
        return onnx_side.recorded(network, numbers)

    return source
