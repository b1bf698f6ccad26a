"""What a file is that is no model file: told by its content or its name, said with the way out.

It opens no file; whoever looks for a container asks here first.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from pathlib import Path
from typing import NamedTuple

ANEW = "where it is trusted, joblib.dump(joblib.load(file), new) writes what is read here"

SAVE = "save the model with model.save('model.keras') or torch.save(model.state_dict(), 'model.pt')"
ARRAYS = "numpy.savez('w.npz', W_x=..., W_h=...) keeps its arrays with names that are read"
BY_ONNX = "saved or exported as ONNX it is read"
TREES = "decision trees, which are not computed here"

DUMP = "where it is trusted, pickle.dump(pickle.load(file), new) writes one of today"


class Stranger(NamedTuple):
    """A kind of files that is no model here.

    Attributes:
        says: what such a file is, and the way out.
        starts: how it begins.
        suffixes: how its name ends, which is looked at where nothing else tells.
        members: what tells it where it is a zip archive.
    """

    says: str
    starts: tuple[bytes, ...] = ()
    suffixes: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


STRANGERS = (
    Stranger("is a pointer of Git LFS, not the file: git lfs pull fetches it",
             (b"version https://git-lfs",)),
    Stranger("is a model of OpenVINO (its weights are in the .bin beside it), which is not read: "
             "give the ONNX file that it was made of",
             (b"<net ", *(b'<?xml version="1.0"%b?>\n<net ' % one for one in (b"", b" ")))),
    Stranger("is a web page or XML, not a model file: download the file itself", (b"<",)),
    Stranger("is a PNG picture, not a model file", (b"\x89PNG",)),
    Stranger("is a JPEG picture, not a model file", (b"\xff\xd8\xff",)),
    Stranger("is a PDF, not a model file", (b"%PDF",)),
    Stranger("is a GGUF file, a format of transformers, which are not computed here", (b"GGUF",),
             (".gguf", ".ggml")),
    Stranger("is a MAT file of MATLAB: there exportONNXNetwork(net, 'm.onnx') writes what is read; "
             f"of arrays (scipy.io.loadmat), {ARRAYS}; as they are called, "
             "savez('w.npz', **{k: v for k, v in loadmat(file).items() if k[0] != '_'}) keeps them",
             (b"MATLAB 5.0 MAT-file", b"MATLAB 7.3 MAT-file"), (".mat",)),
    Stranger("holds objects of R, which are not read: there, write.csv writes its arrays as text",
             (b"RDX2\n", b"RDX3\n", b"RDA2\n"), (".rds", ".rdata", ".rda")),
    Stranger("holds weights of PaddlePaddle, whose Linear layers lie the other way around than "
             "PyTorch's: paddle.onnx.export writes what is read",
             suffixes=(".pdparams", ".pdiparams", ".pdopt")),
    Stranger("is packed with gzip: unpack it, with gunzip or tar xzf", (b"\x1f\x8b",)),
    Stranger("is packed with bzip2: unpack it", (b"BZh",)),
    Stranger("is packed with xz: unpack it", (b"\xfd7zXZ",)),
    Stranger(f"is packed with lz4: {ANEW}", (b"\x04\x22\x4d\x18",)),
    Stranger("is packed with zstd: unpack it", (b"\x28\xb5\x2f\xfd",)),
    Stranger(f"was packed by joblib before 0.10: {ANEW}", (b"ZF0x",)),
    Stranger("is packed with 7-Zip: unpack it", (b"7z\xbc\xaf",)),
    Stranger("is packed with RAR: unpack it", (b"Rar!",)),
    Stranger(f"holds the arrays of an MXNet model, which are not read: {ARRAYS}",
             (b"\x12\x01\0\0\0\0\0\0",), (".params",)),
    Stranger(f"is a model of CNTK, which is not read: {BY_ONNX} (model.save(file, ONNX))",
             (b"B\0C\0N\0",), (".cntk", ".dnn", ".cmf")),
    Stranger(f"is a model of LightGBM, {TREES}", (b"tree\nversion=",)),
    Stranger(f"is a model of XGBoost, {TREES}", (b"{L\0\0\0\0\0\0", b"binf"), (".ubj", ".xgb")),
    Stranger(f"is a model of Deeplearning4j, which is not read: {ARRAYS}",
             members=("coefficients.bin",)),
    Stranger(f"is a model of H2O, which is not read: {ARRAYS}", members=("model.ini",)),
    Stranger("is a SavedModel in a zip archive: unpack it, and give the folder",
             members=("saved_model.pb",)),
    Stranger(f"is a model of Core ML, which is not read: {SAVE}",
             suffixes=(".mlmodel", ".mlpackage"), members=("weight.bin",)),
    Stranger(f"is a model of Caffe, which is not read: {BY_ONNX}",
             suffixes=(".caffemodel", ".prototxt")),
    Stranger("is a file of Darknet, which keeps numbers without names: they are not read",
             suffixes=(".weights",)),
    Stranger(f"is a file of Torch7 (Lua), which is not read: {ARRAYS}", suffixes=(".t7",)),
    Stranger(f"is a file of Flax, which is not read: {ARRAYS}", suffixes=(".msgpack",)),
    Stranger("holds a table, which is no network", suffixes=(".parquet", ".feather")),
    Stranger("is a graph beside a checkpoint of TensorFlow: give the checkpoint, by its name "
             "without .meta", suffixes=(".meta",)),
    Stranger("belongs to a SavedModel, beside saved_model.pb: name the folder that it is in",
             suffixes=("keras_metadata.pb", "fingerprint.pb")),
    Stranger("is a graph of TensorFlow, whose weights stand among its operations: python -m "
             "tf2onnx.convert --graphdef makes an ONNX file of it", suffixes=(".pb", ".pbtxt")),
    Stranger(f"is no pickle of the protocols 2 to 5: {DUMP}", suffixes=(".pkl", ".pickle")),
    Stranger(f"is no file of joblib: {ANEW}", suffixes=(".joblib",)),
    Stranger("ONNX models are not opened: W, R and B of a node can be copied into a config, as "
             "docs/bring-weights.md says", suffixes=(".onnx",)),
    Stranger(f"is a notebook: in it, {SAVE}", suffixes=(".ipynb",)),
    Stranger(f"is a program: in it, {SAVE}", suffixes=(".py",)),
    Stranger("holds an input, not a network: give it as -x", suffixes=(".csv", ".tsv")),
)  # fmt: skip
"""What files may be; the first that fits is told."""

SURE = (".pdparams", ".pdiparams", ".pdopt", ".rds", ".rdata", ".rda", ".mlmodel")
"""Suffixes that tell more than a beginning that others have, too: pickle, gzip, protobuf."""

V1 = (
    "is a checkpoint of TensorFlow before 0.12, which is not read: "
    "tf.train.Saver(write_version=tf.train.SaverDef.V2) writes one that is"
)
TABLE = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"
"""How a table of LevelDB ends; newer checkpoints have one as NAME.index."""

NAMES = (
    (r".*W_(in|hid)_to_(in|forget|out|reset|update)?gate.*", "holds arrays of Lasagne (Theano), "
     f"one for each gate, whose names are not read: {ARRAYS}"),
    (r"[|/].*\.(W|b|W_state|W_cell_to_in|initial_state)",
     "holds the parameters of Blocks (Theano), "
     f"whose names are not read: {ARRAYS}"),
)  # fmt: skip
"""Names of arrays by which an npz file is told that was written by another program."""

FOLDER = (
    "is a folder without a model that can be read: looked for were a model file (.keras, .h5, .pt "
    "...), saved_model.pb, checkpoint and *.index (TensorFlow)"
)
"""What is said of a folder."""


def by_start(path: Path, start: bytes, end: bytes = b"") -> str | None:
    """What a file is, by its first and last bytes; None where they may be a model's."""
    if not start:
        return "is empty"
    if end == TABLE:
        return V1
    own = by_suffix(path) if path.suffix.lower() in SURE else None
    return own or next((one.says for one in STRANGERS if start.startswith(one.starts)), None)


def by_suffix(path: Path) -> str | None:
    """What a file is, by its suffix; None where that is not known."""
    name = path.name.lower()
    return next((one.says for one in STRANGERS if name.endswith(one.suffixes)), None)


def by_members(names: Container[str]) -> str | None:
    """What a zip archive is, by the names in it; None where that is not known."""
    return next((one.says for one in STRANGERS if any(n in names for n in one.members)), None)


def by_names(names: Iterable[str]) -> str | None:
    """Whose arrays they are, by their names; None where they may be a model's."""
    every = list(names)
    found = (says for pattern, says in NAMES if any(re.fullmatch(pattern, one) for one in every))
    return next(found, None)
