"""The figure of docs/how-it-is-fast.md, from numbers: ``python -m benchmarks.figure``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

FIGURE = Path(__file__).parent.parent / "docs" / "how-it-is-fast.svg"
SEGMENTS, LENGTH = 3, 24
LEFT, WIDTH, HEIGHT = 16, 9, 44
"""Of the first timestep, of a timestep, and of a number, in pixels."""
GUESS, TRUE = "#9aa0a6", "#1a56b0"
GUESSED = 0.95
MEET = 1e-2
"""What counts as met in the figure: more than 4 eps, so that an eye sees it."""


def trajectory(x: Any, h: float) -> Any:
    """The states of a simple cell after every step."""
    states = []
    for x_t in x:
        h = float(np.tanh(0.6 * x_t + 0.85 * h))
        states.append(h)
    return np.array(states)


def drawn() -> str:
    """Above, segments from a guess; below, each mended from the true end of the one before."""
    x = np.random.default_rng(11).normal(size=(SEGMENTS, LENGTH))
    guessed = [trajectory(part, 0.0 if index == 0 else GUESSED) for index, part in enumerate(x)]
    marks, h = [_text(LEFT, 18, "1. side by side, from guessed states"), *_frame(30)], 0.0
    marks.append(
        _text(LEFT, 168, "2. each again, from the true end of the one before, until they meet")
    )
    marks += _frame(180)
    for index, part in enumerate(x):
        start, old = index * LENGTH, guessed[index]
        colour = TRUE if index == 0 else GUESS
        marks.append(_line(start, [0.0 if index == 0 else GUESSED, *old], 30, colour))
        true = trajectory(part, h)
        met = 0 if index == 0 else int(np.argmax(np.abs(true - old) < MEET)) + 1
        marks.append(_line(start, [h if index == 0 else GUESSED, *old], 180, colour))
        if met:
            marks += [_line(start, [h, *true[:met]], 180, TRUE), _met(start + met, true[met - 1])]
            marks.append(_line(start + met, [true[met - 1], *old[met:]], 180, TRUE))
        h = true[-1]
    width, body = 2 * LEFT + SEGMENTS * LENGTH * WIDTH, "\n".join(marks)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="300" role="img">'
    return f'{head}\n<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'


def _x(t: float) -> float:
    return LEFT + t * WIDTH


def _y(h: float, top: int) -> float:
    return top + (1 - h) * HEIGHT + 8


def _line(start: int, hs: list[float], top: int, colour: str) -> str:
    points = " ".join(f"{_x(start + i):.1f},{_y(h, top):.1f}" for i, h in enumerate(hs))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>'


def _met(t: int, h: float) -> str:
    style = f'fill="white" stroke="{TRUE}" stroke-width="1.6"'
    return f'<circle cx="{_x(t):.1f}" cy="{_y(h, 180):.1f}" r="4" {style}/>'


def _frame(top: int) -> list[str]:
    cuts = [_x(index * LENGTH) for index in range(SEGMENTS + 1)]
    ends = f'y1="{top}" y2="{top + 2 * HEIGHT + 16}" stroke="#d5d8dc"'
    return [f'<line x1="{x}" x2="{x}" {ends}/>' for x in cuts]


def _text(x: int, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y}" font-family="sans-serif" font-size="13">{text}</text>'


if __name__ == "__main__":
    FIGURE.write_text(drawn(), encoding="utf-8")
