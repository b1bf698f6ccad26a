"""Networks of ONNX nodes, built with onnx.helper, filled with numbers and run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import onnx
import onnxruntime
from golden_file import Array, Document, Numbers, document
from onnx import TensorProto, helper, numpy_helper
from onnxruntime_config import about, block
from onnxruntime_words import Network, Node, directions

PACKAGES = ("onnxruntime", "onnx")
OPSET, IR = 22, 10
FEATURES, BATCH, TIMESTEPS = 2, 3, 5


def recorded(network: Network, numbers: Numbers) -> Document:
    """Draw the numbers of a network, run it, and keep both."""
    width, tensors = FEATURES, []
    for node in network.nodes:
        tensors.append(drawn(network, node, width, numbers))
        width = node.units * len(node.directions)
    x = numbers.values(BATCH, TIMESTEPS, FEATURES)
    layers = list(map(block, network.nodes, network.names, tensors))
    given = {"lengths": network.lengths or None}
    for key, theirs in (("h0", "initial_h"), ("c0", "initial_c")):
        states = [of_node[theirs] for of_node in tensors if theirs in of_node]
        given[key] = np.concatenate(states) if states else None
    config, expected = {"layers": layers}, results(network, model(network, tensors), x)
    return document(numbers, PACKAGES, about(network), config, x, expected, **given)


def drawn(network: Network, node: Node, width: int, numbers: Numbers) -> dict[str, Array]:
    """The inputs of a node, under ONNX' names."""
    count, gates, units = len(node.directions), node.gates, node.units
    tensors = {
        "W": numbers.weights(count, gates * units, width),
        "R": numbers.weights(count, gates * units, units),
    }
    if node.bias:
        tensors["B"] = numbers.weights(count, 2 * gates * units)
    if network.lengths:
        tensors["sequence_lens"] = np.array(network.lengths, np.int32)
    if network.states:
        tensors["initial_h"] = numbers.values(count, BATCH, units)
    if network.states and node.cell == "lstm":
        tensors["initial_c"] = numbers.values(count, BATCH, units)
    if node.peepholes:
        tensors["P"] = numbers.weights(count, 3 * units)
    return tensors


def model(network: Network, tensors: list[dict[str, Array]]) -> bytes:
    """The network as an ONNX file; Y of a node, directions side by side, is X of the next."""
    graph, outputs, constants = [], [], [numpy_helper.from_array(np.array([0, 0, -1]), "joined")]
    x = "X"
    for node, name, weights in zip(network.nodes, network.names, tensors, strict=True):
        Y, *finals = [f"{name}.Y", *(f"{name}.Y_{letter}" for letter in node.letters)]
        graph.append(recurrent(node, name, [x, Y, *finals], weights))
        graph.append(helper.make_node("Transpose", [Y], [f"{Y}.T"], perm=(0, 2, 1, 3)))
        x = f"{Y}.joined"
        graph.append(helper.make_node("Reshape", [f"{Y}.T", "joined"], [x]))
        outputs += finals
        constants += [numpy_helper.from_array(w, f"{name}.{key}") for key, w in weights.items()]
    shown = [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in [x, *outputs]]
    read = helper.make_tensor_value_info("X", TensorProto.FLOAT, (TIMESTEPS, BATCH, FEATURES))
    whole = helper.make_graph(graph, "golden", [read], shown, constants)
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(whole, opset_imports=opsets, ir_version=IR).SerializeToString()


def recurrent(
    node: Node, name: str, ends: list[str], weights: Mapping[str, Array]
) -> onnx.NodeProto:
    """The node itself between its ``ends``, X and Y ...; an input that it lacks is called ""."""
    order = ["W", "R", "B", "sequence_lens", "initial_h"]
    order += ["initial_c", "P"] if node.cell == "lstm" else []
    x, *outputs = ends
    inputs = [x, *(f"{name}.{key}" if key in weights else "" for key in order)]
    return helper.make_node(node.cell.upper(), inputs, outputs, name, **node.written)


def results(network: Network, content: bytes, x: Array) -> dict[str, Array]:
    """What ONNX Runtime computes, under rnncalc's names."""
    h, *finals = ran(content, {"X": x.swapaxes(0, 1)})
    expected, arrays = {"h": h.swapaxes(0, 1)}, iter(finals)
    for node, name in zip(network.nodes, network.names, strict=True):
        expected |= named(name, node.letters, node.direction, arrays)
    return expected


def ran(content: bytes, feeds: Mapping[str, Array], threads: int = 1) -> list[Array]:
    """All outputs of a file, computed by ONNX Runtime; in as many threads as it likes if 0."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return list(map(np.asarray, session.run(None, dict(feeds))))


def named(name: str, letters: str, direction: str, arrays: Iterator[Array]) -> dict[str, Array]:
    """The final states of a node by direction and letter."""
    return {
        f"{name}.{way}.final.{letter}": final
        for letter in letters
        for way, final in zip(directions(direction), next(arrays), strict=True)
    }
