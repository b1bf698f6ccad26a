"""How data shows itself where Python prints it, and is saved: by writers, which stand floors above.

Data imports nothing of what writes it: it names the writer here, which is then looked up.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import IO, Any, ClassVar, TextIO


def writer(name: str) -> Any:
    """A module of ``writers/``: ``check.to_text``."""
    return import_module(f"rnncalc.writers.{name}")


class Shown:
    """What has a face: ``print`` and notebooks ask for it."""

    _room: ClassVar[str]
    """Which room of ``writers/`` draws it: ``check`` has it in ``check/face.py``."""

    def __str__(self) -> str:
        return str(writer(f"{self._room}.face").text(self))

    def _repr_html_(self) -> str:
        return str(writer(f"{self._room}.face").html(self))

    def _repr_markdown_(self) -> str:
        return str(writer(f"{self._room}.face").markdown(self))


class Saved:
    """What a command prints: it is saved as its ``-o`` writes it."""

    def save(self, to: str | os.PathLike[str] | IO[bytes] | TextIO, **options: Any) -> None:
        """Write it to a file, whole or not at all; the suffix says the format: ``run.csv``.

        Args:
            to: the file's name, or what is open for text or bytes.
            options: of ``rnncalc.write``, which this is in one call: ``format``, ``digits`` ...

        Errors: RnncalcError for what there is not; FileError where the file cannot be written.
        """
        import_module("rnncalc.writers").write(self, to, **options)
