"""How the weights of PyTorch get into a file: torch.save in its two formats, safetensors, npz.

Where PyTorch writes addresses of its memory, they are replaced, so that every recording is the
same; source code of modules, and where it lay, is left out. A file of a big-endian machine is made
of one of a little-endian machine.
"""

from __future__ import annotations

import io
import json
import pickle
import re
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

Tensors = Mapping[str, torch.Tensor]

HOW = {
    "zip": "saved by torch.save",
    "legacy": "saved by torch.save in the format before 1.6 (storage keys renamed)",
    "big_endian": "saved by torch.save, its storages and byteorder rewritten as of a big-endian "
    "machine",
    "safetensors": "laid out as by safetensors.torch.save_file",
    "safetensors_bare": "laid out as by safetensors.torch.save_file, without metadata",
    "npz": "saved by numpy.savez",
}
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def written(container: str, stored: Any, name: str) -> bytes:
    """The bytes of a file of that name."""
    return WRITERS[container](stored, name)


def saved(stored: Any, name: str, **options: Any) -> bytes:
    """What torch.save writes into a file of that name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        torch.save(stored, path, **options)
        return path.read_bytes()


class Reader(pickle.Unpickler):
    """Reads the pickle of an older file, to see how many bytes each storage has."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.sizes: dict[str, int] = {}

    def persistent_load(self, pid: Any) -> Any:
        """An empty storage, and its size by its key; or a class, which stands with its source."""
        if pid[0] == "module":
            return pid[1]
        _, kind, key, _, count, _ = pid
        empty = kind(count)
        self.sizes[key] = empty.nbytes()
        return empty


def legacy(stored: Any, name: str) -> bytes:
    """The older format; its storages are called by addresses, and sorted by them."""
    with patch("torch.serialization.get_source_lines_and_file", side_effect=OSError):
        content = saved(stored, name, _use_new_zipfile_serialization=False)
    file = io.BytesIO(content)
    for _ in range(3):
        pickle.load(file)
    reader = Reader(file)
    reader.load()
    start = content[: file.tell()]
    storages = {key: file.read(8 + reader.sizes[key]) for key in pickle.load(file)}
    keys = {key: str(94_000_000 + number) for number, key in enumerate(reader.sizes)}
    for key, ours in keys.items():
        start = start.replace(text(key), text(ours))
    return start + pickle.dumps([*keys.values()], 2) + b"".join(storages[key] for key in keys)


def text(key: str) -> bytes:
    """A text as it stands in a pickle."""
    return b"X" + struct.pack("<I", len(key)) + key.encode()


def big_endian(stored: Any, name: str) -> bytes:
    """The same file as a big-endian machine writes it."""
    widths = {str(n): tensor.element_size() for n, tensor in enumerate(stored.values())}

    def swapped(member: str, data: bytes) -> bytes:
        inside = member.partition("/")[2]
        if match := re.fullmatch(r"data/(\d+)", inside):
            return flipped(data, widths[match[1]])
        return b"big" if inside == "byteorder" else data

    return rewritten(saved(stored, name), swapped)


def flipped(data: bytes, width: int) -> bytes:
    """The bytes of every number in reverse."""
    return np.frombuffer(data, f"u{width}").byteswap().tobytes()


def rewritten(archive: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The same zip with other contents; what becomes None is left out."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(result, "w") as new:
        for member in old.namelist():
            data = change(member, old.read(member))
            if data is not None:
                new.writestr(zipfile.ZipInfo(member, LONG_AGO), data)
    return result.getvalue()


SAFE = {
    torch.float64: "F64",
    torch.int64: "I64",
    torch.float32: "F32",
    torch.bfloat16: "BF16",
    torch.float16: "F16",
    torch.float8_e4m3fn: "F8_E4M3",
}
"""The types as safetensors calls them, in the order in which it lays them out."""


def safetensors(stored: Tensors, name: str, bare: bool = False) -> bytes:
    """Eight bytes of length, a header of JSON, the numbers: wide types first, then by name."""
    order = list(SAFE)
    names = sorted(stored, key=lambda key: (order.index(stored[key].dtype), key))
    header: dict[str, Any] = {} if bare else {"__metadata__": {"format": "pt"}}
    data = b""
    for key in names:
        numbers = raw(stored[key])
        ends = [len(data), len(data) + len(numbers)]
        kind, shape = SAFE[stored[key].dtype], list(stored[key].shape)
        header[key] = {"dtype": kind, "shape": shape, "data_offsets": ends}
        data += numbers
    said = json.dumps(header, separators=(",", ":")).encode()
    said += b" " * (-len(said) % 8)
    return struct.pack("<Q", len(said)) + said + data


def raw(tensor: torch.Tensor) -> bytes:
    """Its numbers one after another."""
    return bytes(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy())


def npz(stored: Mapping[str, Any], name: str) -> bytes:
    """What numpy.savez writes of arrays or tensors."""
    result = io.BytesIO()
    np.savez(result, **{key: np.asarray(value) for key, value in stored.items()})
    return result.getvalue()


WRITERS: dict[str, Callable[[Any, str], bytes]] = {
    "zip": saved,
    "legacy": legacy,
    "big_endian": big_endian,
    "safetensors": safetensors,
    "safetensors_bare": lambda stored, name: safetensors(stored, name, bare=True),
    "npz": npz,
}
