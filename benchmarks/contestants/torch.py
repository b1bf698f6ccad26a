"""PyTorch: nn.RNN, nn.GRU, nn.LSTM in inference mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from benchmarks.jobs import Job
from rnncalc.conventions import CONVENTIONS, tensors_of

VERSIONS = ("torch",)


def made(job: Job, x: Any) -> Callable[[], Any]:
    """(timesteps, batch, features) to a function that returns (timesteps, batch, units)."""
    torch.set_num_threads(job.threads)
    kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[job.cell]
    module = kind(job.units, job.units, dtype=getattr(torch, job.dtype))
    tensors = tensors_of(CONVENTIONS["torch"], job.weights(), job.cell)
    state = {f"{name}_l0": torch.from_numpy(array) for name, array in tensors.items()}
    module.load_state_dict(state)
    given = torch.from_numpy(x)

    def compute() -> Any:
        with torch.inference_mode():
            return module(given)[0].numpy()

    return compute
