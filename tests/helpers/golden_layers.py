"""Golden files of layers without a state: each as one of ours, what it computes, and its mask.

Keras' names, orientations and words end here: in the tests of readers they end in ``conventions/``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from conftest import existing
from golden_networks import GOLDEN, TOLERANCE

from rnncalc.model.attention import Attention, MultiHeadAttention
from rnncalc.model.convolution import Conv1d
from rnncalc.model.embedding import Embedding
from rnncalc.model.joins import Dot, Join
from rnncalc.model.masking import Masking
from rnncalc.model.reshaping import Permute, Repeat, Reshape, Upsampling
from rnncalc.model.stateless import (
    Flatten,
    Function,
    Normalization,
    Output,
    Pooling,
    Prelu,
    Rescaling,
    Stateless,
)

NAMES = [path.stem for path in existing("layers/*.json", GOLDEN)]

Document = dict[str, Any]
Maker = Callable[[Document, dict[str, Any], dict[str, np.ndarray]], Stateless]


def conv(document: Document, of: dict[str, Any], weights: dict[str, np.ndarray]) -> Conv1d:
    return Conv1d(
        weights["kernel"].transpose(2, 1, 0),
        weights.get("bias", 0.0),
        of.get("activation", "linear"),
        of.get("padding", "valid"),
        of.get("strides", 1),
        of.get("dilation_rate", 1),
        of.get("groups", 1),
    )


def torch_conv(document: Document, of: dict[str, Any], weights: dict[str, np.ndarray]) -> Conv1d:
    pads = of.get("padding", 0)
    return Conv1d(
        weights["weight"],
        weights["bias"],
        padding=pads if pads == "same" else (pads, pads),
        strides=of.get("stride", 1),
        dilation=of.get("dilation", 1),
        groups=of.get("groups", 1),
    )


def pooling(document: Document, of: dict[str, Any], weights: Any) -> Pooling:
    kind = "max" if "Max" in document["layer"] else "average"
    if document["layer"].startswith("Global"):
        return Pooling(kind)
    size = of["pool_size"]
    return Pooling(kind, size=size, strides=of.get("strides"), padding=of.get("padding", "valid"))


def attention(document: Document, of: dict[str, Any], weights: dict[str, Any]) -> Attention:
    causal = of.get("use_causal_mask", False)
    if document["layer"] == "AdditiveAttention":
        return Attention("additive", v=weights.get("scale"), causal=causal)
    scale = weights.get("scale")
    if of.get("score_mode") == "concat":
        return Attention("additive", scale, v=weights["concat_score_weight"], causal=causal)
    return Attention("dot", scale, causal=causal)


def heads(document: Document, of: dict[str, Any], weights: dict[str, Any]) -> MultiHeadAttention:
    turned = {
        f"W_{name[0]}": weights[f"{name}/kernel"].transpose(1, 2, 0)
        for name in ("query", "key", "value")
    }
    biases = {f"b_{name[0]}": weights.get(f"{name}/bias") for name in ("query", "key", "value")}
    return MultiHeadAttention(
        **turned,
        W_o=weights["attention_output/kernel"].transpose(0, 2, 1),
        **biases,
        b_o=weights.get("attention_output/bias"),
        causal=of.get("use_causal_mask", False),
    )


def torch_heads(
    document: Document, of: dict[str, Any], weights: dict[str, Any]
) -> MultiHeadAttention:
    """Heads stand one behind the other."""
    q, k, v, o = (
        weights[name]
        for name in ("q_proj_weight", "k_proj_weight", "v_proj_weight", "out_proj.weight")
    )
    biases = weights["in_proj_bias"].reshape(3, 2, 3)
    return MultiHeadAttention(
        **{f"W_{n}": w.reshape(2, 3, -1) for n, w in (("q", q), ("k", k), ("v", v))},
        W_o=o.reshape(6, 2, 3).transpose(1, 0, 2),
        **dict(zip(("b_q", "b_k", "b_v"), biases, strict=True)),
        b_o=weights["out_proj.bias"],
        causal=of["use_causal_mask"],
    )


def normalization(document: Document, of: dict[str, Any], weights: dict[str, Any]) -> Normalization:
    kind = "batch" if "moving_mean" in weights else "layer"
    stored = {"mean": weights.get("moving_mean"), "variance": weights.get("moving_variance")}
    return Normalization(kind, of["epsilon"], weights["gamma"], weights["beta"], **stored)


JOINED = {
    "Add": "add",
    "Average": "average",
    "Concatenate": "concat",
    "Maximum": "maximum",
    "Multiply": "multiply",
    "Subtract": "subtract",
}
MAKERS: dict[str, Maker] = {
    "Conv1D": conv,
    "torch": torch_conv,
    **{f"{kind}Pooling1D": pooling for kind in ("Average", "Max", "GlobalAverage", "GlobalMax")},
    "UpSampling1D": lambda document, of, weights: Upsampling(of["size"]),
    "RepeatVector": lambda document, of, weights: Repeat(of["n"]),
    "Reshape": lambda document, of, weights: Reshape(of["target_shape"]),
    "Permute": lambda document, of, weights: Permute(of["dims"]),
    "Flatten": lambda document, of, weights: Flatten(),
    **{
        kind: lambda document, of, weights: Join(JOINED[document["layer"]], of.get("axis", -1))
        for kind in JOINED
    },
    "Dot": lambda document, of, weights: Dot(of["axes"], of.get("normalize", False)),
    "Rescaling": lambda document, of, weights: Rescaling(of["scale"], of["offset"]),
    "Dense": lambda document, of, weights: Output(
        weights["kernel"].T, weights["bias"], of["activation"]
    ),
    "LayerNormalization": normalization,
    "BatchNormalization": normalization,
    "Activation": lambda document, of, weights: Function(of["activation"]),
    "PReLU": lambda document, of, weights: Prelu(weights["alpha"]),
    "Embedding": lambda document, of, weights: Embedding(
        weights["embeddings"], of.get("mask_zero", False)
    ),
    "Masking": lambda document, of, weights: Masking(of["mask_value"]),
    "Attention": attention,
    "AdditiveAttention": attention,
    "MultiHeadAttention": heads,
    "torch_heads": torch_heads,
    "luong": lambda document, of, weights: Attention("general", **weights),
    "bahdanau": lambda document, of, weights: Attention("additive", **weights),
}


def recorded(name: str) -> Document:
    """A golden of a layer."""
    path = GOLDEN / "layers" / f"{name}.json"
    document: Document = json.loads(path.read_text(encoding="utf-8"))
    return document


def layer_of(document: Document) -> Stateless:
    """The layer of a golden as one of ours."""
    weights = {n: np.array(array, document["dtype"]) for n, array in document["weights"].items()}
    return MAKERS[document["layer"]](document, document["options"], weights)


def inputs_of(document: Document) -> tuple[list[np.ndarray], list[np.ndarray | None]]:
    """What it reads, and what of that is real, as a run hands it to a layer."""
    dtype = document["dtype"]
    reads = [columns(np.array(read, dtype).astype(np.float64)) for read in document["read"]]
    if document["layer"] == "Embedding":
        reads = [read[:, None] for read in reads]
    masks = [None if mask is None else np.array(mask, bool).T for mask in document["real"]]
    return reads, masks


def operands_of(one: Stateless, dtype: str) -> dict[str, np.ndarray]:
    """Its arrays as a run hands them to it: rounded to the type, vectors as columns."""
    given = {n: a.astype(dtype).astype(np.float64) for n, a in one.operands.items()}
    return {n: a[:, None] if a.ndim == 1 else a for n, a in given.items()}


def computed(document: Document) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """What we compute, and which timesteps of it are real, as Keras has them."""
    one, (reads, masks) = layer_of(document), inputs_of(document)
    operands = operands_of(one, document["dtype"])
    found = one.compute(reads, operands, [m if one.leaves_out(held=True) else None for m in masks])
    mask = one.mask(masks, reads, operands)
    *_, given = found.values()
    series = {name: np.moveaxis(array, -1, 0) for name, array in found.items()}
    return series | {"y": np.moveaxis(given, -1, 0)}, None if mask is None else mask.T


def columns(array: np.ndarray) -> np.ndarray:
    """(batch, ...) as (..., batch)."""
    return np.moveaxis(array, 0, -1)


def differs(document: Document, tolerance: float | None = None) -> list[str]:
    """The names of what is not as recorded: y, weights, the mask."""
    tolerance = tolerance or TOLERANCE[document["dtype"]]
    found, mask = computed(document)
    heads = [array for name, array in found.items() if name.startswith("weights.")]
    if heads:  # (batch, heads, queries, keys)
        found["weights"] = np.stack(heads, axis=1)
    wrong = [
        name
        for name, expected in document["expected"].items()
        if not close(found[name], np.array(expected), tolerance)
    ]
    theirs = document["mask"]
    if (mask is None) != (theirs is None) or not np.array_equal(mask, theirs):
        wrong.append("mask")
    return wrong


def close(ours: np.ndarray, theirs: np.ndarray, tolerance: float) -> bool:
    """Whether shapes and numbers agree."""
    return ours.shape == theirs.shape and np.allclose(ours, theirs, rtol=tolerance, atol=tolerance)
