"""What RTNeural reads: ``in_shape`` and ``layers``, each with its weights as Keras has them.

AIDA-X and others put ``in_skip`` beside them, which adds the input to the output.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rnncalc.containers.json_arrays import array, tensor
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.keras_versions import NEWER
from rnncalc.conventions.rtneural import FUNCTIONS, RECURRENT, TYPES
from rnncalc.errors import FileError, located, printable
from rnncalc.model.checks import Names
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.of_json.skip import with_skip
from rnncalc.readers.of_keras.config import MOST, Spec, shaped
from rnncalc.readers.of_keras.layers import plan_of
from rnncalc.readers.of_keras.plan import PartPlan
from rnncalc.readers.of_keras.weights import THEIRS, from_list

GAINS = ("in_gain", "out_gain")


def contents(data: Mapping[str, Any], name: str) -> Contents:
    """The network of such a file. Errors: FileError for what is not computed, or contradicts."""
    features, layers = _last(data["in_shape"], "in_shape"), data["layers"]
    if not isinstance(layers, list) or not 0 < len(layers) <= MOST:
        raise FileError(f"layers: a list of 1 to {MOST:,} layers was expected")
    for key in GAINS:
        if data.get(key):
            shown = printable(str(data[key]), 40)
            raise FileError(f"{key} is {shown}: what a plugin makes louder is not computed here")
    names = Names()
    specs = [Spec("input", "input", "InputLayer", {"batch_shape": [None, None, features]}, "",
                  NEWER)]  # fmt: skip
    weights: list[list[Tensor]] = []
    for i, layer in enumerate(layers):
        with located(f"layers[{i}]"):
            spec, own = _layer(layer, names)
        specs.append(spec)
        weights.append(own)
    plans = [plan_of(spec) for spec in shaped(specs)][1:]
    for plan, spec, own in zip(plans, specs[1:], weights, strict=True):
        if plan.part.kind != "other":
            from_list([plan], [spec], list(_named(plan, own)))
    found = Contents(name, "JSON of RTNeural", "keras", [plan.part for plan in plans])
    found.left_out = [printable(key, 60) for key in data
                      if key not in ("in_shape", "layers", "in_skip", *GAINS)]  # fmt: skip
    return with_skip(found, _skip(data, features, specs[-1]), features)


def _layer(layer: Any, names: Names) -> tuple[Spec, list[Tensor]]:
    """A layer as Keras would describe it, and its arrays."""
    kind = layer.get("type") if isinstance(layer, Mapping) else None
    if not isinstance(kind, str) or kind not in TYPES:
        what = f"is of the type {printable(str(kind), 60)}, which is not computed here"
        raise FileError(f"{what}; known are {', '.join(TYPES)}")
    given = layer.get("weights", [])
    lists = isinstance(given, list) and all(isinstance(one, list) for one in given)
    arrays = [array(one) for one in given] if lists else [None]
    if any(one is None for one in arrays):
        raise FileError("weights: lists of numbers, of equal lengths, were expected")
    name = names.unique("dense" if kind == "time-distributed-dense" else kind)
    config = _config(kind, layer, len(arrays))
    own = [tensor(name, one) for one in arrays if one is not None]
    return Spec(name, name, TYPES[kind], config, "", NEWER), own


def _config(kind: str, layer: Mapping[str, Any], arrays: int) -> dict[str, Any]:
    """The settings of a layer in Keras' words."""
    units, function = _last(layer.get("shape"), "shape"), layer.get("activation", "")
    known = ("", "tanh") if kind in RECURRENT.values() else (*FUNCTIONS,)
    if function not in known:
        shown = printable(str(function), 40)
        raise FileError(f"has the activation {shown}, which is not computed in a {kind} here")
    if kind in RECURRENT.values():
        gated = {"activation": "tanh", "recurrent_activation": "sigmoid", "return_sequences": True}
        after = {"reset_after": True} if kind == "gru" else {}
        return {"units": units, **gated, **after, "use_bias": arrays > 2}
    said = {"activation": function or "linear"}
    if kind == "activation":
        return said
    if kind != "conv1d":
        return {"units": units, **said, "use_bias": arrays > 1}
    size, dilation = (_last(layer.get(key), key) for key in ("kernel_size", "dilation"))
    groups, strides = (_last(layer.get(key, 1), key) for key in ("groups", "strides"))
    return {"filters": units, "kernel_size": size, "dilation_rate": dilation, "padding": "causal",
            "groups": groups, "strides": strides, **said, "use_bias": arrays > 1}  # fmt: skip


def _last(given: Any, key: str) -> int:
    """The last number of a shape, or the number itself. Errors: FileError where there is none."""
    last = given[-1] if isinstance(given, list) and given else given
    if isinstance(last, bool) or not isinstance(last, int) or last < 1:
        raise FileError(f"{key} is {printable(str(given), 40)}: a size was expected at its end")
    return last


def _named(plan: PartPlan, arrays: list[Tensor]) -> Iterator[Tensor]:
    """The arrays with the names that Keras gives them, in the order in which it lists them."""
    asked = [name for holder in plan.holders for name in holder.names]
    for i, one in enumerate(arrays):
        called = THEIRS.get(asked[i], (asked[i],))[0] if i < len(asked) else f"weights[{i}]"
        yield tensor(f"{one.name}/{called}", one.read().astype(one.dtype))


def _skip(data: Mapping[str, Any], features: int, last: Spec) -> int:
    """How many features of the input are added to the output. Errors: FileError, as plugins."""
    given = data.get("in_skip", 0)
    if given not in (0, 1) or (given and features > 1):
        shown = f"in_skip {printable(str(given), 40)} of {features} features"
        raise FileError(f"{shown}: 0, or 1 of one feature, was expected, as the plugins do")
    return int(given)
