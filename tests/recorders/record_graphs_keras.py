"""Graphs of layers as Keras 3 saves and runs them.

    python tests/recorders/record.py graphs_keras

writes ``graphs/keras/*.keras``, each with a document of its name; Keras 2 does the same into
``graphs/tf_keras/*.h5``.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import golden_file
import graphs_words
import numpy as np
from golden_file import Array, Recorded
from graphs_keras_nets import GRAPHS
from graphs_words import Case
from keras_files_recorder import draw
from keras_files_saving import deflated, saved


def model_of(keras: ModuleType, case: Case) -> Any:
    """The model, in nobody's shadow."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    keras.backend.set_floatx(case.dtype)
    try:
        return keras.Model(*case.make(keras), name="graph")
    finally:
        keras.backend.set_floatx("float32")


def inputs_of(case: Case, model: Any, numbers: Any) -> dict[str, Array]:
    """Drawn for every input of the model, by its name."""
    return {
        one.name: case.drawn(numbers, one.name, tuple(one.shape[1:]), "int" in str(one.dtype))
        for one in model.inputs
    }


def ran(model: Any, inputs: dict[str, Array]) -> list[Array]:
    """What the model gives, in its order."""
    given = [inputs[one.name] for one in model.inputs]
    found = model(given if len(given) > 1 else given[0], training=False)
    return [np.asarray(one) for one in (found if isinstance(found, list) else [found])]


def output_names(model: Any) -> list[str]:
    """The names of the layers that give the outputs."""
    return [str(name) for name in model.output_names]


def reloaded(keras: ModuleType, content: bytes, suffix: str) -> Any:
    """What Keras reads from the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"graph.{suffix}"
        path.write_bytes(content)
        return keras.models.load_model(str(path), compile=False)


def recorded(keras: ModuleType, framework: str, suffix: str, case: Case) -> Recorded:
    """Make a model, save it, and run what is read from the file."""
    numbers = case.numbers(f"graphs_{framework}")
    model = model_of(keras, case)
    draw(model, numbers)
    content = saved(model, f"graph.{suffix}", suffix)
    content = deflated(content) if suffix == "keras" else content
    inputs = inputs_of(case, model, numbers)
    found = ran(model, inputs)
    again = ran(reloaded(keras, content, suffix), inputs)
    for one, other in zip(found, again, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=case.name)
    expected = dict(zip(output_names(model), found, strict=True))
    about = (framework, "tensorflow")
    place = f"graphs_{framework}"
    return graphs_words.recorded(case, numbers, place, content, suffix, inputs, expected, *about)


def record() -> int:
    """Write all files in place of the earlier ones; how many."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    files = ((case.name, recorded(keras, "keras", "keras", case)) for case in GRAPHS)
    return golden_file.write_files("graphs/keras", files)
