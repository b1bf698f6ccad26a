"""Layers without a state, each alone: Keras and PyTorch compute the same, and mask the same."""

from __future__ import annotations

import pytest
from golden_layers import NAMES, differs, recorded


@pytest.mark.parametrize("name", NAMES)
def test_equal_to_the_framework(name):
    """Numbers, shares and masks: 1e-12 in float64, 2e-6 in float32."""
    assert differs(recorded(name)) == []
