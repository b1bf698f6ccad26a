"""Graphs of frameworks' files as configs: what is written reads back as the same network."""

from __future__ import annotations

import golden_graphs
import pytest
from golden_graphs import NAMES

import rnncalc


def written(name: str, folder, suffix: str, to: str) -> float:
    """The largest difference of the numbers of what was written."""
    model = golden_graphs.model_of(name)
    return float(rnncalc.convert(model, folder / f"net{suffix}", to=to).proof.difference)


@pytest.mark.parametrize("name", NAMES[::11])
def test_a_graph_is_written_and_read_back(name, tmp_path):
    """With our names and with PyTorch's: the same bits."""
    assert written(name, tmp_path, ".yaml", "textbook") == 0
    assert written(name, tmp_path, ".json", "torch") == 0


@pytest.mark.slow
def test_every_graph_is_written_and_read_back(tmp_path):
    """The same bits."""
    assert [name for name in NAMES if written(name, tmp_path, ".json", "textbook")] == []
