"""The processors that tests pretend to run on, as far as this one can."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CORES = ("Haswell", "SkylakeX")
"""Processors whose ways of adding up OpenBLAS knows; the second has AVX-512."""


def core(name: str) -> dict[str, str]:
    """The environment in which OpenBLAS takes the processor for this one."""
    told = Path("/proc/cpuinfo")
    if name == "SkylakeX" and told.exists() and "avx512f" not in told.read_text():
        pytest.skip("this processor has no AVX-512")
    return {**os.environ, "OPENBLAS_CORETYPE": name}
