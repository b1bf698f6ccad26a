"""Graphs as hypothesis draws them: any cells, joined and branching, all weights different."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from drawn_layers import layers
from hypothesis import strategies as st

from rnncalc import Layer, Model
from rnncalc.model.convolution import Conv1d
from rnncalc.model.graph import Wire
from rnncalc.model.joins import Join
from rnncalc.model.stateless import Output, Stateless

FEATURES = 2


@dataclass
class Parts:
    """A graph in the making.

    Attributes:
        widths: of what there is to read, by name.
    """

    widths: dict[str, int]
    recurrent: list[Layer]
    stateless: list[Stateless]
    wiring: list[Wire]

    def add(self, layer: Layer | Stateless, width: int, *reads: str, **states: str) -> str:
        """A layer that reads these; its name."""
        kind = self.recurrent if isinstance(layer, Layer) else self.stateless
        kind.append(layer)
        self.wiring.append(Wire(layer.name, reads, states))
        self.widths[layer.name] = width
        return layer.name

    def model(self, *results: str) -> Model:
        """The graph, which gives these."""
        return Model(
            tuple(self.recurrent), stateless=tuple(self.stateless), wiring=tuple(self.wiring),
            results=results,
        )  # fmt: skip


@st.composite
def both_ways(draw, features: int) -> Layer:
    """A layer that goes forward, backward or both ways."""
    layer = draw(layers(features=features))
    way = draw(st.sampled_from(["forward", "backward", "both"]))
    if way == "both":
        return replace(layer, backward=replace(layer, clip=0.25), merge="concat")
    return replace(layer, direction=way)


@st.composite
def rows(draw) -> tuple[Model, Model, np.ndarray]:
    """A row, the same with all that is read written out, and an input."""
    parts = Parts({"x": FEATURES}, [], [], [])
    below = "x"
    for i in range(draw(st.integers(1, 3))):
        layer = replace(draw(both_ways(parts.widths[below])), name=f"layer{i}")
        below = parts.add(layer, layer.width, below)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    outputs = []
    for i in range(draw(st.integers(0, 2))):
        outputs.append(Output(rng.uniform(-1, 1, (3, parts.widths[below])), name=f"output{i}"))
        below = parts.add(outputs[-1], 3, below)
    row = Model(tuple(parts.recurrent), outputs or None)
    return row, parts.model(), rng.normal(size=(2, 5, FEATURES))


@st.composite
def graphs(draw) -> tuple[Model, np.ndarray]:
    """A graph of three to seven layers that read whatever stands before them, and an input."""
    parts = Parts({"x": FEATURES}, [], [], [])
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    first = replace(draw(both_ways(FEATURES)), name="first")
    parts.add(first, first.width, "x")
    second = replace(draw(both_ways(first.width)), name="second")
    parts.add(second, second.width, "first")
    for i in range(draw(st.integers(1, 5))):
        sources = draw(st.lists(st.sampled_from(sorted(parts.widths)), min_size=1, max_size=2,
                                unique=True))  # fmt: skip
        if len(sources) == 2:
            width = sum(parts.widths[name] for name in sources)
            sources = [parts.add(Join("concat", name=f"join{i}"), width, *sources)]
        width, kind = parts.widths[sources[0]], draw(st.sampled_from(["layer", "dense", "conv"]))
        if kind == "layer":
            layer = replace(draw(both_ways(width)), name=f"layer{i}")
            parts.add(layer, layer.width, *sources)
        elif kind == "dense":
            weights = rng.uniform(-1, 1, (3, width))
            parts.add(Output(weights, activation="tanh", name=f"dense{i}"), 3, *sources)
        else:
            weights = rng.uniform(-1, 1, (2, width, 3))
            parts.add(Conv1d(weights, padding="causal", name=f"conv{i}"), 2, *sources)
    last = parts.wiring[-1].layer
    return parts.model(last, "first"), rng.normal(size=(5, FEATURES))
