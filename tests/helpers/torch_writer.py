"""Files of ``torch.save``, honest and hostile, made of opcodes and bytes: PyTorch is not needed."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np

NUMBERS = np.array([0.5, -1.25, 3.0, 0.125, -7.5, 11.0], np.float32)
"""What the storage ``0`` of a file holds that does not say otherwise."""

EMPTY = b")"
NONE = b"N"


def text(word: str) -> bytes:
    """Text, with its length before it."""
    data = word.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value: int) -> bytes:
    """A whole number of any length."""
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def named(module: str, name: str) -> bytes:
    """A class or function."""
    return f"c{module}\n{name}\n".encode()


def tupled(*parts: bytes) -> bytes:
    """A tuple."""
    return b"(" + b"".join(parts) + b"t"


def listed(*parts: bytes) -> bytes:
    """A list."""
    return b"](" + b"".join(parts) + b"e"


def mapping(*pairs: tuple[bytes, bytes]) -> bytes:
    """A dict."""
    return b"}(" + b"".join(key + value for key, value in pairs) + b"u"


def called(function: bytes, *arguments: bytes) -> bytes:
    """What a function gives."""
    return function + tupled(*arguments) + b"R"


ORDERED = called(named("collections", "OrderedDict"))


def storage(kind: str = "FloatStorage", key: str = "0", count: int = 6, *more: bytes) -> bytes:
    """A storage, as a persistent id."""
    told = text("storage"), named("torch", kind), text(key), text("cuda:0"), number(count)
    return tupled(*told, *more) + b"Q"


def tensor(
    shape: tuple[int, ...] = (2, 3),
    strides: tuple[int, ...] = (3, 1),
    offset: int = 0,
    of: bytes | None = None,
) -> bytes:
    """A tensor; of the storage ``0``, where nothing else is said."""
    rebuild = named("torch._utils", "_rebuild_tensor_v2")
    sizes = [tupled(*map(number, lengths)) for lengths in (shape, strides)]
    start = storage() if of is None else of, number(offset)
    return called(rebuild, *start, *sizes, b"\x89", ORDERED)


def pickled(body: bytes) -> bytes:
    """A whole pickle of protocol 2."""
    return b"\x80\x02" + body + b"."


def members(body: bytes, storages: dict[str, bytes] | None = None, top: str = "net"):
    """Names and contents of an archive."""
    held = {"0": NUMBERS.tobytes()} if storages is None else storages
    yield f"{top}/data.pkl", pickled(body)
    yield f"{top}/byteorder", b"little"
    for key, data in held.items():
        yield f"{top}/data/{key}", data
    yield f"{top}/version", b"3\n"


def archive(path: Path, body: bytes, storages: dict[str, bytes] | None = None) -> Path:
    """A file as PyTorch 1.6 and later write it."""
    with zipfile.ZipFile(path, "w") as made:
        for name, data in members(body, storages):
            made.writestr(zipfile.ZipInfo(name), data)
    return path


def in_a_row(path: Path, body: bytes, storages: dict[str, tuple[int, bytes]] | None = None) -> Path:
    """A file as PyTorch before 1.6 wrote it; of each storage how many numbers, and their bytes."""
    held = {"0": (6, NUMBERS.tobytes())} if storages is None else storages
    out = io.BytesIO()
    magic, protocol = number(0x1950A86A20F9469CFC6C), number(1001)
    keys = listed(*map(text, held))
    for part in (magic, protocol, mapping((text("little_endian"), b"\x88")), body, keys):
        out.write(pickled(part))
    for count, data in held.values():
        out.write(struct.pack("<q", count) + data)
    path.write_bytes(out.getvalue())
    return path
