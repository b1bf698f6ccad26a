"""Remedies work: what check tells to type, or to write, is done, and the numbers agree."""

from __future__ import annotations

import json
import re
import shlex
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from conftest import sampled
from drawn_checks import Network, drawn

from rnncalc import convert
from rnncalc.numbers.digits import whole

CLAUSE = re.compile(r" and (?=add |leave |in \S+ write |there write |rnncalc |write )")
KEY = re.compile(r" and (?=[\w.\[\]]+: )")


def typed(array: np.ndarray) -> str:
    """An array as an argument."""
    return "; ".join(",".join(map(whole, row)) for row in np.atleast_2d(array))


class Command:
    """A check that somebody types, and what becomes of it."""

    def __init__(self, cli: Any, words: list[str], folder: Path) -> None:
        self.cli, self.words, self.folder = cli, words, folder

    def run(self) -> Any:
        """Its screen."""
        return self.cli("check", *self.words, "--json")

    def follow(self, remedy: str) -> None:
        """Do what a remedy says."""
        for clause in CLAUSE.split(remedy):
            verb, _, rest = clause.partition(" ")
            {"add": self.add, "leave": self.leave, "in": self.edit, "there": self.there,
             "rnncalc": self.convert}[verb](rest)  # fmt: skip

    def add(self, rest: str) -> None:
        """Options behind what is there."""
        self.words += shlex.split(rest)

    def leave(self, rest: str) -> None:
        """An option with its value is taken away."""
        flag = rest.removesuffix(" out")
        at = self.words.index(flag)
        del self.words[at : at + 2]

    def convert(self, rest: str) -> None:
        """Another file takes the model's place."""
        words = shlex.split(rest)
        for word in words[1 : words.index("-o") - 1]:
            self.words.remove(word)
        screen = self.cli(*words)
        assert screen.code == 0, screen.err
        self.words[0] = words[words.index("-o") + 1]

    def there(self, rest: str) -> None:
        """A key of the file that was made."""
        self.edit(f"{self.words[0]} {rest}")

    def edit(self, rest: str) -> None:
        """Keys of a config are given other values."""
        file, _, said = rest.partition(" write ")
        config = yaml.safe_load(Path(file).read_text())
        for one in KEY.split(said):
            path, _, value = one.partition(": ")
            *way, key = [int(part) if part.isdigit() else part
                         for part in re.findall(r"\w+", path)]  # fmt: skip
            block = config
            for part in way:
                block = block[part] if not isinstance(block, dict) else block.setdefault(part, {})
            block[key] = yaml.safe_load(value)
        Path(file).write_text(yaml.safe_dump(config))


def as_flags(network: Network, folder: Path) -> list[str]:
    """Of a simple network without a direction."""
    if network.cell != "rnn" or "direction" in network.options:
        pytest.skip("flags are for simple networks")
    flags = {"W_x": "--wx", "W_h": "--wh", "bias": "--bias", "bias_h": "--bias-h"}
    words = []
    for name, array in network.weights.items():
        words += [flags[name], typed(array)]
    for name in ("h0", "activation"):
        if name in network.options:
            given = network.options[name]
            words += [f"--{name}", given if isinstance(given, str) else typed(given)]
    return words


def as_file(suffix: str) -> Any:
    """Of a file of some kind."""

    def words(network: Network, folder: Path) -> list[str]:
        file = folder / f"net{suffix}"
        proof = convert(network.model, file).proof
        return [file.name, *proof.flags]

    return words


WAYS = {
    "flags": as_flags,
    "yaml": as_file(".yaml"),
    "npz": as_file(".npz"),
    "safetensors": as_file(".safetensors"),
    "onnx": as_file(".onnx"),
    "keras": as_file(".weights.h5"),
}


def remedied(cli: Any, folder: Path, way: str, seed: int) -> str:
    """What is told to do, once that was done and the numbers agree; nothing for a sentence."""
    found = drawn(seed, exact=True)
    if found is None or not found.right:
        return ""
    np.save(folder / "theirs.npy", np.float64(found.expected))
    np.save(folder / "x.npy", found.ours.x)
    try:
        words = WAYS[way](found.ours, folder)
    except Exception as error:
        pytest.skip(str(error))
    command = Command(cli, [*words, "-x", "x.npy", "--against", "theirs.npy"], folder)
    screen = command.run()
    if screen.code == 0:  # the file does not hold what is wrong
        return ""
    causes = json.loads(screen.text)["causes"]
    remedy = causes[0]["remedy"].partition("; ")[0] if causes else ""
    if not re.match("add |leave |in |write |rnncalc ", remedy):
        return ""
    command.follow(remedy)
    after = command.run()
    assert after.code == 0, (found.what, remedy, screen.text, after.text, after.err)
    return remedy


@pytest.mark.parametrize("case", sampled(product(WAYS, range(60)), 13), ids=str)
def test_a_remedy_is_something_that_works(case, cli, tmp_path, monkeypatch):
    """Whatever it tells to type, or to write, makes the numbers agree."""
    monkeypatch.chdir(tmp_path)
    remedied(cli, tmp_path, *case)


@pytest.mark.parametrize(
    ("way", "seed", "remedy"),
    [
        ("flags", 4, "add --wh '-0.9,0.4,0.5;-0.8,-0.4,-0.6;-0.1,0.2,-0.9'"),
        ("flags", 5, "add -a tanh"),
        ("flags", 82, "leave --h0 out"),
        ("yaml", 16, "in net.yaml write W_x.o: [[0.12, -0.23], [0.81, 0.74]]"),
        ("yaml", 37, "in net.yaml write recurrent_activation: sigmoid"),
        ("yaml", 86, "in net.yaml write direction: backward"),
        ("npz", 37, "add --assume recurrent_activation=sigmoid"),
        ("safetensors", 34, "rnncalc convert net.safetensors -o fixed.yaml --gates ifog"),
        (
            "onnx",
            37,
            "rnncalc convert net.onnx -o fixed.yaml and there write recurrent_activation:",
        ),
        ("keras", 24, "rnncalc convert net.weights.h5 -o fixed.yaml --gates nzr"),
    ],
)
def test_remedies_of_each_way_in(way, seed, remedy, cli, tmp_path, monkeypatch):
    """What is told depends on how the network was given."""
    monkeypatch.chdir(tmp_path)

    assert remedied(cli, tmp_path, way, seed).startswith(remedy)
