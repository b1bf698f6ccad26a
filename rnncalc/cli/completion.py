"""``rnncalc completion``: the script that teaches a shell the commands and options.

Bash, zsh and fish are Click's own; PowerShell speaks the same protocol: the words so far in
COMP_WORDS, the unfinished one in COMP_CWORD, a line ``type,value`` for each proposal.
"""

from __future__ import annotations

import os
from typing import ClassVar

import click
from click.shell_completion import (
    CompletionItem,
    ShellComplete,
    add_completion_class,
    get_completion_class,
)

POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $env:COMP_WORDS = $commandAst.ToString()
    $env:COMP_CWORD = $wordToComplete
    $env:%(complete_var)s = "powershell_complete"
    try {
        %(prog_name)s | ForEach-Object {
            $kind, $value = $_ -split ',', 2
            New-Object System.Management.Automation.CompletionResult(
                $value, $value, 'ParameterValue', $value)
        }
    } finally {
        Remove-Item Env:COMP_WORDS, Env:COMP_CWORD, Env:%(complete_var)s
    }
}
"""


@add_completion_class
class PowerShellComplete(ShellComplete):
    """The protocol between PowerShell and Click."""

    name: ClassVar[str] = "powershell"
    source_template: ClassVar[str] = POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        unfinished = os.environ.get("COMP_CWORD", "")
        words = os.environ.get("COMP_WORDS", "").split()[1:]
        return words[:-1] if unfinished else words, unfinished

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type},{item.value}"


@click.command("completion", short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def completion_command(context: click.Context, shell: str, debug: bool) -> None:
    """Print the completion script of SHELL: bash, zsh, fish or powershell.

    \b
    Examples:
      rnncalc completion bash >> ~/.bashrc
      rnncalc completion zsh >> ~/.zshrc
      rnncalc completion fish > ~/.config/fish/completions/rnncalc.fish
      rnncalc completion powershell >> $PROFILE
    """
    from rnncalc.cli.door import COMPLETION_VARIABLE, PROGRAM

    found = get_completion_class(shell)
    assert found is not None  # the choice names only shells that there are
    click.echo(found(context.find_root().command, {}, PROGRAM, COMPLETION_VARIABLE).source())
