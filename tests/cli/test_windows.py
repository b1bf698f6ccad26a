"""Windows, and file systems that know no capitals, as far as they can be played here.

``helpers/windows.py`` is Python as Windows has it: no fork, no locks of POSIX, no limits; a file
that is open is neither replaced nor removed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import PLAIN, ROOT, SEED, captured, existing, process

from rnncalc import errors, files
from rnncalc.cli import door, parameters
from rnncalc.files import shell
from rnncalc.many import files as sequences
from rnncalc.many import names, sinks
from rnncalc.numbers.keyed import file_and_key
from rnncalc.pictures.terminal import screen

PLAYED = [sys.executable, str(ROOT / "tests" / "helpers" / "windows.py")]
ENV = {**os.environ, **PLAIN, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}

EXAMPLES = ROOT / "rnncalc" / "examples"

COMMANDS = """\
-x 1,2,3 --wx .5 --wh 1
example gru
lstm.yaml
lstm.yaml --json
lstm.yaml -o a.npz
lstm.yaml -o a.npz
lstm.yaml -o a.csv
lstm.yaml -o a.csv
explain lstm.yaml --step 2
check lstm.yaml --against a.csv
inspect forecast.keras
forecast.keras -x 1,2,3 --last -q
convert lstm.yaml -o l.npz
convert l.npz -o l.weights.h5
convert l.weights.h5 -o l.npz
convert l.npz -o l.npz
l.npz -x 1,2,3 --last -q
plot lstm.yaml
plot lstm.yaml -o page.html
exercise lstm -o sheet.md --solution solution.md
completion powershell
data
lstm.yaml -o .
lstm.yaml -x data/*.csv -o out/
lstm.yaml -x data/*.csv -o out/ --resume
lstm.yaml -x data/*.csv -o out.npy
lstm.yaml -x data/*.csv -f ndjson --show h
lstm.yaml -x wrong/*.csv -o some.npy
lstm.yaml -x wrong/*.csv -o some.npy --resume
"""
"""A command a line."""


def played(*commands: str, closed: bool = False) -> list[tuple[int, str, str]]:
    """What commands give on Windows, all in one process."""
    given = [{"words": one.split(), "closed": closed} for one in commands]
    done = subprocess.run(PLAYED, input=json.dumps(given).encode(), env=ENV, capture_output=True,
                          timeout=120, check=True)  # fmt: skip
    return [tuple(one) for one in json.loads(done.stdout)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two folders of the same files; the working folder is the first."""
    for here in ("ours", "theirs"):
        for name in ("data", "wrong"):
            (tmp_path / here / name).mkdir(parents=True)
            for i in (1, 2, 3):
                (tmp_path / here / name / f"{i}.csv").write_text(f"1\r\n{i}\r\n", newline="")
        (tmp_path / here / "wrong" / "3.csv").write_text("1\nx\n")
        (tmp_path / here / "lstm.yaml").write_bytes((EXAMPLES / "lstm.yaml").read_bytes())
        (tmp_path / here / "forecast.keras").symlink_to(ROOT / "docs/models/forecast.keras")
    for name in ("NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path / "theirs")
    return tmp_path


def ours(words: str) -> tuple[int, str, str]:
    screen = captured(*words.split())
    return screen.code, screen.out.decode("latin-1"), screen.err


def without_quotes(screen: tuple[int, str, str]) -> tuple[int, str, str]:
    """Those of the shells differ."""
    code, out, err = screen
    return code, *(text.replace('"', "'") for text in (out, err))


def contents(folder: Path) -> dict[str, bytes]:
    """Of all files; manifests know their inputs by whole paths, which are others there."""
    return {
        str(path.relative_to(folder)): re.sub(rb'"inputs":"\w+"', b"", path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_command_runs_on_windows(folder, monkeypatch):
    """They print what they print here, and the files that they write are these, to the bit."""
    commands = COMMANDS.splitlines()
    theirs = played(*commands)
    monkeypatch.chdir(folder / "ours")
    here = [ours(words) for words in commands]

    for words, one, other in zip(commands, theirs, here, strict=True):
        assert without_quotes(one) == without_quotes(other), words
    assert contents(folder / "theirs") == contents(folder / "ours")
    assert {code for code, _, _ in here} == {0, 2}


def test_a_result_goes_on_where_open_files_cannot_be_moved(folder):
    """Of a .npy with a damaged row those that were written with it are computed again."""
    words = "lstm.yaml -x wrong/*.csv -o out.npy"
    said = "Sequences there already: 2; computed now: 1.\n"
    assert played(words)[0][0] == 2
    Path("wrong/3.csv").write_text("1\n3\n")
    assert played(f"{words} --resume") == [(0, "", said)]
    whole = Path("out.npy").read_bytes()
    Path("out.npy").write_bytes(whole[:-8] + bytes(8))

    assert played(f"{words} --resume") == [(0, "", said)]
    assert Path("out.npy").read_bytes() == whole


def test_a_closed_pipe_is_quiet(folder):
    """Also where it is an invalid argument."""
    commands = ["lstm.yaml", "lstm.yaml --json", "--help"]

    assert played(*commands, closed=True) == [(141, "", "")] * len(commands)


def test_a_signal_leaves_no_file_that_is_open(folder):
    """What is in the making is closed before it is removed."""
    words = ["-x", "1", *SEED, "--mode", "one-to-many", "--feedback", "x", "--timesteps"]
    with subprocess.Popen([*PLAYED, *words, "99999999", "-o", "o.ndjson"], env=ENV) as child:
        while not any(part.stat().st_size for part in Path().glob(".o.ndjson*.part")):
            assert child.poll() is None  # what has lines in it is known to be in the making
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == 130

    assert [*Path().glob("*o.ndjson*")] == []


@pytest.mark.parametrize(
    "encoding",
    ["cp949", *(pytest.param(one, marks=pytest.mark.slow) for one in ("cp1252", "ascii"))],
)
def test_code_pages_have_no_letter_and_lose_none(encoding, folder):
    """What they lack is drawn in ASCII, or told by its number: nothing fails, no ? is printed."""
    Path("named.yaml").write_text('{name: "\uce35\u00e9", W_x: 0.5, W_h: 1, x: [1, 2]}', "utf-8")
    graph = str(EXAMPLES / "attention.yaml")
    commands = [
        *(f"{one} named.yaml" for one in ("explain", "inspect", "plot")),
        *(f"plot lstm.yaml --kind {one}" for one in ("unrolled", "cell", "heatmap", "gates")),
        *("explain --help", f"inspect {graph}"),
        "convert named.yaml -o \uce35.npz",
    ]
    for words in commands:
        here, there = captured(*words.split()), captured(*words.split(), encoding=encoding)
        shown = there.out.decode("utf-8" if encoding == "ascii" else encoding)  # Click's own way
        assert (there.code, there.err) == (here.code, here.err), words
        assert shown.count("?") == here.text.count("?"), words
        assert {*re.findall(r"\\u\w{4}", shown)} <= {"\\uce35"}, words


def test_a_name_in_hangul_has_a_place_where_names_are_ascii(folder):
    """LC_ALL=C without UTF-8: what is in the making has another name of its own."""
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = process("run", "lstm.yaml", "-o", "\uce35.csv", **plain)

    assert (done.returncode, done.stderr) == (0, b"")
    assert "\uce35.csv" in os.listdir()


def test_letters_of_pictures_are_known():
    """A terminal is asked for all of them."""
    sources = existing("rnncalc/pictures/terminal/*.py")
    drawn = {one for path in sources for one in re.findall(r"\\u\w{4}", path.read_text())}

    assert drawn == {f"\\u{ord(letter):04x}" for letter in screen.LETTERS}


def test_a_folder_and_a_file_in_use_are_called_that(tmp_path, monkeypatch):
    """Windows says of both that access is denied."""
    monkeypatch.setattr(files, "WINDOWS", True)
    denied = PermissionError(13, "Access is denied", str(tmp_path))
    used = PermissionError(13, "Access is denied", str(tmp_path / "a.csv"))

    assert files.reason(denied) == "is a folder, not a file"
    assert files.reason(used) == "Access is denied: has another program it open?"


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("C:\\nets\\a.yaml", "C:\\nets\\a.yaml"),
        ("1,2", '"1,2"'),
        ("d/*.csv", '"d/*.csv"'),
        ("@w.csv", '"@w.csv"'),
        ("my nets", '"my nets"'),
        ('[{"a": 1}]', '"[{\\"a\\": 1}]"'),
        ("", '""'),
    ],
)
def test_words_are_quoted_as_windows_takes_them(word, shown, monkeypatch):
    """By double quotes, which cmd.exe knows, too."""
    monkeypatch.setattr(shell, "WINDOWS", True)
    assert shell.word(word) == shown
    monkeypatch.setattr(shell, "WINDOWS", False)
    assert shell.line(["a", word]).startswith("a ")


@pytest.mark.parametrize(
    ("word", "file", "key"),
    [
        ("C:\\d\\x.npz:W_x", "C:\\d\\x.npz", "W_x"),
        ("C:\\d\\big.h5:train/x", "C:\\d\\big.h5", "train/x"),
        ("\\host\\share\\w.json:a.b", "\\host\\share\\w.json", "a.b"),
        ("C:\\d\\x.csv", "C:\\d\\x.csv", None),
        ("C:x.npz", "C:x.npz", None),
        ("C:\\a.npz\\x.csv", "C:\\a.npz\\x.csv", None),
    ],
)
def test_a_drive_is_no_key(word, file, key):
    """The colon behind it is another one."""
    assert file_and_key(word) == (file, key)


def test_a_pattern_with_backslashes_is_one(monkeypatch):
    """Be there such files or not; cmd.exe leaves it as it is."""
    assert not sequences.are_sequences("none\\*")
    monkeypatch.setattr(os, "sep", "\\")
    assert sequences.are_sequences("none\\*")
    assert sequences.place("C:\\d\\a.zarr\\") == ("C:\\d\\a.zarr", None)


@pytest.mark.parametrize(("one", "other"), [("A.csv", "b/a.csv"), ("\u00e9.csv", "b/e\u0301.csv")])
def test_results_that_one_file_would_be_are_refused(one, other, tmp_path):
    """Where a folder takes A.csv and a.csv for one name, or two ways to write a letter."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / names.MANIFEST.upper()).touch()  # as if it was the manifest
    with pytest.raises(errors.RnncalcError, match="as capitals make no other name there"):
        sinks.Folder(folder, [one, other], [one, Path(other).name], {"sequences": 2})

    kept = sinks.Folder(tmp_path / "other", [one, other], [one, Path(other).name], {"sequences": 2})
    kept.close(whole=False)
    assert kept.names[0] == one


def test_a_key_that_windows_has_no_name_for_is_refused(tmp_path, monkeypatch):
    """Behind a colon a hidden stream of the file would be written; Hangul letters count once."""
    labels = ["a.npz:x:0", "a.npz:y:0", "a.npz:z", "한" * 200 + ".csv"]
    called = names.names_of(labels, ".csv")
    here = sinks.Folder(tmp_path / "here", labels, called, {"sequences": 4})
    assert [*here.refused] == [3]
    monkeypatch.setattr(names, "WINDOWS", True)
    there = sinks.Folder(tmp_path / "there", labels, called, {"sequences": 4})

    for sink in (here, there):
        sink.close(whole=False)
    assert called[:3] == ["a.x:0.csv", "a.y:0.csv", "a.z.csv"]
    assert [*there.refused] == [0, 1]
    assert "Windows has no file a.x:0.csv" in there.refused[0]


def test_shells_of_windows_are_named_there(monkeypatch):
    """PowerShell splits 1,2,3; the remedy is one that cmd.exe takes, too."""
    monkeypatch.setattr(parameters, "WINDOWS", True)
    monkeypatch.setattr(door, "WINDOWS", True)

    screen = captured("-x", "1", "2", "3", *SEED)
    assert 'PowerShell splits 1,2,3 into words: write "1,2,3"' in screen.err
