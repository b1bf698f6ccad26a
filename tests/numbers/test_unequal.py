"""Sequences of unequal length, as a list: padded, with lengths of their own."""

from __future__ import annotations

import numpy as np
import pytest

from rnncalc.numbers.unequal import padded, padded_in

NETWORK = ["--wx", "0.5 -0.2; 0.3 0.1", "--wh", "0.4 0.2; -0.3 0.6", "--csv", "--show", "h"]
PADDED = ["-x", "[[[1,2],[3,4]],[[5,6],[0,0]]]", "--lengths", "2,1"]
LIST = "[[[1,2],[3,4]],[[5,6]]]"


def test_the_longest_gives_the_length():
    """What is missing is 0, and counted as missing."""
    x, lengths = padded([[[1, 2], [3, 4]], [[5, 6]]])

    np.testing.assert_array_equal(x, [[[1, 2], [3, 4]], [[5, 6], [0, 0]]])
    assert lengths.tolist() == [2, 1]


@pytest.mark.parametrize(
    "data",
    [
        [[[1], [2]], [[3], [4]]],
        [[1, 2], [3]],
        [[[1], [2]], [[3, 4]]],
        [[[1], [2, 3]], [[3]]],
        [[[1], [2]], []],
        [[[[1]], [[2]]], [[[3]]]],
        [[[1], ["x"]], [[3]]],
        [1, 2],
        3,
    ],
    ids=str,
)
def test_other_lists_are_none(data):
    """Equal lengths, two levels, rows of several widths, no rows, four levels, no numbers."""
    assert padded(data) is None


def test_a_list_of_prints_is_one():
    """As ``print([x, y])`` writes tensors."""
    assert padded_in("[tensor([[1.],[2.]]), tensor([[3.]])]").lengths.tolist() == [2, 1]


@pytest.mark.parametrize("way", ["typed", "stdin", "json", "config"])
def test_a_list_is_what_lengths_say(cli, tmp_path, monkeypatch, way):
    """Whichever way it comes, the numbers are those of the padded batch with its lengths."""
    monkeypatch.chdir(tmp_path)
    expected = cli("run", *PADDED, *NETWORK)
    (tmp_path / "x.json").write_text(LIST)
    (tmp_path / "net.yaml").write_text(f"x: {LIST}\n")
    words = {"typed": ["-x", LIST], "stdin": ["-x", "-"], "json": ["-x", "x.json"]}.get(way)
    found = cli("run", *(words or ["net.yaml"]), *NETWORK, input=LIST.encode())

    assert expected.code == found.code == 0
    assert found.out == expected.out


def test_lengths_beside_it_are_refused(cli):
    """They would say the same thing twice, or another one."""
    refused = cli("run", "-x", LIST, "--lengths", "2,1", *NETWORK)

    assert refused.code == 2
    assert "lengths are given, and x has sequences of unequal length" in refused.err
