"""What stands in an HDF5 file, in words that become JSON: names, attributes, where numbers are.

Only this file lets the HDF5 library work on a file. It follows no link, runs no filter, opens no
other file and reads no numbers: what is not a group, a dataset or an attribute of plain values is
refused by name before it is opened. It runs in a process of its own (``fork.py``): the library
crashes on damage.
"""

from __future__ import annotations

import io
import json
import math
from typing import Any

from rnncalc import files
from rnncalc.containers.extra import needed
from rnncalc.errors import FileError, printable

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MOST_OBJECTS = 30_000
"""About half of what can be walked in the time that there is (``fork.SECONDS``)."""

DEEPEST = 64
MOST_CHUNKS = 100_000
"""Of all datasets together: some 100 GB, for HDF5 makes them about 1 MiB large."""

MOST_ATTRIBUTES = 1000
"""Of one group: to find one takes the longer, the more there are."""

MOST_TEXT = 64 * files.MIB
"""The length of all attributes of a file together."""

WIDEST = 8
"""Bytes of the widest numbers that become a float64."""

COMPACT = 1 << 16
"""The most bytes of numbers that can stand in a header."""

OTHER_KINDS = {2: "times", 3: "text", 4: "bits", 5: "opaque bytes", 9: "lists", 10: "arrays"}
"""The classes of HDF5's types of which no numbers are read, by their codes in the format."""

Words = dict[str, Any]


def walk(file: io.RawIOBase | io.BytesIO) -> bytes:
    """The root group of an HDF5 file as JSON, numbers only by their places.

    A group is ``{"attributes", "groups", "tensors"}``, each by names. A tensor is ``{"shape",
    "dtype"}``, with ``code`` where it can be read, and then ``at`` and ``size``, or ``held``, or
    ``chunk``, ``filters`` and ``chunks``.

    Errors: FileError for what is no HDF5 file, is damaged, or holds what is refused.
    """
    _refuse_other(file)
    h5py = needed("h5py", "HDF5 files")
    try:
        with h5py.File(file, "r") as opened:
            root = h5py.h5g.open(opened.id, b"/")
            return json.dumps(_Walk(h5py, opened.userblock_size).group(root, "", ())).encode(
                "ascii"
            )
    except FileError:
        raise
    except Exception as error:  # the library raises OSError, RuntimeError, KeyError and more
        if files.scarce(error):
            raise
        raise FileError(f"is damaged: {printable(str(error), 200)}") from None


def _refuse_other(file: io.RawIOBase | io.BytesIO) -> None:
    """The signature stands at the start, or behind a user block of 512, 1024, ... bytes."""
    size = file.seek(0, io.SEEK_END)
    place = 0
    while place < size:
        file.seek(place)
        if file.read(len(SIGNATURE)) == SIGNATURE:
            return
        place = max(512, 2 * place)
    raise FileError("is not an HDF5 file")


def _text(data: bytes | str, where: str) -> str:
    """A name or value as text; h5py gives bytes, or text whose wrong bytes are escaped."""
    try:
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogateescape")
        return data.decode("utf-8")
    except UnicodeError:
        raise FileError(f"{where} holds text that is not UTF-8") from None


def _quoted(path: str) -> str:
    return f"'{printable(path or '/', 200)}'"


class _Walk:
    """On the way through one file, with the library and what has been met so far."""

    def __init__(self, h5py: Any, shift: int) -> None:
        self.h5 = h5py
        self.shift = shift
        self.objects = self.chunked = self.text = 0

    def group(self, group: Any, path: str, above: tuple[int, ...]) -> Words:
        """A group and all that is in it; ``above`` are the addresses of the groups around it."""
        address = self.h5.h5o.get_info(group).addr
        if address in above:
            raise FileError(f"{_quoted(path)} is a group that it stands in: not followed")
        if len(above) > DEEPEST:
            raise FileError(f"has groups more than {DEEPEST} deep")
        words: Words = {"attributes": self.attributes(group, path), "groups": {}, "tensors": {}}
        for name, there in self.names(group, path):
            where = f"{path}/{there}" if path else there
            thing = self.h5.h5o.open(group, name)
            if isinstance(thing, self.h5.h5g.GroupID):
                words["groups"][there] = self.group(thing, where, (*above, address))
            elif isinstance(thing, self.h5.h5d.DatasetID):
                words["tensors"][there] = self.dataset(thing, where)
            else:
                raise FileError(f"{_quoted(where)} is a named datatype: not read")
        return words

    def names(self, group: Any, path: str) -> list[tuple[bytes, str]]:
        """The names in a group, as they are and as text. Errors: FileError for other links."""
        found: list[bytes] = []
        group.links.iterate(found.append)
        self.objects += len(found)
        if self.objects > MOST_OBJECTS:
            raise FileError(f"holds more than {MOST_OBJECTS:,} groups and datasets")
        names = [(name, _text(name, _quoted(path))) for name in found]
        for name, there in names:
            if there in ("", ".") or "/" in there:  # a way to somewhere, not a name
                raise FileError(f"{_quoted(path)} holds something of an impossible name")
            self.refuse_link(group.links.get_info(name).type, f"{path}/{there}")
        return names

    def refuse_link(self, kind: int, where: str) -> None:
        """Errors: FileError for any link but the one by which an object is in its group."""
        link = self.h5.h5l
        if kind != link.TYPE_HARD:
            kinds = {link.TYPE_SOFT: "a soft link", link.TYPE_EXTERNAL: "a link to another file"}
            what = kinds.get(kind, "a link of an unknown kind")
            raise FileError(f"{_quoted(where.strip('/'))} is {what}: not followed")

    def attributes(self, group: Any, path: str) -> Words:
        """The attributes of a group: texts, numbers, truth values and lists of them."""
        names: list[bytes] = []
        self.h5.h5a.iterate(group, names.append)
        if len(names) > MOST_ATTRIBUTES:
            raise FileError(f"{_quoted(path)} has more than {MOST_ATTRIBUTES:,} attributes")
        values = self.h5.AttributeManager(self.h5.Group(group))
        found = {}
        for name in names:
            there = _text(name, _quoted(path))
            where = f"attribute {_quoted(there)} of {_quoted(path)}"
            self.refuse_kind(self.h5.h5a.open(group, name), where)
            found[there] = self.value(values[there], where)
        return found

    def refuse_kind(self, attribute: Any, where: str) -> None:
        """Errors: FileError for an attribute of other values, seen before it is read."""
        kinds, kind = self.h5.h5t, attribute.get_type()
        plain = kind.get_class() in (kinds.STRING, kinds.INTEGER, kinds.FLOAT, kinds.ENUM)
        if not plain or kind.committed():
            raise FileError(f"{where} is neither text nor numbers: not read")
        if len(attribute.get_space().get_simple_extent_dims() or ()) > 1:
            raise FileError(f"{where} has several axes: not read")

    def value(self, value: Any, where: str) -> Any:
        """An attribute as Python has it."""
        if isinstance(value, self.h5.Empty):
            return []
        value = value.tolist() if hasattr(value, "tolist") else value
        parts = value if isinstance(value, list) else [value]
        parts = [_text(p, where) if isinstance(p, (bytes, str)) else p for p in parts]
        self.text += sum(len(p) if isinstance(p, str) else 8 for p in parts)
        if self.text > MOST_TEXT:
            raise FileError(f"has more than {MOST_TEXT // files.MIB} MiB of attributes")
        if not all(isinstance(part, (str, int, float)) for part in parts):
            raise FileError(f"{where} holds numbers of more than 64 bits: not read")
        return parts if isinstance(value, list) else parts[0]

    def dataset(self, dataset: Any, path: str) -> Words:
        """Shape, type and place of the numbers; what they say themselves is not looked at."""
        plan = dataset.get_create_plist()
        if plan.get_external_count():
            raise FileError(f"{_quoted(path)} keeps its numbers in another file: not followed")
        if plan.get_layout() == self.h5.h5d.VIRTUAL:
            raise FileError(f"{_quoted(path)} is a virtual dataset: not followed")
        kind = dataset.get_type()
        if kind.get_class() in (self.h5.h5t.REFERENCE, self.h5.h5t.COMPOUND) or kind.committed():
            what = "references, records or a named datatype"
            raise FileError(f"{_quoted(path)} is made of {what}: not read")
        return self.numbers(dataset, plan, kind)

    def numbers(self, dataset: Any, plan: Any, kind: Any) -> Words:
        """Where they are; no place where they are of a kind that is not read, or there are none."""
        space = dataset.get_space()
        if space.get_simple_extent_type() == self.h5.h5s.NULL:
            return {"shape": [0], "dtype": "nothing"}
        name, code = self.type_of(kind)
        words: Words = {"shape": list(space.get_simple_extent_dims()), "dtype": name}
        if code is None:
            return words
        words["code"] = code
        if plan.get_layout() == self.h5.h5d.CHUNKED:
            return words | self.chunks(dataset, plan)
        size = dataset.get_storage_size()
        if plan.get_layout() == self.h5.h5d.CONTIGUOUS:
            return words | {"at": dataset.get_offset() if size else 0, "size": size}
        if size > COMPACT or size != math.prod(words["shape"]) * kind.get_size():
            raise FileError("is damaged: its compact datasets are not as large as they say")
        return words | {"held": self.h5.Dataset(dataset)[()].tobytes().hex()}

    def type_of(self, kind: Any) -> tuple[str, str | None]:
        """What a type is called, and NumPy's code for it (``<f4``) where its numbers are read."""
        kinds = self.h5.h5t
        if kind.get_class() == kinds.OPAQUE and kind.get_size() == 2:  # as Keras 3 keeps them
            return "bfloat16", "<u2"
        if kind.get_class() not in (kinds.INTEGER, kinds.FLOAT, kinds.ENUM):
            return OTHER_KINDS.get(kind.get_class(), "something else"), None
        dtype = kind.dtype
        if not kinds.py_create(dtype, logical=True).equal(kind):
            return f"numbers of an unusual format ({8 * kind.get_size()} bits)", None
        return dtype.name, dtype.str if dtype.itemsize <= WIDEST else None

    def chunks(self, dataset: Any, plan: Any) -> Words:
        """The chunks of a dataset, and what they have been through."""
        if self.shift:  # old versions of the library tell the places of chunks without it
            raise FileError("has chunks behind a user block: not read")
        count = dataset.get_num_chunks()
        self.chunked += count
        if self.chunked > MOST_CHUNKS:
            remedy = "Write the file anew with larger ones: h5repack -l"
            raise FileError(f"has datasets of more than {MOST_CHUNKS:,} chunks. {remedy}")
        filters = [plan.get_filter(index) for index in range(plan.get_nfilters())]
        found: list[Any] = []
        if hasattr(dataset, "chunk_iter"):
            dataset.chunk_iter(found.append)
        else:  # with HDF5 1.10, which looks for each from the beginning
            found += [dataset.get_chunk_info(index) for index in range(count)]
        return {
            "chunk": list(plan.get_chunk()),
            "filters": [[code, list(values)] for code, _, values, _ in filters],
            "chunks": [[c.chunk_offset, c.filter_mask, c.byte_offset, c.size] for c in found],
        }
