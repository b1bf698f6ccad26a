"""Files of other programs: each is called what it is, with the way out."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

import rnncalc
from rnncalc.errors import FileError
from rnncalc.readers.not_a_model import STRANGERS

TABLE = bytes.fromhex("57fb808b247547db")


@pytest.mark.parametrize(("name", "content", "says"), [
    ("w.mat", b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(200), "is a MAT file of MATLAB"),
    ("w.h5", b"MATLAB 7.3 MAT-file, Platform".ljust(512) + b"\x89HDF\r\n\x1a\n", "is a MAT file"),
    ("w.mat", bytes(20), "exportONNXNetwork"),
    ("w.mat", bytes(20), r"savez\('w\.npz', \*\*\{k: v for k, v in loadmat\(file\)"),
    ("m.xml", b'<?xml version="1.0"?>\n<net name="m" version="11">', "is a model of OpenVINO"),
    ("m.xml", b'<?xml version="1.0"?>\n<html>', "is a web page or XML"),
    ("m.rds", b"\x1f\x8b\x08\0\0\0\0\0", "objects of R"),
    ("m.gz", b"\x1f\x8b\x08\0\0\0\0\0", "is packed with gzip"),
    ("m.params", b"\x12\x01" + bytes(30), "MXNet"),
    ("m.pdparams", b"\x80\x04}.", "PaddlePaddle, whose Linear layers"),
    ("m.ckpt", bytes(60) + TABLE, "a checkpoint of TensorFlow before 0.12"),
    ("m.mlmodel", b"\x08\x04\x12\x10", "Core ML"),
    ("m.caffemodel", b"\n\x03net", "a model of Caffe"),
    ("yolo.weights", bytes(20), "a file of Darknet"),
    ("m.pb", b"\n\x10\n\x01x", "tf2onnx.convert --graphdef"),
    ("keras_metadata.pb", b"\n\x10\n\x01x", "belongs to a SavedModel, .*: name the folder"),
    ("fingerprint.pb", b"\x08\xbd\xda\xe8\xd2\xfe", "belongs to a SavedModel, .*: name the folder"),
    ("m.ckpt.meta", b"\n\x10\n\x01x", "by its name without .meta"),
    ("m.gguf", b"GGUF\x03\0\0\0", "is a GGUF file"),
    ("m.txt", b"tree\nversion=v4\n", "LightGBM"),
    ("m.model", b"{L\0\0\0\0\0\0\0\x02", "XGBoost"),
])  # fmt: skip
def test_a_stranger_is_called_what_it_is(name, content, says, tmp_path):
    """By how it begins or ends, else by its suffix; in one sentence."""
    (tmp_path / name).write_bytes(content)

    with pytest.raises(FileError, match=says) as error:
        rnncalc.load(tmp_path / name)

    assert str(error.value).startswith(f"{tmp_path / name}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("member", "says"), [
    ("coefficients.bin", "a model of Deeplearning4j"), ("model.ini", "a model of H2O"),
    ("m/saved_model.pb", "a SavedModel in a zip archive"), ("other.txt", "it holds other.txt"),
])  # fmt: skip
def test_an_archive_is_told_by_what_is_in_it(member, says, tmp_path):
    """Where none of its members is an array."""
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr(member, "x")

    with pytest.raises(FileError, match=says):
        rnncalc.load(tmp_path / "m.zip")


@pytest.mark.parametrize(("name", "says"), [
    ("lstm.W_in_to_ingate", "Lasagne"),
    ("/tagger/lstm.W_state", "Blocks"), ("|tagger|lstm|.W_state", "Blocks"),
])  # fmt: skip
def test_arrays_of_theano_are_told_by_their_names(name, says, tmp_path):
    """They say how names that are read can be given."""
    np.savez(tmp_path / "w.npz", **{name: np.ones((2, 8))})

    with pytest.raises(FileError, match=rf"{says}.*numpy\.savez\('w\.npz', W_x="):
        rnncalc.load(tmp_path / "w.npz")


def test_every_stranger_can_be_told():
    """By its beginning, its suffix or its members; no two have one."""
    for tell in ("starts", "suffixes", "members"):
        every = [key for one in STRANGERS for key in getattr(one, tell)]
        assert len(every) == len(set(every))
    assert all(one.starts or one.suffixes or one.members for one in STRANGERS)
