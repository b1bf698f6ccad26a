"""``.pt2`` archives (``torch.export.save``): the weights by name, and the graph as the JSON it is.

Since PyTorch 2.8 each storage is a member of its own, which JSON describes; before, a state dict of
``torch.save`` stands in the archive. What was compiled into a library is refused: it is code.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from rnncalc import files
from rnncalc.containers import raw
from rnncalc.containers.strict_json import LONGEST, parsed
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch.file import content, held_checkpoint, word
from rnncalc.containers.torch.machine import LONGEST_ALONE
from rnncalc.containers.torch.storages import Storage, view
from rnncalc.containers.zip_archive import Stored, opened_zip, stored
from rnncalc.errors import FileError, listed, located, printable

FORMAT, VERSION = "archive_format", "archive_version"
COMPILED = "data/aotinductor/"
MODELS, WEIGHTS, CONSTANTS = "models/", "data/weights/", "data/constants/"
EARLIER = ("serialized_state_dict.pt", "serialized_state_dict.json")
"""The state dict of PyTorch before 2.8; both are what torch.save writes."""

EARLIER_OTHERS = "serialized_constants.pt"
EARLIER_GRAPH = "serialized_exported_program.json"

TYPES = {
    1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float16", 7: "float32",
    8: "float64", 9: "complex32", 10: "complex64", 11: "complex128", 12: "bool", 13: "bfloat16",
    28: "uint16", 29: "float8_e4m3fn", 30: "float8_e5m2", 31: "float8_e4m3fnuz",
    32: "float8_e5m2fnuz", 33: "float8_e8m0fnu", 34: "uint32", 35: "uint64",
}  # fmt: skip
"""ScalarType of torch._export.serde.schema."""

STRIDED = 7
"""The layout of tensors that have strides."""

MOST_TENSORS = 100_000


class Exported(NamedTuple):
    """What an archive holds.

    Attributes:
        weights: by the names of the state dict.
        constants: the other tensors that the program reads.
        graph: the program as data.
        too_long: whether it is too long to be looked into.
    """

    weights: dict[str, Tensor]
    constants: dict[str, Tensor]
    graph: dict[str, Any]
    too_long: bool


def exported(path: Path) -> Exported:
    """What ``torch.export.save`` stored.

    Errors: FileError for compiled programs, several models, damage, claims beyond the bytes.
    """
    with files.opened(path) as file:
        archive = opened_zip(file)
        names = archive.namelist()
        top = "" if any(name in EARLIER for name in names) else f"{names[0].partition('/')[0]}/"
        compiled = [name for name in names if name.startswith(f"{top}{COMPILED}")]
        if compiled:
            program = f"holds a compiled program ({printable(compiled[0])}, AOTInductor)"
            raise FileError(f"{program}, which is not run. Save it with torch.export.save")
        members = {name.removeprefix(top): one for name, one in stored(archive).items()}
        return (_of_members if top else _of_state_dict)(path, file, members)


def _of_state_dict(path: Path, file: IO[bytes], members: dict[str, Stored]) -> Exported:
    """As before PyTorch 2.8."""
    name = next(name for name in EARLIER if name in members)
    weights, constants = (
        _saved(path, file, members[one]) if one in members else {} for one in (name, EARLIER_OTHERS)
    )
    return Exported(weights, constants, *_graph(file, members.get(EARLIER_GRAPH)))


def _saved(path: Path, file: IO[bytes], member: Stored) -> dict[str, Tensor]:
    """The tensors of a member that torch.save wrote; it is held in memory."""
    data = content(file, member, LONGEST_ALONE)
    with located(printable(member.name)):
        found = held_checkpoint(path, data)
        if not isinstance(found, dict):
            raise FileError("a state dict was expected")
    return {name: one for name, one in found.items() if isinstance(one, Tensor)}


def _of_members(path: Path, file: IO[bytes], members: dict[str, Stored]) -> Exported:
    """As since PyTorch 2.8: the one model's weights, each storage a member."""
    for name, known in ((FORMAT, "pt2"), (VERSION, "0")):
        if (said := word(file, members, name, known)) != known:
            raise FileError(f"{name} is '{printable(said)}'; known is {known}")
    models = [name[len(MODELS) : -5] for name in members
              if name.startswith(MODELS) and name.endswith(".json")]  # fmt: skip
    if len(models) != 1:
        raise FileError(f"holds {len(models)} models, one was expected: {listed(models)}")
    (model,) = models
    graph = _graph(file, members[f"{MODELS}{model}.json"])
    constants = _described(path, file, members, f"{CONSTANTS}{model}_constants_config.json")
    if saved := members.get(f"{WEIGHTS}{model}.pt"):
        return Exported(_saved(path, file, saved), constants, *graph)
    config = f"{WEIGHTS}{model}_weights_config.json"
    if config not in members:
        raise FileError(f"holds no weights: {config} is missing")
    return Exported(_described(path, file, members, config), constants, *graph)


def _graph(file: IO[bytes], member: Stored | None) -> tuple[dict[str, Any], bool]:
    """The graph, and whether it is too long."""
    if member is None or member.size > LONGEST:
        return {}, member is not None
    return _parsed(file, member), False


def _parsed(file: IO[bytes], member: Stored) -> dict[str, Any]:
    """The JSON of a member."""
    data = content(file, member, LONGEST)
    with located(printable(member.name)):
        return parsed(data)


def _described(
    path: Path, file: IO[bytes], members: dict[str, Stored], name: str
) -> dict[str, Tensor]:
    """The tensors that a member describes; none where there is no such member."""
    if name not in members:
        return {}
    config = _parsed(file, members[name]).get("config")
    with located(printable(members[name].name)):
        if not isinstance(config, dict) or len(config) > MOST_TENSORS:
            raise FileError(f"is damaged: at most {MOST_TENSORS:,} tensors by name were expected")
        order = {"big": ">"}.get(word(file, members, "byteorder", "little"), "<")
        storages = _Members(path, members, name.rpartition("/")[0], order)
        return {key: storages.tensor(key, one) for key, one in config.items()}


class _Members:
    """The storages of a folder of an archive, by their names in it."""

    def __init__(self, path: Path, members: dict[str, Stored], folder: str, order: str) -> None:
        self.path, self.members, self.folder, self.order = path, members, folder, order
        self.found: dict[str, Storage] = {}

    def tensor(self, name: str, payload: Any) -> Tensor:
        """A tensor as JSON describes it. Errors: FileError, with its name."""
        with located(printable(name, 200)):
            says = _mapping(payload, "it")
            if says.get("use_pickle"):
                raise FileError("is pickled, an object of its own class: a tensor was expected")
            meta = _mapping(says.get("tensor_meta"), "its tensor_meta")
            if (dtype := TYPES.get(_number(meta.get("dtype")))) is None:
                raise FileError(f"is of type {printable(str(meta.get('dtype')))}, which is unknown")
            if meta.get("layout", STRIDED) != STRIDED:
                raise FileError("is sparse: save a copy, tensor.to_dense()")
            shape, strides = (_numbers(meta.get(key)) for key in ("sizes", "strides"))
            (offset,) = _numbers([meta.get("storage_offset")])
            storage = self._storage(says.get("path_name"), dtype)
            return view(storage, dtype, offset, shape, strides).named(name)

    def _storage(self, name: Any, dtype: str) -> Storage:
        member = self.members.get(f"{self.folder}/{name}") if isinstance(name, str) else None
        if member is None:
            raise FileError(f"is in {printable(str(name))}, which is not in the archive")
        known = self.found.get(name)
        if known is None:
            count, rest = divmod(member.size, raw.WIDTHS[dtype])
            if rest:
                raise FileError(f"is of {dtype}, and {name} has {member.size:,} bytes")
            known = Storage(self.path, name, dtype, count, self.order, member)
            self.found[name] = known
        if known.dtype != dtype:
            raise FileError(f"{printable(name)} is described in two ways")
        return known


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise FileError(f"is damaged: {what} is no mapping")
    return value


def _number(value: Any) -> int:
    """A whole number that is not negative. Errors: FileError."""
    if type(value) is not int or value < 0:
        raise FileError(f"is damaged: {printable(str(value))} stands for a whole number")
    return value


def _numbers(values: Any) -> list[int]:
    """Lengths, each as ``{"as_int": 3}``; one that is a symbol is none."""
    if not isinstance(values, list):
        raise FileError("is damaged: it has no lengths")
    return [_number(_mapping(one, "a length").get("as_int")) for one in values]
