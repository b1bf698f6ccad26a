"""Manual pages, made of the commands themselves: ``rnncalc.1``, and one for each command.

``RNNCALC_UPDATE=1 pytest`` writes them into ``data/share/man/man1``, from where an installation
takes them to ``share/man/man1``; the diff is the review.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from rnncalc.cli.commands import COMMANDS, group
from rnncalc.cli.grouped import Command, spelled
from rnncalc.cli.program import PROGRAM

CODES = (
    ("0", "done, or check: the numbers agree"),
    ("1", "check: they differ; --strict: a warning"),
    ("2", "the input, a file or the place of the result was wrong"),
    ("130, 143, 129", "ended by SIGINT, SIGTERM, SIGHUP"),
    ("141", "the reader closed the pipe"),
)
"""What the program ends with."""


def pages() -> dict[str, str]:
    """Every page, by the name of its file."""
    above = group.make_context(PROGRAM, [], resilient_parsing=True)
    found = {
        f"{PROGRAM}.1": _page(PROGRAM, "what a recurrent network computes, and why", _of_all())
    }
    for name, short in COMMANDS.items():
        command = group.get_command(above, name)
        assert isinstance(command, Command)
        context = command.make_context(name, [], parent=above, resilient_parsing=True)
        title = f"{PROGRAM}-{name}"
        found[f"{title}.1"] = _page(title, short.rstrip("."), _of_command(command, context))
    return found


def _page(title: str, short: str, lines: Iterator[str]) -> str:
    head = [f'.TH {title.upper()} 1 "" "{PROGRAM}" "User Commands"', ".SH NAME"]
    return "\n".join([*head, rf"{_plain(title)} \- {_plain(short)}", *lines, ""])


def _of_all() -> Iterator[str]:
    yield from (
        ".SH SYNOPSIS",
        rf".B {PROGRAM}",
        "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGS\\fR]...",
    )
    yield from (".SH DESCRIPTION", *_text(group.help or ""))
    yield ".SH COMMANDS"
    for name, short in COMMANDS.items():
        yield from (".TP", rf"\fB{PROGRAM}\-{name}\fR(1)", _plain(short))
    yield ".SH OPTIONS"
    context = group.make_context(PROGRAM, [], resilient_parsing=True)
    for one in group.get_params(context):
        if record := one.get_help_record(context):
            yield from (".TP", f".B {_plain(record[0])}", _plain(record[1]))
    yield ".SH EXIT STATUS"
    for code, meaning in CODES:
        yield from (".TP", f".B {_plain(code)}", _plain(meaning))


def _of_command(command: Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (".SH SYNOPSIS", f".B {_plain(context.command_path)}", _plain(usage))
    yield from (".SH DESCRIPTION", *_text(command.told(whole=True)))
    for section, several in command.grouped(context, whole=True).items():
        yield f'.SH "{section.value.upper()}"'
        for one in several:
            yield from (".TP", f".B {_plain(spelled(one, context))}", _plain(one.words(whole=True)))
    yield from (".SH SEE ALSO", rf".BR {PROGRAM} (1)")


def _text(text: str) -> Iterator[str]:
    """Paragraphs; behind ``\\b`` lines stay as they are."""
    for paragraph in text.split("\n\n"):
        plain = paragraph.startswith("\b\n")
        lines = [_plain(line) for line in paragraph.removeprefix("\b\n").split("\n")]
        yield from (".PP", *([".nf", *lines, ".fi"] if plain else lines))


def _plain(text: str) -> str:
    """Text that roff takes as it is: no escapes, hyphens as they are typed, no request."""
    safe = re.sub(r"[-~^]", lambda sign: {"-": r"\-", "~": r"\(ti", "^": r"\(ha"}[sign[0]],
                  text.replace("\\", r"\e").replace("'", r"\(aq"))  # fmt: skip
    safe = safe.replace("\u2248", r"\(~=")
    return rf"\&{safe}" if safe[:1] == "." else safe
