"""``rnncalc completion``: the script that teaches a shell the commands, options and names.

The scripts lie in ``rnncalc/completions`` and speak one protocol: the line up to the cursor goes in
(COMP_WORDS), a line ``kind,value<TAB>help`` comes out for each proposal. The value of the kind
``file`` is what stands in front of a file's name, which the shell completes by itself.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any, ClassVar

import click
from click.shell_completion import (
    CompletionItem,
    ShellComplete,
    split_arg_string,
)

from rnncalc.cli.grouped import Choice, Command, Group, argument
from rnncalc.cli.options import DEBUG, TEXT
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.program import COMPLETION_VARIABLE, PROGRAM
from rnncalc.cli.requests import requested

SUFFIXES = {"bash": ".bash", "zsh": ".zsh", "fish": ".fish", "powershell": ".ps1"}
"""The shells, and the suffixes of their scripts."""

CURSOR = "\0"
"""Stands behind the unfinished word, which may be empty."""


class Protocol(ShellComplete):
    """What a shell asks, and what it is answered."""

    name: ClassVar[str] = ""
    source_template: ClassVar[str] = ""
    option = ""
    """What stands in front of the value in its word: ``--output=``."""

    known = ""
    """The start of the word that the shell neither asks for nor replaces."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The finished words, and the one that is not."""
        *words, word = split_arg_string(os.environ.get("COMP_WORDS", "") + CURSOR)
        word = word.removesuffix(CURSOR)
        asked = os.environ.get("COMP_CWORD", word)  # bash breaks words at = and :, too
        self.known = word[: len(word) - len(asked)] if word.endswith(asked) else ""
        if word.startswith("--") and "=" in word:
            option, _, word = word.partition("=")
            self.option = f"{option}="
            words.append(option)
        return words[1:], word

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """A proposal."""
        value = f"{self.option}{item.value}".removeprefix(self.known)
        return f"{item.type},{value}\t{item.help or ''}"


def answer(command: click.Command, instruction: str) -> int:
    """Print what a shell may propose; ``instruction`` is ``bash_complete``, whatever the shell.

    What fails proposes nothing, and says nothing either: the line is not finished.
    """
    with suppress(Exception):
        lines = Protocol(command, {}, PROGRAM, COMPLETION_VARIABLE).complete()
        click.echo(lines, nl=bool(lines))
    return 0


@click.command("completion", cls=Command)
@argument(Group.SHOW, "shell", type=Choice(list(SUFFIXES)), help="Which one")
@TEXT
@DEBUG
@requested(output=OutputRequest)
def completion_command(shell: str, output: OutputRequest) -> None:
    """Print the completion script of SHELL.

    \b
    Examples:
      rnncalc completion bash >> ~/.bashrc
      rnncalc completion zsh >> ~/.zshrc
      rnncalc completion fish > ~/.config/fish/completions/rnncalc.fish
      rnncalc completion powershell >> $PROFILE
    """
    from importlib import resources

    path = resources.files("rnncalc") / "completions" / f"rnncalc{SUFFIXES[shell]}"
    output.write_text(path.read_text(encoding="utf-8"))
