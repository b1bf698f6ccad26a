"""Record the golden files: what the real frameworks compute, for the tests to compare with.

    python tests/recorders/record.py [torch] [keras] [tf_keras] [onnxruntime] [keras_files] ...

Without a name, every framework that is installed. Each runs in a process of its own, so that none
sees the settings of another, and all keep sets of texts in one order. The same versions on the
same kind of processor write the same files, byte for byte.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec

import golden_file

FRAMEWORKS = ("torch", "keras", "tf_keras", "onnxruntime", "keras_files", "tf_keras_files",
              "torch_files", "onnx_files", "onnx_shapes", "mismatches", "activations",
              "activations_files", "keras_options", "tf_keras_options", "stateless", "layers",
              "gradients", "keras_containers", "torch_containers", "graphs_keras",
              "graphs_tf_keras", "graphs_onnx", "json_models", "architectures", "tensorflow",
              "tflite_files", "docs_models", "generation")  # fmt: skip
"""Those with _files record model files, with what the framework computes of them, _shapes those of
fixed axes, _containers what is in a file whoever wrote it; mismatches are of networks that were
carried over with a mistake; activations are bare functions; _options what each option of a layer
changes; stateless networks have other layers between; layers are such layers alone; graphs are
no row of layers; gradients are PyTorch's; generation is what they write by themselves."""

NEEDED = {"mismatches": ("torch", "keras", "onnxruntime"),
          "onnx_files": ("torch", "keras", "tf_keras", "tf2onnx", "onnxscript", "onnxruntime"),
          "onnx_shapes": ("torch", "keras", "tf_keras", "tf2onnx", "onnxscript", "onnxruntime"),
          "stateless": ("keras",), "gradients": ("torch",), "docs_models": ("keras", "torch"),
          "layers": ("keras", "torch"), "generation": ("keras", "torch"),
          "json_models": ("keras", "torch"), "architectures": ("keras", "tf_keras"),
          "tensorflow": ("tensorflow", "keras", "tf_keras"),
          "tflite_files": ("keras", "tf_keras", "tensorflow"),
          "keras_containers": ("keras", "tf_keras"), "torch_containers": ("torch",),
          "activations_files": ("torch", "keras", "onnxruntime"),
          "graphs_keras": ("keras",), "graphs_tf_keras": ("tf_keras",),
          "graphs_onnx": ("torch", "keras", "tf_keras", "tf2onnx", "onnxscript", "onnxruntime"),
          "activations": ("torch", "keras", "tf_keras", "onnxruntime")}  # fmt: skip
"""What is recorded with several frameworks."""


def installed(name: str) -> bool:
    """Whether all can be imported."""
    needed = NEEDED.get(name, (name.removesuffix("_files").removesuffix("_options"),))
    return all(find_spec(framework) for framework in needed)


def record(framework: str) -> int:
    """Write the golden files of one framework in place of the earlier ones; how many."""
    if framework.endswith("_options"):
        name = framework.removesuffix("_options")
        return int(import_module("record_keras_options").record(import_module(name), name))
    recorder = import_module(f"record_{framework}")
    if hasattr(recorder, "record"):
        return int(recorder.record())
    return golden_file.write(framework, recorder.documents())


def main(names: list[str]) -> None:
    """Record what was named."""
    if unknown := ", ".join(sorted(set(names) - set(FRAMEWORKS))):
        sys.exit(f"not a framework: {unknown}. There are: {', '.join(FRAMEWORKS)}")
    if len(names) == 1 and os.environ.get("PYTHONHASHSEED") == "0":
        print(f"{names[0]}: {record(names[0])} files")
        return
    for framework in names or filter(installed, FRAMEWORKS[:-2]):  # the last two change pages
        ordered = {**os.environ, "PYTHONHASHSEED": "0"}
        subprocess.run([sys.executable, __file__, framework], check=True, env=ordered)


if __name__ == "__main__":
    main(sys.argv[1:])
