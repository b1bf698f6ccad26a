"""Commands whose options stand in groups: a first screen of help, and all of it.

An option says where it is declared in which group it stands, and whether people need it ``first``.
``--help`` shows those, ``--help-all`` every one; manuals and pages are made of the same.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import click

from rnncalc.cli.program import colorful


class Group(Enum):
    """The groups, in the order of the screens; what is empty is left out."""

    INPUT = "Input"
    NETWORK = "Network"
    COMPARE = "What to compare"
    WRITE = "What to write"
    SHOW = "What to print"
    LOOK = "How it looks"
    COMPUTE = "Computing"
    HELP = "Help"


FEW = 7
"""So many options fit one screen with all that there is to say."""

ENOUGH = 4
"""Of longer lists of words the first screen has so many."""

NARROW = 30
"""A longer spelling has its words in the line below; on narrow terminals sooner."""

TIED = "\ue000"
"""A hyphen at which no line ends."""


class Choice(click.Choice[str]):
    """One of several words; of another, the error names the option and the word that is near."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value in self.choices:
            return value
        from rnncalc.model.checks import one_of

        return one_of(called(param), value, self.choices)


class Option(click.Option):
    """An option in its group.

    Args:
        group: in which it stands.
        first: whether it stands on the first screen.
        implied: which of its words is meant where none is given, if that is no default of Click's.
        more: what else there is to say of it, on the whole screen: names out of our own tables.
    """

    def __init__(
        self,
        *declared: Any,
        group: Group,
        first: bool = False,
        implied: str | None = None,
        more: Callable[[], str] | None = None,
        **how: Any,
    ) -> None:
        super().__init__(*declared, **how)
        self.group, self.first = group, first
        self.implied = implied or (self.default if isinstance(self.default, str) else None)
        self.more = more
        if self.metavar is None and not self.is_flag:
            self.metavar = self._word()

    def _word(self) -> str | None:
        """What stands for its value: a choice is called as the option is, a count N."""
        if isinstance(self.type, click.Choice):
            return (self.name or "").upper()
        return "N" if isinstance(self.type, click.IntRange) else None

    def words(self, *, whole: bool) -> str:
        """What is said of it: the words that it takes, on the first screen not all of many."""
        text = _told(self, self.implied, whole=whole)
        if whole and isinstance(self.type, (click.IntRange, click.FloatRange)):
            text = f"{text.removesuffix('.')}{bounds(self.type)}."
        return f"{text} {self.more()}" if whole and self.more else text


def _told(one: click.Option | click.Argument, implied: str | None, *, whole: bool) -> str:
    """What is said of it, and its words, if it is a choice."""
    text = one.help or ""
    if not isinstance(one.type, click.Choice) or one.nargs != 1 or not one.type.choices:
        return text
    there = [f"{word} (default)" if word == implied else str(word) for word in one.type.choices]
    cut = not whole and len(there) > ENOUGH
    return f"{text}: {', '.join(there[:ENOUGH])}, ..." if cut else f"{text}: {', '.join(there)}."


def bounds(kind: click.IntRange | click.FloatRange) -> str:
    """What a number may be, behind what is said of it."""
    return f" ({kind.min} to {kind.max:,})" if kind.max is not None else f" ({kind.min} or more)"


class Argument(click.Argument):
    """What a command is given without an option, in its group."""

    first = True

    def __init__(self, *declared: Any, group: Group, help: str, **how: Any) -> None:
        super().__init__(*declared, **how)
        self.group, self.help = group, help
        self.metavar = self.metavar or (self.name or "").upper()

    def make_metavar(self, ctx: click.Context) -> str:
        """As usage has it: what may be left out stands in brackets."""
        return str(self.metavar) if self.required else f"[{self.metavar}]"

    def words(self, *, whole: bool) -> str:
        """What is said of it, as of an option."""
        return _told(self, self.default if isinstance(self.default, str) else None, whole=whole)


Declared = Option | Argument
DECLARED = (Option, Argument)


def option(group: Group, *names: str, **how: Any) -> Callable[[Any], Any]:
    """An option, and the group in which it stands."""
    return click.option(*names, **{"cls": Option, "group": group, **how})


def argument(group: Group, name: str, **how: Any) -> Callable[[Any], Any]:
    """An argument, and the group in which it stands."""
    return click.argument(name, cls=Argument, group=group, **how)


def called(parameter: click.Parameter | None) -> str:
    """What errors call it: an option by its long spelling, an argument as usage does."""
    if isinstance(parameter, Argument):
        return str(parameter.metavar)
    return next((o for o in parameter.opts if o.startswith("--")), "value") if parameter else ""


class Command(click.Command):
    """A command with two screens of help."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        how = {"is_flag": True, "expose_value": False, "is_eager": True, "callback": _show_all}
        text = "Show every option and exit."
        self.params.append(Option(["--help-all"], group=Group.HELP, help=text, **how))

    def get_help(self, ctx: click.Context) -> str:
        """The first screen; all that there is, where that is one."""
        return self.screen(ctx, whole=sum(1 for _ in self.declared(ctx)) <= FEW)

    def declared(self, ctx: click.Context) -> Iterator[Declared]:
        """Its arguments and options, without those of help."""
        for one in self.get_params(ctx):
            if isinstance(one, DECLARED) and one.group is not Group.HELP:
                yield one

    def grouped(self, ctx: click.Context, *, whole: bool) -> dict[Group, list[Declared]]:
        """What the first screen has, or the whole one, by group."""
        shown = [one for one in self.declared(ctx) if whole or one.first]
        groups = {group: [one for one in shown if one.group is group] for group in Group}
        return {group: several for group, several in groups.items() if several}

    def told(self, *, whole: bool) -> str:
        """What it does: in a sentence, or with all that there is to say."""
        text = inspect.cleandoc(self.help or "")
        return text if whole else text.partition("\n\n")[0]

    def screen(self, ctx: click.Context, *, whole: bool) -> str:
        """What ``--help`` shows, or ``--help-all``."""
        formatter = click.HelpFormatter(max_width=ctx.max_content_width)
        self.format_usage(ctx, formatter)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self.told(whole=whole))
        rows: list[tuple[str, str]] = []
        for group, several in self.grouped(ctx, whole=whole).items():
            if whole or not rows:
                rows.append(("", ""))
            rows.append((heading(group.value), ""))
            words = ((one, one.words(whole=whole).replace("-", TIED)) for one in several)
            rows += [(f"  {spelled(one, ctx)}", text) for one, text in words]
        if whole:
            rows += [("", ""), (heading(Group.HELP.value), ""), *self._of_help(ctx)]
        formatter.write_dl(rows, col_max=min(NARROW, formatter.width * 2 // 5))
        if not whole:
            formatter.write(f"More: {ctx.command_path} --help-all\n")
        return formatter.getvalue().replace(TIED, "-").rstrip("\n")

    def _of_help(self, ctx: click.Context) -> Iterator[tuple[str, str]]:
        for one in self.get_params(ctx)[-2:]:
            if record := one.get_help_record(ctx):
                yield f"  {record[0]}", record[1]


def spelled(one: Declared, ctx: click.Context) -> str:
    """How it is typed."""
    if isinstance(one, Argument):
        return str(one.metavar)
    word = "" if one.is_flag else f" {one.make_metavar(ctx)}"
    return f"{', '.join(one.opts)}{word}"


def heading(title: str) -> str:
    """The title of a group; bold, where the terminal can."""
    if not colorful(sys.stdout):
        return f"{title}:"
    from rnncalc.writers.lines import styled

    return styled(f"{title}:", "bold")


def _show_all(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing and isinstance(ctx.command, Command):
        click.echo(ctx.command.screen(ctx, whole=True))
        ctx.exit()
