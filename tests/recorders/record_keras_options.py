"""What every option of every layer that is read here does to the numbers of a network, in Keras.

    python tests/recorders/record.py keras_options tf_keras_options

One option at a time has another value; the network is run with the same weights. What Keras itself
does not make, save or run is left out. The documents say of each class its config, its weights and
what it computes, and of each value of an option what is then otherwise.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from typing import Any

import golden_file
import h5py
import numpy as np
from keras_options_words import (
    BATCH,
    FEATURES,
    OF_A_CLASS,
    STEPS,
    SUBJECTS,
    UNITS,
    VALUES,
    VOCABULARY,
)

FOLDER = "options"
STEP = 64
"""Weights and inputs are so many parts of 1: short numbers, exact in every type."""

Numbers = dict[str, Any]


class Recorder:
    """Asks one of the two Kerases."""

    def __init__(self, keras: Any) -> None:
        self.keras = keras

    def made(self, kind: str, options: dict[str, Any]) -> Any:
        """A layer; layers among its options are said by their classes."""
        known = {name: self.inner(name) for name in ("layer", "cell", "backward_layer")
                 if isinstance(options.get(name), str)}  # fmt: skip
        for name, make in known.items():
            known[name] = make(options[name])
        if isinstance(options.get("cells"), list):
            known["cells"] = [self.inner("cell")(one) for one in options["cells"]]
        if "quantization_config" in options:
            from keras.src.quantizers import Int8QuantizationConfig

            known["quantization_config"] = Int8QuantizationConfig()
        return getattr(self.keras.layers, kind)(**{**options, **known})

    def inner(self, role: str) -> Any:
        """What makes the layer inside a wrapper, by its class."""
        backwards = {"go_backwards": True, "name": "back"} if role == "backward_layer" else {}

        def make(kind: str) -> Any:
            layer = getattr(self.keras.layers, kind)
            if role == "cell":
                return layer(UNITS)
            if kind in ("Activation", "LayerNormalization"):
                return layer("tanh") if kind == "Activation" else layer()
            if kind == "Dense":
                return layer(2)
            return layer(UNITS, return_sequences=True, **backwards)

        return make

    def told(self, kind: str, options: dict[str, Any]) -> Numbers:
        """A network with a layer of a class: its config, its weights, what it computes."""
        self.keras.backend.clear_session()
        place, _ = SUBJECTS[kind]
        ids = kind == "Embedding"
        start = self.keras.Input(batch_shape=(BATCH, STEPS) if ids else (BATCH, STEPS, FEATURES),
                                 dtype="int32" if ids else None)  # fmt: skip
        result: Any = start
        for layer in place(self.keras, self.made(kind, options)):
            result = layer(result)
        model = self.keras.Model(start, result)
        draw(model)
        given = model(inputs()["ids" if ids else "x"])
        first = given[0] if isinstance(given, (list, tuple)) else given
        config, arrays = self.saved(model)
        out = np.asarray(first).astype(np.float32)
        types = {name: str(array.dtype) for name, array in arrays.items()}
        return {"config": config, "arrays": arrays, "types": types, "out": out}

    def saved(self, model: Any) -> tuple[Any, Numbers]:
        """The config and the weights of a .keras file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            model.save(path)
            with zipfile.ZipFile(path) as archive:
                config = json.loads(archive.read("config.json"))
                weights = h5py.File(io.BytesIO(archive.read("model.weights.h5")))
        arrays: Numbers = {}
        weights.visititems(
            lambda name, one: arrays.update({name: one[()]}) if hasattr(one, "shape") else None
        )
        kept = {name: one for name, one in arrays.items() if "seed_generator" not in name}
        return plainly(config), kept

    def classes(self) -> Iterator[tuple[str, Numbers, list[Numbers]]]:
        """Each class, and what is otherwise with other values of its options."""
        for kind, (_, base) in SUBJECTS.items():
            if hasattr(self.keras.layers, kind):
                whole = self.told(kind, base)
                options = signature(getattr(self.keras.layers, kind).__init__).parameters
                keys = [*self.made(kind, base).get_config(), *options]
                whole["options"] = [key for key in dict.fromkeys(keys) if key in VALUES]
                unknown = set(keys) - {*VALUES, "self", "kwargs", "args"}
                assert not unknown, f"{kind} has the options {unknown}: say what they may be"
                yield kind, whole, list(self.variants(kind, base, whole))

    def variants(self, kind: str, base: Numbers, whole: Numbers) -> Iterator[Numbers]:
        """What is otherwise with each value of each option."""
        for key in whole["options"]:
            for value in OF_A_CLASS.get((kind, key), VALUES[key]):
                try:
                    told = self.told(kind, {**base, key: value})
                except Exception as error:
                    print(f"{kind}({key}={value!r}): {type(error).__name__}")
                    continue
                row = {"class": kind, "option": key, "value": repr(value)}
                otherwise = dict(differences(whole["config"], told.pop("config")))
                if not otherwise:  # it is in no file
                    continue
                changed = {part: told[part] for part in told if not same(told[part], whole[part])}
                yield {**row, "config": otherwise, **changed}


def plainly(config: Any) -> Any:
    """A config without the numbers of its objects, which are others at every recording."""
    if isinstance(config, list):
        return [plainly(part) for part in config]
    if not isinstance(config, dict):
        return config
    return {key: plainly(part) for key, part in config.items() if key != "shared_object_id"}


def differences(one: Any, other: Any, way: str = "") -> Iterator[tuple[str, Any]]:
    """Where a config has other values, by ways such as ``config/layers/1/config/units``."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() <= other.keys():
        for key in other:
            if key in one:
                yield from differences(one[key], other[key], f"{way}/{key}")
            else:
                yield f"{way}/{key}"[1:], other[key]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{way}/{i}")
    elif one != other or type(one) is not type(other):
        yield way[1:], other


def same(one: Any, other: Any) -> bool:
    """Whether two parts of a network are the same."""
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and bool(np.allclose(one, other, rtol=0, atol=1e-6))
    if isinstance(one, dict) and one and all(isinstance(a, np.ndarray) for a in one.values()):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def inputs() -> Numbers:
    """Sequences with masked steps, and ids."""
    drawn = np.random.default_rng(3)
    x = np.round(drawn.normal(size=(BATCH, STEPS, FEATURES)) * STEP) / STEP
    x[0, 3:] = x[1, 1] = 0
    ids = drawn.integers(0, VOCABULARY, (BATCH, STEPS))
    return {"x": x.astype(np.float32), "ids": ids.astype(np.int32)}


def draw(model: Any) -> None:
    """Weights that depend on their shapes and places alone; variances are positive."""
    drawn = np.random.default_rng(5)
    for weight in model.weights:
        if "seed" in weight.name:
            continue
        values = np.round(drawn.uniform(-0.9, 0.9, weight.shape) * STEP) / STEP
        weight.assign(abs(values) + 0.25 if "variance" in weight.name else values)


def record(keras: Any, name: str) -> int:
    """Write the document of one Keras; how many values it has."""
    classes, variants = {}, []
    for kind, whole, more in Recorder(keras).classes():
        classes[kind] = whole
        variants += more
    document = {"recorded_with": {name: keras.__version__}, **inputs(),
                "classes": golden_file.plain(classes)}  # fmt: skip
    folder = golden_file.FOLDER / FOLDER
    folder.mkdir(exist_ok=True)
    told = golden_file.text(document).rstrip().removesuffix("}").rstrip()
    rows = ",\n".join(json.dumps(golden_file.plain(one), separators=(",", ":")) for one in variants)
    (folder / f"{name}.json").write_text(f'{told},\n"variants": [\n{rows}\n]}}\n', encoding="utf-8")
    return len(variants)
