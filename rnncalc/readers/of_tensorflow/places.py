"""Which checkpoint is meant: by a folder, by one of its files, by what their names have in common.

Only names in the folder itself are followed, whatever a file says.
"""

from __future__ import annotations

import re
from pathlib import Path

from rnncalc import files
from rnncalc.containers.folder import Folder
from rnncalc.errors import FileError, listed, located, printable

SAVED_MODEL, METADATA = "saved_model.pb", "keras_metadata.pb"
VARIABLES = Path("variables", "variables")
NEWEST = "checkpoint"
"""The file that says which of a folder's checkpoints is the newest."""

INDEX = ".index"
PART = re.compile(r"(.+)\.data-\d{5}-of-\d{5}", re.DOTALL)
SAYS = re.compile(r'^model_checkpoint_path: "([^"\n\0]{1,1000})"', re.MULTILINE)
MOST = 4_096
"""Bytes of it that are looked at."""


def prefix_of(path: Path) -> Path | None:
    """What the names of a checkpoint's files begin with; None where no checkpoint is meant.

    Errors: FileError for a folder with several of them.
    """
    if path.is_dir():
        return _in_folder(path)
    if path.name == SAVED_MODEL:
        return path.parent / VARIABLES
    if path.name == NEWEST:
        return _newest(path)
    if path.suffix == INDEX:
        return path.with_suffix("")
    if found := PART.fullmatch(path.name):
        return path.with_name(found[1])
    index = path.with_name(f"{path.name}{INDEX}")
    return path if not path.exists() and index.is_file() else None


def folder_of(prefix: Path) -> Path | None:
    """The SavedModel that a checkpoint is part of; None for one that stands alone."""
    folder = prefix.parent.parent
    inside = prefix.parts[-2:] == VARIABLES.parts
    return folder if inside and (folder / SAVED_MODEL).is_file() else None


def _in_folder(folder: Path) -> Path | None:
    if (folder / SAVED_MODEL).is_file():
        return folder / VARIABLES
    newest = folder / NEWEST
    if newest.is_file():
        with located(files.shown(newest)):
            Folder(folder).member(newest)
        if prefix := _newest(newest):
            return prefix
    there = sorted(one.name for one in folder.glob(f"*{INDEX}"))
    if len(there) > 1:
        names = listed(printable(name.removesuffix(INDEX), 60) for name in there[:8])
        raise FileError(f"{files.shown(folder)}: holds several checkpoints, name one: {names}")
    return folder / there[0].removesuffix(INDEX) if there else None


def _newest(path: Path) -> Path | None:
    """The checkpoint that is said to be the newest, by its name in the same folder."""
    with files.opened(path) as file:
        start = file.read(MOST).decode("utf-8", "replace")
    found = SAYS.search(start)
    name = re.split(r"[/\\]", found[1])[-1] if found else ""
    return path.with_name(name) if name not in ("", ".", "..") else None
