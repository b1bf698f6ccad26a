"""What Keras' layers may be told: every option of every class that is read here, of all versions.

An option is read, or changes no number when a network is used, or has one value for which it
changes none and is refused with any other. A test holds the table to the options that Keras has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rnncalc.errors import RnncalcError, printable


class Rule(NamedTuple):
    """What an option may be.

    Attributes:
        fits: whether a value is one that is read.
        expected: such values in words; nothing where another one is known, but not computed.
    """

    fits: Callable[[Any], bool]
    expected: str = ""


def only(*values: Any) -> Rule:
    """An option that is read with these values alone; what others mean is not computed here."""
    return Rule(lambda given: any(given is one or _equal(given, one) for one in values))


def _equal(given: Any, value: Any) -> bool:
    return isinstance(given, (int, float, str, list)) and given == value


def _truth(given: Any) -> bool:
    return given is None or isinstance(given, bool) or _equal(given, 0) or _equal(given, 1)


def _number(given: Any) -> bool:
    real = isinstance(given, (int, float)) and not isinstance(given, bool)
    return real and math.isfinite(given)


def _level(given: Any) -> bool:
    if isinstance(given, Mapping):  # as Keras 2 writes down the arrays of a ReLU
        inner = given.get("config")
        return isinstance(inner, Mapping) and _number(inner.get("value"))
    return given is None or _number(given)


def _count(given: Any) -> bool:
    return _number(given) and given == int(given) > 0


FREE = Rule(lambda given: True)
"""It changes no number when a network is used: initializers, regularizers, rates of dropout."""

TRUTH = Rule(_truth, "true or false")
NUMBER = Rule(_number, "a finite number")
COUNT = Rule(_count, "a whole number of at least 1")
LEVEL = Rule(_level, "a finite number or null")
FUNCTION = Rule(lambda given: given is None or isinstance(given, (str, Mapping)), "a function")
INNER = Rule(lambda given: isinstance(given, (Mapping, list)), "a layer")
PERHAPS = Rule(lambda given: given is None or isinstance(given, Mapping), "a layer or null")
SIZE = Rule(
    lambda given: _count(given) or (isinstance(given, list) and len(given) == 1
                                    and _count(given[0])), "a whole number of at least 1"
)  # fmt: skip
PERHAPS_SIZE = Rule(lambda given: given is None or SIZE.fits(given), SIZE.expected)
SIZES = Rule(lambda given: isinstance(given, list) and all(
    isinstance(one, int) for one in given), "a list of whole numbers")  # fmt: skip
AXIS = Rule(
    lambda given: isinstance(given, list) or _number(given), "the number of an axis, or several"
)
SHARED = Rule(lambda given: given is None or isinstance(given, list), "a list of axes or null")
NONE, FALSE, LAST = only(None), only(None, False), only(None, "channels_last")

WHAT_TRAINING_USES = {
    f"{array}_{what}": FREE
    for array in ("kernel", "recurrent", "bias", "alpha", "embeddings", "beta", "gamma",
                  "moving_mean", "moving_variance", "activity")
    for what in ("initializer", "regularizer", "constraint")
}  # fmt: skip

OF_ALL = dict.fromkeys(
    ("name", "trainable", "dtype", "dynamic", "autocast", "input_dtype", "batch_size",
     "batch_input_shape", "batch_shape", "input_shape", "input_dim", "input_length"), FREE
)  # fmt: skip
"""What every layer may have; of ``dtype`` see ``policy``, of shapes the readers."""

CELL = {
    "units": COUNT, "activation": FUNCTION, "recurrent_activation": FUNCTION, "use_bias": TRUTH,
    "reset_after": TRUTH, **WHAT_TRAINING_USES,
    **dict.fromkeys(("unit_forget_bias", "dropout", "recurrent_dropout", "implementation", "seed",
                     "use_cudnn"), FREE),
}  # fmt: skip
LOOP = {
    "return_sequences": TRUTH, "return_state": TRUTH, "go_backwards": TRUTH, "stateful": TRUTH,
    "unroll": TRUTH, "zero_output_for_mask": TRUTH, "time_major": FALSE, "num_constants": NONE,
}  # fmt: skip
LAYER = {**CELL, **LOOP}
NOT_IN_FLOATS = dict.fromkeys(("lora_rank", "lora_alpha", "quantization_config"), FREE)
"""Keras adds what LoRA has learned to the kernel that it saves; integers are told by the dtype."""

DENSE = {
    "units": COUNT, "activation": FUNCTION, "use_bias": TRUTH, **WHAT_TRAINING_USES,
    **NOT_IN_FLOATS,
}  # fmt: skip
NORMALIZATION = {
    "axis": AXIS,
    "epsilon": NUMBER,
    "center": TRUTH,
    "scale": TRUTH,
    **WHAT_TRAINING_USES,
}
BATCH = {
    **NORMALIZATION, "renorm": FALSE, "virtual_batch_size": NONE, "adjustment": NONE,
    "mode": only(None, 0),
    **dict.fromkeys(("momentum", "synchronized", "renorm_clipping", "renorm_momentum", "fused"),
                    FREE),
}  # fmt: skip
POOLING = {"data_format": LAST, "keepdims": FALSE}
WINDOW = {
    "pool_size": SIZE, "strides": PERHAPS_SIZE, "padding": only("valid", "same"),
    "data_format": LAST,
}  # fmt: skip
CONVOLUTION = {
    "filters": COUNT, "kernel_size": SIZE, "strides": SIZE, "data_format": LAST,
    "dilation_rate": SIZE, "groups": COUNT, "activation": FUNCTION, "use_bias": TRUTH,
    "padding": only("valid", "same", "causal"), **WHAT_TRAINING_USES, **NOT_IN_FLOATS,
}  # fmt: skip
BY_CHANNEL = {
    **{key: rule for key, rule in CONVOLUTION.items() if key not in ("filters", "groups")},
    "depth_multiplier": COUNT, "groups": only(None, 1),
    **{f"{array}_{what}": FREE for array in ("depthwise", "pointwise")
       for what in ("initializer", "regularizer", "constraint")},
}  # fmt: skip
ATTENTION = {
    "use_scale": TRUTH, "causal": TRUTH, "score_mode": only(None, "dot", "concat"),
    **dict.fromkeys(("dropout", "seed"), FREE),
}  # fmt: skip
HEADS = {
    "num_heads": COUNT, "key_dim": COUNT, "value_dim": Rule(
        lambda given: given is None or _count(given), "a whole number of at least 1 or null"),
    "use_bias": TRUTH, "output_shape": PERHAPS_SIZE, "attention_axes": only(None, 1, [1], (1,)),
    "use_gate": FALSE, "sliding_window": NONE, **WHAT_TRAINING_USES,
    **dict.fromkeys(("dropout", "seed", "flash_attention", "query_shape", "key_shape",
                     "value_shape"), FREE),
}  # fmt: skip
DROPPED = dict.fromkeys(
    ("rate", "p", "seed", "noise_shape", "stddev", "sigma", "l1", "l2", "data_format", "sparse",
     "ragged", "optional"), FREE
)  # fmt: skip

OPTIONS: dict[str, Mapping[str, Rule]] = {
    **dict.fromkeys(("SimpleRNN", "GRU", "LSTM", "CuDNNGRU", "CuDNNLSTM"), LAYER),
    **dict.fromkeys(("SimpleRNNCell", "GRUCell", "LSTMCell"), CELL),
    "RNN": {"cell": INNER, **LOOP},
    "StackedRNNCells": {"cells": INNER, "reverse_state_order": FALSE},
    "Bidirectional": {
        "layer": INNER, "backward_layer": PERHAPS, "weights": NONE, **LOOP,
        "merge_mode": Rule(lambda given: given in (None, "concat", "sum", "mul", "ave"),
                           "concat, sum, mul, ave or null"),
    },
    "TimeDistributed": {"layer": INNER},
    "Dense": DENSE,
    "Embedding": {
        "input_dim": COUNT, "output_dim": COUNT, "mask_zero": TRUTH, **WHAT_TRAINING_USES,
        **NOT_IN_FLOATS, "weights": NONE,
        **dict.fromkeys(("sparse", "dropout"), FREE),
    },
    "Masking": {"mask_value": NUMBER},
    "BatchNormalization": BATCH,
    "LayerNormalization": {**NORMALIZATION, "rms_scaling": FALSE},
    **dict.fromkeys(("GlobalAveragePooling1D", "GlobalMaxPooling1D", "GlobalAvgPool1D",
                     "GlobalMaxPool1D"), POOLING),
    **dict.fromkeys(("AveragePooling1D", "MaxPooling1D", "AvgPool1D", "MaxPool1D"), WINDOW),
    "Conv1D": CONVOLUTION,
    "SeparableConv1D": {**BY_CHANNEL, "filters": COUNT},
    "DepthwiseConv1D": BY_CHANNEL,
    "UpSampling1D": {"size": SIZE},
    "RepeatVector": {"n": COUNT},
    "Reshape": {"target_shape": SIZES},
    "Permute": {"dims": SIZES},
    "Rescaling": {"scale": NUMBER, "offset": NUMBER},
    "LastTimestep": {},
    **{join: {} for join in ("Add", "Average", "Maximum", "Multiply", "Subtract")},
    "Concatenate": {"axis": AXIS},
    "Dot": {"axes": AXIS, "normalize": TRUTH},
    "Attention": ATTENTION,
    "AdditiveAttention": ATTENTION,
    "MultiHeadAttention": HEADS,
    "Flatten": {"data_format": only(None, "channels_last", "channels_first")},
    **dict.fromkeys(("InputLayer", "Dropout", "SpatialDropout1D", "GaussianNoise",
                     "GaussianDropout", "AlphaDropout", "ActivityRegularization", "Identity"),
                    DROPPED),
    "Activation": {"activation": FUNCTION},
    "LeakyReLU": {"negative_slope": LEVEL, "alpha": LEVEL},
    "ELU": {"alpha": LEVEL},
    "PReLU": {"shared_axes": SHARED, **WHAT_TRAINING_USES},
    "ThresholdedReLU": {"theta": LEVEL},
    "Softmax": {"axis": AXIS, "robust_masking": FREE},
    "ReLU": {"max_value": LEVEL, "negative_slope": LEVEL, "threshold": LEVEL},
}  # fmt: skip
"""By class; of a class that is not here no option is known."""


def check(kind: str, config: Mapping[str, Any]) -> None:
    """Errors: RnncalcError for an option that is no such option, is not known, or not computed."""
    rules = OPTIONS.get(kind)
    if rules and rules is not DROPPED:
        policy(config)
    for key, given in config.items() if rules else ():
        rule = rules.get(key) or OF_ALL.get(key)  # type: ignore[union-attr]
        shown = f"{printable(str(key))} {printable(_as_written(given), 40)}"
        if rule is None and given is not None and given is not False:
            raise RnncalcError(f"has the option {shown}, which is not known here")
        if rule and not rule.fits(given):
            what = f"expected {rule.expected}" if rule.expected else "which is not computed here"
            raise RnncalcError(f"has {shown}, {what}")


def _as_written(given: Any) -> str:
    """A value as a config has it."""
    if given is None or isinstance(given, bool):
        return {None: "null", True: "true", False: "false"}[given]
    return f"'{given}'" if isinstance(given, str) else str(given)


POLICIES = ("float16", "bfloat16", "float32", "float64")


def policy(config: Mapping[str, Any]) -> tuple[str, str]:
    """In which type a layer computes, and in which it keeps its weights; nothing where not said.

    Errors: RnncalcError for a type in which no layer computes here.
    """
    name = given = config.get("dtype")
    if given is None:
        return "", ""
    if isinstance(given, Mapping):
        inner = given.get("config") or {}
        name = inner.get("name") or inner.get("mode") or given.get("class_name")
    computed = str(name).removeprefix("mixed_")
    mixed = computed != name
    if computed not in POLICIES[:2] if mixed else computed not in POLICIES:
        raise RnncalcError(
            f"has the dtype {printable(_as_written(name), 40)}, which is not computed here"
        )
    return computed, "float32" if mixed else computed
