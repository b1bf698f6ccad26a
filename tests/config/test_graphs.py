"""Graphs in configs: what reads what, whose states start whom, several inputs and outputs."""

from __future__ import annotations

import numpy as np
import pytest

import rnncalc
from rnncalc.config.settings import with_settings
from rnncalc.errors import RnncalcError
from rnncalc.readers.state import continued

TWO = """layers:
  - {name: a, cell: rnn, input: left, W_x: [[0.5], [-0.2]], W_h: [[0.1, 0.3], [-0.4, 0.2]]}
  - {name: b, input: right, W_x: [[0.7], [0.6]], W_h: [[0.2, 0.1], [0.0, -0.3]], h0: {layer: a}}
  - {name: c, input: [a, b], join: JOIN, W_x: [WEIGHTS], W_h: [[0.5]]}
output: {W_y: [[2.0]], bias: [0.1]}
x: {left: [1, 2, 3], right: [0.5, 0.25, -1]}
"""
JOINS = {
    "concat": ("[0.5, 0.1, -0.2, 0.4]", lambda a, b: np.concatenate([a, b], axis=1)),
    "add": ("[0.5, 0.1]", lambda a, b: a + b),
    "multiply": ("[0.5, 0.1]", lambda a, b: a * b),
    "average": ("[0.5, 0.1]", lambda a, b: (a + b) / 2),
    "maximum": ("[0.5, 0.1]", np.maximum),
    "subtract": ("[0.5, 0.1]", lambda a, b: a - b),
}
A = {"W_x": [[0.5], [-0.2]], "W_h": [[0.1, 0.3], [-0.4, 0.2]]}
B = {"W_x": [[0.7], [0.6]], "W_h": [[0.2, 0.1], [0.0, -0.3]]}


def load(tmp_path, text: str):
    (tmp_path / "net.yaml").write_text(text)
    return rnncalc.load(tmp_path / "net.yaml")


def simple(x, *, W_x, W_h, h0=None):
    """h of a simple network, step by step."""
    h, found = np.zeros(len(W_h)) if h0 is None else h0, []
    for x_t in np.asarray(x, float).reshape(len(x), -1):
        h = np.tanh(np.asarray(W_x) @ x_t + np.asarray(W_h) @ h)
        found.append(h)
    return np.array(found)


@pytest.mark.parametrize("join", JOINS)
def test_two_branches_are_joined(tmp_path, join):
    """Each reads its own input, the second starts where the first ended, the third reads both."""
    weights, both = JOINS[join]
    model = load(tmp_path, TWO.replace("JOIN", join).replace("WEIGHTS", weights))
    a = simple([1, 2, 3], **A)
    b = simple([0.5, 0.25, -1], **B, h0=a[-1])
    c = simple(both(a, b), W_x=[eval(weights)], W_h=[[0.5]])

    assert rnncalc.run(model).y == pytest.approx(2 * c + 0.1, abs=1e-15)


def test_a_block_reads_the_one_before_it(tmp_path):
    """With what is the default written out, a row gives the same bits."""
    row = """layers:
  - {name: a, W_x: [[0.5], [-0.2]], W_h: [[0.1, 0.3], [-0.4, 0.2]]INPUT1}
  - {name: b, cell: gru, W_x: {z: [[0.5, 1]], r: [[-0.3, 2]], n: [[0.8, -1]]},
     W_h: {z: 0.1, r: 0.2, n: -0.4}INPUT2}
output: {W_y: [[2.0]], bias: [0.1], activation: sigmoidINPUT3}
x: [1, 2, 3]
"""
    graph = row
    for i, name in enumerate(("x", "a", "b"), start=1):
        row, graph = row.replace(f"INPUT{i}", ""), graph.replace(f"INPUT{i}", f", input: {name}")
    one, other = load(tmp_path, row), load(tmp_path, graph)

    assert (bool(one.wiring), bool(other.wiring)) == (False, True)
    assert rnncalc.run(one).y.tobytes() == rnncalc.run(other).y.tobytes()


def test_blocks_stand_in_any_order(tmp_path):
    """What reads what says in which order layers are computed."""
    text = TWO.replace("JOIN", "add").replace("WEIGHTS", "[0.5, 0.1]")
    head, a, b, c, *rest = text.splitlines()
    turned = "\n".join([head, c, b, a, *rest]).replace("W_y: [[2.0]]", "W_y: [[2.0]], input: c")

    ours, theirs = (rnncalc.run(load(tmp_path, one)) for one in (text, turned))
    assert ours.y.tobytes() == theirs.y.tobytes()


def test_weights_of_an_output_may_be_a_list(tmp_path):
    """As in a row: the layer that it reads tells what is meant."""
    text = TWO.replace("JOIN", "add").replace("WEIGHTS", "[0.5, 0.1]")
    whole, short = (load(tmp_path, text.replace("[[2.0]]", given)) for given in ("[[2.0]]", "2"))

    assert rnncalc.run(whole).y.tobytes() == rnncalc.run(short).y.tobytes()


def test_a_graph_of_python(tmp_path):
    """The keys of a config as a mapping, with arrays and tuples for lists."""
    block = {"name": "k", "input": ["r", "x"], "join": "concat", "reshape": (2, 6)}
    layer = {"name": "r", "input": "x", "W_x": np.ones((1, 2)), "W_h": 0.5}
    x = np.arange(8.0).reshape(4, 2)
    model = rnncalc.load({"layers": [layer, block], "x": {"x": x}})
    trace = rnncalc.run(model)

    assert trace.y.shape == (2, 6)
    assert trace.y[0, 1:3].tolist() == x[0].tolist()


def test_outputs_are_what_nobody_reads_and_what_is_named(tmp_path):
    """An output block that another reads is none; a block of an input alone gives that layer."""
    text = (
        TWO.partition("  - {name: b")[0].replace(", input: left", "")
        + """output:
  - {name: hidden, W_y: [[1, 2], [3, 4], [5, 6]], activation: relu}
  - {name: first, W_y: [[0.1, 0.2, 0.3]]}
  - {name: second, input: a, W_y: [[0.5, -0.5]]}
  - {input: a}
x: [1, 2, 3]
"""
    )
    trace = rnncalc.run(load(tmp_path, text))
    a = simple([1, 2, 3], **A)

    assert list(trace.outputs) == ["first", "second", "a"]
    assert trace.outputs["second"] == pytest.approx(a @ [[0.5], [-0.5]], abs=1e-15)
    assert trace.outputs["a"] == pytest.approx(a, abs=1e-15)


def test_inputs_of_a_config_may_come_later(tmp_path):
    """x names them, and run brings their numbers."""
    text = TWO.replace("JOIN", "add").replace("WEIGHTS", "[0.5, 0.1]")
    given, (front, _, _) = load(tmp_path, text), text.partition("x: {")
    empty = load(tmp_path, front + "x: {left: , right: }\n")
    x = {"left": [1, 2, 3], "right": [0.5, 0.25, -1]}

    assert (empty.inputs, empty.x) == (("left", "right"), None)
    assert rnncalc.run(empty, x).y.tobytes() == rnncalc.run(given).y.tobytes()


KINDS = (
    "{name: k, conv1d: same, W_y: [[[1, 2, 3], [4, 5, 6]]], bias: [0.5], activation: relu}",
    "{name: k, conv1d: causal, kernel: [[[1], [2]], [[3], [4]]], strides: 1, dilation: 2}",
    "{name: k, conv1d: valid, weight: [[[1, 2]], [[3, 4]]], groups: 2}",
    "{name: k, conv1d: [2, 1], W_y: [[[1, 2], [3, 4]]], strides: 2}",
    "{name: k, pooling: average, size: 3, padding: [1, 0]}",
    "{name: k, pooling: max, size: 2}",
    "{name: k, pooling: average, size: 3, strides: 1, padding: same}",
    "{name: k, pooling: last}",
    "{name: k, pooling: average}",
    "{name: k, upsampling: 2}",
    "{name: k, reshape: [2, 4]}",
    "{name: k, permute: [2, 1]}",
    "{name: k, flatten: true}",
    "{name: k, rescaling: 0.5, offset: [1, 2]}",
    "{name: k, masking: 0.0, input: x}",
    "{name: k, input: [r, x], join: subtract}",
    "{name: k, input: [r, x], join: concat, axis: 1}",
    "{name: k, input: [r, x], join: dot, axes: [2, 2], normalize: true}",
    "{name: k, input: [r, x], attention: dot, scale: 0.5, causal: true}",
    "{name: k, input: [r, x], attention: general, W_a: [[1, 2], [3, 4]]}",
    "{name: k, input: [r, x], attention: additive, W_q: [[1, 2]], W_k: [[3, 4]], b: [0.5], v: [2]}",
    "{name: k, input: [r, x, x], attention: multihead, W_q: [[[1, 2]]], W_k: [[[3, 4]]],"
    " W_v: [[[1, 1]]], W_o: [[[1], [2]]], b_q: [[0.5]], b_o: [1, 2]}",
    "{name: k, normalization: layer, epsilon: 1e-3, gamma: [1, 2]}",
    "{name: k, prelu: [0.1, 0.2]}",
    "{name: k, activation: softmax}",
    "{name: k, kernel: [[1, 2, 3], [4, 5, 6]]}",
    "{name: k, input: x, normalization: batch, epsilon: 1e-3, mean: [1, 2], variance: [1, 2]}",
)
FRONT = """layers:
  - {name: r, input: x, W_x: [[0.5, -0.2], [0.1, 0.4]], W_h: [[0.1, 0.3], [-0.4, 0.2]]}
"""


@pytest.mark.parametrize("block", KINDS)
@pytest.mark.parametrize(("suffix", "to"), [(".yaml", "textbook"), (".json", "keras")])
def test_every_kind_of_layer_is_written_and_read_back(tmp_path, block, suffix, to):
    """The same bits, and nothing of it is left out."""
    model = load(tmp_path, f"{FRONT}  - {block}\nx: [[1, 2], [3, 4], [0.5, -1], [2, 0]]\n")
    done = rnncalc.convert(model, tmp_path / f"out{suffix}", to=to)
    back = rnncalc.load(tmp_path / f"out{suffix}")
    ours, theirs = rnncalc.run(model), rnncalc.run(back)

    assert done.proof.difference == 0
    assert list(ours.outputs) == list(theirs.outputs) == ["k"]
    assert ours.outputs["k"].tobytes() == theirs.outputs["k"].tobytes()


def test_two_inputs_are_written_and_read_back(tmp_path):
    """With their names, their numbers and the states that one layer hands to another."""
    text = TWO.replace("JOIN", "add").replace("WEIGHTS", "[0.5, 0.1]")
    model = load(tmp_path, text)
    rnncalc.convert(model, tmp_path / "out.json", to="torch")

    assert rnncalc.run(rnncalc.load(tmp_path / "out.json")).y == pytest.approx(
        rnncalc.run(model).y, abs=0
    )


def test_a_file_of_arrays_has_no_room_for_a_graph(tmp_path):
    """It is refused by the name of a layer, and says what has."""
    model = load(tmp_path, TWO.replace("JOIN", "add").replace("WEIGHTS", "[0.5, 0.1]"))

    with pytest.raises(
        RnncalcError, match=r"^c: it is one of a graph, and in a \.npz file .*\.yaml"
    ):
        rnncalc.convert(model, tmp_path / "out.npz")


@pytest.mark.parametrize(
    ("setting", "key"),
    [("k.W_y[0,0,1]=9", "W_y"), ("k.conv1d=causal", "padding"), ("k.dilation=2", "dilation")],
)
def test_set_changes_a_layer_without_a_state(tmp_path, setting, key):
    """By the key of its block."""
    text = f"{FRONT}  - {KINDS[0]}\nx: [[1, 2], [3, 4], [0.5, -1], [2, 0]]\n"
    before = load(tmp_path, text)
    after = rnncalc.load(tmp_path / "net.yaml", set=[setting])
    changed = [getattr(one.stateless[0], key) for one in (before, after)]

    assert np.any(np.asarray(changed[0]) != np.asarray(changed[1]))
    assert not np.array_equal(rnncalc.run(before).y, rnncalc.run(after).y)


def test_layers_picks_a_part_of_a_graph(tmp_path):
    """What is named reads each other; what one other layer gave is then x."""
    text = TWO.replace("JOIN", "add").replace("WEIGHTS", "[0.5, 0.1]")
    whole = load(tmp_path, text)
    part = rnncalc.load(tmp_path / "net.yaml", layers=["b", "a"])
    with pytest.raises(RnncalcError, match="--layers b: b reads a: name that layer, too"):
        rnncalc.load(tmp_path / "net.yaml", layers=["b"])
    ours, theirs = ({one.name: one for one in rnncalc.run(each).layers} for each in (whole, part))

    assert part.inputs == ("left", "right")
    assert [layer.name for layer in part.layers] == ["a", "b"]
    assert np.array_equal(ours["b"].h, theirs["b"].h)


A_ROW = "layers:\n  - {name: a, W_x: 0.5, W_h: 0.1}\n"

WRONG = {
    "unknown": (
        A_ROW + "  - {name: b, input: aa, W_x: 0.5, W_h: 0.1}\n",
        r"net\.yaml:3:22: layers\[1\]\.input: b reads aa: there is no .* input\. Did you mean a\?",
    ),
    "circle": (
        A_ROW.replace("a,", "a, input: b,") + "  - {name: b, W_x: 0.5, W_h: 0.1}\n",
        r"net\.yaml:\d:.*(a -> b -> a|b -> a -> b) is a circle",
    ),
    "names": (
        A_ROW + "  - {name: a, input: x, W_x: 0.5, W_h: 0.1}\n",
        r"net\.yaml:3:12: layers\[1\]\.name: a is the name of layers\[0\], too",
    ),
    "input": (
        A_ROW + "x: {a: [1], b: [2]}\n",
        r"net\.yaml:2:5: .*several inputs: input: says which one",
    ),
    "name of an input": (
        A_ROW.replace("a,", "left, input: left,") + "x: {left: [1]}\n",
        r"net\.yaml:2:12: layers\[0\]\.name: left is the name of an input, too",
    ),
    "output": (
        A_ROW + "output: [{name: y, input: b, W_y: 1}]\n",
        r"net\.yaml:3:27: output\[0\]\.input: y reads b: .* or input\. There are: x, a, y",
    ),
    "state of none": (
        A_ROW + "  - {name: d, input: x, activation: relu}\n"
        "  - {name: b, input: a, W_x: 0.5, W_h: 0.1, h0: {layer: d}}\n",
        r"net\.yaml:4:49: layers\[2\]\.h0 of b takes 1 number, d is a series of timesteps",
    ),
    "size of a state": (
        A_ROW + "  - {name: b, input: x, W_x: [[1], [2]], W_h: [[1, 2], [3, 4]], h0: {layer: a}}\n",
        r"net\.yaml:3:69: layers\[1\]\.h0 of b takes 2 numbers, a\.forward\.final\.h has 1\n",
    ),
    "c of a gru": (
        "layers:\n  - {name: g, cell: gru, W_x: {z: 1, r: 2, n: 3}, W_h: {z: 1, r: 2, n: 3}}\n"
        "  - {name: l, cell: lstm, W_x: {i: 1, f: 2, g: 3, o: 4}, W_h: {i: 1, f: 2, g: 3, o: 4},"
        " c0: {layer: g}}\n",
        r"net\.yaml:3:\d+: layers\[1\]\.c0 of l is that of g, which has no c: it is no lstm",
    ),
    "direction": (
        A_ROW + "  - {name: b, input: x, W_x: 1, W_h: 2, h0: {layer: a, direction: backward}}\n",
        r"net\.yaml:3:45: layers\[1\]\.h0 of b is that of a, which has one direction, forward",
    ),
    "no join": (
        A_ROW + "  - {name: b, input: [x, a], W_x: [[1, 2]], W_h: 2}\n",
        r"net\.yaml:3:22: .*b reads 2 layers: join: says how \(concat, add",
    ),
    "before": (
        A_ROW + "  - {name: b, input: x, before: {activation: relu}, W_x: 1, W_h: 2}\n",
        r"net\.yaml:3:33: layers\[1\]\.before is of layers in a row: give it a place in layers",
    ),
    "misfit": (
        A_ROW + "  - {name: b, input: a, W_x: [[1, 2]], W_h: 2}\n",
        r"net\.yaml:3:22: layers\[1\]\.input: a gives 1, b takes 2 features",
    ),
    "key of another": (
        A_ROW + "  - {name: b, input: a, W_x: 1, W_h: 2, strides: 2}\n",
        r"net\.yaml:3:41: layers\[1\]\.strides: there is no such key",
    ),
    "key of another stateless": (
        A_ROW + "  - {name: b, W_y: 1, strides: 2}\n",
        r"net\.yaml:3:32: layers\[1\]\.strides is not of a dense layer",
    ),
    "key of another join": (
        A_ROW + "  - {name: b, input: [x, a], join: add, axes: 1}\n",
        r"net\.yaml:3:47: layers\[1\]\.axes is not of join add",
    ),
    "kind of attention": (
        A_ROW + "  - {name: b, input: [x, a], attention: dott, W_v: 1}\n",
        r"net\.yaml:3:41: .*attention 'dott' is not known\. Did you mean dot\?",
    ),
    "in front": (
        A_ROW + "  - {name: b, input: x, W_x: 1, W_h: 2}\nmasking: 0\n",
        r"net\.yaml:4:10: masking: in a graph it is one of layers: \{masking: \.\.\., input: x\}",
    ),
    "width unknown": (
        A_ROW.replace("a,", "a, input: u,") + "  - {name: k, input: v, W_y: [1, 2]}\n"
        "x: {u: [1], v: [2]}\n",
        r"net\.yaml:3:30: .*nothing tells how many numbers v has: write W_y as rows",
    ),
    "layer and file": (
        A_ROW + "  - {name: b, input: x, W_x: 1, W_h: 2, h0: {layer: a, file: s.npz}}\n",
        r"net\.yaml:3:5: layers\[1\]: a state is that of a, or in a file: not both",
    ),
    "nobody reads": (
        A_ROW.replace("a,", "a, input: u,") + "x: {u: [1], v: [2]}\n",
        r"net\.yaml:3:16: x\.v: no layer reads it",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_a_graph_cannot_be_is_said_at_its_place(tmp_path, kind):
    """One line, with file, line, column and key."""
    text, message = WRONG[kind]

    with pytest.raises(RnncalcError, match=message):
        load(tmp_path, text)


GATES = {"i": 0.3, "f": -0.2, "g": 0.7, "o": 0.4}
PAIR = [{"name": "a", "W_x": 1, "W_h": 1}]
STARTED = {
    "layers": [
        {"name": "a", "cell": "lstm", "input": "left", "W_x": GATES, "W_h": GATES},
        {"name": "b", "cell": "lstm", "input": "right", "W_x": GATES, "W_h": GATES,
         "h0": {"layer": "a"}, "c0": {"layer": "a"}},
    ],
    "x": {"left": [1, 2, 3], "right": [0.5, 0.25]},
}  # fmt: skip


def test_an_initial_state_that_is_set_takes_the_place_of_the_one_another_layer_gives():
    """As if the file had said it; the other state is still that of the layer."""
    model = rnncalc.load(STARTED)
    block = {**STARTED["layers"][1], "h0": [0.9]}
    said = rnncalc.load({**STARTED, "layers": [STARTED["layers"][0], block]})
    changed = with_settings(model, {"b.h0": [0.9]})

    assert np.array_equal(rnncalc.run(changed).h, rnncalc.run(said).h)
    assert not np.array_equal(rnncalc.run(changed).h, rnncalc.run(model).h)


def test_states_of_a_file_replace_those_of_another_layer_where_the_layer_is_named(tmp_path):
    """Without a name they are not asked for."""
    given = {"a": [0.3], "b": [0.6]}
    path = tmp_path / "s.npz"
    ends = {
        f"{name}.forward.final.{state}": [one] for name, [one] in given.items() for state in "hc"
    }
    np.savez(path, **{key: one for key, one in ends.items() if key.startswith("a")})
    model = rnncalc.load(STARTED)
    begun = with_settings(model, {"a.h0": [0.3], "a.c0": [0.3]})

    assert np.array_equal(rnncalc.run(continued(model, path)).h, rnncalc.run(begun).h)
    np.savez(path, **ends)
    begun = with_settings(model, {"b.h0": [0.6], "b.c0": [0.6]})
    assert np.array_equal(rnncalc.run(continued(model, path, "b=b")).h, rnncalc.run(begun).h)


def test_a_last_layer_set_to_give_all_timesteps_gives_them():
    """One row was many-to-one by itself: the mode is told anew."""
    data = {"layers": [{"rescaling": 2}, {"name": "r", "W_x": 0.5, "W_h": 0.1}], "x": [1, 2]}
    row = rnncalc.load(
        {**data, "layers": [*data["layers"][:1], {**data["layers"][1], "return_sequences": False}]}
    )
    changed = with_settings(row, {"r.return_sequences": True})

    assert (row.mode, changed.mode) == ("many-to-one", "many-to-many")
    assert np.array_equal(rnncalc.run(changed).h, rnncalc.run(rnncalc.load(data)).h)


def test_of_layers_in_a_row_the_last_one_alone_may_give_one_row():
    """Another is refused: the next one reads a series."""
    blocks = [{"W_x": 0.5, "W_h": 0.1, "return_sequences": False}, {"W_x": 0.7, "W_h": 0.2}]

    with pytest.raises(RnncalcError, match=r"layers\[0\].return_sequences: false gives one row"):
        rnncalc.load({"layers": blocks, "x": [1, 2]})
    assert rnncalc.load({"layers": blocks[::-1], "x": [1, 2]}).mode == "many-to-many"


def test_the_kind_of_a_layer_is_not_set():
    """The sentence says so, and suggests no other key."""
    model = rnncalc.load({"layers": [{"W_x": 1, "W_h": 1}, {"name": "p", "pooling": "max"}]})

    with pytest.raises(RnncalcError, match="pooling says which layer p is: write it in the file"):
        with_settings(model, {"p.pooling": "last"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": ["static"]}, "rows: there is no input static. There are: x."),
        ({"layers": [*PAIR, {"attention": "dot", "input": ["a", "x"], "join": "concat"}]},
         r"layers\[1\].join is not of attention: it takes what it reads as it is"),
        ({"layers": [*PAIR, {"attention": "luong", "input": ["a", "a"]}]},
         "'luong' is not known. There are: dot, general, additive, multihead"),
        ({"layers": [{**PAIR[0], "input": "source"}]},
         r"Inputs have names where x: says them: x: \{source: null\}"),
    ],
)  # fmt: skip
def test_what_would_do_nothing_is_refused(change, message):
    """So is a name that nobody has, with the way to give it to an input."""
    with pytest.raises(RnncalcError, match=message):
        rnncalc.load({"layers": PAIR, **change})
