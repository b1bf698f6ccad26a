"""Libraries that only some files need: imported when such a file is read, written or drawn.

Where one is missing, the error says what installs it: ``pip install 'rnncalc[models]'``.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from rnncalc.errors import FileError


def needed(
    name: str, what: str, doing: str = "reading", *, extra: str = "models", package: str = ""
) -> ModuleType:
    """The library ``name`` for ``what``; of one that is in no extra, the package that has it.

    Errors: FileError where it is not installed.
    """
    try:
        return import_module(name)
    except ImportError:
        install = package or f"'rnncalc[{extra}]'"
        message = f"{doing} {what} needs {package or name}: pip install {install}"
        raise FileError(message) from None
