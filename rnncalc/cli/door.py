"""The one door for errors: whatever happens becomes an exit code and at most a few lines.

0 done, 1 ``--strict`` met a warning (or ``check`` a difference), 2 trouble, 130 / 143 / 129 a
signal, 141 a closed pipe.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from errno import EINVAL
from typing import Any

import click

from rnncalc.cli.program import COMPLETION_VARIABLE, PROGRAM, heed, say
from rnncalc.errors import RnncalcError, first_of, innermost, listed, nearest, printable
from rnncalc.files import WINDOWS

DATA = (".csv", ".tsv", ".txt", ".npy", ".parquet")
"""How the names of files end that are no networks."""

TROUBLE = 2
CLOSED_PIPE = 141
MEANT = {"w": "--wx or --wh", "X": "-x"}
"""What somebody meant who wrote ``-w``."""

MOST_HOMES = 3
"""Of an option that a command has not, so many commands that have it are named."""

OPENING, CLOSING = ("'", "\u2018", "\u201c"), ("'", "\u2019", "\u201d")
"""Quotes that no shell takes away: where it does not know them, or a page has set them."""

FIRST_FREE = 3
"""The first file descriptor that is not a standard stream."""

NO_ARGUMENTS = """\
Usage: rnncalc [OPTIONS] COMMAND [ARGS]...

  rnncalc -x 1,2,3,4,5 --wx 0.32394445 --wh 1     every hidden state of a network
  rnncalc example                                 a network in a file, to start from
  rnncalc --help                                  all commands"""


def through(command: click.Command, arguments: Sequence[str] | None) -> int:
    """Run a command; errors become one message on stderr and an exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    heed(words)
    try:
        if _closed_streams():
            say("Error: stdout is closed: there is nowhere to write to")
            return TROUBLE
        _let_pass(sys.stdout)
        code = _invoked(command, words)
        sys.stdout.flush()
        return int(code or 0)
    except BaseException as error:
        if "--debug" in words and not isinstance(error, (click.exceptions.Exit, SystemExit)):
            import traceback

            traceback.print_exc()
        return _closed(_code(error, words))


def _invoked(command: click.Command, words: list[str]) -> Any:
    """What Click's own ``main`` does, without its handling of errors."""
    if instruction := os.environ.get(COMPLETION_VARIABLE):
        from rnncalc.cli.completion import answer

        return answer(command, instruction)
    with command.make_context(PROGRAM, words) as context:
        return command.invoke(context)


def _code(error: BaseException, words: Sequence[str]) -> int:
    """Say what happened, and give its exit code."""
    if isinstance(error, (click.exceptions.Exit, SystemExit)):
        code = getattr(error, "exit_code", None) or getattr(error, "code", None)
        return code if isinstance(code, int) else 0
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return 128 + signal.SIGINT
    if _is_closed_pipe(error):
        return CLOSED_PIPE
    bare = isinstance(error, click.exceptions.NoArgsIsHelpError)
    told = _one_dash(words) or _message(error)
    say(NO_ARGUMENTS if bare else f"Error: {told}{_quotes(words)}")
    return TROUBLE


def _one_dash(words: Sequence[str]) -> str:
    """The long option that has one dash, which Click reads as a short one and its value."""
    short = [one.partition("=")[0] for one in words if re.match("-[A-Za-z][a-z0-9]", one)]
    if not short:
        return ""
    from rnncalc.cli.commands import options

    known = set().union(*options().values())
    found = [f"No such option '{one}'. Did you mean -{one}?" for one in short if f"-{one}" in known]
    return found[0] if found else ""


def _quotes(words: Sequence[str]) -> str:
    """What may be wrong where quotes came along in a word: they are the shell's, and go."""
    if not any(one[:1] in OPENING or one[-1:] in CLOSING for one in words if one):
        return ""
    return '\nQuotes came along with a word: write "1 2; 3 4"; cmd.exe knows no others'


def _is_closed_pipe(error: BaseException) -> bool:
    """Whether nobody reads stdout any more; Windows may call that an invalid argument."""
    if isinstance(error, BrokenPipeError):
        return True
    told = isinstance(error, OSError) and error.filename is None and error.errno == EINVAL
    return WINDOWS and told


def _message(error: BaseException) -> str:
    if isinstance(error, RnncalcError):
        return str(error)
    if isinstance(error, click.UsageError):
        return _usage(error)
    if isinstance(error, click.ClickException):
        return printable(error.format_message(), 400)
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else "cannot write the result: "
        return f"{name}{error.strerror or error}"
    if isinstance(error, MemoryError):
        return f"not enough memory {printable(str(error), 200)}".rstrip()
    if isinstance(error, ImportError):
        missing = isinstance(first_of(error), ModuleNotFoundError)
        remedy = "pip check tells what is missing" if missing else "Is there enough memory for it?"
        return f"a library cannot be loaded: {innermost(error)}. {remedy}"
    kind = f"{type(error).__name__}: {printable(str(error), 200)}"
    return f"this is a mistake in rnncalc itself ({kind}). Please report it; --debug shows where"


def _usage(error: click.UsageError) -> str:
    if places := _places(error):
        return places
    message = printable(" ".join(_named(error).split()), 400).rstrip(".")
    message += "" if message.endswith("?") else "."
    if re.search(r"\d", _extra(error)):
        from rnncalc.cli.parameters import split_words

        message += f" {split_words()}."
    path = error.ctx.command_path if error.ctx else PROGRAM
    return f"{message} See: {path} --help"


def _named(error: click.UsageError) -> str:
    """What Click says, in our words where it calls options and arguments by their words."""
    from rnncalc.cli.grouped import DECLARED, bounds, called

    if isinstance(error, click.NoSuchOption):
        return f"No such option '{error.option_name}'. {_meant(error)}".rstrip()
    if isinstance(error, click.MissingParameter) and error.param:
        words = error.param.words(whole=True) if isinstance(error.param, DECLARED) else ""
        return f"{called(error.param)} is missing. {words}".rstrip()
    if isinstance(error, click.BadParameter) and error.param:
        if isinstance(kind := error.param.type, (click.IntRange, click.FloatRange)):
            given, _, _ = error.message.rpartition(" is not ")
            number = "whole number" if isinstance(kind, click.IntRange) else "number"
            return f"{called(error.param)}: {given} where a {number}{bounds(kind)} was expected"
        return f"{called(error.param)}: {error.message}"
    if isinstance(error, click.BadOptionUsage) and "requires an argument" in error.message:
        return f"{error.option_name}: a value was expected behind it"
    if extra := _extra(error):
        return f"Nothing was expected where '{extra}' stands"
    return error.format_message()


def _extra(error: click.UsageError) -> str:
    """The words behind all that a command takes; empty where the error is another."""
    found = re.search(r"unexpected extra arguments? \((.*)\)", error.format_message(), re.DOTALL)
    return found[1] if found else ""


def _meant(error: click.NoSuchOption) -> str:
    """The options that are near one that there is not; what is too far away is not told."""
    if flags := MEANT.get(error.option_name.lstrip("-")):
        return f"Did you mean {flags}?"
    from rnncalc.cli.commands import options

    there = options()
    asked = error.ctx.command_path if error.ctx else PROGRAM
    homes = [path for path, flags in there.items() if error.option_name in flags]
    if 0 < len(homes) <= MOST_HOMES:
        return f"It is of {listed(homes)}."
    return nearest(error.option_name, sorted(there.get(asked, set()) | there[PROGRAM]))


def _places(error: click.UsageError) -> str:
    """Where files of data belong, if one stands alone: forgotten was an option, or quotes around a
    pattern, of which the shell made words."""
    from rnncalc.files.shell import word

    path = next(iter(_extra(error).split()), "")
    folder, name = os.path.split(path)
    if not name.lower().endswith(DATA) or not os.path.isfile(path):
        return ""
    several = word(os.path.join(folder, f"*{os.path.splitext(name)[1]}"))
    more = f"; several files are a pattern in quotes: -x {printable(several, 200)}"
    if error.ctx and error.ctx.command.name == "check":
        more = ", --against FILE what it is compared with"
    return f"{printable(path, 200)} stands behind no option: -x FILE is the input{more}"


def _let_pass(stream: Any) -> None:
    """A letter that a code page does not have is shown by its number, as in the errors' stream."""
    if hasattr(stream, "reconfigure"):  # whoever calls us in Python may have one that has it not
        stream.reconfigure(errors="backslashreplace")


def _closed_streams() -> bool:
    """Whether stdout is closed; what is closed is given to nobody else."""
    stdout = sys.stdout is None
    # A system gives the lowest free number: a file opened later would be taken for stdout.
    while (free := os.open(os.devnull, os.O_RDWR)) < FIRST_FREE:
        pass
    os.close(free)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    return stdout


def _closed(code: int) -> int:
    """Let nothing be flushed into a broken stdout when Python ends."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not code and not _is_closed_pipe(error):
            say(f"Error: {_message(error)}")
        return code or (CLOSED_PIPE if _is_closed_pipe(error) else TROUBLE)
    return code
