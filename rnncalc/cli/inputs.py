"""From a request to a network and its run: the file first, then the flags over it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from rnncalc.array import Array
from rnncalc.cli.notes import Notes
from rnncalc.cli.parameters import split_words
from rnncalc.cli.requests import Named, NetworkRequest
from rnncalc.config import network as config
from rnncalc.config.said import Said
from rnncalc.config.stateless import blocks_of, several
from rnncalc.errors import (
    KeyPath,
    RnncalcError,
    RnncalcWarning,
    located,
    printable,
    suggestion,
)
from rnncalc.model.model import Model
from rnncalc.numbers import packed, values
from rnncalc.numbers.exact import digits_of
from rnncalc.numbers.input_file import Source
from rnncalc.numbers.unequal import Padded
from rnncalc.running.recurrence import part_of, run, stream
from rnncalc.trace.selection import Index, last_of
from rnncalc.trace.trace import Trace

CELL = [(name,) for name in ("W_x", "W_h", "bias", "bias_h", "activation")]
"""What flags say of the cell itself."""


def describe(network: NetworkRequest, *, running: bool = False) -> Said:
    """What file and flags say of the network and its input; flags win.

    Args:
        running: whether several dtypes have a place, and numbers of many digits.

    Errors: RnncalcError for two sources of one thing, and whatever the file is refused for.
    """
    if not running:
        _refuse_for_run(network.dtypes)
    if network.many:
        raise _of_run()
    if network.model and network.config:
        raise RnncalcError("MODEL and --config both name a network: leave one out")
    _refuse_split_list(network.file)
    said = _read(network)
    for flag, way, value in network.flags:
        _set(said, flag, way, value)
    said.settings = network.set
    if not network.file and not said.flags:
        raise RnncalcError("which network? Give --wx and --wh, or a file. See: rnncalc run --help")
    if not (network.file or network.set) and [*said.flags] == [("x",)]:
        message = "which network? There is -x alone; give --wx and --wh, or a file"
        raise RnncalcError(f"{message}. A ; ends a command unless it stands in quotes: '1; 2'")
    if network.columns:
        _pick(said, network.columns)
    if isinstance(network.x, Padded):
        _refuse_lengths(said.at(("lengths",)))
        said.data |= network.x._asdict()
    return said


def _refuse_for_run(dtypes: Sequence[str]) -> None:
    """Errors: RnncalcError for what only ``run`` computes in."""
    if len(dtypes) > 1:
        several = ",".join(dtypes)
        raise RnncalcError(f"--dtype {several}: several are compared by run; here one is expected")
    if any(map(digits_of, dtypes)):
        raise RnncalcError(f"--dtype {dtypes[0]} is for run: its numbers have no 64 bits")


def _refuse_lengths(given: Any) -> None:
    """Errors: RnncalcError where lengths are given beside sequences that have their own."""
    if given is not None:
        message = "lengths are given, and x has sequences of unequal length, which tell them"
        raise RnncalcError(f"{message}: leave one out")


def _pick(said: Said, columns: Sequence[str]) -> None:
    """Say which columns of a table are the features."""
    x = said.data.get("x")
    if isinstance(x, Source):
        x.columns = columns
    elif _names_a_table(x):
        said.columns = columns
    else:
        raise RnncalcError("--columns is for a table: give -x with a csv, tsv or txt file, or -")


def _names_a_table(x: Any) -> bool:
    """Whether a config's x is a file of lines: ``@data.csv``, ``{file: data.csv}``."""
    name = x.get("file") if isinstance(x, dict) else x
    if not isinstance(name, str) or (name is x and not name.strip().startswith("@")):
        return False
    return packed.suffix(Path(name.strip())) in values.LINES


def _read(network: NetworkRequest) -> Said:
    """What the file says, of the layers that were named; nothing without a file."""
    if network.file:
        from rnncalc import readers

        return readers.read(
            network.file, layers=network.layers, assume=network.assume, weights=network.weights
        )
    if network.layers or network.assume or network.weights:
        flag = "--layers" if network.layers else "--assume" if network.assume else "--weights"
        raise RnncalcError(f"{flag} is for a file: give MODEL")
    return Said()


def _set(said: Said, flag: str, way: KeyPath, value: Any) -> None:
    """Lay a flag over the file; one for the cell itself goes to where the cell is described."""
    if way == ("x",):
        _set_input(said, flag, value)
        return
    if way not in CELL:
        said.set(way, value, flag)
        return
    cells = list(_cells(said.data, ()))
    if len(cells) > 1 and way != ("activation",):
        raise RnncalcError(f"{flag} is for a network of one cell, and the file has several")
    if len(cells) > 1 and any("activation" in block for _, block in cells):
        raise RnncalcError(
            f"{flag} is for a network of one cell, and the file says its activations"
        )
    for inner, _ in cells:
        said.set((*inner, *way), value, flag)


def lay(said: Said, x: Any) -> None:
    """Lay an input over that of the file. Errors: RnncalcError for many sequences."""
    if isinstance(x, Named):
        raise _of_run()
    _set_input(said, "--x", x)


def _of_run() -> RnncalcError:
    return RnncalcError("-x names many sequences, and only run computes those: give one")


def _set_input(said: Said, flag: str, value: Any) -> None:
    """Lay one input over that of the file, or each of several over that of its name."""
    there = said.data.get("x")
    names = [*there] if several(there) else []
    known = names or _read_names(said.data)
    if isinstance(value, dict):
        said.data["x"] = {**there} if several(there) else {}
        for name, one in value.items():
            if name not in known:
                hint = suggestion(name, known)
                raise RnncalcError(f"{flag}: there is no input '{printable(name)}'. {hint}")
            said.set(("x", name), one, f"{flag} {name}")
        return
    if len(names) > 1:
        how = " ".join(f"{flag} {name}=..." for name in names)
        raise RnncalcError(f"{flag}: the network has {len(names)} inputs: {printable(how, 200)}")
    said.set(("x", *names), value, flag)


def _read_names(data: dict[str, Any]) -> list[str]:
    """What the inputs are called where x does not say it: what is read and is no layer; else x."""
    blocks = [block for _, block in blocks_of(data)]
    reads = [name for block in blocks for name in _names(block.get("input"))]
    called = {block.get("name") for block in blocks}
    others = [name for name in reads if name.partition(".")[0] not in called]
    return [*dict.fromkeys(others)] if data.get("x") is None and others else ["x"]


def _names(given: str | list[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else given or []


def _cells(block: dict[str, Any], way: KeyPath) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    """Where each cell of a config is described."""
    blocks: list[tuple[KeyPath, Any]] = [
        ((key,), block.get(key)) for key in ("forward", "backward")
    ]
    for key in ("layers", "cells"):
        blocks += [((key, i), part) for i, part in enumerate(block.get(key) or [])]
    inside = [(inner, part) for inner, part in blocks if part is not None]
    if not inside:
        yield way, block
    for inner, part in inside:
        yield from _cells(part, (*way, *inner))


def build(said: Said, state: str | None = None) -> Model:
    """The model that was described, in the state in which an earlier run ended if one is named."""
    model = config.model(said)
    for message in said.warnings:
        warnings.warn(message, RnncalcWarning, stacklevel=2)
    if state is None:
        return model
    if flag := said.flags.get(("h0",)) or said.flags.get(("c0",)):
        raise RnncalcError(f"--state and {flag} both give the initial state: leave one out")
    from rnncalc.readers.state import addressed, continued

    said.flags |= {("h0",): "--state", ("c0",): "--state"}
    with located("--state"):
        return continued(model, *addressed(state))


@contextmanager
def source(said: Said) -> Iterator[Source | None]:
    """The input, if it is a file that has not been read yet: open until the end of the block."""
    with ExitStack() as stack:
        given = said.take_source()
        if given:
            with reading():
                stack.enter_context(given)
        yield given


def with_input(model: Model, source: Source | None) -> Model:
    """The model with all of an input that has not been read yet."""
    if source is None:
        return model
    with reading():
        x = source.read(ids=model.reads_ids, of=model.features)
    if not isinstance(x, Padded):
        return replace(model, x=x)
    _refuse_lengths(model.lengths)
    return replace(model, **x._asdict())


def comes_whole(model: Model, source: Source) -> bool:
    """Whether an input that has not been read comes only as a whole."""
    with reading():
        return source.whole(ids=model.reads_ids)


def compute(said: Said, network: NetworkRequest, notes: Notes, steps: Index | None = None) -> Trace:
    """The run of a network that was described, with all of its input.

    Args:
        steps: which timesteps are needed; of a network that makes its own input no others are run.
    """
    with source(said) as given:
        model = with_input(build(said, network.state), given)
    return computed(said, model, network, notes, steps)


def computed(
    said: Said, model: Model, network: NetworkRequest, notes: Notes, steps: Index | None = None
) -> Trace:
    """The run of a model that has its input."""
    notes.say_assumed(said)
    notes.say_axes(model, said)
    until = last_of(steps, model.timesteps) if model.timesteps else None
    with said.located():
        return run(model, sequential=network.sequential, until=until)


def parts(
    model: Model, source: Source, notes: Notes, how: dict[str, Any], *, live: bool = False
) -> Iterator[Trace]:
    """A run part by part; of a live input as its lines come, one step after the other."""
    from rnncalc.cli.progress import shown

    def read() -> Iterator[Array]:
        with reading():
            ids, count = model.reads_ids, part_of(model)
            yield from source.parts(count, ids=ids, of=model.features, live=live)

    traces = stream(model, read(), **how | {"sequential": live or how["sequential"]})
    return traces if live or notes.quiet else shown(traces, lambda: source.total)


@contextmanager
def reading() -> Iterator[None]:
    """Errors of the input have a place of their own, which is not the config's."""
    try:
        yield
    except RnncalcError as error:
        with nullcontext() if error.placed else located("--x"):
            error.placed = True
            raise


def _refuse_split_list(source: str | None) -> None:
    if source and re.fullmatch(r"-?[\d.]+([eE]-?\d+)?", source) and not Path(source).exists():
        message = f"{source} is a number where a file was expected"
        raise RnncalcError(f"{message}. {split_words()}")
