"""Networks in the JSON of other programs: their numbers, what they leave unsaid and contradict."""

from __future__ import annotations

import json
from copy import deepcopy

import numpy as np
import pytest
from conftest import ROOT, existing

import rnncalc
from rnncalc.errors import RnncalcError
from rnncalc.inspecting import inspect

FOLDER = ROOT / "tests" / "golden" / "json_models"
GOLDEN = {path.stem: json.loads(path.read_text()) for path in existing("*.json", FOLDER)}


@pytest.fixture
def written(tmp_path):
    """A document as a file."""

    def write(model):
        path = tmp_path / "net.json"
        path.write_text(model if isinstance(model, str) else json.dumps(model))
        return path

    return write


def changed(name, *path, to):
    """A golden network with one value that is another; None takes it away."""
    model = deepcopy(GOLDEN[name]["model"])
    inner = model
    for key in path[:-1]:
        inner = inner[key]
    if to is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return model


@pytest.mark.parametrize("name", GOLDEN)
def test_a_file_gives_the_numbers_of_its_framework(name, written):
    """Within float32's rounding, in which it was computed there and is computed here."""
    told = GOLDEN[name]
    model = rnncalc.load(written(told["model"]))

    trace = rnncalc.run(model, np.asarray(told["x"]))

    assert model.dtype == "float32"
    np.testing.assert_allclose(trace.y, told["expected"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in GOLDEN if name != "state_dict"])
def test_nothing_is_assumed_that_the_format_says(name, written):
    """Order, mode, activations and the head are the format's own."""
    assert not inspect.inspect(written(GOLDEN[name]["model"])).assumed


def test_without_skip_the_default_of_the_class_is_assumed(written):
    """skip is 1 where model_data does not say it; --assume skip=0 leaves the input out."""
    told, path = (
        GOLDEN["guitarml_lstm"],
        written(changed("guitarml_lstm", "model_data", "skip", to=None)),
    )
    x = np.asarray(told["x"])

    with_skip, without = (rnncalc.run(rnncalc.load(path, assume=words), x)
                          for words in ([], ["skip=0"]))  # fmt: skip

    assert [one.key for one in inspect.inspect(path).assumed] == ["skip"]
    np.testing.assert_allclose(with_skip.y, told["expected"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(without.y, told["expected"] - x, rtol=1e-5, atol=1e-6)


GUITARML, RTNEURAL = "guitarml_lstm", "rtneural_lstm"


@pytest.mark.parametrize(("name", "path", "to", "message"), [
    (GUITARML, ("model_data", "hidden_size"), 4, "hidden_size 4, and its arrays have 3"),
    (GUITARML, ("model_data", "unit_type"), "GRU", "unit_type GRU, and its arrays are of nn.LSTM"),
    (GUITARML, ("model_data", "num_layers"), 2, "num_layers 2, and its arrays have 1"),
    (GUITARML, ("model_data", "skip"), 2, "skip 2 does not fit input_size 1"),
    (GUITARML, ("model_data", "skip"), "yes", "a whole number was expected"),
    (GUITARML, ("model_data", "bias_fl"), False, "bias_fl false"),
    (GUITARML, ("model_data", "model"), "RecNet", "is a RecNet"),
    (GUITARML, ("model_data",), 3, "expected to be mappings"),
    (GUITARML, ("state_dict", "lin.weight"), None, "lin"),
    (GUITARML, ("state_dict", "rec.weight_hh_l0"), None, "weight_hh_l0 is missing"),
    (GUITARML, ("state_dict", "rec.weight_hh_l0"), [[1, 2], [3]], "weight_hh_l0 is missing"),
    (RTNEURAL, ("layers", 0, "type"), "conv2d", "layers[0]: is of the type conv2d"),
    (RTNEURAL, ("layers", 0, "activation"), "relu", "activation relu"),
    (RTNEURAL, ("layers", 0, "shape"), [None, None, 5], "units 5"),
    (RTNEURAL, ("layers", 0, "weights", 0), [["a"]], "lists of numbers"),
    (RTNEURAL, ("layers",), [], "a list of 1 to"),
    (RTNEURAL, ("in_shape",), [None, None, 3], "features"),
    (RTNEURAL, ("in_shape",), None, "no such key"),
    (RTNEURAL, ("in_skip",), 1, "in_skip 1 of 2 features"),
    (RTNEURAL, ("out_gain",), 3.5, "out_gain is 3.5"),
])  # fmt: skip
def test_a_file_that_contradicts_itself_is_refused_by_name(name, path, to, message, written):
    """Where, what, and what was expected; never other numbers."""
    with pytest.raises(RnncalcError, match=r"net\.json") as caught:
        rnncalc.load(written(changed(name, *path, to=to)))

    assert message in str(caught.value)


def test_a_config_stays_a_config(written):
    """Framework names of arrays in a config are no state dict; what breaks is told by its line."""
    config = {"cell": "rnn", "weight_ih": [[0.5]], "weight_hh": [[0.25]]}

    assert rnncalc.load(written(config)).dtype == "float64"
    with pytest.raises(RnncalcError, match=r"net\.json:1:\d+: not valid YAML or JSON"):
        rnncalc.load(written('{"rec.weight_ih_l0": [[1], "x": }'))


def test_a_model_of_tensorflow_js_is_named(written):
    """Its weights are elsewhere."""
    with pytest.raises(RnncalcError, match=r"TensorFlow\.js"):
        rnncalc.load(written({"modelTopology": {}, "weightsManifest": []}))


@pytest.mark.parametrize("text", [
    '{"model_data": {}, "state_dict": ' + "[" * 5000 + "]" * 5000 + "}",
    '{"model_data": {}, "model_data": {}, "state_dict": {}}',
    '{"in_shape": [1], "layers": [' + "0," * 1_100_000 + "0]}",
])  # fmt: skip
def test_a_bomb_is_refused(text, written):
    """Too deep, said twice, too much."""
    with pytest.raises(RnncalcError, match=r"net\.json: (is nested|says|holds more)"):
        rnncalc.load(written(text))
