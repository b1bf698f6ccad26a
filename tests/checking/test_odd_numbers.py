"""check: infinities, zeros, tolerances that are none, results without numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest

import rnncalc
from rnncalc import RnncalcError

RUN = ("check", "-x", "1,2,3", "--wx", "0.3", "--wh", "1", "--against")


@pytest.fixture
def trace():
    """A run of three timesteps, one unit."""
    return rnncalc.run(rnncalc.Model(rnncalc.Layer({"W_x": [[0.3]], "W_h": [[1.0]]}), x=[1, 2, 3]))


@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_a_number_never_agrees_with_infinity(trace, infinity):
    """The tolerance of an expected infinity is infinite, and yet nothing finite is near it."""
    theirs = trace.h.ravel().copy()
    theirs[1] = infinity

    found = rnncalc.check(trace, theirs)

    assert not found
    assert (found.comparison.differ, found.comparison.first.t) == (1, 2)


def test_infinity_agrees_with_its_like(cli):
    """Where both sides overflow they agree, with one sign only."""
    network = ("check", "-x", "1e300,1", "--wx", "1e300", "--wh", "1", "--activation", "linear")

    assert cli(*network, "--against", "inf,inf").code == 0
    assert cli(*network, "--against", "inf,-inf").code == 1


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -1.0, "1e-6"])
@pytest.mark.parametrize("name", ["rtol", "atol"])
def test_a_tolerance_is_a_number_from_0_on(trace, name, wrong):
    """Nothing, or everything, would be within any other."""
    with pytest.raises(RnncalcError, match=f"^{name} is .*; a number from 0 on was expected"):
        rnncalc.check(trace, trace.h, **{name: wrong})


def test_zeros_have_no_roundings(trace):
    """The distance between two float32 at 0 is no measure."""
    found = rnncalc.check(trace, np.zeros((3, 1)))

    assert found.comparison.roundings is None
    assert "largest difference: 0.923: more than rounding makes\n" in str(found)


def test_a_result_without_numbers(cli, tmp_path):
    """It is refused, by what was expected."""
    file = tmp_path / "none.json"
    file.write_text(json.dumps({"format": "rnncalc.result", "dtype": "float32", "layers": []}))

    refused = cli(*RUN, str(file))

    assert refused.code == 2
    assert refused.err.endswith("has no numbers to compare with: h or y was expected\n")


def test_one_number_is_a_final_state(cli, trace):
    """Of one unit, without any axis."""
    last = f"{trace.h[-1, 0]:.17g}"

    assert cli(*RUN, last, "--show", "final.h").code == 0
    assert cli(*RUN, "0.5").text.startswith("differs: 1 number of h from")


def test_one_rounding_is_one(cli):
    """1 rounding, 2 roundings."""
    run = ("check", "-x", "1", "--wx", "1", "--wh", "0", "--activation", "linear", "--against")

    assert " = 1 rounding of float64" in cli(*run, "1.0000000000000002").text
    assert " = 2 roundings of float64" in cli(*run, "1.0000000000000004").text


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("number", [1e308, -1.7e308, 5e-324])
def test_numbers_that_no_float32_is(trace, number):
    """They differ, and nothing overflows on the way."""
    found = rnncalc.check(trace, np.full((3, 1), number))

    assert not found
    assert not found.diagnosis.causes


def test_the_last_step_of_turned_axes():
    """Lengths belong to the sequences: exchanged with the timesteps, there is no last step."""
    rng = np.random.default_rng(1)
    layer = rnncalc.Layer({"W_x": rng.normal(size=(3, 2)), "W_h": rng.normal(size=(3, 3))})
    model = rnncalc.Model(layer, x=rng.normal(size=(2, 5, 2)), lengths=[5, 3])

    found = rnncalc.check(model, rng.normal(size=(2, 3)))

    assert found.comparison.layout == "the last timestep only"
    assert not found.diagnosis.causes


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.ones(3, complex), "are complex128; real numbers of up to 64 bits were expected"),
        ([1, {}, 2], "are list; real numbers"),
        (["a", "b", "c"], "are str32; real numbers"),
        (None, "are NoneType; real numbers"),
        ([[1], [2, 3]], "make no array: "),
        ([10**400, 1, 2], "are list; real numbers"),
        ([], r"are empty: shape \(0,\)"),
        (np.array(["2020-01-01"], "M8[D]"), r"are datetime64\[D\]; real numbers"),
    ],
)
def test_what_is_no_numbers_is_refused(trace, given, message):
    """By what it is, whatever NumPy makes of it."""
    with pytest.raises(RnncalcError, match=f"^the expected numbers {message}"):
        rnncalc.check(trace, given)


def test_ours_is_a_run_or_a_model(trace):
    """A layer alone, or numbers in the wrong place, are none."""
    with pytest.raises(RnncalcError, match=r"^ours is ndarray; a Trace or a Model was expected"):
        rnncalc.check(trace.h, trace)


@pytest.mark.parametrize("form", ["csv", "csv-wide"])
def test_a_table_of_rnncalc_is_an_expected_file(cli, tmp_path, form):
    """Timesteps and names are told apart from the numbers."""
    file = tmp_path / "ours.csv"
    cli("run", *RUN[1:-1], "-f", form, "-o", str(file))

    assert cli(*RUN, str(file)).code == 0
