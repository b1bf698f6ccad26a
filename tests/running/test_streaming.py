"""Inputs of any length: read, computed and written part by part, with the bits of one run."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import PLAIN, SEED
from drawn_layers import layers
from hypothesis import given, settings
from hypothesis import strategies as st

import rnncalc
from rnncalc import Model, Output
from rnncalc.cli import progress
from rnncalc.numbers import rows
from rnncalc.numbers.cells import Columns, Reader
from rnncalc.numbers.input_file import Source
from rnncalc.running.kernels import chunks
from rnncalc.running.recurrence import needs_all, part_of, stream
from rnncalc.writers import FORMATS

STREAMED = [name for name, form in FORMATS.items() if form.streams]


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of 512 steps, so that some thousand are a long input."""
    monkeypatch.setattr(chunks, "LARGEST", 512)


@pytest.mark.filterwarnings("ignore::rnncalc.RnncalcWarning")  # a relu may grow without end
@pytest.mark.usefixtures("small_chunks")
@settings(max_examples=settings.default.max_examples // 2)
@given(layers(features=2), st.sampled_from([3, 512, 700, 1025, 2048]))
def test_a_stream_is_one_run(layer, timesteps):
    """Every cell and option: h, y and final states are those of the whole, bit for bit."""
    model = Model([layer], Output(np.ones((2, layer.state_size)), activation="softmax"))
    x = np.random.default_rng(7).normal(size=(timesteps, 2))
    whole = rnncalc.run(model, x)
    parts = list(stream(model, rows.regrouped([x], part_of(model))))

    assert [part.start for part in parts] == list(range(0, timesteps, part_of(model)))
    np.testing.assert_array_equal(np.concatenate([part.h for part in parts]), whole.h)
    np.testing.assert_array_equal(np.concatenate([part.y for part in parts]), whole.y)
    for state, final in whole.layers[0].forward.final.items():
        np.testing.assert_array_equal(parts[-1].layers[0].forward.final[state], final)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("form", STREAMED)
def test_a_stream_writes_the_same_bytes(form, dtype):
    """Two layers in parts and whole: every format that streams writes the same file."""
    config = {
        "layers": [
            {"W_x": [[0.5], [-0.3]], "W_h": [[0.1, 0.2], [0.3, -0.1]]},
            {"cell": "gru", "kernel": [[0.4, 0.7, -0.2], [0.1, -0.5, 0.6]],
             "recurrent_kernel": [[0.2, -0.3, 0.8]]},
        ],
        "dtype": dtype,
    }  # fmt: skip
    model = rnncalc.load(config)
    x = np.random.default_rng(8).normal(size=(1300, 1))
    whole, parts = io.BytesIO(), io.BytesIO()
    how = {"format": form, "show": ["a.n"] if form == "npy" else ["x", "h", "a"]}
    rnncalc.write(rnncalc.run(model, x), whole, **how)
    rnncalc.write(stream(model, rows.regrouped([x], 512)), parts, **how)

    assert parts.getvalue() == whole.getvalue()


@pytest.mark.parametrize("form", [name for name in STREAMED if name != "npz"])
@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.npy"])
def test_files_stream_through_the_command_line(cli, tmp_path, name, form):
    """What streams is what --steps all prints, which holds the input in memory."""
    x = np.random.default_rng(9).normal(size=(500, 2))
    path = tmp_path / name
    if name.endswith("npy"):
        np.save(path, x)
    else:
        np.savetxt(path, x, delimiter="," if name.endswith("csv") else "\t", fmt="%.17g")
    words = ["-x", str(path), "--wx", "0.5 -0.2; 0.3 0.1", "--wh", "0.1 0.4; 0.2 -0.3", "-f", form]
    streamed, whole = cli(*words), cli(*words, "--steps", "all")

    assert (streamed.code, streamed.err) == (0, "")
    assert streamed.out == whole.out
    assert len(streamed.out) > 5000


def test_a_line_is_answered_at_once():
    """Behind a pipe each line of input has its line of output before the next one comes."""
    command = [sys.executable, "-m", "rnncalc", "-x", "-", *SEED, "-f", "csv-wide"]
    pipe: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": PLAIN}
    with subprocess.Popen(command, **pipe) as process:
        answers = []
        for line in (b"1\n", b"2\n", b"3\n"):
            process.stdin.write(line)
            process.stdin.flush()
            if not answers:
                assert process.stdout.readline() == b"t,x[0],a[0],h[0]\n"
            answers.append(process.stdout.readline())
        process.stdin.close()

    assert answers[2].startswith(b"3,3,1.716537251505")
    assert process.returncode == 0


def test_a_live_input_is_computed_in_order():
    """The lines of a pipe give the bits of --sequential, however they are cut."""
    x = np.random.default_rng(10).normal(size=(700, 1))
    model = rnncalc.load({"W_x": 0.32394445, "W_h": 1})
    for sizes in ([700], [1] * 20 + [300, 380]):
        cut = np.split(x, np.cumsum(sizes)[:-1])
        parts = [part.h for part in stream(model, cut, sequential=True)]
        whole = rnncalc.run(model, x, sequential=True).h
        np.testing.assert_allclose(np.concatenate(parts), whole, rtol=0, atol=4 * 2.0**-52)


def test_a_mistake_in_a_later_line(cli, tmp_path):
    """It ends with exit code 2 and its place; a file that was to be written is not there."""
    path = tmp_path / "x.csv"
    path.write_text("1\n" * 40_000 + "one\n")
    done = cli("-x", str(path), *SEED, "-f", "npy", "-o", str(tmp_path / "h.npy"))

    assert done.code == 2
    assert "x.csv:40001: 'one' is not a number" in done.err
    assert [file.name for file in tmp_path.iterdir()] == ["x.csv"]


def test_memory_does_not_grow_with_the_input(tmp_path):
    """A million steps from npy to npy: a few MiB, whatever the length."""
    path = tmp_path / "x.npy"
    np.save(path, np.random.default_rng(11).normal(size=(1_000_000, 1)).astype("f4"))
    model = rnncalc.load({"W_x": 0.5, "W_h": 0.3, "dtype": "float32"})

    def peak(out: Path) -> int:
        tracemalloc.start()
        with open(out, "wb") as file, Source(path) as source:
            parts = source.parts(part_of(model))
            rnncalc.write(stream(model, parts, record=["h"]), file, format="npy")
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(tmp_path / "first.npy")  # imports
    assert peak(tmp_path / "h.npy") < 16 << 20
    assert np.load(tmp_path / "h.npy").shape == (1_000_000, 1)


def test_what_needs_all_of_the_input(cli):
    """Backward directions, modes, lengths: said with the name of the layer; live on stderr."""
    backward = Model([rnncalc.Layer({"W_x": 1, "W_h": 1}, direction="backward", name="encoder")])

    assert needs_all(backward) == "encoder reads from the end: it needs the whole input"
    with pytest.raises(rnncalc.RnncalcError, match="encoder reads from the end"):
        next(stream(backward, [[[1.0]]]))
    command = [sys.executable, "-m", "rnncalc", "-x", "-", *SEED, "--csv", "--wy", "1"]
    command += ["--mode", "many-to-one"]
    done = subprocess.run(command, input=b"1\n2\n", capture_output=True, env=PLAIN)
    assert (
        done.stderr
        == b"Note: mode many-to-one needs the whole input; nothing is printed before its end.\n"
    )
    assert done.returncode == 0


@given(
    st.lists(
        st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=2, max_size=2),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([",", "\t", " "]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_rows_are_read_exactly(numbers, separator, end, last):
    """Quickly or number by number: every bit, in pieces of any size, -0 and 5e-324 among them."""
    text = end.join(separator.join(map(repr, row)) for row in numbers) + end * last
    reader = Reader("f", Columns(None if separator == " " else separator))
    read = reader.rows(text.encode())

    np.testing.assert_array_equal(read, np.array(numbers))
    there = ~np.isnan(read)  # nan has no sign
    expected = np.signbit(np.array(numbers)[there])
    np.testing.assert_array_equal(np.signbit(read[there]), expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"1,2\n3\n", "f:2: 1 number, where line 1 has 2"),
        (b"1\n\n3,4\n", "f:3: 2 numbers, where line 1 has 1"),
        (b"1,\n", "f:1: column 2: nothing between two commas"),
        (b"1e400\n", "f:1: '1e400' is too large"),
        (b"1e-400\n", "f:1: '1e-400' is too small"),
        (b"0." + b"0" * 400 + b"1\n", "is too small"),
        (b"1_0\n", "f:1: '1_0' has an underscore"),
        (b"[1]\n", "f:1: '[1]' is not a number"),
        (b"true\n", "'true' is not a number"),
        (b"1\ntrue\n", "f:2: 'true' is not a number"),
    ],
)
def test_rows_that_are_none(text, message):
    """The line and column, and what is wrong."""
    with pytest.raises(rnncalc.RnncalcError) as caught:
        Reader("f", Columns(",")).rows(text)

    assert message in str(caught.value)


def test_numbers_in_many_spellings():
    """What people write and JSON does not know is read number by number."""
    text = b"+1,.5,5.,0x10,1E3\n007,-0,-0.0,1e-05,3.0\n"
    read = Reader("f", Columns(",")).rows(text)

    np.testing.assert_array_equal(read, [[1, 0.5, 5, 16, 1000], [7, 0, 0, 1e-5, 3]])
    assert np.signbit(read[1]).tolist() == [False, True, True, False, False]


def test_the_progress_bar(monkeypatch, capsys):
    """On a terminal, after two seconds of work, on stderr; else there is none."""
    model = rnncalc.load({"W_x": 1, "W_h": 0.5})
    traces = [rnncalc.run(model, [1.0, 2.0]) for _ in range(3)]
    assert list(progress.shown(iter(traces), lambda: 10)) == traces
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "AFTER", -1.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    assert list(progress.shown(iter(traces), lambda: 10)) == traces
    shown = capsys.readouterr().err
    assert "2 timesteps" in shown
    assert "a second" in shown
