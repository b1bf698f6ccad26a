"""What a head reads: final states, the last timestep, the mean, the maximum (PyTorch's numbers)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from two_way_head import GIVES, X, state_dict

import rnncalc

SAID = {
    "last": ["mode=many-to-one"],
    "own last": ["lstm.return_sequences=false"],
    "average": ["pooling=average"],
    "max": ["pooling=max"],
}


def checked(said, numbers):
    """What is told of a head that reads this, and should give these numbers."""
    model = replace(rnncalc.load(state_dict(), assume=said), x=X)
    return rnncalc.check(model, np.float32(numbers))


@pytest.mark.parametrize(
    ("reads", "there", "cause"),
    [
        ("last", "own last", "final-states"),
        ("own last", "last", "final-states"),
        ("last", "average", "pooling"),
        ("own last", "max", "pooling"),
        ("average", "max", "pooling"),
        ("max", "last", "pooling"),
        ("average", "own last", "final-states"),
    ],
)
def test_one_is_told_from_another(reads, there, cause):
    """And the network in which it is set right has the other's numbers."""
    (found,) = checked(SAID[reads], GIVES[there]).diagnosis.causes

    assert found.id == cause
    np.testing.assert_allclose(rnncalc.run(found.model).y, GIVES[there], atol=1e-7)


@pytest.mark.parametrize("there", ["own last", "average", "max"])
def test_the_remedy_runs(there, tmp_path, cli, monkeypatch):
    """What the remedy adds to the command makes the numbers agree."""
    monkeypatch.chdir(tmp_path)
    np.savez("net.npz", **state_dict())
    np.save("x.npy", X)
    np.save("theirs.npy", np.float32(GIVES[there]))
    words = ["net.npz", "-x", "x.npy", "--against", "theirs.npy"]
    screen = cli("check", *words)
    remedy = screen.text.partition("remedy: add ")[2].split("\n")[0]

    assert screen.code == 1
    assert cli("check", *words, *remedy.split()).code == 0


@pytest.mark.parametrize("batched", [False, True])
def test_output_is_no_final_state(batched):
    """output[-1] against h_n: the backward half is that direction's first step."""
    weights = {name: array for name, array in state_dict().items() if "lstm" in name}
    x = np.stack([X, -X, X[::-1]]) if batched else X
    trace = rnncalc.run(replace(rnncalc.load(weights), x=x))
    last = trace.h[..., -1, :]
    found = rnncalc.check(trace, np.float32(last), show="final.h")

    assert [one.id for one in found.diagnosis.causes] == ["final-states"]
    assert found.diagnosis.causes[0].remedy.startswith("h_n, or output[0]")
