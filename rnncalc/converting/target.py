"""Which container and which convention a file is to have: by its suffix and ``--to``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import NamedTuple, cast

from rnncalc.containers.extra import needed
from rnncalc.converting.draft import Draft
from rnncalc.converting.refusal import omissions, refuse_graph
from rnncalc.converting.update_gate import as_frameworks
from rnncalc.errors import FileError, RnncalcError, nearest, suggestion
from rnncalc.files import shown
from rnncalc.model.model import Model

WORDS = ("textbook", "keras", "torch", "onnx")
"""The conventions that something can be converted to."""

STATE_DICT, PROGRAMS = "state-dict", ("rtneural", "guitarml")
"""The JSON of other programs: PyTorch's state dict as lists, and what audio plugins read."""

EVERY = (*WORDS, STATE_DICT, *PROGRAMS)
"""What --to may say."""


class Target(NamedTuple):
    """What a file is to be.

    Attributes:
        suffix: by which it is told.
        module: the file of this folder that makes it.
        conventions: those that it may have; the first where nothing is asked for.
        library: the one that writes it; nothing where none is needed.
        convention: the one that was asked for.
        stem: the file's name without its suffix, which names in it may begin with.
    """

    suffix: str
    module: str
    conventions: tuple[str, ...]
    library: str = ""
    convention: str = ""
    stem: str = ""


TARGETS = (
    Target(".yaml", "to_text", WORDS),
    Target(".yml", "to_text", WORDS),
    Target(".json", "to_text", WORDS),
    Target(".json", "to_arrays", (STATE_DICT,)),
    *(Target(".json", f"to_{one}", (one,)) for one in PROGRAMS),
    Target(".npz", "to_arrays", WORDS),
    Target(".csv", "to_arrays", WORDS),
    Target(".safetensors", "to_arrays", ("torch", "textbook", "keras", "onnx"), "safetensors"),
    Target(".weights.h5", "to_keras", ("keras",), "h5py"),
    Target(".onnx", "to_onnx.file", ("onnx",), "onnx"),
    Target(".h", "to_c.file", ("textbook",)),
)

GRAPHS = ("to_text", "to_onnx.file", "to_c.file", *(f"to_{one}" for one in PROGRAMS))
"""What has room for a graph, or for that of a row which adds its input to its output."""

AS_IT_IS = ("to_text", "to_c.file")
"""What says every option of a cell."""

INSTEAD = {
    ".h5": "Keras' weights are written as .weights.h5",
    ".keras": "Keras' weights are written as .weights.h5, for load_weights",
    ".pt": "write .safetensors: safetensors.torch.load_file gives the state dict",
    ".pth": "write .safetensors: safetensors.torch.load_file gives the state dict",
    ".c": "C is written as .h, one file to include",
    ".py": "a script is written with --script keras or --script torch",
}
"""What is not written, and what to write in its place."""


def need_library(path: Path) -> None:
    """Errors: FileError where the library is missing that writes a file of this name."""
    for found in _by_suffix(path)[:1]:
        if found.library:
            needed(found.library, found.suffix, "writing")


def _by_suffix(path: Path) -> list[Target]:
    """What a suffix may mean, the first of them where nothing else is asked for."""
    name = path.name.lower()
    return [one for one in TARGETS if name.endswith(one.suffix)]


def target_of(path: Path, to: str | None) -> Target:
    """The target that a name and ``--to`` mean.

    Errors: FileError for a suffix that means none; RnncalcError for a convention that it cannot
    have.
    """
    there = _by_suffix(path)
    if not there:
        known = [*dict.fromkeys(one.suffix for one in TARGETS)]
        hint = INSTEAD.get(path.suffix.lower()) or nearest(path.suffix, known)
        hint = hint or f"known are {', '.join(known)}"
        raise FileError(f"-o {shown(path)}: is not written by convert: {hint}")
    to = to or there[0].conventions[0]
    if to not in EVERY:
        raise RnncalcError(f"--to {to}: there is no such convention. {suggestion(to, EVERY)}")
    found = next((one for one in there if to in one.conventions), None)
    if found is None:
        only = " or ".join(word for one in there for word in one.conventions)
        other = next(one.suffix for one in TARGETS if to in one.conventions)
        where = f"; write {to} as {other}" if to not in WORDS else ""
        raise RnncalcError(f"--to {to}: a {there[0].suffix} file is always {only}{where}")
    stem = path.name[: -len(found.suffix)]
    return found._replace(convention="torch" if to == STATE_DICT else to, stem=stem)


def drafted(model: Model, target: Target) -> Draft:
    """The file that a network becomes.

    Errors: RnncalcError for what it cannot express, by its name.
    """
    if target.module not in GRAPHS:
        refuse_graph(model, f"a {target.suffix} file")
    module = import_module(f"rnncalc.converting.{target.module}")
    notes: tuple[str, ...] = ()
    if target.module not in AS_IT_IS:
        model, notes = as_frameworks(model)
    of = target.stem if target.module == "to_c.file" else target.suffix
    draft = cast(Draft, module.draft(model, target.convention, of))
    draft = draft._replace(notes=draft.notes + notes, rounded=draft.rounded or bool(notes))
    if draft.whole:
        return draft
    states = target.module == "to_c.file"
    states |= target.module == "to_arrays" and target.convention != "torch"
    return draft._replace(notes=draft.notes + tuple(omissions(model, states=states)))
