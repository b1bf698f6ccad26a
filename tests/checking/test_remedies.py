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

import rnncalc
from rnncalc import Layer, Model, check, convert, run
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
        ("onnx", 37, "add --set recurrent_activation=sigmoid"),
        ("onnx", 16, "rnncalc convert net.onnx -o fixed.yaml and there write W_x.o: "),
        ("keras", 24, "rnncalc convert net.weights.h5 -o fixed.yaml --gates nzr"),
    ],
)
def test_remedies_of_each_way_in(way, seed, remedy, cli, tmp_path, monkeypatch):
    """What is told depends on how the network was given."""
    monkeypatch.chdir(tmp_path)

    assert remedied(cli, tmp_path, way, seed).startswith(remedy)


HIDDEN = {"name": "hidden", "W_y": [[1, 0.5], [0.3, -1]], "bias": [0.1, -0.2]}
LAST = {"name": "last", "activation": "sigmoid", "W_y": [[0.7, 0.4]], "bias": 0.3}
TWO = {"layers": [
    {"name": "a", "cell": "rnn", "W_x": [[0.5], [0.1]], "W_h": [[0.1, 0.3], [0.0, 0.2]]},
    {"name": "b", "cell": "rnn", "W_x": [[0.7, -0.3], [0.2, 0.6]], "W_h": [[0.2, 0], [-0.3, 0.4]]},
]}  # fmt: skip
ROW = {**TWO, "output": [HIDDEN, LAST]}
LSTM = {"cell": "lstm", "W_x": {"i": 0.5, "f": -0.3, "g": 0.8, "o": 0.3},
        "W_h": {"i": 0.1, "f": 0.2, "g": -0.4, "o": 0.6}}  # fmt: skip
GRAPH = {"layers": [TWO["layers"][0], {**TWO["layers"][0], "name": "c", "input": "x", "W_h": 0.3,
                                       "W_x": [[0.9]]},
                    {"name": "b", "input": ["a", "c"], "join": "concat", "cell": "gru",
                     "W_x": {"z": [[0.3, 0.1, 0.2]], "r": [[0.4, -0.6, 0.5]], "n": [[0.7, 1, -1]]},
                     "W_h": {"z": 0.5, "r": -0.9, "n": 0.8},
                     "bias_h": {"z": 0.1, "r": 0.2, "n": 0.6}}],
         "output": {**LAST, "W_y": [[0.7]]}}  # fmt: skip
CANDIDATE = ["activation=relu", "state_activation=tanh"]
SETTINGS = [
    (ROW, ".yaml", ["hidden.activation=relu"], "add --set hidden.activation=relu"),
    (ROW, ".yaml", ["last.bias=0.5"], "add --set last.bias=0.5"),
    (ROW, ".onnx", ["hidden.activation=relu"], "add --set hidden.activation=relu"),
    (TWO, ".npz", ["a.activation=relu"], "add --assume a.activation=relu"),
    (TWO, ".onnx", ["a.activation=relu"], "add --set a.activation=relu"),
    (TWO, ".yaml", ["a.activation=relu"], "in net.yaml write layers[0].activation: relu"),
    (LSTM, ".yaml", CANDIDATE, "in net.yaml write activation: relu and state_activation: tanh"),
    (LSTM, ".npz", CANDIDATE, "add --assume activation=relu and add --set state_activation=tanh"),
    (LSTM, ".onnx", CANDIDATE, "add --set activation=relu and add --set state_activation=tanh"),
    (GRAPH, ".yaml", ["last.activation=tanh"], "add --set last.activation=tanh"),
    (GRAPH, ".yaml", ["a.activation=relu"], "add --set a.activation=relu"),
    (GRAPH, ".yaml", ["b.reset_after=false"], "add --set b.reset_after=false"),
]


@pytest.mark.parametrize(("config", "suffix", "theirs", "remedy"), SETTINGS)
def test_remedies_in_any_layer(config, suffix, theirs, remedy, cli, tmp_path, monkeypatch):
    """Whichever layer a function is of, what is told changes that one and no other."""
    monkeypatch.chdir(tmp_path)
    words = ["net.yaml", "-x", "1 -2 3 0.5"]
    Path("net.yaml").write_text(yaml.safe_dump(config))
    assert cli("run", *words, *(f"--set={one}" for one in theirs), "-o", "theirs.json").code == 0
    if suffix != ".yaml":
        words = [f"net{suffix}", *convert(rnncalc.load("net.yaml"), f"net{suffix}").proof.flags,
                 *words[1:]]  # fmt: skip
    command = Command(cli, [*words, "--against", "theirs.json"], tmp_path)

    first = json.loads(command.run().text)["causes"][0]["remedy"].partition("; ")[0]
    command.follow(first)
    assert (first, command.run().code) == (remedy, 0)


@pytest.mark.parametrize("head", ["", "a,b,c\n"], ids=["numbers", "names"])
@pytest.mark.parametrize("before", [[], ["--columns", "2,0,1"]], ids=["all", "chosen"])
def test_columns_of_a_table_in_another_order(head, before, cli, tmp_path, monkeypatch):
    """--columns sets it right, by names where the table has them, whatever was chosen before."""
    monkeypatch.chdir(tmp_path)
    rows = np.random.default_rng(5).normal(size=(6, 3))
    text = "\n".join(",".join(map(repr, row)) for row in rows.tolist())
    (tmp_path / "x.csv").write_text(f"{head}{text}\n")
    flags = ["--wx", "0.3,-0.7,0.5; 0.1,0.4,-0.6", "--wh", "0.2,0.8;-0.3,0.6"]
    cli("run", *flags, "-x", "x.csv", "--columns", "1,2,0", "-o", "theirs.npy")
    command = Command(cli, [*flags, "-x", "x.csv", *before, "--against", "theirs.npy"], tmp_path)
    (cause,) = json.loads(command.run().text)["causes"]

    assert cause["id"] == "feature-order"
    remedy, _, _ = cause["remedy"].partition("; ")
    assert remedy == f"add --columns {'b,c,a' if head else '1,2,0'}"
    command.follow(remedy)
    assert command.run().code == 0


def test_of_many_features_two_that_are_exchanged_are_found():
    """Of twelve: the two, or that all come from the last to the first."""
    rng = np.random.default_rng(3)
    layer = Layer({"W_x": rng.uniform(-1, 1, (3, 12)), "W_h": rng.uniform(-1, 1, (3, 3))})
    x = rng.normal(size=(5, 12))
    for order, said in (
        ([0, 1, 9, 3, 4, 5, 6, 7, 8, 2, 10, 11], "with 2 and 9 exchanged"),
        ([*range(12)][::-1], "from the last to the first"),
    ):
        theirs = run(Model(layer, x=x[:, order])).h
        (cause,) = check(Model(layer, x=x), np.array(theirs)).diagnosis.causes
        assert cause.id == "feature-order"
        assert said in cause.say
