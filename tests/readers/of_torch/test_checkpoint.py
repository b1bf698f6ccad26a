"""Checkpoints: what is taken for the state dict, how names become plain, what is left out."""

from __future__ import annotations

import pytest
from state_dicts import drawn, tensor

from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch.objects import Instance
from rnncalc.errors import FileError
from rnncalc.readers.of_torch import checkpoint
from rnncalc.readers.of_torch.checkpoint import unwrapped

STATE = drawn(lstm__weight_ih_l0=(8, 3), lstm__weight_hh_l0=(8, 2))
NAMES = list(STATE)
OPTIMIZER = {
    "state": {0: {"exp_avg": tensor("a", [1.0]), "step": 3}, 1: {"exp_avg": tensor("b", [2.0])}},
    "param_groups": [{"lr": 0.1, "params": [0, 1]}],
}


def prefixed(prefix):
    return {f"{prefix}{name}": one for name, one in STATE.items()}


@pytest.mark.parametrize(
    "key", ["state_dict", "model_state_dict", "model", "net", "network", "module", "weights"]
)
def test_wrappers_are_looked_through(key):
    """The state dict below the key wins; what else is there is named."""
    names, left_out, _ = unwrapped({"epoch": 3, "optimizer": OPTIMIZER, key: STATE, "loss": [0.5]})

    assert list(names) == NAMES
    assert [one.name for one in names.values()] == NAMES
    assert left_out == ["epoch", "optimizer: 2 tensors", "loss"]


def test_a_list_with_one_network_is_looked_through():
    """(model, scaler, optimizer): what else is there is called by its number."""
    scaler = Instance("mine Scaler", {"mean": tensor("m", [1.0])})
    names, left_out, _ = unwrapped([3, STATE, scaler, OPTIMIZER])

    assert list(names) == NAMES
    assert left_out == ["0", "2 (mine Scaler): 1 tensor", "3: 2 tensors"]


def test_a_plain_state_dict_is_itself():
    """No wrapper, nothing left out; the order is kept."""
    backwards = dict(reversed(STATE.items()))

    assert unwrapped(STATE) == (STATE, [], [])
    assert list(unwrapped(backwards)[0]) == NAMES[::-1]


def test_wrappers_in_wrappers():
    """{"model": {"state_dict": ...}}; the first key of the list that holds tensors wins."""
    names, left_out, _ = unwrapped(
        {"model": {"state_dict": STATE, "version": 2}, "args": {"lr": 1}}
    )
    two, ema, _ = unwrapped({"net": drawn(a=(1,)), "model": {"config": 1}, "state_dict": STATE})

    assert list(names) == list(two) == NAMES
    assert left_out == ["args", "model.version"]
    assert ema == ["net: 1 tensor", "model"]


@pytest.mark.parametrize(
    "prefix", ["module.", "_orig_mod.", "model.", "model._orig_mod.module.", "module.module."]
)
def test_prefixes_that_all_names_share_are_taken_off(prefix):
    """nn.DataParallel, torch.compile and Lightning, in any order."""
    assert list(unwrapped(prefixed(prefix))[0]) == NAMES


def test_prefixes_that_only_some_names_have_stay():
    """{"model.lstm...", "loss.weight"}: model is a module among others."""
    some = {**prefixed("model."), **drawn(loss__weight=(2,))}

    assert list(unwrapped(some)[0]) == list(some)


def test_wrappers_inside_names():
    """A compiled module inside a network; not where two names would become one."""
    inside = {f"enc._orig_mod.module.{name}": one for name, one in STATE.items()}
    both = drawn(a__module__weight=(2, 2), a__weight=(2, 2))

    assert list(unwrapped(inside)[0]) == [f"enc.{name}" for name in NAMES]
    assert list(unwrapped(both)[0]) == list(both)


def test_several_state_dicts_become_one():
    """{"encoder": ..., "decoder": ...}, lists of them too; optimizers in a list are left out."""
    stored = {
        "encoder": STATE,
        "heads": [drawn(weight=(2, 2)), drawn(weight=(2, 2)), 0.5],
        "optimizer_states": [OPTIMIZER],
        "encoder_args": {"units": 2},
        "step": 5,
    }
    names, left_out, _ = unwrapped(stored)

    assert list(names) == [*(f"encoder.{n}" for n in NAMES), "heads.0.weight", "heads.1.weight"]
    assert left_out == ["optimizer_states.0: 2 tensors", "encoder_args", "step"]


@pytest.mark.parametrize(
    ("stored", "what"),
    [
        ({}, "nothing"),
        ({"epoch": 3, "args": {"lr": 1}}, "no tensors, only epoch, args"),
        ({"epoch": 3, "optimizer": OPTIMIZER}, "no weights, only epoch, optimizer: 2 tensors"),
        (OPTIMIZER, "the state of an optimizer"),
        (tensor("x", [[1.0, 2.0]]), "a single tensor (1, 2)"),
        ([OPTIMIZER, 3], "a list or tuple of 2, none of which is a network"),
        ([STATE, STATE], "2 networks without names: which is meant is not said"),
        (3.5, "a value of type float"),
        (None, "a value of type NoneType"),
        ({"\x1b[31m": 3}, "no tensors, only \\x1b[31m"),
    ],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
def test_what_is_no_state_dict_is_said(stored, what):
    """What the file holds, and what was expected."""
    expected = "a state dict was expected, as torch.save(model.state_dict(), ...) writes it"
    with pytest.raises(FileError) as caught:
        unwrapped(stored)
    assert str(caught.value) == f"holds {what}: {expected}"


def test_an_optimizer_is_no_state_dict_whatever_its_key():
    """{"model": optimizer.state_dict()}: it does not win."""
    names, left_out, _ = unwrapped({"model": OPTIMIZER, "rnn": STATE})

    assert list(names) == [f"rnn.{name}" for name in NAMES]
    assert left_out == ["model: 2 tensors"]


def test_two_tensors_of_one_name_are_refused():
    """{"a.b": ..., "a": {"b": ...}}: neither is dropped silently."""
    with pytest.raises(FileError, match=r"holds two tensors by the name of a\.b"):
        unwrapped({"a.b": tensor("x", [1.0]), "a": {"b": tensor("y", [2.0])}})


def cyclic():
    stored = {"epoch": 1}
    stored["self"] = stored
    return stored


def doubling():
    """Every dict holds the next one twice: 2 ** 25 tensors, in 26 dicts."""
    inner = dict(STATE)
    for _ in range(25):
        inner = {"a": inner, "b": inner}
    return inner


def chained():
    """Dicts that are found at small depths first, and hang on each other: 3,000 levels."""
    links = [{} for _ in range(3000)]
    for one, following in zip(links[1:], links, strict=False):
        one[""] = following
    links[0]["x"] = tensor("x", [1.0])
    return {str(i): link for i, link in enumerate(links)}


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (cyclic, "nests more than 32 levels deep"),
        (doubling, "holds more than 100,000 tensors"),
        (chained, "nests more than 32 levels deep"),
        (lambda: {"k" * 1001: STATE}, "a name of 1,019 letters is too long"),
        (lambda: {"k" * 999: STATE}, "a name of 1,017 letters is too long"),
    ],
    ids=["a dict in itself", "dicts that double", "a long chain", "a long name", "long together"],
)
def test_hostile_checkpoints_end_soon(made, message):
    """Bounds of depth, count and names, before anything is read."""
    with pytest.raises(FileError, match=message):
        unwrapped(made())


OTHER = {name: Tensor(name, one.shape, one.dtype, lambda one=one: one.read() + 1)
         for name, one in STATE.items()}  # fmt: skip


@pytest.mark.parametrize(
    ("stored", "copies"),
    [
        ({"model": STATE, "ema": OTHER, "epoch": 3}, ["model", "ema"]),
        ({"state_dict": STATE, "old": {"module": OTHER}}, ["state_dict", "old"]),
        ({"params": STATE, "params_ema": OTHER, "optimizer": OPTIMIZER}, ["params", "params_ema"]),
        ({"policy": STATE, "target_net": OTHER}, ["policy", "target_net"]),
        ({"model": STATE, "best": STATE}, ["model"]),
        ({"params": STATE, "params_ema": STATE}, ["params"]),
        ({"encoder": STATE, "decoder": OTHER}, []),
        ({"a": STATE, "a_ema": OTHER, "b": drawn(c__weight=(2, 3))}, []),
    ],
)
def test_several_states_of_one_network_are_told(stored, copies):
    """Where a wrapper or a word says that they are; of equal ones nothing need be said."""
    tensors, _, found = unwrapped(stored)
    names = [f"{key}.{name}" for key in copies for name in NAMES]

    assert found == (copies if len(copies) > 1 else [])
    assert len(copies) < 2 or list(tensors) == names
    assert len(copies) != 1 or list(tensors) == NAMES


def test_too_many_states_are_refused(monkeypatch):
    """They would all be compared."""
    monkeypatch.setattr(checkpoint, "MOST", 20)
    states = {f"a{n}": STATE for n in range(10)}
    with pytest.raises(FileError, match="holds 11 states of networks: too many"):
        unwrapped({"model": STATE, **states})
