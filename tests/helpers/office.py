"""Workbooks in a real LibreOffice: recalculated, and with other numbers in them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

openpyxl = pytest.importorskip("openpyxl")

RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item
oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
oor:op="fuse"><value>0</value></prop></item></oor:items>
"""
"""LibreOffice believes the numbers that it finds in a workbook, unless it is told not to."""

AT_ONCE = 100
"""Files of one call: after some 250 it stops without a word."""

FACTOR = 1.0625
"""What all numbers of a network are multiplied by, to have others."""


def there() -> bool:
    """Whether LibreOffice is installed."""
    return shutil.which("soffice") is not None


def recalculated(files: Iterable[Path], folder: Path) -> None:
    """Have every formula of the files computed anew: the outcome is in the folder."""
    (folder / "profile" / "user").mkdir(parents=True)
    (folder / "profile" / "user" / "registrymodifications.xcu").write_text(RECALCULATE)
    every = list(files)
    for start in range(0, len(every), AT_ONCE):
        command = [
            "soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
            "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder,
            *every[start : start + AT_ONCE],
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)


def numbers(path: Path) -> Iterator[tuple[str, Any, bool]]:
    """Every cell with a number or formula: its place, its number, whether it is a formula."""
    values, formulas = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type in ("f", "n") and cell.value is not None:
                    value = values[sheet.title][cell.coordinate].value
                    yield f"{sheet.title}!{cell.coordinate}", value, cell.data_type == "f"


def exchange(path: Path, other: Path, to: Path) -> None:
    """The formulas of a workbook with the given numbers of another one; none of its results."""
    book, source = openpyxl.load_workbook(path), openpyxl.load_workbook(other)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "n" and cell.value is not None:
                    cell.value = source[sheet.title][cell.coordinate].value
    book.save(to)


def scaled(thing: Any) -> Any:
    """A network with other numbers: its arrays, the input, epsilons."""
    if isinstance(thing, np.ndarray):
        return thing * FACTOR if thing.dtype.kind == "f" else thing
    if isinstance(thing, Mapping):
        return {key: scaled(value) for key, value in thing.items()}
    if isinstance(thing, tuple | list):
        return type(thing)(map(scaled, thing))
    if not is_dataclass(thing) or not type(thing).__module__.startswith("rnncalc.model"):
        return thing
    kept = ("lengths", "mask", "entry", "assumptions", *(["x"] if _reads_ids(thing) else []))
    own = {one.name: getattr(thing, one.name) for one in fields(thing) if one.init}
    changed = {name: scaled(value) for name, value in own.items() if name not in kept}
    for name in ("epsilon", "masking"):
        if own.get(name) is not None:
            changed[name] = own[name] * FACTOR
    return replace(thing, **changed)


def _reads_ids(thing: Any) -> bool:
    return getattr(thing, "embedding", None) is not None
