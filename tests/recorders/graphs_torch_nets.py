"""Networks of PyTorch that are no row of layers, for its exporters to ONNX.

Each function gives a module and its inputs by name; the docstring is what the document says of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from graphs_words import FEATURES, TIMESTEPS, VOCABULARY, Collected
from torch import nn

GRAPHS = Collected()
X = {"x": (TIMESTEPS, FEATURES)}
PAIR = {"source": (TIMESTEPS, FEATURES), "target": (5, 3)}
Net = tuple[nn.Module, dict[str, tuple[int, ...]]]


class Module(nn.Module):
    """Layers by name, and how they read each other: ``forward(net, *inputs)``."""

    def __init__(self, run: Callable[..., Any], **layers: nn.Module) -> None:
        super().__init__()
        self.run = run
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, *inputs: torch.Tensor) -> Any:
        """What was said."""
        return self.run(self, *inputs)


def lstm(features: int = FEATURES, units: int = 4, **options: Any) -> nn.Module:
    """Batch-first."""
    return nn.LSTM(features, units, batch_first=True, **options)


def gru(features: int = FEATURES, units: int = 4, **options: Any) -> nn.Module:
    """Batch-first."""
    return nn.GRU(features, units, batch_first=True, **options)


def turned(layer: Callable[..., Any], h: torch.Tensor) -> torch.Tensor:
    """A layer that has the channels in the middle."""
    return layer(h.transpose(1, 2)).transpose(1, 2)


@GRAPHS(double=True)
def conv_lstm(_: Any) -> Net:
    """Conv1d with padding on both sides, relu, an LSTM, its last step."""

    def run(net, x):
        return net.fc(net.rnn(torch.relu(turned(net.conv, x)))[0][:, -1])

    return Module(run, conv=nn.Conv1d(2, 5, 3, padding=1), rnn=lstm(5), fc=nn.Linear(4, 3)), X


@GRAPHS()
def conv_batch_norm_pool(_: Any) -> Net:
    """Conv1d, dilated, BatchNorm1d, MaxPool1d, a GRU and its final state."""

    def run(net, x):
        h = net.pool(torch.tanh(net.norm(net.conv(x.transpose(1, 2)))))
        return net.fc(net.rnn(h.transpose(1, 2))[1][-1])

    return Module(run, conv=nn.Conv1d(2, 5, 2, dilation=2, padding=1), norm=nn.BatchNorm1d(5),
                  pool=nn.MaxPool1d(2), rnn=gru(5), fc=nn.Linear(4, 3)), X  # fmt: skip


@GRAPHS()
def conv_behind(_: Any) -> Net:
    """Conv1d with groups and strides behind a bidirectional GRU, the mean over time."""

    def run(net, x):
        return net.fc(torch.sigmoid(turned(net.conv, net.rnn(x)[0])).mean(1))

    return Module(run, rnn=gru(units=3, bidirectional=True),
                  conv=nn.Conv1d(6, 4, 3, stride=2, groups=2), fc=nn.Linear(4, 3)), X  # fmt: skip


@GRAPHS()
def conv_causal(_: Any) -> Net:
    """Zeros in front, then a Conv1d: causal."""

    def run(net, x):
        h = nn.functional.pad(x.transpose(1, 2), (2, 0))
        return net.fc(net.rnn(net.conv(h).transpose(1, 2))[0])

    return Module(run, conv=nn.Conv1d(2, 5, 3, bias=False), rnn=lstm(5), fc=nn.Linear(4, 3)), X


@GRAPHS()
def average_pool(_: Any) -> Net:
    """AvgPool1d with padding that counts, behind an LSTM."""

    def run(net, x):
        return net.fc(turned(net.pool, net.rnn(x)[0]))

    return Module(run, rnn=lstm(), pool=nn.AvgPool1d(3, 2, padding=1), fc=nn.Linear(4, 3)), X


@GRAPHS()
def residual(_: Any) -> Net:
    """An LSTM around which what it reads goes by, added, LayerNorm; twice."""

    def run(net, x):
        h = net.front(x)
        h = net.norm(h + net.a(h)[0])
        return net.fc(h + net.b(h)[0])

    return Module(run, front=nn.Linear(2, 4), a=lstm(4), norm=nn.LayerNorm(4), b=gru(4),
                  fc=nn.Linear(4, 3)), X  # fmt: skip


@GRAPHS()
def mean_max_last(_: Any) -> Net:
    """The mean, the maximum and the last step of a GRU side by side."""

    def run(net, x):
        h, last = net.rnn(x)
        return net.fc(torch.cat([h.mean(1), h.max(1).values, last[-1]], 1))

    return Module(run, rnn=gru(), fc=nn.Linear(12, 3)), X


@GRAPHS()
def gated(_: Any) -> Net:
    """A gate of one LSTM weighs another one and what goes by."""

    def run(net, x):
        z = torch.sigmoid(net.gate(x)[0])
        return net.fc(z * net.a(x)[0] - (1 - z) * net.b(x)[0])

    return Module(run, gate=gru(), a=lstm(), b=lstm(), fc=nn.Linear(4, 3)), X


@GRAPHS(double=True)
def luong(_: Any) -> Net:
    """Encoder, decoder and attention (general): softmax(d W e) e, beside d, tanh."""

    def run(net, source, target):
        e, states = net.encoder(source)
        d, _ = net.decoder(target, states)
        weights = torch.softmax(torch.bmm(d, net.score(e).transpose(1, 2)), -1)
        return net.fc(torch.tanh(net.join(torch.cat([torch.bmm(weights, e), d], -1))))

    return Module(run, encoder=gru(), decoder=gru(3), score=nn.Linear(4, 4, bias=False),
                  join=nn.Linear(8, 5), fc=nn.Linear(5, 3)), PAIR  # fmt: skip


@GRAPHS()
def bahdanau(_: Any) -> Net:
    """Attention (additive) of the last state to all steps, each with one weight."""

    def run(net, x):
        h, (last, _) = net.rnn(x)
        scores = net.v(torch.tanh(net.query(last[-1]).unsqueeze(1) + net.key(h)))
        return net.fc(torch.cat([(torch.softmax(scores, 1) * h).sum(1), last[-1]], 1))

    return Module(run, rnn=lstm(), query=nn.Linear(4, 5), key=nn.Linear(4, 5, bias=False),
                  v=nn.Linear(5, 1, bias=False), fc=nn.Linear(8, 3)), X  # fmt: skip


@GRAPHS()
def self_attention(_: Any) -> Net:
    """Scaled attention written out: query, key and value by Linear, divided by a root."""

    def run(net, x):
        h, _ = net.rnn(x)
        scores = net.query(h) @ net.key(h).transpose(-2, -1) / math.sqrt(5)
        return net.fc(torch.softmax(scores, -1) @ net.value(h))

    return Module(run, rnn=gru(), query=nn.Linear(4, 5), key=nn.Linear(4, 5),
                  value=nn.Linear(4, 6), fc=nn.Linear(6, 3)), X  # fmt: skip


@GRAPHS()
def multihead_self(_: Any) -> Net:
    """nn.MultiheadAttention of an LSTM's steps to themselves, added, LayerNorm."""

    def run(net, x):
        h, _ = net.rnn(x)
        return net.norm(h + net.attention(h, h, h, need_weights=False)[0])

    return Module(run, rnn=lstm(), attention=nn.MultiheadAttention(4, 2, batch_first=True),
                  norm=nn.LayerNorm(4)), X  # fmt: skip


@GRAPHS()
def multihead_cross(_: Any) -> Net:
    """nn.MultiheadAttention to a memory of another width."""

    def run(net, source, target):
        d, m = net.decoder(target)[0], net.encoder(source)[0]
        return net.fc(net.attention(d, m, m, need_weights=False)[0])

    return Module(
        run,
        encoder=gru(units=5),
        decoder=gru(3),
        fc=nn.Linear(4, 3),
        attention=nn.MultiheadAttention(4, 2, kdim=5, vdim=5, batch_first=True),
    ), PAIR


@GRAPHS()
def encoder_decoder(_: Any) -> Net:
    """A decoder of two layers that begins with the states of an encoder of two (LSTM)."""

    def run(net, source, target):
        return net.fc(net.decoder(target, net.encoder(source)[1])[0])

    return Module(run, encoder=lstm(num_layers=2), decoder=lstm(3, num_layers=2),
                  fc=nn.Linear(4, 3)), PAIR  # fmt: skip


@GRAPHS()
def bidirectional_encoder(_: Any) -> Net:
    """A Linear makes of both last states the state with which a GRU begins."""

    def run(net, source, target):
        h = net.encoder(source)[1]
        first = torch.tanh(net.bridge(torch.cat([h[0], h[1]], 1))).unsqueeze(0)
        return net.fc(net.decoder(target, first)[0])

    return Module(run, encoder=gru(bidirectional=True, units=3), bridge=nn.Linear(6, 4),
                  decoder=gru(3), fc=nn.Linear(4, 3)), PAIR  # fmt: skip


@GRAPHS()
def siamese(_: Any) -> Net:
    """One LSTM reads two inputs; their difference and their product."""

    def run(net, left, right):
        a, b = net.rnn(left)[0][:, -1], net.rnn(right)[0][:, -1]
        return net.fc(torch.cat([a - b, a * b], 1))

    inputs = {"left": (TIMESTEPS, FEATURES), "right": (TIMESTEPS, FEATURES)}
    return Module(run, rnn=lstm(), fc=nn.Linear(8, 3)), inputs


@GRAPHS()
def tokens_and_features(_: Any) -> Net:
    """Words, and features without timesteps, side by side behind the GRU."""

    def run(net, tokens, features):
        h = net.rnn(net.embedding(tokens))[1][-1]
        return net.fc(torch.cat([h, torch.relu(net.dense(features))], 1))

    return Module(run, embedding=nn.Embedding(VOCABULARY, 2), rnn=gru(), dense=nn.Linear(3, 5),
                  fc=nn.Linear(9, 3)), {"tokens": (TIMESTEPS,), "features": (3,)}  # fmt: skip


@GRAPHS()
def two_outputs(_: Any) -> Net:
    """A head for every step and one for the last."""

    def run(net, x):
        h, _ = net.rnn(x)
        return net.tags(h), torch.softmax(net.kind(net.above(h)[1][-1]), -1)

    return Module(run, rnn=lstm(), above=gru(4, 5), tags=nn.Linear(4, 3), kind=nn.Linear(5, 2)), X


@GRAPHS()
def directions_apart(_: Any) -> Net:
    """The two directions of a layer go their own ways."""

    def run(net, x):
        h, _ = net.rnn(x)
        return net.fc(net.a(h[:, :, :3])[0] * net.b(h[:, :, 3:])[0])

    return Module(run, rnn=lstm(units=3, bidirectional=True), a=gru(3), b=lstm(3),
                  fc=nn.Linear(4, 3)), X  # fmt: skip
