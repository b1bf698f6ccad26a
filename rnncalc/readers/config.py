"""A network as people describe it, key by key: from a config, from an npz file, from flags.

``Said`` is what was said and where: nested data, the document it came from, and the flags that were
laid over it. ``model`` turns it into a Model; every error is placed at the key or flag that it is
about, and of two that disagree at the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnncalc import npy, values
from rnncalc.activations import Activation, activation
from rnncalc.cells import CELLS
from rnncalc.errors import FileError, RnncalcError, located, printable, suggestion
from rnncalc.errors import Path as Way
from rnncalc.layer import Layer
from rnncalc.model import Model, Output

if TYPE_CHECKING:
    from rnncalc.readers.from_yaml import Document


ARRAYS = ("W_x", "W_h", "bias", "bias_h", "h0", "x")
OUTPUT_ARRAYS = ("W_y", "bias")
WEIGHTS = ("W_x", "W_h", "bias", "bias_h")
USE = ("mode", "timesteps", "feedback", "dtype")
MISSING = (
    ("W_x", "--wx", "input weights (units, features)"),
    ("W_h", "--wh", "recurrent weights (units, units)"),
)


@dataclass
class Said:
    """What was said of a network, and where.

    Attributes:
        data: the keys of a config, nested as there.
        name: what errors call the source where it has no lines (``w.npz``), or nothing.
        document: the text that the data came from, if it came from one.
        flags: the way to each value that a flag gave, and the flag.
    """

    data: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    document: Document | None = None
    flags: dict[Way, str] = field(default_factory=dict)

    def set(self, way: Way, value: Any, flag: str) -> None:
        """Lay the value of a flag over what a file said."""
        block = self.data
        for key in way[:-1]:
            if not isinstance(block.get(str(key)), dict):
                block[str(key)] = {}
            block = block[str(key)]
        block[str(way[-1])] = value
        self.flags[way] = flag

    @contextmanager
    def located(self, *way: str | int) -> Iterator[None]:
        """Put the place in front of an error: of this key, or of those that the error is about."""
        try:
            yield
        except RnncalcError as error:
            if error.placed:
                raise
            ways: list[Way] = [tuple(name.split(".")) for name in error.about] or [way]
            raise self._placed(error, max(ways, key=self._order)) from None

    def _placed(self, error: RnncalcError, way: Way) -> RnncalcError:
        if flag := self.flags.get(way):
            return _prefixed(error, flag)
        if self.document and self.document.position(way):
            return self.document.placed(error, way + error.path)
        return _prefixed(error, self.name) if self.name else error

    def _order(self, way: Way) -> tuple[int, Any]:
        """Which of several was said last: in the file by its place, and flags after the file."""
        if way in self.flags:
            return 2, 0
        position = self.document.position(way) if self.document else None
        return (1, position) if position else (0, 0)


def said(document: Document) -> Said:
    """What a YAML or JSON config says, once its keys and types are checked.

    Errors: FileError with line, column and key.
    """
    import msgspec

    from rnncalc.schema import Config, FileRef, OutputBlock, Parameters

    data = document.data
    if not isinstance(data, dict):
        what = "is empty" if data is None else "holds no keys"
        raise FileError(f"{document.name}: {what}. What a config looks like: rnncalc example")
    _refuse_unknown(document, (), Config.__struct_fields__)
    _refuse_unknown(document, ("output",), OutputBlock.__struct_fields__)
    for function in (("activation",), ("output", "activation")):
        _refuse_unknown(document, function, Parameters.__struct_fields__)
    for array in (*((key,) for key in ARRAYS), *(("output", key) for key in OUTPUT_ARRAYS)):
        _refuse_unknown(document, array, FileRef.__struct_fields__)
    try:
        msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        raise document.placed(RnncalcError(_in_words(message)), _way(path.rstrip("`"))) from None
    return Said(data, document.name, document)


def from_mapping(data: Mapping[str, Any]) -> Said:
    """What a mapping says in Python: a config's keys, with arrays or lists or numbers."""
    from rnncalc.schema import Config, OutputBlock

    block = data.get("output") or {}
    for way, given, struct in (("", data, Config), ("output.", block, OutputBlock)):
        for key in given:
            if key not in struct.__struct_fields__:
                hint = suggestion(str(key), struct.__struct_fields__)
                raise RnncalcError(f"there is no key {way}{key}. {hint}")
    return Said({**data, "output": dict(block)} if block else dict(data))


def from_npz(path: Path, name: str) -> Said:
    """What an npz file says: arrays named like a config's keys, with dots (``output.W_y``)."""
    known = [*ARRAYS, *(f"output.{key}" for key in OUTPUT_ARRAYS)]
    for key in npy.names(path):
        if key not in known:
            hint = suggestion(key, known)
            raise FileError(f"{name}: there is no '{printable(key)}' in a model. {hint}")
    result = Said(name=name)
    for key, array in npy.read_npz(path).items():
        result.set(tuple(key.split(".")), array, "")
    result.flags.clear()
    return result


def model(said: Said) -> Model:
    """The Model that was described. Errors: RnncalcError, placed at the key or flag."""
    data = said.data
    arrays = {key: _array(said, (key,)) for key in ARRAYS if data.get(key) is not None}
    weights = {key: arrays[key] for key in WEIGHTS if key in arrays}
    settings = {key: data[key] for key in ("cell", "name") if data.get(key) is not None}
    use = {key: data[key] for key in USE if data.get(key) is not None}
    function = _activation(said, ("activation",), "tanh")
    with said.located("cell"):
        _refuse_gated(settings.get("cell", "rnn"))
    with said.located():
        _refuse_missing(weights)
        layer = Layer(weights, activation=function, h0=arrays.get("h0", 0.0), **settings)
        return Model((layer,), output=_output(said), x=arrays.get("x"), **use)


def _output(said: Said) -> Output | None:
    block = said.data.get("output")
    if not block:
        return None
    if block.get("W_y") is None:
        with said.located("output"):
            raise RnncalcError("output needs W_y (outputs, units): on the command line --wy")
    bias = _array(said, ("output", "bias")) if "bias" in block else 0.0
    function = _activation(said, ("output", "activation"), "linear")
    with said.located("output"):
        return Output(_array(said, ("output", "W_y")), bias, function)


def _array(said: Said, way: Way) -> Any:
    given: Any = said.data
    for key in way:
        given = given[key]
    if not isinstance(given, (str, int, float, list, dict)):
        return given
    folder = said.document.folder if said.document else Path()
    with said.located(*way):
        if isinstance(given, str):
            return values.parse(given, folder)
        if isinstance(given, dict):
            return values.read(given["file"], given.get("key"), folder)
        return values.array(given)


def _activation(said: Said, way: Way, default: str) -> Activation:
    given: Any = said.data
    for key in way:
        given = given.get(key) if given else None
    with said.located(*way):
        return activation(default if given is None else given)


def _refuse_missing(weights: Mapping[str, Any]) -> None:
    for name, flag, what in MISSING:
        if name not in weights:
            keys = f"give {flag} on the command line or {name}: in a file"
            raise RnncalcError(f"{name} is missing, the {what}: {keys}")


def _refuse_gated(cell: str) -> None:
    """Configs describe one simple layer so far; gates, stacks and directions are the library's."""
    if cell in CELLS and CELLS[cell].gates:
        message = f"a config cannot describe a cell {cell} yet"
        raise RnncalcError(f"{message}: in Python, rnncalc.Layer(weights, {cell!r}) computes it")


def _refuse_unknown(document: Document, way: Way, known: tuple[str, ...]) -> None:
    block: Any = document.data
    for key in way:
        block = block.get(key) if isinstance(block, dict) else None
    for key in block if isinstance(block, dict) else ():
        if key not in known:
            error = RnncalcError(f"there is no such key. {suggestion(key, known)}")
            raise document.placed(error, (*way, key), at_key=True)


def _in_words(message: str) -> str:
    """What msgspec says of a wrong type, without the names of types."""
    if message.startswith("Expected `float | str | object | array"):
        got = message.rsplit("`", 2)[1]
        return f"expected a number, a list, a matrix or a file, not {got}"
    if message.startswith("Invalid enum value"):
        return f"{message[19:]} is another version; this rnncalc knows 1"
    return message[0].lower() + message[1:].replace("`", "")


def _way(path: str) -> Way:
    """msgspec's ``.output.W_y[0]`` as a way."""
    parts = re.findall(r"\.(\w+)|\[(\d+)\]", path)
    return tuple(name or int(index) for name, index in parts)


def _prefixed(error: RnncalcError, where: str) -> RnncalcError:
    with suppress(RnncalcError), located(where):
        raise error
    error.placed = True
    return error
