"""Model against model: both run on one input; the first layer that differs is named, and why."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from xml.etree import ElementTree

import jsonschema
import numpy as np
import pytest

import rnncalc
from rnncalc import Layer, Model, Output, RnncalcError
from rnncalc.cli.schema import json_schema

RNG = np.random.default_rng(7)
X = RNG.normal(size=(2, 4, 2))


def gated(cell: str, units: int, features: int, name: str) -> Layer:
    """A layer whose weights all differ."""
    gates = {"gru": "zrn", "lstm": "ifgo"}[cell]
    shapes = {"W_x": (units, features), "W_h": (units, units), "bias": (units,)}
    weights = {f"{key}.{g}": RNG.normal(size=shape) for key, shape in shapes.items() for g in gates}
    return Layer(weights, cell=cell, name=name)


LAYERS = (gated("lstm", 3, 2, "first"), gated("gru", 4, 3, "second"), gated("lstm", 2, 4, "third"))
HEAD = Output(RNG.normal(size=(2, 2)), RNG.normal(size=2))
OURS = Model(LAYERS, output=HEAD, x=X)


def with_layer(index: int, layer: Layer) -> Model:
    layers = list(LAYERS)
    layers[index] = layer
    return Model(layers, output=HEAD)


def exchanged(layer: Layer, one: str, other: str) -> Layer:
    """A layer with two of its gates exchanged."""
    letters = str.maketrans({one: other, other: one})
    names = {
        name: name.partition(".")[0] + "." + name[-1].translate(letters) for name in layer.weights
    }
    return replace(layer, weights={names[name]: array for name, array in layer.weights.items()})


def test_the_first_layer_that_differs_is_named():
    """What is behind it is not compared, and the cause is looked for up to it."""
    theirs = with_layer(1, replace(exchanged(LAYERS[1], "z", "r"), name="gru"))
    found = rnncalc.check(OURS, theirs)

    assert [(one.name, one.theirs, one.agrees) for one in found.layers] == [
        ("first", "first", True),
        ("second", "gru", False),
    ]
    assert [one.id for one in found.diagnosis.causes] == ["gate-order"]
    assert "second (gru there) is the first that differs; first before it agrees" in str(found)


def test_equal_models_agree_in_every_layer():
    """And in what the network gives."""
    found = rnncalc.check(OURS, Model(LAYERS, output=HEAD))
    assert found
    assert [one.max_abs for one in found.layers] == [0, 0, 0]
    assert found.comparison.quantity == "y"
    assert "layers: first, second, third agree, by 0 at most" in str(found)


def test_layers_agree_and_the_output_differs():
    """Then what is behind them is named as any mistake is."""
    found = rnncalc.check(OURS, Model(LAYERS, output=replace(HEAD, activation="softmax")))
    assert all(one.agrees for one in found.layers)
    assert [one.id for one in found.diagnosis.causes] == ["output-activation"]


def test_layers_of_other_sizes_differ():
    """No number is compared, and that is said."""
    theirs = Model((LAYERS[0], gated("gru", 5, 3, "second")))
    found = rnncalc.check(OURS, theirs)
    assert found.layers[-1][:4] == ("second", "second", None, False)
    assert found.comparison.shapes == ((2, 4, 4), (2, 4, 5))


def test_an_array_for_each_layer(tmp_path):
    """In an npz file by the layers' names, as they come out of hooks."""
    trace = rnncalc.run(OURS)
    arrays = {layer.name: np.float32(layer.h) for layer in trace.layers}
    np.savez(tmp_path / "hooks.npz", **arrays)
    assert (
        rnncalc.check(replace(OURS, output=None), tmp_path / "hooks.npz", show=None)
        .layers[-1]
        .agrees
    )

    arrays["second"] = arrays["second"][:, ::-1]
    np.savez(tmp_path / "hooks.npz", **arrays)
    found = rnncalc.check(OURS, tmp_path / "hooks.npz")
    assert [(one.name, one.agrees) for one in found.layers] == [("first", True), ("second", False)]
    assert "time-reversed" in [one.id for one in found.diagnosis.causes]


@pytest.mark.parametrize("suffix", ["yaml", "json", "npz", "safetensors", "onnx"])
def test_files_of_models(tmp_path, cli, suffix):
    """``--against`` takes another model file of every kind; --json tells the layers."""
    if suffix in ("safetensors", "onnx"):
        pytest.importorskip(suffix)
    np.save(tmp_path / "x.npy", X)
    plain = replace(OURS, x=None)
    rnncalc.convert(plain, tmp_path / "net.yaml")
    slip = replace(LAYERS[2], weights=LAYERS[2].weights | {"W_h.f": LAYERS[2].weights["W_h.f"].T})
    for name, layers in (("same", LAYERS), ("other", (*LAYERS[:2], slip))):
        rnncalc.convert(replace(plain, layers=layers), tmp_path / f"{name}.{suffix}")
    run = (
        "check",
        str(tmp_path / "net.yaml"),
        "-x",
        str(tmp_path / "x.npy"),
        "--json",
        "--against",
    )

    assert cli(*run, str(tmp_path / f"same.{suffix}")).code == 0
    screen = cli(*run, str(tmp_path / f"other.{suffix}"))
    document = json.loads(screen.out)
    jsonschema.validate(document, json_schema("check"))
    assert screen.code == 1
    assert [one["agrees"] for one in document["layers"]] == [True, True, False]
    assert document["how"] == "run by rnncalc on the same input"


@pytest.mark.parametrize("given", ["-", "pipe"])
def test_a_config_on_a_stream_is_read_once(cli, tmp_path, given):
    """stdin and pipes give their text one time."""
    text = json.dumps({"W_x": 0.5, "W_h": 1.1})
    run = ("check", "-x", "1,2", "--wx", "0.5", "--wh", "1.1", "--against")
    if given == "-":
        assert cli(*run, "-", input=text.encode()).code == 0
        return
    os.mkfifo(tmp_path / "net")
    with subprocess.Popen(["sh", "-c", f"printf '%s' '{text}' > {tmp_path / 'net'}"]):
        assert cli(*run, str(tmp_path / "net")).code == 0


def test_junit(tmp_path, cli):
    """A test case for each layer that agrees, and a failure with all that text says."""
    rnncalc.convert(replace(OURS, x=None), tmp_path / "net.yaml")
    theirs = replace(LAYERS[1], reset_after=False)
    rnncalc.convert(with_layer(1, theirs), tmp_path / "other.yaml")
    np.save(tmp_path / "x.npy", X)
    run = ("check", str(tmp_path / "net.yaml"), "-x", str(tmp_path / "x.npy"), "--against")

    assert cli(*run, str(tmp_path / "other.yaml"), "-o", str(tmp_path / "check.xml")).code == 1
    suite = ElementTree.parse(tmp_path / "check.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    first, second = suite.iter("testcase")
    assert (first.get("name"), first.find("failure")) == ("first", None)
    assert second.get("name").startswith("second: h against ")
    assert "second is the first that differs" in " ".join(second.find("failure").text.split())

    agreeing = cli(*run, str(tmp_path / "net.yaml"), "-f", "junit")
    assert (agreeing.code, b'failures="0"' in agreeing.out) == (0, True)


def test_a_model_that_takes_no_such_input_is_refused():
    """By its name, with what it takes."""
    with pytest.raises(RnncalcError, match=r"the other model: .*features"):
        rnncalc.check(OURS, Model(gated("gru", 4, 3, "other")))
