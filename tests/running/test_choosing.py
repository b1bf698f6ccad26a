"""One-to-many that chooses ids: the largest of y, or one that is drawn; what it writes, and why."""

from __future__ import annotations

import io
import json
import re
import tracemalloc

import numpy as np
import pytest
from conftest import ROOT

import rnncalc
from rnncalc.running import recurrence
from rnncalc.running.recurrence import generate

MODELS = ROOT / "docs" / "models"
STEPS = 50
WEIGHTS = {
    "W_x": [[0.5, -0.2, 1.1, 0.3], [0.1, 0.9, -0.4, 0.2], [-1.2, 0.3, 0.3, 0.8]],
    "W_h": [[0.1, 0.5, 0.2], [-0.9, 0.3, 0.6], [0.2, 0.4, -0.7]],
}
W_Y = [[1.5, -1, 0.3], [2, 1, -1], [-0.5, 1.2, 2], [0.2, 0.3, -2]]
TABLE = [[0.5, -0.2, 1.1, 0.3], [0.1, 0.9, -0.4, 0.2], [-1.2, 0.3, 0.8, 0.1], [0.7, -0.6, 0, 2]]


def network(activation="softmax", **more) -> rnncalc.Model:
    """Four letters, their one-hot rows, and an output for each."""
    output = {"W_y": W_Y, "bias": [0.1, 0, 0.2, 0.3], "activation": activation}
    use = {
        "mode": "one-to-many",
        "timesteps": 12,
        "feedback": "sample",
        "vocab": ["h", "e", "l", "o"],
    }
    return rnncalc.load({**WEIGHTS, "output": output, "x": ["h"], **use, **more})


def recorded(name: str) -> dict:
    """What a framework wrote."""
    return json.loads((ROOT / f"tests/golden/generation/{name}.json").read_text())


@pytest.mark.parametrize("name", ["embedded", "one_hot"])
def test_pytorch_writes_the_same(name):
    """Fifty steps, each of the id that the one before it chose."""
    told = recorded(name)
    use = {"mode": "one-to-many", "timesteps": STEPS, "feedback": "argmax"}
    trace = rnncalc.run(rnncalc.load({**told["config"], **use, "x": told["x"]}))

    assert trace.ids.tolist() == told["ids"]
    np.testing.assert_allclose(trace.y, told["y"], rtol=1e-9, atol=1e-12)


def test_keras_writes_the_same(cli):
    """The trained network of the page, from its file, by the names of its letters."""
    told = recorded("letters")
    words = ["-x", str(told["x"]), "--mode", "one-to-many", "--timesteps", str(STEPS),
             "--feedback", "argmax", "--vocab", str(MODELS / "letters.json")]  # fmt: skip
    found = json.loads(cli(str(MODELS / "letters.keras"), *words, "--json").out)

    assert found["id"] == told["ids"]
    assert "".join(found["name"]).startswith("he rain in spain stays mainly in the plain.\n")
    np.testing.assert_allclose(found["y"], told["y"], atol=2e-6)


def by_hand(y: np.ndarray, seed: int, temperature: float, *, logits: bool) -> tuple[int, ...]:
    """What the page says of drawing, in NumPy: probabilities, their sums, a number each step."""
    rng = np.random.Generator(np.random.PCG64(seed))
    chosen = []
    for row in y:
        a = (row if logits else np.log(row)) / temperature
        p = np.exp(a - a.max()) / np.exp(a - a.max()).sum()
        chosen.append(int(np.searchsorted(p.cumsum(), rng.random(), side="right")))
    return tuple(chosen)


@pytest.mark.parametrize("temperature", [1, 0.5, 3])
@pytest.mark.parametrize("activation", ["softmax", "linear", "log_softmax"])
def test_what_is_drawn_can_be_recomputed(activation, temperature):
    """For every seed; other seeds, temperatures and meanings of y write something else."""
    written = {}
    for seed in range(4):
        trace = rnncalc.run(network(activation, seed=seed, temperature=temperature, timesteps=40))
        ids = tuple(trace.ids.tolist())
        written[seed] = ids
        how = {"logits": activation != "softmax"}

        assert ids == by_hand(trace.y, seed, temperature, **how)
        assert trace.u.tolist() == np.random.Generator(np.random.PCG64(seed)).random(40).tolist()
        assert ids != by_hand(trace.y, seed + 1, temperature, **how)
        assert ids != by_hand(trace.y, seed, temperature * 4, **how)
        np.testing.assert_array_equal(trace.x[1:], np.eye(4)[trace.ids[:-1]])
    assert len({*written.values()}) == 4


def test_a_batch_draws_as_its_sequences_do_alone():
    """Sequence i draws what seed + i does."""
    whole = rnncalc.run(network(seed=7, x=[["h"], ["o"], ["e"]]))
    for i, first in enumerate("hoe"):
        alone = rnncalc.run(network(seed=7 + i, x=[first]))

        np.testing.assert_array_equal(whole.ids[i], alone.ids)
        np.testing.assert_array_equal(whole.u[i], alone.u)
        np.testing.assert_allclose(whole.h[i], alone.h, rtol=1e-12)


@pytest.mark.parametrize("feedback", ["argmax", "sample"])
@pytest.mark.parametrize("form", ["csv", "csv-wide", "ndjson", "npz", "npy"])
def test_parts_are_one_run(form, feedback, monkeypatch):
    """In parts and whole: the same bytes, and the same ids."""
    monkeypatch.setattr(recurrence, "PART", (5, 1 << 20))
    model = network(feedback=feedback)
    how = {"format": form, "show": ["id"] if form == "npy" else ["all"], "digits": "full"}
    whole, parts = io.BytesIO(), io.BytesIO()
    rnncalc.write(rnncalc.run(model), whole, **how)
    rnncalc.write(generate(model), parts, **how)

    assert [trace.timesteps for trace in generate(model)] == [5, 5, 2]
    assert parts.getvalue() == whole.getvalue()


@pytest.mark.parametrize("suffix", ["json", "csv", "ndjson", "md", "txt", "npz", "npy"])
def test_a_run_agrees_with_itself(cli, tmp_path, suffix):
    """Ids and names beside y disturb nobody; where they stand alone that is said."""
    (tmp_path / "net.json").write_text(json.dumps({
        **WEIGHTS, "output": {"W_y": W_Y}, "mode": "one-to-many", "timesteps": 9,
        "feedback": "sample", "vocab": ["h", "\n", "e", "  n"], "x": "h",
    }))  # fmt: skip
    out, net = str(tmp_path / f"run.{suffix}"), str(tmp_path / "net.json")
    show = "y" if suffix == "npy" else "y,id,u"
    assert cli(net, "--show", show, "-o", out).code == 0
    same = cli("check", net, "--against", out)

    assert (same.code, same.text[:28]) == (0, "agrees: 36 numbers of y with")
    if suffix in ("md", "txt"):
        cli(net, "-o", out)
        alone = cli("check", net, "--against", out)
        assert alone.code == 2
        assert "has no numbers to compare with: h or y was expected" in alone.err


def test_memory_does_not_grow_with_the_timesteps(monkeypatch, tmp_path):
    """Eight times as many cost nothing more."""
    monkeypatch.setattr(recurrence, "PART", (16, 1 << 20))

    def peak(timesteps: int) -> int:
        tracemalloc.start()
        with open(tmp_path / "out", "wb") as file:
            traces = generate(network(timesteps=timesteps), record=["h"])
            rnncalc.write(traces, file, format="csv", show=["id"])
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(16)  # imports
    assert peak(384) < 1.5 * peak(48)


@pytest.mark.parametrize("dtype", ["float32", "float16", "mp:30"])
def test_every_dtype_chooses(dtype):
    """From y as it is shown."""
    trace = rnncalc.run(network(feedback="argmax", dtype=dtype, timesteps=4))
    drawn = rnncalc.run(network(dtype=dtype, timesteps=4))

    assert trace.ids.tolist() == trace.y.argmax(-1).tolist()
    assert tuple(drawn.ids) == by_hand(drawn.y.astype(float), 0, 1, logits=False)


def test_the_first_of_equal_ones_is_the_largest(cli):
    """And that is what is said."""
    model = network(
        "linear", feedback="argmax", output={"W_y": [[0] * 3] * 4, "bias": [1, 2, 2, 0]}
    )
    trace = rnncalc.run(model)

    assert set(trace.ids) == {1}
    assert "y[1] = 2 is the first of the largest of y" in str(
        rnncalc.explain(trace, 1, show=["id"])
    )


NUMBER = re.compile(r"= ([\d.e-]+)")


@pytest.mark.parametrize("activation", ["softmax", "linear"])
def test_the_reason_is_true(activation):
    """u lies where the sentence says: recomputed from y for every step."""
    model = network(activation, temperature=0.7, timesteps=60)
    trace = rnncalc.run(model)
    seen = set()
    for t in range(1, 61):
        step = rnncalc.explain(trace, t, show=["id"]).steps[-1]
        one, y = step.choice, trace.y[t - 1]
        a = (y if activation == "linear" else np.log(y)) / 0.7
        sums = np.concatenate([[0], np.cumsum(np.exp(a) / np.exp(a).sum())])

        assert (one.id, one.name, one.u) == (trace.ids[t - 1], "helo"[one.id], trace.u[t - 1])
        assert (one.below, one.upto) == pytest.approx(tuple(sums[one.id : one.id + 2]), abs=1e-15)
        assert one.below <= one.u < one.upto
        said = str(rnncalc.explain(trace, t, show=["id"], digits=6)).replace("\n    ", " ")
        words = {0: "less than p[0] =", 3: "behind which is the last id"}
        assert words.get(one.id, "between p[0]") in said
        seen.add(one.id)
    assert seen == {0, 1, 2, 3}


def test_rounding_that_looks_equal_is_written_out():
    """No two numbers look the same that are not."""
    model = network("linear", feedback="argmax",
                    output={"W_y": [[0] * 3] * 4, "bias": [1, 2, 2 + 1e-12, 0]})  # fmt: skip
    said = str(rnncalc.explain(rnncalc.run(model), 1, show=["id"], digits=6))

    assert "y[2] = 2.000000000001 is the largest of y, y[1] = 2 the next" in said.replace(
        "\n   ", ""
    )


def test_an_embedding_reads_the_row_of_the_id():
    """Which one-hot rows times that table are, too."""
    use = {"feedback": "argmax", "W_x": (np.array(WEIGHTS["W_x"])).tolist()}
    embedded = rnncalc.run(network(embedding={"weights": TABLE}, **use))
    rows = (np.array(WEIGHTS["W_x"]) @ np.array(TABLE).T).tolist()
    one_hot = rnncalc.run(network(feedback="argmax", W_x=rows))

    assert embedded.ids.tolist() == one_hot.ids.tolist()
    np.testing.assert_array_equal(embedded.x[1:], np.array(TABLE)[embedded.ids[:-1]])
    origin = rnncalc.explain(embedded, 2).steps[0].origins["x_t"]
    assert origin == f"the embedding's row of id {embedded.ids[0]}, '{'helo'[embedded.ids[0]]}'"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"seed": 1, "feedback": "argmax"}, "seed is for feedback sample"),
        ({"temperature": 2, "feedback": "y"}, "temperature is for feedback sample"),
        ({"temperature": 0}, "expected more than 0: feedback argmax always takes the largest"),
        ({"temperature": float("nan")}, "temperature is nan, expected more than 0"),
        ({"seed": -1}, "seed is -1, expected a whole number from 0"),
        ({"seed": 10**30}, "expected a whole number from 0"),
        ({"feedback": "beam"}, "feedback 'beam' is not known. There are: y, x, zeros, argmax"),
        ({"output": None}, "feedback sample needs an output layer"),
        ({"activation": "sigmoid"}, "y is neither probabilities (activation softmax) nor logits"),
        ({"output": {"W_y": W_Y[:3]}}, "3 outputs cannot be the ids of 4 features, one for each"),
        ({"embedding": {"weights": TABLE[:3]}, "vocab": None, "x": [0]},
         "4 outputs cannot be the ids of an embedding of 3 rows"),
        ({"embedding": {"weights": TABLE}, "feedback": "y"},
         "feedback y: the embedding takes ids, and y is none: feedback argmax or sample"),
        ({"output": {"W_y": W_Y, "bias": [float("nan")] * 4}}, "y of t = 1 gives NaN"),
        ({"vocab": ["h", "e", "l"], "x": [[1, 0, 0, 0]]}, "vocab has 3 names, x is of 4 features"),
        ({"vocab": ["h", "e", "l", "h"]}, "'h' is the name of the ids 0 and 3"),
        ({"vocab": ["h", "e", "l", 5]}, "vocab[3] is '5', expected a name: write it in quotes"),
        ({"x": ["hh"]}, "there is no name 'hh'. Did you mean h?"),
        ({"x": ["q"]}, "there is no name 'q'. There are: h, e, l, o."),
        ({"x": ["h", 0]}, "0 stands among names"),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_is_said_in_a_line(more, message):
    """By its name, with the remedy."""
    activation = more.pop("activation", "softmax")
    with pytest.raises(rnncalc.RnncalcError) as error:
        rnncalc.run(network(activation, **more))

    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("v.txt", "h\ne\n \no\n"),
        ("v.txt", "\ufeffh\r\ne\r\n \r\no"),
        ("v.json", '["h", "e", " ", "o"]'),
        ("v.json", '{"e": 1, "h": 0, "o": 3, " ": 2}'),
    ],
)
def test_names_in_a_file(cli, tmp_path, name, text):
    """One a line, a JSON list, a mapping to ids; named from where the config is."""
    (tmp_path / name).write_bytes(text.encode())
    config = {**WEIGHTS, "output": {"W_y": W_Y}, "mode": "one-to-many", "timesteps": 4,
              "feedback": "argmax", "x": "h", "vocab": name}  # fmt: skip
    (tmp_path / "net.json").write_text(json.dumps(config))
    model = rnncalc.load(tmp_path / "net.json")

    assert model.vocab == ("h", "e", " ", "o")
    assert np.asarray(model.x).tolist() == [[1, 0, 0, 0]]
    del config["vocab"]
    (tmp_path / "net.json").write_text(json.dumps(config | {"x": [[1, 0, 0, 0]]}))
    flagged = cli(str(tmp_path / "net.json"), "--vocab", str(tmp_path / name)).text
    assert "writes: '" in flagged


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"h": 1, "e": 2}', "v.json: has no name with the id 0: expected are 0 to 1"),
        ('{"h": 0, "h": 1}', "v.json: says 'h' twice"),
        ("[1, 2", "v.json: is not JSON"),
        ("3", "v.json: vocab: names were expected, one for each id"),
        ("[[1]]", "v.json: vocab[0] is '[1]', expected a name"),
    ],
)
def test_a_file_of_no_names(cli, tmp_path, text, message):
    """Its name, and what it lacks."""
    (tmp_path / "v.json").write_text(text)
    done = cli("--wx", "1", "--wh", "1", "-x", "1", "--vocab", str(tmp_path / "v.json"))

    assert (done.code, done.out, done.err.count("\n")) == (2, b"", 1)
    assert message in done.err


@pytest.mark.parametrize("given", ["nan", "1.5", "-1", "1;2", "x"])
def test_no_seed(cli, tmp_path, given):
    """Nor a temperature, wherever it is said."""
    (tmp_path / "net.json").write_text(json.dumps({
        **WEIGHTS, "output": {"W_y": W_Y}, "mode": "one-to-many", "timesteps": 3,
        "feedback": "sample", "x": [[1, 0, 0, 0]],
    }))  # fmt: skip
    net = str(tmp_path / "net.json")
    for key in ("seed", "temperature", "timesteps"):
        done = cli(net, "--set", f"{key}={given}")
        if (key, given) != ("temperature", "1.5"):
            assert (done.code, done.out, done.err[:11]) == (2, b"", "Error: --se")
    assert "seed 4, temperature 1" in cli(net, "--set", "seed=4").text.replace("\n", " ")


def test_errors_repeat_nothing_of_a_file_that_a_config_names(tmp_path):
    """Whoever wrote the config may not be who can read the file."""
    (tmp_path / "v.txt").write_text("secret\nsecret\n")
    (tmp_path / "net.yaml").write_text("W_x: 1\nW_h: 1\nx: 1\nvocab: v.txt\n")
    with pytest.raises(rnncalc.RnncalcError, match="is the name of the ids 0 and 1") as error:
        rnncalc.load(tmp_path / "net.yaml")

    assert "secret" not in str(error.value)


def test_letters_are_a_word():
    """x as a word: a name, or letters where all names are letters; batches and ids as lists."""

    def plain(**more) -> rnncalc.Model:
        """The recurrent layer alone."""
        return rnncalc.load({**WEIGHTS, "vocab": ["h", "e", "l", "o"], **more})

    assert rnncalc.run(plain(x="hello")).x.argmax(-1).tolist() == [0, 1, 2, 2, 3]
    words = plain(x="lo", vocab=["h", "lo", "l", "o"])
    assert rnncalc.run(words).x.tolist() == [[0, 1, 0, 0]]
    batch = plain(x=[["h", "e"], ["o", "o"]], embedding={"weights": TABLE})
    assert np.asarray(batch.x).tolist() == [[0, 1], [3, 3]]


@pytest.mark.parametrize(
    ("words", "ids"),
    [(["-x", "hole"], [0, 3, 2, 1]), (["-x", "h, o"], [0, 3]), (["-x", "e"], [1]),
     (["-x", "h o"], [0, 3]), (["-x", "0 0 1 0; 0 0 0 1"], [2, 3])],
)  # fmt: skip
def test_names_on_the_command_line(cli, tmp_path, words, ids):
    """Letters, names with commas or blanks between; what has digits is numbers."""
    (tmp_path / "net.json").write_text(json.dumps({**WEIGHTS, "vocab": ["h", "e", "l", "o"]}))
    found = json.loads(cli(str(tmp_path / "net.json"), *words, "--json").out)

    assert np.argmax(found["x"], -1).tolist() == ids


def test_words_of_a_network_without_names(cli, tmp_path):
    """What is no number is refused as ever; with names, what is none of them."""
    (tmp_path / "net.json").write_text(json.dumps(WEIGHTS))
    (tmp_path / "v.txt").write_text("h\ne\nl\no")
    plain = cli(str(tmp_path / "net.json"), "-x", "hq")
    named = cli(str(tmp_path / "net.json"), "-x", "hq", "--vocab", str(tmp_path / "v.txt"))

    assert (plain.code, named.code) == (2, 2)
    assert plain.err == "Error: --x: 'hq' is not a number\n"
    assert named.err == "Error: --x[0]: there is no name 'hq'. Did you mean h?\n"


def test_what_does_not_print_is_escaped(cli):
    """A newline, a control character, a blank: in the table, and in every text."""
    vocab = ["\n", "\x1b[2J", "<b>", "'"]
    model = network(feedback="sample", vocab=vocab, x=["'"], temperature=9, timesteps=30)
    trace = rnncalc.run(model)
    for form in ("table", "markdown", "latex", "json"):
        out = io.BytesIO()
        rnncalc.write(trace, out, format=form)
        assert b"\x1b" not in out.getvalue()
    for form in ("text", "markdown", "latex", "json", "ndjson"):
        out = io.BytesIO()
        rnncalc.explain(trace, show=["id"]).save(out, format=form)
        assert b"\x1b" not in out.getvalue()
    assert r"'\n'" in str(rnncalc.explain(trace, None, show=["id"]))
    out = io.BytesIO()
    rnncalc.explain(trace, None, show=["id"]).save(out, format="markdown")
    assert out.getvalue().count(b"<b>") == out.getvalue().count(b"`'<b>'`") > 0


def test_a_config_says_it_all_again(cli, tmp_path):
    """convert writes seed, temperature and names; weights alone say what they leave out."""
    (tmp_path / "net.json").write_text(json.dumps({
        **WEIGHTS, "output": {"W_y": W_Y, "activation": "softmax"}, "mode": "one-to-many",
        "timesteps": 9, "feedback": "sample", "seed": 5, "temperature": 0.25,
        "vocab": ["\n", "true", "'", "0"], "x": [[1, 0, 0, 0]],
    }))  # fmt: skip
    model = rnncalc.load(tmp_path / "net.json")
    for suffix in ("yaml", "json"):
        done = cli("convert", str(tmp_path / "net.json"), "-o", str(tmp_path / f"o.{suffix}"))
        back = rnncalc.load(tmp_path / f"o.{suffix}")

        assert (done.code, back.vocab) == (0, model.vocab)
        assert (back.feedback, back.seed, back.temperature) == ("sample", 5, 0.25)
        assert rnncalc.run(back).ids.tolist() == rnncalc.run(model).ids.tolist()
    npz = cli("convert", str(tmp_path / "net.json"), "-o", str(tmp_path / "o.npz"))
    assert npz.code == 0
    assert "vocab: left out" in npz.text + npz.err
    assert "--feedback sample --seed 5 --temperature 0.25" in npz.text.replace("\n", " ") + npz.err


def test_what_cannot_choose_says_so(cli, tmp_path):
    """A page, a workbook, a framework's script."""
    (tmp_path / "net.json").write_text(json.dumps({
        **WEIGHTS, "output": {"W_y": W_Y, "activation": "softmax"}, "mode": "one-to-many",
        "timesteps": 3, "feedback": "sample", "x": [[1, 0, 0, 0]],
    }))  # fmt: skip
    page = cli("plot", str(tmp_path / "net.json"), "-o", str(tmp_path / "p.html"))
    script = cli("convert", str(tmp_path / "net.json"), "--script", "torch",
                 "-o", str(tmp_path / "s.py"))  # fmt: skip

    assert (page.code, script.code) == (2, 2)
    assert "feedback sample: a page does not choose ids. Draw it as .svg or .png" in page.err
    assert "feedback sample: no framework draws the same numbers" in script.err
