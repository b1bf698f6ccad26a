"""README and docs: every console block is replayed, every Python session run, every link followed.

The console blocks are replayed twice: soon, and in .ci/run with a process for each command.

A block ``yaml NAME`` is a file of that name for the blocks behind it. Blocks of one page share a
folder, in which the files of ``docs/models`` lie.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, existing
from printed import ACROSS, PRINTED, printed
from replay import SHELLS, UPDATE, missing_tool, replay

from rnncalc.conventions import CONVENTIONS
from rnncalc.equations import CELLS
from rnncalc.model.shapes import axes_of

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *existing("docs/**/*.md")]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(
    r"""\]\(([^)\s]+)\)|\b(?:src|srcset)="([^"]+)"|^```\{image\} (\S+)""", re.MULTILINE
)


def replayed(kind: str, name: str | None, body: str, folder: Path, whole: bool) -> str:
    """The block as it is now."""
    if name:
        (folder / name).write_text(body, encoding="utf-8")
    if kind != "console":
        return body
    parts = re.split(r"^(?=\$ )", body, flags=re.MULTILINE)
    return "".join(one_command(part, folder, whole) for part in parts)


def one_command(part: str, folder: Path, whole: bool) -> str:
    command, _, _ = part.partition("\n")
    if not command.startswith("$ ") or missing_tool(command):
        return part
    done = replay(command[2:], folder, whole=whole, merged=True)
    return f"{command}\n{done.stdout}"


def with_models(folder: Path) -> Path:
    """The folder with the model files that the pages open."""
    for model in (ROOT / "docs" / "models").iterdir():
        shutil.copy(model, folder)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
@pytest.mark.parametrize("whole", SHELLS, ids=lambda whole: "shell" if whole else "soon")
def test_console_blocks_and_python_sessions(whole, page, tmp_path, monkeypatch):
    """What the page prints is what the commands print, and what Python prints."""
    with_models(tmp_path)
    text = page.read_text(encoding="utf-8")

    def again(match: re.Match[str]) -> str:
        kind, name, body = match.groups()
        head = f"{kind} {name}" if name else kind
        return f"```{head}\n{replayed(kind, name, body, tmp_path, whole)}```"

    now = BLOCK.sub(again, text)
    if UPDATE:
        page.write_text(now, encoding="utf-8")
        return

    assert now == text
    monkeypatch.chdir(tmp_path)
    assert session(text, page) == ""


def session(text: str, page: Path) -> str:
    """What does not go as the page says when its Python is run, in the folder of its files."""
    python = "\n".join(body for kind, _, body in BLOCK.findall(text) if kind == "pycon")
    examples = doctest.DocTestParser().get_doctest(python, {}, page.name, str(page), 0)
    report: list[str] = []
    doctest.DocTestRunner().run(examples, out=report.append)
    return "".join(report)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_printed_from_tables(page):
    """Equations and conventions on the page are what the code's own tables print."""
    text = page.read_text(encoding="utf-8")
    now = PRINTED.sub(lambda match: match[1] + printed(match[2], match[3]) + match[5], text)
    if UPDATE:
        page.write_text(now, encoding="utf-8")
        return

    assert now == text


def test_the_pages_of_equations_and_conventions_are_whole():
    """Every cell, option and optional weight, every framework; letters with their shapes."""
    equations = (ROOT / "docs" / "equations.md").read_text(encoding="utf-8")
    asked = " ".join(match[3] for match in PRINTED.finditer(equations))
    options = [option for cell in CELLS.values() for option in cell.options]
    for word in (
        *CELLS,
        *options,
        "clip",
        "output",
        "P",
        "W_r",
        "bias_h",
        "normalization",
        "flatten",
        *ACROSS,
    ):
        assert re.search(rf"\b{word}\b", asked), word
    conventions = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    kinds = {(match[2], match[3].strip()) for match in PRINTED.finditer(conventions)}
    tables = {("conventions", ""), ("functions", "")}
    assert kinds == tables | {("convention", name) for name in CONVENTIONS}
    for letter, shape in re.findall(r"^\| `(\w+)` \| \((.*?)\) \|", equations, re.MULTILINE):
        known = {"b_y": "output.bias", "W_y": "output.W_y", "h_t": "h0", "c_t": "c0"}.get(
            letter, letter
        )
        assert letter == "x_t" or ", ".join(axes_of(known, {})) == shape


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: str(page.relative_to(ROOT))
)
def test_links(page):
    """Every relative link and picture leads to a file of the project, and to a heading in it."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for link in (target for one in LINK.findall(text) for target in one if target):
        path, _, heading = link.partition("#")
        to = page.parent / path if path else page
        assert link.startswith("http") or to.exists(), link
        assert not heading or link.startswith("http") or heading in anchors(to), link


def anchors(page: Path) -> set[str]:
    """What links call the headings of a page, as GitHub and the site do."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    titles = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", "\n".join(re.findall(r"^#+ (.+)$", text, re.M)))
    names = re.sub(r"[^\w\n -]", "", titles.lower()).replace(" ", "-").splitlines()
    return {f"{name}-{n}" if (n := names[:i].count(name)) else name for i, name in enumerate(names)}


def test_the_package_docstring():
    """The session in ``rnncalc.__doc__`` is true."""
    import rnncalc

    assert doctest.testmod(rnncalc).failed == 0


def test_every_number_of_the_tutorial_is_computed():
    """Numbers of four decimals and more in its prose stand in what its commands print."""
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    printed = " ".join(
        body for kind, _, body in BLOCK.findall(text) if kind in ("console", "pycon")
    )
    prose = BLOCK.sub("", text)
    numbers = set(re.findall(r"\d+\.\d{4,}(?:e-\d+)?|\d\.\d+e-\d+", prose))

    assert len(numbers) >= 8
    assert {number for number in numbers if number not in printed} == set()


def test_no_page_names_a_machine():
    """No absolute paths of anybody's machine in what we publish."""
    for path in [*PAGES, *existing("**/*.py"), ROOT / "pyproject.toml"]:
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts):
            assert f"{os.sep}root{os.sep}" not in path.read_text(encoding="utf-8"), path
