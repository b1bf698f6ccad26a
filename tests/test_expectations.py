"""docs/expectations.md: every line of its tables is run, and does what the line says.

As the page says: all in one folder, so that no line finds what another left behind.
"""

from __future__ import annotations

import re

import pytest
from conftest import ROOT
from replay import missing_tool, replay
from test_docs import BLOCK, with_models

import rnncalc

PAGE = (ROOT / "docs" / "expectations.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\| (\d+) \| (.*?) \| `(.*)` \| (.*?) \|$", PAGE, re.MULTILINE)


def test_there_are_57_lines():
    """They count from 1 to the number that the page opens with."""
    assert [int(number) for number, *_ in LINES] == list(range(1, 58))
    assert PAGE.count("\n57 things ") == 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files that the page names."""
    one = with_models(tmp_path_factory.mktemp("page"))
    for _, name, body in BLOCK.findall(PAGE):
        (one / name).write_text(body, encoding="utf-8")
    return one


@pytest.mark.parametrize(("command", "answer"), [line[2:] for line in LINES], ids=range(1, 58))
def test_what_a_newcomer_expects(command, answer, folder, monkeypatch):
    """The line prints every word that stands as code in its answer, and ends as it says."""
    monkeypatch.chdir(folder)
    said, code = ended(command.replace(r"\|", "|"), folder)
    told = re.search(r"exit code (\d+)", answer)

    assert code == int(told[1] if told else 0), said
    assert answer.startswith("nothing") == (not said.strip())
    printed, _, _ = answer.partition("; exit code")
    for words in re.findall(r"`([^`]+)`", printed):
        assert words in " ".join(said.split()), said


def ended(command, folder):
    """What a line prints, and its exit code; of Python, what it gives."""
    if command.startswith(">>> "):
        return str(eval(command[4:], {"rnncalc": rnncalc})), 0
    if tool := missing_tool(command):
        pytest.skip(f"{tool} is not installed")
    done = [replay(one, folder, whole=False, merged=True) for one in command.split("; ")]
    return "".join(one.stdout for one in done), done[-1].returncode
