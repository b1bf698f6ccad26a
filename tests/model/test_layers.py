"""Layers without a state, each alone: Keras and PyTorch compute the same, and mask the same."""

from __future__ import annotations

import re

import numpy as np
import pytest
from golden_layers import NAMES, differs, inputs_of, layer_of, operands_of, recorded

from rnncalc import Layer, Model, RnncalcError, run
from rnncalc.equations import attention as equations
from rnncalc.equations import symbols
from rnncalc.equations.convolution import convolve
from rnncalc.equations.joins import JOINS
from rnncalc.equations.symbols import symbol
from rnncalc.model import attention, convolution, joins
from rnncalc.model.attention import Attending, Attention, MultiHeadAttention
from rnncalc.model.convolution import Conv1d, Grouped
from rnncalc.model.embedding import Embedding
from rnncalc.model.graph import Wire
from rnncalc.model.joins import Dot, Join
from rnncalc.model.masking import Masking
from rnncalc.model.reshaping import Permute, Repeat, Reshape, Upsampling
from rnncalc.model.stateless import Pooling, Rescaling, Shape, Stateless, shape_of
from rnncalc.model.windows import Windows
from rnncalc.numbers import exact_arrays

FAR = 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_equal_to_the_framework(name):
    """Numbers, shares and masks: 1e-12 in float64, 2e-6 in float32."""
    assert differs(recorded(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_shape_is_that_of_the_numbers(name):
    """With all timesteps known, and with none."""
    document = recorded(name)
    one, (reads, real) = layer_of(document), inputs_of(document)
    given = [*one.compute(reads, operands_of(one, document["dtype"]), real).values()][-1]
    known = [shape_of(read) for read in reads]
    found = shape_of(given)

    assert one.shape(known) == found
    unknown = one.shape([shape._replace(timesteps=None) for shape in known])
    assert unknown.series == found.series
    assert unknown.width in (None, found.width)
    assert unknown.timesteps in (None, found.timesteps)


def put(owner, name, change):
    """Something of the layers replaced by what is made of it."""
    return lambda patch: patch.setattr(owner, name, change(getattr(owner, name)))


def pads(change):
    return put(Windows, "pads", lambda right: lambda self, steps: change(self, *right(self, steps)))


def softmax_over_queries(patch):
    right = attention.ATTEND

    def attend(scores, values, *, softmax):
        turned = right(scores.swapaxes(1, 2), values, softmax=lambda a: softmax(a).swapaxes(1, 2))
        return {**turned, "scores": scores}

    patch.setattr(attention, "ATTEND", attend)


def flipped(right):
    return lambda reads, W_y, **of: right(reads, W_y=W_y[::-1], **of)


def interleaved(right):
    def matmul(self, x):
        groups = len(self.parts)
        return right(self, x.reshape(-1, groups, x.shape[-1]).swapaxes(0, 1).reshape(x.shape))

    return matmul


def both(right):
    """A timestep real where it is in all inputs."""
    return lambda self, real, read, operands: (
        None if any(mask is None for mask in real) else np.logical_and.reduce(real)
    )


def no_scale(right):
    return lambda q, k, scale=1, **of: right(q, k, scale=1, **of)


MISTAKES = {
    "causal for same": (
        pads(lambda own, before, behind: (before + behind, 0)),
        ["conv_same", "conv_same_strides", "average_same", "torch_same", "conv_groups"],
    ),
    "same for causal": (
        pads(lambda own, before, behind: ((before + behind) // 2, (before + behind + 1) // 2)),
        ["conv_causal", "conv_causal_dilation", "conv_causal_strides"],
    ),
    "one more in front": (
        pads(lambda own, before, behind: (behind, before)),
        ["conv_same_even", "conv_same_strides_odd", "average_same_odd", "max_same"],
    ),
    "padding counts": (
        put(Windows, "inside", lambda right: lambda self, n: np.ones_like(right(self, n))),
        ["average_same", "average_same_odd", "average_mask"],
    ),
    "windows turned": (
        put(convolution, "CONVOLVE", flipped),
        ["conv_valid", "conv_strides", "torch_depthwise"],
    ),
    "groups interleaved": (
        put(Grouped, "__matmul__", interleaved),
        ["conv_groups", "torch_groups", "torch_groups_strides_dilation"],
    ),
    "no bias": (
        put(convolution, "CONVOLVE", lambda right: lambda *a, b_y, **of: right(*a, b_y=0, **of)),
        ["conv_same", "torch_strides_dilation"],
    ),
    "unscaled score": (
        put(attention, "DOT", no_scale),
        ["attention_scale", "attention_narrow", "heads", "torch_heads", "heads_of_three_float32"],
    ),
    "value mask dropped": (
        put(Attending, "_seen", lambda right: lambda self, read, masks: right(self, read, [])),
        ["attention_mask", "attention_value_mask", "additive_mask", "heads_value_mask"],
    ),
    "causal dropped": (
        put(attention.np, "tri", lambda right: lambda n, m, dtype: np.ones((n, m), dtype)),
        ["attention_causal", "additive_causal", "heads_causal", "torch_heads_causal"],
    ),
    "softmax over queries": (
        softmax_over_queries,
        ["attention", "luong", "bahdanau", "heads", "additive"],
    ),
    "key for value": (
        put(
            Attending,
            "_columns",
            lambda right: lambda self, read: right(self, [*read[:2], read[1]]),
        ),
        ["attention_scale", "attention_key_mask", "additive"],
    ),
    "W_a transposed": (
        put(
            attention, "GENERAL", lambda right: lambda q, k, W_a, **of: right(k, q, W_a=W_a.T, **of)
        ),
        ["luong_mask"],
    ),
    "masks of all": (
        put(Join, "mask", both),
        ["add_mask", "average_of_three_mask", "multiply_mask", "maximum_mask", "concat_mask"],
    ),
    "masked numbers joined": (
        put(joins, "FILLED", lambda right: {}),
        ["multiply_mask", "multiply_two_masks", "maximum_mask", "maximum_other_mask"],
    ),
    "not normalized": (
        put(Dot, "_first", lambda right: lambda self, h, axis: right(Dot(self.axes), h, axis)),
        ["dot_cosine", "dot_cosine_rows"],
    ),
    "axes turned": (
        put(joins, "DOT", lambda right: lambda x, y: right(y, x)),
        ["dot_features", "dot_timesteps", "dot_across", "dot_backwards"],
    ),
    "features first": (
        put(Reshape, "arranged", lambda right: lambda self, h: right(self, h.swapaxes(0, -2))),
        ["reshape", "reshape_left", "reshape_row"],
    ),
    "all for every timestep": (
        put(np, "repeat", lambda right: lambda h, n, axis: np.tile(h, (n, 1, 1))),
        ["upsampling", "upsampling_mask"],
    ),
}
"""What is got wrong, and the goldens that must see it."""


@pytest.mark.parametrize(
    ("mistake", "name"), [(key, name) for key, (_, names) in MISTAKES.items() for name in names]
)
def test_a_mistake_is_seen(mistake, name, monkeypatch):
    """It moves the recorded numbers, shares or masks far beyond rounding."""
    document = recorded(name)
    MISTAKES[mistake][0](monkeypatch)

    assert differs(document, FAR)


R = np.random.default_rng(5)


ATTENTIONS = {
    "dot": Attention(),
    "general": Attention("general", 0.7, R.normal(size=(3, 3))),
    "additive": Attention("additive", v=0.3),
    "bahdanau": Attention("additive", W_k=R.normal(size=(4, 3)), W_q=R.normal(size=(4, 3))),
    "heads": MultiHeadAttention(*R.normal(size=(3, 2, 4, 3)), R.normal(size=(2, 5, 4))),
}


@pytest.mark.parametrize("one", ATTENTIONS.values(), ids=ATTENTIONS)
def test_a_query_of_one_row_is_one_timestep(one):
    """A decoder's state looks at all timesteps; what it gives is one row, with the same bits."""
    q, values = R.normal(size=(3, 2)), R.normal(size=(6, 3, 2))
    operands = operands_of(one, "float64")
    row = one.compute([q, values], operands, [None, None])
    series = one.compute([q[None], values], operands, [None, None])

    assert tuple(row) == one.quantities
    for name, array in row.items():
        np.testing.assert_array_equal(array, series[name][0])


def test_additive_scores_in_parts_are_the_scores(monkeypatch):
    """However few fit at once: a part for each query, here."""
    one = Attention("additive", v=R.normal(size=3))
    reads = [R.normal(size=(7, 3, 2)), R.normal(size=(5, 3, 2))]
    whole = one.compute(reads, operands_of(one, "float64"), [None, None])
    monkeypatch.setattr(attention, "AT_ONCE", 1)
    parts = one.compute(reads, operands_of(one, "float64"), [None, None])

    for name, array in whole.items():
        np.testing.assert_allclose(parts[name], array, rtol=1e-15)


@pytest.mark.parametrize("name", ["last", "average", "max"])
def test_windows_that_take_all_are_the_pooling_of_all(name):
    """One window of seven timesteps."""
    h = R.normal(size=(7, 3, 2))
    one = Pooling(name).compute([h], {}, [None])["y"]
    windowed = Pooling(name, size=7).compute([h], {}, [None])["y"]

    np.testing.assert_allclose(windowed[0], one, rtol=1e-15)


def test_last_of_padded_sequences_is_the_last_that_is_real():
    """Windows end where they end."""
    h = np.arange(5.0)[:, None, None] + np.array([10.0, 20.0])
    real = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], bool).T

    np.testing.assert_array_equal(Pooling("last").compute([h], {}, [real])["y"], [[12, 24]])
    by_two = Pooling("last", size=2).compute([h], {}, [None])["y"]
    np.testing.assert_array_equal(by_two[:, 0], [[11, 21], [13, 23]])


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("_float32")])
def test_digits_beyond_those_of_float64(name):
    """30 digits agree with float64 to float64's own, masked and unmasked."""
    document = recorded(name)
    one, (reads, masks) = layer_of(document), inputs_of(document)
    real = [mask if one.leaves_out(held=True) else None for mask in masks]
    operands = operands_of(one, "float64")
    exact = [exact_arrays.array("x", read, 30) for read in reads]
    of = {key: exact_arrays.array(key, array, 30) for key, array in operands.items()}
    found = one.compute(exact, of, real)

    for key, array in one.compute(reads, operands, real).items():
        np.testing.assert_allclose(found[key].astype(np.float64), array, rtol=1e-10, atol=1e-13)
    ours, theirs = one.mask(masks, exact, of), one.mask(masks, reads, operands)
    assert (ours is None) == (theirs is None)
    assert np.array_equal(ours, theirs)


def formula(term):
    return symbols.text(term)


def test_the_equations_are_printed_from_themselves():
    """One definition computes and is printed: of a convolution, scores, shares, joins."""
    of = {name: symbol(name) for name in ("q", "k", "v", "W_q", "W_k", "W_a", "b", "scale", "V")}
    taps = [symbol("x_{t-1}"), symbol("x_t")]
    conv = convolve(taps, W_y=[symbol("W_y[0]"), symbol("W_y[1]")], b_y=symbol("b_y"),
                    activation=lambda a: a)  # fmt: skip
    dot = equations.dot(of["q"], of["k"], scale=of["scale"])
    general = equations.general(of["q"], of["k"], W_a=of["W_a"], scale=of["scale"])
    shares = equations.attend(symbol("scores_t"), of["V"], softmax=attention.activation("softmax"))

    assert formula(conv) == "W_y[0] x_{t-1} + W_y[1] x_t + b_y"
    assert formula(dot) == "scale * transpose(k) q"
    assert formula(general) == "scale * transpose(W_a k) q"
    assert formula(shares["context"]) == "V softmax(scores_t)"
    assert formula(JOINS["average"](of["q"], of["k"])) == "(q + k) / 2"
    assert formula(JOINS["concat"](of["q"], of["k"])) == "concat(q, k)"
    assert formula(JOINS["maximum"](of["q"], of["k"], of["v"])) == "maximum(q, k, v)"


def test_ids_that_are_none_are_refused():
    """By the layer that looks them up."""
    one = Embedding(R.normal(size=(4, 2)), name="words")
    for wrong in (4.0, -1.0, 0.5):
        with pytest.raises(RnncalcError, match=f"words has {wrong:g}, expected ids 0 to 3"):
            one.compute([np.array([[[1.0]], [[wrong]]])], one.operands, [None])


@pytest.mark.parametrize(
    ("one", "read"),
    [
        (Conv1d(np.ones((2, 3, 2)), padding="causal", dilation=10**9), [Shape(3, True, 5)]),
        (Conv1d(np.ones((2, 3, 2)), padding=(0, 10**9)), [Shape(3, True, 5)]),
        (Pooling("max", size=10**9, strides=1, padding="same"), [Shape(3, True, 5)]),
        (Upsampling(10**9), [Shape(3, True, 5)]),
        (Repeat(10**9), [Shape(3, False)]),
        (Dot(2), [Shape(1, True, 10**5)] * 2),
        (Join("add"), [Shape(1, True, 10**5), Shape(10**5, False)]),
        (Attention(), [Shape(1, True, 10**5)] * 2),
    ],
    ids=lambda one: str(one) if isinstance(one, Stateless) else "",
)
def test_what_a_layer_makes_of_a_few_numbers_is_known_before(one, read):
    """So that nobody begins what cannot be held."""
    assert one.makes(read) >= 10**9


def test_what_is_no_more_than_the_input_is_no_matter():
    """However large that is."""
    assert Rescaling(2.0).makes([Shape(10**5, True, 10**5)]) == 0
    assert Conv1d(np.ones((2, 3, 3)), padding="same").makes([Shape(3, True, 10**9)]) == 0


S, ROW = Shape(3, timesteps=5), Shape(3, series=False)
W3 = np.ones((2, 3, 2))
REFUSED = [
    (lambda: Conv1d(np.ones((2, 3))), "W_y has shape (2, 3), expected (outputs, features, size)"),
    (lambda: Conv1d(W3, padding="full"), "'full' is no padding: expected valid, same, causal"),
    (lambda: Conv1d(W3, padding=(1,)), "(1,) is no padding: expected valid, same, causal or two"),
    (lambda: Conv1d(W3, strides=0), "strides is 0, expected a whole number, 1 or more"),
    (lambda: Conv1d(W3, dilation=1.5), "dilation is 1.5, expected a whole number, 1 or more"),
    (lambda: Conv1d(np.ones((3, 3, 2)), groups=2), "W_y gives 3 outputs, which 2 groups cannot"),
    (lambda: Conv1d(np.ones((3, 3, 2)), activation="glu"), "W_y gives 3: glu takes two halves"),
    (lambda: Conv1d(W3).shape([S._replace(width=4)]), "conv1d takes 3 numbers, not 4"),
    (lambda: Conv1d(W3).shape([ROW]), "conv1d reads timesteps: what stands in front gives one row"),
    (lambda: Conv1d(W3).shape([S, S]), "conv1d reads one layer, not 2"),
    (lambda: Conv1d(W3, dilation=5).shape([S]), "conv1d reads 6 timesteps for one, there are 5"),
    (lambda: Conv1d(W3).compute([np.ones((1, 3, 2))], {}, [None]), "conv1d reads 2 timesteps for"),
    (lambda: Pooling("mean"), "pooling 'mean' is not known"),
    (lambda: Pooling("max", strides=2), "strides is of windows: give their size, too"),
    (lambda: Pooling("max", size=6).shape([S]), "pooling reads 6 timesteps for one, there are 5"),
    (lambda: Pooling("max").shape([ROW]), "pooling reads timesteps"),
    (lambda: Upsampling(0), "upsampling is 0, expected a whole number"),
    (lambda: Repeat(True), "repeat is True, expected a whole number"),
    (lambda: Repeat(2).shape([S]), "repeat repeats one row: what stands in front gives timesteps"),
    (lambda: Reshape([2, -1, 3]), "reshape is [2, -1, 3], expected (timesteps, width) or (width)"),
    (lambda: Reshape([-1, -1]), "reshape has -1 twice"),
    (lambda: Reshape([2, -1]).shape([S]), "reshape cannot make (2, -1) of 15 numbers"),
    (lambda: Reshape([3, 4]).shape([S]), "reshape cannot make (3, 4) of 15 numbers"),
    (lambda: Reshape([2, -1]).compute([np.ones((5, 3, 1))], {}, [None]), "reshape cannot make (2"),
    (lambda: Permute([1, 3]), "permute is [1, 3], expected [2, 1]"),
    (lambda: Permute().shape([ROW]), "permute reads timesteps"),
    (lambda: Join("sum"), "join 'sum' is not known"),
    (lambda: Join("add", axis=1), "join add has no axis"),
    (lambda: Join("concat", axis=0), "axis is 0, expected -1 (features) or 1 (timesteps)"),
    (lambda: Join("add").shape([S]), "join: add joins two inputs or more, not 1"),
    (lambda: Join("subtract").shape([S] * 3), "join: subtract joins two inputs, not 3"),
    (lambda: Join("add").shape([S, Shape(4, timesteps=5)]), "join joins 3 numbers with 4"),
    (lambda: Join("add").shape([S, Shape(3, timesteps=6)]), "join joins 5 timesteps with 6"),
    (lambda: Join().shape([S, Shape(3, timesteps=6)]), "join joins 5 timesteps with 6"),
    (lambda: Join(axis=1).shape([S, Shape(4, timesteps=6)]), "join joins 3 numbers with 4"),
    (lambda: Join().shape([S, ROW]), "join: one row cannot stand behind timesteps"),
    (lambda: Join("add").compute([np.ones((5, 3, 1)), np.ones((4, 3, 1))], {}, [None] * 2),
     "join joins 5 timesteps with 4"),
    (lambda: Dot(0), "axes is 0, expected two of 1 (timesteps) and 2 (features)"),
    (lambda: Dot((1, 2, 2)), "axes is (1, 2, 2), expected two"),
    (lambda: Dot(2).shape([S, ROW]), "dot: one row has no axis 2"),
    (lambda: Dot(1).shape([S, Shape(3, timesteps=6)]), "dot multiplies 5 numbers with 6"),
    (lambda: Dot(1).shape([S]), "dot reads two inputs, not 1"),
    (lambda: Rescaling([1, 2], [1, 2, 3]), "offset is a list of 3, expected 2 (units), as scale"),
    (lambda: Rescaling([1, 2]).shape([S]), "rescaling takes 2 numbers, not 3"),
    (lambda: Embedding(np.ones((4, 2))).shape([S]), "embedding reads one id a timestep, not 3"),
    (lambda: Masking(np.nan), "masking is one number, not NaN: nothing equals it"),
    (lambda: Masking(0).shape([ROW]), "masking reads timesteps"),
    (lambda: Attention("cosine"), "attention 'cosine' is not known"),
    (lambda: Attention("general"), "attention general needs W_a (query, key)"),
    (lambda: Attention("dot", W_q=np.ones((2, 3))), "attention dot has no W_q"),
    (lambda: Attention("dot", np.inf), "scale is inf, expected a number"),
    (lambda: Attention(causal=2), "causal is 2, expected true or false"),
    (lambda: Attention().shape([S]), "attention reads a query, a value and perhaps a key, not 1"),
    (lambda: Attention().shape([S, ROW]), "attention attends to timesteps: its value is one row"),
    (lambda: Attention().shape([S, S, ROW]), "attention attends to timesteps: its key is one row"),
    (lambda: Attention(causal=True).shape([ROW, S]), "attention is causal: its query needs times"),
    (lambda: Attention().shape([S, S, Shape(3, timesteps=6)]), "attention reads 5 values and 6"),
    (lambda: Attention().shape([S, Shape(4, timesteps=5)]),
     "attention compares 3 numbers of its query with 4 of its key"),
    (lambda: Attention("general", W_a=np.ones((2, 3))).shape([S, S]),
     "attention: W_a takes 2 numbers, its query has 3"),
    (lambda: Attention("additive", W_k=np.ones((2, 4))).shape([S, S]),
     "attention: W_k takes 4 numbers, its key has 3"),
    (lambda: Attention("additive", v=[1, 2]).shape([S, S]),
     "attention compares 3 numbers of its query with 3 of its key and 2"),
    (lambda: MultiHeadAttention(np.ones((2, 4, 3)), np.ones((2, 5, 3)), W3, W3),
     "W_k has shape (2, 5, 3), expected (2, 4, key) (heads, hidden, key), as W_q says"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_does_not_fit_is_said_in_a_line(make, message):
    """Where, what, and what was expected."""
    with pytest.raises(RnncalcError, match=re.escape(message)) as caught:
        make()

    assert "\n" not in str(caught.value)


ROWS = {"W_x": R.normal(size=(2, 3)), "W_h": R.normal(size=(2, 2))}


def graph(one, *reads):
    """A layer of x, read by a recurrent one."""
    wiring = (Wire(one.name, reads or ("x",)), Wire("r", (one.name,)))
    return Model([Layer(ROWS, name="r")], stateless=(one,), wiring=wiring)


@pytest.mark.parametrize(
    "one", [Conv1d(R.normal(size=(3, 3, 2))), Pooling("max", size=2), Upsampling(2)], ids=str
)
def test_lengths_do_not_vanish(one):
    """A mask is dropped as Keras does; of lengths that is said, unless there is no padding."""
    x = R.normal(size=(2, 5, 3))
    with pytest.raises(RnncalcError, match=f"{one.name} hands no lengths on: run each sequence"):
        run(graph(one), x, lengths=[5, 3])

    whole = run(graph(one), x)
    np.testing.assert_array_equal(run(graph(one), x, lengths=[5, 5]).h, whole.h)
    np.testing.assert_array_equal(run(graph(one), x, mask=[[1] * 5, [1, 1, 1, 0, 0]]).h, whole.h)


@pytest.mark.parametrize("one", [Rescaling(0.5), Attention(causal=True), Join("multiply")], ids=str)
def test_lengths_go_on(one):
    """Each sequence computes what it computes alone."""
    x, reads = R.normal(size=(2, 5, 3)), ("x",) if isinstance(one, Rescaling) else ("x", "x")
    trace = run(graph(one, *reads), x, lengths=[5, 3])

    for sequence, length in ((0, 5), (1, 3)):
        alone = run(graph(one, *reads), x[sequence, :length])
        np.testing.assert_allclose(trace.h[sequence, :length], alone.h, atol=1e-14)
    assert not trace.h[1, 3:].any()


def test_ids_have_lengths():
    """An embedding hands them on."""
    ids, table = np.array([[1, 2, 0, 1], [2, 1, 0, 0]]), Embedding(R.normal(size=(3, 3)))
    trace = run(graph(table), ids, lengths=[4, 2])

    np.testing.assert_allclose(trace.h[1, :2], run(graph(table), ids[1, :2]).h, atol=1e-14)
    assert not trace.h[1, 2:].any()
