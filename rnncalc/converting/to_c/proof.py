"""The proof of a C file: it is compiled, and both it and the network run on random input."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.converting.proof import (
    REPORT,
    SEQUENCES,
    Proof,
    ProofRun,
    differences,
    quietly,
)
from rnncalc.converting.to_c.file import prefix_of
from rnncalc.converting.to_c.plan import TYPES, Plan
from rnncalc.converting.to_c.program import program
from rnncalc.converting.trial import SEED, TIMESTEPS
from rnncalc.errors import RnncalcError, printable
from rnncalc.model.embedding import Embedding
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.trace.trace import Trace

COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off")
NO_COMPILER = "no C compiler (cc, gcc or clang)"

ROUNDINGS = 32
"""By so many roundings of the largest number results may differ, or by so many times what a network
makes of one rounding of its weights: C adds up one number after the other, ``run`` float32 in
float64 or in another order, and the functions of ``math.h`` differ in their last bits. Seen were 6.
"""

LIMIT = 120
"""So many seconds may compiling take, and running."""


def compiler() -> str | None:
    """A C compiler of this machine; none that lies in the working folder."""
    folders = [one for one in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(one)]
    found = (shutil.which(name, path=os.pathsep.join(folders)) for name in COMPILERS)
    ours = (one for one in found if one and os.path.isabs(one))  # Windows looks there first
    return next(ours, None)


def proved(model: Model, path: Path, stem: str) -> Proof | str:
    """Compile a file, run it and compare; or why that cannot be done here.

    Args:
        stem: the name that it is made for, as ``draft`` takes it.

    Errors: RnncalcError where it is not compiled without a warning, or the numbers differ.
    """
    if (cc := compiler()) is None:
        return NO_COMPILER
    plan = Plan(model)
    timesteps = plan.least(TIMESTEPS)
    inputs = drawn(plan, timesteps, model.dtype)
    ours = list(expected(streamed(model), plan, inputs))
    named = prefix_of(stem), TYPES[model.dtype], path.name
    source = program(plan, *named, SEQUENCES, timesteps)
    try:
        given = computed(path.parent, [cc, *FLAGS], source, [inputs]).astype(model.dtype)
    except subprocess.TimeoutExpired:
        return f"compiling and running it takes longer than {LIMIT} s"
    if given.size != sum(one.size for one in ours):
        raise RnncalcError(f"its program gives {given.size} numbers: {REPORT}")
    theirs = _cut(given, [one.shape for one in ours])
    worst = max(differences(ours, theirs), default=0.0)
    allowed = ROUNDINGS * float(np.finfo(model.dtype).eps)
    if not (worst <= allowed or worst <= ROUNDINGS * magnified(model, plan, inputs)):
        message = f"compiled, it gives other numbers (largest difference {worst:.3g})"
        raise RnncalcError(f"{message}: {REPORT}")
    return Proof(timesteps, SEQUENCES, worst, ())


def magnified(model: Model, plan: Plan, inputs: Mapping[str, Array]) -> float:
    """How far results move where every weight does by one rounding: what rounding can come to.

    In most networks it is less than a rounding of the result; where h grows without a bound, or a
    threshold is crossed, it is more.
    """
    rng, eps = np.random.default_rng(SEED), float(np.finfo(model.dtype).eps)

    def moved(layer: Layer) -> Layer:
        weights = {name: array * (1 + eps * rng.choice([-1, 1], array.shape))
                   for name, array in layer.weights.items()}  # fmt: skip
        back = layer.backward and moved(layer.backward)
        return replace(layer, weights=weights, backward=back)

    model = streamed(model)
    others = replace(model, layers=tuple(map(moved, model.layers)))
    found = (expected(one, plan, inputs) for one in (model, others))
    return max(differences(*found), default=0.0)


def drawn(plan: Plan, timesteps: int, dtype: str) -> dict[str, Array]:
    """Random inputs of a fixed seed, some sequences of each: (sequences, [timesteps,] width)."""
    rng = np.random.default_rng(SEED)
    tables = {node.reads[0]: len(node.layer.weights) for node in plan.nodes
              if isinstance(node.layer, Embedding)}  # fmt: skip
    inputs: dict[str, Array] = {}
    for one in plan.inputs:
        shape = (SEQUENCES, *([timesteps] if one.series else []), one.width)
        if one.ids:
            inputs[one.key] = rng.integers(0, tables[one.key], shape)
        else:
            inputs[one.key] = rng.standard_normal(shape).astype(dtype)
    return inputs


def expected(model: Model, plan: Plan, inputs: Mapping[str, Array]) -> Iterator[Array]:
    """What the program prints: all that is given, then the states of ``step``, for each sequence.

    Of a row that comes at the end, ``step`` gives after every timestep that of the input so far.
    """
    timesteps = next((x.shape[1] for x in inputs.values() if x.ndim == 3), 1)
    single = any(map(model.single, model.given)) and not plan.whole
    traces = [
        _traced(model, plan, inputs, length)
        for length in range(1 if single else timesteps, timesteps + 1)
    ]
    for i in range(SEQUENCES):
        for one in plan.outputs:
            if plan.whole or not model.single(one.key):
                yield _given(traces[-1], one.key)[i]
            else:
                yield np.stack([_given(trace, one.key)[i] for trace in traces])
        for layer in () if plan.whole else traces[-1].layers:
            yield np.concatenate([state[i] for state in layer.forward.final.values()])


def _traced(model: Model, plan: Plan, inputs: Mapping[str, Array], length: int) -> Trace:
    """A run of the first timesteps."""
    x = {}
    for one in plan.inputs:
        given = inputs[one.key][:, :length] if one.series else inputs[one.key]
        x[one.key] = given[..., 0].astype(float) if one.ids else given
    return quietly(model, ProofRun(x), model)


def _given(trace: Trace, key: str) -> Array:
    """What the network gives by a name: one row where it is asked for one."""
    if key in trace.outputs:
        return trace.outputs[key]
    array = trace.given(key)
    return trace.at_end(array) if trace.model.single(key) else array


def streamed(model: Model) -> Model:
    """The network as C has it: what is fed back is up to who calls."""
    if model.mode != "one-to-many":
        return model
    free: Any = dict.fromkeys(("timesteps", "feedback", "seed", "temperature"))
    return replace(model, mode="many-to-many", **free)


def _cut(given: Array, shapes: list[tuple[int, ...]]) -> Iterator[Array]:
    ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])
    for part, shape in zip(np.split(given, ends[:-1]), shapes, strict=True):
        yield part.reshape(shape)


def computed(
    folder: Path, command: Sequence[str], source: str, inputs: Iterable[Mapping[str, Array]]
) -> Array:
    """All numbers that a program prints, in a folder where its header is.

    Args:
        command: the compiler and its flags.
        inputs: all that it reads, those of one network after the other.

    Errors: RnncalcError where it ends badly; TimeoutExpired.
    """
    (folder / "program.c").write_text(source, encoding="utf-8")
    _done([*command, "program.c", "-o", "program", "-lm"], "", folder)
    printed = _done([str(folder / "program")], read_by(inputs), folder)
    return np.array([*map(float.fromhex, printed.split())])


def read_by(inputs: Iterable[Mapping[str, Array]]) -> str:
    """What a program reads, a number a line, exactly: all of one sequence, then of the next."""
    return "\n".join(
        str(number) if isinstance(number, int) else number.hex()
        for named in inputs
        for sequence in zip(*named.values(), strict=True)
        for one in sequence
        for number in one.ravel().tolist()
    )


def _done(command: list[str], given: str, folder: Path) -> str:
    """What a program prints. Errors: RnncalcError where it ends badly."""
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=LIMIT, cwd=folder
    )
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "error" in line), "")
        why = printable(first or f"exit code {done.returncode}")
        raise RnncalcError(f"the C that was made does not work ({why}): {REPORT}")
    return done.stdout
