"""Model files of PyTorch that must be refused: code, and what is no recurrent network.

None does harm: the one that would run a command says ``true``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch_files_nets as nets
from golden_file import Numbers, Recorded, head
from torch import nn
from torch.nn.utils import parametrizations
from torch_files_containers import compiled, saved, saved_script, written
from torch_files_recorder import drawn
from torch_files_saving import adam, copies

Content = Callable[[Numbers, str], bytes]


class Command:
    """An object whose pickle is the call of a function."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("true",)


class Net(nn.Module):
    """A network as people write it."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nets.layer("lstm", 3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Nothing but the sequence."""
        return self.lstm(x)[0]


def stored(make: Callable[[Numbers], Any], container: str = "zip") -> Content:
    """What is made, in a container."""
    return lambda numbers, name: written(container, make(numbers), name)


def state(make: Callable[[], nn.Module], container: str = "zip") -> Content:
    """A state dict."""
    return stored(lambda numbers: drawn(make(), numbers).state_dict(), container)


def lstm(numbers: Numbers, **changed: Any) -> dict[str, Any]:
    """The state dict of an nn.LSTM, with other things in it or, where None, without them."""
    whole = drawn(nets.layer("lstm", 3, 4), numbers).state_dict() | changed
    return {key: value for key, value in whole.items() if value is not None}


def frozen(numbers: Numbers, name: str) -> bytes:
    """A program whose weights are constants of it."""
    return saved_script(torch.jit.freeze(compiled(drawn(Net(), numbers))))


def packed(numbers: Numbers, name: str) -> bytes:
    """A program whose weights are packed."""
    module = torch.ao.quantization.quantize_dynamic(drawn(Net(), numbers), {nn.LSTM})
    return saved_script(compiled(module))


def quantized(kind: type[nn.Module], make: Callable[[], nn.Module]) -> Content:
    """The state dict of a dynamically quantized module."""

    def content(numbers: Numbers, name: str) -> bytes:
        module = drawn(make(), numbers)
        module = torch.ao.quantization.quantize_dynamic(module, {kind}, dtype=torch.qint8)
        return saved(module.state_dict(), name)

    return content


def complex_weights(numbers: Numbers) -> dict[str, torch.Tensor]:
    """An LSTM one of whose weights is complex."""
    weights = torch.from_numpy(numbers.weights(16, 3) + 1j * numbers.weights(16, 3))
    return lstm(numbers, weight_ih_l0=weights)


def float8(numbers: Numbers) -> dict[str, torch.Tensor]:
    """An LSTM in eight bits."""
    return {key: value.to(torch.float8_e4m3fn) for key, value in lstm(numbers).items()}


def transformer() -> nn.Module:
    """A network without a state."""
    layer = nn.TransformerEncoderLayer(4, 2, 6, batch_first=True)
    return nets.net(embedding=nn.Embedding(6, 4), encoder=nn.TransformerEncoder(layer, 1))


def orthogonal() -> nn.Module:
    """A parametrization that is no product of a magnitude and a direction."""
    return parametrizations.orthogonal(nets.layer("rnn", 3, 4), "weight_hh_l0")


def spectral() -> nn.Module:
    """A head whose weight is divided by its largest singular value."""
    head = torch.nn.utils.spectral_norm(nn.Linear(4, 2))
    return nets.net(rnn=nets.layer("rnn", 3, 4), fc=head)


def first_layer_missing(numbers: Numbers) -> dict[str, Any]:
    """The second of two layers, without the first."""
    whole = drawn(nets.layer("lstm", 3, 4, num_layers=2), numbers).state_dict()
    return {key: value for key, value in whole.items() if key.endswith("_l1")}


def half_bidirectional(numbers: Numbers) -> dict[str, Any]:
    """Two layers of which only the first has two directions."""
    whole = drawn(nets.layer("gru", 3, 4, num_layers=2, bidirectional=True), numbers).state_dict()
    return {key: value for key, value in whole.items() if not key.endswith("_l1_reverse")}


def optimizer(numbers: Numbers) -> dict[str, Any]:
    """The state of an optimizer that has made a step."""
    return adam(drawn(nets.layer("gru", 3, 4), numbers), numbers)


def objects(numbers: Numbers) -> dict[str, Any]:
    """An array of Python objects among the others."""
    return {**lstm(numbers), "names": np.array(["a", None], object)}


def other_shape(numbers: Numbers) -> dict[str, Any]:
    """A recurrent matrix that fits no cell."""
    return lstm(numbers, weight_hh_l0=torch.from_numpy(numbers.weights(7, 4)))


def contradicting(numbers: Numbers) -> nn.Module:
    """A module whose attribute says another number of units than its weights have."""
    module = drawn(nets.small(), numbers)
    module.rnn.hidden_size = 5
    return module


def quantized_module(numbers: Numbers) -> nn.Module:
    """A dynamically quantized module itself."""
    module = drawn(nets.small(), numbers)
    return torch.ao.quantization.quantize_dynamic(module, {nn.Linear}, dtype=torch.qint8)


Line = tuple[str, str, str, Content]
"""The file, what it is, what a message must say, and what makes it."""

FILES: list[Line] = [
    ("command.pt", "a pickle that would run the command true", "posix system",
     stored(lambda numbers: lstm(numbers, bias_ih_l0=Command()))),
    ("command_legacy.pt", "a pickle that would run the command true, in the format before 1.6",
     "posix system", lambda numbers, name: saved(
        {"extra": Command()}, name, _use_new_zipfile_serialization=False)),
    ("script_frozen.pt", "a frozen program (debug_pkl left out)", "was frozen", frozen),
    ("script_quantized.pt", "a program with packed weights (debug_pkl left out)", "packed weights",
     packed),
    ("quantized_lstm.pt", "the state dict of a dynamically quantized LSTM", "ScriptObject",
     quantized(nn.LSTM, Net)),
    ("quantized_head.pt", "the state dict of a GRU with a dynamically quantized Linear",
     "fc.scale", quantized(nn.Linear, nets.small)),
    ("tensor_list.pt", "a list of tensors of which no network is", "no network of Keras or PyTorch",
     stored(lambda numbers: [*lstm(numbers).values()][::-1])),
    ("one_tensor.pt", "one tensor", "tensor",
     stored(lambda numbers: lstm(numbers)["weight_ih_l0"])),
    ("empty.pt", "an empty dict", "holds nothing", stored(lambda _: {})),
    ("no_tensors.pt", "a checkpoint without weights", "no tensors",
     stored(lambda _: {"epoch": 3, "loss": 0.25, "name": "lstm"})),
    ("optimizer_only.pt", "the state of an optimizer alone", "optimizer",
     stored(lambda numbers: {"optimizer_state_dict": optimizer(numbers)})),
    ("sparse.pt", "an LSTM one of whose matrices is sparse", "_rebuild_sparse_tensor",
     stored(lambda numbers: lstm(numbers, weight_hh_l0=torch.ones(16, 4).to_sparse()))),
    ("complex.pt", "an LSTM one of whose matrices is complex", "complex", stored(complex_weights)),
    ("float8.pt", "an LSTM in float8", "float8_e4m3fn", stored(float8)),
    ("float8.safetensors", "an LSTM in float8", "float8", stored(float8, "safetensors")),
    ("convolution.pt", "a convolution in front of an LSTM", "conv", state(nets.convolutional)),
    ("transformer.pt", "a transformer", "no recurrent", state(transformer)),
    ("transformer.safetensors", "a transformer", "no recurrent", state(transformer, "safetensors")),
    ("head_only.pt", "two Linears", "no recurrent",
     state(lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)))),
    ("orthogonal.pt", "an nn.RNN whose recurrent matrix is parametrized as orthogonal",
     "parametrizations.weight_hh_l0", state(orthogonal)),
    ("spectral_norm.pt", "an nn.RNN whose head has a spectral norm", "weight_orig",
     state(spectral)),
    ("first_layer_missing.pt", "the second layer of an LSTM alone", "l0",
     stored(first_layer_missing)),
    ("half_bidirectional.pt", "a GRU whose second layer has one direction", "_reverse",
     stored(half_bidirectional)),
    ("recurrent_missing.pt", "an LSTM without its recurrent matrix", "weight_hh",
     stored(lambda numbers: lstm(numbers, weight_hh_l0=None))),
    ("one_bias_missing.pt", "an LSTM without its recurrent bias", "bias_hh",
     stored(lambda numbers: lstm(numbers, bias_hh_l0=None))),
    ("other_shape.pt", "an LSTM whose recurrent matrix has seven rows", "weight_hh",
     stored(other_shape)),
    ("contradicting.pt", "a GRU whose hidden_size is not that of its weights", "says hidden_size 5",
     stored(contradicting)),
    ("quantized_module.pt", "a module with a dynamically quantized Linear, itself", "ScriptObject",
     stored(quantized_module)),
    ("spectral_module.pt", "a module whose head has a spectral norm, itself", "weight_orig",
     stored(lambda numbers: drawn(spectral(), numbers))),
    ("copies.pt", "two states of one network", "holds one network with several weights",
     stored(lambda numbers: copies(drawn(nets.twice(), numbers), numbers))),
    ("objects.npz", "an LSTM, and an array of Python objects", "Python objects",
     stored(objects, "npz")),
]  # fmt: skip


def refused() -> dict[str, Recorded]:
    """Every document and the bytes of its file, by its name."""
    recordings = {}
    for file, about, says, content in FILES:
        name = f"refused_{file.replace('.', '_')}"
        file = f"refused_{file}"
        numbers = Numbers("torch_files", name, "float32")
        torch.manual_seed(numbers.seed)
        start = head(numbers, f"To be refused: {about}.", "torch")
        document = {**start, "file": file, "refused": says}
        recordings[name] = document, {file: content(numbers, file)}
    return recordings
