"""What is said on stderr besides errors: warnings, and what a person may want to know of a run."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from rnncalc.cli.program import say
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcWarning, listed, printable

if TYPE_CHECKING:
    from rnncalc.config.said import Said
    from rnncalc.converting import Converted
    from rnncalc.inspecting.inspection import Inspection
    from rnncalc.model.model import Model
    from rnncalc.model.origin import Assumption
    from rnncalc.trace.trace import Trace

MOST = 8
"""So many assumptions are named; ``inspect`` has them all."""


@dataclass(frozen=True)
class Notes:
    """How much is said.

    Attributes:
        quiet: nothing, whatever else is asked for.
        verbose: also how a run was computed.
        strict: whether a warning ends with exit code 1.
    """

    quiet: bool = False
    verbose: bool = False
    strict: bool = False

    def say(self, text: str) -> None:
        """Say it, unless nothing is to be said."""
        if not self.quiet:
            say(text)

    def during(self, action: Callable[[], int | None]) -> int:
        """Do what gives an exit code, and say its warnings; one is 1 where that is asked for."""
        from rnncalc.cli.parameters import decimal_commas

        with (
            decimal_commas(click.get_current_context()),
            warnings.catch_warnings(record=True) as caught,
        ):
            warnings.simplefilter("always", RnncalcWarning)
            code = action() or 0
        ours = [str(w.message) for w in caught if issubclass(w.category, RnncalcWarning)]
        for message in dict.fromkeys(ours):
            self.say(f"Warning: {message}")
        return 1 if self.strict and ours else code

    def say_assumed(self, said: Said) -> None:
        """What a model file leaves unsaid, and what is taken for it; what it gives."""
        if said.assumed and (assumed := _assumed(said)):
            self.say(assumed)
        if said.outputs:
            self.say(f"{said.name} gives {listed(said.outputs)}; -f npz has them by these names.")

    def say_test_unsaid(self, said: Said) -> None:
        """Where a stored test fails: what its file leaves unsaid may be why."""
        if _left_open(said):
            made = f"{said.name} does not say all that its test was made with"
            self.say(f"Note: {made}: add the flags that rnncalc convert printed at 'To check it'.")

    def say_axes(self, model: Model, said: Said) -> None:
        """How the axes of a batch are read, where the graph has another order."""
        import numpy as np

        from rnncalc.numbers.digits import counted

        entry, x = model.entry, model.x
        if x is not None and entry and entry.time_first and np.ndim(x) == len(entry.axes):
            own = f"time first, ({', '.join(entry.axes)})"
            batch, timesteps, *_ = np.shape(x)
            read = f"{counted(batch, 'sequence')} of {counted(timesteps, 'timestep')}"
            here = f"here the batch is first: x is read as {read}"
            self.say(f"Note: {said.name} takes {own}; {here}.")

    def say_first(self, model: Model) -> None:
        """Which of several outputs is the one that is printed."""
        if model.gives_y and len(model.given) > 1:
            first, *others = model.given
            self.say(f"Note: --last prints {printable(first)}; other outputs: {listed(others)}.")

    def say_looked(self, found: Inspection, *, every_number: bool) -> None:
        """Where that is asked for, at how much of a file was looked."""
        from rnncalc.numbers.digits import counted

        if self.verbose:
            arrays = sum(len(layer.held) for layer in found.layers)
            read = "all of them were read" if every_number else "none of them was read"
            what = f"{counted(arrays, 'array')} of {found.parameters:,} numbers"
            self.say(f"Looked at {what}; {read}.")

    def say_written(self, done: Converted) -> None:
        """Where that is asked for, how much was written, and whether numbers are others."""
        if self.verbose:
            rounded = "were added up or shortened" if done.draft.rounded else "are as they were"
            self.say(f"Wrote {len(done.draft.content):,} bytes; numbers {rounded}.")

    def say_computed(self, trace: Trace, *, sequential: bool) -> None:
        """Where that is asked for, how much was computed and how; ``trace`` is the last part."""
        from rnncalc.numbers.digits import counted

        if self.verbose:
            rounded = "" if trace.arithmetic == trace.dtype else f", rounded once to {trace.dtype}"
            count = counted(trace.start + trace.timesteps, "timestep")
            ordered = ", one step after the other" if sequential else ""
            self.say(f"Computed {count} in {trace.arithmetic}{rounded}{ordered}.")


def _left_open(said: Said) -> list[Assumption]:
    """What is assumed, without what was said on the command line."""
    from rnncalc.readers.contents.assume import SAID

    return [one for one in said.assumed if one.why != SAID and not said.flagged(one)]


def _assumed(said: Said) -> str:
    """What is taken for what a file does not say, as one would say it; nothing where all is."""
    from rnncalc.readers.contents.assume import remedy, shown

    open_ = _left_open(said)
    assumed = [
        f"{printable('.'.join(filter(None, [one.layer, one.key])))}={shown(one.value)}"
        for one in open_
    ]
    if not assumed:
        return ""
    why = "" if said.document else "rnncalc inspect why"
    ways = ", ".join(filter(None, [remedy(open_, "otherwise"), why]))
    rest = f" and {len(assumed) - MOST} more" if len(assumed) > MOST else ""
    first = f"{', '.join(assumed[:MOST])}{rest}"
    return f"Assumed, as {said.name} does not say it: {first}{f' ({ways})' * bool(ways)}."
