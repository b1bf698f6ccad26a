"""The pictures of the docs are what the commands beside them draw."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT
from replay import UPDATE, replay
from svg_texts import texts

PAGE = (ROOT / "docs" / "pictures.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (rnncalc (?:plot|check) .*? (\S+)\.svg\b.*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("command", "name"), COMMANDS, ids=[name for _, name in COMMANDS])
def test_a_picture_of_the_docs_is_what_its_command_draws(command, name, tmp_path):
    """Its texts, at least: where lines lie is matplotlib's business, and changes with it."""
    pytest.importorskip("matplotlib")
    for example in re.findall(r"(\w+)\.yaml", command):
        shown = replay(f"rnncalc example {example}", tmp_path, whole=False).stdout
        (tmp_path / f"{example}.yaml").write_text(shown)
    done = replay(command.partition(" > ")[0], tmp_path, whole=False)
    assert done.stderr == ""
    drawn = (tmp_path / f"{name}.svg").read_bytes()
    kept = ROOT / "docs" / "pictures" / f"{name}.svg"
    if UPDATE:
        kept.write_bytes(drawn)

    assert texts(drawn) == texts(kept.read_bytes())


def test_every_picture_of_the_docs_has_its_command():
    """None is left behind."""
    there = {path.stem for path in (ROOT / "docs" / "pictures").glob("*.svg")}

    assert there == {name for _, name in COMMANDS}
