"""Workbooks in a real LibreOffice: it computes what ``run`` computes, of other weights, too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import office
import pytest
from every_activation import EVERY, SAME_WIDTH
from golden_networks import golden, model_of
from special_networks import drawn, head, layer, special

import rnncalc
from rnncalc import Layer, Model
from rnncalc.model.stateless import Function, Normalization, Output, Prelu

pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(not office.there(), reason="LibreOffice is not installed"),
]

GOLDENS = [
    "keras/cells_backwards", "keras/cells_lstm_states", "keras/cells_mask_zeroed",
    "keras/embedding_stack_mask", "keras/gru_backwards_mask_zeroed", "keras/gru_mul_mask",
    "keras/gru_reset_before_backwards_mask", "keras/gru_reset_before_bidirectional_mask",
    "keras/gru_mask_zeroed_many_to_one", "keras/lstm_ave_mask",
    "keras/lstm_bidirectional_mask_many_to_one", "keras/lstm_backwards_many_to_one",
    "keras/lstm_three_outputs", "tf_keras/gru_old_mask", "tf_keras/cells_old",
    "onnxruntime/lstm_bidirectional_clip_lengths", "onnxruntime/stack_lengths",
    "onnxruntime/lstm_peepholes_bidirectional_lengths", "torch/lstm_projection_lengths_float64",
    "torch/lstm_2_layers_bidirectional_lengths_float64", "torch/gru_3_layers_bidirectional_float64",
    "torch/lstm_projection_2_layers_float64", "torch/rnn_relu_2_layers_bidirectional_float64",
    "torch/gru_lengths_many_to_one_float64", "torch/embedding_gru_lengths_float64",
]  # fmt: skip
"""Recorded networks that have what the drawn ones have not."""


def networks() -> dict[str, Model]:
    """Every kind of cell and every option, by a name that a file may have."""
    found = {}
    for name in GOLDENS:
        document = golden(name)
        steps = {key: document[key] for key in ("lengths", "mask") if key in document}
        found[name.replace("/", "_")] = replace(model_of(document), x=document["x"], **steps)
    for number, cell in enumerate(("lstm", "gru", "rnn")):
        drawn_ones = [*special(cell).items()][:: 1 + 2 * number]
        found |= {f"{cell}_{name}".replace(" ", "_"): one for name, one in drawn_ones}
    found["update_inverted"] = Model([layer("gru", 2, update="inverted")], x=drawn(3, 4, 2))
    found["coupled"] = Model([layer("lstm", 2, input_forget=True, clip=0.75)], x=drawn(3, 4, 2))
    found["layers_without_a_state"] = without_a_state()
    return found | {f"activation_{i}": one for i, one in enumerate(with_activations())}


def without_a_state() -> Model:
    """Every layer without a state that the others lack."""
    alone = {"mean": drawn(3), "variance": drawn(3) ** 2, "gamma": drawn(3, seed=3)}
    before = [Normalization("batch", 1e-3, beta=drawn(2), mean=drawn(2), variance=drawn(2) ** 2)]
    output = [
        Prelu(drawn(3, seed=2)), Normalization("layer", 1e-3, beta=drawn(3, seed=4)),
        Normalization("batch", 1e-2, **alone), Output(drawn(4, 3), drawn(4), "glu"), head(2, 3),
    ]  # fmt: skip
    return Model([layer("gru", 3, before=before)], output=output, x=drawn(3, 4, 2))


def with_activations() -> list[Model]:
    """Every activation, in a cell and in front of one; eight layers each."""
    layers = []
    for i, one in enumerate(SAME_WIDTH):
        other = SAME_WIDTH[(i + 7) % len(SAME_WIDTH)]
        weights = {"W_x": drawn(3, 3, seed=i), "W_h": 0.03 * drawn(3, 3)}
        before = [Function("softsign"), Function(other), Function("softsign")]
        layers.append(Layer(weights, activation=one, before=before))
    return [Model(layers[i : i + 8], x=drawn(4, 3)) for i in range(0, len(layers), 8)]


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """Workbooks with other numbers in them, some as written; recalculated, and what is expected."""
    folder = tmp_path_factory.mktemp("books")
    written, changed = [], []
    for name, model in networks().items():
        model = replace(model, dtype="float64")
        first, second, mixed = (folder / f"{name}{end}.xlsx" for end in ("", ".other", ".mixed"))
        rnncalc.write(rnncalc.run(model), first)
        rnncalc.write(rnncalc.run(office.scaled(model)), second)
        office.exchange(first, second, mixed)
        written.append(first)
        changed.append((mixed, second))
    done = folder / "done"
    office.recalculated([*written[::10], *(mixed for mixed, _ in changed)], done)
    return {path.stem: (done / path.name, path) for path in written[::10]} | {
        mixed.stem: (done / mixed.name, second) for mixed, second in changed
    }


def test_a_spreadsheet_computes_what_run_computes(books):
    """Every formula of every network, to 1e-12: as written, and when every weight was changed."""
    formulas = 0
    for name, (recalculated, expected) in books.items():
        ours = {place: (value, live) for place, value, live in office.numbers(expected)}
        theirs = {place: value for place, value, _ in office.numbers(recalculated)}
        places = [place for place, (_, live) in ours.items() if live]
        assert places, name
        formulas += len(places)
        np.testing.assert_allclose(
            [theirs[place] for place in places], [ours[place][0] for place in places],
            rtol=1e-12, atol=1e-12, err_msg=name,
        )  # fmt: skip
    assert formulas > 20_000


def test_every_activation_is_among_them():
    """glu, which halves, stands in an output layer."""
    cells = {str(one.activation) for model in with_activations() for one in model.layers}

    assert cells | {"glu"} == {str(one) for one in EVERY}
