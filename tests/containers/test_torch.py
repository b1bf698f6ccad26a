"""Files of ``torch.save``: what PyTorch finds in them is found without it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch_writer as torch
from golden_files import CONTAINERS
from hypothesis import given
from hypothesis import strategies as st
from state_dicts import tensors_in
from torch_writer import NUMBERS, archive, in_a_row, tensor, text

from rnncalc.containers.torch.file import checkpoint
from rnncalc.errors import FileError

FOLDER = CONTAINERS / "torch"
RECORDED = json.loads((FOLDER / "tensors.json").read_text())["files"]


@pytest.mark.parametrize("name", RECORDED)
def test_what_pytorch_finds(name):
    """Names, order, types, shapes and numbers are those of torch.load."""
    found = tensors_in(checkpoint(FOLDER / f"{name}.pt"))

    assert list(found) == list(RECORDED[name])
    for key, (dtype, shape, numbers) in RECORDED[name].items():
        assert (found[key].dtype, found[key].shape) == (dtype, tuple(shape))
        read = found[key].read()
        assert (read.dtype, read.shape) == (np.float64, tuple(shape))
        assert read.flags.c_contiguous
        np.testing.assert_allclose(read, np.reshape(numbers, shape), rtol=1e-8)


def test_what_stands_beside_the_weights():
    """Text, numbers, None, tuples, sets, types, devices and Namespaces are plain values."""
    found = checkpoint(FOLDER / "training.pt")
    weights, optimizer = found.pop("model_state_dict"), found.pop("optimizer")

    assert found == {
        "epoch": 7,
        "loss": 0.25,
        "args": {"units": 3, "cell": "lstm", "lr": 1e-3},
        "seen": [5],
        "milestones": {"3": 2, "9": 1},
        "shape": [2, 3],
        "dtype": "torch.float32",
        "device": "cuda:1",
        "best": None,
        "large": 2**70,
        "flags": [True, False, -5, 300, 70_000],
    }
    assert weights["fc.bias"].name == "model_state_dict.fc.bias"
    assert optimizer["state"]["0"]["step"].name == "optimizer.state.0.step"
    assert optimizer["param_groups"][0]["betas"] == [0.9, 0.999]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("complex", r"complex: holds complex64, not real numbers"),
        ("float8", "float8: .*holds float8_e4m3fn, which is not read. Convert it to float32"),
        ("quantized", "quantized: .*holds qint8, quantized numbers. Save the network as it was"),
        ("negative", "negative: .*is kept as the negative or conjugate .* tensor.clone()"),
    ],
)
def test_numbers_that_are_not_read(name, message):
    """Other kinds of numbers stand among the tensors and are refused when they are read."""
    found = checkpoint(FOLDER / "unread.pt")

    assert found["plain"].read().shape == (2,)
    with pytest.raises(FileError, match=message):
        found[name].read()


def test_packed_weights_are_refused():
    """Those of a quantized module are refused by name, with the remedy."""
    message = "'torch ScriptObject', the packed weights of a quantized module. Save"
    with pytest.raises(FileError, match=rf"quantized\.pt: .*{message}"):
        checkpoint(FOLDER / "quantized.pt")


def test_a_program_is_its_objects():
    """TorchScript: the attributes of its objects, and the constants of its program."""
    found = checkpoint(FOLDER / "script.pt")

    assert (found.kind, found["constants"]) == ("torch.jit archive", [])
    assert found["data"].kind == "__torch__.torch.nn.modules.linear Linear"
    assert found["data"]["weight"].read().shape == (1, 2)


def test_a_module_is_its_attributes():
    """Of a class that nobody imported, what it holds is there by name."""
    found = checkpoint(FOLDER / "module.pt")

    assert found.kind == "torch.nn.modules.rnn GRU"
    assert (found["mode"], found["num_layers"]) == ("GRU", 1)
    assert found["_parameters"]["weight_ih_l0"].read().ndim == 2


@pytest.mark.parametrize("write", [archive, in_a_row], ids=["zip", "legacy"])
def test_a_tensor_alone(write, tmp_path):
    """A file may hold one tensor, or a list of them."""
    np.testing.assert_array_equal(
        checkpoint(write(tmp_path / "a.pt", tensor())).read(), NUMBERS.reshape(2, 3)
    )
    (one, two) = checkpoint(write(tmp_path / "b.pt", torch.listed(tensor((6,), (1,)), tensor())))
    assert (one.name, two.name, one.shape) == ("0", "1", (6,))


@pytest.mark.parametrize("write", [archive, in_a_row], ids=["zip", "legacy"])
def test_views_count_from_the_offset(write, tmp_path):
    """Offset and strides choose the numbers; the storage may be shared, and hold more."""
    pairs = [(text("a"), tensor((2,), (2,), 1)), (text("b"), tensor((2, 2), (0, 3), 2))]
    found = checkpoint(write(tmp_path / "a.pt", torch.mapping(*pairs)))

    np.testing.assert_array_equal(found["a"].read(), [-1.25, 0.125])
    np.testing.assert_array_equal(found["b"].read(), [[3, 11], [3, 11]])


@given(
    axes=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=4),
    offset=st.integers(0, 20),
)
def test_any_view(axes, offset, tmp_path_factory):
    """Whatever shape and strides: NumPy's view of the storage, or a claim beyond it."""
    path = tmp_path_factory.getbasetemp() / "view.pt"
    held = np.arange(40, dtype=np.float32)
    shape, strides = tuple(zip(*axes, strict=True)) or ((), ())
    archive(path, tensor(shape, strides, offset, torch.storage(count=40)), {"0": held.tobytes()})
    last = offset + sum((length - 1) * step for length, step in axes)
    if 0 in shape or last < 40:
        steps = [held.itemsize * step for step in strides]
        expected = np.lib.stride_tricks.as_strided(held[offset:], shape, steps)
        np.testing.assert_array_equal(checkpoint(path).read(), expected)
        assert checkpoint(path).read().shape == shape
    else:
        with pytest.raises(FileError, match=f"reaches to number {last + 1}, .* has 40"):
            checkpoint(path)


def test_a_dict_that_python_2_wrote(tmp_path):
    """Its OrderedDict comes as a list of lists, its text as bytes with their length."""
    word = b"U\x01w"
    pairs = torch.listed(torch.listed(word, tensor()), torch.listed(b"U\x01n", torch.number(3)))
    body = torch.called(torch.named("collections", "OrderedDict"), pairs)
    found = checkpoint(in_a_row(tmp_path / "a.pt", body))

    assert (found["w"].shape, found["n"]) == ((2, 3), 3)


def test_keys_that_are_not_text(tmp_path):
    """They stand by their repr; two of one repr are refused."""
    keys = torch.number(3), b"\x88", torch.NONE, torch.tupled(text("a"), torch.number(1))
    found = checkpoint(
        archive(tmp_path / "a.pt", torch.mapping(*((key, tensor()) for key in keys)))
    )

    assert list(found) == ["3", "True", "None", "('a', 1)"]
    assert found["('a', 1)"].name == "('a', 1)"
    pairs = (torch.number(3), torch.NONE), (text("3"), torch.NONE)
    with pytest.raises(FileError, match=r"a\.pt: has two of the name '3'"):
        checkpoint(archive(tmp_path / "a.pt", torch.mapping(*pairs)))


def test_a_storage_alone_is_its_numbers(tmp_path):
    """A storage that is no tensor's stands there as one of one axis."""
    found = checkpoint(archive(tmp_path / "a.pt", torch.listed(torch.storage())))

    np.testing.assert_array_equal(found[0].read(), NUMBERS)


def damaged_last_storage(path: Path) -> Path:
    """Flip a bit in the numbers."""
    data = bytearray(path.read_bytes())
    data[data.index(NUMBERS.tobytes()) + 5] ^= 1
    path.write_bytes(data)
    return path


def test_no_storage_is_read_before_its_tensor(tmp_path):
    """A wrong checksum is found by the tensor that is read, not by looking into the file."""
    pairs = (text("w"), tensor()), (text("v"), tensor((2,), (1,), 0))
    found = checkpoint(damaged_last_storage(archive(tmp_path / "net.pt", torch.mapping(*pairs))))

    for name in "wv":
        with pytest.raises(FileError, match=rf"{name}: net/data/0: .* checksum"):
            found[name].read()


@pytest.mark.parametrize("write", [archive, in_a_row], ids=["zip", "legacy"])
def test_a_file_that_is_cut_off_later(write, tmp_path):
    """Numbers that are gone when they are read are an error with file and tensor."""
    path = write(tmp_path / "net.pt", torch.mapping((text("w"), tensor())))
    found = checkpoint(path)
    path.write_bytes(path.read_bytes()[: -len(NUMBERS.tobytes()) - (write is archive) * 400])
    with pytest.raises(FileError, match=r"w: .*(truncated|damaged)"):
        found["w"].read()
    path.unlink()
    with pytest.raises(FileError, match=r"w: there is no such file"):
        found["w"].read()


def test_every_bit_of_a_half(tmp_path):
    """bfloat16 keeps sign, exponent and not a number; float16 its smallest numbers."""
    halves = np.array([0x3F80, 0xC000, 0x7F80, 0x7FC1, 0x0001], np.uint16)
    held = {"0": halves.tobytes()}
    body = tensor((5,), (1,), of=torch.storage("BFloat16Storage", "0", 5))
    found = checkpoint(archive(tmp_path / "a.pt", body, held)).read()
    np.testing.assert_array_equal(found, [1, -2, np.inf, np.nan, 2.0**-133])
    body = tensor((5,), (1,), of=torch.storage("HalfStorage", "0", 5))
    found = checkpoint(archive(tmp_path / "b.pt", body, held)).read()
    np.testing.assert_array_equal(found, halves.view(np.float16).astype(float))
