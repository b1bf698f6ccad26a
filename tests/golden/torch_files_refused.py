"""Model files of PyTorch that must be refused: code, and what is no recurrent network."""

from __future__ import annotations

from torch_files_recorder import Recorded


def refused() -> dict[str, Recorded]:
    """Every document and the bytes of its file, by its name."""
    return {}
