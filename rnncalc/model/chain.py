"""Layers without a state in a row: how wide each is, and what fits what is in front and behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnncalc.errors import RnncalcError, ShapeError
from rnncalc.model.stateless import Flatten, Stateless, makes_row


def cut(chain: Sequence[Stateless]) -> int | None:
    """Where one row is made of all timesteps; None where nothing does."""
    return next((i for i, one in enumerate(chain) if makes_row(one)), None)


def check_row(chain: Sequence[Stateless], where: str) -> None:
    """Errors: RnncalcError for what is neither of one timestep nor of all."""
    for one in chain:
        if type(one).step is Stateless.step and not makes_row(one):
            message = f"{one.name} is of several timesteps or inputs: it stands in layers, not in"
            raise RnncalcError(f"{message} {where}", about=(where,))


def widths(chain: Sequence[Stateless], width: int | None) -> Iterator[int | None]:
    """How many numbers each gives, of so many in front; None behind a Flatten till arrays tell."""
    for one in chain:
        width = one.gives(one.takes or width)
        yield width


def flattened(chain: Sequence[Stateless], width: int) -> int | None:
    """How many timesteps are flattened, where an array behind tells.

    Errors: ShapeError where it tells no whole number of them.
    """
    for i, one in enumerate(chain):
        if isinstance(one, Flatten):
            behind = next((later for later in chain[i:] if later.takes), None)
            if behind is None or behind.takes is None:
                return None
            if behind.takes % width:
                message = f"{one.name} gives a multiple of {width}, {behind.name} takes"
                raise ShapeError(f"{message} {behind.takes}")
            return behind.takes // width
        width = one.gives(width) or width
    return None


def settle_forward(
    chain: Sequence[Stateless], width: int, teller: str, places: Sequence[str]
) -> None:
    """Settle what stands behind something that gives ``width`` numbers, as ``teller`` says.

    Errors: ShapeError for arrays that do not fit what is in front of them.
    """
    known: int | None = width
    for one, place in zip(chain, places, strict=True):
        one.settle({} if known is None else {"units": (known, teller)}, place)
        teller = teller if one.takes is None else "the output before"
        known = one.gives(one.takes or known)


def settle_backward(
    chain: Sequence[Stateless], width: int, teller: str, places: Sequence[str]
) -> None:
    """Settle what stands in front of something that takes ``width`` numbers, as ``teller`` says.

    Errors: ShapeError for arrays that do not fit what is behind them.
    """
    for one, place in reversed([*zip(chain, places, strict=True)]):
        try:
            one.settle({"outputs": (width, teller)}, place)
        except ShapeError as error:
            error.about = error.about[:1]  # not at what is behind, which is written later
            raise
        teller = teller if one.takes is None else f"what follows ({one.name})"
        width = one.needs(width)
