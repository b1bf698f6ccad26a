"""The words in which an ONNX file is described, and what a case is made into.

``onnx_files_nodes.py`` and ``onnx_files_nets.py`` list files in them, ``onnx_files_graph.py``
builds the graphs; the exporters' files (``onnx_files_torch.py``, ``onnx_files_keras.py``) are made
into the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import onnx
from golden_file import Array
from onnxruntime_words import Node

BATCH, TIMESTEPS, FEATURES, VOCABULARY = 3, 4, 2, 6
LENGTHS = (2, 4, 3)
SHORT = (3, 1, 2)


@dataclass(frozen=True)
class Made:
    """A file, and what it is asked.

    Attributes:
        model: the file.
        feeds: what ONNX Runtime is given, by the graph's names.
        given: what a document tells besides x: h0, c0, lengths.
        axes: of the first output, a letter each: T B D(irections) H; D and H are put together.
        x: batch-first.
        data: files of external data, by name.
        twin: the same numbers in a file that ONNX Runtime runs, where it refuses the file itself;
            its feeds and axes hold for it.
        exact: the same numbers in float32, where the file has less.
        parts: name, kind, cell and units, where no recurrent node tells them.
        h: the sequence of the last recurrence, where no node tells it.
        states: whether the nodes' sequence and final states are told; where a reader may name or
            order them otherwise, they are not.
        merge: how two directions are one in h: concat or sum.
        agrees: what the exporting framework computes, batch-first: the output must be that.
        expected: all that is told, by the exporting framework, where ONNX Runtime cannot run it.
    """

    model: onnx.ModelProto
    feeds: Mapping[str, Array]
    x: Array
    axes: str
    given: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, bytes] = field(default_factory=dict)
    twin: Made | None = None
    exact: Made | None = None
    parts: list[list[Any]] | None = None
    h: Array | None = None
    states: bool = True
    merge: str = "concat"
    agrees: Array | None = None
    expected: Mapping[str, Array] | None = None


@dataclass(frozen=True)
class Case:
    """A file that is built node by node.

    Attributes:
        nodes: the recurrent nodes, one behind the other.
        opset: of the default domain.
        layout: the attribute, of every node.
        states: "" for none; input, constant, expanded (one row for all sequences), zeros (as
            exporters write them).
        lengths: of the sequences; ``lengths_by`` says whether as a graph's input or a constant.
        weights: how W, R, B and P stand there: initializers, inputs (of the graph as well, as
            before IR 4), nodes (Constant), chain (of Slice, Concat, Unsqueeze ...), external.
        outputs: which of Y, Y_h, Y_c are named; the first is the graph's first output if nothing
            stands behind it.
        front, join, head: what stands around the nodes, by names of ``onnx_files_around.py``.
        batch_first: the graph reads (batch, timesteps, features).
        told: whether the sequence and the final states of the nodes are told besides the output.
    """

    name: str
    nodes: tuple[Node, ...]
    about: str = ""
    opset: int = 22
    dtype: str = "float32"
    layout: int = 0
    states: str = ""
    lengths: tuple[int, ...] = ()
    lengths_by: str = "input"
    weights: str = "initializers"
    outputs: str = "Y Y_h Y_c"
    front: str = ""
    join: str = "squeeze"
    head: str = ""
    batch_first: bool = False
    told: bool = True

    @property
    def names(self) -> list[str]:
        """Of its nodes."""
        return [f"{node.cell}_{index}" for index, node in enumerate(self.nodes)]
