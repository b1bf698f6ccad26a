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
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from rewriting import LONG_AGO, archive
from safetensors.torch import save
from torch import nn
from torch_files_words import leaves

Tensors = Mapping[str, torch.Tensor]

PROTOCOLS = range(2, 6)
PACKED = ("zlib", "gzip", "bz2", "lzma", "xz")
HOW = {
    "zip": "saved by torch.save",
    "legacy": "saved by torch.save in the format before 1.6 (storage keys renamed)",
    "big_endian": "saved by torch.save, its storages and byteorder rewritten as of a big-endian "
    "machine",
    "safetensors": "laid out as by safetensors.torch.save_file",
    "safetensors_bare": "laid out as by safetensors.torch.save_file, without metadata",
    "npz": "saved by numpy.savez",
    "script": "saved by torch.jit.save, scripted (debug_pkl left out)",
    "trace": "saved by torch.jit.save, traced (debug_pkl left out)",
    "pt2": "saved by torch.export.save (metadata of nodes left out)",
    "pt2_before": "laid out as by torch.export.save before 2.8 (metadata of nodes left out)",
    "mobile": "saved for the lite interpreter (debug_pkl left out)",
    **{f"pickle{n}": f"pickled by Python, protocol {n} (storage keys renamed)" for n in PROTOCOLS},
    **{f"arrays{n}": f"pickled by Python as NumPy's arrays, protocol {n}" for n in PROTOCOLS},
    "zip5": "saved by torch.save, protocol 5",
    "joblib": "dumped by joblib (storage keys renamed)",
    "joblib2": "dumped by joblib, protocol 2",
    **{f"joblib_{kind}": f"dumped by joblib, packed with {kind}" for kind in PACKED},
}


def written(container: str, stored: Any, name: str) -> bytes:
    """The bytes of a file of that name."""
    return WRITERS[container](stored, name)


def saved(stored: Any, name: str, **options: Any) -> bytes:
    """What torch.save writes into a file of that name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        torch.save(stored, path, **options)
        return path.read_bytes()


def saved_script(module: torch.jit.ScriptModule) -> bytes:
    """What torch.jit.save writes, without what says where the source code lay."""
    buffer = io.BytesIO()
    torch.jit.save(module, buffer)
    return without_places(buffer.getvalue())


def without_places(content: bytes) -> bytes:
    """An archive of TorchScript without what says where the source code lay."""
    return archive(content, lambda member, data: None if member.endswith("debug_pkl") else data)


def compiled(module: nn.Module) -> torch.jit.ScriptModule:
    """The module in use as a program; its classes are numbered from the first one on."""
    torch._C._jit_clear_class_registry()
    torch.jit._state._python_cu = torch._C.CompilationUnit()
    torch.jit._recursive.concrete_type_store = torch.jit._recursive.ConcreteTypeStore()
    return torch.jit.script(module.eval())


def traced(module: nn.Module, name: str) -> bytes:
    """What torch.jit.trace keeps of one that is called with one sequence, or one step."""
    compiled(nn.Identity())
    shape = (2, module.input_size) if isinstance(module, nn.RNNCellBase) else (2, 4, 3)
    dtype = next(module.parameters()).dtype
    return saved_script(torch.jit.trace(module.eval(), torch.ones(shape, dtype=dtype)))


def mobile(module: nn.Module, name: str) -> bytes:
    """What is loaded on telephones: bytecode stands beside the program."""
    return without_places(compiled(module)._save_to_buffer_for_lite_interpreter())


class Row(nn.Module):
    """A network whose leaves are called one after another, each with what the one before gave."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The whole sequence of what the last one gives."""
        for _, leaf in [pair for child in self.children() for pair in leaves(child)]:
            x = leaf(x)[0] if isinstance(leaf, nn.RNNBase) else leaf(x)
        return x


def exported(module: nn.Module, name: str) -> bytes:
    """What torch.export.save writes, without what says where the source code lay."""
    first = next(leaf for _, leaf in leaves(module))
    x = torch.ones((2, 4, 3), dtype=next(module.parameters()).dtype)
    x = x[:, :, 0].long() if isinstance(first, nn.Embedding) else x
    x = x[:, 0] if isinstance(first, nn.RNNCellBase) else x
    kind, buffer = type(module), io.BytesIO()
    module.__class__ = Row if kind is nn.Module else kind
    torch.export.save(torch.export.export(module.eval(), (x,)), buffer)
    module.__class__ = kind
    return archive(buffer.getvalue(), without_traces)


def without_traces(member: str, data: bytes) -> bytes:
    """The graph of a program without the lines of code that it was made of; JSON without blanks."""
    if not member.endswith(".json"):
        return data
    said = json.loads(data)
    for node in said["graph_module"]["graph"]["nodes"] if "graph_module" in said else ():
        node["metadata"] = {}
    return json.dumps(said, separators=(",", ":")).encode()


def before_2_8(module: nn.Module, name: str) -> bytes:
    """The same as PyTorch 2.7 laid it out, which 2.13 still reads."""
    new = zipfile.ZipFile(io.BytesIO(exported(module, name)))
    parts = {
        "version": b"8.8",
        "serialized_exported_program.json": new.read("archive/models/model.json"),
        "serialized_state_dict.pt": saved(dict(module.state_dict()), "state.pt"),
        "serialized_constants.pt": saved({}, "constants.pt"),
        "serialized_example_inputs.pt": new.read("archive/data/sample_inputs/model.pt"),
    }
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as old:
        for member, data in parts.items():
            old.writestr(zipfile.ZipInfo(member, LONG_AGO), data)
    return result.getvalue()


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

    return archive(saved(stored, name), swapped, zipfile.ZIP_STORED)


def flipped(data: bytes, width: int) -> bytes:
    """The bytes of every number in reverse."""
    return np.frombuffer(data, f"u{width}").byteswap().tobytes()


def safetensors(stored: Tensors, name: str, **metadata: str) -> bytes:
    """What safetensors.torch.save writes."""
    whole = {key: tensor.detach().contiguous() for key, tensor in stored.items()}
    return save(whole, metadata or None)


def npz(stored: Mapping[str, Any], name: str) -> bytes:
    """What numpy.savez writes of arrays or tensors."""
    result = io.BytesIO()
    np.savez(result, **{key: np.asarray(value) for key, value in stored.items()})
    return result.getvalue()


def pickled(protocol: int, stored: Any, name: str) -> bytes:
    """What pickle.dump writes; each storage in it is called by an address."""
    return renamed(pickle.dumps(stored, protocol))


def renamed(content: bytes) -> bytes:
    """A pickle without addresses."""
    key = rb"(X.\0\0\0)(\d{12,16})"
    return re.sub(key, lambda found: found[1] + b"9" * len(found[2]), content)


def arrays(protocol: int, stored: Tensors, name: str) -> bytes:
    """What pickle.dump writes of NumPy's arrays."""
    return pickle.dumps({key: tensor.numpy() for key, tensor in stored.items()}, protocol)


def joblib(stored: Any, name: str, **options: Any) -> bytes:
    """What joblib.dump writes."""
    from joblib import dump

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        dump(stored, path, **options)
        return renamed(path.read_bytes())


WRITERS: dict[str, Callable[[Any, str], bytes]] = {
    "zip": saved,
    "legacy": legacy,
    "big_endian": big_endian,
    "safetensors": partial(safetensors, format="pt"),
    "safetensors_bare": safetensors,
    "npz": npz,
    "script": lambda module, name: saved_script(compiled(module)),
    "trace": traced,
    "mobile": mobile,
    "pt2": exported,
    "pt2_before": before_2_8,
    **{f"pickle{n}": partial(pickled, n) for n in PROTOCOLS},
    **{f"arrays{n}": partial(arrays, n) for n in PROTOCOLS},
    "zip5": partial(saved, pickle_protocol=5),
    "joblib": joblib,
    "joblib2": partial(joblib, protocol=2),
    **{f"joblib_{kind}": partial(joblib, compress=(kind, 3)) for kind in PACKED},
}
