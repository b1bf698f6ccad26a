"""A progress bar on stderr for long work: on a terminal only, and not in a machine's way."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from rnncalc.files.leftovers import going

if TYPE_CHECKING:
    from rnncalc.trace.trace import Trace

AFTER = 2.0
"""Seconds of work before it appears."""


def shown(traces: Iterator[Trace], total: Callable[[], int | None]) -> Iterator[Trace]:
    """The traces; meanwhile how many timesteps are done, how fast, and how long it will take.

    Args:
        total: how many there are, if that is known by then.
    """
    if not sys.stderr.isatty():
        yield from traces
        return
    started, bar = time.monotonic(), None
    with ExitStack() as stack:
        for trace in traces:
            if bar is None and time.monotonic() - started > AFTER:
                bar = _bar()
                stack.enter_context(going(bar.stop))  # the cursor comes back
                task = bar.add_task("", total=total(), rate="")
            if bar is not None:
                done = trace.start + trace.timesteps
                rate = done / (time.monotonic() - started)
                bar.update(task, completed=done, rate=f"{rate:,.0f}", refresh=True)
            yield trace


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.completed:,.0f} timesteps"),
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
