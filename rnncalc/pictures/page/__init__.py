"""The page to play with: one HTML file that computes, without a network and without a library.

``network.py`` says what it computes, ``javascript.py`` prints the equations, the ``.js`` files draw
and listen. Everything is in the file: it asks for nothing, and its policy forbids that.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rnncalc.converting.to_text import json_text
from rnncalc.equations.symbols import mathml
from rnncalc.errors import RnncalcError, printable
from rnncalc.explaining.formulas import (
    before_formulas,
    described,
    equations,
    output_formulas,
)
from rnncalc.model.generation import CHOOSING
from rnncalc.numbers.digits import Digits, counted
from rnncalc.pictures.page.network import Network, document, weights_of
from rnncalc.pictures.page.part import part
from rnncalc.pictures.request import DIGITS

if TYPE_CHECKING:
    from rnncalc.trace.trace import Trace

BEFORE = ("numbers", "digits")
BEHIND = ("arithmetic", "recurrence", "config", "drawing", "picture", "page")
"""The files of the script, before the equations and behind them."""

MOST = 120_000
"""A page has at most so many numbers, 3 MB; and so many steps times units."""


def page(
    trace: Trace,
    *,
    command: str = "",
    digits: Digits = DIGITS,
    begin: Mapping[str, Any] | None = None,
    steps: tuple[int, int] | None = None,
) -> str:
    """A run as a page: see every step, change any number, and watch the rest follow.

    Args:
        trace: the run.
        command: the command line that makes the same run, which the page shows.
        digits: of its numbers; every digit is a click away.
        begin: where it is opened: ``t``, ``unit``, ``layer`` (by its index), ``way``, ``sequence``.
        steps: the first and the last timestep that it has, where all of them are too many.

    Errors: RnncalcError for a run that is too large.
    """
    begin, before, whole = dict(begin or {}), 0, trace.timesteps
    if steps and _too_large(trace):
        trace, before = part(trace, *steps), steps[0] - 1
        begin["t"] = begin.get("t", 1) - before
    _refuse_large(trace)
    if trace.model.feedback in CHOOSING:
        message = f"feedback {trace.model.feedback}: a page does not choose ids"
        raise RnncalcError(f"{message}. Draw it as .svg or .png")
    network = Network(trace, before)
    title = printable(_title(trace))
    told = {"title": title, "command": command, "digits": digits, "note": _note(trace),
            "begin": begin, "more": before + trace.timesteps < whole}  # fmt: skip
    plan = json.dumps(
        document(network, told), default=_plain, separators=(",", ":"), allow_nan=False
    )
    script = _script(network)
    style = _text("page.css")
    parts = {
        "policy": html.escape(_policy(script, style)),
        "title": html.escape(title),
        "style": style,
        "formulas": _formulas(trace),
        "plan": _inside_script(plan),
        "config": _inside_script(json_text(network.config)),
        "script": script,
    }
    text = _text("page.html")
    first, *rest = text.split("{{")
    pieces = (piece.split("}}", 1) for piece in rest)
    return first + "".join(parts[name] + after for name, after in pieces)


def _too_large(trace: Trace) -> bool:
    return max(weights_of(trace.model) + trace.x.size, _drawn_numbers(trace)) > MOST


def _drawn_numbers(trace: Trace) -> int:
    """The states over time, of one sequence."""
    return trace.timesteps * _units(trace)


def _units(trace: Trace) -> int:
    return sum(one.state_size for layer in trace.model.layers for one in layer.passes.values())


def _refuse_large(trace: Trace) -> None:
    if not _too_large(trace):
        return
    weights = weights_of(trace.model)
    held = f"{counted(weights, 'weight')}, {counted(trace.x.size, 'number')} of x"
    drawn = f"{counted(trace.timesteps, 'step')} of {counted(_units(trace), 'unit')}"
    remedy = "--steps A:B makes one of these steps" if weights < MOST else "Draw it as .svg or .png"
    message = f"a page of {held} and {drawn} is too large: it has at most {MOST:,} numbers"
    raise RnncalcError(f"{message}. {remedy}")


def _title(trace: Trace) -> str:
    layers = [*dict.fromkeys(layer.cell for layer in trace.model.layers)]
    shape = f"{counted(trace.timesteps, 'timestep')} of {counted(trace.model.features, 'feature')}"
    return f"{', '.join(layers)} on {shape}"


def _note(trace: Trace) -> str:
    """What is to be said of the arithmetic."""
    if trace.dtype == "float64":
        return ""
    if trace.arithmetic == "float64":
        return f"Computed in float64 and rounded once to {trace.dtype}, as rnncalc run does."
    return (
        f"rnncalc run computed this in {trace.arithmetic}; the page computes in float64 and rounds "
        f"to {trace.dtype}: last digits may differ."
    )


def _formulas(trace: Trace) -> str:
    """What each layer is, and its formulas; layers that share them stand together."""
    groups: dict[str, list[str]] = {}
    for layer in trace.model.layers:
        lines = _drawn(before_formulas(layer, mathml))
        for way in layer.passes:
            label = f"<h3>{way}</h3>" if layer.backward else ""
            lines += label + _drawn(equations(layer, way, mathml))
        groups.setdefault(lines, []).append(described(layer))
    parts = [f"{_headed(titles)}{lines}" for lines, titles in groups.items()]
    if trace.model.outputs:
        titles = [str(one) for one in trace.model.outputs]
        parts.append(_headed(titles) + _drawn(output_formulas(trace.model, mathml)))
    return "\n".join(parts)


def _headed(titles: Iterable[str]) -> str:
    return f"<h2>{html.escape('; '.join(map(printable, titles)))}</h2>"


def _drawn(lines: Iterable[str]) -> str:
    """Formulas as elements; the sign of equality is the one between the two sides."""
    sides = (line.replace("</mrow> = <mrow>", "</mrow><mo>=</mo><mrow>", 1) for line in lines)
    drawn = "".join(f"<math display='block'>{line}</math>" for line in sides)
    return f"<div class='formulas'>{drawn}</div>" if drawn else ""


def _script(network: Network) -> str:
    """The script: NumPy's words, the equations, which are made of them, and what runs them."""
    sources = network.functions.sources
    before = [*BEFORE, *(["erfc"] if any("erfc(" in one for one in sources.values()) else [])]
    lines = [f"const {name} = {source};" for name, source in sources.items()]
    lines.append(f"const functions = {{{', '.join(sources)}}};")
    steps = ",\n".join(f"{name}: {source}" for source, name in network.codes.items())
    lines.append(f"const steps = {{\n{steps}\n}};")
    return "\n".join([*map(_file, before), *lines, *map(_file, BEHIND)])


def _file(name: str) -> str:
    return _text(f"{name}.js")


@cache
def _text(name: str) -> str:
    return (files(__package__) / name).read_text("utf-8")


def _policy(script: str, style: str) -> str:
    """What the page may run and load: its own script and style, and nothing from anywhere."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inside_script(text: str) -> str:
    """JSON that cannot end its element, nor begin a comment in it."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _plain(value: Any) -> Any:
    return value.tolist()
