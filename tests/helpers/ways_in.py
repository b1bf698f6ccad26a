"""Networks of every kind with an input, and every way in which both can be given."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

GATES = {"rnn": "", "gru": "zrn", "lstm": "ifgo"}
FLAGS = {"W_x": "--wx", "W_h": "--wh", "bias": "--bias", "h0": "--h0", "W_y": "--wy"}
"""The arrays of a network that flags can say."""


@dataclass
class Case:
    """A network and its input.

    Attributes:
        config: without the input.
        x: its input; several by name.
        given: ``lengths`` or ``mask``.
        ids: whether x is ids.
    """

    config: dict[str, Any]
    x: Any
    given: dict[str, Any] = field(default_factory=dict)
    ids: bool = False

    @property
    def rows(self) -> bool:
        """Whether x can be written in rows: no batch but one of ids."""
        return self.x.ndim < 3

    @property
    def flagged(self) -> dict[str, Any] | None:
        """The arrays of a network that is all flags, or None."""
        output = self.config.get("output", {})
        if self.config.get("cell") != "rnn" or not isinstance(output, dict):
            return None
        arrays = {**self.config, **output}
        del arrays["cell"]
        arrays.pop("output", None)
        others = arrays.keys() - FLAGS.keys() - {"mode", "timesteps", "dtype"}
        return None if others else arrays


class Maker:
    """Weights and inputs of one seed; all of them differ."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def array(self, *shape: int) -> Any:
        return self.rng.uniform(-1, 1, shape).tolist()

    def cell(self, kind: str = "rnn", units: int = 3, features: int = 2) -> dict[str, Any]:
        shapes = {"W_x": (units, features), "W_h": (units, units), "bias": (units,)}
        weights = {
            name: {gate: self.array(*shape) for gate in GATES[kind]} or self.array(*shape)
            for name, shape in shapes.items()
        }
        return {"cell": kind, **weights, "h0": self.array(units)}

    def x(self, batch: bool, features: int = 2) -> np.ndarray:
        return np.array(self.array(*[2] * batch, 4, features))


def both(make: Maker, merge: str) -> dict[str, Any]:
    """A layer of two directions."""
    return {"merge": merge, "forward": make.cell("lstm", 2), "backward": make.cell("lstm", 2)}


def plain(make: Maker, batch: bool) -> Case:
    return Case(make.cell(), make.x(batch))


def one_feature(make: Maker, batch: bool) -> Case:
    return Case(make.cell("gru", 2, 1), make.x(batch, 1) if batch else make.x(False, 1)[:, 0])


def ids(make: Maker, batch: bool) -> Case:
    embedding = {"weights": make.array(5, 2)}
    x = make.rng.integers(0, 5, (3, 4) if batch else 4).astype(float)
    return Case({**make.cell("lstm"), "embedding": embedding}, x, ids=True)


def lengths(make: Maker, batch: bool) -> Case:
    given = {"lengths": [int(make.rng.integers(2)), 4] if batch else [3]}
    return Case({"layers": [both(make, "sum")]}, make.x(batch), given)


def mask(make: Maker, batch: bool) -> Case:
    rows = [[1, 0, 1, 1], [0, 1, 1, 0]]
    return Case(make.cell("gru"), make.x(batch), {"mask": rows if batch else rows[0]})


def before(make: Maker, batch: bool) -> Case:
    dense = {"W_y": make.array(2, 3), "bias": make.array(2), "activation": "relu"}
    return Case({**make.cell(), "before": [dense]}, make.x(batch, 3))


def stack(make: Maker, batch: bool) -> Case:
    return Case({"layers": [make.cell("lstm"), make.cell("gru", 2, 3)]}, make.x(batch))


def two_directions(make: Maker, batch: bool) -> Case:
    merge = ["concat", "ave", "none"][int(make.rng.integers(3))]
    return Case({"layers": [both(make, merge)]}, make.x(batch))


def processing(make: Maker, batch: bool) -> Case:
    turned = {"direction": "backward", "order": "processing"}
    above = make.cell("rnn", 2, 3) | turned
    return Case({"layers": [make.cell("lstm") | turned, above]}, make.x(batch))


def backward(make: Maker, batch: bool) -> Case:
    return Case(make.cell("gru") | {"direction": "backward"}, make.x(batch))


def many_to_one(make: Maker, batch: bool) -> Case:
    output = {"output": {"W_y": make.array(2, 3), "activation": "softmax"}}
    config = make.cell("lstm") | (output if make.rng.integers(2) else {"return_sequences": False})
    return Case({**config, "mode": "many-to-one"}, make.x(batch))


def one_to_many(make: Maker, batch: bool) -> Case:
    use = {"mode": "one-to-many", "timesteps": 5, "output": {"W_y": make.array(2, 3)}}
    return Case(make.cell() | use, make.x(batch)[..., :1, :])


def outputs(make: Maker, batch: bool) -> Case:
    first = {"W_y": make.array(4, 3), "activation": "tanh"}
    chain = [first, {"normalization": "layer", "epsilon": 1e-3}, {"W_y": make.array(2, 4)}]
    return Case(make.cell("gru") | {"output": chain}, make.x(batch))


def branches(make: Maker, batch: bool) -> Case:
    """A graph: a convolution, two layers that read it, joined, and two outputs."""
    conv = {"name": "conv", "conv1d": "same", "W_y": make.array(3, 2, 2), "activation": "tanh"}
    one = {"name": "one", **make.cell("lstm", 3, 3), "input": "conv"}
    other = {"name": "other", **make.cell("gru", 3, 3), "input": "conv"}
    dense = {"name": "both", "input": ["one", "other"], "join": "subtract", "W_y": make.array(2, 3)}
    last = {"name": "end", "input": "other", "pooling": "last"}
    return Case({"layers": [conv, one, other], "output": [dense, last]}, make.x(batch))


def encoder_decoder(make: Maker, batch: bool) -> Case:
    """A graph: an encoder whose states start a decoder, which attends to its steps."""
    encoder = {"name": "encoder", **make.cell("lstm")}
    decoder = {"name": "decoder", **make.cell("lstm"), "input": "x"}
    decoder |= {"h0": {"layer": "encoder"}, "c0": {"layer": "encoder"}}
    attention = {"name": "attention", "attention": "dot", "input": ["decoder", "encoder"],
                 "scale": 0.5}  # fmt: skip
    output = {"input": ["attention", "decoder"], "join": "concat", "W_y": make.array(2, 6)}
    return Case({"layers": [encoder, decoder, attention], "output": output}, make.x(batch))


def two_inputs(make: Maker, batch: bool) -> Case:
    """A graph of two inputs of other lengths and widths, the states of one handed to the other."""
    layers = [{"name": "source", **make.cell("gru", 3, 2), "input": "first"},
              {"name": "target", **make.cell("gru", 3, 1), "input": "second",
               "h0": {"layer": "source"}}]  # fmt: skip
    x = {"first": make.x(batch), "second": make.x(batch, 1)[..., :3, :]}
    return Case({"layers": layers}, x)


def to_one_row(make: Maker, batch: bool) -> Case:
    """A graph with a mask, that gives one row."""
    layers = [{"masking": 0.0}, {"name": "a", **make.cell("gru")},
              {"name": "b", **make.cell("rnn", 3, 3), "return_sequences": False}]  # fmt: skip
    pooled = {"name": "mean", "input": "a", "pooling": "average"}
    output = {"input": ["mean", "b"], "join": "multiply", "W_y": make.array(2, 3)}
    x = make.x(batch)
    x[..., 2, :] = 0
    return Case({"layers": [*layers, pooled], "output": output}, x)


KINDS = {
    one.__name__: one
    for one in (plain, one_feature, ids, lengths, mask, before, stack, two_directions, processing,
                backward, many_to_one, one_to_many, outputs)
}  # fmt: skip

GRAPHS = {one.__name__: one for one in (branches, encoder_decoder, two_inputs, to_one_row)}


def case_of(kind: str, seed: int, batch: bool, dtype: str) -> Case:
    """A network of a kind, with its input."""
    case = (KINDS | GRAPHS)[kind](Maker(seed), batch)
    case.config["dtype"] = dtype
    return case


def rows(x: np.ndarray, blank: str, end: str) -> str:
    """An array as text, one row per line or, of one axis, one number."""
    return "".join(blank.join(map(repr, np.atleast_1d(row).tolist())) + end for row in x)


def typed(x: np.ndarray) -> str:
    return rows(np.atleast_2d(x), ",", ";").removesuffix(";")


def stored(folder: Path, name: str, array: Any, suffix: str) -> str:
    """A file with an array, as the command line names it."""
    path, array = folder / f"{name}{suffix}", np.asarray(array)
    if suffix == ".npz":
        np.savez(path, other=np.zeros(2), **{name: array})
        return f"{path}:{name}"
    if suffix == ".npy":
        np.save(path, array)
    elif suffix == ".json":
        path.write_text(json.dumps(array.tolist()))
    else:
        path.write_text(rows(array, "," if suffix == ".csv" else "\t", "\n"))
    return str(path)


@contextmanager
def piped(path: Path, text: str) -> Iterator[None]:
    """A FIFO that somebody writes to, once."""
    os.mkfifo(path)

    def write() -> None:
        with suppress(BrokenPipeError):
            path.write_text(text)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield
    finally:
        path.unlink()


def ways(case: Case, folder: Path) -> Iterator[tuple[str, list[str], str]]:
    """Every way in: its name, the words of a command, and stdin."""
    if isinstance(case.x, dict):
        yield from _several(case, folder)
        return
    text = json.dumps(case.x.tolist())
    said = [w for key, value in case.given.items() for w in (f"--{key}", json.dumps(value))]
    (folder / "net.yaml").write_text(yaml.safe_dump(case.config))
    net = [str(folder / "net.yaml"), *said]
    yield from _in_configs(case, folder)
    for suffix in (".npy", ".npz", ".json"):
        words = [str(folder / "net.yaml")]
        for key, value in case.given.items():
            words += [f"--{key}", f"@{stored(folder, key, value, suffix)}"]
        yield f"x{suffix}", [*words, "-x", stored(folder, "x", case.x, suffix)], ""
    yield "json", [*net, "-x", text], ""
    yield "stdin, json", [*net, "-x", "-"], text
    yield "config on stdin", ["-", *said, "-x", text], json.dumps(case.config)
    with piped(folder / "pipe.csv", text):
        yield "fifo, json", [*net, "-x", str(folder / "pipe.csv")], ""
    if case.rows:
        yield "typed", [*net, "-x", typed(case.x)], ""
        yield "csv", [*net, "-x", stored(folder, "x", case.x, ".csv")], ""
        yield "tsv", [*net, "-x", "@" + stored(folder, "x", case.x, ".tsv")], ""
        yield "stdin", [*net, "-x", "-"], rows(case.x, " ", "\n")
        with piped(folder / "pipe", rows(case.x, ",", "\r\n")):
            yield "fifo", [*net, "-x", str(folder / "pipe")], ""
    if arrays := case.flagged:
        yield "flags", [*_flags(case, arrays, folder), *said, "-x", text], ""


def _several(case: Case, folder: Path) -> Iterator[tuple[str, list[str], str]]:
    """Several inputs, in the config and as flags; each in a file of its own, or written out."""
    net, values = folder / "net.yaml", {key: array.tolist() for key, array in case.x.items()}
    net.write_text(yaml.safe_dump(case.config))
    whole = {**case.config, "x": values}
    (folder / "whole.yaml").write_text(yaml.safe_dump(whole))
    yield "yaml", [str(folder / "whole.yaml")], ""
    yield "config on stdin", ["-"], json.dumps(whole)
    written = [word for key, rows in values.items() for word in ("-x", f"{key}={json.dumps(rows)}")]
    yield "flags", [str(net), *written], ""
    for suffix in (".npy", ".json"):
        names = {key: stored(folder, key, array, suffix) for key, array in case.x.items()}
        words = [word for key, name in names.items() for word in ("-x", f"{key}=@{name}")]
        yield f"x{suffix}", [str(net), *words], ""
        files = {key: {"file": Path(name).name} for key, name in names.items()}
        (folder / "of.yaml").write_text(yaml.safe_dump(whole | {"x": files}))
        yield f"file: x{suffix}", [str(folder / "of.yaml")], ""


def _in_configs(case: Case, folder: Path) -> Iterator[tuple[str, list[str], str]]:
    """The input in the config: as a list, or by the name of a file."""
    whole = {**case.config, "x": case.x.tolist(), **case.given}
    (folder / "whole.yaml").write_text(yaml.safe_dump(whole))
    yield "yaml", [str(folder / "whole.yaml")], ""
    (folder / "whole.json").write_text(json.dumps(whole))
    yield "json config", [str(folder / "whole.json")], ""
    suffixes = [".npy", ".npz", ".json", *([".csv"] if case.rows else [])]
    for suffix in suffixes:
        name, _, key = stored(folder, "x", case.x, suffix).partition(".npz:")
        file = {"file": f"{Path(name).name}.npz", "key": key} if key else {"file": Path(name).name}
        config = folder / f"of{suffix}.yaml"
        config.write_text(yaml.safe_dump(whole | {"x": file}))
        yield f"file: x{suffix}", [str(config)], ""


def _flags(case: Case, arrays: dict[str, Any], folder: Path) -> list[str]:
    """The network as flags, each array in another kind of file."""
    words = []
    suffixes = iter([".csv", ".npy", ".json", ".npz", ".npy"])
    for key, value in arrays.items():
        if key in FLAGS:
            flat = key in ("bias", "h0")
            suffix = ".json" if flat else next(suffixes)
            words += [FLAGS[key], f"@{stored(folder, key, value, suffix)}"]
        else:
            words += [f"--{key}", str(value)]
    return words
