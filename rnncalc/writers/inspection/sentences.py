"""What there is to say of a model file besides its tables, in sentences of one fact each."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from rnncalc.equations.activations import activation
from rnncalc.equations.gru import STANDARD
from rnncalc.errors import listed, printable
from rnncalc.inspecting.inspection import Inspection, LayerInspection
from rnncalc.model.origin import Assumption, Entry
from rnncalc.readers.contents.assume import remedy

FUNCTIONS = ("activation", "recurrent_activation", "state_activation")
IN_TABLE = FUNCTIONS[:2]
OPTIONS = ("zero_output_for_mask", "update", "input_forget", "clip", "cell_clip")
TIED, TIMES = "\u00a0", "\u2062"
"""A blank at which no line ends, in sentences, printed as any other; a sign of multiplication."""

BATCH_FIRST = "x has the batch first here, unless only the graph's own order fits"
LONG = 60
"""Arithmetic of so many characters may go on in the next line."""
DRAWN = {"input", "join", "attention", "masking", "activation", "name"}
"""The settings that the drawing of a graph tells."""
MOST = 8
"""So many names stand in a row; of more, how many there are."""


def recurrent(rows: Sequence[LayerInspection]) -> Iterator[str]:
    """What is true of recurrent layers besides the table: once for all of which it is true."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in rows:
        for what, name, said in _of_layer(one):
            groups.setdefault((what, said), []).append(name)
    for (what, said), names in groups.items():
        yield f"{what} of {_names(names)}: {said}"


def _of_layer(one: LayerInspection) -> Iterator[tuple[str, str, str]]:
    """The facts of a layer: of what, of which layer or direction, and what."""
    yield "Parameters", one.name, _parameters(one)
    for what, said in _equations(one.settings, IN_TABLE):
        yield what, one.name, said
    for what, said in _equations(one.backward):
        yield what, f"{one.name}.backward", said
    if one.settings.get("return_sequences") is False:
        yield "Output", one.name, "the last one only (return_sequences false)"
    for key in OPTIONS:
        if one.settings.get(key) not in (None, False, STANDARD):
            yield "Option", one.name, f"{key} {_value(key, one.settings[key])}"


def _parameters(one: LayerInspection) -> str:
    """How many there are, and how they are counted: ``4·(3·4 + 4·4 + 2·4) = 144, 36 per gate``."""
    gates, counted = one.per_gate, f"{one.arithmetic} = {one.parameters:,}".replace("*", TIMES)
    counted = counted.replace(" ", TIED) if len(counted) < LONG else counted
    if len(set(gates.values())) == 1:
        return f"{counted}, {next(iter(gates.values())):,} per gate"
    each = ", ".join(f"{gate}{TIED}{count:,}" for gate, count in gates.items())
    return counted + (f"; {each}" if each else "")


def _equations(settings: Mapping[str, Any], shown: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Where the reset gate is, and the activations that the table does not show."""
    if "reset_after" in settings:
        where = "after" if settings["reset_after"] else "before"
        yield "Reset gate", f"{where} the recurrent product"
    functions = {key: str(activation(settings[key])) for key in FUNCTIONS if key in settings}
    for key, function in functions.items():
        usual = key == "state_activation" and function == functions.get("activation")
        if key not in shown and not usual:
            yield key.replace("_", " ").capitalize(), function


def _names(names: Sequence[str]) -> str:
    """Names in a row, the first of many."""
    rest = len(names) - MOST
    shown = ", ".join(map(printable, names[:MOST]))
    return f"{shown} and {rest} more" if rest > 0 else shown


def others(inspection: Inspection) -> Iterator[str]:
    """The layers without a state, one line each; those that change nothing together."""
    for one in inspection.layers:
        drawn = inspection.boxes and not one.arrays and {*one.settings} <= DRAWN
        if one.kind in ("output", "embedding", "masking") and not drawn:
            hidden = DRAWN if inspection.boxes else ()
            said = ", ".join([printable(one.says), *_facts(one, hidden)])
            count = f": {_parameters(one)} parameters" if one.parameters else ""
            yield f"Also computed: {printable(one.name)} ({said}){count}"
        if one.kind == "other":
            yield f"Not computed: {printable(one.name)} {printable(one.problem, 300)}"
    if sum(bool(one.parameters) for one in inspection.layers) > 1:
        yield f"Parameters in all: {inspection.parameters:,}"
    inputs = {box.name for box in inspection.boxes if box.kind == "input"}
    nothing = [one.name for one in inspection.layers if one.kind == "nothing"]
    if nothing := [name for name in nothing if name not in inputs]:
        yield f"Changes nothing: {_names(nothing)}"


def _facts(one: LayerInspection, hidden: Container[str]) -> Iterator[str]:
    """What is known of a layer without a state: its arrays' shapes, its settings."""
    for name, size in one.arrays.items():
        yield f"{name} {shape(size)}"
    for key, value in one.settings.items():
        truth = value is None or isinstance(value, bool)
        if key != "name" and key not in hidden and (not truth or key in ("mask_zero", "causal")):
            yield f"{key} {_value(key, value)}"


def _value(key: str, value: Any) -> str:
    if key == "activation":
        return str(activation(value))
    if key == "layers":
        return _names(str(value).split(", "))
    return str(value).lower() if isinstance(value, bool) else printable(str(value), 300)


def assumed(assumptions: Sequence[Assumption]) -> Iterator[str]:
    """What the file does not say, a sentence each, and how to say it."""
    if assumptions:
        ways = remedy(assumptions, "it")
        yield f"Assumed, as the file does not say it{f' ({ways})' * bool(ways)}:"
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in assumptions:
        groups.setdefault((one.key, _value(one.key, one.value), one.why), []).append(one.layer)
    for (key, value, why), layers in groups.items():
        first = ".".join(filter(None, [printable(layers[0]), key]))
        also = f" (the same of {_names(layers[1:])})" if layers[1:] else ""
        yield f"  {first}={value}{also}: {why}"


def remarks(inspection: Inspection) -> Iterator[str]:
    """What else there is to say of the whole file."""
    if inspection.entry and inspection.entry.time_first:
        yield f"Input {axes(inspection.entry)}: time first. {BATCH_FIRST}"
    if inspection.outputs and not inspection.boxes:
        yield f"Gives: {listed(inspection.outputs)}"
    if inspection.branches:
        yield f"No chain: {printable(inspection.branches, 400)}; --layers picks what to run."
    yield from (f"Warning: {printable(warning, 400)}" for warning in inspection.warnings)
    if inspection.left_out:
        yield f"Left out: {printable('; '.join(inspection.left_out), 400)}"


def axes(entry: Entry) -> str:
    """An input with its axes, and the lengths that are fixed."""
    pairs = zip(entry.axes, entry.shape, strict=True)
    named = ", ".join(axis if size is None else f"{axis} {size}" for axis, size in pairs)
    return f"{printable(entry.name)} ({named})"


def shape(of: tuple[int, ...]) -> str:
    """A shape as people write it."""
    return f"({f',{TIED}'.join(map(str, of))})" if of else f"1{TIED}number"
