"""Weights in several files: by their index, by one of them, by their folder."""

from __future__ import annotations

import json
import os
import random
import shutil
from contextlib import suppress

import numpy as np
import pytest
from golden_files import CONTAINERS

import rnncalc
from rnncalc.errors import FileError, RnncalcError
from rnncalc.readers import container, contents_of, file_of

SHARDS = CONTAINERS / "torch" / "shards"
EXPECTED = json.loads((SHARDS / "expected.json").read_text())
NAMES = {"safetensors": "model", "bin": "pytorch_model"}
MAP = "weight_map"


@pytest.fixture
def kind(request):
    """safetensors, where a test does not ask for both."""
    return getattr(request, "param", "safetensors")


@pytest.fixture
def folder(kind, tmp_path):
    return shutil.copytree(SHARDS / kind, tmp_path / "net")


@pytest.fixture
def index(folder, kind):
    return folder / f"{NAMES[kind]}.{kind}.index.json"


@pytest.fixture
def shard(folder, kind):
    return folder / f"{NAMES[kind]}-00001-of-00002.{kind}"


def contents(path):
    path = file_of(path)
    return contents_of(path, container(path))


def told(index, **changed):
    """The index with some of its map otherwise; what becomes None is left out."""
    data = json.loads(index.read_text())
    whole = data[MAP] | changed
    data[MAP] = {key: value for key, value in whole.items() if value is not None}
    index.write_text(json.dumps(data))


def refused(path, message):
    with pytest.raises(FileError, match=message) as caught:
        contents(path)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("kind", NAMES, indirect=True)
def test_all_ways_give_the_numbers_of_pytorch(index, shard, folder):
    """The index, a shard whose index stands beside it, the folder of both."""
    for path in (index, shard, folder):
        y = rnncalc.run(rnncalc.load(path), EXPECTED["x"]).y
        np.testing.assert_allclose(y, EXPECTED["y"], rtol=0, atol=2e-6)


def test_an_index_that_was_found_is_said(shard, index):
    """Of a shard it is an assumption, which nothing replaces but the name of another."""
    assumed = [one.value for one in contents(shard).assumed if one.key == "index"]

    assert assumed == [index.name]
    assert not [one for one in contents(index).assumed if one.key == "index"]
    with pytest.raises(RnncalcError, match=r"--assume index=.*: an index that is named in place"):
        rnncalc.load(shard, assume=["index=other.json"])


@pytest.mark.parametrize("kind", NAMES, indirect=True)
def test_the_order_of_a_state_dict_is_kept(index, kind):
    """torch.save keeps the order of modules, safetensors sorts their names."""
    why = next(one.why for one in contents(index).assumed if one.key == "layers")

    assert ("registered" in why) == (kind == "bin")


@pytest.mark.parametrize("kind", NAMES, indirect=True)
def test_a_shard_alone_says_that_it_is_one(shard, index):
    """What is missing in it is in the others."""
    index.unlink()
    last = shard.with_name(shard.name.replace("00001", "00002"))

    refused(last, f"missing.*{last.name} is shard 2 of 2, and {index.name} is not beside it")


def test_a_shard_that_can_be_computed_alone_warns(tmp_path):
    """A whole layer may stand in it: that it is one of several is said."""
    path = tmp_path / "net-00002-of-00003.bin"
    shutil.copy(SHARDS.parent / "zip.pt", path)
    (warning,) = contents(path).warnings

    assert warning.endswith("net.bin.index.json is not beside it: the others are left out")


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("../net/other.bin", "is not the name of a file in the model's folder"),
        ("/etc/passwd", "is not the name of a file in the model's folder"),
        ("a\\b.bin", "is not the name of a file in the model's folder"),
        ("", "is not the name of a file in the model's folder"),
        ("model-00009-of-00009.bin", "shard 'model-00009-of-00009.bin': there is no such file"),
        ("link.bin", "is a link to somewhere outside the model's folder"),
        ("hard.bin", "has another name besides"),
        ("inner", "is not a file"),
        ("net.h5", "is one of Keras' sharded weights"),
        (7, "weight_map: 'fc.bias' is in no file: a name was expected"),
        (["a"], "weight_map: 'fc.bias' is in no file: a name was expected"),
    ],
)
def test_nothing_is_read_outside_of_the_folder(location, message, index, tmp_path):
    """A name of an index is not trusted: no way up, no link out, no second name."""
    (tmp_path / "outside.bin").write_bytes(b"secret")
    (index.parent / "link.bin").symlink_to(tmp_path / "outside.bin")
    os.link(tmp_path / "outside.bin", index.parent / "hard.bin")
    (index.parent / "inner").mkdir()
    (index.parent / "net.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    told(index, **{"fc.bias": location})

    refused(index, message)


def test_a_shard_is_opened_but_once(index, shard):
    """However many names of it a map has."""
    told(index, **{"table.weight": f"./{shard.name}"})

    refused(index, "is named in two ways")


def test_damaged_indexes_are_read_or_refused(index):
    """Fifty with bytes changed, cut off or put elsewhere: no error but ours."""
    text, draw = index.read_bytes(), random.Random(19)
    for _ in range(50):
        content, place = bytearray(text), draw.randrange(len(text))
        content[place : place + draw.choice((0, 1, 30))] = draw.choice((b"", b'"', b"[1]", b"\xff"))
        index.write_bytes(content)
        with suppress(RnncalcError):
            rnncalc.load(index)


@pytest.mark.parametrize("kind", NAMES, indirect=True)
def test_a_tensor_that_is_not_in_its_shard_is_named(index, shard):
    """The map says where it is, and it is not there."""
    told(index, **{"fc.bias": shard.name, "lstm.bias_hh_l0": shard.name})

    refused(index, f"{shard.name}: does not hold fc.bias, lstm.bias_hh_l0, which")


def test_a_tensor_that_the_map_leaves_out_is_told(index):
    """It is no part of the network, and a warning names it."""
    told(index, **{"fc.bias": None})
    found = contents(index)

    assert "bias" not in found.parts[-1].block
    (warning,) = found.warnings
    assert warning.endswith("holds tensors that the index leaves out: fc.bias")


def test_a_map_has_no_end(index):
    """A hundred thousand names are read, and two hundred shards."""
    text = ",".join(f'"t{i}": "a.bin"' for i in range(100_001))
    index.write_text(f'{{"{MAP}": {{{text}}}}}')
    refused(index, "its weight_map names 100,001 tensors: 1 to 100,000 are read")
    index.write_text(json.dumps({MAP: {f"t{i}": f"{i}.bin" for i in range(201)}}))
    refused(index, "names 201 shards, at most 200 are read")
    index.write_text(f'{{"{MAP}": {{}}}}')
    refused(index, "its weight_map names 0 tensors")
    index.write_text(f'{{"{MAP}": {{"a": "1", "a": "2"}}}}')
    refused(index, "says 'a' twice")


def test_an_index_of_others_is_none(shard, index):
    """What stands beside a shard by its name must name it."""
    index.write_text(json.dumps({MAP: {"fc.bias": "other.bin"}}))

    refused(shard, f"{index.name}: is no index of {shard.name}, which stands beside it")


def test_a_folder_of_several_models_lists_them(folder, index, kind):
    """What is kept of a training is none of them."""
    (folder / "training_args.bin").write_bytes(b"")
    (folder / "config.json").write_text("{}")
    assert file_of(folder) == index
    (folder / "other.pt").write_bytes(b"")

    with pytest.raises(
        FileError, match=rf"is a folder of several models, name one: {index.name}, other\.pt"
    ):
        file_of(folder)


def test_a_folder_without_a_model_is_none(tmp_path):
    """It is told as before."""
    with pytest.raises(FileError, match="is a folder"):
        rnncalc.load(tmp_path)
