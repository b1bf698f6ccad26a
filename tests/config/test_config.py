"""Configs: YAML 1.2 numbers, refusals with their places, files, npz, mappings."""

from __future__ import annotations

import re

import numpy as np
import pytest

import rnncalc
from rnncalc.config.document import Document
from rnncalc.errors import RnncalcError

NET = "W_x: 0.5\nW_h: 1\nx: [1, 2]\n"


def load(tmp_path, text: str | bytes, name: str = "net.yaml") -> rnncalc.Model:
    (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return rnncalc.load(tmp_path / name)


def test_numbers_are_of_yaml_1_2():
    """What YAML 1.1 reads as text, octal or a truth value is a number or a word here."""
    text = "[1e-3, 1E5, -.5, +1, 010, 0x10, 0o17, 1., .inf, -.INF, .nan, no, 1_000, ~, 1:30]"
    data = Document(text, "f").data

    expected = [1e-3, 1e5, -0.5, 1, 10, 16, 15, 1, np.inf, -np.inf, np.nan]
    np.testing.assert_array_equal(data[:11], expected)
    assert data[11:] == ["no", "1_000", None, "1:30"]


def test_infinities_stand_anywhere():
    """.inf alone, in lists, beside integers; emoji as JSON writes them; a process as a file."""
    model = rnncalc.load({"W_x": [[1.0, np.inf]], "W_h": 1})
    assert np.isinf(model.layers[0].weights["W_x"][0, 1])
    assert Document('{"name": "\\ud83d\\ude00"}', "f").data == {"name": "\U0001f600"}


def test_numbers_too_small_are_refused_here_too(tmp_path):
    """1e-400 would become 0; a text value keeps its place in the file."""
    with pytest.raises(RnncalcError, match=r"net\.yaml:1:6: '1e-400' is too small"):
        load(tmp_path, "W_x: 1e-400\n")
    with pytest.raises(RnncalcError, match=r"net\.yaml:3:4: x\[1\]: 'a' is not a number"):
        load(tmp_path, "W_x: 1\nW_h: 1\nx: 1,a\n")


def test_json_is_read_as_it_is():
    """JSON with tabs and escapes is YAML to us; text in quotes stays text."""
    data = Document('{"a": [1, 2.5],\n\t"b": "1",\n\t"c": "\\u00e9\\/"}', "f").data

    assert data == {"a": [1, 2.5], "b": "1", "c": "\u00e9/"}


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("W_x: 1\nW_h: 1\nW_h: 2\n", "3:1", "the key W_h stands here twice"),
        ("W_x: &a 1\nW_h: *a\n", "1:6", "anchors (&) and aliases (*) are not read"),
        ("W_x: !!float 1\n", "1:6", "tags (tag:yaml.org,2002:float) are not read"),
        ("W_x: 1\n---\nW_x: 2\n", "2:1", "a second document"),
        ("W_x: [1, 2\nW_h: 3\n", "2:4", "not valid YAML or JSON: did not find expected ',' or ']'"),
        ("W_x: 1\n\tW_h: 2\n", "2:1", "not valid YAML or JSON: found a tab character"),
        ("W_x: 1e999\n", "1:6", "'1e999' is too large for float64"),
        ("? [1]\n: 2\n", "1:3", "a key must be a word"),
        ("a: \x07\n", "1:4", "the character U+0007 is not allowed"),
        ("W_x: " + "[" * 900, "1:69", "nested more than 64 levels deep"),
        (
            "W_x: 1\nW_h: 1\nactivaton: relu\n",
            "3:1",
            "activaton: there is no such key. Did you",
        ),
        (
            "W_x: 1\noutput:\n  b_y: 1\n",
            "3:3",
            "output.b_y: there is no such key. Did you mean bias?",
        ),
        ("W_x: 1\noutput:\n  W_z: 1\n", "3:3", "output.W_z: there is no such key. Did you"),
        (
            "W_x: 1\nW_h: true\n",
            "2:6",
            "W_h: expected a number, a list, a matrix or a file, not",
        ),
        ("W_x: 1\nW_h: 1\nactivation: {name: elu, beta: x}\n", "3:31", "activation.beta: expected"),
        ("W_x: 1\nW_h: 1\nactivation: tahn\n", "3:13", "activation: there is no activation 'tahn'"),
        ("W_x: 1\nW_h: 1\ncell: rnm\n", "3:7", "cell 'rnm' is not known. Did you mean rnn?"),
        (
            "W_x: 1\nW_h: 1\ncell: gru\n",
            "1:6",
            "W_x: a cell gru has no 'W_x'. It is given per gate",
        ),
        ("W_x: 1\nW_h: 1\nmode: many\n", "3:7", "mode 'many' is not known"),
        ("W_x: [[1], [2, 3]]\nW_h: 1\n", "1:12", "W_x[1]: 2 numbers, where [0] has 1 number"),
        ("W_x: [[1], [2o]]\nW_h: 1\n", "1:13", "W_x[1][0]: '2o' is not a number"),
        ("W_x: []\nW_h: 1\n", "1:6", "W_x: an empty list"),
        ("W_x: [null]\nW_h: 1\n", "1:7", "W_x[0]: null where a number was expected"),
        ("W_x: 0,5\nW_h: 1\nbias: 0,5\n", "3:7", "bias is a list of 2, expected 1 (units)"),
        ("W_h: 1\nW_x: [[1], [2]]\n", "2:6", "W_x has shape (2, 1), expected (1, features)"),
        ("W_x: [[1], [2]]\nW_h: 1\n", "2:6", "W_h: W_x has shape (2, 1), expected (1, features)"),
        ("W_x: 1\nW_h: 1\ntimesteps: 3\n", "3:12", "timesteps is for mode one-to-many"),
        ("W_x: 1\nW_h: 1\noutput: {bias: 1}\n", "3:9", "output needs W_y"),
        ("W_x: {file: no.csv}\nW_h: 1\n", "1:6", "W_x: "),
    ],
)
def test_refusals_name_line_column_and_key(tmp_path, text, place, message):
    """``file:line:column: key: what is wrong``, then the line with a caret."""
    with pytest.raises(RnncalcError) as caught:
        load(tmp_path, text)
    lines = str(caught.value).splitlines()

    assert lines[0].startswith(f"{tmp_path}/net.yaml:{place}: {message}")
    assert lines[2].endswith("^")
    assert len(lines) == 3


def test_the_caret_stands_under_the_place(tmp_path):
    """Also behind letters that take two columns."""
    with pytest.raises(RnncalcError) as caught:
        load(tmp_path, "{W_x: 1, W_h: 1, name: \ud55c\uae00, biass: 2}")

    line, caret = str(caught.value).splitlines()[1:]
    assert line.index("biass") + 2 == caret.index("^")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        ("[1, 2]", "holds no keys"),
        ("0.5", "holds no keys"),
        ("W_h: 1\n", "W_x is missing, the input weights (units, features): give --wx"),
        (b"W_x: \xb0\xa1\n", "line 1: byte 0xb0 is not UTF-8"),
        ("W_x: 1".encode("utf-16"), "UTF-16"),
    ],
)
def test_files_that_are_no_config(tmp_path, text, message):
    """The error says what a config looks like, or what is missing."""
    with pytest.raises(RnncalcError, match=re.escape(message)):
        load(tmp_path, text)


def test_a_config_with_everything(tmp_path):
    """Every key of a simple network, with BOM and CRLF."""
    text = """\ufeffrnncalc: 1
name: encoder
cell: rnn
activation: {name: leaky_relu, alpha: 0.3}
W_x: '1 2; 3 4'
W_h: {file: w.npz, key: W_h}
bias: "@b.csv"
bias_h: [0.5, 0.25]
h0: 0
output: {W_y: [[1, 2]], bias: 0.5, activation: sigmoid}
mode: many-to-one
dtype: float32
x: [[1, 2]]
""".replace("\n", "\r\n")
    np.savez(tmp_path / "w.npz", W_h=[[5.0, 6.0], [7.0, 8.0]])
    (tmp_path / "b.csv").write_text("9\n10\n")
    with pytest.raises(RnncalcError, match=re.escape("bias has shape (2, 1), expected 2")):
        load(tmp_path, text)
    (tmp_path / "b.csv").write_text("9,10\n")
    with pytest.raises(RnncalcError, match=re.escape("bias has shape (1, 2), expected 2")):
        load(tmp_path, text)
    model = load(tmp_path, text.replace('"@b.csv"', "9, 10"))

    layer = model.layers[0]
    assert layer.name == "encoder"
    assert str(layer.activation) == "leaky_relu:alpha=0.3"
    np.testing.assert_array_equal(layer.weights["W_x"], [[1, 2], [3, 4]])
    np.testing.assert_array_equal(layer.weights["W_h"], [[5, 6], [7, 8]])
    np.testing.assert_array_equal(layer.weights["bias"], [9, 10])
    np.testing.assert_array_equal(layer.weights["bias_h"], [0.5, 0.25])
    assert (model.mode, model.dtype, model.output.bias) == ("many-to-one", "float32", 0.5)


def test_a_mapping_is_a_config():
    """In Python the keys are the same; numbers, lists and arrays are welcome."""
    model = rnncalc.load(
        {"W_x": np.array([[1.0, 2.0]]), "W_h": 0.5, "output": {"W_y": [2]}, "x": [[1, 2]]}
    )

    assert (model.layers[0].features, model.output.outputs) == (2, 1)
    with pytest.raises(RnncalcError, match=r"there is no key output\.W_x"):
        rnncalc.load({"W_x": 1, "W_h": 1, "output": {"W_x": 1}})
    with pytest.raises(RnncalcError, match="there is no key wx"):
        rnncalc.load({"wx": 1})


def test_an_npz_is_a_model(tmp_path):
    """Arrays named as the config's keys, with dots."""
    arrays = {"W_x": [[1.0]], "W_h": [[0.5]], "output.W_y": [[2.0]], "x": [[1.0], [2.0]]}
    np.savez(tmp_path / "m.npz", **arrays)
    model = rnncalc.load(tmp_path / "m.npz")

    assert model.output.outputs == 1
    np.savez(tmp_path / "m.npz", W_q=[1.0])
    with pytest.raises(RnncalcError, match=r"m\.npz: there is no 'W_q' in a model"):
        rnncalc.load(tmp_path / "m.npz")
    np.savez(tmp_path / "m.npz", W_x=[[1.0]], W_h=[[1.0, 2.0]])
    with pytest.raises(RnncalcError, match=r"m\.npz: W_h has shape"):
        rnncalc.load(tmp_path / "m.npz")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net.txt", "not a model file that can be read here; known are .yaml, .yml, .json, .npz"),
        ("none.yaml", "there is no such file"),
        ("none", "there is no such file"),
        (".", "is a folder without a model"),
    ],
)
def test_files_that_are_no_models(tmp_path, name, message):
    """What is no model file is named."""
    (tmp_path / "net.txt").write_text(NET)
    with pytest.raises(RnncalcError, match=re.escape(message)):
        rnncalc.load(tmp_path / name)


def test_a_config_too_large(tmp_path):
    """More than 4 MiB of text are refused with the way out."""
    with open(tmp_path / "net.yaml", "wb") as file:
        file.truncate(65 << 20)
    with pytest.raises(RnncalcError, match="more than 4 MiB of text: keep the numbers in"):
        rnncalc.load(tmp_path / "net.yaml")


def test_a_bomb_of_brackets_is_refused(tmp_path):
    """100,000 open brackets: our own limit or PyYAML's, whichever it meets first."""
    with pytest.raises(RnncalcError, match=r"net.yaml:1:\d+: .*nest"):
        load(tmp_path, "W_x: " + "[" * 100_000)


@pytest.mark.parametrize("value", ["{{file: {0}, key: W}}", "{{file: {0}}}", "'@{0}'"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("s.csv", "SECRET\n"), ("s.csv", "1\n2,SECRET\n"), ("s.csv", "1\n1_000SECRET\n"),
        ("s.csv", "1\n2;SECRET\n"), ("s.tsv", "1\tSECRET\n"), ("s.json", "[1, SECRET]"),
        ("s.json", '["SECRET"]'), ("s.json", '{"SECRET": 1}'),
    ],
)  # fmt: skip
def test_a_file_that_a_config_names_is_not_quoted(cli, tmp_path, name, content, value):
    """A config may come from somebody who cannot read the file; only the place is told."""
    (tmp_path / name).write_text(content)
    np.savez(tmp_path / "s.npz", SECRET=[1.0])
    for file in (name, "s.npz"):
        (tmp_path / "m.yaml").write_text(f"x: 1\nW_h: 1\nW_x: {value.format(file)}\n")
        screen = cli(str(tmp_path / "m.yaml"))
        message = screen.err.partition("\n")[0]
        assert (screen.code, "SECRET" in screen.err) == (2, False)
        assert f"m.yaml:3:6: W_x: {tmp_path / file}" in message
    asked = cli("-x", "1", "--wx", f"@{tmp_path / 's.npz'}", "--wh", "1")
    assert "there are: SECRET" in asked.err  # by its own name it is told


@pytest.mark.parametrize("x", ['"@w.csv"', "{file: w.csv}"])
def test_columns_pick_of_a_table_that_a_config_names(cli, tmp_path, x):
    """As of -x; what the table holds besides is told to nobody who only wrote the config."""
    (tmp_path / "w.csv").write_text("day,temp,wind\n1,1,5\n2,2,6\n3,3,7\n")
    config = tmp_path / "net.yaml"
    config.write_text(f"W_x: 0.3\nW_h: 1\nx: {x}\n")
    typed = cli("-x", "1,2,3", "--wx", "0.3", "--wh", "1", "--last")

    assert cli(str(config), "--columns", "temp", "--last").out == typed.out
    assert cli(str(config), "--columns", "1", "--last").out == typed.out
    wrong = cli(str(config), "--columns", "temperature")
    assert wrong.code == 2
    assert "there is no column 'temperature'" in wrong.err
    assert "wind" not in wrong.err
