"""Keras on TensorFlow: a layer in a traced function, as it is or compiled by XLA; one thread."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

from benchmarks.jobs import Job
from rnncalc.conventions import CONVENTIONS, tensors_of

VERSIONS = ("keras", "tensorflow-cpu", "tensorflow")
COMPILED = False

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


def made(job: Job, x: Any, compiled: bool = COMPILED) -> Callable[[], Any]:
    """(timesteps, batch, features) to a function that returns (timesteps, batch, units)."""
    kind = {"rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
    layer = kind[job.cell](job.units, return_sequences=True, dtype=job.dtype)
    given = tf.constant(np.ascontiguousarray(x.transpose(1, 0, 2)))
    layer.build(given.shape)
    layer.set_weights(list(tensors_of(CONVENTIONS["keras"], _one_bias(job), job.cell).values()))
    call = tf.function(lambda x: layer(x), jit_compile=compiled)
    return lambda: call(given).numpy().transpose(1, 0, 2)


def _one_bias(job: Job) -> dict[str, Any]:
    """Keras' simple cell and LSTM have one bias: the sum of both."""
    weights = job.weights()
    if job.cell == "gru":
        return weights
    second = {name: weights.pop(name) for name in list(weights) if name.startswith("bias_h")}
    sums = {name.replace("bias_h", "bias"): array for name, array in second.items()}
    return weights | {name: weights[name] + array for name, array in sums.items()}
