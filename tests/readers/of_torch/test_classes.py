"""What a pickled module says twice must agree: its class, its attributes and its weights."""

from __future__ import annotations

import numpy as np
import pytest

from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch.objects import Instance
from rnncalc.readers.of_torch.file import of_modules

KIND = "torch.nn.modules.{}"


def tensors(**shapes):
    """Tensors of these shapes, whose numbers all differ."""
    return {
        name: Tensor(name, shape, "float32", lambda shape=shape: np.arange(np.prod(shape) * 1.0))
        for name, shape in shapes.items()
    }


def module(kind, parameters=None, modules=None, **attributes):
    """A pickled module."""
    own = {"_parameters": parameters or {}, "_modules": modules or {}, "_buffers": {}}
    return Instance(kind, own | attributes)


def recurrent(kind="RNN", **said):
    """An nn.RNN of 3 features and 4 units, two layers, both directions."""
    shapes = {}
    for suffix, wide in (("l0", 3), ("l0_reverse", 3), ("l1", 8), ("l1_reverse", 8)):
        shapes |= {f"weight_ih_{suffix}": (4, wide), f"weight_hh_{suffix}": (4, 4)}
        shapes |= {f"bias_ih_{suffix}": (4,), f"bias_hh_{suffix}": (4,)}
    own = {"mode": "RNN_RELU", "input_size": 3, "hidden_size": 4, "num_layers": 2, "bias": True,
           "bidirectional": True, "proj_size": 0, "nonlinearity": "relu"}  # fmt: skip
    return module(KIND.format(f"rnn {kind}"), tensors(**shapes), **own | said)


def table(kind="sparse Embedding", **said):
    own = {"num_embeddings": 7, "embedding_dim": 3, "max_norm": None}
    return module(KIND.format(kind), tensors(weight=(7, 3)), **own | said)


def head(kind="linear Linear", **said):
    own = {"in_features": 8, "out_features": 2}
    return module(KIND.format(kind), tensors(weight=(2, 8)), **own | said)


def parts(emb=None, rnn=None, fc=None, **others):
    """The layers of a network of these."""
    inside = {"emb": emb or table(), "rnn": rnn or recurrent(), "fc": fc or head(), **others}
    return of_modules(module("mine Net", modules=inside), "net.pt").parts


def test_modules_that_agree():
    """Every layer is computed, and what it does is the module's word."""
    found = {part.name: part for part in parts()}

    assert [part.kind for part in found.values()] == [
        "embedding",
        "recurrent",
        "recurrent",
        "output",
    ]
    assert [found[f"rnn.{n}"].block["activation"] for n in (0, 1)] == ["relu", "relu"]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"rnn": recurrent(hidden_size=5)}, "says hidden_size 5, and its weights say 4"),
        ({"rnn": recurrent(input_size=4)}, "says input_size 4, and its weights say 3"),
        ({"rnn": recurrent(num_layers=1)}, "says num_layers 1, and its weights say 2"),
        ({"rnn": recurrent(bidirectional=1)}, "says bidirectional 1, and its weights say True"),
        ({"rnn": recurrent(proj_size=2)}, "says proj_size 2, and its weights say 0"),
        ({"rnn": recurrent(bias=False)}, "says bias False, and its weights say True"),
        ({"rnn": recurrent(mode="LSTM")}, "says LSTM and relu, and is an nn.RNN"),
        ({"rnn": recurrent(nonlinearity="tanh")}, "says RNN_RELU and tanh, and is an nn.RNN"),
        ({"rnn": recurrent("GRU")}, "is an nn.GRU by its class, and an nn.RNN"),
        ({"fc": head(in_features=4)}, "says in_features 4, and its weights say 8"),
        ({"emb": table(num_embeddings=9)}, "says num_embeddings 9, and its weights say 7"),
        ({"emb": table(max_norm=1.0)}, "has a max_norm"),
        ({"emb": table("sparse EmbeddingBag")}, "is an nn.EmbeddingBag: not a layer that can be"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_contradicts_is_refused(said, problem):
    """By the name of what it says; the other layers can still be picked."""
    ((name, _),) = said.items()
    wrong = [part for part in parts(**said) if part.name.partition(".")[0] == name]

    assert {part.kind for part in wrong} == {"other"}
    assert all(part.problem.startswith(problem) for part in wrong)


def test_a_normalization_is_what_its_class_says():
    """nn.BatchNorm1d without running statistics has the tensors of nn.LayerNorm."""
    norm = module(KIND.format("batchnorm BatchNorm1d"), tensors(weight=(2,), bias=(2,)))
    last = parts(norm=norm)[-1]

    assert last.problem == "is an nn.BatchNorm1d by its class, and an nn.LayerNorm by its weights"
