"""What a command is asked for, as typed data: options become this at the door and go no further.

Importing this costs nothing: a shell asks commands for their options, and people for their help.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any

from rnncalc.cli.notes import Notes

if TYPE_CHECKING:
    from rnncalc.array import Array
    from rnncalc.equations.activations import Activation
    from rnncalc.numbers.input_file import Source

FLAGS = {
    "W_x": ("--wx", ("W_x",)),
    "W_h": ("--wh", ("W_h",)),
    "bias": ("--bias", ("bias",)),
    "bias_h": ("--bias-h", ("bias_h",)),
    "h0": ("--h0", ("h0",)),
    "c0": ("--c0", ("c0",)),
    "activation": ("--activation", ("activation",)),
    "bias_y": ("--bias-y", ("output", "bias")),
    "activation_y": ("--activation-y", ("output", "activation")),
    "W_y": ("--wy", ("output", "W_y")),
    "mode": ("--mode", ("mode",)),
    "timesteps": ("--timesteps", ("timesteps",)),
    "feedback": ("--feedback", ("feedback",)),
    "dtype": ("--dtype", ("dtype",)),
    "x": ("--x", ("x",)),
    "lengths": ("--lengths", ("lengths",)),
    "mask": ("--mask", ("mask",)),
}
"""Option to the flag that errors name, and the config's key that it stands for."""


@dataclass(frozen=True)
class Network:
    """Which network, and its input: a file, and what flags lay over it; how it is computed.

    Attributes:
        model, config: the file, by either of its options.
        layers, assume: which of its layers, and what it does not say.
        set: what takes the place of what it says.
        state: where an earlier run ended.
        sequential: whether one step is computed after the other.
    """

    model: str | None = None
    config: str | None = None
    layers: Sequence[str] = ()
    assume: Sequence[str] = ()
    set: Sequence[str] = ()
    state: str | None = None
    sequential: bool = False
    W_x: Array | None = None
    W_h: Array | None = None
    bias: Array | None = None
    bias_h: Array | None = None
    h0: Array | None = None
    c0: Array | None = None
    activation: Activation | None = None
    bias_y: Array | None = None
    activation_y: Activation | None = None
    W_y: Array | None = None
    mode: str | None = None
    timesteps: int | None = None
    feedback: str | None = None
    dtype: str | None = None
    x: Array | Source | None = None
    lengths: Array | None = None
    mask: Array | None = None

    @property
    def file(self) -> str | None:
        """The file that is named."""
        return self.model or self.config

    @property
    def flags(self) -> dict[str, Any]:
        """The flags that were given, by the names of their options."""
        values = {name: getattr(self, name) for name in FLAGS}
        return {name: value for name, value in values.items() if value is not None}


def requested(**kinds: type) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Hand a command requests by these names, in place of the options that they are made of.

    Where Notes are among them, warnings of the command are said, and may end it with 1.
    """

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        def called(**options: Any) -> Any:
            for name, kind in kinds.items():
                own = [one.name for one in fields(kind) if one.name in options]
                options[name] = kind(**{key: options.pop(key) for key in own})
            notes = options.get("notes")
            action = partial(command, **options)
            return notes.during(action) if isinstance(notes, Notes) else action()

        return update_wrapper(called, command)

    return decorated
