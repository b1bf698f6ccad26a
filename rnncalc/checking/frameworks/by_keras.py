"""A network as a program of Keras: the layers of ``convert --script keras``, called one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rnncalc import files
from rnncalc.checking.frameworks.program import NUMBERS, Program, beside
from rnncalc.conventions.keras import CLASSES
from rnncalc.conventions.keras_activations import IN_FLOAT32
from rnncalc.converting.scripts import drafted
from rnncalc.converting.scripts.for_keras import HEAD, used
from rnncalc.converting.scripts.given import started
from rnncalc.converting.to_keras import loop_name
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model

RESULTS = """\
out, h, states = network(NUMBERS['x'])
RESULTS = {"out": out, "h": h}
for name, state in states.items():
    RESULTS.update(zip(NAMES[name], keras.tree.flatten(state), strict=True))
RESULTS = {name: ops.convert_to_numpy(one) for name, one in RESULTS.items()}
coarsest = RESULTS["out"].dtype.name
coarsest = "float32" if SINGLE and coarsest == "float64" else coarsest
RESULTS["computed in"] = np.array(coarsest)
"""

FILE = """\
network = keras.models.load_model(PATH, compile=False)
mask = {"mask": ops.convert_to_tensor(NUMBERS["mask"])} if "mask" in NUMBERS else {}
out = network(NUMBERS["x"], **mask)
if isinstance(out, (list, tuple)) and APART:
    out = ops.concatenate(out, -1)
if not ops.is_tensor(out):
    raise ValueError("the model has several outputs")


def kinds(layer):
    yield layer.compute_dtype
    for inner in getattr(layer, "layers", ()):
        yield from kinds(inner)


used = {keras.backend.standardize_dtype(out.dtype), *kinds(network)}
used |= {"float32"} if SINGLE else set()
coarsest = next(one for one in ("bfloat16", "float16", "float32", "float64") if one in used)
out = ops.convert_to_numpy(ops.cast(out, "float32") if coarsest == "bfloat16" else out)
RESULTS = {"out": out, "computed in": np.array(coarsest)}
"""


def of_file(model: Model, path: Path) -> Program:
    """The file itself as a program, ``safe_mode`` on.

    Errors: RnncalcError for what it cannot be given.
    """
    if model.lengths is not None:
        raise RnncalcError("Keras has masks, and no lengths")
    if started(model):
        raise RnncalcError("initial states are given to layers, not to models")
    given = {key: np.asarray(getattr(model, key)) for key in ("x", "mask")}
    given = {key: one for key, one in given.items() if one.ndim}
    constants = f"PATH, APART = {str(path.resolve())!r}, {model.layers[-1].merge == 'none'}"
    text = "\n".join([*HEAD, NUMBERS, constants, _single(model), FILE])
    return Program(text, beside(given), f"{files.shown(path)} itself")


def program(model: Model) -> Program:
    """The program. Errors: RnncalcError for what Keras' layers do not compute, by its name."""
    script = drafted(model, "keras", recorded=True)
    names = f"NAMES = {dict(_names(model))!r}"
    text = "\n".join([*script.head, NUMBERS, *script.lines, names, _single(model), RESULTS])
    return Program(text, beside(script.arrays), ", ".join(dict.fromkeys(map(_words, model.loops))))


def _single(model: Model) -> str:
    """Whether float64 is computed in float32, as far as that is known or a product shows it."""
    coarse = any(one.name in IN_FLOAT32 for one in used(model))
    known = f"{coarse} and keras.backend.backend() == 'tensorflow'"
    product = "ops.convert_to_numpy(ops.matmul(np.array([[1 / 3]]), np.ones((1, 1))))"
    return f"SINGLE = ({known}) or float({product}[0, 0]) != 1 / 3"


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
