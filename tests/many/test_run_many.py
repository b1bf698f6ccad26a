"""Many sequences in and out: from files and arrays, to folders, rows and lines; faults, resumed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_gru import MODEL, NET

import rnncalc
from rnncalc.errors import FileError, RnncalcError
from rnncalc.many import blocks as cutting
from rnncalc.many import sinks
from rnncalc.many.blocks import blocks, runs
from rnncalc.many.cluster import share
from rnncalc.many.compute import Job
from rnncalc.many.manifest import digest
from rnncalc.many.pieces import OneArray
from rnncalc.trace.selection import Selection


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A folder with 30 files of 1 to 40 steps, and the model; blocks are of 7."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cutting, "SEQUENCES", 7)
    random = np.random.default_rng(5)
    Path("data").mkdir()
    for i in range(30):
        x = random.normal(size=(random.integers(1, 40), 2)).round(6)
        np.savetxt(f"data/s{i:02d}.csv", x, delimiter=",")
    Path("m.json").write_text(json.dumps(NET))
    return tmp_path


def contents(folder):
    """The bytes of every file, but for the manifest."""
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.name[0] != "."}


def test_blocks_are_cut_by_count_and_size():
    """At most 256 sequences and 16 MiB, but always one."""
    assert [len(one) for one in blocks([8] * 600)] == [256, 256, 88]
    assert [len(one) for one in blocks([1 << 30, 5, 15 << 20, 2 << 20])] == [1, 2, 1]
    assert [*blocks([])] == []


def test_rows_that_follow_each_other_are_written_at_once():
    """Up to so many, and none twice."""
    assert [*runs([0, 1, 2, 3, 5, 8, 9], 3)] == [[0, 1, 2], [3], [5], [8, 9]]
    assert [*runs(range(4, 9), 9)] == [range(4, 9)]
    assert [*runs([], 3)] == []


@pytest.mark.parametrize(
    ("units", "count", "workers", "cut"),
    [
        (5, 200, 2, [128, 72]),
        (17, 200, 2, [128, 72]),
        (17, 200, 3, [128, 72]),
        (17, 256, 4, [64] * 4),
        (5, 900, 2, [256, 256, 256, 132]),
        (17, 90, 1, [90]),
    ],
)
def test_few_sequences_are_shared_by_the_workers(units, count, workers, cut):
    """In whole batches, of 64, or 128 for narrow networks; many are cut as without workers."""
    weight = {gate: [[0.5] * units] * units for gate in "zrn"}
    model = rnncalc.load({"cell": "gru", "W_x": weight, "W_h": weight})
    job = Job(model, OneArray(Selection()))

    assert [len(one) for one in blocks([8] * count, share(job, count, workers))] == cut
    alone = share(replace(job, sequential=True), count, workers)
    assert alone == -(-count // workers)  # they go one by one


def test_what_is_missing_here_and_there_is_one_block(tmp_path, monkeypatch):
    """Not a batch of mostly empty places for each block of the run before; the rows are those."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sinks, "AT_ONCE", 1)  # each row has a checksum of its own
    x = np.random.default_rng(9).normal(size=(300, 3, 2))
    rnncalc.run_many(MODEL, x, "h.npy")
    whole = Path("h.npy").read_bytes()
    with open("h.npy", "r+b") as file:
        for number in (0, 7, 290):
            file.seek(-48 * (300 - number), os.SEEK_END)
            file.write(b"\0" * 48)
    blocks_done = []

    def followed(blocks, total):
        for done in blocks:
            blocks_done.append([*done.pieces])
            yield done

    report = rnncalc.run_many(MODEL, x, "h.npy", resume=True, followed=followed)

    assert (report.before, report.done) == (297, 3)
    assert blocks_done == [[0, 7, 290]]
    assert Path("h.npy").read_bytes() == whole


def test_a_folder_has_a_file_a_sequence(data):
    """Each reads as a run of that file alone would have written it, but for rounding."""
    report = rnncalc.run_many(MODEL, "data/*.csv", "out/", show=["h", "z"])

    assert (report.count, report.done, report.failed) == (30, 30, {})
    assert [*contents("out")] != []
    assert sorted(contents("out")) == [f"s{i:02d}.csv" for i in range(30)]
    for name in ("s03.csv", "s29.csv"):
        x = np.loadtxt(f"data/{name}", delimiter=",", ndmin=2)
        rnncalc.write(rnncalc.run(MODEL, x), "alone.csv", show=["h", "z"])
        ours, alone = (Path(one).read_text().splitlines() for one in (f"out/{name}", "alone.csv"))
        assert [line.rpartition(",")[0] for line in ours] == [
            line.rpartition(",")[0] for line in alone
        ]
        got, expected = (
            [float(line.rpartition(",")[2]) for line in lines[1:]] for lines in (ours, alone)
        )
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-14)


def test_how_they_are_cut_and_ordered_changes_no_byte(data, monkeypatch):
    """Blocks of 7 and of 30, all files and some in another order: the same bytes."""
    rnncalc.run_many(MODEL, "data/*.csv", "seven/")
    monkeypatch.setattr(cutting, "SEQUENCES", 30)
    rnncalc.run_many(MODEL, "data/*.csv", "thirty/")
    some = [f"data/s{i:02d}.csv" for i in (29, 3, 11)]
    rnncalc.run_many(MODEL, some, "some/")

    assert contents("seven") == contents("thirty")
    assert contents("some") == {
        name: one for name, one in contents("seven").items() if f"data/{name}" in some
    }


@pytest.mark.parametrize("form", ["csv", "csv-wide", "ndjson"])
def test_lines_name_the_file(data, form, cli):
    """Every line says of which sequence it is; they come in the order of the names."""
    done = cli("m.json", "-x", "data/*.csv", "-f", form)
    lines = done.text.splitlines()
    if form == "ndjson":
        names = [json.loads(line)["sequence"] for line in lines]
    else:
        assert lines[0].startswith("sequence,t,")
        names = [line.split(",")[0] for line in lines[1:]]

    assert done.code == 0
    assert [*dict.fromkeys(names)] == [f"s{i:02d}.csv" for i in range(30)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("form", ["csv", "tsv", "csv-wide", "last"])
def test_names_of_files_are_one_line_of_text(data, form, cli):
    """No control character, no formula of a spreadsheet; numbers are as they were."""
    told = {"\x1b[31mr.csv": "\\x1b[31mr.csv", "a\nb.csv": "a\\nb.csv", "=1+1.csv": "'=1+1.csv",
            "\u202ec.csv": "\\u202ec.csv", "-1.csv": "'-1.csv", "a.csv": "a.csv"}  # fmt: skip
    Path("odd").mkdir()
    for name in told:
        Path("odd", name).write_text("-1,-2\n")
    done = cli("m.json", "-x", "odd/*", *(["--last"] if form == "last" else ["-f", form]))
    rows = [re.split("[,\t]", line) for line in done.text.splitlines()]
    rows = rows if form == "last" else rows[1:]

    assert {row[0] for row in rows} == {*told.values()}
    assert not any(cell.startswith("'") for row in rows for cell in row[1:])
    assert any(cell.startswith("-") for row in rows for cell in row[1:])


def test_several_options_are_several_sequences_in_their_order(data, cli):
    """``-x`` for each; of values that are no files the last counts, as before."""
    done = cli("m.json", "-x", "data/s02.csv", "-x", "data/s01.csv", "--csv")
    names = [line.split(",")[0] for line in done.text.splitlines()[1:]]
    assert [*dict.fromkeys(names)] == ["s02.csv", "s01.csv"]

    typed = cli("m.json", "-x", "data/s02.csv", "-x", "1 2; 3 4", "--csv")
    assert len(typed.text.splitlines()) == 5
    assert typed.text == cli("m.json", "-x", "1 2; 3 4", "--csv").text


def test_an_array_gives_rows(data):
    """A .npy of (sequences, timesteps, features) is mapped; rows go into their places."""
    x = np.random.default_rng(3).normal(size=(20, 33, 2))
    np.save("big.npy", x.astype("f4"))
    np.save("fortran.npy", np.asfortranarray(x.astype("f4")))
    lengths = [33, 5, *[17] * 18]
    rnncalc.run_many(MODEL, "big.npy", "h.npy")
    rnncalc.run_many(MODEL, "fortran.npy", "f.npy")
    rnncalc.run_many(MODEL, x.astype("f4").astype(float), "rows/", lengths=lengths)

    whole = rnncalc.run(MODEL, x.astype("f4").astype(float))
    np.testing.assert_allclose(np.load("h.npy"), whole.h, rtol=0, atol=1e-14)
    assert Path("h.npy").read_bytes() == Path("f.npy").read_bytes()
    assert sorted(contents("rows")) == [f"{i:02d}.npy" for i in range(20)]
    assert np.load("rows/01.npy").tobytes() == np.load("h.npy")[1, :5].tobytes()
    assert not Path("h.npy.part").exists()


def test_unequal_lengths_have_no_place_in_an_array(data):
    """The first that is other is named, and nothing is left."""
    with pytest.raises(FileError, match=r"s01.csv has shape \(\d+, 2\), where others have"):
        rnncalc.run_many(MODEL, "data/*.csv", "h.npy")
    assert [*Path().glob("h.npy*")] == []


@pytest.mark.parametrize("to", ["out/", "h.npy"])
def test_one_bad_file_is_named_and_the_others_are_done(data, to, cli):
    """Exit code 2; mended, ``--resume`` computes it and nothing else; the bytes are as if."""
    for i in range(30):
        np.savetxt(f"data/s{i:02d}.csv", np.full((5, 2), i / 10), delimiter=",")
    good = Path("data/s11.csv").read_bytes()
    rnncalc.run_many(MODEL, "data/*.csv", f"as-if-{to}")
    Path("data/s11.csv").write_text("1,2\n3,x\n")

    done = cli("m.json", "-x", "data/*.csv", "-o", to)
    assert done.code == 2
    assert "1 of 30 sequences could not be computed\n  data/s11.csv:2: column 2" in done.err
    assert "--resume computes these" in done.err
    assert not Path("h.npy").exists()
    Path("data/s11.csv").write_bytes(good)
    again = cli("m.json", "-x", "data/*.csv", "-o", to, "--resume")

    assert (again.code, again.err) == (0, "Sequences there already: 29; computed now: 1.\n")
    if to == "h.npy":
        assert Path(to).read_bytes() == Path("as-if-h.npy").read_bytes()
    else:
        assert contents(to) == contents("as-if-out")


@pytest.mark.parametrize("to", ["out/", pytest.param("h.npy", marks=pytest.mark.slow)])
def test_killed_and_resumed_gives_the_same_bytes(data, to, cli, monkeypatch):
    """SIGKILL in the middle: finished blocks are there, and none is computed again."""
    monkeypatch.setattr(cutting, "SEQUENCES", 256)
    np.save("big.npy", np.random.default_rng(4).normal(size=(3000, 9, 2)))
    words = [sys.executable, "-m", "rnncalc", "m.json", "-x", "big.npy", "-o", to]
    words += ["--resume"]
    manifest = Path("out/.rnncalc-manifest.ndjson" if to == "out/" else "h.npy.manifest.ndjson")
    running = subprocess.Popen(words)
    while running.poll() is None and not (
        manifest.exists() and manifest.read_bytes().count(b"\n") > 2
    ):
        time.sleep(0.001)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    with open(manifest, "ab") as file:
        file.write(b'{"sha256":{"29')  # as if it was cut in a line
    noted = {*_noted(manifest)}
    kept = sum(to == "h.npy" or Path(f"out/{number:04d}.npy").exists() for number in noted)

    again = cli(*words[3:])

    assert 0 < kept < 3000
    assert again.err == f"Sequences there already: {kept:,}; computed now: {3000 - kept:,}.\n"
    rnncalc.run_many(MODEL, "big.npy", "whole.npy")
    expected = np.load("whole.npy")
    got = np.load(to) if to == "h.npy" else np.stack(
        [np.load(f"out/{i:04d}.npy") for i in range(3000)])  # fmt: skip
    assert got.tobytes() == expected.tobytes()


def _noted(manifest):
    """The numbers of the sequences that a manifest has."""
    lines = manifest.read_bytes().split(b"\n")[1:-1]
    spans = [name.split("-") for line in lines for name in json.loads(line)["sha256"]]
    return [number for span in spans for number in range(int(span[0]), int(span[-1]) + 1)]


def test_checksums_are_those_of_the_files(data):
    """Anybody can check a file against the manifest; what is not what it was is computed anew."""
    rnncalc.run_many(MODEL, "data/*.csv", "out/")
    before = contents("out")
    lines = Path("out/.rnncalc-manifest.ndjson").read_text().splitlines()
    noted = {n: one for line in lines[1:] for n, one in json.loads(line)["sha256"].items()}
    assert noted["4"] == hashlib.sha256(before["s04.csv"]).hexdigest()

    Path("out/s04.csv").write_text("t")
    Path("out/s08.csv").unlink()
    report = rnncalc.run_many(MODEL, "data/*.csv", "out/", resume=True)
    assert (report.before, report.done) == (28, 2)
    assert contents("out") == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": rnncalc.load(NET | {"h0": [0.1, 0.2]})}, "another model"),
        ({"x": ["data/s01.csv"]}, "another list of inputs: 30 there, 1 here"),
        (
            {"model": rnncalc.load(NET | {"dtype": "float32"})},
            "other options: dtype 'float64' there, dtype 'float32' here",
        ),
        ({"show": ["z"]}, "other options: show '' there, show 'z' here"),
        ({"sequential": True}, "other options: sequential False there, sequential True here"),
    ],
    ids=["model", "inputs", "dtype", "show", "sequential"],
)
def test_another_run_is_not_gone_on_with(data, change, said):
    """The manifest says in what the two differ."""
    how = {"model": MODEL, "x": "data/*.csv", "to": "out/"}
    rnncalc.run_many(**how)
    with pytest.raises(RnncalcError, match=said):
        rnncalc.run_many(**how | change, resume=True)


@pytest.mark.parametrize(
    "line",
    [b'{"sha256":{"z":"1"}}', b'{"sha256":{"999999999":"1"}}', b"[" * 99_999, b"\xff", b"[]"],
)
def test_a_damaged_line_of_a_manifest_counts_for_nothing(data, line):
    """The others do."""
    rnncalc.run_many(MODEL, "data/*.csv", "out/")
    with open("out/.rnncalc-manifest.ndjson", "ab") as file:
        file.write(line + b"\n")

    assert rnncalc.run_many(MODEL, "data/*.csv", "out/", resume=True).before == 30


def test_another_version_is_not_gone_on_with(data):
    """Numbers of two versions may differ."""
    rnncalc.run_many(MODEL, "data/*.csv", "out/")
    path = Path("out/.rnncalc-manifest.ndjson")
    path.write_text(path.read_text().replace("rnncalc 0.", "rnncalc 9."))

    with pytest.raises(RnncalcError, match=r"another version of rnncalc: 'rnncalc 9\.[0-9.]+' th"):
        rnncalc.run_many(MODEL, "data/*.csv", "out/", resume=True)


def test_the_digest_of_a_model_is_the_same_in_another_process(data):
    """Whatever the seed of its hashes; and another for another weight."""
    code = "import rnncalc; from rnncalc.many.manifest import digest; print(digest(rnncalc.load('m.json')))"  # noqa: E501
    found = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                       env={**os.environ, "PYTHONHASHSEED": seed}).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip

    assert found == {digest(MODEL)}
    assert digest(rnncalc.load(NET | {"bias": {g: [0.0, 0.1] for g in "zrn"}})) not in found


@pytest.mark.parametrize(
    ("missing", "who"),
    [
        ("distributed", ("--workers", "2")),
        ("distributed", ("--scheduler", "tcp://127.0.0.1:9")),
        ("cryptography", ("--workers", "2")),
    ],
)
def test_without_dask_the_command_that_installs_it_is_said(data, cli, monkeypatch, missing, who):
    """Before anything is made."""
    monkeypatch.setitem(sys.modules, missing, None)
    done = cli("m.json", "-x", "data/*.csv", "-o", "out/", *who)

    needs = f"computing with workers needs {missing}: pip install 'rnncalc[cluster]'"
    assert (done.code, done.err) == (2, f"Error: {needs}\n")
    assert not Path("out").exists()


def test_nan_is_computed_and_named(data, cli):
    """A warning says in which sequences; the others have their numbers."""
    Path("data/s05.csv").write_text("nan,1\n2,3\n")
    done = cli("m.json", "-x", "data/*.csv", "-o", "out/")

    assert done.code == 0
    assert done.err == "Warning: 1 of 30 sequences has NaN or infinite results: s05.csv\n"


@pytest.mark.parametrize("to", ["out/", "h.npy", "h.csv"])
def test_a_full_disk_ends_it_and_keeps_whole_blocks(data, to, cli):
    """Exit code 2 and one line; with room again, ``--resume`` goes on."""
    np.save("big.npy", np.random.default_rng(4).normal(size=(600, 60, 2)))
    limit = {"out/": 1000, "h.npy": 300_000, "h.csv": 100_000}[to]
    words = ["m.json", "-x", "big.npy", "-o", to, *["--resume"] * (to != "h.csv")]

    def narrow():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    line = [sys.executable, "-m", "rnncalc", *words]
    done = subprocess.run(line, capture_output=True, text=True, preexec_fn=narrow)
    assert done.returncode == 2
    goes_on = "; --resume goes on" * (to != "h.csv")
    assert done.stderr == f"Error: -o {to.rstrip('/')}: File too large{goes_on}\n"
    assert not [*Path().rglob("*.part")] or to == "h.npy"
    if to == "h.csv":
        assert not Path(to).exists()
        return
    again = cli(*words)
    assert again.code == 0, again.err
    assert f"already: {256 if to == 'h.npy' else 0};" in again.err


@pytest.mark.parametrize("to", ["out/", "h.npy", "h.zarr"])
def test_a_full_disk_in_the_first_line_leaves_nothing(data, to, cli):
    """The next run begins anew, with ``--resume`` or without; so it does after a crash there."""
    np.save("x.npy", np.ones((4, 3, 2)))
    words = ["m.json", "-x", "x.npy", "-o", to, "--resume"]

    def narrow():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

    line = [sys.executable, "-m", "rnncalc", *words]
    done = subprocess.run(line, capture_output=True, text=True, preexec_fn=narrow)
    assert done.returncode == 2
    manifest = Path("out/.rnncalc-manifest.ndjson" if to == "out/" else f"{to}.manifest.ndjson")
    assert not manifest.exists()
    assert not Path("h.zarr").exists()

    manifest.parent.mkdir(exist_ok=True)
    manifest.write_text('{"format":"rnncalc.manifest","ver')
    assert cli(*words).code == 0


@pytest.mark.parametrize("to", ["out/", "h.npy", "h.zarr"])
def test_a_run_of_which_nothing_came_is_as_none(data, to, cli):
    """The next one may have other options: its manifest names no sequence."""
    np.save("x.npy", np.ones((4, 3, 2)))
    failed = cli("m.json", "-x", "x.npy", "-o", to, "--resume", "--units", "7:9")
    assert failed.code == 2
    assert "4 of 4 sequences" in failed.err
    again = cli("m.json", "-x", "x.npy", "-o", to, "--resume", "--units", "0")
    assert again.code == 0, again.err
    assert "already: 0; computed now: 4" in again.err


def test_what_was_written_of_a_run_that_noted_nothing_is_not_in_the_next(data, cli):
    """A crash before the note: the arrays of zarr may be of other options."""
    zarr = pytest.importorskip("zarr")
    np.save("x.npy", np.ones((4, 3, 2)))
    words = ["m.json", "-x", "x.npy", "-o", "h.zarr"]
    assert cli(*words, "--show", "z").code == 0
    manifest = Path("h.zarr.manifest.ndjson")
    manifest.write_bytes(manifest.read_bytes().partition(b"\n")[0] + b"\n")
    assert cli(*words, "--resume").code == 0
    assert cli("m.json", "-x", "x.npy", "-o", "new.zarr").code == 0
    assert {*zarr.open("h.zarr").array_keys()} == {*zarr.open("new.zarr").array_keys()}


STOPPED = """
import os, signal
from rnncalc.many import blocks, {module}
blocks.SEQUENCES = 7
calls, old = [], {module}.{name}
def stopped(*words):
    calls.append(words)
    if len(calls) == {number}:
        os.kill(os.getpid(), signal.{sent})
    return old(*words)
{module}.{name} = stopped
from rnncalc.cli import command
command()
"""


@pytest.mark.parametrize(
    ("to", "module", "name", "number", "sent", "kept"),
    [
        ("o/", "sinks", "os.replace", 10, "SIGTERM", 9),
        ("o.npy", "manifest", "Manifest.add", 3, "SIGINT", 14),
        ("o.zarr", "manifest", "Manifest.add", 2, "SIGHUP", 7),
    ],
)
def test_a_signal_keeps_what_is_whole_and_nothing_else(
    data, to, module, name, number, sent, kept, cli
):
    """In the middle of a block that is being kept: a line, its exit code, and no half file."""
    if to.endswith("zarr"):
        pytest.importorskip("zarr")
    np.save("x.npy", np.random.default_rng(4).normal(size=(30, 5, 2)))
    code = STOPPED.format(module=module, name=name, number=number, sent=sent)
    line = [sys.executable, "-c", code, "m.json", "-x", "x.npy", "-o", to, "--resume"]
    done = subprocess.run(line, capture_output=True, text=True)
    again = cli("m.json", "-x", "x.npy", "-o", to, "--resume")

    assert done.returncode == 128 + getattr(signal, sent)
    blocks = kept // 7 * 7
    said = f"{blocks} of 30 sequences were computed and are kept; --resume goes on."
    assert done.stderr == f"Stopped: {said}\n"
    assert again.err == f"Sequences there already: {kept}; computed now: {30 - kept}.\n"
    assert not [*Path().rglob("*.part")]


def test_it_goes_on_where_it_was_interrupted(data):
    """Ctrl-C keeps finished blocks."""

    def two_blocks(blocks, total):
        yield next(blocks)
        yield next(blocks)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rnncalc.run_many(MODEL, "data/*.csv", "out/", followed=two_blocks)
    assert rnncalc.run_many(MODEL, "data/*.csv", "out/", resume=True).before == 14


def test_what_is_sent_to_a_worker_is_plain_data(data):
    """Job, source and what comes out survive a pickle, and give the same."""
    import pickle

    from rnncalc.many.compute import Job, compute
    from rnncalc.many.pieces import OwnFile
    from rnncalc.many.run import source_of
    from rnncalc.trace.selection import Selection
    from rnncalc.writers.style import Style

    job = Job(MODEL, OwnFile("csv", Selection(), Style("full")), record=["h"])
    source = source_of(MODEL, "data/*.csv")
    here = compute(job, source, range(5))
    sent = pickle.loads(pickle.dumps((job, source)))

    assert pickle.loads(pickle.dumps(compute(*sent, range(5)))) == here


@pytest.mark.parametrize("mode", ["many-to-many", "many-to-one"])
@pytest.mark.parametrize(("to", "show"), [("h.npy", ["h"]), ("y.npy", []), ("c.npy", ["final.h"])])
def test_pieces_made_at_once_are_those_of_each(data, monkeypatch, mode, to, show):
    """Of a whole batch, full and padded, the same bytes as made of one sequence after the other."""
    network = NET | {"output": {"W_y": [[0.5, -0.25]], "bias": [0.1]}, "mode": mode}
    model = rnncalc.load(network)
    x = np.random.default_rng(4).normal(size=(150, 37, 2))
    rnncalc.run_many(model, x, to, show=show)
    with monkeypatch.context() as alone:
        alone.setattr(OneArray, "several", lambda *_: ())
        rnncalc.run_many(model, x, f"alone-{to}", show=show)

    assert Path(to).read_bytes() == Path(f"alone-{to}").read_bytes()
    assert len(np.load(to)) == 150


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-x", "data/", "-o", "out/"], "--x: data/ is a folder: -x 'data/*.csv' names its files"),
        (["-x", "data", "--csv"], "--x: data is a folder: -x 'data/*.csv' names its files"),
        (["-x", "none/*", "--csv"], "--x: none/*: no file has such a name"),
        (["-x", "word", "-o", "out/"], "--x: 'word' is not a number"),
        (["-x", "data/*", "-o", "m.json/"], "-o m.json: is a file, not a folder"),
        (["-x", "data/*", "-o", "res"], "-o res: no format has this name; res/ is a folder."),
        (["-x", "cut.npy", "-o", "out/"], "--x: cut.npy: is truncated: 32 of 160 bytes"),
        (["-x", "big.npy", "-o", "out/", "--columns", "a"], "--columns is for tables: "),
        (["-x", "big.npy", "-o", "o/", "--lengths", "2"], "--lengths has 1 number, expected 5, "),
        (["-x", "data/*", "-o", "out/", "--lengths", "2"], "--lengths: each file has its own "),
        (["-x", "data/*", "--last", "--show", "z"], "--last prints the last h, or y, and nothing"),
        (["-x", "data/*", "--last", "-f", "json"], "--last prints plain numbers, -f json asks"),
    ],
    ids=[
        *("folder", "folder-lines", "nothing", "word", "file", "suffix", "cut", "columns"),
        *("lengths", "lengths-of-files"),
        *("last-show", "last-format"),
    ],
)
def test_what_names_no_sequences_or_no_place_is_told(data, words, said, cli):
    """In the words of whoever gave it, once."""
    np.save("big.npy", np.zeros((5, 2, 2)))
    Path("cut.npy").write_bytes(Path("big.npy").read_bytes()[:160])
    done = cli("m.json", *words)

    assert (done.code, done.text) == (2, "")
    assert done.err.startswith(f"Error: {said}")


def test_a_pattern_may_have_any_suffix(data, cli):
    """What is no file of numbers is named; the others are done."""
    Path("data/readme.md").write_text("hello")
    done = cli("m.json", "-x", "data/*", "-o", "out/")

    assert done.code == 2
    assert done.err.startswith("Error: 1 of 31 sequences could not be computed\n  data/readme.md: ")
    assert len(contents("out")) == 30


def test_columns_are_picked_of_every_table(data, cli):
    """By their names, wherever they stand in each file."""
    Path("a.csv").write_text("u,v,w\n1,2,3\n")
    Path("b.csv").write_text("w,u,v\n3,1,2\n")
    done = cli("m.json", "-x", "?.csv", "--columns", "v,w", "--last")
    names, *rows = zip(*(line.split(",") for line in done.text.splitlines()), strict=True)
    rows = np.array(rows, float).T

    expected = rnncalc.run(MODEL, [[2.0, 3.0]]).h
    assert names == ("a.csv", "b.csv")
    np.testing.assert_allclose(rows, [*expected, *expected], rtol=0, atol=1e-14)


def test_an_array_without_a_manifest_is_computed_anew(data, cli):
    """One that a run without --resume wrote, or a row of which is another."""
    np.save("big.npy", np.random.default_rng(3).normal(size=(20, 5, 2)))
    assert cli("m.json", "-x", "big.npy", "-o", "h.npy").code == 0
    done = cli("m.json", "-x", "big.npy", "-o", "h.npy", "--resume")
    assert (done.code, done.err) == (0, "Sequences there already: 0; computed now: 20.\n")

    whole = Path("h.npy").read_bytes()
    Path("h.npy").write_bytes(whole[:-8] + b"\1" * 8)
    assert cli("m.json", "-x", "big.npy", "-o", "h.npy", "--resume").code == 0
    assert Path("h.npy").read_bytes() == whole


def test_what_a_file_of_lines_has_is_said_and_v_names_all(data, cli):
    """Where some fail, the others are in it; without -v, five are named. Nothing is said twice, and
    what cannot be read and what does not fit are called the same."""
    for i in range(9):
        Path(f"data/s{i:02d}.csv").write_text("oops" if i else "1,2,3,4,5,6,7\n")
    done = cli("m.json", "-x", "data/*.csv", "-o", "h.csv")
    assert done.code == 2
    assert done.err.endswith("  and 4 more (-v names all)\nh.csv has the other 21.\n")
    assert done.err.count("  data/s") == 5
    done = cli("m.json", "-x", "data/*.csv", "-o", "h.csv", "-v")
    assert [f"data/s{i:02d}.csv" for i in range(9)] == sorted(
        line.partition(":")[0] for line in done.err.splitlines()[:9])  # fmt: skip
    end = "Error: 9 of 30 sequences could not be computed\nh.csv has the other 21.\n"
    assert "\n".join(done.err.splitlines()[9:]) + "\n" == end
    done = cli("m.json", *(f"-xdata/s{i:02d}.csv" for i in range(2)), "-o", "out/")
    assert done.err.endswith("s01.csv: there are no numbers in it\n--resume computes these.\n")


def test_a_signal_tells_how_many_are_kept(capsys):
    """Those of blocks that are kept, and that --resume goes on; nothing of a run that ended."""
    from rnncalc.cli.many import _shown
    from rnncalc.cli.notes import Notes
    from rnncalc.files import leftovers
    from rnncalc.many.compute import Done

    done = [Done(dict.fromkeys(range(start, start + 1000), b""), {}, {}) for start in (0, 1000)]
    shown = _shown(Notes(), True, iter(done), 3000)
    next(shown), next(shown)
    leftovers.clear()
    said = "Stopped: 1,000 of 3,000 sequences were computed and are kept; --resume goes on.\n"
    assert capsys.readouterr().err == said

    assert [*shown] == []
    leftovers.clear()
    assert capsys.readouterr().err == ""


def test_a_pattern_that_the_shell_took_is_told(data, cli):
    """Its files are no words of ours."""
    done = cli("m.json", "-x", *(f"data/s{i:02d}.csv" for i in range(30)), "-o", "out/")

    said = "stands behind no option: -x FILE is the input; several files are a pattern in quotes"
    assert (done.code, done.err) == (2, f"Error: data/s01.csv {said}: -x 'data/*.csv'\n")


def test_a_program_may_run_its_steps_again(data):
    """What one call has read, another may write: a notebook's cells are run twice."""
    np.save("x.npy", np.ones((3, 4, 2)))
    wide = rnncalc.load({"W_x": [[0.1, 0.2]], "W_h": [[0.3]]})
    for _ in range(2):
        rnncalc.run_many(wide, "x.npy", "h.npy", show=["h"])
        h = rnncalc.load({"W_x": [[0.5]], "W_h": [[0.3]]})
        rnncalc.run_many(h, "h.npy", "h2.npy", show=["h"])
    assert np.load("h2.npy").shape == (3, 4, 1)
