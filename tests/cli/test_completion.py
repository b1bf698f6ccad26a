"""Completion: what is proposed, and that bash, zsh and fish make of it what people type."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import PLAIN, ROOT
from shells import ALL, BARE, Terminal
from two_way_head import state_dict

EXAMPLE = (ROOT / "rnncalc" / "examples" / "bilstm.yaml").read_text()
SCRIPTS = {
    shell: ROOT / "rnncalc" / "completions" / f"rnncalc.{shell}" for shell in (*BARE, "fish")
}


STATE = {"weight_ih_l0": (2, 1), "weight_hh_l0": (2, 2), "bias_ih_l0": (2,), "bias_hh_l0": (2,)}
"""What PyTorch calls the weights of a simple layer."""


@pytest.fixture
def proposed(cli, monkeypatch):
    """The values that are proposed for a line, ``file,`` with what stands in front of files."""

    def values(line: str) -> list[str]:
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("_RNNCALC_COMPLETE", "fish_complete")
        screen = cli()
        assert (screen.code, screen.err) == (0, "")
        found = [row.partition("\t")[0] for row in screen.text.splitlines()]
        return [value.removeprefix("plain,") for value in found]

    return values


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with files whose names begin alike, and a command ``rnncalc``."""
    (tmp_path / "model.yaml").write_text(EXAMPLE)
    (tmp_path / "export.yaml").write_text(EXAMPLE)
    (tmp_path / "my data.csv").write_text("1\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "deep.npy").write_bytes(b"")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "rnncalc"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m rnncalc "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("rnncalc exa", ["example", "file,"]),
        ("rnncalc inspect ", ["file,"]),
        ("rnncalc -x ", ["file,"]),
        ("rnncalc -o ", ["file,"]),
        ("rnncalc --wx @w", ["file,@"]),
        ("rnncalc --wx ", []),
        ("rnncalc --output=r", ["file,--output="]),
        ("rnncalc --summ", ["--summary"]),
        ("rnncalc -a hard_ta", ["hard_tanh"]),
        ("rnncalc -a leaky_relu:", ["leaky_relu:alpha="]),
        ("rnncalc --mode=one", ["--mode=one-to-many"]),
        ("rnncalc --show x,", [f"x,{name}" for name in
                               ("x_term", "h_term", "bias", "bias_h", "a", "h", "y", "final.h",
                                "final.c", "all")]),
        ("rnncalc model.yaml --show 'x,o", ["x,o"]),
        ("rnncalc model.yaml --of ", ["encoder", "encoder.forward", "encoder.backward"]),
        ("rnncalc model.yaml --layers enc", ["encoder"]),
        ("rnncalc inspect model.yaml --weights encoder.backward.bias.",
         [f"encoder.backward.bias.{gate}" for gate in "ifgo"]),
        ("rnncalc check model.yaml --against t", ["torch", "file,"]),
        ("rnncalc state.npz --assume ", ["rnn.activation="]),
        ("rnncalc state.npz --assume rnn.activation=hard_ta", ["rnn.activation=hard_tanh"]),
        ("rnncalc state.npz --assume mode=many-to-", ["mode=many-to-many", "mode=many-to-one"]),
        ("rnncalc head.npz --assume lstm.", ["lstm.return_sequences=", "lstm.pooling="]),
        ("rnncalc head.npz --assume lstm.pooling=", ["lstm.pooling=average", "lstm.pooling=max"]),
        ("rnncalc head.npz --assume lstm.return_sequences=f", ["lstm.return_sequences=false"]),
        ("rnncalc model.pt --of ", []),  # it cannot be read
        ("rnncalc nothing.yaml --of ", []),
        ("rnncalc completion z", ["zsh"]),
        ("rnncalc help ru", ["run"]),
        ("rnncalc example lst", ["lstm"]),
        ("rnncalc -f ts", ["tsv"]),
    ],
)  # fmt: skip
def test_what_is_proposed(folder, proposed, line, expected):
    """Files, options, activations, quantities, and what the file that was named holds."""
    arrays = {name: np.ones(shape) for name, shape in STATE.items()}
    np.savez(folder / "state.npz", **arrays)
    np.savez(folder / "head.npz", **state_dict())
    (folder / "model.pt").write_bytes(b"PK\3\4 and no more")

    assert proposed(line) == expected


def test_a_name_from_a_file_is_no_command(folder, proposed):
    """What a shell would run or split is not proposed."""
    names = ["good", "$(touch bad)", "`id`", "a b", "x;y", "a,b'"]
    layers = "\n".join(f'  - {{name: "{name}", W_x: 1, W_h: 1}}' for name in names)
    (folder / "names.yaml").write_text(f"layers:\n{layers}\nx: 1\n")

    assert proposed("rnncalc names.yaml --layers ") == ["good"]


def test_every_shell_has_a_script(cli):
    """Which asks the program itself."""
    for shell in ("bash", "zsh", "fish", "powershell"):
        assert "_RNNCALC_COMPLETE" in cli("completion", shell).text


LINES = [
    ("rnncalc mod", ["model.yaml"]),  # run is implied
    ("rnncalc inspect my", ["inspect", "my data.csv"]),
    ("rnncalc inspect 'my", ["inspect", "my data.csv"]),
    ("rnncalc inspect sub/", ["inspect", "sub/deep.npy"]),
    ("rnncalc inspect ~/mod", ["inspect", "~/model.yaml"]),
    ("rnncalc model.yaml -x my", ["model.yaml", "-x", "my data.csv"]),
    ("rnncalc --wx @mod", ["--wx", "@model.yaml"]),
    ("rnncalc run --output=mod", ["run", "--output=model.yaml"]),
    ("rnncalc check --against mod", ["check", "--against", "model.yaml"]),
    ("rnncalc -a leak", ["-a", "leaky_relu"]),
    ("rnncalc -a leaky_relu:", ["-a", "leaky_relu:alpha="]),
    ("rnncalc run model.yaml --of encoder.b", ["run", "model.yaml", "--of", "encoder.backward"]),
    ("rnncalc model.yaml --show c,x_", ["model.yaml", "--show", "c,x_term"]),
    ("rnncalc expor", ["export.yaml"]),
    ("FOO=1 rnncalc --summ", ["--summary"]),
]
"""What is typed, and the words after TAB."""


@pytest.mark.parametrize("shell", BARE)
def test_tab(folder, shell):
    """In a bare shell, files included: as they would be completed without the script."""
    terminal = opened(shell, folder)
    try:
        for line, expected in LINES:
            words = [word.replace("~", str(folder)) for word in expected]
            assert terminal.words(line) == ["rnncalc", *words], line
    finally:
        terminal.close()


def test_bash_lists_commands_and_files(folder):
    """Where both may follow."""
    terminal = opened("bash", folder)
    try:
        words = terminal.words("rnncalc exp", ALL)
        assert words == ["rnncalc", "explain", "export.yaml"]
        typed = "seq 5 | rnncalc -x - -a softsi\t\x01#\x05\necho E''ND\n"
        assert "softsign " in terminal.typed(typed)
    finally:
        terminal.close()


def test_zsh_shows_descriptions(folder):
    """Whole, with their colons and commas."""
    terminal = opened("zsh", folder)
    try:
        screen = terminal.typed("rnncalc -a hard_sigmoid\t\t", "old  -- clip(0.2 a")
        assert "hard_sigmoid      -- clip(a / 6 + 0.5, 0, 1)" in screen
    finally:
        terminal.close()


def test_zsh_reads_it_from_fpath(folder):
    """As a file ``_rnncalc`` that compinit finds."""
    (folder / "functions").mkdir()
    shutil.copy(SCRIPTS["zsh"], folder / "functions" / "_rnncalc")
    script = "fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -i -D\n"
    terminal = opened("zsh", folder, script)
    try:
        assert terminal.words("rnncalc mod") == ["rnncalc", "model.yaml"]
    finally:
        terminal.close()


def opened(shell: str, folder: Path, script: str = "") -> Terminal:
    """A bare shell that has read the script."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    text = script or SCRIPTS[shell].read_text()
    return Terminal(shell, text, folder, f"{folder / 'bin'}:{os.environ['PATH']}")


def test_fish(folder):
    """Files, and descriptions whole, with their commas."""
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    asked = [line for line, _ in LINES] + ["rnncalc -a hard_sigmoid_", "rnncalc exp"]
    quoted = "; ".join(f'complete -C "{line}"; echo ===' for line in asked)
    env = {**os.environ, **PLAIN, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    env["PATH"] = f"{folder / 'bin'}:{env['PATH']}"
    command = ["fish", "--no-config", "-c", f"source {SCRIPTS['fish']}; {quoted}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=env)
    *rows, described, listed, _ = [part.strip().split("\n") for part in done.stdout.split("===\n")]

    assert done.stderr == ""
    for (line, expected), (row, *others) in zip(LINES, rows, strict=True):
        assert (row.split("\t")[0], others) == (expected[-1], []), line
    assert described == ["hard_sigmoid_old\tclip(0.2 a + 0.5, 0, 1)"]
    assert listed == ["explain\tPrint the arithmetic of a step, with the numbers in it.",
                      "export.yaml"]  # fmt: skip
