"""What was measured, by row, and with what: kept in results.json, for the page."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.turns import Row

FILE = Path(__file__).with_name("results.json")


class Result(NamedTuple):
    """Of one row.

    Attributes:
        against: by the names of its networks, our time ÷ that of each peer.
        further: its other figures.
        skipped: who could not compete, and why.
    """

    against: Mapping[str, Mapping[str, float]]
    further: list[Row]
    rounds: int
    machine: str
    versions: Mapping[str, str]
    skipped: Mapping[str, str]


NOTHING = Result({}, [], 0, "", {}, {})


def kept(file: Path = FILE) -> dict[str, Result]:
    """What has been measured before, by row."""
    if not file.exists():
        return {}
    rows = json.loads(file.read_text(encoding="utf-8"))
    return {
        row: Result(**result | {"further": [Row(*each) for each in result["further"]]})
        for row, result in rows.items()
    }


def keep(results: Mapping[str, Result], file: Path = FILE) -> None:
    """Write them down for the next time."""
    rows = {row: result._asdict() for row, result in results.items()}
    file.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def machine() -> str:
    """Python and the kind of processor: no name of a machine."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python} on {_processor()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    pairs = [line.partition(":") for line in lines]
    values = {key.strip(): value.strip() for key, _, value in pairs}
    wide = " with AVX-512" if "avx512f" in values.get("flags", "").split() else ""
    return f"{values.get('model name', platform.machine())}, {platform.machine()}{wide}"
