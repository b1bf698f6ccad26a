"""Where ``convert`` writes: never over what it reads, whole or not at all, under any name."""

from __future__ import annotations

import json
import os
import re
import shlex

import pytest

import rnncalc
from rnncalc.converting import convert
from rnncalc.converting.scripts import write

TARGETS = ("yaml", "json", "npz", "safetensors", "weights.h5", "onnx", "py")
NAMES = (
    "two words",
    'quo"te',
    "quo'te",
    "back\\slash\\n",
    "ünï",
    "-dash",
    "a.b",
    "$HOME",
    "%s",
    "x" * 200,
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a network that makes a script write numbers beside it."""
    monkeypatch.chdir(tmp_path)
    rows = [[i / 7 + j / 11 for j in range(12)] for i in range(12)]
    (tmp_path / "net.json").write_text(json.dumps({"W_x": rows, "W_h": rows}))
    return tmp_path


def words(out: str) -> list[str]:
    """The command line for a target."""
    return [
        "convert",
        "net.json",
        "-o",
        out,
        *(["--script", "torch"] if out.endswith(".py") else []),
    ]


def listed(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_is_not_written_over_itself(folder, cli):
    """Neither by its name nor by another one: a link of either kind, a way around."""
    before = (folder / "net.json").read_bytes()
    (folder / "soft.json").symlink_to("net.json")
    os.link(folder / "net.json", folder / "hard.json")
    for out in ("net.json", "soft.json", "hard.json", f"../{folder.name}/net.json"):
        done = cli(*words(out))

        assert (done.code, done.out) == (2, b"")
        assert "this file is being read; write to another one" in done.err
    assert (folder / "net.json").read_bytes() == before


def test_the_numbers_of_a_script_are_not_written_over_what_is_read(folder, cli):
    """net.py.npz as a model, net.py as the script of it."""
    cli(*words("net.npz"))
    (folder / "net.npz").rename(folder / "net.py.npz")
    done = cli("convert", "net.py.npz", "-o", "net.py", "--script", "torch")

    assert done.code == 2
    assert "-o net.py.npz: this file is being read" in done.err
    assert listed(folder) == {"net.json", "net.py.npz"}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("suffix", TARGETS)
def test_a_full_disk_is_an_error(suffix, folder, cli):
    """One line, exit code 2, nothing left but the link."""
    (folder / f"full.{suffix}").symlink_to("/dev/full")
    done = cli(*words(f"full.{suffix}"))

    assert (done.code, done.out) == (2, b"")
    assert done.err == f"Error: -o full.{suffix}: No space left on device\n"
    assert listed(folder) == {"net.json", f"full.{suffix}"}


def test_a_script_and_its_numbers_are_written_both_or_not_at_all(folder, cli):
    """Where one of the two cannot be written, the other one is as it was."""
    for blocked, other in (("net.py", "net.py.npz"), ("net.py.npz", "net.py")):
        (folder / blocked).mkdir()
        (folder / other).write_bytes(b"before")
        done = cli(*words("net.py"))

        assert done.code == 2
        assert f"-o {blocked}: is a folder" in done.err
        assert (folder / other).read_bytes() == b"before"
        (folder / blocked).rmdir()
        (folder / other).unlink()


@pytest.mark.parametrize("out", ["no/such/net.npz", "net.json/net.npz", "folder.npz", ""])
def test_where_nothing_can_be_written(out, folder, cli):
    """A missing folder, a file in its place, a folder in the file's place, no name."""
    (folder / "folder.npz").mkdir()
    done = cli(*words(out))

    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith("Error: -")
    assert listed(folder) == {"net.json", "folder.npz"}


@pytest.mark.parametrize("name", NAMES)
def test_any_name(name, folder, cli):
    """The file is there and is read; the command that is printed, where one is, can be typed."""
    net = json.loads((folder / "net.json").read_text())
    (folder / "net.json").write_text(json.dumps(net | {"activation": "relu"}))
    typed = 0
    for suffix in TARGETS[:-1]:
        out = f"{name}.{suffix}"
        done = cli(*words(out))

        assert done.code == 0, done.err
        assert rnncalc.load(folder / out).layers[0].units == 12
        for line in done.text.splitlines():
            if line.startswith("To read it: rnncalc ") and len(name) < 100:
                told = shlex.split(line.removeprefix("To read it: rnncalc "))
                assert cli(*told, "-x", str([[0] * 12] * 2)).code == 0, line
                typed += 1

    assert typed or len(name) >= 100


@pytest.mark.parametrize("name", [*NAMES, "new\nline", "esc\x1b[31m"])
def test_a_script_of_any_name(name, folder, cli):
    """Its name is no code."""
    done = cli(*words(f"{name}.py"))

    assert done.code == 0
    assert "\x1b" not in done.text
    compile((folder / f"{name}.py").read_text(), "script", "exec")
    assert (folder / f"{name}.py.npz").exists()


@pytest.mark.parametrize("name", ["class", "None", "eval", "type", "state_dict", "1", "a b", "ü"])
def test_a_layer_of_any_name_in_a_script(name, folder):
    """Words of Python and of nn.Module are no names of layers there."""
    layer = rnncalc.Layer({"W_x": 0.5, "W_h": 1.0}, name=name)
    write(rnncalc.Model((layer,)), folder / "net.py", "torch")
    text = (folder / "net.py").read_text()
    compile(text, "script", "exec")

    assert re.search(r"self\.(layer_\w*|a_b) = nn\.RNN", text)


def test_a_layer_called_output_has_no_arrays_by_dots(folder):
    """output.W_x would be the output layer's: refused by name; PyTorch's names are others."""
    layer = rnncalc.Layer({"W_x": 0.5, "W_h": 1.0}, name="output")
    with pytest.raises(rnncalc.RnncalcError, match="output: a layer of this name: in a file of"):
        convert(rnncalc.Model((layer,)), folder / "net.npz")

    assert convert(rnncalc.Model((layer,)), folder / "net.npz", to="torch").proof.difference == 0
