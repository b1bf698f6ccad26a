"""Tables with names, as pandas, Excel, Miller, NumPy and R write them."""

from __future__ import annotations

import gzip
import re

import numpy as np
import pytest

from rnncalc import bounds
from rnncalc.errors import FileError, RnncalcError, RnncalcWarning
from rnncalc.numbers import values
from rnncalc.numbers.input_file import Source

EXPECTED = [[1.5, 2], [3, 4.25]]
TABLES = {
    "names.csv": "a,b\n1.5,2\n3,4.25\n",
    "quoted.csv": '"a","b, in metres"\n"1.5","2"\n"3","4.25"\n',
    "excel.csv": "\ufeffa;b\r\n1,5;2\r\n3;4,25\r\n",
    "excel_points.csv": "a;b\r\n1.5;2\r\n3;4.25\r\n",
    "excel_says.csv": "sep=;\r\na;b\r\n1,5;2\r\n3;4,25\r\n",
    "excel_without_names.csv": "1,5;2\n3;4,25\n",
    "quoted_commas.csv": 'a,b\n"1,5",2\n3,"4,25"\n',
    "tabs_commas.tsv": "a\tb\n1,5\t2\n3\t4,25\n",
    "tabs.txt": "a\tb\n1.5\t2\n3\t4.25\n",
    "tabs_in.csv": "a\tb\n1.5\t2\n3\t4.25\n",
    "commas_in.tsv": "a,b\n1.5,2\n3,4.25\n",
    "aligned.txt": "a     b\n1.5   2\n3     4.25\n",
    "savetxt.txt": "# a b\n1.5e+00 2.0e+00\n3.0e+00 4.25e+00\n",
    "comment.txt": "# written on a Monday, by hand\n1.5 2\n3 4.25\n",
    "print.txt": "[[1.5  2.  ]\n [3.   4.25]]\n",
    "dotted.csv": "layer0.forward.h[0],Close (USD)\n1.5,2\n3,4.25\n",
    "blank.csv": "\n\na,b\n\n1.5,2\n3,4.25",
}
INDEXED = {
    "pandas.csv": ",a,b\n0,1.5,2\n1,3,4.25\n",
    "pandas_numbered.csv": ",0,1\n0,1.5,2\n1,3,4.25\n",
    "pandas_dates.csv": ",a,b\n2024-01-01,1.5,2\n2024-01-02,3,4.25\n",
    "pandas_again.csv": "Unnamed: 0,a,b\n0,1.5,2\n1,3,4.25\n",
    "pandas.tsv": "\ta\tb\n0\t1.5\t2\n1\t3\t4.25\n",
    "pandas_print.txt": "     a     b\n0  1.5  2.00\n1  3.0  4.25\n",
    "r.txt": '"V1" "V2"\n"1" 1.5 2\n"2" 3 4.25\n',
}


def read(tmp_path, name, text, **options):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    if not options:
        return values.parse(f"@{name}", tmp_path)
    with Source(tmp_path / name, **options) as source:
        return source.read()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_with_names_is_read(tmp_path, name):
    """Whole, and in parts of one row, as an input is."""
    np.testing.assert_array_equal(read(tmp_path, name, TABLES[name]), EXPECTED)
    with Source(tmp_path / name) as source:
        if not source.whole(ids=False):
            np.testing.assert_array_equal(np.concatenate([*source.parts(1)]), EXPECTED)


@pytest.mark.parametrize("name", INDEXED)
def test_an_index_is_told_apart(tmp_path, name):
    """A first column without a name is none of the numbers, and that is said."""
    with pytest.warns(RnncalcWarning, match="it is taken for an index, not read"):
        np.testing.assert_array_equal(read(tmp_path, name, INDEXED[name]), EXPECTED)


def test_one_column_with_decimal_commas_is_not_two(tmp_path):
    """Below one name 1,5 may be 1.5; where a tab separates or a column is named it may not."""
    table = "x\n1,5\n-2,5\n"

    with pytest.raises(FileError, match="'1,5' below one name is a number with a decimal comma"):
        read(tmp_path, "x.csv", table)
    np.testing.assert_array_equal(read(tmp_path, "x.tsv", table).ravel(), [1.5, -2.5])
    for asked in ("x", "1"):
        np.testing.assert_array_equal(read(tmp_path, "x.csv", table, columns=[asked]), [[5], [5]])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (["close"], [[1.5], [3]]),
        (["volume", "close"], [[7, 1.5], [8, 3]]),
        (["1"], [[1.5], [3]]),
        (["h"], [[2, 4], [5, 6]]),
    ],
)
def test_columns_are_picked_by_name_or_number(tmp_path, asked, expected):
    """In the order in which they are asked for; what is not a number elsewhere is not read."""
    table = "date,close,volume,h[0],h[1]\n2024-01-01,1.5,7,2,4\n2024-01-02,3,8,5,6\n"

    np.testing.assert_array_equal(read(tmp_path, "x.csv", table, columns=asked), expected)


@pytest.mark.parametrize("name", ["x.csv.gz", "x.txt.gz"])
def test_packed_tables_are_read(tmp_path, name):
    """gzip's files, whole and in parts."""
    (tmp_path / name).write_bytes(gzip.compress(b"a,b\n1.5,2\n3,4.25\n"))

    np.testing.assert_array_equal(values.parse(f"@{name}", tmp_path), EXPECTED)
    with Source(tmp_path / name) as source:
        np.testing.assert_array_equal(np.concatenate([*source.parts(1)]), EXPECTED)


def test_a_packed_file_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    """A hundred times its size, and 64 MiB (here 1), are the bound."""
    monkeypatch.setattr(bounds, "BOMB", (100, bounds.MIB))
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"0\n" * bounds.MIB, 1))

    with (
        pytest.raises(RnncalcError, match="unpacks to more than"),
        Source(tmp_path / "x.csv.gz") as source,
    ):
        for _ in source.parts(1 << 20):
            pass


def test_a_packed_file_that_is_cut_off_is_refused(tmp_path):
    """It is not taken for the part of it that is there."""
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"1\n2\n" * 1000)[:-9])

    with pytest.raises(RnncalcError, match=r"x\.csv\.gz: is no whole file of gzip"):
        values.parse("@x.csv.gz", tmp_path)


def test_numbers_as_names_are_pointed_out(tmp_path):
    """pandas calls columns 0, 1, 2 ..., which may as well be the first row."""
    with pytest.warns(RnncalcWarning, match="the first line, 0, 1, is read as numbers"):
        assert read(tmp_path, "x.csv", "0,1\n0.5,0.25\n").tolist() == [[0, 1], [0.5, 0.25]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a;b\n1,5;2.5\n", "x.csv:2: column 2 (b): '2.5' has a point, where others have decimal"),
        ("a;b\n1.5;2\n1;2,5\n", "x.csv:3: column 2 (b): '2,5' has a comma, where others"),
        ("a;b\n1.234,5;2\n", "'1.234,5' is not a number"),
        ("a,b\n1,2,3,4\n", "x.csv:2: 4 numbers, where line 1 has 2 names"),
        ("date,a\n2024-01-01,1\n", "x.csv:2: column 1 (date): '2024-01-01' is not a number"),
        (",a\n0.5,1\n", "the first column has no name, and '0.5' in it, which is no index"),
        ("O.5\n0.3\n", "x.csv:1: 'O.5' is not a number"),
        ("1.o\n2\n", "x.csv:1: '1.o' is not a number"),
        ("NA\n0.3\n", "x.csv:1: 'NA' is not a number"),
        ("AAPL,1.0\nMSFT,2.0\n", "x.csv:1: column 1: 'AAPL' is not a number"),
        ("1 2; 3 4\n", "'1 2' is not a number"),
        ("a,b\n", "there are no numbers in it"),
    ],
)
def test_tables_that_are_refused(tmp_path, text, message):
    """The line, the column and its name are told; a mistyped number is no name."""
    with pytest.raises(RnncalcError, match=re.escape(message)):
        read(tmp_path, "x.csv", text)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("clse", "there is no column 'clse'. Did you mean close?"),
        ("7", "there is no column '7'"),
        ("a", "2 columns are called 'a': give --columns a number"),
    ],
)
def test_columns_that_there_are_not_are_refused(tmp_path, asked, message):
    """With the names that there are."""
    with pytest.raises(RnncalcError, match=re.escape(message)):
        read(tmp_path, "x.csv", "a,close,a\n1,2,3\n", columns=[asked])


@pytest.mark.parametrize("content", [b'\x00\r"', b'"' + b"a" * 200_000 + b'",1'])
def test_what_the_csv_library_refuses_is_one_line(content, tmp_path, cli):
    """A line end without its own line, a cell beyond all bounds: the file's fault, not ours."""
    (tmp_path / "x.csv").write_bytes(content)
    done = cli("-x", str(tmp_path / "x.csv"), "--wx", "1", "--wh", "1")

    assert done.code == 2
    assert "x.csv: is no line of a csv" in done.err
