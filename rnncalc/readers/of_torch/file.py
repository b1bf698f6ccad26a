"""State dicts of PyTorch, in whatever they come: a checkpoint, npz, safetensors, a mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnncalc.config import keys
from rnncalc.config.arrays import is_of_config
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import listed, located
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.silence import PICKLED, PROGRAM, Silence, silent

if TYPE_CHECKING:
    from rnncalc.readers.of_torch.checkpoint import Unwrapped

STATE_DICT = re.compile(
    r"(.+\.)?(weight|bias)_(ih|hh|hr)_l\d+(_reverse)?(_[gv])?|(.+\.)?bias_[ih]h"
)
"""Names that only PyTorch has: a recurrent module's, and the biases of its cells."""


def contents_of(
    tensors: Mapping[str, Tensor], name: str, what: str, *, ordered: bool
) -> Contents | None:
    """What arrays with the names of a state dict are; None for those of a config.

    A safetensors file is one of a state dict unless all of its names are a config's.
    """
    own = what != "safetensors" or all(is_of_config(key) for key in tensors)
    if own and not any(STATE_DICT.fullmatch(key) for key in tensors):
        return None
    return of_state_dict(tensors, name, f"{what}, PyTorch's names", ordered=ordered)


def of_state_dict(stored: Mapping[str, Any], name: str, what: str, *, ordered: bool) -> Contents:
    """What a state dict is, with inputs that may stand beside its tensors."""
    from rnncalc.readers.of_torch.checkpoint import unwrapped

    inputs = {key: tensor for key, tensor in stored.items() if key in keys.INPUTS}
    rest = {key: tensor for key, tensor in stored.items() if key not in keys.INPUTS}
    with located(name):
        state = unwrapped(rest)
    found = named(name, what, state, ordered=ordered)
    found.inputs = inputs
    return found


def named(name: str, what: str, state: Unwrapped, *, ordered: bool) -> Contents:
    """What tensors with PyTorch's names are."""
    from rnncalc.readers.of_torch.names import parts

    with located(name):
        found = parts(state.tensors, ordered=ordered)
    several = ""
    if state.copies:
        several = f"holds one network with several weights: below {listed(state.copies)}"
    return Contents(
        name, what, "torch", found.parts, several, found.assumed, found.warnings, state.left_out
    )


def of_file(path: Path, name: str) -> Contents:
    """What a file of torch.save or torch.jit.save, or any other pickle, holds."""
    from rnncalc.containers.torch.file import checkpoint

    return of_stored(path, name, checkpoint(path))


def of_stored(path: Path, name: str, stored: Any) -> Contents:
    """What was stored in such a file."""
    from rnncalc.containers.torch.file import SCRIPT
    from rnncalc.containers.torch.objects import Instance
    from rnncalc.readers.of_torch.pickled import keras_in
    from rnncalc.readers.of_torch.scripted import modules_of

    if (held := keras_in(stored)) is not None:
        return _of_keras(path, name, held)
    if not isinstance(stored, Instance) or stored.kind != SCRIPT:
        return of_modules(stored, name)
    with located(name):
        script, left_out = modules_of(stored)
    found = of_modules(script, name, "PyTorch, TorchScript", PROGRAM)
    found.left_out += left_out
    return found


def of_modules(
    stored: Any, name: str, what: str = "PyTorch, a pickled module", says: Silence = PICKLED
) -> Contents:
    """What modules or a checkpoint are; ``what`` and ``says`` are of those that have modules."""
    from rnncalc.readers.of_torch.checkpoint import unwrapped
    from rnncalc.readers.of_torch.pickled import Modules

    modules = Modules()
    with located(name):
        state = unwrapped(modules.without(stored))
    what = what if modules.kinds else "PyTorch, weights only"
    contents = named(name, what, state, ordered=True)
    contents.warnings += modules.tell(contents.parts, state.tensors)
    return silent(contents, says) if modules.kinds else contents


def _of_keras(path: Path, name: str, held: bytes) -> Contents:
    """What the ``.keras`` archive in a pickle holds."""
    from rnncalc.containers.keras_archive import archive
    from rnncalc.readers.of_keras.file import of_archive

    found = archive(path, held)
    with located(name):
        return of_archive(name, found.config, found.metadata, found.weights)
