"""What the JSON Schema of a config says beyond types, for editors: which activations there are and
the parameters of each, what a cell has and what is another's, a sentence on every option.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from rnncalc.config.keys import FUNCTIONS, OPTIONS, OWN, STATES
from rnncalc.config.schema import GATED, GATES, FileRef
from rnncalc.equations import CELLS, Cell
from rnncalc.equations.activations import ACTIVATIONS, Definition
from rnncalc.equations.cell import WORDS
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model

Plain = dict[str, Any]


def detailed(schema: Plain) -> Plain:
    """The schema that msgspec makes of ``Config``, with all of it."""
    blocks = schema["$defs"]
    said = _described(Model) | _described(Layer)
    for block in (one for one in blocks.values() if "cell" in one["properties"]):
        block["allOf"] = [{"$ref": "#/$defs/OfCell"}]
        for key in said.keys() & block["properties"].keys():
            block["properties"][key].setdefault("description", said[key])
    blocks["Config"]["properties"]["$schema"] = {
        "description": "where this schema is; of JSON, for editors",
        "type": "string",
    }
    blocks["Parameters"] |= {"anyOf": [*_with_parameters()]}
    for key in ("properties", "required", "additionalProperties"):
        del blocks["Parameters"][key]
    return {**schema, "$defs": {**blocks, "ActivationName": _names(), "OfCell": _of_cells()}}


def _described(kind: type) -> dict[str, str]:
    """What the docstring of a class says of each of its arguments, in the words of JSON."""
    text = inspect.cleandoc(kind.__doc__ or "").partition("Args:\n")[2].partition("\n\n")[0]
    said: dict[str, str] = {}
    for names, what in re.findall(r"^ {4}(\w[\w, ]*): ((?:.|\n {8})*)", text, re.MULTILINE):
        words = re.sub("None|True|False", _in_json, " ".join(what.replace("``", "").split()))
        said |= dict.fromkeys(names.split(", "), words)
    return said


def _in_json(word: re.Match[str]) -> str:
    return {"None": "null", "True": "true", "False": "false"}[word[0]]


def _names() -> Plain:
    """An activation as text: a name, or ``leaky_relu:alpha=0.3``."""
    free = {name: one for name, one in ACTIVATIONS.items() if not _needed(one)}
    patterns = [_pattern(name, one) for name, one in ACTIVATIONS.items() if one.defaults]
    return {
        "anyOf": [
            {"enum": [*free], "enumDescriptions": [one.formula for one in free.values()]},
            {"type": "string", "pattern": f"^({'|'.join(patterns)})$"},
        ]
    }


def _needed(one: Definition) -> list[str]:
    """The parameters that must be written."""
    return [key for key, default in one.defaults.items() if default is None]


def _pattern(name: str, one: Definition) -> str:
    """A name with as many parameters as it needs, and at most has."""
    least, most = len(_needed(one)) or 1, len(one.defaults)
    return rf"{name}(:({'|'.join(one.defaults)})=[^:]+){{{least},{most}}}"


def _with_parameters() -> Iterable[Plain]:
    """An activation as a block: a name, and what that name has."""
    for name, one in ACTIVATIONS.items():
        parameters = {
            key: {"type": "number"}
            | ({} if value is None or math.isinf(value) else {"default": value})
            for key, value in one.defaults.items()
        }
        yield _closed({"name": {"const": name, "description": one.formula}} | parameters) | {
            "required": ["name", *_needed(one)]
        }


def _of_cells() -> Plain:
    """What follows from the cell that a block names; without one, any gate may be written."""
    gated = _closed(_gates(GATES))
    unnamed: Plain = {"not": {"required": ["cell"]}}
    rules = [(unnamed, dict.fromkeys(sorted(GATED), gated))]
    for name, cell in CELLS.items():
        named: Plain = {"required": ["cell"], "properties": {"cell": {"const": name}}}
        rules.append((named, _has(cell)))
    return {"allOf": [{"if": when, "then": {"properties": then}} for when, then in rules]}


def _has(cell: Cell) -> Plain:
    """The gates of each weight of a cell, and the keys that it does not have."""
    weights = [*cell.required, *cell.optional]
    states = [f"{state}0" for state in cell.states]
    own = {"cell", *weights, *states, *cell.functions, *cell.options, *cell.bounds}
    others = {
        key: {"type": "null", "errorMessage": f"a cell {cell.name} has no {key}"}
        for key in (*OWN, *FUNCTIONS, *OPTIONS, *STATES)
        if key not in own
    }
    gates = {
        weight: _closed(_gates(name.partition(".")[2] for name in cell.names(weight)))
        for weight in weights
    }
    return gates | others


def _gates(letters: Iterable[str]) -> dict[str, Any]:
    """One entry per gate, each called by its name, or what names a file."""
    return {letter: {"description": WORDS[letter]} for letter in letters if letter} | {
        key: {"$ref": f"#/$defs/FileRef/properties/{key}"} for key in FileRef.__struct_fields__
    }


def _closed(properties: Mapping[str, Any]) -> Plain:
    """A block of these keys alone; what is no block, passes."""
    return {"properties": dict(properties), "additionalProperties": False}
