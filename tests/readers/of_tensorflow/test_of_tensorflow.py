"""Folders and checkpoints of TensorFlow, as Keras 2, Keras 3 and TensorFlow 1 wrote them."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from conftest import ROOT, existing

import rnncalc
from rnncalc.errors import RnncalcError

FOLDER = ROOT / "tests" / "golden" / "tensorflow"
GOLDEN = {
    path.stem: json.loads(path.read_text()) for path in existing("*.json", FOLDER)
    if "--" not in path.name
}  # fmt: skip


def lay(name, folder):
    """The files of one of them, in a folder."""
    for path in FOLDER.glob(f"{name}--*"):
        inside = folder.joinpath(*path.name.split("--")[1:])
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.write_bytes(path.read_bytes())
    return folder


def assert_gives(model, told):
    """The network gives the numbers of TensorFlow."""
    expected = np.asarray(told["expected"])
    trace = rnncalc.run(model, np.asarray(told["x"]))
    ours = trace.h if trace.y is None else trace.y
    if expected.shape[0] == 2 and expected.ndim == 2:  # the last step of each sequence
        ours = np.reshape(ours, (2, -1, expected.shape[-1]))[:, -1]
    tolerance = 1e-12 if model.dtype == "float64" else 2e-6
    np.testing.assert_allclose(np.reshape(ours, expected.shape), expected, atol=tolerance)


@pytest.mark.parametrize("name", [name for name in GOLDEN if name != "weights_row"])
def test_what_tensorflow_wrote_gives_its_numbers(name, tmp_path):
    """SavedModels, checkpoints of objects and of names, in both directions and deep."""
    told = GOLDEN[name]

    model = rnncalc.load(lay(name, tmp_path), assume=told.get("assume", ()))

    assert_gives(model, told)


@pytest.mark.parametrize("name", [
    "", "saved_model.pb", "variables", "variables/variables.index", "variables/variables",
    "variables/variables.data-00000-of-00001",
])  # fmt: skip
def test_a_saved_model_is_named_by_its_folder_or_any_of_its_files(name, tmp_path, cli):
    """Also as what another file is compared with."""
    folder = lay("saved_row", tmp_path)

    assert_gives(rnncalc.load(folder / name), GOLDEN["saved_row"])
    given = ["-x", "1 2 3; .4 .5 .6; -1 0 1; .2 .1 0"]
    assert cli("check", str(folder / name), *given, "--against", str(folder)).code == 0


MEMBERS = "saved_model.pb", "variables/variables.index", "variables"


@pytest.mark.parametrize("name", MEMBERS)
def test_what_lies_outside_of_the_folder_is_not_read(name, tmp_path):
    """Neither a file nor a folder that is a link to there; one inside is followed."""
    folder = lay("saved_row", tmp_path / "net")
    inside, outside = folder / "kept", tmp_path / "outside"
    (folder / name).rename(inside)
    (folder / name).symlink_to(inside)
    assert_gives(rnncalc.load(folder), GOLDEN["saved_row"])

    inside.rename(outside)
    (folder / name).unlink()
    (folder / name).symlink_to(outside)
    with pytest.raises(RnncalcError, match="is a link to somewhere outside the model's folder"):
        rnncalc.load(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("name", [
    "keras_metadata.pb", "variables/variables.index", "variables/variables.data-00000-of-00001",
])  # fmt: skip
def test_a_pipe_in_the_folder_is_not_waited_for(name, tmp_path):
    """It is refused by its name before it is opened."""
    folder = lay("saved_row", tmp_path)
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    with pytest.raises(RnncalcError, match=f"{name}: is not a file"):
        rnncalc.load(folder)


def test_the_graph_of_an_export_is_what_is_not_read(tmp_path, cli):
    """A folder of Keras 3 holds more than weights: assumptions say where it stands."""
    done = cli("inspect", str(lay("export", tmp_path)), "--json")

    told = json.loads(done.out)
    whys = [one["why"] for one in told["assumed"]]
    assert told["what"].endswith("SavedModel, read for its weights")
    assert whys
    assert all("the graph in saved_model.pb, which is not read" in why for why in whys)
    assert "weights only" not in done.text


def test_a_checkpoint_gives_the_weights_of_an_architecture(tmp_path):
    """Layers without variables stand in the architecture; alone the checkpoint is refused."""
    folder = lay("weights_row", tmp_path)

    model = rnncalc.load(folder / "model.json", weights=folder / "ckpt")

    assert_gives(model, GOLDEN["weights_row"])
    with pytest.raises(RnncalcError, match="layer-1 has no arrays"):
        rnncalc.load(folder)
