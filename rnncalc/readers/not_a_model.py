"""What a file is that is no model file: told by its first bytes, and said with the way out.

It opens no file; whoever looks for a container asks here first.
"""

from __future__ import annotations

from pathlib import Path

ANEW = "where it is trusted, joblib.dump(joblib.load(file), new) writes what is read here"

STARTS = (
    (b"version https://git-lfs", "is a pointer of Git LFS, not the file: git lfs pull fetches it"),
    (b"<", "is a web page or XML, not a model file: download the file itself"),
    (b"\x89PNG", "is a PNG picture, not a model file"),
    (b"\xff\xd8\xff", "is a JPEG picture, not a model file"),
    (b"%PDF", "is a PDF, not a model file"),
    (b"GGUF", "is a GGUF file, a format of transformers, which are not computed here"),
    (b"\x1f\x8b", "is packed with gzip: unpack it, with gunzip or tar xzf"),
    (b"BZh", "is packed with bzip2: unpack it"),
    (b"\xfd7zXZ", "is packed with xz: unpack it"),
    (b"\x04\x22\x4d\x18", f"is packed with lz4: {ANEW}"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd: unpack it"),
    (b"ZF0x", f"was packed by joblib before 0.10: {ANEW}"),
    (b"7z\xbc\xaf", "is packed with 7-Zip: unpack it"),
    (b"Rar!", "is packed with RAR: unpack it"),
)
"""How a file begins, and what it then is."""

SAVE = "save the model with model.save('model.keras') or torch.save(model.state_dict(), 'model.pt')"

DUMP = "where it is trusted, pickle.dump(pickle.load(file), new) writes one of today"

SUFFIXES = {
    ".pkl": f"is no pickle of the protocols 2 to 5: {DUMP}",
    ".pickle": f"is no pickle of the protocols 2 to 5: {DUMP}",
    ".joblib": f"is no file of joblib: {ANEW}",
    ".onnx": "ONNX models are not opened: W, R and B of a node can be copied into a config, as "
    "docs/bring-weights.md says",
    ".tflite": f"TensorFlow Lite is not read: {SAVE}",
    ".pb": f"TensorFlow's graphs are not read: {SAVE}",
    ".ipynb": f"is a notebook: in it, {SAVE}",
    ".py": f"is a program: in it, {SAVE}",
    ".csv": "holds an input, not a network: give it as -x",
    ".tsv": "holds an input, not a network: give it as -x",
}
"""What the suffix tells where no container was found."""

FOLDER = (
    "is a folder without a model that can be read: looked for were a model file (.keras, .h5, .pt "
    "...), saved_model.pb, checkpoint and *.index (TensorFlow)"
)
"""What is said of a folder."""


def by_start(start: bytes) -> str | None:
    """What a file is, by its first bytes; None where they may be a model's."""
    if not start:
        return "is empty"
    return next((what for first, what in STARTS if start.startswith(first)), None)


def by_suffix(path: Path) -> str | None:
    """What a file is, by its suffix; None where that is not known."""
    return SUFFIXES.get(path.suffix.lower())
