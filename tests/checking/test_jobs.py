"""What a framework is given to compute, and what becomes of its answer; no framework is needed."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from converted_networks import NAMES, with_input
from special_networks import special

import rnncalc
from rnncalc import RnncalcError
from rnncalc.checking import frameworks
from rnncalc.checking.frameworks import runner
from rnncalc.checking.frameworks.program import Answer, Program
from rnncalc.converting.scripts.given import given


def jobs(framework: str, models) -> list[Program]:
    """The jobs of the networks that the framework can compute."""
    made = []
    for model in models:
        try:
            made.append(frameworks.program(given(model).model, framework))
        except RnncalcError:
            continue
    return made


@pytest.mark.parametrize(
    ("framework", "least"), [("keras", 95), ("torch", 80), ("onnxruntime", 90)]
)
def test_every_network_becomes_a_program(framework, least):
    """It is Python, and every array that it reads stands beside it."""
    models = list(map(with_input, NAMES[5::20]))
    models += [model for cell in ("rnn", "gru", "lstm") for model in special(cell).values()]
    made = jobs(framework, models)

    assert len(made) >= least
    for job in made:
        compile(job.script, "job.py", "exec")
        assert "RESULTS" in job.script
        assert job.words
        with np.load(io.BytesIO(job.files[".npz"])) as arrays:
            read = set(re.findall(r"NUMBERS\[['\"]([\w./]+)['\"]\]", job.script))
            assert "x" in arrays.files
            assert read <= set(arrays.files)


def test_a_program_keeps_its_results(tmp_path):
    """Arrays by name; the last line of an error in their place; nothing of one stops the next."""
    good, bad = tmp_path / "program0.py", tmp_path / "program1.py"
    good.write_text("RESULTS = {'out': [[1.5, 2.5]]}")
    bad.write_text("raise ValueError('no such layer')")
    runner.main(tmp_path)

    with np.load(good.with_suffix(".out.npz")) as kept:
        np.testing.assert_array_equal(kept["out"], [[1.5, 2.5]])
    assert bad.with_suffix(".error").read_text() == "ValueError: no such layer"
    assert (tmp_path / "versions.json").exists()


def test_answers_have_the_names_of_results():
    """One sequence has no axis of sequences; final states are PyTorch's, time and type are said."""
    model = rnncalc.load({"W_x": 0.5, "W_h": 0.25, "x": [1, 2, 3]})
    out = np.float32([[[1], [2], [3]]])
    results = {"out": out, "h": out, "final.h.0.0": out[:, -1]}
    told = frameworks.expected_of(
        given(model), "torch", Answer(results, "", "nn.RNN", {"torch": "2.0"})
    )

    assert {name: array.shape for name, array in told.named.items()} == {
        "h": (3, 1), "final.h": (1, 1),
    }  # fmt: skip
    assert (told.dtype, told.how) == ("float32", "PyTorch 2.0: nn.RNN, float32")
    with pytest.raises(RnncalcError, match="PyTorch does not compute it: no"):
        frameworks.expected_of(given(model), "torch", Answer({}, "no", "nn.RNN", {}))


def test_markdown_says_what_text_says(cli):
    """The verdict, the facts, a heading for each cause; what is near where there is none."""
    words = ("check", "-x", "1,2,3,4,5", "--wx", "0.3239", "--wh", "1", "-f", "markdown")
    found = cli(*words, "--against", "0.31306913,0.7447039,0.9374447,0.9772848,0.9889619")
    other = cli(*words, "--against", "0.3,0.2,0.5,0.9,0.1")

    assert (found.code, other.code) == (1, 1)
    assert found.text.startswith("**differs**: 3 of 5 numbers of h from the numbers given\n\n- ")
    assert (
        "\n## Cause: precision\n\nThe expected numbers come out when W_x is 0.323944" in found.text
    )
    assert "\n\nRemedy: add --wx 0.323944" in found.text
    assert "- `over time: |" in found.text
    assert other.text.rstrip().endswith("and at how the state is carried on.")
