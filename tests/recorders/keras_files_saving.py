"""How a model gets into bytes, the same ones at every recording.

Where Keras writes the time and addresses of its memory, they are replaced. The weights of Keras'
files hold neither.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

LONG_AGO = (1980, 1, 1, 0, 0, 0)
SAVED = "2026-01-01@00:00:00"
NUMBER = "shared_object_id"


LIMIT = {
    "keras": "keras.src.legacy.saving.legacy_h5_format.HDF5_OBJECT_HEADER_LIMIT",
    "tf_keras": "tf_keras.src.saving.legacy.hdf5_format.HDF5_OBJECT_HEADER_LIMIT",
}
"""How many bytes an attribute may have before it is cut into several."""


def chunked(framework: str, limit: int) -> Callable[[], AbstractContextManager[Any]]:
    """Attributes of more bytes are cut, as those of very large models are."""
    return lambda: patch(LIMIT[framework], limit)


def saved(model: Any, file: str, suffix: str) -> bytes:
    """What Keras writes into a file of that name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        write = model.save_weights if "weights" in suffix else model.save
        write(str(path))
        content = path.read_bytes()
    return rewritten(content, steady) if suffix == "keras" else content


def rewritten(archive: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same zip with other contents."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(result, "w") as new:
        for member in old.infolist():
            info = zipfile.ZipInfo(member.filename, LONG_AGO)
            info.compress_type, info.external_attr = member.compress_type, member.external_attr
            new.writestr(info, change(member.filename, old.read(member)))
    return result.getvalue()


def steady(member: str, data: bytes) -> bytes:
    """What does not depend on when and where it was written."""
    if member == "metadata.json":
        return json.dumps(json.loads(data) | {"date_saved": SAVED}).encode()
    if member == "config.json":
        return json.dumps(renumbered(json.loads(data), {})).encode()
    return data


def renumbered(value: Any, seen: dict[int, int]) -> Any:
    """Objects are numbered as they come, not by their addresses."""
    if isinstance(value, list):
        return [renumbered(part, seen) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        key: seen.setdefault(part, len(seen) + 1) if key == NUMBER else renumbered(part, seen)
        for key, part in value.items()
    }


def configured(change: Callable[[dict[str, Any]], Any]) -> Callable[[bytes], bytes]:
    """A .keras file whose config was changed."""

    def changed(member: str, data: bytes) -> bytes:
        if member != "config.json":
            return data
        config = json.loads(data)
        change(config)
        return json.dumps(config).encode()

    return lambda content: rewritten(content, changed)


def backwards(config: dict[str, Any]) -> None:
    """The layers of every functional model in it, the last one first."""
    inside = config["config"].get("layers", []) if isinstance(config.get("config"), dict) else []
    for layer in inside:
        backwards(layer)
    if config["class_name"] == "Functional":
        inside.reverse()


def deflated(content: bytes) -> bytes:
    """A .keras file that was packed anew, with compression."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w") as new:
        for member in old.namelist():
            new.writestr(zipfile.ZipInfo(member, LONG_AGO), old.read(member), zipfile.ZIP_DEFLATED)
    return result.getvalue()
