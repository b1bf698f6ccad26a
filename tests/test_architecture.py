"""The structure of design.md: who imports whom, what start-up loads, what is documented."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, SEED, existing

from rnncalc.cli.commands import group

PACKAGE = ROOT / "rnncalc"
FLOORS = (
    {"errors", "bounds", "array", "data", "files", "faces"},
    {"containers", "numbers"},
    {"equations"},
    {"model"},
    {"conventions"},
    {"config"},
    {"readers"},
    {"trace"},
    {"running"},
    {"explaining"},
    {"inspecting", "converting"},
    {"checking"},
    {"pictures"},
    {"writers"},
    {"many"},
    {"cli", "cluster", "testing", "insight", "__init__", "__main__"},
)
"""The rooms from the ground up: each stands on those below it, and on those beside it."""


def room(module: str) -> str:
    """The room of a module: ``config`` of ``rnncalc.config.keys``."""
    return module.split(".")[1] if "." in module else "__init__"


def floor(module: str) -> int:
    """How high a module stands."""
    return next(i for i, rooms in enumerate(FLOORS) if room(module) in rooms)


MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in existing("**/*.py", PACKAGE)
}


def imports(name: str) -> set[str]:
    """The modules of rnncalc that a module imports, anywhere in it, but for types alone."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.ImportFrom) and room(f"{node.module}.") and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & {*MODULES}) or {node.module}
    return found & {*MODULES} - {"rnncalc", name}


IMPORTS = {name: imports(name) for name in MODULES}


def test_the_map_has_every_room():
    """The table of design.md is the floors that the architecture is held to."""
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    rows = [row.split("|") for row in re.findall(r"^\| (\d+ \| .*?) \|$", text, re.MULTILINE)]
    rooms = [{*re.findall(r"`(\w+)(?:\.py|/)`", names)} for _, names in rows]

    assert [int(floor) for floor, _ in rows] == [*range(len(FLOORS))]
    assert rooms[:-1] == [*FLOORS[:-1]]
    assert rooms[-1] <= FLOORS[-1]


@pytest.mark.parametrize("name", MODULES)
def test_no_import_runs_up(name):
    """Text or file -> Model -> run -> Trace -> text: a room stands on the floors below it."""
    assert {other for other in IMPORTS[name] if floor(other) > floor(name)} == set()


@pytest.mark.parametrize("name", MODULES)
def test_no_two_files_import_each_other(name):
    """Not even inside of functions."""
    assert {other for other in IMPORTS[name] if name in IMPORTS[other]} == set()


@pytest.mark.parametrize("path", existing("**/*.py", PACKAGE), ids=lambda p: p.name)
def test_a_file_opens_by_saying_what_lives_in_it(path):
    """Every module and every public function and class has a docstring."""
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    if path.parent.name in ("cli", "equations") or path.name == "curves.py":
        return
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def test_functions_stay_short():
    """No function beyond 30 lines."""
    for path in existing("**/*.py", PACKAGE):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                body = node.body[ast.get_docstring(node) is not None :]
                length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                assert length <= 36, f"{path}: {node.name}"


def modules(*words: str, stdin: bytes = b"") -> set[str]:
    """The modules that a command has imported when it ends, in a fresh process."""
    code = (
        "import sys, json; from rnncalc.cli import main; main(json.loads(sys.argv[1]));"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, json.dumps(words)]
    done = subprocess.run(command, input=stdin, capture_output=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


def loaded(*words: str, stdin: bytes = b"") -> set[str]:
    """The packages of these modules."""
    return {name.partition(".")[0] for name in modules(*words, stdin=stdin)}


HEAVY = {"numpy", "rich", "yaml", "msgspec", "orjson", "pandas", "h5py", "onnx", "torch"}
HEAVY |= {"matplotlib"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--help"], set()),
        (["run", "--help"], set()),
        (["--version"], set()),
        (["example"], set()),
        (["completion", "zsh"], set()),
        (["-x", "1,2", *SEED, "--json"], {"numpy", "orjson"}),
        (["-x", "1,2", *SEED, "--csv"], {"numpy", "orjson"}),
        (["-x", "1,2", *SEED], {"numpy"}),
        (["-x", "1,2", *SEED, "--color", "always"], {"numpy"}),
    ],
    ids=lambda words: " ".join(sorted(words) if isinstance(words, set) else words),
)
def test_start_up_loads_what_is_needed(words, expected):
    """Help needs no NumPy, a table no Rich, a call without YAML no yaml."""
    assert loaded(*words) & HEAVY == expected


@pytest.mark.parametrize(
    ("words", "own", "every"),
    [
        (["--help"], 15, 140),
        (["--version"], 15, 135),
        (["-x", "1,2", *SEED, "--json"], 90, 315),
        (["-x", "1,2", *SEED], 95, 320),
    ],
    ids=["help", "version", "json", "table"],
)
def test_start_up_loads_few_modules(words, own, every):
    """Of rnncalc and in all; of NumPy nothing that ``import numpy`` does not load."""
    found = modules(*words)
    ours = {name for name in found if name.partition(".")[0] == "rnncalc"}

    assert len(ours) <= own, sorted(ours)
    assert len(found) <= every, sorted(found)
    assert found & {"numpy.ma", "numpy.typing", "numpy.random"} == set()
    assert not any(name.startswith(UNNEEDED) for name in ours)


UNNEEDED = tuple(f"rnncalc.{name}" for name in ("conventions", "readers", "config.settings"))
"""What a network of flags has no need of: a file's names, a file, ``--set``."""


def test_methods_of_plain_data_are_not_made_of_text():
    """Every dataclass is of ``rnncalc.data``: the standard library compiles five methods each."""
    texts = {name: path.read_text() for name, path in MODULES.items()}
    theirs = [name for name, text in texts.items() if "from dataclasses import dataclass" in text]

    assert theirs == ["rnncalc.data"]
    assert sum("rnncalc.data import dataclass" in text for text in texts.values()) > 50


def test_annotations_of_what_starts_are_not_compiled():
    """Every named tuple that flags load is of ``rnncalc.data``; typing compiles each annotation."""
    texts = {name: MODULES[name].read_text() for name in modules("-x", "1,2", *SEED) & {*MODULES}}
    theirs = [name for name, text in texts.items() if re.search("typing import.*NamedTup", text)]

    assert theirs == ["rnncalc.data"]
    assert sum("rnncalc.data import NamedTuple" in text for text in texts.values()) > 10


def test_a_config_loads_the_reader():
    """YAML is there when a config is read."""
    config = b"{W_x: 1, W_h: 1, x: 1}"

    assert loaded("-", "--json", stdin=config) & HEAVY == {"numpy", "yaml", "msgspec", "orjson"}


def test_nothing_in_the_working_folder_is_imported(tmp_path):
    """A yaml.py beside the data is not the library (the installed command)."""
    (tmp_path / "yaml.py").write_text("raise SystemExit('imported')")
    command = [Path(sys.executable).parent / "rnncalc", "-", "--json"]
    config = b"{W_x: 1, W_h: 1, x: 1}"
    done = subprocess.run(command, input=config, capture_output=True, cwd=tmp_path)

    assert done.returncode == 0


def test_every_command_and_option_is_documented():
    """docs/commands.md or the page of options names each command and each option."""
    text = "".join((ROOT / "docs" / f"{page}.md").read_text() for page in ("commands", "options"))
    context = group.make_context("rnncalc", ["--help"], resilient_parsing=True)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert f"rnncalc {name}" in text
        for parameter in command.params:
            for option in parameter.opts:
                assert option.startswith("-") <= (f"`{option}`" in text or f"{option}" in text), (
                    option
                )


def test_every_public_name_is_there():
    """import rnncalc gives what its __all__ says, and nothing else by accident."""
    import rnncalc

    for name in rnncalc.__all__:
        assert getattr(rnncalc, name).__doc__
    assert set(rnncalc.__all__) <= set(dir(rnncalc))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        rnncalc.nothing  # noqa: B018
