"""The C99 file of a network: arrays by gate, states, ``start`` and ``step``, or ``run``.

No memory is asked for and nothing is called but ``math.h``. What a layer computes is printed from
the equations that compute it here; names that come from elsewhere become identifiers.
"""

from __future__ import annotations

import textwrap
import zlib

import numpy as np

from rnncalc import __version__
from rnncalc.converting.draft import Draft
from rnncalc.converting.to_c.language import block, safe
from rnncalc.converting.to_c.network import Network
from rnncalc.converting.to_c.plan import Plan, Port
from rnncalc.errors import RnncalcError
from rnncalc.model.model import Model
from rnncalc.numbers.digits import counted

LONGEST = 15
"""So many characters of the file's name does every name in it begin with."""

MARK = 5
"""So many of them are a mark of the whole name, where not all of that can be kept."""

HEADERS = {
    "assert", "complex", "ctype", "errno", "fenv", "float", "inttypes", "iso646", "limits",
    "locale", "math", "setjmp", "signal", "stdalign", "stdarg", "stdatomic", "stdbit", "stdbool",
    "stdckdint", "stddef", "stdint", "stdio", "stdlib", "stdnoreturn", "string", "tgmath",
    "threads", "time", "uchar", "wchar", "wctype",
}  # fmt: skip
"""C's own headers: a file of that name hides them from those that include them."""

WIDEST = 96
"""So long is a line of the comment at the top."""

OTHERWISE = "#elif "
"""What the last lines of a file begin with, behind all that is in it."""


def draft(model: Model, convention: str, stem: str) -> Draft:
    """The C99 file of a network.

    Args:
        stem: the file's name without ``.h``, with which every name in it begins.

    Errors: RnncalcError for what there is no C for.
    """
    if stem.lower() in HEADERS:
        what = f"{stem}.h is the name of a header of C, which the file would hide"
        raise RnncalcError(f"{what}: give another name, as net_{stem}.h")
    file = File(model, prefix_of(stem))
    names = (
        f"{file.prefix}_run" if file.plan.whole else f"{file.prefix}_start and {file.prefix}_step"
    )
    says = f"C99 in {file.network.real}, {counted(len(file.network.arrays), 'array')}: {names}"
    notes: tuple[str, ...] = ()
    if model.mode == "one-to-many":
        what = f"feedback {model.feedback}: what the next step reads is up to who calls"
        notes = (f"mode one-to-many, {what} {file.prefix}_step",)
    return Draft(file.printed().encode(), says, notes)


def prefix_of(stem: str) -> str:
    """What every name in a file begins with, but no argument and no macro does.

    Where letters are lost, or cut off, a mark of the whole name tells it from others.
    """
    name = safe(stem).strip("_")
    name = name.lower() if name.isupper() else name
    if not name or name[0].isdigit():
        name = f"net{name}"
    elif f"{name}_".startswith(("x_", "y_")):
        name = f"net_{name}"
    if stem.isascii() and len(name) <= LONGEST:
        return name
    mark = zlib.crc32(stem.encode("utf-8", "surrogatepass")) & 0xFFFF
    return f"{name[: LONGEST - MARK].rstrip('_')}_{mark:04x}"


def guarded(upper: str, text: str) -> str:
    """The text, once in a program; another network under the same names is an error there."""
    guard, mark = f"{upper}_H", f"0x{zlib.crc32(text.encode()):08x}"
    what = f"another network has names with {upper} too: give one of the files another name"
    return (
        f"#ifndef {guard}\n#define {guard} {mark}\n\n{text}\n\n"
        f'{OTHERWISE}{guard} + 0 != {mark}\n#error "{what}"\n#endif\n'
    )


class File:
    """The text of a file, part by part."""

    def __init__(self, model: Model, prefix: str) -> None:
        self.model, self.prefix = model, prefix
        self.upper = prefix.upper()
        self.plan = Plan(model)
        self.network = Network(model, self.plan, prefix)

    def printed(self) -> str:
        """The file."""
        network = self.network
        parts = [
            "#include <math.h>",
            self._sizes(),
            *network.arrays.values(),
            *([] if self.plan.whole else [self._struct()]),
            *network.language.printed(),
            *network.functions,
            *(self._run() if self.plan.whole else self._steps()),
        ]
        return "\n\n".join([self._head(), guarded(self.upper, "\n\n".join(parts))])

    def _head(self) -> str:
        """What it is, how it is used, and what it takes."""
        lines = [*self._told(), "Matrices lie row by row; formulas are those of rnncalc explain."]
        lines += [self._memory()]
        wrapped = (textwrap.fill(line, WIDEST, initial_indent="   ", subsequent_indent="   ")
                   for line in lines)  # fmt: skip
        first = f"/* A recurrent network in C99, written by rnncalc {__version__} (convert)."
        return "\n".join([first, "", *wrapped]) + " */"

    def _told(self) -> list[str]:
        """How it is called, and what it gives."""
        p, known, given = self.prefix, self.plan.timesteps, ", ".join(self.plan.arguments)
        if self.plan.whole:
            steps = (
                f"{known} timesteps"
                if known
                else f"so many timesteps, {self.plan.least(1)} or more"
            )
            size = f"{self.upper}_WORK" + ("" if known else "(timesteps)")
            text = f"{p}_run({given}, work) computes a sequence of {steps}, one "
            text += f"timestep behind the other; work has room for {size} numbers."
        else:
            text = f"{p}_start(&state) begins a sequence; {p}_step(&state, {given}) computes one "
            text += "timestep of it."
            if self.model.mode == "many-to-one":
                text += " The network gives what comes of the last one."
        ids = [one.name for one in self.plan.inputs if one.ids]
        if ids:
            text += f" Ids: {', '.join(ids)}; of one that its table does not have, all is NaN."
        return [text]

    def _memory(self) -> str:
        network, size = self.network, np.dtype(self.model.dtype).itemsize
        stack = size * (network.held + network.deepest + network.language.held)
        text = f"Arrays: {size * network.numbers} bytes. "
        if self.plan.whole:
            once, each = (size * number for number in network.work)
            text += f"Work: {once} bytes" + (f" and {each} a timestep. " if each else ". ")
        else:
            text += f"States: {size * sum(network.fields.values())} bytes. "
        return text + f"Stack: at most {stack} bytes of numbers."

    @property
    def _ports(self) -> tuple[Port, ...]:
        return self.plan.inputs + self.plan.outputs

    def _sizes(self) -> str:
        """How many numbers there are of everything."""
        lines = [f"#define {self.upper}_{one.name.upper()} {one.width}" for one in self._ports]
        lines += [f"#define {self.upper}_TIMESTEPS_{one.name.upper()} {one.timesteps}"
                  for one in self._ports if one.timesteps]  # fmt: skip
        for one in self.plan.outputs:
            steps = self.network.flows[one.key].steps if one.series else ""
            if steps not in ("", "timesteps") and not steps.isdigit():
                told = self.network.steps[steps][0]
                lines.append(f"#define {self.upper}_TIMESTEPS_{one.name.upper()}(timesteps) {told}")
        if self.plan.whole:
            once, each = self.network.work
            if known := self.plan.timesteps:
                lines.append(f"#define {self.upper}_TIMESTEPS {known}")
                lines.append(f"#define {self.upper}_WORK {max(once, 1)}")
            else:
                size = f"({max(once, 1)} + {each} * (timesteps))"
                lines.append(f"#define {self.upper}_WORK(timesteps) {size}")
        return "\n".join(lines)

    def _struct(self) -> str:
        fields = [f"{self.network.real} {name}[{n}];" for name, n in self.network.fields.items()]
        return block("typedef struct {", fields) + f" {self.prefix}_state;"

    def _steps(self) -> list[str]:
        p, state = self.prefix, f"{self.prefix}_state *state"
        arguments = ", ".join([state, *map(self._argument, self._ports)])
        return [
            block(f"static inline void {p}_start({state}) {{", self.network.starts),
            block(f"static inline void {p}_step({arguments}) {{", self.network.calls),
        ]

    def _run(self) -> list[str]:
        ports = {one.name: self._argument(one) for one in self._ports}
        arguments = [ports.get(name, "int timesteps") for name in self.plan.arguments]
        head = f"static inline void {self.prefix}_run("
        head += ", ".join([*arguments, f"{self.network.real} *work"]) + ") {"
        first = [] if self.plan.timesteps else ["if (timesteps < 1) return;"]
        return [block(head, [*first, *self.network.calls])]

    def _argument(self, one: Port) -> str:
        if one in self.plan.outputs:
            return f"{self.network.real} *{one.name}"
        return f"const {'int' if one.ids else self.network.real} *{one.name}"
