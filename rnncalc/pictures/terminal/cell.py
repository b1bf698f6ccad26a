"""One step of a cell in a terminal: how each gate comes to be, what runs through the gates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rnncalc.pictures.cell import Card, CellPicture, Entry, State, Wire
from rnncalc.pictures.terminal.screen import Screen, bracketed, share, style

if TYPE_CHECKING:
    from rich.style import Style
    from rich.text import Text

OPEN, FULL = 10, "\u2588"
"""Letters of a valve; what stands where it is open."""


def rows(picture: CellPicture, screen: Screen) -> Iterator[Text]:
    """The equations, x and the state, the cards, the wires; then what has to be said."""
    from rich.text import Text

    yield from (Text(formula) for formula in picture.formulas)
    yield Text("")
    for label, texts in picture.inputs:
        yield Text(f"{label} = {bracketed(texts)}")
    wide = max(len(entry.label) for card in picture.cards for entry in _entries(card))
    for card in picture.cards:
        yield Text("")
        yield from _card(card, wide, picture, screen)
    for state in picture.states:
        yield Text("")
        yield from _state(state, picture, screen)
    yield from (Text(note, "dim") for note in picture.notes)


def _entries(card: Card) -> list[Entry]:
    return [*card.terms, *([card.total] if card.total else []), card.result]


def _card(card: Card, wide: int, picture: CellPicture, screen: Screen) -> Iterator[Text]:
    """A gate, or h of a simple cell: what is added, what comes out."""
    from rich.text import Text

    yield Text(card.word, "bold")
    numbers = max(len(entry.text) for entry in _entries(card))
    for entry in card.terms:
        row = Text(f"  {entry.label.ljust(wide)}  {entry.text.rjust(numbers)}")
        yield row.append(f"   {_shown(entry.detail, screen)}" if entry.detail else "", "dim")
    if card.total:
        yield Text(f"  {' ' * wide}  {'-' * numbers}", "dim")
        yield Text(f"  {card.total.label.ljust(wide)}  {card.total.text.rjust(numbers)}")
    row = Text(f"  {card.result.label.ljust(wide)}  ")
    row.append(card.result.text.rjust(numbers), _color(card.result, picture, screen))
    if card.curve:
        row.append(f"   {card.curve.label}({card.total.label})" if card.total else "", "dim")
    yield row.append(f"   {_valve(card.result, screen)}" if card.gate else "")


def _state(state: State, picture: CellPicture, screen: Screen) -> Iterator[Text]:
    """A state: each wire that runs into it, and its sum."""
    from rich.text import Text

    yield Text(state.name, "bold")
    ends = _aligned([wire.end.text for wire in state.wires] + [state.result.text])
    ways = [_way(wire, screen) for wire in state.wires]
    wide = max(len(way) for way in ways)
    for way, end in zip(ways, ends, strict=False):
        yield Text(f"  {way.ljust(wide)}  {end}")
    row = Text(f"  {state.result.label.rjust(wide)}  ")
    yield row.append(ends[-1], _color(state.result, picture, screen))


def _way(wire: Wire, screen: Screen) -> str:
    """What a wire carries, and the gates that it runs through."""
    parts = [f"{wire.start.label} {wire.start.text}"]
    parts += [f"{wire.function.label} {wire.function.text}"] if wire.function else []
    for valve in wire.valves:
        parts.append(f"{valve.entry.label} {valve.entry.text} {_valve(valve.entry, screen)}")
    parts += [""] if wire.valves or wire.function else []
    return _shown(" \u2192 ".join(parts).rstrip(), screen)


def _valve(entry: Entry, screen: Screen) -> str:
    """How far a gate is open."""
    if not np.isfinite(entry.value):
        return ""
    full = int(np.clip(entry.value, 0, 1) * OPEN)
    return f"[{(FULL if screen.blocks else '#') * full}{'.' * (OPEN - full)}]"


def _color(entry: Entry, picture: CellPicture, screen: Screen) -> Style | str:
    ends = -picture.largest, picture.largest
    return style(screen, share(entry.value, ends))


def _aligned(texts: Sequence[str]) -> list[str]:
    return [text.rjust(max(map(len, texts))) for text in texts]


def _shown(text: str, screen: Screen) -> str:
    """Text in letters that the terminal has."""
    return text if screen.blocks else text.replace("\u00b7", "*").replace("\u2192", "->")
