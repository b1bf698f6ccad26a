"""``check --against`` a framework that is not there, cannot compute it, or fails: one line each."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

import rnncalc
from rnncalc import Layer, Model, RnncalcError
from rnncalc.checking import frameworks
from rnncalc.checking.frameworks import process
from rnncalc.checking.frameworks.program import Program, finals
from rnncalc.converting.scripts.given import given

SEED = ("-x", "1,2,3", "--wx", "0.3", "--wh", "1")


@pytest.fixture
def installed(monkeypatch):
    """Say which packages are there, and whether Keras is told its backend."""

    def say(*names: str) -> None:
        found = {name: object() for name in names}
        monkeypatch.setattr(frameworks, "find_spec", found.get)
        monkeypatch.delenv("KERAS_BACKEND", raising=False)

    return say


@pytest.mark.parametrize("framework", ["keras", "torch", "onnxruntime"])
def test_a_framework_that_is_missing_is_said_in_one_line(framework, installed, cli):
    """With the command that installs it; exit code 2, nothing on stdout."""
    installed()
    screen = cli("check", *SEED, "--against", framework)
    message = f"Error: --against {framework}: {framework} is not installed: pip install {framework}"

    assert (screen.code, screen.out, screen.err) == (2, b"", f"{message}\n")


def test_keras_alone_computes_nothing(installed):
    """It runs on TensorFlow, JAX or PyTorch: what is installed is taken, TensorFlow first."""
    installed("keras")
    with pytest.raises(RnncalcError, match="none is installed: pip install tensorflow"):
        frameworks.environment("keras")
    installed("keras", "torch")
    assert frameworks.environment("keras") == {"KERAS_BACKEND": "torch"}
    installed("keras", "torch", "tensorflow")
    assert frameworks.environment("keras") == {}


def test_frameworks_stay_out_of_this_process():
    """Nothing is imported just to find out, and no module of ours has a framework's name."""
    assert frameworks.find_spec is importlib.util.find_spec
    for name in frameworks.TITLES:
        assert importlib.util.find_spec(f"rnncalc.checking.frameworks.{name}") is None


def model(*layers: Layer, **more) -> Model:
    """A network of these layers, and an input of three timesteps."""
    return Model(layers, **{"x": [[1.0], [2.0], [3.0]], **more})


PLAIN = {"W_x": 0.5, "W_h": 0.25}
GATED = {f"{name}.{gate}": 0.5 for name in ("W_x", "W_h") for gate in "ifgo"}
PEEPHOLES = {f"P.{gate}": 0.1 for gate in "ifo"}


@pytest.mark.parametrize(
    ("framework", "network", "message"),
    [
        ("torch", model(Layer(PLAIN), mask=[1, 0, 1]), "mask: PyTorch has no masks"),
        ("onnxruntime", model(Layer(PLAIN), mask=[1, 0, 1]), "mask: ONNX has no masks"),
        (
            "torch",
            model(Layer(PLAIN, activation="gelu")),
            "layer0: nn.RNN has activation tanh or relu, this layer gelu",
        ),
        (
            "onnxruntime",
            model(Layer(PLAIN, activation="gelu")),
            "layer0: activation gelu: ONNX' recurrent nodes do not have it",
        ),
        (
            "keras",
            model(Layer(GATED | PEEPHOLES, cell="lstm")),
            "layer0: keras has no array for P.i of cell lstm",
        ),
        (
            "keras",
            model(Layer(PLAIN, backward=Layer(PLAIN)), mask=[1, 0, 1]),
            "layer0: zero_output_for_mask: Keras' Bidirectional has it with return_sequences alone",
        ),
        (
            "keras",
            model(Layer(PLAIN, direction="backward", order="processing"), lengths=[2]),
            "layer0: lengths: Keras' go_backwards begins with the padding",
        ),
        ("keras", model(Layer(PLAIN, clip=3.0)), "layer0: clip 3: Keras cannot say it"),
    ],
)
def test_what_a_framework_does_not_compute_is_refused_by_name(framework, network, message):
    """Before anything runs; and nobody is told what to write instead, as nothing is written."""
    with pytest.raises(RnncalcError) as raised:
        frameworks.program(given(network).model, framework)

    assert raised.value.message == message


def test_a_layer_is_refused_by_the_name_that_people_gave_it(installed):
    """Not by the one that a script has for it."""
    installed("torch")
    network = model(Layer(PLAIN, name="encoder.rnn.0", activation="gelu"))
    with pytest.raises(RnncalcError) as raised:
        rnncalc.check(network, "torch")

    what = "nn.RNN has activation tanh or relu, this layer gelu"
    assert raised.value.message == f"--against torch: encoder.rnn.0: {what}"


def test_the_library_takes_a_framework_by_its_name(installed):
    """With a model that has its input; a run is none, nor is another name."""
    installed()
    network = model(Layer(PLAIN))
    with pytest.raises(RnncalcError, match="torch is not installed"):
        rnncalc.check(network, "torch")
    with pytest.raises(RnncalcError, match="torch runs a model: give check the model"):
        rnncalc.check(rnncalc.run(network), "torch")
    with pytest.raises(RnncalcError, match="Did you mean torch"):
        rnncalc.check(network, "pytorch")


def test_a_job_that_fails_says_its_last_line():
    """The others give their numbers; what is printed goes nowhere."""
    good = Program("print('loud')\nRESULTS = {'out': [1.5], 'h': [2.5]}", {}, "words")
    bad = Program("raise ValueError('no such layer')", {}, "words")
    empty = Program("RESULTS = {}\nassert False", {}, "words")
    one, other, third = process.run_programs([good, bad, empty], {})

    assert one.results["out"].tolist() == [1.5]
    assert (one.error, other.error, third.error) == ("", "ValueError: no such layer", third.error)
    assert third.error == "AssertionError: "
    assert other.results == {}


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import os; os._exit(3)", "its process ended with code 3: it said nothing"),
        ("import sys; sys.exit('gone')", "its process ended with code 1: gone"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended with code -9"),
    ],
)
def test_a_process_that_dies_is_one_line(script, message):
    """Whatever ended it."""
    with pytest.raises(RnncalcError) as raised:
        process.run_programs([Program(script, {}, "")], {})

    assert message in raised.value.message
    assert "\n" not in raised.value.message


def test_a_process_does_not_run_for_ever(monkeypatch):
    """After the limit it is ended."""
    monkeypatch.setattr(process, "LIMIT", 1)
    with pytest.raises(RnncalcError, match="no numbers after 1 seconds"):
        process.run_programs([Program("import time; time.sleep(60)", {}, "")], {})


def test_nothing_of_the_working_folder_is_imported(tmp_path, monkeypatch):
    """Neither is anything of the folder that holds our modules."""
    (tmp_path / "decimal.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    script = "import decimal, sys\nRESULTS = {'found': any('rnncalc' in p for p in sys.path[:1])}"
    [outcome] = process.run_programs([Program(script, {}, "")], {})

    assert not outcome.results["found"]


def test_final_states_are_in_the_order_of_layers():
    """By their numbers, not their letters; of layers of several sizes the last ones of one size."""
    names = [f"final.h.{layer}.{way}" for layer in range(11) for way in range(2)]
    results = {name: np.full((1, 2), i) for i, name in enumerate(names)}
    backwards = dict(reversed(results.items()))
    states = finals(backwards, "h")
    assert states is not None
    assert states[:, 0, 0].tolist() == [*range(22)]
    last = finals({**backwards, "final.h.9.1": np.zeros((1, 3))}, "h")
    assert last is not None
    assert last[:, 0, 0].tolist() == [20, 21]
    assert finals(results, "c") is None
