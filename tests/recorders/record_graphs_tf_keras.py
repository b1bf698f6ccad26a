"""Graphs of layers as Keras 2 saves and runs them (``record_graphs_keras.py``)."""

from __future__ import annotations

import golden_file
import tf_keras
from graphs_keras_nets import GRAPHS, OLD
from record_graphs_keras import recorded


def record() -> int:
    """Write all files in place of the earlier ones; how many."""
    cases = [case for case in GRAPHS if case.name in OLD]
    files = ((case.name, recorded(tf_keras, "tf_keras", "h5", case)) for case in cases)
    return golden_file.write_files("graphs/tf_keras", files)
