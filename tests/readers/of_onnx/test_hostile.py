"""ONNX files that are damaged, that claim too much, or that reach for what is not theirs."""

from __future__ import annotations

import os
import resource
import struct
import time
from contextlib import suppress

import numpy as np
import pytest
from conftest import captured, process
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("onnx", reason="onnx is not installed")

import onnx
from golden_files import FOLDER
from onnx import TensorProto, helper, numpy_helper
from onnx_made import constants, drawn, proto, recurrent, saved, weights

import rnncalc
from rnncalc.containers.onnx import limits, wire
from rnncalc.errors import FileError, RnncalcError, RnncalcWarning

X = "1 2 3; 4 5 6"
FULL = {"X": ("T", "B", 3)}


def lstm(**arrays):
    """A model of one node, whose arrays may be names."""
    own = weights() | arrays
    return proto([recurrent("node", own)], FULL, ["node.Y"], constants("node", own))


def refusal(path):
    """Why a file is refused; within the bounds of an error."""
    with pytest.raises(FileError) as caught:
        rnncalc.load(path)
    assert len(str(caught.value)) < 4096
    return str(caught.value)


def outside(folder, location="w.bin", *, shape=(1, 16, 3), dtype=TensorProto.FLOAT, **says):
    """A model whose W lies in another file."""
    model = lstm()
    tensor = next(one for one in model.graph.initializer if one.name == "node.W")
    data = numpy_helper.to_array(tensor).tobytes()
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.data_type = dtype
    tensor.dims[:] = shape
    for key, value in {"location": location, **says}.items():
        tensor.external_data.add(key=key, value=str(value))
    (folder / "in").mkdir(exist_ok=True)
    return saved(folder / "in", model), data


def test_external_data_is_read_from_the_folder(tmp_path):
    """Also from a folder in it, at an offset; the numbers are those of the file without."""
    path, data = outside(tmp_path, "sub/w.bin", offset=16, length=192)
    (tmp_path / "in" / "sub").mkdir()
    (tmp_path / "in" / "sub" / "w.bin").write_bytes(b"x" * 16 + data)
    screen = captured("inspect", str(path), "--weights", "node.W_x.i", "--json")

    assert screen.code == 0
    found = rnncalc.load(path).layers[0].weights["W_x.i"]
    np.testing.assert_array_equal(found, np.frombuffer(data, np.float32).reshape(16, 3)[:4])


@pytest.mark.parametrize(
    "location",
    ["../secret", "sub/../../secret", "/etc/hostname", "", "..", "C:\\w", "a\\b", "sub/..", "."],
)
def test_names_that_lead_elsewhere_are_refused(location, tmp_path):
    """Before anything is opened."""
    (tmp_path / "secret").write_bytes(bytes(192))
    path, _ = outside(tmp_path, location)

    assert "tensor node.W: external data" in refusal(path)


def test_links_are_refused(tmp_path):
    """Symbolic ones that lead out, of files and of folders, and hard ones."""
    (tmp_path / "secret").write_bytes(bytes(192))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "w.bin").write_bytes(bytes(192))
    for location, make in {
        "soft.bin": lambda at: at.symlink_to(tmp_path / "secret"),
        "dir/w.bin": lambda at: at.parent.symlink_to(tmp_path / "other"),
        "loop.bin": lambda at: at.symlink_to(at),
        "hard.bin": lambda at: at.hardlink_to(tmp_path / "secret"),
        "pipe.bin": lambda at: os.mkfifo(at),
        "folder.bin": lambda at: at.mkdir(),
        "none.bin": lambda at: None,
    }.items():
        path, _ = outside(tmp_path, location)
        make(tmp_path / "in" / location)
        said = refusal(path)
        assert any(why in said for why in ("link", "no such file", "not a file")), said


def test_a_length_that_nobody_could_unroll_is_no_unrolled_recurrence(tmp_path):
    """2^40 timesteps, of which the graph takes one."""
    nodes = [
        recurrent("node", weights(), outputs=["Y"]),
        helper.make_node("Squeeze", ["Y", "one"], ["S"]),
        helper.make_node("Gather", ["S", "one"], ["G"], axis=0),
    ]
    arrays = constants("node", weights()) | {"one": np.array([1])}
    path = saved(tmp_path, proto(nodes, {"X": (1 << 40, 2, 3)}, ["G"], arrays))

    assert "takes place 1 of the sequence" in refusal(path)


def test_a_batch_that_nobody_could_draw_is_refused(tmp_path):
    """2^40 sequences of an unrolled recurrence: it is not tried on so many."""
    file = onnx.load(FOLDER / "onnx" / "keras_torch_lstm.onnx")
    file.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1 << 40

    assert "more numbers than are drawn" in refusal(saved(tmp_path, file))


def test_more_axes_than_numpy_has_are_refused(tmp_path):
    """A state that is spread along 48 axes: NumPy has 64, and broadcasts 32."""
    arrays = weights("gru") | {"initial_h": "state"}
    nodes = [
        helper.make_node("Expand", ["zero", "axes"], ["state"], "spread"),
        recurrent("node", arrays, op="GRU", outputs=["Y"]),
    ]
    held = {"zero": np.float32(1), "axes": np.ones(48, np.int64)}
    path = saved(
        tmp_path, proto(nodes, {"X": ("T", "B", 3)}, ["Y"], constants("node", arrays) | held)
    )

    assert "node" in refusal(path)


def test_a_hard_link_is_refused_wherever_its_other_name_is(tmp_path):
    """A path does not tell one from a file; its count of names does. A copy is the remedy."""
    path, _ = outside(tmp_path, "w.bin")
    file = path.parent / "w.bin"
    file.write_bytes(bytes(192))
    other = path.parent / "other.bin"
    other.hardlink_to(file)
    said = refusal(path)
    other.unlink()

    assert "external data 'w.bin': has another name besides (a hard link): copy it" in said
    assert rnncalc.load(path).layers


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ({"offset": 8}, "has 192 bytes, and the tensor ends at 200"),
        ({"length": 191}, "192 bytes, and a length of 191"),
        ({"offset": -4}, "offset '-4'"),
        ({"offset": "4e3"}, "no whole number"),
        ({"offset": 2**63}, "no whole number"),
        ({"shape": (1, 16, 2**40)}, "has 192 bytes, and the tensor ends at"),
        ({"dtype": TensorProto.DOUBLE}, "has 192 bytes, and the tensor ends at 384"),
    ],
)
def test_claims_beyond_external_data_are_refused(says, why, tmp_path):
    """Offsets, lengths and shapes against the bytes that are there."""
    path, data = outside(tmp_path, **says)
    (tmp_path / "in" / "w.bin").write_bytes(data)

    assert why in refusal(path)


def changed(folder, **fields):
    """A model whose W has these fields."""
    model = lstm()
    tensor = next(one for one in model.graph.initializer if one.name == "node.W")
    for key, value in fields.items():
        if isinstance(value, (bytes, int)):
            setattr(tensor, key, value)
        else:
            getattr(tensor, key)[:] = value
    return saved(folder, model)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"dims": [1, 16, 4]}, r"has shape (1, 16, 4), 256 bytes, and 192 are there"),
        ({"dims": [1, 16, 2**40]}, "at most"),
        ({"dims": [-1, 16, 3]}, "which no array has"),
        ({"dims": [1] * 20}, "which no array has"),
        ({"data_type": 11}, "384 bytes, and 192 are there"),
        ({"data_type": 8}, "holds text, not numbers"),
        ({"data_type": 14}, "holds complex64"),
        ({"data_type": 17}, "holds float8_e4m3fn"),
        ({"data_type": 99}, "holds type 99, which is not read"),
        ({"raw_data": b""}, "and 0 are there"),
    ],
)
def test_claims_of_tensors_are_checked(fields, why, tmp_path):
    """Shapes and types against the bytes that are there, with the tensor's name."""
    said = refusal(changed(tmp_path, **fields))

    assert why in said
    assert "node.W" in said


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("raw", [True, False])
def test_every_type_of_weights_is_read(dtype, raw, tmp_path):
    """As raw bytes and one number after another."""
    number = {"float32": 1, "float64": 11, "float16": 10, "bfloat16": 16}[dtype]
    model = lstm()
    for tensor in model.graph.initializer:
        array = np.round(drawn(*tensor.dims) * 64) / 64
        if tensor.name == "node.W":
            W = array
        numbers = array.ravel()
        if raw and dtype == "bfloat16":
            numbers = (numbers.view(np.uint32) >> 16).astype(np.uint16).tobytes()
        elif raw:
            numbers = numbers.astype(dtype).tobytes()
        tensor.CopyFrom(helper.make_tensor(tensor.name, number, array.shape, numbers, raw=raw))
    found = rnncalc.load(saved(tmp_path, model)).layers[0].weights["W_x.i"]

    np.testing.assert_array_equal(found, W[0, :4])


def test_sparse_weights_are_refused(tmp_path):
    """With their name."""
    model = lstm()
    sparse = model.graph.sparse_initializer.add()
    sparse.values.CopyFrom(numpy_helper.from_array(np.float32([1]), "thin"))
    sparse.indices.CopyFrom(numpy_helper.from_array(np.array([0]), "where"))
    sparse.dims[:] = [4]

    assert "tensor thin: is sparse" in refusal(saved(tmp_path, model))


def test_names_that_are_there_twice_or_not_at_all(tmp_path):
    """Graphs that are no graphs: cycles, missing values, two values of one name."""
    cycle = [helper.make_node("Add", ["X", "b"], ["a"], "one"),
             helper.make_node("Tanh", ["a"], ["b"], "two")]  # fmt: skip
    twice = [helper.make_node("Tanh", ["X"], ["X"], "one")]
    for nodes, outputs, why in [
        (cycle, ["b"], "node one: 'a' is made of 'b', which no node before it gives"),
        (twice, ["X"], "node one: gives 'X', which is there already"),
        ([], ["y"], "gives 'y', which no node computes"),
    ]:
        assert why in refusal(saved(tmp_path, proto(nodes, FULL, outputs, {})))
    model = lstm()
    model.graph.initializer.append(model.graph.initializer[0])
    assert "two tensors of one name" in refusal(saved(tmp_path, model))


def test_a_file_that_is_longer_than_any_protobuf_is_refused(tmp_path, monkeypatch):
    """Before it is read; here one of 300 bytes is."""
    path = saved(tmp_path, lstm())
    monkeypatch.setattr(limits, "LONGEST", 300)

    assert f"has {path.stat().st_size:,} bytes, and a protobuf at most 300" in refusal(path)


def test_graphs_in_graphs_are_bounded(tmp_path):
    """A few are looked into, many are refused."""
    inner = helper.make_graph([], "leaf", [], [])
    for _ in range(30):
        node = helper.make_node("If", ["X"], ["y"], "if", then_branch=inner)
        inner = helper.make_graph([node], "more", [], [])
    model = lstm()
    model.graph.node.append(helper.make_node("If", ["X"], ["z"], "if", then_branch=inner))

    assert "graphs inside graphs" in refusal(saved(tmp_path, model))


BYTES = lstm().SerializeToString()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"\x08\x0a", "is not an ONNX file, or empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"<html>not found</html>", "web page"),
        (BYTES[:-7], "is truncated"),
        (b"\x08\x0a\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "is truncated"),
        (b"\x08\x0a\x3a" + b"\xff" * 12, "is truncated"),
        (b"\x08\x0a\x3b\x3c", "no protobuf"),
        (b"\x08\x0a\x3a\x02\x0a\x7f", "is truncated"),
        (b"\x08\x0a\x3a\x06\x5a\x04\xff\xff\xff\xff", "not an ONNX file: it is no ModelProto"),
    ],
)
def test_what_is_no_model_is_refused(data, why, tmp_path):
    """Bytes that are something else, or end too soon."""
    (tmp_path / "m.onnx").write_bytes(data)

    assert why in refusal(tmp_path / "m.onnx")


def field(number, data):
    """A field of a protobuf: bytes of a length."""
    size, length = len(data), b""
    while size > 0x7F:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + data


@pytest.mark.parametrize(
    "graph",
    [
        field(1, b"") * 3_000_000,
        field(1, field(1, b"") * 3_000_000),
        field(1, field(5, field(8, b"\1" * 6_000_000))),
        field(5, field(1, b"\1" * 6_000_000)),
        field(5, field(7, b"\1" * 70_000_000)),
        field(11, b"\x12\0" * 4_000_000),
    ],
    ids=["nodes", "inputs", "numbers", "shape", "whole numbers", "shapes"],
)
def test_bombs_are_refused_before_they_are_unpacked(graph, tmp_path):
    """Few bytes that stand for many objects: refused in little time and memory."""
    path = tmp_path / "m.onnx"
    path.write_bytes(b"\x08\x0a" + field(7, graph))
    start = time.process_time()

    assert "has more than" in refusal(path) or "keeps more than" in refusal(path)
    assert time.process_time() - start < 20


def test_the_count_passes_what_the_library_writes():
    """A graph of ten thousand nodes."""
    nodes = [helper.make_node("Tanh", [f"v{i}"], [f"v{i + 1}"], f"n{i}") for i in range(10_000)]
    wire.judge(proto(nodes, {"v0": (1, 2)}, ["v10000"], {}).SerializeToString())


def made(folder, *nodes, **arrays):
    """A model whose initial_h is computed by nodes that end in ``state``."""
    own = weights() | {"initial_h": "state"}
    every = [*nodes, recurrent("node", own)]
    return saved(folder, proto(every, FULL, ["node.Y"], constants("node", own) | arrays))


def test_constants_that_grow_are_refused(tmp_path):
    """Shapes of 2^40, repeated doubling, and a chain that would be computed over and over."""
    fill = helper.make_node("ConstantOfShape", ["shape"], ["state"], "fill")
    double = [helper.make_node("Concat", [f"s{i}"] * 2, [f"s{i + 1}"], f"d{i}", axis=1)
              for i in range(40)]  # fmt: skip
    again = [helper.make_node("Add", [f"s{i}"] * 2, [f"s{i + 1}"], f"a{i}") for i in range(80)]
    end = [helper.make_node("Identity", ["s80"], ["state"])]
    last = [helper.make_node("Identity", ["s40"], ["state"])]
    for path in (
        made(tmp_path, fill, shape=np.array([2**20, 2**20])),
        made(tmp_path, *double, *last, s0=drawn(1, 4)),
        made(tmp_path, *again, *end, s0=drawn(1, 40, 4)),
    ):
        start = time.process_time()
        assert "starts from a state" in refusal(path)
        assert time.process_time() - start < 5


def test_long_graphs_take_time_in_proportion(tmp_path):
    """Twenty thousand nodes behind a layer, in seconds."""
    nodes = [recurrent("node", weights(), outputs=["s0"])]
    nodes += [helper.make_node("Tanh", [f"s{i}"], [f"s{i + 1}"]) for i in range(20_000)]
    nodes += [helper.make_node("Gather", ["s20000", "zero"], ["out"], axis=0)]
    arrays = constants("node", weights()) | {"zero": np.array(0)}
    path = saved(tmp_path, proto(nodes, FULL, ["out"], arrays))
    start = time.process_time()

    assert "takes the first timestep" in refusal(path)
    assert time.process_time() - start < 20


def test_names_from_files_are_safe_to_print(tmp_path):
    """No control character reaches the terminal, wherever a name is shown."""
    ugly = "lst\x1b[31mm\u202e\n/forward"
    own = weights()
    arrays = constants(ugly, own)
    path = saved(tmp_path, proto([recurrent(ugly, own)], FULL, [f"{ugly}.Y"], arrays,
                                 producer="\x1b[2Jme"))  # fmt: skip
    for words in (
        ("inspect", str(path)),
        ("run", str(path), "-x", X),
        ("run", str(path), "-x", "1"),
    ):
        screen = captured(*words)
        assert not any(c in screen.text + screen.err for c in "\x1b\u202e")


def test_nothing_beside_the_model_is_imported(tmp_path):
    """Modules in the working folder that have the library's names stay where they are."""
    for name in ("onnx", "google", "ml_dtypes"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')")
    path = saved(tmp_path, lstm())
    done = process("run", str(path), "-x", X, PYTHONSAFEPATH="1")

    assert b"imported" not in done.stderr
    assert done.returncode == 0


@settings(suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damage_ends_in_a_clear_error_or_in_numbers(tmp_path, data):
    """Bits flipped, pieces cut out, written over."""
    changed = bytearray(BYTES)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(
            st.integers(0, min(700, len(changed) - 1)) | st.integers(0, len(changed) - 1)
        )
        kind = data.draw(st.sampled_from(["flip", "cut", "over"]))
        if kind == "flip":
            changed[at] ^= 1 << data.draw(st.integers(0, 7))
        elif kind == "cut":
            del changed[at : at + data.draw(st.integers(1, 30))]
        else:
            new = data.draw(st.binary(min_size=1, max_size=8))
            changed[at : at + len(new)] = new
    path = tmp_path / "m.onnx"
    path.write_bytes(changed)
    with suppress(RnncalcError, RnncalcWarning):  # NaN among the weights
        rnncalc.run(rnncalc.load(path), [[1, 2, 3], [4, 5, 6]])


def test_a_large_file_is_looked_into_without_its_numbers(tmp_path):
    """Weights that lie beside a model are not read by inspect."""
    units = 2000
    own = {"W": (1, 4 * units, 3), "R": (1, 4 * units, units)}
    model = proto(
        [recurrent("node", {"W": "W", "R": "R"}, hidden_size=units)], FULL, ["node.Y"], {}
    )
    with open(tmp_path / "w.bin", "wb") as file:
        for name, shape in own.items():
            tensor = model.graph.initializer.add(name=name, data_type=1, dims=shape)
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value="w.bin")
            tensor.external_data.add(key="offset", value=str(file.tell()))
            file.write(os.urandom(4 * int(np.prod(shape))))
    path = saved(tmp_path, model)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    screen = captured("inspect", str(path))

    assert screen.code == 0
    assert "2000" in screen.text.replace(",", "").replace("_", "")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


def test_the_library_is_asked_for_by_name(tmp_path, monkeypatch):
    """Without it an error says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)

    assert "pip install 'rnncalc[models]'" in refusal(saved(tmp_path, lstm()))


def test_bytes_tell_a_model_without_its_suffix(tmp_path):
    """A model under another name is one."""
    path = saved(tmp_path, lstm(), "model.bin")

    assert rnncalc.load(path).layers[0].name == "node"
    assert onnx.load(path).graph.node[0].op_type == "LSTM"
    assert struct.unpack("B", path.read_bytes()[:1]) == (8,)
