"""Networks as C: every cell, option, function, direction and shape of use; many in one program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from every_activation import EVERY, SAME_WIDTH

from rnncalc import Layer, Model, Output
from rnncalc.converting.proof import SEQUENCES
from rnncalc.converting.to_c import proof
from rnncalc.converting.to_c.file import draft
from rnncalc.converting.to_c.plan import TYPES, Plan
from rnncalc.converting.to_c.program import program
from rnncalc.converting.trial import TIMESTEPS
from rnncalc.equations import CELLS
from rnncalc.equations.joins import JOINS
from rnncalc.model.convolution import Conv1d
from rnncalc.model.embedding import Embedding
from rnncalc.model.graph import Wire
from rnncalc.model.joins import Join
from rnncalc.model.reshaping import Repeat
from rnncalc.model.stateless import (
    Flatten,
    Function,
    Normalization,
    Pooling,
    Prelu,
    Rescaling,
)

RANDOM = np.random.default_rng(19)
NAMES = ("a.b", "a-b", "a_b_W_x", "1", "int", "\u00df*; ??", "x" * 200, "x" * 199 + "y", "n1")
"""Names that are no identifiers, or begin like others."""

Pairs = list[tuple[np.ndarray, np.ndarray]]
"""What a run has, and what C has, array by array."""


def layer(
    cell: str, features: int = 2, *, h: int = 3, weights: Sequence[str] = (), **more: Any
) -> Layer:
    """A layer of 3 units whose weights all differ, with states that it begins with."""
    kind = CELLS[cell]
    shapes = {"W_x": (3, features), "W_h": (3, h), "W_r": (h, 3)}
    arrays = {
        name: RANDOM.normal(0, 0.4, shapes.get(weight, (3,)))
        for weight in ("W_x", "W_h", "bias", *weights)
        for name in kind.names(weight)
    }
    states = {f"{s}0": RANDOM.normal(0, 0.4, {"h": h, "c": 3}[s]) for s in kind.states}
    return Layer(arrays, cell=cell, **states, **more)


def dense(outputs: int = 4, units: int = 3, **more: Any) -> Output:
    """A dense layer."""
    return Output(RANDOM.normal(0, 0.4, (outputs, units)), RANDOM.normal(0, 0.4, outputs), **more)


def numbers(size: int) -> np.ndarray:
    """Numbers above 0 that all differ."""
    return RANDOM.uniform(0.25, 1.75, size)


def cells() -> list[Model]:
    """Every cell with every option, and with every activation."""
    lstm: dict[str, Any] = {"weights": ("bias_h", "P"), "recurrent_activation": "hard_sigmoid"}
    return [Model(one) for one in (
        layer("rnn"), layer("rnn", weights=("bias_h",), clip=0.4375, activation="linear"),
        layer("gru"), layer("gru", weights=("bias_h",), clip=0.8125),
        layer("gru", weights=("bias_h",), reset_after=False, update="inverted"),
        layer("gru", reset_after=False, recurrent_activation="hard_sigmoid"),
        layer("gru", update="inverted"), layer("gru", activation="softmax"),
        layer("lstm"), layer("lstm", **lstm), layer("lstm", **lstm, input_forget=True),
        layer("lstm", weights=("P",), clip=0.3125, state_activation="softsign"),
        layer("lstm", h=2, weights=("W_r", "P")), layer("lstm", input_forget=True),
        *(layer("rnn", activation=one) for one in SAME_WIDTH),
    )]  # fmt: skip


def rows() -> list[Model]:
    """Layers in a row, with all that may stand around them; every use."""
    chain = [Normalization("layer", 1e-3, numbers(2), numbers(2)), Function("sigmoid")]
    stored = {name: numbers(3) for name in Normalization.ARRAYS}
    outputs = [dense(3), Normalization("batch", 1e-5, **stored), Prelu(numbers(3)), dense(2)]
    one = "many-to-one"
    table = Embedding(RANDOM.normal(0, 1, (5, 2)), name="step")
    named = tuple(layer("rnn", 2 if i == 0 else 3, name=name) for i, name in enumerate(NAMES))
    return [
        *(Model(layer("gru"), output=dense(activation=one)) for one in EVERY),
        Model((layer("rnn", before=chain), layer("gru", 3), layer("lstm", 3)), output=outputs),
        Model(layer("rnn"), output=(Rescaling(0.5, 0.25), Normalization("layer", 1e-3))),
        Model(named, output=[dense(3, name="step"), dense(3, name="run"), dense(1, name="max")]),
        Model(layer("gru"), embedding=table, output=dense(5, activation="softmax")),
        Model(layer("gru"), embedding=table, output=dense(5), mode="one-to-many", timesteps=9,
              feedback="argmax"),
        Model((layer("lstm"), layer("gru", 3, return_sequences=False)), output=dense(), mode=one),
        Model(layer("gru"), output=(dense(4), Pooling("average"), dense(2, 4)), mode=one),
        Model(layer("gru"), output=(Pooling("max"), dense(2)), mode=one),
        Model(layer("gru"), output=(Flatten(), Function("tanh"), dense(2, 12)), mode=one),
        Model((layer("lstm"), layer("rnn", 3, same_loop=True))),
    ]  # fmt: skip


def both_ways() -> list[Model]:
    """Two directions with every merge, in every use; one that goes back."""
    models = []
    for cell, merge in (("rnn", "concat"), ("gru", "sum"), ("lstm", "mul"), ("lstm", "ave"),
                        ("gru", "none")):  # fmt: skip
        for mode, whole in (("many-to-many", True), ("many-to-one", True), ("many-to-one", False)):
            both = layer(cell, backward=layer(cell), merge=merge, return_sequences=whole)
            head = None if merge == "none" else dense(2, both.width)
            models.append(Model(both, output=head, mode=mode))
    back = {"direction": "backward"}
    loop = [layer("gru", backward=layer("gru"), merge="none"),
            layer("rnn", 3, backward=layer("rnn", 3), merge="concat", same_loop=True)]  # fmt: skip
    turned = {**back, "order": "processing"}
    models += [
        Model((layer("gru", **back), layer("lstm", 3, h=2, weights=("W_r",), **turned))),
        Model(layer("gru", **turned, return_sequences=False), mode="many-to-one"),
        Model((layer("gru", **turned), layer("rnn", 3, same_loop=True, **turned))),
        Model(tuple(loop), output=dense(2, 6)),
        Model((layer("lstm", backward=layer("lstm")), layer("gru", 6, backward=layer("gru", 6)))),
    ]
    return models


def graphs() -> list[Model]:
    """Residuals of every kind, states that another layer gives, several inputs and outputs."""
    models = []
    for kind in JOINS:
        parts = [layer("gru", name="g"), layer("rnn", 3, name="r")]
        wires = Wire("g", ("x",)), Wire("r", ("g",)), Wire("join", ("r", "g")), Wire("y", ("join",))
        head = dense(2, 6 if kind == "concat" else 3, name="y")
        models.append(_graph(parts, [Join(kind, name="join"), head], wires))
    ends = {"h0": "enc", "c0": "enc"}
    wires = Wire("enc", ("one",)), Wire("dec", ("two",), ends), Wire("y", ("dec",))
    layers = [layer("lstm", name="enc"), layer("lstm", 4, name="dec")]
    models.append(_graph(layers, [dense(2, name="y")], wires, inputs=("one", "two")))
    wires = (Wire("enc", ("x",)), Wire("all", ("enc",)), Wire("dec", ("all",)), Wire("y", ("dec",)),
             Wire("mean", ("dec",)))  # fmt: skip
    layers = [layer("gru", name="enc", return_sequences=False), layer("gru", 3, name="dec")]
    stateless = [Repeat(4, name="all"), dense(2, name="y"), Pooling("average", name="mean")]
    models.append(_graph(layers, stateless, wires, results=("mean", "y")))
    wires = (Wire("table", ("int",)), Wire("g", ("table",)), Wire("d", ("1",)),
             Wire("both", ("g", "d")), Wire("y", ("both",)), Wire("z", ("g",)))  # fmt: skip
    stateless = [Embedding(RANDOM.normal(0, 1, (6, 2)), name="table"), dense(3, 4, name="d"),
                 Join("add", name="both"), dense(2, name="y"), dense(5, name="z")]  # fmt: skip
    for single in (False, True):
        last = layer("gru", name="g", return_sequences=not single)
        more = {"inputs": ("int", "1"), "rows": ("1",), "results": ("y", "z")}
        models.append(_graph([last], stateless, wires, **more))
    for conv in ({"padding": "same", "strides": 2}, {"dilation": 2}, {"padding": (3, 1)},
                 {"padding": "causal"}, {"strides": 5}):  # fmt: skip
        first = Conv1d(RANDOM.normal(0, 0.4, (4, 2, 3)), RANDOM.normal(0, 0.4, 4), "tanh", **conv)
        kind, sizes = ("max", (2, None)) if "strides" in conv else ("average", (3, 1))
        pool = Pooling(kind, "pool", *sizes, "valid" if "dilation" in conv else "same")
        wires = Wire("conv1d", ("x",)), Wire("pool", ("conv1d",)), Wire("g", ("pool",))
        models.append(_graph([layer("gru", 4, name="g")], [first, pool], wires))
    both = layer("rnn", name="all"), layer("gru", 3, name="end", return_sequences=False)
    wires = Wire("all", ("x",)), Wire("end", ("all",)), Wire("y", ("end",))
    models.append(_graph(both, [dense(2, name="y")], wires, results=("y", "all")))
    return models


def _graph(layers: Sequence[Layer], stateless: Sequence[Any], wires: Sequence[Wire],
           **more: Any) -> Model:  # fmt: skip
    return Model(tuple(layers), stateless=tuple(stateless), wiring=tuple(wires), **more)


CELL_BY_CELL, IN_ROWS, BOTH_WAYS, IN_GRAPHS = cells(), rows(), both_ways(), graphs()
EVERY_NETWORK = [*CELL_BY_CELL, *IN_ROWS, *BOTH_WAYS, *IN_GRAPHS]


def headers(models: Sequence[Model], dtype: str) -> list[str]:
    """The C of each, whose names begin with n0, n1 ..."""
    models = [replace(one, dtype=dtype) for one in models]
    return [draft(one, "textbook", f"n{i}").content.decode() for i, one in enumerate(models)]


def compared(
    folder: Path, command: Sequence[str], models: Sequence[Model], dtype: str, texts: Sequence[str]
) -> Iterator[Pairs]:
    """What each network gives and what its C does, all compiled as one program.

    Args:
        command: the compiler and its flags.
        texts: the header of each.
    """
    parts, inputs = [], {}
    models = [proof.streamed(replace(one, dtype=dtype)) for one in models]
    plans = [Plan(one) for one in models]
    for i, (plan, text) in enumerate(zip(plans, texts, strict=True)):
        (folder / f"n{i}.h").write_text(text)
        timesteps = plan.least(TIMESTEPS)
        source = program(plan, f"n{i}", TYPES[dtype], f"n{i}.h", SEQUENCES, timesteps)
        parts.append(source.replace("int main(void)", f"int n{i}_main(void);\nint n{i}_main(void)"))
        inputs[i] = proof.drawn(plan, timesteps, dtype)
    calls = " || ".join(f"n{i}_main()" for i in inputs)
    source = "\n".join([*parts, f"int main(void) {{\n    return {calls};\n}}\n"])
    given = iter(proof.computed(folder, command, source, [*inputs.values()]))
    for i, (model, plan) in enumerate(zip(models, plans, strict=True)):
        ours = list(proof.expected(model, plan, inputs[i]))
        yield [(one, np.array([next(given) for _ in one.flat]).reshape(one.shape)) for one in ours]
    assert next(given, None) is None


def roundings(pairs: Pairs, dtype: str) -> float:
    """By how many roundings of the largest number of an array they differ at most."""
    worst = max(proof.differences(*zip(*pairs, strict=True)), default=0.0)
    return float(worst / np.finfo(dtype).eps)
