"""``rnncalc version``: the same as ``rnncalc --version``."""

from __future__ import annotations

import click

from rnncalc import __version__
from rnncalc.cli.grouped import Command
from rnncalc.cli.options import DEBUG
from rnncalc.cli.program import PROGRAM


@click.command("version", cls=Command)
@DEBUG
def version_command() -> None:
    """Print the version, as --version and -V do."""
    click.echo(f"{PROGRAM} {__version__}")
