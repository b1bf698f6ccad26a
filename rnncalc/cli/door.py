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

from rnncalc.cli.parameters import split_words
from rnncalc.cli.program import COMPLETION_VARIABLE, PROGRAM
from rnncalc.errors import RnncalcError, innermost, printable
from rnncalc.files import WINDOWS

DATA = (".csv", ".tsv", ".txt", ".npy", ".parquet")
"""How the names of files end that are no networks."""

TROUBLE = 2
CLOSED_PIPE = 141
LONGEST, MOST_LINES = 4000, 8
"""So many bytes and lines has the longest message."""

MEANT = {"w": "--wx or --wh", "0": "--h0", "X": "-x"}
"""What somebody meant who wrote ``-wx``, ``-h0``."""

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
    say(NO_ARGUMENTS if bare else f"Error: {_message(error)}{_quotes(words)}")
    return TROUBLE


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
        return f"a library cannot be loaded: {innermost(error)}. Is there enough memory for it?"
    kind = f"{type(error).__name__}: {printable(str(error), 200)}"
    return f"this is a mistake in rnncalc itself ({kind}). Please report it; --debug shows where"


def _usage(error: click.UsageError) -> str:
    message = printable(" ".join(error.format_message().split()), 400).rstrip(".")
    message += "" if message.endswith("?") else "."
    if places := _places(error):
        return places
    if re.search(r"unexpected extra argument.*\d", message):
        message += f" {split_words()}."
    for letter, flags in MEANT.items():
        if message.endswith(f"No such option '-{letter}'."):
            message += f" Did you mean {flags}?"
    path = error.ctx.command_path if error.ctx else PROGRAM
    return f"{message} See: {path} --help"


def _places(error: click.UsageError) -> str:
    """Where files of data belong, if one stands alone: forgotten was an option, or quotes around a
    pattern, of which the shell made words."""
    from rnncalc.files.shell import word

    found = re.search(r"unexpected extra arguments? \((\S+)", error.format_message())
    path = found[1].rstrip(")") if found else ""
    folder, name = os.path.split(path)
    if not name.lower().endswith(DATA) or not os.path.isfile(path):
        return ""
    several = word(os.path.join(folder, f"*{os.path.splitext(name)[1]}"))
    more = f"; several files are a pattern in quotes: -x {printable(several, 200)}"
    if error.ctx and error.ctx.command.name == "check":
        more = ", --against FILE what it is compared with"
    return f"{printable(path, 200)} stands behind no option: -x FILE is the input{more}"


def say(text: str) -> None:
    """A message on stderr: clean lines, and not more than a screen of them."""
    lines = (printable(line, LONGEST) for line in text[:LONGEST].split("\n")[:MOST_LINES])
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    shown = "\n".join(lines).encode(encoding, "backslashreplace")[:LONGEST]
    with suppress(OSError, ValueError):
        print(shown.decode(encoding, "ignore"), file=sys.stderr, flush=True)


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
