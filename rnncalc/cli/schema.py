"""``rnncalc schema``: the JSON Schema of configs, results and checks."""

from __future__ import annotations

import click


@click.command("schema", short_help="Print the JSON Schema of a config, a result or a check.")
@click.argument("kind", type=click.Choice(["model", "result", "check"]), default="model")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def schema_command(kind: str, debug: bool) -> None:
    """Print the JSON Schema of KIND: model (a config, the default), result or check.

    \b
    Example:
      rnncalc schema > rnncalc.schema.json
    """
    import json

    from rnncalc.schema import json_schema

    click.echo(json.dumps(json_schema(kind), indent=2))
