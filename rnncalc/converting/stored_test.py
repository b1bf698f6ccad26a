"""A test that is stored beside the weights: an input, and what the network gives of it.

It is made once, and put into the bytes of a file that is written already; where it stands in each,
``readers/stored_test.py`` says.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import readers
from rnncalc.array import Array
from rnncalc.config.keys import TEST
from rnncalc.containers.extra import needed
from rnncalc.containers.npy import npz_bytes
from rnncalc.converting.draft import Draft
from rnncalc.converting.proof import REPORT, given, quietly_whole, trial_runs
from rnncalc.converting.target import PROGRAMS, Target
from rnncalc.converting.to_c.stored_test import with_test as in_c
from rnncalc.converting.to_text import finite, flow
from rnncalc.converting.trial import SEED
from rnncalc.errors import RnncalcError
from rnncalc.model.model import Model, cast
from rnncalc.numbers.digits import counted
from rnncalc.readers.stored_test import MOST, NOTE, StoredTest, of_said
from rnncalc.running.inputs import checked_input

LONGEST = 60_000
"""Bytes of a note in an HDF5 file, whose attributes hold 64 KiB."""


def made(model: Model, x: Any) -> StoredTest:
    """What a network gives of an input. Errors: RnncalcError for what cannot be stored."""
    if len(model.inputs) > 1:
        raise RnncalcError(f"--with-test: holds one input, and there are {len(model.inputs)}")
    x = cast("x", np.asarray(x, np.float64), model.dtype)
    checked_input(model, x)
    steps = model.timesteps or x.size
    if max(x.size, steps) > MOST:
        raise RnncalcError(f"--with-test: {counted(max(x.size, steps), 'number')} are too many, "
                           f"at most {MOST:,}: -x gives a shorter input")  # fmt: skip
    trace = quietly_whole(model, x)
    test = StoredTest(x, "h" if trace.y is None else "y", given(trace))
    for name, array in (("x", test.x), (test.name, test.expected)):
        finite(f"--with-test: {name}", array)
    return test


def drawn(model: Model) -> Array:
    """An input where none is given."""
    return next(iter(next(trial_runs(model, masked=False)).named.values()))


def with_test(draft: Draft, target: Target, test: StoredTest, *, drawn: bool) -> Draft:
    """The file with the test in it. Errors: RnncalcError where it has no room for one."""
    put = WRITERS.get(target.suffix)
    if put is None or (target.suffix == ".json" and target.module == "to_arrays"):
        what = "a state dict" if target.suffix == ".json" else f"a {target.suffix} file"
        raise RnncalcError(f"--with-test: {what} holds weights only. {ROOM}")
    own = target.module not in tuple(f"to_{one}" for one in PROGRAMS)
    content = put(draft.content, test if own else _in_full(test), target.stem)
    whose = f", drawn with seed {SEED}," if drawn else ""
    says = f"test: x {test.x.shape}{whose} and {test.name} {test.expected.shape}"
    return draft._replace(content=content, notes=(*draft.notes, says))


ROOM = "A test has room in .yaml, .json, .npz, .safetensors, .weights.h5, .onnx and .h"


def refuse_another(path: Path, test: StoredTest, dtype: str) -> None:
    """Errors: RnncalcError where the test that is read back is another one."""
    back = of_said(readers.read(path), str(path))
    alike = back is not None and all(
        one.shape == other.shape and np.array_equal(one, other.astype(dtype))
        for one, other in ((test.x, back.x), (test.expected, back.expected))
    )
    if not alike:
        raise RnncalcError(f"the test that was read back is another one: {REPORT}")


def _in_full(test: StoredTest) -> StoredTest:
    """The numbers as those of JSON that says no type."""
    return test._replace(x=test.x.astype(float), expected=test.expected.astype(float))


def _text(test: StoredTest, kind: str) -> tuple[str, str]:
    """Input and result as text."""
    return flow(test.x, kind), flow(test.expected, kind)


def _yaml(content: bytes, test: StoredTest, stem: str) -> bytes:
    x, expected = _text(test, "yaml")
    return content + f"{TEST}:\n  x: {x}\n  {test.name}: {expected}\n".encode()


def _json(content: bytes, test: StoredTest, stem: str) -> bytes:
    x, expected = _text(test, "json")
    block = f'  "{TEST}": {{\n    "x": {x},\n    "{test.name}": {expected}\n  }}'
    return content.removesuffix(b"\n}\n") + f",\n{block}\n}}\n".encode()


def _npz(content: bytes, test: StoredTest, stem: str) -> bytes:
    more = npz_bytes({f"{TEST}.x": test.x, f"{TEST}.{test.name}": test.expected})
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive, zipfile.ZipFile(io.BytesIO(more)) as own:
        for info in own.infolist():
            archive.writestr(info, own.read(info))
    return out.getvalue()


def _note(test: StoredTest) -> str:
    x, expected = _text(_in_full(test), "json")
    return f'{{"x": {x}, "{test.name}": {expected}}}'


def _safetensors(content: bytes, test: StoredTest, stem: str) -> bytes:
    library = needed("safetensors.numpy", ".safetensors", "writing")
    data: bytes = library.save(library.load(content), metadata={NOTE: _note(test)})
    return data


def _hdf5(content: bytes, test: StoredTest, stem: str) -> bytes:
    h5py, text, out = needed("h5py", ".weights.h5", "writing"), _note(test), io.BytesIO(content)
    if len(text) > LONGEST:
        what = f"{len(text):,} bytes of text are too many for an attribute of HDF5"
        raise RnncalcError(f"--with-test: {what}, at most {LONGEST:,}: -x gives a shorter input")
    with h5py.File(out, "r+") as file:
        file.attrs[NOTE] = text
    return out.getvalue()


def _onnx(content: bytes, test: StoredTest, stem: str) -> bytes:
    proto = needed("onnx", ".onnx", "writing").ModelProto()
    proto.ParseFromString(content)
    proto.metadata_props.add(key=NOTE, value=_note(test))
    data: bytes = proto.SerializeToString(deterministic=True)
    return data


WRITERS: dict[str, Callable[[bytes, StoredTest, str], bytes]] = {
    ".yaml": _yaml, ".yml": _yaml, ".json": _json, ".npz": _npz, ".safetensors": _safetensors,
    ".weights.h5": _hdf5, ".onnx": _onnx, ".h": in_c,
}  # fmt: skip
"""What puts a test into a file, by its suffix."""
