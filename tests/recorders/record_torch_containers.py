"""Small files of ``torch.save`` and what ``torch.load`` gives of them.

    python tests/recorders/record.py torch_containers

writes ``containers/torch/*.pt``, ``shards/`` beside them and, with the tensors of each by their
names, ``tensors.json``: every time the same, but for the keys of the storages in the older format,
which are addresses, and the number that PyTorch gives a file of TorchScript.
"""

from __future__ import annotations

import argparse
import collections
import json
import sys
import warnings
from collections.abc import Mapping
from typing import Any
from unittest import mock

import golden_file
import torch
from safetensors.torch import save_file
from torch import nn
from torch_files_containers import saved_script

FOLDER = golden_file.FOLDER / "containers" / "torch"
SEED = 20
READ = ("zip", "legacy", "protocol5", "views", "views_legacy", "types", "types_legacy",
        "parameters", "training", "big_endian")  # fmt: skip
"""The files whose tensors are told; the others are refused, or some of their tensors are."""

OLDER = {"_use_new_zipfile_serialization": False}


class Network(nn.Module):
    """An LSTM and what becomes of its last state."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(2, 3)
        self.fc = nn.Linear(3, 2)


class Sharded(nn.Module):
    """A table of words, an LSTM and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(6, 3)
        self.lstm = nn.LSTM(3, 4, 2, batch_first=True)
        self.fc = nn.Linear(4, 2)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """The head at every step."""
        return self.fc(self.lstm(self.table(ids))[0])


def views() -> dict[str, torch.Tensor]:
    """Tensors that are parts of others, and one number repeated."""
    whole = torch.randn(4, 6)
    return {
        "whole": whole,
        "transposed": whole.T,
        "slice": whole[1:3, 2:5],
        "every_second": whole[::2, 1::2],
        "expanded": torch.randn(3, 1).expand(3, 5),
        "scalar": torch.tensor(2.5),
        "nothing": torch.empty(0, 3),
        "overlapping": whole.flatten().as_strided((4, 3), (2, 1), 5),
    }


def types() -> dict[str, torch.Tensor]:
    """Every type of numbers that is read."""
    made = {
        str(dtype)[6:]: (torch.randn(2, 3) * 3).to(dtype)
        for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16)
    }
    for dtype in (torch.int8, torch.int16, torch.int32, torch.int64):
        made[str(dtype)[6:]] = torch.randint(-100, 100, (3, 2)).to(dtype)
    for dtype in (torch.uint8, torch.uint16, torch.uint32, torch.uint64):
        made[str(dtype)[6:]] = torch.randint(0, 200, (4,)).to(dtype)
    return made | {"bool": torch.tensor([[True, False], [False, True]])}


def unread() -> dict[str, torch.Tensor]:
    """Types of numbers that are refused when they are read."""
    return {
        "complex": torch.randn(2, dtype=torch.complex64),
        "float8": torch.randn(2).to(torch.float8_e4m3fn),
        "quantized": torch.quantize_per_tensor(torch.randn(3), 0.1, 1, torch.qint8),
        "negative": torch.randn(2, dtype=torch.complex64).conj().imag,
        "plain": torch.randn(2),
    }


def training() -> dict[str, Any]:
    """What people keep beside the weights."""
    network = Network()
    optimizer = torch.optim.Adam(network.parameters())
    network.lstm(torch.randn(3, 2))[0].sum().backward()
    optimizer.step()
    return {
        "epoch": 7,
        "loss": 0.25,
        "model_state_dict": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "args": argparse.Namespace(units=3, cell="lstm", lr=1e-3),
        "seen": {5},
        "milestones": collections.Counter([3, 3, 9]),
        "shape": torch.Size([2, 3]),
        "dtype": torch.float32,
        "device": torch.device("cuda:1"),
        "best": None,
        "large": 2**70,
        "flags": (True, False, -5, 300, 70_000),
    }


def parameters() -> dict[str, Any]:
    """Parameters themselves, one with an attribute, and two names of one."""
    tagged = nn.Parameter(torch.randn(2, 2))
    tagged.tag = "mine"
    plain = nn.Parameter(torch.randn(3))
    return {"tagged": tagged, "plain": plain, "tied": plain}


def quantized() -> Mapping[str, Any]:
    """The state dict of a network whose layers keep their weights packed."""
    layers = {nn.LSTM, nn.Linear}
    return torch.ao.quantization.quantize_dynamic(Network(), layers).state_dict()


def save(name: str, value: Any, **options: Any) -> None:
    """Write a file."""
    torch.save(value, FOLDER / f"{name}.pt", **options)


def save_big_endian(name: str, value: Mapping[str, torch.Tensor]) -> None:
    """What a machine writes whose highest byte comes first: torch.load must find the numbers."""
    for tensor in value.values():
        tensor.untyped_storage().byteswap(tensor.dtype)
    with mock.patch.object(sys, "byteorder", "big"):
        save(name, value)


def tensors(value: Any, way: str = "") -> dict[str, Any]:
    """Tensors by their names: type, shape, numbers to 9 digits, one after another."""
    if isinstance(value, torch.Tensor):
        numbers = [float(f"{number:.9g}") for number in value.detach().double().flatten()]
        return {way[1:]: [str(value.dtype)[6:], list(value.shape), numbers]}
    parts = value.items() if isinstance(value, dict) else ()
    parts = enumerate(value) if isinstance(value, (list, tuple)) else parts
    return {key: one for name, part in parts for key, one in tensors(part, f"{way}.{name}").items()}


def shards() -> None:
    """A network in two files of each kind, with their indexes, and what it computes."""
    folder = FOLDER / "shards"
    folder.mkdir(exist_ok=True)
    network = Sharded().eval()
    state = network.state_dict()
    first = [key for key in state if key.startswith(("table", "lstm.weight"))]
    parts = [{key: value for key, value in state.items() if (key in first) is one}
             for one in (True, False)]  # fmt: skip
    for stem, suffix in (("model", "safetensors"), ("pytorch_model", "bin")):
        names = {}
        for number, part in enumerate(parts, 1):
            name = f"{stem}-{number:05}-of-00002.{suffix}"
            names |= dict.fromkeys(part, name)
            path = folder / suffix / name
            path.parent.mkdir(exist_ok=True)
            save_file(part, path) if suffix == "safetensors" else torch.save(part, path)
        index = {"metadata": {"total_size": 4 * sum(map(torch.numel, state.values()))}}
        text = json.dumps(index | {"weight_map": dict(sorted(names.items()))}, indent=2)
        (folder / suffix / f"{stem}.{suffix}.index.json").write_text(text + "\n")
    ids = torch.tensor([[3, 1, 4, 1, 5]])
    numbers = {"x": ids.tolist(), "y": network(ids).tolist()}
    document = {"torch": torch.__version__, "seed": SEED} | numbers
    (folder / "expected.json").write_text(json.dumps(document) + "\n")


def record() -> int:
    """Write all of them, and say what PyTorch finds in those that are read."""
    warnings.simplefilter("ignore")
    torch.manual_seed(SEED)
    FOLDER.mkdir(parents=True, exist_ok=True)
    network = Network()
    save("zip", network.state_dict())
    save("legacy", network.state_dict(), **OLDER)
    save("protocol5", network.state_dict(), pickle_protocol=5)
    save("views", views())
    save("views_legacy", views(), **OLDER)
    save("types", types())
    save("types_legacy", {k: v for k, v in types().items() if k[:4] != "uint"}, **OLDER)
    save("parameters", parameters())
    save("training", training())
    big = {"w": torch.randn(2, 3), "half": torch.randn(3).half(), "n": torch.arange(3)}
    save_big_endian("big_endian", big)
    read = {name: tensors(torch.load(FOLDER / f"{name}.pt", weights_only=False)) for name in READ}
    save("unread", unread())
    save("module", nn.GRU(1, 1))
    save("quantized", quantized())
    script = torch.jit.script(nn.Linear(2, 1))
    (FOLDER / "script.pt").write_bytes(saved_script(script))
    document = {"torch": torch.__version__, "seed": SEED, "files": read}
    shards()
    text = json.dumps(document, separators=(",", ":")).replace("]],", "]],\n")
    (FOLDER / "tensors.json").write_text(text + "\n")
    return len(read)
