"""Whole modules: which of their tensors are the network's, and what is said of the others."""

from __future__ import annotations

import numpy as np
import pytest

from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch.objects import Instance
from rnncalc.errors import FileError
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_torch.pickled import Modules


def tensor():
    return Tensor("t", (2,), "float32", lambda: np.array([1.0, 2.0]))


def module(kind, parameters=None, modules=None, **attributes):
    own = {"_parameters": parameters or {}, "_modules": modules or {}, "_buffers": {}}
    return Instance(kind, own | attributes)


def test_the_weights_of_a_loss_are_none_of_the_network():
    """A loss weighs classes: no layer has these numbers."""
    loss = module("torch.nn.modules.loss CrossEntropyLoss", {"weight": tensor()})
    net = module("mine Net", {"bias": tensor()}, {"loss": loss})

    assert list(Modules().without(net)) == ["bias"]


def test_a_function_whose_place_is_unknown_is_told():
    """Outside of an nn.Sequential nothing says where it is applied."""
    modules = Modules()
    kinds = {"relu": "activation ReLU", "drop": "dropout Dropout"}
    inside = {name: module(f"torch.nn.modules.{kind}") for name, kind in kinds.items()}
    modules.without(module("mine Net", {"bias": tensor()}, inside))
    (warning,) = modules.tell([], {})

    assert warning.startswith("relu is nn.ReLU, without weights")


@pytest.mark.parametrize(("kind", "settings", "says"), [
    ("LeakyReLU", {"negative_slope": 0.05}, "--assume fc.activation=leaky_relu:alpha=0.05 says"),
    ("Sigmoid", {}, "--assume fc.activation=sigmoid says that it is behind fc"),
    ("Softmax", {"dim": 0}, None),
])  # fmt: skip
def test_a_function_behind_a_matrix_is_told_with_its_flag(kind, settings, says):
    """As the one registered next, dropouts aside; none behind another layer, or of another kind."""
    weights = {"weight": Tensor("w", (1, 2), "float32", lambda: np.ones((1, 2)))}
    inside = {
        "norm": module("torch.nn.modules.normalization LayerNorm", {"bias": tensor()}),
        "first": module("torch.nn.modules.activation Tanh"),
        "fc": module("torch.nn.modules.linear Linear", weights),
        "drop": module("torch.nn.modules.dropout Dropout"),
        "act": module(f"torch.nn.modules.activation {kind}", **settings),
    }
    modules = Modules()
    modules.without(module("mine Net", {}, inside))
    parts = [Part("norm", "output", "nn.LayerNorm"), Part("fc", "output", "nn.Linear", weights)]
    parts[1].assume("activation", "linear", "nn.Linear's own")
    tensors = {"norm.bias": inside["norm"]["_parameters"]["bias"], "fc.weight": weights["weight"]}
    first, last = modules.tell(parts, tensors)

    assert "--assume" not in first
    assert says in last if says else "--assume" not in last


def test_buffers_that_are_not_kept_are_no_weights():
    """state_dict() leaves them out, too."""
    net = module("mine Net", {"bias": tensor()}, _non_persistent_buffers_set=["mask"])
    net["_buffers"] = {"mask": tensor(), "mean": tensor()}

    assert list(Modules().without(net)) == ["bias", "mean"]


def test_a_parameter_that_a_call_would_make_is_refused():
    """It is not taken for one that is missing."""
    net = module("mine Net", {"weight": Instance("mine make", {})})
    with pytest.raises(FileError, match="weight is what 'mine make' would make"):
        Modules().without(net)


def test_a_module_in_itself_is_refused():
    """No network ends in it."""
    net = module("mine Net", {"bias": tensor()})
    net["_modules"]["me"] = net
    with pytest.raises(FileError, match="nest more than 32 levels deep"):
        Modules().without(net)
