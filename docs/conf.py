"""The site: these pages as HTML. ``python -m sphinx -W docs site`` builds it (extra ``docs``)."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from pygments.lexer import RegexLexer
from pygments.lexers.special import TextLexer
from pygments.token import Generic, Text
from sphinx.util.inspect import TypeAliasForwardRef

import rnncalc

project = "rnncalc"
author = "The rnncalc maintainers"
version = release = rnncalc.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
nitpicky = True
nitpick_ignore_regex = [("py:class", ".*")]  # types of other packages and of inner rooms: no page
myst_heading_anchors = 4
myst_fence_as_directive = ["math"]
myst_enable_extensions = ["dollarmath"]
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "description"
autodoc_type_aliases = {"npt.ArrayLike": "ArrayLike"}
TypeAliasForwardRef.__repr__ = lambda self: self.name  # in unions Sphinx prints it as it is
napoleon_use_ivar = True

html_theme = "furo"
html_title = "rnncalc"
html_copy_source = False
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"

ELSEWHERE = {"../CONTRIBUTING.md": "contributing.md", "../README.md": "index.md"}
"""What lies beside the folder of the pages, as a page of the site."""


class Console(RegexLexer):
    """What is typed, behind its prompt, and what is printed: numbers and words have no colours."""

    tokens = {"root": [(r"^\$ ", Generic.Prompt), (r".+|\n", Text)]}  # noqa: RUF012


def setup(app: Any) -> None:
    """Sphinx calls this: links that lead out of the folder, and mathematics that asks no server."""
    app.connect("source-read", _inside)
    app.connect("autodoc-process-docstring", _sentence, priority=400)  # before napoleon
    app.add_lexer("csv", TextLexer)
    app.add_lexer("console", Console)
    app.add_html_math_renderer("mathml", (_math, None), (_math, None))


def _inside(app: Any, name: str, source: list[str]) -> None:
    for path, page in ELSEWHERE.items():
        source[0] = source[0].replace(f"]({path}", f"]({page}")


def _sentence(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """A property's sentence with a colon in it is no type: napoleon looks at the first line."""
    if what in ("property", "attribute"):
        lines[:0] = ["..", ""]


def _math(writer: Any, node: Any) -> None:
    block = isinstance(node, nodes.math_block)
    writer.body.append(tex2mathml(node.astext(), as_block=block))
    raise nodes.SkipNode
