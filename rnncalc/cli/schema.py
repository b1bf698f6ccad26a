"""``rnncalc schema``: the JSON Schema of configs and of what commands print."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from rnncalc.cli.grouped import Choice, Command, Group, argument
from rnncalc.cli.options import DEBUG, TEXT
from rnncalc.cli.output import OutputRequest
from rnncalc.cli.requests import requested

KINDS = {
    "model": "config.schema.Config",
    "result": "writers.documents.Result",
    "dtypes": "writers.documents.SideBySide",
    "check": "writers.documents.Check",
    "explanation": "writers.documents.Explanation",
    "inspection": "writers.documents.Inspection",
    "array": "writers.documents.Matrix",
    "manifest": "writers.documents.Manifest",
    "conversion": "writers.documents.Conversion",
}
"""What ``rnncalc schema`` knows, and where each is described."""


@click.command("schema", cls=Command)
@argument(Group.SHOW, "kind", type=Choice(list(KINDS)), default="model", help="Which one")
@TEXT
@DEBUG
@requested(output=OutputRequest)
def schema_command(kind: str, output: OutputRequest) -> None:
    """Print the JSON Schema of KIND.

    KIND is model (a config, the default), or what a command prints as JSON: result (of run), dtypes
    (of a run in several), check, explanation, inspection, array (of inspect --weights), conversion,
    manifest (the first line of that of many sequences).

    \b
    Example:
      rnncalc schema > rnncalc.schema.json
    """
    import json

    output.write_text(json.dumps(json_schema(kind), indent=2) + "\n", ".json")


def json_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind of file."""
    import msgspec

    module, _, name = KINDS[kind].rpartition(".")
    schema = msgspec.json.schema(getattr(import_module(f"rnncalc.{module}"), name))
    if kind == "model":
        from rnncalc.config.detail import detailed

        schema = detailed(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
