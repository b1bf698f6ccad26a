"""``--show final.h``: the states after the last timestep, in every format."""

from __future__ import annotations

import io

import numpy as np
import orjson
import pytest
from golden_networks import golden, model_of
from written import written

import rnncalc
from rnncalc.errors import RnncalcError
from rnncalc.numbers import results

DOCUMENT = golden("torch/lstm_bidirectional_states_float64")
TRACE = rnncalc.run(model_of(DOCUMENT), DOCUMENT["x"])
(LAYER,) = TRACE.layers
NAMES = [(way, state) for way in ("forward", "backward") for state in ("h", "c")]


def test_they_are_what_the_framework_gives():
    """PyTorch's h_n and c_n, through csv and back."""
    there = results.read(written(TRACE, "csv", show=["final"]).decode())

    assert len(there) == 4
    for way in ("forward", "backward"):
        for state in ("h", "c"):
            name = f"lstm.{way}.final.{state}"
            np.testing.assert_allclose(there[name], DOCUMENT["expected"][name], atol=1e-12)


@pytest.mark.parametrize("form", ["csv", "csv-wide", "ndjson", "markdown"])
def test_they_are_read_back(form):
    """With h beside them, which they are not taken for."""
    text = written(TRACE, form, show=["h", "final.h", "c"], digits="full").decode()
    there = results.read(text)

    for way in ("forward", "backward"):
        (name,) = [key for key in there if key.endswith(f"{way}.final.h")]
        np.testing.assert_array_equal(there[name], LAYER[way].final["h"])
    assert ("h" in there) == (form in ("csv", "csv-wide"))  # elsewhere directions stand apart


def test_only_those_that_are_named():
    """``all`` is what there is at every timestep; JSON has the final states anyway, once."""
    csv = written(TRACE, "csv", show=["all"])
    assert b"final" not in csv
    assert b",final.c," in written(TRACE, "csv", show=["all", "final.c"])
    way = orjson.loads(written(TRACE, "json", show=["final.h"]))["layers"][0]["forward"]
    assert [key for key in way if "final" in key] == ["final"]


@pytest.mark.parametrize(("way", "state"), NAMES)
def test_one_array_of_them(way, state):
    """npy: (batch, units), without an axis of time."""
    data = written(TRACE, "npy", show=[f"final.{state}"], of=f"{LAYER.name}.{way}")

    np.testing.assert_array_equal(np.load(io.BytesIO(data)), LAYER[way].final[state])


def test_of_an_input_that_comes_in_parts(cli, monkeypatch, tmp_path):
    """Only the last part of a stream ends with the final state; one-to-many runs to its end."""
    from rnncalc.running import recurrence

    monkeypatch.setattr(recurrence, "PART", (2, 10**6))
    x = np.linspace(-1, 1, 7)
    np.savetxt(tmp_path / "x.csv", x)
    words = ["--wx", ".5", "--wh", ".3", "--show", "final.h", "--csv"]
    found = cli("-x", str(tmp_path / "x.csv"), *words).text.splitlines()
    last = rnncalc.run(rnncalc.load({"W_x": 0.5, "W_h": 0.3}), x).h[-1, 0]
    assert found[1:] == [
        f"7,layer0,forward,final.h,0,{last!r}".replace("np.float64(", "").replace(")", "")
    ]

    many = ["-x", "1", *words, "--mode", "one-to-many", "--timesteps", "9", "--feedback", "x"]
    assert cli(*many).text.splitlines()[1].startswith("9,layer0,forward,final.h,0,")
    assert (
        cli(*many, "--steps", "3").err
        == "Error: nothing is left to show: final.h is at the last step only\n"
    )


def test_what_there_is_not():
    """An error by name."""
    with pytest.raises(RnncalcError, match=r"there is no final\.c here. Did you mean final\.h"):
        written(rnncalc.run(rnncalc.load({"W_x": 1, "W_h": 1}), [1]), "csv", show=["final.c"])
