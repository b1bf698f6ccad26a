"""Keras on TensorFlow, compiled by XLA (``jit_compile=True``)."""

from __future__ import annotations

from functools import partial

from benchmarks.contestants import keras

VERSIONS = keras.VERSIONS

made = partial(keras.made, compiled=True)
