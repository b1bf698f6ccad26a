"""The program that proves a C file: it reads sequences, and prints what the network gives."""

from __future__ import annotations

from collections.abc import Iterator

from rnncalc.converting.to_c.language import block
from rnncalc.converting.to_c.plan import Plan, Port

SCANNED = {"float": "%f", "double": "%lf", "int": "%d"}


def program(plan: Plan, prefix: str, real: str, file: str, sequences: int, timesteps: int) -> str:
    """C that reads all inputs of each sequence, and prints all outputs and states.

    Args:
        prefix, real: what names in the file begin with, and its type of numbers.
        file: the file that is included.
    """
    body = [*_declared(plan, prefix, real, timesteps)]
    inside: list[str] = []
    for one in plan.inputs:
        scan = f'if (scanf("{SCANNED[_type(one, real)]}", &{one.name}[k]) != 1) return 1;'
        inside.append(f"for (int k = 0; k < {plan.size(one, timesteps)}; k++) {scan}")
    inside += _called(plan, prefix, timesteps)
    for one in plan.outputs:
        size = plan.size(one, timesteps) if plan.whole else one.width * timesteps
        inside.append(_printed(one.name, str(size)))
    if not plan.whole:
        inside.append(f"const {real} *states = (const {real} *)&state;")
        inside.append(_printed("states", f"(int)(sizeof state / sizeof({real}))"))
    body += [block(f"for (int s = 0; s < {sequences}; s++) {{", inside), "return 0;"]
    return "\n".join([f'#include <stdio.h>\n#include "{file}"\n', block("int main(void) {", body)])


def _declared(plan: Plan, prefix: str, real: str, timesteps: int) -> Iterator[str]:
    for one in (*plan.inputs, *plan.outputs):
        size = max(plan.size(one, timesteps), timesteps * one.width)
        yield f"static {_type(one, real)} {one.name}[{size}];"
    if plan.whole:
        room = f"{prefix.upper()}_WORK" + ("" if plan.timesteps else f"({timesteps})")
        yield f"static {real} work[{room}];"
    else:
        yield f"static {prefix}_state state;"


def _called(plan: Plan, prefix: str, timesteps: int) -> list[str]:
    if plan.whole:
        given = [str(timesteps) if name == "timesteps" else name for name in plan.arguments]
        return [f"{prefix}_run({', '.join(given)}, work);"]
    given = [f"{one.name} + t * {one.width}" if one.series else one.name for one in plan.inputs]
    given += [f"{one.name} + t * {one.width}" for one in plan.outputs]
    step = f"{prefix}_step(&state, {', '.join(given)});"
    return [f"{prefix}_start(&state);", f"for (int t = 0; t < {timesteps}; t++) {step}"]


def _type(one: Port, real: str) -> str:
    return "int" if one.ids else real


def _printed(name: str, size: str) -> str:
    return f'for (int k = 0; k < {size}; k++) printf("%a\\n", (double){name}[k]);'
