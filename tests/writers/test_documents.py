"""The JSON that commands print is as ``rnncalc schema`` says, and has no key besides."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from conftest import ROOT

from rnncalc.cli.schema import KINDS, json_schema
from rnncalc.many.names import MANIFEST

EXAMPLES = ROOT / "rnncalc/examples"
FILES = ROOT / "tests/golden/files"
WRITER = """cell: rnn
W_x: '1 .5 -.5; .25 1 2'
W_h: '.1 .2; .3 .4'
output: {W_y: '1 2; -1 .5; .3 1', activation: softmax}
embedding: {weights: '1 0 0; 0 1 0; 0 0 1'}
vocab: [a, b, c]
mode: one-to-many
timesteps: 4
x: [a]
"""
LONG = " ".join(f"{n / 7:.3f}" for n in range(1, 60))
ONE = ["--wx", ".5", "--wh", "1", "--json"]
X = ["-x", "1,2"]

DOCUMENTS: dict[str, list[tuple[str, ...]]] = {
    "explanation": [
        ("explain", f"{EXAMPLES}/lstm.yaml", "--steps", "all", "--why", "--json"),
        ("explain", f"{EXAMPLES}/attention.yaml", "--steps", "all", "--json"),
        ("explain", f"{EXAMPLES}/cnn-lstm.yaml", "--steps", "all", "--why", "--json"),
        ("explain", "-x", "[[[1],[2]],[[3],[4]]]", *ONE, "--why"),
        ("explain", "-x", "1,inf", *ONE, "-a", "relu", "--why", "--step", "2"),
        ("explain", "-x", f"{LONG};{LONG}", "--wx", LONG, "--wh", "1", "--json"),
        ("explain", "-", "--feedback", "argmax", "--steps", "all", "--json"),
        ("explain", "-", "--feedback", "sample", "--steps", "all", "--json"),
    ],
    "inspection": [
        *(("inspect", f"{EXAMPLES}/{kind}.yaml", "--json") for kind in ("bilstm", "attention")),
        ("inspect", f"{FILES}/torch/lstm_2_layers_bidirectional.pth", "--stats", "--json"),
        ("inspect", f"{FILES}/onnx/dynamo_gru.onnx", "--stats", "--json"),
    ],
    "array": [
        ("inspect", f"{EXAMPLES}/lstm.yaml", "--weights", "W_x.i", "--json"),
        ("inspect", f"{EXAMPLES}/attention.yaml", "--weights", "attention.W_a", "--json"),
    ],
    "check": [
        ("check", *X, *ONE, "--against", "0.4,0.8"),
        ("check", *X, *ONE, "--against", ".46211715726,.94295"),
        ("check", f"{EXAMPLES}/bilstm.yaml", "--against", f"{EXAMPLES}/bilstm.yaml", "--json"),
    ],
    "conversion": [
        ("convert", f"{EXAMPLES}/lstm.yaml", "-o", "lstm.npz", "--with-test", "--json"),
        ("convert", f"{EXAMPLES}/lstm.yaml", "-o", "lstm.py", "--script", "torch", "--json"),
    ],
    "dtypes": [("run", *X, *ONE, "--dtype", "float16,float64")],
}
"""What prints each document."""


def closed(kind: str) -> Any:
    """The schema of a document, in which no key may stand that it does not describe; what a layer
    of a file has as settings are keys of a config.
    """
    schema = json_schema(kind)
    for name, block in schema["$defs"].items():
        if name != "InspectedLayer":
            block["additionalProperties"] = False
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_what_commands_print_is_as_the_schema_says(cli, kind, tmp_path, monkeypatch):
    """All that is printed is described, and says which format and version it has."""
    monkeypatch.chdir(tmp_path)
    for words in DOCUMENTS[kind]:
        screen = cli(*words, input=WRITER.encode() if "-" in words else b"")
        assert screen.code < 2, screen.err
        document = json.loads(screen.text)

        assert [error.message for error in closed(kind).iter_errors(document)] == []
        assert (document["format"], document["version"]) == (f"rnncalc.{kind}", 1)
    with pytest.raises(jsonschema.ValidationError):
        closed(kind).validate(document | {"more": 1})


def test_every_kind_of_schema_is_tried():
    """Those of configs and of results stand beside other tests, of manifests below."""
    assert {*KINDS} == {*DOCUMENTS, "model", "result", "manifest"}


def test_a_manifest_is_as_the_schema_says(cli, tmp_path, monkeypatch):
    """Its first line says what it is; the others, which sequences are there."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("1\n2\n")
    assert cli("-x", "*.csv", *ONE[:-1], "-o", "out/").code == 0
    first, *others = (tmp_path / "out" / MANIFEST).read_text().splitlines()

    assert [error.message for error in closed("manifest").iter_errors(json.loads(first))] == []
    assert [[*json.loads(line)] for line in others] == [["sha256"]]
