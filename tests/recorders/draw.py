"""What a framework computes of the same networks with other numbers than those of the golden files.

    python tests/recorders/draw.py torch SALT FOLDER [STRETCH]

writes FOLDER/torch/*.json, for ``tests/test_frameworks.py`` to compare with; the golden files stay.
With STRETCH some networks, whose numbers cannot grow, read sequences that are so many times longer.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import golden_file
from record import record

LONG = {
    "torch": ("torch_recorder", ("_states", "_bidirectional", "_lengths", "_projection")),
    "tf_keras": ("keras_recorder", ("_mask_states",)),
    "onnxruntime": (
        "onnxruntime_recorder",
        ("_reverse", "_bidirectional", "_lengths", "_clip", "_input_forget"),
    ),
}  # fmt: skip
"""Where the timesteps of a framework are said, and how the names of the networks end that are
stretched; Keras takes its time over every step."""


def stretch(framework: str, times: int) -> None:
    """Leave the networks that can be stretched, and stretch their sequences, lengths and masks."""
    recorder, ends = LONG[framework]
    import_module(recorder).TIMESTEPS *= times
    networks = import_module(f"record_{framework}").NETWORKS
    networks[:] = [
        stretched(network, times)
        for network in networks
        if network.name.endswith(ends) and "relu" not in network.name
    ]


def stretched(network: Any, times: int) -> Any:
    """The network, every step of its padding so many times longer."""
    if lengths := getattr(network, "lengths", ()):
        return replace(network, lengths=tuple(length * times for length in lengths))
    if mask := getattr(network, "mask", ()):
        rows = (tuple(step for step in row for _ in range(times)) for row in mask)
        return replace(network, mask=tuple(rows))
    return network


def main(framework: str, salt: str, folder: str, times: str = "1") -> None:
    """Draw, compute and write."""
    golden_file.SALT, golden_file.FOLDER = salt, Path(folder)
    if times != "1":
        stretch(framework, int(times))
    record(framework)


if __name__ == "__main__":
    main(*sys.argv[1:])
