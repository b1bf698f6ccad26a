"""``--dtype mp:50``: the same equations with 50 digits, against loops written in mpmath itself."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pytest
from conftest import SEED

import rnncalc
from rnncalc.cli.schema import json_schema
from rnncalc.equations.activations import ACTIVATIONS, Activation
from rnncalc.numbers import exact_arrays

mpmath = pytest.importorskip("mpmath")
mpf, workdps = mpmath.mpf, mpmath.workdps

UNITS, FEATURES = 2, 3
X = np.round(np.sin(np.arange(15.0)).reshape(5, FEATURES), 3)
SHAPES = {
    "W_x": (UNITS, FEATURES), "W_h": (UNITS, UNITS), "bias": (UNITS,), "bias_h": (UNITS,),
    "P": (UNITS,),
}  # fmt: skip
TINY = mpf(10) ** -48


def drawn(letters, *names):
    rng = np.random.default_rng(3)
    every = {"P": "ifo"}
    return {
        f"{name}.{gate}" if gate else name: rng.uniform(-1, 1, SHAPES[name])
        for name in names
        for gate in (every.get(name, letters) or [""])
    }


def sigmoid(a):
    return 1 / (1 + mpmath.exp(-a))


def affine(weights, gate, x, h, *, bias_h=True):
    """W_x x + bias + W_h h + bias_h, number by number."""
    end = f".{gate}" if gate else ""
    names = [n for n in (f"bias{end}", f"bias_h{end}" if bias_h else "") if n in weights]
    rows = zip(weights[f"W_x{end}"], weights[f"W_h{end}"], strict=True)
    return [
        sum(mpf(w) * mpf(v) for w, v in zip(row, x, strict=True))
        + sum(mpf(u) * v for u, v in zip(recurrent, h, strict=True))
        + sum(mpf(weights[name][i]) for name in names)
        for i, (row, recurrent) in enumerate(rows)
    ]


def elman(weights):
    h = [mpf(0)] * UNITS
    for x in X:
        h = [mpmath.tanh(a) for a in affine(weights, "", x, h)]
        yield h


def gru(weights, *, after, inverted):
    h = [mpf(0)] * UNITS
    for x in X:
        z, r = ([sigmoid(a) for a in affine(weights, g, x, h)] for g in "zr")
        if after:
            own = affine(weights, "n", x, [mpf(0)] * UNITS, bias_h=False)
            back = affine({k: v * 0 if k[:3] in ("W_x", "bia") and k[:6] != "bias_h" else v
                           for k, v in weights.items()}, "n", x, h)  # fmt: skip
            a = [one + gate * two for one, gate, two in zip(own, r, back, strict=True)]
        else:
            a = affine(weights, "n", x, [gate * v for gate, v in zip(r, h, strict=True)])
        n = [mpmath.tanh(v) for v in a]
        keep = [1 - v for v in z] if inverted else z
        h = [k * old + (1 - k) * new for k, old, new in zip(keep, h, n, strict=True)]
        yield h


def lstm(weights):
    h, c = [mpf(0)] * UNITS, [mpf(0)] * UNITS

    def peeping(gate, state):
        peep = weights[f"P.{gate}"]
        sums = affine(weights, gate, x, h)
        return [sigmoid(a + mpf(p) * s) for a, p, s in zip(sums, peep, state, strict=True)]

    for x in X:
        i, f = peeping("i", c), peeping("f", c)
        g = [mpmath.tanh(a) for a in affine(weights, "g", x, h)]
        c = [a * b + p * q for a, b, p, q in zip(f, c, i, g, strict=True)]
        o = peeping("o", c)
        h = [gate * mpmath.tanh(s) for gate, s in zip(o, c, strict=True)]
        yield h


BOTH = ("W_x", "W_h", "bias", "bias_h")
NETWORKS = {
    "rnn": (drawn("", *BOTH), {"cell": "rnn"}, elman),
    "gru": (drawn("zrn", *BOTH), {"cell": "gru"}, lambda w: gru(w, after=True, inverted=False)),
    "gru-before": (drawn("zrn", *BOTH), {"cell": "gru", "reset_after": False},
                   lambda w: gru(w, after=False, inverted=False)),
    "gru-inverted": (drawn("zrn", *BOTH), {"cell": "gru", "update": "inverted"},
                     lambda w: gru(w, after=True, inverted=True)),
    "lstm-peepholes": (drawn("ifgo", *BOTH, "P"), {"cell": "lstm"}, lstm),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_every_digit_is_mpmaths_own(name):
    """50 digits of each state, against a loop that knows nothing of rnncalc; float64 near by."""
    weights, options, loop = NETWORKS[name]
    model = rnncalc.Model(rnncalc.Layer(weights, **options))
    ours = rnncalc.run(model, X, dtype="mp:50").h
    with workdps(60):
        theirs = list(loop(weights))

    assert max(abs(a - b) for a, b in zip(ours.flat, np.ravel(theirs), strict=True)) < TINY
    assert np.abs(rnncalc.run(model, X).h - ours.astype(float)).max() < 1e-15


FORMULAS = {
    "softplus": lambda a: mpmath.log(1 + mpmath.exp(a)),
    "gelu": lambda a: a * mpmath.ncdf(a),
    "gelu_tanh": lambda a: a / 2 * (1 + mpmath.tanh(
        mpmath.sqrt(2 / mpmath.pi) * (a + mpf("0.044715") * a**3))),
    "selu": lambda a: mpf("1.0507009873554804934193349852946") * (
        a if a > 0 else mpf("1.6732632423543772848170429916717") * mpmath.expm1(a)),
    "hard_sigmoid": lambda a: min(max(a / 6 + 0.5, 0), 1),
    "hard_sigmoid_old": lambda a: min(max(mpf("0.2") * a + mpf("0.5"), 0), 1),
    "mish": lambda a: a * mpmath.tanh(mpmath.log(1 + mpmath.exp(a))),
    "log_sigmoid": lambda a: -mpmath.log(1 + mpmath.exp(-a)),
    "softsign": lambda a: a / (1 + abs(a)),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_constants_of_formulas_are_exact(name):
    """0.2, 1/6 and the root of 2 / pi have as many digits as the numbers."""
    a = np.linspace(-4, 4, 21)[:, None] + 0.0371
    ours = Activation(name)(exact_arrays.array("a", a, 50))
    with workdps(60):
        theirs = [FORMULAS[name](mpf(float(value))) for value in a.flat]

    assert max(abs(one - other) for one, other in zip(ours.flat, theirs, strict=True)) < TINY


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_computed(name):
    """Each row of the table, to what float64 makes of it; what comes out has 50 digits again."""
    a = np.linspace(-6.9, 7.1, 40).reshape(20, 2)
    defaults = ACTIVATIONS[name].defaults
    function = Activation(name, {key: 0.7 for key, value in defaults.items() if value is None})
    ours, near = function(exact_arrays.array("a", a, 50)), function(a)

    assert {one.digits for one in ours.flat} == {50}
    np.testing.assert_allclose(ours.astype(float), near, rtol=1e-13, atol=1e-15)


def test_whole_networks_are_computed():
    """Two directions, a mask, clip, a normalization, a softmax, states: what float64 is near."""
    weights = drawn("ifgo", "W_x", "W_h", "bias")
    head = (
        rnncalc.Normalization("layer", 1e-3),
        rnncalc.Output(np.eye(2, 4) / 3, activation="softmax"),
    )
    layer = rnncalc.Layer(weights, "lstm", backward=rnncalc.Layer(weights, "lstm"), clip=0.5,
                          activation="relu", h0=[0.1, -0.2])  # fmt: skip
    model = rnncalc.Model(layer, output=head)
    mask = [[1, 1, 0, 1, 0]]
    ours, near = (rnncalc.run(model, X[None], mask=mask, dtype=d) for d in ("mp:40", "float64"))

    states = [trace.layers[0].forward.final["c"] for trace in (ours, near)]
    for one, other in ((ours.y, near.y), (ours.h, near.h), states):
        np.testing.assert_allclose(one.astype(float), other, rtol=0, atol=1e-15)
    assert ours.y.flat[0].digits == 40


def test_a_long_sequence_has_no_fast_form():
    """Every step by the equations; float64's own fast form is near."""
    model = rnncalc.load({"cell": "lstm", "W_x": dict.fromkeys("ifgo", 0.3),
                          "W_h": dict.fromkeys("ifgo", 0.2)})  # fmt: skip
    x = np.sin(np.arange(300.0))[:, None]
    ours = rnncalc.run(model, x, dtype="mp:20").h

    assert {one.digits for one in ours.flat} == {20}
    np.testing.assert_allclose(ours.astype(float), rnncalc.run(model, x).h, rtol=0, atol=1e-14)


def printed(cli, *words):
    return cli("-x", "1,2,3", *SEED, "--show", "h", *words)


def test_formats_carry_all_digits(cli):
    """JSON as text, as its schema says; csv as they are; -d full and -d 30 in the table."""
    with workdps(60):
        h, texts = mpf(0), []
        for x in (1, 2, 3):
            h = mpmath.tanh(mpf(0.32394445) * x + h)
            texts.append(mpmath.nstr(h, 50))
    document = json.loads(printed(cli, "--dtype", "mp:50", "--json").out)

    jsonschema.validate(document, json_schema("result"))
    assert [row[0] for row in document["h"]] == texts
    assert document["dtype"] == "mp:50"
    for words in (["--csv"], ["-d", "full"], ["-f", "ndjson"], ["-f", "csv-wide"]):
        assert all(text in printed(cli, "--dtype", "mp:50", *words).text for text in texts)
    with workdps(60):
        short = [mpmath.nstr(mpf(text), 30) for text in texts]
    shown = printed(cli, "--dtype", "mp:50", "-d", "30").text.split()
    assert {*short} < {*shown}


def test_the_error_of_a_dtype_is_its_distance(cli):
    """Side by side, and by check against what was written."""
    document = json.loads(printed(cli, "--dtype", "float32,float64,mp:50", "--json").out)

    assert 0 < document["largest"]["float64"] < 1.2e-16
    assert 1e-9 < document["largest"]["float32"] < 6e-8
    assert document["numbers"][0]["values"]["mp:50"].startswith("0.313069147098877688388336988")


def test_check_takes_such_a_result(cli, tmp_path, monkeypatch):
    """A file of many digits is expected numbers like any other; a run too."""
    monkeypatch.chdir(tmp_path)
    for name in ("mp.json", "mp.csv"):
        assert printed(cli, "--dtype", "mp:50", "-o", name).code == 0
        screen = cli("check", "-x", "1,2,3", *SEED, "--dtype", "float32", "--against", name)
        assert "roundings of float32: no more than float32" in " ".join(screen.text.split())
    model = rnncalc.load({"W_x": 0.3, "W_h": 1, "x": [1, 2]})
    assert rnncalc.check(rnncalc.run(model), rnncalc.run(model, dtype="mp:30"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-x", "1,nan", *SEED], "has NaN or infinite numbers: mp:50 computes with finite ones"),
        (["-x", "1,2", *SEED, "-f", "npy"], "numbers of at most 64 bits"),
        (["-x", "1,2", *SEED, "-d", "hex"], "mp:50 has no hexadecimal digits"),
        (["-x", "1,2", *SEED, "-d", "51"], "is not one of: 1 to 50"),
        (["-x", "1,2", *SEED, "--summary"], "and this run is in mp:50"),
        (["explain", "-x", "1,2", *SEED], "--dtype mp:50 is for run"),
        (["-x", "1,2,3", "--wx", "9", "--wh", "9", "-a", "exp"], "exp of a number of more than"),
    ],
)
def test_what_does_not_go_is_refused(cli, words, said):
    """By its name, with nothing on stdout."""
    screen = cli(*words, "--dtype", "mp:50")

    assert (screen.code, screen.out) == (2, b"")
    assert said in screen.err


def test_too_many_are_refused(monkeypatch):
    """Each takes hundreds of bytes: they are counted before anything runs."""
    monkeypatch.setattr("rnncalc.running.recurrence.MOST_EXACT", 10)
    model = rnncalc.load({"W_x": 0.3, "W_h": 1, "x": [1.0] * 20})

    with pytest.raises(rnncalc.RnncalcError, match="numbers of so many digits"):
        rnncalc.run(model, dtype="mp:50")


def test_without_mpmath_the_error_says_what_installs_it(cli, monkeypatch):
    """One line, with the command."""
    monkeypatch.setitem(__import__("sys").modules, "mpmath", None)
    from rnncalc.numbers import exact

    exact.kind.cache_clear()
    screen = printed(cli, "--dtype", "mp:50")
    exact.kind.cache_clear()

    assert screen.code == 2
    assert screen.err == "Error: computing in mp:50 needs mpmath: pip install 'rnncalc[mp]'\n"
