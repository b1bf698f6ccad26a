"""Layers without a state, each alone, as Keras 3 runs them, with masks; PyTorch's convolutions too.

    python tests/recorders/record.py layers

writes ``layers/*.json``. What stands in a golden is Keras' own: the class, its options, its
weights by their names and in their orientation, what each input holds and which of its timesteps
are real, what comes out, and which timesteps of that Keras says are real.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from golden_file import Array, Document, Numbers, head

os.environ["KERAS_BACKEND"] = "tensorflow"

BATCH = 2
HOLES = (
    ((1, 1, 0, 1, 0, 1, 1), (0, 1, 1, 1, 1, 0, 0)),
    ((1, 0, 1, 1, 0, 0, 1), (1, 1, 1, 0, 0, 1, 0)),
    ((0, 1, 1, 1, 1, 0, 1), (1, 0, 1, 1, 0, 1, 1)),
)
"""Which timesteps are real, of the first input, of the second and of the third."""


class Case(NamedTuple):
    """A layer, and what it reads.

    Attributes:
        reads: the shape of each input, without the batch.
        masked: which of them have a mask.
        call: how it is called besides.
    """

    kind: str
    options: dict[str, Any]
    reads: tuple[tuple[int, ...], ...]
    masked: tuple[int, ...] = ()
    call: dict[str, Any] = {}  # noqa: RUF012  # read only


def conv(steps: int = 7, masked: tuple[int, ...] = (), **options: Any) -> Case:
    given = {"filters": 4, "kernel_size": 3, **options}
    return Case("Conv1D", given, ((steps, 6 if "groups" in options else 3),), masked)


def pooled(kind: str, steps: int = 7, masked: tuple[int, ...] = (), **options: Any) -> Case:
    return Case(f"{kind}Pooling1D", options, ((steps, 3),), masked)


def joined(kind: str, *reads: tuple[int, ...], masked: tuple[int, ...] = (), **more: Any) -> Case:
    return Case(kind, more, reads or ((5, 3),) * (2 if kind == "Subtract" else 3), masked)


QVK = ((5, 3), (7, 3), (7, 3))
MHA = {"num_heads": 2, "key_dim": 4, "value_dim": 3}
CAUSAL = {"use_causal_mask": True}

CASES: dict[str, Case] = {
    "conv_valid": conv(activation="tanh"),
    "conv_same": conv(padding="same", activation="softmax"),
    "conv_same_even": conv(padding="same", kernel_size=4),
    "conv_same_strides": conv(padding="same", strides=2),
    "conv_same_strides_even": conv(8, padding="same", strides=3, kernel_size=4),
    "conv_same_strides_odd": conv(8, padding="same", strides=2),
    "conv_same_long_strides": conv(padding="same", strides=4, kernel_size=2),
    "conv_same_dilation": conv(padding="same", dilation_rate=2),
    "conv_causal": conv(padding="causal", activation="relu"),
    "conv_causal_dilation": conv(padding="causal", dilation_rate=3, kernel_size=2),
    "conv_causal_strides": conv(padding="causal", strides=2, kernel_size=4),
    "conv_strides": conv(strides=2, kernel_size=2),
    "conv_groups": conv(groups=2, padding="same", activation="tanh"),
    "conv_one": conv(kernel_size=1, use_bias=False),
    "conv_mask": conv(padding="same", masked=(0,)),
    "average": pooled("Average", pool_size=2),
    "average_strides": pooled("Average", pool_size=3, strides=2),
    "average_same": pooled("Average", pool_size=3, strides=2, padding="same"),
    "average_same_odd": pooled("Average", 8, pool_size=3, strides=2, padding="same"),
    "average_mask": pooled("Average", pool_size=2, padding="same", masked=(0,)),
    "max": pooled("Max", pool_size=3),
    "max_same": pooled("Max", pool_size=4, strides=1, padding="same"),
    "global_average": pooled("GlobalAverage"),
    "global_average_mask": pooled("GlobalAverage", masked=(0,)),
    "global_max": pooled("GlobalMax"),
    "global_max_mask": pooled("GlobalMax", masked=(0,)),
    "upsampling": Case("UpSampling1D", {"size": 3}, ((5, 3),)),
    "upsampling_mask": Case("UpSampling1D", {"size": 2}, ((7, 3),), (0,)),
    "repeat": Case("RepeatVector", {"n": 4}, ((3,),)),
    "reshape": Case("Reshape", {"target_shape": [3, -1]}, ((6, 4),)),
    "reshape_left": Case("Reshape", {"target_shape": [-1, 2]}, ((7, 4),), (0,)),
    "reshape_row": Case("Reshape", {"target_shape": [-1]}, ((5, 3),)),
    "reshape_of_row": Case("Reshape", {"target_shape": [4, 3]}, ((12,),)),
    "permute": Case("Permute", {"dims": [2, 1]}, ((7, 3),), (0,)),
    "flatten": Case("Flatten", {}, ((7, 3),), (0,)),
    "add": joined("Add"),
    "add_mask": joined("Add", (7, 3), (7, 3), masked=(0, 1)),
    "add_one_mask": joined("Add", (7, 3), (7, 3), masked=(0,)),
    "add_row": joined("Add", (7, 3), (3,), masked=(0,)),
    "add_rows": joined("Add", (4,), (4,)),
    "add_one_number": joined("Add", (7, 3), (7, 1), masked=(0, 1)),
    "add_one_timestep": joined("Add", (1, 3), (5, 3)),
    "average_of_three": joined("Average"),
    "average_of_three_mask": joined("Average", *((7, 3),) * 3, masked=(0, 1, 2)),
    "subtract": joined("Subtract"),
    "subtract_mask": joined("Subtract", (7, 3), (7, 3), masked=(0, 1)),
    "multiply": joined("Multiply"),
    "multiply_mask": joined("Multiply", *((7, 3),) * 3, masked=(0, 1, 2)),
    "multiply_two_masks": joined("Multiply", *((7, 3),) * 3, masked=(0, 2)),
    "multiply_row": joined("Multiply", (7, 3), (3,), masked=(0,)),
    "maximum": joined("Maximum"),
    "maximum_mask": joined("Maximum", *((7, 3),) * 3, masked=(0, 1, 2)),
    "maximum_two_masks": joined("Maximum", *((7, 3),) * 3, masked=(0, 2)),
    "maximum_other_mask": joined("Maximum", *((7, 3),) * 3, masked=(1,)),
    "concat": joined("Concatenate", (5, 3), (5, 2), (5, 4)),
    "concat_mask": joined("Concatenate", (7, 3), (7, 2), masked=(0, 1)),
    "concat_one_mask": joined("Concatenate", (7, 3), (7, 2), masked=(0,)),
    "concat_rows": joined("Concatenate", (3,), (4,)),
    "concat_time": joined("Concatenate", (5, 3), (2, 3), axis=1),
    "concat_time_mask": joined("Concatenate", (7, 3), (7, 3), masked=(0, 1), axis=1),
    "concat_time_one_mask": joined("Concatenate", (7, 3), (7, 3), masked=(1,), axis=1),
    "dot_features": joined("Dot", (5, 3), (7, 3), axes=2),
    "dot_timesteps": joined("Dot", (7, 3), (7, 2), axes=1, masked=(0, 1)),
    "dot_across": joined("Dot", (5, 7), (7, 4), axes=(2, 1)),
    "dot_backwards": joined("Dot", (4, 5), (3, 4), axes=(-2, -1)),
    "dot_rows": joined("Dot", (4,), (4,), axes=1),
    "dot_row_first": joined("Dot", (4,), (5, 4), axes=(1, 2)),
    "dot_row_second": joined("Dot", (5, 4), (5,), axes=(1, 1)),
    "dot_cosine": joined("Dot", (5, 3), (7, 3), axes=2, normalize=True),
    "dot_cosine_rows": joined("Dot", (4,), (4,), axes=-1, normalize=True),
    "rescaling": Case("Rescaling", {"scale": 0.75, "offset": -0.375}, ((7, 3),), (0,)),
    "rescaling_each": Case(
        "Rescaling", {"scale": [0.75, 1.5, -2.0], "offset": [0.25, 0.5, -0.75]}, ((3,),)
    ),
    "dense_mask": Case("Dense", {"units": 4, "activation": "tanh"}, ((7, 3),), (0,)),
    "layer_norm_mask": Case("LayerNormalization", {"epsilon": 0.125}, ((7, 3),), (0,)),
    "batch_norm_mask": Case("BatchNormalization", {"epsilon": 0.125}, ((7, 3),), (0,)),
    "softmax_mask": Case("Activation", {"activation": "softmax"}, ((7, 3),), (0,)),
    "prelu_mask": Case("PReLU", {"shared_axes": [1]}, ((7, 3),), (0,)),
    "dense_row": Case("Dense", {"units": 4, "activation": "softmax"}, ((3,),)),
    "layer_norm_row": Case("LayerNormalization", {"epsilon": 0.125}, ((3,),)),
    "embedding": Case("Embedding", {"input_dim": 6, "output_dim": 3}, ((7,),)),
    "embedding_mask": Case(
        "Embedding", {"input_dim": 6, "output_dim": 3, "mask_zero": True}, ((7,),)
    ),
    "masking": Case("Masking", {"mask_value": 0.5}, ((7, 3),)),
    "masking_rounded": Case("Masking", {"mask_value": 0.1}, ((7, 3),), (0,)),
    "attention": Case("Attention", {}, QVK[:2]),
    "attention_scale": Case("Attention", {"use_scale": True}, ((5, 3), (7, 3), (7, 3))),
    "attention_narrow": Case("Attention", {"use_scale": True}, ((5, 3), (7, 2), (7, 3))),
    "attention_causal": Case("Attention", {}, ((7, 3), (7, 3)), (), CAUSAL),
    "attention_mask": Case("Attention", {}, ((7, 3), (7, 3)), (0, 1)),
    "attention_value_mask": Case("Attention", {"use_scale": True}, QVK, (1,)),
    "attention_key_mask": Case("Attention", {}, QVK, (2,)),
    "attention_query_mask": Case("Attention", {}, ((7, 3), (5, 3)), (0,)),
    "attention_causal_mask": Case("Attention", {}, ((7, 3), (7, 3)), (0, 1), CAUSAL),
    "attention_sum": Case("Attention", {"score_mode": "concat", "use_scale": True}, QVK[:2]),
    "additive": Case("AdditiveAttention", {}, QVK),
    "additive_unscaled": Case("AdditiveAttention", {"use_scale": False}, QVK[:2]),
    "additive_mask": Case("AdditiveAttention", {}, ((7, 3), (7, 3)), (0, 1)),
    "additive_causal": Case("AdditiveAttention", {}, ((7, 3), (7, 3)), (1,), CAUSAL),
    "heads": Case("MultiHeadAttention", MHA, ((5, 5), (7, 6), (7, 3))),
    "heads_of_three": Case("MultiHeadAttention", {"num_heads": 3, "key_dim": 3}, ((5, 5), (7, 6))),
    "heads_no_bias": Case("MultiHeadAttention", {**MHA, "use_bias": False}, ((5, 5), (7, 6))),
    "heads_output": Case("MultiHeadAttention", {**MHA, "output_shape": 6}, ((5, 5), (7, 6))),
    "heads_causal": Case("MultiHeadAttention", MHA, ((7, 5), (7, 6)), (), CAUSAL),
    "heads_mask": Case("MultiHeadAttention", MHA, ((7, 5), (7, 6)), (0, 1)),
    "heads_value_mask": Case("MultiHeadAttention", MHA, ((5, 5), (7, 6), (7, 3)), (1,)),
    "heads_key_mask": Case("MultiHeadAttention", MHA, ((5, 5), (7, 6), (7, 3)), (1, 2)),
    "heads_causal_mask": Case("MultiHeadAttention", MHA, ((7, 5), (7, 6)), (0, 1), CAUSAL),
}

BOTH = ("conv_same", "conv_groups", "average_same", "average_of_three", "dot_cosine",
        "attention_mask", "additive", "heads_mask", "rescaling")  # fmt: skip
"""What is recorded in float32, too."""

SINGLE = ("heads_of_three", "masking_rounded")
"""What is recorded in float32 alone: in float64, Keras rounds 0.1 and 1 / sqrt(3) to float32."""

TORCH: dict[str, dict[str, Any]] = {
    "torch_groups": {"groups": 3, "padding": 2},
    "torch_depthwise": {"groups": 6, "dilation": 2},
    "torch_strides_dilation": {"stride": 2, "dilation": 2, "padding": 3},
    "torch_groups_strides_dilation": {"stride": 3, "dilation": 2, "padding": 1, "groups": 2},
    "torch_same": {"padding": "same", "dilation": 3},
}
"""Convolutions of 6 features to 6 outputs; Keras has not all of these together."""


def inputs(case: Case, numbers: Numbers) -> list[Array]:
    """What it reads: numbers, ids, or numbers with what a Masking masks."""
    if case.kind == "Embedding":
        return [numbers.ids(7, BATCH, *case.reads[0]) - 1]
    reads = [numbers.values(BATCH, *shape) for shape in case.reads]
    if case.kind == "Masking":
        value = case.options["mask_value"]
        reads[0][~np.array(HOLES[1], bool)] = value
        reads[0][0, 0, 0] = value
    return reads


def recorded(keras: Any, name: str, case: Case, dtype: str) -> Document:
    """What Keras computes of one layer."""
    keras.config.set_floatx(dtype)
    backend = keras.src.backend
    numbers = Numbers("layers", f"{name}_{dtype}", dtype)
    layer = getattr(keras.layers, case.kind)(**case.options)
    reads = inputs(case, numbers)
    masks = [np.array(HOLES[i], bool) if i in case.masked else None for i in range(len(reads))]

    def given() -> list[Any]:
        tensors = [backend.convert_to_tensor(x) for x in reads]
        for tensor, mask in zip(tensors, masks, strict=True):
            if mask is not None:
                backend.set_keras_mask(tensor, backend.convert_to_tensor(mask))
        return tensors

    def called(**more: Any) -> Any:
        tensors = given()
        if case.kind == "MultiHeadAttention":
            return layer(*tensors, **case.call, **more)
        return layer(tensors if len(tensors) > 1 else tensors[0], **case.call, **more)

    called()  # builds it
    weights = [numbers.weights(*array.shape) for array in layer.get_weights()]
    layer.set_weights([*weights[:-1], abs(weights[-1])] if "Batch" in case.kind else weights)
    y = called()
    mask = backend.get_keras_mask(y)
    expected = {"y": np.asarray(y)}
    several = case.kind == "MultiHeadAttention"  # asked for weights, it computes another y
    if "Attention" in case.kind and not (several and 0 in case.masked):
        expected["weights"] = np.asarray(called(return_attention_scores=True)[1])
    named = {one.path.partition("/")[2]: np.asarray(one) for one in layer.weights}
    start = head(numbers, f"{case.kind} {case.options}", "keras", "tensorflow")
    return {
        **start,
        "dtype": dtype,
        "layer": case.kind,
        "options": {**case.options, **case.call},
        "weights": named,
        "read": reads,
        "real": [None if mask is None else mask.astype(int) for mask in masks],
        "expected": expected,
        "mask": None if mask is None else np.asarray(mask).astype(int),
    }


def of_torch(name: str, options: dict[str, Any]) -> Document:
    """What PyTorch computes of a convolution; its features stand in front of its timesteps."""
    import torch

    numbers = Numbers("layers", name, "float64")
    layer = torch.nn.Conv1d(6, 6, 3, **options, dtype=torch.float64)
    weights = {n: numbers.weights(*p.shape) for n, p in layer.named_parameters()}
    layer.load_state_dict({n: torch.from_numpy(array) for n, array in weights.items()})
    x = numbers.values(BATCH, 11, 6)
    with torch.no_grad():
        y = layer(torch.from_numpy(x.swapaxes(1, 2)).contiguous()).numpy().swapaxes(1, 2)
    start = head(numbers, f"torch.nn.Conv1d {options}", "torch")
    return {**start, "dtype": "float64", "layer": "torch", "options": options, "weights": weights,
            "read": [x], "real": [None], "expected": {"y": y}, "mask": None}  # fmt: skip


def composed(keras: Any, name: str, steps: tuple[int, int], masked: bool) -> Document:
    """Luong's and Bahdanau's scores: Keras has them as dense layers in front of an attention."""
    keras.config.set_floatx("float64")
    numbers = Numbers("layers", name, "float64")
    reads = [numbers.values(BATCH, n, width) for n, width in zip(steps, (4, 3), strict=True)]
    masks = [np.array(HOLES[i], bool) if masked else None for i in range(2)]
    shapes = (
        {"W_a": (4, 3)} if "luong" in name else {"W_q": (5, 4), "W_k": (5, 3), "b": (5,), "v": (5,)}
    )
    weights = {key: numbers.weights(*shape) for key, shape in shapes.items()}
    q, value = reads
    mask = [None if one is None else keras.ops.convert_to_tensor(one) for one in masks]
    if "luong" in name:
        dense = keras.layers.Dense(4, use_bias=False)
        dense(value)
        attention = keras.layers.Attention()
        dense.set_weights([weights["W_a"].T])
        given = [q, value, dense(value)]
    else:
        of_query, of_key = keras.layers.Dense(5, use_bias=False), keras.layers.Dense(5)
        of_query(q), of_key(value)
        of_query.set_weights([weights["W_q"].T])
        of_key.set_weights([weights["W_k"].T, weights["b"]])
        given, attention = [of_query(q), value, of_key(value)], keras.layers.AdditiveAttention()
        attention(given)
        attention.set_weights([weights["v"]])
    given = [keras.ops.convert_to_tensor(one) for one in given]
    y, shares = attention(given, mask=mask if masked else None, return_attention_scores=True)
    start = head(
        numbers, f"{name}: dense layers and {type(attention).__name__}", "keras", "tensorflow"
    )
    return {**start, "dtype": "float64", "layer": name.partition("_")[0], "options": {},
            "weights": weights, "read": reads,
            "real": [None if one is None else one.astype(int) for one in masks],
            "expected": {"y": np.asarray(y), "weights": np.asarray(shares)},
            "mask": masks[0].astype(int) if masked else None}  # fmt: skip


def torch_heads(name: str, causal: bool) -> Document:
    """PyTorch's MultiheadAttention, of queries, keys and values of different widths."""
    import torch

    numbers = Numbers("layers", name, "float64")
    layer = torch.nn.MultiheadAttention(6, 2, kdim=3, vdim=5, batch_first=True, dtype=torch.float64)
    weights = {n: numbers.weights(*p.shape) for n, p in layer.named_parameters()}
    layer.load_state_dict({n: torch.from_numpy(array) for n, array in weights.items()})
    q, k, v = (numbers.values(BATCH, *shape) for shape in ((7, 6), (7, 3), (7, 5)))
    mask = torch.ones(7, 7, dtype=torch.bool).triu(1) if causal else None
    with torch.no_grad():
        y, shares = layer(
            *map(torch.from_numpy, (q, k, v)), attn_mask=mask, average_attn_weights=False
        )
    start = head(numbers, "torch.nn.MultiheadAttention", "torch")
    return {**start, "dtype": "float64", "layer": "torch_heads",
            "options": {"use_causal_mask": causal}, "weights": weights, "read": [q, v, k],
            "real": [None] * 3, "expected": {"y": y.numpy(), "weights": shares.numpy()},
            "mask": None}  # fmt: skip


def documents() -> Iterator[tuple[str, Document]]:
    """Every layer, some in float32 too."""
    import keras

    for name, case in CASES.items():
        if name not in SINGLE:
            yield name, recorded(keras, name, case, "float64")
        if name in BOTH + SINGLE:
            yield f"{name}_float32", recorded(keras, name, case, "float32")
    for name, options in TORCH.items():
        yield name, of_torch(name, options)
    for name in ("torch_heads", "torch_heads_causal"):
        yield name, torch_heads(name, "causal" in name)
    for name in ("luong", "bahdanau"):
        yield name, composed(keras, name, (5, 7), False)
        yield f"{name}_mask", composed(keras, f"{name}_mask", (7, 7), True)
