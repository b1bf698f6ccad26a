"""TorchScript (``torch.jit.save``): its objects, as the pickled modules that they were made of.

A file keeps their attributes, under the classes of its program: tensors, modules inside, and what
is no constant of the program. What the program does between them is neither run nor read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch.objects import Instance
from rnncalc.errors import FileError, listed, printable
from rnncalc.readers.of_torch.checkpoint import Counts

CLASS = re.compile(r"__torch__\.?|___torch_mangle_\d+\.?|\.(?=___torch_mangle_)")
"""What a program's names of classes have that those of Python have not."""

PACKED = "__torch__.torch.classes."
"""Objects of C++, which keep weights in an order of their own."""

FLAT = "_flat_weights"
"""The list in which a recurrent module has its parameters a second time."""


def modules_of(script: Instance) -> tuple[Any, list[str]]:
    """The modules of an archive, as ``torch.save`` pickles them; and what else holds tensors.

    Errors: FileError for packed weights, and for a network that was frozen.
    """
    counts, constants = Counts(), script["constants"]
    count = counts.of(constants)
    if count and not counts.of(script["data"]):
        tensors = [one for one in constants if isinstance(one, Tensor)]
        shapes = listed(str(one.shape) for one in tensors[:6]) + ", ..." * (len(tensors) > 6)
        raise FileError(
            f"is TorchScript that was frozen (torch.jit.freeze): its {count:,} tensors {shapes} "
            "are constants without names, and only its program, which is not run, says what each "
            "is. Save it before it is frozen, or its state_dict()"
        )
    modules = _Scripted(counts)
    found = modules.module(script["data"], "")
    several = f"{count:,} tensor{'s' * (count > 1)} without names, constants of the program"
    return found, modules.left_out + [f"constants.pkl: {several}"] * (count > 0)


class _Scripted:
    """The modules that were made, by the objects that they are; and what none of them has."""

    def __init__(self, counts: Counts) -> None:
        self.counts, self.left_out = counts, list[str]()
        self._made: dict[int, Instance] = {}

    def module(self, given: Any, path: str) -> Any:
        """An object as a module; all else as it is."""
        if not isinstance(given, Instance):
            return given
        if given.kind.startswith(PACKED):
            remedy = "Save the network as it was before it was quantized or optimized"
            where = printable(path.removesuffix(".")) or "it"
            raise FileError(f"{where} is '{printable(given.kind)}', packed weights. {remedy}")
        if id(given) not in self._made:
            own: dict[str, Any] = {"_parameters": {}, "_buffers": {}, "_modules": {}}
            made = self._made[id(given)] = Instance(_class(given.kind), own)
            for name, value in given.items():
                self._attribute(made, name, value, path)
        return self._made[id(given)]

    def _attribute(self, module: Instance, name: str, value: Any, path: str) -> None:
        if isinstance(value, Tensor):
            module["_parameters"][name] = replace(value, name=f"{path}{name}")
        elif isinstance(value, Instance):
            module["_modules"][name] = self.module(value, f"{path}{name}.")
        else:
            module.setdefault(name, value)
            if isinstance(value, (Mapping, list)) and name != FLAT:
                self._leave(f"{path}{name}", value)

    def _leave(self, name: str, value: Any) -> None:
        """Name what holds tensors, and is no module."""
        if count := self.counts.of(value):
            self.left_out.append(f"{printable(name)}: {count:,} tensor{'s' * (count > 1)}")


def _class(kind: str) -> str:
    """A class without what the program puts into its name: ``torch.nn.modules.rnn LSTM``."""
    return CLASS.sub("", kind).strip()
