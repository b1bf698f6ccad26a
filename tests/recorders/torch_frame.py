"""What is done with modules of PyTorch, whatever is recorded of them: they get numbers of ours, run
sequences of several lengths, and go through the exporters to ONNX.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from typing import Any

import torch
from golden_file import Numbers
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.set_num_threads(1)
torch.set_grad_enabled(False)


def filled(module: nn.Module, numbers: Numbers) -> nn.Module:
    """The module with weights and biases of ours."""
    for parameter in module.parameters():
        parameter.data.copy_(torch.from_numpy(numbers.weights(*parameter.shape)))
    return module


def ran(
    module: nn.Module, x: Any, first: Any = None, lengths: Any = (), enforce_sorted: bool = False
) -> tuple[torch.Tensor, Any]:
    """The output sequence and the final states; of sequences with lengths, padded again."""
    if not len(lengths):
        return module(x, first)
    batch_first, steps = module.batch_first, int(x.shape[1 if module.batch_first else 0])
    packed = pack_padded_sequence(x, lengths, batch_first, enforce_sorted)
    h, states = module(packed, first)
    return pad_packed_sequence(h, batch_first, total_length=steps)[0], states


def final_steps(h: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    """The output at the last timestep of each sequence, as long as it is."""
    ends = [length - 1 for length in lengths] or [-1] * len(h)
    return torch.stack([sequence[end] for sequence, end in zip(h, ends, strict=True)])


def looped(
    module: nn.Module, x: torch.Tensor, states: list[torch.Tensor]
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The same of a cell, which PyTorch runs one step at a time."""
    sequence = []
    for x_t in x.unbind(1):
        state: Any = module(x_t, tuple(states) if len(states) == 2 else states[0])
        states = list(state) if len(states) == 2 else [state]
        sequence.append(states[0])
    return torch.stack(sequence, 1), states


def exported(net: nn.Module, inputs: tuple[torch.Tensor, ...], **options: Any) -> Any:
    """The onnx.ModelProto that an exporter writes, without what tells where it ran."""
    import onnx

    buffer = io.BytesIO()
    logging.disable()
    torch.onnx.export(net, inputs, buffer, verbose=False, **options)
    logging.disable(logging.NOTSET)
    return bare(onnx.load_from_string(buffer.getvalue()))


def bare(model: Any) -> Any:
    """A file that tells nothing of the program that wrote it, nor of the values on its way."""
    del model.metadata_props[:], model.graph.metadata_props[:], model.graph.value_info[:]
    model.doc_string = model.graph.doc_string = ""
    for value in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
        value.doc_string = ""
    bodies = [model.graph]
    for graph in bodies:
        for node in graph.node:
            del node.metadata_props[:]
            node.doc_string = ""
            bodies += [one.g for one in node.attribute if one.HasField("g")]
    return model
