"""A network as a program of PyTorch: the modules of ``convert --script torch``, run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rnncalc import readers
from rnncalc.checking.frameworks.program import NUMBERS, Program, beside
from rnncalc.config.said import Said
from rnncalc.conventions.torch import MODULES
from rnncalc.converting.joining import joined
from rnncalc.converting.naming import heads
from rnncalc.converting.scripts import drafted
from rnncalc.errors import RnncalcError
from rnncalc.files import shown
from rnncalc.model.model import Model

RESULTS = """\
    out, h, states = network(torch.from_numpy(NUMBERS['x']))
RESULTS = {"out": out.numpy(), "h": h.numpy()}
for layer, state in enumerate(states.values()):
    for name, ways in zip("hc", state if isinstance(state, tuple) else (state,)):
        for way, one in enumerate(ways):
            RESULTS[f"final.{name}.{layer}.{way}"] = one.numpy()
"""


TENSORS = """\
def flat(part, name):
    if isinstance(part, torch.Tensor):
        yield name, part
    elif isinstance(part, dict):
        for key, inner in part.items():
            yield from flat(inner, f"{name}.{key}")


def one(name):
    found = [tensor for key, tensor in whole.items() if key.endswith(f".{name}")]
    if len(found) != 1:
        raise LookupError(f"{len(found) or 'no'} tensors are called {name}")
    return found[0].detach().to(torch.get_default_dtype()).numpy()


if PATH.endswith(".safetensors"):
    from safetensors.torch import load_file
    whole = load_file(PATH)
else:
    whole = torch.load(PATH, map_location="cpu", weights_only=True)
whole = dict(flat(whole, ""))
torch.set_default_dtype(getattr(torch, DTYPE))
NUMBERS = {**NUMBERS, **{ours: one(theirs) for ours, theirs in NAMES.items()}}
"""
"""The tensors of a state dict, wherever it lies in the file, in place of ours."""

NORMALIZED = {"gamma": "weight", "beta": "bias", "mean": "running_mean", "variance": "running_var"}


def of_file(model: Model, path: Path) -> Program:
    """The program with the tensors that PyTorch itself reads from the file.

    Errors: RnncalcError for what PyTorch's modules do not compute, and for a file of other names.
    """
    script = drafted(model, "torch", recorded=True)
    names = dict(_names(joined(model), readers.read(path)))
    if not names or names.keys() - script.arrays.keys():
        raise RnncalcError("the file has no state dict of these modules")
    constants = [f"PATH, DTYPE = {str(path.resolve())!r}, {model.dtype!r}", f"NAMES = {names!r}"]
    text = "\n".join([*script.head, NUMBERS, *constants, TENSORS, *script.lines, RESULTS])
    return Program(
        text, beside(script.arrays), f"{_words(model)} with the tensors of {shown(path)}"
    )


def _names(model: Model, said: Said) -> Iterator[tuple[str, str]]:
    """What the file calls each tensor of a script's modules."""
    rest = iter(heads(model))
    places: dict[tuple[str | int, ...], str] = {("embedding",): "embedding"}
    for i, layer in enumerate(model.layers):
        places |= {("layers", i, "before", j): next(rest) for j in range(len(layer.chain))}
        places["layers", i] = layer.name
    places |= {("output", j): next(rest) for j in range(len(model.outputs))}
    for way, theirs in said.named.items():
        turned = "backward" in way
        place = places.get(tuple(key for key in way[:-1] if key not in ("forward", "backward")))
        if place is None or not isinstance(way[-1], str):
            continue
        name = NORMALIZED.get(way[-1], "weight" if place == "embedding" else way[-1])
        end = f"_l0{'_reverse' * turned}" if way[0] == "layers" and "before" not in way else ""
        yield f"{place}.{name}{end}", theirs


def program(model: Model) -> Program:
    """The program. Errors: RnncalcError for what PyTorch's modules do not compute, by its name."""
    script = drafted(model, "torch", recorded=True)
    text = "\n".join([*script.head, NUMBERS, *script.lines, RESULTS])
    return Program(text, beside(script.arrays), _words(model))


def _words(model: Model) -> str:
    return ", ".join(dict.fromkeys(MODULES[layer.cell] for layer in model.layers))
