"""From a checkpoint, dicts in dicts, to the flat names of a state dict.

Whoever trains a network keeps its weights beside an optimizer, an epoch, a wrapper's name. What is
taken are the weights, and what is left out is said. Prefixes end here: ``module.``, ``_orig_mod.``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from rnncalc.containers import raw
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch.objects import Instance
from rnncalc.errors import FileError, printable

WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "network", "module", "weights")
"""The keys under which people keep a state dict; the first that holds tensors wins."""

PREFIXES = ("module.", "_orig_mod.", "model.")
"""What nn.DataParallel, torch.compile and Lightning put in front of every name."""

INSIDE = ("module", "_orig_mod")
"""What they put into names where they wrap a part of a network."""

COPIES = frozenset(
    ("ema", "avg", "average", "averaged", "swa", "shadow", "best", "teacher", "target")
)
"""Words of the names below which people keep another state of a network."""

COMPARED = 1 << 24
"""Numbers of a network that are compared with those of its other state."""

AVERAGED = "n_averaged"
"""How many states torch.optim.swa_utils.AveragedModel is the average of."""

WEIGHT = re.compile("weight|bias|running_|in_proj_|gamma|beta")
"""How the names of tensors begin in their modules."""

LIBRARIES = {
    "sklearn.": "a model or scaler of scikit-learn, which is not computed here: ",
    "xgboost.": "a model of XGBoost, which is not computed here: ",
    "lightgbm.": "a model of LightGBM, which is not computed here: ",
    "keras.src.legacy.preprocessing": "a tokenizer of Keras, not a network: ",
    "keras.preprocessing": "a tokenizer of Keras, not a network: ",
    "keras_preprocessing": "a tokenizer of Keras, not a network: ",
    "tensorflow.": "what Keras pickled with TensorFlow, which is not read: ",
    "tokenizers": "a tokenizer, not a network: ",
    "transformers.": "an object of transformers, which is not computed here: ",
    "pandas.": "a table of pandas, not a network: ",
}
"""Where the classes of other libraries are, and what is said of their objects."""

DEPTH = 32
MOST = 100_000
LONGEST = 1_000
"""Bounds of what a checkpoint may be: dicts in dicts, tensors, letters of a name."""

EXPECTED = "a state dict was expected, as torch.save(model.state_dict(), ...) writes it"
TOO_DEEP = f"nests more than {DEPTH} levels deep: {EXPECTED}"


class Counts:
    """How many tensors the values of a checkpoint hold; what stands in several places once each."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def of(self, value: Any, depth: int = 0) -> int:
        """How many are in a value, MOST + 1 at most.

        Errors: FileError where it nests too deep, or holds itself.
        """
        if isinstance(value, Tensor):
            return 1
        if not isinstance(value, (Mapping, list, tuple)):
            return 0
        if depth > DEPTH:
            raise FileError(TOO_DEEP)
        if id(value) not in self._known:
            if isinstance(value, Instance):  # objects may hold those that hold them
                self._known[id(value)] = 0
            inside = value.values() if isinstance(value, Mapping) else value
            count = sum(self.of(part, depth + 1) for part in inside)
            self._known[id(value)] = min(count, MOST + 1)
        return self._known[id(value)]


class Unwrapped(NamedTuple):
    """What is in a checkpoint.

    Attributes:
        tensors: by dotted names, without those of wrappers.
        left_out: what else there is: ``optimizer: 12 tensors``, ``epoch``.
        copies: where one network stands several times with other numbers, their names.
    """

    tensors: dict[str, Tensor]
    left_out: list[str]
    copies: list[str]


def unwrapped(stored: Any) -> Unwrapped:
    """The tensors of a checkpoint, and what else is in it.

    Args:
        stored: dicts, lists, plain values, and Tensors.

    Errors: FileError for a checkpoint without tensors, and for what is none.
    """
    counts = Counts()
    stored = _with_keys(stored, counts)
    if not isinstance(stored, Mapping) or not counts.of(stored) or _is_optimizer(stored):
        raise FileError(f"holds {_what(stored)}: {EXPECTED}")
    left_out: list[str] = []
    way, keys = "", _below(stored, counts)
    while keys:
        others = ((_joined(way, name), value) for name, value in _items(stored) if name not in keys)
        left_out += [_left(name, value, counts) for name, value in others]
        if len(keys) > 1:
            stored = {key: stored[key] for key in keys}
            break
        stored, way = stored[keys[0]], _joined(way, keys[0])
        keys = _below(stored, counts)
    tensors = _named(stored, counts, left_out)
    rest = {*tensors} - {AVERAGED}
    if AVERAGED in tensors and all(name.startswith(PREFIXES[0]) for name in rest):
        left_out.append(_left(AVERAGED, tensors.pop(AVERAGED), counts))
    return Unwrapped(_renamed(tensors), left_out, keys)


def _with_keys(stored: Any, counts: Counts) -> Any:
    """A list or tuple that holds one network: that under a wrapper's key, the rest by number."""
    if not isinstance(stored, (list, tuple)):
        return stored
    networks = [i for i, one in enumerate(stored) if _is_network(one, counts)]
    if len(networks) > 1:
        which = f"{len(networks):,} networks without names: which is meant is not said"
        raise FileError(f"holds {which}: {EXPECTED}")
    own = {str(i): one for i, one in enumerate(stored) if i not in networks}
    return {"model": stored[networks[0]], **own} if networks else stored


def _is_network(value: Any, counts: Counts) -> bool:
    """Whether it is a state dict: no optimizer, no object of a class that is not known."""
    plain = isinstance(value, Mapping) and not isinstance(value, Instance)
    return plain and not _is_optimizer(value) and counts.of(value) > 0


def _named(stored: Any, counts: Counts, left_out: list[str]) -> dict[str, Tensor]:
    """The tensors by the ways to them. Errors: FileError for none, too many, two of one name."""
    if counts.of(stored) > MOST:
        raise FileError(f"holds more than {MOST:,} tensors: {EXPECTED}")
    tensors: dict[str, Tensor] = {}
    for name, tensor in _flat(stored, [], counts, left_out):
        if name in tensors:
            raise FileError(f"holds two tensors by the name of {printable(name)}")
        tensors[name] = tensor
    if not tensors:
        raise FileError(f"holds no weights, only {', '.join(left_out[:8])}: {EXPECTED}")
    return tensors


def _below(stored: Any, counts: Counts) -> list[str]:
    """The key of the state dict in a checkpoint, and those of other states of that network.

    Of a state that has the same numbers nothing need be said.
    """
    wrapper = next((key for key in WRAPPERS if _wraps(stored, key, counts)), None)
    if not isinstance(stored, Mapping) or (wrapper is None and not any(map(_is_copy, stored))):
        return []
    states = [key for key in stored if isinstance(key, str) and _wraps(stored, key, counts)]
    first = wrapper or next((key for key in states if not _is_copy(key)), None)
    if first is None:
        return []
    if len(states) * counts.of(stored[first]) > MOST:
        raise FileError(
            f"holds {len(states):,} states of networks: too many to tell which is meant"
        )
    own = _state(stored[first], counts)
    same = [key for key in states if key != first and _fits(own, _state(stored[key], counts))]
    if wrapper is None and len(same) + 1 < len(states):
        return []
    return [first, *(key for key in same if not _equal(own, _state(stored[key], counts)))]


def _is_copy(key: Any) -> bool:
    """Whether a name says that a network stands there a second time: ``params_ema``."""
    return isinstance(key, str) and not COPIES.isdisjoint(re.split(r"[^a-z]+", key.lower()))


def _state(value: Any, counts: Counts) -> dict[str, Tensor]:
    """The tensors of one of several states; none where it is not a state dict."""
    try:
        found = _renamed(dict(_flat(value, [], counts, [])))
    except FileError:
        return {}
    return {name: tensor for name, tensor in found.items() if name != AVERAGED}


def _fits(own: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Whether these are the weights of one network: names and shapes are the same."""
    shapes = [{name: tensor.shape for name, tensor in one.items()} for one in (own, other)]
    return bool(own) and shapes[0] == shapes[1]


def _equal(own: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Whether all numbers are the same; of large networks that is not looked at."""
    few = sum(tensor.size for tensor in own.values()) <= COMPARED
    return few and all(
        np.array_equal(tensor.read(), other[name].read(), equal_nan=True)
        for name, tensor in own.items()
        if raw.unfit(tensor.dtype) == raw.unfit(other[name].dtype) == ""
    )


def _wraps(stored: Any, key: str, counts: Counts) -> bool:
    """Whether a state dict lies under a key."""
    if not isinstance(stored, Mapping):
        return False
    inner = stored.get(key)
    return isinstance(inner, Mapping) and not _is_optimizer(inner) and counts.of(inner) > 0


def _is_optimizer(value: Any) -> bool:
    return isinstance(value, Mapping) and "param_groups" in value


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    """What a mapping or list holds, with names."""
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
    return ((str(key) if isinstance(key, (str, int)) else "?", part) for key, part in pairs)


def _flat(
    value: Any, way: list[str], counts: Counts, left_out: list[str]
) -> Iterator[tuple[str, Tensor]]:
    """The tensors with the names of all that is around them; adds what is none to ``left_out``."""
    if len(way) > DEPTH:
        raise FileError(TOO_DEEP)
    for key, part in _items(value):
        inner = [*way, key]
        if WEIGHT.match(key.rpartition(".")[2]):
            refuse_made(_joined(*inner), part)
        if isinstance(part, Tensor):
            yield _joined(*inner), part
        elif counts.of(part) and not _is_optimizer(part):
            yield from _flat(part, inner, counts, left_out)
        elif isinstance(value, Mapping) or counts.of(part):
            left_out.append(_left(_joined(*inner), part, counts))


def refuse_made(name: str, value: Any) -> None:
    """Errors: FileError for a weight that only a call would make."""
    if isinstance(value, Instance):
        made = f"is what '{printable(value.kind)}' would make, and nothing in a file is called"
        raise FileError(f"{printable(name)} {made}: a tensor was expected")


def _joined(*way: str) -> str:
    name = ".".join(filter(None, way))
    if len(name) > LONGEST:
        raise FileError(f"a name of {len(name):,} letters is too long: {printable(name)}")
    return name


def _left(name: str, value: Any, counts: Counts) -> str:
    """What was left out: ``optimizer: 12 tensors``."""
    count = counts.of(value)
    tensors = f": {count:,} tensor{'s' * (count != 1)}" if count else ""
    return f"{printable(name)}{_kind(value)}{tensors}"


def _kind(value: Any) -> str:
    """The class of an object, behind its name."""
    return f" ({printable(value.kind)})" if isinstance(value, Instance) else ""


def _what(stored: Any) -> str:
    """What is in a file that is no checkpoint."""
    if isinstance(stored, Tensor):
        return f"a single tensor {stored.shape}"
    if isinstance(stored, (list, tuple)):
        return f"a list or tuple of {len(stored):,}, none of which is a network"
    if not isinstance(stored, Mapping):
        return f"a value of type {type(stored).__name__}"
    if _is_optimizer(stored):
        return "the state of an optimizer"
    if isinstance(stored, Instance):
        return _object(stored.kind)
    names = [printable(key) + _kind(value) for key, value in islice(_items(stored), 8)]
    return f"no tensors, only {', '.join(names)}" if names else "nothing"


def _object(kind: str) -> str:
    """What an object is, as the library that it is of is known or not."""
    known = next((what for start, what in LIBRARIES.items() if kind.startswith(start)), "")
    return f"{known}an object of '{printable(kind)}' without tensors, of which nothing was called"


def _renamed(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Without what wrappers put in front of all names, or into some."""
    names = list(tensors)
    while names and (
        prefix := next((p for p in PREFIXES if all(n.startswith(p) for n in names)), None)
    ):
        names = [name[len(prefix) :] for name in names]
    plain = [_without_wrappers(name) for name in names]
    names = plain if len(set(plain)) == len(plain) else names
    return dict(zip(names, tensors.values(), strict=True))


def _without_wrappers(name: str) -> str:
    first, *others = name.split(".")
    return ".".join([first, *(part for part in others if part not in INSIDE)])
