"""One-to-many makes its own input: any length of it streams, or is refused before computing."""

from __future__ import annotations

import io
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import rnncalc
from rnncalc.running import recurrence
from rnncalc.running.recurrence import generate
from rnncalc.writers import FORMATS

STREAMED = [*(name for name, form in FORMATS.items() if form.streams), "last"]
ENDLESS = 10**9
HOG = "{W_x: 0.5, W_h: 1, output: {W_y: 1}, mode: one-to-many, timesteps: 1000000000, x: 1}"


def network(timesteps: int, **more) -> rnncalc.Model:
    """Two layers and an output that is the next input."""
    weights = {"W_x": {gate: [[0.3, -0.2]] for gate in "ifgo"}, "W_h": dict.fromkeys("ifgo", 0.4)}
    lstm = {"cell": "lstm", **weights}
    layers = [lstm, {"W_x": [[0.5], [-0.7]], "W_h": [[0.2, 0.1], [-0.3, 0.4]]}]
    config = {"layers": layers, "output": {"W_y": [[0.6, -0.4], [0.2, 0.9]]}, "x": [[0.3, -0.8]]}
    return rnncalc.load(config | {"mode": "one-to-many", "timesteps": timesteps} | more)


@pytest.fixture
def small_parts(monkeypatch):
    """Parts of 7 timesteps, so that 30 are many parts."""
    monkeypatch.setattr(recurrence, "PART", (7, 1 << 20))


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("feedback", ["y", "x", "zeros"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("form", STREAMED)
def test_parts_are_one_run(form, dtype, feedback):
    """In parts and whole: every format that streams writes the same bytes."""
    model = network(30, feedback=feedback, dtype=dtype)
    how = {"format": form, "show": ["a"] if form == "npy" else ["all"], "digits": "full"}
    whole, parts = io.BytesIO(), io.BytesIO()
    rnncalc.write(rnncalc.run(model), whole, **how)
    traces = list(generate(model))
    rnncalc.write(iter(traces), parts, **how)

    assert [trace.timesteps for trace in traces] == [7, 7, 7, 7, 2]
    assert parts.getvalue() == whole.getvalue()


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("form", STREAMED)
def test_the_command_line_streams(cli, tmp_path, form):
    """What streams is what --steps all prints, which holds all steps."""
    (tmp_path / "net.yaml").write_text(HOG.replace(str(ENDLESS), "30"))
    if form in ("npz", "last"):  # of which there is no other way
        words, other = ["--last"], ["--show", "y", "--steps", "-1", "-f", "csv-wide"]
        last = cli(str(tmp_path / "net.yaml"), *other).text.splitlines()[-1]
        assert cli(str(tmp_path / "net.yaml"), *words).text == f"{last.partition(',')[2]}\n"
        return
    streamed = cli(str(tmp_path / "net.yaml"), "-f", form)

    assert (streamed.code, streamed.err) == (0, "")
    assert streamed.out == cli(str(tmp_path / "net.yaml"), "-f", form, "--steps", "all").out


def test_memory_does_not_grow_with_the_timesteps(monkeypatch, tmp_path):
    """Eight times as many cost nothing more."""
    monkeypatch.setattr(recurrence, "PART", (64, 1 << 20))

    def peak(timesteps: int, form: str) -> int:
        tracemalloc.start()
        with open(tmp_path / "out", "wb") as file:
            traces = generate(network(timesteps), record=["h"])
            rnncalc.write(traces, file, format=form, show=["h"])
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    for form in ("csv", "last"):
        peak(64, form)  # imports
        assert peak(2048, form) < 1.5 * peak(256, form)


def test_a_batch_does_not_stream(cli, tmp_path):
    """Its sequences stand one behind the other: it is held, or refused before it is computed."""
    batch = HOG.replace(str(ENDLESS), "4").replace("x: 1", "x: [[[1]], [[2]]]")
    (tmp_path / "net.yaml").write_text(batch)
    lines = cli(str(tmp_path / "net.yaml"), "--show", "h", "--csv").text.splitlines()
    assert [line[:4] for line in lines[1:]] == [f"{s},{t}," for s in (0, 1) for t in (1, 2, 3, 4)]
    huge = cli(str(tmp_path / "net.yaml"), "--csv", "--timesteps", str(ENDLESS))

    assert (huge.code, huge.out) == (2, b"")
    assert "too many for this format" in huge.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "about 3,000,000,000 numbers are too many for this format: use -f ndjson or -f npy"),
        (["--json"], "too many for this format"),
        (["-f", "markdown"], "too many for this format"),
        (["-f", "latex"], "too many for this format"),
        (["--json", "--steps", "2"], "too many for this format"),
        (["--summary"], "too many for --summary"),
        (["--steps", "-1"], "too many for this format"),
        (["--steps", "5:3"], "--steps '5:3': there are steps 1 to 1000000000"),
        (["--against", "1"], "timesteps: 1,000,000,000 timesteps are about 6,000,000,000 numbers"),
    ],
    ids=" ".join,
)
def test_what_is_held_is_refused_before_it_is_computed(cli, words, message):
    """Of 10^9 timesteps, with the way out; and the place in the config."""
    command = ["check", "-"] if "--against" in words else ["run", "-"]
    done = cli(*command, *words, input=HOG.encode())

    assert (done.code, done.out) == (2, b"")
    assert message in done.err


def test_run_refuses_what_it_cannot_hold():
    """In Python, too; the first steps are there for who asks for them."""
    with pytest.raises(rnncalc.RnncalcError, match="at most 100,000,000 are held at once"):
        rnncalc.run(network(ENDLESS))
    trace = rnncalc.run(network(ENDLESS), until=3)

    assert (trace.timesteps, trace.length) == (3, ENDLESS)
    np.testing.assert_array_equal(trace.h, rnncalc.run(network(30)).h[:3])


def test_the_first_steps_of_very_many(cli):
    """Only they are computed; nothing is said that holds for them alone."""
    table = cli("-", "--steps", "2:4", input=HOG.encode()).text
    told = cli("explain", "-", "--step", "2", input=HOG.encode()).text

    assert "1,000,000,000 timesteps, 1 feature" in table
    assert re.findall(r"^(\d+) ", table, re.MULTILINE) == ["2", "3"]
    assert "x_t     = 0.462117   (y of t = 1)" in told
    assert "passed on to t = 3: h = 0.600018" in told
    lines = cli("-", "--steps", "2:4", "--csv", input=HOG.encode()).text.splitlines()
    assert {line.split(",")[0] for line in lines[1:]} == {"2", "3"}


@pytest.mark.parametrize(
    ("feedback", "origin"), [("y", "y of t = 2"), ("x", "the input again"), ("zeros", "zeros")]
)
def test_explain_says_where_the_input_came_from(feedback, origin):
    """Of the first step it is the input."""
    trace = rnncalc.run(network(4, feedback=feedback))
    first, third = (rnncalc.explain(trace, t).steps[0].origins["x_t"] for t in (1, 3))

    assert (first, third) == ("the input", origin)


def test_convert_proves_with_few_steps(cli, tmp_path):
    """As many as of any other network."""
    (tmp_path / "hog.yaml").write_text(HOG)
    for name in ("hog.npz", "hog.safetensors"):
        done = cli("convert", str(tmp_path / "hog.yaml"), "-o", str(tmp_path / name))

        assert done.code == 0
        assert "proved equal on random input (7 timesteps, 2 sequences)" in done.text
        assert Path(tmp_path / name).exists()


def test_zeros_are_zeros_whatever_x_was():
    """What is fed back as zeros is 0 also where x was infinite."""
    trace = rnncalc.run(network(3, feedback="zeros", x=[[np.inf, 1.0]]))

    assert trace.x[1:].tolist() == [[0.0, 0.0]] * 2
