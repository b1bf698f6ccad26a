"""Where results of many sequences go: nobody's file is lost there, and no run meets another."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
import pytest
from small_gru import MODEL, NET

import rnncalc
from rnncalc.errors import FileError, RnncalcError
from rnncalc.many import blocks as cutting
from rnncalc.many.manifest import Manifest

X = np.random.default_rng(8).normal(size=(6, 5, 2))
NO_ZARR = pytest.mark.skipif(not find_spec("zarr"), reason="zarr is not there")
ZARR = pytest.param("o.zarr", marks=NO_ZARR)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Blocks are of two; ``x/`` has a file a sequence."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cutting, "SEQUENCES", 2)
    Path("m.json").write_text(json.dumps(NET))
    Path("x").mkdir()
    for number, x in enumerate(X):
        np.savetxt(f"x/s{number}.csv", x, delimiter=",")
    Path("victim").write_text("mine")


def bytes_of(to):
    """All that is in a file or folder, but for manifests."""
    files = [Path(to)] if Path(to).is_file() else sorted(Path(to).rglob("*"))
    return {
        str(one): one.read_bytes() for one in files if one.is_file() and "manif" not in str(one)
    }


def run(to, x="x/*.csv", **how):
    return rnncalc.run_many(MODEL, x, to, **how)


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("to", ["o/", "o.npy", ZARR])
def test_two_runs_at_once_do_not_mix(to, resume):
    """The second is refused, whatever it is of, and the first goes on as if it was alone."""
    run(f"alone-{to}")
    other = rnncalc.load(NET | {"h0": [0.3, -0.3]})

    def meanwhile(blocks, total):
        yield next(blocks)
        said = "another run is writing there" if to != "o.zarr" or resume else "there"
        with pytest.raises(FileError, match=said):
            rnncalc.run_many(other, "x/*.csv", to, resume=resume)
        yield from blocks

    assert run(to, followed=meanwhile).done == 6
    if to != "o.zarr":
        alone = bytes_of(f"alone-{to}".rstrip("/"))
        assert [*bytes_of(to.rstrip("/")).values()] == [*alone.values()]
    assert run(to, resume=True).before == 6


@pytest.mark.parametrize("to", ["o/", ZARR])
def test_what_has_no_manifest_is_not_resumed(to):
    """A folder's files stay as they are, and nothing is added."""
    Path(to).mkdir()
    Path(to, "s1.csv").write_text("mine")
    with pytest.raises(FileError, match="manifest of an earlier run: give another"):
        run(to, resume=True)
    assert os.listdir(to) == ["s1.csv"]
    assert not [*Path().glob("*manifest*")]
    assert Path(to, "s1.csv").read_text() == "mine"


def test_all_damaged_results_are_still_the_runs_own():
    """Also after a resumed run that ended early: they are listed."""

    def one_block(blocks, total):
        yield next(blocks)

    run("o/")
    expected = bytes_of("o")
    for number in range(6):
        Path(f"o/s{number}.csv").write_text("damaged")
    assert run("o/", resume=True, followed=one_block).done == 2
    assert run("o/", resume=True).done == 4
    assert bytes_of("o") == expected


def test_a_file_that_is_no_result_is_not_overwritten():
    """The manifest does not list it: it has come since."""

    def one_block(blocks, total):
        yield next(blocks)

    run("o/", followed=one_block)
    Path("o/s4.csv").write_text("mine")
    with pytest.raises(FileError, match=r"s4.csv is there, and is no result of the run"):
        run("o/", resume=True)
    assert Path("o/s4.csv").read_text() == "mine"
    Path("o/s4.csv").unlink()
    assert run("o/", resume=True).before == 2


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("link", ["o.npy.part", "o.npy.manifest.ndjson", "o/.rnncalc.part"])
def test_no_link_is_followed(link, resume):
    """What it leads to stays as it is."""
    to = "o/" if link.startswith("o/") else "o.npy"
    if to == "o/":
        run(to)
        Path("o/s1.csv").unlink()
        resume = True
    Path(link).symlink_to(Path("victim").resolve())
    if "manifest" in link:
        with pytest.raises(FileError, match="is a link"):
            run(to, resume=resume)
    elif to == "o.npy":
        with pytest.raises(FileError, match="part is there, without a manifest"):
            run(to, resume=resume)
    else:
        run(to, resume=resume)
    assert Path("victim").read_text() == "mine"


def test_a_new_file_has_the_mode_that_the_user_wants():
    """As any other program makes it."""
    before = os.umask(0o027)
    try:
        run("o.npy")
    finally:
        os.umask(before)
    assert Path("o.npy").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["o.npy.part", "o.npy.manifest.ndjson", "o/s1.csv"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_nothing_waits_for_a_pipe_or_reads_a_device(name, kind):
    """A manifest that is one is refused; of a result it counts as nothing."""
    to = "o/" if name.startswith("o/") else "o.npy"
    run(to)
    Path(name).unlink(missing_ok=True)
    os.mkfifo(name) if kind == "pipe" else Path(name).symlink_to("/dev/zero")
    if "manifest" in name:
        with pytest.raises(FileError, match=r"is no regular file|is a link"):
            run(to, resume=True)
    else:
        assert run(to, resume=True).count == 6
        assert Path("o/s1.csv" if to == "o/" else "o.npy").is_file()


def test_a_manifest_has_an_end():
    """One that is larger than it can be is not read."""
    run("o.npy")
    with open("o.npy.manifest.ndjson", "ab") as file:
        file.truncate(1 << 33)
    with pytest.raises(FileError, match="too large for a manifest"):
        run("o.npy", resume=True)


PARTS = {
    "no header": b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f8\n(((",
    "another format": b"PK",
    "empty": b"",
    "other count": (7, 5, 2),
    "no count": (),
    "without an end": (6, -5, 2),
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_a_part_that_is_none_is_made_anew(part):
    """Damaged, of another array: the result is as if it was not there."""
    run("o.npy")
    expected = Path("o.npy").read_bytes()
    Path("o.npy").unlink()
    with open("o.npy.part", "wb") as file:
        if isinstance(part, tuple):
            words = {"descr": "<f8", "fortran_order": False, "shape": part}
            np.lib.format.write_array_header_1_0(file, words)
            file.write(bytes(1000))
        else:
            file.write(part)
    assert run("o.npy", resume=True).done == 6
    assert Path("o.npy").read_bytes() == expected
    assert not Path("o.npy.part").exists()


@pytest.mark.parametrize("resume", [False, True])
def test_a_part_that_no_manifest_knows_is_not_touched(resume):
    """It is somebody's: nothing is left beside it."""
    Path("o.npy.part").write_text("mine")
    with pytest.raises(FileError, match=r"o.npy.part is there, without a manifest"):
        run("o.npy", resume=resume)
    assert Path("o.npy.part").read_text() == "mine"
    assert [*map(str, Path().glob("o.npy*"))] == ["o.npy.part"]


def test_an_interrupted_array_is_not_begun_anew():
    """Without ``--resume`` its rows and manifest stay, whatever the other run is of."""

    def interrupted(blocks, total):
        yield next(blocks)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("o.npy", followed=interrupted)
    with pytest.raises(FileError, match="part is there: --resume goes on with an earlier run"):
        run("o.npy", show=["z"])
    assert run("o.npy", resume=True).before == 2


@pytest.mark.parametrize("to", ["x/s1.csv", "./x/s1.csv", "linked.csv"])
def test_no_input_is_overwritten(to):
    """By whichever name it goes."""
    Path("linked.csv").hardlink_to("x/s1.csv")
    before = Path("x/s1.csv").read_bytes()
    with pytest.raises(FileError, match="this file is being read; write to another one"):
        run(to, x=["x/s0.csv", "x/s1.csv"])
    assert Path("x/s1.csv").read_bytes() == before


def test_no_array_is_overwritten_by_its_results(cli):
    """Also where it is resumed."""
    np.save("big.npy", X)
    done = cli("m.json", "-x", "big.npy", "-o", "big.npy", "--resume")
    said = "Error: -o big.npy: this file is being read; write to another one\n"
    assert (done.code, done.err) == (2, said)
    assert np.load("big.npy").tobytes() == X.tobytes()
    assert [*map(str, Path().glob("big.npy*"))] == ["big.npy"]


@pytest.mark.parametrize("fault", ["byte", "cut", "no manifest"])
def test_a_finished_array_with_a_fault_is_mended(fault):
    """A block that is not what it was is computed, and nothing else is left."""
    run("o.npy")
    expected = Path("o.npy").read_bytes()
    if fault == "no manifest":
        Path("o.npy.manifest.ndjson").unlink()
    else:
        changed = expected[:-3] + (b"" if fault == "cut" else b"xyz")
        Path("o.npy").write_bytes(changed)
    report = run("o.npy", resume=True)
    assert (report.before, report.done) == ((0, 6) if fault == "no manifest" else (4, 2))
    assert Path("o.npy").read_bytes() == expected
    assert run("o.npy", resume=True).before == 6
    assert sorted(map(str, Path().glob("o.npy*"))) == ["o.npy", "o.npy.manifest.ndjson"]


@pytest.mark.parametrize("resume", [False, True])
def test_one_of_another_length_costs_no_finished_rows(resume):
    """It is named; mended, it is computed, and those that were not tried."""
    run("whole.npy")
    if resume:
        Path("x/s4.csv").write_text("oops")
        assert [*run("o.npy").failed] == [4]
    np.savetxt("x/s4.csv", X[4][:3], delimiter=",")
    with pytest.raises(FileError, match=r"s4.csv has shape \(3, 2\).*: mended, --resume goes on;"):
        run("o.npy", resume=resume)
    np.savetxt("x/s4.csv", X[4], delimiter=",")
    assert run("o.npy", resume=True).before == (5 if resume else 4)
    assert bytes_of("o.npy")["o.npy"] == bytes_of("whole.npy")["whole.npy"]


def test_inputs_of_the_same_names_in_another_folder_are_others(monkeypatch):
    """The same by other paths are the same, of an array, too."""
    shutil.copytree("x", "y")
    np.save("big.npy", X)
    run("o/")
    run("big/", x="big.npy")
    with pytest.raises(FileError, match="another list of inputs"):
        run("o/", x="y/*.csv", resume=True)
    assert run("o/", x=f"{os.getcwd()}/x/*.csv", resume=True).before == 6
    monkeypatch.chdir("y")
    assert run("../o/", x="../x/*.csv", resume=True).before == 6
    assert run("../big/", x="../big.npy", resume=True).before == 6


def test_what_a_pattern_matches_is_not_left_out():
    """A link that leads nowhere and a folder of that name fail by name; a pipe is refused."""
    Path("x/s6.csv").symlink_to("gone")
    Path("x/s7.csv").mkdir()
    Path("x/other").mkdir()
    failed = run("o/", x="x/*").failed
    assert [*failed] == [6, 7]
    assert failed[6].startswith("x/s6.csv: ")
    assert failed[7].startswith("x/s7.csv: ")
    os.mkfifo("x/s8.csv")
    with pytest.raises(FileError, match=r"x/s8.csv: is no regular file"):
        run("p/", x="x/*")


def test_a_part_that_is_whole_gets_its_name():
    """Where a run ended between its last row and that."""
    run("o.npy")
    Path("o.npy").rename("o.npy.part")
    assert run("o.npy", resume=True).before == 6
    assert np.load("o.npy").shape == (6, 5, 2)
    assert not Path("o.npy.part").exists()


def test_the_checksum_of_rows_is_that_of_their_head_and_bytes():
    """One for the rows of a block that follow each other; read a part at a time, it is what was
    noted."""
    Path("x/s3.csv").write_text("oops")
    run("o.npy")
    np.savetxt("x/s3.csv", X[3], delimiter=",")
    run("o.npy", resume=True)
    rows = np.load("o.npy")
    lines = Path("o.npy.manifest.ndjson").read_text().splitlines()[1:]
    noted = {n: one for line in lines for n, one in json.loads(line)["sha256"].items()}
    assert [*noted] == ["0-1", "2", "4-5", "3"]
    assert noted["4-5"] == hashlib.sha256(b"<f8(2, 5, 2)" + rows[4:6].tobytes()).hexdigest()


def test_however_many_lines_name_the_same_rows_they_are_looked_for_four_times():
    """What is beyond all sequences, or turned round, counts for nothing."""
    manifest, looked = Manifest(Path("m"), {"sequences": 6}), []
    manifest.noted = {range(3, 2): "", range(5, 10**12): ""}
    manifest.noted |= {range(a, b): str(b) for a in range(6) for b in range(a + 1, 7)}

    def digest(span):
        looked.append(span)
        return "3"

    there = manifest.there(digest)
    assert [number for number in range(6) if number in there] == [0, 1, 2]
    assert (len(there), sum(map(len, looked))) == (3, 4 * 6)


def test_files_of_one_name_keep_their_folders():
    """Those that differ, below the folder that all have in common; resumed as any other."""
    names = ["x/a/s.csv", "x/b/c/s.csv", "x/s.csv", "x/b/t.csv"]
    for number, name in enumerate(names):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(name, X[number], delimiter=",")

    def one_block(blocks, total):
        yield next(blocks)

    run("o/", names, followed=one_block)
    assert sorted(bytes_of("o")) == ["o/a/s.csv", "o/b/c/s.csv"]
    assert run("o/", names, resume=True).before == 2
    assert sorted(bytes_of("o")) == [f"o/{name[2:]}" for name in sorted(names)]
    assert Path("o/b/t.csv").read_bytes() != Path("o/s.csv").read_bytes()


def test_folders_of_results_lead_nowhere_else():
    """Those of an earlier run that became links are refused; the same name twice is, too."""
    for name in ("x/a/s.csv", "x/b/s.csv"):
        Path(name).parent.mkdir()
        np.savetxt(name, X[0], delimiter=",")
    Path("x/b/s.tsv").write_text("1\t2\n")
    run("o/", "x/*/s.csv")
    Path("o/a").rename("elsewhere")
    Path("o/a").symlink_to(Path("elsewhere").resolve())
    with pytest.raises(FileError, match=r"o/a: is a link: remove it"):
        run("o/", "x/*/s.csv", resume=True)
    both = r"the results of x/b/s.csv and x/b/s.tsv would both be s.csv: -o FILE.zarr, and lines"
    with pytest.raises(RnncalcError, match=both):
        run("p/", ["x/b/s.csv", "x/b/s.tsv"])


def test_the_name_of_the_manifest_is_no_result():
    """An input of that name is refused."""
    Path("x/.rnncalc-manifest.csv").write_text("1,2\n")
    with pytest.raises(RnncalcError, match="which is the manifest's"):
        run("o/", ["x/s1.csv", "x/.rnncalc-manifest.csv"], format="ndjson")
    assert not Path("o").exists()


def test_a_name_without_a_place_fails_alone(cli):
    """It is named; the others are done, and of a --resume that would fail again nothing is said."""
    name = "é" * 125 + ".csv"
    Path("x/s1.csv").rename(f"x/{name}")
    done = cli("m.json", "-x", "x/*.csv", "-o", "o/", "-f", "csv-wide")
    assert done.code == 0
    os.rename(f"x/{name}", f"x/{'n' * 251}.csv")
    done = cli("m.json", "-x", "x/*.csv", "-o", "p/", "-f", "ndjson")
    assert done.code == 2
    assert "1 of 6 sequences could not be computed" in done.err
    assert "at most 255 have a place: give it a shorter name, or -o FILE.zarr" in done.err
    assert "--resume" not in done.err
    assert len([*Path("p").glob("*.ndjson")]) >= 5


@pytest.mark.parametrize("to", ["o/", "o.npy", "o.csv"])
def test_no_sequences_are_no_success(to, cli):
    """An array of none is refused, and nothing is left."""
    none = np.zeros((0, 5, 2))
    np.save("none.npy", none)
    with h5py.File("none.h5", "w") as file:
        file["x"] = none
    for word in ("none.npy", "none.h5:x"):
        done = cli("m.json", "-x", word, "-o", to)
        assert done.code == 2
        assert "is empty: shape (0, 5, 2)" in done.err or "holds no sequences" in done.err
    with pytest.raises(FileError, match="holds no sequences"):
        run(to, none)
    assert not Path(to).exists()
