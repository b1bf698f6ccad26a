"""The options that commands share: which network and input, what to show and where.

Each is declared once, with its group and whether the first screen of help has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from rnncalc.cli import proposals
from rnncalc.cli.grouped import Choice, Group, argument, option
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
from rnncalc.writers import CHECKS, EXPLANATIONS, FORMATS

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

VALUE, DATA, COUNTS = Value(), Value(file=True), Value(counts=True)
DTYPES = ["float64", "float32", "float16"]
FLOAT = click.FloatRange(0)
MODES = ["many-to-many", "many-to-one", "one-to-many"]


def _activations() -> str:
    from rnncalc.equations.activations import ACTIVATIONS

    return f"There are: {', '.join(ACTIVATIONS)}; with a parameter: leaky_relu:alpha=0.3."


def _quantities() -> str:
    from rnncalc.equations import CELLS

    cells = (f"{name}: {', '.join(cell.quantities)}" for name, cell in CELLS.items())
    return f"What cells compute: {'; '.join(cells)}. Of one gate: a.z, x_term.i."


def gates() -> str:
    """The gates of each kind of cell that has any."""
    from rnncalc.equations import CELLS

    cells = (f"{name}: {', '.join(cell.gates)}" for name, cell in CELLS.items() if cell.gates)
    return f"Gates of {'; '.join(cells)}."


LAYERS = option(
    Group.NETWORK,
    "--layers",
    type=NamesType(),
    default=(),
    shell_complete=proposals.layers,
    help="These layers only, in this order.",
)
ASSUME = option(
    Group.NETWORK,
    "--assume",
    multiple=True,
    metavar="[LAYER.]KEY=VALUE",
    shell_complete=proposals.assumptions,
    help="What a model file does not say: rnn.activation=relu.",
)
WEIGHTS = option(
    Group.NETWORK,
    "--weights",
    type=ModelFile(),
    metavar="FILE.h5",
    help="The weights of an architecture (JSON of Keras).",
)
SET = option(
    Group.NETWORK,
    "--set",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=proposals.settings,
    help="Another value in the network: W_h=1.1, lstm.bias.f=1.",
    more=gates,
)

INPUT = option(
    Group.INPUT,
    "-x",
    "--x",
    cls=Inputs,
    type=DATA,
    metavar="VALUE",
    first=True,
    help="The input: one row per timestep.",
)

NETWORK: list[Decorator] = [
    INPUT,
    option(
        Group.INPUT,
        "--columns",
        type=NamesType(),
        default=(),
        help="Of a table with names: which are x, or 0,2.",
    ),
    option(
        Group.INPUT,
        "--h0",
        type=VALUE,
        help="Initial state; of a stack (layers*directions, ...).",
    ),
    option(Group.INPUT, "--c0", type=VALUE, help="Initial cell state of an LSTM, as --h0."),
    option(
        Group.INPUT,
        "--state",
        metavar="FILE.npz[:NAMES]",
        shell_complete=proposals.files,
        help="Go on from the state in an earlier -o.",
    ),
    option(
        Group.INPUT,
        "--lengths",
        type=COUNTS,
        help="True length of each sequence of a padded batch.",
    ),
    option(
        Group.INPUT,
        "--mask",
        type=COUNTS,
        help="(batch, timesteps) of 0 and 1: 0 freezes the state.",
    ),
    option(
        Group.INPUT,
        "--timesteps",
        type=click.IntRange(1, 10**9),
        help="Timesteps of one-to-many.",
    ),
    option(
        Group.INPUT,
        "--feedback",
        type=Choice(["y", "x", "zeros", "argmax", "sample"]),
        implied="y",
        metavar="WHAT",
        help="Input of one-to-many from t = 2 on",
    ),
    option(Group.INPUT, "--seed", type=click.IntRange(0), help="Of feedback sample; default 0."),
    option(
        Group.INPUT,
        "--temperature",
        type=float,
        metavar="T",
        help="Of feedback sample; default 1.",
    ),
    option(
        Group.INPUT,
        "--vocab",
        type=ModelFile(),
        help="Names of ids, one a line: of x, and of what feedback chooses.",
    ),
    argument(
        Group.NETWORK,
        "model",
        required=False,
        type=ModelFile(),
        is_eager=True,
        help="A config, a model file, or - (stdin).",
    ),
    option(
        Group.NETWORK,
        "-c",
        "--config",
        type=ModelFile(),
        is_eager=True,
        help="The same as MODEL.",
    ),
    option(
        Group.NETWORK,
        "--wx",
        "--W_x",
        "W_x",
        type=VALUE,
        first=True,
        help="Input weights W_x (units, features).",
    ),
    option(
        Group.NETWORK,
        "--wh",
        "--W_h",
        "W_h",
        type=VALUE,
        first=True,
        help="Recurrent weights W_h (units, units).",
    ),
    option(Group.NETWORK, "-b", "--bias", type=VALUE, first=True, help="Bias (units); default 0."),
    option(Group.NETWORK, "--bias-h", type=VALUE, help="A second, recurrent bias (units)."),
    option(
        Group.NETWORK,
        "-a",
        "--activation",
        type=ActivationType(),
        first=True,
        help="Activation; default tanh.",
        more=_activations,
    ),
    option(
        Group.NETWORK, "--wy", "--W_y", "W_y", type=VALUE, help="Output weights (outputs, units)."
    ),
    option(Group.NETWORK, "--bias-y", type=VALUE, help="Bias of the output layer (outputs)."),
    option(
        Group.NETWORK,
        "--activation-y",
        type=ActivationType(),
        help="Activation of the output layer; default linear. Names as of -a.",
    ),
    option(
        Group.NETWORK,
        "--mode",
        type=Choice(MODES),
        implied=MODES[0],
        help="Shape of use",
    ),
    LAYERS,
    ASSUME,
    WEIGHTS,
    SET,
    option(
        Group.COMPUTE,
        "--dtype",
        "dtypes",
        type=Dtypes(),
        default=(),
        is_eager=True,  # tells how many digits there are
        metavar="DTYPE",
        first=True,
        help="Arithmetic: float64, float32 or float16.",
        more=lambda: "Default: a model file's own, else float64. In run also mp:50, or several.",
    ),
]
"""Which network, and which input."""


def format_option(formats: Iterable[str]) -> Decorator:
    """In which format: where nothing else is said the first one."""
    names = list(formats)
    return option(
        Group.LOOK,
        "-f",
        "--format",
        type=Choice(names),
        implied=names[0],
        first=True,
        help="Format",
    )


def short_option(name: str) -> Decorator:
    """A format that is asked for by its name."""
    return option(
        Group.LOOK,
        f"--{name}",
        "format",
        flag_value=name,
        type=str,
        help=f"Short for -f {name}.",
    )


JSON, CSV = short_option("json"), short_option("csv")
PATH = option(
    Group.LOOK,
    "-o",
    "--output",
    "path",
    type=OutputFile(),
    first=True,
    help="Write there, in the suffix's format.",
)

TEXT = option(
    Group.LOOK, "-o", "--output", "path", type=OutputFile(), first=True, help="Write there."
)
"""Where text goes that has one format."""


def digits_option(default: int | str) -> Decorator:
    """With how many digits."""
    text = f"N digits, .N decimals, full or hex; default {default}."
    return option(Group.LOOK, "-d", "--digits", type=Significant(), first=True, help=text)


DIGITS = digits_option(6)
COLOR = option(
    Group.LOOK,
    "--color",
    type=Choice(["auto", "always", "never"]),
    default="auto",
    metavar="WHEN",
    help="Colours of the terminal",
)
QUIET = option(Group.LOOK, "-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors.")
VERBOSE = option(Group.LOOK, "-v", "--verbose", is_flag=True, help="Say on stderr how it was done.")
DEBUG = option(
    Group.LOOK,
    "--debug",
    is_flag=True,
    expose_value=False,
    help="Show the traceback of an error.",
)
STRICT = option(Group.COMPUTE, "--strict", is_flag=True, help="A warning ends with exit code 1.")

PLACE: list[Decorator] = [
    option(
        Group.SHOW,
        "--steps",
        "--step",
        type=Slice(),
        first=True,
        help="Timesteps T, A:B or all; t is from 1.",
    ),
    option(
        Group.SHOW,
        "--units",
        "--unit",
        type=Slice(),
        help="Units J or A:B, from 0.",
    ),
    option(
        Group.SHOW,
        "--sequence",
        "--sequences",
        type=Slice(),
        help="Sequences K or A:B of a batch, from 0.",
    ),
    option(
        Group.SHOW,
        "--of",
        default="",
        metavar="LAYER",
        shell_complete=proposals.places,
        help="LAYER, LAYER.forward or .backward: it only.",
    ),
]
"""Which steps, units, sequences and layer."""

PART: list[Decorator] = [
    option(
        Group.SHOW,
        "--show",
        type=NamesType(),
        default=(),
        shell_complete=proposals.quantities,
        first=True,
        help="Quantities: x, a, h, c, y, gates, final.h, or all.",
        more=_quantities,
    ),
    *PLACE,
]
"""Which quantities, and where."""

NON_FINITE = option(
    Group.LOOK,
    "--non-finite",
    type=Choice(["string", "null", "error"]),
    default="string",
    metavar="HOW",
    help="NaN and infinity in JSON",
)

COMMON: list[Decorator] = [
    option(
        Group.COMPUTE, "--sequential", is_flag=True, help="One step after the other, unoptimised."
    ),
    option(
        Group.COMPUTE,
        "--threads",
        type=click.IntRange(1, 256),
        is_eager=True,  # before NumPy is there
        expose_value=False,
        callback=use_threads,
        help="Threads for large networks; default 1.",
    ),
    STRICT,
    COLOR,
    QUIET,
    VERBOSE,
    DEBUG,
]
"""How it is computed, what is said on the way, on which terminal."""

RESULT: list[Decorator] = [
    format_option(FORMATS),
    JSON,
    CSV,
    option(
        Group.LOOK,
        "-o",
        "--output",
        "path",
        type=OutputFile(folder=True),
        first=True,
        help="Write there, in the suffix's format.",
    ),
    DIGITS,
    *PART,
    option(
        Group.SHOW,
        "--last",
        is_flag=True,
        first=True,
        help="Only the last h (or y), as plain numbers.",
    ),
    option(
        Group.SHOW,
        "--summary",
        is_flag=True,
        help="Saturated and dead units, gates, memory length.",
    ),
    NON_FINITE,
    option(
        Group.COMPUTE,
        "--resume",
        is_flag=True,
        help="Of many sequences: compute what is not there yet.",
    ),
    option(
        Group.COMPUTE,
        "--workers",
        type=click.IntRange(1, 1024),
        help="Of many sequences: compute them in N processes, with Dask.",
    ),
    option(
        Group.COMPUTE,
        "--scheduler",
        metavar="ADDRESS",
        help="The same on a running Dask cluster: tcp://HOST:PORT, tls://HOST:PORT.",
    ),
    *COMMON,
]
"""What of a run to print, how, and where."""

EXPLANATION: list[Decorator] = [
    format_option(EXPLANATIONS),
    JSON,
    PATH,
    option(
        Group.SHOW,
        "--depth",
        type=Choice(["terms", "products"]),
        default="terms",
        help="A sum of products as one number, or its products",
    ),
    option(
        Group.SHOW, "--all", "every_product", is_flag=True, help="Every product of long sums, too."
    ),
    option(
        Group.SHOW,
        "--why",
        is_flag=True,
        first=True,
        help="Shares, saturation and memory, in sentences, too.",
    ),
    DIGITS,
    *PART,
    NON_FINITE,
    *COMMON,
]
"""What to explain, how, and where."""

CHECK: list[Decorator] = [
    option(
        Group.COMPARE,
        "--against",
        metavar="WHAT",
        shell_complete=proposals.against,
        first=True,
        help="A file, numbers, keras, torch or onnxruntime.",
        more=lambda: "Default: the test that MODEL holds.",
    ),
    option(
        Group.COMPARE,
        "--rtol",
        type=FLOAT,
        metavar="R",
        help="Relative tolerance; default by dtype.",
    ),
    option(
        Group.COMPARE,
        "--atol",
        type=FLOAT,
        metavar="A",
        help="Absolute tolerance; default by dtype.",
    ),
    option(
        Group.COMPARE,
        "--decimals",
        type=click.IntRange(0, 17),
        help="So many decimals are right; default as many as each number given as text has.",
    ),
    option(
        Group.SHOW,
        "--show",
        type=NamesType(),
        default=(),
        metavar="NAME",
        shell_complete=proposals.compared,
        first=True,
        help="One quantity to compare; default y, else h.",
        more=_quantities,
    ),
    *PLACE,
    format_option(CHECKS),
    JSON,
    PATH,
    option(
        Group.LOOK,
        "--plot",
        type=OutputFile("the verdict"),
        help="Draw how far they are apart: .svg, .png, .pdf.",
    ),
    DIGITS,
    NON_FINITE,
    *COMMON,
]
"""What to compare with, how, and where."""


def options(*groups: Sequence[Decorator]) -> Decorator:
    """Give a command options, in the order in which its help has them."""

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        for one in reversed([one for group in groups for one in group]):
            command = one(command)
        return command

    return decorated
