"""A check as JUnit XML, which CI systems show: a case for each layer that agrees, and one more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from rnncalc.checking.verdict import Checked
from rnncalc.writers.check import sentences, to_text
from rnncalc.writers.style import Style


def write(checked: Checked, style: Style, out: IO[bytes]) -> None:
    """Write the suite."""
    cases = list(_cases(checked))
    failures = sum(case.find("failure") is not None for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failures)}
    suite = Element("testsuite", {"name": "rnncalc check", **counts})
    suite.extend(cases)
    indent(suite)
    out.write(tostring(suite, encoding="utf-8", xml_declaration=True) + b"\n")


def _cases(checked: Checked) -> Iterator[Element]:
    """The layers that agree; then what was compared, with all that is said of it."""
    for one in checked.layers:
        if one.agrees:
            yield Element("testcase", classname="layers", name=_plain(one.name))
    found = checked.comparison
    name = f"{found.quantity} against {found.against}"
    if checked.layers and not checked.layers[-1].agrees:
        name = f"{checked.layers[-1].name}: {name}"
    case = Element("testcase", classname="check", name=_plain(name))
    if not checked.agrees:
        failure = SubElement(case, "failure", message=_plain(sentences.verdict(checked)))
        failure.text = _plain(to_text.text(checked))
    yield case


def _plain(text: str) -> str:
    """A text without what XML has no place for."""
    return "".join(one if one.isprintable() or one == "\n" else "?" for one in text)
