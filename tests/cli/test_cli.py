"""The command line: commands, options, streams, exit codes, files."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest
from conftest import PLAIN, SEED, process

import rnncalc
from rnncalc.cli import main
from rnncalc.cli.example import KINDS


def test_run_is_implied(cli, tmp_path):
    """By an option, a dot, a slash, a dash; never by a command's name."""
    net = tmp_path / "net.yaml"
    net.write_text("W_x: 0.5\nW_h: 1\nx: [1, 2]\n")
    table = cli("run", str(net)).text

    assert table == cli(str(net)).text == cli("-", input=net.read_bytes()).text
    assert table == cli("-x", "1,2", "--wx", ".5", "--wh", "1").text
    assert "Did you mean 'run'?" in cli("runn").err
    assert cli("runn").code == 2


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["run", "--help"], ["schema", "-h"]])
def test_help(cli, words):
    """Help goes to stdout."""
    screen = cli(*words)

    assert (screen.code, screen.err) == (0, "")
    assert "Usage: rnncalc" in screen.text
    assert max(map(len, screen.text.splitlines())) <= 80


def test_the_examples_of_the_help_run(cli):
    """Every command that --help shows ends well (through a shell)."""
    text = cli("--help").text.split("Commands:")[0] + cli("run", "--help-all").text
    commands = re.findall(r"^ +((?:seq|rnncalc) .*)$", text, re.MULTILINE)
    folder = os.path.dirname(sys.executable)

    assert len(commands) == 5
    for command in commands:
        env = {**os.environ, **PLAIN, "PATH": f"{folder}:{os.environ['PATH']}"}
        subprocess.run(["bash", "-o", "pipefail", "-c", command], check=True, env=env)


def test_no_arguments_show_help(cli):
    """On stderr, with exit code 2, as usage errors do."""
    screen = cli()

    assert (screen.code, screen.text) == (2, "")
    assert screen.err.startswith("Usage: rnncalc")


def test_version(cli):
    """The version of the package."""
    assert cli("--version").text == f"rnncalc {rnncalc.__version__}\n"


@pytest.mark.parametrize("kind", KINDS)
def test_examples_run(cli, kind):
    """``example KIND | rnncalc -`` computes, as a table and as JSON."""
    example = cli("example", kind).out

    assert cli("-", input=example).code == 0
    assert json.loads(cli("-", "--json", input=example).out)["h"]


@pytest.mark.parametrize("kind", ["model", "result", "check"])
def test_schema(cli, kind):
    """A JSON Schema with the words in it; the examples satisfy the model's."""
    import jsonschema
    import yaml

    schema = json.loads(cli("schema", kind).out)
    jsonschema.Draft202012Validator.check_schema(schema)
    if kind == "model":
        for example in KINDS:
            jsonschema.validate(yaml.safe_load(cli("example", example).out), schema)


def test_flags_win_over_the_file(cli, tmp_path):
    """Each value of a flag replaces the file's; the rest stays."""
    net = tmp_path / "net.yaml"
    net.write_text("W_x: 0.5\nW_h: 1\nbias: 3\nx: [1, 2]\noutput: {W_y: 2, activation: relu}\n")
    words = [str(net), "-b", "0", "--wx", ".25", "-x", "1", "--wy", "3", "-a", "linear"]
    result = json.loads(cli(*words, "--activation-y", "linear", "--json").out)

    assert (result["h"], result["y"]) == ([[0.25]], [[0.75]])


def test_options_given_twice(cli):
    """The last one counts, also among --json, --csv and -f."""
    words = ["-x", "1", "-x", "2", *SEED]

    assert json.loads(cli(*words, "--csv", "-f", "json").out)["x"] == [[2.0]]
    assert cli(*words, "-f", "json", "--csv").text.startswith("t,layer")
    assert cli(*words, "--json", "-f", "csv").text.startswith("t,layer")


def test_last(cli):
    """Plain numbers with every digit, or with as many as were asked for."""
    five = b"1\n2\n3\n4\n5\n"

    assert cli("-x", "-", *SEED, "--last", input=five).text == "0.9889618876751611\n"
    assert cli("-x", "-", *SEED, "--last", "-d", "3", input=five).text == "0.989\n"
    assert "--last prints plain numbers, -f csv asks" in cli("-x1", *SEED, "--last", "--csv").err


def test_pipes(cli):
    """A config through a pipe into JSON, JSON as a config again."""
    config = {"W_x": 0.5, "W_h": 1, "x": [1, 2]}
    result = cli("-", "--json", input=json.dumps(config).encode())

    np.testing.assert_allclose(json.loads(result.out)["h"][0][0], np.tanh(0.5))


def test_no_file_is_written_while_it_is_read(cli, tmp_path):
    """-o onto the input is refused in every format, and the input stays."""
    for name, data in (("d.csv", b"1\n2\n"), ("d.npy", None)):
        path = tmp_path / name
        path.write_bytes(data) if data else np.save(path, [[1.0], [2.0]])
        before = path.read_bytes()
        for form in ("table", "csv", "json", "npy", "npz"):
            done = cli("-x", str(path), *SEED, "-o", str(path), "-f", form)
            assert "this file is being read" in done.err
            assert path.read_bytes() == before


def test_state_continues_a_run(cli, tmp_path):
    """-o s.npz, then --state s.npz: the same bits as one run; not together with --h0."""
    state = str(tmp_path / "s.npz")
    whole = json.loads(cli("-x", "1,2,3,4", *SEED, "--json").out)["h"]
    cli("-x", "1,2", *SEED, "-o", state)
    rest = json.loads(cli("-x", "3,4", *SEED, "--state", state, "--json").out)["h"]

    assert rest == whole[2:]
    both = cli("-x", "3,4", *SEED, "--state", state, "--h0", "1")
    assert "--state and --h0 both give the initial state" in both.err
    wrong = cli("-x", "1", "--wx", "1;2", "--wh", "1 2;3 4", "--state", state)
    assert wrong.err.startswith("Error: --state: h0 has shape (1,), expected 2") or (
        "h0 is a list of 1" in wrong.err
    )
    assert "an .npz file was expected" in cli("-x", "1", *SEED, "--state", "x.csv").err


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("r.json", b'{"format"'),
        ("r.ndjson", b'{"t"'),
        ("r.csv", b"t,layer"),
        ("r.md", b"    h_t"),
        ("r.tex", b"% \\usepackage{"),
        ("r.npz", b"PK"),
        ("r.npy", b"\x93NUMPY"),
        ("r.txt", b"h_t"),
    ],
)
def test_the_suffix_tells_the_format(cli, tmp_path, name, start):
    """-o FILE; stdout stays empty; no other file is left."""
    screen = cli("-x", "1,2", *SEED, "-o", str(tmp_path / name))

    assert (screen.code, screen.out, screen.err) == (0, b"", "")
    assert (tmp_path / name).read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [name]
    cli("-x", "1,2", *SEED, "-o", str(tmp_path / name), "-f", "csv-wide")
    assert (tmp_path / name).read_text().startswith("t,x[0]")


def test_an_old_file_stays_whole(cli, tmp_path):
    """Bad input, an unknown suffix, a refused result: the old file is as it was."""
    old = tmp_path / "old.json"
    old.write_text("precious")
    for words in (["-x", "1o"], ["-x", "nan", "--non-finite", "error"], ["-x", "1", "--show", "q"]):
        assert cli(*words, *SEED, "-o", str(old)).code == 2
        assert old.read_text() == "precious"
    assert os.listdir(tmp_path) == ["old.json"]


def test_a_file_that_is_read_is_not_written(cli, tmp_path):
    """-o onto the input or the model is refused."""
    data = tmp_path / "x.csv"
    data.write_text("1\n2\n")
    screen = cli("-x", str(data), *SEED, "-o", str(data))

    assert (screen.code, data.read_text()) == (2, "1\n2\n")
    assert "this file is being read; write to another one" in screen.err


def test_links_modes_and_folders(cli, tmp_path):
    """A link keeps pointing; a mode stays; a folder or a missing one is an error."""
    target = tmp_path / "target.csv"
    target.write_text("old")
    target.chmod(0o640)
    link = tmp_path / "link.csv"
    link.symlink_to(target)

    assert cli("-x", "1", *SEED, "-o", str(link)).code == 0
    assert link.is_symlink()
    assert target.read_text().startswith("t,layer")
    assert target.stat().st_mode & 0o777 == 0o640
    (tmp_path / "d.csv").mkdir()
    assert cli("-x", "1", *SEED, "-o", str(tmp_path / "d.csv")).code == 2
    assert (
        "no such folder" in cli("-x", "1", *SEED, "-o", str(tmp_path / "no" / "r.csv")).err.lower()
    )


def test_a_full_disk():
    """/dev/full: exit code 2, one line, in every way of writing."""
    for words in (["-f", "table"], ["--json"], ["--csv"], ["-f", "npz"], ["--last"]):
        command = [sys.executable, "-m", "rnncalc", "-x", "1,2", *SEED, *words]
        with open("/dev/full", "w") as full:
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == 2
        assert done.stderr.decode() == "Error: cannot write the result: No space left on device\n"
    done = process("-x", "1,2", *SEED, "-f", "csv", "-o", "/dev/full")
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)


@pytest.mark.parametrize("form", ["table", "ndjson", "csv", "csv-wide", "json", "npz", "markdown"])
def test_a_closed_pipe_is_quiet(form):
    """``| head -1`` ends with 141 and not a word."""
    words = f"{sys.executable} -m rnncalc -x - --wx 1 --wh 1 -f {form} --steps all"
    script = f"seq 20000 | {words} | head -c 10 > /dev/null; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, env={**os.environ, **PLAIN})

    assert done.stderr == b""
    assert done.stdout == b"141\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals(tmp_path, number, code):
    """A signal ends a waiting run quietly, with its own exit code."""
    command = [sys.executable, "-m", "rnncalc", "-x", "-", *SEED, "-o", str(tmp_path / "r.csv")]
    heard = partial(
        signal.signal, number, signal.SIG_DFL
    )  # what runs behind a shell ignores SIGINT
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, preexec_fn=heard) as child:
        time.sleep(1.5)
        child.send_signal(number)
        assert child.wait(10) == code
        assert child.stderr.read() == b""
    assert os.listdir(tmp_path) == []


def test_stdin_is_read_once(cli):
    """A config and an input cannot both come from stdin."""
    screen = cli("-", "-x", "-", input=b"W_x: 1")

    assert "--x and the config both read stdin: only one can" in screen.err


def test_warnings_and_strict(cli):
    """A warning goes to stderr; --strict makes it exit code 1; --quiet hides it."""
    words = ["-x", "1,nan", *SEED, "--json"]

    assert cli(*words).err == "Warning: 1 of the results is NaN or infinite\n"
    assert (cli(*words).code, cli(*words, "--strict").code) == (0, 1)
    assert cli(*words, "--strict", "-q").err == ""
    assert cli(*words, "--strict", "-q").code == 1


def test_verbose(cli):
    """-v says how it was computed, on stderr."""
    assert cli("-x", "1,2", *SEED, "-v").err.startswith("Computed 2 timesteps in float64.\n")


def test_debug_shows_the_traceback(cli):
    """--debug adds the traceback of an error."""
    assert "Traceback" in cli("-x", "1o", *SEED, "--debug").err
    assert "Traceback" not in cli("-x", "1o", *SEED).err


@pytest.mark.parametrize(
    ("words", "env", "colored"),
    [
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"CLICOLOR_FORCE": "1"}, False),
        ([], {}, False),
        ([], {"CLICOLOR_FORCE": "1"}, True),
        ([], {"CLICOLOR_FORCE": "0"}, False),
        ([], {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
    ],
)
def test_colour_is_a_choice(cli, monkeypatch, words, env, colored):
    """The flag wins, then NO_COLOR, then the force, then the terminal; machines get none."""
    for name in ("NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    done = process("-x", "1", *SEED, *words, **env)

    assert (b"\x1b[" in done.stdout) == colored
    assert b"\x1b[" not in process("-x", "1", *SEED, *words, "--json", **env).stdout


def test_binary_is_not_for_terminals(cli, monkeypatch):
    """npy on a terminal is refused; the table is coloured there unless TERM is dumb."""
    from rnncalc.cli import output
    from rnncalc.cli.program import colorful
    from rnncalc.writers import FORMATS

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert colorful(sys.stdout)
    monkeypatch.setenv("TERM", "dumb")
    assert not colorful(sys.stdout)
    with pytest.raises(rnncalc.RnncalcError, match="npy is not for terminals"):
        output.OutputRequest(format="npy").form(FORMATS)


@pytest.mark.parametrize("encoding", ["ascii", "cp949"])
def test_other_encodings(encoding):
    """A console without Unicode gets the table in its own letters."""
    done = process("-x", "1", *SEED, PYTHONIOENCODING=encoding)

    assert done.returncode == 0
    assert "0.313069" in done.stdout.decode(encoding)


@pytest.mark.parametrize(("words", "own"), [(["example", "gru"], ".yaml"), (["schema"], ".json")])
def test_text_is_written_under_no_name_of_another_format(cli, tmp_path, words, own):
    """A config is YAML and a schema JSON: a file of another suffix would not be what it says."""
    refused = cli(*words, "-o", str(tmp_path / "net.csv"))

    assert refused.code == 2
    assert refused.err.endswith(f"net.csv: what is written is {own}, not .csv\n")
    assert cli(*words, "-o", str(tmp_path / f"net{own}")).code == 0
    assert [one.name for one in tmp_path.iterdir()] == [f"net{own}"]


@pytest.mark.parametrize("words", [["-x", "1,2", *SEED], ["--help"], ["example"], ["schema"]])
def test_python_with_warnings_as_errors_is_quiet(words):
    """``python -W error -m rnncalc``: nothing on stderr."""
    done = process(*words, python=("-W", "error"))

    assert (done.returncode, done.stderr) == (0, b"")


def test_huge_results_are_refused_before_they_are_computed(cli, tmp_path):
    """More than 10^8 numbers as JSON: use ndjson or npy."""
    words = ["-x", "1", *SEED, "--mode", "one-to-many", "--feedback", "x", "--timesteps"]
    screen = cli(*words, "200000000", "--json")

    assert (screen.code, screen.out) == (2, b"")
    assert "are too many for this format: use -f ndjson or -f npy" in screen.err


def test_names_from_files_are_safe(cli):
    """Control characters in a layer's name reach no terminal."""
    config = '{"W_x": 1, "W_h": 1, "x": 1, "name": "a\\u001b[31m\\u202e\\nb"}'
    for form in ("table", "markdown", "latex", "csv", "ndjson", "json"):
        screen = cli("-", "-f", form, input=config.encode())
        assert screen.code == 2
        assert "name 'a\\x1b[31m\\u202e\\nb': expected 1 to 200 printable" in screen.err


def test_a_mistake_of_ours_is_no_traceback(cli, monkeypatch):
    """What nobody thought of is one line that asks for a report."""

    def broken(*arguments: object, **settings: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr("rnncalc.running.recurrence.run", broken)
    assert main(["-x", "1", *SEED]) == 2


@pytest.mark.parametrize(
    ("redirection", "code", "expected"),
    [
        (">&-", 2, "Error: stdout is closed: there is nowhere to write to\n"),
        ("2>&-", 0, ""),
        ("<&- -x -", 2, "Error: --x: stdin: is closed\n"),
    ],
)
def test_closed_streams(redirection, code, expected):
    """A closed stdout or stdin is one line; a closed stderr leaves stdout alone."""
    words = f"-m rnncalc -x 1,nan --wx 1 --wh 1 --json -v {redirection}"
    done = subprocess.run(["bash", "-c", f"{sys.executable} {words}"], capture_output=True)

    assert (done.returncode, done.stderr.decode()) == (code, expected)
    assert code == 2 or json.loads(done.stdout)["non_finite"] == 1


def test_an_early_signal_is_quiet():
    """Whenever the interrupt comes: no traceback, 130."""
    for delay in (0.03, 0.06, 0.1, 0.15, 0.2, 0.3):
        command = [sys.executable, "-m", "rnncalc", "-x", "-", *SEED]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            time.sleep(delay)
            child.send_signal(signal.SIGTERM)
            assert child.wait(10) in (143, -signal.SIGTERM)
            assert child.stderr.read() == b""


def test_messages_are_clean_and_short(tmp_path):
    """Control characters in a key or a file's name are escaped, and long ones cut."""
    config = f'W_x: 1\n"\\e[31mred\\u202e": 1\n{"k" * 900}: 2\n'.encode()
    done = process("-", input=config)

    assert b"\x1b" not in done.stderr
    assert done.stderr.startswith(b"Error: stdin:2:1: \\x1b[31mred\\u202e: there is no such key")
    np.savez(tmp_path / "m.npz", **{f"a{i}": [1.0] for i in range(3000)})
    assert len(process("-x", str(tmp_path / "m.npz"), *SEED).stderr) < 500


def test_output_to_stdout_and_devices(cli, tmp_path):
    """``-o -`` and ``-o /dev/stdout`` are stdout; stdin's own file is not overwritten."""
    assert cli("-x", "1", *SEED, "--csv", "-o", "-").text.startswith("t,layer")
    piped = process("-x", "1", *SEED, "--csv", "-o", "/dev/stdout")
    assert piped.stdout.startswith(b"t,layer")
    data = tmp_path / "in.csv"
    data.write_text("1\n2\n")
    command = [sys.executable, "-m", "rnncalc", "-x", "-", *SEED, "-o", str(data)]
    with data.open() as stdin:
        assert subprocess.run(command, stdin=stdin, capture_output=True).returncode == 2
    assert data.read_text() == "1\n2\n"
    assert "'=z.json' is not a file's name" in cli("-x", "1", *SEED, "-o=z.json").err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-b=1"], "--bias=1 is the long spelling; -b takes its value without '='"),
        (["--last", "--steps", "1"], "For others: --show NAMES --steps -1, without --last"),
        (["--show", "h,,a"], "has an empty name"),
        (["--show", "all,foo"], "there is no foo here"),
        (["-x", "1,", "2"], "A value with blanks in it is one word in quotes: '1 2 3'"),
        (["-x", "[1,", "2]"], "A value with blanks in it is one word in quotes: '1 2 3'"),
        (["-x", "1", *SEED, "-h0", "1"], "No such option '-h0'. Did you mean --h0?"),
        (["-d", "00175"], "'00175' is not one of: 1 to 17, .1 to .17, full, hex"),
        (["-a", "leaky_relu:alpha=nan"], "alpha is nan, expected a finite number"),
        (["-a", "elu:alpha=1:alpha=2"], "gives a parameter twice"),
        (["-a", "elu:alpha=1_0"], "alpha: '1_0' has an underscore"),
        (["--feedback", "x"], "feedback is for mode one-to-many"),
        (["-x", "0x1p-2000"], "is too small for float64"),
        (["-c", ""], "'' is not a file's name"),
        (["--steps", "9", "--csv"], "--steps '9': there are steps 1 to 2"),
        (["--steps", "2:1"], "there are steps 1 to 2; from 2 to 1 is none, write 1:2"),
        (["--units", "x"], "--units: 'x' is neither a number nor A:B nor all"),
        (["--threads", "two"], "--threads: 'two' where a whole number (1 to 256) was expected"),
        (["--seed", "-1"], "--seed: -1 where a whole number (0 or more) was expected"),
    ],
)
def test_more_that_is_refused(cli, words, message):
    """Each with its sentence, and nothing on stdout."""
    screen = cli("-x", "1,2", *SEED, *words)

    assert (screen.code, screen.out) == (2, b"")
    assert message in screen.err


def test_powershell_is_named_where_it_is(cli, monkeypatch):
    """It alone splits 1,2,3; elsewhere blanks were meant to be in quotes."""
    words = ["-x", "1", "2", "--wx", "1", "--wh", "1"]
    monkeypatch.delenv("PSModulePath", raising=False)
    assert "one word in quotes" in cli(*words).err
    monkeypatch.setenv("PSModulePath", "modules")
    assert "PowerShell splits 1,2,3 into words" in cli(*words).err


def test_sequences_of_unequal_length_come_by_x(cli):
    """As they are written; a graph takes them, too."""
    graph = b"layers: [{W_x: 0.5, W_h: 2, input: x}]\noutput: {W_y: 3}\n"
    x = ("-x", "[[[1],[2]],[[3]]]")

    assert json.loads(cli("-x", x[1], *SEED, "--json").out)["h"][1][1] == [0]
    assert json.loads(cli("-", *x, "--json", input=graph).out)["h"][1][1] == [0]
