"""The layouts of the JSON documents that rnncalc writes, a class for each ``format``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rnncalc.checking.diagnosis.causes import CAUSES
from rnncalc.config.schema import Direction, Dtype, Mode, one_of

DECIMAL = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?$"}
VALUE = {"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity", None]}, DECIMAL]}
"""A number of a result; what is not finite is text (or null, as ``--non-finite`` says), and what
has more digits than a float64, too."""

ROW = {"type": "array", "items": VALUE}
ROWS = {"type": "array", "items": ROW}

State = Annotated[list[Any], Meta(extra_json_schema={"anyOf": [ROW, ROWS]})]
"""[unit], with [sequence] in front for a batch."""

Series = Annotated[
    list[Any], Meta(extra_json_schema={"anyOf": [ROWS, {"type": "array", "items": ROWS}]})
]
"""[timestep][unit], with [sequence] in front for a batch."""


Numbers = Annotated[
    list[Any],
    Meta(extra_json_schema={"anyOf": [ROW, ROWS, {"type": "array", "items": ROWS}]}),
]
"""[timestep][unit], or one row, [unit]; with [sequence] in front for a batch."""


class Final(msgspec.Struct, omit_defaults=True):
    """The states after the last timestep."""

    h: State
    c: State | None = None


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


class LayerResult(msgspec.Struct, omit_defaults=True):
    """One layer of a result: a recurrent one has a cell, one without a state (of a graph) a kind.

    What the latter computed stands there by name, ``scores.0`` of the first of several heads.
    """

    name: str
    cell: str | None = None
    units: int | None = None
    features: int | None = None
    merge: str | None = None
    h: Series | None = None
    kind: Annotated[str | None, Meta(description="dense, conv1d, pooling, join, attention ...")] = (
        None
    )
    y: Numbers | None = None
    scores: Numbers | None = None
    weights: Numbers | None = None
    context: Numbers | None = None
    mask: Annotated[
        list[Any] | None, Meta(description="of a graph, [timestep]: which of them are real")
    ] = None
    forward: DirectionResult | None = None
    backward: DirectionResult | None = None
    order: Annotated[
        str | None, Meta(description="processing: [timestep] counts its steps, from the end of x")
    ] = None


Units = Annotated[list[int], Meta(description="indices of units, from 0")]

Length = Annotated[
    int | list[int | None] | None,
    Meta(
        description="after how many steps less than 1e-3 of a change of the state is left; null: "
        "never within the run; of a batch one for each sequence"
    ),
]


class Standout(msgspec.Struct):
    """What stands out in one direction of a layer, with ``--summary``."""

    layer: str
    direction: Direction
    saturated: Units
    dead: Units
    open: dict[str, Units]
    shut: dict[str, Units]
    memory: Length


class Result(msgspec.Struct, omit_defaults=True):
    """What ``rnncalc run --json`` prints: arrays are [timestep][unit], [sequence] in front."""

    format: Literal["rnncalc.result"]
    version: Literal[1]
    generator: str
    dtype: Dtype
    mode: Mode
    x: Annotated[
        list[Any] | dict[str, Numbers | None], Meta(description="of several inputs by their names")
    ]
    h: Annotated[Series | None, Meta(description="null where two directions are not merged")]
    y: Annotated[
        list[Any] | None,
        Meta(description="[timestep][output]; [output] of the last timestep in many-to-one"),
    ]
    layers: list[LayerResult]
    non_finite: Annotated[int, Meta(description="how many numbers of h and y are not finite")]
    id: Annotated[
        list[Any] | None, Meta(description="[timestep], the ids that feedback argmax, sample chose")
    ] = None
    name: Annotated[list[Any] | None, Meta(description="[timestep], their names of vocab")] = None
    u: Annotated[
        list[Any] | None, Meta(description="[timestep], the numbers that feedback sample drew")
    ] = None
    outputs: Annotated[
        dict[str, Numbers | None] | None,
        Meta(description="of several outputs each by its name; the first is y, too"),
    ] = None
    sequence: Annotated[
        list[int] | None, Meta(description="the sequences, where --sequence chose")
    ] = None
    t: Annotated[list[int] | None, Meta(description="the timesteps, where --steps chose")] = None
    units: Annotated[list[int] | None, Meta(description="the units, where --units chose")] = None
    summary: Annotated[list[Standout] | None, Meta(description="with --summary")] = None


Number = Annotated[Any, Meta(extra_json_schema=VALUE)]


class NumberInDtypes(msgspec.Struct, omit_defaults=True):
    """One number in every dtype: of what, and how far each is from the last."""

    t: int
    layer: Annotated[str, Meta(description="empty for x and y")]
    direction: Annotated[str, Meta(description="empty for x, y and what is merged")]
    name: str
    index: Annotated[int, Meta(description="of the unit, feature or output, from 0")]
    values: Annotated[dict[str, Number], Meta(description="by dtype")]
    distances: Annotated[dict[str, Number], Meta(description="by dtype, from the last")]
    sequence: Annotated[int | None, Meta(description="of a batch")] = None


class SideBySide(msgspec.Struct):
    """What ``rnncalc run --dtype float16,float64 --json`` prints; ndjson has its numbers alone."""

    format: Literal["rnncalc.dtypes"]
    version: Literal[1]
    generator: str
    dtypes: Annotated[list[str], Meta(description="the last measures the others")]
    mode: Mode
    largest: Annotated[dict[str, Number], Meta(description="the largest distance of each dtype")]
    numbers: list[NumberInDtypes]


class FirstDifference(msgspec.Struct):
    """Where numbers part first; ``quantity`` is the first of a step that can be told apart."""

    sequence: int
    t: int
    layer: str
    direction: str
    unit: int
    quantity: str
    ours: Number
    theirs: Number


class Claimed(msgspec.Struct, omit_defaults=True):
    """A mistake, and how far the numbers are apart when it is made."""

    id: Annotated[str, one_of(CAUSES)]
    say: str
    left: Number
    remedy: str
    others: Annotated[list[str], Meta(description="the ids of the mistakes made together")] = (
        msgspec.field(default_factory=list, name="with")
    )
    thin: Annotated[bool, Meta(description="whether so few numbers may be met by accident")] = False


class MatchedLayer(msgspec.Struct):
    """A layer of ours, and the one of another model in its place."""

    name: str
    theirs: str
    max_abs: Number
    agrees: bool


class Check(msgspec.Struct, omit_defaults=True):
    """What ``rnncalc check --json`` prints."""

    format: Literal["rnncalc.check"]
    version: Literal[1]
    verdict: Literal["agrees", "differs"]
    against: str
    quantity: Annotated[str, Meta(description="what was compared: h, y, final.h, a gate")]
    compared: Annotated[int, Meta(description="how many numbers; 0 where the shapes differ")]
    differ: int
    rtol: float
    atol: float
    max_abs: Number
    roundings: Annotated[Number, Meta(description="max_abs in roundings of precision")]
    precision: Annotated[str, Meta(description="the coarser of both types")]
    size: Annotated[str, Meta(description="what a difference as large as max_abs may be")]
    shape: Annotated[list[list[int]], Meta(description="of ours, of theirs")]
    first: FirstDifference | None
    growth: Annotated[list[Number] | None, Meta(description="[timestep], the largest difference")]
    causes: list[Claimed]
    nearest: list[Claimed]
    pattern: str | None
    layout: Annotated[str | None, Meta(description="how axes were read, if not as usual")] = None
    of: Annotated[str | None, Meta(description="whose numbers, where --of chose")] = None
    sequence: Annotated[
        list[int] | None, Meta(description="the sequences, where --sequence chose")
    ] = None
    t: Annotated[list[int] | None, Meta(description="the timesteps, where --steps chose")] = None
    units: Annotated[list[int] | None, Meta(description="the units, where --units chose")] = None
    how: Annotated[str | None, Meta(description="how they were computed, if they were")] = None
    layers: Annotated[
        list[MatchedLayer], Meta(description="of two models, up to the first that differs")
    ] = msgspec.field(default_factory=list)
    apart: Annotated[str | None, Meta(description="which input would tell causes apart")] = None
    decimals: Annotated[
        int | None, Meta(description="how many the expected numbers have, where few; the fewest")
    ] = None
    truncated: Annotated[bool, Meta(description="whether they are cut, not rounded")] = False
    cut: Annotated[list[str], Meta(description="what was not all tried, in a large network")] = (
        msgspec.field(default_factory=list)
    )


class ExplainedLine(msgspec.Struct, omit_defaults=True):
    """A line of arithmetic: ``numbers`` is what a person or a parser can compute again."""

    t: int
    layer: str
    direction: Annotated[Direction | None, Meta(description="null of what has none, and of merges")]
    unit: int
    name: Annotated[str, Meta(description="of the quantity")]
    formula: str
    numbers: str
    value: Number
    sequence: Annotated[int | None, Meta(description="of a batch")] = None
    exact: Annotated[
        bool, Meta(description="whether the numbers, as they are written, give the value")
    ] = True
    rest: Annotated[
        int, Meta(description="how many small products the last number of a long sum stands for")
    ] = 0


class Chosen(msgspec.Struct, omit_defaults=True):
    """The id that feedback argmax or sample chose, and why this one."""

    t: int
    last: Annotated[bool, Meta(description="whether no step follows that would read it")]
    id: int
    value: Annotated[Number, Meta(description="y of it")]
    name: Annotated[str | None, Meta(description="of vocab")] = None
    sequence: Annotated[int | None, Meta(description="of a batch")] = None
    next: Annotated[
        tuple[int, float] | None, Meta(description="the id that comes next to it, and its y")
    ] = None
    u: Annotated[float | None, Meta(description="what was drawn")] = None
    below: Annotated[float | None, Meta(description="the sum of probabilities in front")] = None
    upto: Annotated[float | None, Meta(description="the same, with its own")] = None
    p: Annotated[float | None, Meta(description="the probability that it was drawn with")] = None


Row = Annotated[list[Any], Meta(extra_json_schema=ROW, description="[unit]")]


class SharesOf(msgspec.Struct):
    """A quantity that is a sum: what each summand adds, and its share of all magnitudes."""

    name: str
    values: dict[str, Row]
    shares: dict[str, Row]


class SaturationOf(msgspec.Struct):
    """An activation: how far from its nearer bound, and its slope there."""

    name: str
    argument: str
    function: str
    distance: Annotated[Row | None, Meta(description="null where it has not two bounds")]
    slope: Row


class Reasons(msgspec.Struct):
    """Why a state is what it is, with ``--why``: one timestep of one direction of a layer."""

    t: int
    layer: str
    direction: Direction
    sequence: int
    shares: list[SharesOf]
    saturation: list[SaturationOf]
    jacobian: Annotated[
        list[Any], Meta(extra_json_schema=ROWS, description="ds_t/ds_{t-1} of s: h, and c below it")
    ]
    norm: Annotated[Number, Meta(description="of dh_t/dh_{t-1}")]
    of_h0: Annotated[Number, Meta(description="the norm of dh_t/dh_0")]
    of_x1: Annotated[Number, Meta(description="the norm of dh_t/dx_1, of what was read first")]
    felt: Annotated[Number, Meta(description="what is left of the effect of x_1, 1 for all")]
    memory: Length
    sentences: list[str]


class Explanation(msgspec.Struct, omit_defaults=True):
    """What ``rnncalc explain --json`` prints; ndjson has its lines alone."""

    format: Literal["rnncalc.explanation"]
    version: Literal[1]
    lines: list[ExplainedLine]
    choices: Annotated[list[Chosen] | None, Meta(description="of feedback argmax and sample")] = (
        None
    )
    why: Annotated[list[Reasons] | None, Meta(description="with --why")] = None


Shape = Annotated[list[int], Meta(description="in the order of axes that the array has")]


class InspectedArray(msgspec.Struct, omit_defaults=True):
    """One of our arrays, as formulas call it; with ``--stats`` what its numbers are."""

    name: str
    shape: Shape
    min: Number = None
    max: Number = None
    mean: Number = None
    std: Number = None
    zeros: Annotated[int | None, Meta(description="how many of them are 0")] = None


class HeldArray(msgspec.Struct):
    """An array of the file, as the file calls it."""

    name: str
    shape: Shape
    parameters: Annotated[int, Meta(description="how many numbers it has")]


class InspectedLayer(msgspec.Struct, omit_defaults=True):
    """A layer of a file; its settings stand beside these keys, as a config has them."""

    name: str
    kind: Annotated[str, Meta(description="recurrent, output, embedding ...")]
    says: Annotated[str, Meta(description="what the file calls it")]
    parameters: Annotated[int, Meta(description="how many numbers the file holds for it")]
    arrays: list[InspectedArray]
    held: list[HeldArray]
    cell: Annotated[str | None, Meta(description="of a recurrent one")] = None
    features: int | None = None
    units: int | None = None
    directions: list[Direction] | None = None
    backward: Annotated[
        dict[str, Any] | None, Meta(description="the settings that are not the forward ones")
    ] = None
    arithmetic: Annotated[str, Meta(description="how its parameters are counted")] = ""
    per_gate: Annotated[
        dict[str, int] | None, Meta(description="how many parameters each gate has")
    ] = None
    problem: Annotated[str, Meta(description="why it cannot be computed")] = ""
    reads: Annotated[list[str] | None, Meta(description="of a graph, what it reads")] = None
    states: Annotated[
        dict[str, str] | None, Meta(description="of a graph, whose states it begins with")
    ] = None
    gives: Annotated[str, Meta(description="of a graph, the shape of what it gives")] = ""


class Assumed(msgspec.Struct):
    """What the file does not say, and what is taken for it."""

    layer: Annotated[str, Meta(description="empty where it is the network's")]
    key: str
    value: Any
    why: str


class EntryOf(msgspec.Struct):
    """The input of a graph of ONNX: its axes in their order, and their lengths."""

    name: str
    axes: list[str]
    shape: Annotated[list[int | None], Meta(description="null where the file leaves it open")]


class Inspection(msgspec.Struct, omit_defaults=True):
    """What ``rnncalc inspect --json`` prints."""

    format: Literal["rnncalc.inspection"]
    version: Literal[1]
    generator: str
    file: str
    what: Annotated[str, Meta(description="what kind of file it is")]
    convention: Annotated[str, Meta(description="whose names and layout it has")]
    layout: Annotated[str, Meta(description="of its matrices, in words")]
    dtype: Dtype
    parameters: int
    layers: list[InspectedLayer]
    assumed: list[Assumed]
    branches: Annotated[str | None, Meta(description="why its layers are no network in a row")]
    warnings: list[str]
    left_out: Annotated[list[str], Meta(description="what else is in it, and computes nothing")]
    outputs: Annotated[list[str], Meta(description="what it gives, if not of the last layer")]
    input: EntryOf | None
    inputs: Annotated[
        dict[str, str] | None, Meta(description="of a graph by name, with their shapes")
    ] = None


class Matrix(msgspec.Struct):
    """What ``rnncalc inspect --weights NAME --json`` prints: one array, with every digit."""

    format: Literal["rnncalc.array"]
    version: Literal[1]
    name: str
    values: Annotated[list[Any] | Number, Meta(description="nested lists, one level for each axis")]


class Manifest(msgspec.Struct):
    """The first line of the manifest that ``rnncalc run -o out/`` keeps: what tells a run from
    others. Each further line names sequences that are there: {"sha256": {"0": ..., "1-9": ...}}.
    """

    format: Literal["rnncalc.manifest"]
    version: Literal[1]
    generator: str
    model: Annotated[str, Meta(description="SHA-256 of the network")]
    sequences: Annotated[int, Meta(description="how many there are")]
    inputs: Annotated[str, Meta(description="SHA-256 of the whole paths of what is read, and how")]
    options: Annotated[dict[str, Any], Meta(description="what was asked for of each")]


class Proved(msgspec.Struct):
    """How equal two networks are, on a random input of so many timesteps and sequences."""

    timesteps: int
    sequences: int
    difference: Annotated[float, Meta(description="the largest of any number; 0: the same bits")]


class Conversion(msgspec.Struct):
    """What ``rnncalc convert --json`` prints."""

    format: Literal["rnncalc.conversion"]
    version: Literal[1]
    generator: str
    files: Annotated[list[str], Meta(description="what was written; a script's numbers beside it")]
    says: Annotated[str, Meta(description="what stands in it")]
    proof: Proved | None
    not_proved: Annotated[str | None, Meta(description="why nothing is proved")]
    notes: Annotated[list[str], Meta(description="what it has otherwise, or not at all")]
    read: Annotated[str | None, Meta(description="the command that reads it as it was meant")]
    check: Annotated[str | None, Meta(description="the command that runs the test stored in it")]
