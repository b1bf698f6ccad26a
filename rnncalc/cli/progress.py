"""A progress bar on stderr for long work: on a terminal only, and not in a machine's way."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeVar

from rnncalc.files.leftovers import going

if TYPE_CHECKING:
    from rnncalc.trace.trace import Trace

AFTER, EVERY = 2.0, 0.1
"""Seconds of work before it appears, and before it is drawn anew."""

Part = TypeVar("Part")


def shown(traces: Iterator[Trace], total: Callable[[], int | None]) -> Iterator[Trace]:
    """The traces of a run; meanwhile how much of it is done.

    Args:
        total: how many timesteps there are, if that is known by then.
    """
    return followed(traces, total, lambda trace: trace.start + trace.timesteps)


def followed(
    parts: Iterator[Part],
    total: Callable[[], int | None],
    done: Callable[[Part], int],
    what: str = "timesteps",
) -> Iterator[Part]:
    """Parts of some work; meanwhile how many timesteps are done, how fast, and for how long yet.

    Args:
        done: how many are with this part.
        what: of which they are so many.
    """
    if not sys.stderr.isatty():
        yield from parts
        return
    started, bar = time.monotonic(), None
    due = started + AFTER
    with ExitStack() as stack:
        for part in parts:
            if (now := time.monotonic()) > due:
                if bar is None:
                    bar = _bar(what)
                    stack.enter_context(going(bar.stop))  # the cursor comes back
                    task = bar.add_task("", total=total(), rate="")
                count, due = done(part), now + EVERY
                rate = count / (now - started)
                bar.update(task, completed=count, rate=f"{rate:,.0f}", refresh=True)
            yield part


def _bar(what: str) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(f"{{task.completed:,.0f}} {what}"),
        BarColumn(),
        TextColumn("{task.fields[rate]} a second"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    bar = Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
        speed_estimate_period=3600,
    )
    bar.start()
    return bar
