"""The layout of configs: what each key may hold. Configs are checked against it, and
``rnncalc schema`` prints it as JSON Schema, like the layouts of what rnncalc writes (documents.py).
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rnncalc.config.keys import CHOICES, OWN
from rnncalc.config.stateless import JOINING
from rnncalc.conventions import CONVENTIONS, names_in
from rnncalc.equations import CELLS
from rnncalc.model.stateless import NORMALIZATIONS


def one_of(words: Iterable[str]) -> Meta:
    """Words that the schema lists; ``model.py`` checks them, and suggests what was meant."""
    return Meta(extra_json_schema={"enum": list(words)})


Cell = Annotated[str, one_of(CHOICES["cell"])]
Mode = Annotated[str, one_of(CHOICES["mode"])]
Feedback = Annotated[str, one_of(CHOICES["feedback"])]
MANY_DIGITS = {"type": "string", "pattern": "^mp:[1-9][0-9]{0,3}$"}
Dtype = Annotated[
    str,
    Meta(extra_json_schema={"anyOf": [{"enum": [*CHOICES["dtype"]]}, MANY_DIGITS]}),
    Meta(description="mp:50 computes with 50 digits"),
]
Direction = Annotated[str, one_of(CHOICES["direction"])]
Order = Annotated[str, one_of(CHOICES["order"])]
Merge = Annotated[str, one_of(CHOICES["merge"])]
GATES = sorted({gate for cell in CELLS.values() for gate in cell.gates})
"""The letters of all gates: what a weight may be divided into."""

GATED = {*OWN} - {weight for cell in CELLS.values() for weight in cell.single}
"""The weights that are given per gate in a gated cell."""


class FileRef(msgspec.Struct, forbid_unknown_fields=True):
    """Numbers that stand in a file of their own, named from where the config is."""

    file: Annotated[str, Meta(description="csv, tsv, npy, json, npz, or a model file")]
    key: Annotated[str | None, Meta(description="which array, of several in a file")] = None


Numbers = Annotated[
    float | str | list[Any] | FileRef,
    Meta(description="a number, a list, a list of rows, '@file', '1 2; 3 4', or {file: ...}"),
]
Several = Annotated[
    float | str | list[Any] | dict[str, Numbers | None],
    Meta(description="numbers, a file, or of several inputs one entry each: {tokens: ..., ...}"),
]


class StateRef(msgspec.Struct, forbid_unknown_fields=True):
    """An initial state: the final one of another layer, or numbers that stand in a file."""

    layer: Annotated[str | None, Meta(description="whose final state it is")] = None
    direction: Annotated[Direction | None, Meta(description="which, where it has two")] = None
    file: Annotated[str | None, Meta(description="numbers, instead of a layer")] = None
    key: Annotated[str | None, Meta(description="which array of the file")] = None


State = Annotated[
    float | str | list[Any] | StateRef,
    Meta(description="numbers, {file: ...}, or {layer: NAME}: the final state of that layer"),
]


class PartRef(msgspec.Struct, forbid_unknown_fields=True):
    """A layer of a model file, named from where the config is."""

    file: Annotated[str, Meta(description="a model file")]
    layer: Annotated[str, Meta(description="its name, as rnncalc inspect shows it")]


Gated = Annotated[
    float | str | list[Any] | dict[str, Numbers | None],
    Meta(description="numbers, or of a gated cell one entry per gate: {i: ..., f: ..., ...}"),
]


def array(axes: str, what: Any = Numbers) -> Any:
    """An array that may be left out; its axes in words."""
    return Annotated[what | None, Meta(description=axes)]


class Parameters(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An activation with parameters."""

    name: str
    alpha: float | None = None
    beta: float | None = None
    theta: float | None = None


ActivationName = (
    Annotated[str, Meta(extra_json_schema={"$ref": "#/$defs/ActivationName"})] | Parameters | None
)
"""A name, or a block; which names there are, ``detail.py`` adds to the schema."""


Count = Annotated[int, Meta(ge=1)]
Pads = Annotated[list[int], Meta(extra_json_schema={"minItems": 2, "maxItems": 2})]
Padding = Annotated[
    Annotated[str, one_of(CHOICES["conv1d"])] | Pads | None,
    Meta(description="valid, same, causal, or how many steps of 0 stand in front and behind"),
]


class OutputBlock(msgspec.Struct, forbid_unknown_fields=True):
    """A layer without a state, told by its key: dense (y_t = activation(W_y h_t + b_y)), a
    convolution, a normalization, an activation alone, pooling, attention, a join.
    """

    name: Annotated[str | None, Meta(description="what results call it")] = None
    input: Annotated[
        str | list[str] | None,
        Meta(description="what it reads: a layer, an input, bi.backward; default the one before"),
    ] = None
    join: Annotated[
        Annotated[str, one_of(CHOICES["join"])] | None,
        Meta(description="how several inputs become one; alone, the layer does nothing else"),
    ] = None
    axis: Annotated[int | None, Meta(description="of join concat: -1 features, 1 timesteps")] = None
    axes: Annotated[int | list[int] | None, Meta(description="of join dot")] = None
    normalize: Annotated[bool, Meta(description="of join dot: vectors of length 1")] = False
    weights: Annotated[PartRef | None, Meta(description="all of it from a model file")] = None
    W_y: array("(outputs, units); of conv1d (outputs, features, size)") = None  # type: ignore[valid-type]
    kernel: array("Keras' W_y, its axes reversed") = None  # type: ignore[valid-type]
    weight: array("PyTorch's W_y, as ours") = None  # type: ignore[valid-type]
    bias: array("b_y, (outputs)") = None  # type: ignore[valid-type]
    activation: Annotated[ActivationName, Meta(description="of what it gives")] = None
    conv1d: Padding = None
    strides: Annotated[Count | None, Meta(description="of conv1d and pooling")] = None
    dilation: Annotated[Count | None, Meta(description="of conv1d")] = None
    groups: Annotated[Count | None, Meta(description="of conv1d")] = None
    normalization: Annotated[
        Annotated[str, one_of(NORMALIZATIONS)] | None,
        Meta(description="by the mean and variance of each step, or by stored ones (batch)"),
    ] = None
    gamma: array("(units); default 1") = None  # type: ignore[valid-type]
    beta: array("(units); default 0") = None  # type: ignore[valid-type]
    mean: array("of normalization batch, (units)") = None  # type: ignore[valid-type]
    variance: array("of normalization batch, (units)") = None  # type: ignore[valid-type]
    epsilon: Annotated[float | None, Meta(description="of a normalization, more than 0")] = None
    prelu: array("slopes below 0 of a leaky relu, (units)") = None  # type: ignore[valid-type]
    pooling: Annotated[
        Annotated[str, one_of(CHOICES["pooling"])] | None,
        Meta(description="of all timesteps, or of windows where size says so"),
    ] = None
    size: Annotated[Count | None, Meta(description="of pooling: timesteps of a window")] = None
    padding: Padding = None
    flatten: Annotated[bool, Meta(description="all timesteps as one row")] = False
    upsampling: Annotated[Count | None, Meta(description="each timestep so often")] = None
    repeat: Annotated[Count | None, Meta(description="one row as so many timesteps")] = None
    reshape: Annotated[list[int] | None, Meta(description="[timesteps, features]")] = None
    permute: Annotated[list[int] | None, Meta(description="[2, 1]: both axes exchanged")] = None
    rescaling: array("a factor") = None  # type: ignore[valid-type]
    offset: array("of rescaling, added behind it") = None  # type: ignore[valid-type]
    embedding: array("(ids, features)") = None  # type: ignore[valid-type]
    mask_zero: Annotated[bool, Meta(description="whether steps with id 0 are masked")] = False
    masking: Annotated[float | None, Meta(description="of masked steps every number is this")] = (
        None
    )
    attention: Annotated[
        Annotated[str, one_of(CHOICES["attention"])] | None,
        Meta(description="reads [query, value] or [query, value, key]"),
    ] = None
    causal: Annotated[bool, Meta(description="no step looks at later ones")] = False
    scale: Annotated[float | None, Meta(description="of attention: a factor of the scores")] = None
    W_a: array("general: score = q W_a k, (query, key)") = None  # type: ignore[valid-type]
    W_q: array("(hidden, query); of multihead (heads, hidden, query)") = None  # type: ignore[valid-type]
    W_k: array("(hidden, key); of multihead (heads, hidden, key)") = None  # type: ignore[valid-type]
    W_v: array("of multihead, (heads, shares, value)") = None  # type: ignore[valid-type]
    W_o: array("of multihead, (heads, outputs, shares)") = None  # type: ignore[valid-type]
    v: array("of additive: score = v tanh(W_q q + W_k k + b), (hidden)") = None  # type: ignore[valid-type]
    b: array("of additive, (hidden)") = None  # type: ignore[valid-type]
    b_q: array("of multihead, (heads, hidden)") = None  # type: ignore[valid-type]
    b_k: array("of multihead, (heads, hidden)") = None  # type: ignore[valid-type]
    b_v: array("of multihead, (heads, shares)") = None  # type: ignore[valid-type]
    b_o: array("of multihead, (outputs)") = None  # type: ignore[valid-type]


class EmbeddingBlock(msgspec.Struct, forbid_unknown_fields=True):
    """A table in front of the network: x holds ids, each stands for a row of it."""

    weights: Annotated[Numbers, Meta(description="(ids, features)")]
    mask_zero: Annotated[bool, Meta(description="whether steps with id 0 are masked")] = False


class TestBlock(msgspec.Struct, forbid_unknown_fields=True):
    """An input, and what the network gave of it: what ``check`` without --against compares."""

    x: Annotated[Numbers, Meta(description="as x of the network")]
    y: array("what it gave, where it has an output layer") = None  # type: ignore[valid-type]
    h: array("else the h that it gave") = None  # type: ignore[valid-type]


class OwnCell(msgspec.Struct, forbid_unknown_fields=True):
    """A cell with its options and its weights, in our names or in those of one framework."""

    cell: Cell | None = None
    activation: Annotated[
        ActivationName,
        Meta(description="of the candidate, default tanh; without a cell of what it gives"),
    ] = None
    recurrent_activation: Annotated[
        ActivationName, Meta(description="of the gates; default sigmoid")
    ] = None
    state_activation: Annotated[
        ActivationName, Meta(description="of an LSTM's c_t; default: as activation")
    ] = None
    reset_after: bool | None = None
    update: Annotated[
        Annotated[str, one_of(CHOICES["update"])] | None,
        Meta(description="inverted: h = (1 - z) h_prev + z n, as half of the papers have it"),
    ] = None
    input_forget: bool | None = None
    cell_clip: Annotated[float | None, Meta(description="the bound of an LSTM's c")] = None
    clip: float | None = None
    convention: Annotated[
        str | None, Meta(description="whose names and layout the weights have, if not told by them")
    ] = None
    gates: Annotated[
        str | None,
        Meta(description="the order of the gates in stacked arrays, where it is not their maker's"),
    ] = None
    W_x: array("(units, features)", Gated) = None  # type: ignore[valid-type]
    W_h: array("(units, units)", Gated) = None  # type: ignore[valid-type]
    bias: array("(units)", Gated) = None  # type: ignore[valid-type]
    bias_h: array("a second, recurrent bias, (units)", Gated) = None  # type: ignore[valid-type]
    P: array("peepholes i, f, o, (units)", Gated) = None  # type: ignore[valid-type]
    W_r: array("projection, (projected, units)") = None  # type: ignore[valid-type]
    h0: array("([batch,] units)", State) = None  # type: ignore[valid-type]
    c0: array("([batch,] units)", State) = None  # type: ignore[valid-type]


def _with_frameworks(own: type[msgspec.Struct]) -> Any:
    """The same keys, and every convention's names of arrays beside them."""
    theirs: dict[str, str] = {}
    for name, convention in CONVENTIONS.items():
        for key in names_in(convention):
            if key.split(".")[0] in own.__struct_fields__:
                continue
            theirs[key] = f"{theirs[key]}, {name}" if key in theirs else name
    keys = {re.sub(r"\W", "_", key): key for key in theirs}
    fields: list[Any] = [
        (field, array(f"as in {theirs[key]}"), None) for field, key in keys.items()
    ]
    return msgspec.defstruct("CellBlock", fields, bases=(own,), rename=keys)


CellBlock: Any = _with_frameworks(OwnCell)


class DirectionBlock(CellBlock):  # type: ignore[misc]
    """One direction of a layer: a cell, or several in one time loop."""

    cells: Annotated[
        list[CellBlock] | None, Meta(description="several in one time loop: Keras' RNN([...])")
    ] = None


class LayerBlock(DirectionBlock):
    """A recurrent layer: one direction, or forward and backward."""

    name: Annotated[str | None, Meta(description="what results call it")] = None
    direction: Direction = "forward"
    order: Annotated[Order, Meta(description="of a backward layer's outputs")] = "input"
    merge: Annotated[
        Merge | None, Meta(description="how two directions become one; default concat")
    ] = None
    forward: Annotated[
        DirectionBlock | None, Meta(description="of two directions, the one from the start")
    ] = None
    backward: Annotated[
        DirectionBlock | None, Meta(description="of two directions, the one from the end")
    ] = None
    zero_output_for_mask: bool = False
    return_sequences: bool = True
    before: Annotated[
        OutputBlock | list[OutputBlock] | None,
        Meta(description="what the input goes through first"),
    ] = None


def _in_a_graph() -> Any:
    """What may stand in ``layers``: the keys of a recurrent layer, or of one without a state."""
    theirs = msgspec.structs.fields(OutputBlock)
    types = typing.get_type_hints(OutputBlock, include_extras=True)
    fields: list[Any] = [
        (one.name, types[one.name], one.default)
        for one in theirs
        if one.name not in LayerBlock.__struct_fields__
    ]
    return msgspec.defstruct("NodeBlock", fields, bases=(LayerBlock,))


NodeBlock: Any = _in_a_graph()

OF_RECURRENT = (*LayerBlock.__struct_encode_fields__, "input", *JOINING)
"""What a recurrent layer among ``layers`` may have."""


class Config(LayerBlock):
    """A network and its input: layers, or the keys of a single one, output layers, and x."""

    rnncalc: Annotated[Literal[1], Meta(description="version of this layout")] = 1
    layers: list[NodeBlock] | None = None
    embedding: EmbeddingBlock | None = None
    masking: Annotated[
        float | None, Meta(description="steps at which every feature of x is this are masked")
    ] = None
    output: OutputBlock | list[OutputBlock] | None = None
    mode: Mode = "many-to-many"
    timesteps: Count | None = None
    feedback: Feedback = "y"
    seed: Annotated[int | None, Meta(description="of feedback sample; default 0")] = None
    temperature: Annotated[
        float | None, Meta(description="of feedback sample, more than 0; default 1")
    ] = None
    vocab: Annotated[
        str | list[Any] | FileRef | None,
        Meta(description="the names of ids, id 0 first: a list, or a file with a name a line"),
    ] = None
    dtype: Dtype = "float64"
    x: array("([batch,] timesteps, features), or (timesteps)", Several) = None  # type: ignore[valid-type]
    rows: Annotated[
        list[str] | None, Meta(description="the inputs that are one row, without timesteps")
    ] = None
    lengths: array("(batch), the true lengths of padded sequences") = None  # type: ignore[valid-type]
    mask: array("(batch, timesteps) of 0 and 1") = None  # type: ignore[valid-type]
    test: Annotated[TestBlock | None, Meta(description="checked by rnncalc check FILE")] = None


BLOCKS: dict[str, Any] = {
    "layers": NodeBlock,
    "cells": CellBlock,
    "forward": DirectionBlock,
    "backward": DirectionBlock,
    "output": OutputBlock,
    "before": OutputBlock,
    "embedding": EmbeddingBlock,
    "test": TestBlock,
    "activation": Parameters,
    "recurrent_activation": Parameters,
    "state_activation": Parameters,
}
"""The keys whose values are blocks of keys, or lists of them."""
