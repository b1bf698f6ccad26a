"""``rnncalc schema``: the JSON Schema of configs and of what commands print."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from rnncalc.cli.options import DEBUG

KINDS = {
    "model": "config.schema.Config",
    "result": "writers.documents.Result",
    "dtypes": "writers.documents.SideBySide",
    "check": "writers.documents.Check",
    "explanation": "writers.documents.Explanation",
    "inspection": "writers.documents.Inspection",
    "array": "writers.documents.Matrix",
    "manifest": "writers.documents.Manifest",
}
"""What ``rnncalc schema`` knows, and where each is described."""


@click.command("schema")
@click.argument("kind", type=click.Choice(list(KINDS)), default="model")
@DEBUG
def schema_command(kind: str) -> None:
    """Print the JSON Schema of KIND: model (a config, the default), or of what a command prints
    as JSON: result (of run), dtypes (of a run in several), check, explanation, inspection, array
    (of inspect --weights), manifest (the first line of that of many sequences).

    \b
    Example:
      rnncalc schema > rnncalc.schema.json
    """
    import json

    click.echo(json.dumps(json_schema(kind), indent=2))


def json_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind of file."""
    import msgspec

    module, _, name = KINDS[kind].rpartition(".")
    schema = msgspec.json.schema(getattr(import_module(f"rnncalc.{module}"), name))
    if kind == "model":
        from rnncalc.config.detail import detailed

        schema = detailed(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
