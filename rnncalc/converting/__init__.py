"""The same weights in another format or convention, proved equal before anything is written.

A target is a container (YAML, npz, HDF5 ...) and a convention (whose names, gate order and
orientation). Each file here makes the bytes of one of them from a Model; ``convert`` reads them
back and runs both networks on random input.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy.typing as npt

from rnncalc import files
from rnncalc.converting.draft import Draft
from rnncalc.converting.proof import Proof, proved
from rnncalc.converting.stored_test import drawn, made, refuse_another, with_test
from rnncalc.converting.target import drafted, target_of
from rnncalc.converting.to_c import proof as compiled
from rnncalc.files import leftovers
from rnncalc.model.checks import one_of
from rnncalc.model.model import DTYPES, Model


class Converted(NamedTuple):
    """What was written, and what was proved of it.

    Attributes:
        path: the file.
        draft: what stands in it: whose names, how many arrays, what else is told.
        proof: how it was read back or compiled, and how equal it is; or why nothing is proved.
    """

    path: Path
    draft: Draft
    proof: Proof | str


def convert(
    model: Model,
    path: str | os.PathLike[str],
    *,
    to: str | None = None,
    dtype: str | None = None,
    test: bool | npt.ArrayLike = False,
) -> Converted:
    """Write a network in another format or convention, once it is proved to be the same.

    Args:
        path: .yaml, .yml, .json, .npz, .csv, .safetensors, .weights.h5, .onnx or .h.
        to: ``textbook``, ``torch``, ``keras`` or ``onnx``: whose names, gate order and orientation;
            by default the container's own; of .json also ``state-dict``, ``rtneural``,
            ``guitarml``.
        dtype: what the weights are rounded to first; by default the model's.
        test: whether an input is stored beside the weights, with what the network gives of it, for
            ``rnncalc check FILE``: an input, or True for the model's own, else one that is drawn.

    Errors: RnncalcError for what the target cannot express, by its name; FileError where the file
    cannot be written. Nothing is written then.
    """
    out = files.output(path)
    target = target_of(out, to)
    model = replace(model, dtype=one_of("dtype", dtype or model.dtype, DTYPES))
    draft = drafted(model, target)
    stored = None
    if test is not False:
        x = model.x if test is True else test
        stored = made(model, drawn(model) if x is None else x)
        draft = with_test(draft, target, stored, drawn=x is None)
    with leftovers.folder() as folder, files.remembered():
        trial = folder / f"trial{target.suffix}"
        trial.write_bytes(draft.content)
        in_c = target.suffix == ".h"
        proof = compiled.proved(model, trial, target.stem) if in_c else proved(model, trial, draft)
        if stored and not in_c:
            refuse_another(trial, stored, model.dtype)
    with files.replacing(out, read=True) as file:
        file.write(draft.content)
    return Converted(out, draft, proof)


__all__ = ["Converted", "convert"]
