"""Files that were saved, written again with other contents: zip archives and HDF5.

Members have one date, so that every recording is the same.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import h5py
import numpy as np

LONG_AGO = (1980, 1, 1, 0, 0, 0)


def archive(
    content: bytes, change: Callable[[str, bytes], bytes | None], compression: int | None = None
) -> bytes:
    """The same zip with other contents; what becomes None is left out.

    Args:
        compression: of every member; None: as it was, with its attributes.
    """
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w") as new:
        for member in old.infolist():
            info = zipfile.ZipInfo(member.filename, LONG_AGO)
            if compression is None:
                info.compress_type, info.external_attr = member.compress_type, member.external_attr
            data = change(member.filename, old.read(member))
            if data is not None:
                new.writestr(info, data, compression)
    return result.getvalue()


def hdf5(change: Callable[[Any, Any], None]) -> Callable[[bytes], bytes]:
    """A change of one HDF5 file into another."""

    def changed(content: bytes) -> bytes:
        result = io.BytesIO()
        with h5py.File(io.BytesIO(content)) as new, h5py.File(result, "w") as old:
            change(new, old)
        return result.getvalue()

    return changed


def give_layers(old: Any, layers: Mapping[str, list[tuple[str, Any]]], **said: str) -> None:
    """Groups of arrays by their layers, with the lists of names that Keras keeps."""
    old.attrs["layer_names"] = np.array([name.encode() for name in layers])
    for key, text in said.items():
        old.attrs[key] = text.encode()
    for layer, arrays in layers.items():
        group = old.create_group(layer)
        for name, array in arrays:
            group.create_dataset(name, data=array)
        names = [name.encode() for name, _ in arrays]
        group.attrs["weight_names"] = np.array(names) if names else np.zeros(0)
