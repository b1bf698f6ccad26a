"""A network as a job of Keras: the layers of ``convert --script keras``, called one by one."""

from __future__ import annotations

from collections.abc import Iterator

from rnncalc.cells import CELLS
from rnncalc.converting.keras_tree import CLASSES, loop_name
from rnncalc.converting.scripts import drafted
from rnncalc.frameworks.job import NUMBERS, Job, beside
from rnncalc.layer import Layer
from rnncalc.model import Model

RESULTS = """\
out, h, states = network(NUMBERS['x'])
RESULTS = {"out": out, "h": h}
for name, state in states.items():
    RESULTS.update(zip(NAMES[name], keras.tree.flatten(state), strict=True))
RESULTS = {name: ops.convert_to_numpy(one) for name, one in RESULTS.items()}
"""


def job(model: Model) -> Job:
    """The job. Errors: RnncalcError for what Keras' layers do not compute, by its name."""
    script = drafted(model, "keras", recorded=True)
    names = f"NAMES = {dict(_names(model))!r}"
    text = "\n".join([*script.head, NUMBERS, *script.lines, names, RESULTS])
    return Job(text, beside(script.arrays), ", ".join(dict.fromkeys(map(_words, model.loops))))


def _names(model: Model) -> Iterator[tuple[str, list[str]]]:
    """What the final states of each layer are called, in Keras' order."""
    first = 0
    for loop in model.loops:
        yield (
            loop_name(loop),
            [
                f"final.{state}.{first + i}.{way}"
                for way in range(len(loop[0].passes))
                for i, cell in enumerate(loop)
                for state in CELLS[cell.cell].states
            ],
        )
        first += len(loop)


def _words(loop: tuple[Layer, ...]) -> str:
    kind = CLASSES[loop[0].cell] if len(loop) == 1 else "RNN"
    return f"Bidirectional({kind})" if loop[0].backward else kind
