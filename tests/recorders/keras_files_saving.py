"""How a model gets into bytes, the same ones at every recording.

Where Keras writes the time and addresses of its memory, they are replaced. The weights of Keras'
files hold neither.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rewriting import archive

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
    return archive(content, steady) if suffix == "keras" else content


def steady(member: str, data: bytes, date: str = SAVED) -> bytes:
    """What does not depend on when and where it was written."""
    if member == "metadata.json":
        return json.dumps(json.loads(data) | {"date_saved": date}).encode()
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

    return lambda content: archive(content, changed)


def backwards(config: dict[str, Any]) -> None:
    """The layers of every functional model in it, the last one first."""
    inside = config["config"].get("layers", []) if isinstance(config.get("config"), dict) else []
    for layer in inside:
        backwards(layer)
    if config["class_name"] == "Functional":
        inside.reverse()


def deflated(content: bytes) -> bytes:
    """A .keras file that was packed anew, with compression."""
    return archive(content, lambda member, data: data, zipfile.ZIP_DEFLATED)
