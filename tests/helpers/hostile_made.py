"""Model files that no framework writes, and what a command says of any such file, clearly."""

from __future__ import annotations

import io
import json
import zipfile

import h5py
import numpy as np
from conftest import ROOT

from rnncalc.cli import main

KERAS = ROOT / "tests" / "golden" / "files" / "keras"
CELL = {"weight_ih_l0": (12, 2), "weight_hh_l0": (12, 3)}
"""The shapes of an nn.LSTM."""

RNG = np.random.default_rng(11)
LINES, LONGEST = 8, 4096
"""What an error may take: lines, characters."""


def flat(folder, shapes):
    """An npz file of arrays by name, all numbers different."""
    path = folder / "m.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for name, shape in shapes.items():
            data = io.BytesIO()
            np.save(data, RNG.normal(size=shape).astype("f4"))
            archive.writestr(f"{name}.npy", data.getvalue())
    return path


def safe(folder, shapes):
    """A safetensors file of arrays by name."""
    header, data = {}, b""
    for name, shape in shapes.items():
        numbers = RNG.normal(size=shape).astype("<f4").tobytes()
        place = [len(data), len(data) + len(numbers)]
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": place}
        data += numbers
    text = json.dumps(header).encode()
    path = folder / "m.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def weights(folder, shapes, names=()):
    """A .weights.h5 of arrays by their paths."""
    path = folder / "m.weights.h5"
    with h5py.File(path, "w") as file:
        for name, shape in shapes.items():
            file[name] = RNG.normal(size=shape).astype("f4")
        for group, name in dict(names).items():
            file[group].attrs["name"] = name
    return path


def keras(folder, config, golden="gru.keras", compression=zipfile.ZIP_STORED):
    """A .keras file: a golden's weights under another config."""
    path = folder / "m.keras"
    with zipfile.ZipFile(KERAS / golden) as old:
        members = {name: old.read(name) for name in old.namelist()}
    members["config.json"] = config if isinstance(config, bytes) else json.dumps(config)
    with zipfile.ZipFile(path, "w", compression) as new:
        for name, data in members.items():
            new.writestr(name, data)
    return path


def of(*layers):
    """A config of these layers: class and settings."""
    listed = [{"class_name": kind, "config": config} for kind, config in layers]
    return {"class_name": "Sequential", "config": {"name": "s", "layers": listed}}


def legacy(path, layers, names):
    """A legacy .h5: its config, and the weights of each entry by name."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["model_config"] = json.dumps(of(*layers))
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in names]
        for name, arrays in names.items():
            inner = group.require_group(name)
            inner.attrs["weight_names"] = [array.encode() for array in arrays]
            for array, shape in arrays.items():
                if array not in inner:
                    inner[array] = RNG.normal(size=shape).astype("f4")
    return path


def said(capsys, *words):
    """What a command says of a file: its exit code and its error, which is a clear one."""
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert code in (0, 2), err
    assert "mistake in rnncalc itself" not in err, err
    assert "Traceback" not in err
    assert len(err) <= LONGEST
    if code == 2:
        assert out == ""
        assert err.count("\n") <= LINES
        assert "Error: " in err
    return code, err
