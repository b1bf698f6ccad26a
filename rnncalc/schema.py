"""The layouts of the files that people and programs meet: what each key of a config and of a result
may hold. Configs are checked against them, and ``rnncalc schema`` prints them as JSON Schema.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rnncalc.model import DTYPES, FEEDBACKS, MODES


def one_of(words: Iterable[str]) -> Meta:
    """Words that the schema lists; ``model.py`` checks them, and suggests what was meant."""
    return Meta(extra_json_schema={"enum": list(words)})


Cell = Annotated[str, one_of(["rnn"])]
Mode = Annotated[str, one_of(MODES)]
Feedback = Annotated[str, one_of(FEEDBACKS)]
Dtype = Annotated[str, one_of(DTYPES)]


class FileRef(msgspec.Struct, forbid_unknown_fields=True):
    """Numbers that stand in a file of their own, named from where the config is."""

    file: Annotated[str, Meta(description="csv, tsv, json, npy or npz")]
    key: Annotated[str | None, Meta(description="which array of an npz")] = None


Numbers = Annotated[
    float | str | list[Any] | FileRef,
    Meta(description="a number, a list, a list of rows, '@file', '1 2; 3 4', or {file: ...}"),
]


class Parameters(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An activation with parameters."""

    name: str
    alpha: float | None = None
    beta: float | None = None


ActivationName = str | Parameters


class OutputBlock(msgspec.Struct, forbid_unknown_fields=True):
    """The output layer y_t = activation(W_y h_t + b_y)."""

    W_y: Annotated[Numbers | None, Meta(description="(outputs, units)")] = None
    bias: Annotated[Numbers, Meta(description="b_y, (outputs)")] = 0.0
    activation: ActivationName = "linear"


class Config(msgspec.Struct, forbid_unknown_fields=True):
    """A network and its input: h_t = activation(W_x x_t + W_h h_{t-1} + bias)."""

    rnncalc: Annotated[Literal[1], Meta(description="version of this layout")] = 1
    name: Annotated[str | None, Meta(description="the layer's name in results")] = None
    cell: Cell = "rnn"
    activation: ActivationName = "tanh"
    W_x: Annotated[Numbers | None, Meta(description="(units, features)")] = None
    W_h: Annotated[Numbers | None, Meta(description="(units, units)")] = None
    bias: Annotated[Numbers, Meta(description="(units)")] = 0.0
    bias_h: Annotated[Numbers | None, Meta(description="a second, recurrent bias, (units)")] = None
    h0: Annotated[Numbers, Meta(description="([batch,] units)")] = 0.0
    output: OutputBlock | None = None
    mode: Mode = "many-to-many"
    timesteps: Annotated[int, Meta(ge=1)] | None = None
    feedback: Feedback = "y"
    dtype: Dtype = "float64"
    x: Annotated[
        Numbers | None, Meta(description="([batch,] timesteps, features), or (timesteps)")
    ] = None


VALUE = {"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity", None]}]}
"""A number of a result; what is not finite is text (or null, as ``--non-finite`` says)."""

ROW = {"type": "array", "items": VALUE}
ROWS = {"type": "array", "items": ROW}

State = Annotated[list[Any], Meta(extra_json_schema={"anyOf": [ROW, ROWS]})]
"""[unit], with [sequence] in front for a batch."""

Series = Annotated[
    list[Any], Meta(extra_json_schema={"anyOf": [ROWS, {"type": "array", "items": ROWS}]})
]
"""[timestep][unit], with [sequence] in front for a batch."""


class Final(msgspec.Struct):
    """The state after the last timestep."""

    h: State


class DirectionResult(msgspec.Struct, omit_defaults=True):
    """What one direction of a layer computed; the terms are there when ``--show`` names them."""

    h0: State
    h: Series
    final: Final
    x_term: Series | None = None
    h_term: Series | None = None
    bias: Series | None = None
    bias_h: Series | None = None
    a: Series | None = None


class LayerResult(msgspec.Struct):
    """One recurrent layer of a result."""

    name: str
    cell: str
    units: int
    features: int
    merge: str | None
    h: Series | None
    forward: DirectionResult | None = None
    backward: DirectionResult | None = None


class Result(msgspec.Struct, omit_defaults=True):
    """What ``rnncalc run --json`` prints: arrays are [timestep][unit], [sequence] in front."""

    format: Literal["rnncalc.result"]
    version: Literal[1]
    generator: str
    dtype: Dtype
    mode: Mode
    x: Series
    h: Series
    y: Annotated[
        list[Any] | None,
        Meta(description="[timestep][output]; [output] of the last timestep in many-to-one"),
    ]
    layers: list[LayerResult]
    non_finite: Annotated[int, Meta(description="how many numbers of h and y are not finite")]
    t: Annotated[list[int] | None, Meta(description="the timesteps, where --steps chose")] = None
    units: Annotated[list[int] | None, Meta(description="the units, where --units chose")] = None


KINDS: dict[str, type[msgspec.Struct]] = {"model": Config, "result": Result}
"""What ``rnncalc schema`` knows."""


def json_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind of file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(KINDS[kind]),
    }
