"""The operations that Keras 3 writes down where a program computes without a layer: ``x + y``.

Those that a layer does, too, are read as that layer; like all operations they hand no mask on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnncalc.conventions.keras import JOINS, MODELS, PASSED, snake_case
from rnncalc.readers.of_keras.wiring import Entry, places

FUNCTIONS = (
    "Tanh", "Sigmoid", "Relu", "Relu6", "Softplus", "Softsign", "Silu", "HardSigmoid", "LogSigmoid",
)  # fmt: skip
"""Those that are an activation without arguments."""

OPERATION = "keras.ops."
"""How the class of an operation begins that no layer does."""

POOLED = {"Mean": "GlobalAveragePooling1D", "Max": "GlobalMaxPooling1D"}
STEPS = (1, [1])
"""The axis of timesteps."""

ALL = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}
LAST = ([ALL, -1], [ALL, -1, ALL])
"""``x[:, -1]`` and ``x[:, -1, :]``."""


def as_layer(entry: Entry) -> Entry:
    """An operation as the layer that does the same; under another name where there is none."""
    if not _is_operation(entry):
        return entry
    node, config = entry["inbound_nodes"][0], entry.get("config") or {}
    args = [*node.get("args", ()), *(node.get("kwargs") or {}).values()]
    found = _layer(entry["class_name"], config, args)
    kind, more = found or (f"{OPERATION}{snake_case(entry['class_name'])}", {})
    read = {"args": [[one for one in args if places(one)]], "kwargs": {}}
    return {"class_name": kind, "config": {"name": config.get("name", entry.get("name")), **more},
            "inbound_nodes": [read], "operation": True}  # fmt: skip


def _is_operation(entry: Entry) -> bool:
    """Whether it is an operation: by its module, or in a file without modules by its config."""
    nodes = entry.get("inbound_nodes")
    if not nodes or not isinstance(nodes, list) or not isinstance(nodes[0], dict):
        return False
    if entry.get("module") is not None:
        return "ops" in str(entry["module"]).split(".")
    known = entry["class_name"] in (*PASSED, *MODELS)
    return not known and "trainable" not in (entry.get("config") or {})


def _layer(
    kind: str, config: Mapping[str, Any], args: Sequence[Any]
) -> tuple[str, dict[str, Any]] | None:
    """The class and the settings of the layer, if there is one."""
    tensors = [bool(places(one)) for one in args]
    if kind in JOINS and (kind == "Concatenate" or tensors == [True, True]):
        return (kind, {"axis": config.get("axis", -1)} if kind == "Concatenate" else {})
    if sorted(tensors) == [False, True] and isinstance(args[tensors.index(False)], (int, float)):
        return _rescaled(kind, float(args[tensors.index(False)]), tensors[0])
    if kind == "GetItem" and args[1:] in [[one] for one in LAST]:
        return "LastTimestep", {}
    if kind in POOLED and config.get("axis") in STEPS and not config.get("keepdims"):
        return (POOLED[kind], {}) if config.get("initial") is None else None
    if tensors != [True]:
        return None
    if kind == "Negative":
        return "Rescaling", {"scale": -1.0}
    if kind == "Softmax":
        return "Softmax", {"axis": config.get("axis", -1)}
    return ("Activation", {"activation": snake_case(kind)}) if kind in FUNCTIONS else None


def _rescaled(kind: str, number: float, first: bool) -> tuple[str, dict[str, Any]] | None:
    """An operation with a number behind it, or (not ``first``) in front."""
    if kind == "Add":
        return "Rescaling", {"offset": number}
    if kind == "Multiply":
        return "Rescaling", {"scale": number}
    if kind == "Subtract":
        change = {"offset": -number} if first else {"scale": -1.0, "offset": number}
        return "Rescaling", {"scale": 1.0, **change}
    if kind in ("Divide", "TrueDivide") and first and number:
        return "Rescaling", {"scale": 1 / number}
    return None
