"""What nodes are called: their own names, as far as results and archives can have them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from rnncalc.containers.onnx.file import Node
from rnncalc.errors import escaped
from rnncalc.model.checks import DIRECTIONS, LONGEST_NAME, Names


class NodeNames:
    """Gives every node a name; two equal ones get _1, _2."""

    def __init__(self) -> None:
        self.unique = Names().unique
        self.given: dict[int, str] = {}

    def of(self, node: Node) -> str:
        """``/encoder/lstm/LSTM`` as ``encoder.lstm.LSTM``."""
        if id(node) in self.given:
            return self.given[id(node)]
        self.given[id(node)] = self.unique(plain(node.name) or node.op)
        return self.given[id(node)]

    def of_all(self, nodes: Sequence[Node]) -> str:
        """What the paths of several nodes begin with; else the name of the last one."""
        paths = [plain(node.name).split(".") for node in nodes]
        common = takewhile(lambda words: len(set(words)) == 1, zip(*paths, strict=False))
        shared = ".".join(words[0] for words in common)
        return self.unique(shared) if shared and len(nodes) > 1 else self.of(nodes[-1])


def plain(name: str) -> str:
    """A name without the characters and words that names may not have here."""
    shown = "".join(c if c.isprintable() else escaped(c).strip("\\") for c in name[:LONGEST_NAME])
    words = shown.replace("\\", "/").replace("/", ".").strip(".").split(".")
    return ".".join(f"{word}_" if word in DIRECTIONS else word for word in words)[
        : LONGEST_NAME - 8
    ]
