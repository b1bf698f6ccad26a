"""``rnncalc example``: commented configs that run; the files lie in ``rnncalc/examples``."""

from __future__ import annotations

import click

from rnncalc.cli.grouped import Choice, Command, Group, argument
from rnncalc.cli.options import DEBUG, TEXT
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.requests import requested

GRAPHS = ["graph", "seq2seq", "attention", "cnn-lstm"]
KINDS = ["scalar", "vector", "output", "gru", "lstm", "bilstm", "stack", *GRAPHS]


@click.command("example", cls=Command)
@argument(Group.SHOW, "kind", type=Choice(KINDS), default="scalar", help="Which one")
@TEXT
@DEBUG
@requested(output=OutputRequest)
def example_command(kind: str, output: OutputRequest) -> None:
    """Print a commented config of KIND.

    KIND is scalar (the default), vector or output, for simple layers; gru, lstm, bilstm
    (bidirectional) or stack (two layers, one in a framework's names); graph, seq2seq, attention or
    cnn-lstm, where layers say what they read.

    \b
    Examples:
      rnncalc example vector > net.yaml
      rnncalc example output | rnncalc -
    """
    from importlib import resources

    path = resources.files("rnncalc") / "examples" / f"{kind}.yaml"
    output.write_text(path.read_text(encoding="utf-8"), ".yaml", ".yml")
