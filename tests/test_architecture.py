"""The structure of design.md: who imports whom, what start-up loads, what is documented."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, SEED

from rnncalc.cli.commands import group

PACKAGE = ROOT / "rnncalc"
BOTTOM = {"bounds", "errors", "origin", "curves", "known", "activations", "cells", "term", "digits"}

PARTS = {"chain", "prelu", "stateless", "settling", "shapes"}

MAY_IMPORT = {
    "bounds": set(),
    "errors": set(),
    "leftovers": set(),
    "term": {"activations", "cells"},
    "digits": {"errors"},
    "array": {"errors"},
    "curves": set(),
    "known": {"curves"},
    "activations": {"known", "curves", "digits", "errors"},
    "cells": set(),
    "descriptors": set(),
    "successor": {"leftovers"},
    "files": {"bounds", "successor", "descriptors", "errors"},
    "archive": {"bounds", "files", "errors"},
    "npy": {"archive", "rows", "files", "activations", "errors"},
    "rows": {"bounds", "files", "digits", "activations", "errors"},
    "source": {"rows", "values", "npy", "files", "activations"},
    "values": {"rows", "files", "npy", "digits", "activations", "errors"},
    "shapes": {"array", "activations", "errors"},
    "settling": {"errors"},
    "stateless": {"settling", "shapes", "activations", "cells", "errors"},
    "prelu": {"stateless", "settling", "shapes", "activations", "cells"},
    "chain": {"stateless", "errors"},
    "layer": {"chain", "stateless", "settling", "shapes", "activations", "cells", "errors"},
    "origin": {"activations"},
    "model": {"origin", "layer", *PARTS, "activations", "cells", "errors"},
    "quantity": {"activations"},
    "preview": {"digits", "trace"},  # its type
    "traced": {"activations", "errors"},
    "trace": {"layer", "model", "quantity", "preview", "traced", *BOTTOM},
    "precision": {"model", "activations"},
    "inputs": {"layer", "model", "shapes", *BOTTOM},
    "kernels": {"activations", "cells"},
    "conventions": {"shapes", "model", *BOTTOM},
    "applied": {"chain", "stateless", "inputs", "precision", "model", *BOTTOM},
    "passes": {"applied", "layer", "inputs", "precision", "model", "kernels", *BOTTOM},
    "recurrence": {
        *("passes", "settling", "layer", "inputs", "precision", "model", "kernels", "trace"),
        *BOTTOM,
    },
    "formulas": {"chain", "stateless", "layer", "model", *BOTTOM},
    "arithmetic": {"term", "activations", "digits"},
    "explanation": {"trace", "insight", *BOTTOM},
    "lines": {"explanation", "arithmetic", "formulas", "layer", "model", "trace", *BOTTOM},
    "stateless_lines": {
        *("applied", "inputs", "precision", "stateless", "model"),
        *("lines", "explanation", "arithmetic", "formulas", *BOTTOM),
    },
    "telling": {
        "insight",
        "stateless_lines",
        "stateless",
        "chain",
        "inputs",
        "precision",
        "lines",
        "explanation",
        "arithmetic",
        "formulas",
        "layer",
        "model",
        "trace",
        *BOTTOM,
    },
    "slopes": {"known", "activations"},
    "dual": {"slopes", "activations", "cells"},
    "insight": {"dual", "slopes", "kernels", "formulas", "arithmetic", "layer", "trace", *BOTTOM},
    "documents": {"schema", "layouts", "diagnosis"},  # its table of causes
    "schema": {"stateless", "layer", "model", "conventions", "cells"},
    "readers": {
        "array",
        "leftovers",
        "archive",
        "expected",
        "settling",
        "stateless",
        "prelu",
        "shapes",
        "source",
        "conventions",
        "layer",
        "values",
        "rows",
        "files",
        "npy",
        "model",
        "schema",
        *BOTTOM,
    },
    "writers": {
        "checked",
        "comparison",
        "divergence",
        "inspected",
        "stateless",
        "quantity",
        "layer",
        "trace",
        "formulas",
        "explanation",
        "insight",
        "model",
        "files",
        *BOTTOM,
    },
    "inspected": {"conventions", "model", *BOTTOM},
    "inspection": {"inspected", "readers", "conventions", "layer", "model", "files", *BOTTOM},
    "converting": {
        *("recurrence", "readers", "conventions", "inputs", "trace", "chain", "stateless", "prelu"),
        *("settling", "layer", "model", "files", "successor", "leftovers", *BOTTOM),
    },
    "frameworks": {
        *("converting", "readers", "conventions", "expected", "layouts", "layer", "model", "files"),
        *("leftovers", "activations", "cells", "errors"),
    },
    "expected": {"activations", "errors"},
    "layouts": {"trace", "activations", "errors"},
    "divergence": {"expected", "layouts", "trace", "activations"},
    "comparison": {"divergence", "expected", "layouts", "trace", "activations", "errors"},
    "checked": {"comparison", "model", "trace", "writers"},  # what it prints
    "diagnosis": {
        *("checked", "comparison", "divergence", "expected", "layouts", "recurrence"),
        *("conventions", "settling", "stateless", "layer", "model", "trace", *BOTTOM),
    },
    "checking": {
        *("diagnosis", "checked", "comparison", "expected", "layouts"),
        *("frameworks", "readers", "recurrence", "settling", "model", "trace", "array", "errors"),
    },
    "testing": {"checking", "expected", "model", "trace"},
    "__main__": {"cli"},
}
"""Row by row of design.md; ``cli`` may import everything, and nothing imports ``cli``."""


def room(path: Path) -> str:
    """The row or file of the tree that a module belongs to."""
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def imported(path: Path) -> set[str]:
    """The rooms that a module imports from, anywhere in it."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rnncalc"):
            parts = (node.module or "").split(".")
            rooms |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            rooms |= {name[1] for name in names if name[0] == "rnncalc" and len(name) > 1}
    return rooms - {"__version__"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.name)
def test_imports_go_one_way(path):
    """Text or file -> Model -> run -> Trace -> text; no room imports from one further down."""
    here = room(path)
    if here not in ("cli", "__init__"):
        assert imported(path) - {here} <= MAY_IMPORT[here]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.name)
def test_a_file_opens_by_saying_what_lives_in_it(path):
    """Every module and every public function and class has a docstring."""
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    if path.parent.name in ("cli", "cells") or path.name == "curves.py":
        return
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def test_files_and_functions_stay_short():
    """No file beyond 300 lines, no function beyond 30."""
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        assert len(text.splitlines()) <= 300, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                body = node.body[ast.get_docstring(node) is not None :]
                length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                assert length <= 36, f"{path}: {node.name}"


def loaded(*words: str, stdin: bytes = b"") -> set[str]:
    """The packages that a command has imported when it ends, in a fresh process."""
    code = (
        "import sys, json; from rnncalc.cli import main; main(json.loads(sys.argv[1]));"
        "print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})), file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, json.dumps(words)]
    done = subprocess.run(command, input=stdin, capture_output=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


HEAVY = {"numpy", "rich", "yaml", "msgspec", "orjson", "pandas", "h5py", "onnx", "torch"}


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
        (["-x", "1,2", *SEED], {"numpy", "rich"}),
    ],
    ids=lambda words: " ".join(sorted(words) if isinstance(words, set) else words),
)
def test_start_up_loads_what_is_needed(words, expected):
    """Help needs no NumPy, JSON no Rich, a call without YAML no yaml."""
    assert loaded(*words) & HEAVY == expected


def test_a_config_loads_the_reader():
    """YAML is there when a config is read, and Rich only for the table."""
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
    """docs/commands.md names each command and each option."""
    text = (ROOT / "docs" / "commands.md").read_text()
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
