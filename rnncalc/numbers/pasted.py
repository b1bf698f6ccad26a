"""Arrays as frameworks print them, pasted: ``tensor([...])``, with or without commas.

What stands around the numbers (names, ``dtype=``, ``device=``, ``grad_fn=``) is taken away, a shape
that is told must be that of the numbers, and a print that was cut is refused. ``nested`` gives the
numbers as texts in lists; what they mean is the business of ``values.py``.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any, NoReturn

from rnncalc.bounds import MOST_AXES
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, ShapeError, quoted

CALLS = (
    r"tensor|Tensor|array|asarray|Array|DeviceArray|Parameter|b?float16|float32|float64|u?int\d+"
)
CALL = rf"\b(?:\w+\.){{0,3}}(?:{CALLS})\(\s*(?:,\s*)*([^()]*?)\)"
"""What prints and scripts put around numbers, without another of its kind in it."""

BEGIN = rf"\[|Parameter containing:|<[A-Za-z][\w.]+|Out\[\d+\]:|\(?(?:\w+\.){{0,3}}(?:{CALLS})\("
"""How a print begins, and no number or name of a column."""

IN_FRONT = r"Out\[\d+\]:\s*|Parameter containing:\s*"
"""What stands in front of a print: IPython's prompt, PyTorch's word."""

WORD = r"'[^'\n]*'|<[^<>]*>|\([^()]*\)|\[[\d\s,]*\]|[\w.:/]+(?:\([^()]*\))?"
KEYED = rf"\b(?!numpy=|value=)(\w+)=({WORD})\s*,?"
"""What a print says besides: ``dtype=float32``, ``grad_fn=<AddBackward0>``."""

CONTENT = r"\b(?:numpy|value)="
ANGLE = r"<[\w.]+:?(?:\s*'[^'\n]*')?"
"""How ``<tf.Tensor: ...>`` and ``<Variable ...>`` begin."""

SHAPES = ("shape", "size")
PIECE = r"[\[\],;]|[^\s\[\],;]+"
CUT = r"\.{3}|\u2026"
DEEPEST = 4
"""So many calls stand within each other at most: ``array([np.float32(1)])``."""


def begins(text: str) -> bool:
    """Whether a text begins as a print or a list does."""
    start = text.lstrip()
    # most texts are numbers, for which no pattern need be compiled
    return start[:1] not in tuple("-+.0123456789") and bool(re.match(BEGIN, start))


def nested(text: str) -> Any:
    """The numbers of a print as texts, in lists as its brackets say; of several lists, their list.

    Errors: RnncalcError for a print that was cut, and what is no list; ShapeError where it does
        not have the shape that it tells.
    """
    bare, shapes = _bare(text)
    if any(map(is_cut, re.findall(PIECE, bare))):
        raise RnncalcError(cut(text))
    found = _Lists().read(bare)
    if not found:
        raise RnncalcError(f"no numbers in {quoted(text)}")
    if len(found) == 1:
        _refuse_other_shape(found[0], shapes)
        return found[0]
    lists = [one for one in found if isinstance(one, list)]
    if len(lists) < len(found) or any(isinstance(part, list) for one in lists for part in one):
        _refuse_others(found, lists)
    return found


def _refuse_others(found: list[Any], lists: list[Any]) -> NoReturn:
    """Rows may stand one behind the other, as a loop prints them; nothing else may."""
    if len(lists) > 1:
        raise RnncalcError(f"{len(lists)} arrays, one behind the other: give one of them")
    beside = next(one for one in found if not isinstance(one, list))
    raise RnncalcError(f"{quoted(beside, 30)} stands beside the numbers in brackets: leave it out")


def is_cut(piece: str) -> bool:
    """Whether it stands for numbers that a print leaves out."""
    return bool(re.fullmatch(CUT, piece))


def cut(text: str) -> str:
    """What is said of a print in which ``...`` stands for numbers."""
    whole = "x.numpy().tolist()" if "tf." in text else "x.tolist()"
    remedy = f"print({whole}) prints all of them, with every digit"
    return f"the print is cut: '...' stands for numbers that are not there. {remedy}"


def _bare(text: str) -> tuple[str, list[str]]:
    """A print without what stands around its numbers, and the shapes that it tells."""
    shapes: list[str] = []

    def without(match: re.Match[str]) -> str:
        if match[1] in SHAPES:
            shapes.append(match[2])
        return ""

    bare = re.sub(CONTENT, "", re.sub(KEYED, without, re.sub(IN_FRONT, "", text.strip(), count=1)))
    if match := re.match(ANGLE, bare):
        bare = bare[match.end() :].removesuffix(">")
    for _ in range(DEEPEST):
        bare, changed = re.subn(CALL, lambda match: match[1].rstrip(" \n\t,"), bare)
        if not changed:
            break
    return bare.strip(" \n\r\t,"), shapes


def _refuse_other_shape(found: Any, shapes: list[str]) -> None:
    """A part of a print was pasted, or more of it, where its shape is another."""
    shape, part = [], found
    while isinstance(part, list):
        shape.append(len(part))
        part = part[0] if part else ""
    for word in shapes if shape[-1:] != [0] else []:
        if re.findall(r"\d+", word) != list(map(str, shape)):
            there = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
            raise ShapeError(f"the print tells the shape {quoted(word)}; the numbers have {there}")


@dataclass
class _Lists:
    """Lists of texts from brackets; between two numbers of a print stand commas, or never any."""

    open: list[list[Any]] = field(default_factory=list)
    found: list[Any] = field(default_factory=list)
    commas: dict[bool, bool] = field(default_factory=dict)
    """Of numbers (False) and of lists (True): whether commas stand between them."""

    def read(self, text: str) -> list[Any]:
        """What stands on top. Errors: RnncalcError where brackets or commas do not fit."""
        comma = False
        for piece in map(re.Match.group, re.finditer(PIECE, text)):
            if piece == "]":
                self._close(comma)
            elif piece in ",;":
                self._refuse_lost(piece, comma)
            else:
                self._add([] if piece == "[" else piece, comma)
            comma = piece == ","
        if self.open:
            raise RnncalcError(f"ends within {_brackets(len(self.open))}: was all of it copied?")
        return self.found

    def _add(self, item: Any, comma: bool) -> None:
        here = self.open[-1] if self.open else self.found
        if here and self.open and self.commas.setdefault(isinstance(item, list), comma) != comma:
            before = f"between {quoted(_text(here[-1]), 20)} and {quoted(_text(item), 20)}"
            missing = "a comma is missing" if not comma else "there is a comma, and none elsewhere,"
            raise RnncalcError(f"{missing} {before}")
        here.append(item)
        if isinstance(item, list):
            self.open.append(item)
        if len(self.open) > MOST_AXES:
            raise RnncalcError(f"lists within lists, more than {MOST_AXES} deep")

    def _close(self, comma: bool) -> None:
        if not self.open:
            raise RnncalcError("a ] without its [: was all of it copied?")
        if comma:
            raise RnncalcError("nothing between a comma and the ] behind it")
        self.open.pop()

    def _refuse_lost(self, piece: str, comma: bool) -> None:
        here = self.open[-1] if self.open else self.found
        if piece == ";":
            raise RnncalcError("a ; within brackets: write [[1, 2], [3, 4]], or '1 2; 3 4'")
        if comma or not here:
            raise RnncalcError("nothing in front of a comma where a number was expected")


def _text(item: Any) -> str:
    return "[" if isinstance(item, list) else str(item)


def _brackets(count: int) -> str:
    return f"{count} bracket{'s' * (count != 1)} that {'are' if count != 1 else 'is'} still open"
