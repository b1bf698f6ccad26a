"""Every option of every layer of Keras that is read: it is read, changes no number, or is refused.

What it changes was recorded from the real Kerases, one value of one option at a time
(``tests/golden/options``).
"""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from conftest import ROOT, existing

import rnncalc
from rnncalc.config import network
from rnncalc.containers.hdf5.tree import Group
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.keras_options import OF_ALL, OPTIONS
from rnncalc.readers.of_keras.file import of_archive

FOLDER = ROOT / "tests" / "golden" / "options"
RECORDED = {path.stem: json.loads(path.read_text()) for path in existing("*.json", FOLDER)}
VARIANTS = [(name, i) for name, one in RECORDED.items() for i in range(len(one["variants"]))]
CLASSES = [(name, kind) for name, one in RECORDED.items() for kind in one["classes"]]

STEPS = [("BatchNormalization", "axis"), ("LayerNormalization", "axis"), ("Softmax", "axis"),
         ("GlobalAveragePooling1D", "data_format"), ("GlobalAveragePooling1D", "keepdims"),
         ("GlobalMaxPooling1D", "data_format"), ("GlobalMaxPooling1D", "keepdims"),
         ("Flatten", "data_format"), ("SimpleRNN", "time_major"), ("GRU", "time_major"),
         ("LSTM", "time_major"), ("RNN", "time_major"), ("PReLU", "shared_axes")]  # fmt: skip
"""Options that exchange steps and features, or normalize over steps."""

OTHERS = [("BatchNormalization", "renorm"), ("LayerNormalization", "rms_scaling")]
USUAL = {"axis": ("2", "[-1]"), "shared_axes": ("[1, 2]",), "time_major": ("False",),
         "keepdims": ("False",)}  # fmt: skip
"""Values of these that are computed."""

OVER_STEPS = ("1", "-2", "[1]", "[-2]")
"""The axes of a Softmax over the steps, which is computed, too."""

HALF = 4e-3
"""How far off numbers may be that Keras computed in half precision."""


def refused(name, index):
    """Whether it is one of those that are not computed."""
    row = RECORDED[name]["variants"][index]
    place = row["class"], row["option"]
    if place == ("Softmax", "axis") and row["value"] in OVER_STEPS:
        return False
    return place in OTHERS or (place in STEPS and row["value"] not in USUAL.get(row["option"], ()))


def told(name, index):
    """The class, option and value, and the whole network with it."""
    document = RECORDED[name]
    row = document["variants"][index]
    whole = copy.deepcopy(document["classes"][row["class"]])
    for way, value in row["config"].items():
        *above, last = way.split("/")
        block = whole["config"]
        for key in above:
            block = block[int(key) if isinstance(block, list) else key]
        block[int(last) if isinstance(block, list) else last] = value
    return row, whole | {key: row[key] for key in ("arrays", "types", "out") if key in row}


def tree(whole):
    """The groups of a file with the weights of a network."""
    root = Group("", {}, {}, {})
    for way, array in whole["arrays"].items():
        *above, last = way.split("/")
        group = root
        for i, name in enumerate(above, start=1):
            group = group.groups.setdefault(name, Group("/".join(above[:i]), {}, {}, {}))
        numbers = np.array(array, np.float64)
        kind = whole["types"].get(way, "float32")
        group.tensors[last] = Tensor(way, numbers.shape, kind, lambda numbers=numbers: numbers)
    return root


def computed(name, kind, whole):
    """What we compute of the recorded input, by the config and weights of a .keras file."""
    version = {"keras_version": RECORDED[name]["recorded_with"][name]}
    model = network.model(of_archive("m.keras", whole["config"], version, tree(whole)).said())
    x = RECORDED[name]["ids" if kind == "Embedding" else "x"]
    trace = rnncalc.run(model, np.array(x))
    if trace.y is not None:
        return trace.y
    return trace.last if model.mode == "many-to-one" else trace.h


def agrees(found, out, within=3e-6):
    """Whether numbers are the framework's."""
    out = np.array(out)
    return found.shape == out.shape and np.allclose(found, out, rtol=within, atol=within)


@pytest.mark.parametrize(("name", "kind"), CLASSES)
def test_a_layer_as_it_is_made_is_computed(name, kind):
    """And every option that this Keras has for it is known."""
    whole = RECORDED[name]["classes"][kind]

    assert agrees(computed(name, kind, whole), whole["out"])
    assert {*whole["options"]} <= {*OPTIONS[kind], *OF_ALL}


@pytest.mark.parametrize(("name", "index"), [place for place in VARIANTS if not refused(*place)])
def test_an_option_is_read(name, index):
    """What it changes is changed here, and what changes nothing is not refused."""
    row, whole = told(name, index)
    found = computed(name, row["class"], whole)
    if row["value"] == "None" and row["option"] == "merge_mode":
        found = found[..., : len(whole["out"][0][0])]  # the recorded one is the first of two
    assert agrees(found, whole["out"], HALF if "float16" in row["value"] else 3e-6)


@pytest.mark.parametrize(("name", "index"), [place for place in VARIANTS if refused(*place)])
def test_an_option_that_is_not_computed_is_refused_by_name(name, index):
    """It changes the numbers, or the arrays."""
    row, whole = told(name, index)
    with pytest.raises(rnncalc.RnncalcError) as error:
        computed(name, row["class"], whole)
    assert row["option"] in str(error.value)
    assert {"out", "arrays"} & {*row}
