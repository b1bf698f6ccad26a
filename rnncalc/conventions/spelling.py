"""``Spelling``: what a framework calls an activation, which one of ours it is, with what numbers.

Each framework's are a table in ``keras_activations.py``, ``torch_activations.py`` and
``onnx_activations.py``, which is read to open files and to write them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from rnncalc.data import dataclass
from rnncalc.equations.activations import ACTIVATIONS, Activation
from rnncalc.errors import RnncalcError, printable


@dataclass(frozen=True)
class Spelling:
    """A framework's activation.

    Attributes:
        ours: its name here.
        arguments: the framework's names of its parameters, in its order, to ours.
        defaults: ours to the number that the framework takes where none is written.
    """

    ours: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, float] = field(default_factory=dict)

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Ours as a config has it, of what a file gives.

        Errors: RnncalcError for what is no number, and for one that must be written.
        """
        activation: dict[str, Any] = {"name": self.ours}
        for key in ACTIVATIONS[self.ours].defaults:
            names = [theirs for theirs, ours in self.arguments.items() if ours == key]
            written = [given[name] for name in names if given.get(name) is not None]
            value = (written or [self.defaults.get(key)])[0]
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise RnncalcError(f"has a {names[0] if names else key} that is no number")
            activation[key] = float(value)
        return activation

    def writes(self, one: Activation) -> dict[str, float] | None:
        """The framework's arguments for one of ours, without those that it takes by itself.

        None where this function has no argument for one of its parameters.
        """
        if one.name != self.ours:
            return None
        other = {key: float(p) for key, p in one.parameters.items() if self.defaults.get(key) != p}
        theirs = {ours: name for name, ours in self.arguments.items()}
        if any(key not in theirs for key in other):
            return None
        return {theirs[key]: value for key, value in other.items()}


def written(table: Mapping[str, Spelling], one: Activation) -> tuple[str, dict[str, float]] | None:
    """The first function of a framework that one of ours is, and its arguments; None for none."""
    for name, function in table.items():
        if (arguments := function.writes(one)) is not None:
            return name, arguments
    return None


def expression(texts: Mapping[str, str], one: Activation, infinity: str, *of: str) -> str:
    """One of ours as a script writes it, with its parameters in it."""
    parameters = {key: repr(float(p)) for key, p in one.parameters.items()}
    return texts[one.name].format(*of, **parameters).replace("inf", infinity)


def simple(config: dict[str, Any]) -> Any:
    """A config's activation by its name alone, where it has no parameters."""
    return config if len(config) > 1 else config["name"]


def unknown(name: Any) -> RnncalcError:
    """The error for a name that a framework has, or has not, and that is none of ours."""
    return RnncalcError(f"has the activation '{printable(str(name))}', which is not known here")
