"""What a pickled module says of its weights, by its class and attributes: both must agree.

Names and shapes of tensors tell what a module may be; its class tells which of these it is, and
``hidden_size`` and the like say once more what the shapes say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnncalc.errors import printable
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_torch.embedding import as_kind

TORCH = "torch.nn.modules."
SAME = {"SyncBatchNorm": "BatchNorm1d", "NonDynamicallyQuantizableLinear": "Linear"}
"""Classes that compute what another one does, once they are trained."""

MATRICES = {"Linear", "Embedding"}
"""Those that a matrix alone may be of."""

COMPUTED = (
    *(f"{cell}{step}" for cell in ("RNN", "GRU", "LSTM") for step in ("", "Cell")),
    *("Linear", "Embedding", "LayerNorm", "BatchNorm1d", "PReLU"),
)
"""Classes whose tensors are read; others may have the same."""

ANY = "Module", "RNNBase"
"""Classes that may be any of them."""


def agree(parts: Sequence[Part], module: Mapping[str, Any], kind: str) -> None:
    """Hold the layers of one module to what it says; what contradicts cannot be computed.

    Args:
        parts: made of the names and shapes of its tensors.
        module: its attributes.
        kind: module and name of its class.
    """
    if not kind.startswith(TORCH) or any(part.kind == "other" for part in parts):
        return
    name = kind.rpartition(" ")[2]
    name = SAME.get(name, name)
    if problem := _of_class(parts[0], name) or _of_sizes(parts, module):
        for part in parts:
            part.kind, part.problem = "other", problem


def _of_class(part: Part, name: str) -> str:
    """Why the weights are none of this class; nothing where they are."""
    is_now = part.says.partition(",")[0].removeprefix("nn.")
    if {name, is_now} == MATRICES:
        as_kind(part, name)
        is_now = part.says.removeprefix("nn.")
    if name in COMPUTED and name != is_now:
        return f"is an nn.{name} by its class, and an {part.says} by its weights"
    if name not in (is_now, *ANY):
        return f"is an nn.{printable(name)}: not a layer that can be computed"
    return ""


def _of_sizes(parts: Sequence[Part], module: Mapping[str, Any]) -> str:
    """What a module says of its sizes, where the weights say otherwise; nothing elsewhere."""
    for key, there in _twice(parts).items():
        if key in module and not _same(module[key], there):
            shown = printable(str(module[key]), 40)
            return f"says {key} {shown}, and its weights say {there}"
    if parts[0].kind == "embedding" and module.get("max_norm") is not None:
        return "has a max_norm, by which nn.Embedding changes its rows: not computed"
    return ""


def _same(said: Any, there: Any) -> bool:
    """Whether what is said is what is there; True is not 1."""
    return type(said) is type(there) and said == there


def _twice(parts: Sequence[Part]) -> dict[str, Any]:
    """What the weights say, by the attributes that say it, too."""
    block, says = parts[0].block, parts[0].says
    if parts[0].kind == "recurrent":
        return _of_recurrent(parts)
    if says == "nn.Linear":
        rows, columns = block["weight"].shape
        return {"in_features": columns, "out_features": rows}
    if says == "nn.Embedding":
        rows, columns = block["weights"].shape
        return {"num_embeddings": rows, "embedding_dim": columns}
    return {"num_features": block["mean"].size} if "mean" in block else {}


def _of_recurrent(parts: Sequence[Part]) -> dict[str, Any]:
    block = parts[0].block
    both = "forward" in block
    weights = block["forward"] if both else block
    result = {"bias": "bias_ih" in weights, "bidirectional": both, "num_layers": len(parts)}
    result |= {"input_size": _wide(weights["weight_ih"])}
    projected = weights.get("weight_hr")
    result |= {"proj_size": projected.shape[0] if projected is not None else 0}
    units = _wide(weights["weight_hh"] if projected is None else projected)
    return result | {"hidden_size": units}


def _wide(tensor: Any) -> int:
    wide: int = tensor.shape[1] if tensor.ndim > 1 else 1
    return wide


NONLINEAR = {"RNN_TANH": "tanh", "RNN_RELU": "relu", "tanh": "tanh", "relu": "relu"}
MODES = {"RNN_TANH": "rnn", "RNN_RELU": "rnn", "GRU": "gru", "LSTM": "lstm"}


def nonlinearity(module: Mapping[str, Any], part: Part) -> str:
    """The activation of an nn.RNN; ``mode`` and ``nonlinearity`` must agree, as must the cell."""
    words = [str(module[key]) for key in ("mode", "nonlinearity") if key in module]
    said = {NONLINEAR[word] for word in words if word in NONLINEAR}
    cells = {MODES[word] for word in words if word in MODES}
    if len(said) > 1 or not cells <= {part.block["cell"]}:
        shown = " and ".join(printable(word, 40) for word in words)
        part.kind, part.problem = "other", f"says {shown}, and is an {part.says}"
    return next(iter(said), "")
