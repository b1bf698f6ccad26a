"""Workbooks that compute: what stands in their cells. Whether LibreOffice agrees: test_office."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from special_networks import drawn, layer

import rnncalc
from rnncalc import Layer, Model
from rnncalc.errors import RnncalcError
from rnncalc.model.stateless import Output

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("xlsxwriter")

SEED = Model([Layer({"W_x": 0.32394445, "W_h": 1.0})], x=[[1.0], [2.0], [3.0]])
"""One unit, as the README has it."""


def written(model: Model) -> bytes:
    """A run as a workbook."""
    out = io.BytesIO()
    rnncalc.write(rnncalc.run(model), out, format="xlsx")
    return out.getvalue()


def book(model: Model, *, values: bool = False):
    """The workbook of a run, as a program that reads it sees it."""
    return openpyxl.load_workbook(io.BytesIO(written(model)), data_only=values)


def table(sheet) -> list[list]:
    """The cells that are not empty, row by row, below the text at the top."""
    every = [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    return every[next(i for i, row in enumerate(every) if "t" in row) :]


def texts(book) -> list[str]:
    """The lines of text of the first sheet."""
    return [row[0].value for row in book["network"].iter_rows(max_col=1) if row[0].value]


def test_every_number_is_a_formula():
    """A row a timestep, the initial state above; weights by their names."""
    assert table(book(SEED)["layer0"])[:4] == [
        ["t", "x", "a", "h"],
        [0, "=h_0"],
        [1, 1, "=W_x*B6+W_h*D5+bias", "=TANH(C6)"],
        [2, 2, "=W_x*B7+W_h*D6+bias", "=TANH(C7)"],
    ]


def test_the_numbers_of_the_run_stand_beside_the_formulas():
    """Whoever does not compute sees them, every digit."""
    h = [row[-1] for row in table(book(SEED, values=True)["layer0"])[2:]]

    assert h == rnncalc.run(SEED).h.ravel().tolist()
    assert 0.32394445 in [cell.value for cell in book(SEED)["network"]["A"]]


def test_text_repeats_no_number_that_can_be_changed():
    """Weights stand in cells of their own, the formulas above them."""
    assert texts(book(SEED))[1:4] == [
        "h_t = tanh(W_x x_t + W_h h_{t-1} + bias)",
        "3 timesteps, 1 feature, 1 unit; float64",
        "Every number is a formula of the coloured ones. Change one of those, and all follow.",
    ]


def test_vectors_are_sums_of_products():
    """A row of a matrix by its number; what a product takes has columns of its own."""
    model = Model([layer("gru", 1, reset_after=False)], x=drawn(4, 2))
    sheet = book(model)["layer0"]
    head = {cell.value: cell.column_letter for cell in sheet[7]}
    first = {name: sheet[f"{letter}9"].value for name, letter in head.items()}

    assert first["r_t * h_{t-1}[1]".replace("r_t", "r")] == f"={head['r[1]']}9*{head['h[1]']}8"
    assert first["a.n[2]"] == (
        f"=SUMPRODUCT(INDEX(W_x.n,3,0),B9:C9)+INDEX(bias.n,3)"
        f"+SUMPRODUCT(INDEX(W_h.n,3,0),{head['r * h_{t-1}[0]']}9:{head['r * h_{t-1}[2]']}9)"
    )


def test_a_backward_direction_starts_below():
    """Its initial state is behind the last step, and each step takes the one below it."""
    both = replace(SEED.layers[0], backward=Layer({"W_x": 0.5, "W_h": 0.25}))
    rows = table(book(replace(SEED, layers=(both,)))["layer0"])

    assert rows[0] == ["t", "x", "forward.a", "forward.h", "backward.a", "backward.h"]
    assert rows[-2][4] == "=layer0.backward.W_x*B11+layer0.backward.W_h*F12+layer0.backward.bias"
    assert rows[-1] == [4, "=layer0.backward.h_0"]


def test_masked_steps_are_not_computed():
    """The state goes on from the last real step, and what is seen of it stays."""
    rows = table(book(replace(SEED, mask=[[1, 0, 1]]))["layer0"])

    assert rows[3] == [2, 2, 0, "=D6"]
    assert rows[4][2] == "=W_x*B8+W_h*D6+bias"


def test_layers_refer_to_each_other():
    """A layer reads the sheet of the one below it, an output layer that of the last one."""
    second = Layer({"W_x": 0.5, "W_h": 0.25}, name="second")
    model = replace(SEED, layers=(*SEED.layers, second), output=Output(2.0, 1.0, "sigmoid"))
    sheets = book(model)

    assert sheets.sheetnames == ["network", "layer0", "second", "output"]
    assert table(sheets["second"])[2][1] == "='layer0'!D6"
    assert table(sheets["output"])[1:3] == [
        [1, "='second'!D6", "=W_y*B4+b_y", "=1/(1+EXP(-C4))"],
        [2, "='second'!D7", "=W_y*B5+b_y", "=1/(1+EXP(-C5))"],
    ]


def test_the_same_run_gives_the_same_bytes():
    """Nothing in a workbook knows when it was written."""
    assert written(SEED) == written(SEED)


NAMES = [
    '=HYPERLINK("mailto:a@b.c")', "<script>alert(1)<!--", "[a]:*?'", "@SUM(1)",
    "-1+1", "W_h", "A1", "R1C1", "network", "History", "x" * 90, "x" * 90 + "y", "레이어",
    "💥" * 20, "]]>", "&amp;", "_xlfn.LAMBDA(", "{=1}", "a'b", "'", "A", "a",
]  # fmt: skip


def test_names_are_text():
    """Whatever layers are called: no name is a formula or a link, and each has a sheet."""
    cell = {"W_x": 0.5, "W_h": 0.25}
    layers = [Layer(cell, name=name) for name in NAMES]
    output = [Output(2.0, name=f"{name}2") for name in NAMES[:5]]
    data = written(replace(SEED, layers=layers, output=output))
    sheets = openpyxl.load_workbook(io.BytesIO(data))

    assert len(sheets.sheetnames) == len(NAMES) + 2
    for name, sheet in zip(NAMES, sheets.worksheets[1:], strict=False):
        assert sheet["A1"].data_type == "s"
        assert sheet["A1"].value == f"{name}: rnn, 1 feature, 1 unit"
    formulas = [c.value for s in sheets for row in s.iter_rows() for c in row if c.data_type == "f"]
    assert not any("HYPERLINK(" in text or "LAMBDA(" in text for text in formulas)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert not [name for name in parts.namelist() if "rels" in name and "sheet" in name]


WIDE = Model([Layer({"W_x": np.ones((65, 1)) / 9, "W_h": np.eye(65) / 9})], x=[1.0, 2.0])


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (WIDE, "it has more than 64 units or 1,000 timesteps"),
        (replace(SEED, x=np.ones((1001, 1))), "it has more than 64 units or 1,000 timesteps"),
        (replace(SEED, x=np.ones((600, 1)), mask=np.arange(600)[None] % 2), "its mask has more"),
    ],
)
def test_what_is_too_large_has_numbers_alone(model, why):
    """And the first sheet says why."""
    sheets, trace = book(model), rnncalc.run(model)
    h = [row[1:] for row in table(sheets["layer0"])[1:]]

    assert why in texts(sheets)[-1]
    np.testing.assert_array_equal([row[-len(trace.h[0]) :] for row in h], trace.h)


@pytest.mark.filterwarnings("ignore::rnncalc.errors.RnncalcWarning")
def test_what_is_no_number_is_text():
    """A spreadsheet has no NaN and no infinity."""
    sheets = book(replace(SEED, x=[[1.0], [np.inf], [np.nan]]))

    assert "NaN or infinite" in texts(sheets)[-1]
    assert [row[1:] for row in table(sheets["x"])[1:]] == [[1], ["inf"], ["nan"]]


def test_numbers_of_float32_are_said_to_be():
    """A spreadsheet computes in float64."""
    assert any(
        "float32" in line and "differ" in line
        for line in texts(book(replace(SEED, dtype="float32")))
    )


def test_large_numbers_are_guarded():
    """EXP of more than 709 is an error in a spreadsheet."""
    steep = Model([Layer({"W_x": 1.0, "W_h": 1.0}, activation="sigmoid")], x=[[-800.0]])

    assert table(book(steep)["layer0"])[2][-1] == "=1/(1+EXP(MIN(-C6,709.782712893383)))"


def test_a_part_is_no_workbook(cli, tmp_path):
    """Every number is made of others."""
    screen = cli(
        "-x", "1,2", "--wx", "1", "--wh", "1", "--steps", "2", "-o", str(tmp_path / "a.xlsx")
    )

    assert screen.code == 2
    assert screen.err == (
        "Error: xlsx holds the whole run, each number made of those before it: leave out --steps\n"
    )
    with pytest.raises(RnncalcError, match="leave out --show"):
        rnncalc.write(rnncalc.run(SEED), tmp_path / "a.xlsx", show=["h"])


def test_the_command_writes_what_the_library_writes(cli, tmp_path):
    """From a config, whatever of it would be shown on the screen."""
    config = json.dumps({"W_x": 0.32394445, "W_h": 1, "x": [1, 2, 3]}).encode()

    assert cli("-", "-o", str(tmp_path / "a.xlsx"), input=config).code == 0
    assert (tmp_path / "a.xlsx").read_bytes() == written(SEED)


def test_without_xlsxwriter_one_line_says_how_to_get_it(cli, tmp_path, monkeypatch):
    """The library comes with an extra."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    screen = cli("-x", "1,2", "--wx", "1", "--wh", "1", "-o", str(tmp_path / "a.xlsx"))

    assert screen.code == 2
    assert screen.err == (
        "Error: writing a spreadsheet needs xlsxwriter: pip install 'rnncalc[xlsx]'\n"
    )
