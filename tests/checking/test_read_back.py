"""What rnncalc wrote as text, compared: its decimals, and directions that stand apart."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from written import written

import rnncalc
from rnncalc.checking.verdict import Diagnosis
from rnncalc.errors import RnncalcError

RNG = np.random.default_rng(7)
X = RNG.normal(size=(2, 4, 2))


def trace_of(merge: str, **more):
    ways = [{"W_x": RNG.normal(size=(3, 2)), "W_h": RNG.normal(size=(3, 3))} for _ in range(2)]
    layer = {"name": "enc", "merge": merge, "forward": ways[0], "backward": ways[1]}
    return rnncalc.run(rnncalc.load({"layers": [layer], **more}), X)


@pytest.mark.parametrize(("digits", "fewest"), [(".3", 3), (".5", 5)])
@pytest.mark.parametrize("form", ["md", "txt"])
def test_a_table_is_compared_by_its_decimals(digits, fewest, form, tmp_path):
    """Markdown, and the numbers of a txt that somebody cut out of it."""
    trace = trace_of("concat")
    path = tmp_path / f"run.{form}"
    text = written(trace, "markdown", digits=digits).decode()
    if form == "txt":
        rows = [line.strip("| ").split(" | ")[2:] for line in text.splitlines() if "| " in line][2:]
        path.write_text("\n".join(" ".join(row) for row in rows[:4]))
        found = rnncalc.check(trace, path, sequence=0)
    else:
        path.write_text(text)
        found = rnncalc.check(trace, path)

    assert found, str(found)
    assert found.comparison.decimals[0] == fewest


def test_decimals_of_a_part(tmp_path, monkeypatch):
    """Numbers of four decimals agree, the part's like all; a thousandth off, they do not."""
    monkeypatch.setattr(import_module("rnncalc.checking.check"), "diagnose", lambda *_: Diagnosis())
    trace = trace_of("concat")
    path = tmp_path / "run.csv"
    for off, agrees in ((0, True), (0.001, False)):
        np.savetxt(path, trace.h[1] + off, fmt="%.4f", delimiter=",")
        for part in ({}, {"steps": slice(2, 4), "units": slice(1, 3)}):
            found = rnncalc.check(trace, path, sequence=1, **part)
            assert bool(found) == agrees
            assert found.comparison.decimals == (4, 4)


@pytest.mark.parametrize("form", ["ndjson", "markdown"])
@pytest.mark.parametrize("merge", ["concat", "none", "sum", "ave"])
def test_directions_that_stand_apart(merge, form, tmp_path):
    """Side by side they are h of a layer that joins them so; of others each is compared."""
    trace = trace_of(merge)
    path = tmp_path / ("run.md" if form == "markdown" else "run.ndjson")
    path.write_bytes(written(trace, form, digits="full"))
    if merge in ("sum", "ave") and form == "ndjson":
        with pytest.raises(RnncalcError, match=r"compare --of enc\.forward and \.backward, or"):
            rnncalc.check(trace, path)
    else:
        assert rnncalc.check(trace, path).comparison.compared == trace.h.size
    for way in ("forward", "backward"):
        if form == "ndjson":  # in Markdown, the only layer is not named
            assert rnncalc.check(trace, path, of=f"enc.{way}").comparison.max_abs == 0
