"""Weights that PyTorch keeps as two tensors: ``weight_norm``, pruning; and what is not known."""

from __future__ import annotations

import numpy as np
import pytest
from state_dicts import drawn, gru

from rnncalc.readers.of_torch.derived import derived, normed
from rnncalc.readers.of_torch.names import parts

NEW = ("gru.parametrizations.weight_hh_l0.original0", "gru.parametrizations.weight_hh_l0.original1")
OLD = ("gru.weight_hh_l0_g", "gru.weight_hh_l0_v")


def normalized(names, g_shape):
    """A GRU whose recurrent weights are two tensors."""
    state = drawn(**gru(3, 4, "gru__"))
    pair = drawn(
        **dict(zip((n.replace(".", "__") for n in names), (g_shape, (12, 4)), strict=True))
    )
    del state["gru.weight_hh_l0"]
    return {**state, **pair}


@pytest.mark.parametrize("names", [NEW, OLD], ids=["parametrizations", "hooks"])
@pytest.mark.parametrize(("shape", "axes"), [((12, 1), 1), ((1, 4), 0), ((), None)])
def test_weight_norm(names, shape, axes):
    """g * v / ||v||, the norm over what g lacks: rows, columns, or all."""
    state = normalized(names, shape)
    g, v = (state[name].read() for name in names)
    (part,) = parts(state, ordered=True).parts
    weight = part.block["weight_hh"]

    assert (weight.name, weight.shape, weight.dtype) == ("gru.weight_hh_l0", (12, 4), "float64")
    expected = g * v / np.linalg.norm(v, axis=axes, keepdims=axes is not None)
    np.testing.assert_allclose(weight.read(), expected, rtol=1e-14)
    assert not np.allclose(weight.read(), v * g)


def test_weight_norm_of_a_linear_layer():
    """Also of nn.Linear, in either order of the two names."""
    state = drawn(fc__bias=(2,), fc__weight_v=(2, 4), fc__weight_g=(2, 1))
    (part,) = parts(state, ordered=True).parts

    assert (part.says, part.block["weight"].shape) == ("nn.Linear", (2, 4))
    np.testing.assert_allclose(
        np.linalg.norm(part.block["weight"].read(), axis=1),
        np.abs(state["fc.weight_g"].read()[:, 0]),
    )


def test_pruning():
    """orig * mask: what is pruned is 0."""
    state = drawn(**gru(3, 4, "gru__"), gru__weight_hh_l0_mask=(12, 4))
    state["gru.weight_hh_l0_orig"] = state.pop("gru.weight_hh_l0")
    (part,) = parts(state, ordered=True).parts
    orig, mask = (state[f"gru.weight_hh_l0_{end}"].read() for end in ("orig", "mask"))

    np.testing.assert_array_equal(part.block["weight_hh"].read(), orig * mask)


@pytest.mark.parametrize(
    "shapes",
    [
        {"parametrizations__weight__original": (2, 4), "parametrizations__weight__0___u": (2,)},
        {"weight_orig": (2, 4), "weight_u": (2,), "weight_v": (4,)},
        {"weight_g": (3, 1), "weight_v": (2, 4)},
        {"weight_orig": (2, 4), "weight_mask": (4, 2)},
        {"weight": (2, 4), "weight_g": (2, 1), "weight_v": (2, 4)},
    ],
    ids=["spectral_norm", "spectral_norm, hooks", "other lengths", "other mask", "weight besides"],
)
@pytest.mark.parametrize("module", ["fc__", ""], ids=["module", "bare"])
def test_other_parametrizations_are_refused_by_name(shapes, module):
    """What they compute is not known: the module is none that can be computed."""
    state = drawn(**{f"{module}{name}": shape for name, shape in shapes.items()})
    (part,) = parts(state, ordered=True).parts

    first = next(name for name in shapes if name != "weight").replace("__", ".", 2)
    assert part.kind == "other"
    assert part.problem.startswith(f"holds {first.replace('.0.__', '.0._')} (")
    assert "only weight_norm and pruning are computed" in part.problem


def test_other_parametrizations_of_a_recurrent_module():
    """spectral_norm on weight_hh: named, and not taken for a missing weight."""
    state = drawn(**gru(3, 4, "gru__"), gru__weight_hh_l0_u=(12,))
    state["gru.weight_hh_l0_orig"] = state.pop("gru.weight_hh_l0")
    (part,) = parts(state, ordered=True).parts

    assert part.problem.startswith("holds weight_hh_l0_u (12,), weight_hh_l0_orig (12, 4): of what")
    assert part.problem.endswith("(module, name) before saving leaves weights")


def test_names_that_only_look_like_it_stay():
    """W_g and W_v of somebody's attention are no weight of a module of PyTorch's."""
    state = drawn(attn__W_g=(2, 1), attn__W_v=(2, 4))

    assert list(derived(state)) == list(state)


def test_rows_of_zeros_are_nan_as_in_the_framework():
    """0 / 0, without a warning."""
    result = normed(np.ones((2, 1)), np.array([[0.0, 0.0], [3.0, 4.0]]))

    np.testing.assert_allclose(result, [[np.nan, np.nan], [0.6, 0.8]])
