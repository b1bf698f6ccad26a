"""The golden files of ONNX as graphs, to be changed."""

from __future__ import annotations

import onnx
from golden_files import FOLDER


def path_of(name):
    return FOLDER / "onnx" / f"{name}.onnx"


def proto_of(name):
    return onnx.load(path_of(name))


def body_of(proto):
    """The graph inside the Loop."""
    loop = next(node for node in proto.graph.node if node.op_type == "Loop")
    return next(one.g for one in loop.attribute if one.name == "body")


def node_of(graph, op, which=0):
    """One of the nodes of an operator."""
    return [node for node in graph.node if node.op_type == op][which]
