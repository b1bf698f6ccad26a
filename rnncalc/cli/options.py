"""The options that commands share: which network and input, what to show and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from rnncalc.cli import proposals
from rnncalc.cli.parameters import (
    ActivationType,
    Dtypes,
    Inputs,
    ModelFile,
    NamesType,
    OutputFile,
    Significant,
    Slice,
    Value,
    use_threads,
)
from rnncalc.writers import CHECKS, EXPLANATIONS, FORMATS, Format

Option = Callable[[Callable[..., Any]], Callable[..., Any]]

VALUE, DATA, COUNTS = Value(), Value(file=True), Value(counts=True)
DTYPE = click.Choice(["float64", "float32", "float16"])
FLOAT = click.FloatRange(0)
MODES = ["many-to-many", "many-to-one", "one-to-many"]


def layers_option(text: str) -> Option:
    """Which layers of a file, and in which order."""
    return click.option(
        "--layers", type=NamesType(), default=(), shell_complete=proposals.layers, help=text
    )


def assume_option(text: str) -> Option:
    """What a file leaves open."""
    return click.option(
        "--assume",
        multiple=True,
        metavar="[LAYER.]KEY=VALUE",
        shell_complete=proposals.assumptions,
        help=text,
    )


def weights_option() -> Option:
    """Where the weights of an architecture are."""
    return click.option(
        "--weights",
        type=ModelFile(),
        metavar="FILE.h5",
        help="The weights of an architecture (JSON of Keras).",
    )


def set_option() -> Option:
    """Other values in the network."""
    return click.option(
        "--set",
        multiple=True,
        metavar="NAME=VALUE",
        shell_complete=proposals.settings,
        help="Another value in the network: W_h=1.1, lstm.bias.f=1.",
    )


def format_option(formats: Mapping[str, Format]) -> Option:
    """In which format."""
    default = next(iter(formats))
    return click.option(
        "-f", "--format", type=click.Choice(list(formats)), help=f"Default: {default}."
    )


NETWORK: list[Option] = [
    click.argument("model", required=False, type=ModelFile(), is_eager=True),
    click.option("-c", "--config", type=ModelFile(), is_eager=True, help="The same as MODEL."),
    click.option(
        "-x", "--x", cls=Inputs, type=DATA, metavar="VALUE", help="The input: one row per timestep."
    ),
    click.option(
        "--columns",
        type=NamesType(),
        default=(),
        help="Of a table with names: which are x, or 0,2.",
    ),
    click.option("--wx", "--W_x", "W_x", type=VALUE, help="Input weights W_x (units, features)."),
    click.option("--wh", "--W_h", "W_h", type=VALUE, help="Recurrent weights W_h (units, units)."),
    click.option("-b", "--bias", type=VALUE, help="Bias (units); default 0."),
    click.option("--bias-h", type=VALUE, help="A second, recurrent bias (units)."),
    click.option("--h0", type=VALUE, help="Initial state; of a stack (layers*directions, ...)."),
    click.option("--c0", type=VALUE, help="Initial cell state of an LSTM, as --h0."),
    click.option(
        "--state",
        metavar="FILE.npz[:NAMES]",
        shell_complete=proposals.files,
        help="Go on from the state in an earlier -o.",
    ),
    click.option("--lengths", type=COUNTS, help="True length of each sequence of a padded batch."),
    click.option("--mask", type=COUNTS, help="(batch, timesteps) of 0 and 1: 0 freezes the state."),
    click.option("--wy", "--W_y", "W_y", type=VALUE, help="Output weights W_y (outputs, units)."),
    click.option("--bias-y", type=VALUE, help="Bias of the output layer (outputs)."),
    click.option("--activation-y", type=ActivationType(), help="Activation of the output layer."),
    click.option("-a", "--activation", type=ActivationType(), help="Activation; default tanh."),
    layers_option("Run these layers, in this order."),
    assume_option("What a model file does not say: rnn.activation=relu."),
    weights_option(),
    set_option(),
    click.option("--mode", type=click.Choice(MODES), help="Shape of use; default many-to-many."),
    click.option(
        "--timesteps", type=click.IntRange(1, 10**9), metavar="N", help="Timesteps of one-to-many."
    ),
    click.option(
        "--feedback",
        type=click.Choice(["y", "x", "zeros", "argmax", "sample"]),
        help="Input of one-to-many from t = 2 on; default y.",
    ),
    click.option(
        "--seed", type=click.IntRange(0), metavar="N", help="Of feedback sample; default 0."
    ),
    click.option("--temperature", type=float, metavar="T", help="Of feedback sample; default 1."),
    click.option(
        "--vocab",
        type=ModelFile(),
        metavar="FILE",
        help="Names of ids, one a line: of x, and of what feedback chooses.",
    ),
    click.option(
        "--dtype",
        "dtypes",
        type=Dtypes(),
        default=(),
        is_eager=True,  # tells how many digits there are
        metavar="DTYPE",
        help="float64 (or a model file's own), float32, float16; run: mp:50, or several.",
    ),
]
"""Which network, and which input."""

PATH = click.option(
    "-o", "--output", "path", type=OutputFile(), help="Write there, in the suffix's format."
)
JSON = click.option("--json", "format", flag_value="json", type=str, help="Short for -f json.")


def digits_option(default: int | str) -> Option:
    """With how many digits."""
    text = f"N significant digits, .N decimals, full or hex; default {default}."
    return click.option("-d", "--digits", type=Significant(), help=text)


DIGITS = digits_option(6)
DEBUG = click.option(
    "--debug", is_flag=True, expose_value=False, help="Show the traceback of an error."
)

PLACE: list[Option] = [
    click.option("--steps", "--step", type=Slice(), help="Timesteps T, A:B or all; t is from 1."),
    click.option("--units", "--unit", type=Slice(), help="Units J or A:B, from 0."),
    click.option(
        "--sequence",
        "--sequences",
        type=Slice(),
        metavar="PART",
        help="Sequences K or A:B of a batch, from 0.",
    ),
    click.option(
        "--of",
        default="",
        metavar="LAYER",
        shell_complete=proposals.places,
        help="LAYER, LAYER.forward or .backward: it only.",
    ),
]
"""Which steps, units, sequences and layer."""

PART: list[Option] = [
    click.option(
        "--show",
        type=NamesType(),
        default=(),
        shell_complete=proposals.quantities,
        help="x,x_term,h_term,bias,a,h,y or all.",
    ),
    *PLACE,
]
"""Which quantities, and where."""

NON_FINITE = click.option(
    "--non-finite",
    type=click.Choice(["string", "null", "error"]),
    default="string",
    help="NaN and infinity in JSON; default string.",
)

COMMON: list[Option] = [
    click.option("--sequential", is_flag=True, help="One step after the other, no optimisation."),
    click.option(
        "--threads",
        type=click.IntRange(1, 256),
        metavar="N",
        is_eager=True,  # before NumPy is there
        expose_value=False,
        callback=use_threads,
        help="Threads for large networks; default 1.",
    ),
    click.option("--strict", is_flag=True, help="A warning ends with exit code 1."),
    click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        help="Colour of the table; default auto.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="No warnings."),
    click.option("-v", "--verbose", is_flag=True, help="Say on stderr how it was computed."),
    DEBUG,
]
"""How it is computed, what is said on the way, on which terminal."""

RESULT: list[Option] = [
    format_option(FORMATS),
    JSON,
    click.option("--csv", "format", flag_value="csv", type=str, help="Short for -f csv."),
    click.option(
        "-o",
        "--output",
        "path",
        type=OutputFile(folder=True),
        help="Write there, in the suffix's format; of many sequences FOLDER/, too.",
    ),
    click.option(
        "--resume", is_flag=True, help="Of many sequences: compute what is not there yet."
    ),
    click.option(
        "--workers",
        type=click.IntRange(1, 1024),
        metavar="N",
        help="Of many sequences: compute them in N processes, with Dask.",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="The same on a running Dask cluster: tcp://HOST:PORT, tls://HOST:PORT.",
    ),
    DIGITS,
    *PART,
    click.option("--last", is_flag=True, help="Only the last h (or y), as plain numbers."),
    NON_FINITE,
    *COMMON,
]
"""What of a run to print, how, and where."""

EXPLANATION: list[Option] = [
    format_option(EXPLANATIONS),
    JSON,
    PATH,
    click.option(
        "--depth",
        type=click.Choice(["terms", "products"]),
        default="terms",
        help="A sum of products as one number, or its products; default terms.",
    ),
    click.option("--all", "every_product", is_flag=True, help="Every product of long sums, too."),
    click.option("--why", is_flag=True, help="Shares, saturation and memory, in sentences, too."),
    DIGITS,
    *PART,
    NON_FINITE,
    *COMMON,
]
"""What to explain, how, and where."""

CHECK: list[Option] = [
    click.option(
        "--against",
        metavar="WHAT",
        shell_complete=proposals.against,
        help="A file, numbers, or a framework's name; default: the test stored in MODEL.",
    ),
    click.option("--rtol", type=FLOAT, metavar="R", help="Relative tolerance; default by dtype."),
    click.option("--atol", type=FLOAT, metavar="A", help="Absolute tolerance; default by dtype."),
    click.option(
        "--decimals",
        type=click.IntRange(0, 17),
        metavar="N",
        help="So many decimals are right; default as many as each number given as text has.",
    ),
    click.option(
        "--show",
        type=NamesType(),
        default=(),
        metavar="NAME",
        shell_complete=proposals.compared,
        help="y, final.h, final.c or a quantity of the layer; default y, else h.",
    ),
    *PLACE,
    format_option(CHECKS),
    JSON,
    PATH,
    click.option(
        "--plot",
        type=OutputFile("the verdict"),
        help="Draw how far they are apart: .svg, .png, .pdf.",
    ),
    DIGITS,
    NON_FINITE,
    *COMMON,
]
"""What to compare with, how, and where."""


def options(*groups: Sequence[Option]) -> Option:
    """Give a command options, in the order in which its help has them."""

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed([one for group in groups for one in group]):
            command = option(command)
        return command

    return decorated
