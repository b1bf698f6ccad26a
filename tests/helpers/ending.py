"""How every command ends, whatever it is given."""

from __future__ import annotations

from conftest import captured


def ends_well(words: list[str], stdin: bytes = b"") -> int:
    """The command ends with 0, 1 or 2; trouble is a few clean lines and an empty stdout."""
    screen = captured(*words, input=stdin)
    assert screen.code in (0, 1, 2)
    assert "mistake in rnncalc itself" not in screen.err, screen.err
    assert (screen.code == 2) == screen.err.startswith(("Error", "Usage"))
    if screen.code == 2:
        assert screen.out == b""
        assert len(screen.err.splitlines()) <= 8
        assert len(screen.err) <= 4000
        assert all(c.isprintable() or c == "\n" for c in screen.err)
    return screen.code
