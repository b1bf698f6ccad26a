"""Stdin, FIFOs and ``<(command)``: opened once, read as text or JSON, whatever they are called."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from conftest import SEED
from replay import shell

LAST = "0.9858427884243198\n"
WEIGHTS = "--wx .3 --wh 1 --last"
IDS = "{embedding: {weights: [[1, 2], [3, 4], [5, 6]]}, W_x: [[0.5, 0.2]], W_h: 1}"


@pytest.mark.parametrize(
    "command",
    [
        f"seq 5 | rnncalc -x - {WEIGHTS}",
        f"rnncalc -x <(seq 5) {WEIGHTS}",
        f"rnncalc -x @<(seq 5) {WEIGHTS}",
        f"seq 5 | rnncalc -x /dev/stdin {WEIGHTS}",
        f"seq 5 > five; rnncalc -x /dev/stdin {WEIGHTS} < five",
        f"rnncalc -x /dev/fd/3 {WEIGHTS} 3< <(seq 5)",
        f"mkfifo f.csv; seq 5 > f.csv & rnncalc -x f.csv {WEIGHTS}",
        f"mkfifo f.json; echo '[1, 2, 3, 4, 5]' > f.json & rnncalc -x f.json {WEIGHTS}",
        f"mkfifo f; seq 5 > f & rnncalc -x f {WEIGHTS}",
        f"echo '[1,2,3,4,5]' | rnncalc -x - {WEIGHTS}",
        f"printf '\\n \\n [[1],[2],[3],\\n[4],[5]]\\n' | rnncalc -x - {WEIGHTS}",
        "rnncalc -x 1,2,3,4,5 --wx @<(echo .3) --wh @<(echo 1) --last",
        "rnncalc <(echo '{W_x: .3, W_h: 1, x: [1, 2, 3, 4, 5]}') --last",
        "echo '{W_x: .3, W_h: 1, x: {file: five.csv}}' > c; seq 5 > five.csv; rnncalc run <(cat c) --last",  # noqa: E501
    ],
    ids=str,
)
def test_a_pipe_is_read_once(command, tmp_path):
    """As ``-x -``, by its content and not by its name; nothing is lost, and nothing hangs."""
    done = shell(command, tmp_path)

    assert (done.stdout, done.stderr) == (LAST, "")


@pytest.mark.parametrize("form", ["csv", "ndjson", "json", "npy", "npz"])
def test_a_batch_comes_in_json(cli, form):
    """Three levels on stdin are sequences, in every format those of the same numbers typed."""
    text = "[[[1],[2]],[[0.5],[-1]]]"
    piped = cli("-x", "-", *SEED, "-f", form, input=text.encode())

    assert piped.code == 0
    assert piped.out == cli("-x", text, *SEED, "-f", form).out


@pytest.mark.parametrize(
    ("lines", "like"), [("0\n1\n2\n", "0,1,2"), ("0,1,2\n2,1,0\n", "[[0,1,2],[2,1,0]]")]
)
@pytest.mark.parametrize("form", ["csv", "ndjson", "json", "npy", "npz", "last", "table"])
def test_ids_in_lines(cli, tmp_path, lines, like, form):
    """An id a line is a sequence; of several ids a line, each line is one."""
    (tmp_path / "net.yaml").write_text(IDS)
    (tmp_path / "ids.csv").write_text(lines)
    show = ["--last"] if form == "last" else ["-f", form]
    typed = cli(str(tmp_path / "net.yaml"), "-x", like, *show)
    for way in (str(tmp_path / "ids.csv"), "-"):
        done = cli(str(tmp_path / "net.yaml"), "-x", way, *show, input=lines.encode())
        assert done.out == typed.out


@pytest.mark.parametrize("form", ["csv", "ndjson", "json", "npy", "npz", "last", "table"])
def test_ids_of_several_sequences(cli, tmp_path, form):
    """An array of two axes is a batch of ids, in every format; one of one axis a sequence."""
    (tmp_path / "net.yaml").write_text(IDS)
    show = ["--last"] if form == "last" else ["-f", form]
    for ids in ([[0, 1, 2], [2, 1, 0]], [2, 0, 1, 1], [[1], [0]]):
        np.save(tmp_path / "ids.npy", ids)
        done = cli(str(tmp_path / "net.yaml"), "-x", str(tmp_path / "ids.npy"), *show)

        assert done.code == 0
        assert done.out == cli(str(tmp_path / "net.yaml"), "-x", json.dumps(ids), *show).out


def test_two_names_of_stdin(cli):
    """Stdin has one reader, by whichever name."""
    done = cli("-", "-x", "/dev/stdin", input=b"{W_x: 1, W_h: 1}")

    assert (done.code, done.out) == (2, b"")
    assert "both read stdin" in done.err


@pytest.mark.parametrize("name", ["x.npy", "x.npz:x"])
def test_arrays_do_not_come_through_pipes(cli, tmp_path, name):
    """What is no text is refused: by its name, before anything is computed."""
    path = tmp_path / name.partition(":")[0]
    os.mkfifo(path)

    def write():
        with suppress(BrokenPipeError):  # nobody reads it
            path.write_bytes(b"\x93NUMPY")

    threading.Thread(target=write, daemon=True).start()
    done = cli("-x", f"{tmp_path / name}", *SEED)

    assert (done.code, done.out) == (2, b"")
    assert "is a device or a pipe; a file was expected" in done.err


@pytest.mark.parametrize("form", ["json", "numbers", "rows"])
def test_expected_numbers_come_through_pipes(form, tmp_path):
    """A result, a list, or lines of numbers behind ``--against <(...)``."""
    own = "rnncalc -x 1,2,3 --wx .5 --wh 1"
    command = {
        "json": f"{own} --json",
        "numbers": f"{own} --json | python -c 'import json; print(json.load(open(0))[\"h\"])'",
        "rows": f"{own} --show h -f csv-wide | tail -n +2 | cut -d, -f2",
    }[form]
    done = shell(f"rnncalc check -x 1,2,3 --wx .5 --wh 1 --against <({command})", tmp_path)

    assert done.returncode == 0
    assert "largest difference: 0\n" in done.stdout


def test_a_folder_is_no_stream(cli, tmp_path):
    """Nor is what is not there."""
    for path in (tmp_path, Path(tmp_path) / "nothing"):
        assert cli("-x", str(path), *SEED).code == 2
