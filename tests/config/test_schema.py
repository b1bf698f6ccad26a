"""The JSON Schema of a config: it accepts and refuses what the reader does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest
from conftest import ROOT

import rnncalc
from rnncalc.cli.example import KINDS
from rnncalc.cli.schema import json_schema
from rnncalc.config.document import Document
from rnncalc.config.keys import FUNCTIONS, OPTIONS, STATES
from rnncalc.config.schema import GATED, GATES
from rnncalc.equations import CELLS
from rnncalc.equations.activations import ACTIVATIONS, activation
from rnncalc.errors import RnncalcError

Plain = dict[str, Any]


@cache
def schema() -> Any:
    return jsonschema.Draft202012Validator(json_schema("model"))


@cache
def draft_7() -> Any:
    """As editors read it that know no later draft."""
    return jsonschema.Draft7Validator(json_schema("model"))


def pages() -> Iterator[tuple[str, str]]:
    """The configs of the examples and of the docs."""
    for kind in KINDS:
        yield kind, (ROOT / f"rnncalc/examples/{kind}.yaml").read_text()
    for page in [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]:
        for name, text in re.findall(r"```yaml (\S+)\n(.*?)```", page.read_text(), re.DOTALL):
            yield f"{page.name}: {name}", text


def test_the_configs_of_the_examples_and_the_docs_are_as_the_schema_says():
    """All of them, with a "$schema" too, as a JSON config may have it."""
    wrong = {
        name: error.message
        for name, text in pages()
        for error in schema().iter_errors({"$schema": "x.json", **Document(text, name).data})
    }

    assert wrong == {}
    assert len([*pages()]) > 20


def test_a_config_names_its_schema():
    """In a file and in Python: rnncalc passes it over, at the top alone."""
    network = {"$schema": "./rnncalc.schema.json", **block_of("rnn")}

    assert rnncalc.load(network).layers
    assert Document(json.dumps(network), "net.json").data["$schema"]
    with pytest.raises(RnncalcError, match="no key"):
        rnncalc.load({"layers": [network]})


def block_of(cell: str) -> Plain:
    """A network of one unit, with what its cell must have."""
    kind = CELLS[cell]
    gates: Any = dict.fromkeys(kind.gates, 0.5) if kind.gates else 0.5
    return {"cell": cell, "x": [1, 2], **dict.fromkeys(kind.required, gates)}


def changes(cell: str) -> Iterator[Plain]:
    """Every weight with every gate besides those that its cell has, and every option."""
    kind = CELLS[cell]
    for weight in sorted(GATED):
        own = [name.partition(".")[2] for name in kind.names(weight)]
        full = dict.fromkeys(filter(None, own), 0.25)
        yield from ({weight: full | {gate: 0.125}} for gate in GATES)
    values: Plain = {"update": "inverted", "clip": 2.0, "cell_clip": 2.0, "W_r": 0.5, "bias_h": 0.5}
    values |= dict.fromkeys(("reset_after", "input_forget"), True)
    values |= dict.fromkeys(FUNCTIONS, "relu") | dict.fromkeys(STATES, 0.5)
    assert values.keys() >= {*OPTIONS} - {"cell"}
    yield from ({key: value} for key, value in values.items() if key != "bias_h" or not kind.gates)


def loads(block: Plain, folder: Any) -> bool:
    (folder / "net.json").write_text(json.dumps(block))
    try:
        return bool(rnncalc.load(folder / "net.json"))
    except RnncalcError:
        return False


@pytest.mark.parametrize("cell", CELLS)
def test_gates_and_options_are_those_of_the_cell(cell, tmp_path):
    """Of 70 changes to a block, the schema accepts those with which the network is read."""
    tried = [block_of(cell) | change for change in changes(cell)]
    said = [schema().is_valid(block) for block in tried]

    assert said == [loads(block, tmp_path) for block in tried]
    assert said == [draft_7().is_valid(block) for block in tried]
    assert True in said
    assert False in said


def functions() -> Iterator[Any]:
    """Activations as text and as blocks, right and wrong."""
    for name in [*ACTIVATIONS, "ReLU", "swish", "relu "]:
        yield from (name, {"name": name}, f"{name}:alpha=0.5", f"{name}:alpha=0.5:beta=0.75")
        for keys in (["alpha"], ["alpha", "beta"], ["alpha", "beta", "theta"]):
            yield {"name": name} | dict.fromkeys(keys, 0.5)


def known(given: Any) -> bool:
    try:
        return bool(activation(given))
    except RnncalcError:
        return False


def test_activations_are_those_that_there_are():
    """By name, with the parameters that each takes, and all that it needs."""
    wrong = [one for one in functions() if schema().is_valid({"activation": one}) != known(one)]

    assert wrong == []


def test_every_key_is_described():
    """In one sentence or more, whatever block it stands in."""
    blocks = json_schema("model")["$defs"].values()
    silent = [
        key
        for block in blocks
        for key, one in block.get("properties", {}).items()
        if not one.get("description")
    ]

    assert silent == []
