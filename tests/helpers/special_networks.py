"""Networks of what few goldens have, drawn: padding before pooling, outputs fed back, states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnncalc import Layer, Model
from rnncalc.model.stateless import Flatten, Normalization, Output, Pooling


def layer(cell: str, seed: int, takes: int = 2, **more) -> Layer:
    """A layer of 3 units whose weights all differ."""
    rng = np.random.default_rng(seed)
    gates = {"rnn": ("",), "gru": (".z", ".r", ".n"), "lstm": (".i", ".f", ".g", ".o")}[cell]
    shapes = {"W_x": (3, takes), "W_h": (3, 3), "bias": (3,)}
    weights = {n + g: rng.normal(0, 0.7, shape) for n, shape in shapes.items() for g in gates}
    states = {"h0": rng.normal(size=3)} | ({"c0": rng.normal(size=3)} if cell == "lstm" else {})
    return Layer(weights, cell=cell, **{**states, **more})


def drawn(*shape: int, seed: int = 9) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def padded(*layers: Layer, **more) -> Model:
    return Model(layers, x=drawn(3, 4, 2), lengths=[4, 1, 3], dtype="float32", **more)


def head(width: int, outputs: int) -> Output:
    return Output(drawn(outputs, width, seed=5), drawn(outputs, seed=6), "softmax")


def special(cell: str) -> dict[str, Model]:
    """What few goldens have: padding before pooling, merged directions, outputs fed back."""
    both = layer(cell, 1, backward=layer(cell, 2))
    way = layer(cell, 3, direction="backward")
    single = {"mode": "many-to-one"}
    fed = {"mode": "one-to-many", "timesteps": 4, "dtype": "float32"}
    stack = (layer(cell, 4), layer("lstm", 5, 3, h0=drawn(3, 3), c0=drawn(3, 3, seed=8)))
    merged = {
        f"{merge} of padded": padded(replace(both, merge=merge))
        for merge in ("sum", "mul", "ave", "none")
    }
    pools = {
        f"{kind} pooling of padded": padded(both, output=[Pooling(kind), head(6, 2)], **single)
        for kind in ("average", "max")
    }
    feedbacks = {
        f"feedback {feedback}": Model(
            stack, output=head(3, 2), x=drawn(3, 1, 2), feedback=feedback, **fed
        )
        for feedback in ("x", "y", "zeros")
    }
    return {
        **merged, **pools, **feedbacks,
        "stack": Model(stack, x=drawn(3, 4, 2)),
        "bare normalizations": Model(
            [layer(cell, 6, 4, before=[head(2, 4), Normalization("layer", 1e-3)])],
            output=[Flatten(), Normalization("layer", 1e-3), head(12, 2)],
            x=drawn(3, 4, 2), **single,
        ),
        "names that Python and modules have": Model(
            [replace(one, name=name) for one, name in zip(stack, ("train", "in"), strict=True)],
            x=drawn(3, 4, 2),
        ),
        "unbatched": Model((both,), x=drawn(4, 2), dtype="float32"),
        "backward": Model((way,), x=drawn(3, 4, 2)),
        "padded backward": padded(way, output=head(3, 2), **single),
        "ended": padded(replace(both, merge="sum", return_sequences=False), **single),
        "flattened": padded(both, output=[Flatten(), head(24, 2)], **single),
        "normalized": padded(
            both,
            output=[Normalization("batch", 1e-3, mean=drawn(6), variance=drawn(6) ** 2), head(6, 2)]
        ),
    }  # fmt: skip
