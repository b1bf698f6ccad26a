"""What a file of weights does not say, in the words of ``--assume``, so that it is read as meant.

The reader's own ledger of assumptions tells what must be said; the network tells what is true.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rnncalc import readers
from rnncalc.converting.draft import Draft
from rnncalc.converting.refusal import refused
from rnncalc.equations.activations import Activation, activation
from rnncalc.errors import printable
from rnncalc.model.generation import SAMPLING
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.origin import Assumption
from rnncalc.model.stateless import Stateless
from rnncalc.numbers.digits import whole


def words(model: Model, path: Path, draft: Draft) -> tuple[list[str], list[str]]:
    """``layers`` and ``assume`` of ``load`` that read the file as it was meant."""
    if draft.whole:
        return [], []
    kind = readers.container(path)
    found = readers.contents_of(path, kind) if kind else None
    ledger = tuple(found.assumptions) if found else readers.read(path).assumed
    return _layers(ledger, draft), list(_assumed(model, draft, ledger))


def flags(model: Model, back: Model, layers: list[str], assume: list[str]) -> tuple[str, ...]:
    """The flags of the command line that say the same, and how the network is used.

    Args:
        back: what was read with these words.
    """
    found = ["--layers", ",".join(layers)] if layers else []
    found += [word for one in assume for word in ("--assume", one)]
    found += ["--mode", model.mode] if model.mode != back.mode else []
    found += ["--timesteps", str(model.timesteps)] if model.timesteps != back.timesteps else []
    for key in ("feedback", *SAMPLING):
        mine = getattr(model, key)
        found += [f"--{key}", str(mine)] if mine != getattr(back, key) else []
    return tuple(found + (["--dtype", model.dtype] if model.dtype != back.dtype else []))


def _layers(ledger: tuple[Assumption, ...], draft: Draft) -> list[str]:
    """The order, where it is not the one that the reader takes."""
    taken = next((one.value for one in ledger if one.key == "layers"), None)
    wanted = list(draft.order)
    if taken in (None, ", ".join(map(printable, wanted))):
        return []
    if odd := next((name for name in wanted if "," in name), None):
        raise refused(odd, "--layers has to tell the order, and this name has a comma")
    return wanted


def _assumed(model: Model, draft: Draft, ledger: tuple[Assumption, ...]) -> Iterator[str]:
    """What is true of a layer, where something else is taken."""
    for one in ledger:
        if one.key == "layers":
            continue
        true = _true(model, draft, one)
        if true is not None and not _same(one.value, true):
            where = f"{one.layer}." if one.layer else ""
            yield f"{where}{one.key}={spelled(true)}"


def _true(model: Model, draft: Draft, one: Assumption) -> Any:
    """What the network says of a key that is assumed; None where it says nothing."""
    if one.key == "mode":
        return model.mode if model.mode != "one-to-many" else None
    if one.key == "masking":
        return model.masking
    if one.key == "mask_zero":
        return bool(model.embedding and model.embedding.mask_zero)
    if one.key == "kind":
        return "embedding" if model.embedding and one.layer == "embedding" else "linear"
    return getattr(_named(model, draft, one.layer), one.key, None)


def _named(model: Model, draft: Draft, name: str) -> Layer | Stateless | None:
    """The layer of a name; of a module of several, or a loop of cells, the first one."""
    if name in draft.heads:
        return draft.heads[name]
    own = (layer for layer in model.layers if layer.name == name)
    inside = (layer for layer in model.layers if layer.name.startswith(f"{name}."))
    return next(own, None) or next(inside, None)


def _same(taken: Any, true: Any) -> bool:
    if isinstance(true, Activation):
        return activation(taken) == true
    return bool(taken == true)


def spelled(value: Any) -> str:
    """A value as ``--assume`` takes it."""
    if isinstance(value, Activation):
        settings = [f"{key}={whole(float(one))}" for key, one in value.parameters.items()]
        return ":".join([value.name, *settings])
    return str(value).lower() if isinstance(value, bool) else str(value)
