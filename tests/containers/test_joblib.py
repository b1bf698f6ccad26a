"""joblib's files from strangers: arrays between the opcodes, packed pickles; all is bounded."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zlib

import numpy as np
import pytest
import torch_writer as torch
from torch_writer import NONE, mapping, named, number, text

from rnncalc.containers import packed
from rnncalc.containers.torch import file as torch_file
from rnncalc.containers.torch.file import checkpoint
from rnncalc.containers.torch.objects import Instance
from rnncalc.errors import FileError
from rnncalc.readers.model_file import kind_of

NUMBERS = np.arange(6.0).reshape(2, 3)
PAD = b"\x03\xff\xff\xff"


def dtype(code: str, flags: int = 0) -> bytes:
    """NumPy's type, as it is pickled."""
    state = [number(3), text("<"), NONE, NONE, NONE, number(-1), number(-1), number(flags)]
    made = torch.called(named("numpy", "dtype"), text(code), b"\x89", b"\x88")
    return made + torch.tupled(*state) + b"b"


def array(
    data: bytes, shape: tuple[int, ...] = (2, 3), of: bytes = dtype("f8"), module: str = "joblib"
) -> bytes:
    """An array as joblib writes it, its bytes behind the opcode that builds its stand-in."""
    said = mapping(
        (text("subclass"), named("numpy", "ndarray")),
        (text("shape"), torch.tupled(*map(number, shape))),
        (text("order"), text("C")),
        (text("dtype"), of),
        (text("numpy_array_alignment_bytes"), number(16) if data.startswith(PAD) else NONE),
    )
    wrapper = named(f"{module}.numpy_pickle", "NumpyArrayWrapper")
    return wrapper + b")\x81" + said + b"b" + data


WIDE = array(NUMBERS.tobytes()).replace(b"}(", b"}(" + b"K\x00N" * 30, 1)
"""One of more attributes than any has: where many share them, looking through takes long."""


def file(path, body: bytes, pack=bytes):
    """A file of joblib."""
    path.write_bytes(pack(torch.pickled(body)))
    return path


@pytest.mark.parametrize("data", [NUMBERS.tobytes(), PAD + NUMBERS.tobytes()])
@pytest.mark.parametrize("module", ["joblib", "sklearn.externals.joblib"])
def test_numbers_stand_between_the_opcodes(module, data, tmp_path):
    """With padding since joblib 1.2; what comes behind them is found."""
    body = mapping((text("a"), array(data, module=module)), (text("b"), number(7)))
    found = checkpoint(file(tmp_path / "net.joblib", body))

    np.testing.assert_array_equal(found["a"].read(), NUMBERS)
    assert found["b"] == 7


def test_objects_are_a_pickle_in_the_pickle(tmp_path):
    """What was memoized outside is not known inside, and is known again behind it."""
    inner = torch.pickled(torch.called(named("evil", "Net"), number(1)) + b"q\x00")
    outside = text("kept") + b"q\x00"
    objects = array(inner, (1,), dtype("O8", 63))
    found = checkpoint(file(tmp_path / "net.joblib", torch.listed(outside, objects, b"h\x00")))

    assert (found[0], found[2]) == ("kept", "kept")
    assert (type(found[1]), found[1].kind) == (Instance, "evil Net")


def test_arrays_of_words_and_records_are_passed_over(tmp_path):
    """How many bytes they have is known, and what comes behind them is found."""
    records = dtype("V5")
    body = torch.listed(array(bytes(24), (2,), dtype("U3")), array(bytes(10), (2,), records))
    found = checkpoint(file(tmp_path / "net.joblib", body[:-1] + array(NUMBERS.tobytes()) + b"e"))

    np.testing.assert_array_equal(found[2].read(), NUMBERS)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (array(NUMBERS.tobytes()[:-9]), "the pickle is damaged or truncated"),
        (array(NUMBERS.tobytes(), (2**40, 2**40)), "the pickle is damaged or truncated"),
        (array(NUMBERS.tobytes(), (-2, 3)), "the pickle is damaged or truncated"),
        (array(NUMBERS.tobytes(), (1,) * 17), "the pickle is damaged or truncated"),
        (array(b"", (2,), NONE), "the pickle is damaged or truncated"),
        (array(b"", (2,), dtype("\u0666")), "the pickle is damaged or truncated"),
        (array(b"", (2,), dtype("V999999")), "the pickle is damaged or truncated"),
        (WIDE, "the pickle is damaged or truncated"),
        (array(NUMBERS.tobytes()) + b".more", r"goes on behind its pickle, by 6 bytes"),
        (
            array(torch.pickled(array(torch.pickled(NONE), (1,), dtype("O8"))), (1,), dtype("O8")),
            "arrays of objects in arrays of objects: refused",
        ),
        (
            named("joblib.numpy_pickle_compat", "ZNDArrayWrapper"),
            "joblib before 0.10, which keeps arrays in files beside it",
        ),
    ],
)
def test_claims_of_arrays(body, message, tmp_path):
    """Nothing is taken that is not there, and every file ends in one line."""
    with pytest.raises(FileError, match=rf"net\.joblib: .*({message})"):
        checkpoint(file(tmp_path / "net.joblib", torch.listed(body)))


PACKED = {
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "xz": lzma.compress,
}


@pytest.mark.parametrize("pack", PACKED.values(), ids=PACKED)
def test_packed_pickles(pack, tmp_path):
    """They are told by what is in them, not by their name; cut ones and longer ones are refused."""
    path = file(tmp_path / "net", torch.listed(array(NUMBERS.tobytes())), pack)
    content = path.read_bytes()

    assert kind_of(path) == "torch"
    np.testing.assert_array_equal(checkpoint(path)[0].read(), NUMBERS)
    for changed, message in (
        (content[:-5], "truncated or damaged: it cannot be unpacked"),
        (content + b"\0\0", "goes on behind what is packed in it"),
    ):
        path.write_bytes(changed)
        with pytest.raises(FileError, match=f"net: .*{message}"):
            checkpoint(path)


@pytest.mark.parametrize("pack", PACKED.values(), ids=PACKED)
def test_packed_bombs(pack, tmp_path, monkeypatch):
    """They are unpacked no further than a pickle may be long."""
    monkeypatch.setattr(torch_file, "LONGEST_ALONE", 1 << 17)
    monkeypatch.setattr(packed, "refuse_bomb", lambda unpacked, size: None)
    bomb = b"B" + struct.pack("<I", 1 << 20) + bytes(1 << 20)
    with pytest.raises(FileError, match="unpacks to more than 131,072 bytes"):
        checkpoint(file(tmp_path / "net.joblib", bomb, pack))


def test_a_dictionary_that_needs_gibibytes_is_not_made(tmp_path):
    """xz may claim 4 GiB for it in a few bytes."""
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}]
    data = bytearray(lzma.compress(torch.pickled(NONE), lzma.FORMAT_ALONE, filters=filters))
    data[1:5] = struct.pack("<I", 0xC0000000)
    path = tmp_path / "net.joblib"
    path.write_bytes(data)
    with pytest.raises(FileError, match="truncated or damaged"):
        checkpoint(path)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (b"\x04\x22\x4d\x18", "is packed with lz4: where it is trusted, joblib.dump"),
        (b"ZF0x12", "was packed by joblib before 0.10"),
        (gzip.compress(b"a tar archive", mtime=0), "is packed with gzip: unpack it"),
        (b"(dp0\nS'lstm'\n", "is no file of joblib"),
    ],
)
def test_what_else_is_packed_is_told(start, message, tmp_path):
    """With the way out."""
    from rnncalc.readers import container

    path = tmp_path / "net.joblib"
    path.write_bytes(start)
    with pytest.raises(FileError, match=message):
        container(path)
