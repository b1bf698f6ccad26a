"""A network as people describe it, key by key: from a config, from a mapping, from flags.

``said`` and ``from_mapping`` check the keys; ``model`` turns what was said into a Model, and every
error is placed at the key or flag that it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncalc.array import Array, like, plain
from rnncalc.bounds import MOST_LAYERS
from rnncalc.config import keys, validation
from rnncalc.config.layers import layers
from rnncalc.config.said import Said, Words, pick
from rnncalc.config.stateless import blocks_of, is_graph, several, stateless
from rnncalc.equations.activations import Activation
from rnncalc.errors import FileError, KeyPath, RnncalcError, dotted, located, printable
from rnncalc.model.layer import Layer
from rnncalc.model.model import Embedding, Model
from rnncalc.numbers import rows, values
from rnncalc.numbers.input_file import Source
from rnncalc.numbers.unequal import Padded, padded

if TYPE_CHECKING:
    from rnncalc.config.document import Document

SIZES = [("reshape",), ("permute",), ("axes",)]
"""The keys of lists that are no numbers to compute with."""

EDITORS = "$schema"
"""Where an editor finds the schema of a config: nothing that is said of the network."""

MISSING = (
    ("W_x", "--wx", "input weights (units, features)"),
    ("W_h", "--wh", "recurrent weights (units, units)"),
)


def said(document: Document) -> Said:
    """What a YAML or JSON config says, once its keys and types are checked.

    Errors: FileError with line, column and key.
    """
    data = document.data
    if not isinstance(data, dict):
        what = "is empty" if data is None else "holds no keys"
        raise FileError(f"{document.name}: {what}. What a config looks like: rnncalc example")
    data.pop(EDITORS, None)
    for path, error in validation.unknown(data):
        raise document.placed(error, path, at_key=True)
    if wrong := validation.mistyped(data):
        raise document.placed(wrong[1], wrong[0])
    return Said(data, document.name, document)


def from_mapping(given: Mapping[str, Any]) -> Said:
    """What a mapping says in Python: a config's keys, with arrays or lists or numbers.

    Errors: RnncalcError for keys that there are not, and for values of other types.
    """
    data = _plain(given)
    data.pop(EDITORS, None)
    for path, error in validation.unknown(data):
        hint = error.message.partition(". ")[2]
        raise RnncalcError(f"there is no key {dotted(path)}. {hint}")
    if wrong := validation.mistyped(_typed(data)):
        raise RnncalcError(f"{dotted(wrong[0])}: {wrong[1].message}")
    return Said(data)


def _plain(value: Any, *path: str | int) -> Any:
    """Python's values as a config has them: what is an array as NumPy's, one number as a number.

    Errors: RnncalcError for a tensor without numbers of its own.
    """
    if isinstance(value, Mapping):
        return {str(key): _plain(part, *path, str(key)) for key, part in value.items()}
    if not like(value) or path[-1:] in SIZES:
        return value
    if not isinstance(value, (list, tuple)):
        return _array(value, path)
    if not any(isinstance(part, Mapping) for part in value):
        with suppress(ValueError):
            array = plain(value)
            if array.dtype.kind in "fiu" and array.size:
                return array
    plainer = [_plain(part, *path, i) for i, part in enumerate(value)]
    return [part.tolist() if isinstance(part, np.ndarray) else part for part in plainer]


def _array(value: Any, path: KeyPath) -> Any:
    try:
        array = plain(value)
    except ValueError as error:
        kind = type(value).__name__
        raise RnncalcError(f"{dotted(path)}: {kind} gives no numbers: {error}") from None
    return array if array.ndim else array.item()


def _typed(value: Any) -> Any:
    """The same with a number for every array, and a name for every activation."""
    if isinstance(value, dict):
        return {key: _typed(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_typed(part) for part in value]
    if isinstance(value, Activation):
        return value.name
    return 0.0 if isinstance(value, np.ndarray) else value


def model(said: Said) -> Model:
    """The Model that was described. Errors: RnncalcError, placed at the key or flag."""
    data, names, by_name = said.data, None, None
    if data.get("vocab") is not None or isinstance(data.get("x"), Words):
        from rnncalc.config import vocabulary

        names = vocabulary.vocab(said)
        by_name = vocabulary.named_input(said, names)
    arrays = _inputs(said, by_name)
    if data.get("embedding") and values.is_lines(data.get("x")):
        arrays["x"] = rows.column(arrays["x"])  # an id a line
    use = {key: data[key] for key in keys.USE if data.get(key) is not None}
    _refuse_many(said)
    with said.located():
        _refuse_missing(data)
    use |= {**arrays, "assumptions": said.assumed, "entry": said.entry, "vocab": names}
    if is_graph(data):
        from rnncalc.config import graph

        model = graph.model(said, use)
    else:
        found = _picked(said, layers(said), stateless(said, "output"), _embedding(said))
        with said.located():
            model = Model(**found, **use)
    if said.settings:
        from rnncalc.config.settings import with_settings

        model = with_settings(model, said.settings)
        said.assumed = model.assumptions
    return model


def _inputs(said: Said, by_name: Array | None) -> dict[str, Any]:
    """The input, its lengths, the initial states; sequences of unequal length tell theirs.

    Args:
        by_name: x, where it was given by names.
    """
    if several(said.data.get("x")):
        return _several(said)
    found = padded(said.data.get("x")) if by_name is None else None
    given = [key for key in keys.INPUTS if said.data.get(key) is not None]
    of_x = found._asdict() if found else {} if by_name is None else {"x": by_name}
    arrays = {key: said.array(key) for key in given if key != "x" or not of_x}
    if found and "lengths" in arrays:
        with said.located("lengths"):
            raise RnncalcError("the sequences of x have unequal lengths of their own: leave it out")
    return arrays | of_x


def _several(said: Said) -> dict[str, Any]:
    """The inputs of a graph by their names, those that are there; and what else comes with them."""
    data = said.data
    arrays = {
        key: said.array(key) for key in keys.INPUTS if key != "x" and data.get(key) is not None
    }
    x = {}
    for name, one in data["x"].items():
        if one is not None:
            ids = any(
                block.get("input") == name and "embedding" in block for _, block in blocks_of(data)
            )
            x[name] = _one_input(said, name, one, ids=ids)
    return arrays | ({"x": x} if x else {})


def _one_input(said: Said, name: str, given: Any, *, ids: bool) -> Array:
    if isinstance(given, Source):
        with located(f"--x {printable(name)}"), given as source:
            given = source.read(ids=ids)
    if isinstance(given, Padded) or padded(given):
        with said.located("x", name):
            raise RnncalcError("sequences of unequal length: pad them, and give lengths")
    array: Array = given if isinstance(given, np.ndarray) else said.array("x", name)
    return rows.column(array) if ids and values.is_lines(given) else array


def _picked(said: Said, made: list[Layer], output: Any, embedding: Embedding | None) -> Any:
    """The parts of a network, or those of them that were asked for.

    Errors: RnncalcError for a name that there is not, and for an order that no network has.
    """
    outputs = () if output is None else output if isinstance(output, tuple) else (output,)
    parts: list[Any] = [*([embedding] if embedding else []), *made, *outputs]
    if not said.picked:
        return {"layers": tuple(made), "output": output, "embedding": embedding}
    names = [getattr(part, "name", "embedding") for part in parts]
    chosen = [parts[place] for place in pick(said.picked, [(name, name) for name in names])]
    kinds = [0 if part is embedding else 1 if isinstance(part, Layer) else 2 for part in chosen]
    if kinds != sorted(kinds) or 1 not in kinds:
        expected = "an embedding, then recurrent layers (one at least), then output layers"
        raise RnncalcError(f"--layers {','.join(said.picked)}: {expected} were expected")
    return {
        "layers": tuple(part for part in chosen if isinstance(part, Layer)),
        "output": tuple(part for part, kind in zip(chosen, kinds, strict=True) if kind == 2)
        or None,
        "embedding": embedding if 0 in kinds else None,
    }


def _embedding(said: Said) -> Embedding | None:
    block = said.data.get("embedding")
    if not block:
        return None
    if block.get("weights") is None:
        with said.located("embedding"):
            raise RnncalcError("needs weights (ids, features)")
    return Embedding(said.array("embedding", "weights"), bool(block.get("mask_zero")))


def _refuse_many(said: Said) -> None:
    """Errors: RnncalcError where the lists of layers are too long, all of them together."""
    count = _listed(said.data)
    if count > MOST_LAYERS:
        key = max(keys.LISTS, key=lambda name: len(said.data.get(name) or ()))
        with said.located(key):
            raise RnncalcError(f"{count:,} layers, at most {MOST_LAYERS:,} are computed")


def _listed(block: Any) -> int:
    """How many blocks stand in the lists of a config."""
    if isinstance(block, list) and any(isinstance(part, dict) for part in block):
        return len(block) + sum(map(_listed, block))
    return sum(map(_listed, block.values())) if isinstance(block, dict) else 0


def _refuse_missing(data: Mapping[str, Any]) -> None:
    """A single simple layer in our own names tells which flags there are."""
    if any(data.get(key) is not None for key in ("layers", "forward", "backward", "cells")):
        return
    gated = (data.get("cell") or "rnn") != "rnn"
    if gated or any(keys.is_framework(key) for key in data):
        return
    for name, flag, what in MISSING:
        if data.get(name) is None:
            give = f"give {flag} on the command line or {name}: in a file"
            raise RnncalcError(f"{name} is missing, the {what}: {give}")
