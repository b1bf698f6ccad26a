"""Shells as people use them: on a terminal, where TAB completes what was typed."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

from conftest import PLAIN

TAB, ALL = "\t", "\x1b*"
"""Keys: complete as far as it is unambiguous; insert every proposal (bash)."""

BARE = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
"""Each without a file of settings."""

SHOWN = "\x01printf '<%s>' \x05; printf 'EN''D\\n'\n"
"""Keys: what was typed becomes the words of a command that shows them."""


class Terminal:
    """A shell on a terminal of its own, in a folder, with a script read."""

    def __init__(self, shell: str, script: str, folder: Path, path: str) -> None:
        master, slave = pty.openpty()
        env = {"PATH": path, "HOME": str(folder), "PS1": "", **PLAIN, "COLUMNS": "200"}
        env |= {key: os.environ[key] for key in ("PYTHONPATH",) if key in os.environ}
        self.process = subprocess.Popen(
            BARE[shell], stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=env,
            start_new_session=True, close_fds=True,
        )  # fmt: skip
        os.close(slave)
        self.master = master
        (folder / ".script").write_text(script)
        self.typed("PS1=; PS2=; source ./.script; bindkey -e 2>/dev/null; printf 'EN''D\\n'\n")

    def typed(self, keys: str, end: str = "END") -> str:
        """What is on the screen after some keys, up to ``end``."""
        os.write(self.master, keys.encode())
        screen, limit = "", time.monotonic() + 60
        while end not in screen:
            ready, _, _ = select.select([self.master], [], [], limit - time.monotonic())
            assert ready, f"{end} does not come: {screen!r}"
            screen += os.read(self.master, 65536).decode(errors="replace")
        return screen

    def words(self, line: str, key: str = TAB) -> list[str]:
        """The words of a line after a key was pressed behind it."""
        screen = self.typed(line + key + SHOWN)
        return re.findall(r"<([^<>]*)>", screen[screen.rindex("<rnncalc>") :])

    def close(self) -> None:
        """End the shell."""
        self.process.kill()
        self.process.wait()
        os.close(self.master)
