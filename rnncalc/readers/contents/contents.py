"""``Contents``: what a model file holds; and the network of those of its parts that are wanted.

Containers and names differ, what follows does not: parts are picked (``--layers``), what the file
leaves unsaid is said (``--assume``), and the rest becomes the keys of a config.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from rnncalc.config.said import Said, pick
from rnncalc.containers import raw
from rnncalc.containers.tensor import Tensor
from rnncalc.data import dataclass
from rnncalc.errors import FileError, KeyPath, RnncalcError, listed, printable
from rnncalc.model.origin import Entry
from rnncalc.readers.contents.blocks import (
    block_of,
    blocks_of,
    graph_of,
    is_row,
    owner,
    read_by,
    unwired,
)
from rnncalc.readers.contents.part import Assumption, Part

WIDTH = {"float64": 3, "float32": 2}
"""Which dtypes there are weights of; everything narrower is computed in float32."""


@dataclass
class Contents:
    """What a model file holds.

    Attributes:
        name: what errors call the file.
        what: its container and whose it is: ``Keras 3.15.1, .keras``.
        convention: whose names and layout its recurrent layers have.
        parts: its layers in the order in which they run, as far as the file tells.
        branches: why they do not simply run one after the other; nothing where they do.
        assumed: what the file does not say of the network as a whole.
        warnings: what is known of such files that may make numbers differ.
        left_out: what else is in there and computes nothing: an optimizer's state.
        inputs: the input and initial states that came with the weights, as config keys.
        mode: what it says of the mode, if anything.
        entry: how it takes its input, where it says so.
        outputs: what it gives, by the names that runs have, where that is not only what its last
            layer gives.
        sources: the names of its inputs, where its parts name what they read: of one that is x.
        rows: those of its inputs that are one row, without timesteps.
        results: the names of the parts whose output it gives, where they name what they read.
    """

    name: str
    what: str
    convention: str
    parts: list[Part]
    branches: str = ""
    assumed: list[Assumption] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    inputs: dict[str, Tensor] = field(default_factory=dict)
    mode: str = ""
    entry: Entry | None = None
    outputs: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    choices: dict[str, Callable[[Assumption], Contents]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.parts = [_with_weights(part) for part in self.parts]

    @property
    def assumptions(self) -> list[Assumption]:
        """All that the file does not say: of the network, then of its layers."""
        every = self.assumed + [one for part in self.parts for one in part.assumed]
        return list(dict.fromkeys(every))

    @property
    def alarms(self) -> list[str]:
        """What may make numbers differ: of such files, and of its layers."""
        return self.warnings + [one for part in self.parts for one in part.warnings]

    def picked(self, names: Sequence[str]) -> Contents:
        """Only these parts, in this order. Errors: RnncalcError for a name that there is not."""
        parts = [part for part in self.parts if part.kind != "nothing"]
        places = pick(names, [(part.name, part.path) for part in parts])
        chosen = [parts[place] for place in places]
        read = self.convention != "torch" or any(part.kind == "output" for part in chosen)
        needless = ("layers",) if read else ("layers", "mode")  # PyTorch's mode: what a head reads
        assumed = [one for one in self.assumed if one.key not in needless]
        whole = [part for part in parts if part.kind == "recurrent"][-1:]
        mode = self.mode if whole and whole[0] in chosen else ""
        entry = self.entry if chosen[:1] == parts[:1] else None
        found = replace(self, parts=chosen, branches="", assumed=assumed, mode=mode, outputs=[],
                        entry=entry)  # fmt: skip
        return found._rewired() if self.results else found

    def _rewired(self) -> Contents:
        """The parts as they read each other; where some that they read are not there, as a row."""
        there = {*self.sources, *(part.name for part in self.parts)}
        used = {owner(name) for part in self.parts for name in read_by(part)}
        if used <= there:
            results = [name for name in self.results if owner(name) in there]
            ends = [part.name for part in self.parts if part.name not in used]
            sources = [name for name in self.sources if name in used]
            return replace(self, results=results or ends, sources=sources,
                           rows=[name for name in self.rows if name in used])  # fmt: skip
        parts = [unwired(part, there) for part in self.parts]
        return replace(self, parts=parts, results=[], sources=[], rows=[])

    def said(self) -> Said:
        """The network of all its parts, as a config says one.

        Errors: FileError for what cannot be computed, with the way out.
        """
        data = self._data()
        result = Said(data, self.name, assumed=tuple(self.assumptions), warnings=self.alarms,
                      outputs=tuple(self.outputs), entry=self.entry)  # fmt: skip
        if any(one.key == "layers" for one in self.assumed):
            result.remedy = f"The order of the layers is assumed. {self._way_out()}"
        for path, tensor in tensors(data):
            result.named[path] = tensor.name
        for i, (block, called) in enumerate(zip(data["layers"], self._paths(data), strict=True)):
            result.named["layers", i] = called
            for j, before in enumerate(block.get("before", [])):
                result.named["layers", i, "before", j] = before["name"]
        for j, block in enumerate(data.get("output", [])):
            result.named["output", j] = block.get("name") or block["input"]
        return result

    @property
    def _is_row(self) -> bool:
        return not self.results and is_row(self.parts)

    def _paths(self, data: Mapping[str, Any]) -> list[str]:
        """What the file calls each block of ``layers``."""
        if self._is_row:  # where names may be equal
            return [part.path for part in self.parts if part.kind == "recurrent"]
        paths = {part.name: part.path for part in self.parts}
        return [paths.get(block["name"], block["name"]) for block in data["layers"]]

    def _data(self) -> dict[str, Any]:
        """The keys of a config that its parts amount to."""
        self._refuse()
        data = self._row() if self._is_row else graph_of(self.parts, self.results)
        for block in data["layers"]:
            self._order(block)
        if len(self.sources) > 1:
            data["x"] = dict.fromkeys(self.sources)
        data |= {"rows": self.rows} if self.rows else {}
        data |= self.inputs
        return data | {"dtype": dtype_of(tensor for _, tensor in tensors(data))}

    def _order(self, block: dict[str, Any]) -> None:
        """Say in which order a layer that reads from the end gives its outputs."""
        if self.convention == "keras" and block.get("direction") == "backward":
            block["order"] = "processing"

    def alone(self, name: str) -> Part:
        """One of its layers, as it stands in ``layers`` of a config.

        Errors: RnncalcError where there is none, or several of this name; FileError where it cannot
        be computed.
        """
        parts = [part for part in self.parts if part.kind != "nothing"]
        places = pick([name], [(part.name, part.path) for part in parts], "layer")
        if len(places) > 1:
            there = listed(parts[place].path for place in places)
            raise RnncalcError(
                f"layer: {printable(name)} is {len(places)} layers, name one: {there}"
            )
        part = unwired(parts[places[0]], ())
        if part.kind == "other":
            raise FileError(f"{self.name}: {printable(part.path)} {part.problem}")
        block = block_of(part, part.name)
        self._order(block)
        return replace(part, block=block, warnings=self.warnings + part.warnings)

    def _row(self) -> dict[str, Any]:
        assumed = (one.value for one in self.assumed if one.key == "mode")
        mode = self.mode or next(assumed, None)
        try:
            return blocks_of(self.parts).config(mode, last_only=self.convention == "keras")
        except FileError as error:
            raise FileError(f"{self.name}: {error.message}. {self._way_out()}") from None

    def _refuse(self) -> None:
        """Errors: FileError where a part cannot be computed, or the parts are no chain."""
        if not any(part.kind == "recurrent" for part in self.parts):
            parts = sorted(self.parts, key=lambda part: part.kind != "other")
            there = [f"{part.path} {part.problem or f'({part.says})'}" for part in parts]
            shown = printable("; ".join(there[:5]) or "nothing", 400)
            raise FileError(
                f"{self.name}: no recurrent layer that can be computed; there is: {shown}"
            )
        for part in self.parts:
            if part.kind == "other":
                message = f"{printable(part.path)} {part.problem}"
                raise FileError(f"{self.name}: {message}. {self._way_out()}")
        if self.branches:
            raise FileError(f"{self.name}: {self.branches}. {self._way_out()}")

    def _way_out(self) -> str:
        """Which parts can be run."""
        parts = [part for part in self.parts if part.kind not in ("other", "nothing")]
        names = [printable(part.path) for part in parts]
        if not names:
            return "There is nothing else in the file that can be computed"
        shown = ",".join(names[:8]) + (",..." if names[8:] else "")
        return f"--layers picks what to run: {shown}"


def _with_weights(part: Part) -> Part:
    """The part; one whose arrays are no weights by their type cannot be computed."""
    for _, tensor in tensors(part.block):
        if why := raw.unfit(tensor.dtype):
            problem = f"has {printable(tensor.name, 200)}, which {why}"
            return Part(part.name, "other", part.says, path=part.path, problem=problem)
    return part


def tensors(block: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Tensor]]:
    """The tensors of a config's block, and the ways to them."""
    if isinstance(block, Tensor):
        yield path, block
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(block, dict):
        inside = block.items()
    elif isinstance(block, list):
        inside = enumerate(block)
    for key, part in inside:
        yield from tensors(part, (*path, key))


def dtype_of(found: Iterable[Tensor]) -> str:
    """What a network of these weights is computed in: the widest, and float32 at least."""
    widest = max((WIDTH.get(tensor.dtype, 2) for tensor in found), default=2)
    return "float64" if widest == WIDTH["float64"] else "float32"
