"""``rnncalc example``: commented configs that run; the files lie in ``rnncalc/examples``."""

from __future__ import annotations

import click

from rnncalc.cli.options import DEBUG

GRAPHS = ["graph", "seq2seq", "attention", "cnn-lstm"]
KINDS = ["scalar", "vector", "output", "gru", "lstm", "bilstm", "stack", *GRAPHS]


@click.command("example")
@click.argument("kind", type=click.Choice(KINDS), default="scalar")
@DEBUG
def example_command(kind: str) -> None:
    """Print a commented config of KIND: scalar (the default), vector or output, for simple layers;
    gru, lstm, bilstm (bidirectional) or stack (two layers, one in a framework's names); graph,
    seq2seq, attention or cnn-lstm, where layers say what they read.

    \b
    Examples:
      rnncalc example vector > net.yaml
      rnncalc example output | rnncalc -
    """
    from importlib import resources

    path = resources.files("rnncalc") / "examples" / f"{kind}.yaml"
    click.echo(path.read_text(encoding="utf-8"), nl=False)
