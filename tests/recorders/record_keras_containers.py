"""Record small files of Keras 3 and Keras 2 (tf_keras), and the weights that are in them.

    python tests/recorders/record.py keras_containers

They go to ``containers/keras/``, the weights by their paths to ``expected.json`` beside them. Dates
and addresses are fixed: the same versions write the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import golden_file
import keras
import numpy as np
import tf_keras
from keras_files_saving import steady
from rewriting import archive
from tf_keras.src.saving.legacy import hdf5_format

FOLDER = golden_file.FOLDER / "containers" / "keras"
DATE = "2025-01-01@00:00:00"

TREE = {"enc": "layers/lstm/cell/vars/{index}", "head": "layers/dense/vars/{index}"}
"""The paths of weights in the files of ``.keras``, by the names of the layers."""


def network(framework: Any, dtype: str) -> Any:
    """LSTM and Dense; all weights differ."""
    layers = framework.layers
    model = framework.Sequential(
        [
            layers.Input((None, 2)),
            layers.LSTM(3, name="enc", recurrent_initializer="glorot_uniform", dtype=dtype),
            layers.Dense(1, name="head", dtype=dtype),
        ]
    )
    rng = np.random.default_rng(7)
    for layer in model.layers:
        layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return model


def numbers(model: Any, paths: dict[str, str]) -> dict[str, Any]:
    """The weights of a model by their paths in its file; float32 is written out exactly."""
    found = {}
    for layer in model.layers:
        for index, weight in enumerate(layer.get_weights()):
            name = weight_name(layer.weights[index])
            array = np.asarray(weight).astype(np.float32).astype(np.float64)
            found[paths[layer.name].format(index=index, name=name)] = array.tolist()
    return found


def weight_name(weight: Any) -> str:
    """What a legacy file calls it: ``kernel`` in Keras 3, the whole way to it in Keras 2."""
    return weight.path.rpartition("/")[2] if hasattr(weight, "path") else weight.name


def legacy(model: Any, root: str) -> dict[str, str]:
    """The paths in a legacy file: the name of a weight stands below the name of its layer."""
    if isinstance(model, tf_keras.Model):
        return {"enc": f"{root}enc/{{name}}", "head": f"{root}head/{{name}}"}
    return {
        "enc": f"{root}enc/{model.name}/enc/lstm_cell/{{name}}",
        "head": f"{root}head/{model.name}/head/{{name}}",
    }


def saved() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every file, as it is written, and what is in it."""
    for dtype, name in (("float32", "keras3"), ("bfloat16", "keras3_bfloat16")):
        model = network(keras, dtype)
        for suffix, paths in ((".keras", TREE), (".h5", legacy(model, "model_weights/"))):
            model.save(FOLDER / f"{name}{suffix}")
            yield f"{name}{suffix}", numbers(model, paths)
    model = network(keras, "float16")
    model.save_weights(FOLDER / "keras3_float16.weights.h5")
    yield "keras3_float16.weights.h5", numbers(model, TREE)
    model = network(tf_keras, "float32")
    for name, paths in (("tf_keras.keras", TREE), ("tf_keras.h5", legacy(model, "model_weights/"))):
        model.save(FOLDER / name)
        yield name, numbers(model, paths)
    hdf5_format.HDF5_OBJECT_HEADER_LIMIT = 40
    model.save_weights(FOLDER / "tf_keras_chunked.h5")
    yield "tf_keras_chunked.h5", numbers(model, legacy(model, ""))


def redate(path: Path) -> None:
    """Write an archive again with fixed dates, and without the addresses that objects had."""
    path.write_bytes(archive(path.read_bytes(), partial(steady, date=DATE), zipfile.ZIP_STORED))


def record() -> int:
    """Write all of them anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    expected = dict(saved())
    for path in FOLDER.glob("*.keras"):
        redate(path)
    used = golden_file.versions("keras", "tf_keras", "h5py")
    text = golden_file.text({"recorded_with": used, **expected})
    (FOLDER / "expected.json").write_text(text, encoding="utf-8")
    return len(expected)
