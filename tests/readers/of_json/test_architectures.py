"""Architectures of Keras with the weights of another file: found by name, or named."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from conftest import ROOT, existing

import rnncalc
from rnncalc.errors import RnncalcError

FOLDER = ROOT / "tests" / "golden" / "architectures"
GOLDEN = {path.stem: json.loads(path.read_text()) for path in existing("*.json", FOLDER)}


@pytest.fixture
def laid(tmp_path):
    """An architecture in a folder, and its weights under a name; None leaves them out."""

    def lay(name, weights, architecture="net.json"):
        told, path = GOLDEN[name], tmp_path / architecture
        path.write_text(json.dumps(told["model"]))
        if weights:
            shutil.copy(FOLDER / told["file"], tmp_path / weights)
        return path

    return lay


@pytest.mark.parametrize("name", GOLDEN)
def test_architecture_and_weights_give_the_numbers_of_keras(name, laid):
    """Of Keras 2 and 3, weights alone and of whole models, in a row and branched."""
    told = GOLDEN[name]
    path = laid(name, "other.h5")

    model = rnncalc.load(path, weights=path.parent / "other.h5")

    y = rnncalc.run(model, np.asarray(told["x"])).y
    np.testing.assert_allclose(np.reshape(y, (2, -1, 2))[:, -1], told["expected"], atol=2e-6)


@pytest.mark.parametrize(("architecture", "weights"), [
    ("net.json", "net.weights.h5"), ("net.json", "net.h5"), ("net.json", "net_weights.h5"),
    ("net_architecture.json", "net.h5"), ("net-config.json", "net.weights.h5"),
    ("model.json", "model.h5"), ("model.json", "weights.h5"), ("config.json", "model.weights.h5"),
])  # fmt: skip
def test_weights_are_found_by_their_name_and_that_is_said(architecture, weights, laid, cli):
    """run says on stderr which file it took."""
    path = laid("keras_row", weights, architecture)

    result = cli("run", str(path), "-x", "1 2 3;4 5 6", "--last")

    assert result.code == 0
    assert f"weights={weights}" in result.err.replace("\n", " ")


def test_no_weights_and_several_are_said(laid):
    """An architecture is told to be that; of two files nobody guesses."""
    with pytest.raises(RnncalcError, match=r"net\.json: is an architecture .* without weights: "):
        rnncalc.load(laid("keras_row", None))

    path = laid("keras_row", "net.h5")
    with pytest.raises(RnncalcError, match=r"beside it are net\.weights\.h5, net\.h5: "):
        rnncalc.load(laid("keras_row", "net.weights.h5"))

    assert rnncalc.load(path, weights=path.with_name("net.h5")).layers


def test_weights_of_another_network_are_refused(laid):
    """What the file lacks is named; a file that has its weights takes no others."""
    path = laid("keras_row", None)
    for other in ("keras_branched", "tf_keras_branched"):
        file = FOLDER / GOLDEN[other]["file"]
        with pytest.raises(RnncalcError, match=r"net\.json: "):
            rnncalc.load(path, weights=file)
    with pytest.raises(RnncalcError, match="is for an architecture"):
        rnncalc.load(FOLDER / GOLDEN["keras_branched"]["file"], weights="net.h5")
    with pytest.raises(
        RnncalcError, match=r"an \.h5 of weights, or a checkpoint of TensorFlow, was"
    ):
        rnncalc.load(path, weights=ROOT / "docs" / "models" / "tagger.pt")
