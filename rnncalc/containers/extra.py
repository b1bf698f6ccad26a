"""Libraries that only some files need: imported when such a file is read, written or drawn.

Where one is missing, the error says what installs it: ``pip install 'rnncalc[models]'``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from rnncalc.errors import FileError


def needed(
    name: str,
    what: str,
    doing: str = "reading",
    *,
    extra: str = "models",
    package: str = "",
    python: tuple[int, int] = (3, 10),
) -> ModuleType:
    """The library ``name`` for ``what``; of one that is in no extra, the package that has it.

    Errors: FileError where it is not installed, or this Python is older than ``python``.
    """
    try:
        return import_module(name)
    except ImportError:
        message = f"{doing} {what} needs {package or name}"
        if sys.version_info < python:
            least, here = (".".join(map(str, one[:2])) for one in (python, sys.version_info))
            raise FileError(f"{message}, which needs Python {least}; this is {here}") from None
        install = package or f"'rnncalc[{extra}]'"
        raise FileError(f"{message}: pip install {install}") from None
