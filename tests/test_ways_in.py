"""A number never depends on how it came in or how it is shown; a run agrees with itself."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from conftest import captured
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from ways_in import GRAPHS, KINDS, Case, case_of, ways

import rnncalc
from rnncalc.writers import FORMATS

FORMS = (*FORMATS, "last")


def cases(kinds: Iterable[str]) -> st.SearchStrategy[Case]:
    """Networks of these kinds, in any precision."""
    dtypes = st.sampled_from(["float64", "float32", "float16"])
    kinds = st.sampled_from(sorted(kinds))
    return st.builds(case_of, kinds, st.integers(0, 2**32), st.booleans(), dtypes)


FEW = settings(derandomize=True, phases=[Phase.explicit, Phase.generate])
"""The same draws every time; a case is as small as it gets."""


def in_python(case: Case) -> rnncalc.Trace:
    """The run of arrays that never were a text."""
    named = {"x": case.x} if isinstance(case.x, dict) else {}
    return rnncalc.run(rnncalc.load(case.config | named), case.x, **case.given)


def expected(case: Case, form: str) -> bytes | str:
    """What a format holds of a run in Python; or why it holds none."""
    out = io.BytesIO()
    try:
        rnncalc.write(in_python(case), out, format=form)
    except rnncalc.RnncalcError as error:
        return error.message
    return out.getvalue()


def printed(words: list[str], stdin: str, form: str) -> bytes | str:
    """What the command line prints; or why it prints nothing."""
    show = ["--last"] if form == "last" else ["-f", form]
    screen = captured(*words, *show, input=stdin.encode())
    if screen.code == 2:
        return screen.err
    assert screen.code == 0, screen.err
    notes = r"(Note: (.* nothing is printed before its end|--last prints .*)\.\n)*"
    assert re.fullmatch(notes, screen.err)
    return screen.out


def same_in_every_way(case: Case, form: str) -> None:
    """The bytes of a format, whichever way the network and its input come."""
    wanted = expected(case, form)
    with tempfile.TemporaryDirectory() as folder:
        for way, words, stdin in ways(case, Path(folder)):
            found = printed(words, stdin, form)
            if isinstance(wanted, str):
                assert isinstance(found, str), way
                assert wanted in found.replace("\n", " "), way
            else:
                assert found == wanted, way


@settings(FEW, max_examples=40)
@given(cases(KINDS | GRAPHS), st.sampled_from(sorted(FORMS)))
@example(case_of("ids", 1, False, "float64"), "table")
@example(case_of("ids", 2, True, "float64"), "csv")
@example(case_of("processing", 3, True, "float32"), "json")
def test_every_way_in_gives_the_same_bits(case, form):
    """Or one and the same refusal."""
    same_in_every_way(case, form)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_every_kind_of_graph_in_every_format(form):
    """Batches and single sequences in turn."""
    for seed, kind in enumerate(GRAPHS):
        same_in_every_way(case_of(kind, seed, bool(seed % 2), "float64"), form)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch", [False, True])
def test_every_kind_in_every_format(kind, form, batch):
    """Nothing is sampled but the weights."""
    for seed, dtype in enumerate(["float64", "float32", "float16"]):
        same_in_every_way(case_of(kind, seed, batch, dtype), form)


READ = ("json", "npz", "npy")
"""The formats whose files have all that ``check`` compares, bit for bit."""

LINES = ("csv", "tsv", "csv-wide", "ndjson")
"""Those that have every digit, but do not say the type of their numbers."""


def agrees_with_itself(case: Case) -> None:
    """What was written in any format that can be compared agrees, with no difference at all."""
    with tempfile.TemporaryDirectory() as folder:
        _, words, stdin = next(ways(case, Path(folder)))
        for form, (_, _, suffixes, *_) in FORMATS.items():
            path = Path(folder) / f"run{suffixes[0] if suffixes else '.csv'}"
            written = printed([*words, "-o", str(path)], stdin, form)
            if isinstance(written, str):
                assert form == "npy" or "xlsx is for layers in a row" in written, written
                continue
            checked = captured("check", *words, "--against", str(path))
            if form in READ:
                assert checked.code == 0, (form, checked.text, checked.err)
                assert "largest difference: 0\n" in checked.text
            elif form in LINES:
                apart = "has the two directions of a layer" in checked.err
                assert checked.code == 2 * apart, (form, checked.text, checked.err)
                assert not apart or form == "ndjson"
            elif form in ("table", "markdown"):  # few digits, and not all of wide networks
                assert checked.code == 0 or "has no" in checked.err, (checked.text, checked.err)
            else:
                assert (checked.code, checked.out) == (2, b""), form


@settings(FEW, max_examples=20)
@given(cases(KINDS | GRAPHS))
def test_a_run_agrees_with_itself(case):
    """In every precision, with output layers, in every mode."""
    agrees_with_itself(case)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_every_kind_agrees_with_itself(kind, batch, dtype):
    """Nothing is sampled but the weights."""
    for seed in range(3):
        agrees_with_itself(case_of(kind, seed, batch, dtype))


@pytest.mark.slow
@pytest.mark.parametrize("kind", GRAPHS)
def test_every_kind_of_graph_agrees_with_itself(kind):
    """Batches and single sequences in turn."""
    for seed, dtype in enumerate(["float64", "float32", "float16"]):
        agrees_with_itself(case_of(kind, seed, bool(seed % 2), dtype))
