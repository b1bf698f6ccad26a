"""TensorFlow Lite files: numbers of its interpreter, what is refused, and files that lie.

``tests/recorders/record_tflite_files.py`` makes them.
"""

from __future__ import annotations

import json
import random
import struct
import tracemalloc
import warnings
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from conftest import ROOT, existing

pytest.importorskip("tflite", reason="tflite is not installed")

import rnncalc
from rnncalc.containers.tflite.file import model
from rnncalc.conventions import tflite as words
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_tflite.file import of_model

FOLDER = ROOT / "tests" / "golden" / "tflite_files"
GOLDEN = {path.stem: json.loads(path.read_text()) for path in existing("*.json", FOLDER)}
HYBRID = {"lstm_int8": 0.05}
"""Where the interpreter rounds what it multiplies, too: so far apart it may be."""

TIME_FIRST = ("lstm_time_major", "rnn_relu6_time_major")
ONE_STEP = ("lstm_basic", "rnn_one_step")


def computed(name, network=None):
    """What a file's network gives of its input, and what the interpreter gives."""
    told = GOLDEN[name]
    x = np.asarray(told["x"])
    network = network or rnncalc.load(FOLDER / told["file"])
    trace = rnncalc.run(network, x[:, None] if name in ONE_STEP else x)
    got = trace.y if trace.y is not None else trace.h if trace.ended is None else trace.ended
    got = got.swapaxes(0, 1) if name in TIME_FIRST else got
    expected = np.asarray(told["expected"])
    assert got.size == expected.size
    return got.reshape(expected.shape), expected


@pytest.mark.parametrize("name", GOLDEN)
def test_a_file_gives_the_numbers_of_the_interpreter(name):
    """Loops, fused cells and steps; weights in float32, float16 and int8."""
    got, expected = computed(name)

    np.testing.assert_allclose(got, expected, rtol=0, atol=HYBRID.get(name, 2e-6))
    if name in HYBRID:
        assert np.abs(got - expected).max() > 1e-3  # it is no small thing, and the warning is right


@pytest.mark.frameworks
@pytest.mark.parametrize("name", ["gru_both", "keras2_lstm", "lstm_coupled_peepholes_projected"])
def test_the_interpreter_says_the_same_of_another_input(name):
    """Of an input that was never recorded."""
    tensorflow = pytest.importorskip("tensorflow")
    content, told = (FOLDER / GOLDEN[name]["file"]).read_bytes(), np.asarray(GOLDEN[name]["x"])
    x = np.random.default_rng().standard_normal(told.shape).astype(np.float32)
    kinds = tensorflow.lite.experimental.OpResolverType
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        judge = tensorflow.lite.Interpreter(
            model_content=content,
            experimental_op_resolver_type=kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
    judge.allocate_tensors()
    judge.set_tensor(judge.get_input_details()[0]["index"], x)
    judge.invoke()
    expected = judge.get_tensor(judge.get_output_details()[0]["index"])

    trace = rnncalc.run(rnncalc.load(FOLDER / GOLDEN[name]["file"]), x)
    got = trace.h if trace.y is None else trace.y
    np.testing.assert_allclose(got, expected, rtol=0, atol=2e-6)


def test_every_wrong_order_of_gates_is_seen(monkeypatch):
    """The file tells all 23 of them from the right one, and its peepholes' five."""
    for key, name in (("GATES", "lstm_plain"), ("PEEPHOLES", "lstm_peepholes")):
        right = getattr(words, key)
        for order in map("".join, permutations(right)):
            monkeypatch.setattr(words, key, order)
            got, expected = computed(name)
            assert np.allclose(got, expected, rtol=0, atol=2e-6) == (order == right)
        monkeypatch.setattr(words, key, right)


def changed(name, which, **more):
    """A golden file with another option, or another field, of an operator."""
    found = model(FOLDER / f"{name}.tflite")
    main = found.subgraphs[0]
    fields = {key: value for key, value in more.items() if key in ("op", "inputs")}
    options = {key: value for key, value in more.items() if key not in fields}
    operators = tuple(
        replace(one, options={**one.options, **options}, **fields) if one.op == which else one
        for one in main.operators
    )
    main = replace(main, operators=operators)
    return replace(found, subgraphs=(main, *found.subgraphs[1:]))


FUSED = "UNIDIRECTIONAL_SEQUENCE_LSTM"


@pytest.mark.parametrize(("name", "which", "more", "why"), [
    ("lstm_plain", FUSED, {"ProjClip": 3.0}, r"y \(.*LSTM\) clips what it projects at 3 "),
    ("lstm_plain", FUSED, {"FusedActivationFunction": 5}, "fused activation that is not known"),
    ("lstm_plain", FUSED, {"DiagonalRecurrentTensors": True}, "that are diagonals"),
    ("lstm_plain", FUSED, {"op": "CUSTOM FlexFoo"}, "is an operator of TensorFlow itself"),
    ("lstm_plain", FUSED, {"op": "CUSTOM Mine"}, "is an operator of its own, which only"),
    ("lstm_plain", FUSED, {"op": "SVDF"}, "y is a SVDF, which is not computed here"),
    ("lstm_plain", FUSED, {"inputs": (0, 1, 2)}, "lacks its input 1|has .* of some gates"),
    ("keras2_lstm_last", "SOFTMAX", {"Beta": 2.0}, r"\(SOFTMAX\) is a softmax of numbers times 2"),
    ("keras2_lstm_last", "FULLY_CONNECTED", {"WeightsFormat": 1}, "weights that are shuffled"),
    ("keras2_lstm_last", "STRIDED_SLICE", {"NewAxisMask": 1}, "an ellipsis or new axes"),
    ("gru_both", "WHILE", {"BodySubgraphIndex": 0}, "calls a subgraph of 1 inputs with"),
    ("rnn", "WHILE", {"BodySubgraphIndex": 1}, "has a body that gives 1"),
])  # fmt: skip
def test_what_is_not_computed_is_refused_by_name(name, which, more, why):
    """The operator, as the file calls it, and what of it is not computed."""
    with pytest.raises(RnncalcError, match=why):
        of_model("net.tflite", changed(name, which, **more)).said()


def test_normalization_inside_a_cell_is_refused():
    """Its scales are the last four operands."""
    found = model(FOLDER / "lstm_plain.tflite")
    (one,) = found.subgraphs[0].operators
    inputs = (*one.inputs, 13, 14, 15, 12)

    with pytest.raises(RnncalcError, match="normalizes layers inside its cell"):
        of_model("net.tflite", changed("lstm_plain", FUSED, inputs=inputs)).said()


def test_quantized_activations_are_refused():
    """An input of int8 that stands for other numbers."""
    found = model(FOLDER / "lstm_int8.tflite")
    weights = next(one for one in found.subgraphs[2].tensors if one.quantization)
    main = found.subgraphs[0]
    x = replace(main.tensors[0], dtype="int8", quantization=weights.quantization)
    main = replace(main, tensors=(x, *main.tensors[1:]))

    with pytest.raises(RnncalcError, match="full integer quantization"):
        of_model("net.tflite", replace(found, subgraphs=(main, *found.subgraphs[1:]))).said()


def test_cell_clip_bounds_c_and_may_be_left_out(tmp_path):
    """Without it c goes beyond, and another format can say what is left."""
    path = FOLDER / "lstm_cell_clip.tflite"
    x = np.asarray(GOLDEN["lstm_cell_clip"]["x"])
    free = rnncalc.load(path, set=["cell_clip=inf"])

    assert np.abs(rnncalc.run(rnncalc.load(path), x).layers[0].forward["c"]).max() == 0.25
    assert np.abs(rnncalc.run(free, x).layers[0].forward["c"]).max() > 0.25
    assert free.layers[0].cell_clip is None


OFFSETS = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFC)


def mutated(seed):
    """A golden file in which numbers lie, or of which a part is missing."""
    draw = random.Random(seed)
    data = bytearray((FOLDER / GOLDEN[draw.choice(sorted(GOLDEN))]["file"]).read_bytes())
    for _ in range(draw.choice((1, 1, 2, 8))):
        at = draw.randrange(len(data) - 4)
        match draw.randrange(4):
            case 0:
                data[at] ^= 1 << draw.randrange(8)
            case 1 | 2:
                wrong = draw.choice((*OFFSETS, draw.randrange(len(data))))
                struct.pack_into("<I", data, at - at % 4, wrong)
            case 3:
                del data[max(16, at) :]
        if len(data) < 24:
            break
    return bytes(data)


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_file_is_read_or_refused(seed, tmp_path):
    """Whatever lies in it: no other error, and a short one."""
    path = tmp_path / "net.tflite"
    for i in range(20):
        path.write_bytes(mutated(seed * 100 + i))
        said = refusal(path)
        assert said.startswith(str(path))
        assert len(said) < 4000


def refusal(path):
    """What is said of a file; nothing but its name where it is read."""
    try:
        rnncalc.load(path)
    except RnncalcError as error:
        return str(error)
    return str(path)


def test_a_length_that_is_claimed_is_not_made():
    """An array of outputs of 2²⁴ numbers a row, of which none stands in the file."""
    found = model(FOLDER / "gru_both.tflite")
    shapes = {(5, 1, 4): (5, 1, 1 << 24)}
    graphs = tuple(
        replace(graph, tensors=tuple(
            replace(one, shape=shapes.get(one.shape, one.shape)) for one in graph.tensors
        )) for graph in found.subgraphs
    )  # fmt: skip
    tracemalloc.start()
    with pytest.raises(RnncalcError, match="WHILE that is not read as a cell"):
        of_model("net.tflite", replace(found, subgraphs=graphs)).said()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 1 << 28


def test_what_tables_share_counts_for_each(tmp_path):
    """A list of tensors that thousands of subgraphs have is gone through until it is enough."""
    count, size = 20_000, 4
    data = bytearray(struct.pack("<I4s", 24, b"TFL3") + bytes(4))
    data += struct.pack("<6H", 10, 12, 0, 0, 4, 0)[:12]  # of the model: its subgraphs
    data += struct.pack("<i", 24 - 12) + struct.pack("<I", 4) + struct.pack("<I", 0)
    table = len(data)
    vector = table
    data += struct.pack("<I", count)
    start = len(data) + size * count
    for _ in range(count):
        data += struct.pack("<I", start + 12 - (len(data)))
    data += struct.pack("<3H", 6, 8, 4) + bytes(6)  # of a subgraph: its tensors
    data += struct.pack("<i", 12) + struct.pack("<I", 4)
    data += struct.pack("<I", count) + bytes(size * count)
    struct.pack_into("<I", data, 28, vector - 28)
    path = tmp_path / "net.tflite"
    path.write_bytes(bytes(data))

    with pytest.raises(RnncalcError, match=r"^\S+net\.tflite: (has more than|is damaged)"):
        rnncalc.load(path)
