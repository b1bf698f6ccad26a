"""What a command is asked for, as typed data: options become this at the door and go no further.

Importing this costs nothing: a shell asks commands for their options, and people for their help.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, fields
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any

from rnncalc.cli.notes import Notes
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError

if TYPE_CHECKING:
    from rnncalc.array import Array
    from rnncalc.equations.activations import Activation
    from rnncalc.many.loop import Engine
    from rnncalc.numbers.input_file import Source
    from rnncalc.numbers.unequal import Padded


def flag(name: str, *way: str) -> Any:
    """A field for a flag: what errors call it, and where in a config its value stands."""
    return field(default=None, metadata={"flag": f"--{name}", "way": way})


@dataclass(frozen=True)
class Named:
    """Words for many sequences, none of which is opened yet: ``data/*.csv``, ``big.h5:path``."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class NetworkRequest:
    """Which network, and its input: a file, and what flags lay over it; how it is computed.

    Attributes:
        model, config: the file, by either of its options.
        layers, assume: which of its layers, and what it does not say.
        set: what takes the place of what it says.
        weights: the file of its weights, of an architecture.
        state: where an earlier run ended.
        columns: which columns of a table are the features of x.
        sequential: whether one step is computed after the other.
        dtypes: in which arithmetic; several are compared with the last.
    """

    model: str | None = None
    config: str | None = None
    layers: Sequence[str] = ()
    assume: Sequence[str] = ()
    set: Sequence[str] = ()
    weights: str | None = None
    state: str | None = None
    columns: Sequence[str] = ()
    sequential: bool = False
    dtypes: Sequence[str] = ()
    W_x: Array | None = flag("wx", "W_x")
    W_h: Array | None = flag("wh", "W_h")
    bias: Array | None = flag("bias", "bias")
    bias_h: Array | None = flag("bias-h", "bias_h")
    h0: Array | None = flag("h0", "h0")
    c0: Array | None = flag("c0", "c0")
    activation: Activation | None = flag("activation", "activation")
    bias_y: Array | None = flag("bias-y", "output", "bias")
    activation_y: Activation | None = flag("activation-y", "output", "activation")
    W_y: Array | None = flag("wy", "output", "W_y")
    mode: str | None = flag("mode", "mode")
    timesteps: int | None = flag("timesteps", "timesteps")
    feedback: str | None = flag("feedback", "feedback")
    seed: int | None = flag("seed", "seed")
    temperature: float | None = flag("temperature", "temperature")
    vocab: str | None = flag("vocab", "vocab")
    x: Array | Padded | Source | Named | None = flag("x", "x")
    lengths: Array | None = flag("lengths", "lengths")
    mask: Array | None = flag("mask", "mask")

    @property
    def file(self) -> str | None:
        """The file that is named."""
        return self.model or self.config

    @property
    def many(self) -> bool:
        """Whether x names many sequences."""
        return isinstance(self.x, Named)

    @property
    def flags(self) -> Iterator[tuple[str, tuple[str, ...], Any]]:
        """The flags that were given, each with where its value stands and the value."""
        for one in fields(self):
            value = getattr(self, one.name)
            if one.metadata and value is not None:
                yield one.metadata["flag"], one.metadata["way"], value
        for dtype in self.dtypes[-1:]:
            yield "--dtype", ("dtype",), dtype


@dataclass(frozen=True)
class ClusterRequest:
    """Who computes many sequences: this process, so many of them, or a cluster that is running.

    Attributes:
        workers: how many processes on this machine.
        scheduler: the address of a cluster's.
    """

    workers: int | None = None
    scheduler: str | None = None

    @property
    def flag(self) -> str:
        """What was given, or nothing. Errors: RnncalcError for both."""
        if self.workers and self.scheduler:
            raise RnncalcError("--workers starts a cluster, --scheduler uses one: give one of them")
        return "--workers" if self.workers else "--scheduler" if self.scheduler else ""

    def engine(self, notes: Notes) -> Engine | None:
        """Who computes; None for this process. Errors: RnncalcError for no address."""
        if not self.flag:
            return None
        from rnncalc import cluster

        how = {"dashboard": notes.verbose, "say": notes.say}
        if self.workers:
            return cluster.workers(self.workers, **how)
        return cluster.scheduler(self.scheduler or "", **how)


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
