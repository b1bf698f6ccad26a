"""``.pt2``: what its JSON says of weights and operators, and what it may not say."""

from __future__ import annotations

import copy
import json
import random
import re
import zipfile
from contextlib import suppress

import pytest
from golden_files import FOLDER

import rnncalc
from rnncalc.errors import FileError, RnncalcError
from rnncalc.readers import container, contents_of

TAGGER, HEAD = "pt2_tagger", "pt2_long_head"
WEIGHTS = "archive/data/weights/model_weights_config.json"
GRAPH = "archive/models/model.json"


def contents(path):
    return contents_of(path, container(path))


def changed(tmp_path, name, member, change):
    """A golden file with another member; what becomes None is left out."""
    path = tmp_path / "net.pt2"
    with zipfile.ZipFile(FOLDER / "torch" / f"{name}.pt2") as old:
        members = {info.filename: old.read(info) for info in old.infolist()}
    members[member] = change(members.get(member, b""))
    with zipfile.ZipFile(path, "w") as new:
        for key, data in members.items():
            if data is not None:
                new.writestr(zipfile.ZipInfo(key), data)
    return path


def meta(change, tensor="fc.weight"):
    """A change of what is said of a tensor."""

    def of(data):
        config = json.loads(data)
        change(config["config"][tensor])
        return json.dumps(config).encode()

    return of


def operator(change, target):
    """A change of the graph's last operator of a kind."""

    def of(data):
        program = json.loads(data)
        nodes = program["graph_module"]["graph"]["nodes"]
        change(nodes, [node for node in nodes if target in node["target"]][-1])
        return json.dumps(program).encode()

    return of


@pytest.mark.parametrize(
    ("says", "message"),
    [
        ({"sizes": [{"as_int": 5}, {"as_int": 2**40}]}, "repeats the 40 numbers|reaches to number"),
        ({"sizes": [{"as_int": -5}, {"as_int": 8}]}, "-5 stands for a whole number"),
        ({"sizes": [{"as_expr": "s0"}, {"as_int": 8}]}, "None stands for a whole number"),
        ({"sizes": 3}, "it has no lengths"),
        (
            {"sizes": [{"as_int": 1}] * 17, "strides": [{"as_int": 1}] * 17},
            "without storage, shape",
        ),
        ({"strides": [{"as_int": 8}]}, "has 1 strides, 2 were expected"),
        ({"strides": [{"as_int": 2**60}, {"as_int": 1}]}, "reaches to number .* has 40"),
        ({"strides": [{"as_int": 0}] * 2, "sizes": [{"as_int": 10**6}] * 2}, "repeats the 40"),
        ({"storage_offset": {"as_int": 1}}, "reaches to number 41, but its storage has 40"),
        ({"storage_offset": None}, "a length is no mapping"),
        ({"dtype": 8}, None),
        ({"dtype": 99}, "is of type 99, which is unknown"),
        ({"dtype": True}, "True stands for a whole number"),
        ({"layout": 1}, "is sparse"),
    ],
)
def test_what_json_claims_of_a_tensor_is_judged(says, message, tmp_path):
    """Sizes, strides and offsets beyond the bytes are refused with the tensor's name."""
    change = meta(lambda one: one["tensor_meta"].update(says))
    path = changed(tmp_path, TAGGER, WEIGHTS, change)
    with pytest.raises(FileError, match=f"fc.weight: .*({message or 'reaches to number 40'})"):
        contents(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.update(use_pickle=True), "is pickled, an object of its own class"),
        (lambda one: one.update(path_name="../../evil"), r"is in \.\./\.\./evil, which is not in"),
        (lambda one: one.update(path_name=["x"]), "which is not in the archive"),
        (lambda one: one.update(tensor_meta=None), "its tensor_meta is no mapping"),
    ],
)
def test_where_a_tensor_is_kept_is_judged(change, message, tmp_path):
    """It is a member of the archive, and nothing is unpickled."""
    with pytest.raises(FileError, match=f"fc.weight: .*{message}"):
        contents(changed(tmp_path, TAGGER, WEIGHTS, meta(change)))


@pytest.mark.parametrize(
    ("member", "data", "message"),
    [
        ("archive/data/aotinductor/model/x.so", b"\x7fELF", r"holds a compiled program \(.*x\.so"),
        ("archive/models/other.json", b"{}", "holds 2 models, one was expected: model, other"),
        (WEIGHTS, None, "holds no weights: data/weights/model_weights_config.json is missing"),
        (WEIGHTS, b'{"config": []}', "at most 100,000 tensors by name were expected"),
        (WEIGHTS, b"[" * 100_000, "model_weights_config.json: is "),
        ("archive/archive_format", b"pt3", "archive_format is 'pt3'; known is pt2"),
        ("archive/archive_version", b"1", "archive_version is '1'; known is 0"),
    ],
)
def test_other_archives_are_refused_by_name(member, data, message, tmp_path):
    """Code, several models, later versions."""
    with pytest.raises(FileError, match=message):
        contents(changed(tmp_path, TAGGER, member, lambda _: data))


def assumed(found):
    return {f"{one.layer}.{one.key}" for one in found.assumptions}


def test_the_graph_says_what_follows_an_nn_linear():
    """An activation that alone reads its result; or nothing, where it is the network's output."""
    found = contents(FOLDER / "torch" / f"{HEAD}.pt2")
    activations = [part.block["activation"] for part in found.parts if part.says == "nn.Linear"]

    assert activations == ["tanh", "softmax"]
    assert assumed(found) == {".layers", ".mode"}
    last = contents(FOLDER / "torch" / "pt2_tagger.pt2").parts[-1]
    assert (last.block["activation"], last.assumed) == ("linear", [])


def twice(nodes, node):
    """The operator's input is read by a second one."""
    nodes.append(copy.deepcopy(node))


def typed(nodes, node):
    node["inputs"].append({"name": "dtype", "arg": {"as_scalar_type": 8}, "kind": 2})


def along_time(nodes, node):
    next(one for one in node["inputs"] if one["name"] == "dim")["arg"] = {"as_int": 1}


def unknown(nodes, node):
    node["target"] = "torch.ops.aten.exp.default"


@pytest.mark.parametrize("change", [twice, typed, along_time, unknown])
def test_what_is_not_certain_stays_an_assumption(change, tmp_path):
    """Two readers, another type, another axis, another operator: the activation is not told."""
    found = contents(changed(tmp_path, HEAD, GRAPH, operator(change, "softmax")))

    assert "classifier.3.activation" in assumed(found)
    why = next(one.why for one in found.parts[-1].assumed)
    assert why.endswith("only the graph in the file, which is not followed, says what follows")


def test_an_nn_linear_that_is_called_twice_is_not_told(tmp_path):
    """What follows one call says nothing of the other."""
    found = contents(changed(tmp_path, HEAD, GRAPH, operator(twice, "linear")))

    assert "classifier.3.activation" in assumed(found)


def test_a_graph_that_is_none_says_nothing(tmp_path):
    """Its weights are those of a state dict."""
    for graph in (b"{}", b'{"graph_module": {"graph": {"nodes": [1, {"inputs": 3}]}}}'):
        found = contents(changed(tmp_path, HEAD, GRAPH, lambda _, graph=graph: graph))
        assert {"classifier.0.activation", "classifier.3.activation"} <= assumed(found)


def test_layers_stand_in_the_order_in_which_they_are_read(tmp_path):
    """However the state dict has them."""

    def reversed_names(data):
        config = json.loads(data)["config"]
        return json.dumps({"config": dict(reversed(config.items()))}).encode()

    found = contents(changed(tmp_path, HEAD, WEIGHTS, reversed_names))
    assert [part.name for part in found.parts] == ["gru", "classifier.0", "classifier.3"]


def test_constants_that_are_left_out_are_told(tmp_path):
    """What the graph reads besides the weights may change its numbers."""
    with zipfile.ZipFile(FOLDER / "torch" / f"{TAGGER}.pt2") as archive:
        one = json.loads(archive.read(WEIGHTS))["config"]["fc.bias"]
    constant = json.dumps({"config": {"mask": one | {"path_name": "c_0"}}}).encode()
    path = changed(
        tmp_path, TAGGER, "archive/data/constants/model_constants_config.json", lambda _: constant
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("archive/data/constants/c_0", bytes(20))

    assert contents(path).warnings == [
        "mask (5,) is a constant that the graph reads, and it is left out"
    ]


@pytest.mark.parametrize("member", [WEIGHTS, GRAPH])
def test_damaged_json_is_read_or_refused(member, tmp_path):
    """Numbers exchanged, names cut, brackets lost, under right checksums: no error but ours."""
    draw = random.Random(19)
    others = (b"-1", b"9" * 18, b"null", b"[]", b"{}", b'"x"', b"1.5", b"true", b"")

    def damage(data):
        places = [match.span() for match in re.finditer(rb'\d+|"[^"]*"|[{}\[\]]', data)]
        start, end = draw.choice(places)
        return data[:start] + draw.choice(others) + data[end:]

    for _ in range(80):
        with suppress(RnncalcError):
            rnncalc.load(changed(tmp_path, TAGGER, member, damage))
