"""What people store of a network: its state dict wrapped, renamed, or as views of buffers.

Every function takes the network and numbers for what stands beside its weights.
"""

from __future__ import annotations

import argparse
import datetime
import enum
import random
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import torch
from golden_file import Numbers
from torch import nn

Saving = Callable[[nn.Module, Numbers], Any]


class Phase(enum.Enum):
    """What people name states by."""

    TRAIN = "train"
    TEST = 2


class Slots:
    """An object without a dict."""

    __slots__ = ("one", "other")

    def __init__(self) -> None:
        self.one, self.other = 1.5, [2]


class Hyper(dict[str, Any]):
    """What Lightning keeps hyper-parameters in: a dict of a class of its own."""


@dataclass
class Config:
    """What people keep settings in."""

    rate: float = 0.003
    phase: Phase = Phase.TRAIN
    folder: PurePosixPath = field(default_factory=lambda: PurePosixPath("runs/7"))
    sizes: list[int] = field(default_factory=lambda: [3, 4])


Point = namedtuple("Point", ("x", "y"))


def adam(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """The state of an optimizer that has made a step."""
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    for parameter in net.parameters():
        parameter.grad = torch.from_numpy(numbers.weights(*parameter.shape))
    optimizer.step()
    return optimizer.state_dict()


def training(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """As PyTorch's tutorial saves a checkpoint."""
    optimizer = adam(net, numbers)
    return {
        "epoch": 7,
        "model_state_dict": net.state_dict(),
        "optimizer_state_dict": optimizer,
        "loss": 0.4375,
    }


def optimizer_first(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """Its optimizer stands in front of its weights."""
    return {"optimizer": adam(net, numbers), "model": net.state_dict(), "step": 70_000}


def lightning(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """As Lightning saves a module that keeps its network as self.model."""
    optimizer = adam(net, numbers)
    return {
        "epoch": 2,
        "global_step": 300,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": prefixed("model.", net),
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 3}}}},
        "callbacks": {
            "ModelCheckpoint{'monitor': 'val_loss'}": {
                "best_model_score": torch.tensor(0.25),
                "best_model_path": "",
            }
        },
        "optimizer_states": [optimizer],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": {"units": 4, "dropout": 0.1, "bidirectional": False, "name": None},
    }


def with_arguments(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """With the command line that it was trained by, and a scheduler."""
    given = argparse.Namespace(lr=1e-3, layers=[4, 5], name="gru", resume=None, seed=-1, big=2**40)
    return {
        "model": net.state_dict(),
        "args": given,
        "scheduler": {"step_size": 3, "gamma": 0.1, "_last_lr": [0.003], "verbose": False},
        "shape": torch.Size([2, 4]),
        "dtype": torch.float32,
        "tags": {"a", "b"} & {"a"},
        "epoch": 40,
    }


def below(key: str, **beside: Any) -> Saving:
    """The state dict below a key."""
    return lambda net, numbers: {key: net.state_dict(), **beside}


def by_module(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """A state dict for each of its modules."""
    states = {name: module.state_dict() for name, module in net.named_children()}
    return {"epoch": 3, **states}


def prefixed(prefix: str, net: nn.Module) -> OrderedDict[str, torch.Tensor]:
    """The state dict with something in front of all names."""
    return OrderedDict((prefix + key, value) for key, value in net.state_dict().items())


def parallel(net: nn.Module, numbers: Numbers) -> Any:
    """The state dict of nn.DataParallel: module. is in front of all names."""
    return nn.DataParallel(net).state_dict()


def compiled(net: nn.Module, numbers: Numbers) -> Any:
    """The state dict of torch.compile: _orig_mod. is in front of all names."""
    return torch.compile(net).state_dict()


def compiled_parallel(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """Both, one inside the other."""
    return {"state_dict": nn.DataParallel(torch.compile(net)).state_dict()}


def compiled_part(net: nn.Module, numbers: Numbers) -> Any:
    """One module of the network is compiled, so that _orig_mod. is in the middle of names."""
    first, *others = net.named_children()
    whole = nn.Module()
    whole.add_module(first[0], torch.compile(first[1]))
    for name, module in others:
        whole.add_module(name, module)
    return whole.state_dict()


def parameters(net: nn.Module, numbers: Numbers) -> dict[str, nn.Parameter]:
    """nn.Parameters, not their tensors."""
    return dict(net.named_parameters())


def with_gradients(net: nn.Module, numbers: Numbers) -> dict[str, torch.Tensor]:
    """Tensors that require gradients, in an ordinary dict."""
    return {key: value.detach().clone().requires_grad_() for key, value in net.state_dict().items()}


def transposed(net: nn.Module, numbers: Numbers) -> dict[str, torch.Tensor]:
    """Every matrix is a view of its transpose: its strides are (1, rows)."""
    return {
        key: value.T.contiguous().T if value.ndim == 2 else value
        for key, value in net.state_dict().items()
    }


def slices(net: nn.Module, numbers: Numbers) -> dict[str, torch.Tensor]:
    """All tensors are windows of one buffer, which begins with numbers that are none of theirs."""
    state = net.state_dict()
    flat = [torch.from_numpy(numbers.weights(7)), *(value.reshape(-1) for value in state.values())]
    buffer, end = torch.cat(flat), 7
    views = {}
    for key, value in state.items():
        views[key] = buffer[end : end + value.numel()].view(value.shape)
        end += value.numel()
    return views


def columns(net: nn.Module, numbers: Numbers) -> dict[str, torch.Tensor]:
    """Every matrix is every second column of a wider one, every vector the end of a longer one."""
    views = {}
    for key, value in net.state_dict().items():
        if value.ndim == 2:
            wide = torch.from_numpy(numbers.weights(value.shape[0], 2 * value.shape[1]))
            wide[:, 1::2] = value
            views[key] = wide[:, 1::2]
        else:
            long = torch.cat([torch.from_numpy(numbers.weights(3)), value])
            views[key] = long[3:]
    return views


def expanded(net: nn.Module, numbers: Numbers) -> dict[str, torch.Tensor]:
    """The input bias is one number, expanded with stride 0."""
    state = net.state_dict()
    one = torch.from_numpy(numbers.weights(1))
    net.get_parameter("bias_ih_l0").copy_(one.expand(len(state["bias_ih_l0"])))
    return {**state, "bias_ih_l0": one.expand(len(state["bias_ih_l0"]))}


def whole(net: nn.Module, numbers: Numbers) -> nn.Module:
    """The module itself."""
    return net


def whole_parallel(net: nn.Module, numbers: Numbers) -> nn.Module:
    """The module itself, in nn.DataParallel."""
    return nn.DataParallel(net)


def beside_objects(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """Its state dict beside what people keep: numbers of NumPy, a path, a date, an optimizer."""
    return {
        "model_state_dict": net.state_dict(),
        "best": np.float64(0.25),
        "losses": np.array([0.5, 0.25]),
        "count": np.int64(7),
        "path": PurePosixPath("runs/7"),
        "date": datetime.date(2024, 2, 29),
        "optimizer": torch.optim.Adam(net.parameters(), lr=0.003),
        "rates": defaultdict(list, {"train": [0.1]}),
        "seen": frozenset([3]),
    }


def whole_beside(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """The module itself in a checkpoint, and an optimizer that has its parameters, too."""
    return {"epoch": 3, "model": net, "optimizer": torch.optim.SGD(net.parameters(), lr=0.1)}


def trained(net: nn.Module) -> torch.optim.Optimizer:
    """An optimizer that has made a step: it keeps what it knows by the parameters themselves."""
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    for parameter in net.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    return optimizer


def beside_everything(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """Beside objects of all kinds, generators, and an optimizer that has made a step."""
    optimizer = trained(net)
    generator = random.Random(7)
    return {
        "epoch": 3,
        "config": Config(),
        "phase": Phase.TEST,
        "best": {Phase.TRAIN: 0.5, Phase.TEST: 0.25},
        "slots": Slots(),
        "point": Point(1, 2),
        "queue": deque([0.5, 0.25], maxlen=5),
        "counts": Counter("abca"),
        "when": datetime.datetime(2024, 2, 29, 1, 2, 3, tzinfo=datetime.UTC),
        "took": datetime.timedelta(hours=3),
        "loss": nn.CrossEntropyLoss(weight=torch.from_numpy(numbers.weights(2))),
        "optimizer": optimizer,
        "scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 3),
        "random": generator.getstate()[1][:5],
        "numpy_random": np.random.RandomState(7).get_state()[:1],
        "generator": np.random.PCG64(7),
        "call": partial(max, 1),
        "bytes": bytearray(b"abc"),
        "slice": slice(1, 2),
        "complex": 1 + 2j,
        "large": 2**70,
        "objects": np.array(["a", None], object),
        "words": np.array(["a", "bc"]),
        "mask": np.ma.array([1.0, 2.0], mask=[0, 1]),
        "state_dict": net.state_dict(),
    }


def lightning_objects(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """As Lightning saves it, with hyper-parameters and callbacks of its own classes."""
    whole = lightning(net, numbers)
    hyper = Hyper(units=4, config=Config(), loss=nn.MSELoss())
    return {**whole, "hyper_parameters": hyper, "hparams_type": Hyper,
            "callbacks": {Phase: {"wait_count": 0, "best": torch.tensor(0.5)}}}  # fmt: skip


def below_nested(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """A state dict for each of its modules, below model."""
    return {"model": by_module(net, numbers), "args": Config()}


def copies(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """What was trained, and its moving average, which has other numbers."""
    return {"model": net.model.state_dict(), "ema": net.ema.state_dict(), "epoch": 3}


def equal_copies(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """The module itself, and its state dict: what it says twice agrees."""
    return {"model": net, "state_dict": net.state_dict()}


def averaged(net: nn.Module, numbers: Numbers) -> Any:
    """The state dict of torch's average of a network's states, of which there was one."""
    return torch.optim.swa_utils.AveragedModel(net).state_dict()


def whole_averaged(net: nn.Module, numbers: Numbers) -> Any:
    """That average itself."""
    return torch.optim.swa_utils.AveragedModel(net)


def arrays(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """NumPy's arrays by name."""
    return {key: tensor.numpy() for key, tensor in net.state_dict().items()}


def listed(net: nn.Module, numbers: Numbers) -> list[Any]:
    """NumPy's arrays without names."""
    return [*arrays(net, numbers).values()]


def fortran(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """NumPy's arrays, column after column; one of them as a matrix, another big-endian."""
    found = {key: np.asfortranarray(array) for key, array in arrays(net, numbers).items()}
    first, second, *_ = found
    swapped = found[second].astype(found[second].dtype.newbyteorder(">"))
    return {**found, first: np.asmatrix(found[first]), second: swapped}


def arrays_beside(net: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """Arrays below weights, beside a scaler and arrays of objects and of words."""
    beside = {"names": np.array(["a", None, 0.5], object), "words": np.array(["a", "bc"]),
              "mean": np.arange(3.0), "scaler": Config(), "empty": np.zeros((0, 3))}  # fmt: skip
    return {**beside, "weights": arrays(net, numbers), "last": np.array(["b", []], object)}
