"""Configs of graphs, mutilated: whatever is exchanged, left out or closed to a circle."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from ending import ends_well
from hypothesis import given
from hypothesis import strategies as st
from ways_in import GRAPHS, Case, case_of

import rnncalc

NAMES = ["x", "conv", "one", "other", "both", "end", "encoder", "decoder", "attention", "a", "b",
         "mean", "output", "layer0", "one.forward", "encoder.final.h", "", "nobody",
         "source", "target", "first", "second"]  # fmt: skip
KEYS = ["name", "input", "join", "h0", "c0", "pooling", "conv1d", "attention", "scale", "size",
        "strides", "repeat", "reshape", "permute", "upsampling", "flatten", "axis", "axes",
        "normalize", "merge", "direction", "return_sequences", "masking", "mask_zero", "W_y",
        "activation", "causal", "groups", "dilation", "cell", "rescaling", "embedding"]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(NAMES), max_size=3),
    st.builds(lambda name: {"layer": name}, st.sampled_from(NAMES)),
    st.builds(
        lambda name, way: {"layer": name, "direction": way},
        st.sampled_from(NAMES),
        st.sampled_from(["forward", "backward", "up"]),
    ),
    st.sampled_from(["add", "concat", "dot", "general", "additive", "multihead", "same", "causal",
                     "valid", "last", "average", "none", True, False, None, 0, 1, 2, -1, 1.5,
                     10**9, 2**63, [2, 1], [-1, 2], [[1.0, 2.0]], {}, []]),
)  # fmt: skip


def inputs_of(case: Case) -> Any:
    """The input as a config has it."""
    if isinstance(case.x, dict):
        return {name: array.tolist() for name, array in case.x.items()}
    return case.x.tolist()


def blocks(config: dict) -> list[dict]:
    """Every block of a config, its outputs too."""
    output = config.get("output", [])
    return [*config["layers"], *(output if isinstance(output, list) else [output])]


@st.composite
def mutilated(draw) -> dict:
    """A config of a graph, changed in one to four places."""
    case = case_of(draw(st.sampled_from(sorted(GRAPHS))), 1, draw(st.booleans()), "float64")
    config = copy.deepcopy({**case.config, "x": inputs_of(case)})
    for _ in range(draw(st.integers(1, 4))):
        block = draw(st.sampled_from(blocks(config)))
        change = draw(st.sampled_from(["set", "delete", "exchange", "repeat", "remove"]))
        if change == "set":
            block[draw(st.sampled_from(KEYS))] = draw(VALUES)
        elif change == "delete" and block:
            del block[draw(st.sampled_from(sorted(block)))]
        elif change == "exchange":
            other = draw(st.sampled_from(blocks(config)))
            key = draw(st.sampled_from(["name", "input", "W_y", "W_h", "h0"]))
            block[key], other[key] = other.get(key), block.get(key)
        elif change == "repeat":
            config["layers"].append(copy.deepcopy(block))
        elif change == "remove" and len(config["layers"]) > 1 and block in config["layers"]:
            config["layers"].remove(block)
    return config


@given(mutilated())
def test_no_config_of_a_graph_ends_in_a_traceback(config):
    """It runs, or a few clean lines say what is wrong."""
    ends_well(["-", "-f", "json"], json.dumps(config).encode())


@pytest.mark.parametrize(
    ("block", "x"), [({"upsampling": 10**9}, 4), ({"attention": "dot", "input": ["a", "a"]}, 10**5)]
)
def test_what_would_be_too_many_numbers_is_refused_before_it_is_computed(block, x):
    """A few numbers ask for many: repeated steps, and scores of every step and every other."""
    layers = [{"name": "a", "cell": "rnn", "W_x": 0.5, "W_h": 0.25}, {"name": "b", **block}]
    model = rnncalc.load({"layers": layers})

    with pytest.raises(rnncalc.RnncalcError, match=r"b makes .* at most 100,000,000 are held"):
        rnncalc.run(model, np.ones((x, 1)))
