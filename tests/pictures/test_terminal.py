"""Pictures in the terminal: numbers, signs and tenths, coloured halves, lines and bands."""

from __future__ import annotations

import re

import numpy as np
import pytest
from conftest import ROOT

import rnncalc
from rnncalc import pictures
from rnncalc.numbers import digits
from rnncalc.pictures import panels, terminal
from rnncalc.pictures.request import PictureRequest
from rnncalc.pictures.terminal.screen import Screen
from rnncalc.trace.selection import Selection

FLAGS = ("-x", "1,2,3,4,5", "--wx", "0.3", "--wh", "-2")
CODES = re.compile(r"\x1b\[[\d;]*m")


def trace(units: int, steps: int, **options: object) -> rnncalc.Trace:
    """A run of a simple RNN whose weights and inputs all differ."""
    rng = np.random.default_rng(units * 1000 + steps)
    weights = {"W_x": rng.normal(size=(units, 2)), "W_h": rng.normal(size=(units, units)) / units}
    x = rng.normal(size=(steps, 2))
    return rnncalc.run(rnncalc.Model(rnncalc.Layer(weights), x=x, **options))


def drawn(
    ran: rnncalc.Trace, screen: Screen, kind: str | None = None, **which: object
) -> list[str]:
    """The rows of a picture."""
    request = PictureRequest(kind, Selection(**which))
    return [row.plain for row in terminal.rows(pictures.of(ran, request), screen)]


def test_a_small_heat_map_has_every_number():
    """Rounded as everywhere, each in the row of its unit and the column of its timestep."""
    ran = trace(3, 5)
    rows = {row.split()[0]: row.split()[1:-1] for row in drawn(ran, Screen()) if "[" in row}

    assert rows == {f"h[{u}]": [digits.number(v, 4) for v in ran.h[:, u]] for u in range(3)}


def test_signs_and_tenths_are_those_of_the_numbers():
    """20 timesteps have a sign and a tenth each, cut; only the scale's end is ++."""
    ran = trace(3, 20)
    ran.h[4, 1], ran.h[5, 1], ran.h[6, 1] = 0, 0.9999999, 1
    rows = {row.split()[0]: row.split()[1:-1] for row in drawn(ran, Screen()) if "[" in row}
    right = [f"{'-' if v < 0 else '+'}{int(abs(v) * 10)}" for v in ran.h[:, 1]]
    right[4:7] = ["0", "+9", "++"]

    assert rows["h[1]"] == right


@pytest.mark.parametrize("colors", [0, 16, 256])
@pytest.mark.parametrize("width", [40, 80, 160])
@pytest.mark.parametrize(("units", "kind"), [(1, "lines"), (5, "lines"), (5, "heatmap")])
def test_a_long_run_fits(units, kind, width, colors):
    """However many timesteps there are; of several in a column is said how many."""
    screen = Screen(width, 24, colors)
    rows = drawn(trace(units, 1000), screen, kind)
    said = next(row for row in rows if row.startswith("A column is "))
    every = int(re.findall(r"[\d,]+", said)[0])

    drawn_rows = [row for row in rows if re.match(r" *(t |\S+\[| |\S* *\|)", row)]

    assert len(drawn_rows) > 2
    assert all(len(row) <= width for row in drawn_rows)
    assert len(rows) <= 24
    assert 1000 / every <= width


def test_a_column_has_the_number_furthest_from_zero():
    """Of several timesteps, in a heat map."""
    ran = trace(2, 100)
    rows = drawn(ran, Screen())
    every = int(re.findall(r"\d+", rows[-1])[0])
    cells = next(row for row in rows if row.strip().startswith("h[0]")).split()[1:-1]
    parts = [ran.h[start : start + every, 0] for start in range(0, 100, every)]
    furthest = [part[np.abs(part).argmax()] for part in parts]

    assert [int(cell[1]) for cell in cells] == [int(10 * abs(v)) for v in furthest]
    assert [cell[0] for cell in cells] == ["-" if v < 0 else "+" for v in furthest]


def test_a_line_is_where_its_numbers_are():
    """The highest row has the largest, the lowest the smallest, each column one mark."""
    ran = trace(1, 40)
    rows = [row for row in drawn(ran, Screen(blocks=False)) if "|" in row]
    marks = [[line[i] for line in (row.split("|")[1] for row in rows)] for i in range(40)]
    levels = np.array([column.index("#") for column in marks])
    h = ran.h[:, 0]

    assert all(column.count("#") == 1 for column in marks)
    assert levels[h.argmax()] == 0
    assert levels[h.argmin()] == len(rows) - 1
    assert (np.diff(levels[np.argsort(h)]) <= 0).all()


def test_several_lines_are_told_apart_without_colour():
    """By their numbers, which stand below; where several meet is a star."""
    rows = drawn(trace(3, 30), Screen(blocks=False), "lines")

    assert rows[-2] == "0: h[0]  1: h[1]  2: h[2]  *: several"
    assert set("012") <= set("".join(row.split("|")[1] for row in rows if "|" in row))


def test_half_blocks_have_two_units_each():
    """In many colours a letter's front is one unit, its ground the next one."""
    ran = trace(4, 60)
    request = PictureRequest("heatmap")
    (row,) = [
        row
        for row in terminal.rows(pictures.of(ran, request), Screen(colors=256))
        if row.plain.strip().startswith("h[2]")
    ]
    red = [span.style.color.triplet.red > span.style.color.triplet.blue for span in row.spans]
    below = [span.style.bgcolor.triplet.red > span.style.bgcolor.triplet.blue for span in row.spans]

    assert row.plain.split()[1] == "\u2580" * 60
    assert [red, below] == [(ran.h[:, unit] > 0).tolist() for unit in (2, 3)]


def test_without_half_blocks_every_unit_has_its_row():
    """A terminal of another encoding has colours, too."""
    rows = drawn(trace(4, 60), Screen(colors=256, blocks=False))

    assert [row.split()[0] for row in rows if "[" in row] == ["h[0]", "h[1]", "h[2]", "h[3]"]
    assert all(row.isascii() for row in rows)


def test_what_is_masked_is_marked():
    """In brackets where numbers stand, with strokes where signs do."""
    ran = trace(2, 5, mask=[1, 1, 0, 1, 1])
    long = trace(2, 20, mask=[1] * 12 + [0] * 8)
    numbers, signs = drawn(ran, Screen()), drawn(long, Screen())

    assert f"({digits.number(ran.h[2, 0], 4)})" in numbers[2]
    assert sum("(" in cell for cell in numbers[2].split()) == 1
    assert signs[2].split()[13:21] == ["//"] * 8
    assert any("masked or padded" in row for row in numbers)


def test_the_command_draws_without_a_file(cli):
    """Every number of a few timesteps stands below its line; nothing is coloured in a pipe."""
    screen = cli("plot", *FLAGS)
    h = rnncalc.run(rnncalc.Model(rnncalc.Layer({"W_x": 0.3, "W_h": -2}), x=[1, 2, 3, 4, 5])).h

    assert screen.text.splitlines()[-2].split() == ["h", *(digits.number(v, 4) for v in h[:, 0])]
    assert "\x1b" not in screen.text


@pytest.mark.parametrize(("term", "color"), [("xterm", False), ("xterm-256color", True)])
def test_colours_are_those_that_there_are(cli, monkeypatch, term, color):
    """The words are the same with all of them and without."""
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("COLORTERM", raising=False)
    network = ("-x", "1 2; 3 4", "--wx", "[[.1,.2],[-.3,.1]]", "--wh", "[[.1,.3],[-.2,.4]]")
    plain = cli("plot", *network).text
    coloured = cli("plot", *network, "--color", "always").text

    assert ("\x1b[38;5;" in coloured or "48;5;" in coloured) == color
    assert "\x1b[" in coloured
    rows = [row.rstrip() for row in CODES.sub("", coloured).splitlines()]
    assert {row.rstrip() for row in plain.splitlines()} <= set(rows)


def cells(row: str) -> list[str]:
    """The numbers of a row of columns, without what is drawn between them."""
    return re.findall(r"(?<![\w.])-?\d[\d.]*(?:e-\d+)?", row)


def line_of(rows: list[str], label: str) -> str:
    """What stands beside a label, which no formula is."""
    found = next(row for row in rows if row.startswith(f"{label} ") and "=" not in row)
    return found[len(label) :]


def row_of(rows: list[str], label: str) -> list[str]:
    """The numbers beside a label."""
    return cells(line_of(rows, label))


@pytest.mark.parametrize("blocks", [True, False])
def test_an_unrolled_network_has_every_number(blocks):
    """x, both summands, a and h of each step, under one another."""
    ran = rnncalc.run(rnncalc.load(ROOT / "rnncalc" / "examples" / "scalar.yaml"))
    request = PictureRequest("unrolled", plain=True)
    rows = [row.plain for row in terminal.rows(pictures.of(ran, request), Screen(blocks=blocks))]
    values = ran.layers[0].forward.values
    known = {"h_t": "h", "a_t": "a", "W_x x_t": "x_term", "W_h h_{t-1}": "h_term"}

    for label, name in known.items():
        assert row_of(rows, label) == [digits.number(v, 4) for v in values[name][:, 0]], label
    assert row_of(rows, "t") == ["1", "2", "3", "4", "5"]
    assert blocks or all(row.isascii() for row in rows)


def test_a_backward_direction_goes_to_the_left():
    """What it begins with stands at the last timestep."""
    ran = rnncalc.run(rnncalc.load(ROOT / "rnncalc" / "examples" / "bilstm.yaml"))
    request = PictureRequest("unrolled", Selection(of="encoder.backward"), plain=True)
    rows = [row.plain for row in terminal.rows(pictures.of(ran, request), Screen())]
    carried = line_of(rows, "f_t * c_{t+1}")

    assert "h_5 = h_0 = 0,  c_5 = c_0 = 0" in rows
    assert carried.endswith("0\u25c0\u2500")
    assert "\u25b6" not in "".join(rows)


def test_steps_that_are_left_out_carry_nothing():
    """Between t = 4 and t = 7 no line runs from one box to the other."""
    ran = rnncalc.run(rnncalc.Model(rnncalc.Layer({"W_x": 0.3, "W_h": -0.5}), x=[*range(1, 11)]))
    request = PictureRequest("unrolled", plain=True)
    rows = [row.plain for row in terminal.rows(pictures.of(ran, request), Screen(160))]
    h = line_of(rows, "h_t")
    term = line_of(rows, "W_h h_{t-1}")

    assert h.count("\u2510") == 6
    assert term.count("..\u2500\u25b6") == 1
    assert "t = 5 to 6 are not shown; --steps chooses." in rows


def test_a_masked_step_hands_its_state_on():
    """Its column has nothing but the state, which goes past it."""
    ran = rnncalc.run(
        rnncalc.Model(rnncalc.Layer({"W_x": 0.3, "W_h": -0.5}), x=[1, 2, 3, 4], mask=[1, 0, 0, 1])
    )
    request = PictureRequest("unrolled", plain=True)
    rows = [row.plain for row in terminal.rows(pictures.of(ran, request), Screen())]
    h = line_of(rows, "h_t")

    assert h.count("\u2500\u2500\u2500\u25b6") == 2
    assert len(row_of(rows, "a_t")) == 2
    assert "2 masked" in rows[-2]


def test_a_cell_has_the_numbers_of_its_step():
    """Gates, pre-activations and states of t = 2, and how far each gate is open."""
    ran = rnncalc.run(rnncalc.load(ROOT / "rnncalc" / "examples" / "lstm.yaml"))
    request = PictureRequest("cell", Selection(steps=2), plain=True)
    rows = [row.plain for row in terminal.rows(pictures.of(ran, request), Screen())]
    values = ran.layers[0].forward.values

    for name in ("i", "f", "g", "o", "c", "h"):
        shown = [r.split()[1] for r in rows if re.match(rf"\s+{name}_t  ", r)]
        assert shown == [digits.number(values[name][1, 0], 4)], name
    opened = next(row for row in rows if row.strip().startswith("f_t  ")).count("\u2588")
    assert opened == int(10 * values["f"][1, 0])


def test_what_is_left_blank_stays_blank():
    """Holes to be filled in by hand."""
    ran = rnncalc.run(rnncalc.load(ROOT / "rnncalc" / "examples" / "lstm.yaml"))
    for kind in ("unrolled", "cell"):
        request = PictureRequest(kind, Selection(steps=2), blank=["h", "i"], plain=True)
        rows = [row.plain for row in terminal.rows(pictures.of(ran, request), Screen())]
        left = [row for row in rows if re.match(r"\s*(h|i)_t\s{2}", row)]

        assert len(left) >= 2
        assert all("\u2026\u2026\u2026" in row for row in left)


@pytest.mark.parametrize("kind", ["lines", "heatmap", "gates"])
def test_a_run_in_parts_is_drawn_as_the_whole(cli, tmp_path, kind):
    """Numbers that come by a pipe are not held; the picture is that of the same run in memory."""
    x = np.random.default_rng(4).normal(size=30_000)
    np.save(tmp_path / "x.npy", x[None, :, None])
    config = str(ROOT / "rnncalc" / "examples" / "lstm.yaml")
    piped = cli("plot", config, "-x", "-", "--kind", kind, input="\n".join(map(str, x)).encode())
    whole = cli("plot", config, "-x", str(tmp_path / "x.npy"), "--kind", kind)

    assert piped.text.splitlines()[1:] == whole.text.splitlines()[1:]
    assert "A column is " in piped.text


def test_how_often_units_are_near_a_bound_is_told():
    """In per cent, to the left of the line near the lower bound, to the right near the upper."""
    ran = trace(3, 50)
    ran = rnncalc.run(ran.model, x=8 * ran.x)
    rows = drawn(ran, Screen(), "saturation")
    shares = {row.split()[0]: (row.split()[1], row.split()[-1]) for row in rows if "[" in row}
    near = [[np.mean(sign * ran.h[:, unit] > 0.99) for sign in (-1, 1)] for unit in range(3)]

    assert shares == {f"h[{u}]": tuple(map(panels.percent, near[u])) for u in range(3)}
    assert any(0.1 < share < 0.9 for unit in near for share in unit)


def test_what_is_felt_of_the_past_is_told():
    """dh_T/dx_t of one unit is a product: (1 - h^2) W_h for each later step, (1 - h_t^2) W_x."""
    ran = rnncalc.run(rnncalc.Model(rnncalc.Layer({"W_x": 0.7, "W_h": 0.9}), x=[0.1, 0.5, -0.2]))
    slopes = 1 - ran.h[:, 0] ** 2
    felt = [0.7 * slopes[0] * 0.9 * slopes[1] * 0.9 * slopes[2], 0.7 * slopes[1] * 0.9 * slopes[2]]
    felt = np.array([*felt, 0.7 * slopes[2]])
    rows = [row.split() for row in drawn(ran, Screen(), "memory") if row.startswith(" t ")]

    assert [row[1] for row in rows] == ["1", "2", "3"]
    assert [row[-1] for row in rows] == [digits.number(f, 3) for f in felt / felt.max()]


def test_a_long_memory_is_told_in_parts():
    """What is forgotten has no bar; of several timesteps it is said."""
    rows = drawn(trace(2, 300), Screen(80, 24), "memory")

    assert rows[1].endswith("... forgotten")
    assert "Of several timesteps the one that is felt most." in rows
    assert len(rows) <= 24


def test_a_difference_is_drawn_of_a_check(cli):
    """A run alone has none: the command that has one is named."""
    assert cli("plot", *FLAGS, "--kind", "difference").err == (
        "Error: --kind difference is drawn of a check: rnncalc check ... --plot FILE.svg\n"
    )
