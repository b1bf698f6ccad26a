"""The proof of a C file: it is compiled, and both it and the network run on random input."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from rnncalc.array import Array
from rnncalc.converting.proof import (
    REPORT,
    SEQUENCES,
    UNITS,
    Proof,
    differences,
    quietly,
    trial_runs,
)
from rnncalc.converting.to_c.file import TYPES
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError, printable
from rnncalc.model.model import Model
from rnncalc.trace.trace import Trace

COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off")
NO_COMPILER = "no C compiler (cc, gcc or clang)"

LIMIT = 120
"""So many seconds may compiling take, and running."""

PROGRAM = """\
#include <stdio.h>
#include "{file}"

int main(void) {{
    {p}_state state;
    {real} x[{x}], y[{y}];
    const {real} *states = (const {real} *)&state;
    for (int s = 0; s < {sequences}; s++) {{
        {p}_start(&state);
        for (int t = 0; t < {timesteps}; t++) {{
            for (int k = 0; k < {x}; k++) if (scanf("%{code}", &x[k]) != 1) return 1;
            {p}_step(&state, x, y);
            for (int k = 0; k < {y}; k++) printf("%a\\n", (double)y[k]);
        }}
        for (int k = 0; k < (int)(sizeof state / sizeof *states); k++)
            printf("%a\\n", (double)states[k]);
    }}
    return 0;
}}
"""


def compiler() -> str | None:
    """A C compiler of this machine; none that lies in the working folder."""
    folders = [one for one in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(one)]
    found = (shutil.which(name, path=os.pathsep.join(folders)) for name in COMPILERS)
    return next(filter(None, found), None)


def proved(model: Model, path: Path) -> Proof | str:
    """Compile a file, run it and compare; or why that cannot be done here.

    Errors: RnncalcError where it is not compiled without a warning, or the numbers differ.
    """
    if (cc := compiler()) is None:
        return NO_COMPILER
    trial = next(trial_runs(model, masked=False))
    trace = quietly(replace(model, mode="many-to-many"), trial, model)
    ours = list(_expected(trace))
    try:
        given = _computed(cc, path, model, trial.x, ours[0].shape[-1])
    except subprocess.TimeoutExpired:
        return f"compiling and running it takes longer than {LIMIT} s"
    if given.size != sum(one.size for one in ours):
        raise RnncalcError(f"its program gives {given.size} numbers: {REPORT}")
    theirs = _cut(given, [one.shape for one in ours])
    worst = max(differences(ours, theirs), default=0.0)
    terms = max(layer.features + layer.state_size for layer in model.layers)
    if not worst <= (UNITS + terms) * float(np.finfo(model.dtype).eps):
        message = f"compiled, it gives other numbers (largest difference {worst:.3g})"
        raise RnncalcError(f"{message}: {REPORT}")
    return Proof(trial.x.shape[1], SEQUENCES, worst, ())


def _expected(trace: Trace) -> Iterator[Array]:
    """What the program prints: y of every timestep, then the states, sequence by sequence."""
    y = trace.h if trace.y is None else trace.y
    for i in range(SEQUENCES):
        yield y[i]
        for layer, one in zip(trace.layers, trace.model.layers, strict=True):
            final = layer.forward.final
            states = CELLS[one.cell].states
            yield np.concatenate([final[s][i] for s in states]).astype(y.dtype)


def _cut(given: Array, shapes: list[tuple[int, ...]]) -> Iterator[Array]:
    ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])
    for part, shape in zip(np.split(given, ends[:-1]), shapes, strict=True):
        yield part.reshape(shape)


def _computed(cc: str, path: Path, model: Model, x: Array, width: int) -> Array:
    """All numbers that the program prints."""
    header = path.read_text(encoding="utf-8")
    prefix = header.split("_start(&state)", 1)[0].split()[-1]
    code = {"float": "f", "double": "lf"}[TYPES[model.dtype]]
    sequences, timesteps, features = x.shape
    source, program = path.with_suffix(".c"), path.with_name("program")
    text = PROGRAM.format(
        file=path.name, p=prefix, real=TYPES[model.dtype], x=features, y=width,
        sequences=sequences, timesteps=timesteps, code=code,
    )  # fmt: skip
    source.write_text(text, encoding="utf-8")
    _run([cc, *FLAGS, source.name, "-o", program.name, "-lm"], "", path.parent)
    numbers = np.asarray(x, model.dtype).ravel().tolist()
    printed = _run([str(program)], "\n".join(map(float.hex, numbers)), path.parent)
    return np.array([*map(float.fromhex, printed.split())], model.dtype)


def _run(command: list[str], given: str, folder: Path) -> str:
    """What a program prints. Errors: RnncalcError where it ends badly."""
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=LIMIT, cwd=folder
    )
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "error" in line), "")
        why = printable(first or f"exit code {done.returncode}")
        raise RnncalcError(f"the C that was made does not work ({why}): {REPORT}")
    return done.stdout
