"""Golden model files: real files of frameworks, and what the framework computes of each.

A document stands beside its file (``tests/recorders/record_keras_files.py`` ... write both):

- ``file``: its name; ``about``: what is in it; ``dtype``: what the framework computed in;
- ``refused``: what the message must contain, where it must be refused; nothing else then;
- ``x``, batch-first, and ``mask`` or ``lengths`` where they are given to the call from outside;
- ``assume``: what must be told besides, as ``--assume`` takes it; ``layers``: which layers in which
  order, as ``--layers`` takes it;
- ``expected``: ``out`` is the result, ``h`` the whole sequence of the last recurrent layer, as the
  framework gives it; ``out_float32`` what the same weights give in float32, where a model computes
  in less: it holds to float32's tolerance; further outputs by the names that runs have for them;
- ``h0``, ``c0`` (directions, batch, units), where the model takes them as inputs;
- ``parts``: name, kind, cell and units of every layer in the order in which they run. The cells of
  one loop have plus signs between them, and their units are the last one's. Of weights alone, those
  layers are left out that change nothing, as the file does not tell what they are.

Of ONNX files ``out`` is the graph's first output, batch-first, its directions side by side; ``h0``
and ``c0`` (directions of all nodes, batch, units) are given where the graph reads them. Names are
those of nodes, paths with dots: rnn.LSTM is the node /rnn/LSTM; null where no node tells the layer,
as in a ``Loop`` or an unrolled recurrence.
Files of ``external data`` stand beside them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conftest import ROOT, existing

FOLDER = ROOT / "tests" / "golden" / "files"
CONTAINERS = ROOT / "tests" / "golden" / "containers"

FILES = [
    path.relative_to(FOLDER).with_suffix("").as_posix() for path in existing("*/*.json", FOLDER)
]
"""By the folder and the name of their documents: ``keras/lstm``."""

TOLERANCE = {
    "float64": 1e-12,
    "float32": 2e-6,
    "float16": 2e-3,
    "mixed_float16": 2e-3,
    "bfloat16": 2e-2,
    "mixed_bfloat16": 2e-2,
}
"""How far ``out`` may be from what is computed in float64 and float32."""


def golden(name: str) -> dict[str, Any]:
    """The document of a file."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def path(name: str) -> Path:
    """The file itself."""
    return FOLDER / Path(name).parent / golden(name)["file"]


def computed(framework: str) -> list[str]:
    """The files of a framework of which numbers are expected."""
    return [name for name in of(framework) if "expected" in golden(name)]


def refused(framework: str) -> list[str]:
    """The files of a framework that must be refused."""
    return [name for name in of(framework) if "refused" in golden(name)]


def of(framework: str) -> list[str]:
    """All files in the folder of a framework."""
    return [name for name in FILES if name.startswith(f"{framework}/")]
