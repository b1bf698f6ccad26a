"""``.pt2`` (``torch.export.save``): a state dict, and what its graph says of single modules.

The graph is not followed. Looked up are the operators that read a module's weights, and the one
that alone reads what an nn.Linear gives: nonlinearities, epsilons, activations; and their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch.exported import exported
from rnncalc.conventions.torch_activations import OPERATORS, of_module
from rnncalc.errors import RnncalcError, located, printable
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Part
from rnncalc.readers.contents.silence import GRAPH, silent
from rnncalc.readers.of_torch.checkpoint import unwrapped
from rnncalc.readers.of_torch.embedding import as_kind
from rnncalc.readers.of_torch.file import named

ATEN = "torch.ops.aten."
NONLINEAR = {"rnn_tanh": "tanh", "rnn_relu": "relu",
             "rnn_tanh_cell": "tanh", "rnn_relu_cell": "relu"}  # fmt: skip
NORMALIZED = ("layer_norm", "native_layer_norm", "batch_norm",
              "_native_batch_norm_legit_no_training")  # fmt: skip
KINDS = {"embedding": "Embedding", "linear": "Linear"}
LOOKED_UP = {*NONLINEAR, *NORMALIZED, *KINDS}
LAYERS = {*LOOKED_UP, "lstm", "gru", "lstm_cell", "gru_cell"}
OTHERWISE = {"scale", "input_scale", "dtype"}
"""Arguments that would make another function of an activation."""

READ = "the order in which the graph reads their weights; which gives to which is not looked into"


def of_file(path: Path, name: str) -> Contents:
    """What a file of torch.export holds."""
    found = exported(path)
    graph = _Graph(found.graph)
    with located(name):
        order = graph.order(found.weights)
        state = unwrapped({key: found.weights[key] for key in order})
    contents = named(name, "PyTorch, torch.export", state, ordered=True)
    if graph.nodes:
        contents.assumed = [one._replace(why=READ) if one.key == "layers" else one
                            for one in contents.assumed]  # fmt: skip
    paths = {id(tensor): key.rpartition(".")[0] for key, tensor in found.weights.items()}
    owners = {key.rpartition(".")[0]: paths[id(tensor)] for key, tensor in state.tensors.items()
              if id(tensor) in paths}  # fmt: skip
    for part in contents.parts:
        names = (part.name, part.name.rpartition(".")[0], "")
        if there := [owners[one] for one in names if one in owners]:
            graph.tell(part, there[0])
    contents.warnings += [
        f"{printable(key)} {tensor.shape} is a constant that the graph reads, and it is left out"
        for key, tensor in found.constants.items()
    ]
    contents.left_out += ["the graph: too long to be looked into"] * found.too_long
    return silent(contents, GRAPH)


class _Graph:
    """What is looked up in a graph; of one that is damaged or not there, nothing is said.

    Attributes:
        nodes: its operators, each with its name and its arguments.
    """

    def __init__(self, program: Mapping[str, Any]) -> None:
        module = _mapping(program.get("graph_module"))
        graph = _mapping(module.get("graph"))
        self.values = _mapping(graph.get("tensor_values"))
        self.nodes = [one for one in _list(graph.get("nodes")) if isinstance(one, dict)]
        self.weights = dict(_weights(_mapping(module.get("signature"))))
        reads = [name for node in self.nodes for name in _reads(node)]
        self.readers = Counter(reads + list(_names(graph.get("outputs"))))
        self.first = {name: i for i, name in reversed([*enumerate(reads)])}
        self.reader = {name: node for node in reversed(self.nodes) for name in _reads(node)}
        self.calls: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for node in self.nodes:
            self._keep(node)

    def order(self, weights: Mapping[str, Tensor]) -> list[str]:
        """The names of the weights in the order in which they are read; at the end the others."""
        read = {key: self.first[name] for name, key in self.weights.items() if name in self.first}
        return sorted(weights, key=lambda key: read.get(key, len(self.first) + len(self.readers)))

    def tell(self, part: Part, path: str) -> None:
        """Give a part what the operators say that read its weights."""
        for operator, calls in self.calls.get(path, {}).items():
            if operator in KINDS:
                as_kind(part, KINDS[operator])
            if operator in NONLINEAR:
                part.forget("activation", NONLINEAR[operator])
            elif operator in NORMALIZED:
                self._normalization(part, calls[0], operator)
            elif operator == "linear" and part.says == "nn.Linear" and len(calls) == 1:
                self._activation(part, calls[0])

    def _keep(self, node: dict[str, Any]) -> None:
        """The first two calls of an operator with weights of a module."""
        weights = (self.weights[name] for name in _reads(node) if name in self.weights)
        if (operator := _operator(node)) in LOOKED_UP and (key := next(weights, None)) is not None:
            calls = self.calls.setdefault(key.rpartition(".")[0], {}).setdefault(operator, [])
            calls += [node] * (len(calls) < 2)

    def _normalization(self, part: Part, node: Mapping[str, Any], operator: str) -> None:
        epsilon = _arguments(node).get("eps", part.block.get("epsilon"))
        if isinstance(epsilon, float) and epsilon > 0:
            part.forget("epsilon", epsilon)
        if "layer" in operator:
            part.forget("normalization", "layer")

    def _activation(self, part: Part, node: Mapping[str, Any]) -> None:
        """What alone reads the result of an nn.Linear, where that is an activation."""
        (given, *_) = [*_names(node.get("outputs")), ""]
        if self.readers[given] != 1:
            return
        reader = self.reader.get(given)
        if reader is None or _operator(reader) in LAYERS:  # it is what the network gives
            part.forget("activation", "linear")
            return
        kind, settings = OPERATORS.get(_operator(reader)), _arguments(reader)
        rank = len(_list(_mapping(self.values.get(given)).get("sizes")))
        if settings.get("dim") == rank - 1:
            settings["dim"] = -1
        if kind is None or not OTHERWISE.isdisjoint(settings):
            return
        try:
            part.forget("activation", of_module(kind, settings))
        except (RnncalcError, TypeError, KeyError, ValueError):
            return


def _weights(signature: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the graph calls each weight, and its name in the state dict."""
    for spec in _list(signature.get("input_specs")):
        for kind in ("parameter", "buffer"):
            says = _mapping(_mapping(spec).get(kind))
            name, key = _mapping(says.get("arg")).get("name"), says.get(f"{kind}_name")
            if isinstance(name, str) and isinstance(key, str):
                yield name, key


def _operator(node: Mapping[str, Any]) -> str:
    """``rnn_relu`` of ``torch.ops.aten.rnn_relu.input``; nothing for what is none of PyTorch's."""
    target = node.get("target")
    if not isinstance(target, str) or not target.startswith(ATEN):
        return ""
    return target.removeprefix(ATEN).partition(".")[0].removesuffix("_")


def _reads(node: Mapping[str, Any]) -> Iterator[str]:
    """The tensors that a node takes, by their names."""
    for one in _list(node.get("inputs")):
        yield from _names(_mapping(one).get("arg"))


def _names(value: Any) -> Iterator[str]:
    """The names of tensors in an argument, a list of them, or a list of results."""
    if isinstance(value, list):
        for one in value:
            yield from _names(one)
    elif isinstance(value, dict):
        name = value.get("name")
        if isinstance(name, str):
            yield name
        else:
            for one in value.values():
                yield from _names(one)


def _arguments(node: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are neither tensors nor left out, by their names."""
    found = {}
    for one in _list(node.get("inputs")):
        says = _mapping(one)
        for kind, value in _mapping(says.get("arg")).items():
            if kind not in ("as_tensor", "as_tensors", "as_none"):
                found[str(says.get("name"))] = value
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
