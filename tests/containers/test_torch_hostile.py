"""Files of ``torch.save`` from strangers: nothing is run, nothing is believed, all is bounded."""

from __future__ import annotations

import io
import os
import re
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch_writer as torch
from conftest import existing
from golden_files import CONTAINERS
from hypothesis import given
from hypothesis import strategies as st
from state_dicts import tensors_in
from torch_writer import NONE, archive, in_a_row, listed, mapping, named, number, tensor, text

from rnncalc.containers import raw
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch import file as torch_file
from rnncalc.containers.torch import machine, storages
from rnncalc.containers.torch.file import checkpoint
from rnncalc.containers.torch.objects import Instance
from rnncalc.errors import FileError, located
from rnncalc.readers.model_file import contents
from rnncalc.readers.of_torch.file import of_file

REBUILD = named("torch._utils", "_rebuild_tensor_v2")
FLOATS = torch.storage()
DAMAGED = "the pickle is damaged"


def read(path: Path) -> None:
    """Read all that a file has."""
    for one in tensors_in(checkpoint(path)).values():
        with located(path.name):  # whoever reads tensors knows the file
            assert one.read().shape == one.shape


def refused(path: Path, message: str) -> None:
    """The file is refused in one short line that begins with its name."""
    with pytest.raises(FileError, match=message) as caught:
        read(path)
    said = str(caught.value)
    assert path.name in said
    assert len(said) < 1000
    assert said.isprintable()


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (torch.called(named("os", "system"), text("touch hacked")), "os system"),
        (torch.called(named("builtins", "eval"), text("1")), "builtins eval"),
        (
            text("posix") + text("system") + b"\x93" + torch.tupled(text("id")) + b"R",
            "posix system",
        ),
        (named("__main__", "Net") + b")\x81}b", "__main__ Net"),
        (named("torch", "load"), "torch load"),
        (named("torch._utils", "_rebuild_tensor_v2.__globals__"), "_rebuild_tensor_v2.__globals__"),
        (named("numpy.core.multiarray", "scalar"), "numpy.core.multiarray scalar"),
        (named("rnncalc.cli", "main"), "rnncalc.cli main"),
        (named("e\x1b[31mvil", "\u202ename"), r"e\\x1b\[31mvil \\u202ename"),
        (named("x" * 400, "y" * 400), "x{50}"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_names_of_code_are_told_and_not_called(body, name, tmp_path, monkeypatch):
    """What a pickle names and is not in the table is told by its name; nothing happens."""
    monkeypatch.chdir(tmp_path)
    for write in (archive, older, alone):
        unread(write(tmp_path / "net.pt", body), name)
    assert os.listdir(tmp_path) == ["net.pt"]


def unread(path: Path, message: str) -> None:
    """No network is in the file, and one short line says so."""
    with pytest.raises(FileError, match=message) as caught:
        of_file(path, path.name)
    said = str(caught.value)
    assert path.name in said
    assert len(said) < 1000
    assert said.isprintable()


def older(path: Path, body: bytes) -> Path:
    """The older format, without storages."""
    return in_a_row(path, body, {})


def alone(path: Path, body: bytes) -> Path:
    """A pickle and nothing else."""
    path.write_bytes(torch.pickled(body))
    return path


SYSTEM = torch.called(named("os", "system"), text("touch hacked"))
STAND_INS = {
    "NEWOBJ": named("evil", "Net") + torch.tupled(text("a")) + b"\x81",
    "NEWOBJ_EX": named("evil", "Net") + b")" + mapping((text("key"), SYSTEM)) + b"\x92",
    "BUILD": SYSTEM + mapping((text("__setstate__"), named("os", "system"))) + b"b",
    "slots": SYSTEM + torch.tupled(NONE, mapping((text("slot"), number(1)))) + b"b",
    "another state": SYSTEM + text("state") + b"b",
    "SETITEM": SYSTEM + text("__class__") + named("os", "system") + b"s",
    "SETITEMS": SYSTEM + b"(" + text("__dict__") + NONE + b"u",
    "APPEND": SYSTEM + number(1) + b"a",
    "APPENDS": SYSTEM + b"(" + number(1) + SYSTEM + b"e",
    "ADDITEMS": SYSTEM + b"(" + number(1) + b"\x90",
    "what a call gave": torch.called(
        torch.called(named("builtins", "getattr"), named("os", "path"), text("join")), text("a")
    ),
    "itself": SYSTEM + b"q\x07" + text("me") + b"h\x07s",
    "__reduce__": torch.called(named("copyreg", "__reduce_ex__"), named("evil", "Net"), number(2)),
}


@pytest.mark.parametrize("body", STAND_INS.values(), ids=STAND_INS)
def test_stand_ins_keep_what_they_are_given(body, tmp_path, monkeypatch):
    """Under every opcode an unknown name is data, also beside weights; nothing is called."""
    monkeypatch.chdir(tmp_path)
    for write in (archive, older, alone):
        path = write(tmp_path / "net.pt", body)
        unread(path, "an object of '.*' without tensors, of which nothing was called")
        found = checkpoint(write(path, mapping((text("a"), body), (text("b"), number(5)))))
        assert (type(found["a"]), found["b"]) == (Instance, 5)
    assert os.listdir(tmp_path) == ["net.pt"]


def test_a_weight_that_a_call_would_make_is_refused(tmp_path):
    """It is not left out, as what stands beside weights is."""
    body = mapping((text("lstm.weight_ih_l0"), tensor()), (text("lstm.bias_ih_l0"), SYSTEM))
    unread(archive(tmp_path / "net.pt", body), "lstm.bias_ih_l0 is what 'os system' would make")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("sklearn.preprocessing._data", "a model or scaler of scikit-learn, which is not computed"),
        ("xgboost.core", "a model of XGBoost, which is not computed here"),
        ("keras.src.legacy.preprocessing.text", "a tokenizer of Keras, not a network"),
    ],
)
def test_objects_of_other_libraries_are_told(module, message, tmp_path):
    """They are often pickled beside a network, and taken for it."""
    body = torch.called(named(module, "Some")) + mapping((text("mean_"), number(1))) + b"b"
    unread(alone(tmp_path / "scaler.pkl", body), f"{message}.*: an object of '{module} Some'")


def test_a_model_of_keras_in_a_pickle(tmp_path):
    """It is the .keras archive that is in it."""
    path = Path(__file__).parents[1] / "golden/files/keras/lstm.keras"
    held = path.read_bytes()
    ask = torch.called(named("builtins", "getattr"), named("keras", "Sequential"), text("_load"))
    file = named("_io", "BytesIO") + b")\x81" + torch.tupled(_bytes(held), number(0), NONE) + b"b"
    read = of_file(alone(tmp_path / "net.pkl", torch.called(ask, file)), "net.pkl")
    (part,) = [part for part in read.parts if part.kind == "recurrent"]
    (other,) = [part for part in contents(path, "keras").parts if part.kind == "recurrent"]
    tensors = [key for key, value in other.block.items() if isinstance(value, Tensor)]
    assert tensors
    for key in tensors:
        np.testing.assert_array_equal(part.block[key].read(), other.block[key].read())
    assert part.block.keys() == other.block.keys()


def _bytes(data: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(data)) + data


def test_bytes_that_are_shared_are_read_once(tmp_path):
    """A storage that stands in a pickle, and is asked for again and again."""
    inner = in_a_row(tmp_path / "inner.pt", torch.storage()).read_bytes()
    data = _bytes(inner)
    ask = named("torch.storage", "_load_from_bytes")
    again = b"h\x01h\x02\x85R"
    body = b"](" + ask + b"q\x01" + data + b"q\x02\x85R" + again * 50_000 + b"e"
    found = checkpoint(alone(tmp_path / "net.pkl", body))

    assert len(found) == 50_001
    assert {one.read().tobytes() for one in found[:3]} == {torch.NUMBERS.astype(float).tobytes()}


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2**40, 2**40), "24 bytes for the shape"),
        ((7,), "24 bytes for the shape"),
        ((1,) * 99, "an array has no shape"),
    ],
)
def test_arrays_are_no_larger_than_their_bytes(shape, message, tmp_path):
    """A shape of NumPy's is believed only where the bytes are there."""
    dtype = torch.called(named("numpy", "dtype"), text("f8"), b"\x89", b"\x88")
    parts = number(1), torch.tupled(*map(number, shape)), dtype, b"\x89", b"C\x18" + bytes(24)
    made = torch.called(named("numpy.core.multiarray", "_reconstruct"))
    body = mapping((text("a"), made + torch.tupled(*parts) + b"b"))
    refused(alone(tmp_path / "net.pkl", body), message)


def test_programs_are_told_by_their_names(tmp_path):
    """A class of TorchScript belongs into an archive of it."""
    message = "'__torch__ Net', of TorchScript, outside of an archive of it"
    refused(archive(tmp_path / "net.pt", named("__torch__", "Net")), message)


def test_no_module_is_imported(tmp_path, monkeypatch):
    """A module beside the file, named in it, is not imported."""
    (tmp_path / "evil.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    unread(archive(tmp_path / "net.pt", torch.called(named("evil", "Net"))), "'evil Net'")
    assert "evil" not in sys.modules


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"(S'id'\nios\nsystem\n", "STRING"),
        (b"(ios\nsystem\n", "INST"),
        (b"(" + named("collections", "OrderedDict") + b"o", "OBJ"),
        (b"\x82\x01", "EXT1"),
        (b"\x83\x01\x00", "EXT2"),
        (b"\x84\x01\x00\x00\x00", "EXT4"),
        (b"\x8b\xff\xff\xff\x7f", "LONG4"),
        (b"\x97", "NEXT_BUFFER"),
        (b"Pid\n", "PERSID"),
        (b"I1\n", "INT"),
        (b"p100000000\n", "PUT"),
        (b"\xff", "0xff"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_opcodes_that_no_weights_need(body, name, tmp_path):
    """Whatever can build objects otherwise, or claims a length of 4 GiB and more, is not obeyed."""
    refused(archive(tmp_path / "net.pt", body), f"no plain weights: it has the opcode {name}$")


@pytest.mark.parametrize(
    "body",
    [
        b"X" + struct.pack("<I", 2**32 - 1),
        b"\x8d" + struct.pack("<Q", 2**62) + b"word",
        b"\x8e" + b"\xff" * 8,
        b"\x96" + b"\xff" * 8,
        b"B\xff\xff\xff\xff",
        named("argparse", "Namespace") + b")}\x92",
        b"0",
        b"X\x01\x00\x00\x00\xff",
        b"\x8a\xff",
        b"h\x07",
        b"j" + struct.pack("<I", 2**28),
        b"t",
        b"\x87",
        b"q\x00",
        b"R",
        b")R",
        text("os") + b")R",
        text("os") + number(1) + b"\x93",
        b"]}b",
        tensor() + b"}b",
        b"})b",
        b"]" + NONE + NONE + b"s",
        b"}(" + NONE + b"u",
        b")" + NONE + b"a",
        NONE + b"Q",
        torch.tupled(text("module"), NONE, text("0"), NONE, number(1)) + b"Q",
        torch.tupled(text("storage"), NONE, text("0"), NONE, number(1)) + b"Q",
        torch.tupled(text("storage"), REBUILD, text("0"), NONE, number(1)) + b"Q",
        torch.tupled(*[NONE] * 7) + b"Q",
        REBUILD + b")R",
        torch.called(REBUILD, *[NONE] * 11),
        torch.called(named("torch._utils", "_rebuild_parameter"), NONE),
        torch.called(named("torch", "Size"), number(3)),
        torch.called(named("torch", "device"), listed()),
        torch.called(named("collections", "OrderedDict"), number(3)),
        torch.called(named("argparse", "Namespace"), NONE),
        torch.called(
            named("torch._utils", "_rebuild_tensor_v3"), FLOATS, *[NONE] * 5, text("torch.evil")
        ),
        b"cno newline",
    ],
    ids=repr,
)
def test_opcodes_that_do_not_fit(body, tmp_path):
    """A pickle that takes what is not there, or calls a stand-in with anything else, is damaged."""
    refused(archive(tmp_path / "net.pt", body), f"{DAMAGED}|is damaged: a tensor is described")


def test_a_storage_is_not_called(tmp_path):
    """A class that stands for a type of numbers makes no object."""
    body = torch.called(named("torch", "FloatStorage"), number(2**40))
    refused(archive(tmp_path / "net.pt", body), "calls 'torch FloatStorage', which no weights do")


def test_a_position_in_the_memo_costs_nothing(tmp_path):
    """LONG_BINPUT 2^28 and beyond is obeyed without room for those before it."""
    body = b"](" + text("a") + b"r" + struct.pack("<I", 2**28) + b"r\xff\xff\xff\xff"
    path = archive(tmp_path / "net.pt", body + b"j\xff\xff\xff\xff" + b"e")
    assert checkpoint(path) == ["a", "a"]


def test_a_claim_of_a_frame_is_not_believed(tmp_path):
    """A FRAME of 2^62 bytes says nothing."""
    assert checkpoint(archive(tmp_path / "net.pt", b"\x95" + struct.pack("<Q", 2**62) + b"]")) == []


LAUGHS = b"]q\x00" + b"".join(
    b"](" + (b"h" + bytes([level])) * 10 + b"eq" + bytes([level + 1]) for level in range(40)
)
"""Lists of ten times the same list, 40 levels of them: 10^40 values."""

ITSELF = b"]q\x00h\x00a"
LONG = "x" * (12 << 20)
KEYS = text(LONG) + b"q\x00" + b"}h\x00" * 60 + tensor() + b"s" * 60
DEVICES = (
    text(LONG) + b"q\x00](" + torch.called(named("torch", "device"), b"h\x00", number(1)) * 500
)
MANY = b"](" + REBUILD + b"q\x00" + tensor()[len(REBUILD) : -1] + b"q\x01R"
COPIED = torch.tupled(NONE * 300_000) + b"q\x00" + torch.called(named("n", "N")) + b"q\x01"
"""Arguments of a call, for calls of what it gives."""

BOMBS = {
    "laughs": (LAUGHS, f"more than {torch_file.MOST_VALUES:,} values: refused"),
    "itself": (ITSELF, f"deeper than {torch_file.DEEPEST} levels"),
    "brackets": (b"]" * 100_000 + b"a" * 99_999, f"deeper than {torch_file.DEEPEST} levels"),
    "tuples": (b")" + b"\x85" * 100_000, f"deeper than {torch_file.DEEPEST} levels"),
    "steps": (b"](" + b"}" * machine.STEPS + b"e", f"more than {machine.STEPS:,} steps"),
    "tensors": (MANY + b"h\x00h\x01R" * 50_000 + b"e", f"more than {machine.STEPS:,} steps"),
    "calls": (COPIED + b"h\x01h\x00R0" * 10 + b".", f"more than {machine.STEPS:,} steps"),
    "keys": (COPIED + b"cn\nN\nh\x00}\x920" * 10 + b".", f"more than {machine.STEPS:,} steps"),
    "devices": (DEVICES + b"e", DAMAGED),
    "name": (KEYS, "a tensor whose name is longer than 1,000 letters: xxx"),
    "key": (mapping((listed(), NONE)), "a key that is neither text nor a small number"),
    "number": (mapping((number(1 << 2000), NONE)), "neither text nor a small number"),
    "pairs": (
        torch.called(named("collections", "OrderedDict"), listed(NONE)),
        "a dict has something else than pairs",
    ),
    "value": (number(5), "holds no weights, but one value: 5"),
    "size": (text("x" * machine.LONGEST), "data.pkl has 16,777,224 bytes, at most 16,777,216"),
}


HELD = """
import resource, sys, time
from pathlib import Path
from rnncalc.containers.torch.objects import Instance
from rnncalc.errors import FileError, located
from rnncalc.readers.model_file import contents
from rnncalc.readers.of_torch.file import of_file
from rnncalc.containers.torch.file import checkpoint
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
for name in sys.argv[1:]:
    start = time.process_time()
    try:
        checkpoint(Path(name))
    except FileError as error:
        print(error)
    assert time.process_time() - start < 10, name
"""


def test_bombs(tmp_path):
    """A short pickle that describes endless values is refused after so many steps and values: none
    takes 10 seconds, or a GiB with all that is loaded.
    """
    paths = [archive(tmp_path / f"{name}.pt", body) for name, (body, _) in BOMBS.items()]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", HELD, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, env=environment, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    for (name, (_, message)), line in zip(BOMBS.items(), done.stdout.splitlines(), strict=True):
        assert re.search(rf"{name}\.pt: .*{message}", line)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (tensor((2, 4), (4, 1)), r"of shape \(2, 4\): reaches to number 8, but its storage has 6"),
        (tensor((2, 3), (3, 1), 1), "reaches to number 7, but its storage has 6"),
        (tensor((2, 3), (3, 1), 2**62), "reaches to number 4,611,686,018,427,387,910"),
        (tensor((2**40, 2**40), (0, 0)), "repeats the 6 numbers of its storage too often"),
        (tensor((70_000,), (0,)), "repeats the 6 numbers .* tensor.clone()"),
        (tensor((2**2000,), (1,)), "of shape .* characters.: reaches to number"),
        (tensor((-1, 3), (3, 1)), "described without storage, shape or strides"),
        (tensor((2, 3), (3, -1)), "described without storage, shape or strides"),
        (tensor((2, 3), (3, 1), -1), "described without storage, shape or strides"),
        (tensor((1,) * 17, (1,) * 17), "described without storage, shape or strides"),
        (tensor((2, 3), (1,)), r"of shape \(2, 3\): has 1 strides, 2 were expected"),
        (tensor(of=torch.storage(count=7)), "storage '0': has 24 bytes, 28 were expected"),
        (tensor(of=torch.storage("DoubleStorage")), "storage '0': has 24 bytes, 48 were expected"),
        (tensor(of=torch.storage(count=2**1000)), "has 24 bytes, .* were expected"),
        (tensor(of=torch.storage(count=-6)), "storage '0' is described in a way"),
        (tensor(of=torch.storage("FloatStorage", "../../0")), "'../../0': is not in the archive"),
        (tensor(of=torch.storage("FloatStorage", "0", 6, listed())), "described in a way"),
        (listed(tensor(), tensor(of=torch.storage("IntStorage"))), "described in two ways"),
    ],
)
def test_claims_beyond_the_storage(body, message, tmp_path):
    """Shape, strides, offset and length are judged before anything is read."""
    refused(archive(tmp_path / "net.pt", body), message)


def test_a_tensor_may_be_large_where_nothing_is(tmp_path):
    """A shape with a 0 in it has no numbers, however large its other lengths."""
    assert checkpoint(archive(tmp_path / "net.pt", tensor((0, 2**40), (1, 1)))).read().size == 0


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [((0,), (1,), 2**2000), ((3, 0), (2**80, 2**80), 0), ((1, 3), (2**80, 1), 0), ((1,), (0,), 5)],
)
def test_steps_that_are_never_taken(shape, strides, offset, tmp_path):
    """Strides of axes with one number or none, and offsets of nothing, say nothing."""
    found = checkpoint(archive(tmp_path / "net.pt", tensor(shape, strides, offset)))
    numbers = torch.NUMBERS[offset : offset + max(shape)] if 0 not in shape else []
    np.testing.assert_array_equal(found.read().ravel(), numbers)


@pytest.mark.parametrize("shape", [(0, 2**62), (0, 2**31, 2**31), (2**2000, 0)])
def test_shapes_of_nothing_that_no_array_can_have(shape, tmp_path):
    """They are refused when they are read, not by NumPy."""
    refused(archive(tmp_path / "net.pt", tensor(shape, (1,) * len(shape))), "no array can have")


def test_more_numbers_than_are_read(tmp_path, monkeypatch):
    """Tensors beyond a GiB, and views over too many numbers, are refused when they are read."""
    path = archive(tmp_path / "net.pt", listed(tensor(), tensor((2,), (5,)), tensor((2,), (1,))))
    monkeypatch.setattr(raw, "MOST", 5)
    monkeypatch.setattr(raw, "WIDEST_VIEW", 5)
    whole, view, few = checkpoint(path)
    with pytest.raises(FileError, match=r"0: has 6 numbers, at most 5 are read"):
        whole.read()
    with pytest.raises(FileError, match=r"is a view over 6 numbers, .* tensor.clone\(\)"):
        view.read()
    np.testing.assert_array_equal(few.read(), torch.NUMBERS[:2])


def test_the_checksum_of_an_endless_storage_is_not_taken(tmp_path, monkeypatch):
    """Beyond a GiB a tensor of few numbers is not kept waiting for it."""
    path = archive(tmp_path / "net.pt", tensor((2,), (1,), 4))
    path.write_bytes(path.read_bytes().replace(torch.NUMBERS.tobytes()[:4], b"\0\0\0\0"))
    monkeypatch.setattr(storages, "CHECKED", 23)

    np.testing.assert_array_equal(checkpoint(path).read(), torch.NUMBERS[4:])


def zipped(path: Path, change=lambda name, info: None, kind: int = zipfile.ZIP_STORED) -> Path:
    """An archive some of whose members are not as they should be."""
    with zipfile.ZipFile(path, "w") as made:
        for name, data in torch.members(tensor()):
            info = zipfile.ZipInfo(name)
            info.compress_type = kind
            made.writestr(info, data)
            change(name, info)
    return path


def test_compressed_members(tmp_path):
    """A bomb is refused with every other archive whose members are not as torch.save has them."""
    path = zipped(tmp_path / "net.pt", kind=zipfile.ZIP_DEFLATED)
    refused(path, r"net\.pt: net/data\.pkl: is compressed, which this format never is")


def larger(name: str, info: zipfile.ZipInfo) -> None:
    if name.endswith("data/0"):
        info.file_size = info.compress_size = 2**40


def one_place(name: str, info: zipfile.ZipInfo) -> None:
    info.header_offset = 0


def longer(name: str, info: zipfile.ZipInfo) -> None:
    if name.endswith("data.pkl"):
        info.file_size = info.compress_size = info.file_size + 5


def encrypted(name: str, info: zipfile.ZipInfo) -> None:
    info.flag_bits |= 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (larger, "data/0 is damaged: it ends behind the end of the file"),
        (one_place, "damaged: it runs into what follows it"),
        (longer, "data.pkl: damaged: it runs into what follows it"),
        (encrypted, "is encrypted"),
    ],
)
def test_a_list_of_members_that_lies(change, message, tmp_path):
    """Sizes and places of members are judged by what is there."""
    refused(zipped(tmp_path / "net.pt", change), message)


def test_two_members_of_one_name(tmp_path):
    """Readers would not agree on which of them counts."""
    path = archive(tmp_path / "net.pt", tensor())
    with zipfile.ZipFile(path, "a") as made, pytest.warns(UserWarning, match="Duplicate name"):
        made.writestr("net/data.pkl", torch.pickled(tensor()))
    refused(path, "net/data.pkl: stands there twice")


def test_an_endless_list_of_members(tmp_path):
    """A list of more than 8 MiB is not read."""
    with zipfile.ZipFile(tmp_path / "net.pt", "w") as made:
        for index in range(140):
            info = zipfile.ZipInfo(f"{index}" + "x" * 60_000)
            info.extra = b"xx" + struct.pack("<H", 60_000) + bytes(60_000)
            info.comment = b"y" * 60_000
            made.writestr(info, b"")
    refused(tmp_path / "net.pt", "lists its members in .* bytes, at most 8,388,608 are read")


@pytest.mark.parametrize(
    ("word", "message"),
    [(b"middle", "neither little nor big"), (b"x" * 21, "byteorder has 21 bytes, at most 20")],
)
def test_an_unknown_order_of_bytes(word, message, tmp_path):
    """It is little or big, or not said: then little."""
    with zipfile.ZipFile(tmp_path / "net.pt", "w") as made:
        for name, data in torch.members(tensor()):
            made.writestr(name, word if name.endswith("byteorder") else data)
    refused(tmp_path / "net.pt", message)


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ({"0": (5, bytes(20))}, "storage '0' does not have the length"),
        ({"0": (6, bytes(23))}, "truncated: storage '0' has 24 bytes"),
        ({"0": (6, bytes(24)), "1": (6, bytes(24))}, "its storages are not those of its tensors"),
        ({}, "its storages are not those of its tensors"),
    ],
)
def test_storages_in_a_row_that_do_not_fit(held, message, tmp_path):
    """The older format is held to what its pickle says of the storages."""
    refused(in_a_row(tmp_path / "net.pt", tensor(), held), message)


def tarred() -> bytes:
    """What the first versions wrote."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        made.addfile(tarfile.TarInfo("sys_info"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a file that torch.save wrote"),
        (b"\x89HDF\r\n\x1a\n", "is not a file that torch.save wrote"),
        (tarred(), "is a tar archive, as the first versions of PyTorch wrote. Load it"),
        (torch.pickled(number(0x1950A86A20F9469CFC6C)) + torch.pickled(number(1)), "a version"),
        (torch.pickled(number(0x1950A86A20F9469CFC6C)), f"{DAMAGED} or truncated at byte 15"),
        (b"PK\3\4", "is not a zip archive"),
        (
            b"PK\3\4" + b"PK\5\6" + bytes(18),
            "goes on behind|begins with 4 bytes that belong to no member",
        ),
    ],
)
def test_other_files(content, message, tmp_path):
    """What it is, is told by the bytes."""
    path = tmp_path / "net.pt"
    path.write_bytes(content)
    refused(path, message)


def test_what_is_no_file(tmp_path):
    """Folders, devices, links to nowhere."""
    refused(tmp_path, "is a folder, not a file")
    refused(tmp_path / "net.pt", "there is no such file")
    refused(Path("/dev/zero"), "is a device or a pipe")


def test_a_sparse_file(tmp_path):
    """3 GiB of which a page is there are refused unread."""
    path = archive(tmp_path / "net.pt", tensor())
    os.truncate(path, 3 << 30)
    refused(path, "claims 3,221,225,472 bytes, of which next to none are on the disk")


REAL = [path for path in existing("torch/*.pt", CONTAINERS) if path.stat().st_size < 5000]


def mutated(content: bytes, data: st.DataObject) -> bytes:
    """Some bytes changed, cut off, or put elsewhere."""
    result = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(result) - 1))
        kind = data.draw(st.sampled_from(["flip", "byte", "cut", "splice"]))
        if kind == "flip":
            result[place] ^= 1 << data.draw(st.integers(0, 7))
        elif kind == "byte":
            result[place] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del result[max(place, 1) :]
        else:
            start = data.draw(st.integers(0, len(result) - 1))
            result[place:place] = result[start : start + data.draw(st.integers(1, 40))]
    return bytes(result)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
@given(data=st.data())
def test_damaged_files(path, tmp_path_factory, data):
    """A file with bytes changed, cut off or added is read or refused, and nothing is written."""
    folder = tmp_path_factory.getbasetemp() / "damaged"
    folder.mkdir(exist_ok=True)
    damaged = folder / "net.pt"
    damaged.write_bytes(mutated(path.read_bytes(), data))
    try:
        read(damaged)
    except FileError:
        refused(damaged, ".")
    assert os.listdir(folder) == ["net.pt"]
