"""Arrays without names: what their shapes tell, and what they do not."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from golden_files import FOLDER, TOLERANCE, golden

import rnncalc
from rnncalc.containers.hdf5.tree import Group, tree
from rnncalc.containers.torch.file import checkpoint
from rnncalc.errors import FileError
from rnncalc.readers import read
from rnncalc.readers.contents.contents import tensors
from rnncalc.readers.from_lists import MOST, fits
from rnncalc.readers.model_file import contents

KERAS = ["weights_lstm", "weights_simple_rnn", "weights_gru_reset_before", "weights_bidirectional",
         "weights_head", "weights_embedding", "weights_without_bias"]  # fmt: skip
TORCH = ["lstm", "gru_bidirectional", "tagger", "forecast", "rnn_without_bias", "nested_modules"]


def of_keras(path):
    """The arrays of a file of weights as ``get_weights()`` lists them."""
    listed = []
    for part in contents(path, "hdf5").parts:
        for _, first in list(tensors(part.block))[:1]:
            group = tree(path).groups["layers"].groups[first.name.split("/")[1]]
            listed += sorted(below(group), key=lambda one: ("backward" in one.name, one.name))
    return [one.read().astype(one.dtype) for one in listed]


def below(group: Group):
    """All arrays in a group."""
    return [*group.tensors.values(), *(t for one in group.groups.values() for t in below(one))]


def of_torch(path):
    """The arrays of a state dict."""
    return [one.read().astype(one.dtype) for one in checkpoint(path).values()]


WAYS = {
    "npz": lambda path, arrays: np.savez(path, *arrays),
    "pkl": lambda path, arrays: path.write_bytes(pickle.dumps(arrays)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", [f"keras/{one}" for one in KERAS] + [f"torch/{o}" for o in TORCH])
def test_a_list_is_the_network_that_it_was_taken_of(name, way, tmp_path):
    """Its numbers are the framework's, and what was taken is an assumption."""
    told = golden(name)
    arrays = (of_keras if name.startswith("keras") else of_torch)(
        FOLDER / name.split("/")[0] / told["file"]
    )
    path = tmp_path / f"list.{way}"
    WAYS[way](path, arrays)
    recurrent = {part[0] for part in told["parts"] if part[1] == "recurrent"}
    known = [one.rpartition(".")[2] for one in told.get("assume", ())
             if one.rpartition(".")[0] in {"", *recurrent}]  # fmt: skip
    model = rnncalc.load(path, assume=known)
    trace = rnncalc.run(model, told["x"], lengths=told.get("lengths"))

    np.testing.assert_allclose(
        trace.h, told["expected"]["h"], rtol=0, atol=TOLERANCE[told["dtype"]]
    )
    (why,) = {one.why for one in read(path).assumed if one.key == "layers"}
    whose = "Keras" if name.startswith("keras") else "PyTorch"
    assert why == f"the arrays have no names, and their shapes fit this one network of {whose}"


def kinds(shapes, whose):
    """The kinds of the layers of every reading."""
    return [" ".join(layer.kind * layer.ways for layer in one) for one in fits(shapes, whose)]


@pytest.mark.parametrize(
    ("shapes", "keras", "torch"),
    [
        ([(3, 3), (3, 3)], ["rnn"], ["rnn"]),
        ([(3, 4), (4, 4)], ["rnn"], []),
        ([(4, 3), (4, 4)], [], ["rnn"]),
        ([(3, 3), (3, 3), (3,)], ["rnn"], []),
        ([(3, 3), (3, 3), (3,), (3,)], [], ["rnn"]),
        ([(3, 12), (3, 12), (12,)] * 2, ["lstm lstm", "lstmlstm"], []),
        ([(4, 12), (3, 12), (12,)] * 2, ["lstmlstm"], []),
        ([(3, 12), (3, 12), (12,)] * 2 + [(6, 2), (2,)], ["lstmlstm dense"], []),
        ([(3, 12), (3, 12), (12,)] * 2 + [(3, 2), (2,)], ["lstm lstm dense"], []),
        ([(3, 9), (3, 9), (2, 9)], ["gru"], []),
        ([(9, 4), (4, 12), (3, 12), (12,)], ["embedding lstm"], []),
        ([(9, 4), (12, 4), (12, 3)], [], ["embedding lstm"]),
        ([(3, 12), (5, 12), (12,)], [], []),
        ([(3, 4), (4,)], [], []),
        ([(3, 12), (3, 12), (12,), ()], [], []),
        ([(0, 0), (0, 0)], [], []),
    ],
)
def test_the_readings_of_shapes(shapes, keras, torch):
    """Each in Keras' and PyTorch's orientation; a layer with a state must be there."""
    assert (kinds(shapes, "keras"), kinds(shapes, "torch")) == (keras, torch)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(3, 3), (3, 3)], r"fit Keras' SimpleRNN \(3 to 3\) or PyTorch's nn.RNN \(3 to 3\)"),
        ([(3, 12), (3, 12)] * 2, r"LSTM \(3 to 3\), LSTM .* or Keras' bidirectional LSTM \(3 to 6"),
        (
            [(2, 3, 4), (4,), (4, 12), (3, 12)],
            "holds 4 arrays without names, .*no network of Keras",
        ),
        ([(3, 3)] * (MOST + 1), f"at most {MOST} are told apart"),
        ([(4, 4)] * (MOST - 1) + [(5,)], "no network of Keras or PyTorch"),
    ],
)
def test_what_fits_several_or_none_is_refused(shapes, message, tmp_path):
    """With both readings, and at once."""
    path = tmp_path / "list.npz"
    np.savez(path, *[np.ones(shape) for shape in shapes])
    with pytest.raises(FileError, match=f"list.npz: .*{message}"):
        rnncalc.load(path)
