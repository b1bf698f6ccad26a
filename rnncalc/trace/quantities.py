"""Which quantities of a model can be shown, and which are where nobody says it."""

from __future__ import annotations

from rnncalc.equations import CELLS
from rnncalc.model import layer as layers
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model

NARROW = 7
"""So many numbers a timestep (x, a or the gates, states and y) are all shown; of more h and y."""


FINAL = "final."
"""How the names of states after the last timestep begin: they have one row, its."""


def quantities(model: Model, layer: str = "", direction: str = "") -> list[str]:
    """Every quantity that can be shown of a model (or a layer, or a direction of one), in order."""
    several = len(model.inputs) > 1
    inputs = [f"x.{name}" for name in model.inputs] if several else ["x"]
    output = [f"y.{name}" for name in model.given] if len(model.given) > 1 else ["y"]
    inner = [name for one in _ways(model, layer, direction) for name in layers.quantities(one)]
    for one in model.stateless:
        inner += one.quantities if layer in ("", one.name) else ()
    return list(
        dict.fromkeys([*inputs, *inner, *(output if model.gives_y else []), *chosen(model)])
    )


def chosen(model: Model) -> list[str]:
    """What tells how each step's id was chosen: the id, and what was drawn."""
    return {"argmax": ["id"], "sample": ["id", "u"]}.get(model.feedback or "", [])


def finals(model: Model, layer: str = "", direction: str = "") -> list[str]:
    """The final states that there are: ``final.h``, ``final.c``."""
    ways = _ways(model, layer, direction)
    return [f"{FINAL}{state}" for state in "hc" if any(state in CELLS[w.cell].states for w in ways)]


def _ways(model: Model, layer: str, direction: str) -> list[Layer]:
    return [
        one
        for each in model.layers
        for way, one in each.passes.items()
        if layer in ("", each.name) and direction in ("", way)
    ]


def default(model: Model, there: list[str]) -> list[str]:
    """x, a or the gates, the states and y of a narrow network; h and y of a wide one."""
    ways = [one for layer in model.layers for one in layer.passes.values()]
    counts = [CELLS[one.cell].blocks + len(CELLS[one.cell].states) for one in ways]
    numbers = sum(count * one.units for count, one in zip(counts, ways, strict=True))
    if model.wiring:
        widths = [model.shapes[name].width for name in (*model.inputs, *model.results)]
        around = sum(width or NARROW for width in widths)
    else:
        outputs = sum(width or NARROW for width in model.widths[-1:]) if model.gives_y else 0
        around = model.features + outputs
    if around + numbers > NARROW:
        return ["h", "y", "id"]
    inner = {"a"} if not any(one.gated for one in ways) else set("zrnifgoc")
    return [name for name in there if name.split(".")[0] in {"x", "h", "y", "id", *inner}]
