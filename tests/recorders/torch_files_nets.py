"""The networks that model files of PyTorch hold, besides those that are one module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrizations, prune
from torch_files_words import FEATURES, VOCABULARY, Own, net

CLASSES = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def layer(cell: str, features: int, units: int, **options: Any) -> nn.RNNBase:
    """nn.RNN, nn.GRU or nn.LSTM, batch first."""
    return CLASSES[cell](features, units, batch_first=True, **options)


def bare(cell: str, units: int = 4, **options: Any) -> Callable[[], nn.Module]:
    """One module alone, made when it is asked for."""
    return lambda: layer(cell, FEATURES, units, **options)


def tagger() -> nn.Module:
    """An output for every word."""
    return net(
        embedding=nn.Embedding(VOCABULARY, FEATURES),
        lstm=layer("lstm", FEATURES, 4, bidirectional=True),
        fc=nn.Linear(8, 5),
    )


def table() -> nn.Module:
    """A table of words whose name does not say so, and a head without bias as wide."""
    return net(
        words=nn.Embedding(VOCABULARY, FEATURES),
        gru=layer("gru", FEATURES, FEATURES),
        out=nn.Linear(FEATURES, VOCABULARY, bias=False),
    )


def classifier() -> nn.Module:
    """An output for every sentence."""
    return net(
        word_embeddings=nn.Embedding(VOCABULARY, FEATURES, padding_idx=0),
        gru=layer("gru", FEATURES, 5),
        out=nn.Linear(5, 2),
    )


def forecast() -> nn.Module:
    """Two layers, and one number behind."""
    return net(lstm=layer("lstm", FEATURES, 4, num_layers=2, dropout=0.5), fc=nn.Linear(4, 1))


def small(cell: str = "gru") -> nn.Module:
    """One layer and its head."""
    return net(rnn=layer(cell, FEATURES, 4), fc=nn.Linear(4, 2))


def chain(head: str = "fc", **said: str) -> Callable[[], nn.Module]:
    """Recurrent modules one behind the other, each of more units than the one before it."""

    def make() -> nn.Module:
        modules: dict[str, nn.Module] = {}
        width = FEATURES
        for name, cell in said.items():
            modules[name] = layer(cell, width, width + 1)
            width += 1
        return net(**modules, **{head: nn.Linear(width, 2)})

    return make


def projected_pair() -> nn.Module:
    """Either could come first by its shapes, as each gives as many numbers as it takes."""
    return net(
        second=layer("lstm", FEATURES, 5, proj_size=FEATURES),
        first=layer("lstm", FEATURES, 4, proj_size=FEATURES),
    )


def nested() -> nn.Module:
    """Modules inside modules."""
    encoder = {
        "embed": nn.Embedding(VOCABULARY, FEATURES),
        "rnn": layer("gru", FEATURES, 4, num_layers=2, bidirectional=True),
    }
    decoder = {"rnn": layer("lstm", 8, 5), "classifier": nn.Linear(5, 2)}
    return net(encoder=nn.ModuleDict(encoder), decoder=nn.ModuleDict(decoder))


def sequential_head() -> nn.Module:
    """A relu between two Linears."""
    head = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2))
    return net(lstm=layer("lstm", FEATURES, 4), fc=head)


def long_head() -> nn.Module:
    """Functions and a Dropout between and behind two Linears."""
    head = nn.Sequential(
        nn.Linear(10, 4), nn.Tanh(), nn.Dropout(0.5), nn.Linear(4, 3), nn.Softmax(-1)
    )
    return net(gru=layer("gru", FEATURES, 5, bidirectional=True), classifier=head)


def layer_norm() -> nn.Module:
    """Normalized over the units in front of the head."""
    return net(gru=layer("gru", FEATURES, 4), norm=nn.LayerNorm(4), fc=nn.Linear(4, 2))


def norm_between() -> nn.Module:
    """Normalized between two recurrent modules."""
    return net(
        rnn1=layer("lstm", FEATURES, 4),
        norm1=nn.LayerNorm(4, eps=0.001),
        rnn2=layer("rnn", 4, 5),
        norm2=nn.LayerNorm(5, bias=False),
    )


def batch_norm() -> nn.Module:
    """Normalized with stored statistics: each unit over sequences and timesteps."""
    return net(lstm=layer("lstm", FEATURES, 4), bn=nn.BatchNorm1d(4), fc=nn.Linear(4, 2))


def linear_in_front() -> nn.Module:
    """What is read goes through a Linear first."""
    return net(
        project=nn.Linear(FEATURES, 2), rnn=layer("gru", 2, 4), output=nn.Linear(4, 3, bias=False)
    )


def relu_in_front() -> nn.Module:
    """What is read goes through a Linear and a relu first."""
    return net(prenet=nn.Sequential(nn.Linear(FEATURES, 5), nn.ReLU()), lstm=layer("lstm", 5, 4))


def cells() -> nn.Module:
    """Cells that a loop calls one behind the other."""
    stack = nn.ModuleList([nn.GRUCell(FEATURES, 4), nn.GRUCell(4, 5)])
    return net(cells=stack, head=nn.Linear(5, 2))


def eleven() -> nn.Module:
    """Eleven modules in a list: layers.10 is not behind layers.1."""
    sizes = [FEATURES, *[2, 3] * 6]
    stack = [layer("rnn", sizes[n], sizes[n + 1]) for n in range(11)]
    return net(layers=nn.ModuleList(stack))


def siamese() -> nn.Module:
    """Two modules that read the same, and a head that reads both."""
    return net(
        question=layer("lstm", FEATURES, 4), answer=layer("lstm", FEATURES, 5), fc=nn.Linear(9, 2)
    )


def head_first() -> nn.Module:
    """The head was registered before what it reads."""
    return net(fc=nn.Linear(4, 2), gru=layer("gru", FEATURES, 4))


def convolutional() -> nn.Module:
    """A convolution in front."""
    return net(conv=nn.Conv1d(2, FEATURES, 3), lstm=layer("lstm", FEATURES, 4), fc=nn.Linear(4, 2))


def tied_cells() -> nn.Module:
    """Two modules with one recurrent matrix."""
    first, second = layer("gru", FEATURES, 4, bidirectional=True), layer("gru", 8, 4)
    second.weight_hh_l0 = first.weight_hh_l0
    return net(first=first, second=second, fc=nn.Linear(4, 2))


def tied_table() -> nn.Module:
    """The head has the table of the embedding for its weights."""
    table, head = nn.Embedding(VOCABULARY, FEATURES), nn.Linear(FEATURES, VOCABULARY, bias=False)
    head.weight = table.weight
    return net(embedding=table, lstm=layer("lstm", FEATURES, 5, proj_size=FEATURES), decoder=head)


def weight_norm(cell: str, dim: int | None = 0) -> Callable[[], nn.Module]:
    """Its recurrent matrix is a magnitude and a direction."""
    return lambda: parametrizations.weight_norm(layer(cell, FEATURES, 4), "weight_hh_l0", dim=dim)


def old_weight_norm() -> nn.Module:
    """The same by the older torch.nn.utils.weight_norm, on both matrices."""
    module = torch.nn.utils.weight_norm(layer("lstm", FEATURES, 4), "weight_hh_l0")
    return torch.nn.utils.weight_norm(module, "weight_ih_l0")


def norm_in_head() -> nn.Module:
    """Both Linears are normalized, in the newer and the older way."""
    newer = parametrizations.weight_norm(nn.Linear(4, 5))
    older = torch.nn.utils.weight_norm(nn.Linear(5, 2))
    return net(rnn=layer("rnn", FEATURES, 4), fc1=newer, fc2=older)


def pruned() -> nn.Module:
    """A third of the weights of a GRU and of its head is masked."""
    whole = small("gru")
    for module, name in ((whole.rnn, "weight_hh_l0"), (whole.fc, "weight")):
        shape = getattr(module, name).shape
        mask = (torch.arange(shape.numel()) % 3 != 1).view(shape)
        prune.custom_from_mask(module, name, mask)
    return whole


def own() -> nn.Module:
    """Classes that only their writer has, one in the other."""
    encoder = Own(embed=nn.Embedding(VOCABULARY, FEATURES), rnn=layer("gru", FEATURES, 4))
    head = nn.Linear(5, 2, bias=False)
    return Own(encoder=encoder, decoder=layer("rnn", 4, 5, nonlinearity="relu"), fc=head)


def twice() -> nn.Module:
    """Two states of one network."""
    return net(model=small("lstm"), ema=small("lstm"))
