"""``check --against`` a framework: the golden networks, built and run in it, give our numbers.

Many networks go to one process, since frameworks take seconds to load.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from dataclasses import replace
from importlib.util import find_spec

import golden_files
import pytest
from converted_networks import EVERY, NAMES, with_input
from special_networks import drawn, head, layer, padded, special

import rnncalc
from rnncalc import Model, RnncalcError
from rnncalc.checking import frameworks
from rnncalc.checking.check import check
from rnncalc.checking.expected import Expected
from rnncalc.checking.frameworks.process import run_programs
from rnncalc.checking.frameworks.program import Program
from rnncalc.converting.scripts.given import given

pytestmark = pytest.mark.frameworks

FRAMEWORKS = ("keras", "torch", "onnxruntime")
SHARE = 1 if EVERY else 10
LEAST = {"keras": 900, "torch": 650, "onnxruntime": 800}
"""So many golden networks at least each of them computes."""


@pytest.fixture(params=FRAMEWORKS)
def framework(request: pytest.FixtureRequest) -> str:
    """A framework that is installed."""
    needs = ("keras", "tensorflow") if request.param == "keras" else (request.param,)
    if missing := [name for name in needs if find_spec(name) is None]:
        pytest.skip(f"{' and '.join(missing)} not installed")
    return str(request.param)


def computed(models: Iterable[Model], framework: str) -> list[Expected | str]:
    """What a framework computes of each network, or why it does not."""
    every = [given(model) for model in models]
    jobs: list[Program | str] = []
    for one in every:
        try:
            jobs.append(frameworks.program(one.model, framework))
        except RnncalcError as error:
            jobs.append(error.message)
    outcomes = iter(run_programs([job for job in jobs if not isinstance(job, str)], {}))
    return [
        job if isinstance(job, str) else frameworks.expected_of(one, framework, next(outcomes))
        for one, job in zip(every, jobs, strict=True)
    ]


def disagreeing(model: Model, theirs: Expected) -> list[str]:
    """The quantities that are not as a framework gives them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trace = rnncalc.run(model)
    return [show for show in theirs.named if not check(trace, theirs, show=show)]


def test_golden_networks_agree(framework):
    """h, y and the final states of every golden network that a framework has the layers for."""
    names = NAMES[FRAMEWORKS.index(framework) :: SHARE]
    models = [with_input(name) for name in names]
    found = dict(zip(names, zip(models, computed(models, framework), strict=True), strict=True))
    there = {name: pair for name, pair in found.items() if not isinstance(pair[1], str)}
    wrong = {name: bad for name, pair in there.items() if (bad := disagreeing(*pair))}
    refused = {pair[1] for pair in found.values() if isinstance(pair[1], str)}

    assert wrong == {}
    assert len(there) >= LEAST[framework] // SHARE
    assert all(": " in message and "file says" not in message for message in refused)


def test_what_few_goldens_have_agrees(framework):
    """Initial states, padding, merged directions, pooling, feedback: all three compute it."""
    cells = ("rnn", "gru", "lstm")
    models = {f"{cell}: {name}": one for cell in cells for name, one in special(cell).items()}
    found = dict(zip(models, computed(models.values(), framework), strict=True))
    refused = {name: one for name, one in found.items() if isinstance(one, str)}
    wrong = {
        name: bad
        for name, one in found.items()
        if not isinstance(one, str) and (bad := disagreeing(models[name], one))
    }

    assert wrong == {}
    assert refused == {}


def test_a_sequence_without_any_step(framework):
    """Its outputs are 0, what its layers give last too, in Keras and ONNX Runtime; PyTorch has no
    such sequences.
    """
    models = []
    for cell in ("rnn", "gru", "lstm"):
        both = layer(cell, 1, backward=layer(cell, 2), return_sequences=False)
        one_way = replace(both, backward=None, merge=None)
        for last, width in ((both, 6), (one_way, 3)):
            for output in (None, head(width, 2)):
                models.append(padded(last, mode="many-to-one", output=output))
                models.append(padded(replace(last, return_sequences=True), output=output))
    models = [replace(model, lengths=[4, 0, 3]) for model in models]
    found = computed(models, framework)

    if framework == "torch":
        assert all("packed sequences have a timestep at least" in one for one in found)
        return
    for model, theirs in zip(models, found, strict=True):
        assert not isinstance(theirs, str), theirs
        wrong = set(disagreeing(model, theirs)) & {"h", "y"}  # its states: docs/export.md
        assert not wrong


def test_a_mistake_is_seen_and_named(framework):
    """A framework that is given W_h transposed differs, and that is what explains it."""
    one = layer("rnn", 1)
    model = Model((one,), x=drawn(2, 6, 2))
    weights = {**one.weights, "W_h": one.weights["W_h"].T}
    [theirs] = computed([replace(model, layers=(replace(one, weights=weights),))], framework)
    found = check(rnncalc.run(model), theirs)

    assert not found
    assert "transposed" in found.diagnosis.causes[0].say


LEAST_FILES = {"keras": 120, "torch": 60, "onnxruntime": 170}
"""So many golden files at least each of them reads."""


def files_of(framework: str) -> list[str]:
    """The golden files that a framework may run itself, as far as they are run whole."""
    names = [name.removeprefix("files/") for name in NAMES if name.startswith("files/")]
    return [
        name
        for name in names
        if golden_files.path(name).suffix in frameworks.SUFFIXES[framework]
        and not golden_files.path(name).name.endswith(".weights.h5")
        and not golden_files.golden(name).keys() & {"layers", "assume"}
    ][:: 1 if EVERY else 4]


def test_files_are_run_by_the_framework_itself(framework):
    """The file goes to the framework where it reads it (PyTorch: its tensors), and gives ours."""
    asked = []
    for name in files_of(framework):
        one = given(with_input(f"files/{name}"))
        job, why = frameworks.of_file(one, framework, golden_files.path(name), None)
        assert bool(job) != bool(why), name
        asked += [(name, one, job)] if job else []
    outcomes = run_programs([job for _, _, job in asked], {})
    ours = {
        name: frameworks.expected_of(one, framework, outcome)
        for (name, one, _), outcome in zip(asked, outcomes, strict=True)
        if not outcome.error
    }
    models = {name: with_input(f"files/{name}") for name in ours}
    wrong = {name: bad for name in ours if (bad := disagreeing(models[name], ours[name]))}

    assert wrong == {}
    assert len(ours) >= LEAST_FILES[framework] // (1 if EVERY else 4)
    said = "with the tensors of" if framework == "torch" else "itself, "
    assert all(said in theirs.how for theirs in ours.values())


def test_the_command_says_how_the_numbers_came_to_be(framework, cli):
    """Version, what computed, and in which type; nothing else on stdout."""
    words = ["-x", "1,2,3", "--wx", "0.3", "--wh", "1", "--against", framework, "--json"]
    screen = cli("check", *words)
    told = json.loads(screen.out)

    assert screen.code == 0
    assert screen.err == ""
    assert told["verdict"] == "agrees"
    assert frameworks.TITLES[framework] in told["how"]
    assert told["how"].endswith("RNN, float32" if framework == "onnxruntime" else "RNN, float64")


@pytest.mark.parametrize("framework", ["keras"], indirect=True)
def test_a_file_that_keras_does_not_load_is_rebuilt(framework):
    """Keras 3 refuses Keras 2's files: the numbers are those of the layers, and why is said."""
    path = golden_files.path("keras/keras2_gru")
    model = with_input("files/keras/keras2_gru")
    theirs = frameworks.expected(model, framework, path)

    assert disagreeing(model, theirs) == []
    assert "rebuilt: Keras does not take the file: ValueError" in theirs.how
    assert {*theirs.named} == {"h", "final.h"}
