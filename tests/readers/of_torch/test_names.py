"""From the names and shapes of a state dict to layers: which they are, and what is assumed."""

from __future__ import annotations

import json

import pytest
from golden_networks import FILES, TOLERANCE, computed, differs, golden
from state_dicts import config_of, drawn, gru, of_config, tensor

import rnncalc
from rnncalc.errors import FileError
from rnncalc.readers.contents.part import Assumption
from rnncalc.readers.of_torch.names import parts

TORCH = [
    name
    for name in FILES
    if name.startswith("torch/") and "weight_ih" in str(golden(name)["config"])
]
NOT = "not a layer that can be computed"


def one(shapes, *, ordered=True):
    """The only part of a file."""
    (part,) = parts(drawn(**shapes), ordered=ordered).parts
    return part


def network(document, state=None, *, ordered=True):
    """A golden's network read from its state dict, with what the file does not say."""
    config = document["config"]
    config = config_of(parts(state or of_config(config), ordered=ordered))
    for block in config["layers"]:
        if block["cell"] == "rnn":
            given = document["config"].get("layers", [document["config"]])[0]
            block["activation"] = given.get("activation", "tanh")
    told = {key: document["config"][key] for key in ("mode",) if key in document["config"]}
    if "output" in config:
        config["output"][0]["activation"] = document["config"]["output"]["activation"]
    given = {**document["config"], **document}
    states = {key: given[key] for key in ("h0", "c0") if key in given}
    return rnncalc.load({**config, **told, **states, "dtype": document["dtype"]})


def renamed(document, model):
    """The golden with the names of our layers: of a file that is one cell, ``gru``."""
    ours = [layer.name for layer in model.layers]
    theirs = [block["name"] for block in document["config"].get("layers", [{"name": "layer0"}])]
    text = json.dumps(document["expected"])
    for old, new in zip(theirs, ours, strict=True):
        text = text.replace(f'"{old}.', f'"{new}.')
    return {**document, "expected": json.loads(text)}


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("name", TORCH)
def test_a_state_dict_gives_the_numbers_of_the_framework(name, ordered):
    """Every golden of PyTorch, from nothing but names and tensors, sorted or not."""
    document = golden(name)
    state = of_config(document["config"])
    state = state if ordered else dict(sorted(state.items()))
    model = network(document, state, ordered=ordered)
    document = renamed(document, model)

    assert differs(document, computed(document, model), TOLERANCE[document["dtype"]]) == []


def swapped(state):
    """The two directions exchanged."""
    other = {n: n.removesuffix("_reverse") if "_reverse" in n else f"{n}_reverse" for n in state}
    return {name: state[other[name]] for name in state}


def numbered_from_behind(state):
    """The layers of the stack in the other order, where their shapes are equal."""
    other = {n: n.replace("_l1", "_lx").replace("_l2", "_l1").replace("_lx", "_l2") for n in state}
    return {name: state[other[name]] for name in state}


def biases_exchanged(state):
    other = {n: n.replace("_ih", "_x").replace("_hh", "_ih").replace("_x", "_hh") for n in state}
    return {n: state[other[n]] if "bias" in n else t for n, t in state.items()}


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        ("gru_bidirectional_float64", swapped),
        ("lstm_projection_bidirectional_float64", swapped),
        ("lstm_3_layers_bidirectional_float64", numbered_from_behind),
        ("gru_3_layers_bidirectional_float64", numbered_from_behind),
        ("gru_float64", biases_exchanged),
    ],
)
def test_a_planted_mistake_is_seen(name, mistake):
    """The goldens tell a direction, a layer and a bias from the other one."""
    document = golden(f"torch/{name}")
    model = network(document, mistake(of_config(document["config"])))

    assert differs(document, computed(document, model), 1e-3)


@pytest.mark.parametrize(
    ("rows", "cell"), [(4, "rnn"), (12, "gru"), (16, "lstm"), (8, None), (20, None), (10, None)]
)
def test_the_cell_is_how_often_the_recurrent_matrix_is_square(rows, cell):
    """1, 3 or 4 blocks of rows; anything else is said to be no cell."""
    part = one({"weight_ih_l0": (rows, 3), "weight_hh_l0": (rows, 4)})

    assert part.block.get("cell") == cell
    assert part.kind == ("recurrent" if cell else "other")
    assert cell or part.problem == (
        f"has weight_hh_l0 ({rows}, 4): its rows are not 1, 3 or 4 times its columns"
    )


def test_a_projection_is_an_lstm():
    """weight_hr makes it one: (8, 2) would be four gates of two, and (4 * 3, 2) none."""
    shapes = {"weight_ih_l0": (12, 5), "weight_hh_l0": (12, 2), "weight_hr_l0": (2, 3)}
    part = one({f"enc__{name}": shape for name, shape in shapes.items()})

    assert (part.name, part.block["cell"], part.says) == ("enc", "lstm", "nn.LSTM")


def test_names_and_what_the_framework_calls_them():
    """A module is called by its path, a bare one by its cell; several layers are numbered."""
    bare = parts(drawn(**gru(3, 4)), ordered=True).parts
    deep = {
        **gru(3, 4, "a__b__"),
        **{n.replace("l0", "l1"): s for n, s in gru(4, 4, "a__b__").items()},
    }
    stacked = parts(drawn(**deep), ordered=True).parts
    cell = one({"weight_ih": (12, 3), "weight_hh": (12, 4)})
    both = {**gru(3, 4), **{f"{n}_reverse": s for n, s in gru(3, 4).items()}}

    assert [(p.name, p.says) for p in bare] == [("gru", "nn.GRU")]
    assert [p.name for p in stacked] == [p.path for p in stacked] == ["a.b.0", "a.b.1"]
    assert [p.says for p in stacked] == ["nn.GRU, layer 1 of 2", "nn.GRU, layer 2 of 2"]
    assert (cell.name, cell.says) == ("gru", "nn.GRUCell")
    assert one(both).says == "nn.GRU, bidirectional"
    assert one(both).block["merge"] == "concat"
    assert list(one(both).block["backward"]) == ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]


def test_tanh_is_assumed_of_the_module_and_written_into_each_layer():
    """A file does not say tanh or relu; ``rnn.activation`` is that of all layers of ``rnn``."""
    shapes = {"rnn__weight_ih_l0": (4, 3), "rnn__weight_hh_l0": (4, 4)}
    shapes |= {"rnn__weight_ih_l1": (4, 4), "rnn__weight_hh_l1": (4, 4)}
    found = parts(drawn(**shapes), ordered=True).parts

    why = "the default of nn.RNN; a file of weights does not say it"
    assert [part.block["activation"] for part in found] == ["tanh", "tanh"]
    assert [part.assumed for part in found] == [[Assumption("rnn", "activation", "tanh", why)]] * 2
    assert one(gru(3, 4)).assumed == []


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (
            {"lstm__weight_ih_l1": (16, 3), "lstm__weight_hh_l1": (16, 4)},
            "lstm: weight_ih_l0 is missing, and weight_ih_l1 is there",
        ),
        ({"weight_ih_l0": (16, 3)}, "weight_hh_l0 is missing, and weight_ih_l0 is there"),
        ({"a__weight_hh": (16, 4)}, "a: weight_ih is missing, and weight_hh is there"),
        ({"a__bias_ih_l0": (16,)}, "a: weight_ih_l0 is missing, and bias_ih_l0 is there"),
        (
            {**gru(3, 4), "weight_ih_l0_reverse": (12, 3), "weight_hh_l0_reverse": (12, 4),
             "weight_ih_l1": (12, 8), "weight_hh_l1": (12, 4)},
            "weight_ih_l1_reverse is missing, and weight_ih_l0_reverse is there",
        ),
        (
            {"weight_ih_l0_reverse": (12, 3), "weight_hh_l0_reverse": (12, 4)},
            "weight_ih_l0 is missing, and weight_ih_l0_reverse is there",
        ),
        (
            {"weight_ih_l0": (12, 3), "weight_hh_l0": (12, 2), "weight_hr_l0": (2, 3),
             "weight_ih_l1": (12, 2), "weight_hh_l1": (12, 2)},
            "weight_hr_l1 is missing, and weight_hr_l0 is there",
        ),
    ],
)  # fmt: skip
def test_gaps_are_refused_by_name(shapes, message):
    """A layer, a matrix, a direction or a projection that others of the module have."""
    with pytest.raises(FileError) as caught:
        parts(drawn(**shapes), ordered=True)
    assert str(caught.value) == f"{message}: the whole state_dict() was expected"


def test_a_module_with_more_than_pytorchs_is_not_taken_for_it():
    """A cell with a normalization inside, a parameter beside: their classes are one's own."""
    norm = {"cell__weight_ih": (12, 3), "cell__weight_hh": (12, 4), "cell__ln__weight": (4,)}
    start = {**gru(3, 4, "gru__"), "gru__h0": (4,)}
    bare = {"weight_ih": (12, 3), "weight_hh": (12, 4), "ln__weight": (4,), "ln__bias": (4,)}

    cell, start, bare = (parts(drawn(**s), ordered=True).parts[0] for s in (norm, start, bare))
    assert cell.kind == start.kind == bare.kind == "other"
    beside = "beside recurrent weights: no module of PyTorch does"
    assert cell.problem == f"holds ln.weight (4,) {beside}"
    assert start.problem == f"holds h0 (4,) {beside}"
    assert bare.problem == f"holds ln.weight (4,), ln.bias (4,) {beside}"


def test_a_layer_beside_a_bare_module_is_read():
    """{**lstm.state_dict(), "fc.weight": ...}: put together by hand."""
    names = parts(drawn(**gru(3, 4), fc__weight=(2, 4), fc__bias=(2,)), ordered=True)

    assert [(part.name, part.kind) for part in names.parts] == [
        ("gru", "recurrent"),
        ("fc", "output"),
    ]


def test_linear_layers():
    """A matrix and a bias of its rows; its activation is assumed to be none."""
    part = one({"head__fc__weight": (2, 4), "head__fc__bias": (2,)})
    misfit = one({"fc__weight": (2, 4), "fc__bias": (4,)})

    assert (part.kind, part.says, part.name) == ("output", "nn.Linear", "head.fc")
    assert sorted(part.block) == ["activation", "bias", "name", "weight"]
    assert part.block["weight"].shape == (2, 4)
    assert [(a.layer, a.key, a.value) for a in part.assumed] == [
        ("head.fc", "activation", "linear")
    ]
    assert misfit.problem == f"holds fc.weight (2, 4), fc.bias (4,): {NOT}"


def test_normalizations():
    """A vector or two are nn.LayerNorm's; with running statistics they are nn.BatchNorm1d's."""
    layer = one({"ln__weight": (4,), "ln__bias": (4,)})
    batch = one({"bn__weight": (4,), "bn__bias": (4,), "bn__running_mean": (4,),
                 "bn__running_var": (4,), "bn__num_batches_tracked": ()})  # fmt: skip
    plain = one({"bn__running_mean": (4,), "bn__running_var": (4,)})

    assert {k: getattr(v, "name", v) for k, v in layer.block.items()} == {
        "gamma": "ln.weight", "beta": "ln.bias", "name": "ln", "normalization": "layer",
        "epsilon": 1e-5,
    }  # fmt: skip
    assert {k: getattr(v, "name", v) for k, v in batch.block.items()} == {
        "normalization": "batch", "name": "bn", "gamma": "bn.weight", "beta": "bn.bias",
        "mean": "bn.running_mean", "variance": "bn.running_var", "epsilon": 1e-5,
    }  # fmt: skip
    assert sorted(plain.block) == ["epsilon", "mean", "name", "normalization", "variance"]
    assert [(a.key, a.value) for a in batch.assumed] == [("epsilon", 1e-5)]
    assert [a.key for a in layer.assumed] == ["normalization", "epsilon"]


def test_prelu():
    """One number alone; one for each feature where its name says that it is one."""
    one_slope, several = one({"act__weight": (1,)}), one({"prelu1__weight": (4,)})

    assert [part.says for part in (one_slope, several)] == ["nn.PReLU", "nn.PReLU"]
    assert one_slope.warnings == []
    assert several.warnings[0].startswith("prelu1: nn.PReLU has slopes along the second axis")


@pytest.mark.parametrize(
    ("shapes", "problem"),
    [
        ({"conv1__weight": (16, 3, 5), "conv1__bias": (16,)},
         "holds conv1.weight (16, 3, 5), conv1.bias (16,)"),
        ({"rms_norm__weight": (4,)}, "holds rms_norm.weight (4,)"),
        ({"emb__position_ids": (1, 9)}, "holds emb.position_ids (1, 9)"),
        ({f"w__p{i}": (2,) for i in range(6)},
         "holds w.p0 (2,), w.p1 (2,), w.p2 (2,), w.p3 (2,), 2 more"),
        ({"h0": (4,)}, "holds h0 (4,)"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)  # fmt: skip
def test_what_cannot_be_computed_is_named(shapes, problem):
    """A convolution, nn.RMSNorm, buffers, parameters of one's own."""
    part = one(shapes)

    assert (part.kind, part.problem) == ("other", f"{problem}: {NOT}")


def test_attention_is_one_part():
    """Its output projection looks like nn.Linear and is no layer by itself."""
    shapes = {"attn__in_proj_weight": (12, 4), "attn__in_proj_bias": (12,)}
    shapes |= {"attn__out_proj__weight": (4, 4), "attn__out_proj__bias": (4,)}
    part = one(shapes)

    assert (part.name, part.kind) == ("attn", "other")
    assert part.says == (
        "attn.in_proj_weight (12, 4), attn.in_proj_bias (12,), "
        "attn.out_proj.weight (4, 4), attn.out_proj.bias (4,)"
    )
    assert one({"out_proj__weight": (4, 4), "out_proj__bias": (4,)}).kind == "output"


def test_quantized_weights_are_refused():
    """int8 stands for other numbers, whose scale is elsewhere; a file of whole numbers is fine."""
    (part,) = parts({"fc.weight": tensor("fc.weight", [[1, 2]], "int8")}, ordered=True).parts
    whole = parts({"fc.weight": tensor("fc.weight", [[1, 2]])}, ordered=True).parts

    assert (part.kind, part.problem) == ("other", "holds weight (1, 2) of type int8: no weights")
    assert [one.kind for one in whole] == ["output"]


def test_tied_weights_are_read_twice():
    """The same tensor under two names is an embedding and a layer."""
    state = drawn(emb__weight=(9, 3), **gru(3, 3, "gru__"))
    names = parts({**state, "out.weight": state["emb.weight"]}, ordered=True)

    assert [part.kind for part in names.parts] == ["embedding", "recurrent", "output"]


def test_nothing_is_read_before_somebody_asks():
    """Names and shapes are enough; one bias without the other is left to the convention."""

    def fail():
        raise AssertionError

    state = {
        name: type(one)(name, one.shape, one.dtype, fail)
        for name, one in drawn(emb__weight=(9, 3), **gru(3, 4, "gru__"), fc__weight=(2, 4)).items()
    }
    del state["gru.bias_hh_l0"]

    assert len(parts(state, ordered=False).parts) == 3


def test_no_tensors():
    """An empty file holds no module."""
    with pytest.raises(FileError, match="holds no tensors"):
        parts({}, ordered=True)
