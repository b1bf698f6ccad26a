"""Layers without a state: before a recurrent layer, between two, and behind the last one."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conftest import existing
from evaluated import evaluated
from golden_networks import GOLDEN, TOLERANCE, computed, differs, model_of, read
from hypothesis import given
from hypothesis import strategies as st

import rnncalc
from rnncalc import (
    Flatten,
    Function,
    Layer,
    Model,
    Normalization,
    Output,
    Pooling,
    Prelu,
    RnncalcError,
)
from rnncalc.equations import stateless as equations
from rnncalc.errors import ShapeError
from rnncalc.explaining.explain import explain
from rnncalc.explaining.insight import summary, why
from rnncalc.model.convolution import Conv1d
from rnncalc.model.model import Embedding
from rnncalc.model.origin import Assumption
from rnncalc.numbers.digits import number
from rnncalc.running.recurrence import needs_all, stream
from rnncalc.trace.selection import Selection
from rnncalc.writers import EXPLANATIONS
from rnncalc.writers.style import Style

RECORDED = [path.stem for path in existing("stateless/*.json", GOLDEN)]
FAR = 1e-4


def recorded(name: str) -> dict[str, Any]:
    return read(GOLDEN / "stateless" / f"{name}.json")


@pytest.mark.parametrize("name", RECORDED)
def test_equal_to_keras(name):
    """h, y and what is last: 1e-12 in float64, 2e-6 in float32."""
    document = recorded(name)

    assert differs(document, computed(document), TOLERANCE[document["dtype"]]) == []


def unbiased(patch):
    variance = equations.Named("variance", lambda a: np.var(a, axis=0, keepdims=True, ddof=1))
    patch.setattr("rnncalc.model.stateless.VARIANCE", variance)


def equation(change):
    """The normalization with other operands."""
    right = equations.normalize
    return lambda patch: patch.setattr(
        "rnncalc.model.stateless.NORMALIZE", lambda h, **of: right(h, **of | change(of))
    )


def slopes(change):
    """The PReLU with other slopes."""
    right = equations.prelu
    return lambda patch: patch.setattr(
        "rnncalc.model.stateless.PRELU",
        lambda h, alpha, leaky_relu: right(h, alpha=change(alpha), leaky_relu=leaky_relu),
    )


def no_mask(patch):
    patch.setattr("rnncalc.running.stateless_passes.real_steps", lambda one, steps: None)


def mask_for_all(patch):
    patch.setattr("rnncalc.running.stateless_passes.real_steps", lambda one, steps: steps.active)


def by_unit(patch):
    def compute(one, read, operands, real):
        return {"y": read[0].transpose(1, 0, 2).reshape(-1, read[0].shape[-1])}

    patch.setattr(Flatten, "compute", compute)


def sums(patch):
    """The count of padded steps in the average."""
    wrong = {"average": lambda h, real: h.sum(axis=0, where=real) / len(h)}
    patch.setattr("rnncalc.model.stateless.POOLED", wrong | {"max": equations.largest})


def last_timestep(patch):
    def at_end(ways, steps):
        return [steps.last(one.outputs) for one in ways.values()]

    patch.setattr("rnncalc.running.passes._ends", at_end)


def final_state(patch):
    def final(ways, steps):
        return [one.final["h"] for one in ways.values()]

    patch.setattr("rnncalc.running.passes._ends", final)


MISTAKES = {
    "gamma and beta swapped": (
        equation(lambda of: {"gamma": of["beta"], "beta": of["gamma"]}),
        ["layer_between", "batch_between", "two_in_front", "batch_many_to_one"],
    ),
    "slopes of another unit": (
        slopes(lambda alpha: alpha[::-1]),
        ["prelu_between", "prelu_many_to_one"],
    ),
    "slope ignored": (slopes(lambda alpha: 0 * alpha), ["prelu_between", "prelu_shared"]),
    "epsilon ignored": (
        equation(lambda of: {"epsilon": 0 * of["epsilon"]}),
        ["layer_between", "batch_between", "pooling_max"],
    ),
    "mean ignored": (equation(lambda of: {"mean": 0 * of["mean"]}), ["layer_behind", "masking"]),
    "variance of n - 1": (unbiased, ["layer_between", "layer_behind", "flatten_mask"]),
    "mask ignored in pooling": (no_mask, ["pooling_average_mask", "masking_pooling"]),
    "masked steps counted": (sums, ["pooling_average_mask", "masking_pooling"]),
    "mask in max pooling": (mask_for_all, ["pooling_max_mask"]),
    "flattened unit by unit": (by_unit, ["flatten", "flatten_mask"]),
    "last of both directions at the end": (
        last_timestep,
        ["last_bidirectional", "last_bidirectional_sum", "last_bidirectional_mask"],
    ),
    "final state for the last output": (final_state, ["last_zeroed_mask"]),
}
"""What is got wrong, and the goldens that must see it."""


@pytest.mark.parametrize(
    ("mistake", "name"), [(key, name) for key, (_, names) in MISTAKES.items() for name in names]
)
def test_a_mistake_is_seen(mistake, name, monkeypatch):
    """It moves the recorded numbers far beyond rounding."""
    document = recorded(f"{name}_float64")
    MISTAKES[mistake][0](monkeypatch)

    assert differs(document, computed(document), FAR)


def test_masked_rows_are_read_as_0():
    """Keras' Masking sets them to 0: a plain mask leaves other numbers before a dense layer."""
    document = recorded("masking_float64")
    model, x = model_of(document), np.array(document["x"])
    mask = np.any(x != 0.5, axis=-1)
    trace = rnncalc.run(model, x)
    plain = rnncalc.run(replace(model, masking=None), x, mask=mask)

    np.testing.assert_array_equal(trace.mask, mask)
    assert not mask[0, 2]
    assert mask[0, 0]
    assert not np.any(trace.x[~mask])
    np.testing.assert_array_equal(trace.h, plain.h)
    assert np.any(trace.layers[0].x[~mask] != plain.layers[0].x[~mask])


def arrays(seed: int = 3):
    rng = np.random.default_rng(seed)
    return lambda *shape: rng.uniform(-0.8, 0.8, shape)


def layer(draw, features: int, units: int, **more: Any) -> Layer:
    weights = {"W_x": draw(units, features), "W_h": draw(units, units), "bias": draw(units)}
    return Layer(weights, **more)


def before(draw, features: int, width: int) -> list[Any]:
    """One of every kind."""
    batch = {"mean": draw(width), "variance": 1 + draw(width)}
    return [
        Output(draw(width, features), draw(width), "relu", name="dense"),
        Normalization("batch", 0.01, gamma=draw(width), beta=draw(width), name="bn", **batch),
        Normalization("layer", 0.02, gamma=draw(width), name="ln"),
        Function("softmax", name="shares"),
    ]


def stack(**more: Any) -> Model:
    draw = arrays()
    first = layer(draw, 3, 4, name="first", before=before(draw, 2, 3))
    second = layer(draw, 5, 2, name="second", before=before(draw, 4, 5))
    return Model([first, second], **more)


X = np.random.default_rng(8).normal(size=(3, 6, 2))


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("padding", [{}, {"lengths": [6, 2, 4]}])
def test_what_stands_before_is_the_network_in_two_pieces(dtype, padding):
    """Each layer alone, on what it read, computes the same bits."""
    trace = rnncalc.run(stack(), X, dtype=dtype, **padding)
    for index, own in enumerate(trace.model.layers):
        below = trace.x if index == 0 else trace.layers[0].h
        alone = Model([replace(own, before=())])
        again = rnncalc.run(alone, trace.layers[index].x, dtype=dtype, **padding)

        assert trace.layers[index].x.dtype == dtype
        if dtype == "float64":
            np.testing.assert_array_equal(again.h, trace.layers[index].h)
        close = {"float64": 1e-15, "float32": 1e-6, "float16": 1e-2}[dtype]
        np.testing.assert_allclose(again.h, trace.layers[index].h, atol=close)
        one = rnncalc.run(Model([own]), below, dtype=dtype, **padding)
        np.testing.assert_allclose(one.h, trace.layers[index].h, atol=close)


def test_a_step_shows_what_it_read():
    """``Step["x"]`` is what the layers in front gave, of every layer, t and sequence."""
    trace = rnncalc.run(stack(), X)

    for index in (0, 1):
        for t in (1, 6):
            np.testing.assert_array_equal(
                trace.step(t, index)["x"], trace.layers[index].x[:, t - 1]
            )
    assert trace.step(1, 0)["x"].shape == (3, 3)
    np.testing.assert_allclose(trace.layers[1].x.sum(axis=-1), 1)


def test_parts_have_the_bits_of_the_whole():
    """A stream through layers without a state, cut anywhere."""
    draw = arrays()
    behind = [Normalization("layer", 0.01), Output(draw(3, 2), draw(3), "softmax")]
    model = stack(output=behind)
    x = np.tile(X[0], (40, 1))
    parts = list(stream(model, [x[:1], x[1:97], x[97:]], sequential=True))
    whole = rnncalc.run(model, x, sequential=True)

    np.testing.assert_array_equal(np.concatenate([part.y for part in parts]), whole.y)
    joined = np.concatenate([part.layers[1].x for part in parts])
    np.testing.assert_array_equal(joined, whole.layers[1].x)


def test_one_to_many_goes_through_them_at_every_step():
    """What is fed back goes through what stands before the first layer."""
    draw = arrays()
    dense = Output(draw(3, 2), draw(3), "tanh")
    model = Model(
        [layer(draw, 3, 4, before=dense)],
        [Normalization("layer", 0.1), Output(draw(2, 4)), Function("sigmoid")],
        mode="one-to-many",
        timesteps=4,
    )
    trace = rnncalc.run(model, [0.3, -0.4])

    np.testing.assert_array_equal(trace.x[1:], trace.y[:-1])
    expected = np.tanh(trace.x @ dense.W_y.T + dense.bias)
    np.testing.assert_allclose(trace.layers[0].x, expected, atol=1e-15)
    with pytest.raises(RnncalcError, match="4 outputs cannot be the next 2 features"):
        replace(model, output=Normalization("layer", 0.1))


@pytest.mark.parametrize("kind", ["average", "max"])
def test_pooling_of_padded_sequences_is_that_of_each_alone(kind):
    """With lengths, padding is in no average and in no maximum."""
    model = stack(output=[Pooling(kind), Function("tanh")], mode="many-to-one")
    trace = rnncalc.run(model, X, lengths=[6, 2, 4])
    for x, y, length in zip(X, trace.y, [6, 2, 4], strict=True):
        np.testing.assert_allclose(rnncalc.run(model, x[:length]).y, y, atol=1e-15)


@pytest.mark.filterwarnings("ignore::rnncalc.RnncalcWarning")
def test_an_average_of_nothing_is_nan():
    """All steps masked: 0 / 0, as in Keras."""
    model = stack(output=Pooling("average"), mode="many-to-one")

    assert np.isnan(rnncalc.run(model, X, mask=[[0] * 6, [1] * 6, [1] * 6]).y[0]).all()


def test_last_without_output_layers():
    """return_sequences false: of each direction what it computed last; else the last timestep."""
    draw = arrays()
    for merge in ("concat", "sum", "none"):
        both = layer(draw, 2, 3, backward=layer(draw, 2, 3), merge=merge, return_sequences=False)
        trace = rnncalc.run(Model([both], mode="many-to-one"), X, lengths=[6, 2, 4])
        ways = trace.layers[0].directions
        ends = ways["forward"].final["h"], ways["backward"].final["h"]
        expected = ends[0] + ends[1] if merge == "sum" else np.hstack(ends)

        assert trace.y is None
        np.testing.assert_array_equal(trace.last, expected)
        every = rnncalc.run(Model([replace(both, return_sequences=True)], mode="many-to-one"), X)
        np.testing.assert_array_equal(every.last, every.h[:, -1])


def test_last_of_a_masked_sequence(cli):
    """The last output again, or 0 with zero_output_for_mask; --last prints it."""
    draw = arrays()
    both = layer(draw, 2, 3, backward=layer(draw, 2, 3), return_sequences=False)
    mask = [[1, 1, 0, 1, 0, 0]] * 3
    trace = rnncalc.run(Model([both], mode="many-to-one"), X, mask=mask)
    zeroed = replace(both, zero_output_for_mask=True)

    forward, backward = (trace.layers[0][way]["h"] for way in ("forward", "backward"))
    np.testing.assert_array_equal(trace.last, np.hstack([forward[:, 3], backward[:, 0]]))
    again = rnncalc.run(Model([zeroed], mode="many-to-one"), X, mask=mask)
    np.testing.assert_array_equal(again.last[:, :3], 0)
    config = "{W_x: 1, W_h: 0.5, mode: many-to-one, masking: 0, before: {activation: relu}}"
    assert cli("-", "-x", "1,-2,3,0", "--last", input=config.encode()).text.startswith("0.99")


WIDE = st.integers(1, 11)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@given(WIDE, WIDE, WIDE, st.integers(0, 99))
def test_every_printed_line_is_true(dtype, features, width, timesteps, seed):
    """Whatever stands there: the numbers of a line give its value, or the line says that not."""
    draw = arrays(seed)
    own = layer(draw, width, 2, before=before(draw, features, width))
    behind = [Function("tanh"), Prelu(draw(2)), Pooling("max" if seed % 2 else "average")]
    behind += [Normalization("layer", 0.01, beta=draw(2)), Output(draw(3, 2), 0, "softmax")]
    model = Model([own], behind, mode="many-to-one")
    trace = rnncalc.run(model, draw(timesteps, features), dtype=dtype)
    found = set()
    for line in explain(trace, None).lines:
        value = np.dtype(dtype).type(evaluated(line.numbers))
        found.add(line.name)
        if line.exact:
            np.testing.assert_array_equal(value, line.value)
        else:
            close = 2e-5 if dtype == "float32" else 1e-11
            np.testing.assert_allclose(value, line.value, rtol=close, atol=close)

    names = {f"y{i}" for i in range(5)} | {f"x{i}" for i in range(3)}
    assert {"x", "mean", "variance", "a", "h", *names} == found


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_what_the_page_says_is_true(form):
    """Every line, read off the page, masked steps and flattened ones with it."""
    draw = arrays()
    behind = [Normalization("layer", 0.01), Flatten(), Output(draw(2, 12), draw(2), name="head")]
    model = stack(output=behind, mode="many-to-one")
    trace = rnncalc.run(model, X, mask=[[1, 0, 1, 1, 0, 1]] * 3)
    explanation = explain(trace, None, digits=6)
    out = io.BytesIO()
    EXPLANATIONS[form].writer.write(explanation, Selection(), Style(width=10_000), out)
    text = out.getvalue().decode()
    found = 0
    for row in text.splitlines():
        if match := re.fullmatch(r"\s*(\S+) = (?:.* = )?([^=]*[\d)]) ([=\u2248]) (\S+)", row):
            _, numbers, sign, result = match.groups()
            assert sign == "="
            assert number(evaluated(numbers), 6) == result, row
            found += 1

    assert found > 500
    assert "the numbers of 6 timesteps, one after another" in text
    assert "what shares gives" in text


def test_one_unit_of_a_wide_layer_is_told(cli):
    """Mean and variance are one number of many: told whichever unit is, without its operands."""
    draw = arrays()
    behind = Normalization("layer", 0.01, gamma=draw(20))
    trace = rnncalc.run(Model([layer(draw, 2, 20)], behind), X[0])
    lines = [line for line in explain(trace, 2, units=17).lines if line.layer == "normalization"]

    assert [line.name for line in lines] == ["mean", "variance", "y"]
    assert [line.unit for line in lines] == [0, 0, 17]
    assert lines[0].formula == "mean(h_t)"
    assert lines[0].numbers == lines[0].result


def test_insight_reads_what_the_layer_read():
    """Shares, memory and what stands out, behind layers without a state."""
    trace = rnncalc.run(stack(), X)
    found = why(trace, 3, layer=1, sequence=2)

    np.testing.assert_array_equal(found.course.x, trace.layers[1].x[2])
    assert [one.layer for one in summary(trace)] == ["first", "second"]


NET = """\
layers:
  - before: {{normalization: batch, mean: [1, 2], variance: [1, 2], epsilon: 1e-3}}
    W_x: [[1, 2]]
    W_h: 1
  - before:
      - {{kernel: [[1, 2, 3]], bias: [1, 2, 3]}}
      - {before}
    W_x: [[1, 2, 3]]
    W_h: 1
output:
  - {output}
mode: many-to-one
"""


@pytest.mark.parametrize(
    ("before", "output", "place", "message"),
    [
        ("{normalization: layr, epsilon: 1}", "{}", "7:25", "normalization 'layr' is not known"),
        ("{normalization: layer}", "{}", "7:25", "normalization needs epsilon"),
        ("{normalization: layer, epsilon: 0}", "{}", "7:41", "epsilon is 0, expected more than 0"),
        ("{normalization: batch, epsilon: 1}", "{}", "7:25", "needs mean (units)"),
        ("{normalization: layer, epsilon: 1, mean: 1}", "{}", "7:50", "layer has no mean"),
        (
            "{normalization: layer, epsilon: 1, gamma: [1, 2]}",
            "{}",
            "7:51",
            "layers[1].before[1].gamma is a list of 2, expected 3 (units), as W_x says",
        ),
        ("{activation: relu, epsilon: 1}", "{}", "7:37", "epsilon is not of activation"),
        ("{activation: tahn}", "{}", "7:22", "there is no activation 'tahn'"),
        ("{pooling: max}", "{}", "6:7", "pooling makes one row of all timesteps"),
        ("{bias: 1}", "{}", "7:9", "before needs W_y"),
        (
            "{kernel: [[1, 2], [3, 4], [5, 6]]}",
            "{}",
            "7:18",
            "layers[1].before[1].W_y has shape (2, 3), expected (3, units)",
        ),
        ("{activation: relu}", "{pooling: mean}", "11:15", "pooling 'mean' is not known"),
        ("{activation: relu}", "{W_y: [[1, 2]]}", "11:11", "output[0].W_y has shape (1, 2)"),
        ("{activation: relu}", "{weight: [[1, 2]]}", "11:14", "output[0].W_y has shape (1, 2)"),
        ("{activation: relu}", "{pooling: max, activation: relu}", "11:32", "write two blocks"),
        ("{activation: relu}", "{flaten: true}", "11:6", "Did you mean flatten?"),
        ("{activation: relu}", "{flatten: 2}", "11:15", "expected true or false"),
        (
            "{activation: relu}",
            "{pooling: max}\n  - {flatten: true}",
            "11:3",
            "behind pooling there are no timesteps",
        ),
    ],
)
def test_refusals_name_the_place(before, output, place, message, tmp_path):
    """``file:line:column``, and the key in words."""
    file = tmp_path / "net.yaml"
    text = NET.format(before=before, output=output).replace("  - {}\n", "  - {activation: relu}\n")
    file.write_text(text)
    with pytest.raises(RnncalcError) as caught:
        rnncalc.load(file)

    assert message in caught.value.message
    assert f"net.yaml:{place}: " in caught.value.message


def test_what_does_not_go_together():
    """Modes, masks, loops and widths, said by their names."""
    draw = arrays()
    one = layer(draw, 2, 3)
    dense = Output(draw(2, 4), name="dense")
    for make, message in [
        (lambda: Model([one], Pooling("max")), "of all timesteps: that is mode many-to-one"),
        (
            lambda: Model([replace(one, return_sequences=False)], Flatten(), mode="many-to-one"),
            "flatten takes all timesteps: layer0 has return_sequences false",
        ),
        (
            lambda: Model([one], [Flatten(), dense], mode="many-to-one"),
            "a multiple of 3, dense takes 4",
        ),
        (lambda: replace(one, same_loop=True, before=dense), "before is for the first cell"),
        (lambda: Model([one, layer(draw, 2, 3, before=dense)]), "layer0 gives 3, dense takes 4"),
        (lambda: replace(one, before=Output(draw(3, 4))), r"before.W_y has shape \(3, 4\)"),
        (
            lambda: replace(one, backward=layer(draw, 2, 3, before=Function("relu"))),
            "before is of a layer",
        ),
        (lambda: Model([one], masking=np.nan), "nothing equals NaN"),
        (lambda: Model([one], masking=0, embedding=Embedding(draw(4, 2))), "mask_zero masks ids"),
        (
            lambda: Model([replace(one, before=dense)], embedding=Embedding(draw(5, 3))),
            "the embedding gives 3 features, layer0 takes 4",
        ),
        (lambda: Function("relu", name="a/b"), "printable characters, no /"),
        (lambda: rnncalc.run(Model([one], masking=0), X, lengths=[1, 2, 3]), "masking and lengths"),
        (
            lambda: rnncalc.run(Model([one], Flatten(), mode="many-to-one"), X[..., :1]),
            "but W_x takes 2 features",
        ),
        (lambda: rnncalc.run(Model([replace(one, before=dense)]), X), "dense takes 4 features"),
    ]:  # fmt: skip
        with pytest.raises(RnncalcError, match=message):
            make()


def test_a_flattened_network_has_its_number_of_timesteps():
    """What W_y takes tells it; without a dense layer any number will do."""
    draw = arrays()
    model = Model([layer(draw, 2, 3)], [Flatten(), Output(draw(2, 18))], mode="many-to-one")

    assert model.flattened == 6
    assert model.widths == (None, 2)
    assert rnncalc.run(model, X).y.shape == (3, 2)
    with pytest.raises(ShapeError, match=r"x has 5 timesteps, but the output .* take 6"):
        rnncalc.run(model, X[:, :5])
    trace = rnncalc.run(replace(model, output=Flatten()), X[:, :4])
    np.testing.assert_array_equal(trace.y, trace.h.reshape(3, 12))


def test_what_needs_the_whole_input():
    """Masking and many-to-one; layers before and behind go step by step."""
    assert needs_all(stack(masking=0.0)) == "masking needs the whole input"
    assert needs_all(stack(output=Pooling("max"), mode="many-to-one"))
    assert needs_all(stack(output=Normalization("layer", 0.1))) is None


def test_an_activation_on_the_command_line_needs_weights(cli):
    """A forgotten --wy is not an activation alone."""
    done = cli("-x", "1", "--wx", "1", "--wh", "1", "--activation-y", "relu")

    assert done.code == 2
    assert "--activation-y: output needs W_y" in done.err


@pytest.mark.parametrize(
    "form", ["table", "json", "ndjson", "csv", "csv-wide", "npz", "npy", "latex", "markdown"]
)
def test_every_format_writes_them(form):
    """No key more than before: x is what was given, y what comes out."""
    trace = rnncalc.run(stack(output=[Pooling("max"), Function("tanh")], mode="many-to-one"), X)
    out = io.BytesIO()
    show = ["all"] if form != "npy" else []  # one array
    rnncalc.write(trace, out, format=form, show=show, digits="full")

    assert out.getvalue()


def test_they_are_named_above_a_table(cli):
    """A line each, with its arrays where there is one layer."""
    text = cli(
        "-",
        "-x",
        "1,2",
        input=b"""
        {W_x: [[1, 2]], W_h: 1, before: [{W_y: [[1], [2]]}, {activation: relu}],
         output: {normalization: layer, gamma: 2, epsilon: 1e-3}}""",
    ).text

    assert text.splitlines()[:5] == [
        "x0_t = W_y input_t + b_y",
        "x_t = relu(x0_t)",
        "h_t = tanh(W_x x_t + W_h h_{t-1} + bias)",
        "y_t = gamma * (h_t - mean(h_t)) / sqrt(variance(h_t) + epsilon)",
        "2 timesteps, 1 feature, 1 unit, 1 output; float64",
    ]
    assert "x0: W_y (2, 1), b_y = 0" in text
    assert "gamma = 2, epsilon = 0.001" in text


def test_a_model_is_read_as_its_parts():
    """repr, and assumptions that a reader leaves on it."""
    taken = Assumption("first", "activation", "tanh", "nn.RNN's default")
    model = stack(output=[Flatten(), Function("relu")], mode="many-to-one", assumptions=(taken,))

    assert repr(model) == (
        "<Model Layer first: rnn, 2 -> 4; Layer second: rnn, 4 -> 2; flatten; relu; "
        "many-to-one, float64>"
    )
    assert model.features == 2
    assert model.assumptions[0].key == "activation"


def test_pooling_last_is_what_many_to_one_takes():
    """So nothing else needs to know of it: it is no layer of a row."""
    draw = arrays()
    head = [Normalization("layer", 0.1), Pooling("last"), Output(draw(2, 2), name="head")]
    one = stack(output=head, mode="many-to-one")

    assert [layer.name for layer in one.outputs] == ["normalization", "head"]
    plain = stack(output=[head[0], head[2]], mode="many-to-one")
    np.testing.assert_array_equal(rnncalc.run(one, X).y, rnncalc.run(plain, X).y)
    assert stack(output=Pooling("last"), mode="many-to-one").output is None
    with pytest.raises(RnncalcError, match="pooling makes one row of all timesteps: that is mode"):
        stack(output=Pooling("last"))


def test_what_reads_several_timesteps_stands_in_no_row():
    """A convolution is a layer of a graph."""
    conv = Conv1d(np.ones((2, 2, 3)))
    for make, where in ((lambda: stack(output=conv), "output"),
                        (lambda: layer(arrays(), 2, 3, before=conv), "before")):  # fmt: skip
        with pytest.raises(RnncalcError, match=f"conv1d is of several timesteps .*not in {where}"):
            make()
