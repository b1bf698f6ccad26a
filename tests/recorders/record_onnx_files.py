"""Which ONNX files there are, what ONNX Runtime computes of them, and which must be refused.

    python tests/recorders/record.py onnx_files

The files stand in ``files/onnx/``, each with a document of its name.
"""

from __future__ import annotations

import os
import warnings

import golden_file
import onnx_files_keras as keras
import onnx_files_scans as scans
import onnx_files_unrolled as unrolled
from golden_file import Numbers, Recorded
from onnx_files_building import built
from onnx_files_keras import Keras
from onnx_files_nets import CASES as NETS
from onnx_files_nodes import CASES as NODES
from onnx_files_recorder import head, recorded
from onnx_files_refused import LINK, refused
from onnx_files_torch import Torch, exports, made
from onnx_files_words import Case
from onnxruntime_config import described

FOLDER = "files/onnx"


def of_case(case: Case) -> Recorded:
    """A file that is built node by node."""
    start = head(Numbers("onnx_files", case.name, case.dtype), said(case))
    return recorded(built(case), case.name, start, case.dtype)


def of_torch(name: str, about: str, case: Torch, dynamo: bool) -> Recorded:
    """A file that PyTorch exports."""
    numbers = Numbers("onnx_files", name, case.dtype)
    start = head(numbers, about, "torch", *(["onnxscript"] * dynamo))
    return recorded(made(case, dynamo, numbers), name, start, case.dtype)


def of_scan(name: str, about: str, case: scans.Scanned) -> Recorded:
    """A file with a Scan."""
    numbers = Numbers("onnx_files", name, "float32")
    start = head(numbers, about, "torch", "onnxscript")
    return recorded(scans.made(case, numbers), name, start)


def of_keras(name: str, case: Keras, framework: str, way: str) -> Recorded:
    """A file that tf2onnx makes of a model of Keras."""
    numbers = Numbers("onnx_files", name, "float32")
    asked, about = keras.made(case, framework, way, numbers)
    return recorded(asked, name, head(numbers, about, framework, "tensorflow", "tf2onnx"))


def said(case: Case) -> str:
    """One sentence."""
    parts = [described(node) for node in case.nodes]
    parts += [f"{key}: {value}" for key, value in around(case).items() if value]
    parts += [f"layout {case.layout}"] * bool(case.layout) + [f"opset {case.opset}"]
    return f"{', '.join(parts)}{case.about and '; '}{case.about}."


def around(case: Case) -> dict[str, str]:
    """What stands around the nodes."""
    return {
        "in front": case.front,
        "joined by": case.join if case.join != "squeeze" else "",
        "behind": case.head,
        "initial states": case.states,
        "weights": case.weights if case.weights != "initializers" else "",
        "sequence_lens": case.lengths_by if case.lengths else "",
        "outputs": case.outputs if case.outputs != "Y Y_h Y_c" else "",
    }


def files() -> dict[str, Recorded]:
    """Every document, and the files that go with it, by its name."""
    by_node = {case.name: of_case(case) for case in [*NODES, *NETS]}
    by_torch = {name: of_torch(name, *export) for name, *export in exports()}
    by_keras = {name: of_keras(name, *export) for name, *export in keras.exports()}
    by_scan = {name: of_scan(name, *export) for name, *export in scans.exports()}
    return by_node | by_torch | by_keras | by_scan | unrolled.recorded_apart() | refused()


def record() -> int:
    """Write all files in place of the earlier ones; how many documents."""
    warnings.simplefilter("ignore")  # exporters warn of what is wanted here
    os.environ["KERAS_BACKEND"] = "tensorflow"
    count = golden_file.write_files(FOLDER, files().items())
    name, target = LINK
    (golden_file.FOLDER / FOLDER / name).symlink_to(target)
    return count
