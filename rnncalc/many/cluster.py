"""Dask under the loop: its workers compute the blocks, which come back in their order.

What goes to a worker is a function of this file by its name, and plain data: the job and the
source, once for each worker, and the numbers of the sequences of a block. Results come back and
are kept here; what a worker had when it died is computed again by another.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from threading import Lock
from typing import Any

import numpy as np

from rnncalc import __version__
from rnncalc.containers.extra import needed
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, innermost, printable
from rnncalc.files import WINDOWS, leftovers
from rnncalc.many.arrays import Rows
from rnncalc.many.blocks import BYTES
from rnncalc.many.compute import Done, Job, compute
from rnncalc.many.files import Files
from rnncalc.many.loop import missing
from rnncalc.many.sinks import GOES_ON, Sink
from rnncalc.many.sources import Source
from rnncalc.running.together import goes_beside, width_of

Client = Any
Blocks = Generator[Done, None, None]
Opened = Callable[[], AbstractContextManager[Client]]

AHEAD = 3
"""So many tasks for each thread of the workers are on the way: one is computed, two wait."""
ENOUGH = 0.25
"""Seconds that a task may take: short blocks go together, as a task costs some 10 ms of its own.
Neither what they read nor what comes back is to be more than a block may read."""
ANSWERS = 10
"""Seconds in which a scheduler must answer, at first and after its connection broke."""

_one_at_a_time = Lock()  # caches and warnings are of the process


@dataclass(frozen=True)
class Given:
    """What a worker gets once: what it computes of what, and whose numbers these are."""

    job: Job
    source: Source
    versions: dict[str, str]


def versions() -> dict[str, str]:
    """On what numbers depend, by name."""
    return {"rnncalc": __version__, "NumPy": np.__version__}


def unpacked(data: bytes) -> Given:
    """What a client sent."""
    given: Given = pickle.loads(data)
    return given


def task(given: Given, blocks: Sequence[Sequence[int]]) -> bytes:
    """Compute blocks, here on a worker; what came of them travels in one piece, with the seconds.

    Errors: RnncalcError where other versions are here.
    """
    if message := _other(versions(), given.versions):
        from distributed import get_worker

        raise RnncalcError(f"the worker {get_worker().address} {message}")
    with _one_at_a_time:
        start = time.perf_counter()
        done = [compute(given.job, given.source, numbers) for numbers in blocks]
        return pickle.dumps((done, time.perf_counter() - start))


def computed(opened: Opened, job: Job, source: Source, sink: Sink) -> Blocks:
    """The blocks of which something is missing, in order; the next are on their way meanwhile.

    Args:
        opened: a client, which there need not be where nothing is missing.

    Errors: RnncalcError where the cluster does not do it.
    """
    count = len(source.labels) - len(sink.done) - len(sink.refused)
    if not count:
        return
    goes_on = GOES_ON * sink.resumes
    with _opened(opened, goes_on) as client:
        if not client.cluster:  # its workers may stand in another folder
            source = _placed(source)
        asked = _Cluster(client, goes_on)
        with asked.told():
            refuse_others(client)
        given = asked.send(unpacked, pickle.dumps(Given(job, source, versions())))
        waiting: deque[Any] = deque()
        sizes = source.sizes  # asks for each file
        parts = missing(sizes, sink, share(job, count, len(client.nthreads())))
        for place, blocks in enumerate(asked.tasks(parts, sizes)):
            if len(waiting) >= AHEAD * max(1, asked.threads()):
                yield from asked.answer(waiting.popleft())
            waiting.append(asked.send(task, given, blocks, place=place))
        while waiting:
            yield from asked.answer(waiting.popleft())


@contextmanager
def _opened(opened: Opened, remedy: str) -> Iterator[Client]:
    """The client. Errors: RnncalcError with the remedy where there is none."""
    with ExitStack() as stack:
        try:
            client = stack.enter_context(opened())
        except RnncalcError as error:
            raise RnncalcError(f"{error}{remedy}") from error
        yield client


def share(job: Job, count: int, workers: int) -> int:
    """How many sequences a block may have so that no worker is without one: whole batches."""
    beside = not job.sequential and goes_beside(job.model, job.dtype or job.model.dtype)
    unit = width_of(job.model) if beside else 1
    return -(-count // (max(1, workers) * unit)) * unit


def _placed(source: Source) -> Source:
    """The source for who has another working folder."""
    if isinstance(source, (Files, Rows)):
        return replace(source, folder=os.getcwd())
    return source


@dataclass
class _Cluster:
    """Who is asked; what is said besides where it does not answer; and how many blocks of those
    that were answered last take a task's time."""

    client: Client
    remedy: str = ""
    together: int = 1

    def tasks(
        self, blocks: Iterator[Sequence[int]], sizes: Sequence[int]
    ) -> Iterator[list[Sequence[int]]]:
        """The blocks that are sent together: of no more bytes than one may have."""
        several: list[Sequence[int]] = []
        held = 0
        for numbers in blocks:
            size = sum(sizes[number] for number in numbers)
            if several and (len(several) >= self.together or held + size > BYTES):
                yield several
                several, held = [], 0
            several.append(numbers)
            held += size
        if several:
            yield several

    def send(self, function: Callable[..., Any], *what: Any, place: int = 0) -> Any:
        """Of what is sent at once, Dask would take any first: the places say what is waited for."""
        with self.told(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*large graph")  # a model may be large
            return self.client.submit(function, *what, pure=False, priority=-place)

    def answer(self, future: Any) -> list[Done]:
        """What came of a task."""
        done: list[Done]
        with self.told():
            data = future.result()
            done, seconds = pickle.loads(data)
        self.together = max(1, int(len(done) * min(ENOUGH / seconds, BYTES / len(data))))
        return done

    def threads(self) -> int:
        """Of all workers that there are now: more may have come."""
        with self.told():
            return sum(self.client.nthreads().values())

    @contextmanager
    def told(self) -> Iterator[None]:
        """What a cluster does not do, in a line."""
        from distributed import KilledWorker

        try:
            yield
        except RnncalcError as error:
            raise RnncalcError(f"{error}{self.remedy}") from None
        except KilledWorker:
            several = "a block was given to several workers, and each died over it"
            message = f"{several} (is there enough memory?){self.remedy}"
            raise RnncalcError(message) from None
        except (CancelledError, OSError):  # CommClosedError and TimeoutError are OSErrors
            where = _address(self.client)
            raise RnncalcError(f"the scheduler at {where} is lost{self.remedy}") from None
        except Exception as error:
            what = f"{type(error).__name__}: {printable(str(error), 200)}"
            raise RnncalcError(f"a worker failed: {what}{self.remedy}") from error


def _address(client: Client) -> str:
    """Of its scheduler, as far as that was known."""
    return printable(str(getattr(client.scheduler, "address", "") or "?"))


def refuse_others(client: Client) -> None:
    """Errors: RnncalcError where the scheduler, or a worker, has another version, or none.

    A worker that is gone by now says nothing; what comes later is asked with its first block.
    """
    found = client.run(versions, on_error="return")
    theirs = {f"the worker {address}": one for address, one in found.items()
              if not isinstance(one, OSError)}  # fmt: skip
    try:
        theirs["the scheduler"] = client.run_on_scheduler(versions)
    except OSError:
        raise
    except Exception as error:
        theirs["the scheduler"] = error
    for who, one in theirs.items():
        has = one if isinstance(one, dict) else {}
        if isinstance(one, ImportError) or (not has and "rnncalc" in str(one)):
            raise RnncalcError(f"{who} has no rnncalc: install rnncalc {__version__} there")
        if message := _other(has, versions()):
            raise RnncalcError(f"{who} {message}")


def _other(there: dict[str, str], here: dict[str, str]) -> str:
    """In which version they differ; nothing where in none."""
    for name, version in here.items():
        if (other := there.get(name, "?")) != version:
            both = f"has {name} {printable(other)}, this client {version}"
            return f"{both}: numbers of two versions may differ, install the same"
    return ""


@contextmanager
def local(
    workers: int, *, dashboard: bool = False, say: Callable[[str], object] = print
) -> Iterator[Client]:
    """A client of a cluster of processes on this machine, which ends with the block.

    They talk over TLS, with a certificate of this run alone: whoever reaches a Dask scheduler can
    run code. Its pages, which are read without TLS, are there for the dashboard alone.
    """
    distributed = library()
    import dask

    environ = dask.config.get("distributed.nanny.pre-spawn-environ")
    safe: dict[str, Any] = {"distributed.nanny.pre-spawn-environ": _environ(environ)}
    safe |= {} if dashboard else {"distributed.scheduler.http.routes": []}
    _track_quietly()
    with leftovers.folder() as folder, _quiet(), dask.config.set(safe):
        try:
            cluster = distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1",
                security=True, memory_limit=0, local_directory=str(folder),
                silence_logs=logging.CRITICAL,
                dashboard_address="127.0.0.1:0", scheduler_kwargs={"dashboard": dashboard},
            )  # fmt: skip
        except (RuntimeError, OSError) as error:
            raise RnncalcError(f"the workers did not start: {innermost(error)}") from error
        with cluster, distributed.Client(cluster, set_as_default=False) as client:
            if dashboard:
                say(f"Dashboard: {client.dashboard_link}")
            yield client


@contextmanager
def connected(
    address: str, *, dashboard: bool = False, say: Callable[[str], object] = print
) -> Iterator[Client]:
    """A client of a scheduler that is running; of tls:// Dask's configuration has certificates.

    Errors: RnncalcError where nobody answers.
    """
    distributed = library()
    with _quiet():
        try:
            client = distributed.Client(address, timeout=ANSWERS, set_as_default=False)
        except TypeError:
            keys = "distributed.comm.tls.ca-file, .client.cert, .client.key"
            why = f"for tls:// Dask's configuration must have {keys}"
            raise RnncalcError(f"--scheduler {printable(address)}: {why}") from None
        except (OSError, ValueError) as error:
            why = f"no Dask scheduler answers there ({innermost(error)})"
            raise RnncalcError(f"--scheduler {printable(address)}: {why}") from None
        with client:
            if dashboard:
                say(f"Dashboard: {client.dashboard_link}")
            if not client.nthreads():
                say(f"Waiting: the scheduler at {_address(client)} has no workers yet.")
            yield client


def _track_quietly() -> None:
    """What a signal leaves, a process of Python's own cleans up, and need not say so.

    A terminal that is closed ends it no more than Ctrl-C does, for it has its work then.
    """
    if WINDOWS:  # there is no such process
        return
    from multiprocessing import resource_tracker

    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = "ignore:resource_tracker"
    try:
        with _held_back("SIGHUP"):
            resource_tracker.ensure_running()
    finally:
        del os.environ["PYTHONWARNINGS"]
        if before is not None:
            os.environ["PYTHONWARNINGS"] = before


@contextmanager
def _held_back(name: str) -> Iterator[None]:
    """A signal comes when the block is over; to a process that begins in it, never."""
    if not hasattr(signal, "pthread_sigmask") or not hasattr(signal, name):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name)])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def refuse_address(address: str) -> None:
    """Errors: RnncalcError for what is none of a scheduler."""
    if not address.startswith(("tcp://", "tls://")):
        known = "expected tcp://HOST:PORT or tls://HOST:PORT"
        raise RnncalcError(f"--scheduler {printable(address)}: {known}")


def library(name: str = "distributed") -> Any:
    """Dask's, or what it needs. Errors: FileError where it is not installed."""
    return needed(name, "with workers", "computing", extra="cluster")


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask tells in its log what is told here, or is mended."""
    import distributed

    handlers = logging.getLogger(distributed.__name__).handlers
    before = [handler.level for handler in handlers]
    for handler in handlers:
        handler.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for handler, level in zip(handlers, before, strict=True):
            handler.setLevel(level)


def _environ(known: dict[str, Any]) -> dict[str, Any]:
    """What a worker's process finds in its environment, from what Dask would set.

    Its ``MALLOC_TRIM_THRESHOLD_`` gives memory back after each array, which then costs a tenth of
    the time; blocks are bounded, so a worker may keep what it has.
    """
    kept = {name: value for name, value in known.items() if name != "MALLOC_TRIM_THRESHOLD_"}
    return kept | {"PYTHONSAFEPATH": "1"}
