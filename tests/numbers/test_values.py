"""Numbers from text and files: what is read, and what is refused with which sentence."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from rnncalc.errors import RnncalcError
from rnncalc.numbers import values


def refused(message: str):
    return pytest.raises(RnncalcError, match=re.escape(message))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.5", 0.5),
        ("-.5", -0.5),
        ("+1e-3", 0.001),
        ("0x1.8p-1", 0.75),
        ("0x10", 16.0),
        ("-inf", -np.inf),
        ("NaN", np.nan),
        ("1,2,3", [1, 2, 3]),
        ("1, 2, 3", [1, 2, 3]),
        ("1 2\t3", [1, 2, 3]),
        ("1 2; 3 4", [[1, 2], [3, 4]]),
        ("1,2;3,4;", [[1, 2], [3, 4]]),
        ("1 2\n3 4\n", [[1, 2], [3, 4]]),
        ("[1, 2.5]", [1, 2.5]),
        ('["NaN", "-Infinity"]', [np.nan, -np.inf]),
        ("[[1,2],[3,4]]", [[1, 2], [3, 4]]),
        ("[[[1],[2]],[[3],[4]]]", [[[1], [2]], [[3], [4]]]),
    ],
)
def test_what_is_read(text, expected):
    """Every form of a value, as a float64 array."""
    result = values.parse(text)

    assert result.dtype == np.float64
    np.testing.assert_array_equal(result, expected)
    assert result.shape == np.shape(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.0o", "'1.0o' is not a number"),
        ("\u22121", "has a typographic minus or dash: write - (the hyphen)"),
        ("1_000", "'1_000' has an underscore: write 1000"),
        ("\uff11\uff12", "has digits of another script: write 0 to 9"),
        ("0,5;1,x", "'x' is not a number"),
        ("=1", "'=1' starts with '=': leave it out"),
        ("1e400", "'1e400' is too large for float64"),
        ("9" * 1000, "is too large for float64"),
        ("1e-400", "'1e-400' is too small for float64: it would become 0"),
        ("0x1p5000", "'0x1p5000' is too large for float64"),
        ("", "nothing where a number was expected"),
        ("1,,2", "nothing between two commas"),
        ("1 2;;3 4", "nothing where a number was expected"),
        ("0,5 1,5", "has commas and blanks between numbers: use one of them"),
        ("1 2; 3", "1 number, where [0] has 2 numbers"),
        ("[1, [2]]", "1 number, where [0] has a number"),
        ("[]", "an empty list"),
        ("[[]]", "an empty list"),
        ("[[[[[1]]]]]", "lists within lists, more than 4 deep"),
        ("[" * 100_000, "lists within lists, more than 4 deep"),
        ('["1",', "not JSON: unexpected end of data"),
        ("[1,", "ends within 1 bracket that is still open"),
        ("[1, null]", "null where a number was expected"),
        ("[true]", "true where a number was expected"),
        ('{"a": 1}', "an object where a number was expected"),
        ('["1,5"]', "'1,5' has a decimal comma: write 1.5"),
        ("[1e400]", "too large for float64"),
        ("w.csv", "'w.csv' is not a number. To read a file, write @file"),
        ("./w", "'./w' is not a number. To read a file, write @file"),
        ("@", "cannot tell what is in it"),
    ],
)
def test_what_is_refused(text, message):
    """Each mistake has its sentence."""
    with refused(message):
        values.parse(text)


def test_what_a_place_is():
    """The path of an error leads to the number: row and column, from 0."""
    with pytest.raises(RnncalcError) as caught:
        values.parse("1,2;3,x")

    assert caught.value.path == (1, 1)


FILES = {
    "w.csv": b"1,2\n3,4\n",
    "crlf.csv": b"\xef\xbb\xbf1,2\r\n\r\n3,4",
    "w.tsv": b"1\t2\n3\t4\n",
    "w.json": b"[[1, 2], [3, 4]]",
    "zeros.csv": b"0,0\n0,0.0\n",
    "spaces.csv": b" 1 , 2\n3,4 \n",
}


@pytest.mark.parametrize("name", FILES)
def test_text_files(tmp_path, name):
    """csv, tsv and json; with BOM, CRLF, empty lines, no newline at the end."""
    (tmp_path / name).write_bytes(FILES[name])

    expected = np.zeros((2, 2)) if name.startswith("zeros") else [[1, 2], [3, 4]]
    np.testing.assert_array_equal(values.parse(f"@{name}", tmp_path), expected)
    np.testing.assert_array_equal(values.parse(f"{tmp_path}/{name}", file=True), expected)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.csv", b"1,2\n3\n", "w.csv:2: 1 number, where line 1 has 2"),
        ("w.csv", b"1,2\n3,4o\n", "w.csv:2: column 2: '4o' is not a number"),
        ("w.csv", b"1,,2\n", "nothing between two commas"),
        ("w.csv", b"1e-400\n", "too small for float64"),
        ("w.csv", b"1_000\n", "has an underscore"),
        ("w.csv", b"", "there are no numbers in it"),
        ("w.csv", b"1\n\xb0\xa1\n", "line 2: byte 0xb0 is not UTF-8. Save the file as UTF-8"),
        ("w.csv", "1,2\n".encode("utf-16"), "UTF-16"),
        ("w.csv", b"\0" * 5000, "UTF-16 or binary"),
        ("w.json", b"[1, 2", "w.json: "),
        ("w.json", b"[1,\n2,,]", "line 2, column 3: not JSON"),
        ("w.json", b"[NaN]", "not JSON"),
        ("w.npy", b"no", "is not an npy file"),
        ("w.npy", b"\x93NUMPY\x01\x00\x06\x00{'desc", "is not a readable npy file"),
        ("w.npz", b"PK", "is not an npz file"),
        ("w.bin", b"1", "cannot tell what is in it; known are .csv"),
    ],
)
def test_files_that_are_refused(tmp_path, name, content, message):
    """The error names the file, the line and the column."""
    (tmp_path / name).write_bytes(content)
    with refused(message):
        values.parse(f"@{name}" + ":a" * name.endswith("npz"), tmp_path)


@pytest.mark.parametrize("text", ["x.cvs", "./x.cvs", "@x.cvs"])
def test_a_name_that_is_mistyped(tmp_path, monkeypatch, text):
    """A name whose suffix is none of ours is looked up among those that are there."""
    (tmp_path / "x.csv").write_text("1\n")
    monkeypatch.chdir(tmp_path)
    with refused("x.cvs: there is no such file. Did you mean x.csv?"):
        values.parse(text, file=True)


def test_a_line_that_never_ends(tmp_path):
    """A csv line beyond 16 MiB is refused before it is held in memory."""
    with open(tmp_path / "w.csv", "wb") as file:
        file.truncate(1)
        file.write(b"1," * (9 << 20))
    with refused("is longer than 16 MiB"):
        values.read("w.csv", folder=tmp_path)


def test_places_that_are_no_files(tmp_path):
    """A folder, a missing file, a name that no file can have."""
    (tmp_path / "d.csv").mkdir()
    with refused("d.csv: is a folder, not a file"):
        values.read("d.csv", folder=tmp_path)
    with refused("there is no such file"):
        values.read("n.npy", folder=tmp_path)
    with refused("n.npz:"):
        values.read("n.npz", folder=tmp_path)


DTYPES = ["<f8", ">f8", "<f4", "<f2", "<i8", "u1", "?"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_npy_of_every_real_type(tmp_path, dtype):
    """Both byte orders, C and Fortran order, integers and booleans."""
    array = np.asfortranarray([[1, 0, 1], [0, 1, 1]]).astype(dtype, order="F")
    np.save(tmp_path / "w.npy", array)

    np.testing.assert_array_equal(values.read("w.npy", folder=tmp_path), array.astype(float))


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([{}], object), "holds Python objects, not real numbers"),
        (np.array([1j]), "holds complex128, not real numbers"),
        (np.array(["a"]), "not real numbers"),
        (np.zeros((1, 1, 1, 1, 1)), "has 5 axes, at most 4"),
        (np.zeros((0, 2)), "is empty: shape (0, 2)"),
    ],
)
def test_npy_that_is_refused(tmp_path, array, message):
    """No objects, no complex numbers, no empty arrays."""
    np.save(tmp_path / "w.npy", array, allow_pickle=True)
    with refused(message):
        values.read("w.npy", folder=tmp_path)


@pytest.mark.parametrize("shape", ["(1099511627776,)", "(4611686018427387904, 4)", "(-1,)", "(3,)"])
def test_a_shape_is_not_believed(tmp_path, shape):
    """A header claims more than the file has: refused, and no memory is taken for it."""
    content = header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}\n")
    (tmp_path / "w.npy").write_bytes(content + b"\0" * 16)
    with refused("is truncated"):
        values.read("w.npy", folder=tmp_path)


def test_headers_that_lie(tmp_path):
    """A header of 3 GiB, a truth value as a length, a number without axes."""
    (tmp_path / "w.npy").write_bytes(b"\x93NUMPY\x02\x00" + (3 << 30).to_bytes(4, "little"))
    with refused("its header is too long"):
        values.read("w.npy", folder=tmp_path)
    content = header("{'descr': '<f8', 'fortran_order': False, 'shape': (True,)}\n")
    (tmp_path / "w.npy").write_bytes(content + b"\0" * 8)
    with refused("its header is damaged"):
        values.read("w.npy", folder=tmp_path)
    np.save(tmp_path / "w.npy", np.array(2.5))
    assert values.read("w.npy", folder=tmp_path) == 2.5


def test_devices_hold_no_arrays(tmp_path):
    """/dev/zero under a name that looks like an archive is refused at once."""
    for name in ("w.npy", "w.npz"):
        (tmp_path / name).symlink_to("/dev/zero")
        with refused("is a device or a pipe"):
            values.read(name, "a" if name.endswith("z") else None, tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archives_with_two_of_a_name(tmp_path):
    """Which one is meant? Refused; an archive without arrays as well."""
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
        archive.writestr("a.npy", b"")
        archive.writestr("a.npy", b"")
    with refused("has two arrays 'a'"):
        values.parse("@w.npz:a", tmp_path)
    zipfile.ZipFile(tmp_path / "w.npz", "w").close()
    with refused("has no arrays"):
        values.parse("@w.npz:a", tmp_path)


def test_npz(tmp_path):
    """An array by its key; without a key the error lists them."""
    np.savez(tmp_path / "w.npz", a=[1.0, 2.0], b=[3.0])

    np.testing.assert_array_equal(values.parse("@w.npz:a", tmp_path), [1, 2])
    with refused("which array?"):
        values.parse("@w.npz", tmp_path)
    with refused("w.npz: has no array 'c'; there are: a, b"):
        values.parse("@w.npz:c", tmp_path)
    with refused("a file of lines or one array has no keys: leave out a"):
        values.read("w.npy", "a", tmp_path)


def test_a_zip_bomb(tmp_path):
    """An archive that unpacks to far more than its size is refused unread."""
    with zipfile.ZipFile(tmp_path / "w.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", header("x") + b"\0" * (65 << 20))
    with refused("unpacks to 68,157,451 bytes"):
        values.parse("@w.npz:a", tmp_path)


def test_a_damaged_archive(tmp_path):
    """A wrong byte in a compressed member is an error with the member's name."""
    np.savez_compressed(tmp_path / "w.npz", a=np.arange(100.0))
    data = bytearray((tmp_path / "w.npz").read_bytes())
    data[60] ^= 0xFF
    (tmp_path / "w.npz").write_bytes(data)
    with refused("w.npz: a.npy"):
        values.parse("@w.npz:a", tmp_path)


def test_stdin_is_one_row_a_line(monkeypatch):
    """Commas or blanks, a line a timestep, the last newline may be missing."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"1 2\n3 4")))

    np.testing.assert_array_equal(values.parse("-", Path("anywhere")), [[1, 2], [3, 4]])
