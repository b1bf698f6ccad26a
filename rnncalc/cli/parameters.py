"""Parameter types: the words of the command line become library objects, or an error by name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any

import click

from rnncalc.cli import proposals
from rnncalc.cli.grouped import Choice, Option, called
from rnncalc.errors import RnncalcError, ShapeError, located, printable
from rnncalc.files import WINDOWS

if TYPE_CHECKING:
    from rnncalc.trace.selection import Index


COMMAS = "rnncalc.commas"
"""Where the context keeps values like ``--wx 0,5``: two numbers, or one with a decimal comma?"""


STDIN = "rnncalc.stdin"
"""Where the context keeps who reads stdin."""


@contextmanager
def decimal_commas(context: click.Context) -> Iterator[None]:
    """Where shapes do not fit, first name values that may have been meant as one number."""
    try:
        yield
    except ShapeError as error:
        for text in reversed(context.meta.get(COMMAS, [])):
            point = text.replace(",", ".").split()[1]
            hint = f"{text} is a list of two numbers; for one number write {point}"
            error.message = f"{hint}\n{error.message}"
        raise


def take_stdin(context: click.Context, name: str) -> None:
    """Note who reads stdin. Errors: RnncalcError where somebody else does already."""
    if taken := context.meta.get(STDIN):
        raise RnncalcError(f"{name} and {taken} both read stdin: only one can")
    context.meta[STDIN] = name


def is_stdin(value: str) -> bool:
    """Whether a value means stdin, by whichever of its names."""
    from rnncalc import files

    return files.path_of(value.strip().removeprefix("@")) == files.STDIN


def split_words() -> str:
    """What is said where a value came as several words, in the words of the shell."""
    if WINDOWS or "PSModulePath" in os.environ:
        return 'PowerShell splits 1,2,3 into words: write "1,2,3"'
    return "A value with blanks in it is one word in quotes: '1 2 3'"


@contextmanager
def _unquoted(value: str) -> Iterator[None]:
    """Where a value looks like the first of several words, say what makes them one."""
    try:
        yield
    except RnncalcError as error:
        open_end = value[-1:] in (",", ";") or value.count("[") > value.count("]")
        if open_end and " " not in value:
            error.message += f". {split_words()}"
        raise


def short(parameter: click.Parameter) -> str:
    """The shortest spelling of an option."""
    return min(parameter.opts, key=len)


def use_threads(context: click.Context, parameter: click.Parameter, count: int | None) -> None:
    """Tell the libraries below NumPy, which look when they are loaded, how many threads to use."""
    if count is not None:
        for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
            os.environ[name] = str(count)


def _folder(value: str, parameter: click.Parameter) -> RnncalcError:
    """What is said of a folder in the place of its files."""
    from rnncalc.files.shell import word

    names = f"-x {printable(word(os.path.join(value, '*.csv')))} names its files"
    return RnncalcError(f"{called(parameter)}: {printable(value)} is a folder: {names}")


class Value(click.ParamType[Any]):
    """A number, list or matrix; with ``file``, a file's name may stand without ``@``."""

    name = "value"

    def __init__(self, *, file: bool = False, counts: bool = False) -> None:
        self.file = file
        self.counts = counts  # whole numbers: nobody means a decimal comma

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if not isinstance(value, str) or ctx.resilient_parsing:  # a shell asks what may follow
            return value
        from rnncalc.numbers.input_file import named

        if value.startswith("="):
            raise RnncalcError(
                f"{called(param)}={value[1:]} is the long spelling; {short(param)}"
                f" takes its value without '='"
            )
        if is_stdin(value):
            take_stdin(ctx, called(param))
        if self.file and (source := named(value.strip().removeprefix("@"))):
            return source
        try:
            with located(called(param)), _unquoted(value):
                array = self._parsed(value)
        except RnncalcError as error:
            refused = _folder(value, param) if self.file and os.path.isdir(value) else error
            word = called(param) == "--x" and not any(letter.isdigit() for letter in value)
            if word and (ctx.params.get("model") or ctx.params.get("config")):
                from rnncalc.config.said import Words

                return Words(value, refused)  # names, if the network has any
            raise refused from None
        if re.fullmatch(r"[-+]?\d+,\d+", value) and not (self.file or self.counts):
            ctx.meta.setdefault(COMMAS, []).append(f"{called(param)} {value}")
        return array

    def _parsed(self, value: str) -> Any:
        from rnncalc.numbers import unequal, values

        try:
            return values.parse(value, file=self.file)
        except ShapeError:
            if self.file and (found := unequal.padded_in(value)):
                return found
            raise

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[proposals.Item]:
        return proposals.numbers(incomplete, file_alone=self.file)


NAMED = re.compile(r"([^\W\d][\w.-]*)=(.*)", re.DOTALL)
"""``tokens=@t.npy``: one of several inputs, and its numbers."""


MANY = re.compile(r"[*?\[]|\.(parquet|zarr|h5|hdf5)(:|[/\\]?$)", re.IGNORECASE)
"""What a value has in it that may stand for many sequences: a pattern, a file of whole arrays."""


class Inputs(Option):
    """``-x VALUE``, of which the last one counts; ``-x NAME=VALUE`` for each of several inputs; or
    many sequences: several files, and what names several.

    The values of the first are as any other's; those of the second are a dict.
    """

    def __init__(self, *names: Any, **how: Any) -> None:
        super().__init__(*names, **{"multiple": True, "callback": _given, **how})

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        given = list(value) if isinstance(value, (list, tuple)) else []
        named = [match for one in given if (match := _named(one))]
        if not named and (many := _many(given)):
            return many
        if not named:
            return self.type(given[-1], self, ctx) if given else None
        if len(named) < len(given):
            both = "-x VALUE and -x NAME=VALUE"
            raise RnncalcError(f"{both}: several inputs are all given by their names")
        found = {}
        for name, text in {match[1]: match[2] for match in named}.items():
            alone = copy(self)
            alone.opts = [f"{one} {name}" for one in self.opts]
            found[name] = self.type(text, alone, ctx)
        return found


def _given(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """The value; None where the option is not there."""
    return None if isinstance(value, tuple) and not value else value  # what is padded is one, too


def _many(given: list[Any]) -> Any:
    """Files, if the values name several, or what only comes sequence by sequence; else None."""
    words = [one for one in given if isinstance(one, str) and not one.endswith("]")]
    if len(words) < max(len(given), 1) or not (len(words) > 1 or MANY.search(words[0])):
        return None
    from rnncalc.cli.requests import Named
    from rnncalc.many import files

    if not all(map(files.are_sequences, words)):
        return None
    return Named(tuple(words))


def _named(given: Any) -> re.Match[str] | None:
    """Whether a value is NAME=VALUE, and no file has that name."""
    match = NAMED.fullmatch(given) if isinstance(given, str) else None
    return match if match and not os.path.exists(given) else None


class ModelFile(click.ParamType[Any]):
    """The file of a network, or ``-`` for a config on stdin."""

    name = "file"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if not value or value.startswith("="):
            raise RnncalcError(f"{called(param)}: '{printable(value)}' is not a file's name")
        if is_stdin(value):
            take_stdin(ctx, "the config")
        return value

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[proposals.Item]:
        return [proposals.file()]


class KindType(Choice):
    """A kind of picture, of those that ``plot`` draws."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value == "difference":
            message = "difference is drawn of a check: rnncalc check ... --plot FILE.svg"
            raise RnncalcError(f"--kind {message}")
        return super().convert(value, param, ctx)


class ActivationType(click.ParamType[Any]):
    """An activation's name, with its parameters."""

    name = "name"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        from rnncalc.equations.activations import activation

        with located(called(param)):
            return activation(value)

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[proposals.Item]:
        return proposals.activations(incomplete)


class Slice(click.ParamType[Any]):
    """One index, ``A:B`` as Python's slices, or ``all``."""

    name = "part"

    def convert(self, value: Any, param: Any, ctx: Any) -> Index | None:
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        if value == "all":
            return slice(None)
        if re.fullmatch(r"-?\d{1,17}", value, re.ASCII):
            return int(value)
        if re.fullmatch(r"(-?\d{1,17})?:(-?\d{1,17})?", value, re.ASCII):
            return slice(*(int(end) if end else None for end in value.split(":")))
        shown = printable(value, 30)
        raise RnncalcError(f"{called(param)}: '{shown}' is neither a number nor A:B nor all")


class Significant(click.ParamType[Any]):
    """How many significant digits, or decimals; ``full`` or ``hex``."""

    name = "digits"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        from rnncalc.numbers.digits import MOST, asked
        from rnncalc.numbers.exact import digits_of

        most = max([MOST, *map(digits_of, ctx.params.get("dtypes") or ())])
        with located(called(param)):
            return asked(str(value), most)

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[proposals.Item]:
        return proposals.names(["full", "hex"], incomplete)


class NamesType(click.ParamType[Any]):
    """Names with commas between."""

    name = "names"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[str]:
        if not isinstance(value, str):
            return list(value)
        names = [name.strip() for name in value.split(",")]
        if not all(names):
            raise RnncalcError(f"{called(param)}: '{printable(value)}' has an empty name")
        return names


class Dtypes(NamesType):
    """In which arithmetic; several, with commas between, where a command compares them."""

    name = "dtype"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[str]:
        dtypes = super().convert(value, param, ctx)
        from rnncalc.model.model import checked_dtype

        with located(called(param)):
            return [checked_dtype(dtype) for dtype in dtypes]

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[proposals.Item]:
        return proposals.several(["float64", "float32", "float16", "mp:50"], incomplete)


class OutputFile(click.ParamType[Any]):
    """A file to write, or ``-`` for stdout; with ``there``, what may stand on stdout besides, which
    leaves no place for it; with ``folder``, also a folder."""

    name = "file"

    def __init__(self, there: str = "", *, folder: bool = False) -> None:
        self.there = there
        self.folder = folder

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if not value or value.startswith("="):
            raise RnncalcError(f"{called(param)}: '{printable(value)}' is not a file's name")
        if value == "-" and self.there:
            raise RnncalcError(f"{called(param)} -: {self.there} may stand there: give a file")
        from rnncalc import files

        if self.folder and files.names_folder(value):
            return files.Folder(value)
        path = files.output(value)
        return None if value == "-" else path

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[proposals.Item]:
        return [proposals.file()]
