"""Modules that were pickled whole: the state dict that they hold, and what they say besides.

``torch.save(model)`` keeps each module's attributes, which is more than names of tensors tell:
the nonlinearity of an nn.RNN, the epsilon of a normalization, what follows in an nn.Sequential.
What ``forward`` does is a program, and is not in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch.objects import Instance
from rnncalc.conventions.torch import NOT_STORED
from rnncalc.conventions.torch_activations import of_module, settings
from rnncalc.equations.activations import activation
from rnncalc.errors import FileError, RnncalcError, printable
from rnncalc.files import shell
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_torch.checkpoint import refuse_made
from rnncalc.readers.of_torch.classes import TORCH, agree, nonlinearity

OWN = {"_parameters", "_modules", "_buffers"}
"""The attributes that every nn.Module has."""

BUFFER = "_io BytesIO"
DEEPEST = 32
SEQUENTIAL = f"{TORCH}container Sequential"
IDLE = ("dropout ", "container ", "loss ", "linear Identity")
"""Modules of ``torch.nn`` that change no number of a trained network, or only hold others."""

EPSILONS = ("nn.LayerNorm", "nn.BatchNorm1d")


def keras_in(stored: Any) -> bytes | None:
    """The ``.keras`` archive that a pickled model of Keras is; None for what is none."""
    given = stored.get("arguments") if isinstance(stored, Instance) else None
    for one in given if isinstance(given, list) else []:
        state = one.get("state") if isinstance(one, Instance) and one.kind == BUFFER else None
        if isinstance(state, list) and state and isinstance(state[0], bytes):
            return state[0] if state[0].startswith(b"PK") else None
    return None


class Modules:
    """The modules of one file, by the tensors that they have.

    Attributes:
        kinds: the classes of the outermost ones, for the sentence that says what the file is.
    """

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self._owners: dict[int, Instance] = {}
        self._behind: dict[int, Instance | None] = {}
        self._idle: dict[str, Instance] = {}
        self._ahead: dict[int, Instance] = {}
        self._read: dict[int, dict[str, Any]] = {}

    def without(self, stored: Any, depth: int = 0) -> Any:
        """What is stored, with a state dict in the place of each module."""
        if depth > DEEPEST or not isinstance(stored, (Mapping, list)):
            return stored
        if isinstance(stored, Instance) and set(stored) >= OWN:
            self.kinds.append(stored.kind)
            return self._state_dict(stored, "", depth)
        if isinstance(stored, list):
            return [self.without(part, depth + 1) for part in stored]
        if id(stored) not in self._read:
            own = Instance(stored.kind, {}) if isinstance(stored, Instance) else {}
            self._read[id(stored)] = own
            for key, part in stored.items():
                self._read[id(stored)][key] = self.without(part, depth + 1)
        return self._read[id(stored)]

    def _state_dict(self, module: Instance, path: str, depth: int) -> dict[str, Any]:
        """Its parameters, its buffers and those of the modules in it, as ``state_dict()`` gives."""
        if depth > DEEPEST:
            raise FileError(f"holds modules that nest more than {DEEPEST} levels deep")
        hidden = module.get("_non_persistent_buffers_set") or []
        found: dict[str, Any] = {}
        for kept in ("_parameters", "_buffers"):
            for name, tensor in _mapping(module[kept]).items():
                refuse_made(f"{path}{name}", tensor)
                if isinstance(tensor, Tensor) and name not in hidden:
                    found[name] = tensor
                    self._owners[id(tensor)] = module
        inside = _mapping(module["_modules"])
        for name, child in inside.items():
            loss = isinstance(child, Instance) and child.kind.startswith(f"{TORCH}loss ")
            if isinstance(child, Instance) and set(child) >= OWN and not loss:
                own = self._state_dict(child, f"{path}{name}.", depth + 1)
                found |= {name: own} if own else {}
        children = [child for child in inside.values() if isinstance(child, Instance)]
        chain = [child for child in children if not _is_idle(child.kind)]
        self._ahead |= {id(behind): one for one, behind in pairwise(chain)}
        if module.kind == SEQUENTIAL:
            self._follow(chain)
        elif not found and not _is_idle(module.kind):
            self._idle[path.removesuffix(".")] = module
        return found

    def _follow(self, chain: list[Instance]) -> None:
        """In an nn.Sequential each module follows the one before it."""
        for one, following in pairwise(chain):
            self._behind[id(one)] = following

    def tell(self, parts: list[Part], tensors: Mapping[str, Tensor]) -> list[str]:
        """Give parts what their modules say of them.

        Args:
            parts: made of the names and shapes of the tensors alone.
            tensors: by the names that the parts were made of.

        Returns:
            Warnings: modules without weights whose place is not in the file.
        """
        owners = {
            name.rpartition(".")[0]: self._owners[id(tensor)]
            for name, tensor in tensors.items()
            if id(tensor) in self._owners
        }
        placed: set[int] = set()
        of = [
            next((owners[n] for n in _paths(part.name) if n in owners), owners.get(""))
            for part in parts
        ]
        for module in {id(one): one for one in of if one is not None}.values():
            own = [part for part, one in zip(parts, of, strict=True) if one is module]
            agree(own, module, module.kind)
            for part in own:
                self._settings(part, module, placed)
        parts_of = {id(one): part for part, one in zip(parts, of, strict=True) if one is not None}
        return [
            _unplaced(name, module, parts_of.get(id(self._ahead.get(id(module)))))
            for name, module in self._idle.items()
            if id(module) not in placed
        ]

    def _settings(self, part: Part, module: Instance, placed: set[int]) -> None:
        kind = module.kind.rpartition(" ")[2]
        if part.kind == "recurrent":
            if said := nonlinearity(module, part):
                part.forget("activation", said)
        elif part.says in EPSILONS:
            _normalization(part, module, kind)
        elif part.says == "nn.Linear" and (following := self._behind.get(id(module))):
            _activation(part, following, placed)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise FileError("is damaged: a module has no parameters, buffers or modules")
    return value


def _is_idle(kind: str) -> bool:
    return kind.startswith(tuple(f"{TORCH}{name}" for name in IDLE))


def _paths(name: str) -> tuple[str, str]:
    """The module that a part may be of; layers of one have a number behind its name."""
    return name, name.rpartition(".")[0]


def _normalization(part: Part, module: Instance, kind: str) -> None:
    """Its epsilon; and that it is no other one that has the same tensors."""
    epsilon = module.get("eps")
    if isinstance(epsilon, float) and epsilon > 0:
        part.forget("epsilon", epsilon)
    if kind == "LayerNorm":
        part.forget("normalization", "layer")


def _activation(part: Part, following: Instance, placed: set[int]) -> None:
    """What follows in an nn.Sequential: an activation, or a layer of its own."""
    if not following.kind.startswith(TORCH):
        return
    kind, function = following.kind.rpartition(" ")[2], _function(following)
    if function is None:
        if any(_mapping(following[kept]) for kept in ("_parameters", "_modules")):
            part.forget("activation", "linear")
        return
    placed.add(id(following))
    part.forget("activation", function)
    if unsaid := [name for name in settings(kind) if name not in following]:
        usual = f"nn.{kind} follows, and the usual {' and '.join(unsaid)} is taken"
        part.assume("activation", function, f"{usual}; {NOT_STORED}")


def _unplaced(name: str, module: Instance, ahead: Part | None) -> str:
    """A module whose place is not known, and what says it, if it is behind what was made before."""
    kind = module.kind.rpartition(" ")[2]
    what = f"nn.{kind}" if module.kind.startswith(TORCH) else kind
    where = "where it is applied is not in the file, and it is left out"
    told = f"{printable(name)} is {printable(what)}, without weights: {where}"
    if ahead is None or ahead.kind != "output" or not ahead.assumes("activation"):
        return told
    try:
        function = activation(_function(module) or "")
    except RnncalcError:
        return told
    word = shell.word(f"{ahead.name}.activation={function}")
    unless = f"unless --assume {printable(word, 200)} says that it is behind"
    return f"{told}, {unless} {printable(ahead.name)}"


def _function(module: Instance) -> Any:
    """The activation that a module is, as a config has it; None for one that is none."""
    if not module.kind.startswith(TORCH):
        return None
    try:
        return of_module(module.kind.rpartition(" ")[2], module)
    except (RnncalcError, TypeError, KeyError, ValueError):
        return None
