"""Files of safetensors: those that its library writes, and those that the format forbids."""

from __future__ import annotations

import json
import os
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncalc.containers import safetensors as from_safetensors
from rnncalc.containers.safetensors import tensors
from rnncalc.errors import FileError

library = pytest.importorskip("safetensors")

RANDOM = np.random.default_rng(3)
WEIGHTS = {
    "lstm.weight_ih_l0": RANDOM.normal(size=(12, 2)).astype(np.float32),
    "lstm.bias_ih_l0": RANDOM.normal(size=12),
    "half": RANDOM.normal(size=(2, 3)).astype(np.float16),
    "counts": np.array([[3, -7], [2, 11]]),
    "mask": np.array([True, False, True]),
    "scalar": np.array(2.5),
    "nothing": np.zeros((0, 3)),
    **{
        dtype: RANDOM.integers(0, 100, 5).astype(dtype)
        for dtype in ("int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64")
    },
}


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A file of the library's own."""
    from safetensors.numpy import save_file

    path = tmp_path_factory.mktemp("real") / "net.safetensors"
    save_file(WEIGHTS, path, {"format": "pt", "who": "me"})
    return path


def entry(shape=(2,), start=0, end=8, dtype="F32"):
    """What the header says of a tensor."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


def written(folder: Path, header: dict | bytes, data: bytes = b"", claimed: int | None = None):
    """A file with this header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    length = struct.pack("<Q", len(text) if claimed is None else claimed)
    (folder / "net.safetensors").write_bytes(length + text + data)
    return folder / "net.safetensors"


def refused(path: Path, message: str) -> None:
    """The file is refused in one short line that begins with its name."""
    with pytest.raises(FileError, match=message) as caught:
        read(path)
    said = str(caught.value)
    assert path.name in said
    assert len(said) < 1000
    assert said.isprintable()


def read(path: Path) -> None:
    """Read all that a file has."""
    for one in tensors(path)[0].values():
        assert one.read().shape == one.shape


def test_what_the_library_wrote(real):
    """Names, types, shapes, numbers and the notes beside them."""
    found, notes = tensors(real)

    assert notes == {"format": "pt", "who": "me"}
    assert {*found} == {*WEIGHTS}
    for name, array in WEIGHTS.items():
        one = found[name]
        assert (one.name, one.dtype, one.shape) == (name, str(array.dtype), array.shape)
        numbers = one.read()
        assert (numbers.dtype, numbers.shape) == (np.float64, array.shape)
        np.testing.assert_array_equal(numbers, array.astype(float))


def test_the_library_takes_the_files_of_these_tests(tmp_path):
    """What ``written`` writes is what the library reads."""
    from safetensors.numpy import load_file

    path = written(tmp_path, {"w": entry()}, np.array([1, -2], np.float32).tobytes())
    np.testing.assert_array_equal(load_file(path)["w"], tensors(path)[0]["w"].read())


def test_bfloat16(tmp_path):
    """It has the first half of a float32."""
    halves = np.array([0x3F80, 0xC000, 0x7F80, 0x0001], np.uint16)
    path = written(tmp_path, {"w": entry((2, 2), 0, 8, "BF16")}, halves.tobytes())
    found = tensors(path)[0]["w"]

    assert found.dtype == "bfloat16"
    np.testing.assert_array_equal(found.read(), [[1, -2], [np.inf, 2.0**-133]])


def test_the_order_is_that_of_the_header(tmp_path):
    """Not of the numbers, nor of the alphabet."""
    header = {"b": entry((1,), 4, 8), "a": entry((1,), 8, 12), "c": entry((1,), 0, 4)}
    found, notes = tensors(written(tmp_path, header, np.arange(3, dtype=np.float32).tobytes()))

    assert ([*found], notes) == (["b", "a", "c"], {})
    assert [one.read().item() for one in found.values()] == [1, 2, 0]


@pytest.mark.parametrize(
    ("dtype", "size", "message"),
    [
        ("F8_E4M3", 2, "holds float8_e4m3fn, which is not read. Convert it"),
        ("F8_E5M2", 2, "holds float8_e5m2, which is not read"),
        ("C64", 16, "holds complex64, not real numbers"),
    ],
)
def test_numbers_that_are_not_read(dtype, size, message, tmp_path):
    """They stand among the tensors and are refused when they are read."""
    found = tensors(written(tmp_path, {"w": entry((2,), 0, size, dtype)}, bytes(size)))[0]
    with pytest.raises(FileError, match=rf"w: {message}"):
        found["w"].read()


def test_a_missing_library(real, monkeypatch):
    """One line says what to install."""
    monkeypatch.setitem(sys.modules, "safetensors", None)
    refused(
        real,
        r"net\.safetensors: reading \.safetensors needs safetensors: "
        r"pip install 'rnncalc\[models\]'$",
    )


DUPLICATE = json.dumps(entry()).encode()


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"a": entry(), "b": entry((2,), 12, 20)}, r"b: .* \[12, 20\], and there are 8 bytes"),
        ({"a": entry((1,)), "b": entry((1,), 4, 8)}, "a: .* F32 of shape .1. takes 4 bytes"),
        ({"a": entry((1,), 4, 8)}, "a: is damaged: a hole is in front of its bytes"),
        ({"a": entry((1,), 0, 4), "b": entry()}, "b: is damaged: another one has some of"),
        ({"a": entry(), "b": entry()}, "b: is damaged: another one has some of its bytes"),
        ({"a": entry((1,), 0, 4)}, "4 bytes behind the last tensor, 'a' belong to none"),
        ({}, "8 bytes behind its header belong to none"),
        ({"a": entry((4,), 0, 16)}, r"a: .* data_offsets are \[0, 16\], and there are 8 bytes"),
        ({"a": entry((2,), 8, 0)}, r"a: .* data_offsets are \[8, 0\]"),
        ({"a": entry((3,))}, r"a: is damaged: F32 of shape \[3\] takes 12 bytes, and it has 8"),
        ({"a": entry((2**40, 2**40))}, "a: is damaged: F32 of shape .* takes .* bytes"),
        ({"a": entry((2**62,), 0, 2**64 - 1)}, "a: is damaged"),
        ({"a": entry((-2,))}, r"a: .* its shape is \[-2\], expected a few whole numbers"),
        ({"a": entry((2.0,))}, r"a: .* its shape is \[2.0\], expected a few whole numbers"),
        ({"a": entry() | {"shape": 2}}, "a: .* its shape is 2, expected a few whole numbers"),
        ({"a": entry(dtype="X32")}, "a: is damaged: there is no type 'X32'"),
        ({"a": {"dtype": "F32", "shape": [2]}}, "a: is not described by data_offsets, dtype"),
        ({"a": entry() | {"axes": "T"}}, "a: is not described by .* and nothing else"),
        ({"a": entry((1,) * 17, 0, 4), "b": entry((1,), 4, 8)}, "a: has 17 axes, at most 16"),
        ({"__metadata__": {"n": 1}, "a": entry()}, "is damaged: .*expected a string"),
        (b'{"a":%b,"a":%b}' % (DUPLICATE, DUPLICATE), "has two of the name 'a'"),
        (b'{"__metadata__":{"k":"1","k":"2"},"a":%b}' % DUPLICATE, "has two of the name 'k'"),
        (b'{"__metadata__":{},"__metadata__":{},"a":%b}' % DUPLICATE, "two of the name '__met"),
        (b'{"a":["F32",[2],[0,8]]}', "a: is not described by data_offsets, dtype, shape"),
        (b' {"a":%b}' % DUPLICATE, "its header does not begin with {"),
        (b"[" * 100_000, "its header does not begin with {"),
        (b'{"a":' + b"[" * 100_000, "is damaged"),
        (b'{"a":%b' % DUPLICATE, "is damaged: invalid JSON"),
        (b'{"\xff":%b}' % DUPLICATE, "is damaged: invalid UTF-8"),
        (b'{"\\ud800":%b}' % DUPLICATE, "is damaged: invalid JSON"),
        (b'{"a\\u001b[31m":%b,"a\\u001b[31m":%b}' % (DUPLICATE, DUPLICATE), r"name 'a\\x1b\[31m'"),
    ],
)
def test_what_the_format_forbids(header, message, tmp_path):
    """Holes, overlaps, duplicates, claims beyond the file, headers that are none."""
    refused(written(tmp_path, header, bytes(8)), message)


@pytest.mark.parametrize(
    ("claimed", "message"),
    [
        (2**63, "is truncated, or not .*: it has 80 bytes, and a header of 9,223,372,036,854,775"),
        (73, "is truncated, or not a safetensors file"),
        (0, "its header does not begin with {"),
    ],
)
def test_a_length_that_lies(claimed, message, tmp_path):
    """The header's length is judged before anything is read."""
    refused(written(tmp_path, b"{" + b" " * 71, claimed=claimed), message)


def test_headers_that_are_too_long(tmp_path, monkeypatch):
    """A header becomes objects one by one: neither too many bytes of it nor too many tensors."""
    refused(written(tmp_path, b"{" + b" " * (9 << 20) + b"}"), "header of .* at most 8,388,608")
    monkeypatch.setattr(from_safetensors, "MOST", 2)
    header = {name: entry((0,), 0, 0) for name in "abc"}
    refused(written(tmp_path, header), "has 3 tensors, at most 2 are read")


def test_other_files(tmp_path):
    """Empty files, sparse ones, folders, devices."""
    path = tmp_path / "net.safetensors"
    path.write_bytes(b"")
    refused(path, "is truncated, or not a safetensors file: it has 0 bytes")
    written(tmp_path, {"a": entry((3 << 30,), 0, 3 << 30, "U8")})
    os.truncate(path, path.stat().st_size + (3 << 30))
    refused(path, "bytes, of which next to none are on the disk")
    refused(tmp_path, "is a folder, not a file")
    refused(Path("/dev/zero"), "is a device or a pipe")
    refused(tmp_path / "none.safetensors", "there is no such file")


def test_numbers_are_read_when_asked_for(tmp_path):
    """A file that is cut off after a look into it is an error of the tensor that is read."""
    path = written(tmp_path, {"w": entry()}, bytes(8))
    found = tensors(path)[0]
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(FileError, match=r"w: is truncated"):
        found["w"].read()


@given(data=st.data())
def test_damaged_files(real, tmp_path_factory, data):
    """A file with bytes changed, cut off or added is read or refused, and nothing is written."""
    folder = tmp_path_factory.getbasetemp() / "damaged-safetensors"
    folder.mkdir(exist_ok=True)
    content = bytearray(real.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        start = data.draw(st.integers(0, len(content) - 1))
        change = data.draw(st.sampled_from(["byte", "cut", "splice"]))
        if change == "byte":
            content[place] = data.draw(st.integers(0, 255))
        elif change == "cut":
            del content[max(place, 1) :]
        else:
            content[place:place] = content[start : start + data.draw(st.integers(1, 40))]
    path = folder / "net.safetensors"
    path.write_bytes(content)
    try:
        read(path)
    except FileError:
        refused(path, ".")
    assert os.listdir(folder) == ["net.safetensors"]
