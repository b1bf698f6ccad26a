"""``convert -o net.h``: the C99 file computes what ``run`` computes, and is safe to include."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_graphs import graphs, rows
from graph_networks import GRAPHS
from hypothesis import given, settings
from hypothesis import strategies as st
from networks_in_c import (
    BOTH_WAYS,
    CELL_BY_CELL,
    EVERY_NETWORK,
    IN_GRAPHS,
    IN_ROWS,
    RANDOM,
    compared,
    dense,
    headers,
    layer,
    numbers,
    roundings,
)

from rnncalc import Layer, Model, RnncalcError
from rnncalc.converting import convert
from rnncalc.converting.to_c import proof
from rnncalc.converting.to_c.file import draft, prefix_of
from rnncalc.converting.to_c.plan import TYPES, Plan
from rnncalc.converting.trial import TIMESTEPS
from rnncalc.model.convolution import Conv1d
from rnncalc.model.embedding import Embedding
from rnncalc.model.graph import Wire
from rnncalc.model.stateless import Normalization, Pooling

drawn_networks = st.one_of(graphs().map(lambda one: one[0]), rows().map(lambda one: one[0]))
needs_compiler = pytest.mark.skipif(proof.compiler() is None, reason="no C compiler")
quiet = pytest.mark.filterwarnings("ignore::rnncalc.errors.RnncalcWarning")  # log of less than 0


def agree(
    folder: Path, command: Sequence[str], models: Sequence[Model], dtype: str, most: int = 2
) -> None:
    """C within so many roundings of the largest number that ``run`` has.

    Where a network magnifies what one rounding of its weights does, it is twice so much of that.
    """
    found = compared(folder, command, models, dtype, headers(models, dtype))
    for model, pairs in zip(models, found, strict=True):
        if (worst := roundings(pairs, dtype)) > most:
            plan, one = Plan(model), replace(model, dtype=dtype)
            inputs = proof.drawn(plan, plan.least(TIMESTEPS), dtype)
            magnified = proof.magnified(one, plan, inputs) / np.finfo(dtype).eps
            assert worst <= 2 * most * magnified, model


@pytest.mark.slow
@needs_compiler
@quiet
@pytest.mark.parametrize("dtype", TYPES)
def test_every_cell_option_and_function_is_computed(dtype, tmp_path):
    """Compiled without a warning, within two roundings."""
    agree(tmp_path, [proof.compiler(), *proof.FLAGS], EVERY_NETWORK, dtype)


@pytest.mark.slow
@needs_compiler
@settings(max_examples=3, derandomize=True)
@given(data=st.data(), dtype=st.sampled_from(sorted(TYPES)))
def test_what_is_drawn_is_computed(data, dtype):
    """Rows and graphs of any cells that join and branch, convolutions among them."""
    modes = st.sampled_from(["many-to-many", "many-to-one"])
    drawn = data.draw(st.lists(drawn_networks, min_size=12, max_size=12))
    models = [replace(model, mode=data.draw(modes)) for model in drawn]
    with tempfile.TemporaryDirectory() as folder:
        agree(Path(folder), [proof.compiler(), *proof.FLAGS], models, dtype, 8)


C99, CPP = proof.FLAGS, ["-pedantic", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"]
SANITIZED = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
COMPILERS = {
    "gcc": ("float64", ["gcc", *C99, "-Wconversion", "-Wshadow"]),
    "clang": ("float32", ["clang", *C99, "-Wshadow"]),
    "32 bits": ("float64", ["gcc", "-m32", *C99]),
    "C++": ("float32", ["g++", "-x", "c++", "-std=c++11", *CPP]),
}


def works(command: Sequence[str], folder: Path) -> bool:
    """Whether a compiler is there, with all that it takes to link."""
    (folder / "none.c").write_text("#include <math.h>\nint main(void) { return 0; }\n")
    done = shutil.which(command[0]) and subprocess.run(
        [*command, "none.c", "-o", "none", "-lm"], cwd=folder, capture_output=True
    )
    return bool(done) and done.returncode == 0


@pytest.mark.office
@quiet
@pytest.mark.parametrize("name", COMPILERS)
def test_other_compilers_agree(name, tmp_path):
    """None warns of anything, and all numbers are within two roundings."""
    dtype, command = COMPILERS[name]
    if not works(command, tmp_path):
        pytest.skip(f"no {name}")
    agree(tmp_path, command, EVERY_NETWORK, dtype)


@pytest.mark.office
@pytest.mark.parametrize("way", ["sanitized", "valgrind"])
def test_nothing_is_read_or_written_beyond_its_end(way, tmp_path):
    """Nor is anything read before it is written, or undefined."""
    command = ["gcc", "-std=c99", *(SANITIZED if way == "sanitized" else ["-g"])]
    if not works(command, tmp_path) or not shutil.which({"sanitized": "gcc"}.get(way, way)):
        pytest.skip(f"no {way}")
    models = [*CELL_BY_CELL[:14], *IN_ROWS[-9:], *BOTH_WAYS, *IN_GRAPHS]
    if way == "sanitized":
        agree(tmp_path, command, models, "float32")
        return
    agree(tmp_path, command, models, "float64")
    plans = [Plan(replace(proof.streamed(one), dtype="float64")) for one in models]
    inputs = [proof.drawn(one, one.least(TIMESTEPS), "float64") for one in plans]
    checked = ["valgrind", "-q", "--error-exitcode=9", "--leak-check=full", "./program"]
    done = subprocess.run(
        checked, cwd=tmp_path, input=proof.read_by(inputs), text=True, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, "")


@needs_compiler
@quiet
def test_every_shape_of_use_is_computed(tmp_path):
    """Step by step or a whole sequence at once; ids, several inputs and outputs, states handed on.

    Names that no identifier could have stand among them.
    """
    models = [*CELL_BY_CELL[5:13], *IN_ROWS[-10:], *BOTH_WAYS[::3], *IN_GRAPHS]

    agree(tmp_path, [proof.compiler(), *proof.FLAGS], models, "float32")


LSTM = Model(layer("lstm", weights=("P",), clip=0.75))
PROJECTED = Model(layer("lstm", h=2, weights=("W_r",)))
GRU = Model(layer("gru", weights=("bias_h",)))
BOTH = Model(layer("rnn", backward=layer("rnn"), merge="sum"))
BESIDE = Model(layer("gru", backward=layer("gru"), merge="concat"))
TABLE = Model(layer("rnn"), embedding=Embedding(RANDOM.normal(0, 1, (5, 2))))
MEAN = Model(layer("rnn"), output=(Pooling("average"), dense(2)), mode="many-to-one")
LAST = Model(layer("rnn", backward=layer("rnn")), output=dense(2, 6), mode="many-to-one")
NORMAL = Model(layer("rnn"), output=Normalization("layer", 0.125, numbers(3)))
RESIDUAL, HANDED, WINDOWS = *IN_GRAPHS[5:7], IN_GRAPHS[-5]

MISTAKES = {
    "another gate": (LSTM, "W_h_i, h_before", "W_h_f, h_before"),
    "transposed": (LSTM, "w[j * columns + k]", "w[k * rows + j]"),
    "no bias": (LSTM, " + {p}_layer0_bias_f[j]", ""),
    "a peephole that sees the old state": (LSTM, "P_o[j] * c[j]", "P_o[j] * c_before[j]"),
    "no clip": (LSTM, "(-0.75)), 0.75)", "(-9.0)), 9.0)"),
    "no initial state": (LSTM, "{p}_layer0_c0, state", "{p}_layer0_h0, state"),
    "another projection": (PROJECTED, "{p}_layer0_W_r, v17", "{p}_layer0_W_x_i, v17"),
    "a state that is new too early": (GRU, " h[3];", " h[3]; {p}_copy(3, n, h_before);"),
    "another reset": (GRU, "r[j] * h_term_n[j]", "z[j] * r[j] * h_term_n[j]"),
    "an update inverted": (GRU, "1.0 - z[j]", "z[j]"),
    "an exponent of another sign": (GRU, "exp((-a))", "exp(a)"),
    "backward read forward": (BOTH, "x + (timesteps - 1 - t) * 2", "x + t * 2"),
    "backward not turned back": (BOTH, "v_1 + (timesteps - 1 - t) * 3", "v_1 + t * 3"),
    "another merge": (BOTH, "one[j] + other[j]", "one[j] * other[j]"),
    "the other one first": (BESIDE, "y + 3 + (", "y + 0 + ("),
    "another id": (TABLE, "w[id * columns + k]", "w[(id + 1) % rows * columns + k]"),
    "a mean of fewer": (MEAN, "/ (double)n", "/ (double)(n - 1)"),
    "the first, not the last": (LAST, "(timesteps - 1) * 6", "0 * 6"),
    "no epsilon": (NORMAL, "sqrt((v1 + {p}_normalization_epsilon[0]))", "sqrt((v1 + 0))"),
    "the wrong way around": (RESIDUAL, "x1[j] - x2[j]", "x2[j] - x1[j]"),
    "a window too late": (WINDOWS, "t * 1 - 0 + k * 2", "t * 1 - 1 + k * 2"),
    "places exchanged": (WINDOWS, "W_y_0, x[0]", "W_y_0, x[1]"),
    "a shorter window": (WINDOWS, "first + 3", "first + 2"),
    "another state": (HANDED, "(3, enc_h, dec_h)", "(3, enc_c, dec_h)"),
}


@needs_compiler
def test_a_mistake_in_any_operator_is_seen(tmp_path):
    """Each is by far more than the proof lets pass."""
    models = [model for model, _, _ in MISTAKES.values()]
    texts = headers(models, "float64")
    for i, (name, (_, old, new)) in enumerate(MISTAKES.items()):
        old, new = (text.replace("{p}", f"n{i}") for text in (old, new))
        assert old in texts[i], name
        texts[i] = texts[i].replace(old, new)

    found = compared(tmp_path, [proof.compiler(), *C99], models, "float64", texts)

    for name, pairs in zip(MISTAKES, found, strict=True):
        assert roundings(pairs, "float64") > 1e9 * proof.ROUNDINGS, name


@needs_compiler
@pytest.mark.parametrize("dtype", TYPES)
def test_what_is_written_is_compiled_and_run(dtype, tmp_path):
    """Layers in front and behind, peepholes and names that are no identifiers, in one network."""
    lstm = layer("lstm", 3, weights=("bias_h", "P"), clip=0.75, name="b*; \u00df")
    model = Model((layer("gru", reset_after=False), lstm), output=dense(activation="softmax"))

    done = convert(model, tmp_path / "7 x.h", dtype=dtype)

    assert 0 <= done.proof.difference <= 2 * np.finfo(dtype).eps
    assert "net7_x_step(net7_x_state *state" in (tmp_path / "7 x.h").read_text()


@needs_compiler
def test_a_wrong_number_is_not_written(tmp_path):
    """The proof sees one weight that is another."""
    right = draft(GRU, "textbook", "trial").content
    first = repr(float(GRU.layers[0].weights["W_h.n"][0, 0])).encode()
    (tmp_path / "trial.h").write_bytes(right.replace(first, b"0.5"))

    with pytest.raises(RnncalcError, match="compiled, it gives other numbers"):
        proof.proved(GRU, tmp_path / "trial.h", "trial")


@needs_compiler
def test_what_magnifies_every_rounding_is_still_proved(tmp_path):
    """h grows beyond 10^9 there: what one rounding becomes is measured, and allowed."""
    model = Model(Layer({"W_x": [[0.7]], "W_h": [[0.83]], "bias": [0.3]}, activation="exp"))

    done = convert(model, tmp_path / "net.h", dtype="float32")

    assert done.proof.difference > proof.ROUNDINGS * np.finfo("float32").eps


def test_without_a_compiler_nothing_is_proved(tmp_path, monkeypatch, cli):
    """It is written, and said so; a program of the working folder is no compiler."""
    (tmp_path / "cc").write_text("#!/bin/sh\ntouch called")
    (tmp_path / "cc").chmod(0o755)
    (tmp_path / "net.yaml").write_text("{W_x: 0.5, W_h: 0.25}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ":.")

    done = cli("convert", "net.yaml", "-o", "net.h")

    assert done.text == (
        "net.h: C99 in double, 4 arrays: net_start and net_step; "
        "not proved: no C compiler (cc, gcc or clang)\n"
    )
    assert not (tmp_path / "called").exists()


@needs_compiler
@pytest.mark.filterwarnings("ignore::rnncalc.errors.RnncalcWarning")
def test_numbers_that_are_none_or_tiny_are_kept(tmp_path):
    """Infinity, NaN, and the smallest of all numbers among the weights."""
    model = Model(Layer({"W_x": [[float("inf")]], "W_h": [[float("nan")]], "bias": [5e-324]}))

    assert convert(model, tmp_path / "net.h").proof.difference == 0


@needs_compiler
def test_an_id_that_the_table_does_not_have_gives_nan(tmp_path):
    """And reads nothing beyond the table."""
    (tmp_path / "net.h").write_bytes(draft(TABLE, "textbook", "net").content)
    source = """#include <stdio.h>
#include "net.h"
int main(void) {
    const int ids[] = {-1, 5, 2147483647, -2147483647 - 1, 4};
    double y[NET_Y];
    for (int i = 0; i < 5; i++) {
        net_state state;
        net_start(&state);
        net_step(&state, &ids[i], y);
        printf("%a\\n", y[0]);
    }
    return 0;
}
"""

    given = proof.computed(tmp_path, [proof.compiler(), *C99], source, [])

    assert np.isnan(given).tolist() == [True, True, True, True, False]


def test_prefixes_clash_with_nothing():
    """No name of ours is a macro of ours or of math.h, and none begins with a digit."""
    stems = ("FP", "7", "é", "_x", "y_a", "int", "NET", "a" * 70)
    found = [draft(GRU, "textbook", stem).content.decode() for stem in stems]
    starts = [text.split("_start(", 1)[0].split()[-1] for text in found]
    marks = [re.sub("_[0-9a-f]{4}$", "_MARK", start) for start in starts]

    assert marks == ["fp", "net7", "net_MARK", "net_x", "net_y_a", "int", "net", "aaaaaaaaaa_MARK"]


def test_names_of_which_letters_are_lost_stay_apart():
    """Letters that C has not, and what is cut off, leave a mark; the same name has the same."""
    stems = ("한국", "미국", "é", "forecast_of_temperature_1", "forecast_of_temperature_2", "netä")
    prefixes = [prefix_of(stem) for stem in stems]

    assert len({*prefixes}) == len(stems)
    assert prefixes == [prefix_of(stem) for stem in stems]
    assert max(map(len, prefixes)) <= 15


@needs_compiler
def test_two_networks_of_the_same_names_are_an_error_in_one_program(tmp_path):
    """a-b.h and a_b.h: the second does not vanish; the same network twice is no error."""
    for name, cell in (("a-b", "gru"), ("a_b", "lstm"), ("c", "rnn")):
        convert(Model(layer(cell)), tmp_path / f"{name}.h")

    def compiled(*names):
        source = "".join(f'#include "{name}.h"\n' for name in names) + "int main(void) {return 0;}"
        (tmp_path / "main.c").write_text(source)
        command = [proof.compiler(), "-std=c99", "-fsyntax-only", tmp_path / "main.c"]
        return subprocess.run(command, capture_output=True, text=True)

    clash = compiled("a-b", "a_b")
    assert (clash.returncode != 0, "another network has names with A_B too" in clash.stderr) == (
        True, True)  # fmt: skip
    assert [compiled(*names).returncode for names in (("a-b", "c"), ("c", "c"))] == [0, 0]


@pytest.mark.parametrize("stem", ["math", "Math", "stdint"])
def test_a_header_of_c_is_not_hidden(stem, tmp_path):
    """A file of that name would be found instead of C's own."""
    with pytest.raises(RnncalcError, match=f"{stem}.h is the name of a header of C"):
        convert(Model(layer("gru")), tmp_path / f"{stem}.h")
    assert not list(tmp_path.iterdir())


@needs_compiler
@pytest.mark.parametrize("stem", ["x", "enc", "v", "y_z"])
def test_a_file_may_be_called_as_what_is_in_it(stem, tmp_path):
    """Layers h and 1 of enc.h and v.h are neither a state nor a place to compute."""
    layers = [layer("gru", name="enc"), layer("rnn", 3, name="h", backward=layer("rnn", 3))]
    wires = Wire("enc", ("state",)), Wire("h", ("enc",)), Wire("1", ("h",)), Wire("2", ("1",))
    heads = (dense(2, 6, name="1"), dense(3, 2, name="2"))
    more = {"inputs": ("state",), "results": ("2", "1")}

    model = Model(tuple(layers), stateless=heads, wiring=wires, **more)

    assert convert(model, tmp_path / f"{stem}.h").proof.difference < 1e-15


GROUPS = Model(
    (layer("rnn", 4, name="rnn"),), wiring=(Wire("conv", ("x",)), Wire("rnn", ("conv",))),
    stateless=(Conv1d(RANDOM.normal(size=(4, 1, 2)), groups=2, name="conv"),),
)  # fmt: skip
REFUSED = {
    "conv: 2 groups are not written as C": GROUPS,
    "att: attention is not written as C": GRAPHS["translator"]()[0],
    "skip: a .h file has no masks": GRAPHS["masked"]()[0],
    "mask_zero: a .h file has no masks": Model(
        layer("rnn"), embedding=Embedding(RANDOM.normal(size=(5, 2)), mask_zero=True)
    ),
    "masking: a .h file has no masks": Model(layer("rnn"), masking=0.0),
    "layer0: states of several sequences": Model(Layer({"W_x": 1, "W_h": 1}, h0=[[0], [1]])),
    "dtype float16: C has float and double": Model(layer("rnn"), dtype="float16"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_there_is_no_c_for_is_refused(why, tmp_path):
    """By its name, and nothing is written."""
    with pytest.raises(RnncalcError, match=why):
        convert(REFUSED[why], tmp_path / "net.h")
    assert not list(tmp_path.iterdir())
