"""What is released: one version, what an index shows, which Pythons and which dependencies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT, existing
from index_page import LINK, address, index_page
from replay import UPDATE

import rnncalc

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHONS = re.findall(r":: (3\.\d+)\"", PYPROJECT)


def test_the_page_of_an_index_is_made_of_the_readme():
    """PACKAGE.md is the README as an index shows it, and is what pyproject.toml names."""
    now, path = index_page(README, address(PYPROJECT)), ROOT / "PACKAGE.md"
    if UPDATE:
        path.write_text(now, encoding="utf-8")
        return

    assert path.read_text(encoding="utf-8") == now
    assert 'readme = "PACKAGE.md"' in PYPROJECT


@pytest.mark.parametrize("source", [None, "https://example.org/rnncalc"])
def test_no_link_of_it_leads_beside_the_page(source):
    """With and without an address; no page is lost, and no picture is asked of the index."""
    page = index_page(README, source)

    assert not LINK.search(page)
    assert not re.search(r"<(picture|img|source)", page)
    for _, target in LINK.findall(README):
        assert (f"(`{target}`)" if source is None else f"]({source}/blob/HEAD/{target})") in page
    assert (f"({source}/raw/HEAD/docs/pictures/unrolled.svg)" in page) is (source is not None)


@pytest.mark.parametrize(
    "line", ["", 'Source = "https://example.org/r"', 'Source = "https://example.org/r/"']
)
def test_the_address_is_that_of_pyproject(line):
    """As long as it names none, there is none."""
    assert address(f"[project.urls]\n{line}\n") == ("https://example.org/r" if line else None)


def test_the_version_stands_in_one_place():
    """The package has it; the changelog's newest heading is it, or what comes next."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## (.*)$", changelog, re.MULTILINE)

    assert first
    assert first[1] in ("Unreleased", rnncalc.__version__)
    assert 'dynamic = ["version", "description"]' in PYPROJECT
    elsewhere = [
        path.name
        for path in existing("**/*.py", Path(rnncalc.__file__).parent)
        if f'"{rnncalc.__version__}"' in path.read_text(encoding="utf-8")
    ]
    assert elsewhere == ["__init__.py"]


def test_the_pythons_are_those_that_are_tested():
    """Those of the classifiers, from the oldest allowed on, in .ci/pythons and in the workflow."""
    ran = (ROOT / ".ci" / "pythons").read_text(encoding="utf-8")
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")

    assert f'requires-python = ">={PYTHONS[0]}"' in PYPROJECT
    assert f"pythons=({' '.join(PYTHONS)})" in ran
    assert "python: [{}]".format(", ".join(f'"{one}"' for one in PYTHONS)) in workflow


def test_a_dependency_has_one_bound():
    """Of one that stands in several extras, each says the same oldest version."""
    bounds: dict[str, set[str]] = {}
    for name, bound in re.findall(r'"([\w-]+)(?:\[\w+\])? (>=[\d.]+)', PYPROJECT):
        bounds.setdefault(name, set()).add(bound)

    assert len(bounds) > 20
    assert [name for name, found in bounds.items() if len(found) > 1] == []
