"""What ``torch.save`` stored, without PyTorch: nested dicts and lists with tensors in them.

A zip archive (PyTorch 1.6 and later) or pickles in a row (before); which of them is told by the
bytes. Pickles are read as data, by ``machine.py``; what they may name stands in ``allowed.py``.
What is shared in a pickle comes out as often as it is used, so that a short file may describe an
endless tree: its values are counted.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from rnncalc import files
from rnncalc.containers.packed import packing, unpacked
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch.allowed import find, find_in_script
from rnncalc.containers.torch.machine import (
    LONGEST,
    LONGEST_ALONE,
    STEPS,
    Machine,
    Made,
    Name,
    Pairs,
)
from rnncalc.containers.torch.objects import Instance, bytes_of, of_numpy, pairs_of
from rnncalc.containers.torch.storages import Storage, View, whole
from rnncalc.containers.zip_archive import Stored, opened_zip, stored
from rnncalc.errors import FileError, located, printable

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
ORDERS = {"little": "<", "big": ">"}
VERSIONS = {"version": range(1, 11), ".format_version": range(1, 2)}
"""The members that say how an archive is laid out, and the numbers that PyTorch 2.13 reads
(kMinSupportedFileFormatVersion and kMaxSupportedFileFormatVersion of its serializer)."""

CONSTANTS = "constants.pkl"
SCRIPT = "torch.jit archive"
"""What an archive of TorchScript is called as an object: of its ``data`` and its ``constants``."""

LOADED = "torch.storage _load_from_bytes"
LONGEST_WORD = 20
TAR = slice(257, 262), b"ustar"
COUNT = 8
"""Bytes before a storage in the older format: how many numbers it has."""

LONGEST_KEY = 100
PARTS = 6
"""Of a persistent id: the older format has one more, which is None."""


def checkpoint(path: Path) -> dict[str, Any] | list[Any] | Tensor:
    """What ``torch.save`` stored: dicts, lists, text, numbers, None; tensors as Tensor.

    Tensors are called by the dotted way to them (``state_dict.lstm.weight_ih_l0``); a key that is
    not text, by its repr. No storage is read before ``Tensor.read()``.

    Errors: FileError for another format, for damage, for a claim beyond the bytes that are there,
    and for a pickle that asks for more than weights.
    """
    with files.opened(path) as file:
        size = files.size(file)
        start = file.read(512)
        if start.startswith(b"PK\3\4"):
            return plain(_zipped(path, file))
        if start.startswith(b"\x80"):
            return plain(_pickled(path, file, start, size))
        if packing(start):
            content = unpacked(file, size, LONGEST_ALONE)
            held = io.BytesIO(content)
            return plain(_pickled(path, held, content[:512], len(content), content))
        place, magic = TAR
        if start[place] == magic:
            message = "is a tar archive, as the first versions of PyTorch wrote"
            raise FileError(f"{message}. Load it with PyTorch and save it anew with torch.save")
        raise FileError("is not a file that torch.save wrote")


def held_checkpoint(path: Path, data: bytes) -> dict[str, Any] | list[Any] | Tensor:
    """The same of an archive that stands in another one, and is held in memory."""
    return plain(_zipped(path, io.BytesIO(data), data))


def _zipped(path: Path, file: IO[bytes], held: bytes | None = None) -> Any:
    """The object of an archive: ``data.pkl`` and, for each storage, ``data/<key>``.

    Of one of TorchScript its program is not looked at; its objects and what are constants in the
    program stand in two pickles.
    """
    archive = opened_zip(file)
    names = archive.namelist()
    top = names[0].partition("/")[0] if names else ""
    program = f"{top}/code/"
    members = {name.removeprefix(f"{top}/"): one for name, one in stored(archive, program).items()}
    if "data.pkl" not in members:
        raise FileError("is a zip archive, but not one of torch.save: it has no data.pkl")
    if others := [name for name in members if name.endswith("/data.pkl")]:
        raise FileError(f"is two models in one: {top}/data.pkl and {printable(others[0])}")
    _refuse_versions(file, members)
    order = word(file, members, "byteorder", "little")
    if order not in ORDERS:
        raise FileError("byteorder says neither little nor big")
    of_script = CONSTANTS in members or any(name.startswith(program) for name in names)
    known = find_in_script if of_script else find

    def unpickled(name: str) -> Any:
        storages = _Storages(path, members, ORDERS[order], held, name.removesuffix(".pkl"))
        return Machine(content(file, members[name], LONGEST), known, storages.persistent).load()

    if not of_script:
        return unpickled("data.pkl")
    script = Made(SCRIPT, ())
    constants = unpickled(CONSTANTS) if CONSTANTS in members else ()
    script.pairs = [("data", unpickled("data.pkl")), ("constants", constants)]
    return script


def _refuse_versions(file: IO[bytes], members: dict[str, Stored]) -> None:
    """Errors: FileError for a layout that PyTorch had not given a number when this was written."""
    for name, known in VERSIONS.items():
        said = word(file, members, name, str(known[0]))
        if said not in map(str, known):
            shown = f"{known[0]} to {known[-1]}" if len(known) > 1 else known[0]
            raise FileError(f"{name} is '{printable(said)}'; known is {shown}")


def word(file: IO[bytes], members: dict[str, Stored], name: str, default: str) -> str:
    """The one word of a member; the default where there is no such member."""
    if name not in members:
        return default
    return content(file, members[name], LONGEST_WORD).decode("ascii", "replace").strip()


def content(file: IO[bytes], member: Stored, most: int) -> bytes:
    """The bytes of a member, of which there are so many at most. Errors: FileError for more."""
    if member.size > most:
        name = printable(member.name)
        raise FileError(f"{name} has {member.size:,} bytes, at most {most:,} are read")
    return b"".join(member.blocks(file))


def _pickled(
    path: Path, file: IO[bytes], start: bytes, size: int, held: bytes | None = None
) -> Any:
    """The object of the older format, or of a pickle that has its numbers in itself."""
    file.seek(0)
    if _is_in_a_row(start):
        return _in_a_row(file, size, _Storages(path, held=held))
    if size > LONGEST_ALONE:
        raise FileError(f"is a pickle of {size:,} bytes, at most {LONGEST_ALONE:,} are read")
    inner = _Inner(path)
    machine = Machine(file.read(), inner.find, _no_storage)
    found = machine.load()
    if machine.at < size:
        raise FileError(f"goes on behind its pickle, by {size - machine.at:,} bytes")
    return found


def _is_in_a_row(start: bytes) -> bool:
    """Whether the first pickle is PyTorch's magic number alone."""
    try:
        return bool(Machine(start, find, _no_storage).load() == MAGIC)
    except FileError:
        return False


def _no_storage(given: Any) -> Any:
    raise FileError("the pickle says that numbers stand beside it, and there are none")


def _in_a_row(file: IO[bytes], size: int, storages: _Storages, steps: int = STEPS) -> Any:
    """The object of the older format: a magic number, a version, a machine, it, the storages."""
    machine = Machine(file.read(LONGEST), find, storages.persistent, steps)
    if machine.load() != MAGIC:
        raise FileError("the pickle has bytes in it that are no storage of torch.save")
    if machine.load() != PROTOCOL:
        raise FileError("is of a version of torch.save that is not known")
    machine.load()
    result, keys = machine.load(), machine.load()
    storages.left = machine.left
    _place(file, machine.at, size, keys, storages)
    return result


class _Inner:
    """Storages whose bytes stand in a pickle, as ``pickle.dump`` of tensors writes them.

    All of them together take no more steps than a file may.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.left = path, STEPS
        self.known: dict[int, tuple[Any, Any]] = {}

    def find(self, name: str) -> Any:
        """As for a file of torch.save, and what makes a storage of bytes."""
        return Name(name, self.loaded) if name == LOADED else find(name)

    def loaded(self, arguments: tuple[Any, ...]) -> Any:
        """The storage that ``torch.save`` wrote to bytes."""
        (data,) = arguments
        if id(data) not in self.known:
            if (content := bytes_of(data)) is None:
                raise TypeError
            storages = _Storages(self.path, held=content)
            found = _in_a_row(io.BytesIO(content), len(content), storages, self.left)
            self.left = storages.left
            self.known[id(data)] = data, found
        return self.known[id(data)][1]


def _place(file: IO[bytes], at: int, size: int, keys: Any, storages: _Storages) -> None:
    """Find where each storage begins. Errors: FileError, where they are not those, or not there."""
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise FileError("is damaged: it does not say in which order its storages stand")
    if len(set(keys)) < len(keys) or set(keys) != storages.found.keys():
        raise FileError("is damaged: its storages are not those of its tensors")
    for key in keys:
        storage = storages.found[key]
        file.seek(at)
        count = file.read(COUNT)
        if int.from_bytes(count, "little") != storage.count or len(count) < COUNT:
            raise FileError(f"is damaged: {_called(key)} does not have the length that it should")
        storage.start = at + COUNT
        at = storage.start + storage.size
        if at > size:
            raise FileError(f"is truncated: {_called(key)} has {storage.size:,} bytes")


def _called(key: str) -> str:
    return f"storage '{printable(key)}'"


class _Storages:
    """The storages of a file by their keys: in an archive where they lie is known at once."""

    def __init__(
        self,
        path: Path,
        members: dict[str, Stored] | None = None,
        order: str = "<",
        held: bytes | None = None,
        folder: str = "data",
    ) -> None:
        self.path, self.members, self.order, self.held = path, members, order, held
        self.folder = folder
        self.left = STEPS
        self.found: dict[str, Storage] = {}

    def persistent(self, given: Any) -> Storage | Name:
        """The storage of a persistent id: its class, key, device (no matter) and length.

        The older format has the class of a module, too, with its source, which is left.
        """
        if isinstance(given, tuple) and given[:1] == ("module",) and isinstance(given[1], Name):
            return given[1]
        if not isinstance(given, tuple) or len(given) > PARTS:
            raise TypeError
        word, kind, key, _, count, *older = given
        if word != "storage" or not isinstance(kind, Name) or not kind.holds:
            raise TypeError
        if not isinstance(key, str) or len(key) > LONGEST_KEY or type(count) is not int:
            raise TypeError
        if older not in ([], [None]) or count < 0:
            raise FileError(f"{_called(key)} is described in a way that is not known")
        known = self.found.get(key)
        if known is None:
            known = self.found[key] = self._new(key, kind.holds, count)
        if (known.dtype, known.count) != (kind.holds, count):
            raise FileError(f"{_called(key)} is described in two ways")
        return known

    def _new(self, key: str, dtype: str, count: int) -> Storage:
        if self.members is None:
            return Storage(self.path, key, dtype, count, held=self.held)
        with located(_called(key)):
            if (member := self.members.get(f"{self.folder}/{key}")) is None:
                raise FileError("is not in the archive")
            storage = Storage(self.path, key, dtype, count, self.order, member, held=self.held)
            if storage.size != member.size:
                there = printable(f"{storage.size:,}", 30)
                raise FileError(f"has {member.size:,} bytes, {there} were expected")
            return storage


MOST_VALUES = 500_000
MOST_TENSORS = 100_000
DEEPEST = 64
LONGEST_NAME = 1000
MOST_PARTS = 8
"""Parts of a key that is a tuple."""


def plain(value: Any) -> dict[str, Any] | list[Any] | Tensor:
    """Dicts, lists, text, numbers, None and Tensors of what a pickle made.

    Errors: FileError for a lone value, too many of them, too deep ones, two of one name.
    """
    result = _Tree().plain(value, ())
    if not isinstance(result, (dict, list, Tensor)):
        shown = "bytes" if isinstance(result, bytes) else printable(repr(result))
        raise FileError(f"holds no weights, but one value: {shown}")
    return result


class _Tree:
    """What is left of the values and tensors that a file may have."""

    def __init__(self) -> None:
        self.values, self.tensors = MOST_VALUES, MOST_TENSORS
        self.known: dict[int, Instance] = {}

    def plain(self, value: Any, path: tuple[str, ...]) -> Any:
        self.values -= 1
        if self.values < 0:
            raise FileError(f"holds more than {MOST_VALUES:,} values: refused")
        if len(path) > DEEPEST:
            raise FileError(f"is nested deeper than {DEEPEST} levels: refused")
        if isinstance(value, Made):
            return self.made(value, path)
        if isinstance(value, Pairs):
            return self.of_pairs(value, path)
        if isinstance(value, (list, tuple)):
            return [self.plain(part, (*path, str(index))) for index, part in enumerate(value)]
        if isinstance(value, (View, Storage)):
            view = value if isinstance(value, View) else whole(value)
            return self.counted(view.named, path)
        if isinstance(value, Name):
            return value.name
        return value

    def made(self, value: Made, path: tuple[str, ...]) -> Any:
        """An array or a number of NumPy, or an object, which may hold itself."""
        if id(value) in self.known:
            return self.known[id(value)]
        numbers = of_numpy(value)
        if numbers is None:
            found = self.known[id(value)] = Instance(value.name, {})
            found |= self.of_pairs(Pairs(pairs_of(value)), path)
            return found
        return self.counted(numbers, path) if callable(numbers) else numbers

    def of_pairs(self, value: Pairs, path: tuple[str, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for place, pair in enumerate(value.pairs):
            if not isinstance(pair, (list, tuple)) or len(pair) != 2:
                raise FileError("the pickle is damaged: a dict has something else than pairs")
            key = _key(pair[0], place)
            if key in result:
                raise FileError(f"has two of the name '{printable(key)}'")
            result[key] = self.plain(pair[1], (*path, key))
        return result

    def counted(self, named: Callable[[str], Tensor], path: tuple[str, ...]) -> Tensor:
        """A tensor by the way to it."""
        self.tensors -= 1
        if self.tensors < 0:
            raise FileError(f"holds more than {MOST_TENSORS:,} tensors: refused")
        if sum(map(len, path)) > LONGEST_NAME:
            message = f"has a tensor whose name is longer than {LONGEST_NAME:,} letters"
            start = ".".join(part[:LONGEST_NAME] for part in path)
            raise FileError(f"{message}: {printable(start)}")
        return named(".".join(path) or "tensor")


def _key(key: Any, place: int) -> str:
    """A key as text; an object (an optimizer keeps what it knows by tensors) by its place.

    Errors: FileError for one that is neither text nor an object nor a plain value.
    """
    if isinstance(key, (str, Name)):
        return key if isinstance(key, str) else key.name
    if isinstance(key, (Made, View, Storage)):
        return f"{key.name if isinstance(key, Made) else 'tensor'} {place}"
    parts = key if isinstance(key, tuple) else (key,)
    if len(parts) <= MOST_PARTS and all(map(_short, parts)):
        return repr(key)
    raise FileError("has a dict with a key that is neither text nor a small number")


def _short(part: Any) -> bool:
    """Whether it is a plain value whose repr is short."""
    if isinstance(part, int):
        return part.bit_length() <= 64
    return part is None or isinstance(part, float) or (isinstance(part, str) and len(part) < 100)
