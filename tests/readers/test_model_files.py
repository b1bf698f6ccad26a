"""Model files that the frameworks saved (``tests/golden/files``): read, computed, compared.

Each has a document beside it: what it is, what a reader has to be told, and what its framework
computes of an input.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from conftest import existing
from golden_files import FOLDER
from model_files import called, computed, differs, document, loaded

import rnncalc
from rnncalc.inspecting import inspect
from rnncalc.model.stateless import Normalization

DOCUMENTS = [path.relative_to(FOLDER).as_posix() for path in existing("*/*.json", FOLDER)]


def refused(name):
    return "refused" in document(FOLDER / name)[0]


COMPUTED = [
    name for name in DOCUMENTS
    if not refused(name)
]  # fmt: skip
REFUSED = [name for name in DOCUMENTS if refused(name)]


@pytest.mark.parametrize("name", COMPUTED)
def test_a_file_gives_its_frameworks_numbers(name):
    """Every number within the rounding of the type that the framework computed in."""
    told, path = document(FOLDER / name)

    assert differs(told, computed(told, path)) == []


def one_by_one(part, rows):
    """The rows of a part: those of a loop of several cells are one each."""
    name, kind, cell, units = part
    name = called(name) if name else None
    part = [name, kind, cell, units]
    if kind == "nothing":
        return []
    cells = (cell or "").split("+")
    if len(cells) == 1:
        return [part]
    sizes = [row[3] for row in rows if row[0].startswith(f"{name}.")]
    assert sizes[-1] == units
    return [[f"{name}.{i}", kind, one, sizes[i]] for i, one in enumerate(cells)]


@pytest.mark.parametrize("name", COMPUTED)
def test_inspect_names_the_layers(name):
    """Names, kinds, cells and sizes, in the order in which the layers run."""
    told, path = document(FOLDER / name)
    found = inspect.inspect(path, assume=tuple(told.get("assume", ())))
    rows = [
        [one.name, one.kind, one.cell or None, one.units or None]
        for one in found.layers
        if one.kind != "nothing"
    ]
    expected = [row for part in told["parts"] for row in one_by_one(part, rows)]
    for row, wanted in zip(rows, expected, strict=False):
        row[0] = row[0] if wanted[0] else None  # no node tells the name of a loop
    if "layers" in told:  # the document lists what runs
        rows = sorted((row for row in rows if row in expected), key=expected.index)
    assert rows == expected


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_computed_is_refused_by_name(name):
    """A clear error that says what it is."""
    told, path = document(FOLDER / name)
    with pytest.raises(rnncalc.RnncalcError) as error:
        loaded(told, path)
    assert told["refused"] in str(error.value)
    assert len(str(error.value)) < 1000


@cache
def network(name):
    """The network of a golden file, read once."""
    return loaded(*document(FOLDER / name))


def turned(model):
    """W_h transposed, gate by gate, where it is square and there is more than one unit."""
    if model.layers[0].units == 1 or model.layers[0].units != model.layers[0].state_size:
        return None
    weights = {n: a.T if n.startswith("W_h") else a for n, a in model.layers[0].weights.items()}
    return replace(model, layers=(replace(model.layers[0], weights=weights), *model.layers[1:]))


def ways_exchanged(model):
    """Forward and backward exchanged."""
    layer = model.layers[0]
    if layer.backward is None:
        return None
    other = replace(layer, weights=layer.backward.weights, backward=replace(
        layer.backward, weights=layer.weights))  # fmt: skip
    return replace(model, layers=(other, *model.layers[1:]))


def without_bias(model):
    """The first layer's biases forgotten."""
    layer = model.layers[0]
    weights = {n: a for n, a in layer.weights.items() if not n.startswith("bias")}
    if not any(layer.weights[name].any() for name in layer.weights.keys() - weights.keys()):
        return None
    return replace(model, layers=(replace(layer, weights=weights), *model.layers[1:]))


def head_ignored(model):
    """What follows the recurrent layers left linear."""
    heads = [
        replace(one, activation="linear") if hasattr(one, "activation") else one
        for one in model.outputs
    ]
    said = [str(getattr(one, "activation", "linear")) for one in model.outputs]
    return replace(model, output=heads) if {*said} - {"linear"} else None


def unmasked(model):
    """The mask of a Masking or an Embedding ignored."""
    if model.embedding and model.embedding.mask_zero:
        return replace(model, embedding=replace(model.embedding, mask_zero=False))
    return replace(model, masking=None) if model.masking is not None else None


def _scaled(one):
    return isinstance(one, Normalization) and one.gamma is not None


def normalized_otherwise(model):
    """gamma forgotten."""
    heads = [replace(one, gamma=None) if _scaled(one) else one
             for one in model.outputs]  # fmt: skip
    return replace(model, output=heads) if heads != list(model.outputs) else None


@pytest.mark.parametrize(
    ("mistake", "least"),
    [(turned, 80), (ways_exchanged, 15), (without_bias, 80), (head_ignored, 8), (unmasked, 5),
     (normalized_otherwise, 1)],
)  # fmt: skip
def test_a_planted_mistake_is_seen(mistake, least):
    """In every third file, where it applies, the numbers are no longer met.

    The models of pages are made to be read, and some of their weights are alike.
    """
    applied = 0
    for name in [one for one in COMPUTED if not one.startswith("docs/")][::3]:
        told, path = document(FOLDER / name)
        wrong = mistake(network(name))
        if wrong is not None:
            applied += 1
            assert differs(told, computed(told, path, wrong)), name
    assert applied >= least
